"""The flow methods of OpenCV, each with its options by name."""

import numpy as np

from mefeat._validation import check_int, check_option, check_real
from mefeat.io._opencv import import_cv2

__all__ = ["CHECKS", "OPTIONS", "PREPARE"]

OPTIONS = {
    "farneback": {
        "pyr_scale": 0.5, "levels": 3, "winsize": 15, "iterations": 3, "poly_n": 5,
        "poly_sigma": 1.2, "gaussian": False,
    },
    "dis": {"preset": "medium", "finest_scale": None},
    "tvl1": {
        "tau": 0.25, "lambda_": 0.15, "theta": 0.3, "n_scales": 5, "warps": 5,
        "epsilon": 0.01, "inner_iterations": 30, "outer_iterations": 10,
        "scale_step": 0.8, "gamma": 0.0, "median_filtering": 5,
    },
}  # fmt: skip


def _check_farneback(o):
    if not isinstance(o["gaussian"], bool):
        raise ValueError(
            f"The 'gaussian' parameter must be True or False. Got {o['gaussian']!r} "
            "instead."
        )
    return {
        "pyr_scale": check_real("pyr_scale", o["pyr_scale"], low=0.1, high=0.95),
        "levels": check_int("levels", o["levels"], low=1),
        "winsize": check_int("winsize", o["winsize"], low=3),
        "iterations": check_int("iterations", o["iterations"], low=1),
        "poly_n": check_int("poly_n", o["poly_n"], low=3),
        "poly_sigma": check_real("poly_sigma", o["poly_sigma"], low=0, open_low=True),
        "gaussian": o["gaussian"],
    }


def _check_dis(o):
    presets = ("ultrafast", "fast", "medium")
    return {
        "preset": check_option("preset", o["preset"], presets),
        "finest_scale": check_int("finest_scale", o["finest_scale"], low=0, none=True),
    }


def _check_tvl1(o):
    counts = ("n_scales", "warps", "inner_iterations", "outer_iterations")
    checked = {name: check_int(name, o[name], low=1) for name in counts}
    for name in ("tau", "lambda_", "theta", "epsilon"):
        checked[name] = check_real(name, o[name], low=0, open_low=True)
    step = check_real("scale_step", o["scale_step"], low=0.1, high=0.95)
    checked["scale_step"] = step
    checked["gamma"] = check_real("gamma", o["gamma"], low=0)
    median = check_int("median_filtering", o["median_filtering"], low=1, high=5)
    if median % 2 == 0:
        raise ValueError(
            f"The 'median_filtering' parameter must be 1, 3 or 5. Got {median} instead."
        )
    checked["median_filtering"] = median
    return checked


def _prepare_farneback(reference, o):
    cv2 = import_cv2()
    flags = cv2.OPTFLOW_FARNEBACK_GAUSSIAN if o["gaussian"] else 0

    def estimate(moving, out):
        found = cv2.calcOpticalFlowFarneback(
            reference, moving, out, o["pyr_scale"], o["levels"], o["winsize"],
            o["iterations"], o["poly_n"], o["poly_sigma"], flags,
        )  # fmt: skip
        if found is not out:
            out[:] = found

    return estimate


def _prepare_dis(reference, o):
    cv2 = import_cv2()
    if min(reference.shape) < 16:
        raise ValueError(
            "method 'dis' needs images of at least 16 by 16 pixels. Got "
            f"{reference.shape} instead: use method 'lk'."
        )
    preset = getattr(cv2, f"DISOPTICAL_FLOW_PRESET_{o['preset'].upper()}")
    solver = cv2.DISOpticalFlow_create(preset)
    if o["finest_scale"] is not None:
        solver.setFinestScale(o["finest_scale"])
    first = _bytes(reference)

    def estimate(moving, out):
        out[:] = solver.calc(first, _bytes(moving), None)

    return estimate


def _prepare_tvl1(reference, o):
    cv2 = import_cv2()
    solver = cv2.optflow.DualTVL1OpticalFlow_create(
        o["tau"], o["lambda_"], o["theta"], o["n_scales"], o["warps"], o["epsilon"],
        o["inner_iterations"], o["outer_iterations"], o["scale_step"], o["gamma"],
        o["median_filtering"], False,
    )  # fmt: skip
    first = _bytes(reference)

    def estimate(moving, out):
        out[:] = solver.calc(first, _bytes(moving), None)

    return estimate


def _bytes(image):
    if image.dtype == np.uint8:
        return np.ascontiguousarray(image)
    return np.rint(image).astype(np.uint8)


CHECKS = {"farneback": _check_farneback, "dis": _check_dis, "tvl1": _check_tvl1}
PREPARE = {
    "farneback": _prepare_farneback,
    "dis": _prepare_dis,
    "tvl1": _prepare_tvl1,
}
