"""
3. Your own extractor, from clips to a challenge score
======================================================

A descriptor of your own becomes a scikit-learn transformer in thirty lines.  You will
check it, compare it with a ready one, and put it behind a spotter to get the score of
the challenge.  About an hour with the exercises.
"""

# %%
# A transformer
# -------------
#
# The idea: the mean vertical motion from onset to apex in the upper, the middle and the
# lower part of the left and the right half of the picture: six numbers.

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from mefeat.datasets import make_clips
from mefeat.flow import find_apex, optical_flow


class SixMotions(TransformerMixin, BaseEstimator):
    """Vertical motion from onset to apex in six parts of the picture.

    Parameters
    ----------
    method : str, default="lk"
        Of `mefeat.flow.optical_flow`.
    """

    def __init__(self, method="lk"):
        self.method = method

    def __sklearn_is_fitted__(self):
        return True

    def fit(self, X, y=None):
        """Learn nothing."""
        return self

    def transform(self, X):
        """Give an array of shape (n_clips, 6)."""
        return np.stack([self._one(clip) for clip in X])

    def _one(self, clip):
        apex = find_apex(clip) if clip.apex is None else clip.apex
        onset = clip[:1].frames()[0]
        moved = clip[apex : apex + 1].frames()[0]
        down = optical_flow(onset, moved, method=self.method)[..., 1]
        down = down - np.median(down)
        parts = [
            part.mean()
            for third in np.array_split(down, 3, axis=0)
            for part in np.array_split(third, 2, axis=1)
        ]
        return np.array(parts, dtype=float)


data = make_clips(n_subjects=5, n_clips=6, size=96, noise=4.0, random_state=3)
rows = SixMotions().fit_transform(data.clips)
for label in np.unique(data.labels):
    print(label, rows[data.labels == label].mean(axis=0).round(2))

# %%
# **Exercise 1.**  Read the table: which part tells surprise from the rest, and in which
# direction does it move?
#
# Solution: motion downwards is positive.  In surprise the upper two thirds move up
# (brows that are raised) and the lower third moves down (a jaw that drops).  In
# positive expressions the middle third moves up, with the corners of the mouth; in
# negative ones the upper two thirds move down.

# %%
# Checks
# ------
#
# :func:`mefeat.testing.clip_checks` runs what an estimator over clips must hold: it
# can be cloned and pickled, does not change its input, treats each clip on its own. It
# also asks that lists, arrays and handles of clips are all taken.  The class above
# takes handles only, and the checks say so:

from mefeat.testing import clip_checks


def failing(estimator):
    """Give the names of the checks that an estimator fails, with the error."""
    failed = {}
    for name, check in clip_checks(estimator):
        try:
            check()
        except Exception as error:
            failed[name] = type(error).__name__
    return failed


print(failing(SixMotions()))

# %%
# **Exercise 2.**  Mend it.  The base class :class:`mefeat.base.ClipFeatures` opens
# every form of clip, maps over them in parallel, and caches; what is left is the idea.
# A subclass gives four things: ``_min_frames``, the fewest frames that make sense;
# ``_check_params(self)``, which returns its checked parameters as a dict; the static
# method ``_transform_one(clip, **params)``, the features of one clip under these; and
# ``_feature_names(self, params)``, the names of the columns.
#
# Solution:

from mefeat.base import ClipFeatures


class SixMotionsToo(ClipFeatures):
    """The same, for every form of clip, with a cache and several jobs."""

    _min_frames = 2

    def __init__(self, method="lk", memory=None, n_jobs=None):
        self.method = method
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        if self.method not in ("lk", "farneback", "dis", "tvl1"):
            raise ValueError(f"method must be known. Got {self.method!r} instead.")
        return {"method": self.method}

    @staticmethod
    def _transform_one(clip, *, method):
        return SixMotions(method)._one(clip)

    def _feature_names(self, params):
        return [f"{t}_{s}" for t in ("top", "mid", "low") for s in ("left", "right")]


print(failing(SixMotionsToo()))
print((SixMotionsToo().fit_transform(data.clips) == rows).all())

# %%
# Compare
# -------
#
# Six numbers, a, against 588, b, on the same subjects.  The difference is b less a.
# ``SixMotionsToo`` is the class of the last solution; yours will do as well.

from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mefeat.metrics import compare_recognition
from mefeat.model_selection import loso_predict
from mefeat.recognition import make_recognizer

mine = make_pipeline(SixMotionsToo(), StandardScaler(), SVC(class_weight="balanced"))
theirs = make_recognizer("flow-map", align=False)
mine_said = loso_predict(mine, data.clips, data.labels, data.subjects)
theirs_said = loso_predict(theirs, data.clips, data.labels, data.subjects)
print(compare_recognition(data.labels, mine_said, theirs_said, subjects=data.subjects))

# %%
# Into the challenge
# ------------------
#
# Behind a spotter the recognizer names what was found in long videos; the score is
# STRS, the F1 of finding (column F1) times the F1 of naming what was found (F1a).  The
# other columns are worked out in :doc:`/guide/metrics`.

from pathlib import Path
from tempfile import TemporaryDirectory

from mefeat import SpotThenRecognize
from mefeat.datasets import make_long_videos
from mefeat.metrics import chance_report, str_report
from mefeat.spotting import make_spotter

folder = TemporaryDirectory()
root = Path(folder.name)
videos = make_long_videos(
    root / "videos", 3, 1, duration=13, size=112, amplitude=(0.5, 1.2), random_state=3
)
model = SpotThenRecognize(make_spotter(memory=root / "cache"), mine)
predicted = loso_predict(model, videos.videos, videos.intervals, videos.subjects)
print(str_report(videos.intervals, predicted, subjects=videos.subjects))

# %%
# **Exercise 3.**  What would chance score with as many intervals of the same lengths?
#
# Solution:

lengths = [len(video) for video in videos.videos]
print(chance_report(videos.intervals, lengths, y_pred=predicted, n_repeats=50))

# %%
# **Exercise 4.**  Which of the two parts limits the score?  Give the recognizer the
# true intervals, and the true labels to what was spotted.
#
# Solution: with perfect spotting STRS would be the F1 of analysis, with perfect naming
# that of spotting; both stand in the table above, in the columns F1a and F1.  Here they
# lie close together.

report = str_report(videos.intervals, predicted)
print(f"perfect spotting {report.analysis_f1:.3f}, perfect naming {report.f1:.3f}")
folder.cleanup()
