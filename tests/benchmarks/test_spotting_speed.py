"""What the benchmark of speed and memory is built of."""

import json

import numpy as np
import pytest

from benchmarks import spotting_speed
from benchmarks.spotting_speed import Repeated, smallest_times, spot_once
from mefeat import Clip
from mefeat.io import write_video
from mefeat.io._pixels import to_gray
from mefeat.io._stepping import every


@pytest.fixture
def path(tmp_path, rng):
    frames = rng.integers(0, 256, (7, 48, 64), dtype=np.uint8)
    return write_video(tmp_path / "v.avi", frames, 30)


def test_repeated_videos_are_the_video_over_and_over(path):
    once = Clip(path).frames()
    repeated = Clip(Repeated(path, 17))
    assert len(repeated) == 17
    expected = np.concatenate([once, once, once])
    np.testing.assert_array_equal(repeated.frames(), expected[:17])
    np.testing.assert_array_equal(repeated[5:16].frames(), expected[5:16])
    # With steps, whole steps of the video follow each other.
    read = [f is None or to_gray(f).copy() for f in every(repeated, 3)]
    assert [index for index, f in enumerate(read) if f is not True] == [
        0, 3, 6, 9, 12, 15,
    ]  # fmt: skip
    np.testing.assert_array_equal(read[9], once[3])


def test_the_smallest_time_of_all_rounds():
    calls = {"short": lambda: None, "long": lambda: sum(range(200_000))}
    best = smallest_times(calls, 3)
    assert 0 <= best["short"] < best["long"]


def test_one_length(tmp_path, monkeypatch, capsys):
    clip = spotting_speed.make_video(tmp_path, 2.0, 10, "mp4v")
    monkeypatch.setattr(spotting_speed, "_peak_megabytes", lambda: 1.0)
    spot_once(clip.path, 45)
    cost = json.loads(capsys.readouterr().out)
    assert cost["frames"] == 45
    assert cost["motion [s]"] > 0
    assert cost["MB"] == 1.0
