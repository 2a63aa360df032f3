"""Bootstrap over subjects, for scores that depend on summed counts.

Clips of one subject resemble each other, so the subject is what is drawn anew
[1]_.  Every score of this package is a function of counts summed over subjects
(hits and misses, a confusion matrix), hence a resample is a weighted sum of them.

References
----------
.. [1] Efron, B., Tibshirani, R. "An Introduction to the Bootstrap", 1993.
"""

import numbers

import numpy as np

__all__ = ["bootstrap_interval", "check_resampling", "paired_difference"]


def check_resampling(n_resamples, confidence, low=0):
    """Check the two parameters that every bootstrap here has."""
    whole = isinstance(n_resamples, numbers.Integral)
    if not whole or isinstance(n_resamples, bool) or n_resamples < low:
        raise ValueError(
            f"The 'n_resamples' parameter must be an int of at least {low}. "
            f"Got {n_resamples!r} instead."
        )
    if not isinstance(confidence, numbers.Real) or not 0 < confidence < 1:
        raise ValueError(
            "The 'confidence' parameter must be a number in (0, 1). "
            f"Got {confidence!r} instead."
        )


def sum_by_group(counts, groups):
    """Sum `counts` of shape (n_samples, ...) over the samples of each group.

    Returns
    -------
    ndarray of shape (n_groups, ...)
    """
    _, index = np.unique(groups.astype(str), return_inverse=True)
    out = np.zeros((index.max() + 1, *counts.shape[1:]))
    np.add.at(out, index, counts)
    return out


def _resample(counts, n_resamples, rng):
    n = len(counts)
    weights = rng.multinomial(n, np.full(n, 1 / n), size=n_resamples)
    flat = weights @ counts.reshape(n, -1)
    return flat.reshape(n_resamples, *counts.shape[1:])


def bootstrap_interval(counts, score, n_resamples, confidence, random_state):
    """Give the percentile interval of ``score`` over resampled groups.

    Parameters
    ----------
    counts : ndarray of shape (n_groups, ...)
        Summed counts of each group, in which `score` is a function of their sum.
    score : callable
        Maps counts of shape (n_resamples, ...) to an array (n_resamples,) or
        (n_resamples, n_scores).
    n_resamples : int
    confidence : float
    random_state : int

    Returns
    -------
    low, high : float or ndarray of shape (n_scores,)
    """
    rng = np.random.default_rng(random_state)
    values = score(_resample(counts, n_resamples, rng))
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail], axis=0)
    return low, high


def paired_difference(counts_a, counts_b, score, n_resamples, confidence, random_state):
    """Compare two methods on the same groups.

    Both methods see the same resamples.  The p-value is that of a randomisation test:
    under the hypothesis that the methods are alike, their results on a subject may be
    swapped.

    Returns
    -------
    difference, low, high, p_value : arrays or floats
        ``score(b) - score(a)``, its percentile interval, and the two-sided p-value.
    """
    rng = np.random.default_rng(random_state)
    total = score(np.stack([counts_a.sum(axis=0), counts_b.sum(axis=0)]))
    difference = total[1] - total[0]
    both = np.stack([counts_a, counts_b], axis=1)
    drawn = _resample(both, n_resamples, rng)
    values = score(drawn[:, 1]) - score(drawn[:, 0])
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail], axis=0)
    swap = rng.integers(0, 2, size=(n_resamples, len(counts_a))).astype(float)
    shape = counts_a.shape[1:]
    change = (counts_b - counts_a).reshape(len(counts_a), -1)
    moved = (swap @ change).reshape(n_resamples, *shape)
    null = score(counts_b.sum(axis=0) - moved) - score(counts_a.sum(axis=0) + moved)
    extreme = np.abs(null) >= np.abs(difference) - 1e-12
    p_value = (extreme.sum(axis=0) + 1) / (n_resamples + 1)
    return difference, low, high, p_value
