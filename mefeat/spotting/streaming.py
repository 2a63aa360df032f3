"""`StreamingSpotter`: intervals from a camera, as soon as they are certain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from mefeat._validation import check_real
from mefeat.exceptions import ClipError
from mefeat.spotting._curves import anchor_step, reach
from mefeat.spotting._detection import filtered_curves, judge_piece, margins, thresholds
from mefeat.spotting._signal import Signal
from mefeat.spotting._tracker import CHANNELS
from mefeat.spotting.peaks import PeakSpotter
from mefeat.spotting.roi_motion import FACE_SIZE, MotionStream, ROIMotion

if TYPE_CHECKING:
    from mefeat.intervals import Interval


__all__ = ["StreamingSpotter"]


class StreamingSpotter:
    """Spot expressions while the frames arrive.

    The intervals are those that ``make_spotter(...)`` finds in the whole video, as
    long as its thresholds are local in time.  Memory does not grow with the length of
    the video.

    Parameters
    ----------
    fps : float
        Frames per second.
    motion : ROIMotion, optional
        How motion is measured.
    peaks : PeakSpotter, optional
        How it is searched; by default ``PeakSpotter(noise=None)``.  `p`, `noise` and
        `box` must be None, since they need the whole video or its rounding.

    Attributes
    ----------
    n_frames : int
        Frames pushed so far.
    latency_ : float
        Seconds from an interval's apex to when it is handed out, at most.

    Notes
    -----
    An interval is certain once nothing that is still to come can change it: after one
    and a quarter times ``peaks.max_duration``, ``peaks.micro_duration`` (with other
    `kinds` than ``"micro"`` half of ``peaks.max_duration`` instead), half of
    ``peaks.baseline``, the reach of the filters of ``peaks.band`` and
    ``motion.overlap``.  ``latency_`` gives the sum.

    Examples
    --------
    >>> import numpy as np
    >>> from skimage.data import astronaut
    >>> from mefeat.spotting import StreamingSpotter
    >>> spotter = StreamingSpotter(fps=30)
    >>> still = np.repeat(astronaut()[None, :200, 120:320], 4, axis=0)
    >>> spotter.push(still)
    []
    >>> spotter.close()
    []
    >>> spotter.n_frames
    4
    """

    def __init__(
        self,
        fps: float,
        motion: ROIMotion | None = None,
        peaks: PeakSpotter | None = None,
    ) -> None:
        self.fps = check_real(
            "fps", fps, low=0, open_low=True, owner="StreamingSpotter"
        )
        self.motion = ROIMotion() if motion is None else motion
        self.peaks = PeakSpotter(noise=None) if peaks is None else peaks
        self._params = self.peaks._check_params()
        for name in ("p", "noise", "box"):
            if self._params[name] is not None:
                raise ValueError(
                    f"The {name!r} parameter of the StreamingSpotter's peaks must be "
                    f"None, since it needs the whole video. Got {self._params[name]!r} "
                    "instead: use 'height'."
                )
        self._stream = MotionStream(self.fps, self.motion._check_params())
        self._search = _PieceSearch(self.fps, self._params)
        self._closed, self._shape = False, None
        self.n_frames = 0

    def push(self, frames: ArrayLike) -> list[Interval]:
        """Take the next frame or frames.

        Parameters
        ----------
        frames : ndarray, uint8
            One frame of shape (height, width) or (height, width, 3) in RGB, or
            several along a first axis.

        Returns
        -------
        list of Interval
            Those that became certain, in frames from the first one pushed.
        """
        if self._closed:
            raise ValueError("The spotter is closed: make a new one for a new video.")
        out = []
        frames = self._checked(frames)
        for image in frames:
            self.n_frames += 1
            for values, valid in self._stream.push(image):
                out += self._search.push(values, valid)
        return out

    def _checked(self, frames) -> np.ndarray:
        """Give the frames along a first axis, all of the size of the first one."""
        frames = np.asarray(frames)
        if frames.ndim == 2 or (frames.ndim == 3 and frames.shape[2] == 3):
            frames = frames[None]
        colors = frames.shape[3:]
        if (
            frames.dtype != np.uint8
            or frames.ndim not in (3, 4)
            or colors not in ((), (3,))
            or 0 in frames.shape[1:]
        ):
            raise ClipError(
                "frames must be uint8 of shape (height, width[, 3]) or (n_frames, "
                f"height, width[, 3]). Got {frames.dtype} of shape {frames.shape} "
                "instead"
            )
        if self._shape is None:
            self._shape = frames.shape[1:]
        elif frames.shape[1:] != self._shape:
            raise ClipError(
                f"frames must keep the shape of the first one, {self._shape}. Got "
                f"{frames.shape[1:]} instead: bring them to one size, or close this "
                "spotter and make a new one",
                frame=self.n_frames,
            )
        return frames

    @property
    def latency_(self) -> float:
        """Seconds from an interval's apex to when it is handed out, at most.

        With the defaults 11 s; ``peaks.max_duration``, ``peaks.baseline`` and
        ``motion.overlap`` shorten it.  Where the face leaves, and at `close`, all that
        is left is handed out at once.
        """
        held = self.motion.overlap * self.fps + self._stream.step
        return float((self._search.delay + held) / self.fps)

    def close(self) -> list[Interval]:
        """End the video; give the intervals that were not certain before.

        Returns
        -------
        list of Interval
        """
        self._closed = True
        out = []
        for values, valid in self._stream.close():
            out += self._search.push(values, valid)
        return out + self._search.end_span()


class _PieceSearch:
    """Search the rows of a signal piece by piece, as `spot_signal` does."""

    def __init__(self, fps, params):
        self.fps, self.params = fps, params
        self.length, self.around = margins(fps, params)
        self.step = anchor_step(fps)
        # Filters look this far beyond what is searched; a multiple of the step keeps
        # the baseline on the same grid.
        far = reach(fps, params["band"], params["baseline"])
        self.far = -(-far // self.step) * self.step
        self.delay = self.length + self.around + self.far
        self.frame = 0
        self._begin(0)

    def _begin(self, frame):
        self.first = frame  # first frame of the span
        self.rows, self.base = [], frame  # rows kept, from frame `base` on
        self.start = frame  # first frame of the next piece

    def push(self, values, valid):
        """Take the next row; give the intervals that are certain now."""
        if not valid:
            out = self.end_span()
            self.frame += 1
            self._begin(self.frame)
            return out
        self.rows.append(values)
        self.frame += 1
        out = []
        while self.frame >= self.start + self.delay:
            out += self._spot(self.start + self.length)
        return out

    def end_span(self):
        """Give the intervals that are left at the end of a run of valid frames."""
        out = []
        while self.start < self.frame and self.rows:
            out += self._spot(min(self.start + self.length, self.frame))
        return out

    def _spot(self, stop):
        low = max(self.first, self.start - self.around)
        high = min(stop + self.around, self.frame)
        values = np.stack(self.rows[: high + self.far - self.base])
        signal = Signal(values, self.fps, CHANNELS, FACE_SIZE)
        curves, signed, names = filtered_curves(signal, self.params)
        levels = thresholds(curves, signed, signal.valid, self.params)
        piece = slice(low - self.base, high - self.base)
        judged = judge_piece(
            curves[piece],
            [parts[piece] for parts in signed],
            names,
            levels,
            (self.start - low, stop - low),
            low,
            self.fps,
            self.params,
        )
        self.start = stop
        self._forget()
        return [found for found, reason in judged if reason is None]

    def _forget(self):
        """Drop the rows that no later piece looks at."""
        needed = max(self.first, self.start - self.around - self.far)
        kept = self.first + (needed - self.first) // self.step * self.step
        if kept > self.base:
            del self.rows[: kept - self.base]
            self.base = kept
