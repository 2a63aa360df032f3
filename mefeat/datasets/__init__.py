"""Synthetic videos, the public data sets, annotation tables and submissions."""

from mefeat.datasets.annotations import (
    find_videos,
    load_videos,
    read_annotations,
    read_predictions,
    write_annotations,
    write_predictions,
)

__all__ = [
    "find_videos",
    "load_videos",
    "read_annotations",
    "read_predictions",
    "write_annotations",
    "write_predictions",
]
