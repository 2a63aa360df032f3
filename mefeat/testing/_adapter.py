"""`RowsAsClips`: an extractor of clips that scikit-learn's suite can drive."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted, validate_data

from mefeat._typing import Array
from mefeat._validation import check_int, check_tuple

__all__ = ["RowsAsClips"]


class RowsAsClips(TransformerMixin, MetaEstimatorMixin, BaseEstimator):
    """Make a small clip of each row of a table and extract its features.

    It takes a two-dimensional X, so that `sklearn.utils.estimator_checks` runs its
    full suite.  The extractor must work on random clips without a face.

    Parameters
    ----------
    estimator : extractor
        Of clips, with ``transform``.
    shape : (int, int, int), default=(6, 12, 12)
        Frames, height and width of the clips.

    Attributes
    ----------
    estimator_ : extractor
        Fitted clone.
    n_features_in_ : int

    Examples
    --------
    >>> from sklearn.utils.estimator_checks import check_estimator
    >>> from mefeat import LBPTOP
    >>> from mefeat.testing import RowsAsClips
    >>> adapter = RowsAsClips(LBPTOP(n_blocks=(1, 1, 1)))
    >>> results = check_estimator(adapter, on_skip=None)
    >>> [r["check_name"] for r in results if r["status"] == "failed"]
    []
    """

    def __init__(
        self, estimator: Any = None, shape: tuple[int, int, int] = (6, 12, 12)
    ) -> None:
        self.estimator = estimator
        self.shape = shape

    def _clips(self, X):
        """Spread each row over its clip by a fixed, invertible scrambling."""
        shape = check_tuple("shape", self.shape, 3, check_int, low=1)
        size = int(np.prod(shape))
        # Each value depends on one row alone; the golden ratio spreads neighbours.
        places = np.arange(size) % X.shape[1]
        phase = np.modf(np.arange(size) * 0.6180339887498949)[0]
        values = np.modf(np.abs(X[:, places]) * 0.31830988618379067 + phase)[0]
        return (values * 255).astype(np.uint8).reshape(len(X), *shape)

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Fit the extractor on the clips of the rows.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self
        """
        X = validate_data(self, X, dtype=np.float64)
        self.estimator_ = clone(self.estimator).fit(self._clips(X), y)
        return self

    def transform(self, X: ArrayLike) -> Array:
        """Extract the features of the clips of the rows.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_features_out)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return self.estimator_.transform(self._clips(X))
