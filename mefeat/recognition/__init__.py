"""Recognition: ready pipelines from clips to emotions, and what they are made of."""

from mefeat._persistence import (
    data_fingerprint,
    load_model,
    read_metadata,
    save_model,
)
from mefeat.recognition._kernels import LaplacianKernel, PowerNormalizer
from mefeat.recognition._mirror import MirroredPipeline, mirror_clips
from mefeat.recognition._recipes import make_recognizer, param_grid
from mefeat.recognition._scaling import VarianceScaler

__all__ = [
    "LaplacianKernel",
    "MirroredPipeline",
    "PowerNormalizer",
    "VarianceScaler",
    "data_fingerprint",
    "load_model",
    "make_recognizer",
    "mirror_clips",
    "param_grid",
    "read_metadata",
    "save_model",
]
