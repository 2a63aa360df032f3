"""LBP-TOP against scikit-image, mahotas, NumPy and the limit of the machine.

Run ``python -m benchmarks.lbp_top [--quick]``.  Every ratio is taken within one run, on
one thread, with the contenders one after the other in each round; the smallest CPU time
of all rounds counts, so that other work on the machine hardly matters.  What is timed
is codes on three planes and their histograms of 59 bins in 5 x 5 blocks, from a clip in
memory to a row of features (mefeat: per clip of a call with four); mahotas gives codes
only.  The ceiling is the time of the histogram increments alone, over ready codes.
"""

import argparse
import time

import numpy as np

from mefeat import Clip
from mefeat._kernels import _ceiling
from mefeat.features import LBPTOP, lbp_mapping

__all__ = ["run"]

SHAPES = ((64, 170, 140), (32, 112, 112), (100, 256, 256))
BATCH = 4  # clips that mefeat transforms in one call
TARGETS = {
    ("scikit-image", (1, 1, 1)): 80,
    ("mahotas (codes)", (1, 1, 1)): 100,
    ("NumPy", (1, 1, 1)): 18,
    ("NumPy", (1, 1, 4)): 6,
}


def texture(shape, seed=0):
    """Give a volume of smooth random texture that moves, as faces do, plus noise."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(seed)
    volume = gaussian_filter(rng.standard_normal(shape), (3, 2, 2), mode="wrap")
    volume = 128 + 40 * volume / volume.std() + rng.normal(0, 2, shape)
    return np.clip(np.rint(volume), 0, 255).astype(np.uint8)


def _block_ids(shape):
    rows = np.arange(shape[1]) * 5 // shape[1]
    columns = np.arange(shape[2]) * 5 // shape[2]
    return np.broadcast_to(rows[:, None] * 5 + columns, shape)


def _histograms(codes):
    """Count the 59 bins in 5 x 5 blocks with one bincount."""
    labels = lbp_mapping(8, "u2").astype(np.int64)[codes]
    labels += 59 * _block_ids(codes.shape)
    return np.bincount(labels.ravel(), minlength=25 * 59)


def scikit_image(volume):
    """Take codes slice by slice, since there is no LBP-TOP; radius 1 on all axes."""
    from skimage.feature import local_binary_pattern

    inner = (slice(1, -1),) * 3
    parts = []
    for axis in range(3):
        slices = np.moveaxis(volume, axis, 0)
        codes = np.stack([local_binary_pattern(s, 8, 1) for s in slices], axis=axis)
        parts.append(_histograms(codes[inner].astype(np.uint8)))
    return np.concatenate(parts)


def mahotas_codes(volume):
    """Take codes slice by slice; without histograms."""
    from mahotas.features.lbp import lbp_transform

    for axis in range(3):
        for picture in np.moveaxis(volume, axis, 0):
            lbp_transform(picture, 1, 8)


def whole_volume(volume, radii=(1, 1, 1)):
    """Shift and compare the whole volume at once, in single precision."""
    volume = volume.astype(np.float32)
    rx, ry, rt = radii
    margin = (rt, ry, rx)
    inside = tuple(slice(m, n - m) for m, n in zip(margin, volume.shape, strict=True))
    limit = volume[inside] - np.float32(2.0**-14)
    angles = 2 * np.pi * np.arange(8) / 8
    cos, sin, zero = np.cos(angles), np.sin(angles), np.zeros(8)
    parts = []
    for points in (
        np.stack([zero, -ry * sin, rx * cos], axis=1),
        np.stack([rt * sin, zero, rx * cos], axis=1),
        np.stack([rt * cos, -ry * sin, zero], axis=1),
    ):
        codes = np.zeros(limit.shape, dtype=np.uint8)
        for p, point in enumerate(points.round(5)):
            codes |= (_sample(volume, point, inside) >= limit).view(np.uint8) << p
        parts.append(_histograms(codes))
    return np.concatenate(parts)


def _sample(volume, point, inside):
    base = np.floor(point).astype(int)
    value = None
    for corner in np.ndindex(2, 2, 2):
        part = point - base
        weight = np.prod(np.where(corner, part, 1 - part))
        if weight > 0:
            where = tuple(
                slice(s.start + b + c, s.stop + b + c)
                for s, b, c in zip(inside, base, corner, strict=True)
            )
            term = volume[where] * np.float32(weight)
            if value is None:
                value = term
            else:
                value += term
    return value


def _interleaved(functions, rounds):
    """Time functions in turn; give the smallest time of each in seconds."""
    best = dict.fromkeys(functions, np.inf)
    for index in range(rounds):
        for name, (function, slow) in functions.items():
            if slow and index > 3:
                continue  # a few rounds of what takes seconds are enough
            start = time.thread_time()
            function()
            best[name] = min(best[name], time.thread_time() - start)
    return best


def run(quick=False):
    """Measure.

    Parameters
    ----------
    quick : bool
        Fewer rounds, and the smallest volume only.

    Returns
    -------
    list of dict
        With ``shape``, ``radii``, ``contender``, ``seconds``, ``ratio`` (how many times
        as long as mefeat it takes) and ``target`` (None where there is none); for the
        ceiling, ``ratio`` is the fraction of it that mefeat reaches.
    """
    rows = []
    for shape in SHAPES[1:2] if quick else SHAPES:
        volume = texture(shape)
        clip = Clip(volume)
        ready = np.random.default_rng(1).integers(
            0, 256, (3, volume.size), dtype=np.uint8
        )
        for radii in ((1, 1, 1), (1, 1, 4)):
            ours = LBPTOP(radii=radii, norm=None)
            functions = {
                "mefeat": (lambda o=ours, c=clip: o.transform([c] * BATCH), False),
                "NumPy": (lambda v=volume, r=radii: whole_volume(v, r), True),
                "ceiling": (lambda c=ready: _ceiling.count_codes(c), False),
            }
            if radii == (1, 1, 1):
                functions["scikit-image"] = (lambda v=volume: scikit_image(v), True)
                try:
                    import mahotas  # noqa: F401

                    functions["mahotas (codes)"] = (
                        lambda v=volume: mahotas_codes(v),
                        True,
                    )
                except ImportError:
                    pass
            best = _interleaved(functions, 3 if quick else 15)
            best["mefeat"] /= BATCH
            for name, seconds in best.items():
                rows.append(
                    {
                        "benchmark": "lbp_top",
                        "shape": "x".join(map(str, shape)),
                        "radii": radii,
                        "contender": name,
                        "seconds": seconds,
                        "ratio": seconds / best["mefeat"],
                        "target": 0.25
                        if name == "ceiling" and radii == (1, 1, 1)
                        else TARGETS.get((name, radii)),
                    }
                )
    return rows


def main(argv=None):
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true")
    rows = run(**vars(parser.parse_args(argv)))
    print(f"{'volume':<12} {'radii':<10} {'':<16} {'ms':>9} {'ratio':>8} {'target':>7}")
    for row in rows:
        target = "" if row["target"] is None else f">= {row['target']:g}"
        print(
            f"{row['shape']:<12} {row['radii']!s:<10} {row['contender']:<16} "
            f"{1e3 * row['seconds']:9.3f} {row['ratio']:8.2f} {target:>7}"
        )


if __name__ == "__main__":
    main()
