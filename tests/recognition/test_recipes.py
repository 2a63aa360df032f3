"""Ready recognizers, from clips of a moving texture to emotions."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut

from mefeat.recognition import make_recognizer, param_grid
from mefeat.recognition._recipes import RECOGNIZERS
from mefeat.testing import sample_clips


@pytest.fixture(scope="module")
def data():
    clips = sample_clips(lengths=(7, 8, 9, 7, 8, 9), size=40)
    y = np.array(["negative", "positive", "surprise"] * 2)
    return clips, y, np.repeat(["s1", "s2"], 3)


@pytest.mark.parametrize("name", RECOGNIZERS)
def test_every_recipe_learns_its_training_clips(data, name):
    X, y, _ = data
    recognizer = make_recognizer(name, align=False, C=100)
    assert recognizer.fit(X, y).predict(X).tolist() == y.tolist()
    assert recognizer.decision_function(X).shape == (6, 3)
    assert recognizer.classes_.tolist() == ["negative", "positive", "surprise"]
    assert recognizer.steps[-1][0] == "svm"


@pytest.mark.parametrize("kernel", ["laplacian", "linear", "rbf"])
def test_kernels_and_their_grids(data, kernel):
    X, y, groups = data
    recognizer = make_recognizer("lbp-top", align=False, kernel=kernel)
    grid = param_grid(kernel)
    search = GridSearchCV(recognizer, grid, cv=LeaveOneGroupOut(), error_score="raise")
    search.fit(X, y, groups=groups)
    assert set(search.best_params_) == set(grid)


def test_align_and_augment():
    full = make_recognizer()
    names = [name for name, _ in full.steps]
    assert names == ["align", "features", "normalize", "kernel", "svm"]
    assert full.mirror == "features"
    bare = make_recognizer(align=False, augment=False)
    assert bare.steps[0][0] == "features"
    assert bare.mirror is None


def test_alignment_by_given_landmarks(data):
    X, y, _ = data
    recognizer = make_recognizer("lbp-top", align__size=64).fit(X, y)
    assert recognizer.predict(X).shape == (6,)


@pytest.mark.parametrize("kernel", ["laplacian", "linear"])
def test_probabilities(data, kernel):
    X, y, _ = data
    X, y = X * 5, np.tile(y, 5)
    recognizer = make_recognizer(
        "lbp-top", align=False, kernel=kernel, probability=True
    )
    found = recognizer.fit(X, y).predict_proba(X)
    assert found.shape == (30, 3)
    assert np.allclose(found.sum(axis=1), 1)
    names = recognizer.get_params()
    assert set(param_grid(kernel, probability=True)) <= set(names)


def test_parameters_of_steps_and_prefix():
    recognizer = make_recognizer("mdmo", features__n_bins=6, svm__C=7.0)
    assert recognizer["features"].n_bins == 6
    assert clone(recognizer)["svm"].C == 7.0
    assert "recognizer__svm__C" in param_grid(prefix="recognizer__")


def test_memory_reaches_the_extractors(tmp_path):
    for name in RECOGNIZERS:
        params = make_recognizer(name, memory=str(tmp_path), n_jobs=2).get_params()
        memories = [v for k, v in params.items() if k.endswith("__memory")]
        assert str(tmp_path) in memories


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"name": "lbp"}, "'name' parameter of make_recognizer .* 'lbp-top'"),
        ({"C": 0}, "'C' parameter"),
        ({"kernel": "poly"}, "'kernel' parameter .* 'laplacian', 'linear', 'rbf'"),
        ({"gamma": -1.0}, "'gamma' parameter"),
        ({"align": 1}, "'align' parameter"),
        ({"augment": "mirror"}, "'augment' parameter"),
        ({"probability": None}, "'probability' parameter"),
        ({"features__none": 1}, "Invalid parameter 'none'"),
        ({"n_block": 1}, r"no parameter 'n_block'.* the steps are \['align', 'feat"),
        ({"gammas": 1, "name": "lbp-top", "n_blocks": 1}, "no parameter 'gammas'"),
        ({"name": "lbp-top", "n_blocks": 1}, "did you mean 'features__n_blocks'"),
    ],
)
def test_bad_parameters(params, message):
    with pytest.raises(ValueError, match=message):
        make_recognizer(**params)
