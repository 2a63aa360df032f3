"""Synthetic videos, the public data sets, annotation tables and submissions."""

from mefeat.datasets.annotations import (
    find_videos,
    load_videos,
    read_annotations,
    read_predictions,
    write_annotations,
    write_predictions,
)
from mefeat.datasets.synthetic import Distractor, make_clips, make_long_videos

__all__ = [
    "Distractor",
    "find_videos",
    "load_videos",
    "make_clips",
    "make_long_videos",
    "read_annotations",
    "read_predictions",
    "write_annotations",
    "write_predictions",
]
