"""`MEANMaps` and `ApexMaps`: what MEAN's networks are shown."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mefeat._validation import check_int, check_option, check_real
from mefeat.base import ClipTransformer
from mefeat.exceptions import ClipError
from mefeat.face import FaceAligner
from mefeat.flow import find_apex, optical_flow, optical_strain
from mefeat.flow._maps import resize_linear

__all__ = ["ApexMaps", "MEANMaps", "frame_step", "mean_map"]

_SIDE = 128
_MARGIN = 12
_WIDTH, _HEIGHT = 42, 21


def _boxes(landmarks):
    """Give the boxes (left, top, right, bottom) of brows and eyes, and of the mouth."""
    landmarks = np.asarray(landmarks, dtype=np.float64)
    if landmarks.shape != (68, 2) or not np.isfinite(landmarks).all():
        raise ValueError(
            "landmarks must be 68 finite points (x, y). Got an array of shape "
            f"{landmarks.shape} instead."
        )
    x, y = landmarks[:, 0], landmarks[:, 1]
    brows = (
        x[17] - _MARGIN,
        min(y[19], y[24]) - _MARGIN,
        x[26] + _MARGIN,
        max(y[41], y[46]) + _MARGIN,
    )
    mouth = (x[60] - _MARGIN, y[50] - _MARGIN, x[64] + _MARGIN, y[57] + _MARGIN)
    boxes = [np.clip(np.rint(b), 0, _SIDE).astype(int) for b in (brows, mouth)]
    if any(b[2] <= b[0] or b[3] <= b[1] for b in boxes):
        raise ValueError("the landmarks leave no room for brows and mouth")
    return boxes


def mean_map(flow: ArrayLike, landmarks: ArrayLike) -> NDArray[np.float32]:
    """Turn the flow of a 128-pixel face into MEAN's map.

    u, v and strain (backward differences) are each stretched to [0, 1] over the whole
    face; then the box around brows and eyes and that around the mouth are each resized
    to 42 x 21 pixels and set one above the other.

    Parameters
    ----------
    flow : array of shape (128, 128, 2), float32
        In pixels.
    landmarks : array of shape (68, 2)
        In pixels of the same face.

    Returns
    -------
    ndarray of shape (42, 42, 3), float32
        Channels u, v, strain, each in [0, 1].

    Raises
    ------
    ValueError
        If a shape is wrong or the landmarks lie beside the face.

    References
    ----------
    .. [1] Liong, G.-B., See, J., Chan, C.-S. "Spot-then-recognize: a micro-expression
       analysis network for seamless evaluation of long videos", Signal Processing:
       Image Communication 110, 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.neural import mean_map
    >>> landmarks = np.random.default_rng(0).uniform(20, 100, (68, 2))
    >>> landmarks[[17, 26, 60, 64], 0] = 20, 100, 40, 80
    >>> landmarks[[19, 24, 41, 46, 50, 57], 1] = 30, 30, 50, 50, 90, 110
    >>> mean_map(np.ones((128, 128, 2), np.float32), landmarks).shape
    (42, 42, 3)
    """
    flow = np.asarray(flow)
    if flow.shape != (_SIDE, _SIDE, 2):
        raise ValueError(
            f"flow must have the shape (128, 128, 2). Got {flow.shape} instead."
        )
    strain = optical_strain(flow.astype(np.float32), derivative="backward")
    full = np.dstack([flow, strain]).astype(np.float32)
    low, high = full.min(axis=(0, 1)), full.max(axis=(0, 1))
    span = np.where(high > low, high - low, 1).astype(np.float32)
    full = (full - low) / span
    return np.concatenate(
        [
            resize_linear(full[top:bottom, left:right], (_HEIGHT, _WIDTH))
            for left, top, right, bottom in _boxes(landmarks)
        ]
    )


class MEANMaps(ClipTransformer):
    """Maps of motion over a fixed time step, one for each frame that has a successor.

    Parameters
    ----------
    step : float, default=0.1
        Time between the two frames of a flow in seconds, at least one frame.
    flow : {"tvl1", "lk", "farneback", "dis"}, default="tvl1"
        Method of `mefeat.flow.optical_flow`; TV-L1 is the published one, "lk" some
        hundred times faster.
    stride : int, default=1
        Every how many frames a map is made.
    memory, n_jobs
        See the glossary.

    Notes
    -----
    The face is aligned once by its eyes, with 128 pixels a side (the authors cut out
    the detector's box), and its landmarks are those of the first frame, as published.
    The video is streamed; at most 64 frames and those of one step are held.
    """

    def __init__(
        self,
        step: float = 0.1,
        flow: str = "tvl1",
        stride: int = 1,
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.step = step
        self.flow = flow
        self.stride = stride
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        owner = type(self).__name__
        methods = ("tvl1", "lk", "farneback", "dis")
        return {
            "step": check_real("step", self.step, low=0, open_low=True, owner=owner),
            "flow": check_option("flow", self.flow, methods, owner=owner),
            "stride": check_int("stride", self.stride, low=1, owner=owner),
        }

    @staticmethod
    def _transform_one(clip, step, flow, stride):
        """Give the maps of a clip, an array (n_maps, 42, 42, 3), float32."""
        if clip.fps is None:
            raise ClipError(
                "its frame rate is unknown, but the step is in seconds; give "
                "Clip(..., fps=...)",
                clip.name,
            )
        k = frame_step(step, clip.fps)
        clip.require(k + 1)
        face, landmarks = _aligned(clip)
        _check_room(clip, landmarks)
        maps, waiting = [], deque()
        frames = (frame for block in face.stream(64) for frame in block)
        for index, frame in enumerate(frames):
            waiting.append(frame)
            if len(waiting) <= k:
                continue
            first = waiting.popleft()
            if (index - k) % stride == 0:
                motion = optical_flow(first, frame, method=flow)
                maps.append(mean_map(motion, landmarks))
        return np.stack(maps)


class ApexMaps(ClipTransformer):
    """MEAN's map of the motion from onset to apex, one for each clip.

    Parameters
    ----------
    flow : {"tvl1", "lk", "farneback", "dis"}, default="tvl1"
        Method of `mefeat.flow.optical_flow`.
    memory, n_jobs
        See the glossary.

    Notes
    -----
    The apex is the clip's own, else the frame that `mefeat.flow.find_apex` gives.
    """

    _min_frames = 2

    def __init__(self, flow="tvl1", memory=None, n_jobs=None):
        self.flow = flow
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        methods = ("tvl1", "lk", "farneback", "dis")
        return {"flow": check_option("flow", self.flow, methods, owner="ApexMaps")}

    @staticmethod
    def _transform_one(clip, flow):
        """Give the map of a clip, an array (42, 42, 3), float32."""
        face, landmarks = _aligned(clip)
        _check_room(clip, landmarks)
        apex = face.apex if face.apex else find_apex(face)
        first, last = face[:1].frames()[0], face[apex : apex + 1].frames()[0]
        return mean_map(optical_flow(first, last, method=flow), landmarks)


def _check_room(clip, landmarks):
    try:
        _boxes(landmarks)
    except ValueError as error:
        raise ClipError(f"{error}; give other landmarks", clip.name) from None


def _aligned(clip):
    """Give the face with 128 pixels a side, and its landmarks in the first frame."""
    face = FaceAligner(size=_SIDE).transform([clip])[0]
    points = face.landmarks
    return face, points if points.ndim == 2 else points[0]


def frame_step(step, fps):
    """Give the frames in `step` seconds: rounded half up, at least one."""
    return max(1, int(np.floor(step * fps + 0.5)))
