"""Bi-weighted oriented optical flow (Bi-WOOF)."""

from __future__ import annotations

from itertools import product
from typing import Any

from mefeat._validation import check_int, check_option
from mefeat.base import ClipFeatures
from mefeat.features._motion import (
    DERIVATIVES,
    Sectors,
    check_flow_params,
    check_grid,
    directions_in_blocks,
    flow_to_apex,
    grid_borders,
    weigh_blocks,
)
from mefeat.flow import optical_strain

__all__ = ["BiWOOF"]

LOCAL_WEIGHTS = ("magnitude", "strain", "count")
GLOBAL_WEIGHTS = ("strain", "magnitude", None)


class BiWOOF(ClipFeatures):
    """Bi-weighted oriented optical flow, from the onset to the apex.

    In each block of the picture, a histogram of the directions of the flow, weighted
    twice: each pixel by the length of its vector, each block by its mean optical
    strain.

    Parameters
    ----------
    n_blocks : (int, int), default=(5, 5)
        Rows and columns of blocks.
    n_bins : int, default=8
        Bins of equal width over the whole circle, 1 to 255.
    local_weight : {"magnitude", "strain", "count"}, default="magnitude"
        What a pixel adds to its bin: the length of its flow vector, its strain, or 1.
    global_weight : {"strain", "magnitude", None}, default="strain"
        What a block's histogram, made to sum to 1, is multiplied by: the mean strain
        or length of its pixels, or nothing.
    derivative : {"central", "backward", "forward", "sobel"}, default="central"
        See :func:`~mefeat.flow.optical_strain`.
    method : {"lk", "farneback", "dis", "tvl1"}, default="lk"
        Method of :func:`~mefeat.flow.optical_flow`; [1]_ uses "tvl1".
    prefilter : {None, "lcn"}, default=None
        Filter of the frames before the flow.
    memory : None, str or joblib.Memory, default=None
        Where the rows of clips are cached.
    n_jobs : int, default=None
        Number of joblib jobs over clips.

    See Also
    --------
    HOOF : Without the weights of blocks, over all frames.

    Notes
    -----
    Let :math:`h_b(k)` be the sum of the local weights of the pixels of block b whose
    direction falls in bin k, and :math:`w_b` the mean of the global weight over the
    block.  The row is

    .. math:: w_b \\, h_b(k) / \\textstyle\\sum_j h_b(j),

    divided by its Euclidean norm.  Blocks without motion, and clips without any, give
    zeros.

    The clip must begin at the onset.  The apex is ``clip.apex``; where that is not
    given, the frame with the largest mean length of the flow from the first frame.

    Bins start at -180 degrees and hold their lower border; 0 degrees is to the right,
    90 degrees *down*.  Columns run over block rows, block columns and bins.  Blocks do
    not overlap: pixel i of n along an axis belongs to block ``i * k // n``.

    References
    ----------
    .. [1] S.-T. Liong, J. See, K. Wong and R. C.-W. Phan. "Less is more:
       Micro-expression recognition from video using apex frame". Signal Processing:
       Image Communication 62, 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.features import BiWOOF
    >>> clip = np.zeros((6, 50, 50), dtype=np.uint8)  # nothing moves
    >>> rows = BiWOOF().transform([clip])
    >>> rows.shape, float(rows.sum())
    ((1, 200), 0.0)
    >>> BiWOOF().get_feature_names_out()[0]
    'r0_c0_-180to-135'
    """

    _min_frames = 2

    def __init__(
        self,
        n_blocks: tuple[int, int] = (5, 5),
        n_bins: int = 8,
        local_weight: str = "magnitude",
        global_weight: str | None = "strain",
        derivative: str = "central",
        method: str = "lk",
        prefilter: str | None = None,
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_blocks = n_blocks
        self.n_bins = n_bins
        self.local_weight = local_weight
        self.global_weight = global_weight
        self.derivative = derivative
        self.method = method
        self.prefilter = prefilter
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        owner = "BiWOOF"
        return {
            "n_blocks": check_grid(self.n_blocks, owner),
            "n_bins": check_int("n_bins", self.n_bins, low=1, high=255, owner=owner),
            "local_weight": check_option(
                "local_weight", self.local_weight, LOCAL_WEIGHTS, owner=owner
            ),
            "global_weight": check_option(
                "global_weight", self.global_weight, GLOBAL_WEIGHTS, owner=owner
            ),
            "derivative": check_option(
                "derivative", self.derivative, DERIVATIVES, owner=owner
            ),
            **check_flow_params(self),
        }

    @staticmethod
    def _transform_one(clip, *, n_blocks, n_bins, method, prefilter, **weights):
        borders = grid_borders(clip, n_blocks)
        flow = flow_to_apex(clip, method, prefilter)
        return weighted_directions(flow, borders, Sectors(n_bins), **weights).ravel()

    def _feature_names(self, params):
        rows, columns = params["n_blocks"]
        return [
            f"r{r}_c{c}_{name}"
            for r, c, name in product(
                range(rows), range(columns), Sectors(params["n_bins"]).names()
            )
        ]


def weighted_directions(
    flow,
    borders,
    sectors,
    local_weight="magnitude",
    global_weight="strain",
    derivative="central",
):
    """Give the Bi-WOOF of one flow.

    Parameters
    ----------
    flow : ndarray of shape (height, width, 2), float32
    borders : (ndarray, ndarray)
        Of the rows and columns of blocks.
    sectors : Sectors
    local_weight, global_weight, derivative : str
        See `BiWOOF`.

    Returns
    -------
    ndarray of shape (n_rows, n_columns, n_bins), float64
        Of Euclidean norm 1, or all zeros.
    """
    strains = None
    if derivative != "central" and "strain" in (local_weight, global_weight):
        strains = optical_strain(flow, derivative)[None]
    histograms, totals = directions_in_blocks(
        flow[None], borders, sectors, local_weight, global_weight, strains
    )
    weigh_blocks(histograms[0], totals[0], *borders, global_weight is not None)
    return histograms[0]
