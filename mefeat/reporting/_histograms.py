"""What LBP-TOP makes of a clip: one histogram for each of its three planes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from mefeat.features import LBPTOP
from mefeat.reporting._display import Display, one_clip, reach_step
from mefeat.reporting._style import COLUMN, CYCLE, bare, plain_legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes


__all__ = ["PlaneHistogramDisplay"]


class PlaneHistogramDisplay(Display):
    """Histograms of local binary patterns on the planes XY, XT and YT.

    It is recommended to use `from_estimator`.

    Parameters
    ----------
    histograms : mapping of str to mapping of str to array
        For each clip its histogram on each plane, ``"xy"``, ``"xt"`` and ``"yt"``;
        all clips on the same planes with as many bins.
    label : str, default="share"
        What the heights are.
    title : str, optional

    Attributes
    ----------
    ax_ : matplotlib Axes
        Holds the others, one for each plane.
    axes_ : list of matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.features import LBPTOP
    >>> from mefeat.reporting import PlaneHistogramDisplay
    >>> clip = np.random.default_rng(0).integers(0, 256, (12, 32, 32), dtype=np.uint8)
    >>> display = PlaneHistogramDisplay.from_estimator(LBPTOP(), {"noise": clip})
    >>> list(display.histograms["noise"]), len(display.histograms["noise"]["xt"])
    (['xy', 'xt', 'yt'], 59)
    """

    def __init__(
        self,
        histograms: Mapping[str, Mapping[str, ArrayLike]],
        *,
        label: str = "share",
        title: str | None = None,
    ) -> None:
        if not isinstance(histograms, Mapping) or not histograms:
            raise ValueError(
                "histograms must map at least one name to the histograms of a clip. "
                f"Got {histograms!r} instead."
            )
        self.histograms = {
            str(name): {
                plane: np.asarray(h, dtype=float) for plane, h in planes.items()
            }
            for name, planes in histograms.items()
        }
        shapes = [
            {plane: values.shape for plane, values in planes.items()}
            for planes in self.histograms.values()
        ]
        flat = all(len(shape) == 1 for shape in shapes[0].values())
        if not shapes[0] or not flat or any(shape != shapes[0] for shape in shapes):
            raise ValueError(
                "all clips must have 1-D histograms on the same planes with as many "
                f"bins. Got the shapes {shapes}."
            )
        self.label = label
        self.title = title

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        clips: Any,
        *,
        block: tuple[int, int, int] | None = None,
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Draw the histograms of clips.

        Parameters
        ----------
        estimator : LBPTOP or Pipeline with such a step
            The steps before it are applied.
        clips : mapping of str to clip, or clip
            One to six.
        block : (int, int, int), optional
            Row, column and time of the block; by default the mean of all blocks is
            shown.
        ax : matplotlib Axes, optional
        **options
            Parameters of `PlaneHistogramDisplay`.

        Returns
        -------
        PlaneHistogramDisplay
        """
        if not isinstance(clips, Mapping):
            clip = one_clip(clips)
            clips = {clip.name or "clip": clip}
        histograms = {
            name: _histograms(estimator, one_clip(clip), block)
            for name, clip in clips.items()
        }
        return cls(histograms, **options).plot(ax=ax)

    def _size(self):
        planes = len(next(iter(self.histograms.values())))
        return COLUMN, 0.5 + 0.85 * planes

    def _draw(self, ax):
        planes = list(next(iter(self.histograms.values())))
        part = 1 / len(planes)
        ax.axis("off")
        self.axes_ = []
        for index, plane in enumerate(planes):
            inside = ax.inset_axes([0, 1 - (index + 0.84) * part, 1, 0.82 * part])
            self._draw_plane(inside, plane)
            self.axes_.append(inside)
        for inside in self.axes_[:-1]:
            inside.tick_params(labelbottom=False)
        self.axes_[-1].set_xlabel("bin of the codes")
        if len(self.histograms) > 1:
            plain_legend(
                self.axes_[0], ncols=2, loc="lower right", bbox_to_anchor=(1, 0.97),
                borderaxespad=0, handlelength=1.2, columnspacing=1.0,
            )  # fmt: skip
        if self.title:
            self.axes_[0].set_title(self.title, loc="left", parse_math=False)

    def _draw_plane(self, ax, plane):
        top = max(planes[plane].max() for planes in self.histograms.values())
        for order, (name, planes) in enumerate(self.histograms.items()):
            values = planes[plane]
            edges = np.arange(len(values) + 1) - 0.5
            first = order == 0 and len(self.histograms) < 3
            # One filled and one outlined: both stay visible where they overlap.
            ax.stairs(
                values, edges, fill=first, label=name, linewidth=self._unit,
                color=CYCLE[order % len(CYCLE)], alpha=0.55 if first else 1.0,
                linestyle=("-", "-", "--", ":", "-.", "-")[order % 6],
            )  # fmt: skip
        ax.set(xlim=(-0.5, len(values) - 0.5), ylim=(0, 1.08 * top or 1.0))
        ax.set_ylabel(f"{self.label} {plane.upper()}")
        bare(ax)


def _histograms(estimator, clip, block):
    """Give the histogram of one block, or the mean of all, on each plane."""
    step, clip = reach_step(
        estimator, clip, lambda step: isinstance(step, LBPTOP), "LBPTOP"
    )
    params = step._check_params()
    names = step.fit([clip]).get_feature_names_out()
    row = step.transform([clip])[0]
    keys = [name.rsplit("_", 2) for name in names]
    rows, columns, times = params["n_blocks"]
    if block is not None:
        r, c, t = _check_block(block, (rows, columns, times))
        wanted = f"t{t}_r{r}_c{c}"
    out = {}
    for plane in params["planes"]:
        values = np.array(
            [
                value
                for value, (place, on, _) in zip(row, keys, strict=True)
                if on == plane and (block is None or place == wanted)
            ]
        )
        count = 1 if block is not None else rows * columns * times
        out[plane] = values.reshape(count, -1).mean(axis=0)
    return out


def _check_block(block, n_blocks):
    try:
        block = tuple(int(value) for value in block)
    except (TypeError, ValueError):
        block = (block,)
    inside = len(block) == 3 and all(
        0 <= value < n for value, n in zip(block, n_blocks, strict=True)
    )
    if not inside:
        raise ValueError(
            "block must be (row, column, time), each below the number of blocks "
            f"{n_blocks}. Got {block!r} instead."
        )
    return block
