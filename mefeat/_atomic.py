"""Writing files whole or not at all, and saying what to do where that fails.

All files that mefeat writes pass through here: under a name of their own in the same
folder, hidden and ending as the real one does, which they lose when they are complete.
A reader sees the older file or the whole new one; a process that is killed leaves at
most a hidden file, which is removed when the same file is written a day later.
"""

import errno
import glob
import os
import stat
import tempfile
import time
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: two jobs with one output are not told apart
    fcntl = None  # type: ignore[assignment]

__all__ = [
    "append", "check_place", "explained", "filling", "lock", "make_folder",
    "remove_abandoned", "replacing", "write_text",
]  # fmt: skip

# Seconds after which nobody can still be writing a temporary file.
_ABANDONED = 24 * 3600

_ELSEWHERE = "or write to another folder"
_REMEDIES = {
    errno.ENOSPC: f"the disk is full; free some space there {_ELSEWHERE}",
    errno.EFBIG: f"it is too large for the disk; {_ELSEWHERE[3:]}",
    errno.EROFS: f"its disk may only be read; {_ELSEWHERE[3:]}",
    errno.EACCES: f"its folder is read-only; change its permissions {_ELSEWHERE}",
    errno.EPERM: f"the system forbids it; {_ELSEWHERE[3:]}",
    errno.ENOENT: f"there is no such folder; make it first {_ELSEWHERE}",
    errno.ENOTDIR: f"its folder is a file; {_ELSEWHERE[3:]}",
    errno.ENAMETOOLONG: "the name is too long; take a shorter one",
}
if hasattr(errno, "EDQUOT"):
    _REMEDIES[errno.EDQUOT] = f"the quota is used up; free some space {_ELSEWHERE}"
# These can only come from writing, whichever file the error names.
_OF_WRITING = {"ENOSPC", "EFBIG", "EROFS", "EDQUOT"}


def explained(error, path, *, ours=()):
    """Give an error that names the file to write and what to do, where that is known.

    Parameters
    ----------
    error : OSError
    path : path
        What was to be written.
    ours : sequence of paths
        Further names that the error may give for it, such as the temporary one.

    Returns
    -------
    OSError
        Of the same class and number; `error` itself where it says enough, or is about
        another file.
    """
    named = error.filename
    about_it = named is not None and str(named) in {str(path), *map(str, ours)}
    of_writing = errno.errorcode.get(error.errno) in _OF_WRITING
    if error.errno not in _REMEDIES or not (about_it or (named is None and of_writing)):
        return error
    told = type(error)(f"{path}: cannot be written, {_REMEDIES[error.errno]}")
    told.errno = error.errno
    return told


def _temporary(path, key):
    # The end of a long name gives way: the system limits the whole of it.
    stem = path.stem.encode()[:100].decode(errors="ignore")
    return path.with_name(f".{stem}.{key}.part{path.suffix}")


def _flush(path):
    """Have the system put a file or folder on the disk before going on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def replacing(path, *, durable=False):
    """Give a temporary path that takes the name `path` only if all went well.

    Parameters
    ----------
    path : path
        Where it is a link, the file that it points to is replaced.
    durable : bool, default=False
        Also survive that the machine loses its power right afterwards.

    Yields
    ------
    Path
        In the same folder, with the same suffix; not there yet.

    Raises
    ------
    OSError
        Naming the file and the remedy, where its folder is missing or read-only, or
        the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> from mefeat._atomic import replacing
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(f"{folder}/table.csv") as temporary:
    ...         _ = temporary.write_text("video,onset,offset")
    ...     sorted(path.name for path in temporary.parent.iterdir())
    ['table.csv']
    """
    path = Path(path)
    target = _target(path)
    temporary = _temporary(target, uuid.uuid4().hex[:12])
    try:
        yield temporary
        if durable:
            _flush(temporary)
        os.replace(temporary, target)
        if durable and os.name == "posix":
            _flush(target.parent)
    except OSError as error:
        told = explained(error, path, ours=(target, temporary, target.parent))
        if told is error:
            raise
        raise told from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_text(path, text, *, durable=False):
    """Write a text in UTF-8, whole or not at all, line ends as they are.

    Parameters
    ----------
    path : path
    text : str
    durable : bool, default=False
        See `replacing`.

    Returns
    -------
    Path
    """
    with replacing(path, durable=durable) as temporary:
        temporary.write_bytes(text.encode("utf-8"))
    return Path(path)


@contextmanager
def filling(folder):
    """Give a temporary folder whose files move into `folder` only if all went well.

    They move in the reversed order of their names, so that ``model.safetensors`` is
    there before the ``config.json`` by which a checkpoint is found.

    Parameters
    ----------
    folder : path
        Made where it is missing; files of other names in it stay.

    Yields
    ------
    Path
        For files; folders in it are not taken over.

    Raises
    ------
    OSError
        Naming the folder and the remedy.

    Examples
    --------
    >>> import tempfile
    >>> from mefeat._atomic import filling
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with filling(folder) as part:
    ...         _ = (part / "config.json").write_text("{}")
    ...     sorted(path.name for path in part.parent.iterdir())
    ['config.json']
    """
    folder = make_folder(folder)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".part-") as part:
            yield Path(part)
            for path in sorted(Path(part).iterdir(), reverse=True):
                if path.is_file():
                    os.replace(path, folder / path.name)
    except OSError as error:
        told = explained(error, folder)
        if told is error:
            raise
        raise told from error


def append(file, data):
    """Append bytes to a file, all or none of them.

    Parameters
    ----------
    file : file object
        Opened with ``"ab"`` or ``"a+b"`` and ``buffering=0``.
    data : bytes

    Raises
    ------
    OSError
        Naming the file and the remedy.
    """
    before = os.fstat(file.fileno()).st_size
    rest = memoryview(data)
    try:
        while len(rest):  # the last bytes of a full disk are taken without an error
            rest = rest[file.write(rest) :]
    except BaseException as error:
        with suppress(OSError):
            os.ftruncate(file.fileno(), before)
        if isinstance(error, OSError):
            told = explained(error, file.name)
            if told is not error:
                raise told from error
        raise


def lock(file, path):
    """Hold a file for this process alone, until it is closed.

    Parameters
    ----------
    file : file object
    path : path
        What messages call it.

    Raises
    ------
    OSError
        If another process holds it.  Not where the system knows no locks.
    """
    if fcntl is None:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OSError(
            f"{path}: another job is writing it; wait for that one or write to another "
            "file"
        ) from None
    except OSError:  # a file system without locks
        return


def make_folder(path) -> Path:
    """Make a folder with its parents, unless it is there, that can be written to.

    Parameters
    ----------
    path : path

    Returns
    -------
    Path

    Raises
    ------
    OSError
        Naming the folder and the remedy.
    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(
            f"{path}: is a file; give the name of a folder"
        ) from None
    except OSError as error:
        told = explained(error, path, ours=path.parents)
        if told is error:
            raise
        raise told from error
    _check_writable(path, path)
    return path


def check_place(path):
    """Raise unless a file can be put at `path`: asked before the long work, not after.

    What a killed process left of the same file, more than a day ago, is removed.

    Parameters
    ----------
    path : path or None
        None is passed over.

    Raises
    ------
    OSError
        Naming the file and what is wrong with its place.
    """
    if path is None:
        return
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"{path}: there is no folder {str(path.parent)!r} to write it to; make it "
            "first"
        )
    target = _target(path)
    _check_writable(target.parent, path)
    pattern = _temporary(target.with_stem(glob.escape(target.stem)), "*")
    remove_abandoned(glob.glob(str(pattern)))


def remove_abandoned(paths):
    """Remove the temporary files that nobody can still be writing.

    Parameters
    ----------
    paths : iterable of paths
        Of temporary files.
    """
    for path in paths:
        with suppress(OSError):
            if time.time() - os.stat(path).st_mtime > _ABANDONED:
                os.unlink(path)


def _target(path):
    """Give the file behind a link; raise where it is none that may be replaced."""
    try:
        target = Path(os.path.realpath(path)) if path.is_symlink() else path
        kind = target.stat().st_mode if target.exists() else stat.S_IFREG
    except OSError as error:
        raise explained(error, path) from None
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(f"{path}: is a folder; give the name of a file")
    if not stat.S_ISREG(kind):
        raise OSError(f"{path}: is a device or a pipe; give the name of a file")
    return target


def _check_writable(folder, path):
    if os.access(folder, os.W_OK | os.X_OK):
        return
    number = errno.EACCES
    if hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY:
        number = errno.EROFS
    raise explained(OSError(number, "", str(path)), path)
