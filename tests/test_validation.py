import numpy as np
import pandas as pd
import pytest

from mefeat import Clip, ClipError, Interval
from mefeat._validation import (
    as_object_array,
    check_bool,
    check_clips,
    check_int,
    check_intervals,
    check_labels,
    check_option,
    check_real,
    check_tuple,
)


def test_parameter_messages_name_owner_allowed_and_got():
    message = r"The 'n' parameter of LBPTOP must be an int in \[1, 24\]. Got 0 instead."
    with pytest.raises(ValueError, match=message):
        check_int("n", 0, low=1, high=24, owner="LBPTOP")
    with pytest.raises(ValueError, match=r"must be a number above 0. Got 0"):
        check_real("fps", 0, low=0, open_low=True)
    with pytest.raises(ValueError, match=r"one of 'a', None. Got 'b'"):
        check_option("mode", "b", ("a", None))


@pytest.mark.parametrize("value", [True, "3", 3.0, None, np.nan])
def test_check_int_refuses(value):
    with pytest.raises(ValueError, match="must be an int"):
        check_int("n", value)


@pytest.mark.parametrize("value", [True, "3", None, np.nan, np.inf])
def test_check_real_refuses(value):
    with pytest.raises(ValueError, match="must be a number"):
        check_real("x", value)


def test_numbers_pass():
    assert check_int("n", np.int8(3)) == 3
    assert check_int("n", None, none=True) is None
    assert check_real("x", np.float32(0.5), low=0, high=1) == 0.5
    assert check_bool("b", np.True_) is True
    with pytest.raises(ValueError, match="must be True or False"):
        check_bool("b", 1)


def test_check_tuple():
    assert check_tuple("radii", 1, 3, check_int, scalar=True) == (1, 1, 1)
    assert check_tuple("radii", np.array([1, 2, 3]), 3, check_int) == (1, 2, 3)
    with pytest.raises(ValueError, match="a sequence of 3 values"):
        check_tuple("radii", (1, 2), 3, check_int)


def test_object_array_of_equal_shapes_stays_one_dimensional():
    assert as_object_array([np.zeros((2, 3))] * 4).shape == (4,)


@pytest.fixture
def frames():
    return np.zeros((5, 6, 7), dtype=np.uint8)


def test_every_form_of_clips(frames):
    forms = [
        [frames, frames],
        (frames, Clip(frames)),
        as_object_array([frames, frames]),
        np.stack([frames, frames]),
        pd.DataFrame({"clip": [Clip(frames), Clip(frames)]}),
        pd.Series([Clip(frames), Clip(frames)]),
    ]
    for X in forms:
        clips = check_clips(X)
        assert [len(clip) for clip in clips] == [5, 5]
        assert clips[0].frames().shape == (5, 6, 7)


def test_bad_clips(frames):
    with pytest.raises(ValueError, match=r"put a single clip in a list"):
        check_clips(Clip(frames))
    with pytest.raises(ValueError, match=r"\(5, 6, 7\) instead: put a single clip"):
        check_clips(frames)
    with pytest.raises(ValueError, match=r"Got a dict instead.*such as data\.clips"):
        check_clips({"clips": [frames]})
    with pytest.raises(ValueError, match=r"Found 0 clip\(s\) while a minimum of 1"):
        check_clips([])
    with pytest.raises(ClipError, match=r"X\[1\].*has 5 frame\(s\), but 9 are needed"):
        check_clips([np.zeros((9, 6, 7), np.uint8), frames], min_frames=9)
    with pytest.raises(ClipError, match=r"X\[0\].*must have the shape"):
        check_clips([np.zeros((6, 7), np.uint8)])
    with pytest.raises(ClipError, match=r"must be uint8, uint16 or floating point"):
        check_clips([np.zeros((5, 6, 7), np.int64)])


def test_check_intervals():
    y = [[Interval(0, 3)], np.empty((0, 2), dtype=int), [(4, 8)]]
    assert check_intervals(y, 3) == [[Interval(0, 3)], [], [Interval(4, 8)]]
    with pytest.raises(ValueError, match="2 expected. Got 3"):
        check_intervals(y, 2)
    with pytest.raises(ValueError, match="requires y"):
        check_intervals(None, 2)
    with pytest.raises(ValueError, match=r"y\[0\] .*Got the label 'negative' instead"):
        check_intervals(np.array(["negative", "positive"]), 2)
    with pytest.raises(ValueError, match=r"y\[1\]: offset must not lie before onset"):
        check_intervals([[], [(5, 3)]], 2)


def test_check_labels():
    assert list(check_labels(["a", "b"], 2)) == ["a", "b"]
    with pytest.raises(ValueError, match="one label for each of the 3 clips"):
        check_labels(["a", "b"], 3)
