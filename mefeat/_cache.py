"""`ClipCache`: results of single clips on disk, shared by processes, never wrong.

An entry is one file: a magic word, a digest of the payload, the payload.  It is written
under a temporary name and then renamed, so that readers see all of it or nothing, and
the digest is compared before anything is unpickled.  What is unpickled can only build
data, see `mefeat._pickles`.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import joblib

from mefeat._atomic import remove_abandoned, replacing
from mefeat._pickles import loads
from mefeat._typing import PathLike
from mefeat.exceptions import CacheWarning

try:
    import fcntl
except ImportError:  # Windows: processes may compute the same entry twice
    fcntl = None  # type: ignore[assignment]

__all__ = ["ClipCache", "as_cache"]

logger = logging.getLogger(__name__)

_MAGIC = b"mefeat-cache-1\n"
_DIGEST = hashlib.sha256
_HEAD = len(_MAGIC) + _DIGEST().digest_size
# How long one process waits for another that computes the same entry; then it computes
# the entry itself.
_PATIENCE = 120.0

# Bytes written to each folder by this process since its size was last measured.
_written: dict[Any, Any] = {}
# Folders that could not be written to, as was told.
_refusing: set[Any] = set()
_holding = threading.local()


class ClipCache:
    """A folder of cached results, one file for each clip and set of parameters.

    Estimators take it as ``memory=``; a path there stands for a cache with the default
    limit.

    Parameters
    ----------
    location : path
        The folder; made where it is missing.
    size_limit : int or None, default=4 * 2**30
        Bytes that the entries may take.  Beyond it those that were not used for the
        longest time are removed.  None sets no limit.

    Notes
    -----
    The key of an entry holds the identity of the file behind the clip (path, time of
    modification, size; for arrays the content), the range of frames and geometry, the
    parameters, and a digest of mefeat's files and of the versions of NumPy, SciPy,
    scikit-image and OpenCV: a change of any of them computes anew.
    Any number of threads and processes may share a folder.  A damaged entry is computed
    again, with a `mefeat.exceptions.CacheWarning`.  Entries can only build arrays,
    plain values and classes of mefeat and of the extractor's package: an entry that
    someone else put there runs nothing, but may hold wrong numbers, so use folders
    that only you can write to.  Results of other classes are not kept.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from mefeat import LBPTOP, ClipCache
    >>> clip = np.zeros((5, 16, 16), dtype=np.uint8)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = ClipCache(folder, size_limit=100 * 2**20)
    ...     first = LBPTOP(memory=cache).fit_transform([clip])
    ...     again = LBPTOP(memory=cache).fit_transform([clip])
    ...     len(cache), bool((first == again).all())
    (1, True)
    """

    def __init__(self, location: PathLike, size_limit: int | None = 4 * 2**30) -> None:
        if size_limit is not None and not size_limit > 0:
            raise ValueError(
                "The 'size_limit' parameter of ClipCache must be a number of bytes "
                f"above 0 or None. Got {size_limit!r} instead."
            )
        self.location = Path(location)
        self.size_limit = size_limit

    def __repr__(self) -> str:
        return f"ClipCache({str(self.location)!r}, size_limit={self.size_limit})"

    def __sklearn_clone__(self):
        return self

    def __eq__(self, other):
        return isinstance(other, ClipCache) and vars(self) == vars(other)

    def __hash__(self):
        return hash((self.location, self.size_limit))

    def __len__(self) -> int:
        """Number of entries."""
        return len(self._entries())

    @property
    def size(self) -> int:
        """Bytes that the entries take."""
        return sum(size for _, size, _ in self._entries())

    # -- entries ---------------------------------------------------------------

    def call(
        self, key: Any, compute: Callable[..., Any], package: str | None = None
    ) -> Any:
        """Give the entry of a key, or compute and keep it.

        Parameters
        ----------
        key : object
            Anything that `joblib.hash` can digest.
        compute : callable
            Without arguments.
        package : str, optional
            Package that the results' classes may come from, beside mefeat.

        Returns
        -------
        object
        """
        name = joblib.hash(key, hash_name="sha1")
        path = self.location / name[:2] / f"{name[2:]}.entry"
        found, value = self._read(path, package)
        if found:
            return value
        with _one_at_a_time(self.location / "locks" / name[:2]):
            found, value = self._read(path, package)
            if not found:
                value = compute()
                self._write(path, value, package)
        return value

    def clear(self) -> None:
        """Remove all entries."""
        for _, _, path in self._entries():
            path.unlink(missing_ok=True)

    def _read(self, path, package):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return False, None
        except OSError as error:
            return self._damaged(path, error)
        payload = memoryview(data)[_HEAD:]
        if data[:_HEAD] != _MAGIC + _DIGEST(payload).digest():
            return self._damaged(path, "its content has changed")
        try:
            value = loads(payload, package)
        except Exception as error:
            return self._damaged(path, error)
        # What was used last is removed last; the folder may only be read, though.
        with suppress(OSError):
            os.utime(path)
        return True, value

    def _damaged(self, path, reason):
        warnings.warn(
            f"the cache entry {path} cannot be used ({reason}); it is computed again.",
            CacheWarning,
            stacklevel=4,
        )
        return False, None

    def _write(self, path, value, package):
        try:
            payload = pickle.dumps(value, protocol=5)
            loads(payload, package)
        except Exception as error:
            self._refused(error)
            return
        if self.size_limit is not None and len(payload) > self.size_limit:
            logger.info("%s: larger than the whole cache, not kept", path)
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as temporary, open(temporary, "wb") as file:
                file.write(_MAGIC + _DIGEST(payload).digest())
                file.write(payload)
        except OSError as error:
            self._refused(error)
            return
        self._keep_small(len(payload) + _HEAD)

    def _refused(self, error):
        """Warn that nothing is kept, once in a process for each folder."""
        if str(self.location) in _refusing:
            return
        _refusing.add(str(self.location))
        warnings.warn(
            f"the cache {self.location} cannot be written to ({error}); results are "
            "not kept.",
            CacheWarning,
            stacklevel=5,
        )

    # -- size ------------------------------------------------------------------

    def _entries(self):
        """Give (time of last use, size, path) of each entry."""
        out = []
        for path in self.location.glob("??/*.entry"):
            if path.name.startswith("."):
                continue  # being written, by another process too
            try:
                status = path.stat()
            except OSError:
                continue  # removed by another process
            out.append((status.st_mtime_ns, status.st_size, path))
        return out

    def _keep_small(self, written):
        """Remove the entries that were not used for longest, once it is too much.

        The folder is measured at the first entry that a process writes and then each
        time a twentieth of the limit was written.
        """
        if self.size_limit is None:
            return
        name = str(self.location)
        _written[name] = _written.get(name, self.size_limit) + written
        if _written[name] < self.size_limit / 20:
            return
        _written[name] = 0
        remove_abandoned(self.location.glob("??/.*.part.entry"))
        entries = sorted(self._entries())
        excess = sum(size for _, size, _ in entries) - self.size_limit
        if excess <= 0:
            return
        excess += self.size_limit / 10
        for _, size, path in entries[:-1]:
            if excess <= 0:
                break
            try:
                path.unlink(missing_ok=True)
                excess -= size
            except OSError:  # in use, on Windows
                continue


@contextmanager
def _one_at_a_time(path):
    """Hold the lock of a group of entries, so that each is computed once.

    The system lets go of the lock of a process that is killed.  Whoever holds a lock
    takes no second one, and nobody waits forever: there is no deadlock.
    """
    if fcntl is None or getattr(_holding, "any", False):
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "ab")  # noqa: SIM115 - closed below
    except OSError:  # a folder that may only be read
        yield
        return
    try:
        _wait_for(file)
        _holding.any = True
        yield
    finally:
        _holding.any = False
        file.close()


def _wait_for(file):
    deadline, pause = time.monotonic() + _PATIENCE, 0.002
    while time.monotonic() < deadline:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(pause)
            pause = min(2 * pause, 0.1)
        except OSError:  # a file system without locks
            return
        else:
            return


def as_cache(memory):
    """Give the `ClipCache` that a `memory` parameter means, or None.

    Parameters
    ----------
    memory : None, path, ClipCache or joblib.Memory
        Of a `joblib.Memory` the folder is used.

    Returns
    -------
    ClipCache or None
    """
    if memory is None or isinstance(memory, ClipCache):
        return memory
    if isinstance(memory, str | os.PathLike):
        return ClipCache(memory)
    if isinstance(memory, joblib.Memory):
        if memory.location is None:
            return None
        # Inside of its own folder, so that memory.clear() clears this too.
        return ClipCache(Path(memory.location) / "joblib" / "mefeat")
    raise ValueError(
        "The 'memory' parameter must be None, a folder, a mefeat.ClipCache or a "
        f"joblib.Memory. Got {memory!r} instead."
    )
