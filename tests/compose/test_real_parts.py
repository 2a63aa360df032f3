"""Spot-then-recognize with the real parts, on two short synthetic videos."""

import time

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut

from mefeat import ClipCache, SpotThenRecognize
from mefeat.datasets import make_long_videos
from mefeat.model_selection import loso_predict
from mefeat.recognition import load_model, make_recognizer, save_model
from mefeat.spotting import make_spotter


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("videos")
    return make_long_videos(
        root, n_subjects=2, n_videos=1, duration=9.0, n_micro=3, random_state=5
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    cache = ClipCache(tmp_path_factory.mktemp("cache"))
    return SpotThenRecognize(make_spotter(memory=cache), make_recognizer(memory=cache))


def test_grid_search_over_both_parts(data, model):
    """20 settings cost little more than one extraction and the fits."""
    start = time.perf_counter()
    fitted = clone(model).fit(data.videos, data.intervals)
    fitted.predict(data.videos)
    once = time.perf_counter() - start
    grid = {
        "spotter__peaks__p": [None, 0.1, 0.2, 0.3],
        "recognizer__svm__C": [0.1, 1.0, 3.0, 10.0, 30.0],
    }
    search = GridSearchCV(model, grid, cv=LeaveOneGroupOut(), error_score="raise")
    start = time.perf_counter()
    search.fit(data.videos, data.intervals, groups=data.subjects)
    whole = time.perf_counter() - start
    assert len(search.cv_results_["params"]) == 20
    assert search.best_score_ > 0.3
    # 40 fits and the refit; an extraction for each would take 40 times as long.
    assert whole < 6 * once + 5


def test_pooled_prediction_and_saved_model(data, model, tmp_path):
    found = loso_predict(model, data.videos, data.intervals, data.subjects)
    assert found.shape == (2,)
    assert all(i.label is not None for video in found for i in video)
    assert all(i.apex is not None for video in found for i in video)
    fitted = clone(model).fit(data.videos, data.intervals)
    path = save_model(fitted, tmp_path / "m.skops", X=data.videos, y=data.intervals)
    again = load_model(path)
    assert again.recognizer_["features"].memory is None
    expected, got = fitted.predict(data.videos), again.predict(data.videos)
    assert np.array_equal(expected, got)


def test_none_means_the_defaults(data, model):
    fitted = SpotThenRecognize().fit(data.videos[:1], data.intervals[:1])
    assert [name for name, _ in fitted.recognizer_.steps][-1] == "svm"
    assert [name for name, _ in fitted.spotter_.steps] == ["motion", "peaks"]
