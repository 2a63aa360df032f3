"""Visual question answering on micro-expressions: predictors and baselines."""

from mefeat.io import Question
from mefeat.vqa.features import FeatureVQA
from mefeat.vqa.parsing import (
    normalize_answer,
    parse_class,
    parse_side,
    parse_units,
    parse_yes,
)
from mefeat.vqa.prior import PriorVQA

__all__ = [
    "FeatureVQA",
    "PriorVQA",
    "Question",
    "normalize_answer",
    "parse_class",
    "parse_side",
    "parse_units",
    "parse_yes",
]
