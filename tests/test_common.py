"""The checks of `mefeat.testing` over every estimator there is.

Each class that `all_estimators` finds must have an entry in `CLIPS`, `TABLES`,
`VIDEOS` or `ELSEWHERE`: a new class cannot escape.
"""

import numpy as np
import pytest
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from mefeat.testing import (
    RowsAsClips,
    all_estimators,
    clip_checks,
    data_free_checks,
    sample_clips,
)

FARNEBACK = {"method": "farneback"}

# Estimators over clips, with settings that keep the checks quick.
CLIPS = {
    "BiWOOF": FARNEBACK,
    "FaceAligner": {"size": 64},
    "FlowMap": {"size": 7, **FARNEBACK},
    "HOGTOP": {"n_blocks": (2, 2, 1)},
    "HOOF": FARNEBACK,
    "LBPMOP": {"n_blocks": (2, 2, 1)},
    "LBPSIP": {},
    "LBPTOP": {"n_blocks": (2, 2, 1)},
    "MDMO": FARNEBACK,
    "OSWLBPTOP": FARNEBACK,
    "OpticalStrain": {"size": 10, **FARNEBACK},
    "TemporalInterpolator": {"n_frames": 5},
}

# Extractors that need no face: scikit-learn's full suite drives them row by row.
ROWS = (
    "BiWOOF", "HOGTOP", "HOOF", "LBPMOP", "LBPSIP", "LBPTOP", "OSWLBPTOP",
    "OpticalStrain",
)  # fmt: skip

# Estimators over ordinary tables.
TABLES = {
    "LaplacianKernel": {},
    "PowerNormalizer": {},
    "VarianceScaler": {},
}

# Estimators whose own tests do what the checks over clips do for the others.
ELSEWHERE = {
    "ApexMaps": "needs a face or its landmarks in 128 pixels: tests/neural",
    "FeatureDifference": "needs a face that moves: tests/spotting",
    "FeatureVQA": "X holds questions: tests/vqa",
    "MDMDSignal": "needs a face that moves: tests/spotting",
    "MEAN": "needs PyTorch: tests/neural",
    "MEANMaps": "needs a face or its landmarks in 128 pixels: tests/neural",
    "MEANRecognizer": "needs PyTorch: tests/neural",
    "MEANSpotter": "needs PyTorch: tests/neural",
    "MirroredPipeline": "a pipeline: tests/recognition/test_mirror.py",
    "PeakSpotter": "X holds signals: tests/spotting",
    "PriorVQA": "X holds questions: tests/vqa",
    "QwenVQA": "X holds questions: tests/vqa",
    "ROIMotion": "needs a face that moves: tests/spotting",
    "STSTNet": "needs PyTorch: tests/neural",
    "SpotThenRecognize": "y holds intervals: tests/compose/test_compose.py",
    "SpotterPipeline": "a pipeline: tests/spotting",
}

# Checks that do not apply, each with the reason.
EXPECTED_FAILURES = {}

FOUND = dict(all_estimators())


def make(name):
    return FOUND[name](**CLIPS.get(name, TABLES.get(name, {})))


def test_no_estimator_escapes():
    known = {*CLIPS, *TABLES, *ELSEWHERE}
    assert sorted(set(FOUND) - known) == []


def _cases(names, checks):
    for name in sorted(set(names) & set(FOUND)):
        for check_name, check in checks(make(name)):
            marks = ()
            reason = EXPECTED_FAILURES.get(name, {}).get(check_name)
            if reason is not None:
                marks = pytest.mark.xfail(reason=reason, strict=True)
            yield pytest.param(check, id=f"{name}-{check_name}", marks=marks)


def _optional(name):
    """Whether default construction needs arguments (`StreamingSpotter(fps)`)."""
    try:
        FOUND[name]()
    except TypeError:
        return False
    return True


DATA_FREE = [
    name
    for name, kind in FOUND.items()
    if not issubclass(kind, Pipeline) and _optional(name)
]


@pytest.mark.parametrize("check", [*_cases(DATA_FREE, data_free_checks)])
def test_without_data(check):
    check()


@pytest.mark.parametrize("check", [*_cases(CLIPS, clip_checks)])
def test_on_clips(check):
    check()


@parametrize_with_checks([make(name) for name in TABLES if name in FOUND])
def test_on_tables(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([RowsAsClips(make(name)) for name in ROWS if name in FOUND])
def test_on_rows(estimator, check):
    check(estimator)


def test_a_bad_extractor_is_caught():
    """Dividing by the maximum of the batch makes samples depend on one another."""
    from mefeat.testing import check_clip_estimator

    class BatchScaled(FOUND["LBPTOP"]):
        def transform(self, X):
            rows = super().transform(X)
            return rows / rows.max()

    with pytest.raises(AssertionError, match="check_each_clip_alone"):
        check_clip_estimator(BatchScaled(n_blocks=(1, 1, 1)))


def test_expected_failures_are_counted():
    from mefeat.testing import check_clip_estimator

    lbp = make("LBPTOP")
    with pytest.raises(AssertionError, match="check_nan: passes, but was expected"):
        check_clip_estimator(lbp, expected_failures={"check_nan": "no reason"})
    with pytest.raises(AssertionError, match="check_none: no such check"):
        check_clip_estimator(lbp, expected_failures={"check_none": "no reason"})


def test_sample_clips_are_faces_in_layout():
    clips = sample_clips(size=48)
    points = clips[0].landmarks
    assert points.shape == (68, 2)
    assert points.min() > 0
    assert points.max() < 48
    left, right = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    assert left[0] < right[0]
    assert left[1] == pytest.approx(right[1])
    assert np.ptp([clip.frames().mean() for clip in clips]) > 0


def test_pipelines_over_clips_keep_their_type():
    pipeline = Pipeline([("lbp", make("LBPTOP")), ("svm", SVC())])
    clips = sample_clips()
    assert pipeline.fit(clips, list("abab")).predict(clips).shape == (4,)
