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

from mefeat import Clip
from mefeat.face import FaceMesh
from mefeat.features import MDMO, mdmo_roi_map
from mefeat.reporting import RegionDisplay

image = astronaut()[:230, 110:340]
face = FaceMesh().find(image)
print("face of", round(face.size), "pixels")

fig, axes = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")
axes[0].imshow(image)
axes[0].plot(*face.landmarks.T, "o", color="#E69F00", markersize=5)
axes[0].set(xticks=[], yticks=[], xlim=(55, 180), ylim=(200, 65), title="68 landmarks")
clip = Clip(image[None], landmarks=face.landmarks)
RegionDisplay.from_estimator(MDMO(), clip, title="36 regions", ax=axes[1])
plt.show()

# %%
# The spotter measures motion elsewhere: in squares around single landmarks, large enough to
# average the noise out.

fig, ax = plt.subplots(figsize=(5.6, 5), layout="constrained")
RegionDisplay.from_clip(clip, regions="spotting", ax=ax)
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
