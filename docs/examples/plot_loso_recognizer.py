"""
A recognizer, leaving one subject out
=====================================

Clips of micro-expressions in, emotions out, and each clip is named by a model that
never saw its subject.  Three descriptors look at the same faint movements.
"""

# %%
# Clips
# -----
#
# Peaks of at most one pixel on a face of 256 pixels, with noise; every fourth
# expression shows a trace of a foreign action unit.

from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt

from mefeat.datasets import make_clips
from mefeat.metrics import recognition_report
from mefeat.model_selection import loso_predict
from mefeat.recognition import make_recognizer
from mefeat.reporting import ComparisonDisplay, ConfusionDisplay, ScoreIntervalDisplay

data = make_clips(
    n_subjects=6, n_clips=6, size=112, amplitude=(0.3, 1.0), noise=4.0, random_state=0
)
print(len(data.clips), "clips of", len(set(data.subjects)), "subjects")

# %%
# Predictions
# -----------
#
# The clips are aligned already, so ``align=False``.  With a cache the features of a
# clip and of its mirror image are extracted once for all folds.

with TemporaryDirectory() as cache:
    predicted = {
        name: loso_predict(
            make_recognizer(name, align=False, memory=cache),
            data.clips,
            data.labels,
            data.subjects,
        )
        for name in ("lbp-top", "mdmo", "flow-map")
    }
reports = {
    name: recognition_report(data.labels, labels, subjects=data.subjects)
    for name, labels in predicted.items()
}
for name, report in reports.items():
    print(name)
    print(report)

# %%
# Confusion matrices
# ------------------
#
# Rows are the truth, the numbers on the right the recall of each class.  UF1 and UAR are
# taken from these counts, which are pooled over all folds, never averaged fold by fold.

fig, axes = plt.subplots(1, 3, figsize=(13, 3.6), layout="constrained")
for ax, (name, report) in zip(axes, reports.items(), strict=True):
    ConfusionDisplay.from_report(report, title=f"{name}: UF1 {report.uf1:.2f}", ax=ax)
plt.show()

# %%
# How sure are these numbers?
# ---------------------------
#
# Six subjects are few.  The bars are intervals by bootstrap over subjects.

fig, ax = plt.subplots(figsize=(6.5, 2.6), layout="constrained")
ScoreIntervalDisplay.from_reports(reports, chance=1 / 3, ax=ax)
plt.show()

# %%
# Is one better?
# --------------
#
# Bars that overlap don't answer that: both methods saw the same subjects.  Compare them
# subject by subject.  The diamond is the difference of the pooled scores, its bar the
# interval of that difference.

fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
ComparisonDisplay.from_predictions(
    data.labels,
    predicted["lbp-top"],
    predicted["flow-map"],
    subjects=data.subjects,
    names=("lbp-top", "flow-map"),
    ax=ax,
)
plt.show()
