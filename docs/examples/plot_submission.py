"""
From the unpacked folder to a submission
========================================

Train on CAS(ME)^2, predict the test set of the challenge, write the files that its site
accepts, and score them.  The data sets are licensed, so this page runs on their layouts
in miniature; with the real folders only the two roots change.
"""

# %%
# The training set
# ----------------
#
# A reader takes the folder as it was unpacked.  Its report says what it had to repair.

# sphinx_gallery_thumbnail_path = "_static/timeline.png"
from pathlib import Path
from tempfile import TemporaryDirectory

from mefeat.datasets import load_casme_sq, load_megc2025, make_layout

folder = TemporaryDirectory()
root = Path(folder.name)
train = load_casme_sq(make_layout("casme-sq", root / "CASME_sq"), classes=3)
print(train.report)

# %%
# Only micro-expressions are scored; macro-expressions would teach the recognizer
# something else.

intervals = [[i for i in video if i.kind == "micro"] for video in train.intervals]
print(sum(map(len, intervals)), "micro-expressions in", len(train.videos), "videos")

# %%
# The model
# ---------
#
# With real faces, ``SpotThenRecognize()`` alone does.  The pictures of the miniature
# layouts are plain gray and grow brighter where an expression is annotated, so a
# transformer that gives the brightness stands in for the motion of face regions.

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from mefeat import PeakSpotter, SpotThenRecognize
from mefeat.spotting import Signal


class Brightness(TransformerMixin, BaseEstimator):
    """Clip -> signal of the mean brightness of each frame."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        out = np.empty(len(X), dtype=object)
        for index, clip in enumerate(X):
            values = clip.frames().mean(axis=(1, 2))
            values = ((values - values.min()) / 30).astype(np.float32)[:, None]
            valid = np.ones(len(clip), dtype=bool)
            out[index] = Signal(values, clip.fps, ("brightness",), 256.0, valid)
        return out


class Height(TransformerMixin, BaseEstimator):
    """Clip -> one feature, the range of its brightness."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.array([[np.ptp(c.frames().mean(axis=(1, 2)))] for c in X])


model = SpotThenRecognize(
    spotter=make_pipeline(Brightness(), PeakSpotter()),
    recognizer=make_pipeline(Height(), SVC(C=10)),
)
model.fit(train.videos, intervals)

# %%
# The test set
# ------------
#
# Its videos come at 30 and 200 frames a second.  All durations of the spotter are in
# seconds, so that one model serves both.

test = load_megc2025(make_layout("megc2025-str", root / "MEGC2025"))
predicted = model.predict(test.videos)
for clip, found in zip(test.videos, predicted, strict=True):
    print(
        clip.subject,
        clip.name,
        f"{clip.fps:g} fps",
        [(i.onset, i.offset) for i in found],
    )

# %%
# The submission
# --------------
#
# It is checked before anything is written: every video, every interval, every emotion.

from mefeat.datasets import read_str_submission, write_str_submission

path = write_str_submission(root / "submission.zip", test, predicted)
rows = read_str_submission(path, frame_base=1)
print({name: len(videos) for name, videos in rows.items()})

# %%
# The score
# ---------
#
# The real truth is not public; that of the layout is.

from mefeat import Interval
from mefeat.metrics import compare_conventions, str_report

truth = [
    [Interval(29, 43, "negative"), Interval(79, 91, "positive")],
    [Interval(49, 61, "surprise")],
    [],
    [Interval(149, 219, "positive")],
    [Interval(59, 129, "negative"), Interval(249, 319, "negative")],
]
print(str_report(truth, predicted, datasets=test.datasets))

# %%
# With a false alarm in the video without an expression, and nothing found of one
# subject, the public scorer and the correct score part.  ``compare_conventions`` prints
# both and says in what they differ.

altered = list(predicted)
altered[2] = [Interval(5, 20, "negative")]
altered[4] = []
print(compare_conventions(truth, altered, subjects=test.subjects))
folder.cleanup()
