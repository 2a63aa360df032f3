"""`FeatureDifference`: how much the look of the face differs from its surroundings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mefeat._validation import check_option
from mefeat.base import ClipTransformer
from mefeat.flow import optical_flow, optical_strain
from mefeat.spotting._needs import frames_per_second
from mefeat.spotting._peers import (
    around,
    block_edges,
    check_peer_params,
    chi_square,
    contrast,
    crops,
    strongest,
)
from mefeat.spotting._signal import Signal

__all__ = ["FeatureDifference"]


class FeatureDifference(ClipTransformer):
    """Compare the histograms of each frame with those shortly before and after it.

    The face is cut into blocks with one histogram each.  The chi-square distance of a
    block from the mean of its histograms k frames before and after is averaged over
    the strongest blocks; of each frame's value the mean of the values k frames before
    and after is subtracted, and what is negative then becomes 0.

    Parameters
    ----------
    fps : float, optional
        Frames per second; by default each clip's own.
    feature : {"lbp", "hog", "strain"}, default="lbp"
        Local binary patterns (8 neighbours, radius 3, uniform), gradient directions
        (8 bins, weighted by length) or the optical strain since k frames before
        (16 bins of its logarithm), which is 0 in that frame itself.
    interval : float, default=0.17
        k in seconds: half of the shortest movement's length or less.
    n_blocks : (int, int), default=(6, 6)
        Rows and columns.
    strongest : float, default=1/3
        Share of the blocks that is averaged.
    face_size : int, default=128
        Size in pixels to which the face is brought.
    pick : {"largest", "center"}, int or callable, default="largest"
        Which of several faces; see `FaceMesh`.
    flow : {"lk", "farneback", "dis", "tvl1"}, default="lk"
        Method of `optical_flow`, for strain.
    memory : None, str or joblib.Memory, default=None
        Cache of the signals.
    n_jobs : int, optional
        Videos treated at the same time.

    Notes
    -----
    The crop is that of the video's first face and stays fixed.  The signal's one
    channel has the name of the feature; it is 0 where there are not k frames on both
    sides.  Search it with ``PeakSpotter(band=(None, None), baseline=None, height=None,
    noise=None, p=0.15)``.

    References
    ----------
    .. [1] Moilanen, A., Zhao, G., Pietikäinen, M.: Spotting rapid facial movements
       from videos using appearance-based feature difference analysis.  ICPR, 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> from mefeat.spotting import FeatureDifference
    >>> still = np.full((30, 80, 80), 99, dtype=np.uint8)
    >>> marks = 20 + 40 * np.random.default_rng(0).random((68, 2))
    >>> clip = Clip(still, fps=30, landmarks=marks)
    >>> float(FeatureDifference().fit_transform([clip])[0].values.max())
    0.0
    """

    def __init__(
        self,
        fps: float | None = None,
        *,
        feature: str = "lbp",
        interval: float = 0.17,
        n_blocks: tuple[int, int] = (6, 6),
        strongest: float = 1 / 3,
        face_size: int = 128,
        pick: str | int | Callable[..., Any] = "largest",
        flow: str = "lk",
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.fps = fps
        self.feature = feature
        self.interval = interval
        self.n_blocks = n_blocks
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
            "feature": check_option(
                "feature", self.feature, ("lbp", "hog", "strain"), owner=owner
            ),
        }

    @staticmethod
    def _transform_one(
        clip, fps, feature, interval, n_blocks, share, face_size, pick, flow
    ):
        fps = frames_per_second(clip, fps, "FeatureDifference")
        reach = max(1, round(interval * fps))
        frames = crops(clip, face_size, pick)
        if feature == "strain":
            triples = _strain_triples(frames, reach, n_blocks, flow)
        else:
            describe = {"lbp": _lbp, "hog": _hog}[feature]
            triples = around((describe(frame, n_blocks) for frame in frames), reach)
        values, last = np.zeros(len(clip)), None
        for index, before, now, after in triples:
            distance = chi_square(now, (before + after) / 2)
            values[index] = strongest(distance, share)
            last = index
        if last is not None:
            inside = slice(reach, last + 1)
            values[inside] = np.maximum(contrast(values[inside], reach), 0)
        return Signal(values, fps, (feature,), face_size)


def _block_histograms(bins, weights, n_bins, n_blocks):
    """Give the histogram of each block, each summing to 1 (or 0)."""
    rows = np.repeat(
        np.arange(n_blocks[0]), np.diff(block_edges(len(bins), n_blocks[0]))
    )
    columns = np.repeat(
        np.arange(n_blocks[1]), np.diff(block_edges(bins.shape[1], n_blocks[1]))
    )
    place = (rows[:, None] * n_blocks[1] + columns) * n_bins + bins
    size = n_blocks[0] * n_blocks[1] * n_bins
    weights = None if weights is None else weights.ravel()
    counts = np.bincount(place.ravel(), weights=weights, minlength=size)
    counts = counts.reshape(-1, n_bins).astype(np.float64)
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)


def _lbp(image, n_blocks):
    from skimage.feature import local_binary_pattern

    codes = local_binary_pattern(image, 8, 3, method="nri_uniform")[3:-3, 3:-3]
    return _block_histograms(codes.astype(np.int64), None, 59, n_blocks)


def _hog(image, n_blocks, n_bins=8):
    dy, dx = np.gradient(image.astype(np.float64))
    angle = (np.arctan2(dy, dx) + np.pi) / (2 * np.pi)
    bins = np.floor(angle * n_bins).astype(np.int64) % n_bins
    return _block_histograms(bins, np.hypot(dx, dy), n_bins, n_blocks)


def _strain_triples(frames, reach, n_blocks, flow):
    """Yield (index, before, now, after): strain histograms since `reach` before.

    "Before" is the histogram of a face at rest.
    """
    rest = None
    for index, before, now, after in around(frames, reach):
        flows = optical_flow(before, np.stack([now, after]), method=flow)
        if rest is None:
            rest = _strain(np.zeros_like(flows[0]), n_blocks)
        yield index, rest, *(_strain(part, n_blocks) for part in flows)


def _strain(flow, n_blocks, n_bins=16):
    strain = optical_strain(flow)
    octave = np.log2(np.maximum(strain, 2.0**-8)) + 8  # 0 .. 8 for strain up to 1
    bins = np.minimum(octave * (n_bins / 8), n_bins - 1).astype(np.int64)
    return _block_histograms(bins, None, n_bins, n_blocks)
