"""Histograms of gradient directions on three orthogonal planes (HOG-TOP, HIGO-TOP)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import Any

from mefeat._kernels import _hog_top  # type: ignore[attr-defined]
from mefeat._validation import check_bool, check_int, check_option
from mefeat.base import ClipFeatures
from mefeat.exceptions import ClipError
from mefeat.features._blocks import (
    NORMS,
    PLANES,
    block_limits,
    check_blocks,
    check_overlap,
    check_planes,
    gather,
    normalise,
    read_volume,
)

__all__ = ["HOGTOP"]

WEIGHTINGS = ("magnitude", "count")


class HOGTOP(ClipFeatures):
    """Histograms of gradient directions on three orthogonal planes.

    Parameters
    ----------
    n_bins : int, default=8
        Bins of direction, 2 to 64.
    n_blocks : (int, int, int), default=(5, 5, 1)
        Blocks along rows, columns and time.
    overlap : float or tuple of three, default=0.0
        Part of a block, below 0.95, that it shares with the next one.
    weighting : {"magnitude", "count"}, default="magnitude"
        - ``"magnitude"`` (HOG-TOP): a gradient adds its magnitude, shared linearly by
          the two bins whose centres are nearest to its direction.
        - ``"count"`` (HIGO-TOP): a gradient counts once for the bin that holds its
          direction, however faint it is, so that the light does not matter.
    signed : bool, default=True
        Directions over the full circle; False takes opposite directions for one.
    norm : {"plane", "global", None}, default="plane"
        Divide each histogram by its sum, all features by the sum of everything, or
        keep sums.
    planes : {"all", "xy", "xt", "yt"} or sequence of them, default="all"
        The planes to use.
    memory : None, str or joblib.Memory, default=None
        Where rows of features are cached, one for each clip.
    n_jobs : int, default=None
        Number of clips treated at the same time.

    See Also
    --------
    LBPTOP : Local binary patterns on the same planes.

    Notes
    -----
    Gradients are central differences, half the difference of the neighbours on either
    side, (d/dx, d/dy) on the XY plane, (d/dx, d/dt) on XT and (d/dy, d/dt) on YT; x
    points right, y down and t onwards.  Directions are counted from the first axis to
    the second, and bin b of B begins at b / B of the circle.  Voxels at the border of
    the clip hold no gradients; those without any gradient do not vote.

    Features come in the order time, row, column, plane, bin.

    References
    ----------
    X. Li et al., "Towards reading hidden emotions: a comparative study of spontaneous
    micro-expression spotting and recognition methods", IEEE TAFFC 9(4), 2018,
    doi:10.1109/TAFFC.2017.2667642.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.features import HOGTOP
    >>> clip = np.random.default_rng(0).integers(0, 256, (12, 32, 32), dtype=np.uint8)
    >>> HOGTOP(n_blocks=(2, 2, 1)).fit_transform([clip]).shape
    (1, 96)
    """

    def __init__(
        self,
        n_bins: int = 8,
        n_blocks: tuple[int, int, int] = (5, 5, 1),
        overlap: float | tuple[float, float, float] = 0.0,
        weighting: str = "magnitude",
        signed: bool = True,
        norm: str | None = "plane",
        planes: str | Sequence[str] = "all",
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_bins = n_bins
        self.n_blocks = n_blocks
        self.overlap = overlap
        self.weighting = weighting
        self.signed = signed
        self.norm = norm
        self.planes = planes
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        owner = "HOGTOP"
        return {
            "n_bins": check_int("n_bins", self.n_bins, low=2, high=64, owner=owner),
            "n_blocks": check_blocks(self.n_blocks, owner),
            "overlap": check_overlap(self.overlap, owner),
            "weighting": check_option(
                "weighting", self.weighting, WEIGHTINGS, owner=owner
            ),
            "signed": check_bool("signed", self.signed, owner=owner),
            "norm": check_option("norm", self.norm, NORMS, owner=owner),
            "planes": check_planes(self.planes, owner),
        }

    @staticmethod
    def _transform_one(
        clip, *, n_bins, n_blocks, overlap, weighting, signed, norm, planes
    ):
        volume = read_volume(clip)
        for length, word in zip(
            volume.shape, ("frames", "rows", "columns"), strict=True
        ):
            if length < 3:
                raise ClipError(
                    f"has {length} {word}, but gradients need at least 3", clip.name
                )
        cells, spans = block_limits(
            [n - 2 for n in volume.shape], n_blocks, overlap, clip
        )
        soft = weighting == "magnitude"
        sums = _hog_top.histograms(
            volume,
            *(edges + 1 for edges in cells),
            n_bins,
            signed,
            soft,
            *_vote_table(n_bins, signed, soft),
        )
        sums = gather(sums, spans)
        return normalise(
            [sums[..., p, :] for p, name in enumerate(PLANES) if name in planes], norm
        )

    def _feature_names(self, params):
        rows, columns, times = params["n_blocks"]
        return [
            f"t{t}_r{r}_c{c}_{name}_bin{index}"
            for t, r, c in product(range(times), range(rows), range(columns))
            for name in params["planes"]
            for index in range(params["n_bins"])
        ]


@lru_cache(maxsize=4)
def _vote_table(n_bins, signed, soft):
    return _hog_top.vote_table(n_bins, signed, soft)
