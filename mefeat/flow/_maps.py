"""From a clip to one map of its motion: apex, scaling, area reduction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mefeat._validation import check_option
from mefeat.flow._methods import optical_flow
from mefeat.flow._strain import optical_strain
from mefeat.io._opencv import import_cv2

if TYPE_CHECKING:
    from mefeat.io._clip import Clip


__all__ = [
    "area_reduce",
    "center_map",
    "find_apex",
    "motion_channels",
    "resize_linear",
    "scale_map",
]

SCALINGS = (None, "ststnet", "mean", "softnet")

# Landmark at the middle of the bridge of the nose (iBUG 68), which SOFTNet takes for
# the motion of the head.
_NOSE = 28


def find_apex(
    clip: Clip, method: str = "lk", max_frames: int = 32, prefilter: str | None = None
) -> int:
    """Find the frame with the largest motion since the clip's first frame.

    Parameters
    ----------
    clip : Clip
        At least two frames.
    method : str, default="lk"
        Of `optical_flow`.
    max_frames : int, default=32
        Longer clips are searched in so many evenly spaced frames.
    prefilter : {None, "lcn"}, default=None
        Of `optical_flow`.

    Returns
    -------
    int
        Frame, counted from the clip's first.

    Notes
    -----
    Motion is the mean length of the tenth of the vectors that are longest: an
    expression moves a small part of a face.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> from mefeat.flow import find_apex
    >>> y, x = np.mgrid[:48, :48]
    >>> shifts = [0, 0.5, 1.5, 1.0, 0.2]
    >>> frames = [128 + 60 * np.sin((x + s) / 4) * np.cos(y / 5) for s in shifts]
    >>> find_apex(Clip(np.array(frames).astype(np.uint8)))
    2
    """
    clip.require(2)
    wanted = np.unique(
        np.linspace(1, len(clip) - 1, min(max_frames, len(clip) - 1)).round()
    ).astype(int)
    frames = clip.frames()
    flow = optical_flow(frames[0], frames[wanted], method, prefilter)
    length = np.hypot(flow[..., 0], flow[..., 1]).reshape(len(wanted), -1)
    top = max(1, length.shape[1] // 10)
    strongest = np.partition(length, -top, axis=1)[:, -top:].mean(axis=1)
    return int(wanted[np.argmax(strongest)])


def motion_channels(flow, channels="uvs", derivative="central"):
    """Stack components of a flow.

    Parameters
    ----------
    flow : array of shape (height, width, 2)
    channels : str
        Of the letters u (dx), v (dy), s (strain) and m (length), in the order wanted.
    derivative : str
        Of `optical_strain`.

    Returns
    -------
    ndarray of shape (height, width, len(channels)), float32
    """
    made = {"u": lambda: flow[..., 0], "v": lambda: flow[..., 1]}
    made["s"] = lambda: optical_strain(flow, derivative)
    made["m"] = lambda: np.hypot(flow[..., 0], flow[..., 1])
    return np.stack([made[letter]() for letter in channels], axis=2)


def _stretch(values):
    low, high = values.min(axis=(0, 1)), values.max(axis=(0, 1))
    span = np.where(high > low, high - low, 1)
    return (values - low) / span


def scale_map(flow, scaling, channels="uvs", landmarks=None):
    """Scale the channels of a flow as a published method does.

    Parameters
    ----------
    flow : array of shape (height, width, 2)
    scaling : {None, "ststnet", "mean", "softnet"}
        See `FlowMap`.
    channels : str
    landmarks : array of shape (68, 2), optional
        For "softnet"; without it the nose is taken to be in the middle.

    Returns
    -------
    ndarray of shape (height, width, len(channels)), float32
    """
    check_option("scaling", scaling, SCALINGS)
    if scaling is None:
        return motion_channels(flow, channels)
    if scaling == "ststnet":
        return _stretch(motion_channels(flow, channels)).astype(np.float32)
    if scaling == "mean":
        values = motion_channels(flow, channels, "backward")
        return _stretch(values).astype(np.float32)
    values = motion_channels(flow, channels, "forward")
    height, width = values.shape[:2]
    x, y = (width / 2, height / 2) if landmarks is None else landmarks[_NOSE]
    row = int(np.clip(round(y), 0, height - 1))
    column = int(np.clip(round(x), 0, width - 1))
    patch = values[max(row - 5, 0) : row + 6, max(column - 5, 0) : column + 6]
    values = values - patch.mean(axis=(0, 1))
    signed = [i for i, letter in enumerate(channels) if letter in "uv"]
    values[..., signed] = np.abs(values[..., signed])
    return _stretch(values).astype(np.float32)


def center_map(values, channels="uvs"):
    """Subtract from u and from v their medians.

    Parameters
    ----------
    values : array of shape (..., height, width, len(channels))
    channels : str
        Of the letters u, v, s and m; s and m stay as they are.

    Returns
    -------
    ndarray like `values`
    """
    medians = np.median(values, axis=(-3, -2), keepdims=True)
    signed = np.array([letter in "uv" for letter in channels])
    return values - np.where(signed, medians, 0).astype(values.dtype)


def _weights(n, size):
    """Share of each of `n` pixels in each of `size` cells of equal width."""
    edges = np.arange(size + 1) * (n / size)
    pixels = np.arange(n)
    first = np.maximum(edges[:-1, None], pixels[None, :])
    last = np.minimum(edges[1:, None], pixels[None, :] + 1)
    return np.maximum(last - first, 0) * (size / n)


def area_reduce(values, size):
    """Average a map over `size` x `size` cells of equal area.

    Parameters
    ----------
    values : array of shape (..., height, width, n_channels)
    size : int

    Returns
    -------
    ndarray of shape (..., size, size, n_channels), float64
    """
    rows = _weights(values.shape[-3], size)
    columns = _weights(values.shape[-2], size)
    return np.einsum("ih,jw,...hwc->...ijc", rows, columns, values, optimize=True)


def resize_linear(values, shape):
    """Resize a map as OpenCV's ``resize`` does by default, without averaging.

    Parameters
    ----------
    values : array of shape (height, width, n_channels), float32
    shape : (int, int)
        New height and width.

    Returns
    -------
    ndarray of shape (*shape, n_channels), float32
    """
    cv2 = import_cv2()
    return cv2.resize(np.ascontiguousarray(values), (shape[1], shape[0]))
