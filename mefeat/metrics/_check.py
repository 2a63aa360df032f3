"""Checks that all metrics share."""

import numbers

import numpy as np

from mefeat.intervals import as_intervals

__all__ = [
    "check_groups",
    "check_option",
    "check_threshold",
    "check_videos",
    "drop_macro",
    "people_of",
    "rows_of",
]


def check_option(name, value, options):
    """Give `value` if it is one of `options`, or raise naming the parameter."""
    if isinstance(value, str) and value in options:
        return value
    shown = ", ".join(repr(option) for option in options)
    raise ValueError(
        f"The {name!r} parameter must be one of {shown}. Got {value!r} instead."
    )


def check_threshold(value, name="iou_threshold"):
    """Give a threshold on the intersection over union, in (0, 1]."""
    good = isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)
    if not good or not 0 < value <= 1:
        raise ValueError(
            f"The {name!r} parameter must be a number in (0, 1]. Got {value!r} instead."
        )
    return float(value)


def check_videos(y_true, y_pred):
    """Give truth and predictions as one list of `Interval` for each video."""
    lists = []
    for name, y in (("y_true", y_true), ("y_pred", y_pred)):
        if y is None or isinstance(y, str | bytes) or not hasattr(y, "__len__"):
            raise ValueError(
                f"{name} must hold one list of intervals for each video. "
                f"Got {type(y).__name__} instead."
            )
        intervals = []
        for index, video in enumerate(y):
            try:
                intervals.append(as_intervals(video))
            except (TypeError, ValueError) as error:
                raise ValueError(f"{name}[{index}]: {error}") from None
        lists.append(intervals)
    truth, pred = lists
    if len(truth) != len(pred):
        raise ValueError(
            "y_true and y_pred must hold one list of intervals for each video. Got "
            f"{len(truth)} and {len(pred)} videos instead."
        )
    return truth, pred


def check_groups(name, groups, n_samples):
    """Give one value for each sample as a 1-D object array of str, or None."""
    if groups is None:
        return None
    if isinstance(groups, str) or not hasattr(groups, "__len__"):
        raise ValueError(f"{name} must hold one value for each sample. Got {groups!r}.")
    if len(groups) != n_samples:
        raise ValueError(
            f"{name} must hold one value for each of the {n_samples} samples. "
            f"Got {len(groups)} instead."
        )
    for index, group in enumerate(groups):
        if group is None:
            raise ValueError(f"{name}[{index}] is None; give each sample a value.")
    out = np.empty(n_samples, dtype=object)
    out[:] = [str(group) for group in groups]
    return out


def people_of(subjects, datasets, n_samples):
    """Give who is seen: subjects of different data sets are different people."""
    subjects = check_groups("subjects", subjects, n_samples)
    datasets = check_groups("datasets", datasets, n_samples)
    if subjects is None or datasets is None:
        return subjects
    both = np.empty(n_samples, dtype=object)
    both[:] = [f"{d}/{s}" for d, s in zip(datasets, subjects, strict=True)]
    return both


def rows_of(datasets, n_samples):
    """Give the rows of a report: ``{"overall": all indices, data set: its indices}``.

    Data sets come in the order in which they are first met.
    """
    rows = {"overall": np.arange(n_samples)}
    if datasets is not None:
        for name in dict.fromkeys(datasets):
            rows["overall (data set)" if name == "overall" else name] = np.flatnonzero(
                datasets == name
            )
    return rows


def drop_macro(videos):
    """Leave out the intervals that are called macro-expressions."""
    return [[item for item in video if item.kind != "macro"] for video in videos]
