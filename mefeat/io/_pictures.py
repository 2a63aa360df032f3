"""Small pictures of frames, one beside the other."""

import numpy as np

__all__ = ["shrink", "side_by_side"]


def shrink(picture, size):
    """Shrink a picture so that its longer side is at most `size` pixels.

    Parameters
    ----------
    picture : ndarray of shape (height, width[, 3]), uint8
    size : int or None
        None keeps the picture as it is.

    Returns
    -------
    ndarray of uint8
    """
    from skimage.transform import resize

    height, width = picture.shape[:2]
    if size is None or max(height, width) <= size:
        return picture
    scale = size / max(height, width)
    shape = (max(round(height * scale), 1), max(round(width * scale), 1))
    small = resize(picture, shape, anti_aliasing=True, preserve_range=True)
    return np.rint(small).astype(np.uint8)


def side_by_side(pictures, gap=4):
    """Set RGB pictures of one height side by side, `gap` white columns between them."""
    white = np.full((pictures[0].shape[0], gap, 3), 255, dtype=np.uint8)
    parts = [part for picture in pictures for part in (white, picture)]
    return np.concatenate(parts[1:], axis=1)
