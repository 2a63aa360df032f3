"""What spotting in a user's own videos writes: tables, pictures, the report."""

from collections import Counter

import numpy as np
import pandas as pd

from mefeat._atomic import replacing
from mefeat.io._pictures import shrink, side_by_side
from mefeat.reporting import (
    IntervalCard,
    TimelineDisplay,
    VideoSection,
    frame_picture,
    write_html_report,
)
from mefeat.reporting._strips import encode_loop, loop_frames, shown_frames
from mefeat.workflows._files import file_stem, write_json

__all__ = [
    "COLUMNS", "face_gaps", "interval_row", "rejection_notes", "video_section",
    "write_report", "write_tables",
]  # fmt: skip

COLUMNS = [
    "video", "kind", "onset", "apex", "offset", "onset_s", "apex_s", "offset_s",
    "duration_s", "score",
]  # fmt: skip

# Longer side of the pictures of an interval in the report, in pixels.
_STRIP = 160


def interval_row(video, interval, times):
    """Give the fields of an interval in frames and in seconds.

    Parameters
    ----------
    video : str
    interval : Interval
    times : ndarray of shape (n_frames,)
        Seconds at which each frame is shown.
    """
    frames = {
        "onset": interval.onset, "apex": interval.apex, "offset": interval.offset
    }  # fmt: skip

    def at(frame):
        return float(times[min(max(frame, 0), len(times) - 1)])

    seconds = {
        f"{name}_s": None if frame is None else round(at(frame), 3)
        for name, frame in frames.items()
    }
    # The last frame is shown until the next one.
    step = np.median(np.diff(times)) if len(times) > 1 else 0.0
    last = interval.offset + 1
    end = at(last) if last < len(times) else at(interval.offset) + step
    return {
        "video": video,
        "kind": interval.kind,
        **frames,
        **seconds,
        "duration_s": round(end - at(interval.onset), 3),
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


# What the reasons of `PeakSpotter.rejected` mean.
_REASONS = {
    "blink": "explained by a blink",
    "head": "explained by a movement of the head",
    "macro": "longer than a micro-expression",
    "micro": "shorter than a macro-expression",
    "too long": "longer than any expression",
    "too short": "too short",
    "few regions": "in too few regions",
    "not seen whole": "not seen from beginning to end",
    "part of another": "part of another one",
}


def rejection_notes(rejected):
    """Say in a sentence how much motion is not reported, and why."""
    counts = Counter(_REASONS[reason] for _, reason in rejected)
    if not counts:
        return []
    parts = [f"{count} {why}" for why, count in counts.most_common()]
    return [f"Motion above the threshold that is not reported: {', '.join(parts)}."]


def _read_pictures(clip, frames, keep):
    """Read frames in order, so that the file is decoded once.

    Parameters
    ----------
    clip : Clip
    frames : set of int
    keep : callable
        Called as ``keep(frame, picture)`` with each in full size.

    Returns
    -------
    dict of int to ndarray
        Frames to pictures of `_STRIP` pixels.
    """
    pictures = {}
    for frame in sorted(frames):
        full = frame_picture(clip, frame)
        keep(frame, full)
        pictures[frame] = shrink(full, _STRIP)
    return pictures


def video_section(out, clip, spotter, signal, result):
    """Write the pictures of a video; give its section of the report."""
    from PIL import Image

    intervals = result.intervals[clip.name]
    shown = [shown_frames(interval) for interval in intervals]
    stem = file_stem(clip.name)

    def keep_apex(frame, picture):
        for number, (_, apex, _) in enumerate(shown, start=1):
            if apex == frame:
                with replacing(out / f"{stem}_apex{number:02d}.png") as temporary:
                    Image.fromarray(picture).save(temporary)

    loops = [loop_frames(interval, len(clip)) for interval in intervals]
    wanted = {frame for row in (*shown, *loops) for frame in row}
    pictures = _read_pictures(clip, wanted, keep_apex)
    display = TimelineDisplay.from_signal(
        spotter[-1],
        signal,
        intervals=intervals,
        thumbnails=[(apex, shrink(pictures[apex], 96)) for _, apex, _ in shown],
        title=clip.name,
    )
    with replacing(out / f"{stem}_timeline.png") as temporary:
        display.figure_.savefig(temporary, dpi=120)
    cards = [
        IntervalCard(
            interval,
            side_by_side([pictures[f] for f in row], 4),
            loop=encode_loop([pictures[f] for f in loop]),
        )
        for interval, row, loop in zip(intervals, shown, loops, strict=True)
    ]
    return VideoSection(
        clip.name, signal.fps, display.figure_, cards, notes=result.notes[clip.name]
    )


def write_tables(out, result, times):
    """Replace the tables by what was found so far."""
    with replacing(out / "intervals.csv") as temporary:
        result.table.to_csv(temporary, index=False)
    rows = [
        interval_row(name, interval, times[name]) | {"reason": reason}
        for name, rejected in result.rejected.items()
        for interval, reason in rejected
    ]
    with replacing(out / "rejected.csv") as temporary:
        table = pd.DataFrame(rows, columns=[*COLUMNS, "reason"])
        table.to_csv(temporary, index=False)
    write_json(
        out / "intervals.json",
        {
            "intervals": result.table.to_dict("records"),
            "notes": {name: notes for name, notes in result.notes.items() if notes},
            "videos": result.status,
            "skipped": result.skipped,
        },
    )


def write_report(out, sections, result, spotter):
    """Write the page that shows everything."""
    notes = [f"Skipped: {name}: {why}" for name, why in result.skipped.items()]
    settings = {name: repr(step) for name, step in spotter.steps}
    write_html_report(
        out / "report.html",
        sections,
        title="Spotted micro-expressions",
        notes=notes,
        settings=settings,
    )
