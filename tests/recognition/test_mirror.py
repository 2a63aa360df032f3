"""Mirrored clips and the pipeline that is trained on them."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.svm import SVC

from mefeat import LBPTOP, Clip
from mefeat.base import ClipFeatures
from mefeat.recognition import MirroredPipeline, VarianceScaler, mirror_clips


class Columns(ClipFeatures):
    """Mean of the left and of the right half."""

    def __init__(self, memory=None, n_jobs=None):
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        return {}

    @staticmethod
    def _transform_one(clip):
        frames = clip.frames()
        half = frames.shape[2] // 2
        return np.array([frames[:, :, :half].mean(), frames[:, :, -half:].mean()])

    def _feature_names(self, params):
        return ["left", "right"]


@pytest.mark.parametrize("shape", [(3, 5, 6), (3, 5, 7), (2, 4, 5, 3)])
def test_frames_are_mirrored_exactly(rng, shape):
    frames = rng.integers(0, 256, shape, dtype=np.uint8)
    mirrored = mirror_clips([frames])[0]
    assert np.array_equal(mirrored.frames(color=len(shape) == 4), frames[:, :, ::-1])
    twice = mirror_clips([mirrored])[0]
    assert np.array_equal(twice.frames(color=len(shape) == 4), frames)


def test_landmarks_change_sides(rng):
    points = rng.uniform(0, 40, (68, 2))
    clip = Clip(np.zeros((2, 40, 41), np.uint8), landmarks=points, apex=1, name="a")
    mirrored = mirror_clips([clip])[0]
    assert mirrored.apex == 1
    assert np.allclose(mirror_clips([mirrored])[0].landmarks, points)
    for one, other in [(0, 16), (8, 8), (17, 26), (30, 30), (31, 35), (36, 45),
                       (37, 44), (39, 42), (40, 47), (41, 46), (48, 54), (51, 51),
                       (55, 59), (57, 57), (60, 64), (65, 67), (66, 66)]:  # fmt: skip
        assert mirrored.landmarks[other, 0] == pytest.approx(40 - points[one, 0])
        assert mirrored.landmarks[other, 1] == pytest.approx(points[one, 1])


def test_landmarks_of_each_frame_and_regions_stay_in_place(rng):
    points = rng.uniform(0, 20, (2, 68, 2))
    rois = rng.integers(0, 3, (20, 20))
    clip = Clip(np.zeros((2, 20, 20), np.uint8), landmarks=points, rois=rois)
    mirrored = mirror_clips([clip])[0]
    assert mirrored.landmarks.shape == (2, 68, 2)
    assert np.array_equal(mirrored.rois, rois)


def test_flow_maps_change_the_sign_of_u():
    maps = np.zeros((1, 2, 2, 3), np.uint8)
    maps[0, 0] = [[10, 20, 30], [40, 50, 60]]
    mirrored = mirror_clips(maps)
    assert mirrored[0, 0].tolist() == [[215, 50, 60], [245, 20, 30]]
    assert maps[0, 0, 0, 0] == 10
    signed = mirror_clips(np.array([[[[1.0, 2, 3], [4, 5, 6]]]]))
    assert signed[0, 0].tolist() == [[-4, 5, 6], [-1, 2, 3]]


def make(**params):
    return MirroredPipeline(
        [("features", Columns()), ("scale", VarianceScaler()), ("svm", SVC())], **params
    )


def test_both_sides_are_trained_on(rng):
    X = [rng.integers(0, 100, (3, 4, 6), dtype=np.uint8) for _ in range(6)]
    for clip in X[:3]:
        clip[:, :, :3] += 100
    y = np.array(["one", "one", "one", "none", "none", "none"])
    mirrored = [clip[:, :, ::-1] for clip in X]
    one_sided = make(mirror=None).fit(X, y)
    assert one_sided["svm"].shape_fit_ == (6, 2)
    assert not np.allclose(
        one_sided.decision_function(X), one_sided.decision_function(mirrored)
    )
    fitted = make().fit(X, y)
    assert fitted["svm"].shape_fit_ == (12, 2)
    assert fitted.predict(mirrored).tolist() == y.tolist()
    assert fitted.predict(X).tolist() == y.tolist()
    scores = fitted.decision_function(X)
    # Equal up to the tolerance of the solver.
    assert np.allclose(scores, fitted.decision_function(mirrored), atol=2e-3)


def test_same_as_training_on_the_doubled_set(rng):
    X = rng.integers(0, 256, (6, 3, 4, 6), dtype=np.uint8)
    y = np.array([0, 1, 0, 1, 0, 1])
    doubled = np.stack([X, X[..., ::-1]], axis=1).reshape(-1, 3, 4, 6)
    expected = make(mirror=None).fit(doubled, np.repeat(y, 2)).decision_function(X)
    assert np.allclose(make().fit(X, y).decision_function(X), expected)


class Align(Columns):
    """Counts what it sees; gives the clips on."""

    seen = 0

    def transform(self, X):
        type(self).seen += len(X)
        return X


def test_steps_before_see_no_mirror_image(rng):
    X = list(rng.integers(0, 256, (4, 3, 4, 6), dtype=np.uint8))
    model = make()
    model.steps.insert(0, ("align", Align()))
    Align.seen = 0
    model.fit(X, [0, 1, 0, 1])
    assert Align.seen == 4
    model.predict(X)
    assert Align.seen == 8


def test_refit_forgets_and_clone_keeps(rng):
    X = list(rng.integers(0, 256, (4, 3, 4, 6), dtype=np.uint8))
    model = make().fit(X, [0, 1, 0, 1])
    first = model.decision_function(X)
    model.fit(X[:2], [1, 0])
    assert model["scale"].n_features_in_ == 2
    assert np.allclose(model.fit(X, [0, 1, 0, 1]).decision_function(X), first)
    copy = clone(model.set_params(mirror=None, svm__C=4))
    assert (copy.mirror, copy["svm"].C) == (None, 4)


def test_slices_are_ordinary_pipelines(rng):
    X = list(rng.integers(0, 256, (4, 3, 4, 6), dtype=np.uint8))
    model = make().fit(X, [0, 1, 0, 1])
    assert model[:-1].transform(X).shape == (4, 2)
    assert not isinstance(model[:-1], MirroredPipeline)


def test_bad_input(rng):
    X = list(rng.integers(0, 256, (4, 3, 4, 6), dtype=np.uint8))
    with pytest.raises(ValueError, match=r"'mirror' .* one of \['features', 'scale'"):
        make(mirror="align").fit(X, [0, 1, 0, 1])
    with pytest.raises(ValueError, match="one label for each of the 4 clips"):
        make().fit(X, [0, 1, 0])
    with pytest.raises(ValueError, match="requires y"):
        make().fit(X)


def test_with_a_real_extractor(clips):
    y = ["negative", "positive", "negative", "positive"]
    model = MirroredPipeline([("features", LBPTOP()), ("svm", SVC())])
    assert model.fit(clips, y).predict(clips).tolist() == y
