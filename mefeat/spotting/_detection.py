"""From curves of strength to intervals, in pieces of fixed length.

A long signal is searched piece by piece, each with the time around it that its peaks
may depend on.  So the same intervals come out whether the signal is there at once or
arrives bit by bit, as long as the thresholds do not depend on the whole.
"""

import numpy as np

from mefeat.intervals import Interval
from mefeat.spotting._curves import noise_level, strength_curves
from mefeat.spotting._growth import curve_peaks, unite

__all__ = [
    "filtered_curves",
    "margins",
    "searched",
    "spot_piece",
    "spot_signal",
    "thresholds",
]

# Movements here are shaken by the eyelids, so that a blink shows in them too.
_NEAR_EYES = ("brow",)

# A flow that smooths carries a blink further; this share of it reaches the rest.
_FAR_SHARE = 1 / 3

# Channels that only explain what others show.
_SERVANTS = ("eye", "head")


def searched(names):
    """Give the places of the curves in which peaks are looked for."""
    return [i for i, name in enumerate(names) if not name.startswith(_SERVANTS)]


def filtered_curves(signal, params):
    """Give curves, signed components and names; see `strength_curves`."""
    return strength_curves(signal, params["band"], params["baseline"], params["box"])


def thresholds(curves, signed, valid, params):
    """Give the highest of the thresholds given, for each curve.

    Returns
    -------
    list of float
        Infinite where there is no face.
    """
    return [
        _threshold(curves[:, i], parts, valid, params) for i, parts in enumerate(signed)
    ]


def _threshold(curve, signed, valid, params):
    if not valid.any():
        return np.inf
    candidates = [float(np.finfo(np.float32).eps)]
    if params["height"] is not None:
        candidates.append(params["height"])
    if params["noise"] is not None:
        candidates.append(params["noise"] * noise_level(signed, valid))
    if params["p"] is not None:
        inside = curve[valid]
        mean = inside.mean()
        candidates.append(float(mean + params["p"] * (inside.max() - mean)))
    return max(candidates)


def margins(fps, params):
    """Give the length of a piece and of the time around it, in frames."""
    length = max(1, round(params["max_duration"] * fps))
    return length, 2 * length


def spot_signal(signal, params):
    """Give the intervals of a whole signal."""
    curves, signed, names = filtered_curves(signal, params)
    levels = thresholds(curves, signed, signal.valid, params)
    length, around = margins(signal.fps, params)
    out = []
    for first, last in signal.spans():
        for start in range(first, last + 1, length):
            stop = min(start + length, last + 1)
            low, high = max(first, start - around), min(stop + around, last + 1)
            piece = slice(low, high)
            out += spot_piece(
                curves[piece],
                [parts[piece] for parts in signed],
                names,
                levels,
                (start - low, stop - low),
                low,
                signal.fps,
                params,
            )
    return out


def spot_piece(curves, signed, names, levels, core, shift, fps, params):
    """Give the intervals whose apex lies in the core of a piece.

    Parameters
    ----------
    curves, signed, names
        Of the piece with the time around it; see `strength_curves`.
    levels : list of float
        Threshold of each curve.
    core : (int, int)
        First frame of the core and the one after its last, within the piece.
    shift : int
        Frame of the video at which the piece begins.
    fps : float
    params : dict
        Checked parameters of `PeakSpotter`.

    Returns
    -------
    list of Interval
    """
    excuses = _excuses(curves, signed, names, params)
    peaks = []
    for i in searched(names):
        if curves[:, i].max() >= levels[i]:
            found = _find(curves[:, i], levels[i], i, fps, params)
            peaks += [p for p in found if not _is_excused(p, names[i], excuses)]
    # No interval with its apex in the core comes near an end of the piece, unless the
    # face is there no longer.
    edge = round(params["edge"] * fps)
    last = len(curves) - 1
    groups = unite(peaks, params["overlap"], params["overlap_of"])
    return [
        interval.shift(shift)
        for interval in _intervals(groups, fps, params)
        if core[0] <= interval.apex < core[1]
        and (edge == 0 or (interval.onset >= edge and interval.offset <= last - edge))
    ]


def _find(curve, threshold, index, fps, params):
    extent = params["extent"]
    return curve_peaks(
        curve,
        threshold,
        index,
        prominence=params["prominence"],
        distance=max(1, round(params["distance"] * fps)),
        span=max(1, round(params["max_duration"] * fps)),
        growth=params["growth"],
        extent=None if extent is None else round(extent * fps),
    )


def _excuses(curves, signed, names, params):
    """Give what a blink leaks into the brows, and what the head leaks anywhere."""
    eyes = [i for i, name in enumerate(names) if name.startswith("eye")]
    head = [i for i, name in enumerate(names) if name.startswith("head")]
    lids = np.zeros(len(curves))
    if eyes and params["blink"] is not None:
        lids = curves[:, eyes].max(axis=1)
        lids = np.where(lids >= params["blink"], params["blink_leak"] * lids, 0)
    moved = [part for i in head for part in signed[i].T]
    return lids, params["head_leak"] * np.array(moved)


def _is_excused(peak, name, excuses):
    lids, head = excuses
    inside = slice(max(0, int(peak.onset)), int(np.ceil(peak.offset)) + 1)
    leaked = 0.0
    if len(head):
        leaked = np.sqrt((np.ptp(head[:, inside], axis=1) ** 2).sum())
    share = 1.0 if name.startswith(_NEAR_EYES) else _FAR_SHARE
    return peak.height < max(leaked, share * lids[inside].max())


def _intervals(groups, fps, params):
    out = []
    for onset, offset, members in groups:
        if len({p.curve for p in members}) < params["min_channels"]:
            continue
        onset, offset = round(onset), round(offset)
        seconds = (offset - onset + 1) / fps
        if not params["min_duration"] <= seconds <= params["max_duration"]:
            continue
        kind = "micro" if seconds <= params["micro_duration"] else "macro"
        if params["kinds"] not in (kind, "both"):
            continue
        apex = max(members, key=lambda p: p.strength).apex
        apex = min(max(apex, onset), offset)
        score = sum(p.strength for p in members)
        out.append(Interval(onset, offset, apex=apex, score=score, kind=kind))
    return out
