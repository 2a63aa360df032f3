"""Scores of spotting, recognition, spot-then-recognize and question answering."""

from mefeat.metrics.conventions import chance_report, compare_conventions
from mefeat.metrics.matching import count_matches, match_intervals
from mefeat.metrics.ranking import average_precision_score, precision_recall_curve
from mefeat.metrics.recognition import (
    compare_recognition,
    recognition_report,
    uar_score,
    uf1_score,
)
from mefeat.metrics.spotting import (
    compare_spotting,
    spotting_f1_score,
    spotting_report,
)
from mefeat.metrics.str_score import analysis_scores, str_report, strs_score
from mefeat.metrics.text import bleu_score, rouge1_score
from mefeat.metrics.vqa import vqa_report

__all__ = [
    "analysis_scores",
    "average_precision_score",
    "bleu_score",
    "chance_report",
    "compare_conventions",
    "compare_recognition",
    "compare_spotting",
    "count_matches",
    "match_intervals",
    "precision_recall_curve",
    "recognition_report",
    "rouge1_score",
    "spotting_f1_score",
    "spotting_report",
    "str_report",
    "strs_score",
    "uar_score",
    "uf1_score",
    "vqa_report",
]
