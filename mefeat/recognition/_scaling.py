"""`VarianceScaler`: one scale for a whole descriptor."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

__all__ = ["VarianceScaler"]


class VarianceScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Centre features and divide all of them by one number.

    Afterwards the variances of the training features sum to 1, so that the `C` of a
    linear SVM means the same for descriptors of any length and unit, and descriptors
    weigh the same in a union.  Unlike scaling each feature by itself, features that
    hardly vary are not blown up to noise.

    Attributes
    ----------
    mean_ : ndarray of shape (n_features,)
    scale_ : float
        Root of the sum of the variances; 1 for constant features.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.recognition import VarianceScaler
    >>> VarianceScaler().fit_transform(np.array([[0.0, 1.0], [6.0, 9.0]]))
    array([[-0.6, -0.8],
           [ 0.6,  0.8]])
    """

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Learn the mean and the scale.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self
        """
        rows = validate_data(self, X, dtype=np.float64)
        self.mean_ = rows.mean(axis=0)
        scale = float(np.sqrt(rows.var(axis=0).sum()))
        self.scale_ = scale if scale > 0 else 1.0
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Centre and scale.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_features), float64
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return (X - self.mean_) / self.scale_
