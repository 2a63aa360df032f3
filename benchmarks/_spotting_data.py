"""Videos of one frame rate and amplitude with their truth and motion signals, on disk.

What was measured is kept in a folder, so that an interrupted run goes on where it
stopped and the choice of parameters reads no video again.
"""

import json
import os
import time
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from mefeat import Clip, Interval
from mefeat.datasets import Distractor, make_long_videos
from mefeat.spotting import Signal


def load_case(folder, motions, *, fps, amplitude, keep_videos=False, **options):
    """Give truth and signals of one case, measuring what the folder does not have.

    Parameters
    ----------
    folder : path
        Of the case; made where it is missing.
    motions : dict of str to transformer
        What turns a clip into a signal.
    fps, amplitude : float
    keep_videos : bool, default=False
        Leave the videos in the folder.
    **options
        Of `make_long_videos`.

    Returns
    -------
    Bunch
        ``intervals``, ``distractors``, ``subjects``, ``seconds`` (of all videos),
        ``signals`` (dict of lists) and ``rates`` (dict of frames a second).
    """
    folder = Path(folder)
    missing = [name for name in motions if not (folder / f"{name}.npz").is_file()]
    if missing:
        data = _videos(folder, fps, amplitude, options)
        for name in missing:
            began = time.perf_counter()
            signals = list(motions[name].fit_transform(data.videos))
            rate = sum(map(len, data.videos)) / (time.perf_counter() - began)
            save_signals(folder / f"{name}.npz", signals, rate)
        if not keep_videos:
            for clip in data.videos:
                Path(clip.path).unlink()
    case = load_truth(folder / "truth.json")
    case.signals, case.rates = {}, {}
    for name in motions:
        case.signals[name], case.rates[name] = load_signals(folder / f"{name}.npz")
    case.seconds = sum(signal.duration for signal in case.signals[name])
    return case


def _videos(folder, fps, amplitude, options):
    """Give the videos, those of the folder if all of them are there."""
    truth = folder / "truth.json"
    if truth.is_file():
        paths = [folder / name for name in json.loads(truth.read_text())["videos"]]
        if all(path.is_file() for path in paths):
            return Bunch(videos=[Clip(path, fps=fps) for path in paths])
    data = make_long_videos(folder, fps=fps, amplitude=amplitude, **options)
    save_truth(truth, data)
    return data


def save_truth(path, data):
    """Write names, people, micro-expressions and distractors as JSON."""
    content = {
        "videos": [Path(clip.path).name for clip in data.videos],
        "subjects": [str(subject) for subject in data.subjects],
        "intervals": [
            [[i.onset, i.offset, i.apex] for i in each] for each in data.intervals
        ],
        "distractors": [[list(d) for d in each] for each in data.distractors],
    }
    _write(path, lambda part: part.write_text(json.dumps(content)))


def load_truth(path):
    """Give what `save_truth` wrote as a Bunch."""
    content = json.loads(Path(path).read_text())
    return Bunch(
        subjects=np.array(content["subjects"]),
        intervals=[
            [Interval(a, b, apex=c, kind="micro") for a, b, c in each]
            for each in content["intervals"]
        ],
        distractors=[[Distractor(*d) for d in each] for each in content["distractors"]],
    )


def save_signals(path, signals, rate):
    """Write signals of the same channels, and the frames measured a second."""
    parts = {f"values{i}": signal.values for i, signal in enumerate(signals)}
    parts |= {f"valid{i}": signal.valid for i, signal in enumerate(signals)}
    first = signals[0]
    parts["channels"] = np.array(first.channels)
    parts["numbers"] = np.array([len(signals), first.fps, first.face_size, rate])

    def write(part):
        with part.open("wb") as file:
            np.savez_compressed(file, **parts)

    _write(path, write)


def load_signals(path):
    """Give (signals, frames measured a second)."""
    with np.load(path) as parts:
        count, fps, face_size, rate = parts["numbers"]
        signals = [
            Signal(
                parts[f"values{i}"],
                fps,
                tuple(parts["channels"]),
                face_size,
                parts[f"valid{i}"],
            )
            for i in range(int(count))
        ]
    return signals, float(rate)


def _write(path, write):
    part = path.with_name(f".{path.name}.part")
    try:
        write(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
