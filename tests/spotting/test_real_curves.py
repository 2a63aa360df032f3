"""PeakSpotter on the published curves of a baseline, real responses to real faces."""

import numpy as np
import pytest

from benchmarks.spotting_curves import (
    FPS,
    baseline,
    load,
    measure,
    run,
    settings,
    spotters,
    try_out,
)
from mefeat import Interval
from mefeat.metrics import spotting_report


@pytest.fixture(scope="module")
def data(shared_data):
    return load(shared_data)


def counts(row):
    return row["TP"], row["FP"], row["FN"]


def test_baseline_is_the_published_one(data):
    assert len(set(data.subjects)) == 22
    micro = spotting_report(
        data.truth["micro"], baseline(data.curves["micro"], "micro")
    )
    assert (micro.tp, micro.fp, micro.fn) == (21, 5014, 36)


@pytest.mark.parametrize(
    ("place", "expected", "goal", "of_the_baseline"),
    [(0, (4, 57, 53), 0.05, 0.0082), (1, (61, 131, 239), 0.20, 0.1196)],
)
def test_settings_chosen_on_other_people(data, place, expected, goal, of_the_baseline):
    # With all settings to choose from: (3, 57, 54) and (55, 142, 245).
    kind, *_ = contender = spotters(quick=True)[place]
    row, found = measure(data, *contender)
    assert counts(row) == expected
    assert of_the_baseline < goal <= row["F1"] <= row["best in sample"]
    assert all(i.kind == kind for video in found for i in video)


def test_both_curves_find_what_one_does_not(data):
    _, _, curves, params, _ = spotters(quick=True)[0]
    signals = [np.stack([data.curves[c][i] for c in curves], 1) for i in range(98)]
    grid = {"height": (35,), "overlap": (0.5,), "min_duration": (0.3,)}
    scores = [
        spotting_report(data.truth["micro"], try_out(x, "micro", p, grid)[0]).f1
        for x, p in [(signals, params), ([x[:, 0] for x in signals], {})]
    ]
    assert np.round(scores, 3).tolist() == [0.083, 0.035]


def test_least_durations_share_a_search():
    time = np.arange(600) / FPS
    curve = sum(
        99 * np.where(abs(time - at) < long / 2, np.cos(np.pi * (time - at) / long), 0)
        for at, long in ((5, 0.2), (10, 0.5))
    )
    grid = {"height": (20, 50), "min_duration": (0.1, 0.35)}
    tried = try_out([curve], "micro", {}, grid)
    assert [len(found[0]) for found in tried] == [2, 1, 2, 1]
    assert settings(grid)[1] == {"height": 20, "min_duration": 0.35}


def test_runs_of_the_baseline_by_length():
    curve = np.zeros(100)
    curve[10:17], curve[30:36], curve[50:67] = 1, 5, 99
    assert baseline([curve], "micro") == [[Interval(10, 16)]]
    assert baseline([curve], "macro") == [[Interval(50, 66)]]


def test_says_why_it_is_skipped(tmp_path, capsys):
    assert run(data=tmp_path) == []
    assert "skipped: no spotting" in capsys.readouterr().out
