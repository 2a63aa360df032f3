"""Synthetic micro-expressions with exact truth: clips in memory, long videos on disk.

A photograph of a face is warped by smooth fields anchored at its mesh points.  What a
frame shows is exactly known, so that spotters and recognizers can be tried, taught and
compared without any licence; it is no substitute for people.
"""

from __future__ import annotations

import csv
import io
import logging
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed
from sklearn.utils import Bunch, check_random_state

from mefeat._atomic import make_folder, write_text
from mefeat._typing import PathLike, SequenceLike
from mefeat._validation import (
    check_bool,
    check_int,
    check_option,
    check_real,
    check_tuple,
)
from mefeat.datasets import _synthetic_events as planning
from mefeat.datasets._synthetic_faces import (
    astronaut_identities,
    photograph_identities,
)
from mefeat.datasets._synthetic_fields import CLASS_UNITS
from mefeat.datasets._synthetic_render import Actor, render
from mefeat.datasets.annotations import write_annotations
from mefeat.intervals import Interval
from mefeat.io import Clip, write_video

__all__ = ["Distractor", "make_clips", "make_long_videos"]

logger = logging.getLogger(__name__)

_SUFFIX = {"MJPG": ".avi", "mp4v": ".mp4", "FFV1": ".mkv"}
_KINDS = {"nods": "head", "blinks": "blink", "macro": "macro", "flicker": "flicker"}
_LEAST_FPS, _LEAST_SIZE = 10, 64


class Distractor(NamedTuple):
    """Something that is no micro-expression: (kind, onset, offset).

    Parameters
    ----------
    kind : {"blink", "head", "flicker", "macro"}
    onset, offset : int
        First and last frame, 0-based, both included.
    """

    kind: str
    onset: int
    offset: int


def _check_size(size) -> tuple[int, int]:
    return check_tuple("size", size, 2, check_int, scalar=True, low=_LEAST_SIZE)


def _check_amplitude(amplitude):
    low, high = check_tuple(
        "amplitude", amplitude, 2, check_real, scalar=True, low=0, open_low=True
    )
    if low > high:
        raise ValueError(
            "The 'amplitude' parameter must be (least, largest). "
            f"Got {amplitude!r} instead."
        )
    return low, high


def _check_labels(labels):
    if isinstance(labels, str) or not len(labels) or len(set(labels)) < len(labels):
        raise ValueError(
            "The 'labels' parameter must be different names of emotions out of "
            f"{tuple(CLASS_UNITS)}. Got {labels!r} instead."
        )
    return tuple(check_option("labels", each, tuple(CLASS_UNITS)) for each in labels)


def _check_drawing(amplitude, noise, drift, flicker):
    """Give the checked options of `render`."""
    return {
        "amplitude": _check_amplitude(amplitude),
        "noise": check_real("noise", noise, low=0),
        "drifting": check_bool("drift", drift),
        "flicker": check_bool("flicker", flicker),
    }


def _check_root(root) -> Path:
    root = Path(root)
    if root.exists() and not root.is_dir():
        raise NotADirectoryError(f"{root}: not a folder, videos need one")
    return root


def _root_seed(random_state):
    """Give the seed of all random streams for an int, a RandomState or None."""
    if isinstance(random_state, int | np.integer) and random_state >= 0:
        return np.random.SeedSequence(int(random_state))
    source = check_random_state(random_state)
    return np.random.SeedSequence(int(source.randint(2**31 - 1)))


def _cast(faces, seeds, size):
    """Give the identities, and where they come from in words."""
    if faces is None:
        text = (
            "All of the people come from one photograph, the astronaut of "
            "scikit-image, by smooth changes of shape and tone: results say little "
            "about other faces."
        )
        return astronaut_identities(seeds, size), text
    people = photograph_identities(faces, len(seeds), size)
    pairs = sum(person.smile is not None for person in people)
    text = (
        f"{len(people)} people from photographs in {os.fspath(faces)}, {pairs} of them "
        "with their own smile."
    )
    return people, text


def _shared_labels(seed, labels, count):
    """Give `count` labels in random order, each as often as can be."""
    rng = np.random.default_rng(seed)
    rounds = [rng.permutation(labels) for _ in range(-(-count // len(labels)))]
    return [str(label) for label in np.concatenate([*rounds, []])[:count]]


# -- clips ---------------------------------------------------------------------


def make_clips(
    n_subjects: int = 6,
    n_clips: int = 6,
    *,
    fps: float = 50,
    size: int | tuple[int, int] = 160,
    labels: SequenceLike = ("negative", "positive", "surprise"),
    amplitude: float | tuple[float, float] = (1.0, 2.5),
    noise: float = 2.0,
    drift: bool = True,
    flicker: bool = True,
    faces: PathLike | None = None,
    landmarks: bool = True,
    random_state: int | np.random.RandomState | None = 0,
) -> Bunch:
    """Make short clips of micro-expressions, from onset to offset, in memory.

    Parameters
    ----------
    n_subjects : int, default=6
        Number of people.
    n_clips : int, default=6
        Clips of each of them.
    fps : float, default=50
        Frames per second; a clip lasts 0.2 to 0.5 s.
    size : int or (int, int), default=160
        Height and width of the frames in pixels.  The face takes 8/9 of the shorter.
    labels : sequence of {"negative", "positive", "surprise"}
        The emotions, each as often as can be for every subject.
    amplitude : float or (float, float), default=(1.0, 2.5)
        Least and largest peak motion in pixels on a 256-pixel face; smaller faces
        move by proportionally less.
    noise : float, default=2.0
        Standard deviation of the sensor's noise in gray levels.
    drift, flicker : bool, default=True
        Slow movements of the head; changes of the light.
    faces : path, optional
        A folder of photographs; see `make_long_videos`.
    landmarks : bool, default=True
        Give each clip the 68 landmarks of its neutral face.
    random_state : int, RandomState instance or None, default=0
        Pass an int for the same clips on every call.

    Returns
    -------
    Bunch
        ``clips``, a list of `Clip` (gray, with subject, name and apex), ``labels`` and
        ``subjects``, arrays of str, ``amplitudes``, the peak motion of each clip in
        its own pixels, and ``descr``, how they came about.

    Raises
    ------
    ValueError
        If a parameter is not allowed.
    ClipError
        If a photograph cannot be read or shows no face.

    See Also
    --------
    make_long_videos : Video files with neutral stretches and distractors.

    Examples
    --------
    >>> from mefeat.datasets import make_clips
    >>> data = make_clips(n_subjects=2, n_clips=3, size=96)
    >>> len(data.clips), data.clips[0].shape, data.clips[0].subject
    (6, (96, 96), 's01')
    >>> sorted(data.labels[:3].tolist())
    ['negative', 'positive', 'surprise']
    """
    check_int("n_subjects", n_subjects, low=1)
    check_int("n_clips", n_clips, low=1)
    fps = check_real("fps", fps, low=_LEAST_FPS)
    options = _check_drawing(amplitude, noise, drift, flicker)
    check_bool("landmarks", landmarks)
    size, labels = _check_size(size), _check_labels(labels)
    seeds = _root_seed(random_state).spawn(n_subjects)
    streams = [seed.spawn(3 + n_clips) for seed in seeds]
    people, descr = _cast(faces, [stream[0] for stream in streams], size)
    out = Bunch(clips=[], labels=[], subjects=[], amplitudes=[], descr=descr)
    for person, stream in zip(people, streams, strict=True):
        actor = Actor(person, color=False)
        traits = planning.draw_traits(np.random.default_rng(stream[1]))
        names = _shared_labels(stream[2], labels, n_clips)
        for index, (name, seed) in enumerate(zip(names, stream[3:], strict=True)):
            event, frames = _make_clip(actor, seed, fps, name, traits, options)
            out.clips.append(
                Clip(
                    frames,
                    fps=fps,
                    subject=person.name,
                    name=f"{person.name}_{index + 1:02d}_{name}",
                    landmarks=person.landmarks if landmarks else None,
                    apex=event.apex,
                )
            )
            out.amplitudes.append(actor.peak_pixels(event, options["amplitude"]))
            out.labels.append(name)
            out.subjects.append(person.name)
    for key in ("labels", "subjects", "amplitudes"):
        out[key] = np.array(out[key])
    return out


def _make_clip(actor, seed, fps, label, traits, options):
    """Give the expression and the frames of one clip."""
    plan, *streams = seed.spawn(4)
    rng = np.random.default_rng(plan)
    length, apex = planning.draw_micro(rng, fps)
    event = planning.Event("micro", 0, apex, length - 1, level=rng.random())
    event.label, event.sides = label, planning.mix_units(rng, label, traits)
    return event, np.stack(
        list(render(actor, [event], length, fps, streams, **options))
    )


# -- long videos ---------------------------------------------------------------


def make_long_videos(
    root: PathLike,
    n_subjects: int = 6,
    n_videos: int = 2,
    duration: float = 15.0,
    fps: float = 30,
    *,
    size: int | tuple[int, int] = 288,
    labels: SequenceLike = ("negative", "positive", "surprise"),
    n_micro: int | None = None,
    amplitude: float | tuple[float, float] = (1.0, 2.5),
    noise: float = 2.0,
    drift: bool = True,
    nods: bool = True,
    blinks: bool = True,
    flicker: bool = True,
    macro: bool = True,
    faces: PathLike | None = None,
    codec: str = "MJPG",
    random_state: int | np.random.RandomState | None = 0,
    n_jobs: int | None = None,
    verbose: bool = False,
) -> Bunch:
    """Write long videos with micro-expressions, distractors and exact truth.

    Parameters
    ----------
    root : path
        Folder to write to; made where it is missing.  It gets the video files,
        ``annotations.csv`` (``video,subject,onset,apex,offset,emotion``) and
        ``distractors.csv`` (``video,subject,kind,onset,offset``), with frames from 0
        and both ends included.  Files of the same names are replaced.
    n_subjects, n_videos : int
        Number of people, and of videos of each.
    duration : float, default=15.0
        Seconds.
    fps : float, default=30
        Frames per second, at least 10.
    size : int or (int, int), default=288
        Height and width of the frames in pixels, even numbers.  The face takes 8/9 of
        the shorter: 256 pixels by default, as `mefeat.face.face_size` counts them.
    labels : sequence of {"negative", "positive", "surprise"}
        Emotions, each as often as can be over the videos of a subject.
    n_micro : int, optional
        Micro-expressions in each video; by default one in four seconds.
    amplitude : float or (float, float), default=(1.0, 2.5)
        Least and largest peak motion of micro-expressions, in pixels on a 256-pixel
        face.  Macro-expressions are three times as strong.
    noise : float, default=2.0
        Standard deviation of the sensor's noise in gray levels.
    drift, nods, blinks, flicker, macro : bool, default=True
        Slow sub-pixel movements of the head; nods, shakes and tilts; blinks; changes
        of the light; macro-expressions.  Each switch leaves everything else as it is.
    faces : path, optional
        A folder of photographs, one person in each; the first `n_subjects` by name.
        Where ``NAME_neutral.jpg`` and ``NAME_smiling.jpg`` are there, the motion
        between the two takes the place of the lip corner puller.  By default all
        people are made of one photograph, scikit-image's astronaut.
    codec : {"MJPG", "mp4v", "FFV1"}, default="MJPG"
        Motion JPEG in .avi treats each frame alike; MPEG-4 in .mp4 makes smaller files
        that blur small motions; FFV1 in .mkv is lossless and large.
    random_state : int, RandomState instance or None, default=0
        Pass an int for the same videos on every call, whatever `n_jobs`.
    n_jobs : int, optional
        Videos made at the same time (joblib).
    verbose : bool, default=False
        Show a progress bar.

    Returns
    -------
    Bunch
        ``videos``, a list of `Clip`; ``intervals``, for each video a list of
        `Interval` (label, apex, kind "micro"), by onset; ``distractors``, for each
        video a list of `Distractor` (kind, onset, offset); ``amplitudes``, for each
        video the peak motion of each interval in its own pixels; ``subjects``, an
        array of str; ``root`` and ``annotations``, paths; ``descr``, how they came
        about.

    Raises
    ------
    ValueError
        If a parameter is not allowed.
    ClipError
        If a photograph cannot be read or shows no face.
    OSError
        If `root` cannot be written to.

    See Also
    --------
    make_clips : Only the micro-expressions, in memory.

    Notes
    -----
    A frame is drawn from the photograph by one warp,
    ``frame(p) = face(p - sum of fields)``: micro- and macro-expressions (sums of
    Gaussians at mesh points, one for each action unit), drift and turns of the head.
    The largest displacement of an expression's field at the apex is its amplitude.
    Expressions differ in their action units, in strength on both sides and by subject,
    and one in four shows a trace of a foreign action unit.

    An expression rises and falls as a raised cosine.  Its interval holds the frames
    in which it exceeds 5 % of its peak, 0.2 to 0.5 s of them; up to two frames (at 30
    frames per second) on either side move by less than that.  Distractors are
    annotated alike.  Micro- and macro-expressions (1 to 3 s), blinks (0.2 to 0.4 s)
    and nods (0.5 to 1.2 s) follow each other with pauses of at least 0.3 s; drift and
    light go on all the time, and short changes of the light, kind "flicker", fall
    anywhere.

    The noise is the same in the three channels, so that `noise` holds for the gray
    picture.

    Examples
    --------
    >>> import tempfile
    >>> from mefeat.datasets import make_long_videos
    >>> with tempfile.TemporaryDirectory() as root:
    ...     data = make_long_videos(root, 1, 1, duration=4, size=96, blinks=False)
    ...     print(data.videos[0].name, len(data.videos[0]), data.intervals[0][0].kind)
    s01_v1 120 micro
    """
    check_int("n_subjects", n_subjects, low=1)
    check_int("n_videos", n_videos, low=1)
    fps = check_real("fps", fps, low=_LEAST_FPS)
    duration = check_real("duration", duration, low=0, open_low=True)
    check_int("n_micro", n_micro, low=0, none=True)
    check_bool("verbose", verbose)
    options = _check_drawing(amplitude, noise, drift, flicker)
    switches = {"nods": nods, "blinks": blinks, "macro": macro, "flicker": flicker}
    off = {_KINDS[name] for name, on in switches.items() if not check_bool(name, on)}
    size, labels = _check_size(size), _check_labels(labels)
    if size[0] % 2 or size[1] % 2:
        raise ValueError(
            f"The 'size' parameter must be even in both sides. Got {size} instead."
        )
    suffix = _SUFFIX[check_option("codec", codec, tuple(_SUFFIX))]
    n_frames = max(round(duration * fps), 1)
    root = _check_root(root)

    seeds = _root_seed(random_state).spawn(n_subjects)
    streams = [seed.spawn(3 + n_videos) for seed in seeds]
    plans = _plan(streams, n_frames, fps, labels, n_micro)
    people, descr = _cast(faces, [stream[0] for stream in streams], size)
    jobs = []
    for person, videos in zip(people, plans, strict=True):
        actor = Actor(person)
        for number, (events, stream) in enumerate(videos, 1):
            kept = [event for event in events if event.kind not in off]
            path = root / f"{person.name}_v{number}{suffix}"
            jobs.append((actor, path, kept, stream))
    make_folder(root)
    for table in ("annotations.csv", "distractors.csv"):
        (root / table).unlink(missing_ok=True)  # they would belong to other videos
    run = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(
        delayed(_write)(*job, n_frames, fps, codec, options) for job in jobs
    )
    for _ in _progress(run, len(jobs), verbose, f"making {root.name}"):
        pass
    return _gather(root, jobs, fps, options["amplitude"], descr)


def _plan(streams, n_frames, fps, labels, n_micro):
    """Give for each subject and video the events and the seeds of its streams."""
    each = planning.micro_count(n_frames / fps, n_micro)
    out = []
    for _, habits, order, *seeds in streams:
        traits = planning.draw_traits(np.random.default_rng(habits))
        names = iter(_shared_labels(order, labels, each * len(seeds)))
        videos = []
        for seed in seeds:
            plan, *rest = seed.spawn(4)
            mine = [next(names) for _ in range(each)]
            events = planning.plan_video(plan, n_frames, fps, mine, traits, n_micro)
            videos.append((events, rest))
        out.append(videos)
    return out


def _write(actor, path, events, seeds, n_frames, fps, codec, options):
    frames = render(actor, events, n_frames, fps, seeds, **options)
    return write_video(path, frames, fps, codec)


def _progress(items, total, verbose, description):
    if not verbose:
        return items
    from tqdm import tqdm

    return tqdm(items, total=total, desc=description, unit="video")


def _gather(root, jobs, fps, amplitude, descr):
    """Write the tables; give everything that is known about the videos."""
    out = Bunch(
        videos=[], intervals=[], distractors=[], amplitudes=[], subjects=[], root=root
    )
    for actor, path, events, _ in jobs:
        events = sorted(events, key=lambda event: (event.onset, event.offset))
        micro = [event for event in events if event.kind == "micro"]
        out.intervals.append(
            [Interval(e.onset, e.offset, e.label, e.apex, kind="micro") for e in micro]
        )
        out.amplitudes.append([actor.peak_pixels(e, amplitude) for e in micro])
        out.distractors.append(
            [Distractor(e.kind, e.onset, e.offset) for e in events if e.kind != "micro"]
        )
        out.subjects.append(actor.identity.name)
        out.videos.append(Clip(path, fps=fps, subject=actor.identity.name))
    names = [clip.name for clip in out.videos]
    out.annotations = write_annotations(
        root / "annotations.csv", names, out.subjects, out.intervals
    )
    write_distractors(root / "distractors.csv", names, out.subjects, out.distractors)
    out.subjects = np.array(out.subjects)
    out.descr = descr
    logger.info("wrote %d videos to %s", len(names), root)
    return out


def write_distractors(path, videos, subjects, distractors):
    """Write ``video,subject,kind,onset,offset``, 0-based, both ends included."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("video", "subject", *Distractor._fields))
    for video, subject, found in zip(videos, subjects, distractors, strict=True):
        writer.writerows((video, subject, *distractor) for distractor in found)
    return write_text(path, buffer.getvalue())
