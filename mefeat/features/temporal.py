"""Clips of one length: temporal interpolation (TIM) and plain resampling."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from mefeat._validation import check_int, check_option
from mefeat.base import ClipTransformer
from mefeat.io import Clip

__all__ = ["TemporalInterpolator", "interpolation_weights"]

METHODS = ("tim", "linear", "cubic")
_BLOCK = 1 << 16  # pixels interpolated at once


def interpolation_weights(
    n_frames: int, n_new: int, method: str = "tim"
) -> NDArray[np.float64]:
    """Give the weights of the old frames in each new frame.

    Parameters
    ----------
    n_frames, n_new : int
        Number of frames before and after; the first and last stay where they are.
    method : {"tim", "linear", "cubic"}, default="tim"
        See :class:`TemporalInterpolator`.

    Returns
    -------
    ndarray of shape (n_new, n_frames), float64
        Rows sum to 1.

    Examples
    --------
    >>> from mefeat.features import interpolation_weights
    >>> interpolation_weights(3, 5, "linear")
    array([[1. , 0. , 0. ],
           [0.5, 0.5, 0. ],
           [0. , 1. , 0. ],
           [0. , 0.5, 0.5],
           [0. , 0. , 1. ]])
    """
    n_frames = check_int("n_frames", n_frames, low=2)
    n_new = check_int("n_new", n_new, low=2)
    method = check_option("method", method, METHODS)
    at = np.linspace(0, n_frames - 1, n_new)
    if method == "cubic":
        return CubicSpline(np.arange(n_frames), np.eye(n_frames))(at)
    if method == "linear":
        return np.maximum(0, 1 - np.abs(at[:, None] - np.arange(n_frames)))
    k = np.arange(1, n_frames)
    basis = np.cos(np.pi * np.outer(np.arange(n_frames) + 0.5, k) / n_frames)
    curve = np.cos(np.pi * np.outer(at + 0.5, k) / n_frames)
    return (1 + 2 * curve @ basis.T) / n_frames


class TemporalInterpolator(ClipTransformer):
    """Bring clips to one number of frames.

    Parameters
    ----------
    n_frames : int, default=10
        Frames of the clips that come out, at least 2.
    method : {"tim", "linear", "cubic"}, default="tim"
        - ``"tim"``: the temporal interpolation model, which embeds the frames as a
          path graph and resamples the curve through them.
        - ``"linear"``: between the two nearest frames.
        - ``"cubic"``: a cubic spline through all frames (not-a-knot).
    output : {"uint8", "float"}, default="uint8"
        Values rounded (halves up) and clipped to bytes, as recorded clips have them,
        so that exact integer kernels serve the new clip too; or single precision in
        the scale of the source, neither rounded nor clipped.
    memory : None, str or joblib.Memory, default=None
        Where the new clips are cached.
    n_jobs : int, default=None
        Number of clips treated at the same time.

    Notes
    -----
    New frames lie evenly between the first and the last frame, which stay as they are.
    `fps` is scaled so that the time between them is kept; per-frame landmarks are
    interpolated linearly, the apex moves to the nearest new frame; subject, name,
    landmarks for all frames and ROIs are kept.  Colours stay.

    The eigenvectors of the path graph's Laplacian are y_k(i) =
    sin(pi k i / n + pi (n - k) / (2 n)) = cos(pi k (i - 1/2) / n), the basis of the
    discrete cosine transform, and the least-squares map from them to the frames is
    exact.  Therefore TIM is one fixed matrix of weights on the frames (the cosine
    interpolation), whatever the pixels; no decomposition of the clip is needed.

    References
    ----------
    Z. Zhou, G. Zhao, M. Pietikäinen, "Towards a practical lipreading system", CVPR
    2011, doi:10.1109/CVPR.2011.5995345.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> from mefeat.features import TemporalInterpolator
    >>> clip = Clip(np.zeros((37, 24, 20), dtype=np.uint8), fps=100)
    >>> new = TemporalInterpolator(n_frames=10).fit_transform([clip])[0]
    >>> len(new), new.shape, new.fps
    (10, (24, 20), 25.0)
    """

    _min_frames = 2

    def __init__(
        self,
        n_frames: int = 10,
        method: str = "tim",
        output: str = "uint8",
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_frames = n_frames
        self.method = method
        self.output = output
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        owner = "TemporalInterpolator"
        return {
            "n_frames": check_int("n_frames", self.n_frames, low=2, owner=owner),
            "method": check_option("method", self.method, METHODS, owner=owner),
            "output": check_option(
                "output", self.output, ("uint8", "float"), owner=owner
            ),
        }

    @staticmethod
    def _transform_one(clip, *, n_frames, method, output):
        weights = interpolation_weights(len(clip), n_frames, method)
        native = output == "float"
        frames = clip.frames(color=clip.is_color, native=native)
        value_range = None
        if native:
            value_range = clip.value_range or _full_range(clip.dtype)
        step = (n_frames - 1) / (len(clip) - 1)
        landmarks = clip.landmarks
        if landmarks is not None and landmarks.ndim == 3:
            linear = interpolation_weights(len(clip), n_frames, "linear")
            landmarks = np.tensordot(linear, landmarks, axes=1)
        return Clip(
            _resample(frames, weights, native),
            fps=None if clip.fps is None else clip.fps * step,
            subject=clip.subject,
            name=clip.name,
            landmarks=landmarks,
            rois=clip.rois,
            apex=None if clip.apex is None else int(np.floor(clip.apex * step + 0.5)),
            value_range=value_range,
        )


def _full_range(dtype):
    return (0.0, 1.0) if dtype.kind == "f" else (0, np.iinfo(dtype).max)


def _resample(frames, weights, native):
    """Give the weighted sums of frames, as float32 or rounded to bytes."""
    flat = frames.reshape(len(frames), -1)
    out = np.empty(
        (len(weights), flat.shape[1]), dtype=np.float32 if native else np.uint8
    )
    for start in range(0, flat.shape[1], _BLOCK):
        part = weights @ flat[:, start : start + _BLOCK].astype(np.float64)
        if not native:
            # The small step makes halves go up whatever the order of the sums.
            part = np.clip(np.floor(part + (0.5 + 1e-6)), 0, 255)
        out[:, start : start + _BLOCK] = part
    return out.reshape(len(weights), *frames.shape[1:])
