"""`PowerNormalizer` and `LaplacianKernel`: descriptors made robust to outliers."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import pdist, squareform
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    OneToOneFeatureMixin,
    TransformerMixin,
)
from sklearn.metrics.pairwise import manhattan_distances
from sklearn.utils.validation import check_is_fitted, validate_data

from mefeat._typing import Array
from mefeat._validation import check_real

__all__ = ["LaplacianKernel", "PowerNormalizer"]


class PowerNormalizer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Damp large values of each row and give it unit length.

    Each value x becomes sign(x) abs(x) ** power, then each row is divided by its
    Euclidean norm.  For histograms a power of 1/2 makes a linear kernel the Hellinger
    kernel.

    Parameters
    ----------
    power : float, default=0.5
        In (0, 1]; 1 leaves the values as they are.

    References
    ----------
    Perronnin, F., Sánchez, J., Mensink, T.: Improving the Fisher kernel for
    large-scale image classification.  ECCV, 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.recognition import PowerNormalizer
    >>> PowerNormalizer().fit_transform(np.array([[9.0, -16.0]]))
    array([[ 0.6, -0.8]])
    """

    def __init__(self, power: float = 0.5) -> None:
        self.power = power

    def _check(self):
        return check_real(
            "power", self.power, low=0, high=1, open_low=True, owner="PowerNormalizer"
        )

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Check the parameters; nothing is learnt but the number of features.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self
        """
        self._check()
        validate_data(self, X, dtype=np.float64)
        return self

    def __sklearn_is_fitted__(self):
        return hasattr(self, "n_features_in_")

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Normalise rows; rows of zeros stay zeros.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_features), float64
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        damped = np.sign(X) * np.abs(X) ** self._check()
        norms = np.linalg.norm(damped, axis=1, keepdims=True)
        return damped / np.where(norms > 0, norms, 1.0)


class LaplacianKernel(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Similarity exp(-gamma d(x, z) / m) of each row with the training rows.

    d is the L1 distance and m its mean over the training rows, so that `gamma` means
    the same for any descriptor.  It goes before ``SVC(kernel="precomputed")``.  Less
    than the Gaussian kernel it lets a few values that differ much decide.

    Parameters
    ----------
    gamma : float, default=0.5

    Attributes
    ----------
    rows_ : ndarray of shape (n_samples, n_features)
        Training rows.
    mean_distance_ : float

    References
    ----------
    Chapelle, O., Haffner, P., Vapnik, V.: Support vector machines for
    histogram-based image classification.  IEEE Transactions on Neural Networks 10(5),
    1999.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.recognition import LaplacianKernel
    >>> LaplacianKernel(gamma=1.0).fit_transform(np.array([[0.0], [4.0]])).round(3)
    array([[1.   , 0.135],
           [0.135, 1.   ]])
    """

    def __init__(self, gamma: float = 0.5) -> None:
        self.gamma = gamma

    def _check(self):
        return check_real(
            "gamma", self.gamma, low=0, open_low=True, owner="LaplacianKernel"
        )

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Keep the training rows and their mean distance.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self
        """
        self.fit_transform(X)
        return self

    def fit_transform(self, X: ArrayLike, y: Any = None) -> Array:
        """Fit, and give the similarities of the training rows with each other.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        ndarray of shape (n_samples, n_samples)
        """
        gamma = self._check()
        self.rows_ = validate_data(self, X, dtype=np.float64)
        # Each pair once: half the time of manhattan_distances(rows, rows).
        distances = squareform(pdist(self.rows_, "cityblock"))
        mean = float(distances.mean())
        self.mean_distance_ = mean if mean > 0 else 1.0
        self._n_features_out = len(self.rows_)
        return np.exp(-gamma * distances / self.mean_distance_)

    def transform(self, X: ArrayLike) -> Array:
        """Give the similarities of rows with the training rows.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_training_samples)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        distances = manhattan_distances(X, self.rows_)
        return np.exp(-self._check() * distances / self.mean_distance_)
