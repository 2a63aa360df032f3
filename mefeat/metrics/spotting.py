"""Scores of spotting: which intervals were found.

Conventions
-----------
A detection is true where it matches a true interval of its video (closed intervals,
intersection over union at least 0.5; see `mefeat.metrics.matching`).  The whole set of
videos counts as one long video: hits, false alarms and misses are summed over all
videos, and precision, recall and F1 are computed once from the sums.  A score whose
denominator is 0 is 0.

Metrics
-------
`spotting_report`, `spotting_f1_score`, `compare_spotting`; those that rank detections
by their scores are in `mefeat.metrics.ranking`.
"""

from __future__ import annotations

import numpy as np

from mefeat._typing import SequenceLike
from mefeat.metrics._bootstrap import (
    bootstrap_interval,
    check_resampling,
    paired_difference,
    sum_by_group,
)
from mefeat.metrics._check import (
    check_groups,
    check_option,
    check_threshold,
    check_videos,
    people_of,
    rows_of,
)
from mefeat.metrics._report import Report
from mefeat.metrics.matching import (
    MATCHING_RULES,
    count_matches,
    matched_pairs,
)
from mefeat.metrics.ranking import average_precision

__all__ = [
    "compare_spotting",
    "spotting_f1_score",
    "spotting_report",
]

_HEADERS = {
    "tp": "TP", "fp": "FP", "fn": "FN", "precision": "P", "recall": "R", "f1": "F1",
    "average_precision": "AP", "f1_interval": "F1 interval",
}  # fmt: skip


def ratio(numerator, denominator):
    """Divide; 0 / 0 is 0."""
    return float(numerator / denominator) if denominator else 0.0


def video_counts(truth, pred, threshold, match):
    """Give TP, FP and FN of each video as an int array of shape (n_videos, 3)."""
    counts = [
        count_matches(matched_pairs(t, p, threshold, match), len(t), len(p), match)
        for t, p in zip(truth, pred, strict=True)
    ]
    return np.array(counts, dtype=np.int64).reshape(-1, 3)


def spotting_columns(counts):
    """Give the six columns of spotting for counts of shape (n_videos, 3)."""
    tp, fp, fn = (int(total) for total in counts.sum(axis=0))
    return {
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "precision": ratio(tp, tp + fp),
        "recall": ratio(tp, tp + fn),
        "f1": ratio(2 * tp, 2 * tp + fp + fn),
    }


def _f1_of_sums(sums):
    tp, fp, fn = np.moveaxis(sums, -1, 0)
    below = 2 * tp + fp + fn
    return np.divide(2 * tp, below, out=np.zeros(below.shape), where=below != 0)


def spotting_f1_score(
    y_true: SequenceLike,
    y_pred: SequenceLike,
    *,
    iou_threshold: float = 0.5,
    match: str = "one-to-one",
) -> float:
    """F1 of spotting, pooled over all videos.

    Parameters
    ----------
    y_true, y_pred : sequences of lists of Interval, or of arrays of shape (n, 2)
        One list for each video; onsets and offsets in frames, both included.
    iou_threshold : float, default=0.5
        Least intersection over union of a hit.
    match : {"one-to-one", "found", "file-order", "best-truth"}, default="one-to-one"
        Rule of matching; see `mefeat.metrics.match_intervals`.

    Returns
    -------
    float
        2 TP / (2 TP + FP + FN); 0 where there is neither truth nor detection.

    Raises
    ------
    ValueError
        If the videos differ in number or an interval is none.

    Examples
    --------
    >>> from mefeat.metrics import spotting_f1_score
    >>> y_true = [[(10, 19)], []]
    >>> spotting_f1_score(y_true, [[(12, 19)], [(5, 9)]])
    0.6666666666666666
    """
    truth, pred = check_videos(y_true, y_pred)
    threshold = check_threshold(iou_threshold)
    check_option("match", match, MATCHING_RULES)
    return spotting_columns(video_counts(truth, pred, threshold, match))["f1"]


def spotting_report(
    y_true: SequenceLike,
    y_pred: SequenceLike,
    *,
    subjects: SequenceLike | None = None,
    datasets: SequenceLike | None = None,
    iou_threshold: float = 0.5,
    match: str = "one-to-one",
    n_resamples: int = 1000,
    confidence: float = 0.95,
    random_state: int = 0,
) -> Report:
    """Report hits, false alarms, misses, precision, recall and F1 of spotting.

    Parameters
    ----------
    y_true, y_pred : sequences of lists of Interval, or of arrays of shape (n, 2)
        One list for each video.  Where both an interval and a detection have a kind,
        ``"micro"`` or ``"macro"``, they match only within it.
    subjects : sequence of length n_videos, optional
        With it, an interval for F1 by bootstrap over subjects.
    datasets : sequence of length n_videos, optional
        With it, a row for each data set; subjects of different data sets are different
        people even where they are named alike.
    iou_threshold : float, default=0.5
        Least intersection over union of a hit.
    match : {"one-to-one", "found", "file-order", "best-truth"}, default="one-to-one"
        Rule of matching; see `mefeat.metrics.match_intervals`.
    n_resamples : int, default=1000
        Resamples of the bootstrap; 0 leaves it out.
    confidence : float, default=0.95
    random_state : int, default=0

    Returns
    -------
    Report
        Columns ``tp``, ``fp``, ``fn``, ``precision``, ``recall``, ``f1``, also
        ``average_precision`` where all detections have a score and ``f1_interval``
        where `subjects` are given.  Rows ``"overall"``, the data sets, and the kinds
        where every interval has one.  Attribute ``per_video`` holds TP, FP and FN of
        each video, shape (n_videos, 3).

    Raises
    ------
    ValueError
        If lengths differ, an interval is none, or a parameter is out of range.

    Examples
    --------
    >>> from mefeat.metrics import spotting_report
    >>> report = spotting_report([[(10, 19)], []], [[(12, 19)], [(5, 9)]])
    >>> report.tp, report.fp, report.fn
    (1, 1, 0)
    """
    truth, pred = check_videos(y_true, y_pred)
    threshold = check_threshold(iou_threshold)
    check_option("match", match, MATCHING_RULES)
    check_resampling(n_resamples, confidence)
    subjects = people_of(subjects, datasets, len(truth))
    datasets = check_groups("datasets", datasets, len(truth))
    counts = video_counts(truth, pred, threshold, match)
    boot = (n_resamples, confidence, random_state)

    def columns(where, truth, pred, counts):
        out = spotting_columns(counts[where])
        chosen = [item for index in where for item in pred[index]]
        if chosen and all(item.score is not None for item in chosen):
            out["average_precision"] = average_precision(
                [truth[i] for i in where], [pred[i] for i in where], threshold
            )
        if subjects is not None and n_resamples and len(where):
            grouped = sum_by_group(counts[where], subjects[where])
            low, high = bootstrap_interval(grouped, _f1_of_sums, *boot)
            out["f1_interval"] = (float(low), float(high))
        return out

    rows = {
        name: columns(where, truth, pred, counts)
        for name, where in rows_of(datasets, len(truth)).items()
    }
    everything = np.arange(len(truth))
    for kind in _kinds(truth, pred):
        true, found = (
            [[i for i in v if i.kind == kind] for v in y] for y in (truth, pred)
        )
        kind_counts = video_counts(true, found, threshold, match)
        rows[kind] = columns(everything, true, found, kind_counts)
    signature = f"F1|iou:{threshold:g}|closed|match:{match}|pooled"
    if "f1_interval" in rows["overall"]:
        signature += f"|bootstrap:subjects,{n_resamples},{confidence:g}"
    notes = []
    if not any(truth):
        notes.append("No true interval: recall and F1 are 0 by convention.")
    return Report(
        _same_columns(rows),
        signature,
        headers=_HEADERS,
        notes=notes,
        extras={"per_video": counts},
    )


def _kinds(truth, pred):
    """Give the kinds if every interval has one and there are two of them."""
    kinds = {item.kind for y in (truth, pred) for video in y for item in video}
    return sorted(kinds, reverse=True) if kinds == {"micro", "macro"} else []


def _same_columns(rows):
    names = [name for name in _HEADERS if any(name in row for row in rows.values())]
    return {key: {name: row.get(name) for name in names} for key, row in rows.items()}


def compare_spotting(
    y_true: SequenceLike,
    y_pred_a: SequenceLike,
    y_pred_b: SequenceLike,
    *,
    subjects: SequenceLike,
    iou_threshold: float = 0.5,
    match: str = "one-to-one",
    n_resamples: int = 1000,
    confidence: float = 0.95,
    random_state: int = 0,
) -> Report:
    """Compare the pooled F1 of two spotters on the same videos.

    Parameters
    ----------
    y_true, y_pred_a, y_pred_b : sequences of lists of intervals
        One list for each video.
    subjects : sequence of length n_videos
        Whom each video shows; subjects are what the bootstrap draws.
    iou_threshold, match, n_resamples, confidence, random_state
        As in `spotting_report`.

    Returns
    -------
    Report
        Columns ``a``, ``b``, ``difference`` (b - a), ``interval`` (percentile
        bootstrap over subjects, both spotters on the same resamples) and ``p_value``
        (randomisation test that swaps the spotters within subjects).

    Examples
    --------
    >>> from mefeat.metrics import compare_spotting
    >>> y_true = [[(10, 19)], [(30, 39)]]
    >>> report = compare_spotting(y_true, [[], []], y_true, subjects=["s1", "s2"])
    >>> report.difference, report.interval
    (1.0, (1.0, 1.0))
    """
    threshold = check_threshold(iou_threshold)
    check_option("match", match, MATCHING_RULES)
    check_resampling(n_resamples, confidence, low=1)
    grouped = []
    for y_pred in (y_pred_a, y_pred_b):
        truth, pred = check_videos(y_true, y_pred)
        groups = check_groups("subjects", subjects, len(truth))
        if groups is None or not len(groups):
            raise ValueError("subjects must name the subject of at least one video.")
        grouped.append(
            sum_by_group(video_counts(truth, pred, threshold, match), groups)
        )
    a, b = (float(_f1_of_sums(counts.sum(axis=0))) for counts in grouped)
    difference, low, high, p_value = paired_difference(
        grouped[0], grouped[1], _f1_of_sums, n_resamples, confidence, random_state
    )
    row = {
        "a": a,
        "b": b,
        "difference": float(difference),
        "interval": (float(low), float(high)),
        "p_value": float(p_value),
    }
    signature = (
        f"F1|iou:{threshold:g}|closed|match:{match}|pooled|b-a|"
        f"bootstrap:{len(grouped[0])} subjects,{n_resamples},{confidence:g}"
    )
    return Report({"F1": row}, signature)
