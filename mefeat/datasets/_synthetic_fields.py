"""Fields of motion on a face: action units, smiles, turns of the head.

Every field is a smooth map from points of the neutral frame to displacements, stored
on a grid of every fourth pixel.  A frame is drawn by ``frame(p) = face(p - field(p))``,
so the largest displacement of a field is that of the face, without any inversion.
"""

import numpy as np

__all__ = ["CLASS_UNITS", "Grid", "action_units", "bumps", "head_fields", "own_smile"]

STEP = 4
"""Pixels of a frame between neighbouring nodes of a grid."""

# An action unit is a sum of Gaussians: mesh points on the picture's left and right
# (equal where the point lies in the middle), direction (outwards, down), weight,
# standard deviation in eye distances.
_UNITS = {
    "brow lowerer": (
        (55, 285, (-0.35, 0.90), 1.0, 0.20),
        (52, 282, (-0.15, 0.60), 0.8, 0.20),
        (46, 276, (0.0, 0.30), 0.4, 0.20),
    ),
    "nose wrinkler": (
        (49, 279, (0.10, -1.0), 1.0, 0.15),
        (206, 426, (0.05, -0.6), 0.6, 0.18),
        (55, 285, (-0.20, 0.5), 0.6, 0.18),
    ),
    "lip corner depressor": (
        (61, 291, (0.15, 1.0), 1.0, 0.18),
        (204, 424, (0.10, 0.5), 0.5, 0.22),
    ),
    "cheek raiser": (
        (50, 280, (0.05, -0.8), 1.0, 0.24),
        (117, 346, (0.0, -0.6), 0.7, 0.20),
        (226, 446, (-0.30, 0.1), 0.3, 0.16),
    ),
    "lip corner puller": (
        (61, 291, (0.75, -0.65), 1.0, 0.20),
        (205, 425, (0.35, -0.50), 0.5, 0.24),
    ),
    "brow raiser": (
        (107, 336, (0.0, -1.0), 0.9, 0.22),
        (105, 334, (0.0, -1.0), 1.0, 0.22),
        (70, 300, (0.0, -0.7), 0.7, 0.22),
    ),
    "lid raiser": ((159, 386, (0.0, -1.0), 1.0, 0.10),),
    "jaw drop": (
        (152, 152, (0.0, 1.0), 1.0, 0.30),
        (17, 17, (0.0, 0.7), 0.7, 0.18),
        (176, 400, (0.0, 0.6), 0.6, 0.28),
    ),
}

CLASS_UNITS = {
    "negative": {
        "brow lowerer": (0.80, 0.6, 1.0),
        "nose wrinkler": (0.45, 0.4, 0.9),
        "lip corner depressor": (0.55, 0.5, 1.0),
    },
    "positive": {
        "lip corner puller": (1.00, 0.7, 1.0),
        "cheek raiser": (0.70, 0.4, 1.0),
    },
    "surprise": {
        "brow raiser": (0.90, 0.6, 1.0),
        "lid raiser": (0.60, 0.3, 0.7),
        "jaw drop": (0.55, 0.4, 1.0),
    },
}
"""For each emotion its action units: probability, least and largest weight."""


_SMILE_POINTS = [61, 291, 0, 17, 50, 280, 205, 425, 117, 346]


class Grid:
    """Nodes at which fields are evaluated.

    Parameters
    ----------
    size : (int, int)
        Height and width of the frames in pixels.

    Attributes
    ----------
    size, shape : (int, int)
        Of the frames, and of the grid.
    x, y : ndarray of shape (rows, columns)
        Places of the nodes in pixels of the frames: the centres of the squares that
        `cv2.resize` enlarges them to.
    """

    def __init__(self, size):
        self.size = tuple(size)
        self.shape = tuple(-(-side // STEP) for side in size)
        scales = [side / n for side, n in zip(self.size, self.shape, strict=True)]
        self._scale = np.array(scales[::-1])
        rows, columns = (
            (np.arange(n) + 0.5) * scale - 0.5
            for n, scale in zip(self.shape, scales, strict=True)
        )
        self.y, self.x = np.meshgrid(rows, columns, indexing="ij")

    @staticmethod
    def eye_distance(points):
        """Distance of the eye centres of mesh points, in pixels."""
        left, right = points[[33, 133], :2].mean(0), points[[362, 263], :2].mean(0)
        return float(np.hypot(*(right - left)))

    def sample(self, values, places):
        """Interpolate a field at (n, 2) places (bilinear, clamped)."""
        limit = np.array(self.shape[::-1]) - 1
        at = np.clip((places + 0.5) / self._scale - 0.5, 0, limit)
        low = np.minimum(at.astype(int), np.maximum(limit - 1, 0))
        part = at - low
        total = 0.0
        for dy in (0, 1):
            for dx in (0, 1):
                weight = np.abs(1 - dx - part[:, 0]) * np.abs(1 - dy - part[:, 1])
                row = np.minimum(low[:, 1] + dy, limit[1])
                column = np.minimum(low[:, 0] + dx, limit[0])
                total = total + weight[:, None] * values[row, column]
        return total


def _axes(points):
    """Give unit vectors to the right and down the face."""
    across = points[[362, 263], :2].mean(0) - points[[33, 133], :2].mean(0)
    across = across / np.hypot(*across)
    return across, np.array([-across[1], across[0]])


def bumps(grid, points, parts):
    """Add up Gaussians at mesh points, for the left and the right side.

    Parameters
    ----------
    grid : Grid
    points : ndarray of shape (468, 3)
    parts : sequence of (left, right, (outwards, down), weight, spread)
        See the table of action units; a point of the middle counts half on each side.

    Returns
    -------
    left, right : ndarray of shape (rows, columns, 2), float32
        For a largest weight of 1 displacements of about 1.
    """
    across, down = _axes(points)
    distance = grid.eye_distance(points)
    sides = []
    for side, sign in ((0, -1.0), (1, 1.0)):
        total = np.zeros((*grid.shape, 2))
        for part in parts:
            (outwards, downwards), weight, spread = part[2:]
            if part[0] == part[1]:
                weight = weight / 2
            x, y = points[part[side], :2]
            squared = (grid.x - x) ** 2 + (grid.y - y) ** 2
            bump = weight * np.exp(-squared / (2 * (spread * distance) ** 2))
            vector = sign * outwards * across + downwards * down
            total += bump[..., None] * vector
        sides.append(total.astype(np.float32))
    return tuple(sides)


def peak(values):
    """Give the largest displacement of a field."""
    return float(np.sqrt((values**2).sum(axis=-1).max()))


def action_units(grid, points):
    """Give the fields of all action units, each with the largest displacement 1.

    Returns
    -------
    dict of str to (ndarray, ndarray)
        The left and the right side, of shape (rows, columns, 2).
    """
    out = {}
    for name, parts in _UNITS.items():
        left, right = bumps(grid, points, parts)
        scale = 1 / peak(left + right)
        out[name] = (left * scale, right * scale)
    return out


def own_smile(grid, points, moved):
    """Spread the motion of the mesh points over the face, largest displacement 1.

    A Gaussian average of the points' motion, kept to where a smile acts: around the
    lips, the cheeks and the lower lids.  Elsewhere the two photographs differ by what
    is left of the head's turn, and hair and background stay.

    Parameters
    ----------
    moved : ndarray of shape (468, 2)
        Displacements of `points`.

    Returns
    -------
    left, right : ndarray of shape (rows, columns, 2), float32
        The halves of the field, blended across the middle of the face.
    """
    distance = grid.eye_distance(points)
    nodes = np.stack([grid.x, grid.y], axis=-1).reshape(-1, 2)
    squared = ((nodes[:, None] - points[None, :, :2]) ** 2).sum(axis=-1)
    weights = np.exp(-squared / (2 * (0.08 * distance) ** 2))
    total = weights @ moved / (weights.sum(axis=1, keepdims=True) + 0.5)
    near = points[_SMILE_POINTS, :2]
    squared = ((nodes[:, None] - near) ** 2).sum(axis=-1).min(axis=1)
    total *= np.exp(-((squared / (0.35 * distance) ** 2) ** 2))[:, None]
    total = total.reshape(*grid.shape, 2)
    across, _ = _axes(points)
    place = (nodes - points[6, :2]) @ across / (0.15 * distance)
    right = (1 / (1 + np.exp(-place))).reshape(grid.shape)[..., None]
    total = total / peak(total)
    return ((1 - right) * total).astype(np.float32), (right * total).astype(np.float32)


def head_fields(grid, points):
    """Give the fields of a head that moves and turns a little.

    Returns
    -------
    ndarray of shape (6, rows, columns, 2), float32
        Right, down, roll, yaw, pitch and nearer; unit coefficients move the head's
        rim (roll, nearer) or the nose against the ears (yaw, pitch) by one pixel.
        The background stays.
    """
    distance = grid.eye_distance(points)
    across, down = _axes(points)
    middle = points[[6, 0], :2].mean(axis=0) - 0.15 * distance * down
    x, y = grid.x - middle[0], grid.y - middle[1]
    u = x * across[0] + y * across[1]
    v = x * down[0] + y * down[1]
    radius = np.hypot(u / (1.3 * distance), v / (1.9 * distance))
    mask = 1 / (1 + np.exp((radius - 1.25) / 0.07))
    # An ellipsoid stands for the depth of the whole head, hair included.
    depth = np.sqrt(np.clip(1 - np.minimum(radius, 1) ** 2, 0, None)) * mask
    rim = 1.5 * distance
    zero = np.zeros_like(mask)
    fields = [
        (mask, zero),
        (zero, mask),
        (-mask * y / rim, mask * x / rim),
        (depth, zero),
        (zero, depth),
        (mask * x / rim, mask * y / rim),
    ]
    return np.stack([np.stack(f, axis=-1) for f in fields]).astype(np.float32)
