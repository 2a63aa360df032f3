"""Frames of a clip for those who look at parts of some of them."""

from mefeat.io._warping import warp_affine

__all__ = ["every"]


def every(clip, step=1):
    """Read every `step`-th frame, without turning all of it into a gray picture.

    Parameters
    ----------
    clip : Clip
    step : int, default=1

    Yields
    ------
    ndarray of shape (height, width) or (height, width, 3), uint8, or None
        Gray or RGB as the source has it, not to be changed, nor to be kept: the next
        one may take its memory.  None for each frame that is left out.
        ``warp_affine(..., gray=True)`` makes parts of it gray, `to_gray` all of it.
    """
    for frame in clip._decoded(step=step):
        if frame is not None and clip._warp is not None:
            frame = warp_affine(frame, *clip._warp, gray=True)
        yield frame
