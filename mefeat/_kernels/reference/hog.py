"""Slow twin of the kernel of gradient directions, written for reading."""

import numpy as np

__all__ = ["plane_votes"]


def plane_votes(volume, plane, n_bins, signed, soft):
    """Give what each inner voxel adds to the bins of its block.

    Parameters
    ----------
    volume : (T, H, W)
    plane : {"xy", "xt", "yt"}
    n_bins : int
    signed : bool
        Over the full circle, else over half of it.
    soft : bool
        By magnitude and shared by the two nearest bins, else one vote.

    Returns
    -------
    ndarray of shape (T - 2, H - 2, W - 2, n_bins), float64
    """
    volume = np.asarray(volume, dtype=np.float64)
    inner = slice(1, -1)
    difference = {
        "t": volume[2:, inner, inner] - volume[:-2, inner, inner],
        "y": volume[inner, 2:, inner] - volume[inner, :-2, inner],
        "x": volume[inner, inner, 2:] - volume[inner, inner, :-2],
    }
    a, b = difference[plane[0]], difference[plane[1]]
    turn = 360.0 if signed else 180.0
    angle = np.degrees(np.arctan2(b, a)) % turn
    size = np.hypot(a, b) / 2
    votes = np.zeros((*a.shape, n_bins))
    for index in range(n_bins):
        if soft:
            centre = (index + 0.5) * turn / n_bins
            away = np.abs(angle - centre)
            away = np.minimum(away, turn - away) * n_bins / turn
            votes[..., index] = size * np.maximum(0, 1 - away)
        else:
            low = index * turn / n_bins
            since = (angle - low + 1e-7) % turn
            votes[..., index] = (size > 0) & (since < turn / n_bins)
    return votes
