"""Folders of frames on disk."""

import os
from pathlib import Path

from mefeat.io import Clip
from mefeat.io._sources import IMAGE_SUFFIXES, ImageSource

__all__ = [
    "check_root",
    "find_frame_folders",
    "is_folder",
    "is_new",
    "list_images",
    "open_folder",
]


def check_root(root, name):
    """Give the root as a Path, or raise if it is no folder."""
    root = Path(root)
    if not root.is_dir():
        raise NotADirectoryError(
            f"{root}: no such folder; give the folder into which {name} was unpacked"
        )
    return root


def _is_image(name):
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in (
        IMAGE_SUFFIXES
    )


def is_folder(entry):
    """Tell whether an entry is a folder; links in a circle lead nowhere."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_new(folder, seen):
    """Tell whether a folder was not visited yet, under this or another name."""
    try:
        status = os.stat(folder)
    except OSError:
        return False
    # Windows gives no numbers for some disks; there links to folders are rare.
    identity = (status.st_dev, status.st_ino) if status.st_ino else str(folder)
    if identity in seen:
        return False
    seen.add(identity)
    return True


def find_frame_folders(root):
    """Find the folders below `root` that hold images.

    A folder is left as soon as one image is met, so that data sets of hundreds of
    thousands of frames are searched in moments.  Links are followed, each folder is
    visited once.

    Returns
    -------
    list of Path
        Sorted.
    """
    found, folders, seen = [], [Path(root)], set()
    while folders:
        folder = folders.pop()
        if not is_new(folder, seen):
            continue
        inside, images = [], False
        with os.scandir(folder) as entries:
            for entry in entries:
                if is_folder(entry):
                    if not entry.name.startswith("."):
                        inside.append(Path(entry.path))
                elif _is_image(entry.name):
                    images = True
                    break
        if images:
            found.append(folder)
        else:
            # The first of several links to a folder stands for all of them.
            folders += sorted(inside, reverse=True)
    return sorted(found)


def list_images(folder):
    """Give the images of a folder, sorted by name."""
    with os.scandir(folder) as entries:
        return sorted(Path(e.path) for e in entries if _is_image(e.name))


def open_folder(folder, *, fps, subject, name, report):
    """Give a clip of a folder's frames without opening a single one.

    Holes in the numbering are counted in the report.
    """
    source = ImageSource(list_images(folder), name=name, lazy=True)
    clip = Clip(source, fps=fps, subject=subject, name=name)
    if len(clip.missing):
        report.repair(
            "frames missing, each repeats the one before it",
            f"{name} ({len(clip.missing)} of {len(clip)})",
        )
    return clip
