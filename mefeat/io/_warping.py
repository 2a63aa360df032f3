"""One picture moved by an affine map."""

import numpy as np

from mefeat.io._opencv import import_cv2
from mefeat.io._pixels import to_gray

__all__ = ["warp_affine"]


def warp_affine(image, matrix, size, gray=False):
    """Move a picture by an affine map, averaging where it shrinks.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 3), uint8
    matrix : array of shape (2, 3)
        Maps (x, y, 1) in `image` to (x, y) in the result, in pixels.
    size : (int, int)
        Height and width of the result.
    gray : bool, default=False
        Give the luma of colours; that of the part that is seen costs less than of all.

    Returns
    -------
    ndarray of shape (*size) or (*size, 3), uint8
        Pixels from beyond the border repeat the border.
    """
    cv2 = import_cv2()
    matrix = np.asarray(matrix, dtype=np.float64)
    height, width = size
    a, b, c, d = matrix[:, :2].ravel().tolist()
    shrink = 1 / max(abs(a * d - b * c) ** 0.5, 1e-3)
    block = min(int(shrink / 1.5), *image.shape[:2])
    if block > 1 or (gray and image.ndim == 3):
        image, matrix = _in_blocks(image, matrix, size, max(block, 1), gray)
        shrink /= max(block, 1)
    times = max(1, round(shrink))
    if times > 1:
        # Pixel (0, 0) of the result covers pixels 0 .. times - 1 of the finer grid.
        matrix = matrix * times
        matrix[:, 2] += (times - 1) / 2
    out = cv2.warpAffine(
        image,
        matrix,
        (width * times, height * times),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if times > 1:
        out = cv2.resize(out, (width, height), interpolation=cv2.INTER_AREA)
    return out


def _in_blocks(image, matrix, size, block, gray):
    """Average square blocks of the part of a picture that a map shows.

    Blocks lie on one grid for all parts, so that pictures of a sequence are averaged
    alike.  Pixels beyond the last whole block are left out.
    """
    cv2 = import_cv2()
    spans = zip(source_box(matrix, size), image.shape[1::-1], strict=True)
    (left, right), (top, bottom) = (_span(*ends, n, block) for ends, n in spans)
    part = image[top * block : bottom * block, left * block : right * block]
    if gray:
        part = to_gray(part)
    if block > 1:
        small = (right - left, bottom - top)
        part = cv2.resize(part, small, interpolation=cv2.INTER_AREA)
    first = np.array([left, top]) * block + (block - 1) / 2
    matrix = matrix.copy()
    matrix[:, 2] += matrix[:, :2] @ first
    matrix[:, :2] *= block
    return part, matrix


def _span(low, high, length, block):
    """Give the blocks from `low` to `high` with one more on each side, at least one."""
    count = length // block
    first = min(max(int(low // block) - 1, 0), count - 1)
    last = min(max(int(high // block) + 2, first + 1), count)
    return first, last


def source_box(matrix, size):
    """Give the part of the source that a map shows.

    Parameters
    ----------
    matrix : array of shape (2, 3)
        Source to result.
    size : (int, int)
        Height and width of the result.

    Returns
    -------
    (float, float), (float, float)
        The least and the greatest x, then y.
    """
    (a, b, e), (c, d, f) = np.asarray(matrix).tolist()
    whole = a * d - b * c
    if whole == 0:
        return (0.0, 0.0), (0.0, 0.0)
    corners = [
        (x - e, y - f) for x in (-0.5, size[1] - 0.5) for y in (-0.5, size[0] - 0.5)
    ]
    xs = [(d * x - b * y) / whole for x, y in corners]
    ys = [(a * y - c * x) / whole for x, y in corners]
    return (min(xs), max(xs)), (min(ys), max(ys))
