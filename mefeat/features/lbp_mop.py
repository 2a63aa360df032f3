"""Local binary patterns on three mean planes (LBP-MOP)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from mefeat._validation import check_option, check_tuple
from mefeat.base import ClipFeatures
from mefeat.exceptions import ClipError
from mefeat.features._blocks import (
    AXES,
    NORMS,
    PLANES,
    block_limits,
    check_blocks,
    check_overlap,
    check_planes,
    normalise,
    read_volume,
)
from mefeat.features._lbp import (
    MAPPINGS,
    check_neighbours,
    lbp_mapping,
    margins,
    n_mapped,
    volume_codes,
)

__all__ = ["LBPMOP"]


class LBPMOP(ClipFeatures):
    """Local binary patterns on three mean planes.

    Each block of the clip is averaged along each of its axes: over time to a mean
    picture (XY), over rows to a mean XT plane and over columns to a mean YT plane.
    Local binary patterns of just these three planes make the features, so that noise
    is averaged out.

    Parameters
    ----------
    n_neighbors : int or tuple of three, default=8
        Neighbours P on the XY, XT and YT planes, 2 to 24.
    radii : (float, float, float), default=(1, 1, 1)
        Radii along x and y (pixels) and t (frames); a single value stands for all.
    n_blocks : (int, int, int), default=(5, 5, 1)
        Blocks along rows, columns and time.
    overlap : float or tuple of three, default=0.0
        Part of a block, below 0.95, that it shares with the next one.
    mapping : {"u2", "ri", "riu2", "none"} or tuple of three, default="u2"
        See :func:`lbp_mapping`.
    sampling : {"bilinear", "nearest"}, default="bilinear"
        See :class:`LBPTOP`.
    norm : {"plane", "global", None}, default="plane"
        Divide each histogram by its sum, all features by the sum of everything, or
        keep counts.
    planes : {"all", "xy", "xt", "yt"} or sequence of them, default="all"
        The planes to use.
    memory : None, str or joblib.Memory, default=None
        Where rows of features are cached, one for each clip.
    n_jobs : int, default=None
        Number of clips treated at the same time.

    See Also
    --------
    LBPTOP : Patterns of every voxel; its notes fix the order of bits.

    Notes
    -----
    The clip is cut into blocks first, as by :class:`LBPTOP` with ``overlap``, and only
    voxels whose neighbours lie in the same block's plane are centres; a block has to
    hold ``2 * radius + 1`` voxels along each axis.  A mean plane is a sum of whole
    numbers, compared in single precision: a neighbour that falls short of the centre
    by no more than 2**-20 of it counts as equal.

    References
    ----------
    Y. Wang, J. See, R. C.-W. Phan, Y.-H. Oh, "Efficient spatio-temporal local binary
    patterns for spontaneous facial micro-expression recognition", PLOS ONE 10(5),
    2015, doi:10.1371/journal.pone.0124674.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.features import LBPMOP
    >>> clip = np.random.default_rng(0).integers(0, 256, (12, 32, 32), dtype=np.uint8)
    >>> LBPMOP(n_blocks=(2, 2, 1)).fit_transform([clip]).shape
    (1, 708)
    """

    def __init__(
        self,
        n_neighbors: int | tuple[int, int, int] = 8,
        radii: tuple[float, float, float] = (1, 1, 1),
        n_blocks: tuple[int, int, int] = (5, 5, 1),
        overlap: float | tuple[float, float, float] = 0.0,
        mapping: str | tuple[str, str, str] = "u2",
        sampling: str = "bilinear",
        norm: str | None = "plane",
        planes: str | Sequence[str] = "all",
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.radii = radii
        self.n_blocks = n_blocks
        self.overlap = overlap
        self.mapping = mapping
        self.sampling = sampling
        self.norm = norm
        self.planes = planes
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        owner = "LBPMOP"
        params = check_neighbours(
            self.n_neighbors, self.radii, self.sampling, "axis", None, owner
        )
        return {
            "n_neighbors": params["n_neighbors"],
            "radii": params["radii"],
            "sampling": params["sampling"],
            "n_blocks": check_blocks(self.n_blocks, owner),
            "overlap": check_overlap(self.overlap, owner),
            "mapping": check_tuple(
                "mapping", self.mapping, 3, check_option,
                owner=owner, scalar=True, options=MAPPINGS,
            ),
            "norm": check_option("norm", self.norm, NORMS, owner=owner),
            "planes": check_planes(self.planes, owner),
        }  # fmt: skip

    @staticmethod
    def _transform_one(clip, *, n_blocks, overlap, norm, planes, **params):
        volume = read_volume(clip)
        cells, spans = block_limits(volume.shape, n_blocks, overlap, clip)
        limits = [
            list(zip(edges[first], edges[last], strict=True))
            for edges, (first, last) in zip(cells, spans, strict=True)
        ]
        _require_block_size(limits, params["radii"], clip)
        shape = tuple(len(part) for part in limits)
        rows = [
            np.concatenate(
                [
                    _plane_counts(volume[slice(*t), slice(*y), slice(*x)], name, params)
                    for name in planes
                ]
            )
            for t, y, x in product(*limits)
        ]
        counts = np.stack(rows).reshape(*shape, -1)
        sizes = [
            n_mapped(params["n_neighbors"][p], params["mapping"][p])
            for p, name in enumerate(PLANES)
            if name in planes
        ]
        return normalise(np.split(counts, np.cumsum(sizes)[:-1], axis=-1), norm)

    def _feature_names(self, params):
        rows, columns, times = params["n_blocks"]
        bins = {
            name: n_mapped(n, mapping)
            for name, n, mapping in zip(
                PLANES, params["n_neighbors"], params["mapping"], strict=True
            )
        }
        return [
            f"t{t}_r{r}_c{c}_{name}_bin{index}"
            for t, r, c in product(range(times), range(rows), range(columns))
            for name in params["planes"]
            for index in range(bins[name])
        ]


def _require_block_size(limits, radii, clip):
    words = {"t": "frames", "y": "rows", "x": "columns"}
    for axis, margin, spans in zip(AXES, margins(radii, "axis"), limits, strict=True):
        smallest = min(stop - start for start, stop in spans)
        if smallest < 2 * margin + 1:
            raise ClipError(
                f"is cut into blocks of {smallest} {words[axis]}, but 'radii' needs at "
                f"least {2 * margin + 1} in each: use fewer blocks ('n_blocks') or a "
                "smaller radius",
                clip.name,
            )


def _plane_counts(block, name, params):
    """Count the mapped codes of one mean plane of one block."""
    rx, ry, rt = params["radii"]
    p = PLANES.index(name)
    dtype = np.int64 if block.dtype == np.uint8 else np.float64
    total = block.sum(axis=p, dtype=dtype)
    if name == "xy":
        picture, radii = total, (rx, ry, 1)
    elif name == "xt":
        # Upside down in time, so that time runs as y does on the XY plane.
        picture, radii = total[::-1], (rx, rt, 1)
    else:
        # On the YT plane angles begin at t + Rt: time takes the place of x.
        picture, radii = total.T, (rt, ry, 1)
    n = params["n_neighbors"][p]
    codes = volume_codes(
        np.ascontiguousarray(picture[None], dtype=np.float32),
        {
            "n_neighbors": (n, n, n),
            "radii": radii,
            "sampling": params["sampling"],
        },
        (0, *margins(radii, "axis")[1:]),
        (True, False, False),
    )[0]
    mapping = params["mapping"][p]
    labels = lbp_mapping(n, mapping)[codes.ravel()]
    return np.bincount(labels, minlength=n_mapped(n, mapping))
