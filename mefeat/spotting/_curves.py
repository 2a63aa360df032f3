"""From motion signals to curves of strength: smoothing, baseline, noise.

Everything here is local in time, with a reach given by `reach`, so that a signal may
be treated in pieces.
"""

import numpy as np
from scipy.ndimage import correlate1d, median_filter, uniform_filter1d

from mefeat.spotting._signal import pair_channels

__all__ = [
    "anchor_step",
    "low_pass",
    "moving_baseline",
    "moving_mean",
    "noise_level",
    "reach",
    "strength_curves",
]

# A Gaussian of standard deviation s [seconds] halves the power at
# sqrt(ln 2) / (2 pi s) Hz.
_HALF_POWER = np.sqrt(np.log(2.0)) / (2 * np.pi)

# Steps a second in which the baseline is estimated.
_BASELINE_RATE = 10.0


def _half_width(fps, cutoff):
    return max(1, int(np.ceil(4 * _HALF_POWER / cutoff * fps)))


def low_pass(values, fps, cutoff):
    """Smooth along the first axis with a Gaussian that halves the power at `cutoff`.

    Parameters
    ----------
    values : ndarray of shape (n_frames, ...)
    fps : float
    cutoff : float or None
        In Hz; None, or at least half of `fps`, leaves the values as they are.

    Returns
    -------
    ndarray of the same shape, float64
    """
    values = np.asarray(values, dtype=np.float64)
    if cutoff is None or cutoff >= fps / 2:
        return values.copy()
    sigma = _HALF_POWER / cutoff * fps
    offsets = np.arange(-_half_width(fps, cutoff), _half_width(fps, cutoff) + 1)
    kernel = np.exp(-0.5 * (offsets / sigma) ** 2)
    return correlate1d(values, kernel / kernel.sum(), axis=0, mode="nearest")


def moving_mean(values, fps, seconds):
    """Smooth along the first axis with a box; beyond the ends the values are 0.

    Returns
    -------
    ndarray of the same shape, float64
    """
    size = max(1, round(seconds * fps))
    # For an even box the extra sample lies after the centre, as in np.convolve(...,
    # mode="same").
    origin = -1 if size % 2 == 0 else 0
    return uniform_filter1d(
        np.asarray(values, dtype=np.float64),
        size,
        axis=0,
        mode="constant",
        origin=origin,
    )


def anchor_step(fps):
    """Frames between two estimates of the baseline."""
    return max(1, round(fps / _BASELINE_RATE))


def moving_baseline(values, fps, seconds):
    """Give the moving median over `seconds`, in steps of a tenth of a second.

    The median ignores any movement that fills less than half of its window; between
    the steps it is interpolated linearly.

    Returns
    -------
    ndarray of the same shape, float64
    """
    n_frames = len(values)
    step = anchor_step(fps)
    n_steps = -(-n_frames // step)
    padded = np.pad(
        values, [(0, n_steps * step - n_frames)] + [(0, 0)] * (values.ndim - 1), "edge"
    )
    means = padded.reshape(n_steps, step, *values.shape[1:]).mean(axis=1)
    size = _baseline_size(fps, seconds)
    medians = median_filter(means, (size,) + (1,) * (values.ndim - 1), mode="nearest")
    centres = np.arange(n_steps) * step + (step - 1) / 2
    frames = np.arange(n_frames)
    flat = medians.reshape(n_steps, -1)
    out = [np.interp(frames, centres, column) for column in flat.T]
    return np.stack(out, axis=1).reshape(values.shape)


def _baseline_size(fps, seconds):
    step = anchor_step(fps)
    return 2 * round(seconds * fps / step / 2) + 1


def reach(fps, band, baseline):
    """Frames on either side on which a value of `strength_curves` depends."""
    frames = 0
    if band[1] is not None and band[1] < fps / 2:
        frames += _half_width(fps, band[1])
    if band[0] is not None:
        frames += _half_width(fps, band[0])
    if baseline is not None:
        step = anchor_step(fps)
        frames += (_baseline_size(fps, baseline) // 2 + 2) * step
    return frames


def strength_curves(signal, band, baseline, box=None):
    """Give the curves in which peaks are looked for.

    Parameters
    ----------
    signal : Signal
    band : (float or None, float or None)
        Lower and upper cut-off in Hz.
    baseline : float or None
        Seconds of the moving median that is subtracted; None subtracts nothing.
    box : float or None, default=None
        Seconds of a moving mean of the curves.

    Returns
    -------
    curves : ndarray of shape (n_frames, n_curves), float64
        Length of each displacement, or the plain value of a lone channel, after
        filtering; 0 where there is no face.
    signed : list of ndarray of shape (n_frames, 1 or 2), float64
        The filtered components behind each curve.
    names : tuple of str
    """
    filtered = np.zeros(signal.values.shape, dtype=np.float64)
    low, high = band
    for first, last in signal.spans():
        part = low_pass(signal.values[first : last + 1], signal.fps, high)
        if baseline is not None:
            part = part - moving_baseline(part, signal.fps, baseline)
        if low is not None:
            part = part - low_pass(part, signal.fps, low)
        filtered[first : last + 1] = part
    index = {name: i for i, name in enumerate(signal.channels)}
    curves, signed, names = [], [], []
    for name, members in pair_channels(signal.channels):
        parts = filtered[:, [index[m] for m in members]]
        curves.append(parts[:, 0] if len(members) == 1 else np.hypot(*parts.T))
        signed.append(parts)
        names.append(name)
    if box is not None:
        for first, last in signal.spans():
            span = slice(first, last + 1)
            curves = [c.copy() for c in curves]
            for curve in curves:
                curve[span] = moving_mean(curve[span], signal.fps, box)
    return np.stack(curves, axis=1), signed, tuple(names)


def noise_level(signed, valid):
    """Give the standard deviation of a component, from the median absolute deviation.

    Movements that fill less than half of the time leave it nearly unchanged; of a face
    that moves all the time, as in speech, it is the usual size of the movements.
    """
    parts = signed[valid]
    if len(parts) == 0:
        return 0.0
    deviation = np.abs(parts - np.median(parts, axis=0))
    return float(1.4826 * np.median(deviation, axis=0).mean())
