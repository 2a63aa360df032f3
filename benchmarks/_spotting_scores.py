"""Choosing settings on other people, and the causes of false alarms."""

import numpy as np

from mefeat.metrics import match_intervals, spotting_report

CAUSES = ("blink", "head", "flicker", "macro", "micro", "none")
"""A false alarm may also overlap a micro-expression, its ends too far off."""


def folds(subjects, n_folds):
    """Give the videos reported in each fold: every n-th person by name.

    Parameters
    ----------
    subjects : sequence of str
        Whom each video shows.
    n_folds : int

    Returns
    -------
    list of ndarray of int
        No person is in two of them.
    """
    people = np.unique(subjects)
    if not 2 <= n_folds <= len(people):
        raise ValueError(
            f"n_folds must be from 2 to the number of people, {len(people)}. "
            f"Got {n_folds} instead."
        )
    parts = (people[start::n_folds] for start in range(n_folds))
    return [np.flatnonzero(np.isin(subjects, part)) for part in parts]


def counts(truth, found):
    """Give (TP, FP, FN) of each video: ndarray of shape (n_videos, 3)."""
    rows = []
    for true, spotted in zip(truth, found, strict=True):
        hits = len(match_intervals(true, spotted))
        rows.append((hits, len(spotted) - hits, len(true) - hits))
    return np.array(rows)


def cross_fit(tried, truth, subjects, n_folds):
    """Take for each video what the setting gave that suits other people best.

    Parameters
    ----------
    tried : list of list of list of Interval
        What each setting found in each video.
    truth : list of list of Interval
    subjects : sequence of str
    n_folds : int

    Returns
    -------
    found : list of list of Interval
        For each video.
    chosen : list of int
        The setting of each fold: of the highest pooled F1 in all other folds, the
        first one of several.
    """
    hits = np.stack([counts(truth, found) for found in tried])
    out, chosen = [None] * len(truth), []
    for reported in folds(subjects, n_folds):
        others = np.setdiff1d(np.arange(len(truth)), reported)
        tp, fp, fn = hits[:, others].sum(axis=1).T
        f1 = 2 * tp / np.maximum(2 * tp + fp + fn, 1)
        chosen.append(int(f1.argmax()))
        for video in reported:
            out[video] = tried[chosen[-1]][video]
    return out, chosen


def false_alarms(found, truth, distractors):
    """Count the false alarms by what they overlap.

    An alarm counts for the event with which it has most frames in common, in case of
    doubt for the first in `CAUSES`; changes of the light fall together with other
    events, and count where an alarm overlaps nothing else.

    Parameters
    ----------
    found, truth : sequences of lists of Interval
        For each video.
    distractors : sequence of lists of Distractor

    Returns
    -------
    dict of str to int
        For each of `CAUSES`; their sum is FP.
    """
    out = dict.fromkeys(CAUSES, 0)
    for spotted, true, others in zip(found, truth, distractors, strict=True):
        hits = {j for _, j in match_intervals(true, spotted)}
        events = [*others, *(("micro", i.onset, i.offset) for i in true)]
        for place, alarm in enumerate(spotted):
            if place not in hits:
                out[_cause(alarm, events)] += 1
    return out


def _cause(alarm, events):
    shared = dict.fromkeys(CAUSES, 0)
    for kind, onset, offset in events:
        common = min(alarm.offset, offset) - max(alarm.onset, onset) + 1
        shared[kind] = max(shared[kind], common)
    light = shared.pop("flicker")
    cause = max(shared, key=shared.get)
    if shared[cause]:
        return cause
    return "flicker" if light else "none"


def pooled(truth, found):
    """Give precision, recall, F1 and the counts over all videos as a dict."""
    report = spotting_report(truth, found)
    return {
        "F1": report.f1, "precision": report.precision, "recall": report.recall,
        "TP": report.tp, "FP": report.fp, "FN": report.fn,
    }  # fmt: skip
