"""`SpotThenRecognize`: find micro-expressions in a video, then name each one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from mefeat._typing import SequenceLike
from mefeat._validation import (
    as_object_array,
    check_clips,
    check_int,
    check_intervals,
)
from mefeat.exceptions import ClipError

if TYPE_CHECKING:
    from mefeat.intervals import Interval
    from mefeat.io._clip import Clip


__all__ = ["SpotThenRecognize", "cut_interval"]


def cut_interval(video: Clip, interval: Interval, min_frames: int = 1) -> Clip:
    """Cut the clip of one interval out of a video.

    Parameters
    ----------
    video : Clip
    interval : Interval
        What lies beyond the video's first or last frame is left out.
    min_frames : int, default=1
        A shorter clip is widened by the frames around it, as far as the video has
        them.

    Returns
    -------
    Clip
        From onset to offset, both included, with ``apex`` set where the interval has
        one that lies behind the clip's first frame.

    Raises
    ------
    ClipError
        If the interval lies outside of the video.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip, Interval
    >>> from mefeat.compose import cut_interval
    >>> video = Clip(np.zeros((50, 8, 8), dtype=np.uint8), fps=30)
    >>> clip = cut_interval(video, Interval(-2, 9, apex=4))
    >>> len(clip), clip.apex
    (10, 4)
    """
    start, stop = max(interval.onset, 0), min(interval.offset + 1, len(video))
    if start >= stop:
        raise ClipError(
            f"the interval from frame {interval.onset} to {interval.offset} lies "
            f"outside of its {len(video)} frames",
            clip=video.name,
        )
    lacking = min_frames - (stop - start)
    if lacking > 0:
        start = max(start - (lacking + 1) // 2, 0)
        stop = min(start + min_frames, len(video))
        start = max(stop - min_frames, 0)
    apex = interval.apex
    inside = apex is not None and start < apex < stop
    return video.replace(apex=apex if inside else None)[start:stop]


class SpotThenRecognize(MetaEstimatorMixin, BaseEstimator):
    """Spot micro-expressions in long videos, then name the emotion of each.

    The recognizer is trained on the annotated intervals; what it names when it
    predicts are the spotted ones.

    Parameters
    ----------
    spotter : estimator, optional
        Finds intervals in videos; None means `mefeat.spotting.make_spotter`.
    recognizer : classifier, optional
        Names clips; None means `mefeat.recognition.make_recognizer`.
    others : str, sequence of str or None, default="others"
        Emotions that are no answer: the recognizer learns them, but an interval that
        it names so is dropped from the predictions.
    min_frames : int, default=3
        Shorter intervals are widened to so many frames before they are recognized.
        The interval that is returned stays as it was spotted.

    Attributes
    ----------
    spotter_, recognizer_ : estimators
        Fitted clones.
    classes_ : ndarray of str
        Emotions that may be predicted.

    Notes
    -----
    `score` is the spot-then-recognize score STRS, the product of the F1 scores of
    spotting and analysis.  The mean of the scores of folds is not the score of the
    pooled predictions: see `mefeat.model_selection.loso_predict`.

    A spotter that learns nothing is not run over the training videos.  Annotated
    macro-expressions (``kind="macro"``) are no training material of the recognizer.

    Parameters of the parts are ``spotter__...`` and ``recognizer__...``.  `get_params`
    lists them where the parts are given; for a part that is None, `set_params` (and
    with it a grid search) puts the default in its place first.

    Examples
    --------
    >>> from mefeat import SpotThenRecognize
    >>> from mefeat.recognition import make_recognizer
    >>> from mefeat.spotting import make_spotter
    >>> model = SpotThenRecognize(make_spotter(), make_recognizer())
    >>> model = model.set_params(spotter__peaks__p=0.3, recognizer__svm__C=10.0)
    >>> model.get_params()["recognizer__svm__C"]
    10.0
    """

    def __init__(
        self,
        spotter: Any = None,
        recognizer: Any = None,
        others: str | Sequence[str] | None = "others",
        min_frames: int = 3,
    ) -> None:
        self.spotter = spotter
        self.recognizer = recognizer
        self.others = others
        self.min_frames = min_frames

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.estimator_type = "spotter"
        tags.input_tags.two_d_array = False
        tags.target_tags.required = True
        return tags

    # -- parameters ------------------------------------------------------------

    def set_params(self, **params: Any) -> Self:
        """Set parameters, of the default parts too.

        Parameters
        ----------
        **params : dict
            For example ``spotter__peaks__p=0.3``.

        Returns
        -------
        self
        """
        for part in ("spotter", "recognizer"):
            nested = any(name.startswith(f"{part}__") for name in params)
            if nested and params.get(part, getattr(self, part)) is None:
                params = {**params, part: self._default(part)}
        return super().set_params(**params)

    @staticmethod
    def _default(part):
        if part == "spotter":
            from mefeat.spotting import make_spotter

            return make_spotter()
        from mefeat.recognition import make_recognizer

        return make_recognizer()

    def _part(self, part):
        given = getattr(self, part)
        if given is None:
            return self._default(part)
        if isinstance(given, type) or not hasattr(given, "predict"):
            raise ValueError(
                f"The {part!r} parameter of SpotThenRecognize must be an estimator "
                f"with fit and predict. Got {given!r} instead."
            )
        return clone(given)

    def _dropped(self):
        if self.others is None:
            return set()
        names = [self.others] if isinstance(self.others, str) else self.others
        try:
            names = list(names)
        except TypeError:
            names = [None]
        if not all(isinstance(name, str) for name in names):
            raise ValueError(
                "The 'others' parameter of SpotThenRecognize must be the name of an "
                f"emotion, several names or None. Got {self.others!r} instead."
            )
        return set(names)

    # -- fitting ---------------------------------------------------------------

    def fit(self, X: SequenceLike, y: SequenceLike) -> Self:
        """Fit the spotter on the videos and the recognizer on their intervals.

        Parameters
        ----------
        X : sequence of videos
        y : sequence of lists of Interval
            One list for each video, each interval with its label; empty where a video
            holds no micro-expression.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If an interval has no label, or there is none to learn from.
        ClipError
            If an interval lies outside of its video.
        """
        least = check_int(
            "min_frames", self.min_frames, low=1, owner="SpotThenRecognize"
        )
        dropped = self._dropped()
        videos = check_clips(X)
        truth = check_intervals(y, len(videos))
        clips, labels = _training_clips(videos, truth, least)
        spotter, recognizer = self._part("spotter"), self._part("recognizer")
        self._fit_parts(spotter, recognizer, videos, truth, clips, labels)
        self.classes_ = np.array(sorted(set(labels.tolist()) - dropped), dtype=object)
        return self

    def _fit_parts(self, spotter, recognizer, videos, truth, clips, labels):
        """Fit both parts; a subclass may let one build on the other."""
        self.recognizer_ = recognizer.fit(clips, labels)
        self.spotter_ = _fit_spotter(spotter, videos, truth)

    # -- prediction ------------------------------------------------------------

    def spot(self, X: SequenceLike) -> NDArray[Any]:
        """Find intervals without naming them.

        Parameters
        ----------
        X : sequence of videos

        Returns
        -------
        ndarray of shape (n_videos,), object
            Lists of Interval.
        """
        check_is_fitted(self)
        return self.spotter_.predict(check_clips(X))

    def predict(self, X: SequenceLike) -> NDArray[Any]:
        """Find and name the micro-expressions of each video.

        Parameters
        ----------
        X : sequence of videos

        Returns
        -------
        ndarray of shape (n_videos,), object
            Lists of labelled Interval, with the spotter's apex and score.
        """
        check_is_fitted(self)
        return self.recognize(X, self.spotter_.predict(check_clips(X)))

    def recognize(self, X: SequenceLike, intervals: SequenceLike) -> NDArray[Any]:
        """Name given intervals, for example those of another spotter.

        Parameters
        ----------
        X : sequence of videos
        intervals : sequence of lists of Interval
            One list for each video; labels that they have are replaced.

        Returns
        -------
        ndarray of shape (n_videos,), object
            Lists of labelled Interval, without those named as `others`.
        """
        check_is_fitted(self)
        videos = check_clips(X)
        spotted = check_intervals(intervals, len(videos))
        clips = [
            cut_interval(video, interval, self.min_frames)
            for video, found in zip(videos, spotted, strict=True)
            for interval in found
        ]
        labels = iter(self.recognizer_.predict(clips) if clips else ())
        dropped = self._dropped()
        named = [[i.replace(label=next(labels)) for i in found] for found in spotted]
        return as_object_array(
            [[i for i in found if i.label not in dropped] for found in named]
        )

    def score(self, X: SequenceLike, y: SequenceLike) -> float:
        """Give the spot-then-recognize score STRS of the pooled predictions.

        Parameters
        ----------
        X : sequence of videos
        y : sequence of lists of labelled Interval

        Returns
        -------
        float in [0, 1]
        """
        from mefeat.metrics import strs_score

        return strs_score(check_intervals(y, len(X)), self.predict(X))


def _training_clips(videos, truth, min_frames):
    clips, labels = [], []
    for index, (video, intervals) in enumerate(zip(videos, truth, strict=True)):
        for interval in intervals:
            if interval.kind == "macro":
                continue
            if interval.label is None:
                raise ValueError(
                    "SpotThenRecognize learns from labelled intervals, but the "
                    f"interval from frame {interval.onset} to {interval.offset} of "
                    f"y[{index}] (video {video.name!r}) has no label: give "
                    "Interval(onset, offset, label)."
                )
            clips.append(cut_interval(video, interval, min_frames))
            labels.append(interval.label)
    if not clips:
        raise ValueError(
            f"y holds no micro-expression in any of the {len(videos)} videos: there "
            "is nothing to learn emotions from."
        )
    return clips, np.array(labels, dtype=object)


def _fit_spotter(spotter, videos, truth):
    """Fit a spotter, unless it learns nothing: then only check its parameters.

    The fit of a pipeline would compute the signals of all training videos for a last
    step that does not look at them.
    """
    steps = [step for _, step in getattr(spotter, "steps", [("spotter", spotter)])]
    steps = [step for step in steps if step not in (None, "passthrough")]
    try:
        for step in steps:
            check_is_fitted(step)
    except (NotFittedError, TypeError):
        return spotter.fit(videos, as_object_array(truth))
    for step in steps:
        if hasattr(step, "_check_params"):
            step._check_params()
    return spotter
