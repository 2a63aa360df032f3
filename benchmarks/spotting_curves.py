"""Spotting on real responses: the curves of a published baseline on CAS(ME)^2.

The organisers of MEGC 2020 published what their baseline (MDMD) answers in each frame
of the 98 long videos, for micro-expressions (frames 0.4 s apart) and for
macro-expressions (1.3 s apart).  `PeakSpotter` spots in these curves instead of the
baseline's own rule.  Leave-one-subject-out: the setting for the videos of a person is
the one with the best pooled F1 on all others, for each type separately.  The data are
no part of mefeat.

Which curves to look at and which parameters to vary was settled on these very videos,
so the numbers are optimistic all the same; see the documentation.
"""

import itertools
import json
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from sklearn.utils import Bunch

from benchmarks._spotting_scores import cross_fit
from mefeat import Interval
from mefeat.metrics import spotting_report
from mefeat.spotting import PeakSpotter

CURVES = Path("spotting") / "mdmd_curves_casme_sq.npz"
TRUTH = Path("spotting") / "mdmd_ground_truth_casme_sq.json"
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FPS = 30

# Heights are percent of the way from the mean of a curve to its maximum, and below 0
# cut off, so neither a baseline nor the noise can be estimated.
COMMON = {"fps": FPS, "baseline": None, "noise": None, "overlap_of": "union"}


def load(folder):
    """Give the curves, the truth and whom each video shows.

    Returns
    -------
    Bunch
        ``curves`` and ``truth``: for "micro" and "macro" a list, one item for each
        video, of arrays (n_frames,) and lists of `Interval`; ``subjects``.
    """
    folder = Path(folder)
    rows = json.loads((folder / TRUTH).read_text(encoding="utf-8"))
    curves, truth = {}, {}
    with np.load(folder / CURVES) as data:
        for kind in ("micro", "macro"):
            curves[kind] = [data[f"{kind}/{video}"].astype(float) for video in rows]
            # Frames are counted from 1 there.
            truth[kind] = [
                [Interval(a - 1, b - 1, kind=kind) for k, a, _, b in row if k == kind]
                for row in rows.values()
            ]
    subjects = [video.split("_")[0] for video in rows]
    return Bunch(curves=curves, truth=truth, subjects=subjects)


def baseline(curves, kind):
    """Give the published detections: runs above the first of 99 thresholds."""
    low, high = (7, 16) if kind == "micro" else (17, np.inf)
    out = []
    for curve in curves:
        steps = np.diff(np.r_[False, curve >= 1, False].astype(int))
        runs = zip(np.flatnonzero(steps > 0), np.flatnonzero(steps < 0), strict=True)
        out.append([Interval(a, b - 1) for a, b in runs if low <= b - a <= high])
    return out


def spotters(quick=False):
    """Give (type, name, curves, parameters, grid) of each contender.

    A micro-expression is brief on every scale, so that both curves show it for the
    same short time; on a long movement that of the macro-expressions stays up.  The
    least duration is there against blinks.
    """
    height = (20, 25, 30, 35, 40)
    brief = {"height": height, "min_duration": (0.2, 0.25, 0.3)}
    shared = brief | {"overlap": (0.5,) if quick else (0.4, 0.5, 0.6)}
    cuts, high = ((0.7, 1.0), (30, 35)) if quick else ((0.5, 0.7, 1.0, 1.4), height)
    smooth = {"band": tuple((None, cut) for cut in cuts), "height": high}
    both = ("micro", "both curves", ("micro", "macro"), {"min_channels": 2}, shared)
    macro = ("macro", "one curve", ("macro",), {}, smooth)
    if quick:
        return [both, macro]
    return [("micro", "one curve", ("micro",), {}, brief), both, macro]


def settings(grid):
    """Give every combination of a grid's values as a dict."""
    return [
        dict(zip(grid, values, strict=True))
        for values in itertools.product(*grid.values())
    ]


def try_out(signals, kind, params, grid, n_jobs=1):
    """Spot with each of the settings of a grid.

    Returns
    -------
    list of list of list of Interval
        For each of `settings`, for each video.
    """
    # Intervals too short are dropped last: one search serves for all durations.
    shortest = min(grid.get("min_duration", (0.1,)))
    searches = {k: v for k, v in grid.items() if k != "min_duration"}
    spotters = [
        PeakSpotter(**COMMON, kinds=kind, **params, **{**s, "min_duration": shortest})
        for s in settings(searches)
    ]
    found = Parallel(n_jobs=n_jobs)(delayed(s.predict)(signals) for s in spotters)
    found = dict(zip(map(str, settings(searches)), found, strict=True))
    out = []
    for setting in settings(grid):
        least = setting.pop("min_duration", 0)
        videos = found[str({name: setting[name] for name in searches})]
        out.append([[i for i in v if i.length / FPS >= least] for v in videos])
    return out


def measure(data, kind, name, curves, params, grid, n_jobs=1):
    """Choose for each person on all others; give the table's row and the intervals."""
    both = [data.curves[curve] for curve in curves]
    signals = [np.stack(c, axis=1) for c in zip(*both, strict=True)]
    tried = try_out(signals, kind, params, grid, n_jobs)
    truth, people = data.truth[kind], len(set(data.subjects))
    found, chosen = cross_fit(tried, truth, data.subjects, people)
    best = max(spotting_report(truth, f).f1 for f in tried)
    often = max(sorted(set(chosen)), key=chosen.count)
    shown = ", ".join(f"{k} {v}" for k, v in settings(grid)[often].items())
    row = _row(data, kind, f"PeakSpotter, {name}", found) | {
        "settings": len(tried), "best in sample": best,
        "chosen": f"{shown} ({chosen.count(often)} of {people})",
    }  # fmt: skip
    return row, found


def _row(data, kind, name, found):
    report = spotting_report(data.truth[kind], found, subjects=data.subjects)
    low, high = report.f1_interval
    return {
        "type": kind, "spotter": name, "F1": report.f1, "low": low, "high": high,
        "TP": report.tp, "FP": report.fp, "FN": report.fn,
    }  # fmt: skip


def run(quick=False, data=None):
    """Measure.

    Parameters
    ----------
    quick : bool
        Fewer settings to choose from.
    data : path, optional
        Folder of real data.

    Returns
    -------
    list of dict
        With ``type``, ``spotter``, ``F1``, ``low`` and ``high`` (95 % interval by
        bootstrap over subjects), the counts, the number of ``settings``, the F1 of
        the ``best in sample`` and the setting that was ``chosen`` most often; nothing
        where there are no data.
    """
    folder = Path(DATA if data is None else data)
    missing = [name for name in (CURVES, TRUTH) if not (folder / name).is_file()]
    if missing:
        print(f"skipped: no {missing[0]} in {folder}; name the folder with --data")
        return []
    data = load(folder)
    rows = [
        _row(data, kind, "baseline as published", baseline(data.curves[kind], kind))
        for kind in ("micro", "macro")
    ]
    for contender in spotters(quick):
        rows.append(measure(data, *contender, n_jobs=1 if quick else 2)[0])
    return sorted(rows, key=lambda row: row["type"], reverse=True)
