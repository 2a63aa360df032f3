"""Scores of spot-then-recognize: find the intervals, then name their emotions.

Conventions
-----------
Spotting is scored as in `mefeat.metrics.spotting`.  Analysis looks at the hits alone:
each pair of a true interval and its detection whose *true* emotion is one of the
classes.  Precision and recall of each class are averaged over all the classes, with 0
for a class that does not occur; the F1 of analysis is the harmonic mean of these two
averages, and STRS is the product of the two F1 scores [1]_.  UF1 is the mean of the F1
of each class and UAR the mean of their recalls.  The task is one of micro-expressions:
intervals of the kind ``"macro"`` are left out on both sides.

Other conventions
-----------------
``"megc2025"``
    The public scorer of the challenge with its quirks.  Detections claim true
    intervals in the order of the file, one may claim two; subjects without a detection
    are not scored at all, and neither are videos without a true interval; UAR is the
    macro precision; a class that is in neither or in all of the pairs, true and
    predicted, counts with 0; the F1 of analysis is nan where no pair is correct.
``"mean"``
    The evaluation of MEAN [2]_.  Only videos with a true interval are scored; one
    without a detection gets a false one; each detection looks at the true interval
    that it overlaps most; a class that is in neither or in all of the pairs is left
    out of the averages.

References
----------
.. [1] Li, X. et al. "MEGC2025: micro-expression grand challenge on spot then recognize
   and visual question answering", arXiv:2506.15298, 2025.
.. [2] Liong, G.-B., See, J., Chan, C.-S. "Spot-then-recognize: a micro-expression
   analysis network for seamless evaluation of long videos", Signal Processing: Image
   Communication 110, 2023.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mefeat._typing import SequenceLike
from mefeat.intervals import Interval
from mefeat.metrics._bootstrap import bootstrap_interval, check_resampling, sum_by_group
from mefeat.metrics._check import (
    check_groups,
    check_option,
    check_threshold,
    check_videos,
    drop_macro,
    people_of,
    rows_of,
)
from mefeat.metrics._report import Report
from mefeat.metrics.matching import count_matches, matched_pairs
from mefeat.metrics.spotting import spotting_columns

__all__ = ["STR_HEADERS", "analysis_scores", "str_report", "strs_score"]

CLASSES = ("negative", "positive", "surprise")
_MATCH = {"default": "one-to-one", "megc2025": "file-order", "mean": "best-truth"}
STR_HEADERS = {
    "tp": "TP", "fp": "FP", "fn": "FN", "precision": "P", "recall": "R", "f1": "F1",
    "analysis_tp": "TPa", "analysis_fp": "FPa", "analysis_fn": "FNa",
    "analysis_precision": "Pa", "analysis_recall": "Ra", "analysis_f1": "F1a",
    "uf1": "UF1", "uar": "UAR", "strs": "STRS", "strs_interval": "STRS interval",
}  # fmt: skip


def strs_score(
    y_true: SequenceLike,
    y_pred: SequenceLike,
    *,
    classes: Sequence[str] | str = CLASSES,
    iou_threshold: float = 0.5,
) -> float:
    """Spot-then-recognize score: F1 of spotting times F1 of analysis.

    Parameters
    ----------
    y_true, y_pred : sequences of lists of labelled Interval
        One list for each video.
    classes : sequence of str or "auto"
        The emotions that are analysed; see `str_report`.
    iou_threshold : float, default=0.5

    Returns
    -------
    float

    Examples
    --------
    >>> from mefeat import Interval
    >>> from mefeat.metrics import strs_score
    >>> truth = [Interval(10, 19, "negative"), Interval(40, 49, "surprise")]
    >>> strs_score([truth], [truth[:1]])
    0.2222222222222222
    """
    report = str_report(y_true, y_pred, classes=classes, iou_threshold=iou_threshold)
    return report["strs"]


def str_report(
    y_true: SequenceLike,
    y_pred: SequenceLike,
    *,
    subjects: SequenceLike | None = None,
    datasets: SequenceLike | None = None,
    classes: Sequence[str] | str = CLASSES,
    convention: str = "default",
    iou_threshold: float = 0.5,
    n_resamples: int = 1000,
    confidence: float = 0.95,
    random_state: int = 0,
) -> Report:
    """Report the columns of the challenge's table for spot-then-recognize.

    Parameters
    ----------
    y_true, y_pred : sequences of lists of labelled Interval
        One list for each video, the label being the emotion.  A detection's label may
        be one that is not analysed, for example ``"others"``; then it is wrong if it
        hits an interval that is.
    subjects : sequence of length n_videos, optional
        Whom each video shows; with it, an interval for STRS by bootstrap over
        subjects (default convention).  ``convention="megc2025"`` needs it.
    datasets : sequence of length n_videos, optional
        With it, a row for each data set; ``"overall"`` pools the counts.  Subjects of
        different data sets are different people even where they are named alike.
    classes : sequence of str or "auto", default=("negative", "positive", "surprise")
        The emotions that are analysed, in all rows; pairs whose true emotion is
        another one count for spotting only.  ``"auto"`` takes those of the truth.
    convention : {"default", "megc2025", "mean"}
        See the top of `mefeat.metrics.str_score`.
    iou_threshold : float, default=0.5
    n_resamples, confidence, random_state
        Of the bootstrap; 0 resamples leave it out.

    Returns
    -------
    Report
        Columns ``tp``, ``fp``, ``fn``, ``precision``, ``recall``, ``f1`` (spotting),
        ``analysis_tp``, ``analysis_fp``, ``analysis_fn``, ``analysis_precision``,
        ``analysis_recall``, ``analysis_f1``, ``uf1``, ``uar``, ``strs``.  Attributes:
        ``classes``; ``confusion``, a dict that counts (true, predicted) labels of all
        hits; ``pairs``, the hits as (video, true interval, detection).

    Raises
    ------
    ValueError
        If lengths differ, an interval has no label, no true label is a class, or a
        parameter is not allowed.

    Notes
    -----
    A wrong pair is one false positive and one false negative of analysis, so that
    these two columns are equal.

    Examples
    --------
    >>> from mefeat import Interval
    >>> from mefeat.metrics import str_report
    >>> y_true = [[Interval(10, 19, "negative")], [Interval(40, 49, "surprise")]]
    >>> y_pred = [[Interval(10, 17, "negative")], [Interval(40, 52, "negative")]]
    >>> report = str_report(y_true, y_pred)
    >>> report.f1, round(report.analysis_f1, 4), round(report.strs, 4)
    (1.0, 0.2222, 0.2222)
    """
    check_option("convention", convention, tuple(_MATCH))
    check_resampling(n_resamples, confidence)
    threshold = check_threshold(iou_threshold)
    truth, pred = check_videos(y_true, y_pred)
    truth, pred = drop_macro(truth), drop_macro(pred)
    _check_labelled("y_true", truth)
    _check_labelled("y_pred", pred)
    subjects = people_of(subjects, datasets, len(truth))
    datasets = check_groups("datasets", datasets, len(truth))
    if convention == "megc2025" and subjects is None:
        raise ValueError(
            "convention='megc2025' leaves out subjects without a detection: give "
            "subjects, one for each video."
        )
    classes = check_classes(classes, truth, pred)
    scored, truth, pred = _prepare(truth, pred, subjects, convention)
    outcome = _spot(truth, pred, threshold, _MATCH[convention])
    bootstrap = convention == "default" and subjects is not None and n_resamples
    rows = {}
    for name, where in rows_of(datasets, len(truth)).items():
        where = where[scored[where]]
        rows[name] = _row(outcome, where, classes, convention)
        if bootstrap and len(where):
            rows[name]["strs_interval"] = _strs_interval(
                outcome, where, classes, subjects,
                (n_resamples, confidence, random_state),
            )  # fmt: skip
    signature = (
        f"STRS|{convention}|iou:{threshold:g}|closed|match:{_MATCH[convention]}|"
        f"pooled|fixed:{','.join(classes)}"
    )
    if bootstrap:
        signature += f"|bootstrap:subjects,{n_resamples},{confidence:g}"
    pairs = [pair for video in np.flatnonzero(scored) for pair in outcome[1][video]]
    return Report(
        rows,
        signature,
        headers=STR_HEADERS,
        notes=_notes(pairs, classes),
        extras={"classes": classes, "confusion": _count_labels(pairs), "pairs": pairs},
    )


def _check_labelled(name, videos):
    for index, video in enumerate(videos):
        for item in video:
            if item.label is None:
                raise ValueError(
                    f"{name}[{index}] holds an interval without a label: "
                    f"{item!r}. Every interval needs its emotion."
                )


def check_classes(classes, truth, pred):
    """Give the analysed classes as a tuple of str, or raise."""
    found = sorted({item.label for video in truth for item in video})
    if isinstance(classes, str):
        if classes != "auto":
            raise ValueError(
                "The 'classes' parameter must be a sequence of labels or 'auto'. "
                f"Got {classes!r} instead."
            )
        return tuple(found)
    classes = tuple(str(name) for name in classes)
    if not classes or len(set(classes)) != len(classes):
        raise ValueError(
            "The 'classes' parameter must hold at least one label, each once. "
            f"Got {classes!r} instead."
        )
    # "others" alone is legal: a fold of cross-validation may hold nothing else.
    named = {label for label in found if label.lower() not in ("other", "others")}
    if named and not named & set(classes):
        raise ValueError(
            f"no true label is one of the classes {classes!r}: the truth has "
            f"{found!r}. Map the labels, or give classes='auto'."
        )
    folded = {name.strip().lower(): name for name in classes}
    for label in {*found, *(item.label for video in pred for item in video)}:
        meant = folded.get(label.strip().lower())
        if meant is not None and label not in classes:
            raise ValueError(f"unknown label {label!r}: did you mean {meant!r}?")
    return classes


def _prepare(truth, pred, subjects, convention):
    """Tell which videos the convention scores, and with which intervals."""
    scored = np.ones(len(truth), dtype=bool)
    if convention == "default":
        return scored, truth, pred
    scored = np.array([bool(video) for video in truth], dtype=bool)
    if convention == "mean":
        # MEAN's code looks at detections as they follow in time, and puts one at the
        # very start of a video in which it found none.
        pred = [
            sorted(video, key=lambda item: (item.onset, item.offset))
            or [Interval(0, 0, label="")]
            for video in pred
        ]
        return scored, truth, pred
    seen = {person for person, video in zip(subjects, pred, strict=True) if video}
    scored &= np.array([person in seen for person in subjects], dtype=bool)
    return scored, truth, pred


def _spot(truth, pred, threshold, match):
    """Give the counts of each video and its pairs (video, true interval, detection)."""
    counts, pairs = [], []
    for video, (t, p) in enumerate(zip(truth, pred, strict=True)):
        found = matched_pairs(t, p, threshold, match)
        counts.append(count_matches(found, len(t), len(p), match))
        pairs.append([(video, t[i], p[j]) for i, j in found])
    return np.array(counts, dtype=np.int64).reshape(-1, 3), pairs


def _row(outcome, where, classes, convention):
    counts, pairs = outcome
    row = spotting_columns(counts[where])
    labels = [
        (t.label, p.label)
        for video in where
        for _, t, p in pairs[video]
        if t.label in classes
    ]
    row.update(analysis_scores(labels, classes, convention))
    row["strs"] = row["f1"] * row["analysis_f1"]
    return row


def analysis_scores(
    pairs: Sequence[tuple[str, str]],
    classes: Sequence[str] = CLASSES,
    convention: str = "default",
) -> dict[str, Any]:
    """Give the columns of analysis for pairs of labels.

    Parameters
    ----------
    pairs : sequence of (str, str)
        True and predicted emotion of each hit that is analysed.
    classes : sequence of str
    convention : {"default", "megc2025", "mean"}

    Returns
    -------
    dict
        ``analysis_tp`` to ``analysis_f1``, ``uf1`` and ``uar`` as in `str_report`.

    Examples
    --------
    >>> from mefeat.metrics import analysis_scores
    >>> pairs = [("negative", "negative"), ("positive", "negative")]
    >>> row = analysis_scores(pairs)
    >>> round(row["analysis_precision"], 4), round(row["uar"], 4)
    (0.1667, 0.3333)
    """
    check_option("convention", convention, tuple(_MATCH))
    position = {name: index for index, name in enumerate(classes)}
    confusion = np.zeros((len(classes), len(classes) + 1))
    for true, guess in pairs:
        if true in position:
            confusion[position[true], position.get(guess, len(classes))] += 1
    columns = _analysis(confusion, convention)
    correct = int(np.trace(confusion[:, :-1]))
    # The challenge's scorer counts wrong pairs by their predicted class.
    counted = confusion[:, :-1] if convention == "megc2025" else confusion
    wrong = int(counted.sum()) - correct
    return {
        "analysis_tp": correct,
        "analysis_fp": wrong,
        "analysis_fn": wrong,
        **columns,
    }


def _analysis(confusion, convention):
    """Give the averages over the classes; the last column is "another label"."""
    n = confusion.sum()
    hits = np.diagonal(confusion[:, :-1])
    n_true, n_pred = confusion.sum(axis=1), confusion.sum(axis=0)[:-1]
    precision, recall = _divide(hits, n_pred), _divide(hits, n_true)
    f1 = _divide(2 * hits, n_true + n_pred)
    uar = recall.mean() if len(recall) else 0.0
    # One against the rest leaves a single cell of the 2 x 2 table where a class is
    # in none or in all of the pairs; both scripts then have no counts to work on.
    single = ((n_true + n_pred) == 0) | ((hits == n) & (n > 0))
    if convention == "megc2025":
        precision, recall, f1 = (
            np.where(single, 0, v) for v in (precision, recall, f1)
        )
        uar = precision.mean()
    elif convention == "mean":
        precision, recall, f1 = (v[~single] for v in (precision, recall, f1))
        # The recall of a class without a true sample is nan there, not 0.
        missing = (n_true == 0)[~single]
        uar = np.nan if missing.any() else _mean(recall)
    p, r = _mean(precision), _mean(recall)
    undefined = 0.0 if convention == "default" else np.nan
    harmonic = 2 * p * r / (p + r) if p + r > 0 else undefined
    return {
        "analysis_precision": float(p),
        "analysis_recall": float(r),
        "analysis_f1": float(harmonic),
        "uf1": float(_mean(f1)),
        "uar": float(uar),
    }


def _divide(numerator, denominator):
    return np.divide(
        numerator,
        denominator,
        out=np.zeros(np.shape(numerator)),
        where=denominator != 0,
    )


def _mean(values):
    return values.mean() if len(values) else np.nan


def _strs_of_sums(sums):
    """Give STRS for summed counts, shape (n, 3 + k (k + 1)), default convention."""
    tp, fp, fn = sums[:, :3].T
    k = int(np.sqrt(sums.shape[1] - 3))
    confusion = sums[:, 3:].reshape(-1, k, k + 1)
    hits = np.diagonal(confusion[:, :, :-1], axis1=1, axis2=2)
    precision = _divide(hits, confusion.sum(axis=1)[:, :-1]).mean(axis=1)
    recall = _divide(hits, confusion.sum(axis=2)).mean(axis=1)
    analysis = _divide(2 * precision * recall, precision + recall)
    return _divide(2 * tp, 2 * tp + fp + fn) * analysis


def _strs_interval(outcome, where, classes, subjects, boot):
    counts, pairs = outcome
    k = len(classes)
    position = {name: index for index, name in enumerate(classes)}
    sums = np.zeros((len(where), 3 + k * (k + 1)))
    sums[:, :3] = counts[where]
    for row, video in enumerate(where):
        for _, true, guess in pairs[video]:
            if true.label in position:
                column = position.get(guess.label, k)
                sums[row, 3 + position[true.label] * (k + 1) + column] += 1
    low, high = bootstrap_interval(
        sum_by_group(sums, subjects[where]), _strs_of_sums, *boot
    )
    return float(low), float(high)


def _count_labels(pairs):
    counts = {}
    for _, true, guess in pairs:
        key = (true.label, guess.label)
        counts[key] = counts.get(key, 0) + 1
    return dict(sorted(counts.items()))


def _notes(pairs, classes):
    dropped = {}
    for _, true, _ in pairs:
        if true.label not in classes:
            dropped[true.label] = dropped.get(true.label, 0) + 1
    if not dropped:
        return []
    shown = ", ".join(f"{count} {label!r}" for label, count in sorted(dropped.items()))
    return [f"Hits not analysed, since their true label is no class: {shown}."]
