"""
The three planes of a clip
==========================

A clip is a block of voxels: height, width and time.  This page cuts it along its three
planes, shows the local binary patterns of each, and what LBP-TOP makes of them:
histograms of blocks, set side by side.
"""

# %%
# Three cuts through one clip
# ---------------------------
#
# The cut at a fixed row shows how that row changes over the frames.  Where nothing
# moves it is made of vertical stripes; motion bends them.

import matplotlib.pyplot as plt
import numpy as np

from mefeat.datasets import make_clips
from mefeat.features import LBPTOP, lbp_top_codes
from mefeat.reporting import BlockDisplay, PlaneHistogramDisplay

data = make_clips(
    n_subjects=1, n_clips=3, amplitude=6.0, fps=100, noise=1.0, random_state=3
)
clip = data.clips[list(data.labels).index("positive")]
frames = clip.frames()
height, width = clip.shape
row, column = round(0.68 * height), round(0.36 * width)
print(clip.name, frames.shape, "apex", clip.apex)

fig, axes = plt.subplots(
    1, 3, figsize=(10, 3.6), layout="constrained", width_ratios=(1, 1, 0.5)
)
axes[0].imshow(frames[clip.apex], cmap="gray")
axes[0].axhline(row, color="#D55E00", linewidth=1.2)
axes[0].axvline(column, color="#0072B2", linewidth=1.2)
axes[0].set(title="XY, the apex frame", xlabel="x [pixels]", ylabel="y [pixels]")
axes[1].imshow(frames[:, row], cmap="gray", aspect="auto")
axes[1].set(title=f"XT, row {row}", xlabel="x [pixels]", ylabel="t [frames]")
axes[2].imshow(frames[:, :, column].T, cmap="gray", aspect="auto")
axes[2].set(title=f"YT, column {column}", xlabel="t [frames]", ylabel="y [pixels]")
for ax, colour in zip(axes[1:], ("#D55E00", "#0072B2"), strict=True):
    for spine in ax.spines.values():
        spine.set(color=colour, linewidth=2)
plt.show()

# %%
# Their patterns
# --------------
#
# Voxels whose neighbours lie outside the clip have no code, so that the pictures are a
# little smaller.  Sensor noise makes the codes of flat skin busy on all planes.

codes = lbp_top_codes(clip, radii=(2, 2, 2))
fig, axes = plt.subplots(
    1, 3, figsize=(10, 3.6), layout="constrained", width_ratios=(1, 1, 0.5)
)
cuts = (
    codes[0, clip.apex - 2],
    codes[1, :, row - 2],
    codes[2, :, :, column - 2].T,
)
for ax, cut, plane in zip(axes, cuts, ("XY", "XT", "YT"), strict=True):
    shown = ax.imshow(cut, cmap="viridis", aspect="equal" if plane == "XY" else "auto")
    ax.set(title=f"codes on {plane}", xticks=[], yticks=[])
fig.colorbar(shown, ax=axes, label="code", shrink=0.8)
plt.show()

# %%
# Histograms
# ----------
#
# One histogram of 59 bins for each plane and block.  To see what motion adds, the clip
# is compared with a still one, its first frame repeated with fresh noise.  The maps
# show how far the two histograms of each block are apart (half the sum of absolute
# differences): the blocks of the mouth stand out, most of all on the planes with time.

extractor = LBPTOP(n_blocks=(6, 6, 1), radii=(2, 2, 4))
still = frames[:1].repeat(len(frames), axis=0)
noise = np.random.default_rng(0).normal(0, 1, still.shape)
still = np.clip(np.rint(still + noise), 0, 255).astype(np.uint8)
rows = extractor.fit_transform([frames, still]).reshape(2, 6, 6, 3, 59)
apart = abs(rows[0] - rows[1]).sum(axis=-1) / 2
fig, axes = plt.subplots(1, 3, figsize=(12, 3.4), layout="constrained")
for ax, distance, plane in zip(
    axes, np.moveaxis(apart, 2, 0), ("XY", "XT", "YT"), strict=True
):
    BlockDisplay.from_estimator(
        extractor, clip, values=distance, label="distance",
        title=f"{plane}: moving or still?", ax=ax,
    )  # fmt: skip
plt.show()

# %%
# The block that differs most, bin by bin.  The last bin holds all codes that are not
# uniform.

row, column = np.unravel_index(apart.sum(axis=2).argmax(), (6, 6))
fig, ax = plt.subplots(figsize=(10, 5.4), layout="constrained")
PlaneHistogramDisplay.from_estimator(
    extractor, {"expression": frames, "still": still}, block=(row, column, 0),
    title=f"block in row {row} and column {column}", ax=ax,
)  # fmt: skip
plt.show()
