"""Features of many clips into one file."""

import base64
import zipfile
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import effective_n_jobs, parallel_config
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import Bunch
from sklearn.utils.validation import check_is_fitted

from mefeat._atomic import check_place, replacing
from mefeat._validation import check_real
from mefeat.exceptions import ClipError, MissingDependencyError
from mefeat.io import Clip
from mefeat.workflows._files import Skipped, expand_videos
from mefeat.workflows._journal import Journal, estimator_identity, item_key
from mefeat.workflows._progress import Progress

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
    resume=True,
    in_memory=True,
):
    """Extract one row of features from each clip.

    Parameters
    ----------
    paths : path or sequence of paths
        Video files, folders of images, or folders to search for either.
    extractor : transformer
        For example ``LBPTOP(n_jobs=-1, memory="cache")``; what its cache holds is not
        extracted again.
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
    resume : bool, default=True
        With `out`: take up the clips that an earlier run, which ended early, finished
        with the same settings; see Notes.
    in_memory : bool, default=True
        Whether the result holds ``X``.  False needs `out`, and no more memory for many
        clips than for a few.

    Returns
    -------
    Bunch
        ``X`` of shape (n_clips, n_features) or None, ``clips`` (names), ``features``
        (names) and ``skipped``.

    Notes
    -----
    The file `out` is there when all is done, and whole.  Until then the finished clips
    stand in ``OUT.partial`` beside it, which a run that ends early leaves; the next one
    goes on there if the extractor's parameters and mefeat's version are the same, and
    its result has the same bytes as that of a run without a break.
    """
    _check_out(out, in_memory)
    fps = check_real("fps", fps, low=0, open_low=True, none=True)
    extractor = _check_extractor(extractor)
    skipped = Skipped(on_error)
    videos = expand_videos(paths)
    with _store(out, extractor, len(videos), resume) as store:
        with _spread_over(scheduler):
            clips = list(
                _extract_all(
                    videos, extractor, store, fps, skipped, scheduler, progress
                )
            )
        features = extractor.get_feature_names_out() if clips else []
        result = Bunch(
            X=None,
            clips=np.array([name for name, _ in clips], dtype=str),
            features=np.array(features, dtype=str),
            skipped=skipped.reasons,
        )
        keys = [key for _, key in clips]
        if in_memory:
            result.X = np.empty((len(clips), len(features)))
            for place, key in enumerate(keys):
                result.X[place] = store.get(key)
        if out is not None:
            if clips:
                _write(Path(out), map(store.get, keys), result)
            store.remove()
    return result


def _check_out(out, in_memory):
    if out is None and not in_memory:
        raise ValueError("The 'in_memory' parameter must be True without 'out'.")
    if out is not None and Path(out).suffix.lower() not in (".csv", ".npz"):
        raise ValueError(
            f"The 'out' parameter must end in .csv or .npz. Got {str(out)!r} instead."
        )
    check_place(out)


def _check_extractor(extractor):
    extractor = clone(extractor)
    try:
        check_is_fitted(extractor)
    except NotFittedError:
        raise ValueError(
            f"The 'extractor' parameter must learn nothing from the clips. Got "
            f"{extractor!r} instead: extract first, then fit it on the features."
        ) from None
    return extractor


# -- finished rows ---------------------------------------------------------------


class _Rows(Journal):
    """A journal whose values are rows of numbers, every bit of them kept."""

    def get(self, key):
        row = base64.b64decode(super().get(key))
        return np.frombuffer(row, dtype="<f8")

    def put(self, key, value):
        row = np.ascontiguousarray(value, dtype="<f8")
        super().put(key, base64.b64encode(row.tobytes()).decode())


class _InMemory(dict):
    put = dict.__setitem__


def _store(out, extractor, total, resume):
    if out is None:
        return nullcontext(_InMemory())
    return _Rows(out, "clips", estimator_identity(extractor), total, resume)


def _extract_all(videos, extractor, store, fps, skipped, scheduler, progress):
    """Extract what is not in the store yet; yield name and key of each usable clip."""
    size = _AT_ONCE if scheduler is not None else _batch_size(extractor)
    done = 0
    with Progress("extract", len(videos), "clips", enabled=progress) as bar:
        for batch in _parts(videos.items(), size):
            clips = dict(_open(batch, fps, skipped))
            missing = {k: clip for k, clip in clips.items() if k[1] not in store}
            failed = set(missing)
            for place, row in _extract(extractor, missing, skipped):
                store.put(place[1], row)
                failed.remove(place)
            yield from (place for place in clips if place not in failed)
            done += len(batch)
            bar.reach(done)


def _parts(items, size):
    """Yield tuples of `size` items, the last one of what is left."""
    items = iter(items)
    while part := tuple(islice(items, size)):
        yield part


def _batch_size(extractor):
    """Give how many clips are extracted together: enough for all jobs, few to lose."""
    jobs = [
        effective_n_jobs(value)
        for name, value in extractor.get_params(deep=True).items()
        if name.rpartition("__")[2] == "n_jobs"
    ]
    jobs = max(jobs, default=1)
    return 1 if jobs == 1 else min(4 * jobs, _AT_ONCE)


def _open(batch, fps, skipped):
    """Give (name, key) and clip of those that can be opened."""
    for name, path in batch:
        with skipped.guard(name):
            clip = Clip(path, name=name)
            if clip.fps is None and fps is not None:
                clip = clip.replace(fps=fps)
            yield (name, item_key(clip.key)), clip


def _extract(extractor, clips, skipped):
    """Extract a batch; where it fails, one clip after the other to find the culprit."""
    if not clips:
        return []
    try:
        rows = extractor.fit_transform(list(clips.values()))
        return list(zip(clips, rows, strict=True))
    except (ClipError, OSError):
        if skipped.on_error == "raise":
            raise
    found = []
    for place, clip in clips.items():
        with skipped.guard(clip.name):
            found.append((place, extractor.fit_transform([clip])[0]))
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


# -- the file --------------------------------------------------------------------


def _write(out, rows, result):
    """Write the table, row after row."""
    with replacing(out, durable=True) as temporary:
        if out.suffix.lower() == ".npz":
            _write_npz(temporary, rows, result)
        else:
            _write_csv(temporary, rows, result)


def _write_csv(path, rows, result):
    with open(path, "w", encoding="utf-8", newline="") as file:
        for part in _parts(zip(result.clips, rows, strict=True), _AT_ONCE):
            names, values = zip(*part, strict=True)
            table = pd.DataFrame(
                np.stack(values), index=list(names), columns=result.features
            )
            table.to_csv(file, index_label="clip", header=file.tell() == 0)


def _write_npz(path, rows, result):
    """Write what `numpy.load` reads, without having all rows at once."""
    head = {
        "descr": "<f8",
        "fortran_order": False,
        "shape": (len(result.clips), len(result.features)),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("X.npy", "w", force_zip64=True) as member:
            np.lib.format.write_array_header_1_0(member, head)
            for row in rows:
                member.write(row.tobytes())
        for name in ("clips", "features"):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, result[name], allow_pickle=False)
