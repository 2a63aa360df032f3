"""Strips of pictures: onset, apex and offset of an interval side by side."""

import numpy as np

__all__ = ["apex_picture", "frame_picture", "interval_strip"]


def frame_picture(clip, frame, size=None):
    """Give one frame as RGB, shrunk so that its longer side is `size` pixels.

    Parameters
    ----------
    clip : Clip
    frame : int
        Brought into the clip's range where it lies outside.
    size : int, optional
        Pixels; None keeps the frame as it is.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8
    """
    from skimage.transform import resize

    frame = int(np.clip(frame, 0, len(clip) - 1))
    picture = clip[frame : frame + 1].frames(color=True)[0]
    height, width = picture.shape[:2]
    if size is None or max(height, width) <= size:
        return picture
    scale = size / max(height, width)
    shape = (max(round(height * scale), 1), max(round(width * scale), 1))
    small = resize(picture, shape, anti_aliasing=True, preserve_range=True)
    return np.rint(small).astype(np.uint8)


def apex_picture(clip, interval, size=None):
    """Give the frame of the interval's apex (its middle where no apex is known).

    Parameters
    ----------
    clip : Clip
    interval : Interval
    size : int, optional
        As of `frame_picture`.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8
    """
    apex = interval.apex
    if apex is None:
        apex = (interval.onset + interval.offset) // 2
    return frame_picture(clip, apex, size)


def interval_strip(clip, interval, size=160, gap=4):
    """Set onset, apex and offset of an interval side by side.

    Parameters
    ----------
    clip : Clip
    interval : Interval
    size : int, default=160
        Longer side of each picture in pixels.
    gap : int, default=4
        White columns between the pictures.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8
    """
    pictures = [
        frame_picture(clip, interval.onset, size),
        apex_picture(clip, interval, size),
        frame_picture(clip, interval.offset, size),
    ]
    white = np.full((pictures[0].shape[0], gap, 3), 255, dtype=np.uint8)
    return np.concatenate([pictures[0], white, pictures[1], white, pictures[2]], 1)
