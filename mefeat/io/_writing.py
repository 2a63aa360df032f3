"""Writing of videos."""

import os
from pathlib import Path

import numpy as np

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
        If there is no frame, or one differs in size.
    """
    cv2 = import_cv2()
    path = Path(path)
    if codec is None:
        codec = "FFV1" if path.suffix.lower() in (".avi", ".mkv") else "mp4v"
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    writer, size = None, None
    try:
        for frame in frames:
            frame = np.asarray(frame)
            if writer is None:
                size = frame.shape[:2]
                fourcc = cv2.VideoWriter_fourcc(*codec)
                writer = cv2.VideoWriter(str(temporary), fourcc, fps, size[::-1])
                if not writer.isOpened():
                    raise OSError(f"cannot write {path} with the codec {codec!r}")
            if frame.shape[:2] != size:
                raise ValueError(
                    f"all frames must have one size. Got {frame.shape[:2]} after {size}"
                )
            code = cv2.COLOR_GRAY2BGR if frame.ndim == 2 else cv2.COLOR_RGB2BGR
            writer.write(cv2.cvtColor(np.ascontiguousarray(frame), code))
        if writer is None:
            raise ValueError(f"no frames to write to {path}")
        writer.release()
        os.replace(temporary, path)
    finally:
        if writer is not None:
            writer.release()
        temporary.unlink(missing_ok=True)
    return path
