"""Checking the folder of a data set, and writing questions from its annotations."""

from pathlib import Path

import numpy as np

from mefeat import datasets
from mefeat._atomic import check_place, replacing
from mefeat.reporting import frame_picture

__all__ = ["check_folder", "write_questions"]


def _sheet(samples, size):
    """Set triples of one-frame clips below each other, onset to offset."""
    rows = []
    for triple in samples:
        pictures = [frame_picture(clip, 0, size) for clip in triple]
        canvas = np.full((size, 3 * size + 8, 3), 255, dtype=np.uint8)
        for place, picture in enumerate(pictures):
            height, width = picture.shape[:2]
            left = place * (size + 4)
            canvas[:height, left : left + width] = picture
        rows.append(canvas)
    return np.concatenate(rows)


def check_folder(root, sheet=None, *, size=160):
    """Say which data set lies in a folder, and draw some of its expressions.

    Parameters
    ----------
    root : path
        Folder as it was unpacked.
    sheet : path, optional
        Picture to write: onset, apex and offset of up to six expressions.
    size : int, default=160
        Longer side of each frame in it, in pixels.

    Returns
    -------
    Bunch
        As from `mefeat.datasets.check_dataset`, with ``sheet`` (the path, or None where
        there is nothing to draw).
    """
    check_place(sheet)
    found = datasets.check_dataset(root)
    found.sheet = None
    if sheet is not None and found.samples:
        from PIL import Image

        with replacing(sheet) as temporary:
            Image.fromarray(_sheet(found.samples, size)).save(temporary)
        found.sheet = Path(sheet)
    return found


def write_questions(root, out, *, random_state=0):
    """Write the questions and answers of ME-VQA from a data set's annotations.

    Parameters
    ----------
    root : path
        Folder of CASME II, SAMM or SMIC as it was unpacked.
    out : path
        ``.jsonl`` file to write.
    random_state : int, default=0
        Chooses the units that yes-no questions ask for.

    Returns
    -------
    list of dict
        The rows.

    Raises
    ------
    ValueError
        If the folder is none of these data sets.
    """
    check_place(out)
    found = datasets.check_dataset(root)
    if found.error is not None:
        raise found.error
    if found.name not in ("casme2", "samm", "smic"):
        what = "no data set that mefeat knows" if found.name is None else found.name
        raise ValueError(
            f"{root}: questions are made from CASME II, SAMM or SMIC; this is {what}"
        )
    return datasets.make_me_vqa(found.data, out, random_state=random_state)
