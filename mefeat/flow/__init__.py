"""Optical flow, optical strain and flow maps."""

from mefeat.flow._methods import optical_flow
from mefeat.flow._strain import optical_strain, optical_strain_tensor

__all__ = ["optical_flow", "optical_strain", "optical_strain_tensor"]
