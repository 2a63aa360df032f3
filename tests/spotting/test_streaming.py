"""Frames pushed one by one give the intervals of the whole video."""

import numpy as np
import pytest
from skimage.data import astronaut

from mefeat import Clip, ClipError
from mefeat.spotting import PeakSpotter, ROIMotion, Signal, StreamingSpotter
from mefeat.spotting._tracker import CHANNELS
from mefeat.spotting.streaming import _PieceSearch


def busy_signal(rng, seconds, fps, gap=None):
    n_frames = int(seconds * fps)
    values = np.zeros((n_frames, len(CHANNELS)))
    time = np.arange(n_frames) / fps
    for _ in range(int(seconds)):
        centre, width = rng.uniform(0, seconds), rng.uniform(0.1, 1.2)
        away = np.abs(time - centre) / width
        motion = np.where(away < 1, np.cos(np.pi / 2 * away) ** 2, 0)
        values += motion[:, None] * rng.normal(0, 1.5, len(CHANNELS))
    values += rng.normal(0, 0.05, values.shape)
    values = np.cumsum(rng.normal(0, 0.02, values.shape), axis=0) + values
    valid = np.ones(n_frames, bool)
    if gap is not None:
        valid[gap] = False
        values[~valid] = 0
    return Signal(values, fps, CHANNELS, valid=valid)


@pytest.mark.parametrize("fps", [25, 30, 57.3, 200])
@pytest.mark.parametrize("gap", [None, slice(400, 431)])
def test_pieces_give_the_intervals_of_the_whole(rng, fps, gap):
    signal = busy_signal(rng, 60 if fps < 100 else 30, fps, gap)
    spotter = PeakSpotter(noise=None, height=0.5, kinds="both")
    expected = spotter.predict([signal])[0]
    assert len(expected) > 5
    search = _PieceSearch(fps, spotter._check_params())
    found, most = [], 0
    for values, valid in zip(signal.values, signal.valid, strict=True):
        found += search.push(values, valid)
        most = max(most, len(search.rows))
    found += search.end_span()
    assert found == expected
    assert most < 30 * fps


def test_frames_give_the_intervals_of_the_clip():
    face = astronaut()[0:200, 125:325]
    frames = np.stack([np.roll(face, (0, i // 4), axis=(0, 1)) for i in range(40)])
    lifted = frames.copy()
    for index, lift in ((18, 1), (19, 2), (20, 2), (21, 1)):
        lifted[index, 60:110] = np.roll(frames[index, 60:110], -lift, axis=0)
    motion = ROIMotion(window=0.6, overlap=0.2)
    peaks = PeakSpotter(noise=None, kinds="both", min_duration=0.0, head_leak=0.0)
    clip = Clip(lifted, fps=30)
    expected = peaks.predict(motion.fit_transform([clip]))[0]
    spotter = StreamingSpotter(30, motion, peaks)
    found = []
    for start in range(0, 40, 7):
        found += spotter.push(lifted[start : start + 7])
    found += spotter.close()
    assert found == expected
    assert len(expected) > 0
    assert spotter.n_frames == 40


@pytest.mark.parametrize("name", ["p", "noise", "box"])
def test_thresholds_of_the_whole_video_raise(name):
    peaks = PeakSpotter(**({"noise": None} | {name: 0.5}))
    with pytest.raises(ValueError, match=f"{name!r}.*whole video"):
        StreamingSpotter(30, peaks=peaks)


def test_bad_frames_and_closed_spotter():
    spotter = StreamingSpotter(30)
    with pytest.raises(ClipError, match="frames must be uint8"):
        spotter.push(np.zeros((5, 5)))
    assert spotter.push(np.zeros((64, 64), np.uint8)) == []
    assert spotter.close() == []
    with pytest.raises(ValueError, match="closed"):
        spotter.push(np.zeros((64, 64), np.uint8))
    with pytest.raises(ValueError, match="'fps'"):
        StreamingSpotter(0)


def test_frames_keep_their_size():
    spotter = StreamingSpotter(30)
    spotter.push(np.zeros((2, 64, 48, 3), np.uint8))
    for other in ((64, 50, 3), (64, 48), (3, 64, 50, 3), (0, 48, 3), (2, 64, 48, 4)):
        with pytest.raises(ClipError, match="frames must"):
            spotter.push(np.zeros(other, np.uint8))
    with pytest.raises(ClipError, match=r"frame 2: .*shape of the first one, \(64, 48"):
        spotter.push(np.zeros((32, 24, 3), np.uint8))
    assert spotter.push(np.zeros((64, 48, 3), np.uint8)) == []
    assert spotter.n_frames == 3


@pytest.mark.parametrize("fps", [25, 60, 200])
def test_latency_holds_and_is_reached(rng, fps):
    signal = busy_signal(rng, 40, fps)
    peaks = PeakSpotter(noise=None, height=0.5)
    spotter = StreamingSpotter(fps, peaks=peaks)
    late = []
    for frame, values in enumerate(signal.values):
        late += [frame + 1 - i.apex for i in spotter._search.push(values, True)]
    assert len(late) > 3
    held = spotter.motion.overlap + np.ceil(fps / 60) / fps
    # The windows hold motion back for the rest of the time.
    assert spotter.latency_ - held - 1.1 < max(late) / fps <= spotter.latency_ - held
    brisk = PeakSpotter(noise=None, max_duration=1.0, baseline=2.0)
    assert StreamingSpotter(fps, peaks=brisk).latency_ < 4.5
