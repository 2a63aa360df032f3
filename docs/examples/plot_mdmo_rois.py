"""
The 36 regions of MDMO
======================

MDMO sums the motion of a face up in one vector for each of 36 regions: the mean of the
flow vectors of the direction that most pixels of the region take.
"""

# %%
# The regions on a face
# ---------------------
#
# They are polygons on the 68 landmarks, which the face mesh finds without any download.

import matplotlib.pyplot as plt
import numpy as np
from skimage.data import astronaut

from mefeat.face import FaceMesh
from mefeat.features import MDMO, mdmo_roi_map

image = astronaut()[:230, 110:340]
face = FaceMesh().find(image)
labels = mdmo_roi_map(face.landmarks, image.shape[:2])
print("face of", round(face.size), "pixels,", labels.max(), "regions")

fig, axes = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")
axes[0].imshow(image)
axes[0].plot(*face.landmarks.T, "o", color="#E69F00", markersize=5)
axes[0].set_title("68 landmarks")
axes[1].imshow(image)
colours = np.random.default_rng(4).permutation(36)
shown = np.ma.masked_equal(labels, 0).astype(float)
shown[labels > 0] = colours[labels[labels > 0] - 1]
axes[1].imshow(shown, cmap="tab20", alpha=0.45, interpolation="nearest")
for number in range(1, 37):
    row, column = np.argwhere(labels == number).mean(axis=0)
    axes[1].text(
        column, row, number, ha="center", va="center", fontsize=8, weight="bold"
    )
axes[1].set_title("36 regions")
for ax in axes:
    ax.set(xticks=[], yticks=[], xlim=(55, 180), ylim=(200, 65))
plt.show()

# %%
# What a clip gives
# -----------------
#
# Odd numbers lie on the left of the picture, the next even number mirrors them.  The
# row of a clip holds 36 vectors, divided by the longest.  Three clips of one person:

from mefeat.datasets import make_clips

data = make_clips(n_subjects=1, n_clips=3, size=200, amplitude=3.0, random_state=1)
rows = MDMO(output="cartesian").fit_transform(data.clips)
fig, axes = plt.subplots(1, 3, figsize=(11, 4), layout="constrained")
for ax, clip, label, row in zip(axes, data.clips, data.labels, rows, strict=True):
    regions = mdmo_roi_map(clip.landmarks, clip.shape)
    centres = np.array(
        [np.argwhere(regions == n).mean(axis=0)[::-1] for n in range(1, 37)]
    )
    vectors = row.reshape(36, 2)
    ax.imshow(clip.frames()[0], cmap="gray")
    ax.contour(regions > 0, levels=[0.5], colors="#56B4E9", linewidths=0.9)
    ax.quiver(
        *centres.T, *vectors.T, angles="xy", scale_units="xy", scale=1 / 22,
        color="#E69F00", width=0.008,
    )  # fmt: skip
    ax.set(title=f"MDMO, {label}", xticks=[], yticks=[])
plt.show()
