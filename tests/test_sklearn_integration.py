"""scikit-learn's tools over clips: folds, searches, unions, output, backends."""

import pickle
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    GroupShuffleSplit,
    HalvingGridSearchCV,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    LeavePGroupsOut,
    RandomizedSearchCV,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    train_test_split,
)
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils import estimator_html_repr

from mefeat import LBPTOP, Clip
from mefeat._validation import as_object_array
from mefeat.features import LBPSIP
from mefeat.metrics.scorers import uf1
from mefeat.model_selection import loso_predict
from mefeat.recognition import make_recognizer
from mefeat.testing import sample_clips

N_SUBJECTS, N_EACH = 6, 4
GRID = {"svm__C": [0.1, 1.0, 10.0]}


@pytest.fixture(scope="module")
def data():
    """24 clips of six subjects; one class moves down, the other up."""
    rng = np.random.default_rng(0)
    X, y = [], []
    for index in range(N_SUBJECTS * N_EACH):
        step = 1 if index % 2 else -1
        picture = rng.integers(0, 256, (40, 16), dtype=np.uint8)
        frames = [np.roll(picture, step * (t // 2), axis=0)[:16] for t in range(8)]
        X.append(Clip(np.stack(frames), subject=f"s{index // N_EACH}"))
        y.append("up" if index % 2 else "down")
    return X, np.array(y), np.array([clip.subject for clip in X])


def pipeline(memory=None, **params):
    extractor = LBPTOP(n_blocks=(1, 1, 1), memory=memory)
    return Pipeline([("lbp", extractor), ("scale", StandardScaler()), ("svm", SVC())])


FOLDS = [
    KFold(3),
    StratifiedKFold(3),
    GroupKFold(3),
    StratifiedGroupKFold(3),
    LeaveOneGroupOut(),
    LeavePGroupsOut(4),
    LeaveOneOut(),
    ShuffleSplit(2, random_state=0),
    StratifiedShuffleSplit(2, random_state=0),
    GroupShuffleSplit(2, random_state=0),
    RepeatedKFold(n_splits=3, n_repeats=2, random_state=0),
    RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0),
]


@pytest.mark.parametrize("folds", FOLDS, ids=lambda f: type(f).__name__)
def test_folds(data, folds, cache):
    X, y, groups = data
    used = groups if "Group" in type(folds).__name__ else None
    scores = cross_val_score(
        pipeline(cache), X, y, groups=used, cv=folds, error_score="raise"
    )
    assert len(scores) == folds.get_n_splits(X, y, groups)
    assert scores.mean() > 0.6


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return str(tmp_path_factory.mktemp("cache"))


@pytest.mark.parametrize("form", [list, tuple, as_object_array, "array"])
def test_forms_of_x(data, form):
    X, y, groups = data
    X = np.stack([c.frames() for c in X]) if form == "array" else form(X)
    found = cross_val_predict(pipeline(), X, y, groups=groups, cv=GroupKFold(3))
    expected = cross_val_predict(
        pipeline(), list(data[0]), y, groups=groups, cv=GroupKFold(3)
    )
    assert found.tolist() == expected.tolist()
    assert len(train_test_split(X, y, random_state=0)) == 4


SEARCHES = [
    (GridSearchCV, {}),
    (RandomizedSearchCV, {"n_iter": 3, "random_state": 0}),
    (HalvingGridSearchCV, {"random_state": 0, "min_resources": 12}),
]


@pytest.mark.parametrize(("search", "more"), SEARCHES)
def test_searches_over_subjects(data, search, more, cache):
    X, y, groups = data
    folds = GroupKFold(2) if search is HalvingGridSearchCV else LeaveOneGroupOut()
    model = search(pipeline(cache), GRID, cv=folds, error_score="raise", **more)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*resources.*")
        model.fit(X, y, groups=groups)
    assert model.best_params_["svm__C"] in GRID["svm__C"]
    assert model.predict(X).shape == y.shape


def test_nested_search_by_cross_validate(data, cache):
    X, y, groups = data
    search = GridSearchCV(
        pipeline(cache), GRID, cv=LeaveOneGroupOut(), scoring=uf1, error_score="raise"
    )
    found = cross_validate(
        search, X, y, groups=groups, cv=LeaveOneGroupOut(),
        params={"groups": groups}, error_score="raise",
    )  # fmt: skip
    assert len(found["test_score"]) == N_SUBJECTS
    assert loso_predict(search, X, y).shape == y.shape


def test_learning_curve(data, cache):
    X, y, groups = data
    sizes, _, test = learning_curve(
        pipeline(cache), X, y, groups=groups, cv=LeaveOneGroupOut(),
        train_sizes=[0.5, 1.0], error_score="raise",
    )  # fmt: skip
    assert sizes.tolist() == [10, 20]
    assert test.shape == (2, N_SUBJECTS)


def test_feature_union(data):
    X, y, _ = data
    union = FeatureUnion([("lbp", LBPTOP(n_blocks=(1, 1, 1))), ("sip", LBPSIP())])
    rows = union.fit_transform(X)
    names = union.get_feature_names_out()
    assert rows.shape == (24, len(names))
    assert names[0].startswith("lbp__")
    assert Pipeline([("u", union), ("svm", SVC())]).fit(X, y).predict(X).shape == (24,)


def test_column_transformer_on_a_column_of_clips(data):
    X = data[0]
    frame = pd.DataFrame({"clip": as_object_array(X), "age": np.arange(24.0)})
    columns = ColumnTransformer(
        [("lbp", LBPTOP(n_blocks=(1, 1, 1)), "clip"), ("age", "passthrough", ["age"])]
    )
    rows = columns.fit_transform(frame)
    assert np.array_equal(rows[:, :-1], LBPTOP(n_blocks=(1, 1, 1)).fit_transform(X))
    assert rows.shape == (24, 178)


def test_set_output(data):
    X, _, _ = data
    extractor = LBPTOP(n_blocks=(1, 1, 1)).set_output(transform="pandas")
    frame = extractor.fit_transform(X)
    assert list(frame.columns) == list(extractor.get_feature_names_out())
    scaled = pipeline()[:2].set_output(transform="pandas").fit_transform(X)
    assert list(scaled.columns) == list(frame.columns)


def test_clone_and_pickle(data):
    X, y, _ = data
    model = pipeline().fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.decision_function(X), model.decision_function(X))
    fresh = clone(model).fit(X, y)
    assert np.array_equal(fresh.decision_function(X), model.decision_function(X))


def test_skops(data):
    X, y, _ = data
    model = pipeline().fit(X, y)
    archive = skops.io.dumps(model)
    unknown = skops.io.get_untrusted_types(data=archive)
    assert unknown == ["mefeat.features.lbp_top.LBPTOP"]
    again = skops.io.loads(archive, trusted=unknown)
    assert np.array_equal(again.decision_function(X), model.decision_function(X))


def test_html_views_are_small(data):
    X, y, groups = data
    search = GridSearchCV(pipeline(), GRID, cv=LeaveOneGroupOut())
    assert len(estimator_html_repr(search.fit(X, y, groups=groups))) < 150_000
    clips = sample_clips((7, 8), size=40)
    recognizer = make_recognizer("lbp-top", align=False).fit(clips, ["a", "b"])
    assert len(estimator_html_repr(recognizer)) < 150_000


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_backends_give_the_same(data, backend):
    X, y, _ = data
    model = pipeline().set_params(lbp__n_jobs=2)
    expected = pipeline().fit(X, y).decision_function(X)
    with joblib.parallel_config(backend=backend, n_jobs=2):
        assert np.array_equal(model.fit(X, y).decision_function(X), expected)
        found = loso_predict(pipeline(), X, y, n_jobs=2)
    assert found.tolist() == loso_predict(pipeline(), X, y).tolist()


class CountingLBPTOP(LBPTOP):
    """LBP-TOP that notes each extraction as a file of its own."""

    def __init__(self, log="", n_blocks=(1, 1, 1), memory=None, n_jobs=None):
        super().__init__(n_blocks=n_blocks, memory=memory, n_jobs=n_jobs)
        self.log = log

    def _check_params(self):
        return {"log": self.log, **super()._check_params()}

    @staticmethod
    def _transform_one(clip, log, **params):
        Path(log, joblib.hash([id(clip), np.random.default_rng().random()])).touch()
        return LBPTOP._transform_one(clip, **params)

    def _feature_names(self, params):
        return super()._feature_names({k: v for k, v in params.items() if k != "log"})


@pytest.mark.parametrize(("cached", "expected"), [(False, 6 * 3 * 24 + 24), (True, 24)])
def test_a_search_extracts_each_clip_once(data, tmp_path, cached, expected):
    X, y, groups = data
    log = tmp_path / "log"
    log.mkdir()
    memory = str(tmp_path / "cache") if cached else None
    model = Pipeline([("lbp", CountingLBPTOP(str(log), memory=memory)), ("svm", SVC())])
    search = GridSearchCV(model, GRID, cv=LeaveOneGroupOut(), error_score="raise")
    search.fit(X, y, groups=groups)
    assert len(list(log.iterdir())) == expected
