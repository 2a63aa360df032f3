"""One picture moved by an affine map."""

import numpy as np

from mefeat.io._opencv import import_cv2

__all__ = ["warp_affine"]


def warp_affine(image, matrix, size):
    """Move a picture by an affine map, averaging where it shrinks.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 3), uint8
    matrix : array of shape (2, 3)
        Maps (x, y, 1) in `image` to (x, y) in the result, in pixels.
    size : (int, int)
        Height and width of the result.

    Returns
    -------
    ndarray of shape (*size) or (*size, 3), uint8
        Pixels from beyond the border repeat the border.
    """
    cv2 = import_cv2()
    matrix = np.asarray(matrix, dtype=np.float64)
    height, width = size
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    times = max(1, round(1 / max(scale, 1e-3)))
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
