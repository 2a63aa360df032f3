"""Pixel values: to 8 bit and to gray, by OpenCV where it is and by NumPy elsewhere."""

import numpy as np

from mefeat.exceptions import MissingDependencyError
from mefeat.io._opencv import import_cv2

__all__ = ["to_gray", "to_rgb", "to_uint8"]

# ITU-R BT.601 luma, the weights that every gray micro-expression data set carries.
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
# The same times 2 ** 15, as OpenCV rounds them for 8-bit values.
_LUMA_FIXED = (9798, 19235, 3735)


def to_uint8(raw, value_range=None):
    """Give one frame as uint8.

    Parameters
    ----------
    raw : ndarray of uint8, uint16 or finite floats
    value_range : (float, float), optional
        Values that become 0 and 255.

    Raises
    ------
    ValueError
        If floats lie outside [0, 1] and there is no `value_range`.
    """
    if value_range is None:
        if raw.dtype == np.uint8:
            return raw
        if raw.dtype.kind == "u":
            return (raw >> 8).astype(np.uint8)
        value_range = 0.0, 1.0
        if raw.min() < 0 or raw.max() > 1:
            raise ValueError(
                "floating-point frames must lie in [0, 1]; give others with "
                "value_range=(low, high)"
            )
    low, high = value_range
    scaled = (raw.astype(np.float64) - low) * (255.0 / (high - low))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def _is_bgr(frame):
    """Whether an RGB frame is a view of BGR, as decoders give it."""
    return frame.strides[2] < 0


def to_rgb(frame):
    """Give an RGB frame, in colours or gray, in the order of its channels."""
    if frame.ndim == 2:
        return np.repeat(frame[..., None], 3, axis=2)
    if frame.dtype == np.uint8 and _is_bgr(frame):
        cv2 = import_cv2()
        return cv2.cvtColor(frame[..., ::-1], cv2.COLOR_BGR2RGB)
    return frame


def to_gray(frame):
    """Give the BT.601 luma of one RGB frame, in its own type; a gray one as it is."""
    if frame.ndim == 2:
        return frame
    if frame.dtype == np.uint8:
        try:
            cv2 = import_cv2()
        except MissingDependencyError:
            return gray_without_opencv(frame)
        if _is_bgr(frame):
            return cv2.cvtColor(frame[..., ::-1], cv2.COLOR_BGR2GRAY)
        # Rows may lie apart, as in a part of a frame; pixels may not.
        if frame.strides[1:] != (3, 1):
            frame = np.ascontiguousarray(frame)
        return cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    gray = frame.astype(np.float32) @ _LUMA
    if frame.dtype.kind == "f":
        return gray.astype(frame.dtype, copy=False)
    return np.rint(gray).astype(frame.dtype)


def gray_without_opencv(frame):
    """Give what OpenCV gives for a uint8 RGB frame, bit for bit."""
    red, green, blue = (frame[..., channel].astype(np.int32) for channel in range(3))
    r, g, b = _LUMA_FIXED
    return ((r * red + g * green + b * blue + (1 << 14)) >> 15).astype(np.uint8)
