"""Facial micro-expressions for scikit-learn.

Features, spotting, recognition and visual question answering, scored as the MEGC
challenge scores.  The names below are what a course uses; the rest lives in the
sub-packages.  Everything is imported at first use, so that ``import mefeat`` is quick
and needs no OpenCV.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what `__getattr__` imports at first use
    from mefeat._cache import ClipCache
    from mefeat.compose import SpotThenRecognize
    from mefeat.exceptions import ClipError
    from mefeat.features import LBPTOP, MDMO, OpticalStrain
    from mefeat.intervals import Interval
    from mefeat.io import Clip
    from mefeat.recognition import make_recognizer
    from mefeat.spotting import PeakSpotter, ROIMotion, make_spotter

try:
    __version__ = version("mefeat")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

_HOMES = {
    "Clip": "mefeat.io",
    "ClipCache": "mefeat._cache",
    "ClipError": "mefeat.exceptions",
    "Interval": "mefeat.intervals",
    "LBPTOP": "mefeat.features",
    "MDMO": "mefeat.features",
    "OpticalStrain": "mefeat.features",
    "PeakSpotter": "mefeat.spotting",
    "ROIMotion": "mefeat.spotting",
    "SpotThenRecognize": "mefeat.compose",
    "make_recognizer": "mefeat.recognition",
    "make_spotter": "mefeat.spotting",
}

_PACKAGES = (
    "compose", "datasets", "face", "features", "flow", "intervals", "io", "metrics",
    "model_selection", "neural", "recognition", "reporting", "spotting", "testing",
    "vqa",
)  # fmt: skip

__all__ = [
    "LBPTOP",
    "MDMO",
    "Clip",
    "ClipCache",
    "ClipError",
    "Interval",
    "OpticalStrain",
    "PeakSpotter",
    "ROIMotion",
    "SpotThenRecognize",
    "__version__",
    "make_recognizer",
    "make_spotter",
]


def __getattr__(name):
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    if name in _PACKAGES:
        return import_module(f"mefeat.{name}")
    raise AttributeError(f"module 'mefeat' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_HOMES, *_PACKAGES])
