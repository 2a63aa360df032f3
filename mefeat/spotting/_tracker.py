"""Follow one face through a stream of frames and measure its regions."""

import logging

import numpy as np

from mefeat.exceptions import FaceNotFoundError
from mefeat.face import FaceMesh
from mefeat.face.mesh import eye_centres, face_size
from mefeat.flow import optical_flow
from mefeat.io._warping import warp_affine
from mefeat.spotting._geometry import (
    REGIONS,
    FaceCrop,
    RigidModel,
    region_pixels,
    rest_points,
)

__all__ = ["CHANNELS", "FaceTracker"]

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
        self.params = params
        self.crop = FaceCrop.around(landmarks, params["face_size"], points)
        self.pose = np.eye(3)  # reference crop to crop of the last frame
        self.n_frames = 0
        self.offset = np.zeros(len(CHANNELS))
        self.reference = warp_affine(image, self.crop.matrix, self.crop.size)
        self.rows, self.columns, centres = region_pixels(
            self.crop, params["region_size"]
        )
        self.rest = rest_points(self.crop)
        self.rigid = RigidModel(self.crop, self.rest, centres)
        plain = self.reference.astype(np.float32)
        self._mean, self._std = float(plain.mean()), float(plain.std())
        self._pattern = (plain - self._mean) / max(self._std, 1e-6) / plain.size

    def _look(self, image):
        """Give the picture of the face, where it is now, lit as in the reference."""
        matrix = np.linalg.solve(self.pose, np.vstack([self.crop.matrix, [0, 0, 1]]))
        picture = warp_affine(image, matrix[:2], self.crop.size).astype(np.float32)
        mean, std = float(picture.mean()), float(picture.std())
        gain = self._std / max(std, 1e-6)
        alike = float((self._pattern * (picture - mean)).sum()) / max(std, 1e-6)
        picture = np.clip(np.rint((picture - mean) * gain + self._mean), 0, 255)
        return picture.astype(np.uint8), alike

    def measure(self, image):
        """Give the motion of each channel in crop pixels, or None if the face left."""
        picture, alike = self._look(image)
        if alike < _LOST:
            return None
        flow = optical_flow(self.reference, picture, **self.params["flow"])
        theta = self.rigid.fit(flow[self.rest[:, 1], self.rest[:, 0]])
        self.pose = self.pose @ self.rigid.similarity(theta)
        vectors = flow[self.rows, self.columns]
        vectors = vectors - (self.rigid.at_centres @ theta)[:, None]
        self.n_frames += 1
        if not self._plausible():
            return None
        regions = strongest_mean(vectors, self.params["strongest"])
        return np.concatenate([regions.ravel(), self._head(theta)])

    def _head(self, theta):
        """Give the head's motion: of its middle, and at one eye distance from it."""
        height, width = self.crop.size
        middle = np.array([width / 2, height / 2, 1.0])
        shift = (self.pose @ middle - middle)[:2]
        cos, sin = self.pose[0, 0], self.pose[1, 0]
        out = [*shift, sin * self.crop.unit, (cos - 1) * self.crop.unit]
        return [*out, *(theta[4:] if len(theta) > 4 else (0.0, 0.0))]

    def _plausible(self):
        scale = np.sqrt(abs(np.linalg.det(self.pose[:2, :2])))
        middle = np.array([self.crop.size[1] / 2, self.crop.size[0] / 2, 1.0])
        moved = np.abs((self.pose @ middle - middle)[:2]).max()
        return 0.6 < scale < 1.6 and moved < 2 * max(self.crop.size)

    def eyes_now(self):
        """Give the centres of the eyes in the frame measured last."""
        eyes = np.column_stack([eye_centres(self.crop.landmarks), np.ones(2)])
        back = np.linalg.inv(np.vstack([self.crop.matrix, [0, 0, 1]]))
        return (eyes @ (back @ self.pose).T)[:, :2]


def strongest_mean(vectors, share):
    """Give the mean of the longest vectors of each region.

    Parameters
    ----------
    vectors : ndarray of shape (n_regions, n_pixels, 2)
    share : float
        Of the vectors of each region, in (0, 1].

    Returns
    -------
    ndarray of shape (n_regions, 2)
    """
    n_pixels = vectors.shape[1]
    count = max(1, round(share * n_pixels))
    if count == n_pixels:
        return vectors.mean(axis=1)
    squares = np.einsum("rpc,rpc->rp", vectors, vectors)
    chosen = np.argpartition(squares, n_pixels - count, axis=1)[:, -count:]
    return np.take_along_axis(vectors, chosen[..., None], axis=1).mean(axis=1)


class FaceTracker:
    """Turn a stream of gray frames into rows of motion.

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
        self.mesh = FaceMesh(pick=params["pick"]) if landmarks is None else None
        self.length = max(2, round(params["window"] * fps))
        self.overlap = min(round(params["overlap"] * fps), self.length // 2)
        self.retry = max(1, round(_RETRY * fps))
        self.index = -1
        self.face_found = False
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

    _was_valid = False

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
        try:
            face = self.mesh.find(image)
        except FaceNotFoundError:
            return None
        return face.landmarks, face.points

    def _renew(self, image):
        """Start a window on the face that is followed already."""
        if self.landmarks is not None:
            return self._start(image)
        eyes = self._window.eyes_now()
        for face in self.mesh.find_all(image):
            apart = np.abs(eye_centres(face.landmarks) - eyes).max()
            if apart < 0.15 * face_size(face.landmarks):
                return Window(image, face.landmarks, face.points, self.params)
        logger.info("no face at analysed frame %d where one was followed", self.index)
        self._drop()
        return None
