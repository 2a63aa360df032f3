"""
What a vision-language model is shown
=====================================

A model that answers questions about a micro-expression sees pictures, not motion.  Three
ways to show a clip are in use: its frames, its onset, apex and offset, and the optical
flow from onset to apex as colours.
"""

# %%
# The pictures of one clip
# ------------------------
#
# ``ClipPictures`` makes them as ``QwenVQA`` hands them to the model: the aligned face in a
# square whose side is a multiple of 28 pixels, the size of two patches.

import matplotlib.pyplot as plt

from mefeat.datasets import make_clips
from mefeat.vqa import ClipPictures

data = make_clips(n_subjects=1, n_clips=3, size=200, amplitude=2.5, random_state=1)
maker = ClipPictures("video+oao+flow", n_frames=6, size=224)
fig, axes = plt.subplots(3, 10, figsize=(13, 4.5), layout="constrained")
for row, clip, label in zip(axes, data.clips, data.labels, strict=True):
    (pictures,) = maker.make([clip])
    shown = [(p.title, frame) for p in pictures for frame in p.frames]
    for ax, (title, frame) in zip(row, shown, strict=True):
        ax.imshow(frame)
        ax.set(xticks=[], yticks=[], title=title)
        ax.title.set_fontsize(8)
    row[0].set_ylabel(label)
plt.show()

# %%
# The frames can hardly be told apart, which is what a model without a sense of motion is
# up against.  In the flow, the hue tells the direction: brows that are raised are blue and
# violet, brows that are lowered yellow and green.
#
# How much motion is full brightness?
# -----------------------------------
#
# A fixed length, ``max_motion``, keeps faint expressions faint and makes clips comparable;
# None paints the longest motion of each clip at full brightness, noise included.

fig, axes = plt.subplots(1, 4, figsize=(10, 2.8), layout="constrained")
for ax, limit in zip(axes, (6.0, 3.0, 1.0, None), strict=True):
    (pictures,) = ClipPictures("flow", max_motion=limit).make(data.clips[:1])
    ax.imshow(pictures[0].frames[0])
    ax.set(xticks=[], yticks=[], title=f"max_motion={limit}")
plt.show()
