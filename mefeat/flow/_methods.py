"""`optical_flow`: the one entry to all methods."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mefeat._validation import check_option
from mefeat.flow import _lk, _opencv, _prefilter

__all__ = ["METHODS", "check_flow_options", "optical_flow", "prepare_flow"]

METHODS = ("lk", "farneback", "dis", "tvl1")
OPTIONS = {"lk": _lk.OPTIONS, **_opencv.OPTIONS}
CHECKS = {"lk": _lk.check_lk, **_opencv.CHECKS}
PREPARE = {"lk": _lk.prepare_lk, **_opencv.PREPARE}


def check_flow_options(method, options):
    """Give all options of a method, checked; an unknown one raises ValueError."""
    check_option("method", method, METHODS)
    known = OPTIONS[method]
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(
            f"method {method!r} has no option {unknown[0]!r}. Its options are "
            + ", ".join(repr(name) for name in known)
            + "."
        )
    return CHECKS[method](known | options)


def prepare_flow(reference, method, **options):
    """Prepare one reference, to which many images are compared.

    Parameters
    ----------
    reference : ndarray of shape (height, width), uint8 or float32
        Gray levels of 0 to 255.
    method : str
    **options
        All of them, as from `check_flow_options`.

    Returns
    -------
    callable
        ``estimate(moving, out)`` fills `out`, float32 (height, width, 2), with the
        flow to `moving`, an image of the shape and type of `reference`.
    """
    return PREPARE[method](reference, options)


def _check_image(name, image, ndims) -> np.ndarray:
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


def optical_flow(
    reference: ArrayLike,
    moving: ArrayLike,
    method: str = "lk",
    prefilter: str | None = None,
    **options: Any,
) -> NDArray[np.float32]:
    """Estimate the motion from one image to another, in every pixel.

    The point (x, y) of `reference` moves to (x + dx, y + dy) in `moving`.

    Parameters
    ----------
    reference : ndarray of shape (height, width)
        Gray image, uint8, or floating point in [0, 1] ("dis" and "tvl1" round it to
        256 gray levels).
    moving : ndarray of shape (height, width) or (n_frames, height, width)
        The image, or each of the images, that the reference moves to.  A stack is
        faster than a loop: "lk" prefilters the reference once.
    method : {"lk", "farneback", "dis", "tvl1"}, default="lk"
        - ``"lk"``: regularised dense Lucas-Kanade [1]_ of high-pass filtered images,
          made for small motions under sensor noise and changes of light; it follows
          motions up to about 4 pixels on a face of 256 pixels;
        - ``"farneback"``: polynomial expansion [2]_ (OpenCV);
        - ``"dis"``: dense inverse search [3]_ (OpenCV); images of 16 pixels or more;
        - ``"tvl1"``: dual TV-L1 [4]_ (OpenCV), the choice of many papers.  A change
          of light by 2 % misleads it: use ``prefilter="lcn"``.
    prefilter : {None, "lcn"}, default=None
        Local contrast normalisation of all images: less the mean and over the
        deviation of the neighbourhood (Gaussian of 12 pixels).
    **options
        Settings of the method, see Notes.

    Returns
    -------
    ndarray of shape (height, width, 2) or (n_frames, height, width, 2), float32
        (dx, dy) in pixels.

    Raises
    ------
    ValueError
        If an image is not gray, not finite or of another size, or an option is
        unknown or out of range.

    Notes
    -----
    Options of ``"lk"``: `window` (25, odd, pixels), side of the box in which the motion
    is taken as constant; `regularization` (1.5, gray levels squared), added to the
    diagonal of the normal equations, so that flat skin tends to the motion of the
    coarse level; `smoothing` (19 or None, odd), side of the box that smooths what each
    iteration adds; `iterations` (2), each of which fits what is left of the motion;
    `levels` (2), where 1 leaves the coarse level (a quarter of the size) out;
    `high_pass` (15 or None, odd), side of the box whose mean is subtracted.

    Options of ``"farneback"``: `pyr_scale` (0.5), `levels` (3), `winsize` (15),
    `iterations` (3), `poly_n` (5), `poly_sigma` (1.2), `gaussian` (False).  Of
    ``"dis"``: `preset` ("medium", "fast" or "ultrafast"), `finest_scale` (None: that of
    the preset).  Of ``"tvl1"``: `tau` (0.25), `lambda_` (0.15), `theta` (0.3),
    `n_scales` (5), `warps` (5), `epsilon` (0.01), `inner_iterations` (30),
    `outer_iterations` (10), `scale_step` (0.8), `gamma` (0.0), `median_filtering` (5).

    All methods give the same result for any number of threads.

    References
    ----------
    .. [1] B. D. Lucas and T. Kanade, "An iterative image registration technique with
       an application to stereo vision", IJCAI 1981.
    .. [2] G. Farneback, "Two-frame motion estimation based on polynomial expansion",
       SCIA 2003.
    .. [3] T. Kroeger et al., "Fast optical flow using dense inverse search", ECCV 2016.
    .. [4] C. Zach, T. Pock and H. Bischof, "A duality based approach for realtime
       TV-L1 optical flow", DAGM 2007.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.ndimage import gaussian_filter
    >>> from mefeat.flow import optical_flow
    >>> noise = np.random.default_rng(0).normal(size=(64, 65))
    >>> texture = gaussian_filter(noise, 2)
    >>> texture = (texture - texture.min()) / np.ptp(texture)
    >>> flow = optical_flow(texture[:, 1:], texture[:, :-1])  # all moves to the right
    >>> flow.shape, flow[32, 32].round(1) + 0.0
    ((64, 64, 2), array([1., 0.], dtype=float32))
    """
    options = check_flow_options(method, options)
    check_option("prefilter", prefilter, (None, "lcn"))
    reference = _check_image("reference", reference, (2,))
    moving = _check_image("moving", moving, (2, 3))
    if moving.shape[-2:] != reference.shape:
        raise ValueError(
            "reference and moving must have one size (height, width). Got "
            f"{reference.shape} and {moving.shape[-2:]} instead."
        )
    if reference.dtype != moving.dtype:
        reference = reference.astype(np.float32)
        moving = moving.astype(np.float32)
    normalise = _prefilter.local_contrast if prefilter == "lcn" else _as_is
    estimate = prepare_flow(normalise(reference), method, **options)
    stack = moving if moving.ndim == 3 else moving[None]
    flow = np.empty((len(stack), *reference.shape, 2), dtype=np.float32)
    for image, out in zip(stack, flow, strict=True):
        estimate(normalise(image), out)
    return flow if moving.ndim == 3 else flow[0]


def _as_is(image):
    return image
