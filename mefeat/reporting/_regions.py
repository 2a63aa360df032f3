"""Regions of interest, drawn on the face that they are measured on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from mefeat._typing import Array, PathLike
from mefeat._validation import check_option
from mefeat.exceptions import ClipError, FaceNotFoundError
from mefeat.face import FaceMesh
from mefeat.features import MDMO
from mefeat.features.mdmo import clip_regions, mdmo_roi_map
from mefeat.reporting._display import (
    Display,
    check_frame,
    check_picture,
    one_clip,
    picture_of,
    reach_step,
    show_picture,
)
from mefeat.reporting._style import COLUMN, CYCLE, outlined, picture_only
from mefeat.spotting import ROIMotion
from mefeat.spotting._geometry import REGIONS, region_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mefeat.io._clip import Clip


__all__ = ["RegionDisplay"]

_SHADES = np.array([*CYCLE, "#F0E442", "#882255"])


def _landmarks(clip, frame):
    if clip.landmarks is not None:
        known = clip.landmarks
        return known[frame] if known.ndim == 3 else known
    try:
        return FaceMesh().find(clip[frame : frame + 1].frames(color=True)[0]).landmarks
    except FaceNotFoundError as error:
        raise FaceNotFoundError(
            f"{error.message.rstrip('.')}. Give landmarks of the clip, or a label map",
            clip.name,
            frame,
        ) from None


class RegionDisplay(Display):
    """Regions of interest on a face.

    It is recommended to use `from_clip` or `from_estimator`.

    Parameters
    ----------
    labels : array of int of shape (height, width)
        Number of the region at each pixel, 0 outside of all.
    picture : array of shape (height, width) or (height, width, 3), optional
        What lies below.
    names : mapping of int to str, optional
        What is written on each region; by default its number.
    crop : bool, default=True
        Show the regions and a margin around them only.
    title : str, optional

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    image_ : matplotlib AxesImage
        The coloured regions.
    texts_ : dict of int to matplotlib Text
        The number or name of each region.

    Examples
    --------
    >>> from skimage.data import astronaut
    >>> from mefeat import Clip
    >>> from mefeat.reporting import RegionDisplay
    >>> display = RegionDisplay.from_clip(Clip(astronaut()[None, :256, 100:356]))
    >>> len(display.texts_)
    36
    """

    def __init__(
        self,
        labels: ArrayLike,
        *,
        picture: ArrayLike | None = None,
        names: Mapping[int, str] | None = None,
        crop: bool = True,
        title: str | None = None,
    ) -> None:
        labels = np.asarray(labels)
        if labels.ndim != 2 or labels.dtype.kind not in "iu" or 0 in labels.shape:
            raise ValueError(
                "labels must be a label map of shape (height, width) of integers. Got "
                f"{labels.dtype} of shape {labels.shape} instead."
            )
        if not (labels > 0).any():
            raise ValueError("labels must hold at least one region, numbered from 1.")
        if picture is not None:
            picture = check_picture("picture", picture)
            if picture.shape[:2] != labels.shape:
                raise ValueError(
                    f"picture must have the shape of labels, {labels.shape}. Got "
                    f"{picture.shape[:2]} instead."
                )
        self.labels = labels
        self.picture = picture
        self.names = names
        self.crop = crop
        self.title = title

    @classmethod
    def from_clip(
        cls,
        clip: Clip | Array | PathLike,
        *,
        regions: str = "mdmo",
        frame: int = 0,
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Draw the regions of a clip.

        Parameters
        ----------
        clip : Clip, array or path
            Its landmarks are used where it has them; else the face is searched.
        regions : {"mdmo", "spotting", "clip"}, default="mdmo"
            The 36 regions of `MDMO`, the 14 of `ROIMotion`, or the clip's own label
            map (``Clip(..., rois=)``).
        frame : int, default=0
            Frame that is shown.
        ax : matplotlib Axes, optional
        **options
            Parameters of `RegionDisplay`.

        Returns
        -------
        RegionDisplay

        Raises
        ------
        ClipError
            If there is no face in the frame, or the clip has no label map.
        """
        clip = one_clip(clip)
        check_option("regions", regions, ("mdmo", "spotting", "clip"))
        picture, frame = picture_of(clip, frame), check_frame(clip, frame)
        if regions == "clip":
            if clip.rois is None:
                raise ClipError("has no label map: give Clip(..., rois=...)", clip.name)
            labels = clip.rois
        elif regions == "mdmo":
            landmarks = _landmarks(clip, frame)
            labels = mdmo_roi_map(landmarks, clip.shape, allow_empty=True)
        else:
            labels, names = _spotting_regions(_landmarks(clip, frame), clip.shape)
            options.setdefault("names", names)
        return cls(labels, picture=picture, **options).plot(ax=ax)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        clip: Clip | Array | PathLike,
        *,
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Draw the regions that an estimator measures in the first frame of a clip.

        Parameters
        ----------
        estimator : MDMO, ROIMotion or Pipeline with such a step
            The steps before it are applied to the clip, for example the alignment.
        clip : Clip, array or path
        ax : matplotlib Axes, optional
        **options
            Parameters of `RegionDisplay`.

        Returns
        -------
        RegionDisplay
        """
        step, clip = reach_step(
            estimator,
            one_clip(clip),
            lambda step: isinstance(step, MDMO | ROIMotion),
            "MDMO or ROIMotion",
        )
        if isinstance(step, MDMO):
            params = step._check_params()
            labels, _ = clip_regions(
                clip, params["rois"], params["n_rois"], params["align"]
            )
        else:
            labels, names = _spotting_regions(
                _landmarks(clip, 0), clip.shape, step._check_params()["region_size"]
            )
            options.setdefault("names", names)
        return cls(labels, picture=picture_of(clip, 0), **options).plot(ax=ax)

    def _window(self):
        """Give left, right, bottom and top of what is shown, in pixels."""
        height, width = self.labels.shape
        if not self.crop:
            return -0.5, width - 0.5, height - 0.5, -0.5
        rows, columns = np.nonzero(self.labels)
        low = np.array([columns.min(), rows.min()]) - 0.5
        high = np.array([columns.max(), rows.max()]) + 0.5
        margin = 0.08 * (high - low).max()
        low = np.maximum(low - margin, -0.5)
        high = np.minimum(high + margin, [width - 0.5, height - 0.5])
        return low[0], high[0], high[1], low[1]

    def _size(self):
        left, right, bottom, top = self._window()
        return COLUMN, COLUMN * np.clip((bottom - top) / (right - left), 0.4, 1.6)

    def _draw(self, ax):
        from matplotlib.colors import to_rgba

        if self.picture is not None:
            show_picture(ax, self.picture)
        numbers = [int(n) for n in np.unique(self.labels) if n > 0]
        colors = np.zeros((max(numbers) + 1, 4))
        for place, number in enumerate(numbers):
            # A region and its mirror image follow each other: one colour for both.
            colors[number] = to_rgba(_SHADES[place // 2 % len(_SHADES)], 0.45)
        shown = colors[np.maximum(self.labels, 0)]
        self.image_ = ax.imshow(shown, interpolation="nearest")
        self.texts_ = {}
        for number in numbers:
            row, column = _middle(self.labels == number)
            name = str(number) if self.names is None else self.names.get(number, "")
            self.texts_[number] = ax.text(
                column, row, name, ha="center", va="center", size="small",
                weight="bold", path_effects=outlined(), parse_math=False,
            )  # fmt: skip
        left, right, bottom, top = self._window()
        ax.set(xlim=(left, right), ylim=(bottom, top))
        picture_only(ax)
        if self.title:
            ax.set_title(self.title, parse_math=False)


def _middle(mask):
    """Give row and column of the pixel of a region that lies deepest within it."""
    from scipy.ndimage import distance_transform_edt

    depth = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    centre = np.argwhere(mask).mean(axis=0)
    if mask[tuple(np.rint(centre).astype(int))]:
        return tuple(centre)
    return np.unravel_index(depth.argmax(), depth.shape)


def _spotting_regions(landmarks, shape, size=None):
    if size is None:
        size = ROIMotion().region_size
    labels = region_map(landmarks, shape, size)
    return labels, dict(enumerate(map(_short, REGIONS), start=1))


def _short(name):
    """Shorten the name of a region: letters must fit into its square."""
    part, *rest = name.split("_")
    sides = {"right": "R", "left": "L"}
    return f"{part}\n{' '.join(sides.get(word, word) for word in rest)}"
