"""Training on a folder of annotated videos, and predicting with the saved model."""

import logging
from contextlib import nullcontext
from dataclasses import astuple
from functools import partial
from pathlib import Path

from joblib import parallel_config
from sklearn.base import clone
from sklearn.utils import Bunch

from mefeat._atomic import check_place
from mefeat._persistence import load_model, save_model
from mefeat._validation import check_int, check_real
from mefeat.compose import SpotThenRecognize
from mefeat.datasets.annotations import load_videos, write_predictions
from mefeat.exceptions import ClipError, ModelFileError
from mefeat.intervals import Interval
from mefeat.recognition import make_recognizer
from mefeat.spotting import make_spotter
from mefeat.workflows._files import Skipped, expand_videos, open_clip
from mefeat.workflows._journal import (
    Journal,
    estimator_identity,
    file_digest,
    item_key,
)
from mefeat.workflows._progress import Progress
from mefeat.workflows._together import each

__all__ = ["predict_videos", "train_model"]

logger = logging.getLogger(__name__)


def train_model(
    root,
    model,
    annotations=None,
    *,
    estimator=None,
    recognizer=None,
    frame_base=0,
    fps=None,
    n_jobs=None,
):
    """Train a spot-then-recognize model on annotated videos and save it.

    Parameters
    ----------
    root : path
        Folder of videos, see `mefeat.datasets.load_videos`.
    model : path
        The file to write, ``.skops``.
    annotations : path, optional
        CSV with ``video,subject,onset,apex,offset,emotion``; by default
        ``annotations.csv`` in `root`.
    estimator : SpotThenRecognize, optional
        By default `make_spotter` with the recognizer named by `recognizer`.
    recognizer : str, optional
        A name that `make_recognizer` knows.
    frame_base : int, default=0
        Number of the first frame in the CSV.
    fps : float, optional
        For sources that do not know theirs.
    n_jobs : int, optional
        Clips treated at the same time; the model is the same for any number.

    Returns
    -------
    Bunch
        ``estimator`` (fitted), ``n_videos``, ``n_intervals``, ``classes``, ``model``
        (Path).
    """
    check_place(model)
    fps = check_real("fps", fps, low=0, open_low=True, none=True)
    data = load_videos(root, annotations, frame_base=frame_base, fps=fps)
    if estimator is None:
        named = make_recognizer() if recognizer is None else make_recognizer(recognizer)
        estimator = SpotThenRecognize(make_spotter(), named)
    with parallel_config(n_jobs=n_jobs):
        estimator = clone(estimator).fit(data.videos, data.intervals)
    n_intervals = int(sum(map(len, data.intervals)))
    metadata = {
        "n_videos": len(data.videos),
        "n_intervals": n_intervals,
        "subjects": sorted(set(data.subjects.tolist())),
    }
    path = save_model(estimator, model, metadata=metadata)
    return Bunch(
        estimator=estimator,
        n_videos=len(data.videos),
        n_intervals=n_intervals,
        classes=estimator.classes_.tolist(),
        model=Path(path),
    )


def predict_videos(
    paths,
    model,
    out=None,
    *,
    subjects=None,
    frame_base=0,
    fps=None,
    on_error="raise",
    progress=False,
    n_jobs=None,
    resume=True,
):
    """Spot and name micro-expressions with a saved model.

    Parameters
    ----------
    paths : path or sequence of paths
        Video files, folders of images, or folders to search for either.
    model : path or SpotThenRecognize
        As written by `train_model`.
    out : path, optional
        CSV to write, ``subject,video,onset,offset,emotion``.
    subjects : dict of str to str, optional
        Subject of each video name; by default the folder that a video lies in, or
        nothing.
    frame_base : int, default=0
        Number that the first frame gets in the CSV.
    fps, on_error, progress
        See `spot_videos`.
    n_jobs : int, optional
        Videos treated at the same time.
    resume : bool, default=True
        With `out`: take up the videos that an earlier run, which ended early, finished
        with the same model; see the notes of `extract_features`, whose rule this is.

    Returns
    -------
    Bunch
        ``intervals`` (dict of video name to list of labelled Interval), ``subjects``
        and ``skipped``.
    """
    check_place(out)
    frame_base = check_int("frame_base", frame_base)
    estimator = model if hasattr(model, "predict") else load_model(model)
    skipped = Skipped(on_error)
    videos = expand_videos(paths)
    clips = _open(videos, fps, subjects or {}, skipped)
    with _store(out, model, estimator, len(videos), resume) as store:
        missing = {name: clip for name, clip in clips.items() if clip not in store}
        finished = len(clips) - len(missing)
        with Progress("predict", len(clips), "videos", enabled=progress) as bar:
            found = _predict_each(estimator, missing.values(), n_jobs)
            for number, (clip, outcome) in enumerate(found, finished + 1):
                with skipped.guard(clip.name):
                    store.put(clip, _checked(outcome, model))
                bar.reach(number)
        done = {n: c for n, c in clips.items() if n not in skipped.reasons}
        result = Bunch(
            intervals={name: store.get(clip) for name, clip in done.items()},
            subjects={name: clip.subject for name, clip in done.items()},
            skipped=skipped.reasons,
        )
        if out is not None:
            write_predictions(
                out,
                list(done),
                result.subjects.values(),
                result.intervals.values(),
                frame_base,
            )
            store.remove()
    counts = [len(found) for found in result.intervals.values()]
    logger.info("%d interval(s) in %d video(s)", sum(counts), len(counts))
    return result


def _open(videos, fps, subjects, skipped):
    """Open all videos before the work, so that one that cannot be is known at once."""
    clips = {}
    for name, path in videos.items():
        with skipped.guard(name):
            subject = subjects.get(name)
            if subject is None:
                subject = name.rpartition("/")[0].rpartition("/")[2]
            clips[name] = open_clip(path, name, fps, subject)
    return clips


def _predict_each(estimator, clips, n_jobs):
    """Yield each clip with its prediction or error, in order, as soon as it is there.

    Only handles of clips and lists of intervals travel.
    """
    clips = list(clips)
    outcomes = each(partial(_predict_one, estimator), clips, n_jobs)
    yield from zip(clips, outcomes, strict=True)


def _predict_one(estimator, clip):
    try:
        return estimator.predict([clip])[0]
    except (ClipError, OSError) as error:
        return error


def _checked(outcome, model):
    """Give the intervals, or raise what went wrong."""
    if isinstance(outcome, Exception):
        raise outcome
    if not isinstance(outcome, list):
        raise ModelFileError(
            f"{model}: predicts {type(outcome).__name__}, no list of intervals; give a "
            "model that spots and names, as `mefeat train` writes it"
        )
    return outcome


class _Intervals(Journal):
    """A journal of the intervals found in clips."""

    def __contains__(self, clip):
        return super().__contains__(item_key(clip.key))

    def get(self, clip):
        return [Interval(*fields) for fields in super().get(item_key(clip.key))]

    def put(self, clip, value):
        super().put(item_key(clip.key), [astuple(interval) for interval in value])


class _InMemory(dict):
    """The same without a file, for this run only."""

    def __contains__(self, clip):
        return super().__contains__(clip.name)

    def get(self, clip):
        return self[clip.name]

    def put(self, clip, value):
        self[clip.name] = value


def _store(out, model, estimator, total, resume):
    if out is None:
        return nullcontext(_InMemory())
    loaded = hasattr(model, "predict")
    settings = estimator_identity(estimator) if loaded else file_digest(model)
    return _Intervals(out, "videos", settings, total, resume)
