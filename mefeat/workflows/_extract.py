"""Features of many clips into one file."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils import Bunch

from mefeat.io import Clip
from mefeat.workflows._files import Skipped, expand_videos, replacing, track

__all__ = ["extract_features"]


def extract_features(
    paths, extractor, out=None, *, fps=None, on_error="raise", progress=False
):
    """Extract one row of features from each clip.

    Parameters
    ----------
    paths : path or sequence of paths
        Video files, folders of images, or folders to search for either.
    extractor : transformer
        For example ``LBPTOP()``.
    out : path, optional
        ``.csv`` or ``.npz`` (arrays ``X``, ``clips``, ``features``).
    fps, on_error, progress
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
    extractor = clone(extractor)
    skipped = Skipped(on_error)
    rows, names = [], []
    for name, path in track(expand_videos(paths).items(), "extract", progress):
        with skipped.guard(name):
            clip = Clip(path, name=name)
            clip = clip.replace(fps=fps) if clip.fps is None and fps else clip
            rows.append(extractor.fit_transform([clip])[0])
            names.append(name)
    width = len(rows[0]) if rows else 0
    result = Bunch(
        X=np.array(rows).reshape(len(rows), width),
        clips=np.array(names, dtype=str),
        features=np.array(extractor.get_feature_names_out(), dtype=str)
        if rows
        else np.array([], dtype=str),
        skipped=skipped.reasons,
    )
    if out is not None:
        _write(Path(out), result)
    return result


def _write(out, result):
    with replacing(out) as temporary:
        if out.suffix.lower() == ".npz":
            np.savez_compressed(
                temporary, X=result.X, clips=result.clips, features=result.features
            )
            return
        table = pd.DataFrame(result.X, index=result.clips, columns=result.features)
        table.to_csv(temporary, index_label="clip")
