"""Scorers in a grid search over ragged targets."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut, cross_val_score

from mefeat import Interval
from mefeat.metrics.scorers import spotting_f1, strs, uar, uf1


class FixedSpotter(BaseEstimator):
    """Finds the same interval in every video."""

    def __init__(self, offset=5, label="negative"):
        self.offset = offset
        self.label = label

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def predict(self, X):
        out = np.empty(len(X), dtype=object)
        for index in range(len(X)):
            out[index] = [Interval(0, self.offset, self.label)]
        return out


@pytest.fixture
def ragged():
    y = np.empty(6, dtype=object)
    for index in range(6):
        y[index] = [Interval(0, 9, "negative")][: index % 3 + 1]
    return np.zeros((6, 1)), y, [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize("scoring", [spotting_f1, strs])
def test_grid_search_on_ragged_targets(ragged, scoring):
    X, y, groups = ragged
    search = GridSearchCV(
        FixedSpotter(), {"offset": [2, 9, 40]}, scoring=scoring, cv=LeaveOneGroupOut()
    )
    search.fit(X, y, groups=groups)
    assert search.best_params_ == {"offset": 9}
    assert not np.isnan(search.cv_results_["mean_test_score"]).any()


def test_recognition_scorers(rng):
    from sklearn.dummy import DummyClassifier

    X, y = np.zeros((12, 1)), np.array(["a", "b", "b"] * 4)
    model = DummyClassifier(strategy="most_frequent")
    assert cross_val_score(model, X, y, scoring=uar, cv=2).mean() == 0.5
    assert cross_val_score(model, X, y, scoring=uf1, cv=2).mean() == pytest.approx(0.4)
