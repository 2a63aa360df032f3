"""The plain prototype that `spotting.py` refers to: Farneback on ten regions.

It is what one writes first: no model of the head, no rejection of blinks, one
threshold.  The regions are brows, nose wings and mouth; the nose's own motion is taken
for that of the head.
"""

import numpy as np

from mefeat.base import ClipTransformer
from mefeat.flow import optical_flow
from mefeat.spotting import Signal
from mefeat.spotting._peers import crops, first_crop

# Landmarks (iBUG, from 0) whose mean is the middle of a region.
REGIONS = {
    "brow_right_outer": (18,),
    "brow_right_inner": (20,),
    "brow_left_inner": (23,),
    "brow_left_outer": (25,),
    "nose_right": (31,),
    "nose_left": (35,),
    "mouth_right": (48,),
    "mouth_upper": (51,),
    "mouth_left": (54,),
    "mouth_lower": (57,),
}
_NOSE = (29, 30)
_REACH, _NOSE_REACH = 10, 13  # half the sides of the boxes, on a 256-pixel face
_SECONDS = 6.0  # for which a frame serves as reference


class FarnebackRegions(ClipTransformer):
    """Displacement of ten regions less that of the nose, by Farneback's flow.

    Parameters
    ----------
    max_fps : float, default=30.0
        Videos with more frames a second are measured in every second, third, ... frame
        and interpolated.
    face_size : int, default=128
        As `ROIMotion` has it.
    memory, n_jobs
        As of the other signals.
    """

    def __init__(self, max_fps=30.0, *, face_size=128, memory=None, n_jobs=None):
        self.max_fps = max_fps
        self.face_size = face_size
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        return {"max_fps": self.max_fps, "face_size": self.face_size}

    @staticmethod
    def _transform_one(clip, max_fps, face_size):
        stride = int(np.ceil(clip.fps / max_fps - 1e-6))
        boxes = _boxes(first_crop(clip, face_size, "largest"), face_size)
        every = max(1, round(_SECONDS * clip.fps / stride))
        rows, reference, start = [], None, 0.0
        for index, frame in enumerate(crops(clip, face_size, "largest")):
            if index % stride:
                continue
            moved = 0.0
            if reference is not None:
                flow = optical_flow(reference, frame, method="farneback")
                means = np.stack([flow[box].mean(axis=(0, 1)) for box in boxes])
                moved = means[:-1] - means[-1]
            rows.append(np.broadcast_to(start + moved, (len(REGIONS), 2)))
            if (len(rows) - 1) % every == 0:
                reference, start = frame, rows[-1]
        values = np.stack(rows).reshape(len(rows), -1)
        times = np.arange(len(rows)) * stride
        values = [np.interp(np.arange(len(clip)), times, v) for v in values.T]
        names = [f"{name}_{axis}" for name in REGIONS for axis in ("dx", "dy")]
        return Signal(np.stack(values, axis=1), clip.fps, names, face_size)


def _boxes(crop, face_size):
    """Give the slices of the regions, and of the nose at last."""
    boxes = []
    for members in (*REGIONS.values(), _NOSE):
        reach = _NOSE_REACH if members is _NOSE else _REACH
        reach = max(1, round(reach * face_size / 256))
        x, y = np.rint(crop.landmarks[list(members)].mean(axis=0)).astype(int)
        rows = slice(max(y - reach, 0), y + reach + 1)
        boxes.append((rows, slice(max(x - reach, 0), x + reach + 1)))
    return boxes
