"""The flow methods of OpenCV, each with its options by name."""

import numpy as np

from mefeat.io._opencv import import_cv2

__all__ = ["build"]

FARNEBACK = {
    "pyr_scale": 0.5, "levels": 3, "winsize": 15, "iterations": 3, "poly_n": 5,
    "poly_sigma": 1.2,
}  # fmt: skip


def _farneback(cv2, options):
    o = FARNEBACK | options

    def estimate(reference, moving):
        return cv2.calcOpticalFlowFarneback(
            reference, moving, None, o["pyr_scale"], o["levels"], o["winsize"],
            o["iterations"], o["poly_n"], o["poly_sigma"], 0,
        )  # fmt: skip

    return estimate


def _dis(cv2, options):
    solver = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def estimate(reference, moving):
        return solver.calc(_bytes(reference), _bytes(moving), None)

    return estimate


def _tvl1(cv2, options):
    solver = cv2.optflow.DualTVL1OpticalFlow_create()

    def estimate(reference, moving):
        return solver.calc(_bytes(reference), _bytes(moving), None)

    return estimate


def _bytes(image):
    if image.dtype == np.uint8:
        return np.ascontiguousarray(image)
    return np.rint(image).astype(np.uint8)


def build(method, options):
    """Give ``estimate(reference, moving) -> flow`` for a method of OpenCV."""
    builders = {"farneback": _farneback, "dis": _dis, "tvl1": _tvl1}
    return builders[method](import_cv2(), options)
