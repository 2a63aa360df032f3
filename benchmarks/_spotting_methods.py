"""The spotters that `spotting.py` compares, each with equally many settings.

The published rules keep their own signal and their threshold relative to each video.
Beyond that they get what the default has, in the settings they are chosen from: ends
of intervals that follow the peak besides ends at a fixed distance, lower thresholds
than were published, and smoothing.
"""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks._spotting_prototype import FarnebackRegions
from mefeat.spotting import PeakSpotter, ROIMotion, Signal, make_spotter

_PLAIN = (None, None)
_FOLLOW = [{"growth": share, "extent": None} for share in (0.2, 0.33)]
_FIXED = [{"extent": 0.175}]  # half of a micro-expression's mean length in the videos


@dataclass(frozen=True)
class Method:
    """A spotter with the settings of its peaks to choose from.

    Attributes
    ----------
    motion : str
        Key of `motions`.
    peaks : PeakSpotter
        As published, or as it is.
    settings : list of dict
        Parameters of `peaks`; empty for a spotter that is taken as it is.
    prepare : callable, optional
        From the signal to the one that is searched.
    """

    motion: str
    peaks: Any
    settings: list
    prepare: Any = None

    def tried(self, signals):
        """Give what each setting finds in each signal."""
        if self.prepare is not None:
            signals = [self.prepare(signal) for signal in signals]
        spotters = [PeakSpotter(**self.peaks.get_params()) for _ in self.settings]
        for spotter, setting in zip(spotters, self.settings, strict=True):
            spotter.set_params(**setting)
        return [list(spotter.predict(signals)) for spotter in spotters or [self.peaks]]


def motions():
    """Give what measures motion: dict of str to transformer."""
    return {
        "roi": ROIMotion(),
        "mdmd": make_spotter("mdmd")["motion"],
        "lbp": make_spotter("lbp")["motion"],
        "prototype": FarnebackRegions(),
    }


def methods():
    """Give the spotters that are compared: dict of str to Method.

    ``default`` is `make_spotter` as it is, ``roi`` the same with its settings chosen.
    """
    peers = {name: make_spotter(name)["peaks"] for name in ("softnet", "mdmd", "lbp")}
    plain = PeakSpotter(band=(None, 5.0), noise=None, blink=None, edge=0.0)
    return {
        "default": Method("roi", make_spotter()["peaks"], []),
        "roi": Method(
            "roi",
            make_spotter()["peaks"],
            _grid(height=(0.1, 0.15, 0.25, 0.4), noise=(4, 5, 6), growth=(0.1, 0.2)),
        ),
        "softnet": Method(
            "roi",
            peers["softnet"],
            _grid(_FOLLOW[:1] + _FIXED, p=(0.0, 0.05, 0.2, 0.55), box=(0.1, 0.2, 0.4)),
            one_curve,
        ),
        "mdmd": Method(
            "mdmd",
            peers["mdmd"],
            _grid(
                _FOLLOW + _FIXED, p=(0.01, 0.05, 0.1, 0.2), band=(_PLAIN, (None, 6.0))
            ),
        ),
        "lbp": Method(
            "lbp",
            peers["lbp"],
            _grid(
                _FOLLOW[1:] + _FIXED,
                p=(0.02, 0.05, 0.15, 0.3),
                band=(_PLAIN, (None, 6.0), (None, 4.0)),
            ),
        ),
        "prototype": Method(
            "prototype",
            plain,
            _grid(
                height=(0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0),
                growth=(0.1, 0.2, 0.33),
            ),
        ),
    }


def _grid(ends=({},), **values):
    """Give every combination of the values, with each of the ends."""
    rows = itertools.product(*values.values())
    settings = [dict(zip(values, row, strict=True)) for row in rows]
    return [setting | end for setting in settings for end in ends]


def one_curve(signal, n_strongest=3, seconds=5.0):
    """Give the mean strength of the regions that move most, as SOFTNet has one score.

    What moves slowly is taken off before, and the eyelids are left out: SOFTNet
    measures from one moment to the next and masks the eyes.

    Parameters
    ----------
    signal : Signal
        Of `ROIMotion`.
    n_strongest : int, default=3
        Regions that are averaged in each frame.
    seconds : float, default=5.0
        Of the moving median that is taken off.

    Returns
    -------
    Signal
        Of one channel.
    """
    search = PeakSpotter(band=_PLAIN, baseline=seconds)
    strengths = search.curves([signal])[0].strengths
    strongest = np.sort(strengths, axis=1)[:, -n_strongest:].mean(axis=1)
    return Signal(
        strongest, signal.fps, ("motion",), signal.face_size, valid=signal.valid
    )
