"""`Clip` on arrays and images: values, order, checks; and without OpenCV."""

import os
import pickle
import subprocess
import sys
import textwrap

import cv2
import numpy as np
import pytest

from mefeat import Clip, ClipError
from mefeat.io._images import ImageSource
from mefeat.io._pixels import gray_without_opencv


@pytest.fixture
def array(rng):
    return rng.integers(0, 256, (6, 5, 7, 3), dtype=np.uint8)


# -- values ---------------------------------------------------------------------


def test_gray_is_bt601(array):
    exact = array @ [0.299, 0.587, 0.114]
    assert abs(Clip(array).frames() - exact).max() <= 0.51
    np.testing.assert_array_equal(Clip(array).frames(color=True), array)
    primaries = np.eye(3, dtype=np.uint8)[None, None] * 255
    assert Clip(primaries).frames().ravel().tolist() == [76, 150, 29]


def test_gray_without_opencv_is_bit_equal(rng):
    frame = rng.integers(0, 256, (1000, 1000, 3), dtype=np.uint8)
    expected = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    np.testing.assert_array_equal(gray_without_opencv(frame), expected)
    corners = np.array(np.meshgrid(*[[0, 1, 127, 128, 254, 255]] * 3)).T
    corners = np.ascontiguousarray(corners.reshape(-1, 1, 3), dtype=np.uint8)
    expected = cv2.cvtColor(corners, cv2.COLOR_RGB2GRAY)
    np.testing.assert_array_equal(gray_without_opencv(corners), expected)


def test_16_bit_values_are_divided_never_stretched():
    frames = np.array([0, 255, 256, 65535], np.uint16).reshape(4, 1, 1)
    assert Clip(frames).frames().ravel().tolist() == [0, 0, 1, 255]
    ranged = Clip(frames, value_range=(0, 510))
    assert ranged.frames().ravel().tolist() == [0, 128, 128, 255]
    np.testing.assert_array_equal(Clip(frames).frames(native=True), frames)


def test_floats():
    frames = np.array([0, 0.5, 1], np.float32).reshape(3, 1, 1)
    assert Clip(frames).frames().ravel().tolist() == [0, 128, 255]
    assert Clip(frames * 2 - 1, value_range=(-1, 1)).frames()[1] == 128
    with pytest.raises(ClipError, match=r"'f', frame 2: .* \[0, 1\]; .*value_range"):
        Clip(frames * 1.5, name="f").frames()
    frames[1] = np.nan
    clip = Clip(frames, name="f")
    with pytest.raises(ClipError, match="'f', frame 1: holds NaN") as caught:
        clip.frames()
    assert caught.value.frame == 1
    with pytest.raises(ClipError, match="frame 0"):
        clip[1:].frames(native=True)
    assert len(clip[2:].frames()) == 1


def test_empty_slices_keep_shape_and_type(array):
    clip = Clip(array)[3:3]
    assert clip.frames().shape == (0, 5, 7)
    assert clip.frames(color=True).shape == (0, 5, 7, 3)
    assert list(clip.stream(2)) == []
    empty = Clip(np.empty((0, 4, 5), np.uint16))
    assert empty.frames(native=True).dtype == np.uint16
    with pytest.raises(ClipError, match=r"has 0 frame\(s\), but 1 are needed"):
        empty.require()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (np.zeros((5, 5), np.uint8), r"Got \(5, 5\) instead"),
        (np.zeros((2, 5, 5, 4), np.uint8), r"\(n_frames, height, width, 3\)"),
        (np.zeros((2, 0, 5), np.uint8), "frames are empty"),
        (np.zeros((2, 5, 5), np.int64), "Got int64 instead: convert"),
        (np.zeros((2, 5, 5), bool), "Got bool"),
        ([np.zeros((5, 5)), np.zeros((4, 5))], "frames of one size"),
        (None, r"Got \(\) instead"),
        ([], r"Got \(0,\) instead"),
    ],
)
def test_arrays_that_are_no_clip(source, message):
    with pytest.raises(ClipError, match=message):
        Clip(source)


def test_object_arrays_of_frames_of_one_size(array):
    frames = np.empty(6, dtype=object)
    frames[:] = list(array)
    np.testing.assert_array_equal(Clip(frames).frames(color=True), array)


# -- fields ---------------------------------------------------------------------

BAD = [
    ("fps", 0, "fps must be a number above 0. Got 0"),
    ("fps", np.nan, "fps must be"),
    ("fps", "30", "fps must be"),
    ("apex", 1.5, "apex must be a whole frame"),
    ("apex", np.inf, "apex must be a whole frame"),
    ("apex", "top", "apex must be a frame"),
    ("landmarks", np.zeros((68, 3)), r"Got \(68, 3\)"),
    ("landmarks", np.zeros((5, 68, 2)), "5 frames of 6"),
    ("landmarks", "none", "array of numbers"),
    ("rois", np.zeros((4, 7), int), r"shape \(5, 7\). Got int64 of shape \(4, 7\)"),
    ("rois", np.zeros((5, 7)), "Got float64"),
    ("value_range", (1, 1), "low < high"),
    ("value_range", (0, np.inf), "two finite numbers"),
    ("value_range", 255, "two finite numbers"),
    ("value_range", (0, 1, 2), "two finite numbers"),
]


@pytest.mark.parametrize(("field", "value", "message"), BAD)
def test_fields_are_checked_alike(array, field, value, message):
    with pytest.raises(ClipError, match=message):
        Clip(array, name="c", **{field: value})
    with pytest.raises(ClipError, match=message):
        Clip(array, name="c").replace(**{field: value})


def test_replace(array):
    clip = Clip(array, fps=30, subject=7, apex=4)
    other = clip[2:].replace(fps=np.float32(25), landmarks=np.zeros((4, 68, 2)))
    assert (other.fps, other.subject, other.apex, clip.fps) == (25.0, "7", 2, 30)
    assert other[1:].landmarks.shape == (3, 68, 2)
    assert clip.replace(apex=None).apex is None
    with pytest.raises(TypeError, match="no field 'frames' .* it has fps, subject"):
        clip.replace(frames=3)


@pytest.mark.parametrize("count", [0, -1, 1.5, True])
def test_blocks_have_at_least_a_frame(array, count):
    with pytest.raises(ValueError, match="n_frames must be an int of at least 1"):
        Clip(array).stream(count)


def test_keys_tell_clips_apart(array):
    clip = Clip(array, fps=30)
    assert clip.key == Clip(array.copy(), fps=30).key
    others = [
        Clip(array[..., 0], fps=30), clip[1:], clip.replace(fps=25),
        clip.replace(landmarks=np.zeros((68, 2))), clip.warped(np.eye(2, 3), (3, 3)),
        clip.replace(value_range=(0, 100)),
    ]  # fmt: skip
    assert len({other.key for other in others} | {clip.key}) == 7


def test_warped_frames_and_streams(array):
    shift = np.array([[1, 0, 2], [0, 1, 1]])
    clip = Clip(array, landmarks=np.zeros((68, 2))).warped(shift, (5, 7))
    expected = Clip(array).frames()[:, :4, :5]
    np.testing.assert_array_equal(clip.frames()[:, 1:, 2:], expected)
    np.testing.assert_array_equal(np.concatenate(list(clip.stream(4))), clip.frames())
    assert clip.landmarks[0].tolist() == [2, 1]
    twice = clip.warped(shift, (5, 7))
    np.testing.assert_array_equal(twice.frames()[:, 2:, 4:], expected[:, :3, :3])
    with pytest.raises(ValueError, match=r"shape \(2, 3\)"):
        clip.warped(np.eye(3), (5, 7))


# -- images ---------------------------------------------------------------------


def _write(folder, name, value, shape=(4, 6)):
    data = cv2.imencode(os.path.splitext(name)[1], np.full(shape, value))[1]
    (folder / name).write_bytes(data.tobytes())
    return folder / name


def _values(clip):
    return clip.frames()[:, 0, 0].tolist()


def test_filling_of_holes_is_in_the_key(tmp_path):
    paths = [tmp_path / f"{number}.png" for number in (1, 2, 4)]
    for path in paths:
        cv2.imwrite(str(path), np.full((4, 4), int(path.stem), np.uint8))
    filled, plain = Clip(tmp_path)[:3], Clip(ImageSource(paths, numbered=False))[:3]
    assert not np.array_equal(filled.frames(), plain.frames())
    assert filled.key != plain.key


def test_folders_in_order_of_numbers_with_holes_filled(tmp_path):
    for number in (9, 10, 12, 100):
        if number < 100:
            _write(tmp_path, f"s01_img{number}.png", np.uint8(number))
    clip = Clip(tmp_path, fps=100)
    assert _values(clip) == [9, 10, 10, 12]
    assert clip.numbers.tolist() == [9, 10, 12]
    assert clip.missing.tolist() == [2]
    assert clip.first_number == 9
    assert clip[2:].missing.tolist() == [0]
    assert clip.name == tmp_path.name
    assert clip.path == tmp_path
    assert len(pickle.dumps(clip)) < 4000


def test_the_last_number_counts_and_must_be_unique(tmp_path):
    for number, name in enumerate(("a2_007.png", "a10_008.png", "a1_009.png")):
        _write(tmp_path, name, np.uint8(number))
    assert _values(Clip(tmp_path)) == [0, 1, 2]
    for number, name in enumerate(("a2_007.png", "a10_007.png"), start=7):
        _write(tmp_path, name, np.uint8(number))
    (tmp_path / "a10_008.png").unlink()
    clip = Clip(tmp_path)
    assert clip.numbers is None
    assert _values(clip) == [2, 7, 8]  # a1, a2, a10


def test_lists_keep_their_order_without_numbers(tmp_path):
    paths = [
        _write(tmp_path, name, np.uint8(value))
        for name, value in (("z.png", 1), ("a.png", 2), ("m.png", 3))
    ]
    assert _values(Clip(paths)) == [1, 2, 3]
    assert _values(Clip([str(path) for path in paths[::-1]])) == [3, 2, 1]


def test_times_of_day_are_no_frame_numbers(tmp_path):
    for value, name in enumerate(("c_20240101093000.png", "c_20240101114500.png")):
        _write(tmp_path, name, np.uint8(value))
    clip = Clip(tmp_path)
    assert len(clip) == 2
    assert clip.numbers is None


def test_mixed_gray_and_colour_alpha_and_palette(tmp_path):
    from PIL import Image

    _write(tmp_path, "f1.png", np.uint8(50))
    _write(tmp_path, "f2.png", np.uint8(60), (4, 6, 3))
    rgba = np.full((4, 6, 4), 70, np.uint8)
    rgba[..., 3] = 3  # transparent, which is ignored
    Image.fromarray(rgba).save(tmp_path / "f3.png")
    Image.fromarray(np.full((4, 6), 80, np.uint8)).convert("P").save(
        tmp_path / "f4.png"
    )
    clip = Clip(tmp_path)
    assert _values(clip) == [50, 60, 70, 80]
    assert clip.frames(color=True).shape == (4, 4, 6, 3)
    assert not clip.is_color


def test_16_bit_images(tmp_path):
    _write(tmp_path, "f1.png", np.uint16(512))
    assert _values(Clip(tmp_path)) == [2]
    assert _values(Clip(tmp_path, value_range=(0, 1024))) == [128]
    assert Clip(tmp_path).frames(native=True)[0, 0, 0] == 512
    _write(tmp_path, "f2.png", np.uint8(7))
    assert _values(Clip(tmp_path)) == [2, 7]
    with pytest.raises(ClipError, match="frame 1: holds uint8 after uint16"):
        Clip(tmp_path).frames(native=True)


def test_images_that_cannot_be_read(tmp_path):
    for number in (1, 2, 3):
        _write(tmp_path, f"f{number}.png", np.uint8(number))
    clip = Clip(tmp_path)
    _write(tmp_path, "f3.png", np.uint8(3), (5, 6))
    with pytest.raises(ClipError, match=r"frame 1: f3\.png has the size \(5, 6\)"):
        clip[1:].frames()
    (tmp_path / "f2.png").write_bytes(b"not a picture")
    with pytest.raises(ClipError, match=r"not an image that can be read: .*f2\.png"):
        clip.frames()
    (tmp_path / "f2.png").write_bytes(b"")
    with pytest.raises(ClipError, match="the image file is empty"):
        clip.frames()
    (tmp_path / "f2.png").unlink()
    with pytest.raises(ClipError, match="no such image"):
        clip.frames()


def test_paths_that_lead_nowhere(tmp_path):
    with pytest.raises(ClipError, match="no such file or folder"):
        Clip(tmp_path / "none.mp4")
    with pytest.raises(ClipError, match="no image in the folder"):
        Clip(tmp_path)


def test_folders_beyond_ascii(tmp_path):
    folder = tmp_path / "Gesichter größer 顔"
    folder.mkdir()
    _write(folder, "ü1.png", np.uint8(5))
    assert _values(Clip(folder)) == [5]


# -- without OpenCV -----------------------------------------------------------------


def test_arrays_work_without_opencv(tmp_path):
    script = """
        import sys

        class Blocker:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] == "cv2":
                    raise ImportError("No module named 'cv2'")

        sys.meta_path.insert(0, Blocker())
        import numpy as np
        import mefeat
        from mefeat import Clip
        from mefeat.exceptions import MissingDependencyError

        frames = np.full((3, 4, 5, 3), [10, 20, 30], np.uint8)
        clip = Clip(frames, fps=30)
        assert clip[1:].frames().tolist() == [[[18] * 5] * 4] * 2, clip.frames()
        assert clip.frames(color=True).shape == (3, 4, 5, 3)
        open(sys.argv[1], "wb").close()
        try:
            Clip(sys.argv[1])
        except MissingDependencyError as error:
            assert "pip install opencv-contrib-python" in str(error), error
            print("remedy")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "a.mp4")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "remedy"
