"""Leave-one-subject-out prediction and stratification for micro-expressions.

Conventions
-----------
Scores of the field are computed once from the predictions of all folds together
(*pooled*).  The mean of the scores of folds is another, usually misleading number:
most subjects show only some of the emotions.

Nothing may be chosen on the subject that is tested.  In nested cross-validation the
inner search needs the subjects too; scikit-learn takes them as
``params={"groups": groups}``, and `loso_predict` hands them over by itself.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

from mefeat._typing import Array, SequenceLike
from mefeat._validation import check_intervals, needs_groups

__all__ = ["clip_subjects", "interval_strata", "loso_predict"]


def clip_subjects(X: SequenceLike) -> Array:
    """Give the subject of each clip.

    Parameters
    ----------
    X : sequence of Clip
        With ``clip.subject``.

    Returns
    -------
    ndarray of str of shape (n_clips,)

    Raises
    ------
    ValueError
        If a clip does not say who is seen.
    """
    subjects = [getattr(clip, "subject", None) for clip in X]
    if None in subjects:
        raise ValueError(
            f"X[{subjects.index(None)}] has no subject: give groups, one subject for "
            "each sample, or clips with a subject, Clip(..., subject='s01')."
        )
    return np.array(subjects, dtype=str)


def loso_predict(
    estimator: Any,
    X: SequenceLike,
    y: SequenceLike,
    groups: SequenceLike | None = None,
    *,
    method: str = "predict",
    n_jobs: int | None = None,
    verbose: int = 0,
) -> Array:
    """Predict each sample by an estimator that never saw its subject.

    Parameters
    ----------
    estimator : estimator
        A recognizer, a spotter, `mefeat.SpotThenRecognize`, or a search such as
        ``GridSearchCV(..., cv=LeaveOneGroupOut())`` over one of them, which then
        chooses on the training subjects alone.
    X : sequence of clips
        Or whatever else the estimator takes.
    y : sequence
        Labels, or a list of intervals for each video.
    groups : sequence of shape (n_samples,), optional
        Subject of each sample; by default the clips' ``subject``.
    method : str, default="predict"
        Method of the estimator, for example ``"decision_function"``.
    n_jobs : int, optional
        Number of folds at a time.
    verbose : int, default=0
        Messages of joblib.

    Returns
    -------
    ndarray of shape (n_samples, ...)
        In the order of X, ready for one pooled report.

    Raises
    ------
    ValueError
        If there are fewer than two subjects, or not one for each sample.

    See Also
    --------
    mefeat.metrics.recognition_report : Scores of pooled labels.
    mefeat.metrics.str_report : Scores of pooled intervals.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from mefeat.model_selection import loso_predict
    >>> X = np.array([[0.0], [1.0], [0.1], [0.9]])
    >>> y = np.array(["negative", "positive", "negative", "positive"])
    >>> loso_predict(LogisticRegression(), X, y, groups=["s1", "s1", "s2", "s2"])
    array(['negative', 'positive', 'negative', 'positive'], dtype='<U8')
    """
    groups = np.asarray(clip_subjects(X) if groups is None else groups)
    if groups.shape != (len(X),):
        raise ValueError(
            f"groups must hold one subject for each of the {len(X)} samples. Got an "
            f"array of shape {groups.shape} instead."
        )
    nobody = [i for i, group in enumerate(groups.tolist()) if group is None]
    if nobody:
        raise ValueError(f"groups[{nobody[0]}] names no subject.")
    people = np.unique(groups).tolist()
    if len(people) < 2:
        raise ValueError(
            "Leaving one subject out needs at least 2 subjects. Got "
            f"{'only ' + repr(people[0]) if people else 'none'} instead."
        )
    routed = get_config()["enable_metadata_routing"]
    nested = needs_groups(estimator)
    return cross_val_predict(
        estimator,
        X,
        y,
        groups=None if routed else groups,
        cv=LeaveOneGroupOut(),
        method=method,
        n_jobs=n_jobs,
        verbose=verbose,
        params={"groups": groups} if routed or nested else None,
    )


def interval_strata(y: SequenceLike) -> Array:
    """Give one stratum to each video, for folds that are balanced by emotion.

    Lists of intervals cannot be stratified by scikit-learn; these labels can.

    Parameters
    ----------
    y : sequence of lists of Interval
        One list for each video.

    Returns
    -------
    ndarray of str of shape (n_videos,)
        The emotion that is rarest over all videos among those that the video shows;
        ``"unlabelled"`` if its intervals have no labels, ``"none"`` without interval.

    Examples
    --------
    >>> from sklearn.model_selection import StratifiedGroupKFold
    >>> from mefeat import Interval
    >>> from mefeat.model_selection import interval_strata
    >>> y = [[Interval(5, 14, "negative"), Interval(40, 50, "surprise")],
    ...      [Interval(8, 19, "negative")], []]
    >>> strata = interval_strata(y)
    >>> strata
    array(['surprise', 'negative', 'none'], dtype='<U8')
    >>> folds = StratifiedGroupKFold(2)  # cv=list(folds.split(X, strata, groups))
    """
    videos = check_intervals(y, len(y))
    labels = [
        ["unlabelled" if i.label is None else i.label for i in video]
        for video in videos
    ]
    counts = Counter(label for video in labels for label in video)
    return np.array(
        [
            min(video, key=lambda name: (counts[name], name)) if video else "none"
            for video in labels
        ],
        dtype=str,
    )
