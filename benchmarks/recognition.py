"""Recognition of real micro-expressions: 309 clips of CASME II and SMIC.

Nested leave-one-subject-out: the parameters are chosen on the training subjects of each
fold alone, by folds over subjects, and all predictions are scored together.  The data
are the flow maps (u, v and strain from onset to apex, 28 x 28) that the authors of
STSTNet and HTNet published; they are no part of mefeat.
"""

import os
import time
from pathlib import Path

import numpy as np
from sklearn.model_selection import GridSearchCV, GroupKFold

from mefeat.metrics import recognition_report
from mefeat.metrics.scorers import uf1
from mefeat.model_selection import loso_predict
from mefeat.recognition import make_recognizer, param_grid

CLASSES = ("negative", "positive", "surprise")
NAME = Path("recognition") / "uvos_casme2_smic.npz"
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def load(folder):
    """Give maps, emotions, subjects and data sets."""
    with np.load(Path(folder) / NAME) as data:
        subjects = np.char.add(np.char.add(data["db"], "/"), data["subject"])
        return data["X"], np.array(CLASSES)[data["y"]], subjects, data["db"]


def variants():
    """Give every pipeline that was compared, each with its grid.

    The first is what ``make_recognizer("flow-map")`` builds.
    """
    grid, linear = param_grid(), param_grid("linear")
    small = {"features__size": 7, "normalize": "passthrough", "kernel": "linear"}
    raw = {**small, "features__center": None}
    settings = {
        "flow-map": ({}, grid),
        "flow-map, linear kernel": ({"kernel": "linear"}, linear),
        "flow-map, Gaussian kernel": ({"kernel": "rbf"}, param_grid("rbf")),
        "flow-map of 7 x 7": ({"features__size": 7}, grid),
        "flow-map, all values as they are": ({"normalize__power": 1.0}, grid),
        "flow-map, not mirrored": ({"augment": False}, grid),
        "7 x 7, centred, linear": (small, linear),
        "7 x 7, linear": (raw, linear),
        "7 x 7, linear, not mirrored": ({**raw, "augment": False}, linear),
    }
    return {
        name: (make_recognizer("flow-map", align=False, **params), grid)
        for name, (params, grid) in settings.items()
    }


def run(quick=False, data=None):
    """Measure.

    Parameters
    ----------
    quick : bool
        Only the first ten subjects and the first variant.
    data : path, optional
        Folder of real data.

    Returns
    -------
    list of dict
        With ``variant``, ``UF1``, ``low`` and ``high`` (95 % interval of UF1 by
        bootstrap over subjects), ``UAR``, ``CASME II`` and ``SMIC`` (UF1) and
        ``seconds``; nothing where there are no data.
    """
    folder = DATA if data is None else data
    if not (Path(folder) / NAME).is_file():
        return []
    X, y, subjects, databases = load(folder)
    if quick:
        kept = np.isin(subjects, np.unique(subjects)[:10])
        X, y, subjects, databases = (a[kept] for a in (X, y, subjects, databases))
    n_jobs = min(2, os.cpu_count())
    rows = []
    for name, (recognizer, grid) in list(variants().items())[: 1 if quick else None]:
        search = GridSearchCV(
            recognizer, grid, scoring=uf1, cv=GroupKFold(5), error_score="raise"
        )
        start = time.perf_counter()
        found = loso_predict(search, X, y, subjects, n_jobs=n_jobs)
        seconds = time.perf_counter() - start
        rows.append({"variant": name, **_scores(y, found, subjects, databases)})
        rows[-1]["seconds"] = seconds
    return rows


def _scores(y, found, subjects, databases):
    report = recognition_report(y, found, subjects=subjects, datasets=databases)
    frame = report.to_frame()
    low, high = report.uf1_interval
    return {
        "UF1": report.uf1,
        "low": low,
        "high": high,
        "UAR": report.uar,
        "CASME II": frame.loc["casme2", "uf1"] if "casme2" in frame.index else None,
        "SMIC": frame.loc["smic", "uf1"] if "smic" in frame.index else None,
    }
