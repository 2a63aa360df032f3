"""MEAN's rules around its network: pseudo-labels before it, peaks after it."""

import numpy as np
from scipy.signal import find_peaks

from mefeat.intervals import Interval

__all__ = ["half_length", "intervals_of_scores", "pseudo_labels"]


def half_length(y):
    """Give k_p: half the mean of offset - onset over all intervals, rounded half up.

    Parameters
    ----------
    y : sequence of lists of Interval

    Returns
    -------
    int
        At least 1.
    """
    spans = [i.offset - i.onset for intervals in y for i in intervals]
    return max(1, int((np.mean(spans) + 1) / 2))


def pseudo_labels(n_frames, intervals, k_p):
    """Tell which frames begin a window of `k_p` frames that meets an interval.

    Returns
    -------
    ndarray of shape (n_frames,), float32
        1 where [i, i + k_p - 1] and any [onset, offset] have a frame in common.
    """
    labels = np.zeros(n_frames, dtype=np.float32)
    for interval in intervals:
        first = max(interval.onset - k_p + 1, 0)
        labels[first : max(interval.offset + 1, 0)] = 1
    return labels


def intervals_of_scores(scores, k_p, p):
    """Give the intervals [peak - k_p, peak + k_p] around the peaks of smoothed scores.

    Parameters
    ----------
    scores : array of shape (n_frames,)
    k_p : int
        Half the length of an interval, and least distance of two peaks, in frames.
    p : float
        The threshold is mean + p (max - mean).

    Returns
    -------
    list of Interval
        Not cut off at the video's ends, so that an onset may be negative.
    """
    width = 2 * k_p
    smooth = np.convolve(scores, np.full(width, 1 / width), mode="same")[: len(scores)]
    # In a video shorter than the box, "same" gives the length of the box.
    mean = smooth.mean()
    threshold = mean + p * (smooth.max() - mean)
    # Where nothing differs, the zeros around the video would make its middle a peak.
    if np.ptp(scores) == 0:
        return []
    peaks, _ = find_peaks(smooth, height=threshold, distance=k_p)
    return [
        Interval(
            int(peak) - k_p,
            int(peak) + k_p,
            apex=int(peak),
            score=float(smooth[peak]),
            kind="micro",
        )
        for peak in peaks
    ]
