"""Closed intervals of frames: the unit of annotation, spotting and scoring.

Conventions
-----------
Frames are counted from 0 and both ends belong to an interval, so that its length
is ``offset - onset + 1``.  A negative onset is legal: a detection at the very start
of a video may reach beyond it.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mefeat._typing import SequenceLike

__all__ = [
    "Interval",
    "as_interval_array",
    "as_intervals",
    "interval_iou",
    "iou_matrix",
    "merge_intervals",
]


# Frames are computed with as 64-bit integers.
_LARGEST = 2**53


def _frame(value, name):
    try:
        whole = isinstance(value, float | np.floating) and float(value).is_integer()
        frame = int(value) if whole else operator.index(value)
    except TypeError:
        frame = None
    if frame is None or not -_LARGEST <= frame <= _LARGEST:
        raise ValueError(f"{name} must be a whole frame number. Got {value!r} instead.")
    return frame


def _score(value):
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"score must be a number. Got {value!r} instead.") from None


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval of frames, possibly named, scored and with its apex.

    Parameters
    ----------
    onset, offset : int
        First and last frame, 0-based, both included.
    label : str, optional
        Emotion, for example ``"negative"``.
    apex : int, optional
        Frame of the strongest expression.
    score : float, optional
        Confidence of a detection; higher is surer.
    kind : {"micro", "macro"}, optional
        Micro-expressions last half a second at most.

    Raises
    ------
    ValueError
        If a frame is not a whole number, the offset lies before the onset or the
        kind is unknown.

    Examples
    --------
    >>> from mefeat import Interval
    >>> truth = Interval(10, 19, "positive", apex=14)
    >>> truth.length
    10
    >>> truth.iou(Interval(15, 24))
    0.3333333333333333
    >>> truth.duration(fps=30)
    0.3333333333333333
    """

    onset: int
    offset: int
    label: str | None = None
    apex: int | None = None
    score: float | None = None
    kind: str | None = None

    def __post_init__(self):
        put = object.__setattr__
        put(self, "onset", _frame(self.onset, "onset"))
        put(self, "offset", _frame(self.offset, "offset"))
        if self.offset < self.onset:
            raise ValueError(
                f"offset must not lie before onset. Got onset={self.onset}, "
                f"offset={self.offset} instead."
            )
        if self.apex is not None:
            put(self, "apex", _frame(self.apex, "apex"))
        if self.label is not None:
            put(self, "label", str(self.label))
        if self.score is not None:
            put(self, "score", _score(self.score))
        if self.kind not in (None, "micro", "macro"):
            raise ValueError(
                f"kind must be 'micro', 'macro' or None. Got {self.kind!r} instead."
            )

    @property
    def length(self) -> int:
        """Number of frames, both ends included."""
        return self.offset - self.onset + 1

    def duration(self, fps: float) -> float:
        """Give the length in seconds.

        Parameters
        ----------
        fps : float
            Frames per second.

        Returns
        -------
        float
        """
        return self.length / fps

    def iou(self, other: Interval) -> float:
        """Give the intersection over union with another interval.

        Parameters
        ----------
        other : Interval

        Returns
        -------
        float in [0, 1]
        """
        return interval_iou(self, other)

    def shift(self, frames: int) -> Interval:
        """Give a copy that is moved in time, its apex too.

        Parameters
        ----------
        frames : int
            Frames to add; negative ones move it towards the start.

        Returns
        -------
        Interval
        """
        apex = None if self.apex is None else self.apex + frames
        return replace(
            self, onset=self.onset + frames, offset=self.offset + frames, apex=apex
        )

    def replace(self, **changes: Any) -> Interval:
        """Give a copy with some fields changed.

        Parameters
        ----------
        **changes
            New values of fields.

        Returns
        -------
        Interval
        """
        return replace(self, **changes)


def as_intervals(intervals: SequenceLike) -> list[Interval]:
    """Give a list of `Interval` for any accepted form of intervals.

    Parameters
    ----------
    intervals : sequence of Interval, sequence of pairs or array of shape (n, 2)
        Onsets and offsets, 0-based, closed.  None and empty stand for no interval.

    Returns
    -------
    list of Interval

    Examples
    --------
    >>> from mefeat.intervals import as_intervals
    >>> as_intervals([[3, 9]])[0].length
    7
    """
    if intervals is None:
        return []
    if isinstance(intervals, Interval):
        raise ValueError(
            "The intervals of a video must be a list. Got a single Interval instead: "
            "put it in a list."
        )
    out = []
    for item in intervals:
        if isinstance(item, Interval):
            out.append(item)
            continue
        try:
            onset, offset = item
        except (TypeError, ValueError):
            raise ValueError(
                "Each interval must be an Interval or a pair (onset, offset). "
                f"Got {item!r} instead."
            ) from None
        out.append(Interval(onset, offset))
    return out


def as_interval_array(intervals: SequenceLike) -> NDArray[np.int64]:
    """Give onsets and offsets as an array.

    Parameters
    ----------
    intervals : sequence of intervals
        As of `as_intervals`.

    Returns
    -------
    ndarray of shape (n, 2), int64
    """
    pairs = [(i.onset, i.offset) for i in as_intervals(intervals)]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def interval_iou(a: Interval, b: Interval) -> float:
    """Give the intersection over union of two closed intervals of whole frames.

    Parameters
    ----------
    a, b : Interval

    Returns
    -------
    float in [0, 1]

    Examples
    --------
    >>> from mefeat.intervals import Interval, interval_iou
    >>> interval_iou(Interval(0, 9), Interval(5, 14))
    0.3333333333333333
    """
    common = min(a.offset, b.offset) - max(a.onset, b.onset) + 1
    if common <= 0:
        return 0.0
    return common / (a.length + b.length - common)


def iou_matrix(a: SequenceLike, b: SequenceLike) -> NDArray[np.float64]:
    """Intersection over union of each interval of `a` with each of `b`.

    Parameters
    ----------
    a, b : sequences of intervals, of lengths n and m
        See `as_intervals`.

    Returns
    -------
    ndarray of shape (n, m), float64

    Examples
    --------
    >>> from mefeat.intervals import iou_matrix
    >>> iou_matrix([[0, 9]], [[0, 4], [5, 9], [10, 12]])
    array([[0.5, 0.5, 0. ]])
    """
    a, b = as_interval_array(a), as_interval_array(b)
    first = np.maximum(a[:, None, 0], b[None, :, 0])
    last = np.minimum(a[:, None, 1], b[None, :, 1])
    common = np.maximum(last - first + 1, 0)
    lengths_a = a[:, 1] - a[:, 0] + 1
    lengths_b = b[:, 1] - b[:, 0] + 1
    return common / (lengths_a[:, None] + lengths_b[None, :] - common)


def merge_intervals(
    intervals: SequenceLike, min_overlap: float = 0.0, gap: int = 0
) -> list[Interval]:
    """Unite intervals that overlap.

    Two intervals are united when their common frames make up more than `min_overlap`
    of the shorter one, or when at most `gap` frames lie between them.  The union
    keeps the label, apex, score and kind of the member with the highest score (of the
    first one where there are no scores).

    Parameters
    ----------
    intervals : sequence of intervals
        In any order.
    min_overlap : float, default=0.0
        Share of the shorter interval, in [0, 1).
    gap : int, default=0
        Frames between two intervals that are bridged; 0 bridges none, so that
        neighbours which only touch stay apart.

    Returns
    -------
    list of Interval
        Sorted by onset.

    Examples
    --------
    >>> from mefeat.intervals import merge_intervals
    >>> [(i.onset, i.offset) for i in merge_intervals([[0, 9], [8, 20], [30, 31]])]
    [(0, 20), (30, 31)]
    """
    merged: list[Interval] = []
    for item in sorted(as_intervals(intervals), key=lambda i: (i.onset, i.offset)):
        while merged and _unites(merged[-1], item, min_overlap, gap):
            item = _union(merged.pop(), item)
        merged.append(item)
    return merged


def _unites(a, b, min_overlap, gap):
    common = min(a.offset, b.offset) - max(a.onset, b.onset) + 1
    if common > 0:
        return common > min_overlap * min(a.length, b.length)
    return gap > 0 and -common <= gap


def _union(a, b):
    score_a = -np.inf if a.score is None else a.score
    score_b = -np.inf if b.score is None else b.score
    best = b if score_b > score_a else a
    return best.replace(onset=min(a.onset, b.onset), offset=max(a.offset, b.offset))
