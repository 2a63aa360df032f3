"""`Signal`: motion of a face over the frames of one video."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Signal"]


@dataclass(frozen=True, eq=False)
class Signal:
    """Motion of a face, one row for each frame of a video.

    Parameters
    ----------
    values : array of shape (n_frames, n_channels)
        Stored as float32.  Displacements are in pixels of a face scaled to
        `face_size` pixels; frames without a face hold zeros.
    fps : float
        Frames per second.
    channels : sequence of str, optional
        Names of the channels.  Two channels called ``NAME_dx`` and ``NAME_dy`` are
        the components of one displacement.
    face_size : float, default=256.0
        Size of the face, in pixels, that the values refer to.
    valid : array of bool of shape (n_frames,), optional
        Where there was a face; everywhere by default.

    Raises
    ------
    ValueError
        If the shapes do not fit together, `fps` is not above 0 or a value is not
        finite.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.spotting import Signal
    >>> signal = Signal(np.zeros((60, 2)), fps=30, channels=("brow_dx", "brow_dy"))
    >>> signal
    Signal(60 frames, 2 channels, 30 fps, 100% valid)
    >>> signal.duration
    2.0
    """

    values: np.ndarray
    fps: float
    channels: tuple[str, ...] = None  # type: ignore[assignment]
    face_size: float = 256.0
    valid: np.ndarray = None  # type: ignore[assignment]

    def __post_init__(self):
        put = object.__setattr__
        values = np.asarray(self.values, dtype=np.float32)
        if values.ndim == 1:
            values = values[:, None]
        if values.ndim != 2 or 0 in values.shape:
            raise ValueError(
                "values must have the shape (n_frames, n_channels). "
                f"Got {np.shape(self.values)} instead."
            )
        if not np.isfinite(values).all():
            frame = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
            raise ValueError(f"values hold NaN or infinity, first at frame {frame}.")
        if not 0 < self.fps < np.inf:
            raise ValueError(f"fps must be above 0. Got {self.fps!r} instead.")
        n_channels = values.shape[1]
        names = self.channels
        names = [f"c{i}" for i in range(n_channels)] if names is None else names
        names = tuple(str(name) for name in names)
        if len(names) != n_channels or len(set(names)) != n_channels:
            raise ValueError(
                f"channels must be {n_channels} different names. Got {names} instead."
            )
        valid = np.ones(len(values), bool) if self.valid is None else self.valid
        valid = np.asarray(valid, dtype=bool)
        if valid.shape != (len(values),):
            raise ValueError(
                f"valid must have the shape ({len(values)},). Got {valid.shape} "
                "instead."
            )
        put(self, "values", values)
        put(self, "fps", float(self.fps))
        put(self, "channels", names)
        put(self, "face_size", float(self.face_size))
        put(self, "valid", valid)

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        return (
            f"Signal({len(self)} frames, {len(self.channels)} channels, "
            f"{self.fps:g} fps, {self.valid.mean():.0%} valid)"
        )

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self) / self.fps

    def __getitem__(self, index: int | slice) -> Signal:
        """Give the part of the signal in a slice of frames."""
        if not isinstance(index, slice) or index.step not in (None, 1):
            raise TypeError(f"a signal takes slices without a step. Got {index!r}.")
        return Signal(
            self.values[index],
            self.fps,
            self.channels,
            self.face_size,
            self.valid[index],
        )

    def strengths(self) -> tuple[NDArray[np.float32], tuple[str, ...]]:
        """Give one non-negative curve for each displacement or lone channel.

        Returns
        -------
        curves : ndarray of shape (n_frames, n_curves), float32
            The length of each displacement whose two components are there; the value
            of every other channel.
        names : tuple of str
        """
        values = {n: self.values[:, i] for i, n in enumerate(self.channels)}
        curves, names = [], []
        for name, pair in pair_channels(self.channels):
            parts = [values[member] for member in pair]
            curves.append(parts[0] if len(parts) == 1 else np.hypot(*parts))
            names.append(name)
        return np.stack(curves, axis=1), tuple(names)

    def spans(self) -> list[tuple[int, int]]:
        """Give the runs of frames with a face.

        Returns
        -------
        list of (int, int)
            Closed pairs (first, last).
        """
        return runs(self.valid)


def pair_channels(channels):
    """Group channel names into displacements: [(name, (dx, dy) or (channel,)), ...]."""
    present, out = set(channels), []
    for name in channels:
        stem = name[:-3]
        both = {stem + "_dx", stem + "_dy"} <= present
        if both and name.endswith("_dx"):
            out.append((stem, (stem + "_dx", stem + "_dy")))
        elif not (both and name.endswith("_dy")):
            out.append((name, (name,)))
    return out


def runs(mask):
    """Give the runs of True in a mask as a list of closed (first, last) pairs."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(mask, int), [0]])))
    starts, stops = edges[::2], edges[1::2]
    return [(int(a), int(b) - 1) for a, b in zip(starts, stops, strict=True)]
