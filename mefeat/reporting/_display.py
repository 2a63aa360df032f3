"""What the displays share: where they draw, and how a notebook shows them."""

from __future__ import annotations

import io
import numbers
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.pipeline import Pipeline

from mefeat._validation import check_clips
from mefeat.reporting._style import COLUMN, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mefeat.io import Clip


__all__ = [
    "Display",
    "check_frame",
    "check_picture",
    "one_clip",
    "picture_of",
    "reach_step",
    "show_picture",
]

_POINTS = 8  # letters of a figure that is printed as wide as a column


class Display:
    """Base of the displays, in the manner of scikit-learn's.

    A subclass stores in ``__init__`` what is drawn and draws it in ``_draw(ax)``, where
    lines and marks of n points are ``n * self._unit`` wide: on a slide they grow with
    the letters.
    """

    _unit = 1.0

    def _size(self):
        """Give width and height in inches of a figure of its own."""
        return COLUMN, 2.5

    def _draw(self, ax):
        raise NotImplementedError

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw into `ax`, or into a new figure of the width of a column (85 mm).

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        self
        """
        import matplotlib

        own = ax is None
        if ax is None:
            with matplotlib.rc_context({"font.size": _POINTS}):
                canvas = new_figure(*self._size()).subplots()
        else:
            canvas = ax
        # Letters follow those of the Axes, also where a second plot goes into it.
        size = canvas.xaxis.label.get_fontsize()
        self._unit = size / _POINTS
        style: Any = {"font.size": size, "axes.titlesize": "medium"}
        style["lines.linewidth"] = 1.5 * self._unit
        with matplotlib.rc_context({**style, "legend.fontsize": "small"}):
            self._draw(canvas)
        if own:
            # Ticks are made later, when the letters have another size again.
            for axes in _with_children(canvas.figure):
                axes.tick_params(labelsize=_POINTS - 0.5)
        self.ax_, self.figure_ = canvas, canvas.figure
        return self

    def _repr_png_(self):
        """Show the figure in a notebook, unless pyplot shows it already."""
        figure = getattr(self, "figure_", None)
        if figure is None or getattr(figure.canvas, "manager", None) is not None:
            return None
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=150)
        return buffer.getvalue()


def _with_children(figure):
    for ax in figure.axes:
        yield ax
        yield from ax.child_axes


def check_picture(name, picture) -> np.ndarray:
    """Give a gray or RGB picture as an array, or raise ValueError."""
    picture = np.asarray(picture)
    shaped = picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)
    if not shaped or 0 in picture.shape or picture.dtype.kind not in "uif":
        raise ValueError(
            f"{name} must be a picture of shape (height, width) or (height, width, 3)."
            f" Got {picture.dtype} of shape {picture.shape} instead."
        )
    if picture.dtype.kind == "f" and not np.isfinite(picture).all():
        raise ValueError(f"{name} holds NaN or infinity.")
    return picture


def show_picture(ax, picture, **options):
    """Draw a picture in gray levels or colours; bytes keep their brightness."""
    if picture.ndim == 2:
        options = {"cmap": "gray", **options}
        if picture.dtype == np.uint8:
            options = {"vmin": 0, "vmax": 255, **options}
    return ax.imshow(picture, **options)


def one_clip(clip) -> Clip:
    """Give a single clip for any accepted form of one."""
    return check_clips([clip])[0]


def check_frame(clip, frame):
    """Give the index of a frame of the clip; negative ones count from its end."""
    whole = isinstance(frame, numbers.Integral) and not isinstance(frame, bool)
    if not whole or not -len(clip) <= frame < len(clip):
        raise ValueError(
            f"frame must be a whole number from 0 to {len(clip) - 1}, the frames of "
            f"{clip.name!r}. Got {frame!r} instead."
        )
    return int(frame) % len(clip)


def reach_step(estimator, clip, fits, wanted) -> tuple[Any, Clip]:
    """Give the first step that `fits`, and the clip as it comes to that step."""
    steps = estimator.steps if isinstance(estimator, Pipeline) else [("", estimator)]
    place = next((i for i, (_, step) in enumerate(steps) if fits(step)), None)
    if place is None:
        raise ValueError(
            f"estimator must be {wanted}, or a Pipeline with such a step. Got "
            f"{type(estimator).__name__} instead."
        )
    for _, step in steps[:place]:
        if hasattr(step, "transform"):  # not "passthrough"
            clip = step.transform([clip])[0]
    return steps[place][1], clip


def picture_of(clip, frame):
    """Give a frame, in colours where the clip has them."""
    frame = check_frame(clip, frame)
    return clip[frame : frame + 1].frames(color=clip.is_color)[0]
