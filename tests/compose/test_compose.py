"""Spot-then-recognize, driven by a spotter and a recognizer of a few lines each."""

import pickle

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.utils import estimator_html_repr

from mefeat import Clip, ClipError, Interval, SpotThenRecognize
from mefeat.base import ClipFeatures, SpotterMixin
from mefeat.compose import cut_interval

LENGTH = 60
LEVELS = {"negative": 60, "positive": 120, "surprise": 180, "others": 240}


class BrightSpotter(SpotterMixin, BaseEstimator):
    """Runs of frames brighter than a level."""

    def __init__(self, level=30):
        self.level = level

    def fit(self, X, y):
        self.n_videos_ = len(X)
        return self

    def predict(self, X):
        out = np.empty(len(X), dtype=object)
        for index, clip in enumerate(X):
            bright = clip.frames().mean(axis=(1, 2)) > self.level
            edges = np.flatnonzero(np.diff(np.r_[False, bright, False]))
            out[index] = [
                Interval(a, b - 1, apex=(a + b - 1) // 2, score=1.0)
                for a, b in edges.reshape(-1, 2)
            ]
        return out


class MeanGray(ClipFeatures):
    """The mean gray of a clip and of its apex frame."""

    def __init__(self, memory=None, n_jobs=None):
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        return {}

    @staticmethod
    def _transform_one(clip):
        frames = clip.frames()
        apex = len(clip) // 2 if clip.apex is None else clip.apex
        return np.array([frames.mean(), frames[apex].mean()])

    def _feature_names(self, params):
        return ["mean", "apex"]


def video(events, subject, seed):
    frames = np.random.default_rng(seed).integers(0, 20, (LENGTH, 6, 6))
    for interval in events:
        frames[max(interval.onset, 0) : interval.offset + 1] += LEVELS[interval.label]
    clipped = np.minimum(frames, 255).astype(np.uint8)
    return Clip(clipped, fps=30, subject=subject, name=f"video{seed}")


@pytest.fixture
def data():
    """Six videos of three subjects, two or three events in each."""
    y = [
        [Interval(5, 14, "negative", apex=9), Interval(30, 41, "positive", apex=33)],
        [Interval(-2, 8, "surprise", apex=2), Interval(20, 29, "negative", apex=22)],
    ] * 3
    groups = np.repeat(["s1", "s2", "s3"], 2)
    X = [video(e, g, i) for i, (e, g) in enumerate(zip(y, groups, strict=True))]
    return X, y, groups


def model(**params):
    recognizer = Pipeline([("features", MeanGray()), ("svm", SVC(C=10.0))])
    return SpotThenRecognize(BrightSpotter(), recognizer, **params)


def pairs(intervals):
    return [(i.onset, i.offset, i.label, i.apex) for i in intervals]


def test_finds_and_names(data):
    X, y, _ = data
    found = model().fit(X, y).predict(X)
    assert found.shape == (6,)
    assert found.dtype == object
    assert pairs(found[0]) == [(5, 14, "negative", 9), (30, 41, "positive", 35)]
    assert pairs(found[1]) == [(0, 8, "surprise", 4), (20, 29, "negative", 24)]
    assert found[0][0].score == 1.0
    assert model().fit(X, y).score(X, y) == 1.0


def test_videos_of_equal_numbers_of_intervals_stay_lists(data):
    X, y, _ = data
    found = model().fit(X, y).predict(X[:1])
    assert found.shape == (1,)
    assert isinstance(found[0], list)


def test_video_without_interval(data):
    X, y, _ = data
    still = video([], "s1", 9)
    found = model().fit([*X, still], [*y, []]).predict([still])
    assert found[0] == []


def test_others_are_learnt_and_dropped(data):
    X, y, _ = data
    X = [*X, video([Interval(10, 19, "others")], "s1", 7)]
    y = [*y, [Interval(10, 19, "others")]]
    fitted = model().fit(X, y)
    assert fitted.classes_.tolist() == ["negative", "positive", "surprise"]
    assert fitted.predict(X[-1:])[0] == []
    kept = model(others=None).fit(X, y)
    assert [i.label for i in kept.predict(X[-1:])[0]] == ["others"]
    two = model(others=("others", "negative")).fit(X, y)
    assert [i.label for i in two.predict(X[:1])[0]] == ["positive"]


def test_macro_expressions_teach_no_emotion(data):
    X, y, _ = data
    long = Interval(40, 59, "surprise", kind="macro")
    fitted = model().fit([*X, video([long], "s1", 8)], [*y, [long]])
    assert len(fitted.recognizer_["svm"].support_) <= 12
    with pytest.raises(ValueError, match="no micro-expression in any of the 1 videos"):
        model().fit([video([long], "s1", 8)], [[long]])


def test_recognize_takes_intervals_of_another_spotter(data):
    X, y, _ = data
    found = model().fit(X, y).recognize(X[:1], [[[30, 40]]])
    assert pairs(found[0]) == [(30, 40, "positive", None)]


def test_bad_targets(data):
    X, y, _ = data
    with pytest.raises(ValueError, match=r"y\[0\] \(video 'video0'\) has no label"):
        model().fit(X, [[Interval(1, 4)], *y[1:]])
    with pytest.raises(ValueError, match="one list of intervals for each video: 6"):
        model().fit(X, y[:5])
    with pytest.raises(ValueError, match="requires y"):
        model().fit(X, None)
    with pytest.raises(ClipError, match=r"'video0'.*frame 70 to 80 lies outside of"):
        model().fit(X, [[Interval(70, 80, "negative")], *y[1:]])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"spotter": 3}, "'spotter' parameter .* fit and predict. Got 3"),
        ({"recognizer": "svm"}, "'recognizer' parameter .* Got 'svm'"),
        ({"others": 5}, "'others' parameter"),
        ({"others": [1]}, "'others' parameter"),
        ({"min_frames": 0}, "'min_frames' parameter of SpotThenRecognize must be an"),
    ],
)
def test_bad_parameters(data, params, message):
    X, y, _ = data
    with pytest.raises((ValueError, TypeError), match=message):
        model().set_params(**params).fit(X, y)


def test_unfitted_and_bad_videos(data):
    X, y, _ = data
    with pytest.raises(ValueError, match="not fitted"):
        model().predict(X)
    with pytest.raises(ValueError, match="put a single clip in a list"):
        model().fit(X, y).predict(X[0])


def test_cutting():
    clip = Clip(np.arange(20, dtype=np.uint8)[:, None, None] * np.ones((1, 4, 4), "u1"))

    def cut(*args, least=1, **kwargs):
        made = cut_interval(clip, Interval(*args, **kwargs), least)
        return made.frames()[:, 0, 0].tolist(), made.apex

    assert cut(3, 6, apex=5) == ([3, 4, 5, 6], 2)
    assert cut(3, 6, apex=3) == ([3, 4, 5, 6], None)
    assert cut(-3, 2, apex=1) == ([0, 1, 2], 1)
    assert cut(17, 30, apex=25) == ([17, 18, 19], None)
    assert cut(8, 8, least=3) == ([7, 8, 9], None)
    assert cut(0, 0, least=3) == ([0, 1, 2], None)
    assert cut(19, 19, least=4) == ([16, 17, 18, 19], None)
    assert cut(5, 6, least=50)[0] == list(range(20))
    with pytest.raises(ClipError, match="lies outside"):
        cut(-5, -1)


def test_clone_pickle_repr(data):
    X, y, _ = data
    fitted = model(others=None).fit(X, y)
    again = pickle.loads(pickle.dumps(fitted))
    assert pairs(again.predict(X)[1]) == pairs(fitted.predict(X)[1])
    fresh = clone(fitted)
    assert fresh.others is None
    assert not hasattr(fresh, "recognizer_")
    assert len(estimator_html_repr(fitted)) < 100_000


def test_grid_search_leave_one_subject_out(data):
    X, y, groups = data
    grid = {"spotter__level": [30, 250], "recognizer__svm__C": [1.0, 10.0]}
    search = GridSearchCV(model(), grid, cv=LeaveOneGroupOut(), error_score="raise")
    search.fit(X, y, groups=groups)
    assert search.best_params_["spotter__level"] == 30
    assert search.best_score_ > 0.9
    assert search.cv_results_["mean_test_score"].min() == 0.0


def test_cross_val_predict(data):
    X, y, groups = data
    found = cross_val_predict(model(), X, y, groups=groups, cv=LeaveOneGroupOut())
    assert [pairs(f) for f in found] == [pairs(f) for f in model().fit(X, y).predict(X)]


def test_defaults_can_be_set():
    estimator = SpotThenRecognize().set_params(spotter__peaks__p=0.25)
    assert estimator.spotter["peaks"].p == 0.25
    assert estimator.recognizer is None
    estimator.set_params(recognizer__svm__C=3.0)
    assert estimator.recognizer["svm"].C == 3.0
    with pytest.raises(ValueError, match="Invalid parameter"):
        SpotThenRecognize().set_params(spotter__peaks__nothing=1)


class Stateless(BrightSpotter):
    def _check_params(self):
        if self.level < 0:
            raise ValueError("level")

    def fit(self, X, y):
        raise AssertionError("nothing is learnt, so nothing is to be computed")

    def __sklearn_is_fitted__(self):
        return True


def test_spotters_that_learn_nothing_see_no_training_video(data):
    X, y, _ = data
    estimator = model().set_params(spotter=Stateless())
    assert estimator.fit(X, y).score(X, y) == 1.0
    with pytest.raises(ValueError, match="level"):
        estimator.set_params(spotter__level=-1).fit(X, y)


class Learnt(TransformerMixin, BaseEstimator):
    """A step before the spotter that must be fitted."""

    def fit(self, X, y=None):
        self.n_seen_ = len(X)
        return self

    def transform(self, X):
        return X if self.n_seen_ else []


def test_a_step_that_learns_is_fitted_before_one_that_does_not(data):
    class Free(BrightSpotter):
        def __sklearn_is_fitted__(self):
            return True

    X, y, _ = data
    spotter = Pipeline([("learnt", Learnt()), ("spot", Free())])
    estimator = model().set_params(spotter=spotter).fit(X, y)
    assert estimator.spotter_["learnt"].n_seen_ == len(X)
    assert estimator.score(X, y) == 1.0
