"""What happens when in a synthetic video: expressions, blinks, nods, light."""

from dataclasses import dataclass, field

import numpy as np

from mefeat.datasets._synthetic_fields import CLASS_UNITS

__all__ = ["THRESHOLD", "Event", "drift", "light", "mix_units", "plan_video"]

THRESHOLD = 0.05
"""An interval holds the frames in which its profile exceeds this share of the peak."""

# Share of a raised cosine's flank that lies above the threshold.
_VISIBLE = 1 - np.arccos(1 - 2 * THRESHOLD) / np.pi

MICRO_SECONDS = (0.2, 0.5)
_MACRO_SECONDS = (1.0, 3.0)
_BLINK_SECONDS = (0.2, 0.4)
_HEAD_SECONDS = (0.5, 1.2)
_LIGHT_SECONDS = (0.15, 0.5)
_GAP = 0.3  # least pause between two events, in seconds
_SECONDS_PER = {"micro": 4.0, "blink": 5.0, "head": 15.0, "macro": 15.0}


@dataclass
class Event:
    """Something that comes and goes.

    Attributes
    ----------
    kind : {"micro", "macro", "blink", "head", "flicker"}
    onset, apex, offset : int
        First frame above the threshold, frame of the peak (the first one of a peak
        that is held), last frame above the threshold.
    hold : int
        Frames for which the peak is held.
    level : float
        Uniform in [0, 1): where in its range the amplitude lies.
    label : str, optional
        Emotion.
    sides : dict of str to (float, float)
        Weights of the action units, left and right.
    turn : ndarray of shape (6,), optional
        Coefficients of the head's fields at the peak.
    """

    kind: str
    onset: int
    apex: int
    offset: int
    hold: int = 0
    level: float = 0.0
    label: str | None = None
    sides: dict = field(default_factory=dict)
    turn: np.ndarray | None = None

    def profile(self, n_frames):
        """Share of the peak in each frame: ndarray of shape (n_frames,)."""
        t = np.arange(n_frames, dtype=np.float64)
        last = self.apex + self.hold
        rise = (self.apex - self.onset + 0.5) / _VISIBLE
        fall = (self.offset - last + 0.5) / _VISIBLE
        before = np.clip((self.apex - t) / rise, 0, 1)
        after = np.clip((t - last) / fall, 0, 1)
        return 0.5 + 0.5 * np.cos(np.pi * np.maximum(before, after))


def _length(rng, seconds, fps):
    low, high = np.ceil(seconds[0] * fps - 1e-9), np.floor(seconds[1] * fps + 1e-9)
    return int(rng.integers(max(low, 3), max(high, 3) + 1))


def draw_micro(rng, fps):
    """Give (length, place of the apex) of a micro-expression in frames."""
    length = _length(rng, MICRO_SECONDS, fps)
    apex = int(np.rint((length - 1) * rng.uniform(0.35, 0.6)))
    return length, int(np.clip(apex, 1, length - 2))


def _draw(rng, kind, fps):
    """Give (length, apex, hold) of an event in frames."""
    if kind == "micro":
        return *draw_micro(rng, fps), 0
    if kind == "macro":
        length = _length(rng, _MACRO_SECONDS, fps)
        rise, fall = (rng.uniform(0.25, 0.35) * length for _ in range(2))
        return length, max(int(rise), 1), max(int(length - rise - fall) - 1, 0)
    if kind == "blink":
        length = _length(rng, _BLINK_SECONDS, fps)
        return length, max(int(0.35 * length), 1), round(0.03 * fps)
    length = _length(rng, _HEAD_SECONDS, fps)
    return length, int(length * rng.uniform(0.4, 0.6)), 0


def _counts(duration, n_micro):
    counts = {kind: round(duration / each) for kind, each in _SECONDS_PER.items()}
    counts["micro"] = max(counts["micro"], 1) if n_micro is None else n_micro
    return counts


def _place(rng, drawn, n_frames, fps):
    """Give the onsets of events in a random order, with random pauses between them.

    What does not fit is dropped, micro-expressions last of all.
    """
    gap = int(np.ceil(_GAP * fps))
    kept = list(drawn)
    while kept and sum(d[1][0] + gap for d in kept) + gap > n_frames:
        if kept[-1][0] == "micro":
            raise ValueError(
                f"a video of {n_frames / fps:g} s is too short for its "
                "micro-expressions: give a longer 'duration' or a smaller 'n_micro'."
            )
        kept.pop()
    slack = n_frames - sum(d[1][0] + gap for d in kept) - gap
    shares = rng.dirichlet(np.full(len(kept) + 1, 2.0))
    edges = np.floor(np.cumsum(shares)[:-1] * slack).astype(int)
    onset, placed = gap, []
    for place, index in enumerate(rng.permutation(len(kept))):
        kind, (length, apex, hold) = kept[index]
        start = onset + int(edges[place])
        placed.append(Event(kind, start, start + apex, start + length - 1, hold))
        onset += length + gap
    return placed


def mix_units(rng, label, traits):
    """Draw which action units show an emotion this time, and how strongly.

    Parameters
    ----------
    rng : numpy.random.Generator
    label : str
    traits : dict
        From `draw_traits`: the subject's habits.

    Returns
    -------
    dict of str to (float, float)
        Weights on the left and on the right side.
    """
    units = CLASS_UNITS[label]
    names = list(units)
    strengths = traits["strength"]
    chosen = [name for name in names if rng.random() < units[name][0]]
    if not chosen:
        chosen = [names[int(rng.integers(len(names)))]]
    sides = {}
    weaker = 1 - rng.uniform(0, 0.4)
    left_is_weaker = rng.random() < traits["left"]
    for name in chosen:
        weight = rng.uniform(*units[name][1:]) * strengths[name]
        pair = (weight * weaker, weight)
        sides[name] = pair if left_is_weaker else pair[::-1]
    if rng.random() < 0.25:  # a unit that belongs to another emotion comes along
        others = [n for u in CLASS_UNITS.values() for n in u if n not in names]
        stray = others[int(rng.integers(len(others)))]
        sides[stray] = (rng.uniform(0.1, 0.3),) * 2
    return sides


def draw_traits(rng):
    """Draw a subject's habits: strength of each unit, and the weaker side."""
    names = [name for units in CLASS_UNITS.values() for name in units]
    strength = {name: rng.uniform(0.6, 1.0) for name in names}
    return {"strength": strength, "left": rng.uniform(0.2, 0.8)}


def plan_video(seed, n_frames, fps, labels, traits, n_micro=None):
    """Draw all the events of a video; the switches of the caller drop some later.

    Parameters
    ----------
    seed : numpy.random.SeedSequence
    n_frames : int
    fps : float
    labels : sequence of str
        Emotions of the micro-expressions, in order; as many as there are.
    traits : dict
    n_micro : int, optional

    Returns
    -------
    list of Event, by onset
    """
    rng = np.random.default_rng(seed)
    counts = _counts(n_frames / fps, n_micro)
    drawn = [
        (kind, _draw(rng, kind, fps))
        for kind in ("micro", "blink", "macro", "head")
        for _ in range(counts[kind])
    ]
    events = _place(rng, drawn, n_frames, fps)
    names = iter(labels)
    every = list(CLASS_UNITS)
    for event in events:
        event.level = rng.random()
        if event.kind in ("micro", "macro"):
            draw = every[int(rng.integers(len(every)))]
            event.label = next(names) if event.kind == "micro" else draw
            event.sides = mix_units(rng, event.label, traits)
        elif event.kind == "head":
            event.turn = _turn(rng)
    return events + _light_changes(rng, n_frames, fps)


def micro_count(duration, n_micro):
    """Give the number of micro-expressions in a video of `duration` seconds."""
    return _counts(duration, n_micro)["micro"]


def _turn(rng):
    """Draw a nod, a shake or a tilt, in pixels on a 256-pixel face."""
    size = rng.uniform(1.5, 4.0) * rng.choice([-1, 1])
    kind = rng.choice(3, p=[0.5, 0.3, 0.2])
    turn = np.zeros(6)
    if kind == 0:
        turn[[1, 4]] = size, 0.4 * size
    elif kind == 1:
        turn[[0, 3]] = size, 0.4 * size
    else:
        turn[[2, 0]] = size, 0.3 * size
    return turn


def _light_changes(rng, n_frames, fps):
    """Draw short changes of the light, about one in ten seconds, at any time."""
    events = []
    for _ in range(max(round(n_frames / fps / 10), 1)):
        length = min(_length(rng, _LIGHT_SECONDS, fps), max(n_frames - 2, 3))
        start = int(rng.integers(0, max(n_frames - length, 0) + 1))
        apex, level = start + length // 2, rng.uniform(-1, 1)
        event = Event("flicker", start, apex, start + length - 1, 0, level)
        events.append(event)
    return events


def _waves(rng, n_frames, fps, low, high, n=6):
    """Give smooth noise of standard deviation 1: sinusoids of `low` to `high` hertz."""
    t = np.arange(n_frames) / fps
    frequency = rng.uniform(low, high, n)[:, None]
    phase = rng.uniform(0, 2 * np.pi, n)[:, None]
    return np.sqrt(2 / n) * np.sin(2 * np.pi * frequency * t + phase).sum(axis=0)


def drift(seed, n_frames, fps):
    """Give the slow, sub-pixel movements of a head that is held still.

    Returns
    -------
    ndarray of shape (n_frames, 6)
        Coefficients of the head's fields in pixels on a 256-pixel face.
    """
    rng = np.random.default_rng(seed)
    deviations = (0.35, 0.35, 0.20, 0.12, 0.12, 0.15)
    waves = [d * _waves(rng, n_frames, fps, 0.05, 0.5) for d in deviations]
    out = np.stack(waves, axis=1)
    return out - out[0]


def light(seed, n_frames, fps, events):
    """Give the light: overall gain, and its slope across the picture.

    Mains flicker that the frame rate folds to a lower frequency (0.4 %), slow changes
    (0.6 %), and the events of kind "flicker" (up to 6 %, from one side).

    Returns
    -------
    gain, slope : ndarray of shape (n_frames,)
    """
    rng = np.random.default_rng(seed)
    gain = 1 + 0.006 * _waves(rng, n_frames, fps, 0.05, 0.4)
    alias = abs(100 - fps * round(100 / fps)) + rng.uniform(0.0, 0.3)
    t = np.arange(n_frames) / fps
    gain += 0.004 * np.sin(2 * np.pi * alias * t + rng.uniform(0, 2 * np.pi))
    slope = np.zeros(n_frames)
    for event in events:
        size = np.sign(event.level) * (0.02 + 0.04 * abs(event.level))
        gain += size * event.profile(n_frames)
        slope += rng.uniform(-0.7, 0.7) * size * event.profile(n_frames)
    return gain, slope
