"""Histograms of oriented optical flow (HOOF)."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from mefeat._validation import check_bool, check_int, check_option
from mefeat.base import ClipFeatures
from mefeat.features._motion import (
    Sectors,
    check_flow_params,
    check_grid,
    directions_in_blocks,
    flow_to_apex,
    flows_between,
    flows_from_first,
    grid_borders,
)

__all__ = ["HOOF"]

PAIRS = ("first", "apex", "consecutive")
WEIGHTINGS = ("magnitude", "count")
NORMS = ("block", "global", None)


class HOOF(ClipFeatures):
    """Histograms of oriented optical flow.

    Each pixel adds the length of its flow vector to the bin of the vector's direction.

    Parameters
    ----------
    n_bins : int, default=8
        Bins of equal width, 1 to 255.
    signed : bool, default=True
        Whether opposite directions differ.
    mirror : bool, default=False
        Whether left and right are taken together, as in [1]_.
    weighting : {"magnitude", "count"}, default="magnitude"
        What a vector adds to its bin: its length in pixels, or 1.
    n_blocks : (int, int), default=(1, 1)
        Rows and columns of blocks, each with its own histogram.
    norm : {"block", "global", None}, default="block"
        Whether each block's histogram, or the whole row, is divided by its sum.
    pairs : {"first", "apex", "consecutive"}, default="first"
        Between which frames the flow is taken: the first and each later one, the first
        and the apex only, or each frame and the next.  The histograms of several flows
        are added up.
    method : {"lk", "farneback", "dis", "tvl1"}, default="lk"
        Method of :func:`~mefeat.flow.optical_flow`.
    prefilter : {None, "lcn"}, default=None
        Filter of the frames before the flow.
    memory : None, str or joblib.Memory, default=None
        Where the rows of clips are cached.
    n_jobs : int, default=None
        Number of joblib jobs over clips.

    See Also
    --------
    BiWOOF : Histograms of the motion to the apex, weighted by strain.
    MDMO : The main direction alone, in regions of the face.

    Notes
    -----
    Directions are angles in the picture: 0 degrees to the right, 90 degrees *down*.
    The bins cut, from its lower end on,

    ================  ================  ===============
    ..                ``mirror=False``  ``mirror=True``
    ================  ================  ===============
    ``signed=True``   -180 to 180       -90 to 90
    ``signed=False``  0 to 180          0 to 90
    ================  ================  ===============

    A bin holds its lower border and not its upper one (the last bin of a folded range
    holds both).  A vector of length 0 has no direction and adds nothing, so blocks
    without motion give zeros.

    With ``pairs="apex"`` the apex is ``clip.apex``; where that is not given, the frame
    with the largest mean length of the flow from the first frame.

    Columns run over block rows, block columns and bins.

    References
    ----------
    .. [1] R. Chaudhry, A. Ravichandran, G. Hager and R. Vidal. "Histograms of oriented
       optical flow and Binet-Cauchy kernels on nonlinear dynamical systems for the
       recognition of human actions". CVPR 2009.

    Examples
    --------
    >>> import numpy as np
    >>> from skimage.data import camera
    >>> from mefeat.features import HOOF
    >>> still = camera()[100:164, 200:264]
    >>> right = camera()[100:164, 199:263]  # all moves one pixel to the right
    >>> row = HOOF(n_bins=4, n_blocks=(1, 1)).transform([np.stack([still, right])])
    >>> row.shape
    (1, 4)
    >>> bool(row[0, 1] + row[0, 2] > 0.9)  # from -90 to 90 degrees
    True
    """

    _min_frames = 2

    def __init__(
        self,
        n_bins: int = 8,
        signed: bool = True,
        mirror: bool = False,
        weighting: str = "magnitude",
        n_blocks: tuple[int, int] = (1, 1),
        norm: str | None = "block",
        pairs: str = "first",
        method: str = "lk",
        prefilter: str | None = None,
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_bins = n_bins
        self.signed = signed
        self.mirror = mirror
        self.weighting = weighting
        self.n_blocks = n_blocks
        self.norm = norm
        self.pairs = pairs
        self.method = method
        self.prefilter = prefilter
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        owner = "HOOF"
        return {
            "n_bins": check_int("n_bins", self.n_bins, low=1, high=255, owner=owner),
            "signed": check_bool("signed", self.signed, owner=owner),
            "mirror": check_bool("mirror", self.mirror, owner=owner),
            "weighting": check_option(
                "weighting", self.weighting, WEIGHTINGS, owner=owner
            ),
            "n_blocks": check_grid(self.n_blocks, owner),
            "norm": check_option("norm", self.norm, NORMS, owner=owner),
            "pairs": check_option("pairs", self.pairs, PAIRS, owner=owner),
            **check_flow_params(self),
        }

    @staticmethod
    def _transform_one(
        clip, *, n_bins, signed, mirror, weighting, n_blocks, norm, pairs, **flow
    ):
        borders = grid_borders(clip, n_blocks)
        sectors = Sectors(n_bins, signed, mirror)
        if pairs == "apex":
            stacks = [flow_to_apex(clip, **flow)[None]]
        else:
            of_pairs = flows_from_first if pairs == "first" else flows_between
            stacks = of_pairs(clip, **flow)
        summed = np.zeros((*n_blocks, n_bins))
        for flows in stacks:
            histograms, _ = directions_in_blocks(flows, borders, sectors, weighting)
            summed += histograms.sum(axis=0)
        return _normalised(summed, norm).ravel()

    def _feature_names(self, params):
        rows, columns = params["n_blocks"]
        bins = Sectors(params["n_bins"], params["signed"], params["mirror"]).names()
        return [
            f"r{r}_c{c}_{name}"
            for r, c, name in product(range(rows), range(columns), bins)
        ]


def _normalised(histograms, norm):
    if norm is None:
        return histograms
    axis = 2 if norm == "block" else None
    sums = histograms.sum(axis=axis, keepdims=True)
    return np.divide(histograms, sums, out=np.zeros_like(histograms), where=sums > 0)
