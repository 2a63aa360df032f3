"""The neural baselines, MEAN and STSTNet, beside the classical defaults.

MEAN: long videos of people that training never saw, folds over people.  All is trained
and run on one core, and no maps are kept, so that the times hold the whole way from
the file; "F1/s" is the F1 of spotting per second of training and prediction.

STSTNet: 309 clips of CASME II and SMIC, leave-one-subject-out, last epoch, beside SVMs
with fixed parameters on the same maps.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GroupKFold
from sklearn.utils import Bunch

from benchmarks.recognition import DATA, NAME, load, variants
from mefeat import SpotThenRecognize
from mefeat.datasets import make_long_videos
from mefeat.metrics import compare_spotting, recognition_report, str_report
from mefeat.model_selection import loso_predict
from mefeat.neural import MEAN, MEANMaps, MEANRecognizer, MEANSpotter, STSTNet
from mefeat.recognition import make_recognizer
from mefeat.spotting import make_spotter

# Epochs and learning rates of STSTNet with the same product: the published schedule,
# and one of a fifth of the time.
SCHEDULES = {"published": (500, 5e-5), "short": (100, 2.5e-4)}


def mean(flow, seed=0, memory=None, **params):
    """Give MEAN as published, but for the flow."""
    options = {"flow": flow, "random_state": seed, "device": "cpu", "memory": memory}
    return MEAN(MEANSpotter(**options, **params), MEANRecognizer(**options))


def classical():
    """Give the default of `SpotThenRecognize`."""
    return SpotThenRecognize(make_spotter(), make_recognizer())


def half(data):
    """Give the videos of the first half of the people."""
    people = np.unique(data.subjects)
    kept = np.flatnonzero(np.isin(data.subjects, people[: len(people) // 2]))
    return Bunch(
        videos=[data.videos[i] for i in kept],
        intervals=[data.intervals[i] for i in kept],
        subjects=data.subjects[kept],
    )


def crossed(model, data, n_folds):
    """Predict each video by a model that never saw its person; time both steps."""
    found = [None] * len(data.videos)
    seconds = {"training [s]": 0.0, "prediction [s]": 0.0}
    folds = GroupKFold(n_folds).split(data.videos, groups=data.subjects)
    for train, test in folds:
        began = time.perf_counter()
        fitted = clone(model).fit(
            [data.videos[i] for i in train], [data.intervals[i] for i in train]
        )
        trained = time.perf_counter()
        predicted = fitted.predict([data.videos[i] for i in test])
        seconds["training [s]"] += trained - began
        seconds["prediction [s]"] += time.perf_counter() - trained
        for index, intervals in zip(test, predicted, strict=True):
            found[index] = intervals
    return found, seconds


def spot_then_recognize(models, data, n_folds, row):
    """Score each model; the first is what the others are compared with."""
    truth, first = data.intervals, None
    for name, model in models.items():
        found, seconds = crossed(model, data, n_folds)
        report = str_report(truth, found, subjects=data.subjects)
        total = sum(seconds.values())
        made = {
            **row, "method": name, "videos": len(truth), "TP": report.tp,
            "FP": report.fp, "FN": report.fn, "F1 spotting": report.f1,
            "F1 analysis": report.analysis_f1, "STRS": report.strs, **seconds,
            "F1/s": report.f1 / total,
        }  # fmt: skip
        if first is None:
            first = found
        else:
            ahead = compare_spotting(truth, found, first, subjects=data.subjects)
            made["F1 behind first by"] = ahead.difference
            made["from"], made["to"] = ahead.interval
        yield made


def published_flow(data, cache, row):
    """Compare flows; TV-L1 takes minutes for a video, so that maps are made once."""
    models, costs = {"classical": classical()}, {}
    for flow in ("lk", "tvl1"):
        began = time.perf_counter()
        MEANMaps(flow=flow, memory=cache).fit_transform(data.videos)
        name = f"MEAN, {flow}, maps kept"
        costs[name] = time.perf_counter() - began
        models[name] = mean(flow, memory=cache)
    for made in spot_then_recognize(models, data, 3, row):
        yield {**made, "maps [s]": costs.get(made["method"])}


def recognize(folder, schedules, seeds, n_subjects=None):
    """Leave-one-subject-out with STSTNet, and with SVMs at fixed parameters."""
    X, y, subjects, databases = load(folder)
    if n_subjects is not None:
        kept = np.isin(subjects, np.unique(subjects)[:n_subjects])
        X, y, subjects, databases = (a[kept] for a in (X, y, subjects, databases))
    models = {
        f"STSTNet, {schedule}, seed {seed}": STSTNet(
            n_epochs=epochs, learning_rate=rate, random_state=seed, device="cpu"
        )
        for schedule, (epochs, rate) in schedules.items()
        for seed in seeds
    }
    models |= {
        f"SVM: {name}": model
        for name, (model, _) in variants().items()
        if name in ("flow-map", "7 x 7, linear")
    }
    for name, model in models.items():
        began = time.perf_counter()
        found = loso_predict(model, X, y, subjects)
        seconds = time.perf_counter() - began
        report = recognition_report(y, found, subjects=subjects, datasets=databases)
        low, high = report.uf1_interval
        yield {
            "data": "CASME II and SMIC", "method": name, "clips": len(y),
            "UF1": report.uf1, "from": low, "to": high, "UAR": report.uar,
            "LOSO [s]": seconds,
        }  # fmt: skip


def run(quick=False, faces=None, data=None, published=False):
    """Measure.

    Parameters
    ----------
    quick : bool
        Two people, short trainings: only to see that it starts.
    faces : path, optional
        Folder of photographs, twelve people or more; by default people made of one
        photograph, who look more alike than people do.
    data : path, optional
        Folder of real data, for STSTNet.
    published : bool
        Compare the published flow, TV-L1, on half of the people, and train STSTNet by
        the published schedule too: an hour or two.

    Returns
    -------
    list of dict
    """
    import torch

    torch.set_num_threads(1)
    people, seconds, folds = (2, 8.0, 2) if quick else (12, 15.0, 4)
    models = {"classical": classical()}
    for seed in (0, 1):
        models[f"MEAN, lk, seed {seed}"] = mean("lk", seed)
    if quick:
        short = mean("lk", n_epochs=1, negatives=1.0)
        short.set_params(recognizer__n_epochs=1)
        models = {"classical": classical(), "MEAN, lk, one epoch": short}
    rows = []
    with tempfile.TemporaryDirectory() as root:
        videos = make_long_videos(
            root,
            n_subjects=people,
            n_videos=1,
            duration=seconds,
            n_micro=3 if quick else None,
            faces=faces,
            random_state=11,
        )
        row = {"data": "one face, varied" if faces is None else "photographs"}
        rows += spot_then_recognize(models, videos, folds, row)
        if published:
            rows += published_flow(half(videos), Path(root) / "cache", row)
    folder = DATA if data is None else Path(data)
    if (folder / NAME).is_file():
        names = ("short", "published") if published else ("short",)
        schedules = {name: SCHEDULES[name] for name in names}
        if quick:
            schedules = {"two epochs": (2, 1e-3)}
        rows += recognize(
            folder, schedules, (0,) if quick else (0, 1), 4 if quick else None
        )
    else:
        print(f"STSTNet is left out: there is no {NAME} in {folder}")
    return rows
