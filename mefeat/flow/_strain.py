"""Optical strain: how much the skin is stretched and sheared by a flow."""

import numpy as np

from mefeat._validation import check_option

__all__ = ["optical_strain", "optical_strain_tensor"]

DERIVATIVES = ("central", "backward", "forward", "sobel")


def _check_flow(flow):
    flow = np.asarray(flow)
    if flow.ndim != 3 or flow.shape[2] != 2 or 0 in flow.shape:
        raise ValueError(
            "flow must have the shape (height, width, 2), as from optical_flow. "
            f"Got {flow.shape} instead."
        )
    if flow.dtype.kind not in "fiu":
        raise ValueError(f"flow must hold real numbers. Got {flow.dtype} instead.")
    flow = np.ascontiguousarray(flow, dtype=np.float32)
    if not np.isfinite(flow).all():
        raise ValueError("flow holds NaN or infinity.")
    return flow


def _along(values, axis, derivative):
    values = np.moveaxis(values, axis, 1)
    out = np.zeros_like(values)
    if values.shape[1] > 1:
        if derivative == "central":
            out = np.gradient(values, axis=1)
        elif derivative == "backward":
            out[:, 1:] = values[:, 1:] - values[:, :-1]
        elif derivative == "forward":
            out[:, :-1] = values[:, 1:] - values[:, :-1]
            out[:, -1] = out[:, -2]
        else:
            out[:, 1:-1] = (values[:, 2:] - values[:, :-2]) * np.float32(0.5)
            padded = np.pad(out, ((1, 1), (0, 0)), "reflect" if len(out) > 1 else "edge")
            out = (padded[:-2] + padded[2:] + 2 * padded[1:-1]) * np.float32(0.25)
    return np.moveaxis(out, 1, axis)


def optical_strain_tensor(flow, derivative="central"):
    """Give the components (exx, eyy, exy) of the strain tensor of a flow."""
    check_option("derivative", derivative, DERIVATIVES)
    flow = _check_flow(flow)
    u, v = flow[..., 0], flow[..., 1]
    ux, uy = _along(u, 1, derivative), _along(u, 0, derivative)
    vx, vy = _along(v, 1, derivative), _along(v, 0, derivative)
    return np.stack([ux, vy, (uy + vx) * np.float32(0.5)], axis=2)


def optical_strain(flow, derivative="central"):
    """Give the magnitude of the optical strain of a flow, float32 (height, width)."""
    check_option("derivative", derivative, DERIVATIVES)
    flow = _check_flow(flow)
    u, v = flow[..., 0], flow[..., 1]
    ux, uy = _along(u, 1, derivative), _along(u, 0, derivative)
    vx, vy = _along(v, 1, derivative), _along(v, 0, derivative)
    shear = uy + vx
    return np.sqrt(ux * ux + vy * vy + np.float32(0.5) * (shear * shear))
