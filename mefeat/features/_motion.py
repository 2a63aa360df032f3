"""What the features of motion share: flows from a first frame, sectors, blocks."""

from fractions import Fraction

import numpy as np

from mefeat._validation import check_option, check_tuple
from mefeat.exceptions import ClipError
from mefeat.flow import optical_flow

__all__ = [
    "Sectors",
    "block_borders",
    "check_flow_params",
    "flow_to_apex",
    "flows_from_first",
]

METHODS = ("lk", "farneback", "dis", "tvl1")

# Flows are made for so many frames at a time: memory depends on this, not on the clip.
_FRAMES_AT_ONCE = 16


def check_flow_params(estimator):
    """Give the checked parameters `method` and `prefilter` of an extractor."""
    owner = type(estimator).__name__
    return {
        "method": check_option("method", estimator.method, METHODS, owner=owner),
        "prefilter": check_option(
            "prefilter", estimator.prefilter, (None, "lcn"), owner=owner
        ),
    }


def flows_from_first(clip, method, prefilter):
    """Yield the flows from the first frame to each later one, some at a time.

    Parameters
    ----------
    clip : Clip
    method, prefilter : str
        See `mefeat.flow.optical_flow`.

    Yields
    ------
    ndarray of shape (n, height, width, 2), float32
    """
    first = None
    for block in clip.stream(_FRAMES_AT_ONCE):
        if first is None:
            first, block = block[0], block[1:]
        if len(block):
            yield optical_flow(first, block, method=method, prefilter=prefilter)


def flow_to_apex(clip, method, prefilter):
    """Give the flow from the first frame to the apex, float32 (height, width, 2).

    Without ``clip.apex`` the apex is the frame with the largest mean length of the
    flow from the first frame.
    """
    if clip.apex is not None:
        if not 0 <= clip.apex < len(clip):
            raise ClipError(
                f"the apex must be one of its {len(clip)} frames, 0 to "
                f"{len(clip) - 1}. Got {clip.apex} instead",
                clip=clip.name,
            )
        if clip.apex == 0:
            raise ClipError(
                "the apex is the first frame, so there is no motion to it: begin the "
                "clip at the onset",
                clip=clip.name,
            )
        first = clip[:1].frames()[0]
        apex = clip[clip.apex : clip.apex + 1].frames()[0]
        return optical_flow(first, apex, method=method, prefilter=prefilter)
    largest, best = -1.0, None
    for flows in flows_from_first(clip, method, prefilter):
        lengths = np.hypot(flows[..., 0], flows[..., 1]).mean(
            axis=(1, 2), dtype=np.float64
        )
        index = int(lengths.argmax())
        if lengths[index] > largest:
            largest, best = lengths[index], flows[index].copy()
    return best


def block_borders(clip, n_blocks):
    """Give the borders of rows and of columns of blocks: floor(i * size / n).

    Raises
    ------
    ClipError
        If there are more blocks than pixels.
    """
    for name, blocks, pixels in zip(
        ("rows", "columns"), n_blocks, clip.shape, strict=True
    ):
        if blocks > pixels:
            raise ClipError(
                f"'n_blocks' asks for {blocks} {name} of blocks, but a frame has only "
                f"{pixels} {name} of pixels",
                clip=clip.name,
            )
    return tuple(
        np.arange(blocks + 1, dtype=np.intp) * pixels // blocks
        for blocks, pixels in zip(n_blocks, clip.shape, strict=True)
    )


def check_blocks(n_blocks, owner):
    """Give `n_blocks` as (rows, columns)."""
    from mefeat._validation import check_int

    return check_tuple(
        "n_blocks", n_blocks, 2, check_int, owner=owner, scalar=True, low=1
    )


def _border(turn):
    """Give a vector whose direction is `turn` half circles, exact where it can be."""
    exact = {0: (1, 0), 1: (1, 1), 2: (0, 1), 3: (-1, 1)}
    quarter = turn * 4
    if quarter.denominator == 1:
        return exact[int(quarter)]
    angle = float(turn) * np.pi
    return np.cos(angle), np.sin(angle)


class Sectors:
    """Equal sectors of the circle, as the kernels take them.

    A sector holds its lower border and not its upper one.  Directions are angles in
    the picture, 0 to the right and 90 degrees *down*.

    Parameters
    ----------
    n_bins : int
    signed : bool
        Whether opposite directions differ.
    mirror : bool
        Whether left and right are taken together.

    Attributes
    ----------
    fold : int
        Code of the kernels: 0 whole circle, 1 unsigned, 2 mirror, 3 both.
    lower, upper : ndarray of shape (n, 2)
        Inner borders in the two half circles.
    first_upper : int
        First sector of the upper half circle.
    borders : ndarray of shape (n_bins + 1,)
        In degrees.
    """

    def __init__(self, n_bins, signed=True, mirror=False):
        self.n_bins = n_bins
        self.fold = (2 if mirror else 0) + (0 if signed else 1)
        if self.fold == 0:
            self.first_upper = n_bins // 2
            lower = [
                Fraction(2 * k, n_bins) for k in range(1, n_bins) if 2 * k < n_bins
            ]
            upper = [
                Fraction(2 * k, n_bins) - 1 for k in range(1, n_bins) if 2 * k > n_bins
            ]
            start, span = -180.0, 360.0
        else:
            self.first_upper = 0
            parts = 2 * n_bins if self.fold == 3 else n_bins
            lower = []
            upper = [Fraction(k, parts) for k in range(1, n_bins)]
            start = -90.0 if self.fold == 2 else 0.0
            span = 90.0 if self.fold == 3 else 180.0
        self.lower = self._as_array(lower)
        self.upper = self._as_array(upper)
        self.borders = start + span * np.arange(n_bins + 1) / n_bins

    @staticmethod
    def _as_array(turns):
        borders = [_border(turn) for turn in turns]
        return np.array(borders, dtype=np.float64).reshape(-1, 2)

    def names(self):
        """Give a name for each sector, its borders in whole degrees."""
        return [
            f"{low:.4g}to{high:.4g}"
            for low, high in zip(self.borders[:-1], self.borders[1:], strict=True)
        ]
