"""Extractors: what a clip looks like as one row of numbers."""

from mefeat.features.lbp_top import LBPTOP, lbp_mapping, lbp_top_codes

__all__ = [
    "LBPTOP",
    "lbp_mapping",
    "lbp_top_codes",
]
