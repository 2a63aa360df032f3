"""Extractors: what a clip looks like as one row of numbers."""

from mefeat.features.lbp_mop import LBPMOP
from mefeat.features.lbp_sip import LBPSIP
from mefeat.features.lbp_top import (
    LBPTOP,
    lbp_bit_order,
    lbp_mapping,
    lbp_top_codes,
)
from mefeat.features.temporal import TemporalInterpolator, interpolation_weights

__all__ = [
    "LBPMOP",
    "LBPSIP",
    "LBPTOP",
    "TemporalInterpolator",
    "interpolation_weights",
    "lbp_bit_order",
    "lbp_mapping",
    "lbp_top_codes",
]
