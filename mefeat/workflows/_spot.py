"""Spotting in a user's own videos, without labels."""

import logging
from functools import partial

import numpy as np
import pandas as pd
from joblib import effective_n_jobs
from sklearn.base import clone
from sklearn.utils import Bunch

from mefeat._atomic import make_folder
from mefeat.spotting import make_spotter
from mefeat.workflows._files import Skipped, expand_videos, open_clip
from mefeat.workflows._live import Interrupted, Watch, measure, measure_or_error
from mefeat.workflows._progress import Progress
from mefeat.workflows._spot_outputs import (
    COLUMNS,
    face_gaps,
    interval_row,
    rejection_notes,
    video_section,
    write_report,
    write_tables,
)
from mefeat.workflows._together import each

__all__ = ["spot_videos"]

logger = logging.getLogger(__name__)


def spot_videos(
    paths,
    out=None,
    *,
    spotter=None,
    fps=None,
    memory=None,
    on_error="raise",
    progress=False,
    n_jobs=None,
):
    """Spot micro-expressions in videos and write what was found.

    Parameters
    ----------
    paths : path or sequence of paths
        Video files, folders of images, or folders to search for either.
    out : path, optional
        Folder for the results; None writes nothing.  It gets ``intervals.csv``,
        ``intervals.json``, ``rejected.csv`` (motion above the threshold that is not
        reported, with the reason), ``report.html`` and for each video the timeline of
        its motion and a picture of each apex.
    spotter : Pipeline, optional
        As from `make_spotter`, fitted or not; by default its defaults.
    fps : float, optional
        For sources that do not know theirs, such as folders of images.
    memory : None, path, ClipCache or joblib.Memory, optional
        Where the motion of each finished video is kept: a rerun with the same folder
        does not measure those again.
    on_error : {"raise", "skip"}, default="raise"
        What to do with a video that cannot be used.
    progress : bool, default=False
        Show how far each video is.
    n_jobs : int, optional
        Videos treated at the same time.  With several, the tables hold finished videos
        only.

    Returns
    -------
    Bunch
        ``intervals`` (dict of video name to list of Interval), ``table`` (DataFrame
        in frames and seconds), ``signals``, ``notes`` (spans without a face, counts of
        what is dropped), ``rejected`` (dict of video name to pairs of an Interval and
        why it is dropped), ``status`` (dict of video name to how far it was seen) and
        ``skipped`` (dict of video name to reason).

    Raises
    ------
    KeyboardInterrupt
        If the job is interrupted.  What was found until then is written; the
        exception's ``result`` holds what would have been returned, and its text says
        up to which frame the video was seen.

    Notes
    -----
    The tables hold at any time what was found so far.  They are replaced, whole, a
    second after a video begins and then less and less often, at least every half
    minute.  Until the end of its video an interval is preliminary: it is what would be
    found if the video ended at the frame that ``status`` gives, and a threshold
    relative to the noise changes with what follows.

    ``status`` is ``"running"`` for a video that is being measured, also in the tables
    of a job that was killed, ``"interrupted"`` for one whose search was stopped and
    ``"done"`` otherwise.  A rerun replaces the tables and begins each video anew,
    except those whose motion `memory` holds.
    """
    spotter = make_spotter() if spotter is None else clone(spotter)
    if memory is not None:
        spotter[0].set_params(memory=memory)
    job = _Job(spotter, out, fps, on_error, progress, n_jobs)
    return job.run(expand_videos(paths))


class _Job:
    """The videos of one call, and what was found in them so far."""

    def __init__(self, spotter, out, fps, on_error, progress, n_jobs):
        self.spotter, self.fps, self.progress = spotter, fps, progress
        self.n_jobs = n_jobs
        self.skipped = Skipped(on_error)
        self.result = Bunch(
            intervals={}, signals={}, notes={}, rejected={}, status={},
            skipped=self.skipped.reasons,
        )  # fmt: skip
        self.result.table = pd.DataFrame(columns=COLUMNS)
        self.sections, self.times = [], {}  # seconds of the frames of each video
        self.out = None if out is None else make_folder(out)

    def run(self, videos):
        try:
            if effective_n_jobs(self.n_jobs) > 1 and len(videos) > 1:
                self._spot_together(videos)
            else:
                self._spot_in_turn(videos)
        except Interrupted:
            raise
        except KeyboardInterrupt:
            done = sum(s["status"] == "done" for s in self.result.status.values())
            text = f"{done} of {len(videos)} video(s) were searched"
            raise Interrupted(text, self.result) from None
        finally:
            if self.out is not None:
                write_tables(self.out, self.result, self.times)
                write_report(self.out, self.sections, self.result, self.spotter)
        return self.result

    def _spot_in_turn(self, videos):
        for number, (name, path) in enumerate(videos.items(), 1):
            with self.skipped.guard(name):
                clip = open_clip(path, name, self.fps)
                self._spot(clip, f"spot {name} ({number} of {len(videos)})")

    def _spot_together(self, videos):
        """Measure several videos at a time; look at each once, when it is done."""
        clips = []
        for name, path in videos.items():
            with self.skipped.guard(name):
                clips.append(open_clip(path, name, self.fps))
        work = partial(measure_or_error, self.spotter)
        signals = each(work, clips, self.n_jobs)
        with Progress("spot", len(clips), "videos", enabled=self.progress) as progress:
            for number, (clip, signal) in enumerate(zip(clips, signals, strict=True)):
                with self.skipped.guard(clip.name):
                    if isinstance(signal, Exception):
                        raise signal
                    self._look(clip, signal, "done")
                    self._add_section(clip, signal)
                progress.reach(number + 1)

    def _spot(self, clip, title):
        name = clip.name
        with Progress(title, len(clip), "frames", enabled=self.progress) as progress:
            watch = Watch(progress, lambda signal: self._look(clip, signal, "running"))
            try:
                signal = measure(self.spotter, clip, watch)
                self._look(clip, signal, "done")
            except KeyboardInterrupt:
                watch.keep()
                raise Interrupted(self._interrupt(clip), self.result) from None
            except BaseException:
                self._forget(name)
                raise
        self._add_section(clip, signal)

    def _add_section(self, clip, signal):
        """Take stock of a video that is not searched any further."""
        if hasattr(self.spotter[-1], "rejected"):
            dropped = self.spotter[-1].rejected([signal])[0]
            self.result.rejected[clip.name] = dropped
            self.result.notes[clip.name] += rejection_notes(dropped)
        if self.out is not None:
            self.sections.append(
                video_section(self.out, clip, self.spotter, signal, self.result)
            )

    def _look(self, clip, signal, status):
        """Search what was measured so far and bring the tables up to date."""
        result, name = self.result, clip.name
        result.intervals[name] = self.spotter[-1].predict([signal])[0]
        result.signals[name] = signal
        times = clip._times_seen(len(signal))
        self.times[name] = (
            np.arange(len(signal)) / signal.fps if times is None else times
        )
        result.notes[name] = face_gaps(signal.valid, signal.fps)
        result.status[name] = {
            "status": status,
            "frames_seen": len(signal),
            "frames": len(clip),
            "seconds_seen": round(signal.duration, 3),
        }
        self._tabulate()

    def _tabulate(self):
        result = self.result
        rows = [
            interval_row(name, interval, self.times[name])
            for name, intervals in result.intervals.items()
            for interval in intervals
        ]
        result.table = pd.DataFrame(rows, columns=COLUMNS)
        if self.out is not None:
            write_tables(self.out, result, self.times)

    def _interrupt(self, clip):
        """Note that a video was not searched to its end; say so."""
        name, result = clip.name, self.result
        seen = result.status.get(name)
        if seen is None:
            return f"{name}: no frame was searched yet"
        seen["status"] = "interrupted"
        text = (
            f"interrupted at frame {seen['frames_seen']} of {seen['frames']} "
            f"({seen['seconds_seen']:.2f} s): nothing later was searched"
        )
        result.notes[name].append(text[0].upper() + text[1:] + ".")
        self._add_section(clip, result.signals[name])
        return f"{name}: {text}"

    def _forget(self, name):
        """Drop what was found in a video that turns out not to be usable."""
        for part in ("intervals", "signals", "notes", "rejected", "status"):
            self.result[part].pop(name, None)
        self._tabulate()
