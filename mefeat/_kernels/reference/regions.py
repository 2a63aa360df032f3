"""NumPy twins of the kernels of regions."""

import numpy as np

__all__ = ["fit_rigid", "relight", "strongest_means"]


def relight(reference, picture):
    """Give the picture with the mean and contrast of the reference; the correlation."""
    a, b = (image.astype(np.float64) for image in (reference, picture))
    gain = a.std() / max(b.std(), 1e-6)
    lit = np.clip(np.rint((b - b.mean()) * gain + a.mean()), 0, 255).astype(np.uint8)
    if a.std() == 0 or b.std() == 0:
        return lit, 0.0
    shared = ((a - a.mean()) * (b - b.mean())).mean()
    return lit, float(shared / (a.std() * b.std()))


def fit_rigid(vectors, design, iterations):
    """Fit ``design (n, 2, k) @ theta`` to vectors (n, 2) that mostly follow it."""
    n, _, k = design.shape
    vectors = vectors.astype(np.float64)
    weights = np.ones(n)
    for _ in range(iterations):
        normal = np.einsum("n,nci,ncj->ij", weights, design, design)
        right = np.einsum("n,nci,nc->i", weights, design, vectors)
        theta = np.linalg.solve(normal + 1e-6 * n * np.eye(k), right)
        squares = ((vectors - design @ theta) ** 2).sum(axis=1)
        scale = 4 * np.median(squares) + 1e-6
        weights = (scale / (scale + squares)) ** 2
    return theta


def strongest_means(vectors, shifts, count):
    """Give the mean of the longest vectors of each region: (n_regions, n, 2)."""
    vectors = vectors.astype(np.float64) - shifts[:, None]
    squares = (vectors**2).sum(axis=2)
    chosen = np.argsort(-squares, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(vectors, chosen[..., None], axis=1).mean(axis=1)
