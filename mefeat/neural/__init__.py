"""Neural baselines in PyTorch (``pip install "mefeat[neural]"``)."""

from mefeat.neural.mean import MEANRecognizer, MEANSpotter
from mefeat.neural.preprocessing import MEANMaps, mean_map
from mefeat.neural.ststnet import STSTNet

__all__ = ["MEANMaps", "MEANRecognizer", "MEANSpotter", "STSTNet", "mean_map"]
