"""Spotting in synthetic long videos: the default beside published rules.

The videos have every distractor.  Settings are chosen on other people than those
reported, out of equally many for each method, for each frame rate and amplitude anew.
"""

import tempfile
from pathlib import Path

import numpy as np

from benchmarks._spotting_data import load_case
from benchmarks._spotting_methods import methods, motions
from benchmarks._spotting_scores import cross_fit, false_alarms, pooled
from mefeat.metrics import compare_spotting

AMPLITUDES = (0.5, 1.0, 1.5, 2.0, 3.0)
N_PEOPLE, N_FOLDS, SEED = 12, 4, 100
SECONDS = {30: 15.0, 200: 8.0}
# Where a target stands at 200 frames a second: seconds, and micro-expressions in them.
LONGER = {(200, 1.5): (10.0, 3)}
PEERS = ("softnet", "mdmd", "lbp", "prototype")


def _found(case, names, n_folds):
    """Give for each method what it finds and the settings of its folds."""
    out = {}
    for name in names:
        method = methods()[name]
        tried = method.tried(case.signals[method.motion])
        if method.settings:
            found, chosen = cross_fit(tried, case.intervals, case.subjects, n_folds)
            settings = [method.settings[index] for index in chosen]
        else:
            found, settings = tried[0], []
        out[name] = found, settings
    return out


def _scores(fps, amplitude, case, found):
    """Give a row for each method: scores, and how far the tuned default is ahead."""
    for name, (intervals, settings) in found.items():
        row = {"table": "F1", "fps": fps, "motion [px]": amplitude, "method": name}
        row |= pooled(case.intervals, intervals)
        for ours in ("roi", "default"):
            if name in PEERS and ours in found:
                ahead = compare_spotting(
                    case.intervals, intervals, found[ours][0], subjects=case.subjects
                )
                row[f"{ours} ahead by"] = ahead.difference
                row[f"{ours} from"], row[f"{ours} to"] = ahead.interval
        yield row | {"settings": settings}


def _alarms(fps, case, found):
    """Give a row for each method: its false alarms by cause."""
    for name, (intervals, _) in found.items():
        row = {"table": "false alarms", "fps": fps, "method": name}
        row |= false_alarms(intervals, case.intervals, case.distractors)
        row["minutes"] = case.seconds / 60
        yield row


def _speed(fps, cases):
    for name in cases[0].rates:
        rates = [case.rates[name] for case in cases]
        yield {
            "table": "speed", "fps": fps, "motion": name, "frames/s": max(rates),
        }  # fmt: skip


def _join(cases, found):
    """Put the cases of one frame rate together."""
    joined = type(cases[0])(
        intervals=[i for case in cases for i in case.intervals],
        distractors=[d for case in cases for d in case.distractors],
        subjects=np.concatenate([case.subjects for case in cases]),
        seconds=sum(case.seconds for case in cases),
    )
    names = list(found[0])
    return joined, {n: ([i for f in found for i in f[n][0]], []) for n in names}


def _rate_rows(fps, cases, names, n_folds):
    """Give all rows of one frame rate."""
    found = [_found(case, names, n_folds) for case in cases.values()]
    for (amplitude, case), each in zip(cases.items(), found, strict=True):
        yield from _scores(fps, amplitude, case, each)
    joined, each = _join(list(cases.values()), found)
    if len(cases) > 1:
        yield from _scores(fps, "all", joined, each)
    yield from _alarms(fps, joined, each)
    yield from _speed(fps, list(cases.values()))


def run(quick=False, faces=None, cache=None):
    """Measure.

    Parameters
    ----------
    quick : bool
        Two people, one amplitude, two methods: only to see that it starts.
    faces : path, optional
        Folder of photographs, twelve people or more; by default people made of one
        photograph.
    cache : path, optional
        Folder that keeps the signals, so that an interrupted run goes on where it
        stopped.  Signals of an older version are not noticed: give each a new folder.

    Returns
    -------
    list of dict
    """
    plan = dict.fromkeys(SECONDS, AMPLITUDES)
    names, measured = list(methods()), motions()
    people, seconds, n_folds = N_PEOPLE, SECONDS, N_FOLDS
    if quick:
        plan, names, people, seconds = {30: (1.5,)}, ["default", "lbp"], 2, {30: 6.0}
        measured, n_folds = {name: measured[name] for name in ("roi", "lbp")}, 2
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(cache or scratch)
        for place, (fps, amplitudes) in enumerate(plan.items()):
            cases = {}
            for number, amplitude in enumerate(amplitudes):
                plain = seconds[fps], None
                duration, n_micro = LONGER.get((fps, amplitude), plain)
                cases[amplitude] = load_case(
                    root / f"{fps}_{amplitude}",
                    measured,
                    fps=fps,
                    amplitude=amplitude,
                    n_subjects=people,
                    n_videos=1,
                    duration=duration,
                    n_micro=n_micro,
                    faces=faces,
                    random_state=SEED + 10 * place + number,
                )
            rows += _rate_rows(fps, cases, names, n_folds)
    return rows
