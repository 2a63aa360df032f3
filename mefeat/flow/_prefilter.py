"""Filters that take slow changes of light out of images before a flow."""

import numpy as np

from mefeat.io._opencv import import_cv2

__all__ = ["local_contrast"]


def local_contrast(image):
    """Normalise the local contrast: blur, less its mean, over its deviation, uint8."""
    cv2 = import_cv2()
    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), 1.0)
    mean = cv2.GaussianBlur(smooth, (0, 0), 12.0)
    square = cv2.GaussianBlur(smooth * smooth, (0, 0), 12.0)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0))
    scaled = (smooth - mean) / (deviation + 6) * 40 + 128
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
