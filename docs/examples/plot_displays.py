"""
One clip, seen in every way
===========================

Before any score: look at what is measured.  One clip as pictures, as motion, as regions and
as histograms.
"""

# %%
# The clip
# --------
#
# The last line of a cell in a notebook shows a clip as a strip.

from mefeat.datasets import make_clips

data = make_clips(n_subjects=1, n_clips=3, size=200, amplitude=3.0, random_state=1)
clip = data.clips[list(data.labels).index("surprise")]
clip

# %%
# Onset, apex, offset
# -------------------

import matplotlib.pyplot as plt

from mefeat.reporting import (
    BlockDisplay,
    FlowDisplay,
    PlaneHistogramDisplay,
    RegionDisplay,
    StrainDisplay,
    StripDisplay,
)

fig, ax = plt.subplots(figsize=(7, 2.7), layout="constrained")
StripDisplay.from_clip(clip, ax=ax)
plt.show()

# %%
# What moves
# ----------
#
# The pictures can hardly be told apart; the motion between them can be measured.

fig, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
FlowDisplay.from_clip(clip, title="optical flow", ax=axes[0])
FlowDisplay.from_clip(clip, kind="color", title="in colours", ax=axes[1])
StrainDisplay.from_clip(clip, title="strain", ax=axes[2])
plt.show()

# %%
# Where it is measured
# --------------------
#
# In regions that follow the face, or in blocks of the picture.

from mefeat.features import LBPTOP

fig, axes = plt.subplots(1, 3, figsize=(12, 4.2), layout="constrained")
RegionDisplay.from_clip(clip, title="regions of MDMO", ax=axes[0])
RegionDisplay.from_clip(
    clip, regions="spotting", title="regions of the spotter", ax=axes[1]
)
BlockDisplay.from_estimator(LBPTOP(), clip, title="blocks of LBP-TOP", ax=axes[2])
plt.show()

# %%
# What LBP-TOP counts
# -------------------
#
# The mean of all blocks, beside that of a clip in which nothing happens: its first frame
# again and again.

still = clip.frames()[:1].repeat(len(clip), axis=0)
fig, ax = plt.subplots(figsize=(8, 5), layout="constrained")
PlaneHistogramDisplay.from_estimator(
    LBPTOP(), {"surprise": clip, "still": still}, ax=ax
)
plt.show()
