"""Strips of pictures: onset, apex and offset of an interval side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from mefeat._typing import Array, PathLike, SequenceLike
from mefeat.intervals import Interval, as_intervals
from mefeat.io._pictures import shrink, side_by_side
from mefeat.reporting._display import Display, check_picture, one_clip, show_picture
from mefeat.reporting._style import COLUMN, emotion_color, picture_only

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mefeat.io._clip import Clip


__all__ = [
    "StripDisplay",
    "apex_picture",
    "encode_loop",
    "frame_picture",
    "interval_loop",
    "interval_strip",
    "loop_frames",
    "read_pictures",
    "shown_frames",
]


def frame_picture(clip: Clip, frame: int, size: int | None = None) -> NDArray[np.uint8]:
    """Give one frame as RGB, shrunk so that its longer side is `size` pixels.

    Parameters
    ----------
    clip : Clip
    frame : int
        Brought into the clip's range where it lies outside.
    size : int, optional
        Pixels; None keeps the frame as it is.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8
    """
    frame = int(np.clip(frame, 0, len(clip) - 1))
    return shrink(clip[frame : frame + 1].frames(color=True)[0], size)


def _apex(interval):
    if interval.apex is not None:
        return interval.apex
    return (interval.onset + interval.offset) // 2


def shown_frames(interval):
    """Give the frames of an interval that a strip shows: onset, apex and offset."""
    return interval.onset, _apex(interval), interval.offset


def read_pictures(clip, frames, size=None):
    """Read frames in their order, so that a video is decoded once.

    Parameters
    ----------
    clip : Clip
    frames : iterable of int
    size : int, optional
        As of `frame_picture`.

    Returns
    -------
    dict of int to ndarray
    """
    return {frame: frame_picture(clip, frame, size) for frame in sorted(set(frames))}


def apex_picture(
    clip: Clip, interval: Interval, size: int | None = None
) -> NDArray[np.uint8]:
    """Give the frame of the interval's apex (its middle where no apex is known).

    Parameters
    ----------
    clip : Clip
    interval : Interval
    size : int, optional
        As of `frame_picture`.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8
    """
    return frame_picture(clip, _apex(interval), size)


def interval_strip(
    clip: Clip, interval: Interval, size: int = 160, gap: int = 4
) -> NDArray[np.uint8]:
    """Set onset, apex and offset of an interval side by side.

    Parameters
    ----------
    clip : Clip
    interval : Interval
    size : int, default=160
        Longer side of each picture in pixels.
    gap : int, default=4
        White columns between the pictures.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8
    """
    pictures = read_pictures(clip, shown_frames(interval), size)
    return side_by_side([pictures[f] for f in shown_frames(interval)], gap)


def loop_frames(interval, n_frames, max_frames=24):
    """Choose the frames of an interval that a loop shows, evenly spaced.

    Parameters
    ----------
    interval : Interval
    n_frames : int
        Length of its clip; frames outside of it are left out.
    max_frames : int, default=24

    Returns
    -------
    list of int
    """
    first, last = max(interval.onset, 0), min(interval.offset, n_frames - 1)
    count = min(last - first + 1, max_frames)
    if count < 1:
        return []
    return np.linspace(first, last, count).round().astype(int).tolist()


def encode_loop(pictures):
    """Give pictures as an animated WebP file, ten a second; None where there are few.

    That is slow enough to see what moves.  None as well where Pillow has no WebP.
    """
    import io

    from PIL import Image, features

    if len(pictures) < 2 or not features.check("webp"):
        return None
    frames = [Image.fromarray(picture) for picture in pictures]
    buffer = io.BytesIO()
    frames[0].save(
        buffer, "WEBP", save_all=True, append_images=frames[1:], duration=100, loop=0,
        quality=80, method=4,
    )  # fmt: skip
    return buffer.getvalue()


def interval_loop(
    clip: Clip, interval: Interval, size: int = 200, max_frames: int = 24
) -> bytes | None:
    """Give the frames of an interval as an animation that repeats, slowly.

    Parameters
    ----------
    clip : Clip
    interval : Interval
    size : int, default=200
        Longer side of the pictures in pixels.
    max_frames : int, default=24
        Longer intervals are shown in so many evenly spaced frames.

    Returns
    -------
    bytes or None
        A WebP file, ten pictures a second; None for an interval of a single frame and
        where Pillow was built without WebP.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip, Interval
    >>> from mefeat.reporting import interval_loop
    >>> clip = Clip(np.zeros((40, 24, 20), dtype=np.uint8), fps=30)
    >>> interval_loop(clip, Interval(5, 15))[:4]
    b'RIFF'
    """
    frames = loop_frames(interval, len(clip), max_frames)
    return encode_loop([frame_picture(clip, frame, size) for frame in frames])


class StripDisplay(Display):
    """Onset, apex and offset of intervals, one row for each.

    It is recommended to use `from_clip` or `from_estimator`.

    Parameters
    ----------
    pictures : sequence of rows, each a sequence of pictures
        All of one shape, (height, width) or (height, width, 3); at most three in a
        row: onset, apex, offset.
    intervals : sequence of Interval
        One for each row; what the frames are called by.
    title : str, optional

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    images_ : list of lists of matplotlib AxesImage
        One list for each row.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip, Interval
    >>> from mefeat.reporting import StripDisplay
    >>> clip = Clip(np.zeros((40, 24, 20), dtype=np.uint8), fps=30)
    >>> display = StripDisplay.from_clip(clip, [Interval(5, 15, "negative", apex=9)])
    >>> [text.get_text() for text in display.ax_.texts]
    ['frame 5', 'frame 9', 'frame 15']
    """

    def __init__(
        self,
        pictures: SequenceLike,
        intervals: SequenceLike,
        *,
        title: str | None = None,
    ) -> None:
        self.intervals = as_intervals(intervals)
        self.pictures = [
            [check_picture("each of pictures", picture) for picture in row]
            for row in pictures
        ]
        if not self.intervals or len(self.pictures) != len(self.intervals):
            raise ValueError(
                "pictures and intervals must hold one row for each of at least one "
                f"interval. Got {len(self.pictures)} and {len(self.intervals)}."
            )
        shapes = {p.shape[:2] for row in self.pictures for p in row}
        if {len(row) for row in self.pictures} != {3} or len(shapes) != 1:
            raise ValueError(
                "each row of pictures must hold three pictures, onset, apex and "
                f"offset, all of one shape. Got the shapes {sorted(shapes)}."
            )
        self.title = title

    @classmethod
    def from_clip(
        cls,
        clip: Clip | Array | PathLike,
        intervals: SequenceLike | None = None,
        *,
        size: int = 240,
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Draw intervals of a clip.

        Parameters
        ----------
        clip : Clip, array or path
        intervals : sequence of intervals, optional
            By default the whole clip is one, with the clip's apex.
        size : int, default=240
            Longer side of each picture in pixels.
        ax : matplotlib Axes, optional
        **options
            Parameters of `StripDisplay`.

        Returns
        -------
        StripDisplay
        """
        clip = one_clip(clip)
        if intervals is None:
            intervals = [Interval(0, len(clip) - 1, apex=clip.apex)]
        intervals = as_intervals(intervals)
        wanted = [shown_frames(interval) for interval in intervals]
        read = read_pictures(clip, (f for row in wanted for f in row), size)
        pictures = [[read[frame] for frame in row] for row in wanted]
        return cls(pictures, intervals, **options).plot(ax=ax)

    @classmethod
    def from_estimator(
        cls,
        spotter: Any,
        clip: Clip | Array | PathLike,
        *,
        ax: Axes | None = None,
        **options: Any,
    ) -> Self:
        """Spot in a clip and draw the intervals.

        Parameters
        ----------
        spotter : estimator
            With ``predict``, as from `make_spotter`, or `SpotThenRecognize`.
        clip : Clip, array or path
        ax : matplotlib Axes, optional
        **options
            Of `from_clip`.

        Returns
        -------
        StripDisplay

        Raises
        ------
        ValueError
            If nothing is spotted.
        """
        clip = one_clip(clip)
        found = spotter.predict([clip])[0]
        if not len(found):
            raise ValueError(f"nothing was spotted in {clip.name!r}: no strip to draw.")
        return cls.from_clip(clip, found, ax=ax, **options)

    def _size(self):
        height, width = self.pictures[0][0].shape[:2]
        rows = len(self.intervals)
        return COLUMN, 0.25 + rows * (0.31 * COLUMN * height / width + 0.17)

    def _draw(self, ax):
        height, width = self.pictures[0][0].shape[:2]
        gap, room = 0.03 * width, 0.16 * height
        labels = [interval.label for interval in self.intervals]
        self.images_ = []
        for row, interval in enumerate(self.intervals):
            top, images = row * (height + room), []
            for column, (picture, frame) in enumerate(
                zip(self.pictures[row], shown_frames(interval), strict=True)
            ):
                left = column * (width + gap)
                extent = (left, left + width, top + height, top)
                images.append(show_picture(ax, picture, extent=extent))
                ax.text(
                    left + width / 2, top + height + 0.02 * height, f"frame {frame}",
                    ha="center", va="top", size="small",
                )  # fmt: skip
            self.images_.append(images)
        total = len(self.intervals) * (height + room)
        ax.set(xlim=(0, 3 * width + 2 * gap), ylim=(total, 0), aspect="equal")
        picture_only(ax)
        ax.set_yticks(
            [row * (height + room) + height / 2 for row in range(len(labels))],
            [label or "" for label in labels], rotation=90, va="center",
        )  # fmt: skip
        for tick, label in zip(ax.get_yticklabels(), labels, strict=True):
            tick.set_color(emotion_color(label, labels))
            tick.set_parse_math(False)
        ax.set_xticks(
            [width / 2 + column * (width + gap) for column in range(3)],
            ("onset", "apex", "offset"),
        )
        ax.tick_params(length=0, top=False, labeltop=True, labelbottom=False)
        if self.title:
            ax.set_title(self.title, parse_math=False)
