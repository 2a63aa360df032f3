"""Optical strain, Bi-WOOF, HOOF and MDMO against NumPy.

Run ``python -m benchmarks motion_features [--quick]``.  What is timed begins with a
flow in memory and ends with the strain map, the row of features or the main vectors of
the regions, so the flow itself, which costs far more, is left out.  Every ratio is
taken within one run, on one thread, with the contenders one after the other in each
round; the smallest time of all rounds counts.

The NumPy contenders are written for speed: single precision throughout, block and
region numbers made beforehand, one ``np.bincount`` for all bins.  "NumPy, per block" is
what scripts do instead: masks and ``np.histogram`` for each block or region.
"""

import time

import numpy as np

from benchmarks._timing import smallest_times
from mefeat.features._motion import Sectors, directions_in_blocks
from mefeat.features.bi_woof import weighted_directions
from mefeat.features.mdmo import region_directions
from mefeat.flow import optical_strain

__all__ = ["run"]

SHAPES = ((256, 256), (170, 140))
TARGETS = {"strain": 6, "Bi-WOOF": 6, "MDMO": 2.5}
N_BLOCKS, N_BINS, N_ROIS = 5, 8, 36


def smooth_flow(shape, seed=0):
    """Give a smooth random flow of about a pixel."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(seed)
    parts = [gaussian_filter(rng.normal(size=shape), 6) for _ in range(2)]
    return np.stack(parts, axis=2).astype(np.float32) * 20


def face_regions(shape):
    """Give a label map of 36 regions that fills the middle of a picture."""
    height, width = shape
    labels = np.zeros(shape, dtype=np.uint8)
    grid = np.arange(1, N_ROIS + 1, dtype=np.uint8).reshape(6, 6)
    tile = np.ones((int(height * 0.8) // 6, int(width * 0.8) // 6), dtype=np.uint8)
    middle = np.kron(grid, tile)
    top, left = (height - middle.shape[0]) // 2, (width - middle.shape[1]) // 2
    labels[top : top + middle.shape[0], left : left + middle.shape[1]] = middle
    return labels


# -- NumPy -----------------------------------------------------------------------


def numpy_strain(flow):
    """Give the strain map by np.gradient."""
    uy, ux = np.gradient(flow[..., 0])
    vy, vx = np.gradient(flow[..., 1])
    shear = uy + vx
    return np.sqrt(ux * ux + vy * vy + np.float32(0.5) * (shear * shear))


def _polar_bins(flow):
    u, v = flow[..., 0], flow[..., 1]
    magnitude = np.sqrt(u * u + v * v)
    angle = np.arctan2(v, u) + np.float32(np.pi)
    bins = (angle * np.float32(N_BINS / (2 * np.pi))).astype(np.intp)
    return magnitude, np.minimum(bins, N_BINS - 1, out=bins)


def numpy_bi_woof(flow, blocks):
    """Give Bi-WOOF with one bincount for all histograms."""
    n = N_BLOCKS * N_BLOCKS
    magnitude, bins = _polar_bins(flow)
    at = (blocks * N_BINS + bins).ravel()
    row = np.bincount(at, magnitude.ravel(), n * N_BINS).reshape(n, N_BINS)
    strain = np.bincount(blocks.ravel(), numpy_strain(flow).ravel(), n)
    strain /= np.bincount(blocks.ravel(), minlength=n)
    sums = row.sum(axis=1)
    row *= (strain / np.where(sums > 0, sums, 1))[:, None]
    return (row / np.linalg.norm(row)).ravel()


def numpy_bi_woof_per_block(flow, borders):
    """Give Bi-WOOF with np.histogram for each block."""
    u, v = flow[..., 0], flow[..., 1]
    magnitude, angle = np.hypot(u, v), np.arctan2(v, u)
    strain = numpy_strain(flow)
    rows, columns = borders
    parts = []
    for r in range(N_BLOCKS):
        for c in range(N_BLOCKS):
            part = slice(rows[r], rows[r + 1]), slice(columns[c], columns[c + 1])
            histogram, _ = np.histogram(
                angle[part], N_BINS, (-np.pi, np.pi), weights=magnitude[part]
            )
            parts.append(histogram / histogram.sum() * strain[part].mean())
    row = np.concatenate(parts)
    return row / np.linalg.norm(row)


def numpy_hoof(flow, blocks):
    """Give the histograms of all blocks with one bincount."""
    magnitude, bins = _polar_bins(flow)
    at = (blocks * N_BINS + bins).ravel()
    return np.bincount(at, magnitude.ravel(), N_BLOCKS**2 * N_BINS)


def numpy_mdmo(flow, labels):
    """Give the main vectors with three bincounts."""
    _, bins = _polar_bins(flow)
    at = (labels.astype(np.intp) * N_BINS + bins).ravel()
    size = (N_ROIS + 1) * N_BINS
    counts = np.bincount(at, minlength=size).reshape(-1, N_BINS)[1:]
    best = counts.argmax(axis=1)
    rois = np.arange(N_ROIS)
    sums = [
        np.bincount(at, flow[..., axis].ravel(), size).reshape(-1, N_BINS)[1:]
        for axis in (0, 1)
    ]
    most = np.maximum(counts[rois, best], 1)
    return np.stack([part[rois, best] / most for part in sums], axis=1)


def numpy_mdmo_per_region(flow, labels):
    """Give the main vectors with a mask and a histogram for each region."""
    u, v = flow[..., 0], flow[..., 1]
    _, bins = _polar_bins(flow)
    out = np.zeros((N_ROIS, 2))
    for roi in range(N_ROIS):
        inside = labels == roi + 1
        fullest = np.bincount(bins[inside], minlength=N_BINS).argmax()
        main = inside & (bins == fullest)
        out[roi] = u[main].mean(), v[main].mean()
    return out


# -- measuring -------------------------------------------------------------------


def contenders(shape):
    """Give for each feature its contenders, mefeat first: name -> call."""
    flow = smooth_flow(shape)
    borders = tuple(
        -(-np.arange(N_BLOCKS + 1, dtype=np.intp) * n // N_BLOCKS) for n in shape
    )
    rows, columns = (np.arange(n) * N_BLOCKS // n for n in shape)
    blocks = rows[:, None] * N_BLOCKS + columns
    labels, sectors, stack = face_regions(shape), Sectors(N_BINS), flow[None]
    return {
        "strain": {
            "mefeat": lambda: optical_strain(flow),
            "NumPy": lambda: numpy_strain(flow),
        },
        "Bi-WOOF": {
            "mefeat": lambda: weighted_directions(flow, borders, sectors).ravel(),
            "NumPy": lambda: numpy_bi_woof(flow, blocks),
            "NumPy, per block": lambda: numpy_bi_woof_per_block(flow, borders),
        },
        "HOOF": {
            "mefeat": lambda: directions_in_blocks(
                stack, borders, sectors, "magnitude"
            )[0].ravel(),
            "NumPy": lambda: numpy_hoof(flow, blocks),
        },
        "MDMO": {
            "mefeat": lambda: region_directions(stack, labels, N_ROIS, sectors)[0],
            "NumPy": lambda: numpy_mdmo(flow, labels),
            "NumPy, per region": lambda: numpy_mdmo_per_region(flow, labels),
        },
    }


def run(quick=False):
    """Measure.

    Parameters
    ----------
    quick : bool
        Few rounds.

    Returns
    -------
    list of dict
        With ``feature``, ``shape``, ``contender``, ``milliseconds``, ``ratio`` (how
        many times longer than mefeat it takes), ``target`` and ``difference`` (the
        largest to mefeat's result).
    """
    rows = []
    for shape in SHAPES:
        for feature, calls in contenders(shape).items():
            results = {name: call() for name, call in calls.items()}
            times = smallest_times(calls, 5 if quick else 200, time.perf_counter)
            rows += [
                {
                    "feature": feature,
                    "shape": "x".join(map(str, shape)),
                    "contender": name,
                    "milliseconds": 1e3 * times[name],
                    "ratio": times[name] / times["mefeat"],
                    "target": TARGETS.get(feature) if name == "NumPy" else None,
                    "difference": float(np.abs(result - results["mefeat"]).max()),
                }
                for name, result in results.items()
            ]
    return rows
