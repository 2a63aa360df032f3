"""Frames that stand in an array."""

import hashlib

import numpy as np

from mefeat.exceptions import ClipError

__all__ = ["ArraySource"]


def _as_array(frames, name):
    try:
        array = np.asanyarray(frames)
        if array.dtype == object and array.ndim == 1 and len(array):
            array = np.stack(list(array))
    except (TypeError, ValueError) as error:
        raise ClipError(
            f"cannot be made an array of frames of one size ({error})", clip=name
        ) from None
    return array


class ArraySource:
    """Frames of an array (T, H, W) or (T, H, W, 3)."""

    numbers = None
    fps = None
    times = None

    def __init__(self, array, name=None):
        array = _as_array(array, name)
        if array.ndim == 4 and array.shape[3] == 1:
            array = array[..., 0]
        if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[3] != 3):
            raise ClipError(
                "an array must have the shape (n_frames, height, width) or "
                f"(n_frames, height, width, 3). Got {array.shape} instead",
                clip=name,
            )
        if (
            array.dtype == bool
            or array.dtype.kind not in "uf"
            or (array.dtype.kind == "u" and array.dtype.itemsize > 2)
        ):
            raise ClipError(
                "frames must be uint8, uint16 or floating point. Got "
                f"{array.dtype} instead: convert with array.astype('uint8')",
                clip=name,
            )
        if 0 in array.shape[1:]:
            raise ClipError(f"frames are empty: shape {array.shape}", clip=name)
        self.array = array
        self.name = name
        self.n_frames = len(array)
        self.shape = array.shape[1:3]
        self.is_color = array.ndim == 4
        self.dtype = array.dtype

    @property
    def key(self):
        digest = hashlib.sha1(usedforsecurity=False)
        digest.update(repr((self.array.shape, self.array.dtype.str)).encode())
        for frame in self.array:
            digest.update(np.ascontiguousarray(frame).data)
        return ("array", digest.hexdigest())

    def read(self, start, stop, step=1):
        for index, frame in enumerate(self.array[start:stop]):
            yield None if index % step else frame
