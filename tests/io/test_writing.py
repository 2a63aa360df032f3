"""`write_video`: what it refuses, and that it leaves nothing half-written."""

import numpy as np
import pytest

from mefeat import Clip
from mefeat.io import write_video

FRAMES = np.full((4, 32, 48), 77, np.uint8)


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".mov", ".mkv"])
def test_every_container(tmp_path, suffix):
    path = write_video(tmp_path / f"a{suffix}", FRAMES, 25)
    clip = Clip(path)
    assert (len(clip), clip.fps, clip.shape) == (4, 25, (32, 48))
    assert abs(clip.frames().astype(int) - 77).max() <= 2
    assert [p.name for p in tmp_path.iterdir()] == [f"a{suffix}"]


def _failing():
    yield FRAMES[0]
    raise RuntimeError("the camera is gone")


@pytest.mark.parametrize(
    ("frames", "options", "error", "message"),
    [
        (_failing(), {}, RuntimeError, "camera"),
        ([], {}, ValueError, "no frames"),
        ([FRAMES[0], FRAMES[0, 1:]], {}, ValueError, r"one size. Got \(31, 48\)"),
        (FRAMES.astype(float), {}, ValueError, "must be uint8.*Got float64"),
        (FRAMES[None, :, :2], {}, ValueError, r"Got uint8 of shape \(4, 2, 48\)"),
        (FRAMES, {"fps": 0}, ValueError, "fps must be above 0"),
        (FRAMES, {"codec": "abc"}, ValueError, "four characters"),
    ],
)
def test_failures_leave_nothing(tmp_path, frames, options, error, message):
    before = tmp_path / "a.avi"
    before.write_bytes(b"an older file")
    with pytest.raises(error, match=message):
        write_video(before, frames, **{"fps": 25, **options})
    assert [p.name for p in tmp_path.iterdir()] == ["a.avi"]
    assert before.read_bytes() == b"an older file"


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(OSError, match="there is no folder"):
        write_video(tmp_path / "none" / "a.mp4", FRAMES, 25)
