"""`optical_flow`: the one entry to all methods."""

import numpy as np

from mefeat._validation import check_option
from mefeat.flow import _opencv, _prefilter

__all__ = ["optical_flow"]

METHODS = ("lk", "farneback", "dis", "tvl1")


def _check_image(name, image, ndims):
    image = np.asarray(image)
    if image.ndim not in ndims or 0 in image.shape:
        raise ValueError(
            f"{name} must be a gray image of shape (height, width)"
            + (" or a stack (n_frames, height, width)" if 3 in ndims else "")
            + f". Got the shape {image.shape} instead."
        )
    if image.dtype == np.uint8:
        return image
    if image.dtype.kind != "f":
        raise ValueError(
            f"{name} must be uint8, or floating point in [0, 1]. Got {image.dtype} "
            "instead."
        )
    low, high = float(image.min()), float(image.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(f"{name} holds NaN or infinity.")
    if low < 0 or high > 1:
        raise ValueError(
            f"{name} in floating point must lie in [0, 1]. Got values in "
            f"[{low:g}, {high:g}] instead: divide gray levels by 255."
        )
    return image.astype(np.float32) * np.float32(255)


def optical_flow(reference, moving, method="lk", prefilter=None, **options):
    """Estimate the motion from one image to another, in every pixel.

    The point (x, y) of `reference` moves to (x + dx, y + dy) in `moving`.

    Parameters
    ----------
    reference : ndarray of shape (height, width)
        Gray image, uint8, or floating point in [0, 1].
    moving : ndarray of shape (height, width) or (n_frames, height, width)
        The image, or each of the images, that the reference moves to.
    method : {"lk", "farneback", "dis", "tvl1"}, default="lk"
        How.
    prefilter : {None, "lcn"}, default=None
        Local contrast normalisation of all images before the method.
    **options
        Settings of the method.

    Returns
    -------
    ndarray of shape (height, width, 2) or (n_frames, height, width, 2), float32
        (dx, dy) in pixels.
    """
    check_option("method", method, METHODS)
    check_option("prefilter", prefilter, (None, "lcn"))
    reference = _check_image("reference", reference, (2,))
    moving = _check_image("moving", moving, (2, 3))
    if moving.shape[-2:] != reference.shape:
        raise ValueError(
            "reference and moving must have one size (height, width). Got "
            f"{reference.shape} and {moving.shape[-2:]} instead."
        )
    if prefilter == "lcn":
        reference = _prefilter.local_contrast(reference)
    estimate = _opencv.build(method if method != "lk" else "farneback", options)
    stack = moving if moving.ndim == 3 else moving[None]
    flow = np.empty((len(stack), *reference.shape, 2), dtype=np.float32)
    for index, image in enumerate(stack):
        if prefilter == "lcn":
            image = _prefilter.local_contrast(image)
        flow[index] = estimate(reference, image)
    return flow if moving.ndim == 3 else flow[0]
