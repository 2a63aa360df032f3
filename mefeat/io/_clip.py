"""`Clip`: a light handle on the frames of a video."""

from __future__ import annotations

import numbers
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mefeat._typing import Array, PathLike, SequenceLike
from mefeat.exceptions import ClipError
from mefeat.io._fields import check_field
from mefeat.io._notebook import clip_html, clip_png
from mefeat.io._pixels import to_gray, to_rgb, to_uint8
from mefeat.io._sources import open_source
from mefeat.io._warping import warp_affine

__all__ = ["Clip"]


class Clip:
    """A light handle on the frames of a video, an image folder or an array.

    Nothing is read before it is needed; slices stay lazy; a clip of files pickles as
    their names.  Video files are decoded in order: slices read one after the other
    decode a file once, one that lies before the last decodes it from its start again.

    Parameters
    ----------
    source : array-like, path or list of paths
        An array of shape (n_frames, height, width) or (n_frames, height, width, 3), in
        RGB; a video file; a folder of images or a list of image files, in the order of
        the last number in their names.  Where two names share that number, or one has
        none, a folder is read in natural order and a list as it stands.
    fps : float, optional
        Frames per second; taken from the video file where there is one.
    subject : str, optional
        Who is seen; what leave-one-subject-out groups by.
    name : str, optional
        What messages call the clip; by default the file's name.
    landmarks : array of shape (68, 2) or (n_frames, 68, 2), optional
        Face landmarks (x, y) in pixels, in the order of iBUG 68.
    rois : array of shape (height, width), optional
        Label map of regions of interest, 0 for the background.
    apex : int, optional
        Frame of the strongest expression, counted from the clip's first frame.
    value_range : (float, float), optional
        Values that become 0 and 255.  Without it 16-bit values are divided by 256
        and floats must lie in [0, 1].

    Attributes
    ----------
    shape : (int, int)
        Height and width of the frames in pixels.
    numbers : ndarray of int or None
        Image folders: the file numbers that are there, within the clip.
    missing : ndarray of int
        Image folders: the frames (indices) that repeat the one before them, since
        their file is not there.

    Raises
    ------
    ClipError
        If the source cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> clip = Clip(np.zeros((50, 64, 48), dtype=np.uint8), fps=25, subject="s01")
    >>> len(clip), clip.shape, clip.duration
    (50, (64, 48), 2.0)
    >>> len(clip[10:20])
    10
    >>> clip[10:20].frames().shape
    (10, 64, 48)
    """

    fps: float | None
    subject: Any
    landmarks: Array | None
    rois: Array | None
    apex: int | None
    value_range: tuple[float, float] | None

    def __init__(
        self,
        source: SequenceLike | PathLike,
        fps: float | None = None,
        subject: str | None = None,
        name: str | None = None,
        landmarks: ArrayLike | None = None,
        rois: ArrayLike | None = None,
        apex: int | None = None,
        value_range: tuple[float, float] | None = None,
    ) -> None:
        if isinstance(source, Clip):
            raise ClipError("is a Clip already", clip=source.name)
        self._source = open_source(source, name)
        self._start, self._stop = 0, self._source.n_frames
        self._warp: Any = None  # (2x3 matrix as nested tuples, (height, width))
        self.name = name if name is not None else self._source.name
        self._set("fps", self._source.fps if fps is None else fps)
        self._set("subject", subject)
        self._set("landmarks", landmarks)
        self._set("rois", rois)
        self._set("apex", apex)
        self._set("value_range", value_range)

    def _set(self, field, value):
        setattr(self, field, check_field(self, field, value))

    # -- what it is ------------------------------------------------------------

    def __len__(self) -> int:
        return self._stop - self._start

    def __repr__(self) -> str:
        height, width = self.shape
        parts = [f"{self.name!r}", f"{len(self)} frames", f"{width}x{height}"]
        if self.fps is not None:
            parts.append(f"{self.fps:g} fps")
        if self.subject is not None:
            parts.append(f"subject {self.subject!r}")
        return f"Clip({', '.join(parts)})"

    def _repr_html_(self):
        return clip_html(self)

    def _repr_png_(self):
        return clip_png(self)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the frames in pixels."""
        return tuple(self._source.shape) if self._warp is None else self._warp[1]

    @property
    def is_color(self) -> bool:
        """Whether the source holds colours."""
        return self._source.is_color

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the source's values; `frames` gives uint8 all the same."""
        return self._source.dtype

    @property
    def path(self) -> Path | None:
        """File or folder behind the clip, or None for an array."""
        if hasattr(self._source, "path"):
            return self._source.path
        paths = getattr(self._source, "paths", None)
        return None if paths is None else Path(paths[0]).parent

    @property
    def start(self) -> int:
        """Index of the clip's first frame in its source."""
        return self._start

    @property
    def duration(self) -> float | None:
        """Length in seconds; None without fps."""
        return None if self.fps is None else len(self) / self.fps

    @property
    def timestamps(self) -> NDArray[np.float64] | None:
        """Seconds at which each frame is shown, the first at 0; None without fps.

        A video file's own times, which may be uneven, unless another `fps` was given;
        frame / fps otherwise.  The first look at a video decodes all of it.
        """
        own = self.fps is not None and self.fps == self._source.fps
        times = self._source.times if own else None
        if times is not None:
            times = times[self._start : self._stop]
            return times - times[:1]
        return None if self.fps is None else np.arange(len(self)) / self.fps

    def _times_seen(self, n_frames):
        """Give timestamps of the first frames, read before, or None; reads nothing."""
        own = self.fps is not None and self.fps == self._source.fps
        seen = getattr(self._source, "seen_times", ())[self._start :][:n_frames]
        if not own or len(seen) < n_frames or not (np.diff(seen) > 0).all():
            return None
        return np.array(seen) - seen[0]

    @property
    def numbers(self) -> Array | None:
        """File numbers of the frames that are there; None without numbering."""
        numbers = self._source.numbers
        if numbers is None:
            return None
        first = numbers[0]
        inside = (numbers >= first + self._start) & (numbers < first + self._stop)
        return numbers[inside]

    @property
    def first_number(self) -> int | None:
        """File number that belongs to frame 0; None without numbering."""
        numbers = self._source.numbers
        return None if numbers is None else int(numbers[0]) + self._start

    @property
    def missing(self) -> Array:
        """Frames (0-based) that have no file and repeat the one before."""
        if self._source.numbers is None:
            return np.empty(0, dtype=np.int64)
        wanted = np.arange(len(self)) + (int(self._source.numbers[0]) + self._start)
        return np.flatnonzero(~np.isin(wanted, self._source.numbers))

    @property
    def key(self) -> tuple[Any, ...]:
        """What caches hash: file identity or content, range and geometry."""
        landmarks = None if self.landmarks is None else self.landmarks.tobytes()
        rois = None if self.rois is None else (self.rois.shape, self.rois.tobytes())
        return (
            self._source.key, self._start, self._stop, self.fps, self.apex,
            self.value_range, self._warp, landmarks, rois,
        )  # fmt: skip

    def require(self, min_frames: int = 1) -> Clip:
        """Raise ClipError unless the clip is long enough.

        Parameters
        ----------
        min_frames : int, default=1

        Returns
        -------
        Clip
            Itself.
        """
        if len(self) < min_frames:
            raise ClipError(
                f"has {len(self)} frame(s), but {min_frames} are needed", self.name
            )
        return self

    # -- other clips -----------------------------------------------------------

    def _copy(self):
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        return other

    def __getitem__(self, index: int | slice) -> Clip:
        if not isinstance(index, slice):
            raise TypeError(
                "a clip takes slices, clip[a:b]; single frames are "
                f"clip[i:i+1].frames()[0]. Got {index!r} instead."
            )
        start, stop, step = index.indices(len(self))
        if step != 1:
            raise ValueError(f"clip slices have no step. Got {step} instead.")
        other = self._copy()
        other._start = self._start + start
        other._stop = max(self._start + stop, other._start)
        if self.landmarks is not None and self.landmarks.ndim == 3:
            other.landmarks = self.landmarks[start : max(stop, start)]
        if self.apex is not None:
            other.apex = self.apex - start if start <= self.apex < stop else None
        return other

    def replace(self, **changes: Any) -> Clip:
        """Give a copy with other fields, checked as for a new clip.

        Parameters
        ----------
        **changes
            `fps`, `subject`, `name`, `landmarks`, `rois`, `apex`, `value_range`;
            landmarks of each frame and a label map must fit this clip.

        Returns
        -------
        Clip
        """
        other = self._copy()
        for name, value in changes.items():
            other._set(name, value)
        return other

    def warped(self, matrix: ArrayLike, size: tuple[int, int]) -> Clip:
        """Give a clip whose frames are moved by one affine map when they are read.

        Parameters
        ----------
        matrix : array of shape (2, 3)
            Maps (x, y, 1) in this clip to (x, y) in the new one, in pixels.
        size : (int, int)
            Height and width of the new frames.

        Returns
        -------
        Clip
            Landmarks are carried along; a label map of ROIs is dropped.
        """
        matrix = np.asarray(matrix, dtype=np.float64)
        if matrix.shape != (2, 3) or not np.isfinite(matrix).all():
            raise ValueError(
                "matrix must be a finite array of shape (2, 3). Got "
                f"{matrix!r} instead."
            )
        other = self._copy()
        if self._warp is not None:
            inner = np.vstack([np.array(self._warp[0]), [0, 0, 1]])
            total = matrix @ inner
        else:
            total = matrix
        other._warp = (tuple(map(tuple, total.tolist())), tuple(map(int, size)))
        if self.landmarks is not None:
            other.landmarks = self.landmarks @ matrix[:, :2].T + matrix[:, 2]
        other.rois = None
        return other

    # -- frames ----------------------------------------------------------------

    def frames(self, color: bool = False, native: bool = False) -> Array:
        """Read all frames.

        Parameters
        ----------
        color : bool, default=False
            RGB instead of gray (BT.601 luma).
        native : bool, default=False
            Keep the source's type of values (uint8, uint16, float) instead of uint8.

        Returns
        -------
        ndarray of shape (n_frames, height, width) or (n_frames, height, width, 3)
        """
        out = None
        for index, frame in enumerate(self._read(color, native)):
            if out is None:
                out = np.empty((len(self), *frame.shape), dtype=frame.dtype)
            out[index] = frame
        if out is None:
            tail = (3,) if color else ()
            dtype = self.dtype if native else np.uint8
            return np.empty((0, *self.shape, *tail), dtype=dtype)
        return out

    def __array__(self, dtype=None, copy=None):
        frames = self.frames()
        return frames if dtype is None else frames.astype(dtype)

    def stream(
        self, n_frames: int, color: bool = False, native: bool = False
    ) -> Iterator[Array]:
        """Read blocks of at most `n_frames` frames, so that memory stays bounded.

        Parameters
        ----------
        n_frames : int
            At least 1.
        color, native : bool
            As for `frames`.

        Yields
        ------
        ndarray
            As from `frames`.
        """
        whole = isinstance(n_frames, numbers.Real) and not isinstance(n_frames, bool)
        if not whole or not 1 <= n_frames < np.inf or n_frames != int(n_frames):
            raise ValueError(
                f"n_frames must be an int of at least 1. Got {n_frames!r} instead."
            )
        return self._blocks(int(n_frames), color, native)

    def _blocks(self, n_frames, color, native):
        block = []
        for frame in self._read(color, native):
            block.append(frame)
            if len(block) == n_frames:
                yield np.stack(block)
                block = []
        if block:
            yield np.stack(block)

    def _read(self, color, native):
        """Yield the frames, one by one, as they are asked for."""
        for frame in self._decoded(native):
            if color:
                frame = to_rgb(frame)
            if self._warp is not None:
                yield warp_affine(frame, *self._warp, gray=not color)
            else:
                yield frame if color else to_gray(frame)

    def _decoded(self, native=False, step=1):
        """Yield frames as the source has them; None between every `step`-th one."""
        frames = self._source.read(self._start, self._stop, step)
        for index, raw in enumerate(frames):
            if raw is None:
                yield None
                continue
            if raw.dtype != self.dtype and native:
                raise ClipError(
                    f"holds {raw.dtype} after {self.dtype}: read without native=True",
                    self.name,
                    index,
                )
            if raw.dtype.kind == "f" and not np.isfinite(raw).all():
                raise ClipError("holds NaN or infinity", self.name, index)
            try:
                yield raw if native else to_uint8(raw, self.value_range)
            except ValueError as error:
                raise ClipError(str(error), self.name, index) from None
