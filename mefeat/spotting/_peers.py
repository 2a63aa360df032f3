"""What the published signals share: one fixed crop of the face, strongest blocks."""

from collections import deque

import numpy as np

from mefeat._validation import check_int, check_option, check_real, check_tuple
from mefeat.exceptions import FaceNotFoundError
from mefeat.face import FaceMesh
from mefeat.io._warping import warp_affine
from mefeat.spotting._geometry import FaceCrop
from mefeat.spotting._needs import no_face

__all__ = [
    "around",
    "block_edges",
    "check_peer_params",
    "chi_square",
    "contrast",
    "crops",
    "first_crop",
    "strongest",
]


def crops(clip, face_size, pick):
    """Yield the face of each frame in one crop, that of the first face.

    Frames before the first face are given in the same crop.

    Yields
    ------
    ndarray of shape (height, width), uint8

    Raises
    ------
    FaceNotFoundError
        If no frame shows a face.
    """
    crop = first_crop(clip, face_size, pick)
    for block in clip.stream(16):
        for image in block:
            yield warp_affine(image, crop.matrix, crop.size)


def first_crop(clip, face_size, pick):
    """Give the `FaceCrop` of the first frame that shows a face, or raise."""
    if clip.landmarks is not None:
        marks = clip.landmarks.reshape(-1, *clip.landmarks.shape[-2:])
        known = np.flatnonzero(np.isfinite(marks).all(axis=(1, 2)))
        if len(known):
            return FaceCrop.around(marks[known[0]], face_size)
        raise FaceNotFoundError("landmarks are NaN in every frame", clip.name)
    mesh = FaceMesh(pick=pick)
    step = max(1, round((clip.fps or 30) / 5))
    for block in clip.stream(step):
        try:
            return FaceCrop.around(mesh.find(block[0]).landmarks, face_size)
        except FaceNotFoundError:
            continue
    raise no_face(clip)


def around(frames, reach):
    """Yield (index, first, middle, last) for each frame with `reach` on both sides."""
    kept = deque(maxlen=2 * reach + 1)
    for index, frame in enumerate(frames):
        kept.append(frame)
        if len(kept) == kept.maxlen:
            yield index - reach, kept[0], kept[reach], kept[-1]


def block_edges(length, count):
    """Give the edges of `count` blocks, nearly equal, as count + 1 indices."""
    return np.arange(count + 1) * length // count


def strongest(values, share):
    """Give the mean of the largest values; at least one."""
    values = np.sort(np.ravel(values))
    if len(values) == 0:
        return 0.0
    return float(values[-max(1, round(share * len(values))) :].mean())


def contrast(values, reach):
    """Give each value less the mean of those `reach` before and after it.

    Beyond the ends the curve keeps its last value.
    """
    padded = np.pad(values, reach, mode="edge")
    return values - (padded[: len(values)] + padded[2 * reach :]) / 2


def chi_square(a, b):
    """Give sum (a - b)^2 / (a + b) along the last axis; 0 / 0 is 0."""
    total = a + b
    return np.divide(
        (a - b) ** 2, total, out=np.zeros_like(total), where=total > 0
    ).sum(axis=-1)


def check_peer_params(estimator):
    """Give the checked parameters that both published signals have."""
    owner = type(estimator).__name__

    def positive(name, **limits):
        value = getattr(estimator, name)
        return check_real(name, value, low=0, open_low=True, owner=owner, **limits)

    return {
        "fps": positive("fps", none=True),
        "interval": positive("interval"),
        "n_blocks": check_tuple(
            "n_blocks", estimator.n_blocks, 2, check_int, owner=owner, low=1
        ),
        "share": positive("strongest", high=1),
        "face_size": check_real(
            "face_size", estimator.face_size, low=64, high=1024, owner=owner
        ),
        "pick": estimator.pick,
        "flow": check_option(
            "flow", estimator.flow, ("lk", "farneback", "dis", "tvl1"), owner=owner
        ),
    }
