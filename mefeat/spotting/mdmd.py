"""`MDMDSignal`: main directional maximal difference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mefeat._validation import check_int
from mefeat.base import ClipTransformer
from mefeat.flow import optical_flow
from mefeat.spotting._needs import frames_per_second
from mefeat.spotting._peers import (
    around,
    block_edges,
    check_peer_params,
    contrast,
    crops,
    strongest,
)
from mefeat.spotting._signal import Signal

__all__ = ["MDMDSignal"]


class MDMDSignal(ClipTransformer):
    """Measure movements that have come and will have gone a moment later.

    For frame i, the flow from frame i - k to i is compared with that from i - k to
    i + k: a micro-expression has moved by its apex and is gone again soon after.  In
    each block of the face the direction that most vectors of the first flow share is
    taken; the differences of length along it are averaged over the largest ones, and
    these over the strongest blocks.

    Parameters
    ----------
    fps : float, optional
        Frames per second; by default each clip's own.
    interval : float, default=0.4
        k in seconds: about half of the longest movement that is looked for (0.4 for
        micro-expressions, 1.3 for macro-expressions).
    n_blocks : (int, int), default=(6, 6)
        Rows and columns.
    n_directions : int, default=4
        Equal sectors of the full circle.
    strongest : float, default=1/3
        Share of the differences, and of the blocks, that is averaged.
    face_size : int, default=128
        Size in pixels to which the face is brought.
    pick : {"largest", "center"}, int or callable, default="largest"
        Which of several faces; see `FaceMesh`.
    flow : {"lk", "farneback", "dis", "tvl1"}, default="lk"
        Method of `optical_flow`.
    memory : None, str or joblib.Memory, default=None
        Cache of the signals.
    n_jobs : int, optional
        Videos treated at the same time.

    Notes
    -----
    The crop is that of the video's first face and stays fixed.  The signal's one
    channel, ``mdmd``, is in pixels of the crop: the strength of each frame less the
    mean of those k - 1 frames before and after.  It is 0 where there are not k frames
    on both sides.  Search it with ``PeakSpotter(band=(None, None), baseline=None,
    height=None, noise=None, p=...)``.

    A published script takes directions by ``atan(u / v)``, which knows only half of
    the circle; here they are those of ``atan2(v, u)``.

    References
    ----------
    .. [1] Wang, S.-J., Wu, S., Qian, X., Li, J., Fu, X.: A main directional maximal
       difference analysis for spotting facial movements from long-term videos.
       Neurocomputing 230, 2017.
    .. [2] He, Y., Wang, S.-J., Li, J., Yap, M.H.: Spotting macro- and micro-expression
       intervals in long video sequences.  FG, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> from mefeat.spotting import MDMDSignal
    >>> still = np.full((30, 80, 80), 99, dtype=np.uint8)
    >>> marks = 20 + 40 * np.random.default_rng(0).random((68, 2))
    >>> clip = Clip(still, fps=30, landmarks=marks)
    >>> MDMDSignal().fit_transform([clip])[0]
    Signal(30 frames, 1 channels, 30 fps, 100% valid)
    """

    def __init__(
        self,
        fps: float | None = None,
        *,
        interval: float = 0.4,
        n_blocks: tuple[int, int] = (6, 6),
        n_directions: int = 4,
        strongest: float = 1 / 3,
        face_size: int = 128,
        pick: str | int | Callable[..., Any] = "largest",
        flow: str = "lk",
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.fps = fps
        self.interval = interval
        self.n_blocks = n_blocks
        self.n_directions = n_directions
        self.strongest = strongest
        self.face_size = face_size
        self.pick = pick
        self.flow = flow
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        owner = type(self).__name__
        return {
            **check_peer_params(self),
            "n_directions": check_int(
                "n_directions", self.n_directions, low=1, owner=owner
            ),
        }

    @staticmethod
    def _transform_one(
        clip, fps, interval, n_blocks, n_directions, share, face_size, pick, flow
    ):
        fps = frames_per_second(clip, fps, "MDMDSignal")
        reach = max(2, round(interval * fps))
        values = np.zeros(len(clip))
        last = None
        for index, before, now, after in around(crops(clip, face_size, pick), reach):
            flows = optical_flow(before, np.stack([now, after]), method=flow)
            values[index] = _strength(*flows, n_blocks, n_directions, share)
            last = index
        if last is not None:
            inside = slice(reach, last + 1)
            values[inside] = contrast(values[inside], reach - 1)
        return Signal(values, fps, ("mdmd",), face_size)


def _strength(first, second, n_blocks, n_directions, share):
    """Give the main directional maximal difference of two flows (height, width, 2)."""
    length = np.hypot(first[..., 0], first[..., 1])
    difference = length - np.hypot(second[..., 0], second[..., 1])
    angle = np.arctan2(first[..., 1], first[..., 0])
    sector = np.floor((angle + np.pi) / (2 * np.pi) * n_directions).astype(np.int64)
    sector %= n_directions  # the angle pi itself
    rows = block_edges(first.shape[0], n_blocks[0])
    columns = block_edges(first.shape[1], n_blocks[1])
    blocks = []
    for i in range(n_blocks[0]):
        for j in range(n_blocks[1]):
            part = slice(rows[i], rows[i + 1]), slice(columns[j], columns[j + 1])
            counts = np.bincount(sector[part].ravel(), minlength=n_directions)
            main = sector[part] == counts.argmax()
            blocks.append(strongest(difference[part][main], share))
    return strongest(blocks, share)
