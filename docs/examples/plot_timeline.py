"""
Timeline of a spotted video
===========================

From a long video to intervals: the motion of face regions, a threshold, and what
exceeds it.
"""

# %%
# A video with distractors
# ------------------------
#
# Beside micro-expressions it holds blinks, turns of the head, changes of light and a
# macro-expression.

from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt

from mefeat.datasets import make_long_videos
from mefeat.reporting import StripDisplay, TimelineDisplay, apex_picture
from mefeat.spotting import make_spotter

folder = TemporaryDirectory()
data = make_long_videos(Path(folder.name), 1, 1, duration=14, size=192, random_state=5)
video, truth = data.videos[0], data.intervals[0]
for interval in truth:
    print(interval.label, interval.onset, interval.apex, interval.offset)
print(data.distractors[0])

# %%
# Spotting
# --------
#
# ``make_spotter`` gives a pipeline: the step ``"motion"`` turns the video into a
# signal of 14 face regions, the step ``"peaks"`` searches it.  Hatched bars are the
# truth, full bars what was found.

spotter = make_spotter()
signal = spotter[:-1].transform([video])[0]
found = spotter[-1].predict([signal])[0]
pictures = [(i.apex, apex_picture(video, i, size=96)) for i in found]
fig, ax = plt.subplots(figsize=(11, 4), layout="constrained")
TimelineDisplay.from_signal(
    spotter[-1], signal, truth=truth, thumbnails=pictures, ax=ax
)
plt.show()

# %%
# The signal behind it
# --------------------
#
# Displacements in pixels of a face of 256 pixels, after the head's own motion was
# fitted and removed.  What the head did is kept in channels of its own.

import numpy as np

time = np.arange(len(signal)) / signal.fps
fig, axes = plt.subplots(3, 1, figsize=(11, 6), sharex=True, layout="constrained")
groups = {
    "brows": [n for n in signal.channels if "brow" in n and n.endswith("dy")],
    "mouth": [n for n in signal.channels if "mouth" in n or "lip" in n],
    "head, removed": ["head_dx", "head_dy", "head_roll"],
}
for ax, (title, names) in zip(axes, groups.items(), strict=True):
    for name in names:
        ax.plot(time, signal.values[:, signal.channels.index(name)], label=name, lw=1)
    for interval in truth:
        ax.axvspan(
            interval.onset / video.fps, interval.offset / video.fps, color="#E69F00",
            alpha=0.35, linewidth=0,
        )  # fmt: skip
    ax.set_ylabel(f"{title}\n[pixels]")
    ax.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    ax.spines[["top", "right"]].set_visible(False)
axes[-1].set_xlabel("time [s]")
plt.show()

# %%
# Onset, apex and offset
# ----------------------

fig, ax = plt.subplots(figsize=(7, 7.4), layout="constrained")
StripDisplay.from_clip(video, found[:3], ax=ax)
plt.show()
folder.cleanup()
