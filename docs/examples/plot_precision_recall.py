"""
Precision and recall of a spotter
=================================

A spotter has a threshold.  Lowered, it finds more and raises more false alarms; the
curve of precision over recall shows all thresholds at once, without choosing one.
"""

# %%
# Faint movements
# ---------------
#
# Six videos with expressions of at most one pixel on a face of 256 pixels, and
# everything else that moves.

from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np

from mefeat.datasets import make_long_videos
from mefeat.metrics import spotting_report
from mefeat.reporting import SpottingCurveDisplay
from mefeat.spotting import PeakSpotter, ROIMotion

folder = TemporaryDirectory()
data = make_long_videos(
    Path(folder.name), 3, 2, duration=8, size=128, amplitude=(0.4, 1.0), noise=4.0,
    random_state=0,
)  # fmt: skip
signals = ROIMotion().fit_transform(data.videos)

# %%
# All thresholds at once
# ----------------------
#
# The motion is measured once.  A low threshold gives candidates with scores; the curve
# then cuts at every score.  ``height`` is absolute, ``p`` relative to the video: where
# a video holds a large movement, a relative threshold rises out of reach.

spotters = {
    "absolute and noise": PeakSpotter(height=0.05, noise=1.0),
    "relative to the video": PeakSpotter(height=None, noise=None, p=0.02),
}
fig, ax = plt.subplots(figsize=(6, 4.2), layout="constrained")
for name, spotter in spotters.items():
    SpottingCurveDisplay.from_estimator(
        spotter, signals, data.intervals, name=name, ax=ax
    )
plt.show()

# %%
# One threshold
# -------------
#
# What is reported in the end is F1 at one threshold, chosen before on other subjects.

heights = np.geomspace(0.05, 1.0, 11)
reports = [
    spotting_report(
        data.intervals,
        PeakSpotter(height=h, noise=None).predict(signals),
        n_resamples=0,
    )
    for h in heights
]
fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
for column, style in (("precision", "-."), ("recall", "--"), ("f1", "-")):
    ax.plot(heights, [r[column] for r in reports], style, color="#20303F", label=column)
ax.axvline(PeakSpotter().height, color="#E69F00", label="default")
ax.set(xscale="log", xlabel="threshold 'height' [pixels of a 256-pixel face]")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
print(spotting_report(data.intervals, PeakSpotter().predict(signals)))
folder.cleanup()
