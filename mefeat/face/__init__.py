"""Faces: detector, mesh and landmarks, alignment."""

from mefeat.face.align import EYE_HEIGHT, FaceAligner
from mefeat.face.mesh import (
    EYE_DISTANCE,
    MESH_TO_68,
    Face,
    FaceMesh,
    eye_centres,
    face_size,
)

__all__ = [
    "EYE_DISTANCE",
    "EYE_HEIGHT",
    "MESH_TO_68",
    "Face",
    "FaceAligner",
    "FaceMesh",
    "eye_centres",
    "face_size",
]
