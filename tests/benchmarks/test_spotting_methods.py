"""The spotters that are compared, and what is kept of an interrupted run."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.utils import Bunch

from benchmarks._spotting_data import (
    load_case,
    load_signals,
    load_truth,
    save_signals,
    save_truth,
)
from benchmarks._spotting_methods import Method, methods, motions, one_curve
from mefeat import Interval
from mefeat.datasets import Distractor
from mefeat.spotting import PeakSpotter, Signal


def test_all_choose_out_of_equally_many_settings():
    budgets = {name: len(method.settings) for name, method in methods().items()}
    assert budgets.pop("default") == 0
    assert set(budgets.values()) == {24}
    assert set(budgets) == {"roi", "softnet", "mdmd", "lbp", "prototype"}


def test_every_setting_is_different_and_allowed():
    signal = Signal(np.zeros((60, 2)), 30, ("brow_dx", "brow_dy"))
    for method in methods().values():
        assert len({str(sorted(s.items())) for s in method.settings}) == len(
            method.settings
        )
        assert method.motion in motions()
        assert method.tried([signal]) == [[[]]] * max(len(method.settings), 1)


def test_settings_take_effect():
    time = np.arange(150) / 30
    bump = np.where(
        abs(time - 2) < 0.2, 0.5 + 0.5 * np.cos(np.pi * (time - 2) / 0.2), 0
    )
    method = Method("roi", PeakSpotter(fps=30), [{"height": 0.3}, {"height": 2.0}])
    found = method.tried([Signal(bump, 30)])
    assert [len(videos[0]) for videos in found] == [1, 0]


def test_one_curve_is_the_mean_of_the_three_strongest_without_eyes_and_head():
    values = np.zeros((300, 10))
    values[150] = [3, 4, 8, 6, 0, 1, 0, 2, 99, 99]  # lengths 5, 10, 1, 2; eye 99
    names = ("a", "b", "c", "d", "eye_left")
    channels = [f"{name}_{axis}" for name in names for axis in ("dx", "dy")]
    curve = one_curve(Signal(values, 30, channels))
    assert curve.channels == ("motion",)
    assert curve.values[150, 0] == pytest.approx((5 + 10 + 2) / 3)
    assert np.abs(np.delete(curve.values, 150)).max() == 0


def test_signals_come_back(tmp_path):
    rng = np.random.default_rng(0)
    valid = np.arange(40) > 3
    signals = [
        Signal(rng.normal(size=(n, 2)), 29.97, ("a", "b"), 128, valid[:n])
        for n in (40, 25)
    ]
    save_signals(tmp_path / "roi.npz", signals, 321.5)
    back, rate = load_signals(tmp_path / "roi.npz")
    assert rate == 321.5
    for one, other in zip(signals, back, strict=True):
        assert (one.values == other.values).all()
        assert (one.valid == other.valid).all()
        assert (one.fps, one.channels) == (other.fps, other.channels)
        assert one.face_size == other.face_size == 128
    assert [path.name for path in tmp_path.iterdir()] == ["roi.npz"]


def test_truth_comes_back(tmp_path):
    data = Bunch(
        videos=[SimpleNamespace(path=tmp_path / "s1.avi")],
        subjects=np.array(["s1"]),
        intervals=[[Interval(3, 9, label="surprise", apex=5, kind="micro")]],
        distractors=[[Distractor("blink", 20, 29)]],
    )
    save_truth(tmp_path / "truth.json", data)
    back = load_truth(tmp_path / "truth.json")
    assert back.subjects.tolist() == ["s1"]
    assert back.intervals == [[Interval(3, 9, apex=5, kind="micro")]]
    assert back.distractors == data.distractors


class _Frames:
    """Gives the number of frames and how often it was asked."""

    asked = 0

    def fit_transform(self, clips):
        self.asked += 1
        return [Signal(np.full((len(clip), 1), len(clip)), clip.fps) for clip in clips]


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path):
    class Stops(_Frames):
        def fit_transform(self, clips):
            raise KeyboardInterrupt

    options = {"n_subjects": 1, "n_videos": 1, "duration": 4.0, "size": 96}
    options |= {"fps": 12, "amplitude": 2.0}
    first = _Frames()
    with pytest.raises(KeyboardInterrupt):
        load_case(tmp_path, {"one": first, "two": Stops()}, **options)
    written = (tmp_path / "s01_v1.avi").stat().st_mtime_ns
    second = _Frames()
    case = load_case(
        tmp_path, {"one": first, "two": second}, keep_videos=True, **options
    )
    assert (first.asked, second.asked) == (1, 1)
    assert (tmp_path / "s01_v1.avi").stat().st_mtime_ns == written
    assert case.signals["two"][0].values[0] == 48
    assert case.seconds == 4.0
    assert len(case.intervals[0]) == 1
    (tmp_path / "s01_v1.avi").unlink()
    load_case(tmp_path, {"one": first, "two": second}, **options)
    assert (first.asked, second.asked) == (1, 1)
    assert not list(tmp_path.glob("*.avi"))
