"""
Flow maps: a clip as one small picture
======================================

The motion from onset to apex, averaged in a few cells, is a descriptor small enough for
a few hundred clips.  The same maps feed support vector machines here and small networks
elsewhere.
"""

# %%
# Three channels
# --------------
#
# ``"u"`` and ``"v"`` are the motion to the right and downwards in pixels, ``"s"`` the
# optical strain.

import matplotlib.pyplot as plt
import numpy as np

from mefeat.datasets import make_clips
from mefeat.flow import FlowMap

data = make_clips(
    n_subjects=4, n_clips=6, size=128, amplitude=(1.5, 2.5), random_state=0
)
maps = FlowMap(size=28, output="map", center="median").fit_transform(data.clips)
print(maps.shape)
classes = ("negative", "positive", "surprise")
fig, axes = plt.subplots(3, 4, figsize=(10, 7.4), layout="constrained")
for row, label in zip(axes, classes, strict=True):
    index = list(data.labels).index(label)
    clip, parts = data.clips[index], np.moveaxis(maps[index], 2, 0)
    row[0].imshow(clip.frames()[clip.apex], cmap="gray")
    row[0].set_ylabel(label)
    for ax, part, name in zip(row[1:], parts, "uvs", strict=True):
        limit = 0.06 if name == "s" else 1.0
        shown = ax.imshow(
            part, cmap="magma" if name == "s" else "RdBu_r",
            vmin=0 if name == "s" else -limit, vmax=limit,
        )  # fmt: skip
        fig.colorbar(shown, ax=ax, shrink=0.8)
    for ax in row:
        ax.set(xticks=[], yticks=[])
titles = ("apex frame", "u, to the right [px]", "v, downwards [px]", "s, strain")
for ax, title in zip(axes[0], titles, strict=True):
    ax.set_title(title, fontsize=10)
plt.show()

# %%
# The mean of a class
# -------------------
#
# Averaged over subjects, vertical motion shows what sets the classes apart: brows that
# are lowered, corners of the mouth that are lifted, brows that are raised.

fig, axes = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
for ax, label in zip(axes, classes, strict=True):
    mean = maps[data.labels == label][..., 1].mean(axis=0)
    shown = ax.imshow(mean, cmap="RdBu_r", vmin=-0.6, vmax=0.6)
    ax.set(title=label, xticks=[], yticks=[])
fig.colorbar(shown, ax=axes, label="v, downwards [pixels]", shrink=0.85)
plt.show()

# %%
# How small may it be?
# --------------------
#
# Three by three cells already tell brows from mouth.  A single cell, the mean motion of
# the whole face, does not.

from mefeat.metrics import uf1_score
from mefeat.model_selection import loso_predict
from mefeat.recognition import make_recognizer

faint = make_clips(
    n_subjects=5, n_clips=6, size=112, amplitude=(0.2, 0.8), noise=4.0, random_state=1
)
sizes, scores = [1, 2, 3, 5, 7, 14, 28], []
for size in sizes:
    model = make_recognizer("flow-map", align=False, features__size=size)
    predicted = loso_predict(model, faint.clips, faint.labels, faint.subjects)
    scores.append(uf1_score(faint.labels, predicted))
fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(sizes, scores, "o-", color="#0072B2")
ax.axhline(1 / 3, color="#9AA5B1", linestyle="--", linewidth=1, label="by chance")
ax.set(xscale="log", xticks=sizes, ylim=(0, 1.05), ylabel="UF1, 5 subjects, LOSO")
ax.set_xticklabels(sizes)
ax.minorticks_off()
ax.set_xlabel("cells in each direction")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
