"""What the histogram features share: reading volumes, cutting them into blocks."""

from functools import lru_cache

import numpy as np

from mefeat._validation import check_int, check_option, check_real, check_tuple
from mefeat.exceptions import ClipError

__all__ = [
    "AXES",
    "NORMS",
    "PLANES",
    "block_limits",
    "check_blocks",
    "check_overlap",
    "check_planes",
    "gather",
    "normalise",
    "read_volume",
]

PLANES = ("xy", "xt", "yt")
AXES = ("t", "y", "x")
NORMS = ("plane", "global", None)
_WHICH = (2, 0, 1)  # of (rows, columns, time), for t, y and x
_COUNTED = {"t": "frames", "y": "rows", "x": "columns"}


def check_blocks(n_blocks, owner):
    """Give the number of blocks along (rows, columns, time)."""
    return check_tuple("n_blocks", n_blocks, 3, check_int, owner=owner, low=1)


def check_overlap(overlap, owner):
    """Give the shared part of neighbouring blocks along (rows, columns, time)."""
    values = check_tuple(
        "overlap", overlap, 3, check_real, owner=owner, low=0, scalar=True
    )
    for value in values:
        check_real("overlap", value, low=0, high=0.95, owner=owner)
    return values


def check_planes(planes, owner):
    """Give the names of the planes to use, in the order XY, XT, YT."""
    if isinstance(planes, str):
        check_option("planes", planes, ("all", *PLANES), owner=owner)
        return PLANES if planes == "all" else (planes,)
    names = [
        check_option("planes", name, ("all", *PLANES), owner=owner)
        for name in (planes if np.ndim(planes) == 1 and len(planes) else (planes,))
    ]
    return tuple(name for name in PLANES if name in names or "all" in names)


def read_volume(clip):
    """Give the gray frames of a clip: C-ordered uint8, or float32 for float sources.

    Local patterns and orientations do not depend on the scale of gray values, so
    floats are taken as they are.
    """
    if clip.dtype.kind != "f":
        return np.ascontiguousarray(clip.frames())
    with np.errstate(over="ignore"):
        volume = np.ascontiguousarray(clip.frames(native=True), dtype=np.float32)
    if not np.isfinite(volume).all():
        raise ClipError("holds values too large for single precision", clip.name)
    return volume


def _starts(n, k, overlap):
    """Give first and last + 1 position of `k` blocks over `n` positions."""
    j = np.arange(k)
    if overlap == 0 or k == 1:
        return -(-j * n // k), -(-(j + 1) * n // k)
    size = int(np.ceil(n / (k - (k - 1) * overlap) - 1e-9))
    start = (2 * j * (n - size) + k - 1) // (2 * (k - 1))
    return start, start + size


def block_limits(sizes, n_blocks, overlap, clip):
    """Cut a box of positions into blocks.

    Without overlap, position i of n along an axis belongs to block ``i * k // n``.
    With the overlap r, all blocks have the size ``ceil(n / (k - (k - 1) r))`` and
    block j starts at ``j (n - size) / (k - 1)``, rounded half up.

    Parameters
    ----------
    sizes : (int, int, int)
        Positions along (t, y, x).
    n_blocks, overlap : tuples of three
        Along (rows, columns, time).
    clip : Clip
        Named in messages.

    Returns
    -------
    cells : list of three arrays of intp
        Limits of the cells along t, y and x: the finest cut that all blocks are
        unions of.
    spans : list of three (first, last) pairs of arrays
        Cells of each block along the axis, `last` excluded.

    Raises
    ------
    ClipError
        If there are more blocks than positions.
    """
    for axis, n, which in zip(AXES, sizes, _WHICH, strict=True):
        if n_blocks[which] > n:
            raise ClipError(
                f"'n_blocks'={n_blocks} asks for {n_blocks[which]} blocks of "
                f"{_COUNTED[axis]}, but only {n} of its {_COUNTED[axis]} have all "
                f"neighbours: use at most {n} blocks there",
                clip.name,
            )
    return _limits(tuple(sizes), n_blocks, overlap)


@lru_cache(maxsize=64)
def _limits(sizes, n_blocks, overlap):
    cells, spans = [], []
    for n, which in zip(sizes, _WHICH, strict=True):
        start, stop = _starts(n, n_blocks[which], overlap[which])
        edges = np.unique(np.concatenate([start, stop])).astype(np.intp)
        cells.append(edges)
        spans.append((np.searchsorted(edges, start), np.searchsorted(edges, stop)))
    return cells, spans


def gather(counts, spans):
    """Add up cells to blocks: (n_t, n_y, n_x, ...) cells -> blocks."""
    for axis, (first, last) in enumerate(spans):
        if np.array_equal(first, np.arange(counts.shape[axis])):
            continue  # each cell is a block
        counts = np.moveaxis(counts, axis, 0)
        parts = [counts[a:b].sum(axis=0) for a, b in zip(first, last, strict=True)]
        counts = np.moveaxis(np.stack(parts), 0, axis)
    return counts


def normalise(blocks, norm):
    """Normalise histograms, given as a list of (n_t, n_y, n_x, n_bins) per plane.

    Parameters
    ----------
    blocks : list of ndarray
    norm : {"plane", "global", None}
        Each histogram by its own sum, all by the sum of everything, or not at all.
        Empty histograms stay zero.

    Returns
    -------
    ndarray of shape (n_features,), float64
        In the order time, row, column, plane, bin.
    """
    parts = [np.asarray(block, dtype=np.float64) for block in blocks]
    if norm == "plane":
        for index, part in enumerate(parts):
            total = part.sum(axis=-1, keepdims=True)
            parts[index] = np.divide(part, total, out=part, where=total > 0)
    row = np.concatenate(parts, axis=-1).ravel()
    if norm == "global":
        total = row.sum()
        if total > 0:
            row /= total
    return row
