"""4DME: micro-expressions recorded in four dimensions; here the gray videos."""

from __future__ import annotations

import re

from sklearn.utils import Bunch

from mefeat._typing import PathLike
from mefeat.datasets._bunch import clips_bunch, cut, repair_frames
from mefeat.datasets._folders import check_root, open_folder
from mefeat.datasets._labels import check_classes
from mefeat.datasets._load_report import LoadReport
from mefeat.datasets._rows import FolderIndex, frames_of, pick_table, rows_with_subject
from mefeat.datasets._sheets import read_table, to_number, to_text

__all__ = ["load_4dme"]

FPS = 60.0
PATTERN = r"4dme"
COLUMNS = {
    "subject": ("sub_ID", "Subject"),
    "filename": ("fold_name", "Filename"),
    "onset": ("Onset",),
    "apex": ("Apex",),
    "offset": ("Offset",),
    "action_units": ("AUs", "AU"),
    "emotion": ("Emotion",),
    "blink": ("eye blink",),
}
_DESCR = """4DME (Li et al. 2023): 267 micro-expressions, gray videos at 60 fps.
Licensed by the University of Oulu."""


def load_4dme(
    root: PathLike,
    *,
    classes: int | None = None,
    annotations: PathLike | None = None,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch:
    """Load the gray micro-expression clips of 4DME [1]_.

    Parameters
    ----------
    root : path
        Folder with ``4DME_Labelling_Micro_release v1.xlsx`` and the frames,
        ``gray_micro/SUBJECT/FOLDER``.
    classes : {None, 3, 4, 5}
        Classes of the labels.  None keeps the sheet's words in lower case, several
        emotions of one clip joined by ``+``; the mappings leave such clips out.
    annotations : path, optional
        The sheet, if it lies elsewhere.
    return_X_y, as_frame : bool
        See `load_casme2`.

    Returns
    -------
    Bunch
        See `load_casme2`; action units that are held throughout, marked ``(k)``, are
        removed and counted.

    Raises
    ------
    NotADirectoryError, FileNotFoundError, ValueError
        If the folder, its sheet or its frames cannot be used.

    References
    ----------
    .. [1] Li, X. et al. "4DME: a spontaneous 4D micro-expression dataset with
       multimodalities", IEEE Transactions on Affective Computing 14(4), 2023.
    """
    root = check_root(root, "4DME")
    check_classes("4dme", classes)
    report = LoadReport("4dme", root)
    path = pick_table(
        root, PATTERN, annotations, report, what="4DME_Labelling_Micro_release v1.xlsx"
    )
    table = read_table(path, COLUMNS, optional=("blink", "apex"))
    folders = FolderIndex(root, lambda p: (p.parent.name, p.name))
    folders.require(root, "gray_micro/SUBJECT/FOLDER")
    rows = []
    for row in rows_with_subject(table, report):
        subject, name = to_text(row["subject"]), to_text(row["filename"])
        row["where"] = where = f"{row['where']} ({subject}/{name})"
        frames = repair_frames(*frames_of(row, report), report, where)
        key = folders.find((subject, name), report, where)
        if key is None:
            report.drop("frame folder missing", where)
            continue
        if frames is None:
            continue
        clip = open_folder(
            folders.paths[key], fps=FPS, subject=subject, name=name, report=report
        )
        clip = cut(clip, frames, report, where)
        if clip is None:
            continue
        rows.append(
            {
                "clip": clip,
                "subject": subject,
                "name": f"{subject}/{name}",
                "onset": frames[0],
                "apex": frames[1],
                "offset": frames[2],
                "action_units": _moving_units(row["action_units"], report, where),
                "emotion": to_text(row["emotion"]).lower().replace(" ", ""),
                "blink": bool(to_number(row["blink"])),
                "where": where,
            }
        )
    return clips_bunch(
        "4dme", rows, report, classes=classes, fps=FPS, descr=_DESCR,
        return_X_y=return_X_y, as_frame=as_frame,
    )  # fmt: skip


def _moving_units(cell, report, where):
    parts = [part.strip() for part in to_text(cell).split("+")]
    moving = [p for p in parts if not re.search(r"\(k\)", p, re.IGNORECASE)]
    if len(moving) < len(parts):
        report.repair("static action unit (k) removed", where)
    return "+".join(moving)
