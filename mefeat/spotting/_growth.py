"""Peaks of one curve, grown to intervals, and their union across curves."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.signal import find_peaks

__all__ = ["Peak", "curve_peaks", "unite"]


@dataclass(frozen=True, slots=True)
class Peak:
    """A peak of one curve: where it begins, is highest and ends, in frames."""

    onset: float
    apex: int
    offset: float
    height: float
    strength: float  # height over the curve's threshold
    curve: int


def curve_peaks(
    curve, threshold, curve_index, *, prominence, distance, span, growth, extent
):
    """Find the peaks of a curve without gaps; its first and last value are none.

    Parameters
    ----------
    curve : ndarray of shape (n_frames,)
    threshold : float
        Above 0; what a peak has to reach.
    curve_index : int
        Stored in the peaks.
    prominence : float
        Least prominence, as a share of the height; two maxima with a shallower
        valley between them are one peak.
    distance : int
        Least distance between two peaks, in frames.
    span : int
        Frames that a peak may reach out on either side.
    growth : float
        Level, as a share of peak to valley, at which the interval ends.
    extent : int or None
        Frames on either side of the peak that make up the interval, instead of growth.

    Returns
    -------
    list of Peak
    """
    places, _ = find_peaks(curve, height=threshold, distance=distance)
    if len(places) == 0:
        return []
    places = _prominent(curve, places, prominence, span)
    peaks = []
    for number, apex in enumerate(places):
        first = 0 if number == 0 else places[number - 1]
        last = len(curve) - 1 if number + 1 == len(places) else places[number + 1]
        left = curve[max(first, apex - span) : apex + 1][::-1]
        right = curve[apex : min(last, apex + span) + 1]
        height = curve[apex]
        before = _reach(left, growth) if extent is None else extent
        after = _reach(right, growth) if extent is None else extent
        peaks.append(
            Peak(
                onset=apex - before,
                apex=int(apex),
                offset=apex + after,
                height=float(height),
                strength=float(height / threshold),
                curve=curve_index,
            )
        )
    return peaks


def _prominent(curve, places, share, span):
    """Drop, lowest first, the maxima without a deep valley towards a higher one."""
    kept = [int(place) for place in places]
    heights = [float(curve[place]) for place in kept]
    valleys = [float(curve[a : b + 1].min()) for a, b in pairwise(kept)]

    def depth(i):
        return _prominence(kept, heights, valleys, i, span) / heights[i]

    depths = [depth(i) for i in range(len(kept))]
    while len(kept) > 1 and min(depths) < share:
        worst = depths.index(min(depths))
        del kept[worst], heights[worst], depths[worst]
        # The valleys on both sides become one.
        around = valleys[max(0, worst - 1) : worst + 1]
        inside = 0 < worst < len(kept)
        valleys[max(0, worst - 1) : worst + 1] = [min(around)] if inside else []
        for i in (worst - 1, worst):
            if 0 <= i < len(kept):
                depths[i] = depth(i)
    return kept


def _prominence(kept, heights, valleys, i, span):
    """Height of a maximum over the higher valley towards higher neighbours."""
    height, found = heights[i], -np.inf
    for j, between in ((i - 1, i - 1), (i + 1, i)):
        if (
            0 <= j < len(kept)
            and abs(kept[j] - kept[i]) <= span
            and heights[j] >= height
        ):
            found = max(found, valleys[between])
    return height - found


def _reach(side, growth):
    """Frames from the peak, ``side[0]``, to where its flank ends.

    The flank is taken for half a period of a raised cosine through the points where
    the curve crosses a quarter and three quarters of peak to valley; it is followed
    down to the share `growth` of peak to valley, yet never beyond the valley.
    """
    valley = int(side.argmin())
    level, height = float(side[valley]), float(side[0])
    if valley == 0 or height <= level:
        return 0.0
    share = ((side[: valley + 1] - level) / (height - level)).tolist()
    outer = next(i for i, value in enumerate(share) if value <= 0.25)
    inner = outer - 1
    while share[inner] < 0.75:
        inner -= 1
    quarter = outer - _fraction(share[outer], share[outer - 1], 0.25)
    three = inner + 1 - _fraction(share[inner + 1], share[inner], 0.75)
    # A raised cosine is at 3/4 after a third of its flank, at 1/4 after two thirds.
    where = 2 / np.pi * np.arccos(np.sqrt(growth))
    end = three + (quarter - three) * (3 * where - 1)
    return float(min(max(end, 0.0), valley))


def _fraction(low, high, level):
    """Share of a step back from `low` to `high` at which `level` is crossed."""
    return 0.0 if high <= low else (level - low) / (high - low)


def unite(peaks, overlap, overlap_of="shorter"):
    """Group peaks of several curves that belong to one movement.

    Two groups become one where their common time makes up more than `overlap` of the
    shorter one, or of their union.  The ends of a group are the medians of its
    members' ends, weighted by strength.

    Parameters
    ----------
    peaks : sequence of Peak
    overlap : float
    overlap_of : {"shorter", "union"}

    Returns
    -------
    list of (onset, offset, members)
        Sorted by onset.
    """
    groups = [(p.onset, p.offset, [p]) for p in sorted(peaks, key=lambda p: p.onset)]
    changed = True
    while changed:
        changed, out = False, []
        for group in groups:
            for place in range(len(out) - 1, -1, -1):
                if _common(out[place], group, overlap_of) > overlap:
                    members = out.pop(place)[2] + group[2]
                    group = (*_ends(members), members)
                    changed = True
                    break
            out.append(group)
        groups = sorted(out, key=lambda g: (g[0], g[1]))
    return groups


def _common(a, b, share_of):
    common = min(a[1], b[1]) - max(a[0], b[0]) + 1
    lengths = a[1] - a[0] + 1, b[1] - b[0] + 1
    return common / (min(lengths) if share_of == "shorter" else sum(lengths) - common)


def _ends(members):
    weights = np.array([p.strength for p in members])
    onset = _weighted_median(np.array([p.onset for p in members]), weights)
    offset = _weighted_median(np.array([p.offset for p in members]), weights)
    return onset, max(onset, offset)


def _weighted_median(values, weights):
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
