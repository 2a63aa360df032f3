"""Spotting: from videos to motion signals to intervals."""

from mefeat.spotting._signal import Signal
from mefeat.spotting.peaks import PeakSpotter

__all__ = ["PeakSpotter", "Signal"]
