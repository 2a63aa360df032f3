"""Writing of videos."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mefeat._atomic import check_place, replacing
from mefeat._typing import Array, PathLike
from mefeat.io._containers import is_cut_off
from mefeat.io._decoders import close_decoders
from mefeat.io._opencv import import_cv2

__all__ = ["write_video"]

# Bytes; more than an encoder holds back before it writes.
_LITTLE_ROOM = 4 * 2**20


def write_video(
    path: PathLike, frames: Iterable[Array], fps: float, codec: str | None = None
) -> Path:
    """Write frames to a video file; nothing is left under its name if that fails.

    Parameters
    ----------
    path : path
        Its suffix chooses the container: .mp4, .avi, .mov or .mkv.
    frames : iterable of ndarray of shape (height, width) or (height, width, 3), uint8
        In RGB where coloured.
    fps : float
        Frames per second.
    codec : str, optional
        FourCC; by default ``"mp4v"``, and lossless ``"FFV1"`` for .avi and .mkv.

    Returns
    -------
    Path

    Raises
    ------
    OSError
        If the folder is missing or cannot be written to, the disk is full, or the
        encoder cannot be opened.
    ValueError
        If there is no frame, one is not uint8 or differs in size, or `fps` or `codec`
        cannot be.
    """
    path = Path(path)
    if codec is None:
        codec = "FFV1" if path.suffix.lower() in (".avi", ".mkv") else "mp4v"
    if not isinstance(codec, str) or len(codec) != 4:
        raise ValueError(f"codec must be four characters. Got {codec!r} instead.")
    if not 0 < fps < np.inf:
        raise ValueError(f"fps must be above 0. Got {fps!r} instead.")
    check_place(path)
    with replacing(path) as temporary:
        n_frames = _encode(path, temporary, frames, fps, codec)
        _check_room(path, temporary, n_frames)
        close_decoders(path)  # an open file cannot be replaced on every system
    return path


def _encode(path, temporary, frames, fps, codec):
    """Write the frames to `temporary`; give their number."""
    cv2 = import_cv2()
    writer, size, count = None, None, 0
    try:
        for frame in frames:
            picture = _as_bgr(frame, size)
            if writer is None:
                size = picture.shape[:2]
                fourcc = cv2.VideoWriter_fourcc(*codec)
                writer = cv2.VideoWriter(str(temporary), fourcc, fps, size[::-1])
                if not writer.isOpened():
                    raise OSError(
                        f"cannot write {path}: there is no codec {codec!r} for "
                        f"{path.suffix or 'a file without suffix'} here, or the disk "
                        "is full"
                    )
            writer.write(picture)
            count += 1
    finally:
        if writer is not None:
            writer.release()
    if not count:
        raise ValueError(f"no frames to write to {path}")
    return count


def _check_room(path, temporary, n_frames):
    """Raise where the end of a video was lost: encoders do not say that a disk is full.

    Only where there is next to no room left is the file decoded to see.
    """
    if shutil.disk_usage(temporary.parent).free > _LITTLE_ROOM:
        return
    cv2 = import_cv2()
    capture = cv2.VideoCapture(str(temporary))
    found = 0
    while capture.grab():
        found += 1
    capture.release()
    if found < n_frames or is_cut_off(temporary):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))


def _as_bgr(frame, size):
    cv2 = import_cv2()
    frame = np.asarray(frame)
    gray = frame.ndim == 2
    usable = gray or (frame.ndim == 3 and frame.shape[2] == 3)
    if frame.dtype != np.uint8 or not usable or 0 in frame.shape:
        raise ValueError(
            "frames must be uint8 arrays of shape (height, width) or (height, width, "
            f"3). Got {frame.dtype} of shape {frame.shape} instead."
        )
    if size is not None and frame.shape[:2] != size:
        raise ValueError(
            f"all frames must have one size. Got {frame.shape[:2]} after {size}"
        )
    code = cv2.COLOR_GRAY2BGR if gray else cv2.COLOR_RGB2BGR
    return cv2.cvtColor(np.ascontiguousarray(frame), code)
