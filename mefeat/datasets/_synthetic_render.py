"""Drawing of synthetic frames: one warp of the face's picture for each frame."""

import numpy as np

from mefeat.datasets._synthetic_events import drift, light
from mefeat.datasets._synthetic_faces import OVERSAMPLING
from mefeat.datasets._synthetic_fields import (
    action_units,
    head_fields,
    own_smile,
    peak,
)
from mefeat.io._opencv import import_cv2

__all__ = ["Actor", "render"]

_MACRO_GAIN = 3.0  # how much stronger a macro-expression is
_UPPER_LIDS = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133),
    (362, 398, 384, 385, 386, 387, 388, 466, 263),
)
_LOWER_LIDS = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133),
    (362, 382, 381, 380, 374, 373, 390, 249, 263),
)


class _Eye:
    """One eye in the picture: how its lid comes down.

    The lid's edge moves from the upper to the lower contour; the skin between the
    brow and the edge is stretched, what lies below the edge is covered.
    """

    def __init__(self, texture, points, side):
        distance = np.hypot(*(points[263, :2] - points[33, :2])) * OVERSAMPLING
        upper = self._contour(points, _UPPER_LIDS[side])
        lower = self._contour(points, _LOWER_LIDS[side])
        self.fold = 0.14 * distance
        height, width = texture.shape[:2]
        x0 = int(np.clip(upper[0, 0], 0, width - 2))
        x1 = int(np.clip(upper[-1, 0], x0 + 2, width))
        y0 = int(np.clip(upper[:, 1].min() - self.fold, 0, height - 2))
        y1 = int(np.clip(lower[:, 1].max() + 0.05 * distance, y0 + 2, height))
        self.window = slice(y0, y1), slice(x0, x1)
        self.source = texture[self.window].copy()
        self.columns = np.arange(x1 - x0, dtype=np.float32)[None]
        self.rows = np.arange(y1 - y0, dtype=np.float32)[:, None]
        place = np.arange(x0, x1)
        self.upper = np.interp(place, upper[:, 0], upper[:, 1]) - y0
        lower = np.interp(place, lower[:, 0], lower[:, 1]) - y0
        self.gap = np.maximum(lower - self.upper, 0)
        self.edge = 0.004 * distance

    @staticmethod
    def _contour(points, indices):
        contour = (points[list(indices), :2] + 0.5) * OVERSAMPLING - 0.5
        return contour[np.argsort(contour[:, 0], kind="stable")]

    def close(self, texture, share):
        """Draw the eye into `texture`, its lid down by `share` of the opening."""
        cv2 = import_cv2()
        if share <= 0:
            texture[self.window] = self.source
            return
        skin = self.upper + self.edge  # the lashes belong to the lid
        edge = skin + share * self.gap
        top = self.upper - self.fold
        above = top + (self.rows - top) * ((skin - top) / (edge - top))
        moved = np.where(self.rows < top, self.rows, above).astype(np.float32)
        lid = cv2.remap(
            self.source,
            np.broadcast_to(self.columns, moved.shape).astype(np.float32),
            moved,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        cover = np.clip(edge - self.rows + 0.5, 0, 1)
        cover = cv2.GaussianBlur(cover.astype(np.float32), (0, 0), 0.8)
        if self.source.ndim == 3:
            cover = cover[..., None]
        texture[self.window] = cover * lid + (1 - cover) * self.source


class Actor:
    """An identity ready to be drawn: its picture, the fields of its face, its eyes.

    Parameters
    ----------
    identity : Identity
    color : bool, default=True
        Draw in RGB instead of gray.

    Attributes
    ----------
    scale : float
        Pixels of this face for a pixel on a 256-pixel face.
    """

    def __init__(self, identity, color=True):
        cv2 = import_cv2()
        self.identity = identity
        self.texture = identity.texture
        if not color:
            self.texture = cv2.cvtColor(identity.texture, cv2.COLOR_RGB2GRAY)
        self.texture = self.texture.astype(np.float32)
        self.scale = identity.size / 256
        grid, points = identity.grid, identity.points
        self.units = action_units(grid, points)
        if identity.smile is not None:
            self.units["own smile"] = own_smile(grid, points, identity.smile)
        self.head = head_fields(grid, points)
        self.eyes = [_Eye(self.texture, points, side) for side in (0, 1)]

    def expression(self, event):
        """Give the field of an expression, largest displacement 1.

        A person's own smile, where it is known, takes the place of the lip corner
        puller: it is what that unit looks like on this face.
        """
        total = 0.0
        for name, (left, right) in event.sides.items():
            own = name == "lip corner puller" and "own smile" in self.units
            fields = self.units["own smile" if own else name]
            total = total + np.float32(left) * fields[0] + np.float32(right) * fields[1]
        return total / peak(total)

    def peak_pixels(self, event, amplitude):
        """Give the largest displacement of an expression in pixels of the frame."""
        low, high = amplitude
        pixels = (low + event.level * (high - low)) * self.scale
        return pixels * (_MACRO_GAIN if event.kind == "macro" else 1.0)


def _motion(actor, events, n_frames, amplitude, drifting):
    """Give fields and their coefficients for each frame, in pixels of the frames."""
    coefficients = np.zeros((n_frames, 6))
    if drifting is not None:
        coefficients += drifting
    columns, fields = [], []
    for event in events:
        if event.kind == "head":
            coefficients += event.profile(n_frames)[:, None] * event.turn
        elif event.kind in ("micro", "macro"):
            pixels = actor.peak_pixels(event, amplitude)
            columns.append(pixels * event.profile(n_frames))
            fields.append(actor.expression(event))
    columns = [*(actor.scale * coefficients).T, *columns]
    weights = np.stack(columns, axis=1).astype(np.float32)
    return np.stack([*actor.head, *fields]), weights


def _closure(events, n_frames):
    """Give the share by which the lids are down in each frame."""
    share = np.zeros(n_frames)
    for event in events:
        if event.kind == "blink":
            share = np.maximum(share, event.profile(n_frames))
    return np.where(share > 0.01, 1.05 * share, 0.0)


class _Light:
    """Gain and slope of the light in each frame; a constant light costs nothing."""

    def __init__(self, seed, n_frames, fps, events, size):
        self.gain, self.slope = light(seed, n_frames, fps, events)
        self.ramp = np.linspace(-1, 1, size[1], dtype=np.float32)

    def shine(self, frame, index):
        gain = self.gain[index] + self.slope[index] * self.ramp
        gain = gain.astype(np.float32)
        frame *= gain[:, None] if frame.ndim == 3 else gain


def render(actor, events, n_frames, fps, seeds, *, amplitude, noise, drifting, flicker):
    """Draw the frames of a video, one after the other.

    Parameters
    ----------
    actor : Actor
    events : list of Event
    n_frames : int
    fps : float
    seeds : sequence of three numpy.random.SeedSequence
        For drift, light and noise.
    amplitude : (float, float)
        Peak motion of micro-expressions in pixels on a 256-pixel face.
    noise : float
        Standard deviation of the sensor's noise, in gray levels.
    drifting, flicker : bool

    Yields
    ------
    ndarray of shape (height, width, 3) or (height, width), uint8
    """
    cv2 = import_cv2()
    height, width = size = actor.identity.grid.size
    moves = drift(seeds[0], n_frames, fps) if drifting else None
    fields, weights = _motion(actor, events, n_frames, amplitude, moves)
    shape = fields.shape[1:]
    fields = fields.reshape(len(fields), -1)
    lids = _closure(events, n_frames)
    lamp = None
    if flicker:
        pulses = [event for event in events if event.kind == "flicker"]
        lamp = _Light(seeds[1], n_frames, fps, pulses, size)
    sensor = np.random.default_rng(seeds[2])
    texture = actor.texture.copy()
    y, x = np.mgrid[:height, :width].astype(np.float32)
    places = np.stack([x, y], axis=-1) * OVERSAMPLING + 0.5 * (OVERSAMPLING - 1)
    for index in range(n_frames):
        if lids[index] > 0 or (index and lids[index - 1] > 0):
            for eye in actor.eyes:
                eye.close(texture, lids[index])
        active = np.flatnonzero(weights[index])
        move = weights[index, active] @ fields[active]
        move = cv2.resize(move.reshape(shape) * OVERSAMPLING, (width, height))
        frame = cv2.remap(
            texture, places - move, None, cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        if lamp is not None:
            lamp.shine(frame, index)
        if noise:
            grain = sensor.standard_normal((height, width), dtype=np.float32)
            grain *= np.float32(noise)
            frame += grain[..., None] if frame.ndim == 3 else grain
        np.rint(frame, out=frame)
        yield np.clip(frame, 0, 255, out=frame).astype(np.uint8)
