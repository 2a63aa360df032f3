"""Reading and writing of clips: arrays, video files, image folders."""

from mefeat.io._clip import Clip
from mefeat.io._question import Question
from mefeat.io._writing import write_video

__all__ = ["Clip", "Question", "write_video"]
