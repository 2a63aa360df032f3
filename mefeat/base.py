"""Base classes: what clip transformers and spotters have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from mefeat._parallel import map_clips
from mefeat._typing import SequenceLike
from mefeat._validation import (
    as_object_array,
    check_clips,
    check_intervals,
)

__all__ = ["ClipFeatures", "ClipTransformer", "SpotterMixin"]


class ClipTransformer(TransformerMixin, BaseEstimator):
    """Base of transformers that treat each clip on its own and learn nothing.

    A subclass gives ``_check_params`` (returns the checked parameters as a dict, which
    is all that ``_transform_one`` sees and what the cache is keyed by) and the static
    method ``_transform_one(clip, **params)``.  Its constructor has ``memory`` and
    ``n_jobs``.  What comes out is one object for each clip: another clip, a signal.
    """

    _min_frames = 1

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.requires_fit = False
        return tags

    def __sklearn_is_fitted__(self):
        return True

    @abstractmethod
    def _check_params(self):
        """Give the checked parameters of ``_transform_one``, or raise ValueError."""

    @staticmethod
    @abstractmethod
    def _transform_one(clip, **params):
        """Transform a single clip."""

    def fit(self, X: SequenceLike, y: Any = None) -> Self:
        """Check the parameters; nothing is learnt.

        Parameters
        ----------
        X : sequence of clips
            See the glossary; not read.
        y : ignored

        Returns
        -------
        self
        """
        self._check_params()
        check_clips(X)
        return self

    def _map(self, X):
        params = self._check_params()
        clips = check_clips(X, min_frames=self._min_frames)
        return map_clips(
            type(self)._transform_one,
            clips,
            params=params,
            n_jobs=self.n_jobs,
            memory=self.memory,
        )

    def transform(self, X: SequenceLike) -> NDArray[Any]:
        """Transform each clip.

        Parameters
        ----------
        X : sequence of clips

        Returns
        -------
        ndarray of shape (n_clips,), object
        """
        return as_object_array(self._map(X))


class ClipFeatures(ClipTransformer):
    """Base of extractors: one row of float64 features for each clip.

    A subclass adds ``_feature_names(params)``, the names of the columns.
    """

    def transform(self, X: SequenceLike) -> NDArray[np.float64]:
        """Extract one row of features from each clip.

        Parameters
        ----------
        X : sequence of clips

        Returns
        -------
        ndarray of shape (n_clips, n_features), float64
        """
        return np.stack(self._map(X)).astype(np.float64, copy=False)

    @abstractmethod
    def _feature_names(self, params):
        """Give the names of the columns for checked parameters."""

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Give the names of the columns.

        Parameters
        ----------
        input_features : ignored

        Returns
        -------
        ndarray of str objects
        """
        return np.asarray(self._feature_names(self._check_params()), dtype=object)


class SpotterMixin:
    """Mixin of estimators that find intervals in videos (``"spotter"``)."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.estimator_type = "spotter"
        tags.input_tags.two_d_array = False
        return tags

    def score(self, X: SequenceLike, y: SequenceLike) -> float:
        """Give the pooled spotting F1 (IoU at least 0.5, one-to-one).

        Parameters
        ----------
        X : sequence of videos
        y : sequence of intervals, one list for each video

        Returns
        -------
        float in [0, 1]
        """
        from mefeat.metrics import spotting_f1_score

        return spotting_f1_score(check_intervals(y, len(X)), self.predict(X))  # type: ignore[attr-defined]
