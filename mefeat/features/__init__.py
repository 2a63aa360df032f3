"""Extractors: what a clip looks like as one row of numbers."""

from mefeat.features.bi_woof import BiWOOF
from mefeat.features.hog_top import HOGTOP
from mefeat.features.hoof import HOOF
from mefeat.features.lbp_mop import LBPMOP
from mefeat.features.lbp_sip import LBPSIP
from mefeat.features.lbp_top import (
    LBPTOP,
    lbp_bit_order,
    lbp_mapping,
    lbp_top_codes,
)
from mefeat.features.mdmo import MDMO, mdmo_roi_map
from mefeat.features.optical_strain import OpticalStrain
from mefeat.features.osw import OSWLBPTOP
from mefeat.features.temporal import TemporalInterpolator, interpolation_weights

__all__ = [
    "HOGTOP",
    "HOOF",
    "LBPMOP",
    "LBPSIP",
    "LBPTOP",
    "MDMO",
    "OSWLBPTOP",
    "BiWOOF",
    "OpticalStrain",
    "TemporalInterpolator",
    "interpolation_weights",
    "lbp_bit_order",
    "lbp_mapping",
    "lbp_top_codes",
    "mdmo_roi_map",
]
