"""Zip archives of unknown origin: what they hold, without unpacking without end."""

import zipfile
from pathlib import PurePosixPath

__all__ = ["MAX_UNPACKED", "ArchiveError", "check_archive", "read_members"]

# What a table or a sheet of annotations may take once unpacked: a hundred times as much
# as the largest published one.
MAX_UNPACKED = 128 * 2**20
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_AT_ONCE = 2**16


class ArchiveError(ValueError):
    """An archive is whole but must not be unpacked."""


def check_archive(archive, path, limit=MAX_UNPACKED):
    """Raise unless an archive is whole and holds at most `limit` bytes once unpacked.

    Each member is unpacked once, a piece at a time: what an archive says of its sizes
    may be a lie, and libraries that believe it fill the memory.

    Parameters
    ----------
    archive : ZipFile
    path : path
        For messages.
    limit : int, default=MAX_UNPACKED
        Bytes.

    Raises
    ------
    ArchiveError
        If it unpacks to more, is encrypted or compressed in an unusual way.
    Exception
        Of many kinds where it is damaged.
    """
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    if total > limit:
        raise ArchiveError(
            f"{path}: holds {total / 2**20:.0f} MiB once unpacked, more than the "
            f"{limit / 2**20:.0f} MiB that such a file may, and was not read"
        )
    for member in members:
        if member.flag_bits & 1:
            raise ArchiveError(f"{path}: is encrypted; save it without a password")
        if member.compress_type not in _KINDS:
            raise ArchiveError(
                f"{path}: {member.filename} is compressed in an unusual way; pack it "
                "as a plain zip (deflate)"
            )
        with archive.open(member) as file:
            while file.read(_AT_ONCE):
                pass


def read_members(path, names):
    """Read the members of a zip file that have certain names, in whatever folder.

    Nothing is written; the folders of the archive lead nowhere.

    Parameters
    ----------
    path : path
    names : collection of str

    Returns
    -------
    dict of str to bytes
        Those of the names that are there.

    Raises
    ------
    ValueError
        If it is no zip file, is damaged or encrypted, would unpack to too much, or
        holds one name twice.
    """
    found = {}
    try:
        with zipfile.ZipFile(path) as archive:
            check_archive(archive, path)
            for member in archive.infolist():
                name = PurePosixPath(member.filename).name
                if member.is_dir() or name not in names:
                    continue
                if name in found:
                    raise ArchiveError(f"{path}: holds {name} twice")
                found[name] = archive.read(member)
    except ArchiveError:
        raise
    except Exception:
        # Damaged bytes raise errors of many libraries (zipfile, zlib, struct).
        raise ValueError(f"{path}: not a zip file that can be read") from None
    return found
