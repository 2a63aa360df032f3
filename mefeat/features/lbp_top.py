"""Local binary patterns on three orthogonal planes (LBP-TOP)."""

from itertools import product

import numpy as np

from mefeat._validation import check_clips, check_option, check_tuple
from mefeat.base import ClipFeatures
from mefeat.features._blocks import (
    PLANES,
    check_blocks,
    check_overlap,
    check_planes,
    normalise,
)
from mefeat.features._lbp import (
    MAPPINGS,
    check_neighbours,
    lbp_mapping,
    n_mapped,
    plane_codes,
    plane_counts,
)

__all__ = ["LBPTOP", "lbp_mapping", "lbp_top_codes"]

NORMS = ("plane", "global", None)


def lbp_top_codes(
    clip,
    n_neighbors=8,
    radii=(1, 1, 1),
    sampling="bilinear",
    border="axis",
    time_padding=None,
):
    """Give the raw local binary patterns of a clip on its three planes.

    Parameters
    ----------
    clip : Clip, array or path
        As a single element of X; see :class:`~mefeat.Clip`.
    n_neighbors : int or tuple of three, default=8
        Neighbours P on the XY, XT and YT planes, 2 to 24.
    radii : (float, float, float), default=(1, 1, 1)
        Radii along x and y (pixels) and t (frames).
    sampling : {"bilinear", "nearest"}, default="bilinear"
    border : {"axis", "spatial", "max"}, default="axis"
    time_padding : {None, "edge", "reflect"}, default=None
        See :class:`LBPTOP`.

    Returns
    -------
    ndarray of shape (3, n_frames', height', width'), int32
        Codes of the planes XY, XT and YT at every voxel that has all its neighbours.

    Raises
    ------
    ClipError
        If the clip is smaller than the neighbourhood.

    See Also
    --------
    LBPTOP : Histograms of these codes; its notes fix the order of bits.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.features import lbp_top_codes
    >>> lbp_top_codes(np.zeros((5, 7, 6), dtype=np.uint8)).shape
    (3, 3, 5, 4)
    """
    params = check_neighbours(n_neighbors, radii, sampling, border, time_padding, None)
    return plane_codes(check_clips([clip])[0], params)


class LBPTOP(ClipFeatures):
    """Local binary patterns on three orthogonal planes.

    Parameters
    ----------
    n_neighbors : int or tuple of three, default=8
    """

    def __init__(
        self,
        n_neighbors=8,
        radii=(1, 1, 1),
        n_blocks=(5, 5, 1),
        overlap=0.0,
        mapping="u2",
        sampling="bilinear",
        border="axis",
        norm="plane",
        planes="all",
        time_padding=None,
        memory=None,
        n_jobs=None,
    ):
        self.n_neighbors = n_neighbors
        self.radii = radii
        self.n_blocks = n_blocks
        self.overlap = overlap
        self.mapping = mapping
        self.sampling = sampling
        self.border = border
        self.norm = norm
        self.planes = planes
        self.time_padding = time_padding
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        owner = "LBPTOP"
        return {
            **check_neighbours(
                self.n_neighbors,
                self.radii,
                self.sampling,
                self.border,
                self.time_padding,
                owner,
            ),
            "n_blocks": check_blocks(self.n_blocks, owner),
            "overlap": check_overlap(self.overlap, owner),
            "mapping": check_tuple(
                "mapping",
                self.mapping,
                3,
                check_option,
                owner=owner,
                scalar=True,
                options=MAPPINGS,
            ),
            "norm": check_option("norm", self.norm, NORMS, owner=owner),
            "planes": check_planes(self.planes, owner),
        }

    @staticmethod
    def _transform_one(clip, *, n_blocks, overlap, mapping, norm, planes, **params):
        blocks = plane_counts(clip, params, mapping, n_blocks, overlap, planes)
        return normalise(blocks, norm)

    def _feature_names(self, params):
        rows, columns, times = params["n_blocks"]
        bins = {
            plane: n_mapped(n, mapping)
            for plane, n, mapping in zip(
                PLANES, params["n_neighbors"], params["mapping"], strict=True
            )
        }
        return [
            f"t{t}_r{r}_c{c}_{plane}_bin{index}"
            for t, r, c in product(range(times), range(rows), range(columns))
            for plane in params["planes"]
            for index in range(bins[plane])
        ]
