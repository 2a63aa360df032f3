"""The blocks that histograms are taken from, drawn on a frame."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from mefeat._typing import Array, PathLike, SequenceLike
from mefeat.exceptions import ClipError
from mefeat.features import HOGTOP, LBPMOP
from mefeat.features._blocks import block_limits
from mefeat.features._lbp import margins
from mefeat.features._motion import grid_borders
from mefeat.reporting._display import (
    Display,
    check_picture,
    one_clip,
    picture_of,
    reach_step,
    show_picture,
)
from mefeat.reporting._style import COLUMN, outlined, picture_only

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mefeat.io._clip import Clip

__all__ = ["BlockDisplay"]


class BlockDisplay(Display):
    """The blocks that histograms are taken from, on a frame of the clip.

    It is recommended to use `from_estimator`.

    Parameters
    ----------
    rows, columns : sequences of (first, last) pairs
        Limits of the blocks in pixels, `last` excluded.
    picture : array of shape (height, width) or (height, width, 3)
    values : array of shape (n_rows, n_columns), optional
        A number for each block, drawn as a colour: a distance, a weight of a
        classifier.
    label : str, optional
        What the values are; written at the colour bar.
    title : str, optional

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    patches_ : list of matplotlib Rectangle
        The blocks, row by row.
    colorbar_ : matplotlib Colorbar or None

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.features import LBPTOP
    >>> from mefeat.reporting import BlockDisplay
    >>> clip = np.zeros((5, 34, 42), dtype=np.uint8)
    >>> display = BlockDisplay.from_estimator(LBPTOP(n_blocks=(2, 4, 1)), clip)
    >>> display.rows, display.columns[0]
    ([(1, 17), (17, 33)], (1, 11))
    """

    def __init__(
        self,
        rows: SequenceLike,
        columns: SequenceLike,
        picture: ArrayLike,
        *,
        values: ArrayLike | None = None,
        label: str | None = None,
        title: str | None = None,
    ) -> None:
        self.picture = check_picture("picture", picture)
        self.rows, self.columns = _pairs("rows", rows), _pairs("columns", columns)
        if values is not None:
            values = np.asarray(values, dtype=np.float64)
            if values.shape != (len(self.rows), len(self.columns)):
                raise ValueError(
                    "values must hold one number for each block, shape "
                    f"{(len(self.rows), len(self.columns))}. Got {values.shape} "
                    "instead."
                )
            if not np.isfinite(values).all():
                raise ValueError("values hold NaN or infinity.")
        self.values = values
        self.label = label
        self.title = title

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        clip: Clip | Array | PathLike,
        *,
        frame: int = 0,
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Draw the blocks that an extractor cuts a clip into.

        Parameters
        ----------
        estimator : extractor with `n_blocks`, or Pipeline with such a step
            For example `LBPTOP` or `BiWOOF`; the steps before it are applied.
        clip : Clip, array or path
        frame : int, default=0
            Frame that is shown.
        ax : matplotlib Axes, optional
        **options
            Parameters of `BlockDisplay`.

        Returns
        -------
        BlockDisplay
        """
        step, clip = reach_step(
            estimator,
            one_clip(clip),
            lambda step: hasattr(step, "n_blocks") and hasattr(step, "_check_params"),
            "an extractor with 'n_blocks', such as LBPTOP",
        )
        rows, columns = _block_limits(step, clip)
        return cls(rows, columns, picture_of(clip, frame), **options).plot(ax=ax)

    def _size(self):
        height, width = self.picture.shape[:2]
        share = 1.0 if self.values is None else 0.8  # beside the colour bar
        return COLUMN, share * COLUMN * np.clip(height / width, 0.4, 1.6)

    def _draw(self, ax):
        import matplotlib
        from matplotlib.cm import ScalarMappable
        from matplotlib.patches import Rectangle

        show_picture(ax, self.picture)
        self.patches_, self.colorbar_, colors = [], None, None
        if self.values is not None:
            colors = ScalarMappable(cmap=matplotlib.colormaps["magma"])
            colors.set_clim(min(self.values.min(), 0.0), self.values.max() or 1.0)
        for i, (top, bottom) in enumerate(self.rows):
            for j, (left, right) in enumerate(self.columns):
                face = "none"
                if colors is not None:
                    face = colors.to_rgba(self.values[i, j], alpha=0.65)
                block = Rectangle(
                    (left - 0.5, top - 0.5), right - left, bottom - top,
                    facecolor=face, edgecolor="white", linewidth=0.8 * self._unit,
                    path_effects=outlined(1.8, "#20303F") if colors is None else None,
                )  # fmt: skip
                self.patches_.append(ax.add_patch(block))
        if colors is not None:
            self.colorbar_ = ax.figure.colorbar(colors, ax=ax, shrink=0.9)
            self.colorbar_.set_label(self.label or "")
        picture_only(ax)
        if self.title:
            ax.set_title(self.title, parse_math=False)


def _pairs(name, limits):
    limits = [tuple(int(value) for value in pair) for pair in limits]
    if not limits or any(len(pair) != 2 or pair[0] >= pair[1] for pair in limits):
        raise ValueError(
            f"{name} must hold pairs (first, last) of pixels, first below last. Got "
            f"{limits!r} instead."
        )
    return limits


def _block_limits(extractor, clip):
    """Give the limits of the blocks along rows and columns, in pixels."""
    params = extractor._check_params()
    if len(params["n_blocks"]) == 2:
        borders = [edges.tolist() for edges in grid_borders(clip, params["n_blocks"])]
        return tuple(list(pairwise(edges)) for edges in borders)
    margin = _margin(extractor, params)
    # Time plays no part here, and a short clip must not be in the way.
    sizes = [params["n_blocks"][2], *(n - 2 * m for n, m in zip(
        clip.shape, margin, strict=True))]  # fmt: skip
    if min(sizes) < 1:
        raise ClipError(f"its frames of {clip.shape} hold no block", clip.name)
    overlap = params.get("overlap", (0.0, 0.0, 0.0))
    cells, spans = block_limits(sizes, params["n_blocks"], overlap, clip)
    return tuple(
        [(int(edges[a]) + m, int(edges[b]) + m) for a, b in zip(*span, strict=True)]
        for edges, span, m in zip(cells[1:], spans[1:], margin, strict=True)
    )


def _margin(extractor, params):
    """Give the rows and columns at the borders that belong to no block."""
    if isinstance(extractor, HOGTOP):
        return 1, 1
    if isinstance(extractor, LBPMOP) or "radii" not in params:
        return 0, 0
    return margins(params["radii"], params.get("border", "axis"))[1:]
