"""Main directional mean optical flow (MDMO)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mefeat._kernels import kernels_of
from mefeat._validation import check_bool, check_int, check_option, check_real
from mefeat.base import ClipFeatures
from mefeat.exceptions import ClipError, FaceNotFoundError
from mefeat.face import FaceMesh
from mefeat.features._mdmo_rois import (
    N_ROIS,
    ROI_NAMES,
    check_landmarks,
    mdmo_roi_map,
)
from mefeat.features._motion import (
    Sectors,
    check_flow_params,
    flows_from_first,
)

__all__ = ["MDMO", "mdmo_roi_map"]

_mdmo = kernels_of("_mdmo")

OUTPUTS = ("polar", "cartesian")

# Both sides of the jaw and the top of the nose: points that expressions move least.
_STEADY = np.array([0, 1, 2, 3, 4, 5, 27, 11, 12, 13, 14, 15, 16])
_LEAST_STEADY = 6


class MDMO(ClipFeatures):
    """Main directional mean optical flow in 36 regions of the face.

    In each region, the mean of the flow vectors of the direction that most pixels move
    in; over the clip, the mean of these; at last the lengths are divided by the
    largest.

    Parameters
    ----------
    method : {"lk", "farneback", "dis", "tvl1"}, default="lk"
        Method of :func:`~mefeat.flow.optical_flow`, from the first frame to each later
        one.
    prefilter : {None, "lcn"}, default=None
        Filter of the frames before the flow.
    output : {"polar", "cartesian"}, default="polar"
        What a region gives: length in [0, 1] and angle in radians, as in [1]_; or the
        same vector as (dx, dy), which has no jump at 180 degrees and suits kernels
        and distances better.
    beta : float in [0, 1], default=None
        Weight between length and angle of the polar form: the columns become
        ``(1 - beta) * rho`` and ``beta * theta / pi``.  None leaves them unweighted.
    n_bins : int, default=8
        Bins of directions, 1 to 255.
    rois : array of shape (height, width), default=None
        Label map of regions, 1 and up, 0 outside, used for all clips in place of the
        36 regions; no face is looked for.
    n_rois : int, default=None
        Regions that a row describes, at most 255.  By default the largest label of
        `rois`, or 36.
    align : bool, default=True
        Whether the motion of the head is taken out, where landmarks are known.
    memory : None, str or joblib.Memory, default=None
        Where the rows of clips are cached.
    n_jobs : int, default=None
        Number of joblib jobs over clips.

    See Also
    --------
    mdmo_roi_map : The 36 regions as a label map.
    HOOF : All directions, in blocks of the picture.

    Notes
    -----
    *Regions.*  In this order: the parameter `rois`; ``clip.rois``, a label map of the
    clip; 36 regions drawn on ``clip.landmarks`` (of the first frame); the same on the
    landmarks that :class:`~mefeat.face.FaceMesh` finds on the first frame.  The 36
    regions follow the numbers of regions that MDMO gives to each part of the face, not
    its table of corners, which is not published in text.

    *Alignment.*  With :math:`p_j` the 13 landmarks of the jaw's sides and the top of
    the nose, and :math:`q_j = p_j + f(p_j)` where the flow takes them, the affine map
    H with the least :math:`\\sum_j |H q_j - p_j|^2` takes the head back, and the flow
    becomes :math:`f'(x) = H (x + f(x)) - x`.  Landmarks outside of the picture are left
    out; 6 must be inside.  A label map without landmarks is not aligned.

    *Main direction.*  The bin that holds most vectors (the first of equals), of
    `n_bins` from -180 degrees on; 0 degrees is to the right, 90 degrees *down*.
    Vectors of length 0 have no direction and count nowhere.  Let :math:`u_{tk}` be
    their mean in region k and frame t; then :math:`u_k` is the mean over t, and the
    row holds :math:`u_k / \\max_j |u_j|`, in polar or Cartesian form.  Regions without
    motion, and label maps' regions without pixels, give zeros.

    Columns run over regions; each gives two columns.

    References
    ----------
    .. [1] Y.-J. Liu, J.-K. Zhang, W.-J. Yan, S.-J. Wang, G. Zhao and X. Fu. "A main
       directional mean optical flow feature for spontaneous micro-expression
       recognition". IEEE Transactions on Affective Computing 7(4), 2016.

    Examples
    --------
    Two regions, the left and the right half of the picture; the left one moves one
    pixel to the right, which the label map is told to call region 1.

    >>> import numpy as np
    >>> from skimage.data import camera
    >>> from mefeat.features import MDMO
    >>> still = camera()[100:164, 200:328].copy()
    >>> moved = still.copy()
    >>> moved[:, :50] = camera()[100:164, 199:249]
    >>> regions = np.zeros((64, 128), dtype=np.uint8)
    >>> regions[10:54, 10:40], regions[10:54, 80:110] = 1, 2
    >>> mdmo = MDMO(rois=regions, output="cartesian")
    >>> row = mdmo.transform([np.stack([still, moved])])
    >>> row.shape, bool(row[0, 0] > 0.99)
    ((1, 4), True)
    >>> mdmo.get_feature_names_out().tolist()
    ['roi1_dx', 'roi1_dy', 'roi2_dx', 'roi2_dy']
    """

    _min_frames = 2

    def __init__(
        self,
        method: str = "lk",
        prefilter: str | None = None,
        output: str = "polar",
        beta: float | None = None,
        n_bins: int = 8,
        rois: ArrayLike | None = None,
        n_rois: int | None = None,
        align: bool = True,
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.method = method
        self.prefilter = prefilter
        self.output = output
        self.beta = beta
        self.n_bins = n_bins
        self.rois = rois
        self.n_rois = n_rois
        self.align = align
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        owner = "MDMO"
        output = check_option("output", self.output, OUTPUTS, owner=owner)
        beta = check_real("beta", self.beta, low=0, high=1, owner=owner, none=True)
        if beta is not None and output != "polar":
            raise ValueError(
                "The 'beta' parameter of MDMO weighs length against angle, so it must "
                f"be None unless output='polar'. Got beta={self.beta!r} with "
                f"output={output!r} instead."
            )
        rois = None if self.rois is None else _check_label_map(self.rois)
        n_rois = check_int(
            "n_rois", self.n_rois, low=1, high=255, owner=owner, none=True
        )
        if n_rois is None:
            n_rois = N_ROIS if rois is None else int(rois.max())
        elif rois is not None and rois.max() > n_rois:
            raise ValueError(
                "The 'rois' parameter of MDMO must hold labels up to "
                f"n_rois={n_rois}. Got the label {rois.max()} instead."
            )
        return {
            "output": output,
            "beta": beta,
            "n_bins": check_int("n_bins", self.n_bins, low=1, high=255, owner=owner),
            "rois": rois,
            "n_rois": n_rois,
            "align": check_bool("align", self.align, owner=owner),
            **check_flow_params(self),
        }

    @staticmethod
    def _transform_one(clip, *, output, beta, n_bins, rois, n_rois, align, **flow):
        labels, landmarks = clip_regions(clip, rois, n_rois, align)
        sectors = Sectors(n_bins)
        summed = np.zeros((n_rois, 2))
        for flows in flows_from_first(clip, **flow):
            corrections = np.zeros((len(flows), 2, 3))
            if align and landmarks is not None:
                corrections[:] = [_correction(f, landmarks, clip) for f in flows]
            vectors = region_directions(flows, labels, n_rois, sectors, corrections)
            summed += vectors.sum(axis=0)
        # Dividing by the number of frames would cancel out in the next step.
        lengths = np.hypot(summed[:, 0], summed[:, 1])
        largest = lengths.max()
        if largest > 0:
            summed, lengths = summed / largest, lengths / largest
        if output == "cartesian":
            return summed.ravel()
        angles = np.arctan2(summed[:, 1], summed[:, 0])
        if beta is not None:
            lengths, angles = (1 - beta) * lengths, beta * angles / np.pi
        return np.stack([lengths, angles], axis=1).ravel()

    def _feature_names(self, params):
        names = [f"roi{number + 1}" for number in range(params["n_rois"])]
        if params["rois"] is None and params["n_rois"] == N_ROIS:
            names = [f"{a}_{b}" for a, b in zip(names, ROI_NAMES, strict=True)]
        columns = ("rho", "theta") if params["output"] == "polar" else ("dx", "dy")
        return [f"{name}_{column}" for name in names for column in columns]


def _check_label_map(rois):
    labels = np.asarray(rois)
    whole = labels.ndim == 2 and labels.size > 0 and labels.dtype.kind in "iu"
    if not whole or labels.min() < 0 or not 1 <= labels.max() <= 255:
        span = f" with labels from {labels.min()} to {labels.max()}" if whole else ""
        raise ValueError(
            "The 'rois' parameter of MDMO must be a label map of shape (height, "
            "width): integers, 0 outside of the regions and 1 to 255 within. Got "
            f"{labels.dtype} of shape {labels.shape}{span} instead."
        )
    return np.ascontiguousarray(labels, dtype=np.uint8)


def clip_regions(clip, rois, n_rois, align):
    """Give the label map of a clip, and its landmarks (None if not known)."""
    landmarks = clip.landmarks
    if landmarks is not None:
        landmarks = landmarks[0] if landmarks.ndim == 3 else landmarks
    if rois is None and clip.rois is not None:
        try:
            rois = _check_label_map(clip.rois)
        except ValueError as error:
            raise ClipError(f"its label map: {error}", clip.name) from None
        if rois.max() > n_rois:
            raise ClipError(
                f"its label map must hold labels up to n_rois={n_rois}. Got the label "
                f"{rois.max()} instead: set the 'n_rois' parameter of MDMO",
                clip.name,
            )
    if rois is not None and rois.shape != clip.shape:
        raise ClipError(
            f"the label map of regions has the shape {rois.shape}, its frames have "
            f"{clip.shape}: they must be equal",
            clip.name,
        )
    if landmarks is None and rois is None:
        landmarks = _find_landmarks(clip)
    if rois is not None and not (align and landmarks is not None):
        return rois, None
    try:
        landmarks = check_landmarks(landmarks)
        labels = mdmo_roi_map(landmarks, clip.shape) if rois is None else rois
    except ValueError as error:
        raise ClipError(str(error), clip.name) from None
    return labels, landmarks


def _find_landmarks(clip):
    try:
        return FaceMesh().find(clip[:1].frames(color=True)[0]).landmarks
    except FaceNotFoundError as error:
        raise FaceNotFoundError(
            f"{error.message.rstrip('.')}. MDMO needs a face in the first frame, "
            "landmarks of the clip, or a label map as rois",
            clip.name,
            0,
        ) from None


def _correction(flow, landmarks, clip):
    """Give what takes the head's motion out of a flow, (2, 3): see `MDMO`.

    Solved for the difference to the identity, so a head at rest gives exact zeros.
    """
    height, width = flow.shape[:2]
    points = landmarks[_STEADY]
    inside = (points >= 0).all(axis=1) & (points <= (width - 1, height - 1)).all(axis=1)
    if inside.sum() < _LEAST_STEADY:
        raise ClipError(
            f"only {inside.sum()} of the 13 landmarks of jaw and nose that the head's "
            f"motion is taken from lie in the picture, but {_LEAST_STEADY} are needed: "
            "crop wider, or set align=False",
            clip.name,
        )
    points = points[inside]
    motion = _bilinear(flow, points)
    ends = np.column_stack([points + motion, np.ones(len(points))])
    return np.linalg.lstsq(ends, -motion, rcond=None)[0].T


def _bilinear(values, points):
    """Give the values at points (x, y) within the picture, by linear interpolation."""
    height, width = values.shape[:2]
    x0 = np.clip(np.floor(points[:, 0]).astype(int), 0, max(width - 2, 0))
    y0 = np.clip(np.floor(points[:, 1]).astype(int), 0, max(height - 2, 0))
    x1, y1 = np.minimum(x0 + 1, width - 1), np.minimum(y0 + 1, height - 1)
    fx, fy = (points[:, 0] - x0)[:, None], (points[:, 1] - y0)[:, None]
    top = values[y0, x0] * (1 - fx) + values[y0, x1] * fx
    bottom = values[y1, x0] * (1 - fx) + values[y1, x1] * fx
    return top * (1 - fy) + bottom * fy


def region_directions(flows, labels, n_rois, sectors, corrections=None):
    """Give the mean vector of the fullest direction bin in each region.

    Parameters
    ----------
    flows : ndarray of shape (n, height, width, 2)
    labels : ndarray of shape (height, width), uint8, at most `n_rois`
    n_rois : int
    sectors : Sectors
    corrections : array of shape (n, 2, 3), optional
        Added to a vector that ends in (x, y): ``corrections @ (x, y, 1)``.

    Returns
    -------
    ndarray of shape (n, n_rois, 2), float64
    """
    if corrections is None:
        corrections = np.zeros((len(flows), 2, 3))
    flows = np.ascontiguousarray(flows, dtype=np.float32)
    corrections = np.ascontiguousarray(corrections, dtype=np.float32)
    out = np.empty((len(flows), n_rois, 2))
    _mdmo.main_directions(
        flows, labels, corrections,
        sectors.n_bins, sectors.lower, sectors.upper, sectors.first_upper, out,
    )  # fmt: skip
    return out
