"""`FlowMap`: the motion of a clip, from onset to apex, as one small picture."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mefeat._typing import SequenceLike
from mefeat._validation import check_int, check_option
from mefeat.base import ClipFeatures
from mefeat.exceptions import ClipError
from mefeat.flow._maps import (
    SCALINGS,
    area_reduce,
    center_map,
    find_apex,
    scale_map,
)
from mefeat.flow._methods import METHODS, optical_flow

__all__ = ["FlowMap"]


class FlowMap(ClipFeatures):
    """Map of the motion from onset to apex, reduced to a few cells.

    Parameters
    ----------
    size : int, default=28
        Rows and columns of the map.
    channels : str, default="uvs"
        Order of the channels: u and v (motion to the right and downwards, in pixels),
        s (optical strain), m (length of the motion).
    output : {"flat", "map"}, default="flat"
        One row of features for each clip, or arrays of shape (size, size, n_channels).
    method : str, default="lk"
        Of `optical_flow`.
    scaling : {None, "ststnet", "mean", "softnet"}, default=None
        None keeps pixels.  "ststnet" stretches each channel to [0, 1]; "mean" takes the
        strain by backward differences and stretches each channel to [0, 1] over the
        whole frame; "softnet" takes it by forward differences, subtracts from each
        channel its mean in 11 x 11 pixels at the bridge of the nose, takes the absolute
        values of u and v, and stretches to [0, 1].
    center : {None, "median"}, default=None
        "median" subtracts from u and from v their medians over the map, which takes
        away a shift of the whole face, and brings stretched maps back to where no
        motion is 0.
    prefilter : {None, "lcn"}, default=None
        Of `optical_flow`.
    memory : None, str or joblib.Memory, default=None
        Cache of the maps.
    n_jobs : int, optional
        Clips treated at the same time.

    Notes
    -----
    The onset is the clip's first frame; the apex is ``clip.apex``, else the frame that
    `find_apex` gives.  Cells are means over areas of equal size, so that a map of 28
    cells from a face of 140 x 170 pixels uses every pixel alike.

    Ready maps, one array of shape (n, s, s, n_channels), are only centred and reduced
    to `size`.

    References
    ----------
    .. [1] Liong, S.-T. et al. "Shallow triple stream three-dimensional CNN (STSTNet)
       for micro-expression recognition", FG 2019.
    .. [2] Liong, G.-B., See, J., Wong, L.-K. "Shallow optical flow three-stream CNN for
       macro- and micro-expression spotting from long videos", ICIP 2021.
    .. [3] Liong, G.-B., See, J., Chan, C.-S. "Spot-then-recognize: a micro-expression
       analysis network for seamless evaluation of long videos", Signal Processing:
       Image Communication 110, 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> from mefeat.flow import FlowMap
    >>> clip = Clip(np.zeros((5, 64, 56), dtype=np.uint8))
    >>> FlowMap(size=7).fit_transform([clip]).shape
    (1, 147)
    >>> FlowMap(size=7, channels="uv", output="map").fit_transform([clip]).shape
    (1, 7, 7, 2)
    """

    _min_frames = 2

    def __init__(
        self,
        size: int = 28,
        channels: str = "uvs",
        output: str = "flat",
        method: str = "lk",
        scaling: str | None = None,
        center: str | None = None,
        prefilter: str | None = None,
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.size = size
        self.channels = channels
        self.output = output
        self.method = method
        self.scaling = scaling
        self.center = center
        self.prefilter = prefilter
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        channels = self.channels
        if not isinstance(channels, str) or not channels or set(channels) - set("uvsm"):
            raise ValueError(
                "The 'channels' parameter of FlowMap must be made of the letters u, v, "
                f"s and m. Got {channels!r} instead."
            )
        check_option("output", self.output, ("flat", "map"), owner="FlowMap")
        return {
            "size": check_int("size", self.size, low=1, owner="FlowMap"),
            "channels": channels,
            "method": check_option("method", self.method, METHODS, owner="FlowMap"),
            "scaling": check_option("scaling", self.scaling, SCALINGS, owner="FlowMap"),
            "center": check_option(
                "center", self.center, (None, "median"), owner="FlowMap"
            ),
            "prefilter": check_option(
                "prefilter", self.prefilter, (None, "lcn"), owner="FlowMap"
            ),
        }

    def _is_ready(self, X):
        return (
            isinstance(X, np.ndarray)
            and X.dtype != object
            and X.ndim == 4
            and X.shape[3] == len(self.channels)
            and X.shape[1] == X.shape[2]
        )

    def fit(self, X: SequenceLike, y: Any = None) -> Self:
        """Check the parameters; nothing is learnt.

        Parameters
        ----------
        X : sequence of clips, or ready maps
        y : ignored

        Returns
        -------
        self
        """
        if self._is_ready(X):
            self._check_params()
            return self
        return super().fit(X, y)

    @staticmethod
    def _transform_one(clip, size, channels, method, scaling, center, prefilter):
        apex = clip.apex if clip.apex else find_apex(clip, method, prefilter=prefilter)
        if not 0 < apex < len(clip):
            raise ClipError(
                f"the apex must lie before frame {len(clip)}. Got {apex} instead: cut "
                "the clip at its onset, video[onset:offset + 1]",
                clip.name,
            )
        first, last = clip[:1].frames()[0], clip[apex : apex + 1].frames()[0]
        landmarks = clip.landmarks
        if landmarks is not None and landmarks.ndim == 3:
            landmarks = landmarks[0]
        flow = optical_flow(first, last, method, prefilter)
        values = scale_map(flow, scaling, channels, landmarks)
        if center is not None:
            values = center_map(values, channels)
        return area_reduce(values, size)

    def transform(self, X: SequenceLike) -> NDArray[np.float64]:
        """Make the map of each clip.

        Parameters
        ----------
        X : sequence of clips, or ready maps of shape (n_clips, s, s, n_channels)

        Returns
        -------
        ndarray of shape (n_clips, size * size * n_channels), float64
            Rows, columns, channels; or of shape (n_clips, size, size, n_channels).
        """
        if self._is_ready(X):
            X = np.asarray(X)
            params = self._check_params()
            if X.dtype.kind == "f" and not np.isfinite(X).all():
                raise ValueError("X holds NaN or infinity.")
            maps = X.astype(np.float64)
            if params["center"] is not None:
                maps = center_map(maps, params["channels"])
            if X.shape[1] != params["size"]:
                maps = area_reduce(maps, params["size"])
        else:
            maps = np.stack(self._map(X)).astype(np.float64, copy=False)
        return maps if self.output == "map" else maps.reshape(len(maps), -1)

    def _feature_names(self, params):
        cells = range(params["size"])
        return [
            f"{letter}_row{row}_column{column}"
            for row in cells
            for column in cells
            for letter in params["channels"]
        ]
