"""Which emotion is taken for which, and the recall of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from mefeat._typing import SequenceLike
from mefeat._validation import check_option
from mefeat.metrics import recognition_report
from mefeat.reporting._display import Display
from mefeat.reporting._style import COLUMN, legible_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mefeat.metrics._report import Report

__all__ = ["ConfusionDisplay"]


class ConfusionDisplay(Display):
    """Confusion matrix with the recall of each class.

    Cells hold counts; their colour is the share of the true class, so that a rare
    class is not pale.  The diagonal is therefore the recall, which is also written on
    the right.

    It is recommended to use `from_predictions`, `from_estimator` or `from_report`.

    Parameters
    ----------
    confusion : array of int of shape (n_classes, n_classes)
        Rows are the truth, columns the predictions.
    labels : sequence
        Names of the classes.
    title : str, optional

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    image_ : matplotlib AxesImage
        Shares of the rows.
    texts_ : ndarray of shape (n_classes, n_classes)
        The matplotlib Text of each cell.
    recall_ : ndarray of shape (n_classes,)
        NaN for a class that has no sample.

    See Also
    --------
    sklearn.metrics.ConfusionMatrixDisplay : Where the colours are the numbers.

    Examples
    --------
    >>> from mefeat.reporting import ConfusionDisplay
    >>> display = ConfusionDisplay.from_predictions(
    ...     ["neg", "neg", "pos"], ["neg", "pos", "pos"]
    ... )
    >>> display.recall_
    array([0.5, 1. ])
    """

    def __init__(
        self, confusion: ArrayLike, labels: SequenceLike, *, title: str | None = None
    ) -> None:
        confusion, labels = np.asarray(confusion), [str(label) for label in labels]
        square = confusion.shape == (len(labels), len(labels)) and len(labels) > 0
        if (
            not square
            or confusion.dtype.kind not in "iuf"
            or not (confusion >= 0).all()
        ):
            raise ValueError(
                "confusion must hold counts of shape (n_classes, n_classes), one row "
                f"for each of the {len(labels)} labels. Got {confusion.dtype} of shape "
                f"{confusion.shape} instead."
            )
        self.confusion = confusion
        self.labels = labels
        self.title = title

    @classmethod
    def from_predictions(
        cls,
        y_true: SequenceLike,
        y_pred: SequenceLike,
        *,
        labels: SequenceLike | None = None,
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Draw the confusions of pooled predictions.

        Parameters
        ----------
        y_true, y_pred : sequences of labels
        labels : sequence, optional
            The classes and their order; by default those that occur, sorted.
        ax : matplotlib Axes, optional
        **options
            Parameters of `ConfusionDisplay`.

        Returns
        -------
        ConfusionDisplay
        """
        report = recognition_report(y_true, y_pred, labels=labels, n_resamples=0)
        return cls.from_report(report, ax=ax, **options)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: SequenceLike,
        y: SequenceLike,
        *,
        labels: SequenceLike | None = None,
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Draw the confusions of a fitted recognizer.

        Parameters
        ----------
        estimator : fitted classifier
        X : sequence of clips
            None that it was trained on, and none of a subject that it was trained on.
        y : sequence of labels
        labels : sequence, optional
            As in `from_predictions`.
        ax : matplotlib Axes, optional
        **options
            Parameters of `ConfusionDisplay`.

        Returns
        -------
        ConfusionDisplay
        """
        predicted = estimator.predict(X)
        return cls.from_predictions(y, predicted, labels=labels, ax=ax, **options)

    @classmethod
    def from_report(
        cls,
        report: Report,
        *,
        row: str = "overall",
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Draw the confusions that a report holds.

        Parameters
        ----------
        report : Report
            Of `mefeat.metrics.recognition_report`.
        row : str, default="overall"
            Row of the report, for example a data set.
        ax : matplotlib Axes, optional
        **options
            Parameters of `ConfusionDisplay`; by default the title tells UF1 and UAR.

        Returns
        -------
        ConfusionDisplay
        """
        matrices = getattr(report, "confusions", None)
        if not isinstance(matrices, Mapping):
            raise ValueError(
                "report must be a result of recognition_report, which holds confusion "
                f"matrices. Got {type(report).__name__} instead."
            )
        check_option("row", row, tuple(matrices))
        scores = report.row(row)
        options.setdefault("title", f"UF1 {scores['uf1']:.3f}, UAR {scores['uar']:.3f}")
        return cls(matrices[row], report.labels, **options).plot(ax=ax)

    def _size(self):
        return COLUMN, 1.3 + 0.42 * len(self.labels)

    def _draw(self, ax):
        counts = self.confusion
        totals = counts.sum(axis=1)
        shares = counts / np.maximum(totals, 1)[:, None]
        self.recall_ = np.where(totals > 0, np.diagonal(shares), np.nan)
        self.image_ = ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        self.texts_ = np.empty(counts.shape, dtype=object)
        for (row, column), count in np.ndenumerate(counts):
            self.texts_[row, column] = ax.text(
                column, row, f"{count:g}", ha="center", va="center",
                color=legible_on(self.image_.cmap(float(shares[row, column]))),
                weight="bold" if row == column else "normal",
            )  # fmt: skip
        ticks = np.arange(len(self.labels))
        turned = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
        ax.set_xticks(
            ticks, self.labels, parse_math=False, **(turned if len(ticks) > 4 else {})
        )
        ax.set_yticks(
            ticks,
            [f"{n}\n(n = {t:g})" for n, t in zip(self.labels, totals, strict=True)],
            parse_math=False,
        )
        ax.set(xlabel="predicted", ylabel="true")
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        for row, recall in enumerate(self.recall_):
            text = "-" if np.isnan(recall) else f"{100 * recall:.0f} %"
            ax.text(len(ticks) - 0.42, row, text, va="center")
        ax.text(len(ticks) - 0.42, -0.56, "recall", size="small", va="bottom")
        if self.title:
            ax.set_title(self.title, parse_math=False, loc="left")
