"""Mirrored clips, and a pipeline that learns from both sides of the mirror."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline

from mefeat._typing import SequenceLike
from mefeat._validation import check_clips, check_labels
from mefeat.io import Clip

__all__ = ["MirroredPipeline", "is_flow_maps", "mirror_clips"]

# Landmark of the mirrored face that each of the 68 iBUG landmarks becomes: jaw, brows,
# nose, eyes, outer and inner lips.
_MIRRORED_68 = np.array(
    [*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1)]
    + [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    + [*range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), *range(67, 64, -1)]
)


def is_flow_maps(X):
    """Whether X holds ready flow maps, shape (n, s, s, 3), instead of clips."""
    return isinstance(X, np.ndarray) and X.ndim == 4 and X.shape[-1] == 3


def mirror_clips(X: Any) -> Any:
    """Mirror clips, left for right.

    Parameters
    ----------
    X : sequence of clips, or array of flow maps of shape (n, size, size, 3)

    Returns
    -------
    list of Clip, or array like X
        Clips are mirrored when they are read, their landmarks change sides; a label
        map of regions stays where it is, since its regions belong to places.  The
        horizontal component of flow maps, channel 0, changes its sign (bytes b become
        255 - b).

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> from mefeat.recognition import mirror_clips
    >>> clip = Clip(np.array([[[1, 2, 3]]], dtype=np.uint8))
    >>> mirror_clips([clip])[0].frames()
    array([[[3, 2, 1]]], dtype=uint8)
    """
    if is_flow_maps(X):
        maps = X[:, :, ::-1].copy()
        top = 255 if maps.dtype == np.uint8 else 0
        maps[..., 0] = top - maps[..., 0]
        return maps
    return [_mirror(clip) for clip in check_clips(X)]


def _mirror(clip):
    height, width = clip.shape
    flipped = clip.warped([[-1.0, 0.0, width - 1.0], [0.0, 1.0, 0.0]], (height, width))
    landmarks = flipped.landmarks
    if landmarks is not None and landmarks.shape[-2] == len(_MIRRORED_68):
        landmarks = landmarks[..., _MIRRORED_68, :]
    return flipped.replace(
        landmarks=landmarks, rois=clip.rois, name=f"{clip.name} (mirrored)"
    )


class MirroredPipeline(Pipeline):
    """A pipeline over clips that is trained on each clip and its mirror image.

    Faces move alike on both sides, so a mirrored clip is another example of the same
    emotion.  The clips are mirrored inside of `fit`, so that in cross-validation no
    mirror image of a test clip is ever trained on.

    Parameters
    ----------
    steps : list of (str, estimator)
        As of `sklearn.pipeline.Pipeline`.
    mirror : str or None, default="features"
        Name of the step that the mirrored clips enter; steps before it, such as the
        alignment of the face, see the clips as they are and must give clips.  None
        mirrors nothing.
    transform_input, memory, verbose
        As of `sklearn.pipeline.Pipeline`.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.svm import SVC
    >>> from mefeat import LBPTOP
    >>> from mefeat.recognition import MirroredPipeline
    >>> X = np.random.default_rng(0).integers(0, 256, (4, 6, 20, 20), dtype=np.uint8)
    >>> steps = [("features", LBPTOP(n_blocks=(1, 1, 1))), ("svm", SVC())]
    >>> model = MirroredPipeline(steps)
    >>> model = model.fit(X, ["negative", "positive", "negative", "positive"])
    >>> model["svm"].shape_fit_[0]
    8
    """

    steps: list[tuple[str, Any]]

    def __init__(
        self,
        steps: list[tuple[str, Any]],
        *,
        mirror: str | None = "features",
        transform_input: Sequence[str] | None = None,
        memory: Any = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            steps, transform_input=transform_input, memory=memory, verbose=verbose
        )
        self.mirror = mirror

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            # A part of the steps is an ordinary pipeline: it need not hold the one
            # before which clips are mirrored.
            return Pipeline(self.steps[index], memory=self.memory)
        return super().__getitem__(index)

    def fit(self, X: SequenceLike, y: ArrayLike | None = None, **params: Any) -> Self:
        """Fit all steps on the clips and on their mirror images.

        Parameters
        ----------
        X : sequence of clips
        y : array of shape (n_clips,)
            Emotions.
        **params : dict
            Parameters of the steps, as of `sklearn.pipeline.Pipeline`; none is split
            by clip.

        Returns
        -------
        self
        """
        if self.mirror is None:
            return super().fit(X, y, **params)
        names = [name for name, _ in self.steps]
        if self.mirror not in names:
            raise ValueError(
                f"The 'mirror' parameter of {type(self).__name__} must be None or the "
                f"name of a step, one of {names}. Got {self.mirror!r} instead."
            )
        y = check_labels(y, len(X))
        first = names.index(self.mirror)
        head, tail = self.steps[:first], Pipeline(self.steps[first:])
        for _, step in head:
            if step is not None and step != "passthrough":
                X = step.fit(X, y).transform(X)
        tail.set_params(memory=self.memory, verbose=self.verbose)
        tail.fit(*_with_mirrored(X, y), **params)
        self.steps = [*head, *tail.steps]
        return self


def _with_mirrored(X, y):
    """Put each mirror image right after its clip, so that folds keep them together."""
    mirrored = mirror_clips(X)
    if is_flow_maps(X):
        both = np.stack([X, mirrored], axis=1).reshape(-1, *X.shape[1:])
    else:
        clips = [item if isinstance(item, Clip) else Clip(item) for item in X]
        both = [c for pair in zip(clips, mirrored, strict=True) for c in pair]
    return both, np.repeat(y, 2)
