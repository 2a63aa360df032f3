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
import numpy as np

from mefeat.datasets import make_clips
from mefeat.metrics import compare_recognition, recognition_report
from mefeat.model_selection import loso_predict
from mefeat.recognition import make_recognizer

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
# Rows are the truth.  UF1 and UAR are taken from these counts, which are pooled over
# all folds, never averaged fold by fold.

fig, axes = plt.subplots(1, 3, figsize=(11, 4.2), layout="constrained")
for ax, (name, report) in zip(axes, reports.items(), strict=True):
    ax.imshow(report.confusion, cmap="Blues", vmin=0, vmax=12)
    for (row, column), count in np.ndenumerate(report.confusion):
        ax.text(
            column, row, count, ha="center", va="center",
            color="white" if count > 6 else "#20303F",
        )  # fmt: skip
    ticks = range(len(report.labels))
    ax.set(xticks=ticks, yticks=ticks, xlabel="predicted", ylabel="true")
    ax.set_xticklabels(report.labels)
    ax.set_yticklabels(report.labels, rotation=90, va="center")
    ax.set_title(f"{name}: UF1 {report.uf1:.2f}")
plt.show()

# %%
# How sure are these numbers?
# ---------------------------
#
# Six subjects are few.  The bars are intervals by bootstrap over subjects; where they
# overlap widely, compare the two on the same subjects before you call one better.

fig, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
for row, report in enumerate(reports.values()):
    low, high = report.uf1_interval
    ax.plot([low, high], [row, row], color="#0072B2", linewidth=3)
    ax.plot(report.uf1, row, "o", color="#D55E00", markersize=8)
ax.axvline(1 / 3, color="#9AA5B1", linestyle="--", linewidth=1)
ax.text(1 / 3, -0.75, " by chance", fontsize=8, color="#57606A")
ax.set(yticks=range(3), yticklabels=list(reports), xlabel="UF1", xlim=(0, 1.02))
ax.set_ylim(2.5, -1.0)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
print(
    compare_recognition(
        data.labels, predicted["lbp-top"], predicted["flow-map"], subjects=data.subjects
    )
)
