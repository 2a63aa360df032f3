"""Checks of what a clip carries beside its frames."""

import numbers

import numpy as np

from mefeat.exceptions import ClipError

__all__ = ["check_field"]


def check_field(clip, field, value):
    """Give the value of a clip's field in its stored form.

    Raises
    ------
    ClipError
        If the value does not fit the clip.
    TypeError
        If a clip has no such field.
    """
    if field not in _CHECKS:
        raise TypeError(
            f"a clip has no field {field!r} to replace; it has {', '.join(_CHECKS)}"
        )
    return None if value is None else _CHECKS[field](clip, value)


def _text(clip, value):
    return str(value)


def _fps(clip, value):
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not (real and 0 < value < np.inf):
        raise ClipError(
            f"fps must be a number above 0. Got {value!r} instead", clip.name
        )
    return float(value)


def _apex(clip, value):
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ClipError(f"apex must be a frame. Got {value!r} instead", clip.name)
    if not np.isfinite(value) or value != int(value):
        raise ClipError(f"apex must be a whole frame. Got {value!r} instead", clip.name)
    return int(value)


def _landmarks(clip, value):
    try:
        points = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ClipError(
            f"landmarks must be an array of numbers. Got {value!r} instead", clip.name
        ) from None
    if points.ndim not in (2, 3) or points.shape[-1] != 2:
        raise ClipError(
            "landmarks must have the shape (n_points, 2) or (n_frames, n_points, 2). "
            f"Got {points.shape} instead",
            clip.name,
        )
    if points.ndim == 3 and len(points) != len(clip):
        raise ClipError(
            f"landmarks are given for {len(points)} frames of {len(clip)}", clip.name
        )
    return points


def _rois(clip, value):
    rois = np.asarray(value)
    if (
        rois.ndim != 2
        or rois.shape != tuple(clip.shape)
        or rois.dtype.kind not in "biu"
    ):
        raise ClipError(
            f"rois must be a label map: an integer array of shape {tuple(clip.shape)}. "
            f"Got {rois.dtype} of shape {rois.shape} instead",
            clip.name,
        )
    return rois


def _value_range(clip, value):
    try:
        low, high = (float(limit) for limit in value)
        usable = np.isfinite([low, high]).all() and low < high
    except (TypeError, ValueError):
        usable = False
    if not usable:
        raise ClipError(
            "value_range must be two finite numbers (low, high) with low < high. Got "
            f"{value!r} instead",
            clip.name,
        )
    return low, high


_CHECKS = {
    "fps": _fps,
    "subject": _text,
    "name": _text,
    "landmarks": _landmarks,
    "rois": _rois,
    "apex": _apex,
    "value_range": _value_range,
}
