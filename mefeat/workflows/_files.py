"""What the workflows share: finding inputs, skipping bad ones, writing results."""

import hashlib
import json
import logging
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mefeat._atomic import write_text
from mefeat._validation import check_real
from mefeat.datasets.annotations import find_videos
from mefeat.exceptions import ClipError
from mefeat.io import Clip
from mefeat.io._files import readable

__all__ = [
    "Skipped", "as_json", "expand_videos", "file_stem", "open_clip", "track",
    "write_json",
]  # fmt: skip

logger = logging.getLogger(__name__)

# Bytes; systems take names of 255, and an ending and a temporary name need some.
_LONGEST = 150


class Skipped:
    """The inputs that could not be used, each with its reason.

    Parameters
    ----------
    on_error : {"raise", "skip"}
        Whether the first error ends the job or the input is passed over.
    """

    def __init__(self, on_error):
        if on_error not in ("raise", "skip"):
            raise ValueError(
                "The 'on_error' parameter must be one of 'raise', 'skip'. Got "
                f"{on_error!r} instead."
            )
        self.on_error = on_error
        self.reasons = {}

    @contextmanager
    def guard(self, name):
        """Note a `ClipError` or a file's error under `name`, or let it pass up."""
        try:
            yield
        except (ClipError, OSError) as error:
            if self.on_error == "raise":
                raise
            logger.warning("%s skipped: %s", name, error)
            self.reasons[str(name)] = str(error)


def expand_videos(paths):
    """Give name and path of each video in a mix of files and folders.

    A folder that holds images is one video; other folders are searched.  Files of one
    name are told apart by the folders that they lie in.
    """
    if isinstance(paths, str | Path):
        paths = [paths]
    paths = [Path(path) for path in paths]
    stems = Counter(path.stem for path in paths if not path.is_dir())
    found = {}
    for path in paths:
        if path.is_dir():
            inside = find_videos(path)
            for name, item in (inside or {readable(path.name): path}).items():
                found[_unused(name, found)] = item
        else:
            alone = stems[path.stem] == 1
            folder = path.resolve().parent.name
            name = path.stem if alone else f"{folder}/{path.stem}"
            found[_unused(readable(name), found)] = path
    return found


def _unused(name, taken):
    number, free = 2, name
    while free in taken:
        free = f"{name}-{number}"
        number += 1
    return free


def file_stem(name):
    """Give what the names of a video's files begin with: one folder, not too long.

    Parameters
    ----------
    name : str
        Of the video, with ``/`` between folders.

    Returns
    -------
    str
        Two names never share it, unless one has ``__`` where the other has ``/``.
    """
    stem = name.replace("/", "__")
    whole = stem.encode()
    if len(whole) <= _LONGEST:
        return stem
    digest = hashlib.sha1(whole, usedforsecurity=False).hexdigest()[:8]
    return f"{whole[:_LONGEST].decode(errors='ignore')}-{digest}"


def open_clip(path, name, fps=None, subject=None):
    """Open a video, with `fps` for sources that do not know theirs."""
    fps = check_real("fps", fps, low=0, open_low=True, none=True)
    clip = Clip(path, name=name, subject=subject)
    if clip.fps is None:
        if fps is None:
            raise ClipError(
                "its frame rate is unknown; give it with --fps (fps= in Python)", name
            )
        clip = clip.replace(fps=fps)
    return clip


def track(items, description, progress):
    """Iterate with a progress bar where one is wanted."""
    return tqdm(items, desc=description, disable=not progress, leave=False)


def _without_nan(value):
    """Put None where JSON has no number."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


def as_json(content, ensure_ascii=False):
    """Give strict JSON: NaN and infinity, which it does not know, become null."""
    return json.dumps(
        _without_nan(content),
        indent=2,
        default=str,
        ensure_ascii=ensure_ascii,
        allow_nan=False,
    )


def write_json(path, content):
    """Write JSON, whole or not at all."""
    return write_text(path, as_json(content) + "\n")
