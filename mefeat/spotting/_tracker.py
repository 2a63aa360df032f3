"""Follow one face through a stream of frames and measure its regions."""

import logging

import numpy as np

from mefeat._kernels import kernels_of
from mefeat.face import FaceMesh
from mefeat.face._watch import FaceWatch
from mefeat.face.mesh import eye_centres, face_size
from mefeat.flow._methods import prepare_flow
from mefeat.io._pixels import to_gray
from mefeat.io._warping import warp_affine
from mefeat.spotting._geometry import (
    REGIONS,
    FaceCrop,
    RigidModel,
    region_pixels,
    rest_points,
)

__all__ = ["CHANNELS", "FaceTracker"]

_kernels = kernels_of("_regions")
logger = logging.getLogger(__name__)

HEAD = ("dx", "dy", "roll", "scale", "yaw", "pitch")
CHANNELS = (
    *(f"{name}_{axis}" for name in REGIONS for axis in ("dx", "dy")),
    *(f"head_{part}" for part in HEAD),
)

# Correlation with the window's first frame below which its face is gone, and the
# seconds between two looks for a face while there is none.
_LOST, _RETRY = 0.6, 0.2


class Window:
    """One reference frame with fixed crop and regions; frames are measured to it."""

    def __init__(self, image, landmarks, points, params):
        self.crop = FaceCrop.around(landmarks, params["face_size"], points)
        self.n_frames = 0
        self.offset = np.zeros(len(CHANNELS))
        self.reference = warp_affine(image, self.crop.matrix, self.crop.size, gray=True)
        self._picture = np.empty_like(self.reference)
        self._method = params["flow"]
        self._flow_to = prepare_flow(self.reference, **self._method)
        height, width = self.crop.size
        self._flow = np.empty((height, width, 2), dtype=np.float32)
        rows, columns, centres = region_pixels(self.crop, params["region_size"])
        self._regions = rows * width + columns
        rest = rest_points(self.crop)
        self._rest = rest[:, 1] * width + rest[:, 0]
        self._rigid = RigidModel(self.crop, rest, centres)
        n_pixels = rows.shape[1]
        self._count = max(1, round(params["strongest"] * n_pixels))
        self._scratch = np.empty(4 * n_pixels)
        # Similarities as z -> a z + b, z = x + i y: frame to crop, and the crop to
        # where it lies in the last frame.
        self._to_crop = _as_complex(self.crop.matrix)
        self._pose = 1 + 0j, 0j

    def __getstate__(self):
        return {**self.__dict__, "_flow_to": None}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._flow_to = prepare_flow(self.reference, **self._method)

    def _look(self, image):
        """Take the picture of the face, where it is now, lit as in the reference.

        Gives the correlation with the reference.
        """
        (a, b), (c, d) = self._to_crop, self._pose
        turn, shift = a / c, (b - d) / c
        matrix = np.array(
            [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]]
        )
        picture = warp_affine(image, matrix, self.crop.size, gray=True)
        return _kernels.relight(self.reference, picture, self._picture)

    def measure(self, image):
        """Give the motion of each channel in crop pixels, or None if the face left."""
        if self._look(image) < _LOST:
            return None
        self._flow_to(self._picture, self._flow)
        flow = self._flow.reshape(-1, 2)
        theta = self._rigid.fit(flow, self._rest)
        (a, b), (c, d) = self._pose, self._rigid.step(theta)
        self._pose = a * c, a * d + b
        self.n_frames += 1
        values = np.empty(len(CHANNELS))
        if not self._put_head(theta, values[2 * len(REGIONS) :]):
            return None
        _kernels.strongest_means(
            flow,
            self._regions,
            self._rigid.at_centres @ theta,
            self._count,
            values[: 2 * len(REGIONS)].reshape(-1, 2),
            self._scratch,
        )
        return values

    def _put_head(self, theta, out):
        """Put the head's motion: of its middle, and at one eye distance from it.

        Gives False where that is more than a head moves.
        """
        (a, b), (height, width) = self._pose, self.crop.size
        middle = complex(width, height) / 2
        shift = a * middle + b - middle
        unit = self.crop.unit
        out[:4] = shift.real, shift.imag, a.imag * unit, (a.real - 1) * unit
        out[4:] = theta[4:] if len(theta) > 4 else 0.0
        far = max(abs(shift.real), abs(shift.imag)) >= 2 * max(height, width)
        return 0.6 < abs(a) < 1.6 and not far

    def eyes_now(self):
        """Give the centres of the eyes in the frame measured last."""
        (a, b), (c, d) = self._to_crop, self._pose
        eyes = eye_centres(self.crop.landmarks) @ (1, 1j)
        there = (c * eyes + d - b) / a
        return np.column_stack([there.real, there.imag])


def _as_complex(matrix):
    (a, _, e), (c, _, f) = matrix.tolist()
    return complex(a, c), complex(e, f)


class FaceTracker:
    """Turn a stream of frames, gray or RGB, into rows of motion.

    `push` takes the next frame and gives the rows that became certain; `close` gives
    the rest.  A row is (values in pixels of the crop, valid).  Memory does not grow
    with the number of frames.

    Parameters
    ----------
    fps : float
        Of the frames pushed.
    params : dict
        Checked parameters of `ROIMotion`.
    landmarks : callable, optional
        Gives the landmarks for a frame's index instead of the mesh.
    """

    def __init__(self, fps, params, landmarks=None):
        self.params = params
        self.landmarks = landmarks
        self.watch = None
        if landmarks is None:
            self.watch = FaceWatch(FaceMesh(pick=params["pick"]))
        self.length = max(2, round(params["window"] * fps))
        self.overlap = min(round(params["overlap"] * fps), self.length // 2)
        self.retry = max(1, round(_RETRY * fps))
        self.index = -1
        self.face_found = False
        self._was_valid = False  # whether the last frame showed a face
        self._next_try = 0
        self._window = self._successor = None
        self._held = []  # pairs of rows of both windows while they overlap

    # -- frames in, rows out -----------------------------------------------------

    def push(self, image):
        """Take the next frame; give the rows that are certain now."""
        self.index += 1
        rows = []
        if self._window is not None:
            values = self._window.measure(image)
            if values is not None:
                return self._overlap(image, values)
            logger.info("the face is lost at analysed frame %d", self.index)
            rows = self._drop()
            self._next_try = self.index
        if self.index >= self._next_try:
            self._window = self._start(image)
            self._next_try = self.index + self.retry
        # The first frame of a face is its reference, without motion.  Where another
        # face went before, it stays invalid so that the two are told apart.
        valid = self._window is not None and not (rows or self._was_valid)
        self._was_valid = valid
        return [*rows, (np.zeros(len(CHANNELS)), valid)]

    def _overlap(self, image, values):
        """Measure the successor of a window while both run, then hand over."""
        self._was_valid = True
        window = self._window
        if self._successor is None and window.n_frames >= self.length - self.overlap:
            self._successor = self._renew(image)
            if self._successor is None and self._window is None:
                return [(np.zeros(len(CHANNELS)), False)]
            if self._successor is not None:
                self._held.append((values, np.zeros(len(CHANNELS))))
                return []
        if self._successor is None:
            return [(values + window.offset, True)]
        other = self._successor.measure(image)
        if other is None:
            rows = [(v + window.offset, True) for v, _ in self._held]
            self._successor, self._held = None, []
            window.n_frames = 0
            return [*rows, (values + window.offset, True)]
        self._held.append((values, other))
        return self._hand_over() if len(self._held) >= self.overlap else []

    def _hand_over(self):
        old, new = (np.stack(part) for part in zip(*self._held, strict=True))
        old = old + self._window.offset
        self._successor.offset = np.median(old - new, axis=0)
        new = new + self._successor.offset
        share = (np.arange(len(old)) + 1)[:, None] / (len(old) + 1)
        rows = [(row, True) for row in (1 - share) * old + share * new]
        self._window, self._successor, self._held = self._successor, None, []
        return rows

    def _drop(self):
        rows = [(v + self._window.offset, True) for v, _ in self._held]
        self._window = self._successor = None
        self._held = []
        if self.watch is not None:
            self.watch.restart()
        return rows

    def close(self):
        """Give the rows that were held back."""
        return [] if self._window is None else self._drop()

    # -- faces -------------------------------------------------------------------

    def _start(self, image):
        found = self._find(image)
        if found is None:
            return None
        self.face_found = True
        return Window(image, *found, self.params)

    def _find(self, image):
        if self.landmarks is not None:
            points = self.landmarks(self.index)
            return (points, None) if np.isfinite(points).all() else None
        face = self.watch.look(to_gray(image))
        return None if face is None else (face.landmarks, face.points)

    def _renew(self, image):
        """Start a window on the face that is followed already."""
        if self.landmarks is not None:
            return self._start(image)
        eyes = self._window.eyes_now()
        gray = to_gray(image)
        # A face that was followed mostly shows in the whole picture.
        for thorough in (False, True):
            for face in self.watch.mesh.find_all(gray, thorough):
                apart = np.abs(eye_centres(face.landmarks) - eyes).max()
                if apart < 0.15 * face_size(face.landmarks):
                    self.watch.remember(face)
                    return Window(image, face.landmarks, face.points, self.params)
        logger.info("no face at analysed frame %d where one was followed", self.index)
        self._drop()
        return None
