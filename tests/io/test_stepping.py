"""Frames read with steps, and gray parts of frames in colours."""

import cv2
import numpy as np
import pytest

from mefeat import Clip
from mefeat.io import write_video
from mefeat.io._pixels import to_gray, to_rgb
from mefeat.io._stepping import every
from mefeat.io._warping import source_box, warp_affine


@pytest.fixture
def frames(rng):
    small = rng.integers(0, 256, (10, 12, 16, 3), dtype=np.uint8)
    return np.stack([cv2.resize(f, (64, 48)) for f in small])


@pytest.fixture(params=["array", "video", "images", "gray"])
def clip(request, frames, tmp_path):
    if request.param == "array":
        return Clip(frames, fps=30)
    if request.param == "gray":
        return Clip(frames[..., 0], fps=30)
    if request.param == "video":
        return Clip(write_video(tmp_path / "v.avi", frames, 30))
    for index, frame in enumerate(frames):
        cv2.imwrite(str(tmp_path / f"{index:03d}.png"), frame[..., ::-1])
    return Clip(tmp_path, fps=30)


@pytest.mark.parametrize("step", [1, 3, 20])
def test_steps_give_the_frames_and_nothing_between(clip, step):
    gray = clip.frames()
    for part in (clip, clip[2:9]):
        read = [
            None if frame is None else to_gray(frame).copy()
            for frame in every(part, step)
        ]
        assert len(read) == len(part)
        for index, frame in enumerate(read):
            if index % step:
                assert frame is None
            else:
                np.testing.assert_array_equal(frame, gray[part.start + index])


def test_colours_and_native_values_survive_the_next_frame(clip):
    for options in ({"color": True}, {"color": True, "native": True}, {}):
        whole = clip.frames(**options)
        blocks = np.concatenate(list(clip.stream(4, **options)))
        np.testing.assert_array_equal(whole, blocks)
        np.testing.assert_array_equal(whole[3], clip[3:4].frames(**options)[0])
    np.testing.assert_array_equal(
        clip.frames(), [to_gray(frame) for frame in clip.frames(color=True)]
    )


def test_views_of_bgr(frames):
    bgr = np.ascontiguousarray(frames[0][..., ::-1])
    rgb = bgr[..., ::-1]
    np.testing.assert_array_equal(to_rgb(rgb), frames[0])
    assert to_rgb(rgb).flags.c_contiguous
    np.testing.assert_array_equal(to_gray(rgb), to_gray(frames[0]))


MATRICES = {
    "turned": [[0.8, 0.3, -9.0], [-0.3, 0.8, 5.0]],
    "shrunk": [[0.3, 0.02, 1.0], [-0.02, 0.3, 2.0]],
    "much smaller": [[0.12, 0.0, 3.0], [0.0, 0.12, 1.0]],
    "beyond the border": [[0.9, 0.0, 40.0], [0.0, 0.9, -30.0]],
    "nothing of it": [[1.0, 0.0, 500.0], [0.0, 1.0, 0.0]],
}


@pytest.mark.parametrize("name", MATRICES)
def test_gray_parts_equal_parts_of_the_gray_picture(frames, name):
    matrix, size = np.array(MATRICES[name]), (20, 24)
    expected = warp_affine(to_gray(frames[0]), matrix, size)
    found = warp_affine(frames[0], matrix, size, gray=True)
    np.testing.assert_allclose(found.astype(int), expected, atol=1)
    view = np.ascontiguousarray(frames[0][..., ::-1])[..., ::-1]
    np.testing.assert_array_equal(warp_affine(view, matrix, size, gray=True), found)


def test_shrinking_averages_where_things_are(rng):
    """A smooth picture keeps its values and places at every scale."""
    y, x = np.mgrid[:240, :320]
    picture = np.rint(128 + 60 * np.sin(x / 40) + 50 * np.cos(y / 30)).astype(np.uint8)
    for scale in (0.9, 0.5, 0.34, 0.3, 0.21, 0.12):
        matrix = np.array([[scale, 0, 0], [0, scale, 0]])
        size = (int(200 * scale), int(280 * scale))
        found = warp_affine(picture, matrix, size)
        rows, columns = np.mgrid[: size[0], : size[1]] / scale
        expected = 128 + 60 * np.sin(columns / 40) + 50 * np.cos(rows / 30)
        inner = np.s_[2:-2, 2:-2]
        assert np.abs(found - expected)[inner].max() < 3.0
        assert abs((found - expected)[inner].mean()) < 0.5


def test_the_part_that_a_map_shows():
    (left, right), (top, bottom) = source_box([[2, 0, -4], [0, 0.5, 1]], (10, 20))
    assert (left, right) == (1.75, 11.75)
    assert (top, bottom) == (-3, 17)
    assert source_box(np.zeros((2, 3)), (4, 4)) == ((0, 0), (0, 0))
