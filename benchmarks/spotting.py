"""Spotting in synthetic long videos: the default beside published rules, and speed.

Parameters are chosen on other people than those reported (two folds over people), out
of the same number of settings for each method.  The videos have every distractor.
"""

import itertools
import tempfile
import time

import numpy as np
from sklearn.base import clone

from mefeat.datasets import make_long_videos
from mefeat.metrics import compare_spotting, spotting_report
from mefeat.spotting import make_spotter

AMPLITUDES = (0.5, 1.0, 1.5, 2.0, 3.0)
CAUSES = ("blink", "head", "flicker", "macro")


def settings(method):
    """Give twelve settings of the peaks to choose from, for each method."""
    if method == "roi":
        grid = {"height": (0.15, 0.25, 0.4), "noise": (4.0, 6.0), "growth": (0.1, 0.2)}
    elif method == "softnet":
        grid = {
            "p": (0.2, 0.35, 0.55, 0.7),
            "extent": (0.15, 0.2, 0.25),
        }
    else:
        grid = {
            "p": (0.1, 0.3, 0.5),
            "band": ((None, None), (None, 4.0)),
            "growth": (0.1, 0.3),
        }
    names = list(grid)
    return [
        dict(zip(names, values, strict=True))
        for values in itertools.product(*grid.values())
    ]


def _choose(spotter, options, signals, truth):
    """Give the peaks of the options with the best pooled F1."""

    def score(option):
        peaks = clone(spotter["peaks"]).set_params(**option)
        return spotting_report(truth, list(peaks.predict(signals))).f1

    best = max(options, key=score)
    return clone(spotter["peaks"]).set_params(**best)


def _crossed(spotter, options, signals, truth, subjects):
    """Spot in the videos of each half of the people with what the other half chose."""
    people = np.unique(subjects)
    out = [None] * len(signals)
    for half in (people[::2], people[1::2]):
        test = np.flatnonzero(np.isin(subjects, half))
        train = np.flatnonzero(~np.isin(subjects, half))
        peaks = _choose(
            spotter, options, [signals[i] for i in train], [truth[i] for i in train]
        )
        found = peaks.predict([signals[i] for i in test])
        for index, intervals in zip(test, found, strict=True):
            out[index] = intervals
    return out


def false_alarms(found, truth, distractors):
    """Count false alarms by the distractor that they overlap."""
    counts = dict.fromkeys((*CAUSES, "none"), 0)
    for intervals, true, others in zip(found, truth, distractors, strict=True):
        for interval in intervals:
            if any(interval.iou(t) >= 0.5 for t in true):
                continue
            causes = {
                d.kind
                for d in others
                if interval.onset <= d.offset and interval.offset >= d.onset
            }
            cause = next((c for c in CAUSES if c in causes), "none")
            counts[cause] += 1
    return counts


def _compare(data, methods, row):
    found = {}
    for method in methods:
        spotter = make_spotter(method)
        began = time.perf_counter()
        signals = list(spotter["motion"].fit_transform(data.videos))
        rate = sum(map(len, data.videos)) / (time.perf_counter() - began)
        found[method] = _crossed(
            spotter, settings(method), signals, data.intervals, data.subjects
        )
        report = spotting_report(data.intervals, found[method])
        result = row | {
            "method": method, "TP": report.tp, "FP": report.fp, "FN": report.fn,
            "F1": report.f1, "frames/s": rate,
        }  # fmt: skip
        if method != "roi":
            ahead = compare_spotting(
                data.intervals, found[method], found["roi"], subjects=data.subjects
            )
            result["roi ahead by"] = ahead.difference
            result["from"], result["to"] = ahead.interval
        yield result | false_alarms(found[method], data.intervals, data.distractors)


def run(quick=False, faces=None):
    """Measure.

    Parameters
    ----------
    quick : bool
        Two people, one amplitude, two methods: only to see that it starts.
    faces : path, optional
        Folder of photographs, twelve people or more; by default people made of one
        photograph.

    Returns
    -------
    list of dict
    """
    cases = [(30, a) for a in AMPLITUDES] + [(200, 1.5)]
    methods = ("roi", "softnet", "mdmd", "lbp")
    people, seconds = 12, 15.0
    if quick:
        cases, methods, people, seconds = [(30, 1.5)], ("roi", "lbp"), 2, 6.0
    rows = []
    for fps, amplitude in cases:
        with tempfile.TemporaryDirectory() as root:
            data = make_long_videos(
                root,
                n_subjects=people,
                n_videos=1,
                duration=seconds,
                fps=fps,
                amplitude=amplitude,
                faces=faces,
                random_state=11,
            )
            row = {"fps": fps, "motion [px]": amplitude}
            rows += _compare(data, methods, row)
    return rows
