"""Video files: exact order, cuts, rotation, times, threads."""

import pickle
import struct
import threading
import tracemalloc

import cv2
import numpy as np
import pytest

from mefeat import Clip, ClipError
from mefeat.exceptions import TruncatedClipWarning
from mefeat.io import _decoders, write_video

SUFFIXES = ["mp4", "mov", "avi", "mkv"]


def _decode(path):
    """Read all frames with OpenCV alone."""
    capture, frames = cv2.VideoCapture(str(path)), []
    while True:
        ok, frame = capture.read()
        if not ok:
            return np.stack(frames)[..., ::-1]
        frames.append(frame)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_slices_equal_decoding_in_order(videos, suffix):
    expected = _decode(videos[suffix])
    clip = Clip(videos[suffix])
    assert (len(clip), clip.fps, clip.shape, clip.name) == (60, 25, (48, 64), "v")
    np.testing.assert_array_equal(clip.frames(color=True), expected)
    rng = np.random.default_rng(1)
    for start, length in rng.integers((0, 1), (59, 20), (12, 2)):
        part = clip[start : start + length].frames(color=True)
        np.testing.assert_array_equal(part, expected[start : start + length])


@pytest.mark.parametrize("name", ["single_face.mp4", "face_noface.mov"])
def test_slices_of_real_videos(shared_data, name):
    path = shared_data / "videos" / name
    expected = _decode(path)
    clip = Clip(path)
    assert len(clip) == len(expected)
    for start in (0, 11, 40, 39, 66, 5):
        part = clip[start : start + 6].frames(color=True)
        np.testing.assert_array_equal(part, expected[start : start + 6])


def test_lossless_videos_give_back_their_pixels(videos, picture_frames):
    frames = Clip(videos["mkv"]).frames(color=True)
    assert abs(frames.astype(int) - picture_frames).max() <= 3  # RGB to YUV and back
    gray = np.stack([cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in frames])
    np.testing.assert_array_equal(Clip(videos["mkv"]).frames(), gray)


def test_slices_in_order_decode_once(videos, monkeypatch):
    grabbed = []
    plain = _decoders._Decoder.grab
    monkeypatch.setattr(
        _decoders._Decoder, "grab", lambda self: grabbed.append(1) or plain(self)
    )
    _decoders.close_decoders()
    clip = Clip(videos["avi"])
    for start in range(0, 60, 6):
        clip[start : start + 6].frames()
    assert len(grabbed) == 60
    assert _decoders._kept() == []  # the end was reached: nothing stays open


def test_few_decoders_stay_open(videos):
    _decoders.close_decoders()
    for suffix in SUFFIXES:
        Clip(videos[suffix])[:5].frames()
    assert len(_decoders._kept()) == _decoders.MAX_OPEN
    next(Clip(videos["mp4"]).stream(1))  # stopped early
    assert len(_decoders._kept()) == _decoders.MAX_OPEN
    _decoders.close_decoders(videos["mp4"])
    assert all(d.key[0] != str(videos["mp4"]) for d in _decoders._kept())
    _decoders.close_decoders()
    assert _decoders._kept() == []


def test_a_changed_file_is_read_anew(tmp_path, picture_frames):
    path = write_video(tmp_path / "a.avi", picture_frames[:9], 25)
    first = Clip(path)
    key = first.key
    first[:3].frames()
    write_video(path, picture_frames[20:40], 25)
    second = Clip(path)
    assert second.key != key
    np.testing.assert_array_equal(second.frames(color=True), _decode(path))


def test_two_threads_read_one_clip(videos):
    clip = Clip(videos["mp4"])
    expected, found = clip.frames(), [None, None]

    def read(place):
        parts = [clip[a : a + 7].frames() for a in range(0, 60, 7)]
        found[place] = np.concatenate(parts)

    threads = [threading.Thread(target=read, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for frames in found:
        np.testing.assert_array_equal(frames, expected)


def test_interleaved_streams_do_not_disturb_each_other(videos):
    clip = Clip(videos["mp4"])
    expected = clip.frames()
    pairs = zip(clip.stream(1), clip[10:].stream(1), strict=False)
    for index, (one, other) in enumerate(pairs):
        np.testing.assert_array_equal(one[0], expected[index])
        np.testing.assert_array_equal(other[0], expected[index + 10])


def test_clips_of_files_pickle_small(videos):
    clip = Clip(videos["mp4"])[5:20]
    assert clip.timestamps is not None
    data = pickle.dumps(clip)
    assert len(data) < 1500
    np.testing.assert_array_equal(pickle.loads(data).frames(), clip.frames())


def test_streams_are_bounded(tmp_path):
    frame = np.zeros((240, 320, 3), np.uint8)
    path = write_video(tmp_path / "long.avi", (frame for _ in range(300)), 25, "MJPG")
    clip = Clip(path)
    tracemalloc.start()
    total = sum(len(block) for block in clip.stream(8))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 300
    assert peak < 40 * 240 * 320 * 3


# -- cut files -------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.4, 0.9])
@pytest.mark.parametrize("suffix", ["avi", "mkv"])
def test_a_cut_file_gives_what_it_has(videos, tmp_path, suffix, share):
    data = videos[suffix].read_bytes()
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.warns(TruncatedClipWarning, match=r"cut.* of 60 frames are missing"):
        clip = Clip(path)
    assert 0 < len(clip) < 60
    whole = Clip(videos[suffix]).frames()
    frames = clip.frames()
    assert len(frames) == len(clip)
    np.testing.assert_array_equal(frames[:-1], whole[: len(clip) - 1])


def _moov_first(path, out):
    """Copy an MP4 with its index in front, as files for the web have it."""
    data = path.read_bytes()
    boxes, position = {}, 0
    while position < len(data):
        length = struct.unpack(">I", data[position : position + 4])[0]
        boxes[data[position + 4 : position + 8]] = data[position : position + length]
        position += length
    old = data.index(b"mdat") - 4
    moov = bytearray(boxes[b"moov"])
    new = len(boxes[b"ftyp"]) + len(moov)
    at = moov.index(b"stco") + 8
    for entry in range(struct.unpack(">I", moov[at : at + 4])[0]):
        place = at + 4 + 4 * entry
        offset = struct.unpack(">I", moov[place : place + 4])[0]
        moov[place : place + 4] = struct.pack(">I", offset - old + new)
    out.write_bytes(boxes[b"ftyp"] + bytes(moov) + boxes[b"mdat"])


def test_a_cut_mp4_with_its_index_in_front(videos, tmp_path):
    web = tmp_path / "web.mp4"
    _moov_first(videos["mp4"], web)
    whole = Clip(web)
    assert len(whole) == 60
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(web.read_bytes()[: int(web.stat().st_size * 0.6)])
    with pytest.warns(TruncatedClipWarning, match="frames are missing") as caught:
        clip = Clip(cut)
    assert 5 < len(clip) < 55
    assert f"{60 - len(clip)} of 60" in str(caught[0].message)
    np.testing.assert_array_equal(clip.frames()[:-1], whole[: len(clip) - 1].frames())


def test_a_cut_mp4_without_its_index(videos, tmp_path):
    path = tmp_path / "cut.mp4"
    path.write_bytes(videos["mp4"].read_bytes()[:-2000])
    with pytest.raises(ClipError, match=r"cut\.mp4.*cut off before its index"):
        Clip(path)


def test_a_file_without_any_frame(videos, tmp_path):
    path = tmp_path / "head.avi"
    path.write_bytes(videos["avi"].read_bytes()[:5700])
    with pytest.raises(ClipError, match="no frame that can be decoded|not a video"):
        Clip(path)
    path.write_bytes(b"")
    with pytest.raises(ClipError, match="not a video that can be opened"):
        Clip(path)


def test_frames_that_vanish_later_are_not_lost_silently(tmp_path, picture_frames):
    path = write_video(tmp_path / "a.avi", picture_frames, 25, "MJPG")
    clip = Clip(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    got = []
    with pytest.raises(ClipError, match=r"clip\[:\d+\] can be read") as caught:
        got.extend(clip[5:].stream(1))
    read = caught.value.frame
    assert read > 10
    assert f"clip[:{read}]" in str(caught.value)
    assert len(clip[5 : 5 + read].frames()) == read


# -- what the container says -------------------------------------------------------


def test_rotation_tags_are_honoured(tmp_path, picture_frames):
    path = write_video(tmp_path / "turned.mp4", picture_frames[:5], 25)
    upright = Clip(path).frames()
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + 20 + 8 + 8  # version 0: the display matrix
    one = 1 << 16
    straight = struct.pack(">9i", one, 0, 0, 0, one, 0, 0, 0, 1 << 30)
    assert data[at : at + 36] == straight
    turned = struct.pack(">9i", 0, one, 0, -one, 0, 0, 48 * one, 0, 1 << 30)
    data[at : at + 36] = turned  # 90 degrees clockwise
    path.write_bytes(data)
    clip = Clip(path)
    assert clip.shape == (64, 48)
    np.testing.assert_array_equal(clip.frames(), np.rot90(upright, -1, axes=(1, 2)))


def test_timestamps(videos, shared_data):
    clip = Clip(videos["mp4"])
    np.testing.assert_allclose(clip.timestamps, np.arange(60) / 25, atol=1e-6)
    np.testing.assert_allclose(clip[10:20].timestamps, np.arange(10) / 25, atol=1e-6)
    fast = Clip(videos["mp4"], fps=200)
    np.testing.assert_allclose(fast.timestamps, np.arange(60) / 200)
    uneven = Clip(shared_data / "videos" / "face_noface.mov").timestamps
    assert len(uneven) == 169
    steps = np.diff(uneven)
    assert np.median(steps) == pytest.approx(1 / 24, abs=1e-6)
    assert steps.max() > 2 * steps.min() > 0  # an index over fps would be even


def test_timestamps_of_arrays():
    frames = np.zeros((4, 5, 5), np.uint8)
    assert Clip(frames).timestamps is None
    np.testing.assert_allclose(Clip(frames, fps=2).timestamps, [0, 0.5, 1, 1.5])


def test_names_beyond_ascii(tmp_path, picture_frames):
    path = write_video(tmp_path / "Gesicht größer 顔.avi", picture_frames[:3], 25)
    assert len(Clip(path).frames()) == 3
