"""`sample_clips`: small clips for checks, textured, moving, with landmarks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mefeat.io import Clip

__all__ = ["sample_clips"]


def _face_points(size):
    """68 points in the layout of a frontal face that fills a square picture."""
    jaw_angle = np.linspace(-0.1, np.pi + 0.1, 17)
    jaw = [0.5 - 0.42 * np.cos(jaw_angle), 0.45 + 0.48 * np.sin(jaw_angle)]
    bow = np.array([0.0, -0.03, -0.04, -0.03, 0.0])
    brow_x = np.linspace(0.0, 0.24, 5)
    brows = [np.r_[0.18 + brow_x, 0.58 + brow_x], 0.3 + np.r_[bow, bow]]
    nose_x = [0.5] * 4 + [0.42, 0.46, 0.5, 0.54, 0.58]
    nose = [nose_x, [0.4, 0.46, 0.52, 0.58, 0.62, 0.63, 0.64, 0.63, 0.62]]
    eye_x = np.array([-0.07, -0.03, 0.03, 0.07, 0.03, -0.03])
    eye_y = np.array([0.0, -0.03, -0.03, 0.0, 0.025, 0.025])
    eyes = [np.r_[0.31 + eye_x, 0.69 + eye_x], 0.4 + np.r_[eye_y, eye_y]]
    outer = np.pi + np.arange(12) * np.pi / 6
    inner = np.pi + np.arange(8) * np.pi / 4
    lips_x = np.r_[0.14 * np.cos(outer), 0.1 * np.cos(inner)]
    lips_y = np.r_[0.06 * np.sin(outer), 0.025 * np.sin(inner)]
    parts = [jaw, brows, nose, eyes, [0.5 + lips_x, 0.77 + lips_y]]
    return np.concatenate([np.array(p, dtype=float) for p in parts], axis=1).T * size


def sample_clips(
    lengths: Sequence[int] = (9, 12, 10, 11),
    size: int = 48,
    landmarks: bool = True,
    random_state: int = 0,
) -> list[Clip]:
    """Make small clips for checks: a smooth texture that is stretched and let go.

    Parameters
    ----------
    lengths : sequence of int, default=(9, 12, 10, 11)
        Frames of each clip.
    size : int, default=48
        Height and width in pixels.
    landmarks : bool, default=True
        Give 68 landmarks in the layout of a frontal face.
    random_state : int, default=0

    Returns
    -------
    list of Clip
        At 30 frames per second, in turn of the subjects ``"a"`` and ``"b"``.

    Examples
    --------
    >>> from mefeat.testing import sample_clips
    >>> sample_clips()[0]
    Clip('sample0', 9 frames, 48x48, 30 fps, subject 'a')
    """
    rng = np.random.default_rng(random_state)
    points = _face_points(size) if landmarks else None
    y, x = np.mgrid[:size, :size] / size
    clips = []
    for index, length in enumerate(lengths):
        waves = rng.uniform(2, 9, (24, 2)) * rng.choice([-1, 1], (24, 2))
        phases, weights = rng.uniform(0, 6.28, 24), rng.uniform(0.5, 1, 24)
        strength = rng.uniform(0.5, 1.5) / size
        frames = []
        for amount in np.sin(np.linspace(0, np.pi, length)) ** 2:
            moved = y + strength * amount * np.sin(np.pi * x) * np.sin(np.pi * y)
            angle = 2 * np.pi * (waves[:, 0, None, None] * x + waves[:, 1, None, None]
                                 * moved) + phases[:, None, None]  # fmt: skip
            frames.append(np.tensordot(weights, np.sin(angle), 1))
        gray = 128 + 22 * np.stack(frames) + rng.normal(0, 1, (length, size, size))
        clips.append(
            Clip(
                np.clip(gray, 0, 255).astype(np.uint8),
                fps=30,
                subject="ab"[index % 2],
                name=f"sample{index}",
                landmarks=points,
            )
        )
    return clips
