"""Training on a folder of annotated videos, and predicting with the saved model."""

import logging
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.utils import Bunch

from mefeat._persistence import load_model, save_model
from mefeat.compose import SpotThenRecognize
from mefeat.datasets.annotations import load_videos, write_predictions
from mefeat.exceptions import ModelFileError
from mefeat.recognition import make_recognizer
from mefeat.spotting import make_spotter
from mefeat.workflows._files import (
    Skipped,
    check_place,
    expand_videos,
    open_clip,
    track,
)

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

    Returns
    -------
    Bunch
        ``estimator`` (fitted), ``n_videos``, ``n_intervals``, ``classes``, ``model``
        (Path).
    """
    check_place(model)
    data = load_videos(root, annotations, frame_base=frame_base, fps=fps)
    if estimator is None:
        named = make_recognizer() if recognizer is None else make_recognizer(recognizer)
        estimator = SpotThenRecognize(make_spotter(), named)
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

    Returns
    -------
    Bunch
        ``intervals`` (dict of video name to list of labelled Interval), ``subjects``
        and ``skipped``.
    """
    check_place(out)
    estimator = model if hasattr(model, "predict") else load_model(model)
    skipped = Skipped(on_error)
    result = Bunch(intervals={}, subjects={}, skipped=skipped.reasons)
    for name, path in track(expand_videos(paths).items(), "predict", progress):
        with skipped.guard(name):
            subject = (subjects or {}).get(name)
            if subject is None:
                subject = name.rpartition("/")[0].rpartition("/")[2]
            clip = open_clip(path, name, fps, subject)
            found = estimator.predict([clip])[0]
            if not isinstance(found, list):
                raise ModelFileError(
                    f"{model}: predicts {type(found).__name__}, no list of intervals; "
                    "give a model that spots and names, as `mefeat train` writes it"
                )
            result.intervals[name] = found
            result.subjects[name] = subject
    if out is not None:
        names = list(result.intervals)
        write_predictions(
            out,
            names,
            [result.subjects[name] for name in names],
            [result.intervals[name] for name in names],
            frame_base,
        )
    counts = [len(found) for found in result.intervals.values()]
    logger.info("%d interval(s) in %d video(s)", int(np.sum(counts)), len(counts))
    return result
