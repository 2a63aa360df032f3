"""Visual question answering on micro-expressions: predictors and baselines."""

from mefeat.io import Question
from mefeat.vqa._tiny import make_tiny_qwen
from mefeat.vqa.features import FeatureVQA
from mefeat.vqa.inputs import ClipPictures
from mefeat.vqa.parsing import (
    normalize_answer,
    parse_class,
    parse_side,
    parse_units,
    parse_yes,
)
from mefeat.vqa.prior import PriorVQA
from mefeat.vqa.prompts import PROMPTS, PromptTemplate
from mefeat.vqa.qwen import QwenVQA

__all__ = [
    "PROMPTS",
    "ClipPictures",
    "FeatureVQA",
    "PriorVQA",
    "PromptTemplate",
    "Question",
    "QwenVQA",
    "make_tiny_qwen",
    "normalize_answer",
    "parse_class",
    "parse_side",
    "parse_units",
    "parse_yes",
]
