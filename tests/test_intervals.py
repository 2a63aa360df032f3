import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mefeat import Interval
from mefeat.intervals import (
    as_interval_array,
    as_intervals,
    interval_iou,
    iou_matrix,
    merge_intervals,
)

pairs = st.tuples(st.integers(-20, 60), st.integers(1, 30)).map(
    lambda p: Interval(p[0], p[0] + p[1] - 1)
)


def frames(interval):
    return set(range(interval.onset, interval.offset + 1))


def test_length_counts_both_ends():
    assert Interval(10, 10).length == 1
    assert Interval(-3, 9).length == 13
    assert Interval(0, 29).duration(30) == 1.0


def test_numpy_integers_and_whole_floats_are_frames():
    interval = Interval(np.int32(3), 9.0, "negative", apex=np.int64(5))
    assert interval == Interval(3, 9, "negative", 5)
    assert type(interval.offset) is int


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5, 4), "offset must not lie before onset. Got onset=5, offset=4"),
        ((1.5, 4), "onset must be a whole frame number. Got 1.5"),
        (("a", 4), "onset must be a whole frame number. Got 'a'"),
        ((1, 4, None, float("nan")), "apex must be a whole frame number"),
        ((1, 4, None, None, None, "tiny"), "kind must be 'micro', 'macro' or None"),
    ],
)
def test_bad_intervals(arguments, message):
    with pytest.raises(ValueError, match=message):
        Interval(*arguments)


def test_immutable_and_picklable():
    interval = Interval(1, 4, "positive", apex=2, score=0.5, kind="micro")
    with pytest.raises(AttributeError):
        interval.onset = 3
    assert pickle.loads(pickle.dumps(interval)) == interval
    assert interval.shift(10) == Interval(11, 14, "positive", 12, 0.5, "micro")


def test_object_arrays_of_intervals_stay_flat():
    assert np.asarray([Interval(0, 1), Interval(2, 3)], dtype=object).shape == (2,)


def test_as_intervals():
    assert as_intervals(None) == []
    assert as_intervals(np.empty((0, 2), dtype=int)) == []
    assert as_intervals(np.array([[1, 4]])) == [Interval(1, 4)]
    with pytest.raises(ValueError, match="Got a single Interval"):
        as_intervals(Interval(0, 1))
    with pytest.raises(ValueError, match=r"pair \(onset, offset\). Got 3"):
        as_intervals([3])
    assert as_interval_array([]).shape == (0, 2)


@given(pairs, pairs)
def test_iou_equals_that_of_sets(a, b):
    expected = len(frames(a) & frames(b)) / len(frames(a) | frames(b))
    assert interval_iou(a, b) == expected
    assert iou_matrix([a], [b])[0, 0] == expected


@given(st.lists(pairs, max_size=8))
def test_merging_keeps_every_frame_and_separates(intervals):
    merged = merge_intervals(intervals)
    covered = set().union(*map(frames, intervals)) if intervals else set()
    assert set().union(*map(frames, merged), set()) == covered
    assert sum(i.length for i in merged) == len(covered)


def test_merge_rules():
    a, b = Interval(0, 9, "negative", score=1.0), Interval(8, 19, "positive", score=2.0)
    assert merge_intervals([a, b]) == [Interval(0, 19, "positive", score=2.0)]
    assert merge_intervals([a, b], min_overlap=0.2) == [a, b]
    touching = [Interval(0, 4), Interval(5, 9)]
    assert merge_intervals(touching) == touching
    assert merge_intervals(touching, gap=1) == [Interval(0, 9)]
    apart = [Interval(0, 4), Interval(7, 9)]
    assert merge_intervals(apart, gap=1) == apart
    assert merge_intervals(apart, gap=2) == [Interval(0, 9)]
