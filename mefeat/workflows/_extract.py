"""Features of many clips into one file."""

from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import parallel_config
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import Bunch
from sklearn.utils.validation import check_is_fitted

from mefeat.exceptions import ClipError, MissingDependencyError
from mefeat.io import Clip
from mefeat.workflows._files import (
    Skipped,
    check_place,
    expand_videos,
    replacing,
    track,
)

__all__ = ["extract_features"]

# Clips are extracted in batches, so that progress shows and memory stays bounded.
_AT_ONCE = 64


def extract_features(
    paths,
    extractor,
    out=None,
    *,
    fps=None,
    on_error="raise",
    scheduler=None,
    progress=False,
):
    """Extract one row of features from each clip.

    Parameters
    ----------
    paths : path or sequence of paths
        Video files, folders of images, or folders to search for either.
    extractor : transformer
        For example ``LBPTOP(n_jobs=-1, memory="cache")``; what its cache holds is not
        extracted again, so that an interrupted job goes on where it stopped.
    out : path, optional
        ``.csv`` or ``.npz`` (arrays ``X``, ``clips``, ``features``); not touched where
        no clip could be used.
    fps, on_error
        See `spot_videos`.
    scheduler : str, optional
        Address of a Dask scheduler whose workers do the work, ``tcp://host:8786``; they
        need mefeat and must see the files under the same names.
    progress : bool, default=False
        See `spot_videos`.

    Returns
    -------
    Bunch
        ``X`` of shape (n_clips, n_features), ``clips`` (names), ``features`` (names)
        and ``skipped``.
    """
    if out is not None and Path(out).suffix.lower() not in (".csv", ".npz"):
        raise ValueError(
            f"The 'out' parameter must end in .csv or .npz. Got {str(out)!r} instead."
        )
    check_place(out)
    extractor = clone(extractor)
    try:
        check_is_fitted(extractor)
    except NotFittedError:
        raise ValueError(
            f"The 'extractor' parameter must learn nothing from the clips. Got "
            f"{extractor!r} instead: extract first, then fit it on the features."
        ) from None
    skipped = Skipped(on_error)
    clips = _open_all(paths, fps, skipped)
    rows, names = [], []
    with _spread_over(scheduler):
        starts = range(0, len(clips), _AT_ONCE)
        for start in track(starts, "extract", progress):
            for clip, row in _extract(
                extractor, clips[start : start + _AT_ONCE], skipped
            ):
                rows.append(row)
                names.append(clip.name)
    features = extractor.get_feature_names_out() if rows else []
    result = Bunch(
        X=np.array(rows).reshape(len(rows), len(rows[0]) if rows else 0),
        clips=np.array(names, dtype=str),
        features=np.array(features, dtype=str),
        skipped=skipped.reasons,
    )
    if out is not None and rows:
        _write(Path(out), result)
    return result


def _open_all(paths, fps, skipped):
    clips = []
    for name, path in expand_videos(paths).items():
        with skipped.guard(name):
            clip = Clip(path, name=name)
            clips.append(clip.replace(fps=fps) if clip.fps is None and fps else clip)
    return clips


def _extract(extractor, clips, skipped):
    """Extract a batch; where it fails, one clip after the other to find the culprit."""
    try:
        return list(zip(clips, extractor.fit_transform(clips), strict=True))
    except (ClipError, OSError):
        if skipped.on_error == "raise":
            raise
    found = []
    for clip in clips:
        with skipped.guard(clip.name):
            found.append((clip, extractor.fit_transform([clip])[0]))
    return found


@contextmanager
def _spread_over(scheduler):
    """Let joblib work on a Dask cluster for a while."""
    if scheduler is None:
        yield
        return
    try:
        from dask.distributed import Client
    except ImportError as error:
        raise MissingDependencyError(
            f"Dask is needed for a scheduler, but does not import ({error}). Install "
            "it with 'pip install \"mefeat[dask]\"'."
        ) from error
    with Client(scheduler, timeout="10s"), parallel_config(backend="dask"):
        yield


def _write(out, result):
    with replacing(out) as temporary:
        if out.suffix.lower() == ".npz":
            np.savez_compressed(
                temporary, X=result.X, clips=result.clips, features=result.features
            )
            return
        table = pd.DataFrame(result.X, index=result.clips, columns=result.features)
        table.to_csv(temporary, index_label="clip")
