"""`FaceAligner`: the same upright face in every clip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mefeat._parallel import map_clips
from mefeat._typing import SequenceLike
from mefeat._validation import as_object_array, check_clips, check_int
from mefeat.base import ClipTransformer
from mefeat.exceptions import ClipError, FaceNotFoundError
from mefeat.face.mesh import EYE_DISTANCE, FaceMesh, check_pick, eye_centres

__all__ = ["EYE_HEIGHT", "FaceAligner"]

EYE_HEIGHT = 0.35
"""Where the eyes stand in an aligned face, as a share of its side from the top."""

STRIDE = 10
"""Step in frames at which a face is searched where the first frame has none."""


class FaceAligner(ClipTransformer):
    """Turn, shift and scale clips so that the eyes stand at fixed places.

    One similarity transform for each clip, fixed over its frames: what moves in the
    aligned clip is what moved in the video.  The eye centres (midway between the
    corners of an eye) come to (0.33, 0.35) and (0.67, 0.35) of the picture's width and
    height.  Frames are moved when they are read.

    Parameters
    ----------
    size : int, default=256
        Side of the aligned frames in pixels, at least 16.
    pick : {"largest", "center"}, int or callable, default="largest"
        Which of several faces; see `FaceMesh`.
    memory : None, str or joblib.Memory, default=None
        Where the landmarks that were found are cached.
    n_jobs : int, default=None
        Number of clips treated at the same time.

    Notes
    -----
    A clip that carries 68 landmarks is aligned by them and no face is searched; of
    landmarks for each frame, the first frame without NaN counts.  Otherwise the face is
    searched in the first frame and, while there is none, in every tenth frame after it
    and in the last; `FaceNotFoundError` (a `ClipError`) is raised where none of them
    shows one.  A face that leaves the picture later changes nothing: the transform
    stays, and the frames show whatever is at its place.  Beyond the border of a frame
    its outermost pixels are repeated.

    Examples
    --------
    >>> import numpy as np
    >>> from skimage.data import astronaut
    >>> from mefeat import Clip
    >>> from mefeat.face import FaceAligner
    >>> clip = Clip(np.stack([astronaut()] * 3), fps=25)
    >>> aligned = FaceAligner(size=128).fit_transform([clip])[0]
    >>> len(aligned), aligned.shape, aligned.landmarks.shape
    (3, (128, 128), (68, 2))
    """

    def __init__(
        self,
        size: int = 256,
        pick: str | int | Callable[..., Any] = "largest",
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.size = size
        self.pick = pick
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        check_pick(self.pick, owner="FaceAligner")
        check_int("size", self.size, low=16, owner="FaceAligner")
        return {"pick": self.pick}

    @staticmethod
    def _transform_one(clip, pick):
        """Give the landmarks by which a clip is aligned."""
        if clip.landmarks is not None:
            return _own_landmarks(clip)
        return _search(clip, FaceMesh(pick=pick))

    def transform(self, X: SequenceLike) -> NDArray[Any]:
        """Align clips.

        Parameters
        ----------
        X : sequence of clips

        Returns
        -------
        ndarray of shape (n_clips,), object
            `Clip`, each with the landmarks (68, 2), or (n_frames, 68, 2) where it
            carried that many, moved along with its pixels.

        Raises
        ------
        FaceNotFoundError
            If a clip shows no face.
        ClipError
            If a clip's landmarks are not 68 or are NaN in all frames.
        """
        params = self._check_params()
        clips = check_clips(X)
        # Landmarks are cached, not clips, which may hold all pixels of an array.
        found = map_clips(
            type(self)._transform_one,
            clips,
            params=params,
            n_jobs=self.n_jobs,
            memory=self.memory,
        )
        size = int(self.size)
        aligned = []
        for clip, landmarks in zip(clips, found, strict=True):
            if clip.landmarks is None:
                clip = clip.replace(landmarks=landmarks)
            aligned.append(clip.warped(_alignment(landmarks, size), (size, size)))
        return as_object_array(aligned)


def _own_landmarks(clip):
    points = np.asarray(clip.landmarks, dtype=np.float64)
    if points.ndim == 2:
        points = points[None]
    if points.shape[1:] != (68, 2):
        raise ClipError(
            "landmarks must be the 68 of iBUG to align a face. Got "
            f"{points.shape[1]} points instead",
            clip.name,
        )
    usable = np.flatnonzero(np.isfinite(points).all(axis=(1, 2)))
    if not len(usable):
        raise ClipError("landmarks are NaN in every frame", clip.name)
    points = points[usable[0]]
    left, right = eye_centres(points)
    if not np.hypot(*(right - left)) > 0:
        raise ClipError("landmarks put both eyes at one place", clip.name)
    return points


def _search(clip, mesh):
    """Give the landmarks in the first frame, at the stride, that shows a face."""
    wanted = sorted({*range(0, len(clip), STRIDE), len(clip) - 1})
    reason = ""
    for index in wanted:
        frame = clip[index : index + 1].frames(color=clip.is_color)[0]
        try:
            return mesh.find(frame).landmarks
        except FaceNotFoundError as error:
            reason = error.message
    raise FaceNotFoundError(
        f"{reason} ({len(wanted)} of {len(clip)} frames searched)", clip.name
    )


def _alignment(landmarks, size):
    """Give the similarity (2, 3) that brings the eye centres to their places."""
    left, right = eye_centres(landmarks)
    along = right - left
    scale = EYE_DISTANCE * size / np.hypot(*along)
    angle = np.arctan2(along[1], along[0])
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[cos, sin], [-sin, cos]])
    # Shares of the side count from its edge, pixels from the centre of the first.
    target = size * np.array([0.5, EYE_HEIGHT]) - 0.5
    return np.column_stack([turn, target - turn @ (left + right) / 2])
