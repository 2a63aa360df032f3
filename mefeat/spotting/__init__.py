"""Spotting: from videos to motion signals to intervals."""

from mefeat.spotting._pipeline import make_spotter
from mefeat.spotting._signal import Signal
from mefeat.spotting.peaks import PeakSpotter
from mefeat.spotting.roi_motion import ROIMotion

__all__ = ["PeakSpotter", "ROIMotion", "Signal", "make_spotter"]
