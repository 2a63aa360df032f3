"""What the local-binary-pattern features share: codes, neighbours, mappings."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from mefeat._kernels import _lbp_top, kernels_of  # type: ignore[attr-defined]
from mefeat._validation import check_int, check_option, check_real, check_tuple
from mefeat.exceptions import ClipError
from mefeat.features._blocks import PLANES, block_limits, gather, read_volume

__all__ = [
    "BORDERS",
    "MAPPINGS",
    "PADDINGS",
    "SAMPLINGS",
    "check_neighbours",
    "lbp_mapping",
    "margins",
    "n_mapped",
    "plane_codes",
    "plane_counts",
    "volume_codes",
]

MAPPINGS = ("u2", "ri", "riu2", "none")
SAMPLINGS = ("bilinear", "nearest")
BORDERS = ("axis", "spatial", "max")
PADDINGS = (None, "edge", "reflect")

_kernels = kernels_of("_lbp_top")

_INTEGER, _SINGLE, _FLOAT = 0, 1, 2
_CHUNK = 64  # voxels that the kernels work on at once

# What an interpolated neighbour may fall short of the centre and still count as equal.
# For bytes it lies below half of the smallest difference that is not zero and above
# the rounding error, so that ties are exact (tests/features/test_lbp_exact.py).
_TIE_BYTES = 2.0**-14
_TIE_FLOATS = 2.0**-20  # times the centre


def lbp_mapping(n_neighbors: int, mapping: str) -> NDArray[np.int32]:
    """Give the bin of each local binary pattern.

    Parameters
    ----------
    n_neighbors : int
        Bits of a code, 2 to 24.
    mapping : {"u2", "ri", "riu2", "none"}
        - ``"u2"``: a bin for each uniform code (at most two changes between 0 and 1
          around the circle) in ascending order of codes, and a last bin for all
          others: P (P - 1) + 3 bins.
        - ``"ri"``: codes that are rotations of each other share a bin, in ascending
          order of the smallest rotation.
        - ``"riu2"``: uniform codes by the number of their ones, then a last bin for
          all others: P + 2 bins.
        - ``"none"``: the code itself.

    Returns
    -------
    ndarray of shape (2 ** n_neighbors,), int32
        Read-only.

    References
    ----------
    T. Ojala, M. Pietikäinen, T. Mäenpää, "Multiresolution gray-scale and rotation
    invariant texture classification with local binary patterns", IEEE TPAMI 24(7),
    2002, doi:10.1109/TPAMI.2002.1017623.

    Examples
    --------
    >>> from mefeat.features import lbp_mapping
    >>> [int(lbp_mapping(8, name).max()) + 1 for name in ("u2", "ri", "riu2", "none")]
    [59, 36, 10, 256]
    >>> lbp_mapping(4, "u2")
    array([ 0,  1,  2,  3,  4, 14,  5,  6,  7,  8, 14,  9, 10, 11, 12, 13],
          dtype=int32)
    """
    n_neighbors = check_int("n_neighbors", n_neighbors, low=2, high=24)
    return _mapping(n_neighbors, check_option("mapping", mapping, MAPPINGS))


def _ones(codes):
    """Count the bits that are set."""
    return sum((codes >> bit) & 1 for bit in range(24))


@lru_cache(maxsize=12)
def _mapping(n_neighbors, mapping):
    codes = np.arange(1 << n_neighbors, dtype=np.int32)
    top = n_neighbors - 1

    def rotated(values):
        return (values >> 1) | ((values & 1) << top)

    if mapping == "none":
        table = codes
    elif mapping == "ri":
        smallest, turned = codes.copy(), codes
        for _ in range(top):
            turned = rotated(turned)
            np.minimum(smallest, turned, out=smallest)
        table = (np.cumsum(smallest == codes, dtype=np.int32) - 1)[smallest]
    else:
        uniform = _ones(codes ^ rotated(codes)) <= 2
        if mapping == "u2":
            labels = np.cumsum(uniform, dtype=np.int32) - 1
            other = n_neighbors * (n_neighbors - 1) + 2
        else:
            labels = _ones(codes)
            other = n_neighbors + 1
        table = np.where(uniform, labels, np.int32(other)).astype(np.int32)
    table.setflags(write=False)
    return table


def n_mapped(n_neighbors, mapping):
    """Give the number of bins of a mapping, those that no code falls into included."""
    if mapping == "u2":
        return n_neighbors * (n_neighbors - 1) + 3
    if mapping == "riu2":
        return n_neighbors + 2
    return int(_mapping(n_neighbors, mapping).max()) + 1


def check_neighbours(n_neighbors, radii, sampling, border, time_padding, owner):
    """Check the parameters that define codes; give them as a dict."""
    return {
        "n_neighbors": check_tuple(
            "n_neighbors", n_neighbors, 3, check_int, owner=owner,
            scalar=True, low=2, high=24,
        ),
        "radii": check_tuple(
            "radii", radii, 3, check_real, owner=owner,
            scalar=True, low=0, open_low=True,
        ),
        "sampling": check_option("sampling", sampling, SAMPLINGS, owner=owner),
        "border": check_option("border", border, BORDERS, owner=owner),
        "time_padding": check_option(
            "time_padding", time_padding, PADDINGS, owner=owner
        ),
    }  # fmt: skip


@lru_cache(maxsize=32)
def neighbours(n_neighbors, radii, sampling):
    """Give the taps of each neighbour on each plane.

    Returns
    -------
    list of three lists, of lists of ((dt, dy, dx), weight)
        For XY, XT, YT and each bit, least significant first.
    """
    rx, ry, rt = radii
    planes = []
    for plane, n in zip(PLANES, n_neighbors, strict=True):
        angle = 2 * np.pi * np.arange(n) / n
        cos, sin, zero = np.cos(angle), np.sin(angle), np.zeros(n)
        if plane == "xy":
            points = np.stack([zero, -ry * sin, rx * cos], axis=1)
        elif plane == "xt":
            points = np.stack([rt * sin, zero, rx * cos], axis=1)
        else:
            points = np.stack([rt * cos, -ry * sin, zero], axis=1)
        # Sines and cosines that are whole in truth come out whole.
        snapped = np.where(
            np.abs(points - np.rint(points)) < 1e-6, np.rint(points), points
        )
        if sampling == "nearest":
            snapped = np.floor(np.round(snapped, 6) + 0.5)
        planes.append([_taps(point) for point in snapped])
    return planes


def _taps(point):
    base = np.floor(point)
    taps = []
    for corner in product((0, 1), repeat=3):
        part = point - base
        weight = np.prod([f if c else 1 - f for f, c in zip(part, corner, strict=True)])
        if weight > 0:
            taps.append(
                (
                    tuple(int(b) + c for b, c in zip(base, corner, strict=True)),
                    float(weight),
                )
            )
    return taps


def margins(radii, border):
    """Give the frames, rows and columns at the borders that hold no centres."""
    x, y, t = (int(np.ceil(r)) for r in radii)
    if border == "axis":
        return t, y, x
    if border == "spatial":
        return t, max(x, y), max(x, y)
    return (max(x, y, t),) * 3


def _centres(volume, params, clip):
    """Give the padded volume, the first centre and the number of centres."""
    margin = margins(params["radii"], params["border"])
    if params["time_padding"] is not None:
        volume = _pad_time(volume, margin[0], params["time_padding"], clip)
    sizes = tuple(n - 2 * m for n, m in zip(volume.shape, margin, strict=True))
    words = ("frames", "rows", "columns")
    for size, length, m, word in zip(sizes, volume.shape, margin, words, strict=True):
        if size >= 1:
            continue
        remedy = (
            "lower the radius, interpolate the clip to more frames "
            "(TemporalInterpolator) or use 'time_padding'"
            if word == "frames"
            else "lower the radius or use larger pictures"
        )
        radii = tuple(f"{r:g}" for r in params["radii"])
        raise ClipError(
            f"has {length} {word}, but 'radii'=({', '.join(radii)}) with "
            f"border={params['border']!r} needs at least {2 * m + 1}: {remedy}",
            clip.name,
        )
    return volume, margin, sizes


def _pad_time(volume, margin, mode, clip):
    if mode == "reflect" and len(volume) <= margin:
        raise ClipError(
            f"has {len(volume)} frames, but time_padding='reflect' needs at least "
            f"{margin + 1}: use time_padding='edge'",
            clip.name,
        )
    return np.pad(volume, ((margin, margin), (0, 0), (0, 0)), mode=mode)


def _kernel(volume, params, width, used):
    """Choose the kernel: integers where they are exact, single precision else."""
    counts = params["n_neighbors"]
    planes = neighbours(counts, params["radii"], params["sampling"])
    if width < _CHUNK:
        volume = np.pad(volume, ((0, 0), (0, 0), (0, _CHUNK - width)), mode="edge")
    _, height, row = volume.shape
    n_taps = np.zeros((3, 24), dtype=np.int32)
    offsets = np.zeros((3, 24, 4), dtype=np.intp)
    weights = np.zeros((3, 24, 4), dtype=np.float32)
    for p, plane in enumerate(planes):
        for n, taps in enumerate(plane if used[p] else ()):
            n_taps[p, n] = len(taps)
            for k, ((dt, dy, dx), weight) in enumerate(taps):
                offsets[p, n, k] = (dt * height + dy) * row + dx
                weights[p, n, k] = weight
    active = np.array(
        [n if u else 0 for n, u in zip(counts, used, strict=True)], dtype=np.int32
    )
    if volume.dtype != np.uint8:
        kind, absolute, relative = _FLOAT, 0.0, _TIE_FLOATS
    else:
        kind, absolute, relative = _FLOAT, _TIE_BYTES, 0.0
        if n_taps.max() == 1 and active.max() <= 8:
            kind = _SINGLE
        elif (
            counts == (8, 8, 8)
            and params["radii"] == (1, 1, 1)
            and params["sampling"] == "bilinear"
        ):
            kind = _INTEGER
    if kind == _FLOAT:
        volume = volume.astype(np.float32, copy=False)
    # Comparisons of single bytes gain nothing from wider registers.
    kernels = _lbp_top if kind == _SINGLE else _kernels
    return kernels.Kernel(
        volume, kind, active, n_taps, offsets, weights, absolute, relative
    )


def volume_codes(volume, params, margin, used=(True, True, True)):
    """Give the raw codes of a volume: (3, T', H', W') int32."""
    sizes = [n - 2 * m for n, m in zip(volume.shape, margin, strict=True)]
    out = np.zeros((3, *sizes), dtype=np.int32)
    _kernel(volume, params, sizes[2], used).codes(margin, out)
    return out


def plane_codes(clip, params):
    """Give the raw codes of a clip: (3, T', H', W') int32."""
    volume, margin, _ = _centres(read_volume(clip), params, clip)
    return volume_codes(volume, params, margin)


@lru_cache(maxsize=12)
def _lookup(n_neighbors, mapping, used):
    """Give the bins of all codes, where each plane's codes begin, and its bins."""
    tables, offsets, limits = [], [0], [0]
    for n, name, use in zip(n_neighbors, mapping, used, strict=True):
        table = _mapping(n, name) if use else np.empty(0, dtype=np.int32)
        tables.append(table + np.int32(limits[-1]))
        offsets.append(offsets[-1] + len(table))
        limits.append(limits[-1] + (n_mapped(n, name) if use else 0))
    return np.concatenate(tables), np.array(offsets[:3], dtype=np.intp), limits


def plane_counts(clip, params, mapping, n_blocks, overlap, planes):
    """Count mapped codes in blocks.

    Returns
    -------
    list of ndarray of shape (n_t, n_y, n_x, n_bins), int64
        One for each plane used.
    """
    volume, first, sizes = _centres(read_volume(clip), params, clip)
    cells, spans = block_limits(sizes, n_blocks, overlap, clip)
    used = tuple(name in planes for name in PLANES)
    lookup, offsets, limits = _lookup(params["n_neighbors"], mapping, used)
    edges = [edge + start for edge, start in zip(cells, first, strict=True)]
    counts = _kernel(volume, params, sizes[2], used).histograms(
        *edges, lookup, offsets, limits[-1]
    )
    counts = gather(counts, spans)
    return [
        counts[..., low:high]
        for low, high, use in zip(limits[:-1], limits[1:], used, strict=True)
        if use
    ]
