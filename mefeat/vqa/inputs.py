"""What a vision-language model is shown of a clip: frames, key frames, flow.

Three inputs, as in the challenge paper [1]_, alone or together:

``"video"``
    Frames at equal steps from the onset (frame 0) to the offset (the last frame).
``"oao"``
    The onset, apex and offset frames, as three pictures.
``"flow"``
    The optical flow from onset to apex as one picture.

References
----------
.. [1] Li, X. et al. "MEGC2025: micro-expression grand challenge on spot then recognize
   and visual question answering", arXiv:2506.15298, 2025.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mefeat._atomic import make_folder, replacing
from mefeat._parallel import map_clips
from mefeat._typing import PathLike, SequenceLike
from mefeat._validation import check_bool, check_clips, check_int, check_real
from mefeat.exceptions import ClipError
from mefeat.io._warping import warp_affine

__all__ = ["INPUTS", "ClipPictures", "Picture", "check_inputs"]

INPUTS = ("video", "oao", "flow")
FACTOR = 28
"""Sides of pictures are multiples of two patches of 14 pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture or one short video.

    Parameters
    ----------
    kind : {"image", "video"}
    title : str
        What it is: ``"frames"``, ``"onset"``, ``"apex"``, ``"offset"`` or ``"flow"``.
    frames : ndarray of shape (n_frames, height, width, 3), uint8
        One frame for a picture.
    """

    kind: str
    title: str
    frames: np.ndarray

    @property
    def digest(self):
        """Hash of what is to be seen."""
        head = f"{self.kind}{self.frames.shape}".encode()
        return hashlib.sha256(head + self.frames.tobytes()).hexdigest()


def check_inputs(value, owner=None):
    """Give the inputs that a text such as "oao+flow" or a sequence names, in order."""
    names = value.split("+") if isinstance(value, str) else value
    try:
        names = [str(name).strip() for name in names]
    except TypeError:
        names = []
    if not names or len(set(names)) < len(names) or not set(names) <= set(INPUTS):
        of = "" if owner is None else f" of {owner}"
        raise ValueError(
            f"The 'inputs' parameter{of} must be one of {', '.join(map(repr, INPUTS))} "
            f"or several of them, such as 'oao+flow'. Got {value!r} instead."
        )
    return tuple(name for name in INPUTS if name in names)


class ClipPictures:
    """Make the pictures of clips that a model is shown.

    Parameters
    ----------
    inputs : str or sequence of str, default="video"
        ``"video"``, ``"oao"``, ``"flow"`` or any union, such as ``"oao+flow"``; always
        shown in this order.
    n_frames : int, default=8
        Frames of ``"video"``, at least 2.
    size : int, default=224
        Side of the pictures in pixels, a multiple of 28 and at least 56.
    align : bool, default=True
        Show the aligned face (`mefeat.face.FaceAligner`) in a square; otherwise the
        whole frame, its sides rounded to multiples of 28 such that its area is about
        that of the square.
    max_motion : float or None, default=3.0
        Motion in pixels of the picture that ``"flow"`` paints at full brightness;
        None takes the longest of each clip.
    memory, n_jobs
        Cache and jobs, as for `mefeat.face.FaceAligner`.
    owner : str, optional
        Name of the estimator whose parameters these are, for messages.

    Notes
    -----
    The apex is ``clip.apex`` or, where that is None, the frame that
    `mefeat.flow.find_apex` gives.  Colours of the flow are those of
    `mefeat.flow.flow_to_color`: red moves to the right, yellow and green down, cyan to
    the left, blue and magenta up; what stands still is black.

    A ready map of shape (s, s, 3) can be given instead of a clip, for ``"flow"`` alone:
    one in uint8 is a picture already and is only enlarged; of one in floating point,
    u and v, in pixels, are painted.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> from mefeat.vqa.inputs import ClipPictures
    >>> clip = Clip(np.zeros((12, 64, 64), dtype=np.uint8), apex=5)
    >>> maker = ClipPictures("video+oao", size=56, align=False)
    >>> [(p.title, p.frames.shape) for p in maker.make([clip])[0][:2]]
    [('frames', (8, 56, 56, 3)), ('onset', (1, 56, 56, 3))]
    """

    def __init__(
        self,
        inputs: str | Sequence[str] = "video",
        n_frames: int = 8,
        size: int = 224,
        align: bool = True,
        max_motion: float | None = 3.0,
        memory: Any = None,
        n_jobs: int | None = None,
        owner: str | None = None,
    ) -> None:
        self.inputs = check_inputs(inputs, owner)
        self.n_frames = check_int("n_frames", n_frames, low=2, owner=owner)
        self.size = check_int("size", size, low=2 * FACTOR, owner=owner)
        if self.size % FACTOR:
            raise ValueError(
                f"The 'size' parameter{f' of {owner}' if owner else ''} must be a "
                f"multiple of {FACTOR}. Got {size!r} instead."
            )
        self.align = check_bool("align", align, owner=owner)
        self.max_motion = check_real(
            "max_motion", max_motion, low=0, open_low=True, none=True, owner=owner
        )
        self.memory = memory
        self.n_jobs = n_jobs

    def make(self, clips: SequenceLike) -> list[tuple[Picture, ...]]:
        """Make the pictures of each clip.

        Parameters
        ----------
        clips : sequence of Clip, arrays or ready maps of shape (s, s, 3)

        Returns
        -------
        list of tuple of Picture

        Raises
        ------
        ClipError
            If a clip is a name without frames, has too few frames, or shows no face.
        """
        ready = [is_map(clip) for clip in clips]
        moving = []
        for clip, done in zip(clips, ready, strict=True):
            if isinstance(clip, str):
                raise ClipError(
                    "stands as a name without frames: load the questions with the "
                    "folder of their clips (root=)",
                    clip,
                )
            if not done:
                moving.append(clip)
        made = iter(self._of_clips(moving))
        return [
            self._of_map(clip) if done else next(made)
            for clip, done in zip(clips, ready, strict=True)
        ]

    def _of_clips(self, clips):
        if not clips:
            return []
        clips = check_clips(clips, min_frames=1 if self.inputs == ("video",) else 2)
        if self.align:
            from mefeat.face import FaceAligner

            aligner = FaceAligner(
                size=self.size, memory=self.memory, n_jobs=self.n_jobs
            )
            clips = list(aligner.fit(clips).transform(clips))
        else:
            clips = [_fitted(clip, self.size) for clip in clips]
        params = {
            "inputs": self.inputs,
            "n_frames": self.n_frames,
            "max_motion": self.max_motion,
        }
        found = map_clips(
            _pictures, clips, params=params, n_jobs=self.n_jobs, memory=self.memory
        )
        return [tuple(Picture(*parts) for parts in pictures) for pictures in found]

    def _of_map(self, array):
        if self.inputs != ("flow",):
            raise ClipError(
                f"a ready flow map can be shown as 'flow' alone, not as "
                f"{'+'.join(self.inputs)!r}"
            )
        if array.dtype != np.uint8:
            from mefeat.flow import flow_to_color

            array = flow_to_color(array[..., :2], self.max_motion)
        return (Picture("image", "flow", _enlarged(array, self.size)[None]),)

    def preview(self, clips: SequenceLike, folder: PathLike) -> list[Path]:
        """Write the very pictures that a model is shown, as PNG files.

        Parameters
        ----------
        clips : sequence of clips or maps
        folder : path
            Made where it is missing.

        Returns
        -------
        list of Path
        """
        from PIL import Image

        folder = make_folder(folder)
        written = []
        for index, pictures in enumerate(self.make(clips)):
            name = getattr(clips[index], "name", None) or "map"
            stem = f"{index:04d}-{re.sub(r'[^A-Za-z0-9_.-]+', '_', name)[:100]}"
            for picture in pictures:
                for number, frame in enumerate(picture.frames):
                    title = picture.title + (
                        f"-{number:02d}" if picture.kind == "video" else ""
                    )
                    path = folder / f"{stem}-{title}.png"
                    with replacing(path) as temporary:
                        Image.fromarray(frame).save(temporary)
                    written.append(path)
        return written


def is_map(clip):
    """Whether a clip is a ready map of shape (s, s, 3) rather than a video."""
    return isinstance(clip, np.ndarray) and clip.ndim == 3 and clip.shape[2] == 3


def _fitted(clip, size):
    """Scale whole frames to sides that are multiples of 28, of about size**2 pixels."""
    height, width = clip.shape
    scale = size / np.sqrt(height * width)
    sides = [max(round(n * scale / FACTOR), 2) * FACTOR for n in (height, width)]
    sy, sx = sides[0] / height, sides[1] / width
    # Shares of a side count from its edge, pixels from the centre of the first.
    matrix = [[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2]]
    return clip.warped(matrix, sides)


def _enlarged(picture, size):
    side = picture.shape[0]
    if size % side == 0:
        times = size // side
        return np.repeat(np.repeat(picture, times, axis=0), times, axis=1)
    scale = size / side
    shift = (scale - 1) / 2
    matrix = [[scale, 0, shift], [0, scale, shift]]
    return warp_affine(np.ascontiguousarray(picture), matrix, (size, size))


def _pictures(clip, *, inputs, n_frames, max_motion):
    """Give (kind, title, frames) of each picture of a clip that fits already."""
    apex = None
    if set(inputs) & {"oao", "flow"}:
        apex = _apex(clip)
    out = []
    if "video" in inputs:
        wanted = np.rint(np.linspace(0, len(clip) - 1, n_frames)).astype(int)
        out.append(("video", "frames", _take(clip, wanted)))
    if "oao" in inputs:
        frames = _take(clip, [0, apex, len(clip) - 1])
        titles = ("onset", "apex", "offset")
        out += [("image", t, f[None]) for t, f in zip(titles, frames, strict=True)]
    if "flow" in inputs:
        from mefeat.flow import flow_to_color, optical_flow

        onset = clip[:1].frames()[0]
        flow = optical_flow(onset, clip[apex : apex + 1].frames()[0])
        out.append(("image", "flow", flow_to_color(flow, max_motion)[None]))
    return out


def _apex(clip):
    if clip.apex is None:
        from mefeat.flow import find_apex

        return find_apex(clip)
    if not 0 < clip.apex < len(clip):
        raise ClipError(
            f"the apex must lie after frame 0 and before frame {len(clip)}. Got "
            f"{clip.apex} instead: cut the clip at its onset, video[onset:offset + 1]",
            clip.name,
        )
    return clip.apex


def _take(clip, indices):
    """Read single frames in colour, each once, in order of the file."""
    found = {}
    first, last = min(indices), max(indices)
    wanted = set(map(int, indices))
    if len(wanted) * 8 < last - first:
        for index in sorted(wanted):
            found[index] = clip[index : index + 1].frames(color=True)[0]
    else:
        part = clip[first : last + 1]
        for index, block in enumerate(part.stream(1, color=True), start=first):
            if index in wanted:
                found[index] = block[0]
    return np.stack([found[int(index)] for index in indices])
