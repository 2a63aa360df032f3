"""Matching: the worked cases of the rules, and a brute-force twin."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mefeat import Interval
from mefeat.intervals import interval_iou, iou_matrix
from mefeat.metrics import count_matches, match_intervals

RULES = ("one-to-one", "found", "file-order", "best-truth")


@st.composite
def interval_lists(draw, max_size=5, kinds=(None,)):
    onsets = draw(st.lists(st.integers(-5, 25), max_size=max_size))
    return [
        Interval(a, a + draw(st.integers(0, 12)), kind=draw(st.sampled_from(kinds)))
        for a in onsets
    ]


def brute_force(truth, pred, threshold):
    """Try every injection of the shorter list into the longer one."""
    iou = iou_matrix(truth, pred)
    for i, t in enumerate(truth):
        for j, p in enumerate(pred):
            if None not in (t.kind, p.kind) and t.kind != p.kind:
                iou[i, j] = 0
    if iou.shape[0] > iou.shape[1]:
        iou = iou.T
    best = (0, 0.0)
    for columns in permutations(range(iou.shape[1]), iou.shape[0]):
        values = iou[np.arange(iou.shape[0]), list(columns)]
        values = values[values >= threshold]
        best = max(best, (len(values), round(float(values.sum()), 9)))
    return best


@settings(max_examples=200, deadline=None)
@given(
    interval_lists(kinds=(None, "micro", "macro")),
    interval_lists(kinds=(None, "micro", "macro")),
    st.sampled_from([0.1, 0.3, 0.5, 0.8, 1.0]),
)
def test_one_to_one_equals_brute_force(truth, pred, threshold):
    pairs = match_intervals(truth, pred, iou_threshold=threshold)
    total = sum(interval_iou(truth[i], pred[j]) for i, j in pairs)
    assert (len(pairs), round(total, 9)) == brute_force(truth, pred, threshold)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)


@settings(max_examples=100, deadline=None)
@given(interval_lists(max_size=7), interval_lists(max_size=7), st.randoms())
def test_order_plays_no_role(truth, pred, random):
    def matched(t, p):
        return sorted(
            ((t[i].onset, t[i].offset), (p[j].onset, p[j].offset))
            for i, j in match_intervals(t, p)
        )

    expected = matched(truth, pred)
    truth, pred = list(truth), list(pred)
    random.shuffle(truth)
    random.shuffle(pred)
    assert matched(truth, pred) == expected


@settings(max_examples=100, deadline=None)
@given(interval_lists(), interval_lists(), st.sampled_from(RULES))
def test_bounds_of_every_rule(truth, pred, rule):
    pairs = match_intervals(truth, pred, match=rule)
    tp, fp, fn = count_matches(pairs, len(truth), len(pred), rule)
    assert 0 <= tp <= len(truth)
    assert tp + fn == len(truth)
    assert len({i for i, _ in pairs}) == tp
    one = count_matches(match_intervals(truth, pred), len(truth), len(pred))
    if rule in ("found", "file-order"):
        assert tp >= one[0]
    if rule == "best-truth":
        assert tp <= one[0]
    if rule != "found":
        assert fp >= 0


@settings(max_examples=100, deadline=None)
@given(interval_lists(), interval_lists())
def test_truth_and_detections_may_swap(truth, pred):
    assert len(match_intervals(truth, pred)) == len(match_intervals(pred, truth))


@settings(max_examples=50, deadline=None)
@given(interval_lists())
def test_a_set_matches_itself_whole(truth):
    pairs = match_intervals(truth, truth, iou_threshold=1.0)
    assert len(pairs) == len(truth)


def test_one_detection_over_two_true_intervals():
    # The only tie there can be: |G1| = |G2| = |P| / 2.
    truth, pred = [(0, 4), (5, 9)], [(0, 9)]

    def counts(rule):
        pairs = match_intervals(truth, pred, match=rule)
        return count_matches(pairs, 2, 1, rule)

    assert counts("one-to-one") == (1, 0, 1)
    assert counts("file-order") == (2, 0, 0)
    assert counts("found") == (2, -1, 0)
    assert counts("best-truth") == (1, 0, 1)


@pytest.mark.parametrize("rule", RULES)
def test_two_detections_over_one_true_interval(rule):
    pairs = match_intervals([(0, 9)], [(0, 9), (1, 9)], match=rule)
    assert count_matches(pairs, 1, 2, rule) == (1, 1, 0)


def test_greedy_rules_lose_a_pair_that_the_maximum_keeps():
    # The second detection reaches the first true interval only.
    truth, pred = [(0, 9), (4, 13)], [(2, 11), (0, 9)]
    assert match_intervals(truth, pred) == [(0, 1), (1, 0)]
    assert match_intervals(truth, [(2, 9), (0, 9)], match="best-truth") == [(0, 0)]
    # A detection whose best true interval is taken does not try its second best.
    best = match_intervals([(0, 9), (2, 11)], [(0, 9), (0, 10)], match="best-truth")
    assert best == [(0, 0)]


def test_threshold_is_inclusive_and_lengths_are_closed():
    # |P and G| = 5, |P or G| = 10 with both ends included.
    assert match_intervals([(0, 9)], [(0, 4)]) == [(0, 0)]
    assert match_intervals([(0, 9)], [(0, 3)]) == []
    assert match_intervals([(5, 5)], [(5, 5)]) == [(0, 0)]


def test_largest_overlap_among_largest_matchings():
    truth = [(0, 9)]
    assert match_intervals(truth, [(0, 6), (0, 8)]) == [(0, 1)]
    # Two pairs go before one better one.
    truth, pred = [(0, 9), (3, 12)], [(0, 9), (2, 11)]
    assert match_intervals(truth, pred) == [(0, 0), (1, 1)]


def test_kinds_match_within():
    micro, macro = Interval(0, 9, kind="micro"), Interval(0, 9, kind="macro")
    assert match_intervals([micro], [macro]) == []
    assert match_intervals([micro], [macro, micro]) == [(0, 1)]
    assert match_intervals([micro], [(0, 9)]) == [(0, 0)]


def test_negative_onsets_are_legal():
    assert match_intervals([(0, 5)], [(-3, 5)]) == [(0, 0)]


@pytest.mark.parametrize("threshold", [0, -0.1, 1.1, "half", True, None])
def test_bad_threshold(threshold):
    with pytest.raises(ValueError, match="'iou_threshold' parameter must be a number"):
        match_intervals([], [], iou_threshold=threshold)


def test_bad_rule():
    with pytest.raises(ValueError, match="'match' parameter must be one of"):
        match_intervals([], [], match="greedy")


def test_many_intervals_are_quick():
    onsets = np.arange(20_000) * 10
    truth = np.stack([onsets, onsets + 8], axis=1)
    assert len(match_intervals(truth, truth + 1)) == 20_000
