"""Optical flow, optical strain and flow maps."""

from mefeat.flow._color import flow_to_color
from mefeat.flow._maps import find_apex
from mefeat.flow._methods import optical_flow
from mefeat.flow._strain import optical_strain, optical_strain_tensor
from mefeat.flow.flow_map import FlowMap

__all__ = [
    "FlowMap",
    "find_apex",
    "flow_to_color",
    "optical_flow",
    "optical_strain",
    "optical_strain_tensor",
]
