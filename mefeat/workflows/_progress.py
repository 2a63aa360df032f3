"""How far a long job is: a bar on a terminal, now and then a line elsewhere."""

import sys
import time

from tqdm import tqdm

__all__ = ["Progress"]

# Seconds between two lines where no bar can be drawn.
_LINES_EVERY = 10.0


class Progress:
    """Progress through a known number of steps.

    On a terminal a bar with the steps done, their rate and the time left; in a file or
    a pipe the same as plain lines, one in ten seconds.  A context manager.

    Parameters
    ----------
    description : str
    total : int
    unit : str
        What a step is called, in the plural.
    enabled : bool, default=True
        Whether anything is shown.
    stream : text file, optional
        By default the standard error.

    Examples
    --------
    >>> import io
    >>> from mefeat.workflows._progress import Progress
    >>> out = io.StringIO()
    >>> with Progress("spot talk", 600, "frames", stream=out) as progress:
    ...     progress.reach(600)
    >>> out.getvalue()
    ''
    """

    def __init__(self, description, total, unit, *, enabled=True, stream=None):
        self.description, self.total, self.unit = description, total, unit
        self.enabled = enabled
        self._stream = sys.stderr if stream is None else stream
        self._bar = None

    def __enter__(self):
        self._began = self._told = time.monotonic()
        if self.enabled and self._stream.isatty():
            self._bar = tqdm(
                total=self.total,
                desc=self.description,
                unit=f" {self.unit}",
                file=self._stream,
                leave=False,
            )
        return self

    def __exit__(self, *_):
        if self._bar is not None:
            self._bar.close()

    def reach(self, done):
        """Say that `done` steps are done in all."""
        if self._bar is not None:
            self._bar.update(done - self._bar.n)
            return
        now = time.monotonic()
        if self.enabled and now - self._told >= _LINES_EVERY:
            self._told = now
            self._stream.write(self.line(done, now - self._began) + "\n")
            self._stream.flush()

    def line(self, done, seconds):
        """Give the line for `done` steps after `seconds`."""
        rate = done / seconds
        left = round((self.total - done) / rate) if done else None
        left = "?" if left is None else f"{left // 60}:{left % 60:02d}"
        return (
            f"{self.description}: {done} of {self.total} {self.unit}, "
            f"{rate:.0f} a second, {left} left"
        )
