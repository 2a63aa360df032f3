"""
1. A recognizer, honestly scored
================================

From clips to a nested leave-one-subject-out result.  You need scikit-learn and nothing
of this field.  About 45 minutes with the exercises.
"""

# %%
# The data
# --------
#
# A clip shows one brief expression, from its onset, where the movement begins, over its
# apex, where it is strongest, to its offset, where the face is at rest again.  Each
# belongs to a subject and has a label.  The clips here are made by warping a photograph,
# so that the truth is known.  Do not worry if you cannot see the movement below: it is
# a pixel at most, and real ones are as faint.

from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np

from mefeat.datasets import make_clips

data = make_clips(
    n_subjects=6, n_clips=6, size=96, amplitude=(0.3, 1.2), noise=4.0, random_state=7
)
clip = data.clips[0]
print(clip)
print("apex", clip.apex, "of", len(clip), "frames; label", data.labels[0])

frames = clip.frames()
fig, axes = plt.subplots(1, 3, figsize=(8, 2.9), layout="constrained")
shown = {"onset": 0, "apex": clip.apex, "offset": len(clip) - 1}
for ax, (name, index) in zip(axes, shown.items(), strict=True):
    ax.imshow(frames[index], cmap="gray")
    ax.set(title=f"{name}, frame {index}", xticks=[], yticks=[])
plt.show()

# %%
# **Exercise 1.**  How long is the clip in seconds?  How many clips of each label and of
# each subject are there?
#
# Solution:

print(len(clip) / clip.fps, "s")
print(np.unique(data.labels, return_counts=True))
print(np.unique(data.subjects, return_counts=True))

# %%
# A pipeline
# ----------
#
# Extractors are transformers: a list of clips in, a matrix out.
# :class:`~mefeat.flow.FlowMap` measures how the skin moves from onset to apex and how it
# is stretched, averaged in 14 by 14 cells: 3 x 14 x 14 = 588 numbers for each clip.
# ``memory`` keeps them in a folder.
# :class:`~mefeat.recognition.PowerNormalizer` damps large values and gives each row
# unit length.

from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from mefeat.flow import FlowMap
from mefeat.recognition import PowerNormalizer

cache = TemporaryDirectory()
extractor = FlowMap(size=14, center="median", memory=cache.name)
print(extractor.fit_transform(data.clips).shape)
pipeline = make_pipeline(extractor, PowerNormalizer(), SVC(kernel="linear", C=10))

# %%
# **Exercise 2.**  Fit the pipeline on all clips and score it on the same clips.  Why is
# the number worthless?
#
# Solution: with 588 features for 36 clips a linear machine can tell any labels apart,
# even random ones.

rng = np.random.default_rng(0)
nonsense = rng.permutation(data.labels)
print(
    "true labels   ",
    pipeline.fit(data.clips, data.labels).score(data.clips, data.labels),
)
print("shuffled ones ", pipeline.fit(data.clips, nonsense).score(data.clips, nonsense))

# %%
# One subject left out
# --------------------
#
# Each subject is predicted by a model that never saw them; all predictions together are
# scored once.  UF1 is the mean over the labels of F1, UAR that of recall, "macro P" that
# of precision; the intervals (95 %) come from drawing subjects anew (a bootstrap).  The
# line below the table names these conventions.  In the confusion matrix the rows are the
# truth.

from mefeat.metrics import recognition_report
from mefeat.model_selection import loso_predict

predicted = loso_predict(pipeline, data.clips, data.labels, data.subjects)
report = recognition_report(data.labels, predicted, subjects=data.subjects)
print(report)
print(report.labels)
print(report.confusion)

# %%
# **Exercise 3.**  Compute UF1 from the confusion matrix by hand and compare.
#
# Solution: for each class twice the diagonal over row sum plus column sum, then the
# mean.

table = report.confusion
f1 = 2 * np.diag(table) / (table.sum(axis=0) + table.sum(axis=1))
print(f1.round(4), f1.mean().round(4), round(report.uf1, 4))

# %%
# **Exercise 4.**  What does the same pipeline score on the shuffled labels, leaving one
# subject out?
#
# Solution: about chance, as it should.

shuffled = loso_predict(pipeline, data.clips, nonsense, data.subjects)
print(recognition_report(nonsense, shuffled).uf1)

# %%
# Nested
# ------
#
# ``C`` and the size of the map are choices.  Made on the test subjects they would be
# leakage; a search inside each fold makes them on the training subjects.  With the
# cache each clip's map is measured once for each size.

from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut

grid = {"flowmap__size": [7, 14], "svc__C": [1, 10]}
search = GridSearchCV(pipeline, grid, cv=LeaveOneGroupOut())
nested = loso_predict(search, data.clips, data.labels, data.subjects)
print(recognition_report(data.labels, nested, subjects=data.subjects))

# %%
# **Exercise 5.**  The fixed pipeline and the nested search differ a little.  Is one of
# them better?
#
# Solution: compare them on the same subjects; a is the first one, b the second.  An
# interval of the difference that holds 0 gives no ground to say so, nor does a p-value
# above 0.05.

from mefeat.metrics import compare_recognition

print(compare_recognition(data.labels, predicted, nested, subjects=data.subjects))
cache.cleanup()

# %%
# You have a nested leave-one-subject-out result.  With real clips, ``make_clips`` is
# replaced by a reader such as :func:`mefeat.datasets.load_casme2`, and where its pictures
# show more than the face, a :class:`~mefeat.face.FaceAligner` is the first step of the
# pipeline; nothing else changes.
