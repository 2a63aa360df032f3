"""What the features of motion share: flows from a first frame, sectors, blocks."""

import itertools
from fractions import Fraction

import numpy as np

from mefeat._kernels import kernels_of
from mefeat._validation import check_int, check_option, check_tuple
from mefeat.exceptions import ClipError
from mefeat.flow import optical_flow

__all__ = [
    "DERIVATIVES",
    "Sectors",
    "check_flow_params",
    "check_grid",
    "directions_in_blocks",
    "flow_to_apex",
    "flows_between",
    "flows_from_first",
    "grid_borders",
    "weigh_blocks",
]

METHODS = ("lk", "farneback", "dis", "tvl1")
DERIVATIVES = ("central", "backward", "forward", "sobel")

# Flows are made for so many frames at a time: memory depends on this, not on the clip.
_FRAMES_AT_ONCE = 16


_orientation = kernels_of("_orientation")

# Codes of the kernel.
_WEIGHTS = {None: 0, "count": 0, "magnitude": 1, "strain": 2}


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


def flows_between(clip, method, prefilter):
    """Yield the flows from each frame to the next, some at a time.

    As from `flows_from_first` otherwise.
    """
    last = None
    for block in clip.stream(_FRAMES_AT_ONCE):
        frames = block if last is None else np.concatenate([last[None], block])
        last = block[-1]
        if len(frames) > 1:
            yield np.stack(
                [
                    optical_flow(a, b, method=method, prefilter=prefilter)
                    for a, b in itertools.pairwise(frames)
                ]
            )


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


def check_grid(n_blocks, owner):
    """Give the number of blocks as (rows, columns)."""
    return check_tuple("n_blocks", n_blocks, 2, check_int, owner=owner, low=1)


def grid_borders(clip, n_blocks):
    """Give the borders of the rows and of the columns of blocks.

    Pixel i of n along an axis belongs to block ``i * k // n``, as in LBP-TOP.

    Raises
    ------
    ClipError
        If there are more blocks than pixels.
    """
    for name, k, n in zip(("rows", "columns"), n_blocks, clip.shape, strict=True):
        if k > n:
            raise ClipError(
                f"'n_blocks'={n_blocks} asks for {k} {name} of blocks, but its frames "
                f"have {n} {name} of pixels: use at most {n} there",
                clip.name,
            )
    return tuple(
        -(-np.arange(k + 1, dtype=np.intp) * n // k)
        for k, n in zip(n_blocks, clip.shape, strict=True)
    )


def directions_in_blocks(flows, borders, sectors, weight, total=None, strains=None):
    """Give histograms of the directions of flows, in blocks.

    Parameters
    ----------
    flows : ndarray of shape (n, height, width, 2)
    borders : (ndarray, ndarray)
        As from `grid_borders`.
    sectors : Sectors
    weight : {"count", "magnitude", "strain"}
        What a vector adds to its bin.
    total : {None, "magnitude", "strain"}
        What is summed up over each block besides.
    strains : ndarray of shape (n, height, width), float32, optional
        Strain maps; by central differences without.

    Returns
    -------
    histograms : ndarray of shape (n, n_rows, n_columns, n_bins), float64
        A vector of length 0 has no direction and is left out.
    totals : ndarray of shape (n, n_rows, n_columns), float64
    """
    rows, columns = borders
    flows = np.ascontiguousarray(flows, dtype=np.float32)
    shape = (len(flows), len(rows) - 1, len(columns) - 1)
    histograms = np.empty((*shape, sectors.n_bins))
    totals = np.empty(shape)
    if strains is None:
        strains = np.empty((len(flows), 0, 0), dtype=np.float32)
    _orientation.direction_blocks(
        flows, strains, rows, columns, sectors.n_bins, sectors.fold, sectors.lower,
        sectors.upper, sectors.first_upper, _WEIGHTS[weight], _WEIGHTS[total],
        histograms, totals,
    )  # fmt: skip
    return histograms, totals


weigh_blocks = _orientation.weigh_blocks


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
        """Give a name for each sector: its borders in degrees."""
        return [
            f"{low:.4g}to{high:.4g}"
            for low, high in zip(self.borders[:-1], self.borders[1:], strict=True)
        ]
