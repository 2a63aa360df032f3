"""`FaceMesh`: faces with 468 mesh points and 68 landmarks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mefeat._typing import Array
from mefeat._validation import check_real
from mefeat.exceptions import FaceNotFoundError
from mefeat.face._detect import detect
from mefeat.face._models import run_mesh
from mefeat.io._opencv import import_cv2

__all__ = ["EYE_DISTANCE", "MESH_TO_68", "Face", "FaceMesh", "eye_centres", "face_size"]

MESH_TO_68 = np.array(
    [
        162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454,
        389, 70, 63, 105, 66, 107, 336, 296, 334, 293, 300, 168, 6, 195, 4, 98, 97, 2,
        326, 327, 33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380, 61, 40, 37,
        0, 267, 270, 291, 321, 314, 17, 84, 91, 78, 81, 13, 311, 308, 402, 14, 178,
    ]
)  # fmt: skip
"""Mesh point that stands for each of the 68 landmarks of iBUG."""

EYE_DISTANCE = 0.34
"""Distance of the eye centres in an aligned face, as a share of its side."""

_SIDE = 192
_RIGHT_EYE, _LEFT_EYE = (36, 39), (42, 45)  # corners; the person's right is our left


def eye_centres(landmarks: ArrayLike) -> Array:
    """Give the centres of both eyes: midway between the corners of each.

    Corners, unlike lids, stay where they are in a blink.

    Parameters
    ----------
    landmarks : array of shape (68, 2)
        In the order of iBUG, in pixels.

    Returns
    -------
    ndarray of shape (2, 2)
        (x, y) of the eye on the left of the picture, then of the other.
    """
    points = np.asarray(landmarks, dtype=np.float64)
    if points.shape != (68, 2):
        raise ValueError(f"landmarks must have the shape (68, 2). Got {points.shape}")
    eyes = [points[list(eye)].mean(axis=0) for eye in (_RIGHT_EYE, _LEFT_EYE)]
    return np.stack(eyes)


def face_size(landmarks: ArrayLike) -> float:
    """Give the size of a face: the side of the aligned face it would fill, unscaled.

    Parameters
    ----------
    landmarks : array of shape (68, 2)
        In pixels.

    Returns
    -------
    float
        Pixels; 256 for a face that `FaceAligner(size=256)` has aligned.
    """
    left, right = eye_centres(landmarks)
    return float(np.hypot(*(right - left)) / EYE_DISTANCE)


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a picture.

    Parameters
    ----------
    score : float
        The mesh's confidence, in [0, 1], that its crop shows a face.
    points : ndarray of shape (468, 3), float64
        Mesh points: x, y and depth (smaller is nearer) in pixels of the picture; they
        may lie outside it.
    crop : (float, float, float, float)
        Centre x, y, side in pixels and angle in radians of the square that the mesh
        saw.
    """

    score: float
    points: np.ndarray = field(repr=False)
    crop: tuple

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Box around the mesh points: (x, y, width, height) in pixels."""
        low, high = self.points[:, :2].min(axis=0), self.points[:, :2].max(axis=0)
        x, y, width, height = map(float, (*low, *(high - low)))
        return x, y, width, height

    @property
    def landmarks(self) -> NDArray[np.float64]:
        """The 68 landmarks of iBUG: ndarray of shape (68, 2), in pixels."""
        return self.points[MESH_TO_68, :2]

    @property
    def size(self) -> float:
        """Size in pixels; see `face_size`."""
        return face_size(self.landmarks)


class FaceMesh:
    """Find faces and their 468 mesh points.

    A detector (BlazeFace, short range) gives boxes, a second network (Face Mesh) the
    points within each.  Both run in OpenCV on one processor and need no download.

    Parameters
    ----------
    pick : {"largest", "center"}, int or callable, default="largest"
        Which of several faces `find` gives: the one with the largest box, the one
        nearest to the picture's centre, the one at this place counted from left to
        right (0 is the leftmost, -1 the rightmost), or what the callable returns for
        the list of faces, largest first.
    min_score : float, default=0.5
        Least score, of the detector and of the mesh, that makes a face.

    Notes
    -----
    The detector misses faces below about a tenth of the picture's longer side.  They
    are looked for in tiles of half that side where the whole picture shows no face, and
    always where others than the largest face are asked for (`find_all`, or another
    `pick`); in tiles of a quarter where there is still none.

    Points of neighbouring frames are comparable only where they come from one fixed
    crop: find a face once, then follow it with `refit`.

    References
    ----------
    .. [1] V. Bazarevsky et al. "BlazeFace: Sub-millisecond neural face detection on
       mobile GPUs". CVPR Workshop on Computer Vision for AR/VR, 2019.
    .. [2] Y. Kartynnik et al. "Real-time facial surface geometry from monocular video
       on mobile GPUs". CVPR Workshop on Computer Vision for AR/VR, 2019.

    Examples
    --------
    >>> from skimage.data import astronaut
    >>> from mefeat.face import FaceMesh
    >>> face = FaceMesh().find(astronaut())
    >>> face.points.shape, face.landmarks.shape
    ((468, 3), (68, 2))
    >>> [round(value, -1) for value in face.box]
    [180.0, 70.0, 90.0, 100.0]
    """

    def __init__(
        self, pick: str | int | Callable[..., Any] = "largest", min_score: float = 0.5
    ) -> None:
        self.pick = pick
        self.min_score = min_score
        check_pick(pick)
        check_real("min_score", min_score, low=0, high=1, owner="FaceMesh")

    def find_all(self, image: ArrayLike, thorough: bool = True) -> list[Face]:
        """Find all faces.

        Parameters
        ----------
        image : ndarray of shape (height, width) or (height, width, 3), uint8
            Gray or RGB.
        thorough : bool, default=True
            Look in tiles for small faces even where the whole picture shows a face.

        Returns
        -------
        list of Face
            Largest box first; empty where there is no face.
        """
        return self._search(_check_image(image), thorough=thorough)

    def _search(self, image, thorough):
        faces = []
        for detection in detect(image, self.min_score, thorough):
            face = _fit(image, _crop_of(detection))
            if face.score >= self.min_score:
                faces.append(face)
        return sorted(faces, key=lambda face: -face.box[2] * face.box[3])

    def find(self, image: ArrayLike) -> Face:
        """Find one face; of several, the one that `pick` says.

        Parameters
        ----------
        image : ndarray of shape (height, width) or (height, width, 3), uint8

        Returns
        -------
        Face

        Raises
        ------
        FaceNotFoundError
            If there is no face, or fewer than `pick` asks for.
        """
        image = _check_image(image)
        faces = self._search(image, thorough=self.pick != "largest")
        if not faces:
            raise FaceNotFoundError(
                "no face found. Give frames in which the whole face is seen from the "
                "front, at least 50 pixels wide, or landmarks of your own"
            )
        return _picked(faces, self.pick, image.shape[:2])

    def refit(self, image: ArrayLike, face: Face) -> Face:
        """Fit the mesh in the crop of a known face, without looking for faces.

        Parameters
        ----------
        image : ndarray of shape (height, width) or (height, width, 3), uint8
            Another frame of the same video.
        face : Face
            Its ``crop`` is used unchanged.

        Returns
        -------
        Face
            Its ``score`` tells whether the crop still shows a face: near 1 where it
            does, near 0 where the face has left.  Nothing is raised in either case.
        """
        return _fit(_check_image(image), face.crop)


def check_pick(pick, owner="FaceMesh"):
    """Raise ValueError unless `pick` says which of several faces to take."""
    integer = isinstance(pick, int | np.integer) and not isinstance(pick, bool)
    if callable(pick) or integer:
        return
    if not isinstance(pick, str) or pick not in ("largest", "center"):
        raise ValueError(
            f"The 'pick' parameter of {owner} must be 'largest', 'center', an int or a "
            f"callable. Got {pick!r} instead."
        )


def _picked(faces, pick, shape):
    if callable(pick):
        return pick(faces)
    if pick == "largest":
        return faces[0]
    centres = [(x + w / 2, y + h / 2) for x, y, w, h in (face.box for face in faces)]
    if pick == "center":
        middle = np.array([shape[1] / 2, shape[0] / 2])
        distances = np.linalg.norm(np.array(centres) - middle, axis=1)
        return faces[int(distances.argmin())]
    if not -len(faces) <= pick < len(faces):
        raise FaceNotFoundError(
            f"pick={pick} asks for a face that is not there: {len(faces)} found"
        )
    order = np.argsort([x for x, _ in centres], kind="stable")
    return faces[order[pick]]


def _check_image(image) -> np.ndarray:
    image = np.asarray(image)
    gray = image.ndim == 2
    if image.dtype != np.uint8 or not (
        gray or (image.ndim == 3 and image.shape[2] == 3)
    ):
        raise ValueError(
            "image must be a uint8 array of shape (height, width) or (height, width, "
            f"3). Got {image.dtype} of shape {image.shape} instead."
        )
    if 0 in image.shape:
        raise ValueError(f"image is empty: shape {image.shape}.")
    return np.repeat(image[..., None], 3, axis=2) if gray else image


def _crop_of(detection):
    """Give the square to look at: 1.5 times the box, turned upright by the eyes."""
    x0, y0, x1, y1 = detection.corners
    (ax, ay), (bx, by) = detection.keypoints[:2]
    side = 1.5 * max(x1 - x0, y1 - y0)
    angle = np.arctan2(by - ay, bx - ax)
    return tuple(map(float, ((x0 + x1) / 2, (y0 + y1) / 2, side, angle)))


def mesh_score(image, detection) -> float:
    """Give the mesh's confidence that a detection is a face.

    Parameters
    ----------
    image : ndarray of shape (height, width, 3), uint8
    detection : Detection

    Returns
    -------
    float in [0, 1]
    """
    return _fit(image, _crop_of(detection)).score


def _fit(image, crop):
    cv2 = import_cv2()
    x, y, side, angle = crop
    cos, sin = np.cos(angle), np.sin(angle)
    scale = side / _SIDE
    turn = np.array([[cos, -sin], [sin, cos]])
    to_image = np.column_stack([scale * turn, [x, y] - side / 2 * turn.sum(axis=1)])
    patch = cv2.warpAffine(
        image,
        to_image,
        (_SIDE, _SIDE),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    score, points = run_mesh(patch)
    out = np.empty_like(points)
    out[:, :2] = points[:, :2] @ to_image[:, :2].T + to_image[:, 2]
    out[:, 2] = points[:, 2] * scale
    return Face(score=score, points=out, crop=crop)
