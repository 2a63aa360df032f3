"""
Clips of one length
===================

Micro-expressions last from a few frames to a few dozen.  ``TemporalInterpolator``
brings all clips to one length before descriptors that look at time.
"""

# %%
# The weights
# -----------
#
# Whatever the method, each new frame is a weighted sum of the old ones.  The temporal
# interpolation model (TIM) is a fixed matrix too, that of the discrete cosine
# transform: it follows fast changes that linear interpolation cuts off.

import matplotlib.pyplot as plt
import numpy as np

from mefeat.features import TemporalInterpolator, interpolation_weights

fig, axes = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
for ax, method in zip(axes, ("linear", "cubic", "tim"), strict=True):
    weights = interpolation_weights(9, 17, method)
    shown = ax.imshow(weights, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    ax.set(title=method, xlabel="old frame", ylabel="new frame")
fig.colorbar(shown, ax=axes, label="weight")
plt.show()

# %%
# A blink of 9 samples
# --------------------

known = np.array([0, 0.02, 0.15, 0.7, 1.0, 0.75, 0.3, 0.08, 0])
fig, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
at = np.linspace(0, 8, 81)
for method, style in (("linear", ":"), ("cubic", "--"), ("tim", "-")):
    ax.plot(at, interpolation_weights(9, 81, method) @ known, style, label=method)
ax.plot(known, "o", color="#20303F", label="samples")
ax.set(xlabel="frame", ylabel="motion [pixels]")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# On a clip
# ---------
#
# The onset and the offset stay as they are, the apex moves to the nearest new frame,
# and the frames per second are scaled, so that durations keep their meaning.

from mefeat.datasets import make_clips

clip = make_clips(n_subjects=1, n_clips=1, fps=50, amplitude=6.0).clips[0]
new = TemporalInterpolator(n_frames=7).fit_transform([clip])[0]
print(f"{len(clip)} frames at {clip.fps:g} fps, apex {clip.apex}")
print(f"{len(new)} frames at {new.fps:.4g} fps, apex {new.apex}")
fig, axes = plt.subplots(1, 7, figsize=(12, 2), layout="constrained")
for index, (ax, frame) in enumerate(zip(axes, new.frames(), strict=True)):
    ax.imshow(frame[20:150, 20:140], cmap="gray")
    ax.set_title(f"{index}{' (apex)' if index == new.apex else ''}", fontsize=9)
    ax.axis("off")
plt.show()

# %%
# For LBP-TOP
# -----------
#
# In a pipeline it goes before the extractor.

from sklearn.pipeline import make_pipeline

from mefeat.features import LBPTOP

pipeline = make_pipeline(TemporalInterpolator(n_frames=10), LBPTOP())
print(pipeline.fit_transform([clip]).shape)
