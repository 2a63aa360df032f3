"""Which detection found which true interval.

Conventions
-----------
Intervals are closed, so that ``[a, b]`` has ``b - a + 1`` frames, and a pair may match
where its intersection over union is *at least* the threshold.  Intervals of different
kinds never match; an interval without a kind matches either.

Rules
-----
``"one-to-one"``
    Each interval is used once, and as many pairs are formed as possible (maximum
    bipartite matching); among the largest matchings the one with the largest total
    intersection over union is taken.  The order of the intervals plays no role.
``"found"``
    Each true interval that any detection reaches counts as found, so that one
    detection may find two; false positives are the number of detections less the
    number of intervals found (and may fall below zero).  So counts the baseline of
    MEGC2020 [1]_.
``"file-order"``
    Detections are taken as they come, and each one claims *every* true interval that
    it reaches and that is still free.  So does the public scorer of the challenge.
``"best-truth"``
    Detections are taken as they come, and each one looks only at the true interval
    that it overlaps most; if that is taken, the detection is false.  So does the
    evaluation of MEAN [2]_.

References
----------
.. [1] He, Y., Wang, S.-J., Li, J., Yap, M. H. "Spotting macro- and micro-expression
   intervals in long video sequences", FG 2020.
.. [2] Liong, G.-B., See, J., Chan, C.-S. "Spot-then-recognize: a micro-expression
   analysis network for seamless evaluation of long videos", Signal Processing: Image
   Communication 110, 2023.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mefeat._typing import SequenceLike
from mefeat.intervals import as_intervals
from mefeat.metrics._check import check_option, check_threshold

__all__ = ["MATCHING_RULES", "count_matches", "match_intervals"]

MATCHING_RULES = ("one-to-one", "found", "file-order", "best-truth")


def match_intervals(
    truth: SequenceLike,
    pred: SequenceLike,
    *,
    iou_threshold: float = 0.5,
    match: str = "one-to-one",
) -> list[tuple[int, int]]:
    """Match the detections of one video to its true intervals.

    Parameters
    ----------
    truth, pred : sequences of Interval, or arrays of shape (n, 2)
        Onsets and offsets in frames, both ends included.
    iou_threshold : float, default=0.5
        Least intersection over union of a match, in (0, 1].
    match : {"one-to-one", "found", "file-order", "best-truth"}, default="one-to-one"
        The rule; see the top of this module.

    Returns
    -------
    list of (int, int)
        Pairs of indices (into `truth`, into `pred`), sorted; each index of `truth`
        occurs once at most.

    Raises
    ------
    ValueError
        If a parameter is out of range or an interval is none.

    Examples
    --------
    >>> from mefeat.metrics import match_intervals
    >>> match_intervals([[0, 4], [5, 9]], [[0, 9]])
    [(0, 0)]
    >>> match_intervals([[0, 4], [5, 9]], [[0, 9]], match="file-order")
    [(0, 0), (1, 0)]
    """
    threshold = check_threshold(iou_threshold)
    check_option("match", match, MATCHING_RULES)
    return matched_pairs(as_intervals(truth), as_intervals(pred), threshold, match)


def count_matches(
    pairs: list[tuple[int, int]], n_true: int, n_pred: int, match: str = "one-to-one"
) -> tuple[int, int, int]:
    """Give (TP, FP, FN) for pairs from `match_intervals`.

    Parameters
    ----------
    pairs : list of (int, int)
    n_true, n_pred : int
        Number of true intervals and of detections.
    match : str, default="one-to-one"
        The rule by which `pairs` were formed.

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> from mefeat.metrics import count_matches
    >>> count_matches([(0, 0)], n_true=2, n_pred=1)
    (1, 0, 1)
    """
    used = len(pairs) if match == "found" else len({j for _, j in pairs})
    return len(pairs), n_pred - used, n_true - len(pairs)


def matched_pairs(truth, pred, threshold, rule):
    if not truth or not pred:
        return []
    if rule == "one-to-one":
        return _one_to_one(truth, pred, threshold)
    rows, columns, iou = candidates(truth, pred, threshold)
    if rule == "found":
        # Each true interval with the detection that overlaps it most.
        order = np.lexsort((columns, -iou, rows))
        _, first = np.unique(rows[order], return_index=True)
        chosen = order[first]
        return list(zip(rows[chosen].tolist(), columns[chosen].tolist(), strict=True))
    reached = [[] for _ in pred]
    for row, column, value in zip(
        rows.tolist(), columns.tolist(), iou.tolist(), strict=True
    ):
        reached[column].append((row, value))
    pairs, taken = [], set()
    for column, options in enumerate(reached):
        if rule == "best-truth" and options:
            options = [max(options, key=lambda option: (option[1], -option[0]))]
        for row, _ in options:
            if row not in taken:
                taken.add(row)
                pairs.append((row, column))
    return sorted(pairs)


def candidates(truth, pred, threshold):
    """Give all pairs that may match: their rows, columns and intersection over union.

    Detections that reach a true interval of length L are no longer than L / threshold,
    so that a sorted search finds them; the cost is near linear in the number of
    intervals, where a full matrix would be quadratic.
    """
    onsets = np.array([item.onset for item in pred])
    offsets = np.array([item.offset for item in pred])
    order = np.argsort(onsets, kind="stable")
    ordered = onsets[order]
    rows, columns, values = [], [], []
    for row, item in enumerate(truth):
        reach = int(np.ceil(item.length / threshold)) + 1
        low = np.searchsorted(ordered, item.onset - reach, side="left")
        high = np.searchsorted(ordered, item.offset, side="right")
        near = np.sort(order[low:high])
        common = np.minimum(offsets[near], item.offset) + 1
        common = np.maximum(common - np.maximum(onsets[near], item.onset), 0)
        union = offsets[near] - onsets[near] + 1 + item.length - common
        iou = common / union
        good = iou >= threshold
        for column, value in zip(near[good].tolist(), iou[good].tolist(), strict=True):
            if _same_kind(item, pred[column]):
                rows.append(row)
                columns.append(column)
                values.append(value)
    return (
        np.array(rows, dtype=np.intp),
        np.array(columns, dtype=np.intp),
        np.array(values, dtype=np.float64),
    )


def _same_kind(a, b):
    return a.kind is None or b.kind is None or a.kind == b.kind


def _sort_key(item):
    """Order intervals so that only indistinguishable ones tie."""
    score = -np.inf if item.score is None else item.score
    apex = -(2**62) if item.apex is None else item.apex
    return (
        item.onset, item.offset, item.kind or "", item.label or "", -score, apex
    )  # fmt: skip


def _one_to_one(truth, pred, threshold):
    # In a fixed order the choice among equally good matchings cannot depend on the
    # order in which the intervals were given.
    order_t = sorted(range(len(truth)), key=lambda i: _sort_key(truth[i]))
    order_p = sorted(range(len(pred)), key=lambda j: _sort_key(pred[j]))
    rows, columns, iou = candidates(
        [truth[i] for i in order_t], [pred[j] for j in order_p], threshold
    )
    if not len(rows):
        return []
    n_true, n_pred = len(truth), len(pred)
    # SciPy before 1.13 takes 32-bit indices only.
    nodes = rows.astype(np.int32), (columns + n_true).astype(np.int32)
    graph = coo_array(
        (np.ones(len(rows)), nodes), shape=(n_true + n_pred, n_true + n_pred)
    )
    _, component = connected_components(graph, directed=False)
    edge_component = component[rows]
    order = np.argsort(edge_component, kind="stable")
    starts = np.flatnonzero(np.diff(edge_component[order], prepend=-1))
    pairs = []
    for edges in np.split(order, starts[1:]):
        if len(edges) == 1:
            pairs.append((rows[edges[0]], columns[edges[0]]))
        else:
            pairs.extend(_assign(rows[edges], columns[edges], iou[edges]))
    return sorted((order_t[i], order_p[j]) for i, j in pairs)


def _assign(rows, columns, iou):
    """Solve one connected group of pairs: most pairs first, then the largest IoU."""
    own_rows, i = np.unique(rows, return_inverse=True)
    own_columns, j = np.unique(columns, return_inverse=True)
    gain = np.zeros((len(own_rows), len(own_columns)))
    # One more pair outweighs all the overlap that the others could gain.
    gain[i, j] = min(gain.shape) + 1 + iou
    chosen_i, chosen_j = linear_sum_assignment(gain, maximize=True)
    return [
        (own_rows[a], own_columns[b])
        for a, b in zip(chosen_i, chosen_j, strict=True)
        if gain[a, b] > 0
    ]
