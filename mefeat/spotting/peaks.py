"""`PeakSpotter`: intervals around the peaks of motion signals."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch

from mefeat._typing import SequenceLike
from mefeat._validation import (
    as_object_array,
    check_int,
    check_option,
    check_real,
    check_tuple,
)
from mefeat.base import SpotterMixin
from mefeat.intervals import Interval
from mefeat.spotting._detection import (
    explain,
    filtered_curves,
    searched,
    spot_signal,
    thresholds,
)
from mefeat.spotting._signal import Signal

__all__ = ["PeakSpotter"]


class PeakSpotter(SpotterMixin, BaseEstimator):
    """Spot expressions as peaks of motion signals.

    Each displacement is smoothed, freed of slow changes and turned into a curve of
    strength.  Peaks that exceed every threshold given grow to intervals, intervals of
    several curves that overlap are united, and the duration tells micro- from
    macro-expressions.  An interval of which more than half lies in a stronger one of
    its kind is dropped; `rejected` gives what is dropped, with the reason.

    Parameters
    ----------
    fps : float, optional
        Frames per second of plain arrays; a `Signal` brings its own.
    band : (float or None, float or None), default=(None, 6.0)
        Lower and upper cut-off in Hz, where the power is halved.
    baseline : float or None, default=8.0
        Seconds of the moving median that is subtracted from each channel; it follows
        whatever lasts longer than half of it.  Twice `max_duration` by default: the
        median ignores all that can be an expression, and with it the micro-expressions
        beside and on top of a slow one.
    box : float or None, default=None
        Seconds of a moving mean of the curves of strength.
    height : float or None, default=0.25
        Absolute threshold, in the signal's unit: for `ROIMotion` pixels on a
        256-pixel face.
    noise : float or None, default=5.0
        Threshold in standard deviations of the noise of each curve, which is
        estimated from the median absolute deviation over the video.  Of a face that
        moves all the time, as in speech, the movements are the noise.
    p : float or None, default=None
        Threshold relative to the video, mean + p (max - mean) of each curve.
    prominence : float, default=0.33
        Valley between two peaks, as a share of the lower one, that keeps them apart.
    distance : float, default=0.1
        Least distance between two peaks of a curve in seconds.
    growth : float, default=0.1
        Share of peak to valley at which an interval begins and ends.
    extent : float or None, default=None
        Seconds on either side of the peak that make up an interval of fixed length,
        instead of growth.
    overlap : float, default=0.34
        Intervals of two curves are united where more than this share is common.
    overlap_of : {"shorter", "union"}, default="shorter"
        What `overlap` is a share of: the shorter interval, or the time that either
        covers.  The latter unites only what begins and ends alike, so that with
        ``min_channels=2`` a brief peak on a long rise is none.
    min_channels : int, default=1
        Least number of curves that show a movement at the same time.
    min_duration, micro_duration, max_duration : float, defaults 0.1, 0.5, 4.0
        In seconds: shorter intervals are dropped, intervals up to `micro_duration`
        are micro-expressions, longer ones macro-expressions, and those above
        `max_duration` are dropped.
    edge : float, default=0.1
        Seconds; a movement that begins or ends nearer to the first or last frame of
        a face was not seen whole and is dropped.  With 0 none is.
    blink : float or None, default=2.5
        Displacement of an eyelid that is a blink, in the signal's unit.  Peaks that it
        can explain are dropped.  Channels whose names begin with ``eye`` serve this
        alone.
    blink_leak : float, default=0.9
        Share of a blink's displacement that may show in the brows, and a third of it
        in the other regions.
    head_leak : float, default=0.3
        Share of the head's displacement between onset and offset that may show in any
        region: peaks that it can explain are dropped.  Channels whose names begin with
        ``head`` serve this alone.
    kinds : {"micro", "macro", "both"}, default="micro"
        What is returned.

    Attributes
    ----------
    is_fitted_ : bool
        Always True: nothing is learnt.

    Notes
    -----
    The relative threshold is that of [1]_, prominence, growth and merging follow
    [2]_, with one change: the ends of an interval are found on the raised cosine
    through the points at a quarter and three quarters of each flank, which noise at
    the foot of the flank does not move.

    References
    ----------
    .. [1] Moilanen, A., Zhao, G., Pietikäinen, M.: Spotting rapid facial movements
       from videos using appearance-based feature difference analysis.  ICPR, 2014.
    .. [2] He, Y.: Research on micro-expression spotting method based on optical flow
       features.  ACM Multimedia, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.spotting import PeakSpotter
    >>> time = np.arange(300) / 30
    >>> motion = np.where(abs(time - 5) < 0.2, np.cos(np.pi * (time - 5) / 0.4), 0)
    >>> spotter = PeakSpotter(fps=30)
    >>> [(i.onset, i.offset, i.apex) for i in spotter.fit_predict([motion])[0]]
    [(144, 156, 150)]
    """

    def __init__(
        self,
        fps: float | None = None,
        *,
        band: tuple[float | None, float | None] = (None, 6.0),
        baseline: float | None = 8.0,
        box: float | None = None,
        height: float | None = 0.25,
        noise: float | None = 5.0,
        p: float | None = None,
        prominence: float = 0.33,
        distance: float = 0.1,
        growth: float = 0.1,
        extent: float | None = None,
        overlap: float = 0.34,
        overlap_of: str = "shorter",
        min_channels: int = 1,
        min_duration: float = 0.1,
        micro_duration: float = 0.5,
        max_duration: float = 4.0,
        edge: float = 0.1,
        blink: float | None = 2.5,
        blink_leak: float = 0.9,
        head_leak: float = 0.3,
        kinds: str = "micro",
    ) -> None:
        self.fps = fps
        self.band = band
        self.baseline = baseline
        self.box = box
        self.height = height
        self.noise = noise
        self.p = p
        self.prominence = prominence
        self.distance = distance
        self.growth = growth
        self.extent = extent
        self.overlap = overlap
        self.overlap_of = overlap_of
        self.min_channels = min_channels
        self.min_duration = min_duration
        self.micro_duration = micro_duration
        self.max_duration = max_duration
        self.edge = edge
        self.blink = blink
        self.blink_leak = blink_leak
        self.head_leak = head_leak
        self.kinds = kinds

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags

    # -- parameters ------------------------------------------------------------

    def _check_params(self):
        owner = type(self).__name__

        def real(name, **limits):
            return check_real(name, getattr(self, name), owner=owner, **limits)

        params = {
            "fps": real("fps", low=0, open_low=True, none=True),
            "band": check_tuple(
                "band", self.band, 2, check_real, owner=owner,
                low=0, open_low=True, none=True,
            ),
            "baseline": real("baseline", low=0, open_low=True, none=True),
            "box": real("box", low=0, open_low=True, none=True),
            "height": real("height", low=0, open_low=True, none=True),
            "noise": real("noise", low=0, open_low=True, none=True),
            "p": real("p", low=0, high=1, none=True),
            "prominence": real("prominence", low=0, high=1),
            "distance": real("distance", low=0),
            "growth": real("growth", low=0, high=0.5),
            "extent": real("extent", low=0, none=True),
            "overlap": real("overlap", low=0, high=1),
            "overlap_of": check_option(
                "overlap_of", self.overlap_of, ("shorter", "union"), owner=owner
            ),
            "min_channels": check_int(
                "min_channels", self.min_channels, low=1, owner=owner
            ),
            "min_duration": real("min_duration", low=0),
            "micro_duration": real("micro_duration", low=0, open_low=True),
            "max_duration": real("max_duration", low=0, open_low=True),
            "edge": real("edge", low=0, high=1),
            "blink": real("blink", low=0, open_low=True, none=True),
            "blink_leak": real("blink_leak", low=0, high=1),
            "head_leak": real("head_leak", low=0, high=1),
            "kinds": check_option(
                "kinds", self.kinds, ("micro", "macro", "both"), owner=owner
            ),
        }  # fmt: skip
        low, high = params["band"]
        if low is not None and high is not None and low >= high:
            raise ValueError(
                f"The 'band' parameter of {owner} must be (low, high) with low < high."
                f" Got {self.band!r} instead."
            )
        durations = [
            params[k] for k in ("min_duration", "micro_duration", "max_duration")
        ]
        if sorted(durations) != durations:
            raise ValueError(
                f"The durations of {owner} must rise from min_duration over "
                f"micro_duration to max_duration. Got {tuple(durations)} instead."
            )
        if params["height"] is None and params["noise"] is None and params["p"] is None:
            raise ValueError(
                f"At least one of the thresholds 'height', 'noise' and 'p' of {owner} "
                "must be given. Got None for each instead."
            )
        return params

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Check the parameters; nothing is learnt.

        Parameters
        ----------
        X, y : ignored

        Returns
        -------
        self
        """
        self._check_params()
        self.is_fitted_ = True
        return self

    def fit_predict(self, X: SequenceLike, y: Any = None) -> NDArray[Any]:
        """Check the parameters and spot.

        Parameters
        ----------
        X : sequence of signals
            See `predict`.
        y : ignored

        Returns
        -------
        ndarray of shape (n_videos,), object
        """
        return self.fit(X, y).predict(X)

    # -- spotting --------------------------------------------------------------

    def predict(self, X: SequenceLike) -> NDArray[Any]:
        """Spot in each signal.

        Parameters
        ----------
        X : sequence of Signal or of arrays (n_frames,) or (n_frames, n_channels)
            One for each video; arrays need `fps`.

        Returns
        -------
        ndarray of shape (n_videos,), object
            Lists of `Interval` with apex, score and kind, sorted by onset.  The score
            sums, over the curves, the height in units of the threshold.

        Raises
        ------
        ValueError
            If a parameter is out of range, a signal has a wrong shape or holds NaN, or
            no fps is known.
        """
        params = self._check_params()
        return as_object_array(
            [
                spot_signal(signal, params)
                for signal in self._check_signals(X, params["fps"])
            ]
        )

    def rejected(self, X: SequenceLike) -> list[list[tuple[Interval, str]]]:
        """Say why motion above the threshold is not among what `predict` gives.

        Parameters
        ----------
        X : sequence of signals
            See `predict`.

        Returns
        -------
        list of lists of (Interval, str)
            For each video the movements, by onset, with the reason: ``"blink"`` or
            ``"head"`` (that explains them), ``"too short"``, ``"too long"``,
            ``"micro"`` or ``"macro"`` (a kind that is not asked for), ``"few
            regions"``, ``"not seen whole"`` (it begins or ends where the face is not
            seen), ``"part of another"`` (more than half of it lies in a stronger one
            of its kind).  Movements that share more than half of their time with an
            interval that is given, or with a longer one here, are left out.  Where no
            face is, see ``Signal.valid``.
        """
        params = self._check_params()
        return [
            explain(signal, params) for signal in self._check_signals(X, params["fps"])
        ]

    def curves(self, X: SequenceLike) -> list[Bunch]:
        """Give the curves in which peaks are looked for, as figures show them.

        Parameters
        ----------
        X : sequence of signals

        Returns
        -------
        list of Bunch
            For each video: ``strengths`` (n_frames, n_curves), ``thresholds`` of
            shape (n_curves,) and ``names``; without the eyelids and the head, in which
            none are looked for.
        """
        params = self._check_params()
        out = []
        for signal in self._check_signals(X, params["fps"]):
            values, signed, names = filtered_curves(signal, params)
            levels = thresholds(values, signed, signal.valid, params)
            kept = searched(names)
            out.append(
                Bunch(
                    strengths=values[:, kept],
                    thresholds=np.array(levels)[kept],
                    names=tuple(names[i] for i in kept),
                )
            )
        return out

    def _check_signals(self, X, fps):
        if isinstance(X, Signal | str | bytes) or not hasattr(X, "__len__"):
            raise ValueError(
                "X must be a sequence of signals, one for each video. Got "
                f"{type(X).__name__} instead: put a single signal in a list, [signal]."
            )
        signals = []
        for index, item in enumerate(X):
            if isinstance(item, Signal):
                signals.append(item)
                continue
            array = np.asarray(item)
            if array.ndim not in (1, 2) or array.dtype.kind not in "fiub":
                raise ValueError(
                    f"X[{index}] must be a Signal or a numeric array of shape "
                    "(n_frames,) or (n_frames, n_channels). Got "
                    f"{type(item).__name__} of shape {array.shape} and type "
                    f"{array.dtype} instead: motion signals come from ROIMotion."
                )
            if fps is None:
                raise ValueError(
                    "PeakSpotter needs the frames per second of plain arrays, since "
                    "durations are in seconds: set PeakSpotter(fps=...)."
                )
            try:
                signals.append(Signal(array, fps))
            except ValueError as error:
                raise ValueError(f"X[{index}]: {error}") from None
        return signals
