"""Fixtures of the tests of features."""

import numpy as np
import pytest


@pytest.fixture
def known_flow(monkeypatch):
    """Put a flow of one's choice in the place of the estimated one.

    ``known_flow(flow)`` makes the flow between any two frames be `flow`, of shape
    (height, width, 2); ``known_flow(flows)``, of shape (n, height, width, 2), gives
    the flows from the first frame to the later ones in turn.
    """

    def install(flows):
        flows = np.asarray(flows, dtype=np.float32)
        served = iter(flows if flows.ndim == 4 else ())

        def fake(reference, moving, **options):
            n = len(moving) if moving.ndim == 3 else 1
            made = [next(served) if flows.ndim == 4 else flows for _ in range(n)]
            return np.stack(made) if moving.ndim == 3 else made[0].copy()

        monkeypatch.setattr("mefeat.features._motion.optical_flow", fake)
        shape = flows.shape[-3:-1]
        n_frames = 1 + (len(flows) if flows.ndim == 4 else 3)
        return np.zeros((n_frames, *shape), dtype=np.uint8)

    return install


@pytest.fixture
def moved_texture():
    """Two frames, the second moved by (dx, dy) whole pixels."""
    from skimage.data import camera

    def move(dx, dy, size=96):
        picture = camera()
        y, x = 100, 190  # inside, so that the border moves as well
        first = picture[y : y + size, x : x + size]
        second = picture[y - dy : y - dy + size, x - dx : x - dx + size]
        return np.stack([first, second])

    return move
