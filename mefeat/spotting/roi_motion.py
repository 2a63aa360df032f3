"""`ROIMotion`: how the regions of a face move, over a long video."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from mefeat._parallel import run_one
from mefeat._validation import check_clips, check_option, check_real
from mefeat.base import ClipTransformer
from mefeat.exceptions import ClipError
from mefeat.flow._methods import check_flow_options
from mefeat.io._stepping import every
from mefeat.spotting._needs import frames_per_second, no_face
from mefeat.spotting._signal import Signal
from mefeat.spotting._tracker import CHANNELS, FaceTracker

if TYPE_CHECKING:
    from mefeat.io._clip import Clip


__all__ = ["FACE_SIZE", "MotionStream", "ROIMotion"]

FACE_SIZE = 256.0
"""Pixels of the face to whose size displacements are scaled."""


class ROIMotion(ClipTransformer):
    """Measure the motion of brows, eyelids, cheeks, nose wings and mouth.

    A face is found once for each window of a few seconds.  Crop and regions then stay
    fixed on the face: the head's own motion (shift, turn, scale, yaw and pitch) is
    fitted to the parts of the face that expressions hardly move, followed sub-pixel
    and subtracted.  Windows overlap and are joined without a step.

    Parameters
    ----------
    fps : float, optional
        Frames per second; by default each clip's own.
    window : float, default=6.0
        Seconds between two looks for the face, which bring a new reference frame.
    overlap : float, default=1.0
        Seconds that two windows have in common.
    face_size : int, default=128
        Size in pixels to which the face is brought for the flow.
    region_size : float, default=0.13
        Half the side of a region in eye distances.
    strongest : float, default=0.5
        Share of each region's vectors, the longest, that is averaged.
    max_fps : float, default=60.0
        Videos with more frames per second are measured in every second, third, ...
        frame so that at most so many a second remain; between them the motion is
        interpolated.
    pick : {"largest", "center"}, int or callable, default="largest"
        Which of several faces is followed; see `FaceMesh`.
    flow : {"lk", "farneback", "dis", "tvl1"}, default="lk"
        Method of `optical_flow`.
    flow_options : dict, optional
        Its options.
    memory : None, str or joblib.Memory, default=None
        Cache of the signals.
    n_jobs : int, optional
        Videos treated at the same time.

    Notes
    -----
    The signal's channels are the displacements of 14 regions from the window's first
    frame, ``REGION_dx`` and ``REGION_dy``, and the motion of the head that was
    removed: ``head_dx`` and ``head_dy`` of its middle, ``head_roll``, ``head_scale``,
    ``head_yaw`` and ``head_pitch`` as the displacement at one eye distance.  All are
    in pixels of a 256-pixel face, x along the eyes to the right of the picture, y
    downwards along the face.

    They are signed: noise averages out of a signed signal, but adds up in its
    magnitude, which only `PeakSpotter` takes, after smoothing.  A constant within a
    run of valid frames has no meaning.

    ``Signal.valid`` is False where no face was found; the values are 0 there.  A face
    is looked for five times a second while there is none: each time in the whole
    picture, where the last face was, and in a few tiles by turns, so that a face below
    a tenth of the picture's longer side may be found two seconds late.  Where the
    picture cuts to another face, the first frame of that face is not valid, which keeps
    the two apart.

    References
    ----------
    .. [1] He, Y.: Research on micro-expression spotting method based on optical flow
       features.  ACM Multimedia, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from skimage.data import astronaut
    >>> from mefeat import Clip
    >>> from mefeat.spotting import ROIMotion
    >>> still = Clip(np.repeat(astronaut()[None, :200, 120:320], 4, axis=0), fps=30)
    >>> signal = ROIMotion().fit_transform([still])[0]
    >>> signal
    Signal(4 frames, 34 channels, 30 fps, 100% valid)
    >>> bool(abs(signal.values).max() < 0.05)
    True
    """

    def __init__(
        self,
        fps: float | None = None,
        *,
        window: float = 6.0,
        overlap: float = 1.0,
        face_size: int = 128,
        region_size: float = 0.13,
        strongest: float = 0.5,
        max_fps: float = 60.0,
        pick: str | int | Callable[..., Any] = "largest",
        flow: str = "lk",
        flow_options: dict[str, Any] | None = None,
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.fps = fps
        self.window = window
        self.overlap = overlap
        self.face_size = face_size
        self.region_size = region_size
        self.strongest = strongest
        self.max_fps = max_fps
        self.pick = pick
        self.flow = flow
        self.flow_options = flow_options
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        owner = type(self).__name__

        def real(name, **limits):
            return check_real(name, getattr(self, name), owner=owner, **limits)

        flow = check_option(
            "flow", self.flow, ("lk", "farneback", "dis", "tvl1"), owner=owner
        )
        options = {} if self.flow_options is None else dict(self.flow_options)
        params = {
            "fps": real("fps", low=0, open_low=True, none=True),
            "window": real("window", low=0.5),
            "overlap": real("overlap", low=0),
            "face_size": real("face_size", low=64, high=1024),
            "region_size": real("region_size", low=0.02, high=0.5),
            "strongest": real("strongest", low=0, high=1, open_low=True),
            "max_fps": real("max_fps", low=1),
            "pick": self.pick,
            "flow": {"method": flow, **check_flow_options(flow, options)},
        }
        if params["overlap"] > params["window"] / 2:
            raise ValueError(
                f"The 'overlap' parameter of {owner} must be at most half of 'window' "
                f"({params['window'] / 2:g}). Got {self.overlap!r} instead."
            )
        return params

    def measure(self, clip: Clip, watch: Callable[..., Any] | None = None) -> Signal:
        """Measure one clip, telling how far it is.

        Parameters
        ----------
        clip : Clip
        watch : callable, optional
            Called every few frames as ``watch(n_frames, so_far)``: the frames read,
            and a function that gives the `Signal` of those that are certain by then,
            or None before the first one.  Not called where the result is cached.

        Returns
        -------
        Signal
            The one that `transform` gives, from the same cache.
        """
        (clip,) = check_clips([clip], min_frames=self._min_frames)
        return run_one(
            self._transform_one,
            clip,
            params=self._check_params(),
            memory=self.memory,
            watch=watch,
        )

    @staticmethod
    def _transform_one(clip, watch=None, **params):
        fps = frames_per_second(clip, params["fps"], "ROIMotion")
        stream = MotionStream(fps, params, clip.landmarks, clip.name)
        rows = _Rows(len(clip), fps)
        for n_frames, image in enumerate(every(clip, stream.step), start=1):
            rows.add(stream.push(image))
            if watch is not None and (n_frames % 16 == 0 or n_frames == len(clip)):
                watch(n_frames, rows.signal)
        rows.add(stream.close())
        if not stream.face_found:
            raise no_face(clip)
        return rows.signal()


class _Rows:
    """The rows (values, valid) of a video, in no more memory than its signal."""

    def __init__(self, n_frames, fps):
        self._values = np.zeros((n_frames, len(CHANNELS)), dtype=np.float32)
        self._valid = np.zeros(n_frames, dtype=bool)
        self._fps = fps
        self._count = 0

    def add(self, rows):
        for values, valid in rows:
            self._values[self._count], self._valid[self._count] = values, valid
            self._count += 1

    def signal(self):
        """Give the signal of the rows so far, or None without any."""
        if not self._count:
            return None
        values, valid = self._values[: self._count], self._valid[: self._count]
        return Signal(values, self._fps, CHANNELS, FACE_SIZE, valid)


class MotionStream:
    """Turn all frames of a video into rows of motion, one after the other.

    Parameters
    ----------
    fps : float
    params : dict
        Checked parameters of `ROIMotion`.
    landmarks : ndarray of shape (68, 2) or (n_frames, 68, 2), optional
    name : str, optional
        Of the clip, for messages.

    Attributes
    ----------
    step : int
        Every `step`-th frame is looked at, from the first one on.
    """

    def __init__(self, fps, params, landmarks=None, name=None):
        self.step = int(np.ceil(fps / params["max_fps"] - 1e-6))
        self._scale = FACE_SIZE / params["face_size"]
        self._tracker = FaceTracker(
            fps / self.step, params, _by_frame(landmarks, self.step, name)
        )
        self._n_frames = self._n_rows = 0
        self._last = None

    @property
    def face_found(self):
        """Whether there was a face so far."""
        return self._tracker.face_found

    def push(self, image):
        """Take the next frame; give the (values, valid) that are certain now.

        The frame is gray or RGB, or None where none is looked at.
        """
        due = self._n_frames % self.step == 0
        self._n_frames += 1
        return self._fill(self._tracker.push(image)) if due else []

    def close(self):
        """Give the rows of the frames that are left; the last value stays."""
        rows = self._fill(self._tracker.close())
        left = self._n_frames - self._n_rows
        self._n_rows += left
        return rows + [self._last] * left

    def _fill(self, measured):
        """Interpolate between the frames that were measured."""
        out = []
        for values, valid in measured:
            row = (self._scale * values, valid)
            if self._last is not None:
                out += _between(self._last, row, self.step)
            out.append(row)
            self._last = row
        self._n_rows += len(out)
        return out


def _between(first, last, steps):
    if not (first[1] and last[1]):
        return [(np.zeros_like(first[0]), False)] * (steps - 1)
    shares = np.arange(1, steps) / steps
    return [((1 - s) * first[0] + s * last[0], True) for s in shares]


def _by_frame(landmarks, step, name):
    """Give landmarks as a function of the measured frame."""
    if landmarks is None:
        return None
    if landmarks.shape[-2] != 68:
        raise ClipError(
            f"ROIMotion needs 68 landmarks. Got {landmarks.shape[-2]} instead", name
        )
    if landmarks.ndim == 2:
        return lambda index: landmarks
    return lambda index: landmarks[index * step]
