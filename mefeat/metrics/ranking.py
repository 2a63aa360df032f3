"""Scores of spotting that rank detections: precision over recall, its average.

Detections are taken in the order of their scores, surest first; what counts as a hit is
what `mefeat.metrics.spotting` says, one to one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mefeat._typing import Array, SequenceLike
from mefeat.metrics._check import check_threshold, check_videos
from mefeat.metrics.matching import candidates

__all__ = [
    "average_precision",
    "average_precision_score",
    "precision_recall_curve",
]


def _ranked_hits(truth, pred, threshold):
    """Give scores, falling, and for each detection whether it adds a hit.

    Detections are added one by one, surest first, and each one may rearrange the
    pairs so far (an augmenting path), so that after any number of them the hits are
    those of the largest one-to-one matching.
    """
    scores, hits = [], []
    for t, p in zip(truth, pred, strict=True):
        for item in p:
            if item.score is None or np.isnan(item.score):
                raise ValueError(
                    f"Each detection needs a score to rank it. Got {item!r} instead."
                )
        order = sorted(range(len(p)), key=lambda j: -p[j].score)
        reach = [[] for _ in p]
        rows, columns, _ = candidates(t, p, threshold)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            reach[column].append(row)
        owner, holds = {}, {}
        for column in order:
            scores.append(p[column].score)
            hits.append(_augment(column, reach, owner, holds))
    scores, hits = np.array(scores, dtype=float), np.array(hits, dtype=bool)
    order = np.argsort(-scores, kind="stable")
    return scores[order], hits[order]


def _augment(start, reach, owner, holds):
    """Add one detection to a matching if that makes it larger; tell whether it does.

    `owner` maps true intervals to their detections and `holds` the other way round.
    The search is breadth first: chains of overlapping intervals may be long.
    """
    came, queue = {}, [start]
    for column in queue:
        for row in reach[column]:
            if row in came:
                continue
            came[row] = column
            if row in owner:
                queue.append(owner[row])
                continue
            while True:
                column = came[row]
                before = holds.get(column)
                owner[row], holds[column] = column, row
                if column == start:
                    return True
                row = before
    return False


def _curve(truth, pred, threshold):
    """Give precision, recall and scores at each distinct score, falling."""
    n_true = sum(map(len, truth))
    scores, hits = _ranked_hits(truth, pred, threshold)
    last = np.flatnonzero(np.diff(scores, append=-np.inf)) if len(scores) else []
    tp = np.cumsum(hits)[last]
    n_pred = np.asarray(last) + 1
    recall = tp / n_true if n_true else np.zeros(len(tp))
    return tp / n_pred, recall, scores[last]


def average_precision(truth, pred, threshold):
    """Give the average precision of checked intervals at one threshold."""
    if not any(map(len, pred)):
        return 0.0
    precision, recall, _ = _curve(truth, pred, threshold)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def precision_recall_curve(
    y_true: SequenceLike, y_pred: SequenceLike, *, iou_threshold: float = 0.5
) -> tuple[Array, Array, Array]:
    """Precision and recall of spotting for each threshold on the score.

    Parameters
    ----------
    y_true : sequence of lists of intervals
        One list for each video.
    y_pred : sequence of lists of Interval
        Detections with scores; higher is surer.
    iou_threshold : float, default=0.5

    Returns
    -------
    precision, recall : ndarray of shape (n_thresholds + 1,)
        As in `sklearn.metrics.precision_recall_curve`: element i belongs to the
        detections with a score of at least ``thresholds[i]``; the last elements are 1
        and 0 and have no threshold.
    thresholds : ndarray of shape (n_thresholds,)
        The distinct scores, rising.

    Raises
    ------
    ValueError
        If a detection has no score.

    Notes
    -----
    At each threshold the hits are those of the largest one-to-one matching.

    Examples
    --------
    >>> from mefeat import Interval
    >>> from mefeat.metrics import precision_recall_curve
    >>> y_pred = [[Interval(0, 9, score=0.9), Interval(50, 59, score=0.4)]]
    >>> precision, recall, thresholds = precision_recall_curve([[(0, 9)]], y_pred)
    >>> precision, recall, thresholds
    (array([0.5, 1. , 1. ]), array([1., 1., 0.]), array([0.4, 0.9]))
    """
    truth, pred = check_videos(y_true, y_pred)
    precision, recall, scores = _curve(truth, pred, check_threshold(iou_threshold))
    return np.append(precision[::-1], 1.0), np.append(recall[::-1], 0.0), scores[::-1]


def average_precision_score(
    y_true: SequenceLike,
    y_pred: SequenceLike,
    *,
    iou_threshold: float | Sequence[float] = 0.5,
) -> float:
    """Average precision of spotting: the mean of precision over recall.

    Parameters
    ----------
    y_true : sequence of lists of intervals
        One list for each video.
    y_pred : sequence of lists of Interval
        Detections with scores.
    iou_threshold : float or sequence of float, default=0.5
        With several thresholds (0.5, 0.55, ... 0.95 for "AP@[.5:.95]") the mean over
        them.

    Returns
    -------
    float
        The sum over thresholds on the score of (R_n - R_{n-1}) P_n, without
        interpolation, as `sklearn.metrics.average_precision_score` has it; 0 where
        there is no truth.

    Examples
    --------
    >>> from mefeat import Interval
    >>> from mefeat.metrics import average_precision_score
    >>> y_pred = [[Interval(0, 9, score=0.4), Interval(50, 59, score=0.9)]]
    >>> average_precision_score([[(0, 9)]], y_pred)
    0.5
    """
    truth, pred = check_videos(y_true, y_pred)
    thresholds = [check_threshold(value) for value in np.ravel(iou_threshold).tolist()]
    if not thresholds:
        raise ValueError(
            "The 'iou_threshold' parameter must be a number in (0, 1] or several. Got "
            f"{iou_threshold!r} instead."
        )
    values = [average_precision(truth, pred, threshold) for threshold in thresholds]
    return float(np.mean(values))
