"""Whole jobs in one call, what the command line is a thin layer over."""

from mefeat.workflows._dataset import check_folder, write_questions
from mefeat.workflows._demo import run_demo
from mefeat.workflows._extract import extract_features
from mefeat.workflows._models import predict_videos, train_model
from mefeat.workflows._score import score_recognition, score_str
from mefeat.workflows._spot import spot_videos

__all__ = [
    "check_folder",
    "extract_features",
    "predict_videos",
    "run_demo",
    "score_recognition",
    "score_str",
    "spot_videos",
    "train_model",
    "write_questions",
]
