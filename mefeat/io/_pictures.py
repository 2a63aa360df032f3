"""Small pictures of frames, one beside the other."""

import numpy as np

__all__ = ["data_uri", "encode", "shrink", "side_by_side"]


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


def encode(picture, kind="PNG", **options):
    """Give the bytes of an image file of a uint8 picture."""
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format=kind, **options)
    return buffer.getvalue()


def data_uri(picture, quality=85):
    """Give a picture as the address of an image that a page carries in itself."""
    from base64 import b64encode

    content = encode(picture, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + b64encode(content).decode()
