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
    "explain",
    "filtered_curves",
    "judge_piece",
    "judge_signal",
    "margins",
    "searched",
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
    """Give the length of a piece and of the time on either side, in frames.

    A peak may reach out for `max_duration` on either side, and the intervals that are
    united with its own somewhat further.  Those who spot while frames arrive wait for
    it, so that no more of it is looked at than is needed.
    """
    longest = params["max_duration"] * fps
    brief = params["kinds"] == "micro"
    further = params["micro_duration"] * fps if brief else longest / 2
    length = max(1, round(longest / 4))
    return length, max(length, round(longest + further))


def spot_signal(signal, params):
    """Give the intervals of a whole signal."""
    return [found for found, reason in judge_signal(signal, params) if reason is None]


def explain(signal, params):
    """Give pairs (Interval, reason) of what is dropped, by onset; each time once."""
    judged = judge_signal(signal, params, explain=True)
    shown = [found for found, reason in judged if reason is None]
    out = []
    dropped = [pair for pair in judged if pair[1] is not None]
    for found, reason in sorted(dropped, key=lambda pair: -pair[0].length):
        if all(2 * _common_frames(found, other) <= found.length for other in shown):
            shown.append(found)
            out.append((found, reason))
    return sorted(out, key=lambda pair: pair[0].onset)


def judge_signal(signal, params, explain=False):
    """Give pairs of an interval of a whole signal and why it is dropped, or None.

    Parameters
    ----------
    signal : Signal
    params : dict
    explain : bool, default=False
        Whether what blinks and the head excuse is given as well.
    """
    curves, signed, names = filtered_curves(signal, params)
    levels = thresholds(curves, signed, signal.valid, params)
    length, around = margins(signal.fps, params)
    out = []
    for first, last in signal.spans():
        for start in range(first, last + 1, length):
            stop = min(start + length, last + 1)
            low, high = max(first, start - around), min(stop + around, last + 1)
            piece = slice(low, high)
            out += judge_piece(
                curves[piece],
                [parts[piece] for parts in signed],
                names,
                levels,
                (start - low, stop - low),
                low,
                signal.fps,
                params,
                explain,
            )
    return out


def judge_piece(curves, signed, names, levels, core, shift, fps, params, explain=False):
    """Give the intervals whose apex lies in the core of a piece, and what is dropped.

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
    explain : bool, default=False
        Whether what blinks and the head excuse is given as well.

    Returns
    -------
    list of (Interval, str or None)
        With the reason why it is dropped.
    """
    excuses = _excuses(curves, signed, names, params)
    peaks = {None: [], "blink": [], "head": []}
    for i in searched(names):
        if curves[:, i].max() >= levels[i]:
            for peak in _find(curves[:, i], levels[i], i, fps, params):
                peaks[_excuse(peak, names[i], excuses)].append(peak)
    judged = []
    for reason in peaks if explain else (None,):
        for group in unite(peaks[reason], params["overlap"], params["overlap_of"]):
            interval = _interval(group, fps, params)
            why = reason or _refusal(interval, group[2], len(curves), fps, params)
            judged.append((interval, why))
    return [
        (interval.shift(shift), why)
        for interval, why in _without_parts(judged)
        if core[0] <= interval.apex < core[1]
    ]


def _without_parts(judged):
    """Drop what lies by more than half in a stronger one of its kind that is given."""
    given = [interval for interval, why in judged if why is None]
    given.sort(key=lambda interval: -interval.score)
    parts = {
        id(weak)
        for i, weak in enumerate(given)
        if any(
            weak.kind == other.kind and 2 * _common_frames(weak, other) > weak.length
            for other in given[:i]
        )
    }
    return [(i, "part of another" if id(i) in parts else why) for i, why in judged]


def _common_frames(a, b):
    """Give the number of frames that two intervals share; negative for a gap."""
    return min(a.offset, b.offset) - max(a.onset, b.onset) + 1


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


def _excuse(peak, name, excuses):
    """Give what explains a peak: "blink", "head" or None."""
    lids, head = excuses
    inside = slice(max(0, int(peak.onset)), int(np.ceil(peak.offset)) + 1)
    share = 1.0 if name.startswith(_NEAR_EYES) else _FAR_SHARE
    if peak.height < share * lids[inside].max():
        return "blink"
    if len(head):
        leaked = np.sqrt((np.ptp(head[:, inside], axis=1) ** 2).sum())
        if peak.height < leaked:
            return "head"
    return None


def _interval(group, fps, params):
    onset, offset, members = group
    onset, offset = round(onset), round(offset)
    brief = (offset - onset + 1) / fps <= params["micro_duration"]
    apex = max(members, key=lambda p: p.strength).apex
    apex = min(max(apex, onset), offset)
    score = sum(p.strength for p in members)
    kind = "micro" if brief else "macro"
    return Interval(onset, offset, apex=apex, score=score, kind=kind)


def _refusal(interval, members, n_frames, fps, params):
    """Give why an interval of a piece is dropped, or None."""
    if len({p.curve for p in members}) < params["min_channels"]:
        return "few regions"
    seconds = interval.duration(fps)
    if seconds < params["min_duration"]:
        return "too short"
    if seconds > params["max_duration"]:
        return "too long"
    # No interval with its apex in the core comes near an end of the piece, unless the
    # face is there no longer.
    edge = round(params["edge"] * fps)
    seen = interval.onset >= edge and interval.offset <= n_frames - 1 - edge
    if edge and not seen:
        return "not seen whole"
    if params["kinds"] not in (interval.kind, "both"):
        return interval.kind
    return None
