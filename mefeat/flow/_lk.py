"""Own regularised dense Lucas-Kanade method: options and calls of the kernel."""

import numpy as np

from mefeat._kernels import kernels_of
from mefeat._validation import check_int, check_real

__all__ = ["OPTIONS", "check_lk", "prepare_lk"]

_lk = kernels_of("_lk")

# Chosen on the people of even index of a set of 24, see benchmarks/flow.py.
OPTIONS = {
    "window": 25,
    "regularization": 1.5,
    "smoothing": 19,
    "iterations": 2,
    "levels": 2,
    "high_pass": 15,
}
# The coarse level brings motions of many pixels within the reach of the fine one; its
# boxes are given by their radii, in coarse pixels.
COARSE = {
    "coarse_window": 4,
    "coarse_regularization": 32.0,
    "coarse_smoothing": 4,
    "coarse_iterations": 2,
}
COARSE_HIGH_PASS = 3


def _check_side(name, value, *, none):
    value = check_int(name, value, low=1, none=none)
    if value is not None and value % 2 == 0:
        allowed = "an odd int of at least 1" + (" or None" if none else "")
        raise ValueError(
            f"The {name!r} parameter must be {allowed}. Got {value!r} instead."
        )
    return value


def check_lk(options):
    """Give the checked options of the method."""
    return {
        "window": _check_side("window", options["window"], none=False),
        "regularization": check_real(
            "regularization", options["regularization"], low=0, open_low=True
        ),
        "smoothing": _check_side("smoothing", options["smoothing"], none=True),
        "iterations": check_int("iterations", options["iterations"], low=1, high=20),
        "levels": check_int("levels", options["levels"], low=1, high=2),
        "high_pass": _check_side("high_pass", options["high_pass"], none=True),
    }


def prepare_lk(reference, options):
    """Prefilter the reference once; give ``estimate(moving, out)``."""
    window, smoothing = options["window"], options["smoothing"] or 1
    high_pass = options["high_pass"] or 1
    coarse_window = 2 * COARSE["coarse_window"] + 1
    sides = (window, smoothing, high_pass, coarse_window)
    image_size, scratch_size = _lk.sizes(
        *reference.shape, max(window, coarse_window), max(sides)
    )
    scratch = np.empty(scratch_size, dtype=np.float32)
    coarse_high_pass = COARSE_HIGH_PASS if options["high_pass"] else 0

    def prefilter(image, prepared):
        image = np.ascontiguousarray(image, dtype=np.float32)
        _lk.prepare(image, high_pass // 2, coarse_high_pass, prepared, scratch)
        return prepared

    first = prefilter(reference, np.empty(image_size, dtype=np.float32))
    second = np.empty(image_size, dtype=np.float32)

    def estimate(moving, out):
        _lk.flow_of(
            first, prefilter(moving, second), out, window // 2,
            options["regularization"], smoothing // 2, options["iterations"],
            options["levels"], *COARSE.values(), scratch,
        )  # fmt: skip

    return estimate
