import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

pytest.importorskip("torch", reason='pip install "mefeat[neural]"')

from mefeat import Clip, ClipError, Interval, SpotThenRecognize
from mefeat.model_selection import loso_predict
from mefeat.neural import (
    MEAN,
    MEANMaps,
    MEANRecognizer,
    MEANSpotter,
    STSTNet,
    mean_map,
)
from mefeat.neural._spotting import (
    half_length,
    intervals_of_scores,
    pseudo_labels,
)
from mefeat.neural.preprocessing import frame_step
from mefeat.recognition import load_model, save_model

LANDMARKS = np.array(
    # An upright face of 128 pixels: jaw, brows, nose, eyes, mouth.
    [(8 + 7 * i, 60 + 50 * np.sin(np.pi * i / 16)) for i in range(17)]
    + [(22 + 8 * i, 34 - 3 * (2 - abs(i - 2))) for i in range(5)]
    + [(74 + 8 * i, 34 - 3 * (2 - abs(i - 2))) for i in range(5)]
    + [(64, 48 + 8 * i) for i in range(4)]
    + [(54 + 5 * i, 80) for i in range(5)]
    + [(32, 50), (38, 46), (44, 46), (50, 50), (44, 53), (38, 53)]
    + [(78, 50), (84, 46), (90, 46), (96, 50), (90, 53), (84, 53)]
    + [(44, 98), (51, 93), (58, 91), (64, 92), (70, 91), (77, 93), (84, 98)]
    + [(77, 104), (70, 107), (64, 108), (58, 107), (51, 104)]
    + [
        (47, 98),
        (58, 96),
        (64, 96),
        (70, 96),
        (81, 98),
        (70, 100),
        (64, 100),
        (58, 100),
    ]
)


def test_half_length_of_published_formula():
    # Mean of offset - onset: 12 and 11 -> 11.5 -> int(12.5 / 2) = 6.
    assert half_length([[Interval(0, 12)], [Interval(5, 16)]]) == 6


def test_pseudo_labels_equal_the_definition(rng):
    for _ in range(20):
        onset = int(rng.integers(-3, 30))
        interval = Interval(onset, onset + int(rng.integers(0, 8)))
        k_p, n = int(rng.integers(1, 7)), 30
        inside = set(range(interval.onset, interval.offset + 1))
        expected = [float(bool(inside & set(range(i, i + k_p)))) for i in range(n)]
        assert pseudo_labels(n, [interval], k_p).tolist() == expected


def test_peaks_become_intervals_of_fixed_length():
    scores = np.zeros(100)
    scores[[0, 6, 50, 51]] = 1
    found = intervals_of_scores(scores, 5, 0.55)
    assert [(i.onset + 5, i.offset - 5) for i in found] == [
        (i.apex, i.apex) for i in found
    ]
    assert [i.length for i in found] == [11, 11]
    assert found[0].apex == 3
    assert found[0].onset < 0
    assert intervals_of_scores(np.full(100, 0.3), 5, 0.55) == []
    assert intervals_of_scores(np.zeros(3), 5, 0.55) == []


@pytest.mark.parametrize(("fps", "frames"), [(200, 20), (100, 10), (30, 3), (25, 3)])
def test_published_time_steps(fps, frames):
    assert frame_step(0.1, fps) == frames


def test_mean_map_is_scaled_over_the_whole_face(rng):
    flow = rng.normal(0, 1, (128, 128, 2)).astype(np.float32)
    shown = mean_map(flow, LANDMARKS)
    assert shown.shape == (42, 42, 3)
    assert shown.dtype == np.float32
    assert shown.min() >= 0
    assert shown.max() <= 1
    # A gradient from left to right runs from left to right in both regions.
    flow[..., 0] = np.arange(128)
    ramp = mean_map(flow, LANDMARKS)[..., 0]
    assert (np.diff(ramp[5]) > 0).all()
    assert (np.diff(ramp[35]) > 0).all()
    assert not mean_map(np.zeros_like(flow), LANDMARKS).any()
    with pytest.raises(ValueError, match=r"flow must have the shape \(128, 128, 2\)"):
        mean_map(flow[:64], LANDMARKS)
    with pytest.raises(ValueError, match="68 finite points"):
        mean_map(flow, LANDMARKS[:5])
    with pytest.raises(ValueError, match="no room for brows and mouth"):
        mean_map(flow, LANDMARKS + 500)


def test_published_regions():
    """Boxes of eyes and mouth, 12 pixels around the landmarks, 42 x 21 each."""
    flow = np.zeros((128, 128, 2), np.float32)
    flow[..., 0] = np.arange(128)
    flow[..., 1] = np.arange(128)[:, None]
    shown = mean_map(flow, LANDMARKS) * 127
    upper, lower = shown[:21], shown[21:]
    # Brows: x from 22 - 12 to 106 + 12, y from 28 - 12 to 53 + 12.
    assert upper[:, 0, 0] == pytest.approx(10 + (108 / 42 - 1) / 2)
    assert upper[0, :, 1] == pytest.approx(16 + (49 / 21 - 1) / 2)
    # Mouth: x from 47 - 12 to 81 + 12, y from 91 - 12 (the upper lip) to 108 + 12.
    left, right = LANDMARKS[60, 0] - 12, LANDMARKS[64, 0] + 12
    top, bottom = LANDMARKS[50, 1] - 12, LANDMARKS[57, 1] + 12
    assert lower[:, 0, 0] == pytest.approx(left + ((right - left) / 42 - 1) / 2)
    assert lower[0, :, 1] == pytest.approx(top + ((bottom - top) / 21 - 1) / 2)


@pytest.fixture
def videos(rng):
    """Noise videos of a face with known landmarks; a bright mouth is an expression."""
    texture = rng.integers(60, 200, (128, 128))
    made, truth = [], []
    for _ in range(2):
        frames = np.repeat(texture[None], 60, axis=0).astype(float)
        for frame in range(20, 29):
            shift = 3 - abs(frame - 24) // 2
            frames[frame, 85:115] = np.roll(texture[85:115], shift, axis=1)
        frames += rng.normal(0, 1, frames.shape)
        clip = Clip(
            np.clip(frames, 0, 255).astype(np.uint8),
            30,
            landmarks=LANDMARKS,
            subject=f"s{len(made)}",
        )
        made.append(clip)
        truth.append([Interval(20, 28, "negative" if len(made) == 1 else "positive")])
    return made, truth


def small(**params):
    return {"flow": "farneback", "device": "cpu", "random_state": 0, **params}


def test_maps_of_a_clip(videos):
    maps = MEANMaps(flow="farneback").fit_transform(videos[0][:1])[0]
    assert maps.shape == (57, 42, 42, 3)
    with pytest.raises(ClipError, match="frame rate is unknown"):
        MEANMaps().fit_transform([Clip(np.zeros((9, 128, 128), np.uint8))])


def test_spotting_finds_the_movement_again(videos):
    X, y = videos
    spotter = MEANSpotter(**small(n_epochs=15, batch_size=8, learning_rate=3e-3)).fit(
        X, y
    )
    assert spotter.half_length_ == 4
    assert spotter.losses_[-1] < spotter.losses_[0]
    restored = pickle.loads(pickle.dumps(spotter))
    scores = spotter.decision_function(X)
    assert all(map(np.array_equal, scores, restored.decision_function(X)))
    # So few steps leave the running statistics short of their goal, and with them the
    # size of the scores, but not their order.
    labels = [pseudo_labels(len(s), t, 4) for s, t in zip(scores, y, strict=True)]
    assert roc_auc_score(np.concatenate(labels), np.concatenate(scores)) > 0.9
    for found in spotter.predict(X):
        best = max(found, key=lambda i: i.score)
        assert best.iou(Interval(20, 28)) >= 0.5


def test_same_seed_same_weights(videos):
    X, y = videos
    spotter = MEANSpotter(**small(n_epochs=1)).fit(X, y)
    same = clone(spotter).fit(X, y)
    assert all(np.array_equal(same.weights_[k], v) for k, v in spotter.weights_.items())


def test_spot_then_recognize_with_mean_parts(videos):
    X, y = videos
    model = SpotThenRecognize(
        MEANSpotter(**small(n_epochs=2)), MEANRecognizer(**small(n_epochs=2))
    ).fit(X, y)
    found = model.predict(X)
    assert found.shape == (2,)
    assert {i.label for intervals in found for i in intervals} <= {
        "negative", "positive"
    }  # fmt: skip


def test_recognizer_keeps_a_given_trunk(videos):
    X, y = videos
    clips = [x[20:29].replace(apex=4) for x in X]
    spotter = MEANSpotter(**small(n_epochs=1)).fit(X, y)
    model = MEANRecognizer(**small(trunk=spotter, n_epochs=3)).fit(clips, ["a", "b"])
    for name, values in spotter.weights_.items():
        if name.startswith("0."):
            np.testing.assert_array_equal(model.weights_[name], values)
    assert set(model.predict(clips)) <= {"a", "b"}
    free = MEANRecognizer(**small(n_epochs=3, vote=False)).fit(clips, ["a", "b"])
    assert free.predict(clips).shape == (2,)


def test_clips_that_are_shorter_than_a_step_are_named(videos):
    X, _ = videos
    clips = [x[20:29].replace(apex=4) for x in X]
    model = MEANRecognizer(**small(n_epochs=1)).fit(clips, ["a", "b"])
    whole = model.set_params(vote=False).predict([c[:3] for c in clips])
    assert model.set_params(vote=True).predict([c[:3] for c in clips]).tolist() == (
        whole.tolist()
    )
    with pytest.raises(ClipError, match="vote=False"):
        model.predict([Clip(clips[0].frames(), landmarks=LANDMARKS)])


@pytest.fixture
def many(videos):
    """Three videos of three subjects, each with two emotions."""
    X, _ = videos
    frames = [x.frames() for x in X]
    made, truth = [], []
    for index in range(3):
        a, b = frames if index % 2 else frames[::-1]
        both = np.concatenate([a[10:40], b[10:40]])
        made.append(Clip(both, 30, landmarks=LANDMARKS, subject=f"s{index}"))
        truth.append([Interval(10, 18, "negative"), Interval(40, 48, "positive")])
    return made, truth


def test_mean_sits_on_the_trunk_of_its_spotter(many):
    X, y = many
    model = MEAN(MEANSpotter(**small(n_epochs=1)), MEANRecognizer(**small(n_epochs=1)))
    model.fit(X, y)
    assert model.recognizer_.trunk is model.spotter_
    trunk = {n: v for n, v in model.spotter_.weights_.items() if n.startswith("0.")}
    for name, values in trunk.items():
        np.testing.assert_array_equal(model.recognizer_.weights_[name], values)
    assert model.recognizer.trunk is None
    assert MEAN().set_params(spotter__p=0.4).spotter.p == 0.4


def test_folds_that_are_killed_resume_to_the_same_result(many, tmp_path, monkeypatch):
    X, y = many
    states = tmp_path / "states"

    def mean(checkpoint):
        options = {"memory": tmp_path / "cache", "checkpoint": checkpoint}
        return MEAN(
            MEANSpotter(**small(n_epochs=3, batch_size=64, **options)),
            MEANRecognizer(**small(n_epochs=3, **options)),
        )

    whole = loso_predict(mean(None), X, y)
    # Ctrl-C in the second epoch of the second fold's recognizer.
    import mefeat.neural._training as training

    saved, save = [], training._Checkpoint.save

    def stop(self, *args):
        save(self, *args)
        saved.append(self.path.name)
        if len(saved) == 6 + 3 + 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(training._Checkpoint, "save", stop)
    with pytest.raises(KeyboardInterrupt):
        loso_predict(mean(states), X, y)
    monkeypatch.undo()
    assert len(list(states.iterdir())) == 4
    found = loso_predict(mean(states), X, y)
    assert found.tolist() == whole.tolist()
    names = sorted(p.name.split("-")[0] for p in states.iterdir())
    assert names == ["meanrecognizer"] * 3 + ["meanspotter"] * 3


def test_ststnet_on_maps_and_clips(videos):
    X, _ = videos
    clips = [x[20:29].replace(apex=4) for x in X]
    model = STSTNet(n_epochs=2, flow="farneback", device="cpu", random_state=0)
    model.fit(clips, ["a", "b"])
    assert model.predict_proba(clips).sum(axis=1) == pytest.approx([1, 1])
    with pytest.raises(ValueError, match=r"must have the shape \(n_maps, 28, 28, 3\)"):
        model.predict(np.zeros((2, 30, 30, 3)))
    with pytest.raises(ValueError, match="NaN or infinity"):
        model.predict(np.full((2, 28, 28, 3), np.nan))


def test_bad_input(videos):
    X, y = videos
    for params, message in [
        ({"p": 2}, "'p' parameter of MEANSpotter"),
        ({"half_length": 0}, "'half_length' parameter of MEANSpotter"),
        ({"flow": "magic"}, "'flow' parameter of MEANMaps must be one of"),
        ({"device": "abacus"}, "'device' parameter of MEANSpotter"),
    ]:
        with pytest.raises(ValueError, match=message):
            MEANSpotter(**small(**params)).fit(X, y)
    with pytest.raises(ValueError, match="nothing to learn from"):
        MEANSpotter(**small()).fit(X, [[], []])
    with pytest.raises(ValueError, match="'random_state' parameter of MEANSpotter"):
        MEANSpotter(checkpoint="x").fit(X, y)
    with pytest.raises(ValueError, match="'trunk' parameter of MEANRecognizer"):
        MEANRecognizer(**small(trunk=MEANSpotter())).fit(X, ["a", "b"])
    with pytest.raises(ValueError, match="at least two emotions"):
        MEANRecognizer(**small()).fit(X, ["a", "a"])


def test_saved_models_name_the_same(many, tmp_path):
    X, y = many
    model = MEAN(MEANSpotter(**small(n_epochs=0)), MEANRecognizer(**small(n_epochs=0)))
    model.fit(X, y)
    save_model(model, tmp_path / "mean.mefeat")
    restored = load_model(tmp_path / "mean.mefeat")
    assert all(
        map(
            np.array_equal,
            restored.spotter_.decision_function(X),
            model.spotter_.decision_function(X),
        )
    )
    assert restored.predict(X).tolist() == model.predict(X).tolist()
