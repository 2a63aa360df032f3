"""
Optical flow from onset to apex
===============================

The motion of a micro-expression is a pixel or two, in pictures whose noise moves every
gray level.  Four methods look at the same pair of frames here, where the truth is known
to be upwards and downwards motion of brows or corners of the mouth.
"""

# %%
# The pair
# --------
#
# Onset and apex can hardly be told apart by eye; their difference shows noise first.

import matplotlib.pyplot as plt
import numpy as np

from mefeat.datasets import make_clips
from mefeat.flow import flow_to_color, optical_flow, optical_strain
from mefeat.reporting import FlowDisplay, StrainDisplay

data = make_clips(
    n_subjects=1, n_clips=3, size=200, amplitude=3.0, drift=False, random_state=1
)
clip = data.clips[list(data.labels).index("surprise")]
onset, apex = clip.frames()[[0, clip.apex]]
fig, axes = plt.subplots(1, 3, figsize=(10, 3.5), layout="constrained")
axes[0].imshow(onset, cmap="gray")
axes[0].set_title("onset")
axes[1].imshow(apex, cmap="gray")
axes[1].set_title(f"apex, frame {clip.apex}")
difference = apex.astype(int) - onset
shown = axes[2].imshow(difference, cmap="RdBu_r", vmin=-25, vmax=25)
axes[2].set_title("apex less onset")
fig.colorbar(shown, ax=axes[2], label="gray levels", shrink=0.8)
for ax in axes:
    ax.set(xticks=[], yticks=[])
plt.show()

# %%
# The methods
# -----------
#
# The hue tells the direction (the wheel on the right), the brightness the length.  To
# make it harder, the apex is brightened by 4 %, as a lamp may do.  TV-L1 compares the
# gray levels themselves and takes that for motion; once the local contrast is
# normalised, it does not.

methods = {
    "Lucas-Kanade": {"method": "lk"},
    "Farneback": {"method": "farneback"},
    "dense inverse search": {"method": "dis"},
    "TV-L1": {"method": "tvl1"},
    "TV-L1, lcn": {"method": "tvl1", "prefilter": "lcn"},
}
brighter = np.clip(np.rint(1.04 * apex), 0, 255).astype(np.uint8)
flows = {name: optical_flow(onset, brighter, **how) for name, how in methods.items()}
y, x = np.mgrid[-1:1:121j, -1:1:121j]
wheel = flow_to_color(np.where((x**2 + y**2 < 1)[..., None], np.dstack([x, y]), 0))
fig, axes = plt.subplots(2, 3, figsize=(10, 6.8), layout="constrained")
for ax, (name, flow) in zip(axes.flat, flows.items(), strict=False):
    ax.imshow(flow_to_color(flow, max_motion=1.5))
    longest = np.hypot(flow[..., 0], flow[..., 1]).max()
    ax.set_title(f"{name}, longest {longest:.1f} pixels", fontsize=10)
axes[1, 2].imshow(wheel)
axes[1, 2].set_title("direction", fontsize=10)
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])
plt.show()

# %%
# Arrows and strain
# -----------------
#
# The flow of the upper half as arrows, as colours over the face, and its strain, which is
# strongest at the border between what moves and what does not.

half = (slice(45, 115), slice(40, 160))
flow, face = flows["Lucas-Kanade"][half], onset[half]
fig, axes = plt.subplots(1, 3, figsize=(14, 3.2), layout="constrained")
FlowDisplay(flow, picture=face, step=6, scale=8, title="arrows").plot(ax=axes[0])
FlowDisplay(flow, picture=face, kind="color", title="colours").plot(ax=axes[1])
StrainDisplay(optical_strain(flow), picture=face, title="strain").plot(ax=axes[2])
plt.show()
