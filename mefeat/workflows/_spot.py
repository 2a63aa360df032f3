"""Spotting in a user's own videos, without labels."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils import Bunch

from mefeat.reporting import (
    IntervalCard,
    TimelineDisplay,
    VideoSection,
    apex_picture,
    interval_strip,
    write_html_report,
)
from mefeat.spotting import make_spotter
from mefeat.workflows._files import (
    Skipped,
    expand_videos,
    open_clip,
    replacing,
    track,
    write_json,
)

__all__ = ["face_gaps", "interval_row", "spot_videos"]

logger = logging.getLogger(__name__)

COLUMNS = [
    "video", "kind", "onset", "apex", "offset", "onset_s", "apex_s", "offset_s",
    "duration_s", "score",
]  # fmt: skip


def interval_row(video, interval, fps):
    """Give the fields of an interval in frames and in seconds."""
    seconds = {
        f"{name}_s": None if frame is None else round(frame / fps, 3)
        for name, frame in (
            ("onset", interval.onset),
            ("apex", interval.apex),
            ("offset", interval.offset),
        )
    }
    return {
        "video": video,
        "kind": interval.kind,
        "onset": interval.onset,
        "apex": interval.apex,
        "offset": interval.offset,
        **seconds,
        "duration_s": round(interval.duration(fps), 3),
        "score": None if interval.score is None else round(interval.score, 4),
    }


def face_gaps(valid, fps, seconds=0.5):
    """Say where no face was seen.

    One sentence for each span of at least `seconds`, one for all shorter ones.
    """
    absent = np.concatenate([[False], ~np.asarray(valid, dtype=bool), [False]])
    edges = np.flatnonzero(np.diff(absent.astype(np.int8))).reshape(-1, 2)
    long = [(a, b) for a, b in edges if b - a >= seconds * fps]
    notes = [
        f"No face in frames {first} to {last - 1} ({first / fps:.2f} to "
        f"{last / fps:.2f} s); nothing is spotted there."
        for first, last in long
    ]
    if len(long) < len(edges):
        frames = int(np.sum(edges[:, 1] - edges[:, 0]))
        frames -= sum(b - a for a, b in long)
        notes.append(
            f"The face was lost for moments {len(edges) - len(long)} times, "
            f"{frames} frames in all."
        )
    return notes


def _picture_name(name, number):
    return f"{name.replace('/', '__')}_apex{number:02d}.png"


def _write_pictures(out, name, clip, display, intervals):
    from PIL import Image

    with replacing(out / f"{name.replace('/', '__')}_timeline.png") as temporary:
        display.figure_.savefig(temporary, dpi=120)
    for number, interval in enumerate(intervals, start=1):
        with replacing(out / _picture_name(name, number)) as temporary:
            Image.fromarray(apex_picture(clip, interval)).save(temporary)


def _spot_one(spotter, clip):
    signal = spotter[:-1].transform([clip])[0]
    intervals = spotter[-1].predict([signal])[0]
    return signal, intervals


def _draw(clip, spotter, signal, intervals):
    thumbnails = [
        (interval.apex, apex_picture(clip, interval, 96))
        for interval in intervals
        if interval.apex is not None
    ]
    return TimelineDisplay.from_signal(
        spotter[-1],
        signal,
        intervals=intervals,
        thumbnails=thumbnails,
        title=clip.name,
    )


def spot_videos(
    paths, out=None, *, spotter=None, fps=None, on_error="raise", progress=False
):
    """Spot micro-expressions in videos and write what was found.

    Parameters
    ----------
    paths : path or sequence of paths
        Video files, folders of images, or folders to search for either.
    out : path, optional
        Folder for the results; None writes nothing.  It gets ``intervals.csv``,
        ``intervals.json``, ``report.html`` and for each video the timeline of its
        motion and a picture of each apex.  The tables are brought up to date after
        each video, so that an interrupted job keeps what it found.
    spotter : Pipeline, optional
        As from `make_spotter`, fitted or not; by default its defaults.
    fps : float, optional
        For sources that do not know theirs, such as folders of images.
    on_error : {"raise", "skip"}, default="raise"
        What to do with a video that cannot be used.
    progress : bool, default=False
        Show a progress bar.

    Returns
    -------
    Bunch
        ``intervals`` (dict of video name to list of Interval), ``table`` (DataFrame
        in frames and seconds), ``signals``, ``notes`` (spans without a face) and
        ``skipped`` (dict of video name to reason).
    """
    spotter = make_spotter() if spotter is None else clone(spotter)
    skipped = Skipped(on_error)
    result = Bunch(intervals={}, signals={}, notes={}, skipped=skipped.reasons)
    rows, sections = [], []
    if out is not None:
        out = Path(out)
        out.mkdir(parents=True, exist_ok=True)
    result.table = pd.DataFrame(columns=COLUMNS)
    try:
        for name, path in track(expand_videos(paths).items(), "spot", progress):
            with skipped.guard(name):
                clip = open_clip(path, name, fps)
                signal, intervals = _spot_one(spotter, clip)
                result.intervals[name] = intervals
                result.signals[name] = signal
                result.notes[name] = face_gaps(signal.valid, signal.fps)
                rows += [interval_row(name, i, signal.fps) for i in intervals]
                result.table = pd.DataFrame(rows, columns=COLUMNS)
                if out is not None:
                    section = _write_video(out, clip, spotter, signal, result)
                    sections.append(section)
                    _write_tables(out, result)
    finally:
        if out is not None:
            _write_tables(out, result)
            _write_report(out, sections, result, spotter)
    return result


def _write_video(out, clip, spotter, signal, result):
    intervals = result.intervals[clip.name]
    display = _draw(clip, spotter, signal, intervals)
    _write_pictures(out, clip.name, clip, display, intervals)
    return VideoSection(
        clip.name,
        signal.fps,
        display.figure_,
        [IntervalCard(i, interval_strip(clip, i)) for i in intervals],
        notes=result.notes[clip.name],
    )


def _write_tables(out, result):
    with replacing(out / "intervals.csv") as temporary:
        result.table.to_csv(temporary, index=False)
    write_json(
        out / "intervals.json",
        {
            "intervals": result.table.to_dict("records"),
            "notes": {name: notes for name, notes in result.notes.items() if notes},
            "skipped": result.skipped,
        },
    )


def _write_report(out, sections, result, spotter):
    notes = [
        f"{len(result.table)} interval(s) in {len(result.intervals)} video(s). No "
        "annotation was given, so nothing here is checked against a truth."
    ]
    notes += [f"Skipped: {name}: {why}" for name, why in result.skipped.items()]
    settings = {name: repr(step) for name, step in spotter.steps}
    write_html_report(
        out / "report.html",
        sections,
        title="Spotted micro-expressions",
        notes=notes,
        settings=settings,
    )
