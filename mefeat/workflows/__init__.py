"""Whole jobs in one call, what the command line is a thin layer over."""

from mefeat.workflows._dataset import check_folder, write_questions
from mefeat.workflows._demo import run_demo
from mefeat.workflows._extract import extract_features
from mefeat.workflows._models import predict_videos, train_model
from mefeat.workflows._score import score_recognition, score_str
from mefeat.workflows._spot import spot_videos
from mefeat.workflows._vqa import compare_vqa, finetune_vqa, predict_vqa, score_vqa

__all__ = [
    "check_folder",
    "compare_vqa",
    "extract_features",
    "finetune_vqa",
    "predict_videos",
    "predict_vqa",
    "run_demo",
    "score_recognition",
    "score_str",
    "score_vqa",
    "spot_videos",
    "train_model",
    "write_questions",
]
