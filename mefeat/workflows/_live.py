"""Spotting in one video with an eye on what was found so far."""

import time

from mefeat.exceptions import ClipError

__all__ = ["Interrupted", "Watch", "measure", "measure_or_error"]

# Seconds between two looks at what was found so far: soon after the start, rarer later,
# and never so often that looking takes more than this share of the time.
_FIRST_PAUSE, _LONGEST_PAUSE, _SHARE = 1.0, 30.0, 0.03


class Interrupted(KeyboardInterrupt):
    """A job was interrupted, and what it found until then was kept.

    Parameters
    ----------
    message : str
        How far it came.
    result : Bunch, optional
        What it had found.
    """

    def __init__(self, message, result=None):
        super().__init__(message)
        self.result = result


class Watch:
    """Hear how far a video is, show it, and hand on what was seen so far at times.

    Parameters
    ----------
    progress : Progress
    keep : callable
        Called as ``keep(signal)`` with the `Signal` so far, each time it is due.

    Attributes
    ----------
    n_frames : int
        Frames read.
    """

    def __init__(self, progress, keep):
        self._progress, self._keep = progress, keep
        self._pause = _FIRST_PAUSE
        self._due = time.monotonic() + self._pause
        self._so_far = None
        self.n_frames = 0

    def __call__(self, n_frames, so_far):
        """Take the frames read and a function that gives the signal so far."""
        self.n_frames, self._so_far = n_frames, so_far
        self._progress.reach(n_frames)
        began = time.monotonic()
        if began < self._due:
            return
        self.keep()
        now = time.monotonic()
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        self._due = now + max(self._pause, (now - began) / _SHARE)

    def keep(self):
        """Hand on what was seen so far, if anything was."""
        signal = None if self._so_far is None else self._so_far()
        if signal is not None:
            self._keep(signal)


def measure(spotter, clip, watch):
    """Give the signal of a clip, watched where the spotter can be.

    Parameters
    ----------
    spotter : Pipeline
        As from `make_spotter`.
    clip : Clip
    watch : Watch

    Returns
    -------
    Signal
    """
    if len(spotter) == 2 and hasattr(spotter[0], "measure"):
        return spotter[0].measure(clip, watch)
    return spotter[:-1].transform([clip])[0]


def measure_or_error(spotter, clip):
    """Give the signal of a clip, or what makes it unusable, from a worker.

    Parameters
    ----------
    spotter : Pipeline
    clip : Clip

    Returns
    -------
    Signal, ClipError or OSError
    """
    try:
        return spotter[:-1].transform([clip])[0]
    except (ClipError, OSError) as error:
        return error
