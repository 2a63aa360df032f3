"""Optical flow and strain, drawn over the face that moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from mefeat._typing import Array, PathLike
from mefeat._validation import check_int, check_option, check_real
from mefeat.flow import flow_to_color, optical_flow, optical_strain
from mefeat.flow._strain import check_flow
from mefeat.reporting._display import (
    Display,
    check_frame,
    check_picture,
    one_clip,
    show_picture,
)
from mefeat.reporting._style import ACCENT, COLUMN, INK, picture_only

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mefeat.io._clip import Clip


__all__ = ["FlowDisplay", "StrainDisplay"]


def _pair(clip, reference, moving):
    """Give the two frames: onset and apex where nothing is said."""
    clip.require(2)
    if moving is None:
        moving = len(clip) - 1 if clip.apex is None else clip.apex
    return _frame(clip, reference), _frame(clip, moving)


def _frame(clip, index):
    index = check_frame(clip, index)
    return clip[index : index + 1].frames()[0]


def _check_below(picture, shape):
    if picture is None:
        return None
    picture = check_picture("picture", picture)
    if picture.shape[:2] != shape:
        raise ValueError(
            f"picture must be as large as the flow, {shape}. Got "
            f"{picture.shape[:2]} instead."
        )
    return picture


class FlowDisplay(Display):
    """Optical flow as arrows over the face, or as colours.

    It is recommended to use `from_clip`.

    Parameters
    ----------
    flow : array of shape (height, width, 2)
        (dx, dy) in pixels.
    picture : array of shape (height, width) or (height, width, 3), optional
        What lies below.
    kind : {"arrows", "color"}, default="arrows"
        As colours: the hues of `mefeat.flow.flow_to_color`, over the picture where
        there is one, with the wheel that tells which direction each one is.
    step : int, optional
        Pixels from one arrow to the next; by default about 18 arrows across.
    scale : float, optional
        How many times longer than the motion the arrows are; by default the longest
        one spans two steps.  It is written below the picture.
    max_motion : float, optional
        Pixels that are painted at full brightness; by default the longest motion.
    title : str, optional

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    quiver_ : matplotlib Quiver or None
    image_ : matplotlib AxesImage or None
        The painted flow.
    scale_ : float or None
        Enlargement of the arrows.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.reporting import FlowDisplay
    >>> flow = np.zeros((40, 60, 2), dtype=np.float32)
    >>> flow[10:20, 20:40, 1] = -1.5
    >>> FlowDisplay(flow, scale=4).plot().ax_.get_xlabel()
    'longest 1.5 px, arrows enlarged 4 times'
    """

    def __init__(
        self,
        flow: ArrayLike,
        *,
        picture: ArrayLike | None = None,
        kind: str = "arrows",
        step: int | None = None,
        scale: float | None = None,
        max_motion: float | None = None,
        title: str | None = None,
    ) -> None:
        self.flow = check_flow(flow)
        if not np.isfinite(self.flow).all():
            raise ValueError("flow holds NaN or infinity.")
        self.picture = _check_below(picture, self.flow.shape[:2])
        self.kind = check_option("kind", kind, ("arrows", "color"))
        self.step = check_int("step", step, low=1, none=True)
        self.scale = check_real("scale", scale, low=0, open_low=True, none=True)
        self.max_motion = check_real(
            "max_motion", max_motion, low=0, open_low=True, none=True
        )
        self.title = title

    @classmethod
    def from_clip(
        cls,
        clip: Clip | Array | PathLike,
        *,
        reference: int = 0,
        moving: int | None = None,
        method: str = "lk",
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Draw the flow from one frame of a clip to another.

        Parameters
        ----------
        clip : Clip, array or path
            At least two frames.
        reference : int, default=0
            The frame at rest, the onset of a clip that is cut to its expression.
        moving : int, optional
            By default the clip's apex, or its last frame where none is known.
        method : str, default="lk"
            Of `mefeat.flow.optical_flow`.
        ax : matplotlib Axes, optional
        **options
            Parameters of `FlowDisplay`.

        Returns
        -------
        FlowDisplay
        """
        clip = one_clip(clip)
        first, last = _pair(clip, reference, moving)
        options.setdefault("picture", first)
        return cls(optical_flow(first, last, method), **options).plot(ax=ax)

    def _size(self):
        height, width = self.flow.shape[:2]
        return COLUMN, COLUMN * np.clip(height / width, 0.4, 1.6) + 0.2

    def _draw(self, ax):
        self.quiver_ = self.image_ = self.scale_ = None
        longest = float(np.hypot(self.flow[..., 0], self.flow[..., 1]).max())
        if self.kind == "color":
            limit = self.max_motion or longest or 1.0
            if self.picture is not None:
                show_picture(ax, self.picture)
            self.image_ = ax.imshow(_paint(self.flow, limit, self.picture is not None))
            _draw_wheel(ax, self.picture is not None)
            text = f"longest {longest:.2g} px, full colour at {limit:.2g} px"
        else:
            self._draw_arrows(ax, longest)
            text = f"longest {longest:.2g} px, arrows enlarged {self.scale_:.2g} times"
        picture_only(ax)
        ax.set_xlabel(text, size="small")
        if self.title:
            ax.set_title(self.title, parse_math=False)

    def _draw_arrows(self, ax, longest):
        height, width = self.flow.shape[:2]
        if self.picture is not None:
            show_picture(ax, self.picture)
        step = self.step or max(1, round(max(height, width) / 18))
        self.scale_ = self.scale or (2 * step / longest if longest > 0 else 1.0)
        rows = np.arange(step // 2, height, step)
        columns = np.arange(step // 2, width, step)
        u, v = np.moveaxis(self.flow[np.ix_(rows, columns)], 2, 0)
        self.quiver_ = ax.quiver(
            columns, rows, u, v, angles="xy", scale_units="xy", scale=1 / self.scale_,
            color=ACCENT, edgecolor=INK, linewidth=0.3, width=0.008, minlength=0.3,
        )  # fmt: skip
        ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), aspect="equal")


def _paint(flow, limit, see_through):
    """Give a flow as RGBA; over a picture what stands still is clear, not black."""
    length = np.hypot(flow[..., 0], flow[..., 1])
    if not see_through:
        return np.dstack(
            [flow_to_color(flow, limit), np.full(length.shape, 255)]
        ).astype(np.uint8)
    share = np.minimum(length / limit, 1)
    with np.errstate(invalid="ignore"):
        unit = np.where(length[..., None] > 0, flow / length[..., None], 0)
    return np.dstack([flow_to_color(unit, 1.0), np.rint(230 * share)]).astype(np.uint8)


def _draw_wheel(ax, see_through):
    """Draw the wheel of directions into the corner of the picture."""
    y, x = np.mgrid[-1:1:61j, -1:1:61j]
    inside = x**2 + y**2 < 1
    flow = np.where(inside[..., None], np.dstack([x, y]), 0).astype(np.float32)
    wheel = _paint(flow, 1.0, see_through)
    if not see_through:
        wheel[..., 3] = np.where(inside, 255, 0)
    corner = ax.inset_axes([0.8, 0.02, 0.18, 0.18])
    disc = np.dstack([np.full((61, 61, 3), 255), np.where(inside, 200, 0)])
    corner.imshow(disc.astype(np.uint8))
    corner.imshow(wheel)
    corner.axis("off")


class StrainDisplay(Display):
    """Optical strain as heat over the face.

    It is recommended to use `from_clip`.

    Parameters
    ----------
    strain : array of shape (height, width)
        As from `mefeat.flow.optical_strain`; nothing below 0.
    picture : array of shape (height, width) or (height, width, 3), optional
        What lies below; it shows through where there is little strain.
    limit : float, optional
        Strain at the end of the colours; by default the 99.5th percentile, so that a
        single pixel does not set it.  Give it to compare pictures.
    title : str, optional

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    image_ : matplotlib AxesImage
    colorbar_ : matplotlib Colorbar

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.reporting import StrainDisplay
    >>> display = StrainDisplay(np.full((20, 30), 0.02), limit=0.05).plot()
    >>> display.image_.get_clim()
    (0.0, 0.05)
    """

    def __init__(
        self,
        strain: ArrayLike,
        *,
        picture: ArrayLike | None = None,
        limit: float | None = None,
        title: str | None = None,
    ) -> None:
        strain = np.asarray(strain, dtype=np.float64)
        if strain.ndim != 2 or 0 in strain.shape:
            raise ValueError(
                "strain must have the shape (height, width), as from optical_strain. "
                f"Got {strain.shape} instead."
            )
        if not np.isfinite(strain).all() or strain.min() < 0:
            raise ValueError("strain holds NaN, infinity or numbers below 0.")
        self.strain = strain
        self.picture = _check_below(picture, strain.shape)
        self.limit = check_real("limit", limit, low=0, open_low=True, none=True)
        self.title = title

    @classmethod
    def from_clip(
        cls,
        clip: Clip | Array | PathLike,
        *,
        reference: int = 0,
        moving: int | None = None,
        method: str = "lk",
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Draw the strain from one frame of a clip to another.

        Parameters
        ----------
        clip : Clip, array or path
            At least two frames.
        reference, moving : int
            As in `FlowDisplay.from_clip`.
        method : str, default="lk"
            Of `mefeat.flow.optical_flow`.
        ax : matplotlib Axes, optional
        **options
            Parameters of `StrainDisplay`.

        Returns
        -------
        StrainDisplay
        """
        clip = one_clip(clip)
        first, last = _pair(clip, reference, moving)
        options.setdefault("picture", first)
        strain = optical_strain(optical_flow(first, last, method))
        return cls(strain, **options).plot(ax=ax)

    def _size(self):
        height, width = self.strain.shape
        return COLUMN, 0.8 * COLUMN * np.clip(height / width, 0.4, 1.6)

    def _draw(self, ax):
        limit = self.limit or float(np.percentile(self.strain, 99.5)) or 1.0
        alpha = None
        if self.picture is not None:
            show_picture(ax, self.picture)
            alpha = np.clip(self.strain / limit, 0, 0.8)
        self.image_ = ax.imshow(
            self.strain, cmap="inferno", vmin=0.0, vmax=limit, alpha=alpha
        )
        from matplotlib.cm import ScalarMappable

        colors = ScalarMappable(self.image_.norm, self.image_.cmap)
        self.colorbar_ = ax.figure.colorbar(colors, ax=ax, shrink=0.9, extend="max")
        self.colorbar_.set_label("optical strain")
        picture_only(ax)
        if self.title:
            ax.set_title(self.title, parse_math=False)
