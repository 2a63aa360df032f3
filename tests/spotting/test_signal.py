"""The Signal container."""

import numpy as np
import pytest

from mefeat.spotting import Signal


def test_pairs_become_lengths():
    signal = Signal([[3, 4, 7], [0, 1, -2]], 30, ("mouth_dx", "mouth_dy", "strain"))
    curves, names = signal.strengths()
    assert names == ("mouth", "strain")
    np.testing.assert_array_equal(curves, [[5, 7], [1, -2]])


def test_half_a_pair_stands_alone():
    curves, names = Signal([[-3.0]], 30, ("mouth_dx",)).strengths()
    assert names == ("mouth_dx",)
    np.testing.assert_array_equal(curves, [[-3.0]])


def test_spans_and_slices():
    valid = np.array([0, 1, 1, 0, 1], bool)
    signal = Signal(np.arange(5), 25, valid=valid)
    assert signal.spans() == [(1, 2), (4, 4)]
    part = signal[1:4]
    assert part.values.ravel().tolist() == [1, 2, 3]
    assert part.spans() == [(0, 1)]
    assert signal.values.dtype == np.float32
    assert signal.channels == ("c0",)
    assert signal.duration == 0.2
    with pytest.raises(TypeError, match="slices"):
        signal[3]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((np.zeros((2, 2, 2)), 30), "shape"),
        ((np.zeros(0), 30), "shape"),
        (([1.0, np.inf], 30), "frame 1"),
        (([1.0], 0), "fps"),
        (([1.0], 30, ("a", "b")), "1 different names"),
        (([[1.0, 2.0]], 30, ("a", "a")), "2 different names"),
        (([1.0], 30, ("a",), 256, [True, False]), "valid"),
    ],
)
def test_bad_input(args, message):
    with pytest.raises(ValueError, match=message):
        Signal(*args)
