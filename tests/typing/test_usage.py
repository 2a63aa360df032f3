"""A user's script: it runs under pytest, and ``mypy`` checks its types (see .ci/run).

Lines with ``type: ignore`` are mistakes that a type checker must find: mypy reports an
ignore that is not needed.
"""

from pathlib import Path
from typing import assert_type

import numpy as np
import pytest
from numpy.typing import NDArray

from mefeat import Clip, Interval, make_recognizer, make_spotter
from mefeat.datasets import make_clips
from mefeat.features import LBPTOP
from mefeat.flow import optical_flow, optical_strain
from mefeat.metrics import recognition_report, spotting_f1_score, spotting_report
from mefeat.model_selection import loso_predict
from mefeat.recognition import load_model, save_model
from mefeat.spotting import PeakSpotter, Signal


def frames(rng: np.random.Generator) -> NDArray[np.uint8]:
    return rng.integers(0, 256, (9, 24, 20), dtype=np.uint8)


def test_clips_and_intervals(rng: np.random.Generator) -> None:
    clip = Clip(frames(rng), fps=30, subject="s1", apex=4)
    assert_type(clip, Clip)
    assert_type(len(clip), int)
    assert_type(clip[2:6].replace(name="part"), Clip)
    assert_type(clip.fps, float | None)
    assert_type(clip.duration, float | None)
    assert_type(clip.shape, tuple[int, int])
    assert sum(len(block) for block in clip.stream(4)) == 9
    interval = Interval(2, 6, label="surprise", apex=4)
    assert_type(interval.iou(Interval(4, 8)), float)
    assert_type(interval.duration(fps=30), float)
    with pytest.raises(ValueError, match="fps"):
        Clip(frames(rng), fps="thirty")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="onset"):
        Interval("2", 6)  # type: ignore[arg-type]


def test_features_in_a_pipeline(rng: np.random.Generator) -> None:
    clips = [Clip(frames(rng)) for _ in range(2)]
    extractor = LBPTOP(n_blocks=(2, 2, 1), radii=(1, 1, 1), n_jobs=1)
    assert_type(extractor.fit(clips), LBPTOP)
    rows = extractor.transform(np.stack([clip.frames() for clip in clips]))
    assert_type(rows, NDArray[np.float64])
    with pytest.raises(ValueError, match="sampling"):
        LBPTOP(sampling=3).fit(clips)  # type: ignore[arg-type]


def test_flow(rng: np.random.Generator) -> None:
    flow = optical_flow(frames(rng)[0], frames(rng)[1], method="lk")
    assert_type(optical_strain(flow), NDArray[np.float32])
    with pytest.raises(TypeError):
        optical_flow(frames(rng)[0])  # type: ignore[call-arg]


def test_spotting() -> None:
    values = np.zeros((90, 1), dtype=np.float32)
    values[30:45, 0] = np.hanning(15)
    signal = Signal(values, fps=30.0, channels=("brow",))
    assert_type(signal.duration, float)
    spotted = PeakSpotter(baseline=None).fit_predict([signal])
    truth = [[Interval(30, 44)]]
    assert_type(spotting_f1_score(truth, spotted, iou_threshold=0.5), float)
    assert isinstance(spotting_report(truth, spotted).f1, float)
    assert [name for name, _ in make_spotter().steps] == ["motion", "peaks"]


def test_recognition(tmp_path: Path) -> None:
    data = make_clips(n_subjects=2, n_clips=3, random_state=0)
    model = make_recognizer("lbp-top", C=1.0)
    pred = loso_predict(model, data.clips, data.labels, groups=data.subjects)
    report = recognition_report(data.labels, pred, subjects=data.subjects)
    assert report.to_dict()["rows"]["overall"]["uf1"] == report.uf1
    path = save_model(model.fit(data.clips, data.labels), tmp_path / "model.skops")
    assert_type(path, Path)
    assert len(load_model(str(path)).predict(data.clips)) == len(data.clips)
