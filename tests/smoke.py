"""Run against an installed wheel, from a folder without the sources."""

import sys
from pathlib import Path

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import mefeat
from mefeat import LBPTOP, Clip

here = Path(mefeat.__file__).resolve()
assert "site-packages" in here.parts, f"not the installed package: {here}"
assert "cv2" not in sys.modules, "importing mefeat must not import OpenCV"

rng = np.random.default_rng(0)
X = [Clip(rng.integers(0, 256, (8, 20, 20), dtype=np.uint8)) for _ in range(6)]
y = ["negative", "positive"] * 3
model = make_pipeline(LBPTOP(n_blocks=(2, 2, 1)), StandardScaler(), SVC())
print(model.fit(X, y).predict(X), "with mefeat", mefeat.__version__)
