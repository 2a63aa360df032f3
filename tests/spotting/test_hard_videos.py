"""`spot_videos` and the default spotter on files that are hard."""

import numpy as np
import pytest
from skimage.data import astronaut
from skimage.io import imread
from skimage.transform import rescale, resize

from mefeat import Clip, Interval
from mefeat.datasets import make_long_videos
from mefeat.io import write_video
from mefeat.metrics import spotting_report
from mefeat.spotting import ROIMotion, make_spotter
from mefeat.workflows import spot_videos
from mefeat.workflows._spot_outputs import interval_row


def plain(root, **options):
    """Videos with micro-expressions alone."""
    switches = dict.fromkeys(("drift", "nods", "blinks", "flicker", "macro"), False)
    options = {"duration": 5.0, "size": 128, "random_state": 3} | switches | options
    return make_long_videos(root, 1, 1, **options)


@pytest.fixture(scope="module")
def face():
    return np.rint(255 * resize(astronaut()[0:200, 125:325], (300, 300))).astype(
        np.uint8
    )


@pytest.mark.parametrize("fps", [25, 60, 100, 200])
def test_all_frame_rates_need_no_options(tmp_path, fps):
    data = plain(tmp_path, fps=fps, blinks=True)
    result = spot_videos(tmp_path)
    (found,) = result.intervals.values()
    report = spotting_report(data.intervals, [found])
    assert (report.tp, report.fp, report.fn) == (len(data.intervals[0]), 0, 0)
    (signal,) = result.signals.values()
    assert len(signal) == 5 * fps


@pytest.mark.parametrize(("n_frames", "fps"), [(1, 30), (2, 200), (40, 25), (90, 200)])
def test_a_still_image_as_a_video(face, tmp_path, n_frames, fps):
    path = write_video(tmp_path / "still.avi", [face] * n_frames, fps)
    result = spot_videos(path, tmp_path / "out")
    assert result.intervals == {"still": []}
    assert result.rejected == {"still": []}
    assert result.status["still"]["frames_seen"] == n_frames
    assert (tmp_path / "out" / "still_timeline.png").stat().st_size > 0


def test_black_frames_only_and_in_between(face, tmp_path):
    black = np.zeros_like(face)
    write_video(tmp_path / "black.avi", [black] * 40, 30)
    write_video(tmp_path / "fade.avi", [black] * 9 + [face] * 40 + [black] * 9, 30)
    result = spot_videos(
        [tmp_path / "black.avi", tmp_path / "fade.avi"], on_error="skip"
    )
    assert result.intervals == {"fade": []}
    assert "no face in any frame" in result.skipped["black"]
    assert not result.signals["fade"].valid[-8:].any()


def test_a_face_that_leaves_and_returns_is_spotted_on_both_sides(tmp_path):
    data = plain(tmp_path, duration=8.0, n_micro=2)
    frames = data.videos[0].frames(color=True)
    first, second = data.intervals[0]
    middle, gap = (first.offset + second.onset) // 2, 45
    wall = np.full((gap, *frames.shape[1:]), 120, np.uint8)
    broken = np.concatenate([frames[:middle], wall, frames[middle:]])
    path = write_video(tmp_path / "broken.mkv", broken, 30)
    result = spot_videos(path)
    truth = [first, second.shift(gap)]
    report = spotting_report([truth], [result.intervals["broken"]])
    assert (report.tp, report.fp, report.fn) == (2, 0, 0)
    valid = result.signals["broken"].valid
    assert not valid[middle : middle + gap].any()
    assert valid[: middle - 1].all()
    assert valid[middle + gap + 7 :].all()
    assert any("No face in frames" in note for note in result.notes["broken"])


def test_a_cut_to_another_person(shared_data, tmp_path):
    pictures = [
        imread(shared_data / "faces" / f"{name}_neutral.jpg") for name in ("004", "096")
    ]
    height, width = (min(p.shape[i] for p in pictures) // 2 * 2 for i in (0, 1))
    one, two = (p[:height, :width] for p in pictures)
    path = write_video(tmp_path / "cut.avi", [one] * 30 + [two] * 30 + [one] * 30, 30)
    result = spot_videos(path, spotter=make_spotter(peaks__kinds="both"))
    assert result.intervals == {"cut": []}
    spans = result.signals["cut"].spans()
    assert [first for first, _ in spans] == [0, 31, 61]
    assert [last for _, last in spans] == [29, 59, 89]


def test_of_two_faces_one_is_followed(face, tmp_path):
    data = plain(tmp_path, duration=4.0, n_micro=1)
    moving = data.videos[0].frames(color=True)
    still = rescale(face, 0.95, channel_axis=2)
    still = np.rint(255 * still).astype(np.uint8)
    frames = np.full((len(moving), 300, 440, 3), 128, np.uint8)
    frames[:, 5 : 5 + still.shape[0], 5 : 5 + still.shape[1]] = still
    frames[:, 90:218, 305:433] = moving
    clip = Clip(frames, fps=30)
    assert make_spotter().fit_predict([clip])[0] == []
    other = make_spotter(motion__pick=1).fit_predict([clip])[0]
    report = spotting_report(data.intervals, [other])
    assert (report.tp, report.fn) == (1, 0)


def test_real_people_who_talk_and_move(shared_data):
    clip = Clip(shared_data / "videos" / "cap13_edit2.mp4")[200:500]
    spotter = make_spotter(peaks__kinds="both")
    signal = ROIMotion().fit_transform([clip])[0]
    assert signal.valid.mean() > 0.9
    found = spotter["peaks"].predict([signal])[0]
    assert all(0 <= i.onset <= i.apex <= i.offset < 300 for i in found)
    assert all(0.1 <= i.duration(25) <= 4.0 for i in found)


def test_seconds_of_an_uneven_frame_rate_are_those_of_the_file(shared_data, tmp_path):
    path = shared_data / "videos" / "face_noface.mov"
    spotter = make_spotter(peaks__kinds="both", peaks__edge=0.0, peaks__head_leak=0.0)
    result = spot_videos(path, tmp_path / "out", spotter=spotter)
    clip = Clip(path)
    assert np.ptp(np.diff(clip.timestamps)) > 0.02
    table = result.table
    assert len(table) > 0
    for part in ("onset", "apex", "offset"):
        np.testing.assert_allclose(
            table[f"{part}_s"], clip.timestamps[table[part]], atol=6e-4
        )
    late = np.abs(clip.timestamps - np.arange(len(clip)) / clip.fps).max()
    assert late > 0.3  # what frame / fps would be wrong by


def test_seconds_of_an_even_frame_rate():
    row = interval_row("v", Interval(5, 9, apex=7), np.arange(10) / 25)
    assert (row["onset_s"], row["apex_s"], row["offset_s"]) == (0.2, 0.28, 0.36)
    assert row["duration_s"] == 0.2
    assert interval_row("v", Interval(0, 0), np.zeros(1))["duration_s"] == 0
