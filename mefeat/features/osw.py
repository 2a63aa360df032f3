"""LBP-TOP weighted by optical strain (OSW)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mefeat._validation import check_option
from mefeat.features._blocks import block_limits, normalise
from mefeat.features._lbp import margins, plane_counts
from mefeat.features._motion import DERIVATIVES, check_flow_params
from mefeat.features.lbp_top import LBPTOP
from mefeat.features.optical_strain import pooled_strain

__all__ = ["OSWLBPTOP"]


class OSWLBPTOP(LBPTOP):
    """LBP-TOP whose appearance is weighted by optical strain.

    The histograms of the XY plane are multiplied by the mean strain of their block, so
    that blocks where the skin is deformed count more; those of the planes XT and YT,
    which show motion already, stay as they are.

    Parameters
    ----------
    n_neighbors, radii, n_blocks, overlap, mapping, sampling, border, norm, planes, \
time_padding
        As in :class:`LBPTOP`.
    derivative : {"central", "backward", "forward", "sobel"}, default="central"
        See :func:`~mefeat.flow.optical_strain`.
    method : {"lk", "farneback", "dis", "tvl1"}, default="lk"
        Method of :func:`~mefeat.flow.optical_flow`, from the first frame to each later
        one.
    prefilter : {None, "lcn"}, default=None
        Filter of the frames before the flow.
    memory : None, str or joblib.Memory, default=None
        Where the rows of clips are cached.
    n_jobs : int, default=None
        Number of joblib jobs over clips.

    See Also
    --------
    LBPTOP : Without weights.
    OpticalStrain : The strain itself; join both with
        :class:`~sklearn.pipeline.FeatureUnion`, as [1]_ does.

    Notes
    -----
    The weight of a block is the mean of the strain over its pixels and over all frames
    after the first, divided by the largest of the blocks, so weights lie in [0, 1].
    Blocks in time share their weight.  With ``norm="global"`` counts are weighted
    before they are divided by the sum of everything.  In a clip without motion the XY
    histograms are zeros.

    References
    ----------
    .. [1] S.-T. Liong, J. See, R. C.-W. Phan, Y.-H. Oh, A. C. Le Ngo, K. Wong and
       S.-W. Tan. "Spontaneous subtle expression detection and recognition based on
       facial strain". Signal Processing: Image Communication 47, 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.features import OSWLBPTOP
    >>> clip = np.random.default_rng(0).integers(0, 256, (8, 40, 40), dtype=np.uint8)
    >>> OSWLBPTOP(n_blocks=(2, 2, 1)).transform([clip]).shape
    (1, 708)
    """

    _min_frames = 2

    def __init__(
        self,
        n_neighbors: int | tuple[int, int, int] = 8,
        radii: tuple[int, int, int] = (1, 1, 1),
        n_blocks: tuple[int, int, int] = (5, 5, 1),
        overlap: float | tuple[float, float, float] = 0.0,
        mapping: str | tuple[str, str, str] = "u2",
        sampling: str = "bilinear",
        border: str = "axis",
        norm: str | None = "plane",
        planes: str | Sequence[str] = "all",
        time_padding: str | None = None,
        derivative: str = "central",
        method: str = "lk",
        prefilter: str | None = None,
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(
            n_neighbors=n_neighbors,
            radii=radii,
            n_blocks=n_blocks,
            overlap=overlap,
            mapping=mapping,
            sampling=sampling,
            border=border,
            norm=norm,
            planes=planes,
            time_padding=time_padding,
            memory=memory,
            n_jobs=n_jobs,
        )
        self.derivative = derivative
        self.method = method
        self.prefilter = prefilter

    def _check_params(self):
        return {
            **super()._check_params(),
            "derivative": check_option(
                "derivative", self.derivative, DERIVATIVES, owner="OSWLBPTOP"
            ),
            **check_flow_params(self),
        }

    @staticmethod
    def _transform_one(
        clip,
        *,
        n_blocks,
        overlap,
        mapping,
        norm,
        planes,
        derivative,
        method,
        prefilter,
        **params,
    ):
        blocks = plane_counts(clip, params, mapping, n_blocks, overlap, planes)
        if "xy" not in planes:
            return normalise(blocks, norm)
        strain = pooled_strain(
            clip,
            pooling="mean",
            clip_range=(0, 1),
            derivative=derivative,
            method=method,
            prefilter=prefilter,
        )
        margin = margins(params["radii"], params["border"])
        weights = block_weights(strain, margin, n_blocks, overlap, clip)
        blocks = [np.asarray(block, dtype=np.float64) for block in blocks]
        if norm == "plane":
            blocks = [_per_histogram(block) for block in blocks]
        blocks[0] = blocks[0] * weights[:, :, None]  # planes come in the order XY first
        return normalise(blocks, "global" if norm == "global" else None)


def _per_histogram(block):
    total = block.sum(axis=-1, keepdims=True)
    return np.divide(block, total, out=np.zeros_like(block), where=total > 0)


def block_weights(strain, margin, n_blocks, overlap, clip):
    """Give the weight of each block (rows, columns), the largest being 1.

    Parameters
    ----------
    strain : ndarray of shape (height, width)
    margin : (int, int, int)
        Frames, rows and columns at the borders without centres of patterns.
    n_blocks, overlap : tuples of three
        As in `LBPTOP`.
    clip : Clip
        Named in messages.
    """
    _, my, mx = margin
    inner = strain[my : strain.shape[0] - my, mx : strain.shape[1] - mx]
    cells, spans = block_limits((n_blocks[2], *inner.shape), n_blocks, overlap, clip)
    (rows, columns), (of_rows, of_columns) = cells[1:], spans[1:]
    weights = np.array(
        [
            [
                inner[rows[top] : rows[bottom], columns[left] : columns[right]].mean()
                for left, right in zip(*of_columns, strict=True)
            ]
            for top, bottom in zip(*of_rows, strict=True)
        ]
    )
    largest = weights.max()
    return weights / largest if largest > 0 else weights
