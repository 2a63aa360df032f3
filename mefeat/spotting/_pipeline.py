"""`make_spotter`: from videos to intervals in one estimator."""

from sklearn.pipeline import Pipeline

from mefeat._validation import check_option
from mefeat.spotting.peaks import PeakSpotter
from mefeat.spotting.roi_motion import ROIMotion

__all__ = ["make_spotter"]


def make_spotter(method="roi", *, memory=None, n_jobs=None, **params):
    """Build a spotter: a pipeline with the steps ``"motion"`` and ``"peaks"``.

    Parameters
    ----------
    method : {"roi"}, default="roi"
        The motion signal: the regions of `ROIMotion`.
    memory : None, str or joblib.Memory, default=None
        Cache of the motion signals, so that a grid search over the settings of
        ``"peaks"`` measures each video once.
    n_jobs : int, optional
        Videos treated at the same time.
    **params
        Parameters of the steps, for example ``peaks__p=0.3``.

    Returns
    -------
    Pipeline

    Examples
    --------
    >>> from mefeat.spotting import make_spotter
    >>> spotter = make_spotter(peaks__kinds="both")
    >>> [name for name, _ in spotter.steps]
    ['motion', 'peaks']
    """
    check_option("method", method, ("roi",))
    motion = ROIMotion(memory=memory, n_jobs=n_jobs)
    spotter = Pipeline([("motion", motion), ("peaks", PeakSpotter())])
    return spotter.set_params(**params)
