"""The timeline of a video: motion, threshold, annotated and spotted intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline

from mefeat._typing import SequenceLike
from mefeat._validation import check_real
from mefeat.intervals import as_intervals
from mefeat.reporting._display import Display
from mefeat.reporting._style import (
    emotion_color,
    new_figure,
    plain_legend,
    printable,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mefeat.io._clip import Clip
    from mefeat.spotting._signal import Signal
    from mefeat.spotting.peaks import PeakSpotter


__all__ = ["TimelineDisplay"]

# Spans of a long video, about one for each pixel of its figure.
_SPANS = 1000
_NARROW = 5.0  # inches; a legend beside the curve would leave it no room


def _outline(time, values):
    """Give what can be seen of long curves: least and greatest value of each span.

    Drawing every frame of an hour would take minutes and show the same.
    """
    if len(time) <= 2 * _SPANS:
        return time, values
    edges = np.linspace(0, len(time), _SPANS + 1).astype(int)
    pair = (
        np.fmin.reduceat(values, edges[:-1], axis=0),
        np.fmax.reduceat(values, edges[:-1], axis=0),
    )
    middle = time[(edges[:-1] + edges[1:] - 1) // 2]
    shape = (2 * _SPANS, *values.shape[1:])
    return np.repeat(middle, 2), np.stack(pair, axis=1).reshape(shape)


class TimelineDisplay(Display):
    """Timeline of one video, in the manner of scikit-learn's displays.

    It is recommended to use `from_estimator` or `from_predictions`.

    Parameters
    ----------
    values : array of shape (n_frames,) or (n_frames, n_channels)
        Motion, in pixels.
    fps : float
        Frames per second.
    channels : sequence of str, optional
        Names of the channels.
    threshold : float or array of shape (n_channels,), optional
        What a peak has to exceed.  With one threshold for each channel, motion is
        drawn in units of the threshold.
    intervals, truth : sequences of intervals
        Spotted and annotated ones.
    valid : array of bool of shape (n_frames,), optional
        Where a face is; the rest is shaded.
    thumbnails : sequence of (int, ndarray), optional
        Frames and their pictures, drawn above the curve.
    title : str, optional

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.reporting import TimelineDisplay
    >>> motion = np.exp(-((np.arange(90) - 40) ** 2) / 20)
    >>> display = TimelineDisplay.from_predictions(
    ...     motion, [(36, 44)], fps=30, truth=[(35, 46)], threshold=0.5
    ... )
    >>> display.ax_.get_xlabel()
    'time [s]'
    """

    def __init__(
        self,
        values: ArrayLike,
        fps: float,
        *,
        channels: Sequence[str] | None = None,
        threshold: float | ArrayLike | None = None,
        intervals: SequenceLike = (),
        truth: SequenceLike = (),
        valid: ArrayLike | None = None,
        thumbnails: SequenceLike | None = None,
        title: str | None = None,
    ) -> None:
        values = np.asarray(values, dtype=np.float64)
        if values.ndim not in (1, 2):
            raise ValueError(
                "values must have the shape (n_frames,) or (n_frames, n_channels). Got "
                f"{values.shape} instead."
            )
        self.values = values[:, None] if values.ndim == 1 else values
        self.fps = check_real("fps", fps, low=0, open_low=True)
        self.channels = channels
        self.threshold = threshold
        self.intervals = as_intervals(intervals)
        self.truth = as_intervals(truth)
        if valid is not None and np.shape(valid) != (len(values),):
            raise ValueError(
                f"valid must hold one value for each of the {len(values)} frames. Got "
                f"the shape {np.shape(valid)} instead."
            )
        self.valid = valid
        self.thumbnails = thumbnails
        self.title = title

    @classmethod
    def from_predictions(
        cls,
        values: ArrayLike,
        intervals: SequenceLike,
        *,
        fps: float,
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Draw given motion and intervals.

        Parameters
        ----------
        values : array of shape (n_frames,) or (n_frames, n_channels)
        intervals : sequence of intervals
            The spotted ones.
        fps : float
        ax : matplotlib Axes, optional
        **options
            Parameters of `TimelineDisplay`.

        Returns
        -------
        TimelineDisplay
        """
        return cls(values, fps, intervals=intervals, **options).plot(ax=ax)

    @classmethod
    def from_estimator(
        cls,
        spotter: Any,
        clip: Clip,
        *,
        truth: SequenceLike = (),
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Spot in `clip` and draw what the spotter saw.

        Parameters
        ----------
        spotter : Pipeline that ends in a PeakSpotter, or fitted SpotThenRecognize
            As from `make_spotter`; with `SpotThenRecognize` the intervals are named.
        clip : Clip
        truth : sequence of intervals, optional
            The annotated ones.
        ax : matplotlib Axes, optional
        **options
            Parameters of `TimelineDisplay`.

        Returns
        -------
        TimelineDisplay

        Raises
        ------
        ValueError
            If there is no motion signal to draw in the estimator.
        """
        if hasattr(spotter, "spotter_"):
            if "intervals" not in options:
                options["intervals"] = spotter.predict([clip])[0]
            spotter = spotter.spotter_
        if not isinstance(spotter, Pipeline) or not hasattr(spotter[-1], "curves"):
            raise ValueError(
                "spotter must be a Pipeline that ends in a PeakSpotter, as from "
                f"make_spotter, or a fitted SpotThenRecognize. Got {spotter!r} instead."
            )
        signal = spotter[:-1].transform([clip])[0]
        options.setdefault("title", clip.name)
        return cls.from_signal(spotter[-1], signal, truth=truth, ax=ax, **options)

    @classmethod
    def from_signal(
        cls,
        peaks: PeakSpotter,
        signal: Signal,
        *,
        truth: SequenceLike = (),
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Draw a motion signal and what a peak spotter finds in it.

        Parameters
        ----------
        peaks : PeakSpotter
        signal : Signal
        truth : sequence of intervals, optional
            The annotated ones.
        ax : matplotlib Axes, optional
        **options
            Parameters of `TimelineDisplay`; `intervals` replaces what is found.

        Returns
        -------
        TimelineDisplay
        """
        curves = peaks.curves([signal])[0]
        if "intervals" not in options:
            options["intervals"] = peaks.predict([signal])[0]
        return cls(
            curves.strengths,
            signal.fps,
            channels=curves.names,
            threshold=curves.thresholds,
            truth=truth,
            valid=signal.valid,
            **options,
        ).plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw into `ax`, or into a new figure.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        self
        """
        if ax is None:
            height = 3.6 if self.thumbnails else 2.6
            ax = new_figure(10.0, height).subplots()
        self.ax_, self.figure_ = ax, ax.figure
        time = np.arange(len(self.values)) / self.fps
        top = self._draw_motion(time)
        self._draw_intervals(top)
        self._draw_gaps(time)
        if self.thumbnails:
            self._draw_thumbnails(top)
        ax.set_xlim(0, max(time[-1] if len(time) else 0, 1 / self.fps))
        ax.set_xlabel("time [s]")
        ax.spines[["top", "right"]].set_visible(False)
        if self.title:
            # A file's name may hold dollar signs, which are no formula.
            ax.set_title(
                printable(self.title), loc="left", fontsize=10, parse_math=False,
                pad=50 if self.thumbnails else None,  # above the pictures
            )  # fmt: skip
        if ax.get_legend_handles_labels()[0]:
            self._draw_legend()
        return self

    def _draw_legend(self):
        """Draw the legend beside the curve, or below where the Axes is narrow."""
        from matplotlib.transforms import ScaledTranslation

        ax, figure = self.ax_, self.ax_.figure
        width = ax.get_position().width * figure.get_size_inches()[0]
        if width > _NARROW:
            plain_legend(ax, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=7)
            return
        letters = ax.xaxis.label.get_fontsize()
        # Below the numbers and the name of the axis.
        down = ScaledTranslation(0, -3.6 * letters / 72, figure.dpi_scale_trans)
        plain_legend(
            ax, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=2,
            bbox_transform=ax.transAxes + down, fontsize=0.85 * letters,
            borderaxespad=0, columnspacing=1.2,
        )  # fmt: skip

    def _draw_motion(self, time):
        ax, values, threshold = self.ax_, self.values, self.threshold
        if np.ndim(threshold) == 1:
            # A curve without a finite threshold has no face to measure.
            values, threshold = values / np.asarray(threshold), 1.0
            ax.set_ylabel("motion / threshold")
        else:
            ax.set_ylabel("motion [px]")
        strongest = values.max(axis=1) if values.shape[1] else np.zeros(len(values))
        if values.shape[1] > 1:
            ax.plot(*_outline(time, values), color="#9AA5B1", linewidth=0.5, alpha=0.6)
        ax.plot(
            *_outline(time, strongest), color="#20303F", linewidth=1.1, label="motion"
        )
        limit = 0.0
        if threshold is not None:
            ends = time[[0, -1]] if len(time) else time
            level = np.broadcast_to(threshold, ends.shape)
            ax.plot(
                ends, level, "--", color="#B00020", linewidth=0.9, label="threshold"
            )
            finite = level[np.isfinite(level)]
            limit = finite.max() if finite.size else 0.0
        top = max(float(np.nanmax(strongest, initial=0.0)), limit, 1e-6) * 1.08
        ax.set_ylim(-0.22 * top, top)
        ax.set_yticks([tick for tick in ax.get_yticks() if 0 <= tick <= top])
        ax.axhline(0, color="#20303F", linewidth=0.5)
        return top

    def _draw_intervals(self, top):
        labels = [i.label for i in (*self.truth, *self.intervals)]
        shown = set()
        for row, (group, name) in enumerate(
            ((self.truth, "annotated"), (self.intervals, "spotted"))
        ):
            for interval in group:
                color = emotion_color(interval.label, labels)
                text = name
                if interval.label is not None:
                    text = printable(f"{name}: {interval.label}")
                span = (
                    (interval.onset - 0.5) / self.fps,
                    interval.length / self.fps,
                )
                self.ax_.broken_barh(
                    [span],
                    ((-0.20 + 0.10 * row) * top, 0.08 * top),
                    facecolor="white" if row == 0 else color,
                    edgecolor=color,
                    linewidth=1.2,
                    hatch="////" if row == 0 else None,
                    label=None if text in shown else text,
                )
                if row == 1:
                    self.ax_.axvspan(
                        span[0], sum(span), color=color, alpha=0.15, linewidth=0
                    )
                shown.add(text)

    def _draw_gaps(self, time):
        if self.valid is None or np.all(self.valid):
            return
        absent = np.concatenate([[False], ~np.asarray(self.valid, bool), [False]])
        edges = np.flatnonzero(np.diff(absent.astype(np.int8)))
        for index, (first, last) in enumerate(edges.reshape(-1, 2)):
            self.ax_.axvspan(
                first / self.fps,
                last / self.fps,
                color="#D9D9D9",
                alpha=0.7,
                linewidth=0,
                label="no face" if index == 0 else None,
            )

    def _draw_thumbnails(self, top):
        from matplotlib.offsetbox import AnnotationBbox, OffsetImage

        room, last = 0.07 * len(self.values), -np.inf
        for frame, picture in sorted(self.thumbnails, key=lambda item: item[0]):
            if frame - last < room:
                continue  # pictures on top of each other show none of them
            last = frame
            box = OffsetImage(picture, zoom=42 / max(picture.shape[:2]), cmap="gray")
            self.ax_.add_artist(
                AnnotationBbox(
                    box,
                    (frame / self.fps, top),
                    xybox=(0, 26),
                    boxcoords="offset points",
                    frameon=False,
                    annotation_clip=False,
                )
            )
