"""Checks that estimators over clips must pass, for mefeat's and for your own.

scikit-learn's check suite stops at estimators whose X is not two-dimensional.  Three
layers make up for that: `data_free_checks` are scikit-learn's own checks that need no
X, `RowsAsClips` lets its whole suite drive an extractor, and `check_clip_estimator`
checks what is particular to clips.
"""

from mefeat.testing._adapter import RowsAsClips
from mefeat.testing._checks import (
    check_clip_estimator,
    clip_checks,
    data_free_checks,
)
from mefeat.testing._samples import sample_clips
from mefeat.testing._walk import all_estimators

__all__ = [
    "RowsAsClips",
    "all_estimators",
    "check_clip_estimator",
    "clip_checks",
    "data_free_checks",
    "sample_clips",
]
