"""The 36 regions of interest of MDMO on 68 face landmarks, as a table.

The table was drawn for this package after the numbers of regions of each part of the
face in MDMO; it is not the table of its authors.  Each region is a polygon whose
corners are landmarks, points between landmarks, or points above the brows.  Neighbours
share their corners, so the regions are disjoint; the half of the table that stands here
is mirrored for the other half of the face.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mefeat._validation import check_int
from mefeat.face.mesh import face_size

__all__ = ["MIRROR", "N_ROIS", "ROI_NAMES", "mdmo_roi_map", "roi_polygons"]

N_ROIS = 36

MIRROR = np.array(
    [
        *range(16, -1, -1),  # jaw
        *range(26, 16, -1),  # brows
        *range(27, 31),  # bridge of the nose
        *range(35, 30, -1),  # base of the nose
        45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,  # eyes
        54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55,  # lips outside
        64, 63, 62, 61, 60, 67, 66, 65,  # lips inside
    ]
)  # fmt: skip
"""Landmark on the other side of the face, for each of the 68."""

# Corners that are no landmarks: the shares of landmarks, and how far the point is
# lifted, as a share of the face's size.  This half of the face is on the left of the
# picture, the person's right.
_CORNERS = {
    "top_outer": ({17: 1.0}, 0.10),
    "top_mid": ({19: 0.6, 20: 0.4}, 0.12),
    "top_inner": ({21: 1.0}, 0.12),
    "top_centre": ({21: 0.5, 22: 0.5}, 0.12),
    "lid_outer": ({17: 0.6, 36: 0.4}, 0.0),
    "lid_mid": ({19: 0.36, 20: 0.24, 37: 0.24, 38: 0.16}, 0.0),
    "lid_inner": ({21: 0.6, 39: 0.4}, 0.0),
    "eye_top": ({37: 0.6, 38: 0.4}, 0.0),
    "root": ({21: 0.25, 22: 0.25, 27: 0.5}, 0.0),
    "cheek": ({2: 0.55, 31: 0.45}, 0.0),
    "nose_side": ({39: 0.45, 31: 0.55}, 0.0),
    "jowl": ({4: 0.5, 48: 0.5}, 0.0),
    "lip_above": ({48: 0.6, 31: 0.25, 3: 0.15}, 0.0),
    "lip_below": ({48: 0.5, 6: 0.4, 5: 0.1}, 0.0),
    "chin_side": ({59: 0.55, 7: 0.45}, 0.0),
    "chin_mid": ({59: 0.33, 7: 0.27, 57: 0.24, 8: 0.16}, 0.0),
    "chin_top": ({57: 0.6, 8: 0.4}, 0.0),
}

# Name of each region and its corners, from the top of the face down.
_HALF = (
    ("brow_outer", ("top_outer", "top_mid", "lid_mid", "lid_outer")),
    ("brow_inner", ("top_mid", "top_inner", "lid_inner", "lid_mid")),
    ("glabella", ("top_inner", "top_centre", "root", "lid_inner")),
    ("temple", (0, "lid_outer", 36, 1)),
    ("lid_outer", ("lid_outer", "lid_mid", "eye_top", 37, 36)),
    ("lid_inner", ("lid_mid", "lid_inner", 39, 38, "eye_top")),
    ("nose_root", ("lid_inner", "root", 28, 39)),
    ("cheekbone", (1, 36, 41, "cheek", 2)),
    ("under_eye", (41, 40, 39, "nose_side", "cheek")),
    ("nose", (39, 28, 30, 33, 31, "nose_side")),
    ("lower_cheek", (2, "cheek", "jowl", 4, 3)),
    ("nasolabial", ("cheek", "nose_side", 31, "lip_above", "jowl")),
    ("mouth_corner", ("jowl", "lip_above", 49, 60, 59, "lip_below")),
    ("upper_lip", (31, 33, 62, 61, 60, 49, "lip_above")),
    ("below_corner", (4, "jowl", "lip_below", 59, "chin_side", 6, 5)),
    ("lower_lip", (60, 67, 66, "chin_top", "chin_mid", "chin_side", 59)),
    ("chin_outer", ("chin_side", "chin_mid", 7, 6)),
    ("chin_inner", ("chin_mid", "chin_top", 8, 7)),
)

ROI_NAMES = tuple(f"{name}_{side}" for name, _ in _HALF for side in ("right", "left"))
"""Names of the regions 1 to 36; right and left are the person's.

Odd numbers lie on the left of the picture, the next even number mirrors them.
"""


def _corner(key, points, up):
    """Give a corner of this half; `up` is the vector of the face's size, upwards."""
    if isinstance(key, int):
        return points[key]
    shares, lift = _CORNERS[key]
    return sum(share * points[i] for i, share in shares.items()) + lift * up


def _up(points):
    """Give the vector that points from the chin to the brows, as long as the face."""
    across = points[45] - points[36]
    up = np.array([across[1], -across[0]])
    if up @ (points[27] - points[8]) < 0:
        up = -up
    return up / np.hypot(*up) * face_size(points)


def roi_polygons(landmarks):
    """Give the corners of the 36 regions.

    Parameters
    ----------
    landmarks : ndarray of shape (68, 2)

    Returns
    -------
    list of 36 ndarrays of shape (n_corners, 2)
        (x, y) in pixels.
    """
    up = _up(landmarks)
    sides = landmarks, landmarks[MIRROR]
    return [
        np.array([_corner(key, points, up) for key in keys])
        for _, keys in _HALF
        for points in sides
    ]


def _inside(polygon, x, y):
    """Say which pixel centres lie in a polygon (even-odd rule).

    An edge belongs to the polygon on its right, whichever way it is drawn, so polygons
    that share edges never share pixels.
    """
    inside = np.zeros((len(y), len(x)), dtype=bool)
    for start, end in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        (x0, y0), (x1, y1) = sorted(
            (start, end), key=lambda corner: tuple(corner[::-1])
        )
        crossed = (y0 <= y) & (y < y1)
        at = x0 + (y[crossed] - y0) * ((x1 - x0) / (y1 - y0)) if crossed.any() else []
        inside[crossed] ^= x < np.asarray(at)[:, None]
    return inside


def check_landmarks(landmarks):
    """Give 68 landmarks as float64, or raise ValueError."""
    points = np.asarray(landmarks, dtype=np.float64)
    if points.shape != (68, 2):
        raise ValueError(
            "landmarks must have the shape (68, 2): x and y of the 68 points of iBUG. "
            f"Got {points.shape} instead."
        )
    if not np.isfinite(points).all():
        raise ValueError("landmarks hold NaN or infinity.")
    if np.hypot(*(points[45] - points[36])) == 0:
        raise ValueError("landmarks must show a face: both eyes are at one point.")
    return points


def mdmo_roi_map(
    landmarks: ArrayLike, shape: tuple[int, int], allow_empty: bool = False
) -> NDArray[np.uint8]:
    """Draw the 36 regions of interest of MDMO as a label map.

    Parameters
    ----------
    landmarks : array of shape (68, 2)
        (x, y) in pixels, in the order of iBUG.
    shape : (int, int)
        Height and width of the picture.
    allow_empty : bool, default=False
        Whether regions may have no pixel in the picture.

    Returns
    -------
    ndarray of shape (height, width), uint8
        Number of the region, 1 to 36, at each pixel; 0 outside of all.  Odd numbers
        lie on the left of the picture, the next even number is their mirror image.

    Raises
    ------
    ValueError
        If the landmarks are no face, or a region has no pixel in the picture.

    Notes
    -----
    Regions are cut where they leave the picture.  A pixel belongs to the region that
    its centre lies in.

    Examples
    --------
    >>> from skimage.data import astronaut
    >>> from mefeat.face import FaceMesh
    >>> from mefeat.features import mdmo_roi_map
    >>> picture = astronaut()
    >>> labels = mdmo_roi_map(FaceMesh().find(picture).landmarks, picture.shape[:2])
    >>> labels.shape, int(labels.max())
    ((512, 512), 36)
    """
    points = check_landmarks(landmarks)
    height, width = (
        check_int(name, value, low=1)
        for name, value in zip(("height", "width"), shape, strict=True)
    )
    labels = np.zeros((height, width), dtype=np.uint8)
    empty = []
    for number, polygon in enumerate(roi_polygons(points), start=1):
        low = np.clip(np.floor(polygon.min(axis=0)), 0, (width, height)).astype(int)
        high = np.clip(np.ceil(polygon.max(axis=0)) + 1, 0, (width, height)).astype(int)
        part = labels[low[1] : high[1], low[0] : high[0]]
        x = np.arange(low[0], high[0], dtype=np.float64)
        y = np.arange(low[1], high[1], dtype=np.float64)
        # Where landmarks are so far off that regions fold over, the first one stays.
        part[_inside(polygon, x, y) & (part == 0)] = number
        if not (part == number).any():
            empty.append(number)
    if empty and not allow_empty:
        first = f"{empty[0]} ({ROI_NAMES[empty[0] - 1]})"
        raise ValueError(
            f"{len(empty)} of the {N_ROIS} regions of interest, the first being "
            f"{first}, have no pixel in the picture of {width}x{height}: the "
            f"landmarks reach from {_point(points.min(axis=0))} to "
            f"{_point(points.max(axis=0))}. Crop wider, or give a label map as rois."
        )
    return labels


def _point(values):
    return f"({values[0]:.0f}, {values[1]:.0f})"
