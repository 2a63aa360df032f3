"""Pooled leave-one-subject-out prediction, nested searches, strata."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    LeaveOneGroupOut,
    StratifiedGroupKFold,
)

from mefeat import Clip, Interval
from mefeat.model_selection import clip_subjects, interval_strata, loso_predict


@pytest.fixture
def data(rng):
    y = np.tile(["negative", "positive", "surprise"], 8)
    X = rng.normal(size=(24, 3)) + 2 * np.eye(3)[np.arange(24) % 3]
    return X, y, np.repeat(list("abcd"), 6)


def test_every_sample_is_predicted_without_its_subject(data):
    X, y, groups = data
    found = loso_predict(LogisticRegression(), X, y, groups)
    for subject in "abcd":
        test = groups == subject
        model = LogisticRegression().fit(X[~test], y[~test])
        assert found[test].tolist() == model.predict(X[test]).tolist()


def test_decision_values(data):
    X, y, groups = data
    model = LogisticRegression()
    scores = loso_predict(model, X, y, groups, method="decision_function")
    labels = loso_predict(model, X, y, groups)
    assert np.array_equal(np.unique(y)[scores.argmax(axis=1)], labels)


@pytest.mark.parametrize("inner", [LeaveOneGroupOut(), GroupKFold(3)])
@pytest.mark.parametrize("routing", [False, True])
def test_nested_search_gets_its_groups(data, inner, routing):
    X, y, groups = data
    grid = {"C": [0.01, 1.0]}
    search = GridSearchCV(LogisticRegression(), grid, cv=inner, error_score="raise")
    with config_context(enable_metadata_routing=routing):
        found = loso_predict(search, X, y, groups)
    for subject in "abcd":
        test = groups == subject
        search.fit(X[~test], y[~test], groups=groups[~test])
        assert found[test].tolist() == search.predict(X[test]).tolist()


def test_routing_without_search(data):
    X, y, groups = data
    with config_context(enable_metadata_routing=True):
        routed = loso_predict(LogisticRegression(), X, y, groups)
    assert routed.tolist() == loso_predict(LogisticRegression(), X, y, groups).tolist()


def test_subjects_come_from_the_clips(clips):
    assert clip_subjects(clips).tolist() == ["s0", "s0", "s1", "s1"]
    nameless = [*clips, Clip(np.zeros((2, 4, 4), np.uint8))]
    with pytest.raises(ValueError, match=r"X\[4\] has no subject: give groups"):
        loso_predict(LogisticRegression(), nameless, np.zeros(5))


def test_bad_groups(data):
    X, y, groups = data
    with pytest.raises(ValueError, match=r"each of the 24 samples.*\(23,\)"):
        loso_predict(LogisticRegression(), X, y, groups[:-1])
    with pytest.raises(ValueError, match="at least 2 subjects"):
        loso_predict(LogisticRegression(), X, y, ["a"] * 24)
    with pytest.raises(ValueError, match="Got only 'a' instead"):
        loso_predict(LogisticRegression(), X, y, np.array(["a"] * 24))
    with pytest.raises(ValueError, match="Got none instead"):
        loso_predict(LogisticRegression(), [], [], [])


def test_strata():
    y = [
        [Interval(1, 5, "negative"), Interval(9, 12, "surprise")],
        [Interval(1, 5, "negative"), Interval(9, 12, "negative")],
        [],
        [[3, 8]],
    ]
    strata = interval_strata(y)
    assert strata.tolist() == ["surprise", "negative", "none", "unlabelled"]
    folds = StratifiedGroupKFold(2)
    parts = list(folds.split(list(range(8)), np.tile(strata, 2), groups=range(8)))
    assert [sorted(strata[test % 4]) for _, test in parts] == [sorted(strata)] * 2
