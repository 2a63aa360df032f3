"""Flows as pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mefeat._validation import check_real
from mefeat.flow._strain import check_flow

__all__ = ["flow_to_color"]


def flow_to_color(
    flow: ArrayLike, max_motion: float | None = None
) -> NDArray[np.uint8]:
    """Paint a flow: the hue tells the direction, the brightness the length.

    Parameters
    ----------
    flow : ndarray of shape (height, width, 2)
        (dx, dy) in pixels.
    max_motion : float, optional
        Length in pixels that is painted at full brightness; longer motions are too.
        By default the longest motion of the flow.  Give it to compare pictures.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8
        RGB.

    Raises
    ------
    ValueError
        If the flow has another shape or is not finite, or `max_motion` is not above 0.

    Notes
    -----
    The HSV wheel with saturation 1: red moves to the right (0 degrees), then, clockwise
    on the screen, yellow (60), green (120), cyan (180, to the left), blue (240) and
    magenta (300); down is 90 degrees and up is 270.  The brightness is
    ``min(length / max_motion, 1)``: what stands still is black.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.flow import flow_to_color
    >>> flow_to_color(np.array([[[1.0, 0.0], [-0.5, 0.0], [0.0, 0.0]]]))
    array([[[255,   0,   0],
            [  0, 128, 128],
            [  0,   0,   0]]], dtype=uint8)
    """
    flow = check_flow(flow)
    if not np.isfinite(flow).all():
        raise ValueError("flow holds NaN or infinity.")
    check_real("max_motion", max_motion, low=0, open_low=True, none=True)
    u, v = flow[..., 0].astype(np.float64), flow[..., 1].astype(np.float64)
    length = np.hypot(u, v)
    if max_motion is None:
        max_motion = length.max()
    value = np.minimum(length / max_motion, 1) if max_motion > 0 else length
    sector = np.mod(np.arctan2(v, u) * (3 / np.pi), 6)
    # Distance on the wheel of six sectors from red, green and blue at 0, 2 and 4.
    away = np.abs(sector[..., None] - np.array([0.0, 2.0, 4.0]))
    away = np.minimum(away, 6 - away)
    shade = np.clip(2 - away, 0, 1)
    return np.rint(255 * value[..., None] * shade).astype(np.uint8)
