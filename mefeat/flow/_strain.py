"""Optical strain: how much the skin is stretched and sheared by a flow."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mefeat._kernels import kernels_of
from mefeat._validation import check_option

__all__ = ["check_flow", "optical_strain", "optical_strain_tensor"]

_strain = kernels_of("_strain")

DERIVATIVES = ("central", "backward", "forward", "sobel")


def check_flow(flow) -> np.ndarray:
    """Give a flow as a contiguous float32 array (H, W, 2), or raise ValueError."""
    flow = np.asarray(flow)
    if flow.ndim != 3 or flow.shape[2] != 2 or 0 in flow.shape:
        raise ValueError(
            "flow must have the shape (height, width, 2), as from optical_flow. "
            f"Got {flow.shape} instead."
        )
    if flow.dtype.kind not in "fiu":
        raise ValueError(f"flow must hold real numbers. Got {flow.dtype} instead.")
    return np.ascontiguousarray(flow, dtype=np.float32)


def _run(kernel, flow, derivative, tail):
    check_option("derivative", derivative, DERIVATIVES)
    flow = check_flow(flow)
    height, width = flow.shape[:2]
    out = np.empty((height, width, *tail), dtype=np.float32)
    room = np.empty(11 * width + 8, dtype=np.float32)
    finite = kernel(flow, DERIVATIVES.index(derivative), out, room)
    # The strain kernel notices on its way; looking at each value would double its time.
    sure = finite and min(height, width) > 2
    if not sure and not np.isfinite(flow).all():
        raise ValueError("flow holds NaN or infinity.")
    return out


def optical_strain_tensor(
    flow: ArrayLike, derivative: str = "central"
) -> NDArray[np.float32]:
    """Give the components of the strain tensor of a flow.

    Parameters
    ----------
    flow : ndarray of shape (height, width, 2)
        (dx, dy) in pixels.
    derivative : {"central", "backward", "forward", "sobel"}, default="central"
        See `optical_strain`.

    Returns
    -------
    ndarray of shape (height, width, 3), float32
        exx = du/dx, eyy = dv/dy and exy = (du/dy + dv/dx) / 2.

    Raises
    ------
    ValueError
        If the flow has another shape or is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.flow import optical_strain_tensor
    >>> y, x = np.mgrid[:8, :9]
    >>> stretch = np.stack([0.25 * x, 0.5 * y], axis=2)
    >>> optical_strain_tensor(stretch)[4, 4]
    array([0.25, 0.5 , 0.  ], dtype=float32)
    """
    return _run(_strain.tensor, flow, derivative, (3,))


def optical_strain(flow: ArrayLike, derivative: str = "central") -> NDArray[np.float32]:
    r"""Give the magnitude of the optical strain of a flow.

    Parameters
    ----------
    flow : ndarray of shape (height, width, 2)
        (dx, dy) in pixels, as from `optical_flow`.
    derivative : {"central", "backward", "forward", "sobel"}, default="central"
        - ``"central"``: as `numpy.gradient`, one-sided at the border;
        - ``"backward"``: f(x) - f(x - 1), 0 in the first column and row, as in MEAN;
        - ``"forward"``: f(x + 1) - f(x), repeated in the last ones, as in SOFTNet;
        - ``"sobel"``: the 3x3 Sobel operator over 8, reflected at the border (0 across
          it), as from OpenCV.

    Returns
    -------
    ndarray of shape (height, width), float32
        Strain, a pure number; 0 where the skin moves as a whole.

    Raises
    ------
    ValueError
        If the flow has another shape or is not finite.

    Notes
    -----
    The Frobenius norm of the infinitesimal strain tensor [1]_, [2]_,

    .. math:: \sqrt{u_x^2 + v_y^2 + \tfrac{1}{2} (u_y + v_x)^2} .

    With central differences the result has the very bits of that formula over
    ``numpy.gradient`` in single precision.  A rotation by a small angle a, exactly
    (cos a - 1, ...), leaves a strain of order a squared.

    References
    ----------
    .. [1] M. Shreve et al., "Macro- and micro-expression spotting in long videos using
       spatio-temporal strain", FG 2011.
    .. [2] S.-T. Liong et al., "Optical strain based recognition of subtle emotions",
       ISPACS 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.flow import optical_strain
    >>> y, x = np.mgrid[:8, :9]
    >>> stretch = np.stack([0.75 * x, 1.0 * y], axis=2)
    >>> optical_strain(stretch)[4, 4:6]
    array([1.25, 1.25], dtype=float32)
    """
    return _run(_strain.strain, flow, derivative, ())
