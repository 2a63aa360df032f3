"""NumPy twins of the kernels on flows: directions in blocks, and in regions.

They add in the same order as the kernels do, so the results are equal bit for bit.
"""

import numpy as np

__all__ = ["direction_blocks", "main_directions", "sectors", "strain", "weigh_blocks"]

FULL, UNSIGNED, MIRROR, QUARTER = range(4)


def sectors(flow, n_bins, fold, lower, upper, first_upper):
    """Give the sector of each vector of (..., 2), `n_bins` where a vector is 0."""
    u, v = flow[..., 0].astype(np.float64), flow[..., 1].astype(np.float64)
    above = (v > 0) | ((v == 0) & (u >= 0))
    if fold in (FULL, UNSIGNED):
        a, b = np.where(above, u, -u), np.where(above, v, -v)
    elif fold == MIRROR:
        a, b = -v, np.abs(u)
    else:
        a, b = np.abs(u), np.abs(v)

    def reached(borders):
        code = np.zeros(u.shape, dtype=np.int64)
        for c, s in borders:
            code += c * b - s * a >= 0
        return code

    code = first_upper + reached(upper)
    if fold == FULL:
        code = np.where(above, code, reached(lower))
    return np.where((u == 0) & (v == 0), n_bins, code)


def strain(flow):
    """Give the magnitude of the optical strain by central differences, float32."""
    u, v = flow[..., 0], flow[..., 1]

    def along(values, axis):
        if values.shape[axis] == 1:
            return np.zeros_like(values)
        return np.gradient(values, axis=axis)

    ux, vy = along(u, 1), along(v, 0)
    shear = along(u, 0) + along(v, 1)
    return np.sqrt(ux * ux + vy * vy + np.float32(0.5) * (shear * shear))


def direction_blocks(
    flow,
    rows,
    columns,
    n_bins,
    fold,
    lower,
    upper,
    first_upper,
    weight,
    total,
    strains=None,
):
    """Give the histograms (rows, columns, n_bins) and the sums (rows, columns).

    A vector adds 1 to its bin (weight 0), its length (1) or its strain (2); nothing
    (total 0), its length or its strain is summed up.
    """
    shape = (len(rows) - 1, len(columns) - 1)
    histograms, totals = np.zeros((*shape, n_bins)), np.zeros(shape)
    strains = strain(flow) if strains is None else strains
    u, v = flow[..., 0], flow[..., 1]
    magnitude = np.sqrt(u * u + v * v)
    codes = sectors(flow, n_bins, fold, lower, upper, first_upper)
    weights = (np.ones_like(magnitude), magnitude, strains)[weight].astype(np.float64)
    summed = (np.zeros_like(magnitude), magnitude, strains)[total].astype(np.float64)
    for r, c in np.ndindex(shape):
        part = slice(rows[r], rows[r + 1]), slice(columns[c], columns[c + 1])
        code = codes[part]
        at = np.arange(code.shape[1]) % 4 * (n_bins + 1) + code
        tables = np.bincount(at.ravel(), weights[part].ravel(), 4 * (n_bins + 1))
        t = tables.reshape(4, -1)[:, :n_bins]
        histograms[r, c] = (t[0] + t[1]) + (t[2] + t[3])
        # np.sum would add in pairs; cumulative sums go in order.
        totals[r, c] = np.cumsum(np.cumsum(summed[part], axis=0)[-1])[-1]
    return histograms, totals


def main_directions(
    flow, labels, correction, n_bins, lower, upper, first_upper, n_rois
):
    """Give the mean vector (n_rois, 2) of the fullest bin of each region."""
    height, width = labels.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    du, dv = flow[..., 0], flow[..., 1]
    px, py = x + du, y + dv
    a, b = correction.astype(np.float32)
    u = du + ((a[0] * px + a[1] * py) + a[2])
    v = dv + ((b[0] * px + b[1] * py) + b[2])
    code = sectors(np.stack([u, v], axis=2), n_bins, FULL, lower, upper, first_upper)
    lane = np.broadcast_to(np.arange(width) % 2, labels.shape)
    size = (n_rois + 1) * (n_bins + 1)
    at = (lane * size + labels.astype(np.intp) * (n_bins + 1) + code).ravel()
    tables = [
        np.bincount(at, values, 2 * size).reshape(2, n_rois + 1, n_bins + 1).sum(axis=0)
        for values in (
            None,
            u.ravel().astype(np.float64),
            v.ravel().astype(np.float64),
        )
    ]
    counts = tables[0][1:, :n_bins]
    best = counts.argmax(axis=1)
    rois = np.arange(n_rois)
    most = counts[rois, best]
    out = np.zeros((n_rois, 2))
    for axis in (0, 1):
        sums = tables[1 + axis][1:, :n_bins][rois, best]
        out[:, axis] = np.divide(sums, most, out=np.zeros(n_rois), where=most > 0)
    return out


def weigh_blocks(histograms, totals, rows, columns, weighted):
    """Give the Bi-WOOF of histograms (rows, columns, n_bins); to 1e-12, not exact."""
    sums = histograms.sum(axis=2)
    factors = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    if weighted:
        factors = factors * totals / np.multiply.outer(np.diff(rows), np.diff(columns))
    weighed = histograms * factors[:, :, None]
    norm = np.linalg.norm(weighed)
    return weighed / norm if norm > 0 else weighed
