"""Local binary patterns with six intersection points (LBP-SIP)."""

from __future__ import annotations

from itertools import product
from typing import Any

from mefeat._validation import check_option
from mefeat.base import ClipFeatures
from mefeat.features._blocks import NORMS, check_blocks, check_overlap, normalise
from mefeat.features._lbp import check_neighbours, plane_counts

__all__ = ["LBPSIP"]


class LBPSIP(ClipFeatures):
    """Local binary patterns with six intersection points.

    The three planes of LBP-TOP with four neighbours each share their neighbours: only
    six of the twelve are different.  LBP-SIP compares each of them once, the four in
    space as a code of 16 bins and the two in time as a code of 4 bins, so that a block
    has 20 features where LBP-TOP has 45.

    Parameters
    ----------
    radii : (float, float, float), default=(1, 1, 1)
        Radii along x and y (pixels) and t (frames); a single value stands for all.
        Radii that are not whole are interpolated linearly.
    n_blocks : (int, int, int), default=(5, 5, 1)
        Blocks along rows, columns and time.
    overlap : float or tuple of three, default=0.0
        Part of a block, below 0.95, that it shares with the next one.
    border : {"axis", "spatial", "max"}, default="axis"
        See :class:`LBPTOP`.
    norm : {"plane", "global", None}, default="plane"
        Divide each of the two histograms of a block by its sum, all features by the
        sum of everything, or keep counts.
    time_padding : {None, "edge", "reflect"}, default=None
        See :class:`LBPTOP`.
    memory : None, str or joblib.Memory, default=None
        Where rows of features are cached, one for each clip.
    n_jobs : int, default=None
        Number of clips treated at the same time.

    See Also
    --------
    LBPTOP : With circles of neighbours on three planes.
    LBPMOP : On three mean planes.

    Notes
    -----
    A bit is 1 where the neighbour is at least as bright as the centre.  Bits of the
    code in space, least significant first: x + Rx, y - Ry, x - Rx, y + Ry; in time:
    t + Rt, t - Rt.  Features come in the order time, row, column, code (``"xy"``,
    ``"t"``), bin.  Whole radii and bytes are compared as integers.

    References
    ----------
    Y. Wang, J. See, R. C.-W. Phan, Y.-H. Oh, "LBP with six intersection points:
    reducing redundant information in LBP-TOP for micro-expression recognition", ACCV
    2014, doi:10.1007/978-3-319-16865-4_34.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.features import LBPSIP
    >>> clip = np.random.default_rng(0).integers(0, 256, (12, 32, 32), dtype=np.uint8)
    >>> LBPSIP(n_blocks=(2, 2, 1)).fit_transform([clip]).shape
    (1, 80)
    """

    def __init__(
        self,
        radii: tuple[float, float, float] = (1, 1, 1),
        n_blocks: tuple[int, int, int] = (5, 5, 1),
        overlap: float | tuple[float, float, float] = 0.0,
        border: str = "axis",
        norm: str | None = "plane",
        time_padding: str | None = None,
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.radii = radii
        self.n_blocks = n_blocks
        self.overlap = overlap
        self.border = border
        self.norm = norm
        self.time_padding = time_padding
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        owner = "LBPSIP"
        return {
            # Two neighbours on the YT plane are those before and after in time.
            **check_neighbours(
                (4, 2, 2), self.radii, "bilinear", self.border, self.time_padding, owner
            ),
            "n_blocks": check_blocks(self.n_blocks, owner),
            "overlap": check_overlap(self.overlap, owner),
            "norm": check_option("norm", self.norm, NORMS, owner=owner),
        }

    @staticmethod
    def _transform_one(clip, *, n_blocks, overlap, norm, **params):
        blocks = plane_counts(
            clip, params, ("none",) * 3, n_blocks, overlap, ("xy", "yt")
        )
        return normalise(blocks, norm)

    def _feature_names(self, params):
        rows, columns, times = params["n_blocks"]
        return [
            f"t{t}_r{r}_c{c}_{code}_bin{index}"
            for t, r, c in product(range(times), range(rows), range(columns))
            for code, n_bins in (("xy", 16), ("t", 4))
            for index in range(n_bins)
        ]
