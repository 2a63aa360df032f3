"""Writing of videos."""

import os
from pathlib import Path

import numpy as np

from mefeat.io._decoders import close_decoders
from mefeat.io._opencv import import_cv2

__all__ = ["write_video"]


def write_video(path, frames, fps, codec=None):
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
        If the encoder cannot be opened.
    ValueError
        If there is no frame, one is not uint8 or differs in size, or `fps` or `codec`
        cannot be.
    """
    cv2 = import_cv2()
    path = Path(path)
    if codec is None:
        codec = "FFV1" if path.suffix.lower() in (".avi", ".mkv") else "mp4v"
    if not isinstance(codec, str) or len(codec) != 4:
        raise ValueError(f"codec must be four characters. Got {codec!r} instead.")
    if not 0 < fps < np.inf:
        raise ValueError(f"fps must be above 0. Got {fps!r} instead.")
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    writer, size = None, None
    try:
        for frame in frames:
            picture = _as_bgr(frame, size)
            if writer is None:
                size = picture.shape[:2]
                fourcc = cv2.VideoWriter_fourcc(*codec)
                writer = cv2.VideoWriter(str(temporary), fourcc, fps, size[::-1])
                if not writer.isOpened():
                    raise OSError(
                        f"cannot write {path}: either its folder is missing or cannot "
                        f"be written to, or there is no codec {codec!r} for "
                        f"{path.suffix or 'a file without suffix'} here"
                    )
            writer.write(picture)
        if writer is None:
            raise ValueError(f"no frames to write to {path}")
        writer.release()
        close_decoders(path)  # an open file cannot be replaced on every system
        os.replace(temporary, path)
    finally:
        if writer is not None:
            writer.release()
        temporary.unlink(missing_ok=True)
    return path


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
