"""Scores of recognition: which emotion each clip shows.

Conventions
-----------
Predictions of all folds of a leave-one-subject-out run are put together and scored
once; averages of the scores of folds are another, lower quantity.  The scores of one
data set of a composite are those of the same predictions, restricted to it [1]_.

Metrics
-------
UF1, the unweighted mean over classes of F1_c = 2 TP_c / (2 TP_c + FP_c + FN_c), and
UAR, the unweighted mean of TP_c / n_c, n_c being the number of samples of class c.

References
----------
.. [1] See, J., Yap, M. H., Li, J., Hong, X., Wang, S.-J. "MEGC 2019 - the second
   facial micro-expressions grand challenge", FG 2019.
"""

from __future__ import annotations

import numpy as np

from mefeat._typing import SequenceLike
from mefeat.metrics._bootstrap import (
    bootstrap_interval,
    check_resampling,
    paired_difference,
    sum_by_group,
)
from mefeat.metrics._check import check_groups, people_of, rows_of
from mefeat.metrics._report import Report

__all__ = ["compare_recognition", "recognition_report", "uar_score", "uf1_score"]

_HEADERS = {
    "n": "n", "uf1": "UF1", "uf1_interval": "UF1 interval", "uar": "UAR",
    "uar_interval": "UAR interval", "accuracy": "accuracy",
    "accuracy_interval": "accuracy interval", "n_subjects": "subjects",
    "precision": "macro P",
}  # fmt: skip


def _check_1d(name, y):
    try:
        array = np.asarray(y)
    except ValueError:
        array = np.empty((0, 0))
    if array.ndim != 1 or y is None:
        raise ValueError(f"{name} must be a 1-D sequence of labels. Got {y!r} instead.")
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds NaN or infinity.")
        if (array == np.floor(array)).all():
            array = array.astype(np.int64)
    return array.tolist()


def check_pairs(y_true, y_pred, labels=None):
    """Give truth and predictions as indices into the labels, and the labels."""
    truth, pred = _check_1d("y_true", y_true), _check_1d("y_pred", y_pred)
    if len(truth) != len(pred):
        raise ValueError(
            "y_true and y_pred must have the same length. Got "
            f"{len(truth)} and {len(pred)} labels instead."
        )
    found = set(truth) | set(pred)
    if any(label is None for label in found):
        raise ValueError("y_true and y_pred must hold a label for each clip. Got None.")
    try:
        found = sorted(found)
    except TypeError:
        raise ValueError(
            "y_true and y_pred mix labels of different types: "
            f"{sorted(map(repr, found))}."
        ) from None
    if labels is None:
        labels = found
    else:
        labels = np.asarray(labels).tolist()
        if len(set(labels)) != len(labels) or not labels:
            raise ValueError(
                f"labels must hold at least one label, each once. Got {labels!r}."
            )
        unknown = [label for label in found if label not in labels]
        if unknown:
            raise ValueError(
                f"unknown label(s) {unknown!r}: labels={labels!r} leaves them out. "
                "Add them, or leave those clips out."
            )
    index = {label: position for position, label in enumerate(labels)}
    return (
        np.array([index[label] for label in truth], dtype=np.intp),
        np.array([index[label] for label in pred], dtype=np.intp),
        labels,
    )


def confusion_counts(truth, pred, n_labels):
    """Count pairs: shape (n_labels, n_labels), rows truth, columns predictions."""
    flat = np.bincount(truth * n_labels + pred, minlength=n_labels**2)
    return flat.reshape(n_labels, n_labels)


def _safe(numerator, denominator):
    numerator, denominator = np.broadcast_arrays(
        np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    )
    return np.divide(
        numerator, denominator, out=np.zeros(numerator.shape), where=denominator != 0
    )


def class_scores(confusion):
    """Give F1, recall and precision of each class; 0 / 0 is 0.

    Parameters
    ----------
    confusion : array of shape (..., n_labels, n_labels)

    Returns
    -------
    f1, recall, precision : ndarray of shape (..., n_labels)
    """
    confusion = np.asarray(confusion)
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    n_true, n_pred = confusion.sum(axis=-1), confusion.sum(axis=-2)
    return _safe(2 * hits, n_true + n_pred), _safe(hits, n_true), _safe(hits, n_pred)


def mean_scores(confusion, fixed):
    """Give UF1, UAR, accuracy and macro precision, shape (..., 4).

    Without `fixed` labels, the means are over the classes that occur.
    """
    confusion = np.asarray(confusion)
    per_class = class_scores(confusion)
    occurs = (confusion.sum(axis=-1) + confusion.sum(axis=-2)) > 0
    if fixed:
        occurs = np.ones_like(occurs)
    means = [_safe((values * occurs).sum(-1), occurs.sum(-1)) for values in per_class]
    hits = np.trace(confusion, axis1=-2, axis2=-1)
    accuracy = _safe(hits, confusion.sum(axis=(-2, -1)))
    return np.stack([means[0], means[1], accuracy, means[2]], axis=-1)


def uf1_score(
    y_true: SequenceLike, y_pred: SequenceLike, *, labels: SequenceLike | None = None
) -> float:
    """Unweighted F1: the mean over classes of F1 from pooled counts.

    Parameters
    ----------
    y_true, y_pred : sequences of labels
    labels : sequence, optional
        The classes, in which one that never occurs counts with 0; by default those
        that occur in truth or predictions.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If lengths differ or a label is not one of `labels`.

    Examples
    --------
    >>> from mefeat.metrics import uf1_score
    >>> uf1_score(["neg", "neg", "pos", "sur"], ["neg", "pos", "pos", "sur"])
    0.7777777777777777
    """
    truth, pred, names = check_pairs(y_true, y_pred, labels)
    confusion = confusion_counts(truth, pred, len(names))
    return float(mean_scores(confusion, labels is not None)[0])


def uar_score(
    y_true: SequenceLike, y_pred: SequenceLike, *, labels: SequenceLike | None = None
) -> float:
    """Unweighted average recall over the classes.

    Parameters
    ----------
    y_true, y_pred : sequences of labels
    labels : sequence, optional
        The classes, in which one that never occurs counts with 0; by default those
        that occur in truth or predictions.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If lengths differ or a label is not one of `labels`.

    Examples
    --------
    >>> from mefeat.metrics import uar_score
    >>> uar_score(["neg", "neg", "pos", "sur"], ["neg", "pos", "pos", "sur"])
    0.8333333333333334
    """
    truth, pred, names = check_pairs(y_true, y_pred, labels)
    confusion = confusion_counts(truth, pred, len(names))
    return float(mean_scores(confusion, labels is not None)[1])


def recognition_report(
    y_true: SequenceLike,
    y_pred: SequenceLike,
    *,
    subjects: SequenceLike | None = None,
    datasets: SequenceLike | None = None,
    labels: SequenceLike | None = None,
    n_resamples: int = 1000,
    confidence: float = 0.95,
    random_state: int = 0,
) -> Report:
    """Report UF1, UAR and accuracy of pooled predictions.

    Parameters
    ----------
    y_true, y_pred : sequences of labels, of length n_clips
        Predictions of all folds together, for example from
        `mefeat.model_selection.loso_predict`.
    subjects : sequence of length n_clips, optional
        With it, intervals by bootstrap over subjects.
    datasets : sequence of length n_clips, optional
        With it, a row for each data set; subjects of different data sets are different
        people even where they are named alike.
    labels : sequence, optional
        The classes of every row, in which one that never occurs counts with 0.  By
        default each row has the classes that occur in its truth or predictions.
    n_resamples : int, default=1000
        Resamples of the bootstrap; 0 leaves it out.
    confidence : float, default=0.95
    random_state : int, default=0

    Returns
    -------
    Report
        Columns ``n``, ``uf1``, ``uar``, ``accuracy``, ``precision`` (the macro
        precision that some papers print as UAR), with `subjects` also ``n_subjects``,
        ``uf1_interval``, ``uar_interval`` and ``accuracy_interval``.  Attributes:
        ``labels``; ``confusion``, shape (n_labels, n_labels), rows truth;
        ``confusions``, the same for each row; ``per_class``, a dict of F1, recall,
        precision and number of clips of each class.

    Raises
    ------
    ValueError
        If lengths differ, a label is unknown or a parameter is out of range.

    Notes
    -----
    The interval covers the choice of test subjects only, not the training.

    Examples
    --------
    >>> from mefeat.metrics import recognition_report
    >>> y_true = ["neg", "neg", "pos", "sur"]
    >>> report = recognition_report(y_true, ["neg", "pos", "pos", "sur"])
    >>> print(report)
             n     UF1     UAR  accuracy  macro P
    overall  4  0.7778  0.8333    0.7500   0.8333
    UF1,UAR|pooled|classes:neg,pos,sur
    >>> report.confusion
    array([[1, 1, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """
    truth, pred, names = check_pairs(y_true, y_pred, labels)
    if not len(truth):
        raise ValueError("y_true must hold at least one label. Got none.")
    check_resampling(n_resamples, confidence)
    people = people_of(subjects, datasets, len(truth))
    datasets = check_groups("datasets", datasets, len(truth))
    fixed = labels is not None
    boot = (n_resamples, confidence, random_state)
    rows, confusions = {}, {}
    for name, where in rows_of(datasets, len(truth)).items():
        confusions[name] = confusion_counts(truth[where], pred[where], len(names))
        groups = None if people is None else people[where]
        rows[name] = _row(
            truth[where], pred[where], confusions[name], fixed, groups, boot
        )
    classes = ",".join(map(str, names))
    kind = "fixed" if fixed else "classes"
    signature = f"UF1,UAR|pooled|{kind}:{classes}"
    if people is not None and n_resamples:
        signature += f"|bootstrap:subjects,{n_resamples},{confidence:g}"
    first = confusions["overall"]
    f1, recall, precision = class_scores(first)
    per_class = {
        name: {
            "f1": float(f1[i]),
            "recall": float(recall[i]),
            "precision": float(precision[i]),
            "n": int(first[i].sum()),
        }
        for i, name in enumerate(names)
    }
    return Report(
        rows,
        signature,
        headers=_HEADERS,
        extras={
            "labels": names,
            "confusion": first,
            "confusions": confusions,
            "per_class": per_class,
        },
    )


def _one_hot(truth, pred, n_labels):
    counts = np.zeros((len(truth), n_labels, n_labels))
    counts[np.arange(len(truth)), truth, pred] = 1
    return counts


def _row(truth, pred, confusion, fixed, groups, boot):
    uf1, uar, accuracy, precision = mean_scores(confusion, fixed).tolist()
    row = {"n": len(truth)}
    values = {"uf1": uf1, "uar": uar, "accuracy": accuracy}
    if groups is None:
        return {**row, **values, "precision": precision}
    row["n_subjects"] = len(set(groups))
    if boot[0]:
        counts = sum_by_group(_one_hot(truth, pred, len(confusion)), groups)
        low, high = bootstrap_interval(counts, lambda c: mean_scores(c, fixed), *boot)
    for index, (name, value) in enumerate(values.items()):
        row[name] = value
        if boot[0]:
            row[f"{name}_interval"] = (float(low[index]), float(high[index]))
    return {**row, "precision": precision}


def compare_recognition(
    y_true: SequenceLike,
    y_pred_a: SequenceLike,
    y_pred_b: SequenceLike,
    *,
    subjects: SequenceLike,
    labels: SequenceLike | None = None,
    n_resamples: int = 1000,
    confidence: float = 0.95,
    random_state: int = 0,
) -> Report:
    """Compare two recognizers on the same clips and folds.

    Parameters
    ----------
    y_true, y_pred_a, y_pred_b : sequences of labels, of length n_clips
    subjects : sequence of length n_clips
        Subjects are what the bootstrap draws and the test swaps.
    labels, n_resamples, confidence, random_state
        As in `recognition_report`; without `labels`, the classes are those that occur
        in the truth or in either prediction.

    Returns
    -------
    Report
        Rows ``"UF1"``, ``"UAR"`` and ``"accuracy"`` with columns ``a``, ``b``,
        ``difference`` (b - a), ``interval`` (percentile bootstrap over subjects, both
        methods on the same resamples) and ``p_value`` (randomisation test that swaps
        the methods within subjects).

    Examples
    --------
    >>> from mefeat.metrics import compare_recognition
    >>> y_true = ["neg", "pos", "neg", "pos"]
    >>> report = compare_recognition(
    ...     y_true, ["neg"] * 4, y_true, subjects=["s1", "s1", "s2", "s2"]
    ... )
    >>> report.row("accuracy")["difference"]
    0.5
    """
    check_resampling(n_resamples, confidence, low=1)
    if labels is None:
        parts = (_check_1d("y", y) for y in (y_true, y_pred_a, y_pred_b))
        labels = sorted(set().union(*parts))
    grouped = []
    for y_pred in (y_pred_a, y_pred_b):
        truth, pred, names = check_pairs(y_true, y_pred, labels)
        groups = check_groups("subjects", subjects, len(truth))
        if groups is None or not len(groups):
            raise ValueError("subjects must name the subject of at least one clip.")
        grouped.append(sum_by_group(_one_hot(truth, pred, len(names)), groups))

    def score(confusion):
        return mean_scores(confusion, True)[..., :3]

    a, b = (score(counts.sum(axis=0)).tolist() for counts in grouped)
    difference, low, high, p_value = paired_difference(
        grouped[0], grouped[1], score, n_resamples, confidence, random_state
    )
    rows = {
        name: {
            "a": a[i],
            "b": b[i],
            "difference": float(difference[i]),
            "interval": (float(low[i]), float(high[i])),
            "p_value": float(p_value[i]),
        }
        for i, name in enumerate(("UF1", "UAR", "accuracy"))
    }
    signature = (
        f"UF1,UAR|pooled|fixed:{','.join(map(str, names))}|b-a|"
        f"bootstrap:{len(grouped[0])} subjects,{n_resamples},{confidence:g}"
    )
    return Report(rows, signature)
