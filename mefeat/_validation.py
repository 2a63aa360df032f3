"""The one gate for parameters, clips and targets.

Parameters are stored as given by every estimator and checked in ``fit`` by the
functions below, whose messages all read alike.
"""

import numbers
from collections.abc import Mapping

import numpy as np
from sklearn.utils.metadata_routing import get_routing_for_object

from mefeat.intervals import as_intervals
from mefeat.io import Clip

__all__ = [
    "as_object_array",
    "check_bool",
    "check_clips",
    "check_int",
    "check_intervals",
    "check_labels",
    "check_option",
    "check_real",
    "check_tuple",
    "needs_groups",
    "set_step_params",
]


def _fail(owner, name, allowed, value):
    of = "" if owner is None else f" of {owner}"
    raise ValueError(
        f"The {name!r} parameter{of} must be {allowed}. Got {value!r} instead."
    )


def _range_text(low, high):
    if low is not None and high is not None:
        return f" in [{low}, {high}]"
    if low is not None:
        return f" of at least {low}"
    return f" of at most {high}" if high is not None else ""


def check_int(name, value, *, low=None, high=None, owner=None, none=False):
    """Give `value` as an int, or raise naming the parameter and what is allowed."""
    if none and value is None:
        return None
    allowed = f"an int{_range_text(low, high)}{' or None' if none else ''}"
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
        _fail(owner, name, allowed, value)
    if (low is not None and value < low) or (high is not None and value > high):
        _fail(owner, name, allowed, value)
    return int(value)


def check_real(
    name, value, *, low=None, high=None, owner=None, none=False, open_low=False
):
    """Give `value` as a finite float; with `open_low` the lower end is excluded."""
    if none and value is None:
        return None
    allowed = f"a number{_range_text(low, high)}{' or None' if none else ''}"
    if open_low:
        allowed = allowed.replace("of at least", "above").replace("in [", "in (")
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        _fail(owner, name, allowed, value)
    if not np.isfinite(value):
        _fail(owner, name, allowed, value)
    if low is not None and (value < low or (open_low and value == low)):
        _fail(owner, name, allowed, value)
    if high is not None and value > high:
        _fail(owner, name, allowed, value)
    return float(value)


def check_bool(name, value, *, owner=None):
    """Give `value` as a bool."""
    if not isinstance(value, bool | np.bool_):
        _fail(owner, name, "True or False", value)
    return bool(value)


def check_option(name, value, options, *, owner=None):
    """Give `value` if it is one of `options` (strings or None)."""
    if (value is None or isinstance(value, str)) and value in options:
        return value
    shown = ", ".join(repr(option) for option in options)
    return _fail(owner, name, f"one of {shown}", value)


def check_tuple(name, value, length, check, *, owner=None, scalar=False, **limits):
    """Give a tuple of `length` values, each passed through `check`.

    With `scalar`, a single value stands for all of them.
    """
    if scalar and (value is None or np.ndim(value) == 0):
        value = (value,) * length
    if isinstance(value, str) or np.ndim(value) == 0 or len(value) != length:
        _fail(owner, name, f"a sequence of {length} values", value)
    if check is check_option:
        return tuple(check(name, v, limits["options"], owner=owner) for v in value)
    return tuple(check(name, v, owner=owner, **limits) for v in value)


def as_object_array(items):
    """Give a 1-D object array with one element for each of `items`.

    ``np.array(items, dtype=object)`` would build a higher-dimensional array whenever
    the items happen to have equal shapes.
    """
    items = list(items)
    out = np.empty(len(items), dtype=object)
    for index, item in enumerate(items):
        out[index] = item
    return out


def check_clips(X, *, min_clips=1, min_frames=1):
    """Give a list of `Clip` for any accepted X.

    Parameters
    ----------
    X : sequence of clips
        A list, tuple or 1-D object array whose elements are `Clip`, arrays of shape
        (n_frames, height, width[, 3]) or paths; or one array of shape
        (n_clips, n_frames, height, width[, 3]).
    min_clips, min_frames : int
        Least number of clips, and of frames in each clip.

    Returns
    -------
    list of Clip

    Raises
    ------
    ValueError
        If X is not such a sequence or holds too few clips.
    ClipError
        If a clip cannot be used.
    """
    if isinstance(X, Clip | str | bytes) or not hasattr(X, "__len__"):
        raise ValueError(
            "X must be a sequence of clips, one for each sample. Got "
            f"{type(X).__name__} instead: put a single clip in a list, [clip]."
        )
    if isinstance(X, Mapping):
        raise ValueError(
            f"X must be a sequence of clips. Got a {type(X).__name__} instead: give "
            "what it holds under 'clips' or 'videos', such as data.clips."
        )
    if isinstance(X, np.ndarray) and X.dtype != object and X.ndim not in (4, 5):
        raise ValueError(
            "X as one array must have the shape (n_clips, n_frames, height, width) or "
            f"(n_clips, n_frames, height, width, 3). Got an array of shape {X.shape} "
            "instead: put a single clip in a list, [clip]."
        )
    if hasattr(X, "iloc"):
        X = X.to_numpy()
        X = X.ravel() if X.ndim == 2 and X.shape[1] == 1 else X
    if len(X) < min_clips:
        raise ValueError(
            f"Found {len(X)} clip(s) while a minimum of {min_clips} is required."
        )
    clips = []
    for index, item in enumerate(X):
        clip = item if isinstance(item, Clip) else Clip(item, name=f"X[{index}]")
        clip.require(min_frames)
        clips.append(clip)
    return clips


def check_intervals(y, n_videos):
    """Give a list of lists of `Interval`, one list for each video.

    Raises
    ------
    ValueError
        If there is not exactly one list for each of the `n_videos` videos.
    """
    if y is None:
        raise ValueError(
            "This estimator requires y: for each video a list of Interval or an "
            "array of shape (n, 2). Got y=None instead."
        )
    if not hasattr(y, "__len__") or len(y) != n_videos:
        found = f"{len(y)}" if hasattr(y, "__len__") else type(y).__name__
        raise ValueError(
            f"y must hold one list of intervals for each video: {n_videos} expected. "
            f"Got {found} instead."
        )
    out = []
    for index, intervals in enumerate(y):
        if isinstance(intervals, str):
            raise ValueError(
                f"y[{index}] must be the list of intervals of a video. Got the label "
                f"{str(intervals)!r} instead: one label for each clip is what "
                "recognizers are fitted with, such as those of make_recognizer."
            )
        try:
            out.append(as_intervals(intervals))
        except (TypeError, ValueError) as error:
            raise ValueError(f"y[{index}]: {error}") from None
    return out


def check_labels(y, n_clips):
    """Give y as a 1-D array with one label for each clip."""
    if y is None:
        raise ValueError("This estimator requires y, one label for each clip.")
    try:
        y = np.asarray(y)
    except ValueError:  # lists of different lengths
        raise ValueError(
            f"y must be a 1-D array of labels. Got {y!r} instead."
        ) from None
    if y.ndim != 1 or len(y) != n_clips:
        raise ValueError(
            f"y must be a 1-D array with one label for each of the {n_clips} clips. "
            f"Got an array of shape {y.shape} instead."
        )
    if y.dtype.kind in "Of":
        for index, label in enumerate(y.tolist()):
            if label is None or label != label:
                raise ValueError(f"y[{index}] must be a label. Got {label!r} instead.")
        if len({isinstance(label, str) for label in y.tolist()}) == 2:
            raise ValueError("y mixes texts with labels of other types.")
    return y


def needs_groups(estimator):
    """Whether the estimator is a search whose folds are made of groups.

    Its ``fit`` must then be given ``groups``.
    """
    splitter = getattr(estimator, "cv", None)
    if not hasattr(splitter, "split"):
        return False
    return bool(get_routing_for_object(splitter).consumes("split", ["groups"]))


def set_step_params(pipeline, params, owner):
    """Set parameters that a function takes for the steps of its pipeline."""
    known = pipeline.get_params()
    steps = [name for name, _ in pipeline.steps]
    for name in params:
        if "__" in name or name in known:
            continue  # what is wrong after the step's name, the step says itself
        same = " or ".join(repr(k) for k in known if k.rpartition("__")[2] == name)
        hint = f"did you mean {same}?" if same else f"the steps are {steps}."
        raise ValueError(
            f"{owner} has no parameter {name!r}. Those of its steps are written "
            f"STEP__NAME: {hint}"
        )
    return pipeline.set_params(**params)
