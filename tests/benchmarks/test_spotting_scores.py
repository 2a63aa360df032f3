"""Folds over people, the choice of settings and the causes of false alarms."""

import numpy as np
import pytest

from benchmarks._spotting_scores import counts, cross_fit, false_alarms, folds
from mefeat import Interval
from mefeat.datasets import Distractor
from mefeat.metrics import compare_spotting

SUBJECTS = ["a", "a", "b", "c", "d", "d"]


def test_halves_take_every_other_person():
    first, second = folds(SUBJECTS, 2)
    assert first.tolist() == [0, 1, 3]  # a, c
    assert second.tolist() == [2, 4, 5]  # b, d


def test_folds_hold_each_video_once():
    parts = folds(SUBJECTS, 3)
    assert [part.tolist() for part in parts] == [[0, 1, 4, 5], [2], [3]]
    assert sorted(np.concatenate(parts)) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("n_folds", [1, 5])
def test_folds_must_fit_the_people(n_folds):
    with pytest.raises(ValueError, match=r"from 2 to the number of people, 4.*Got"):
        folds(SUBJECTS, n_folds)


def test_counts_of_each_video():
    truth = [[Interval(10, 19)], [Interval(10, 19), Interval(40, 49)], []]
    found = [[Interval(12, 21), Interval(11, 20)], [Interval(30, 39)], [Interval(1, 2)]]
    # 8 and 9 of 12 and 11 frames are common: one of the two is right.
    assert counts(truth, found).tolist() == [[1, 1, 0], [0, 1, 2], [0, 1, 0]]


def test_settings_are_chosen_on_other_people():
    right, wrong = [Interval(10, 19)], [Interval(50, 59)]
    truth = [right] * 4
    # The first setting is right for b and d, the second for a and c.
    tried = [[wrong, right, wrong, right], [right, wrong, right, wrong]]
    found, chosen = cross_fit(tried, truth, ["a", "b", "c", "d"], 2)
    assert chosen == [0, 1]  # a and c are reported with what suits b and d
    assert found == [wrong] * 4


def test_the_first_of_equal_settings_is_chosen():
    right = [Interval(10, 19)]
    found, chosen = cross_fit([[right] * 2] * 3, [right] * 2, ["a", "b"], 2)
    assert chosen == [0, 0]
    assert found == [right] * 2


def test_no_alarm_at_all_is_no_error():
    truth = [[Interval(10, 19)]] * 2
    assert cross_fit([[[], []]], truth, ["a", "b"], 2) == ([[], []], [0, 0])


def test_false_alarms_by_cause():
    truth = [[Interval(10, 19)]]
    others = [
        [
            Distractor("blink", 40, 49),
            Distractor("macro", 55, 90),
            Distractor("head", 100, 120),
            Distractor("flicker", 45, 130),
        ]
    ]
    found = [
        [
            Interval(11, 20),  # right
            Interval(17, 40),  # three frames of the micro-expression, one of the blink
            Interval(48, 60),  # two frames of the blink, six of the macro-expression
            Interval(44, 48),  # as many of the light as of the blink
            Interval(118, 125),  # the head, and longer the light
            Interval(122, 130),  # the light alone
            Interval(200, 210),
        ]
    ]
    assert false_alarms(found, truth, others) == {
        "blink": 1, "head": 1, "flicker": 1, "macro": 1, "micro": 1, "none": 1,
    }  # fmt: skip


def test_a_second_detection_is_a_false_alarm_of_the_micro_expression():
    found = [[Interval(10, 19), Interval(11, 19)]]
    causes = false_alarms(found, [[Interval(10, 19)]], [[]])
    assert causes["micro"] == sum(causes.values()) == 1


def test_bootstrap_draws_people_not_videos():
    """Three people, one of whom is spotted."""
    right = [Interval(10, 19)]
    truth = [right] * 3
    report = compare_spotting(
        truth, [[]] * 3, [right, [], []], subjects=["a", "b", "c"], n_resamples=2000
    )
    assert report.difference == 0.5  # 2 TP / (2 TP + FN) = 2 / 4
    # None, one, two or three times a: 0, 2/4, 4/5, 1 with 8, 12, 6, 1 of 27.
    assert report.interval == (0.0, 1.0)
    same = compare_spotting(truth, [right] * 3, [right] * 3, subjects=["a", "b", "c"])
    assert same.interval == (0.0, 0.0)
