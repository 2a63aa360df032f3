"""Speed and memory of spotting: beside Farneback's flow, without a face, over length.

Run ``python -m benchmarks spotting_speed [--quick]``.  Everything runs on one core and
one thread; times are CPU seconds, the contenders one after the other in each round, the
smallest of all rounds.

"from the file" is `make_spotter` from a 640 x 480 video file to its intervals; "from
frames" is the same without the decoder, whose cost nobody but the codec decides.
Farneback's flow takes the place of the own one in the very same pipeline: same frames,
same face, same crop, same reference, same image area; only the method differs.

Length: the same video over and over (decoded anew each time), each run in a process of
its own, whose peak of resident memory is what the system says.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager

import numpy as np

from mefeat import Clip
from mefeat.datasets import make_long_videos
from mefeat.io._sources import VideoSource
from mefeat.io._stepping import every
from mefeat.spotting import PeakSpotter, ROIMotion, make_spotter
from mefeat.spotting._tracker import FaceTracker
from mefeat.spotting.roi_motion import MotionStream

__all__ = ["run"]

SHAPE = (480, 640)
METHODS = ("lk", "farneback")
TARGETS = {"flow": 5, "from the file": 3}
LENGTHS = (10_000, 30_000, 100_000)
MEGABYTES = 600


@contextmanager
def one_core():
    """Keep this process on one core and OpenCV on one thread."""
    import cv2

    threads = cv2.getNumThreads()
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    cv2.setNumThreads(1)
    if cores:
        os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        cv2.setNumThreads(threads)
        if cores:
            os.sched_setaffinity(0, cores)


def smallest_times(calls, rounds):
    """Time calls one after the other in each round; give the least CPU seconds."""
    best = dict.fromkeys(calls, np.inf)
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.process_time()
            call()
            best[name] = min(best[name], time.process_time() - start)
    return best


def make_video(root, seconds, fps, codec):
    """Write one 640 x 480 video with every distractor; give its clip."""
    data = make_long_videos(
        root, n_subjects=1, n_videos=1, duration=seconds, fps=fps, size=SHAPE,
        codec=codec, random_state=3,
    )  # fmt: skip
    return data.videos[0]


# -- beside Farneback ------------------------------------------------------------------


def _decode(clip, step):
    for _ in every(clip, step):
        pass


def _spot(clip, method):
    return make_spotter(motion__flow=method).predict([clip])


def _flow_only(clip, method):
    """Give a call that estimates one flow as the spotter does."""
    params = ROIMotion(flow=method)._check_params()
    tracker = FaceTracker(clip.fps, params)
    for image in every(clip[:8]):
        tracker.push(image)
    window = tracker._window
    return lambda: window._flow_to(window._picture, window._flow)


def beside_farneback(clip, codec, rounds):
    """Time the pipeline with both flows, the decoder and the flows alone."""
    step = MotionStream(clip.fps, ROIMotion()._check_params()).step
    calls = {("decode", None): lambda: _decode(clip, step)}
    calls |= {("file", m): lambda m=m: _spot(clip, m) for m in METHODS}
    best = smallest_times(calls, rounds)
    flows = smallest_times({m: _flow_only(clip, m) for m in METHODS}, 100)
    own, other = (best["file", m] for m in METHODS)
    decode, n = best["decode", None], len(clip)
    pairs = {
        "from the file": (own, other),
        "from frames": (own - decode, other - decode),
        "flow": (n * flows["lk"], n * flows["farneback"]),
    }
    return [
        {
            "table": "speed",
            "codec": codec,
            "fps": clip.fps,
            "stage": stage,
            "ms/frame": 1e3 * a / n,
            "frames/s": n / a,
            "Farneback ms/frame": 1e3 * b / n,
            "Farneback / own": b / a,
            "target": TARGETS.get(stage),
        }
        for stage, (a, b) in pairs.items()
    ] + [
        {
            "table": "speed", "codec": codec, "fps": clip.fps, "stage": "decode",
            "ms/frame": 1e3 * decode / n, "frames/s": n / decode,
        }
    ]  # fmt: skip


# -- without a face --------------------------------------------------------------------


def without_a_face(rounds, fps=30, n_frames=150):
    """Time a stretch in which there is nobody."""
    rng = np.random.default_rng(0)
    frames = rng.integers(80, 120, (30, *SHAPE), dtype=np.uint8)

    def push():
        stream = MotionStream(fps, ROIMotion()._check_params())
        for index in range(n_frames):
            stream.push(frames[index % len(frames)])

    seconds = smallest_times({"no face": push}, rounds)["no face"]
    return {
        "table": "no face", "fps": fps, "frames/s": n_frames / seconds, "target": 200,
    }  # fmt: skip


# -- length ----------------------------------------------------------------------------


class Repeated(VideoSource):
    """A video file over and over."""

    def __init__(self, path, n_frames):
        super().__init__(path)
        self._once, self.n_frames = self.n_frames, n_frames

    def read(self, start, stop, step=1):
        lap = self._once - self._once % step
        while start < stop:
            first = start % lap
            last = min(first + stop - start, lap)
            yield from VideoSource.read(self, first, last, step)
            start += last - first


def _peak_megabytes():
    """Give the peak of this process's resident memory."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            line = next(line for line in file if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    except (OSError, StopIteration):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 2**20 if sys.platform == "darwin" else peak / 1024


def spot_once(path, n_frames):
    """Spot in so many frames; print what it cost, as JSON."""
    with one_core():
        motion, peaks = ROIMotion(), PeakSpotter()
        clip = Clip(Repeated(path, 16))
        motion.fit_transform([clip])
        before = _peak_megabytes()
        clip = Clip(Repeated(path, n_frames))
        start = time.process_time()
        signal = motion.fit_transform([clip])
        middle = time.process_time()
        found = peaks.predict(signal)[0]
        end = time.process_time()
    cost = {
        "frames": n_frames,
        "intervals": len(found),
        "motion [s]": middle - start,
        "peaks [s]": end - middle,
        "MB before": before,
        "MB": _peak_megabytes(),
    }
    print(json.dumps(cost))


def over_length(path, lengths):
    """Spot in videos of several lengths, each in a fresh process."""
    rows = []
    for n_frames in lengths:
        code = (
            "from benchmarks.spotting_speed import spot_once; "
            f"spot_once({str(path)!r}, {n_frames})"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        row = {"table": "length"} | json.loads(done.stdout.splitlines()[-1])
        seconds = row["motion [s]"] + row["peaks [s]"]
        row["ms/frame"] = 1e3 * seconds / n_frames
        if rows:
            # 1 where the cost is linear in length.
            growth = seconds / (rows[-1]["motion [s]"] + rows[-1]["peaks [s]"])
            longer = n_frames / rows[-1]["frames"]
            row["exponent"] = float(np.log(growth) / np.log(longer))
        rows.append(row | {"target MB": MEGABYTES})
    return rows


def run(quick=False):
    """Measure.

    Parameters
    ----------
    quick : bool
        Seconds instead of minutes: short videos, few rounds.

    Returns
    -------
    list of dict
    """
    cases = [("mp4v", 30), ("mp4v", 60), ("MJPG", 60), ("mp4v", 200)]
    seconds, rounds, lengths = 20.0, 5, LENGTHS
    if quick:
        cases, seconds, rounds, lengths = [("mp4v", 30)], 3.0, 2, (200, 400)
    rows, paths = [], []
    with tempfile.TemporaryDirectory() as root:
        for codec, fps in cases:
            clip = make_video(f"{root}/{codec}{fps}", seconds, fps, codec)
            paths.append(clip.path)
            with one_core():
                rows += beside_farneback(clip, codec, rounds)
        with one_core():
            rows.append(without_a_face(rounds))
        rows += over_length(paths[0], lengths)
    return rows
