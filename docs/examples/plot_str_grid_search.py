"""
A grid search over spot-then-recognize
======================================

The spotter's threshold and the recognizer's cost are parameters of one estimator, so
scikit-learn searches both at once, on folds that keep subjects apart.
"""

# %%
# Videos of three subjects
# ------------------------
#
# Expressions of at most one pixel on a face of 256 pixels, in noisy pictures.

from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut

from mefeat import SpotThenRecognize
from mefeat.datasets import make_long_videos
from mefeat.metrics import str_report
from mefeat.recognition import make_recognizer
from mefeat.spotting import make_spotter

folder = TemporaryDirectory()
root = Path(folder.name)
data = make_long_videos(
    root / "videos", 3, 1, duration=14, size=128, amplitude=(0.4, 1.2), noise=4.0,
    random_state=2,
)  # fmt: skip

# %%
# One estimator
# -------------
#
# With a cache the motion of each video is measured once, however many settings are
# tried: only the search for peaks and the support vector machine run again.

cache = root / "cache"
model = SpotThenRecognize(
    spotter=make_spotter(memory=cache),
    recognizer=make_recognizer("flow-map", align=False, memory=cache),
)
grid = {
    "spotter__peaks__height": [0.1, 0.2, 0.3, 0.5],
    "recognizer__svm__C": [0.1, 1.0, 10.0],
}
search = GridSearchCV(model, grid, cv=LeaveOneGroupOut())
search.fit(data.videos, data.intervals, groups=data.subjects)
print(search.best_params_)

# %%
# The surface
# -----------
#
# STRS is a product: a threshold that finds little makes any recognizer worthless.
# Below 0.3 pixels the height changes nothing, since the threshold of noise decides.

scores = np.reshape(search.cv_results_["mean_test_score"], (3, 4))
fig, ax = plt.subplots(figsize=(6, 3.8), layout="constrained")
shown = ax.imshow(scores, cmap="viridis", vmin=0)
for (row, column), score in np.ndenumerate(scores):
    dark = score > 0.6 * scores.max()
    ax.text(
        column, row, f"{score:.2f}", ha="center", va="center",
        color="black" if dark else "white",
    )  # fmt: skip
ax.set(xticks=range(4), yticks=range(3), xlabel="spotter__peaks__height")
ax.set_xticklabels(grid["spotter__peaks__height"])
ax.set_yticklabels(grid["recognizer__svm__C"])
ax.set_ylabel("recognizer__svm__C")
fig.colorbar(shown, ax=ax, label="mean STRS of the folds")
plt.show()

# %%
# Not the number to report
# ------------------------
#
# The best score of the search is a mean over folds, and it was chosen to be the best.
# The score of a method comes from predictions on subjects that took no part in the
# choice, pooled: ``loso_predict`` runs the whole search inside each fold.

from mefeat.model_selection import loso_predict

predicted = loso_predict(search, data.videos, data.intervals, data.subjects)
print("best of the search", round(search.best_score_, 3))
print(str_report(data.intervals, predicted, subjects=data.subjects, n_resamples=0))
folder.cleanup()
