"""The checks of estimators over clips."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.utils import estimator_checks, estimator_html_repr

from mefeat._validation import as_object_array
from mefeat.exceptions import ClipError
from mefeat.io import Clip
from mefeat.testing._samples import sample_clips

__all__ = ["check_clip_estimator", "clip_checks", "data_free_checks"]

_DATA_FREE = (
    "check_estimator_cloneable",
    "check_estimator_tags_renamed",
    "check_valid_tag_types",
    "check_estimator_repr",
    "check_no_attributes_set_in_init",
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_mixin_order",
    "check_parameters_default_constructible",
    "check_get_params_invariance",
    "check_set_params",
)


# -- what the checks share -----------------------------------------------------


def _is_features(estimator):
    return hasattr(estimator, "get_feature_names_out")


def _output(estimator, X):
    made = clone(estimator).fit(X)
    return made.transform(X) if hasattr(made, "transform") else made.predict(X)


def _comparable(value):
    """Give arrays and numbers for any output, to be compared."""
    if isinstance(value, Clip):
        return value.frames()
    if hasattr(value, "values") and hasattr(value, "fps"):
        return np.asarray(value.values)
    return value


def _assert_same(one, other, what):
    assert len(one) == len(other), f"{what}: {len(one)} results, not {len(other)}"
    for index, (a, b) in enumerate(zip(one, other, strict=True)):
        a, b = _comparable(a), _comparable(b)
        same = a == b if isinstance(a, list) else np.array_equal(a, b)
        assert same, f"{what}: sample {index} has another result"


def _arrays(clips):
    return [clip.frames() for clip in clips]


def _bare(clip, frames):
    """Put other frames into a clip, keeping what goes with it."""
    return Clip(
        frames, fps=clip.fps, subject=clip.subject, name=clip.name,
        landmarks=clip.landmarks, rois=clip.rois,
    )  # fmt: skip


def _assert_refuses(call, words, what):
    try:
        call()
    except ValueError as error:
        missing = [word for word in words if word not in str(error)]
        assert not missing, f"{what}: the message does not say {missing}: {error}"
    else:
        raise AssertionError(f"{what} must raise a ValueError")


# -- checks of X ---------------------------------------------------------------


def check_containers(estimator, clips):
    """Lists, tuples and object arrays of clips give the same."""
    expected = _output(estimator, list(clips))
    _assert_same(expected, _output(estimator, tuple(clips)), "a tuple")
    _assert_same(expected, _output(estimator, as_object_array(clips)), "object array")


def check_one_array(estimator, clips):
    """Clips of equal shape may come as one array."""
    length = min(map(len, clips))
    same = [_bare(clip, clip.frames()[:length]) for clip in clips]
    bare = [Clip(array, fps=clips[0].fps) for array in _arrays(same)]
    try:
        expected = _output(estimator, bare)
    except ClipError:
        return  # it needs what arrays do not have: landmarks, a face
    try:
        found = _output(estimator, np.stack(_arrays(same)))
    except ValueError as error:
        assert "fps" in str(error), f"one array is refused: {error}"
    else:
        _assert_same(expected, found, "one array")


def check_lengths_differ(estimator, clips):
    """Clips of unequal length go together."""
    assert len({len(clip) for clip in clips}) > 1, "give clips of several lengths"
    assert len(_output(estimator, clips)) == len(clips)


def check_each_clip_alone(estimator, clips):
    """The result of a clip depends on no other clip, nor on their order."""
    whole = _output(estimator, clips)
    _assert_same(whole[::-1], _output(estimator, list(clips)[::-1]), "reversed order")
    for index, clip in enumerate(clips):
        _assert_same(whole[index : index + 1], _output(estimator, [clip]), "alone")


def check_layouts_of_memory(estimator, clips):
    """Read-only, memory-mapped, Fortran-ordered and strided frames give the same."""
    expected = _output(estimator, clips)
    with tempfile.TemporaryDirectory() as folder:
        mapped = []
        for index, clip in enumerate(clips):
            path = Path(folder) / f"{index}.npy"
            np.save(path, clip.frames())
            mapped.append(_bare(clip, np.load(path, mmap_mode="r")))
        _assert_same(expected, _output(estimator, mapped), "read-only memory maps")
        del mapped
    fortran = [_bare(clip, np.asfortranarray(clip.frames())) for clip in clips]
    _assert_same(expected, _output(estimator, fortran), "Fortran order")
    strided = [_bare(clip, np.repeat(clip.frames(), 2, axis=2)[:, :, ::2])
               for clip in clips]  # fmt: skip
    _assert_same(expected, _output(estimator, strided), "strided frames")


def check_input_is_left_alone(estimator, clips):
    """Neither the list nor the frames are changed."""
    X = list(clips)
    before = [clip.frames().copy() for clip in X]
    _output(estimator, X)
    assert all(a is b for a, b in zip(X, clips, strict=True)), "X was changed"
    for clip, frames in zip(X, before, strict=True):
        assert np.array_equal(clip.frames(), frames), "frames were changed"


def check_float_frames(estimator, clips):
    """Frames in [0, 1] as float32 are accepted, and colours."""
    floats = [_bare(c, c.frames().astype(np.float32) / 255) for c in clips]
    assert len(_output(estimator, floats)) == len(clips)
    colour = [_bare(c, np.repeat(c.frames()[..., None], 3, axis=3)) for c in clips]
    assert len(_output(estimator, colour)) == len(clips)


# -- checks of bad input -------------------------------------------------------


def check_no_clip(estimator, clips):
    """An empty X is refused."""
    made = clone(estimator).fit(clips)
    act = made.transform if hasattr(made, "transform") else made.predict
    _assert_refuses(lambda: act([]), ["minimum of 1"], "an X without clips")


def check_single_clip(estimator, clips):
    """A clip in the place of a list of clips is refused with the remedy."""
    made = clone(estimator).fit(clips)
    act = made.transform if hasattr(made, "transform") else made.predict
    for single in (clips[0], clips[0].frames()):
        _assert_refuses(lambda x=single: act(x), ["[clip]"], "a single clip")


def check_nan(estimator, clips):
    """NaN among the frames is refused, naming the clip."""
    frames = clips[0].frames().astype(np.float64) / 255
    frames[1, 3, 3] = np.nan
    bad = _bare(clips[0], frames)

    def read():
        return [_comparable(value) for value in _output(estimator, [bad])]

    _assert_refuses(read, [bad.name], "NaN in a frame")


def check_one_frame(estimator, clips):
    """A clip of a single frame works, or is refused by name."""
    single = clips[0][:1]
    try:
        found = _output(estimator, [single])
    except ClipError as error:
        assert single.name in str(error), f"the message names no clip: {error}"
    else:
        assert len(found) == 1


def check_bad_parameters(estimator, clips):
    """Impossible values are stored as they are and refused by `fit`, by name."""
    for name in estimator.get_params(deep=False):
        if name in ("memory", "n_jobs", "estimator", "steps"):
            continue
        bad = clone(estimator)
        value = object()
        setattr(bad, name, value)
        _assert_refuses(lambda e=bad: e.fit(clips), [name], f"{name}=object()")


# -- checks of output and of life ----------------------------------------------


def check_features(estimator, clips):
    """Extractors give finite float64 rows with one unique name for each column."""
    if not _is_features(estimator):
        return
    made = clone(estimator).fit(clips)
    rows, names = made.transform(clips), made.get_feature_names_out()
    assert isinstance(rows, np.ndarray), f"rows are {type(rows)}"
    assert rows.dtype == np.float64, f"rows are {rows.dtype}"
    assert rows.shape == (len(clips), len(names)), f"{rows.shape}, {len(names)} names"
    assert np.isfinite(rows).all(), "rows hold NaN or infinity"
    assert all(type(name) is str for name in names), "names must be str"
    assert len(set(names)) == len(names), "names must be unique"
    frame = clone(estimator).set_output(transform="pandas").fit_transform(clips)
    assert list(frame.columns) == list(names), "pandas columns have other names"


def check_flat_clips(estimator, clips):
    """Black and white clips give finite features, or are refused by name."""
    if not _is_features(estimator):
        return
    for value in (0, 255):
        flat = [_bare(c, np.full_like(c.frames(), value)) for c in clips]
        try:
            assert np.isfinite(_output(estimator, flat)).all(), f"all {value}"
        except ClipError as error:
            assert flat[0].name in str(error), f"the message names no clip: {error}"


def check_objects(estimator, clips):
    """What gives objects gives a 1-D object array and no names of columns."""
    if _is_features(estimator):
        return
    found = _output(estimator, clips)
    assert isinstance(found, np.ndarray), f"output is {type(found)}"
    assert found.dtype == object, f"output is {found.dtype}"
    assert found.shape == (len(clips),), f"output has the shape {found.shape}"


def check_fit(estimator, clips):
    """`fit` gives itself, twice in a row, and keeps no frames."""
    made = clone(estimator)
    assert made.fit(clips) is made, "fit must return self"
    first = _output(estimator, clips)
    made.fit(clips[:1])
    made.fit(clips)
    act = made.transform if hasattr(made, "transform") else made.predict
    _assert_same(first, act(clips), "fitted again")
    kept = [name for name, v in vars(made).items() if isinstance(v, Clip)]
    assert not kept, f"clips are kept as {kept}"
    assert len(estimator_html_repr(made)) < 100_000, "the HTML view is too large"


def check_pickle(estimator, clips):
    """A pickled estimator gives the same."""
    made = clone(estimator).fit(clips)
    again = pickle.loads(pickle.dumps(made))
    act = "transform" if hasattr(made, "transform") else "predict"
    _assert_same(getattr(made, act)(clips), getattr(again, act)(clips), "pickled")


def check_n_jobs(estimator, clips):
    """Two jobs give what one gives."""
    if "n_jobs" not in estimator.get_params(deep=False):
        return
    one = _output(clone(estimator).set_params(n_jobs=1), clips)
    two = _output(clone(estimator).set_params(n_jobs=2), clips)
    _assert_same(one, two, "n_jobs=2")


def check_memory(estimator, clips):
    """Cached results are those that are computed."""
    if "memory" not in estimator.get_params(deep=False):
        return
    expected = _output(clone(estimator).set_params(memory=None), clips)
    with tempfile.TemporaryDirectory() as folder:
        cached = clone(estimator).set_params(memory=folder)
        _assert_same(expected, _output(cached, clips), "filling the cache")
        _assert_same(expected, _output(cached, clips), "reading the cache")


def check_grid_search(estimator, clips):
    """A grid search over subjects runs on clips."""
    if not _is_features(estimator):
        return
    X, y = list(clips) * 2, np.repeat([0, 1], len(clips))
    groups = np.tile([clip.subject for clip in clips], 2)
    pipeline = Pipeline([("features", clone(estimator)), ("svm", SVC())])
    search = GridSearchCV(
        pipeline, {"svm__C": [0.1, 1.0]}, cv=LeaveOneGroupOut(), error_score="raise"
    )
    search.fit(X, y, groups=groups)
    assert search.predict(X).shape == y.shape


_CLIP_CHECKS = (
    check_containers,
    check_one_array,
    check_lengths_differ,
    check_each_clip_alone,
    check_layouts_of_memory,
    check_input_is_left_alone,
    check_float_frames,
    check_no_clip,
    check_single_clip,
    check_nan,
    check_one_frame,
    check_bad_parameters,
    check_features,
    check_flat_clips,
    check_objects,
    check_fit,
    check_pickle,
    check_n_jobs,
    check_memory,
    check_grid_search,
)


# -- running them --------------------------------------------------------------


def data_free_checks(estimator: Any) -> Iterator[tuple[Any, Callable[..., None]]]:
    """Give scikit-learn's checks that need no X.

    Parameters
    ----------
    estimator : estimator

    Yields
    ------
    (str, callable)
        Name, and the check, to be called without arguments.
    """
    for name in _DATA_FREE:
        check = getattr(estimator_checks, name)
        yield name, partial(check, type(estimator).__name__, estimator)


def clip_checks(
    estimator: Any, clips: list[Clip] | None = None
) -> Iterator[tuple[Any, Callable[..., None]]]:
    """Give the checks of an estimator over clips.

    Parameters
    ----------
    estimator : estimator
        With ``transform`` or ``predict`` on sequences of clips; one that fits without
        y.
    clips : list of Clip, optional
        Clips that it can work with, of unequal lengths and of two subjects; by default
        those of `sample_clips`.

    Yields
    ------
    (str, callable)
        Name, and the check, to be called without arguments.
    """
    clips = sample_clips() if clips is None else list(clips)
    for check in _CLIP_CHECKS:
        yield check.__name__, partial(check, estimator, clips)


def check_clip_estimator(
    estimator: Any, clips: Any = None, expected_failures: dict[str, str] | None = None
) -> None:
    """Check an estimator over clips.

    Parameters
    ----------
    estimator, clips
        As of `clip_checks`.
    expected_failures : dict of str to str, optional
        Names of checks that do not apply, each with the reason.  A check that is
        named here and passes is a failure as well.

    Raises
    ------
    AssertionError
        With the names of the checks that failed, and why.

    Examples
    --------
    >>> from mefeat import LBPTOP
    >>> from mefeat.testing import check_clip_estimator
    >>> check_clip_estimator(LBPTOP(n_blocks=(2, 2, 1)))
    """
    expected = {} if expected_failures is None else dict(expected_failures)
    checks = [*data_free_checks(estimator), *clip_checks(estimator, clips)]
    unknown = set(expected) - {name for name, _ in checks}
    problems = [f"{name}: no such check" for name in sorted(unknown)]
    for name, check in checks:
        try:
            check()
        except Exception as error:
            if name not in expected:
                problems.append(f"{name}: {type(error).__name__}: {error}")
        else:
            if name in expected:
                problems.append(f"{name}: passes, but was expected to fail")
    if problems:
        raise AssertionError(
            f"{estimator!r} fails {len(problems)} check(s):\n" + "\n".join(problems)
        )
