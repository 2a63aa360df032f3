"""Two runs on the same subjects, compared pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from mefeat._typing import SequenceLike
from mefeat._validation import check_option
from mefeat.metrics import (
    compare_recognition,
    compare_spotting,
    recognition_report,
    spotting_f1_score,
)
from mefeat.reporting._display import Display
from mefeat.reporting._style import COLUMN, CYCLE, INK, SOFT, bare

if TYPE_CHECKING:
    from matplotlib.axes import Axes


__all__ = ["ComparisonDisplay"]

_LABELS = {"uf1": "UF1", "uar": "UAR", "accuracy": "accuracy", "f1": "F1"}


class ComparisonDisplay(Display):
    """Differences of two methods, subject by subject, and of their pooled scores.

    It is recommended to use `from_predictions`.

    Parameters
    ----------
    subjects : sequence of str
    differences : array of shape (n_subjects,)
        Score of b less that of a, on the clips or videos of each subject alone.
    difference : float
        The same of the pooled scores, which is no mean of the others.
    interval : (float, float)
        Its interval.
    p_value : float, optional
    names : (str, str), default=("a", "b")
    label : str, default="score"

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    points_ : matplotlib PathCollection
        One point for each subject, sorted by difference.
    bar_ : matplotlib Line2D
        The interval of the pooled difference.

    Notes
    -----
    Interval and p-value are those of `mefeat.metrics.compare_recognition` and
    `mefeat.metrics.compare_spotting`: both methods see the same subjects in each
    resample.  The score of one subject is computed from a few clips, over the classes
    that occur there; only the pooled one is reported.

    Examples
    --------
    >>> from mefeat.reporting import ComparisonDisplay
    >>> y = ["neg", "pos"] * 3
    >>> display = ComparisonDisplay.from_predictions(
    ...     y, ["neg"] * 6, y, subjects=["s1", "s1", "s2", "s2", "s3", "s3"],
    ...     score="accuracy",
    ... )
    >>> display.differences, display.difference
    (array([0.5, 0.5, 0.5]), 0.5)
    """

    def __init__(
        self,
        subjects: Sequence[str],
        differences: ArrayLike,
        difference: float,
        interval: tuple[float, float],
        *,
        p_value: float | None = None,
        names: tuple[str, str] = ("a", "b"),
        label: str = "score",
    ) -> None:
        self.subjects = [str(subject) for subject in subjects]
        self.differences = np.asarray(differences, dtype=np.float64)
        if self.differences.shape != (len(self.subjects),) or not self.subjects:
            raise ValueError(
                "differences must hold one number for each of at least one subject. "
                f"Got {self.differences.shape} for {len(self.subjects)} subjects."
            )
        if not np.isfinite(self.differences).all():
            raise ValueError("differences hold NaN or infinity.")
        self.difference = float(difference)
        self.interval = tuple(map(float, interval))
        if len(self.interval) != 2 or not self.interval[0] <= self.interval[1]:
            raise ValueError(
                f"interval must be a pair (low, high). Got {interval!r} instead."
            )
        if isinstance(names, str) or len(names) != 2:
            raise ValueError(f"names must hold two names. Got {names!r} instead.")
        self.p_value = p_value
        self.names = tuple(map(str, names))
        self.label = label

    @classmethod
    def from_predictions(
        cls,
        y_true: SequenceLike,
        y_pred_a: SequenceLike,
        y_pred_b: SequenceLike,
        *,
        subjects: SequenceLike,
        score: str = "uf1",
        names: tuple[str, str] = ("a", "b"),
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Compare two sets of predictions.

        Parameters
        ----------
        y_true, y_pred_a, y_pred_b : sequences of labels, or of lists of intervals
            One for each clip (recognition) or video (spotting).
        subjects : sequence
            Who is seen in each clip or video.
        score : {"uf1", "uar", "accuracy", "f1"}, default="uf1"
            ``"f1"`` is that of spotting; the others are of recognition.
        names : (str, str), default=("a", "b")
            What the methods are called.
        ax : matplotlib Axes, optional
        **options
            Of `mefeat.metrics.compare_recognition` or
            `mefeat.metrics.compare_spotting`.

        Returns
        -------
        ComparisonDisplay
        """
        check_option("score", score, tuple(_LABELS))
        compare = compare_spotting if score == "f1" else compare_recognition
        report = compare(y_true, y_pred_a, y_pred_b, subjects=subjects, **options)
        row = report.row(_LABELS[score])
        keys = ("iou_threshold", "match") if score == "f1" else ()
        how = {key: options[key] for key in keys if key in options}
        groups = np.array([str(subject) for subject in subjects], dtype=object)
        unique = sorted(set(groups))
        differences = [
            _difference(score, how, *(
                [y[i] for i in np.flatnonzero(groups == subject).tolist()]
                for y in (y_true, y_pred_a, y_pred_b)
            ))
            for subject in unique
        ]  # fmt: skip
        return cls(
            unique,
            differences,
            row["difference"],
            row["interval"],
            p_value=row["p_value"],
            names=names,
            label=_LABELS[score],
        ).plot(ax=ax)

    def _size(self):
        return COLUMN, 1.15 + 0.15 * min(len(self.subjects), 30)

    def _draw(self, ax):
        order = np.argsort(self.differences, kind="stable")[::-1]
        values = self.differences[order]
        places = np.arange(len(values), dtype=float)
        if len(values) > 30:  # many subjects: rows draw together, names go
            places *= 30 / len(values)
        below = places[-1] + 1.6
        ax.axvline(0, color=INK, linewidth=0.8 * self._unit)
        ax.hlines(places, 0, values, color=SOFT, linewidth=self._unit)
        colors = [CYCLE[0] if v > 0 else CYCLE[1] if v < 0 else SOFT for v in values]
        self.points_ = ax.scatter(
            values, places, c=colors, s=18 * self._unit**2, zorder=3
        )
        (self.bar_,) = ax.plot(
            self.interval, [below, below], color=INK, linewidth=3 * self._unit,
            solid_capstyle="butt",
        )  # fmt: skip
        ax.plot(
            self.difference, below, "D", color="white", markeredgecolor=INK,
            markersize=6 * self._unit, zorder=4,
        )  # fmt: skip
        ax.axhspan(below - 0.8, below + 0.8, color="#EEF1F4", zorder=0, linewidth=0)
        ticks, texts = [below], ["pooled"]
        if len(values) <= 30:
            ticks = [*places, below]
            texts = [*(self.subjects[i] for i in order), "pooled"]
        ax.set_yticks(ticks, texts, parse_math=False)
        reach = 1.15 * max(np.abs([*values, *self.interval]).max(), 0.05)
        ax.set(xlim=(-reach, reach), ylim=(below + 0.8, -0.8))
        ax.tick_params(axis="y", length=0)
        bare(ax)
        ax.spines["left"].set_visible(False)
        a, b = self.names
        ax.set_xlabel(f"difference of {self.label}: {b} less {a}", parse_math=False)
        ax.set_title(self._text(), loc="left", size="small", parse_math=False)

    def _text(self):
        better, worse = int((self.differences > 0).sum()), (self.differences < 0).sum()
        text = (
            f"pooled {self.difference:+.3f} [{self.interval[0]:+.3f}, "
            f"{self.interval[1]:+.3f}]"
        )
        if self.p_value is not None:
            text += f", p = {self.p_value:.3f}"
        return (
            f"{text}\n{self.names[1]} better on {better}, worse on {worse} of "
            f"{len(self.differences)} subjects"
        )


def _difference(score, how, truth, a, b):
    """Give the score of b less that of a on what one subject has."""
    if score == "f1":
        return spotting_f1_score(truth, b, **how) - spotting_f1_score(truth, a, **how)
    labels = sorted({*map(_plain, truth), *map(_plain, a), *map(_plain, b)})
    scores = [
        recognition_report(truth, y, labels=labels, n_resamples=0)[score]
        for y in (a, b)
    ]
    return scores[1] - scores[0]


def _plain(label):
    return label.item() if hasattr(label, "item") else label
