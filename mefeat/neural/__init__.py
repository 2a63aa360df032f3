"""Neural baselines in PyTorch (``pip install "mefeat[neural]"``)."""

from mefeat.neural.mean import MEAN
from mefeat.neural.mean_recognizer import MEANRecognizer
from mefeat.neural.mean_spotter import MEANSpotter
from mefeat.neural.preprocessing import MEANMaps, mean_map
from mefeat.neural.ststnet import STSTNet

__all__ = [
    "MEAN",
    "MEANMaps",
    "MEANRecognizer",
    "MEANSpotter",
    "STSTNet",
    "mean_map",
]
