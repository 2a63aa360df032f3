"""Where motion is measured on a face: the crop, the regions, the points at rest."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.spatial import ConvexHull, cKDTree

from mefeat._kernels import kernels_of
from mefeat.face.mesh import EYE_DISTANCE, eye_centres

__all__ = [
    "REGIONS",
    "FaceCrop",
    "RigidModel",
    "region_map",
    "region_pixels",
    "rest_points",
]

_kernels = kernels_of("_regions")

# Name of each region and the landmarks (iBUG, from 0) whose mean is its centre.  Left
# and right are the person's.
REGIONS = {
    "brow_right_outer": (18,),
    "brow_right_inner": (20, 21),
    "brow_left_inner": (22, 23),
    "brow_left_outer": (25,),
    "cheek_right": (41, 48, 31),
    "cheek_left": (46, 54, 35),
    "nose_right": (31,),
    "nose_left": (35,),
    "mouth_right": (48,),
    "mouth_upper": (51,),
    "mouth_left": (54,),
    "mouth_lower": (57,),
    "eye_right": (37, 38),
    "eye_left": (43, 44),
}

# Reach of the crop around the midpoint of the eyes, in eye distances.
_SIDES, _ABOVE, _BELOW = 1.15, 0.95, 1.6


@dataclass(frozen=True)
class FaceCrop:
    """The similarity map from a frame to a face of one size, eyes level.

    Attributes
    ----------
    matrix : ndarray of shape (2, 3)
        Frame to crop.
    size : (int, int)
        Height and width of the crop in pixels.
    unit : float
        Distance of the eyes in the crop.
    landmarks : ndarray of shape (68, 2)
        In the crop.
    depths : (ndarray of shape (n, 2), ndarray of shape (n,)) or None
        Mesh points in the crop and their depths, both in the crop's pixels.
    """

    matrix: np.ndarray
    size: tuple
    unit: float
    landmarks: np.ndarray
    depths: tuple

    @classmethod
    def around(cls, landmarks, face_size, points=None):
        """Give the crop in which the face has `face_size` pixels."""
        unit = EYE_DISTANCE * face_size
        first, second = eye_centres(landmarks)
        along = second - first
        scale = unit / np.hypot(*along)
        angle = np.arctan2(along[1], along[0])
        turn = scale * np.array(
            [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
        )
        target = np.array([_SIDES * unit, _ABOVE * unit])
        shift = target - turn @ ((first + second) / 2)
        matrix = np.column_stack([turn, shift])
        size = (round((_ABOVE + _BELOW) * unit), round(2 * _SIDES * unit))
        depths = None
        if points is not None:
            depths = (_apply(matrix, points[:, :2]), points[:, 2] * scale)
        return cls(matrix, size, unit, _apply(matrix, landmarks), depths)

    def depth_at(self, places):
        """Give the depth of the face at places in the crop; 0 without a mesh."""
        if self.depths is None:
            return np.zeros(len(places))
        points, depths = self.depths
        distance, near = cKDTree(points).query(places, k=4)
        weights = 1 / np.maximum(distance, 0.5)
        return (depths[near] * weights).sum(axis=1) / weights.sum(axis=1)


def _apply(matrix, points):
    return points @ matrix[:, :2].T + matrix[:, 2]


def region_pixels(crop, radius):
    """Give the pixels of each region: squares of one size.

    Parameters
    ----------
    crop : FaceCrop
    radius : float
        Half the side in eye distances.

    Returns
    -------
    rows, columns : ndarrays of shape (n_regions, n_pixels), int
        Clipped to the crop.
    centres : ndarray of shape (n_regions, 2)
        (x, y).
    """
    reach = max(1, round(radius * crop.unit))
    steps = np.arange(-reach, reach + 1)
    dy, dx = (grid.ravel() for grid in np.meshgrid(steps, steps, indexing="ij"))
    centres = np.stack([crop.landmarks[list(m)].mean(axis=0) for m in REGIONS.values()])
    rounded = np.rint(centres).astype(int)
    rows = np.clip(rounded[:, 1:] + dy, 0, crop.size[0] - 1)
    columns = np.clip(rounded[:, :1] + dx, 0, crop.size[1] - 1)
    return rows, columns, centres


def region_map(landmarks, shape, radius):
    """Draw the regions on the frame itself, as a label map.

    Parameters
    ----------
    landmarks : array of shape (68, 2)
    shape : (int, int)
        Height and width of the frame.
    radius : float
        Half the side of a region in eye distances.

    Returns
    -------
    ndarray of shape (height, width), uint8
        1 for the first of `REGIONS`, and so on; the first one stays where two overlap.
    """
    crop = FaceCrop.around(landmarks, 256)
    y, x = np.mgrid[: shape[0], : shape[1]]
    places = _apply(crop.matrix, np.stack([x, y], axis=2).reshape(-1, 2))
    labels = np.zeros(len(places), dtype=np.uint8)
    for number, members in enumerate(REGIONS.values(), start=1):
        away = np.abs(places - crop.landmarks[list(members)].mean(axis=0)).max(axis=1)
        labels[(away <= radius * crop.unit) & (labels == 0)] = number
    return labels.reshape(shape)


def rest_points(crop, spacing=0.07):
    """Give places on the face that expressions hardly move.

    These are the bridge and back of the nose, the temples and cheeks beside and below
    the eyes and the forehead above the brows: everything within the face that keeps
    its distance from brows, eyes, nose wings and mouth.

    Parameters
    ----------
    crop : FaceCrop
    spacing : float
        In eye distances.

    Returns
    -------
    ndarray of shape (n, 2), int
        (x, y), each at least two pixels inside the crop.
    """
    marks, unit = crop.landmarks, crop.unit
    lifted = marks[17:27] - [0, 0.45 * unit]
    outline = np.concatenate([marks[:17], lifted])
    step = max(1, round(spacing * unit))
    height, width = crop.size
    grid = np.stack(
        np.meshgrid(np.arange(2, width - 2, step), np.arange(2, height - 2, step)), -1
    ).reshape(-1, 2)
    keep = _inside(grid, outline)
    keep &= cKDTree(_along(marks[17:22], marks[22:27])).query(grid)[0] > 0.22 * unit
    eyes = np.concatenate([marks[36:48], eye_centres(marks)])
    keep &= cKDTree(eyes).query(grid)[0] > 0.3 * unit
    keep &= cKDTree(marks[[31, 32, 34, 35]]).query(grid)[0] > 0.16 * unit
    # Mouth, chin and the folds from the nose to the mouth belong to expressions.
    keep &= grid[:, 1] < marks[33, 1]
    return grid[keep]


def _along(*lines):
    shares = np.linspace(0, 1, 5)[:, None]
    return np.concatenate(
        [a + shares * (b - a) for line in lines for a, b in pairwise(line)]
    )


def _inside(points, outline):
    hull = ConvexHull(outline)
    values = points @ hull.equations[:, :2].T + hull.equations[:, 2]
    return (values <= 0).all(axis=1)


class RigidModel:
    """First-order motion of a rigid head: shift, turn, scale, yaw and pitch.

    A point (x, y) of depth z moves by ``dx = a - r y + s x + w z`` and
    ``dy = b + r x + s y + n z``, with coordinates in eye distances from the middle of
    the points at rest.  Without depths w and n are left out.
    """

    def __init__(self, crop, points, centres):
        self._origin = points.mean(axis=0)
        self._unit = crop.unit
        depth = crop.depth_at(np.concatenate([points, centres]))
        depth = (depth - depth[: len(points)].mean()) / crop.unit
        self.at_points = self._design(points, depth[: len(points)])
        self.at_centres = self._design(centres, depth[len(points) :])
        self.n_parameters = self.at_points.shape[2]
        x, y = np.moveaxis(self.at_points, 1, 0)
        row, column = np.tril_indices(self.n_parameters)
        products = x[:, row] * x[:, column] + y[:, row] * y[:, column]
        self._products = np.ascontiguousarray(products)
        self._scratch = np.empty(5 * len(points))

    def _design(self, places, depth):
        x, y = ((places - self._origin) / self._unit).T
        one, zero = np.ones_like(x), np.zeros_like(x)
        rows_x = [one, zero, -y, x]
        rows_y = [zero, one, x, y]
        if np.any(depth != 0):
            rows_x += [depth, zero]
            rows_y += [zero, depth]
        design = np.stack([np.stack(rows_x, 1), np.stack(rows_y, 1)], axis=1)
        return np.ascontiguousarray(design)

    def fit(self, flow, places, iterations=3):
        """Fit the parameters to a flow, few of whose vectors at the points move.

        Weights fall from 1 with the residual (Geman and McClure), so that a moving
        part of the face does not pull.

        Parameters
        ----------
        flow : ndarray of shape (n_pixels, 2), float32
        places : ndarray of shape (n_points,), intp
            Its pixels at which the points are.
        iterations : int, default=3

        Returns
        -------
        ndarray of shape (n_parameters,)
        """
        theta = np.empty(self.n_parameters)
        _kernels.fit_rigid(
            flow, places, self.at_points, self._products, iterations, theta,
            self._scratch,
        )  # fmt: skip
        return theta

    def step(self, theta):
        """Give the part of the motion that a picture can follow: ``z -> a z + b``.

        Returns
        -------
        a, b : complex
            Where z is x + i y.
        """
        shift_x, shift_y, roll, scale = theta[:4].tolist()
        a = 1 + complex(scale, roll) / self._unit
        origin = complex(*self._origin.tolist())
        return a, origin + complex(shift_x, shift_y) - a * origin
