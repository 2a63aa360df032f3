"""Local binary patterns on three orthogonal planes (LBP-TOP)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mefeat._typing import Array, PathLike
from mefeat._validation import check_clips, check_int, check_option, check_tuple
from mefeat.base import ClipFeatures
from mefeat.features._blocks import (
    NORMS,
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

if TYPE_CHECKING:
    from mefeat.io._clip import Clip


__all__ = ["LBPTOP", "lbp_bit_order", "lbp_mapping", "lbp_top_codes"]

_CONVENTIONS = ("oulu", "oulu-blocks", "skimage", "bob")


def lbp_bit_order(convention: str, n_neighbors: int = 8) -> NDArray[np.int64]:
    """Give the fixed permutations between the bits of other codes and ours.

    Parameters
    ----------
    convention : {"oulu", "oulu-blocks", "skimage", "bob"}
        The Oulu MATLAB code of 2009; its later version for blocks; scikit-image's
        ``local_binary_pattern`` on the slices ``V[t]`` (y, x), ``V[:, y]`` (t, x) and
        ``V[:, :, x]`` (t, y); bob.ip.base.
    n_neighbors : int, default=8
        Bits of a code; a multiple of 4 but for ``"oulu"``, and 4 or 8 for ``"bob"``.

    Returns
    -------
    ndarray of shape (3, n_neighbors), int64
        On the planes XY, XT and YT, our bit that bit q of the other code is.

    Examples
    --------
    >>> from mefeat.features import lbp_bit_order
    >>> lbp_bit_order("skimage")
    array([[0, 1, 2, 3, 4, 5, 6, 7],
           [0, 7, 6, 5, 4, 3, 2, 1],
           [6, 5, 4, 3, 2, 1, 0, 7]])
    """
    check_option("convention", convention, _CONVENTIONS)
    n = check_int("n_neighbors", n_neighbors, low=2, high=24)
    if convention == "oulu":
        return np.tile(np.arange(n), (3, 1))
    if n % 4 or (convention == "bob" and n > 8):
        allowed = "4 or 8" if convention == "bob" else "a multiple of 4"
        raise ValueError(
            f"The 'n_neighbors' parameter must be {allowed} for {convention!r}. "
            f"Got {n_neighbors!r} instead."
        )
    q, quarter = np.arange(n), n // 4
    if convention == "oulu-blocks":
        order = [q, -q, q + quarter]
    elif convention == "skimage":
        order = [q, -q, -q - quarter]
    else:
        # The first neighbour, at the upper left (P = 8) or above (P = 4), is the most
        # significant bit; the next ones follow clockwise, as rows point downwards.
        image = q + (4 if n == 8 else 2)
        order = [image, -image, -image - quarter]
    return np.stack(order) % n


def lbp_top_codes(
    clip: Clip | Array | PathLike,
    n_neighbors: int | tuple[int, int, int] = 8,
    radii: tuple[float, float, float] = (1, 1, 1),
    sampling: str = "bilinear",
    border: str = "axis",
    time_padding: str | None = None,
) -> NDArray[np.int32]:
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

    Every voxel that has all its neighbours is compared with circles of neighbours on
    the XY plane (appearance) and on the XT and YT planes (motion); the codes that come
    out are counted in blocks of the clip.

    Parameters
    ----------
    n_neighbors : int or tuple of three, default=8
        Neighbours P on the XY, XT and YT planes, 2 to 24.  A single value stands for
        all planes.
    radii : (float, float, float), default=(1, 1, 1)
        Radii Rx and Ry (pixels) and Rt (frames); a single value stands for all.
    n_blocks : (int, int, int), default=(5, 5, 1)
        Blocks along rows, columns and time.
    overlap : float or tuple of three, default=0.0
        Part of a block, below 0.95, that it shares with the next one, along rows,
        columns and time.  Without overlap, position i of n belongs to block
        ``i * k // n`` of k; with overlap r all blocks have the size
        ``ceil(n / (k - (k - 1) r))`` and lie evenly spread.
    mapping : {"u2", "ri", "riu2", "none"} or tuple of three, default="u2"
        How codes become bins, see :func:`lbp_mapping`.  Rotations mix space and time
        on the XT and YT planes: for rotated faces use ``("riu2", "u2", "u2")``.
    sampling : {"bilinear", "nearest"}, default="bilinear"
        How neighbours between the pixels are read; ``"nearest"`` rounds halves up.
    border : {"axis", "spatial", "max"}, default="axis"
        Voxels at the border that are no centres: Rx, Ry and Rt along each axis; the
        larger of Rx and Ry along both x and y (the Oulu MATLAB code); the largest of
        the three along all axes (bob).
    norm : {"plane", "global", None}, default="plane"
        Divide each histogram by its sum, all features by the sum of everything, or
        keep counts.
    planes : {"all", "xy", "xt", "yt"} or sequence of them, default="all"
        The planes to use.
    time_padding : {None, "edge", "reflect"}, default=None
        Put Rt frames before and after the clip, copies of the first and last frame or
        the frames next to them mirrored, so that every frame holds centres.
    memory : None, str or joblib.Memory, default=None
        Where rows of features are cached, one for each clip.
    n_jobs : int, default=None
        Number of clips treated at the same time; each takes one thread.

    See Also
    --------
    lbp_top_codes : The codes themselves.
    LBPSIP : With the six neighbours along the axes only.
    LBPMOP : On three mean planes.
    TemporalInterpolator : Brings clips to one length before.

    Notes
    -----
    Bit p, of weight 2**p, belongs to the neighbour at the angle a = 2 pi p / P and is
    1 where its value is at least the centre's:

    - XY: (x + Rx cos a, y - Ry sin a)
    - XT: (x + Rx cos a, t + Rt sin a)
    - YT: (y - Ry sin a, t + Rt cos a)

    Other programs order the bits otherwise: :func:`lbp_bit_order` gives the fixed
    permutations.

    Ties are exact for bytes with P = 4 or P = 8 at whole radii: bits are the signs of
    exact numbers, the same on every machine.  Elsewhere codes are computed in single
    precision in a fixed order, and a neighbour that falls short of the centre by no
    more than 2**-14 gray levels (bytes) or 2**-20 of the centre (floating-point
    frames) counts as equal.

    Features come in the order time, row, column, plane, bin.

    References
    ----------
    G. Zhao, M. Pietikäinen, "Dynamic texture recognition using local binary patterns
    with an application to facial expressions", IEEE TPAMI 29(6), 2007,
    doi:10.1109/TPAMI.2007.1110.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.features import LBPTOP
    >>> clip = np.random.default_rng(0).integers(0, 256, (12, 32, 32), dtype=np.uint8)
    >>> lbp_top = LBPTOP(n_blocks=(2, 2, 1))
    >>> lbp_top.fit_transform([clip]).shape
    (1, 708)
    >>> lbp_top.get_feature_names_out()[-1]
    't0_r1_c1_yt_bin58'
    """

    def __init__(
        self,
        n_neighbors: int | tuple[int, int, int] = 8,
        radii: tuple[float, float, float] = (1, 1, 1),
        n_blocks: tuple[int, int, int] = (5, 5, 1),
        overlap: float | tuple[float, float, float] = 0.0,
        mapping: str | tuple[str, str, str] = "u2",
        sampling: str = "bilinear",
        border: str = "axis",
        norm: str | None = "plane",
        planes: str | Sequence[str] = "all",
        time_padding: str | None = None,
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
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
        owner = type(self).__name__
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
