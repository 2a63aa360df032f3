"""Optical flow against OpenCV's: speed, and error on faces whose motion is known.

Run ``python -m benchmarks.flow [--quick] [--faces DIR]``.  Without a folder of faces
the errors are those of the one face that comes with scikit-image and say little.

Times are CPU seconds of one thread, the contenders one after the other in each round,
the smallest of all rounds; ratios are taken within one run.

Errors: the settings of mefeat's method were chosen on the people at even places of the
sorted folder; what is printed comes from those at odd places only.  Every picture gets
one field of motion (by turns at anatomical and at random places, see
`benchmarks._flow_truth`) at five amplitudes, sensor noise and a change of light.
``epe`` is the mean end-point error over all pixels, ``epe moving`` that where the true
motion is above a fifth of its peak, ``strain r`` the correlation of the strain maps.
"""

import argparse

import numpy as np

from benchmarks._flow_truth import load_faces, make_pair, random_field
from benchmarks._timing import smallest_times
from mefeat.flow import optical_flow, optical_strain

__all__ = ["run"]

SIZES = ((256, 256), (170, 140))
PEAKS = (0.15, 0.5, 1.0, 1.5, 3.0)
CONTENDERS = ("lk", "farneback", "dis")
BATCH = 16


def _gradient_strain(flow):
    u, v = flow[..., 0], flow[..., 1]
    shear = np.gradient(u, axis=0) + np.gradient(v, axis=1)
    ux, vy = np.gradient(u, axis=1), np.gradient(v, axis=0)
    return np.sqrt(ux * ux + vy * vy + np.float32(0.5) * shear * shear)


def speed(face, rounds):
    """Time flows and strains of one pair at both sizes."""
    rows = []
    for size in SIZES:
        rng = np.random.default_rng(0)
        pair = make_pair(face.cut(size), random_field(size, rng, True), 1.0, rng)
        a, b = pair[:2]
        stack = np.repeat(b[None], BATCH, axis=0)
        flow = optical_flow(a, b)
        functions = {
            name: lambda m=name, a=a, b=b: optical_flow(a, b, m) for name in CONTENDERS
        }
        functions["lk, batch"] = lambda a=a, s=stack: optical_flow(a, s)
        best = smallest_times(functions, rounds)
        best["lk, batch"] /= BATCH
        targets = {"lk": 4, "lk, batch": 5}
        rows += [
            {
                "table": "speed",
                "size": size,
                "contender": name,
                "seconds": seconds,
                "farneback_over_it": best["farneback"] / seconds,
                "target": targets.get(name),
            }
            for name, seconds in best.items()
        ]
        best = smallest_times(
            {
                "strain": lambda f=flow: optical_strain(f),
                "strain, NumPy": lambda f=flow: _gradient_strain(f),
            },
            10 * rounds,
        )
        rows.append(
            {
                "table": "speed",
                "size": size,
                "contender": "strain",
                "seconds": best["strain"],
                "numpy_over_it": best["strain, NumPy"] / best["strain"],
                "target": 6,
            }
        )
    return rows


def _score(flow, truth):
    error = np.hypot(*np.moveaxis(flow - truth, 2, 0))
    length = np.hypot(truth[..., 0], truth[..., 1])
    moving = length > 0.2 * length.max()
    strains = optical_strain(flow).ravel(), optical_strain(truth).ravel()
    return error.mean(), error[moving].mean(), np.corrcoef(*strains)[0, 1]


def choose_half(faces, reported=True):
    """Keep the people at odd (reported) or even places; all of them if only one."""
    people = sorted({face.person for face in faces})
    if len(people) > 1:
        people = people[1 if reported else 0 :: 2]
    return [face for face in faces if face.person in people]


def accuracy(faces, size=SIZES[0], methods=CONTENDERS, **options):
    """Score the methods on pairs of all faces; `options` go to "lk"."""
    scores = {}
    for index, face in enumerate(faces):
        cut = face.cut(size)
        rng = np.random.default_rng([7, index])
        field = random_field(size, rng, anatomic=index % 2 == 0)
        for peak in PEAKS:
            a, b, truth = make_pair(cut, field, peak, rng)
            for method in methods:
                chosen = options if method == "lk" else {}
                flow = optical_flow(a, b, method, **chosen)
                scores.setdefault((peak, method), []).append(_score(flow, truth))
    return [
        {
            "table": "accuracy",
            "size": size,
            "peak": peak,
            "contender": method,
            "epe": float(mean[0]),
            "epe_moving": float(mean[1]),
            "strain_correlation": float(mean[2]),
            "n_faces": len(faces),
        }
        for (peak, method), values in scores.items()
        for mean in [np.mean(values, axis=0)]
    ]


def run(quick=False, faces=None):
    """Give the rows of both tables.

    Parameters
    ----------
    quick : bool, default=False
        Fewer rounds and at most four faces.
    faces : path, optional
        Folder of face pictures; None for the one of scikit-image.

    Returns
    -------
    list of dict
    """
    import cv2

    loaded = load_faces(faces)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        rows = speed(loaded[0], 5 if quick else 40)
        reported = choose_half(loaded)
        rows += accuracy(reported[:4] if quick else reported)
    finally:
        cv2.setNumThreads(threads)
    return rows


def main(argv=None):
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--faces", metavar="DIR")
    arguments = parser.parse_args(argv)
    rows = run(**vars(arguments))
    print(f"{'size':<10} {'':<12} {'ms':>8} {'ratio':>7} {'target':>7}")
    for row in rows:
        if row["table"] == "speed":
            ratio = row.get("farneback_over_it", row.get("numpy_over_it"))
            target = "" if row["target"] is None else f">= {row['target']}"
            size = "x".join(map(str, row["size"]))
            print(
                f"{size:<10} {row['contender']:<12} {1e3 * row['seconds']:8.3f} "
                f"{ratio:7.2f} {target:>7}"
            )
    if arguments.faces is None:
        print("\nOne face only: the errors below are no basis for a choice.")
    print(f"\n{'peak':<6} {'':<12} {'epe':>7} {'epe moving':>11} {'strain r':>9}")
    for row in rows:
        if row["table"] == "accuracy":
            print(
                f"{row['peak']:<6} {row['contender']:<12} {row['epe']:7.4f} "
                f"{row['epe_moving']:11.4f} {row['strain_correlation']:9.3f}"
            )


if __name__ == "__main__":
    main()
