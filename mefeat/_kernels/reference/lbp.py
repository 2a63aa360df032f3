"""Slow twins of the local-binary-pattern kernels, written for reading.

Codes are worked out from the definition: a neighbour's bilinear value minus the
centre is a sum of products of integers with weights.  For eight neighbours at whole
radii the weights have the form a + b sqrt(1/2) with integers a and b, so the sign is
decided in integers; for other neighbours it is decided in double precision.
"""

import numpy as np

__all__ = ["block_histograms", "code_exact", "code_single", "plane_points"]

PLANES = ("xy", "xt", "yt")


def plane_points(plane, n_neighbors, radii):
    """Give (dt, dy, dx) of the neighbours, unsnapped: (P, 3) float64."""
    rx, ry, rt = radii
    out = []
    for p in range(n_neighbors):
        sin = np.sin(2 * np.pi * p / n_neighbors)
        cos = np.cos(2 * np.pi * p / n_neighbors)
        out.append(
            {
                "xy": (0.0, -ry * sin, rx * cos),
                "xt": (rt * sin, 0.0, rx * cos),
                "yt": (rt * cos, -ry * sin, 0.0),
            }[plane]
        )
    return np.array(out)


def _shifted(volume, margin, shift):
    """Give the voxels at `shift` from every centre."""
    parts = tuple(
        slice(m + s, n - m + s)
        for n, m, s in zip(volume.shape, margin, shift, strict=True)
    )
    return volume[parts]


def _irrational(x):
    """Give (a, b) integers with x = a + b sqrt(1/2), for x = 0, +-R or R sqrt(1/2)."""
    if abs(x - round(x)) < 1e-9:
        return round(x), 0
    b = round(x * np.sqrt(2))
    assert abs(b * np.sqrt(0.5) - x) < 1e-9, x
    return 0, b


def _times(p, q):
    """Multiply numbers a + b sqrt(1/2), times 2 where needed: give (a, b) doubled."""
    (a, b), (c, d) = p, q
    return 2 * a * c + b * d, 2 * (a * d + b * c)


def _not_negative(a, b):
    """Whether a + b sqrt(1/2) >= 0, in integers."""
    a, b = np.asarray(a, dtype=np.int64), np.asarray(b, dtype=np.int64)
    left = 2 * a * a * np.sign(a)
    right = b * b * np.sign(b)
    return left + right >= 0


def code_exact(volume, plane, n_neighbors, radii, margin):
    """Give the codes of integer volumes with 4 or 8 neighbours at whole radii.

    Parameters
    ----------
    volume : (T, H, W) of integers
    plane : {"xy", "xt", "yt"}
    n_neighbors : 4 or 8
    radii : (int, int, int)
        Along x, y, t.
    margin : (int, int, int)
        Voxels along t, y, x at the borders that are no centres.

    Returns
    -------
    ndarray of int64
    """
    volume = np.asarray(volume).astype(np.int64)
    centre = _shifted(volume, margin, (0, 0, 0))
    codes = np.zeros(centre.shape, dtype=np.int64)
    for p, point in enumerate(plane_points(plane, n_neighbors, radii)):
        a = np.zeros_like(codes)
        b = np.zeros_like(codes)
        for corner in np.ndindex(2, 2, 2):
            shift, weight = [], (1, 0)
            for x, c in zip(point, corner, strict=True):
                exact = _irrational(x)
                floor = int(np.floor(x + 1e-9))
                part = (exact[0] - floor, exact[1])
                weight = _times(weight, part if c else (1 - part[0], -part[1]))
                shift.append(floor + c)
            if weight != (0, 0):
                d = _shifted(volume, margin, shift) - centre
                a += weight[0] * d
                b += weight[1] * d
        codes |= _not_negative(a, b).astype(np.int64) << p
    return codes


def code_single(volume, taps, margin, absolute, relative):
    """Give the codes for given taps, in single precision, in the kernel's order.

    Parameters
    ----------
    volume : (T, H, W)
    taps : list of lists of ((dt, dy, dx), weight)
        The voxels that each neighbour is made of.
    absolute, relative : float
        What a neighbour may fall short of the centre c and still count as not below:
        ``absolute + relative * abs(c)``.

    Returns
    -------
    ndarray of int64
    """
    volume = np.asarray(volume, dtype=np.float32)
    centre = _shifted(volume, margin, (0, 0, 0))
    limit = centre - (np.float32(absolute) + np.float32(relative) * np.abs(centre))
    codes = np.zeros(centre.shape, dtype=np.int64)
    for p, parts in enumerate(taps):
        if len(parts) == 1:
            value = _shifted(volume, margin, parts[0][0])
        else:
            value = None
            for shift, weight in parts:
                term = np.float32(weight) * _shifted(volume, margin, shift)
                value = term if value is None else value + term
        codes |= (value >= limit).astype(np.int64) << p
    return codes


def block_histograms(labels, n_bins, spans):
    """Count labels in blocks, one voxel after the other.

    Parameters
    ----------
    labels : (T, H, W) of ints in 0 .. n_bins - 1
    spans : three lists of (first, last) positions of blocks along t, y, x

    Returns
    -------
    ndarray of shape (n_t, n_y, n_x, n_bins), int64
    """
    out = np.zeros((*map(len, spans), n_bins), dtype=np.int64)
    for i, (t0, t1) in enumerate(spans[0]):
        for j, (y0, y1) in enumerate(spans[1]):
            for k, (x0, x1) in enumerate(spans[2]):
                for label in labels[t0:t1, y0:y1, x0:x1].ravel():
                    out[i, j, k, label] += 1
    return out
