"""Spotting: from videos to motion signals to intervals."""

from mefeat.spotting._pipeline import SpotterPipeline, make_spotter
from mefeat.spotting._signal import Signal
from mefeat.spotting.feature_difference import FeatureDifference
from mefeat.spotting.mdmd import MDMDSignal
from mefeat.spotting.peaks import PeakSpotter
from mefeat.spotting.roi_motion import ROIMotion
from mefeat.spotting.streaming import StreamingSpotter

__all__ = [
    "FeatureDifference",
    "MDMDSignal",
    "PeakSpotter",
    "ROIMotion",
    "Signal",
    "SpotterPipeline",
    "StreamingSpotter",
    "make_spotter",
]
