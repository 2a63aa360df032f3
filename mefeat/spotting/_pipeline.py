"""`make_spotter`: from videos to intervals in one estimator."""

from __future__ import annotations

from typing import Any, Self

from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from mefeat._typing import SequenceLike
from mefeat._validation import check_option, set_step_params
from mefeat.spotting.feature_difference import FeatureDifference
from mefeat.spotting.mdmd import MDMDSignal
from mefeat.spotting.peaks import PeakSpotter
from mefeat.spotting.roi_motion import ROIMotion

__all__ = ["SpotterPipeline", "make_spotter"]


class SpotterPipeline(Pipeline):
    """A pipeline whose fit measures nothing that no step learns from.

    Where no step learns, as with `ROIMotion` and `PeakSpotter`, `fit` checks the
    parameters only and leaves the videos alone; otherwise it is that of
    `sklearn.pipeline.Pipeline`.

    Parameters
    ----------
    steps, transform_input, memory, verbose
        As of `sklearn.pipeline.Pipeline`.
    """

    def fit(
        self, X: SequenceLike, y: SequenceLike | None = None, **params: Any
    ) -> Self:
        """Fit the steps.

        Parameters
        ----------
        X : sequence of videos
        y : sequence of intervals, optional
            One list for each video.
        **params
            As of `sklearn.pipeline.Pipeline`.

        Returns
        -------
        self
        """
        steps = [step for _, step in self.steps if step not in (None, "passthrough")]
        if params or any(get_tags(step).requires_fit for step in steps):
            return super().fit(X, y, **params)
        for step in steps:
            step.fit(X, y)
        return self


# A threshold relative to the video alone, as the published spotters have it.
_RELATIVE = {
    "band": (None, None), "baseline": None, "height": None, "noise": None, "edge": 0.0
}  # fmt: skip


def _motion_and_peaks(method):
    if method == "roi":
        return ROIMotion(), PeakSpotter()
    if method == "softnet":
        # Half the mean length of a micro-expression is 0.2 s in CAS(ME)^2.
        rule = {"box": 0.4, "distance": 0.2, "extent": 0.2, "p": 0.55}
        return ROIMotion(), PeakSpotter(**(_RELATIVE | rule | {"prominence": 0.0}))
    if method == "mdmd":
        return MDMDSignal(), PeakSpotter(**_RELATIVE, p=0.01)
    return FeatureDifference(feature=method), PeakSpotter(**_RELATIVE, p=0.15)


def make_spotter(
    method: str = "roi", *, memory: Any = None, n_jobs: int | None = None, **params: Any
) -> SpotterPipeline:
    """Build a spotter: a pipeline with the steps ``"motion"`` and ``"peaks"``.

    Parameters
    ----------
    method : {"roi", "softnet", "mdmd", "lbp", "hog", "strain"}, default="roi"
        ``"roi"`` is `ROIMotion` with `PeakSpotter` as they are.  The others are
        published rules to compare with: ``"softnet"`` searches `ROIMotion` for peaks
        above mean + 0.55 (max - mean) and gives intervals of fixed length [1]_;
        ``"mdmd"`` searches `MDMDSignal` [2]_; ``"lbp"``, ``"hog"`` and ``"strain"``
        search `FeatureDifference` [3]_.
    memory : None, str or joblib.Memory, default=None
        Cache of the motion signals, so that a grid search over the settings of
        ``"peaks"`` measures each video once.
    n_jobs : int, optional
        Videos treated at the same time.
    **params
        Parameters of the steps, for example ``peaks__p=0.3``.

    Returns
    -------
    SpotterPipeline
        A `sklearn.pipeline.Pipeline`.

    References
    ----------
    .. [1] Liong, G.-B., See, J., Wong, L.-K.: Shallow optical flow three-stream CNN
       for macro- and micro-expression spotting from long videos.  ICIP, 2021.
    .. [2] He, Y., Wang, S.-J., Li, J., Yap, M.H.: Spotting macro- and micro-expression
       intervals in long video sequences.  FG, 2020.
    .. [3] Moilanen, A., Zhao, G., Pietikäinen, M.: Spotting rapid facial movements
       from videos using appearance-based feature difference analysis.  ICPR, 2014.

    Examples
    --------
    >>> from mefeat.spotting import make_spotter
    >>> spotter = make_spotter(peaks__kinds="both")
    >>> [name for name, _ in spotter.steps]
    ['motion', 'peaks']
    """
    methods = ("roi", "softnet", "mdmd", "lbp", "hog", "strain")
    check_option("method", method, methods)
    motion, peaks = _motion_and_peaks(method)
    motion.set_params(memory=memory, n_jobs=n_jobs)
    pipeline = SpotterPipeline([("motion", motion), ("peaks", peaks)])
    return set_step_params(pipeline, params, "make_spotter")
