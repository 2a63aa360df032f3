"""Why numbers differ: one set of predictions under each convention, and by chance."""

from __future__ import annotations

import numbers
from collections.abc import Sequence

import numpy as np

from mefeat._typing import SequenceLike
from mefeat.intervals import Interval
from mefeat.metrics._check import (
    check_groups,
    check_threshold,
    check_videos,
    drop_macro,
    people_of,
)
from mefeat.metrics._report import Report
from mefeat.metrics.spotting import spotting_columns, video_counts
from mefeat.metrics.str_score import (
    CLASSES,
    STR_HEADERS,
    analysis_scores,
    check_classes,
    str_report,
)

__all__ = ["chance_report", "compare_conventions"]

_NAMES = {"megc2025": "file-order", "mean": "best-truth"}


def compare_conventions(
    y_true: SequenceLike,
    y_pred: SequenceLike,
    *,
    subjects: SequenceLike | None = None,
    datasets: SequenceLike | None = None,
    classes: Sequence[str] | str = CLASSES,
    iou_threshold: float = 0.5,
) -> Report:
    """Score the same predictions under each convention and say why they differ.

    Parameters
    ----------
    y_true, y_pred, subjects, datasets, classes, iou_threshold
        As in `str_report`.  Without `subjects`, each video counts as a subject.

    Returns
    -------
    Report
        Rows ``"default"``, ``"megc2025"`` and ``"mean"`` with the columns of
        `str_report`; with `datasets` also three rows for each data set.  ``notes``
        holds one line for each thing in which the conventions differ on these
        predictions, with what it changes.

    Examples
    --------
    >>> from mefeat import Interval
    >>> from mefeat.metrics import compare_conventions
    >>> y_true = [[Interval(10, 19, "negative")], []]
    >>> y_pred = [[Interval(10, 17, "negative")], [Interval(3, 9, "positive")]]
    >>> report = compare_conventions(y_true, y_pred)
    >>> report.row("default")["fp"], report.row("megc2025")["fp"]
    (1, 0)
    >>> print(report.notes[0])
    megc2025: 1 detection in 1 video without a true interval is not counted (FP -1).
    """
    truth, pred = (drop_macro(y) for y in check_videos(y_true, y_pred))
    notes = []
    if subjects is None:
        subjects = [f"video {index}" for index in range(len(truth))]
    people = check_groups("subjects", subjects, len(truth))
    sets = check_groups("datasets", datasets, len(truth))
    settings = {
        "subjects": people,
        "datasets": sets,
        "classes": classes,
        "iou_threshold": iou_threshold,
        "n_resamples": 0,
    }
    reports = {
        name: str_report(truth, pred, convention=name, **settings)
        for name in ("default", *_NAMES)
    }
    rows = {name: report.row("overall") for name, report in reports.items()}
    for dataset in list(reports["default"].rows)[1:]:
        for name, report in reports.items():
            rows[f"{dataset}, {name}"] = report.row(dataset)
    classes = check_classes(classes, truth, pred)
    threshold = check_threshold(iou_threshold)
    if sets is not None:
        people = [f"{d}/{s}" for d, s in zip(sets, people, strict=True)]
    for name in _NAMES:
        lines = [
            *_spotting_lines(name, truth, pred, people, threshold),
            *_analysis_lines(name, reports[name], classes),
        ]
        notes += [f"{name}: {line}" for line in lines]
        if not lines:
            notes.append(f"{name}: no difference from the default on these data.")
    signature = "|".join(["STRS", f"iou:{threshold:g}", f"fixed:{','.join(classes)}"])
    return Report(
        rows, signature, headers=STR_HEADERS, notes=notes, extras={"reports": reports}
    )


def _count(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _spotting_lines(name, truth, pred, people, threshold):
    """Say what the convention leaves out, adds and matches differently."""
    lines = []
    seen = {person for person, video in zip(people, pred, strict=True) if video}
    scored = [bool(t) for t in truth]
    n_extra = sum(len(p) for t, p in zip(truth, pred, strict=True) if not t)
    if n_extra:
        n_videos = sum(1 for t, p in zip(truth, pred, strict=True) if p and not t)
        are = "is" if n_extra == 1 else "are"
        lines.append(
            f"{_count(n_extra, 'detection')} in {_count(n_videos, 'video')} without a "
            f"true interval {are} not counted (FP -{n_extra})."
        )
    if name == "megc2025":
        scored = [s and p in seen for s, p in zip(scored, people, strict=True)]
        unseen = set(people) - seen
        lost = sum(len(t) for t, p in zip(truth, people, strict=True) if p in unseen)
        if lost:
            are = "is" if lost == 1 else "are"
            lines.append(
                f"{_count(lost, 'true interval')} of subjects without any detection "
                f"{are} not counted (FN -{lost})."
            )
    else:
        empty = sum(1 for t, p in zip(truth, pred, strict=True) if t and not p)
        if empty:
            lines.append(
                f"a false detection is added in {_count(empty, 'video')} without a "
                f"detection (FP +{empty})."
            )
    truth = [t for t, s in zip(truth, scored, strict=True) if s]
    pred = [p for p, s in zip(pred, scored, strict=True) if s]
    if name == "mean":
        pred = [sorted(p, key=lambda item: (item.onset, item.offset)) for p in pred]
    own, other = (
        spotting_columns(video_counts(truth, pred, threshold, rule))
        for rule in ("one-to-one", _NAMES[name])
    )
    if own != other:
        numbers_ = ", ".join(
            f"{key.upper()} {other[key]} for {own[key]}" for key in ("tp", "fp", "fn")
        )
        lines.append(
            f"matching by the rule {_NAMES[name]!r} instead of one-to-one changes the "
            f"counts of the same videos ({numbers_})."
        )
    return lines


def _analysis_lines(name, report, classes):
    """Say in what the averages over the classes differ."""
    pairs = [
        (true.label, guess.label)
        for _, true, guess in report.pairs
        if true.label in classes
    ]
    own, other = analysis_scores(pairs, classes), analysis_scores(pairs, classes, name)
    lines = []
    only = {label for pair in pairs for label in pair}
    if len(only) == 1:
        lines.append(
            f"every analysed pair is {next(iter(only))!r}, true and predicted, so that "
            "the scorer has no counts for that class."
        )
    if own["analysis_fp"] != other["analysis_fp"]:
        lines.append(
            "wrong pairs whose predicted label is no class are not counted (FPa and "
            f"FNa {other['analysis_fp']} for {own['analysis_fp']})."
        )
    if name == "megc2025" and _differ(own["uar"], other["uar"]):
        lines.append(
            f"the column UAR is the macro precision, {other['uar']:.4f}; the recall of "
            f"the same pairs is {own['uar']:.4f}."
        )
    absent = [label for label in classes if label not in only]
    if name == "mean" and absent:
        lines.append(
            f"classes in no pair ({', '.join(absent)}) are left out of the averages "
            f"(F1a {other['analysis_f1']:.4f} for {own['analysis_f1']:.4f})."
        )
    if name == "mean" and np.isnan(other["uar"]) and not np.isnan(own["uar"]):
        lines.append("UAR is nan: a class is predicted, but never true, in the pairs.")
    if np.isnan(other["analysis_f1"]):
        lines.append(
            "the F1 of analysis and STRS are nan: precision and recall are both 0 or "
            "undefined."
        )
    return lines


def _differ(a, b):
    return np.isnan(a) != np.isnan(b) or abs(a - b) > 1e-12


def chance_report(
    y_true: SequenceLike,
    n_frames: Sequence[int],
    *,
    y_pred: SequenceLike | None = None,
    subjects: SequenceLike | None = None,
    datasets: SequenceLike | None = None,
    classes: Sequence[str] | str = CLASSES,
    iou_threshold: float = 0.5,
    n_repeats: int = 100,
    random_state: int = 0,
) -> Report:
    """Report what chance scores in spot-then-recognize.

    Each repetition places as many intervals of the same lengths at random in each
    video and draws their labels from the true intervals of the other subjects.

    Parameters
    ----------
    y_true : sequence of lists of labelled Interval
        One list for each video.
    n_frames : sequence of int
        Length of each video.
    y_pred : sequence of lists of intervals, optional
        Number and lengths are taken from these, for example a method's detections; by
        default from `y_true`.
    subjects : sequence of length n_videos, optional
        Without it, labels are drawn from all true intervals.
    datasets, classes, iou_threshold
        As in `str_report`.
    n_repeats : int, default=100
    random_state : int, default=0

    Returns
    -------
    Report
        The columns of `str_report`, each one the mean over the repetitions.

    Raises
    ------
    ValueError
        If lengths differ or `n_repeats` is below 1.

    Examples
    --------
    >>> from mefeat import Interval
    >>> from mefeat.metrics import chance_report
    >>> y_true = [[Interval(10, 19, "negative")], [Interval(40, 49, "surprise")]]
    >>> chance_report(y_true, [200, 200]).f1 < 0.2
    True
    """
    if not isinstance(n_repeats, numbers.Integral) or n_repeats < 1:
        raise ValueError(
            "The 'n_repeats' parameter must be an int of at least 1. "
            f"Got {n_repeats!r} instead."
        )
    truth, like = check_videos(y_true, y_true if y_pred is None else y_pred)
    truth, like = drop_macro(truth), drop_macro(like)
    if not hasattr(n_frames, "__len__") or len(n_frames) != len(truth):
        raise ValueError(
            f"n_frames must hold the length of each of the {len(truth)} videos. "
            f"Got {n_frames!r} instead."
        )
    people = people_of(subjects, datasets, len(truth))
    shares = _training_labels(truth, people)
    rng = np.random.default_rng(random_state)
    total = None
    for _ in range(n_repeats):
        guess = [
            _place(video, int(length), share, rng)
            for video, length, share in zip(like, n_frames, shares, strict=True)
        ]
        report = str_report(
            truth,
            guess,
            datasets=datasets,
            classes=classes,
            iou_threshold=iou_threshold,
        )
        frame = np.array([list(row.values()) for row in report.rows.values()], float)
        total = frame if total is None else total + frame
    rows = {
        name: dict(zip(row, (total[index] / n_repeats).tolist(), strict=True))
        for index, (name, row) in enumerate(report.rows.items())
    }
    return Report(
        rows,
        f"{report.signature}|chance:mean of {n_repeats},seed:{random_state}",
        headers=STR_HEADERS,
    )


def _training_labels(truth, people):
    """Give for each video the labels of all true intervals of other subjects."""
    everything = [item.label for video in truth for item in video]
    if people is None or len(set(people)) < 2:
        return [everything] * len(truth)
    others = {
        person: [
            item.label
            for video, owner in zip(truth, people, strict=True)
            for item in video
            if owner != person
        ]
        for person in set(people)
    }
    return [others[person] or everything for person in people]


def _place(video, n_frames, labels, rng):
    out = []
    for item in video:
        onset = int(rng.integers(0, max(n_frames - item.length, 0) + 1))
        label = labels[rng.integers(len(labels))] if labels else "unknown"
        out.append(Interval(onset, onset + item.length - 1, label))
    return out
