"""Videos that the tests of reading write themselves."""

import numpy as np
import pytest

from mefeat.io import write_video


@pytest.fixture(scope="session")
def picture_frames():
    """Sixty coarse colour pictures, each different from the one before."""
    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 256, (60, 6, 8, 3), dtype=np.uint8)
    return tiles.repeat(8, axis=1).repeat(8, axis=2)


@pytest.fixture(scope="session")
def videos(tmp_path_factory, picture_frames):
    """One file for each container and codec."""
    folder = tmp_path_factory.mktemp("videos")
    kinds = {"mp4": "mp4v", "mov": "mp4v", "avi": "MJPG", "mkv": "FFV1"}
    return {
        suffix: write_video(folder / f"v.{suffix}", picture_frames, 25, codec)
        for suffix, codec in kinds.items()
    }
