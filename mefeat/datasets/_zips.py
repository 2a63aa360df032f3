"""Zip archives of unknown origin: what they hold, without unpacking without end."""

import zipfile
from pathlib import PurePosixPath

__all__ = ["check_unpacked_size", "read_members"]

# What a table or a sheet of annotations may take once unpacked: a hundred times as much
# as the largest published one.
MAX_UNPACKED = 128 * 2**20


def check_unpacked_size(archive, path, limit=MAX_UNPACKED):
    """Raise if an archive claims to hold more than `limit` bytes once unpacked.

    What it claims binds: reading of a member stops where its claim is used up.
    """
    total = sum(member.file_size for member in archive.infolist())
    if total > limit:
        raise ValueError(
            f"{path}: holds {total / 2**20:.0f} MiB once unpacked, more than the "
            f"{limit / 2**20:.0f} MiB that such a file may, and was not read"
        )


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
            check_unpacked_size(archive, path)
            for member in archive.infolist():
                name = PurePosixPath(member.filename).name
                if member.is_dir() or name not in names:
                    continue
                if name in found:
                    raise ValueError(f"{path}: holds {name} twice")
                if member.flag_bits & 1:
                    raise ValueError(
                        f"{path}: is encrypted; save it without a password"
                    )
                found[name] = archive.read(member)
    except ValueError as error:
        if str(error).startswith(f"{path}: "):
            raise
        raise _unreadable(path) from None
    except Exception:
        # Damaged bytes raise errors of many libraries (zipfile, zlib, lzma, struct).
        raise _unreadable(path) from None
    return found


def _unreadable(path):
    return ValueError(f"{path}: not a zip file that can be read")
