"""BlazeFace boxes: anchors, decoding, weighted suppression, tiles for small faces."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from mefeat.face._models import run_detector
from mefeat.io._opencv import import_cv2

__all__ = [
    "LEVELS",
    "SIDE",
    "Detection",
    "as_detection",
    "detect",
    "search_tile",
    "tiles_of",
]

SIDE = 128
LEVELS = (1, 2, 4)  # parts into which the longer side is cut, one after the other
MAX_OVERLAP = 0.3  # IoU from which two boxes are one face


@dataclass(frozen=True)
class Detection:
    """A face box: corners (x0, y0, x1, y1) and six key points (x, y), in pixels."""

    score: float
    corners: np.ndarray
    keypoints: np.ndarray


@cache
def _anchors():
    """Give the 896 anchor centres (x, y) in [0, 1]: 16x16 cells x 2, 8x8 x 6."""
    layers = []
    for cells, repeats in ((16, 2), (8, 6)):
        centres = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(centres, centres), axis=-1).reshape(-1, 2)
        layers.append(np.repeat(grid, repeats, axis=0))
    return np.concatenate(layers)


def _letterbox(image):
    """Fit the picture into the detector's input; give it with scale and offset."""
    cv2 = import_cv2()
    height, width = image.shape[:2]
    scale = SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(image, size, interpolation=method)
    left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    canvas = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
    canvas[top : top + size[1], left : left + size[0]] = small
    return canvas, np.array([size[0] / width, size[1] / height]), np.array([left, top])


def _iou(corners, others):
    """Give the overlap of one box with others (whose further columns don't count)."""
    low = np.maximum(corners[:2], others[:, :2])
    high = np.minimum(corners[2:], others[:, 2:4])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    area = (corners[2:] - corners[:2]).prod()
    areas = (others[:, 2:4] - others[:, :2]).prod(axis=1)
    return shared / np.maximum(area + areas - shared, 1e-12)


def _suppress(scores, values):
    """Average boxes that overlap, weighted by their scores, best first."""
    order = np.argsort(-scores, kind="stable")
    scores, values = scores[order], values[order]
    kept = []
    while len(scores):
        near = _iou(values[0, :4], values) > MAX_OVERLAP
        near[0] = True
        weights = scores[near] / scores[near].sum()
        kept.append((scores[0], weights @ values[near]))
        scores, values = scores[~near], values[~near]
    return kept


def _decode(image, min_score):
    """Give scores and (n, 16) values (corners, key points) in pixels of `image`."""
    canvas, scale, offset = _letterbox(image)
    scores, raw = run_detector(canvas)
    found = scores >= min_score
    points = raw[found].reshape(-1, 8, 2)
    points[:, 0] += _anchors()[found] * SIDE
    points[:, 2:] += _anchors()[found, None] * SIDE
    centre, half = points[:, 0].copy(), points[:, 1] / 2
    points[:, 0], points[:, 1] = centre - half, centre + half
    points = (points - offset) / scale
    return scores[found], points.reshape(-1, 16)


def _tiles(height, width, side):
    """Give the corners (y, x) of tiles that overlap by half."""

    def starts(length):
        if length <= side:
            return [0]
        count = int(np.ceil((length - side) / (side / 2))) + 1
        return np.rint(np.linspace(0, length - side, count)).astype(int)

    return [(y, x) for y in starts(height) for x in starts(width)]


def search_tile(image, y, x, side, min_score):
    """Give scores and values (n, 16) of the detections that a tile does not cut."""
    height, width = image.shape[:2]
    tile = np.ascontiguousarray(image[y : y + side, x : x + side])
    scores, values = _decode(tile, min_score)
    values = values + np.tile([x, y], 8)
    # Half a tile of overlap: a face cut here is whole in the next tile.
    whole = (values[:, 0] >= x) | (x == 0)
    whole &= (values[:, 1] >= y) | (y == 0)
    whole &= (values[:, 2] <= x + side) | (x + side >= width)
    whole &= (values[:, 3] <= y + side) | (y + side >= height)
    return scores[whole], values[whole]


def tiles_of(shape, level):
    """Give the tiles (y, x, side) of a level: 1 is the whole picture, then 2 and 4."""
    side = -(-max(shape) // level)
    if level > 1 and side < SIDE // 2:
        return []
    return [(y, x, side) for y, x in _tiles(*shape, side)]


def _search_tiles(image, tiles, min_score):
    """Give the detections in overlapping tiles, without those that a tile cuts."""
    scores, values = [np.empty(0)], [np.empty((0, 16))]
    for tile in tiles:
        score, value = search_tile(image, *tile, min_score)
        scores.append(score)
        values.append(value)
    return _suppress(np.concatenate(scores), np.concatenate(values))


def _is_new(value, others):
    if not others:
        return True
    others = np.array([other for _, other in others])
    centre = (value[:2] + value[2:4]) / 2
    inside = (others[:, :2] <= centre) & (centre <= others[:, 2:4])
    return not (
        inside.all(axis=1).any() or (_iou(value[:4], others) > MAX_OVERLAP).any()
    )


def detect(image, min_score=0.5, thorough=False):
    """Find faces in the whole picture and, where needed, in smaller tiles.

    Parameters
    ----------
    image : ndarray of shape (height, width, 3), uint8
        RGB.
    min_score : float
        Least score of a detection.
    thorough : bool
        Look for faces beside the ones that the whole picture shows.

    Returns
    -------
    list of Detection
        Those of the whole picture first, the best score first.

    Notes
    -----
    The picture is shrunk to 128 x 128, which loses faces below about a tenth of its
    longer side.  So tiles of half that side and, if there is still no face, of a
    quarter are tried, each overlapping the next by half.
    """
    kept = []
    for level in LEVELS:
        if kept and not (thorough and level == 2):
            break
        found = _search_tiles(image, tiles_of(image.shape[:2], level), min_score)
        kept += [(score, v) for score, v in found if _is_new(v, kept)]
    return [as_detection(score, values) for score, values in kept]


def as_detection(score, values):
    """Give a `Detection` of one row of values."""
    return Detection(float(score), values[:4], values[4:].reshape(6, 2))
