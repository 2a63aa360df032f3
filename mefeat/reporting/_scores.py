"""Scores as pictures: precision over recall, scores with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from mefeat._typing import SequenceLike
from mefeat._validation import check_option
from mefeat.metrics import (
    average_precision_score,
    precision_recall_curve,
    recognition_report,
)
from mefeat.reporting._display import Display
from mefeat.reporting._style import COLUMN, CYCLE, SOFT, bare, plain_legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mefeat.metrics._report import Report


__all__ = ["ScoreIntervalDisplay", "SpottingCurveDisplay"]

_DASHES = ("-", "--", "-.", ":")


class SpottingCurveDisplay(Display):
    """Precision over recall of a spotter, for all thresholds on the score at once.

    It is recommended to use `from_predictions` or `from_estimator`; draw several
    spotters into one Axes by handing ``ax=display.ax_`` on.

    Parameters
    ----------
    precision, recall : arrays of shape (n_thresholds + 1,)
        As from `mefeat.metrics.precision_recall_curve`.
    average_precision : float, optional
    name : str, optional
        What the curve is called in the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D

    Examples
    --------
    >>> from mefeat import Interval
    >>> from mefeat.reporting import SpottingCurveDisplay
    >>> found = [[Interval(0, 9, score=0.9), Interval(50, 59, score=0.4)]]
    >>> display = SpottingCurveDisplay.from_predictions([[(0, 9)]], found, name="mine")
    >>> display.line_.get_label()
    'mine (AP 1.00)'
    """

    def __init__(
        self,
        precision: ArrayLike,
        recall: ArrayLike,
        *,
        average_precision: float | None = None,
        name: str | None = None,
    ) -> None:
        self.precision = np.asarray(precision, dtype=np.float64)
        self.recall = np.asarray(recall, dtype=np.float64)
        same = self.precision.ndim == 1 and self.precision.shape == self.recall.shape
        if not same or not len(self.precision):
            raise ValueError(
                "precision and recall must be 1-D and of one length. Got the shapes "
                f"{self.precision.shape} and {self.recall.shape} instead."
            )
        for values in (self.precision, self.recall):
            if not ((values >= 0) & (values <= 1)).all():
                raise ValueError("precision and recall must lie in [0, 1].")
        self.average_precision = average_precision
        self.name = name

    @classmethod
    def from_predictions(
        cls,
        y_true: SequenceLike,
        y_pred: SequenceLike,
        *,
        iou_threshold: float = 0.5,
        name: str | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Draw the curve of scored intervals.

        Parameters
        ----------
        y_true : sequence of lists of intervals
            One list for each video.
        y_pred : sequence of lists of Interval
            Detections with scores.
        iou_threshold : float, default=0.5
            Least intersection over union of a hit.
        name : str, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        SpottingCurveDisplay

        Raises
        ------
        ValueError
            If a detection has no score.
        """
        precision, recall, _ = precision_recall_curve(
            y_true, y_pred, iou_threshold=iou_threshold
        )
        score = average_precision_score(y_true, y_pred, iou_threshold=iou_threshold)
        return cls(precision, recall, average_precision=score, name=name).plot(ax=ax)

    @classmethod
    def from_estimator(
        cls,
        spotter: Any,
        X: SequenceLike,
        y: SequenceLike,
        *,
        name: str | None = None,
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Spot and draw the curve.

        Parameters
        ----------
        spotter : estimator
            With ``predict``; one with a low threshold, so that the curve is long.
        X : sequence of clips or signals
        y : sequence of lists of intervals
            The annotated ones.
        name : str, optional
            By default the name of the spotter's class.
        ax : matplotlib Axes, optional
        **options
            Of `from_predictions`.

        Returns
        -------
        SpottingCurveDisplay
        """
        name = type(spotter).__name__ if name is None else name
        found = spotter.predict(X)
        return cls.from_predictions(y, found, name=name, ax=ax, **options)

    def _size(self):
        return COLUMN, 2.6

    def _draw(self, ax):
        order = sum(not line.get_label().startswith("_") for line in ax.lines)
        label = self.name or "spotter"
        if self.average_precision is not None:
            label += f" (AP {self.average_precision:.2f})"
        # From recall 0 on; the last element, without a threshold, only anchors it.
        recall, precision = self.recall[::-1], self.precision[::-1]
        (self.line_,) = ax.step(
            recall, precision, where="pre", label=label,
            color=CYCLE[order % len(CYCLE)], linestyle=_DASHES[order % len(_DASHES)],
        )  # fmt: skip
        if len(recall) > 1:
            ax.plot(
                recall[-1], precision[-1], "o", color=self.line_.get_color(),
                markersize=4 * self._unit, label="_end",
            )  # fmt: skip
        ax.set(xlabel="recall", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.04))
        bare(ax)
        plain_legend(ax, loc="lower left")


class ScoreIntervalDisplay(Display):
    """A score of several methods, each with its interval.

    It is recommended to use `from_predictions` or `from_reports`.

    Parameters
    ----------
    values : mapping of str to float
        Score of each method.
    intervals : mapping of str to (float, float)
        Low and high end of each one's interval.
    label : str, default="score"
        What the score is.
    chance : float, optional
        Score without looking, drawn as a line.
    note : str, optional
        What the intervals are, written below.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    points_ : matplotlib Line2D
    bars_ : list of matplotlib Line2D

    Notes
    -----
    That two intervals overlap does not mean that the methods are alike: both were
    scored on the same subjects.  `ComparisonDisplay` compares them.

    Examples
    --------
    >>> from mefeat.reporting import ScoreIntervalDisplay
    >>> y, subjects = ["neg", "pos"] * 4, [1, 1, 2, 2, 3, 3, 4, 4]
    >>> display = ScoreIntervalDisplay.from_predictions(
    ...     y, {"right": y, "always neg": ["neg"] * 8}, subjects=subjects
    ... )
    >>> display.values["right"], display.intervals["right"]
    (1.0, (1.0, 1.0))
    """

    def __init__(
        self,
        values: Mapping[str, float],
        intervals: Mapping[str, tuple[float, float]],
        *,
        label: str = "score",
        chance: float | None = None,
        note: str | None = None,
    ) -> None:
        if not isinstance(values, Mapping) or not values:
            raise ValueError(
                f"values must map at least one name to a score. Got {values!r} instead."
            )
        if not isinstance(intervals, Mapping) or set(intervals) != set(values):
            raise ValueError(
                "intervals must hold a pair (low, high) for each of "
                f"{list(values)}. Got {intervals!r} instead."
            )
        self.values = {str(name): float(value) for name, value in values.items()}
        self.intervals = {str(n): tuple(map(float, intervals[n])) for n in values}
        for name, pair in self.intervals.items():
            if len(pair) != 2 or not pair[0] <= pair[1]:
                raise ValueError(
                    f"the interval of {name!r} must be a pair (low, high). Got {pair}."
                )
        self.label = label
        self.chance = chance
        self.note = note

    @classmethod
    def from_predictions(
        cls,
        y_true: SequenceLike,
        y_pred: SequenceLike | Mapping[str, Any],
        *,
        subjects: SequenceLike,
        score: str = "uf1",
        ax: Axes | None = None,
        chance: float | None = None,
        **options: Any,
    ) -> Self:
        """Draw a score of recognition, with its interval by bootstrap over subjects.

        Parameters
        ----------
        y_true : sequence of labels
        y_pred : mapping of str to sequence of labels
            Pooled predictions of each method.
        subjects : sequence of length n_clips
        score : {"uf1", "uar", "accuracy"}, default="uf1"
        ax : matplotlib Axes, optional
        chance : float, optional
        **options
            Of `mefeat.metrics.recognition_report`.

        Returns
        -------
        ScoreIntervalDisplay
        """
        check_option("score", score, ("uf1", "uar", "accuracy"))
        if not isinstance(y_pred, Mapping):
            raise ValueError(
                "y_pred must map the name of each method to its predictions. Got "
                f"{type(y_pred).__name__} instead."
            )
        reports = {
            name: recognition_report(y_true, labels, subjects=subjects, **options)
            for name, labels in y_pred.items()
        }
        return cls.from_reports(reports, score=score, chance=chance, ax=ax)

    @classmethod
    def from_reports(
        cls,
        reports: Mapping[str, Report],
        *,
        score: str = "uf1",
        row: str = "overall",
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Draw a score that reports hold with its interval.

        Parameters
        ----------
        reports : mapping of str to Report
            Of `mefeat.metrics`, made with `subjects`.
        score : str, default="uf1"
            A column that has a column ``SCORE_interval`` beside it: ``"uf1"``,
            ``"uar"`` and ``"accuracy"`` of recognition, ``"f1"`` of spotting,
            ``"strs"`` of spot-then-recognize.
        row : str, default="overall"
        ax : matplotlib Axes, optional
        **options
            Parameters of `ScoreIntervalDisplay`.

        Returns
        -------
        ScoreIntervalDisplay
        """
        values, intervals = {}, {}
        for name, report in dict(reports).items():
            columns = report.row(row)
            if columns.get(f"{score}_interval") is None:
                raise ValueError(
                    f"the report of {name!r} has no interval of {score!r}: make it "
                    "with subjects=, and with n_resamples above 0."
                )
            values[name] = columns[score]
            intervals[name] = columns[f"{score}_interval"]
        names = {"uf1": "UF1", "uar": "UAR", "f1": "F1", "strs": "STRS"}
        options.setdefault("label", names.get(score, score))
        options.setdefault("note", "bars: bootstrap over subjects")
        return cls(values, intervals, **options).plot(ax=ax)

    def _size(self):
        return COLUMN, 0.9 + 0.3 * len(self.values)

    def _draw(self, ax):
        names = list(self.values)
        self.bars_ = []
        if self.chance is not None:
            ax.axvline(self.chance, color=SOFT, linestyle="--", linewidth=self._unit)
            ax.text(
                self.chance, -0.62, " chance", size="small", color="#57606A",
                va="center",
            )  # fmt: skip
        for place, name in enumerate(names):
            low, high = self.intervals[name]
            (bar,) = ax.plot(
                [low, high], [place, place], color=CYCLE[0],
                linewidth=3 * self._unit,
                solid_capstyle="butt", marker="|", markersize=8 * self._unit,
                label="_bar",
            )  # fmt: skip
            self.bars_.append(bar)
            ax.annotate(
                f"{self.values[name]:.2f}", (self.values[name], place),
                xytext=(0, 5 * self._unit), textcoords="offset points", ha="center",
                size="small",
            )  # fmt: skip
        (self.points_,) = ax.plot(
            list(self.values.values()), range(len(names)), "o", color=CYCLE[1],
            markersize=6 * self._unit, markeredgecolor="white", label="_points",
        )  # fmt: skip
        ax.set_yticks(range(len(names)), names, parse_math=False)
        low = min(0.0, *(pair[0] for pair in self.intervals.values()))
        ax.set(xlim=(low, 1.02), ylim=(len(names) - 0.5, -0.85))
        ax.set_xlabel(self.label if not self.note else f"{self.label} ({self.note})")
        bare(ax)
