"""PeakSpotter on motions whose onset, apex and offset are known in closed form."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags

from mefeat.intervals import Interval, interval_iou
from mefeat.spotting import PeakSpotter, Signal
from mefeat.spotting._curves import noise_level

FPS = 60


def bump(centre, duration, height=1.0, n_frames=600, fps=FPS, hold=0.0):
    """A raised cosine up and down, with a plateau of `hold` seconds."""
    time = np.arange(n_frames) / fps
    ramp = (duration - hold) / 2
    away = np.maximum(np.abs(time - centre) - hold / 2, 0)
    return height * np.where(away < ramp, np.cos(np.pi * away / (2 * ramp)) ** 2, 0)


def spot(values, **params):
    defaults = {"fps": FPS, "kinds": "both", "growth": 0.0}
    return PeakSpotter(**(defaults | params)).fit_predict([values])[0]


@pytest.mark.parametrize("duration", [0.3, 0.4, 0.5])
def test_ends_of_a_raised_cosine(duration):
    (found,) = spot(bump(5.0, duration), band=(None, None), baseline=None)
    half = duration / 2 * FPS
    assert found.apex == 300
    assert abs(found.onset - (300 - half)) <= 1
    assert abs(found.offset - (300 + half)) <= 1


def test_growth_is_a_share_of_peak_to_valley():
    # cos^2 has fallen to a tenth after 0.795 of the flank.
    options = {"band": (None, None), "baseline": None}
    (found,) = spot(bump(5.0, 1.0), growth=0.1, **options)
    assert (found.onset, found.offset) == (300 - 24, 300 + 24)
    (found,) = spot(bump(5.0, 1.0), growth=0.5, **options)
    assert (found.onset, found.offset) == (300 - 15, 300 + 15)


@pytest.mark.parametrize("duration", [0.2, 0.3, 0.5])
@pytest.mark.parametrize("fps", [30, 60, 100, 200])
def test_default_band_keeps_micro_expressions(duration, fps):
    values = bump(3.0, duration, n_frames=6 * fps, fps=fps)
    (found,) = spot(values, fps=fps)
    half = duration / 2 * fps
    truth = Interval(round(3 * fps - half), round(3 * fps + half))
    assert interval_iou(found, truth) > 0.7


def test_plateau_does_not_stretch_the_flanks():
    (found,) = spot(bump(5.0, 1.4, hold=1.0), band=(None, None), baseline=None)
    assert (found.onset, found.offset) == (258, 342)


def test_duration_tells_micro_from_macro():
    values = bump(3.0, 0.4) + bump(7.0, 1.5)
    both = spot(values)
    assert [i.kind for i in both] == ["micro", "macro"]
    assert [i.apex for i in both] == [180, 420]
    assert [i.kind for i in spot(values, kinds="micro")] == ["micro"]
    assert [i.kind for i in spot(values, kinds="macro")] == ["macro"]


def test_slow_change_is_no_expression():
    time = np.arange(600) / FPS
    drift = 1.5 * np.sin(2 * np.pi * time / 20)
    found = spot(np.stack([drift + bump(5.0, 0.4), drift], axis=1))
    assert [i.apex for i in found] == [300]


@pytest.mark.parametrize("duration", [2.6, 3.2, 3.8])
def test_a_slow_movement_does_not_stretch_its_neighbours(duration):
    # A moving median of 5 seconds is lifted by the slow one.
    brief, slow = bump(7.0, 0.4), bump(4.6, duration, 4.0, hold=duration - 0.8)
    alone = spot(brief, kinds="micro")
    (found,) = spot(brief + slow, kinds="micro")
    assert found.iou(alone[0]) > 0.8
    assert spot(brief + slow, kinds="micro", baseline=5.0) != [found]


def test_noise_is_the_usual_deviation(rng):
    noise = rng.normal(0, 0.5, (6000, 2))
    valid = np.ones(6000, bool)
    assert noise_level(noise, valid) == pytest.approx(0.5, rel=0.03)
    moved = noise.copy()
    moved[:1000] += 5
    # A sixth of the time far away: the median deviation is the 60 % quantile.
    assert noise_level(moved, valid) == pytest.approx(0.5 * 0.8416 / 0.6745, rel=0.06)
    valid[1000:2000] = False
    noise[1000:2000] = 100
    assert noise_level(noise, valid) == pytest.approx(0.5, rel=0.03)
    assert noise_level(noise, ~np.ones(6000, bool)) == 0
    assert noise_level(noise[:0], valid[:0]) == 0


def test_of_a_face_that_moves_all_the_time_no_movement_stands_out():
    # As many equal movements as in speech, against a single one.
    often = sum(bump(start, 0.4) for start in np.arange(0.5, 9, 0.45))
    assert spot(often) == []
    assert len(spot(bump(5.0, 0.4))) == 1


def test_reasons_for_what_is_dropped():
    names = ("brow_dx", "brow_dy", "eye_dx", "eye_dy", "head_dx", "head_dy")
    values = np.zeros((1800, 6))
    at = {"n_frames": 1800}
    values[:, 0] = bump(4.0, 0.3, 3.0, **at) + bump(8.0, 0.4, 1.0, **at)
    values[:, 3] = bump(4.0, 0.3, 8.0, **at)  # a blink
    values[:, 0] += bump(12.0, 1.4, 2.0, **at)  # slow
    values[:, 0] += bump(17.0, 0.4, 1.0, **at)  # with the head
    values[:, 4] = bump(17.0, 0.8, 30.0, **at)
    values[:, 0] += bump(22.0, 0.4, 1.0, **at)
    valid = np.ones(1800, bool)
    valid[22 * FPS + 10 :] = False
    values[~valid] = 0
    signal = Signal(values, FPS, names, valid=valid)
    spotter = PeakSpotter()
    assert [i.apex for i in spotter.predict([signal])[0]] == [480]
    reasons = [(round(i.apex / FPS), why) for i, why in spotter.rejected([signal])[0]]
    assert reasons == [
        (4, "blink"), (12, "macro"), (17, "head"), (22, "not seen whole")
    ]  # fmt: skip
    few = PeakSpotter(min_channels=2).rejected([signal])[0]
    assert ("few regions", 480) in [(why, i.apex) for i, why in few]
    short = PeakSpotter(min_duration=0.5, micro_duration=0.6).rejected([signal])[0]
    assert ("too short", 480) in [(why, i.apex) for i, why in short]
    long = PeakSpotter(max_duration=1.0, baseline=8.0).rejected([signal])[0]
    assert ("too long", 720) in [(why, i.apex) for i, why in long]


def test_displacement_peaks_in_any_direction():
    for angle in np.arange(0, 2 * np.pi, 0.7):
        motion = bump(5.0, 0.4)
        values = np.stack([np.cos(angle) * motion, np.sin(angle) * motion], axis=1)
        signal = Signal(values, FPS, ("brow_dx", "brow_dy"))
        (found,) = PeakSpotter().fit_predict([signal])[0]
        assert found.apex == 300


def test_two_peaks_are_split_at_a_deep_valley_only():
    apart = bump(4.0, 0.4) + bump(4.4, 0.4)
    assert len(spot(apart)) == 2
    shallow = np.maximum(apart, bump(4.2, 0.8, height=0.9, hold=0.4))
    assert len(spot(shallow)) == 1


def test_absolute_threshold_is_exact():
    values = bump(5.0, 0.5)
    options = {"band": (None, None), "baseline": None, "noise": None}
    assert len(spot(values, height=1.0, **options)) == 1
    assert spot(values, height=1.001, **options) == []


def test_relative_threshold_is_mean_plus_p_of_the_range():
    values = bump(3.0, 0.4) + bump(7.0, 0.4, height=0.5)
    mean = values.mean()
    p = (0.5 - mean) / (1 - mean)
    options = {"band": (None, None), "baseline": None, "noise": None, "height": None}
    assert len(spot(values, p=p - 1e-3, **options)) == 2
    assert len(spot(values, p=p + 1e-3, **options)) == 1
    spotter = PeakSpotter(FPS, p=p, **options)
    (threshold,) = spotter.curves([values])[0].thresholds
    assert threshold == pytest.approx(0.5)


def test_noise_threshold_knows_the_noise(rng):
    noise = rng.normal(0, 0.1, 6000)
    spotter = PeakSpotter(FPS, band=(None, None), baseline=None, height=None, noise=5)
    (threshold,) = spotter.curves([noise])[0].thresholds
    assert threshold == pytest.approx(0.5, rel=0.05)
    assert spotter.predict([noise])[0] == []


def test_score_grows_with_height_and_number_of_curves():
    one = np.stack([bump(3.0, 0.4), 0 * bump(3.0, 0.4)], axis=1)
    strong, two = 2 * one, np.repeat(one[:, :1], 2, axis=1)
    (a,), (b,), (c,) = (spot(x) for x in (one, strong, two))
    assert b.score == pytest.approx(2 * a.score)
    assert c.score == pytest.approx(2 * a.score)


def test_curves_are_united_by_overlap():
    early, late = bump(3.0, 0.4), bump(3.1, 0.4)
    (found,) = spot(np.stack([early, late], axis=1))
    assert 175 <= found.apex <= 190
    apart = spot(np.stack([early, bump(3.5, 0.4)], axis=1))
    assert len(apart) == 2


def test_min_channels_asks_for_company():
    values = np.stack([bump(3.0, 0.4) + bump(6.0, 0.4), bump(6.0, 0.4)], axis=1)
    assert [i.apex for i in spot(values, min_channels=2)] == [360]


def test_share_of_the_union_parts_a_brief_peak_from_a_long_one():
    # The brief one lies within the long one, and makes up a fifth of it.
    values = np.stack([bump(3.0, 0.25), bump(3.0, 1.25)], axis=1)
    (united,) = spot(values, overlap_of="shorter", kinds="both")
    assert united.apex == 180
    parts = spot(values, overlap_of="union", kinds="both")
    assert sorted(i.kind for i in parts) == ["macro", "micro"]
    assert spot(values, overlap_of="union", min_channels=2, kinds="both") == []
    alike = np.stack([bump(3.0, 0.4), bump(3.05, 0.4)], axis=1)
    assert len(spot(alike, overlap_of="union", overlap=0.5, min_channels=2)) == 1


def test_blink_explains_a_brow():
    blink = bump(3.0, 0.3, height=8.0)
    brow = 0.2 * blink + bump(6.0, 0.4)
    mouth = bump(3.05, 0.4, height=3.0)

    def signal(**channels):
        values = [m for v in channels.values() for m in (0 * v, v)]
        names = [f"{n}_{axis}" for n in channels for axis in ("dx", "dy")]
        return Signal(np.stack(values, axis=1), FPS, names)

    spotter = PeakSpotter()
    alone = signal(brow=brow, eye_left=blink)
    assert [i.apex for i in spotter.predict([alone])[0]] == [360]
    smiling = signal(brow=brow, mouth=mouth, eye_left=blink)
    assert [i.apex for i in spotter.predict([smiling])[0]] == [183, 360]
    rejecting_none = PeakSpotter(blink=None).predict([alone])[0]
    assert [i.apex for i in rejecting_none] == [180, 360]


def test_fixed_extent():
    (found,) = spot(bump(5.0, 0.4), extent=0.1)
    assert (found.onset, found.apex, found.offset) == (294, 300, 306)


def test_box_smooths_like_numpy(rng):
    values = rng.random(100)
    for size in (4, 5):
        expected = np.convolve(values, np.ones(size) / size, mode="same")
        spotter = PeakSpotter(
            FPS, box=size / FPS, band=(None, None), baseline=None, noise=None,
            height=None, p=1.0,
        )  # fmt: skip
        (threshold,) = spotter.curves([values])[0].thresholds
        assert threshold == pytest.approx(expected.max())


@pytest.mark.parametrize("value", [0.0, 1.0, -3.0])
@pytest.mark.parametrize("n_frames", [1, 2, 30, 300])
def test_still_signal_gives_nothing(value, n_frames):
    for options in ({}, {"height": None, "noise": None, "p": 0.1}, {"baseline": None}):
        if value > 0 and options:
            continue  # a constant above the threshold has no peak either, see below
        assert spot(np.full(n_frames, value), **options) == []
    assert spot(np.full(n_frames, value), baseline=None, band=(None, None)) == []


def test_frames_without_a_face_hold_no_interval():
    values = np.stack([0 * bump(5.0, 0.4), bump(5.0, 0.4) + bump(2.0, 0.4)], axis=1)
    valid = np.ones(600, bool)
    valid[280:320] = False
    values[~valid] = 0
    signal = Signal(values, FPS, ("brow_dx", "brow_dy"), valid=valid)
    assert [i.apex for i in PeakSpotter().predict([signal])[0]] == [120]
    nowhere = Signal(0 * values, FPS, signal.channels, valid=np.zeros(600, bool))
    assert PeakSpotter(p=0.5).predict([nowhere])[0] == []


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    scale=st.sampled_from([0.25, 0.5, 2.0, 8.0]),  # exact in float32
    shift=st.integers(0, 200),
)
def test_relative_spotting_is_invariant(seed, scale, shift):
    rng = np.random.default_rng(seed)
    values = np.cumsum(rng.normal(size=400)) * 0.05
    values = np.concatenate([np.zeros(300), values - values[0], np.zeros(300)])
    options = {"height": None, "noise": None, "p": 0.3, "baseline": None}
    found = spot(values, **options)
    scaled = spot(scale * values, **options)
    assert [(i.onset, i.offset) for i in scaled] == [(i.onset, i.offset) for i in found]
    moved = spot(np.roll(values, shift), **options)
    expected = [(i.onset + shift, i.offset + shift) for i in found]
    assert [(i.onset, i.offset) for i in moved] == expected
    for interval in found:
        assert interval.onset <= interval.apex <= interval.offset


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"fps": 0}, "'fps'"),
        ({"band": 3.0}, "'band'"),
        ({"band": (5.0, 2.0)}, "low < high"),
        ({"height": -1}, "'height'"),
        ({"p": 1.5}, "'p'"),
        ({"growth": 0.9}, "'growth'"),
        ({"min_channels": 0}, "'min_channels'"),
        ({"kinds": "nano"}, "'kinds'"),
        ({"micro_duration": 9.0}, "must rise"),
        ({"height": None, "noise": None}, "At least one of the thresholds"),
    ],
)
def test_bad_parameters(params, message):
    with pytest.raises(ValueError, match=message):
        PeakSpotter(**params).fit([])


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (Signal(np.zeros(5), 30), "put a single signal in a list"),
        ([np.zeros((2, 3, 4))], r"X\[0\] must be a Signal"),
        ([np.array(["a"])], r"X\[0\] must be a Signal"),
        ([np.array([0, np.nan])], r"X\[0\]: values hold NaN or infinity, first at fra"),
        ([np.zeros((0, 2))], r"X\[0\]: values must have the shape"),
    ],
)
def test_bad_signals(X, message):
    with pytest.raises(ValueError, match=message):
        PeakSpotter(fps=30).predict(X)


def test_arrays_need_fps():
    with pytest.raises(ValueError, match=r"PeakSpotter\(fps="):
        PeakSpotter().predict([np.zeros(9)])


def test_scikit_learn_contract(rng):
    X = [bump(3, 0.4) + bump(7, 0.4, 0.6) + rng.normal(0, 0.02, 600) for _ in range(6)]
    y = [[(168, 192)] for _ in X]
    spotter = PeakSpotter(FPS, height=None, noise=None, p=0.2)
    assert get_tags(spotter).estimator_type == "spotter"
    assert clone(spotter).get_params() == spotter.get_params()
    found = spotter.fit(X, y).predict(X)
    assert found.shape == (6,)
    assert found.dtype == object
    again = pickle.loads(pickle.dumps(spotter)).predict(X)
    assert all(a == b for a, b in zip(again, found, strict=True))
    search = GridSearchCV(
        Pipeline([("id", FunctionTransformer()), ("peaks", spotter)]),
        {"peaks__p": [0.05, 0.8]},
        cv=3,
    ).fit(X, y)
    low, high = search.cv_results_["mean_test_score"]
    assert low < high
    assert search.best_params_ == {"peaks__p": 0.8}
    assert search.best_score_ == pytest.approx(1.0)
    crossed = cross_val_predict(spotter, X, y, cv=3)
    assert all(a == b for a, b in zip(crossed, found, strict=True))


def test_movements_cut_off_by_the_border_are_dropped():
    early, late = bump(0.15, 0.4), bump(9.85, 0.4)
    values = early + bump(5.0, 0.4) + late
    assert [i.apex for i in spot(values, baseline=None)] == [300]
    assert [i.apex for i in spot(values, baseline=None, edge=0.0)] == [9, 300, 591]
