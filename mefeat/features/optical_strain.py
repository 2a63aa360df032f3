"""Optical strain features (OSF)."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from mefeat._validation import check_int, check_option, check_real, check_tuple
from mefeat.base import ClipFeatures
from mefeat.exceptions import ClipError
from mefeat.features._motion import DERIVATIVES, check_flow_params, flows_from_first
from mefeat.flow import optical_strain

__all__ = ["OpticalStrain"]

POOLINGS = ("mean", "max")
NORMS = ("max", None)


class OpticalStrain(ClipFeatures):
    """Optical strain features: where the skin is deformed over a clip.

    Parameters
    ----------
    size : int or (int, int), default=50
        Rows and columns of the map that is given as a row of features; one number
        stands for both.
    pooling : {"mean", "max"}, default="mean"
        How the strain maps of the frames become one.
    clip_range : (float, float), default=(0.05, 0.95)
        Shares, between 0 and 1, of the range of values of a strain map: values below
        the first (noise) or above the second (outliers) become 0.  (0, 1) keeps all.
    norm : {"max", None}, default="max"
        Whether the pooled map is divided by its largest value.
    derivative : {"central", "backward", "forward", "sobel"}, default="central"
        See :func:`~mefeat.flow.optical_strain`.
    method : {"lk", "farneback", "dis", "tvl1"}, default="lk"
        Method of :func:`~mefeat.flow.optical_flow`, from the first frame to each later
        one.
    prefilter : {None, "lcn"}, default=None
        Filter of the frames before the flow.
    memory : None, str or joblib.Memory, default=None
        Where the rows of clips are cached.
    n_jobs : int, default=None
        Number of joblib jobs over clips.

    See Also
    --------
    mefeat.flow.optical_strain : The strain map of a single flow.
    OSWLBPTOP : LBP-TOP weighted by strain.

    Notes
    -----
    With :math:`\\varepsilon_t` the strain map from the first frame to frame t, and
    :math:`\\rho_l, \\rho_u` the `clip_range`, values outside of

    .. math:: [\\min \\varepsilon_t + \\rho_l (\\max \\varepsilon_t -
              \\min \\varepsilon_t),\\;
              \\min \\varepsilon_t + \\rho_u (\\max \\varepsilon_t -
              \\min \\varepsilon_t)]

    are set to 0, the maps are pooled over t, divided by the largest value and brought
    to `size`: by linear interpolation, with a triangle as wide as the scale where the
    map shrinks, so that every pixel counts.  A clip without motion gives zeros.

    Columns run over the rows and the columns of the map.

    References
    ----------
    .. [1] S.-T. Liong, J. See, R. C.-W. Phan, Y.-H. Oh, A. C. Le Ngo, K. Wong and
       S.-W. Tan. "Spontaneous subtle expression detection and recognition based on
       facial strain". Signal Processing: Image Communication 47, 2016.
    .. [2] M. Shreve, S. Godavarthy, D. Goldgof and S. Sarkar. "Macro- and
       micro-expression spotting in long videos using spatio-temporal strain". FG 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.features import OpticalStrain
    >>> clip = np.zeros((6, 60, 40), dtype=np.uint8)  # nothing moves
    >>> rows = OpticalStrain(size=10).transform([clip])
    >>> rows.shape, float(rows.sum())
    ((1, 100), 0.0)
    """

    _min_frames = 2

    def __init__(
        self,
        size: int | tuple[int, int] = 50,
        pooling: str = "mean",
        clip_range: tuple[float, float] = (0.05, 0.95),
        norm: str | None = "max",
        derivative: str = "central",
        method: str = "lk",
        prefilter: str | None = None,
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.size = size
        self.pooling = pooling
        self.clip_range = clip_range
        self.norm = norm
        self.derivative = derivative
        self.method = method
        self.prefilter = prefilter
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        owner = "OpticalStrain"
        low, high = check_tuple(
            "clip_range", self.clip_range, 2, check_real, owner=owner, low=0, high=1
        )
        if low >= high:
            raise ValueError(
                "The 'clip_range' parameter of OpticalStrain must be (low, high) with "
                f"low < high. Got {self.clip_range!r} instead."
            )
        return {
            "size": check_tuple(
                "size", self.size, 2, check_int, owner=owner, scalar=True, low=1
            ),
            "pooling": check_option("pooling", self.pooling, POOLINGS, owner=owner),
            "clip_range": (low, high),
            "norm": check_option("norm", self.norm, NORMS, owner=owner),
            "derivative": check_option(
                "derivative", self.derivative, DERIVATIVES, owner=owner
            ),
            **check_flow_params(self),
        }

    @staticmethod
    def _transform_one(clip, *, size, norm, **params):
        pooled = pooled_strain(clip, **params)
        largest = pooled.max()
        if norm == "max" and largest > 0:
            pooled = pooled / largest
        return resize_map(pooled, size).ravel()

    def _feature_names(self, params):
        rows, columns = params["size"]
        return [f"r{r}_c{c}" for r, c in product(range(rows), range(columns))]


def pooled_strain(clip, *, pooling, clip_range, derivative, method, prefilter):
    """Give the strain of a clip pooled over its frames, float64 (height, width)."""
    pooled, n_maps = np.zeros(clip.shape), 0
    for flows in flows_from_first(clip, method, prefilter):
        for flow in flows:
            strain = _cut(optical_strain(flow, derivative), clip_range)
            n_maps += 1
            if pooling == "mean":
                pooled += strain
            else:
                np.maximum(pooled, strain, out=pooled)
    if n_maps == 0:
        raise ClipError("has no frame after the first, so no motion", clip.name)
    return pooled / n_maps if pooling == "mean" else pooled


def _cut(strain, clip_range):
    """Set what lies outside of the shares `clip_range` of the range of values to 0."""
    low, high = clip_range
    smallest, largest = float(strain.min()), float(strain.max())
    span = largest - smallest
    keep = np.ones(strain.shape, dtype=bool)
    if low > 0:
        keep &= strain >= smallest + low * span
    if high < 1:
        keep &= strain <= smallest + high * span
    return np.where(keep, strain, 0)


def resize_map(values, size):
    """Bring a map to `size` (rows, columns) by linear interpolation.

    Where it shrinks, each new value is the mean of the old ones under a triangle whose
    half width is the scale.
    """
    rows = _weights(values.shape[0], size[0])
    columns = _weights(values.shape[1], size[1])
    return rows @ values @ columns.T


def _weights(n, new_n):
    """Give the matrix (new_n, n) that resizes one axis; its rows sum to 1."""
    scale = n / new_n
    centres = (np.arange(new_n) + 0.5) * scale - 0.5
    width = max(scale, 1.0)
    distance = np.abs(np.arange(n) - np.clip(centres, 0, n - 1)[:, None])
    weights = np.maximum(1 - distance / width, 0)
    return weights / weights.sum(axis=1, keepdims=True)
