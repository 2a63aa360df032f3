"""CASME II: 255 clips of spontaneous micro-expressions at 200 frames a second."""

from __future__ import annotations

from sklearn.utils import Bunch

from mefeat._typing import PathLike
from mefeat.datasets._bunch import clips_bunch, cut, repair_frames
from mefeat.datasets._folders import check_root, open_folder
from mefeat.datasets._labels import MEGC2019_LEFT_OUT, check_classes
from mefeat.datasets._load_report import LoadReport
from mefeat.datasets._rows import (
    FolderIndex,
    frames_of,
    pick_table,
    rows_with_subject,
    subject_number,
)
from mefeat.datasets._sheets import read_table, to_text

__all__ = ["load_casme2"]

FPS = 200.0
PATTERN = r"casme2(coding|label)"
COLUMNS = {
    "subject": ("Subject",),
    "filename": ("Filename",),
    "onset": ("OnsetFrame", "Onset"),
    "apex": ("ApexFrame", "Apex"),
    "offset": ("OffsetFrame", "Offset"),
    "action_units": ("Action Units", "AUs"),
    "emotion": ("Estimated Emotion", "Emotion"),
}
_DESCR = """CASME II (Yan et al. 2014): 255 micro-expressions of 26 people, 200 fps.
Licensed by the Institute of Psychology, Chinese Academy of Sciences."""


def _folder_key(path):
    number = subject_number(path.parent.name)
    return None if number is None else (f"sub{number:02d}", path.name)


def load_casme2(
    root: PathLike,
    *,
    classes: int | str | None = None,
    images: str = "auto",
    annotations: PathLike | None = None,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch:
    """Load CASME II [1]_.

    Parameters
    ----------
    root : path
        Folder with the coding sheet (``CASME2-coding-*.xlsx`` or one of its editions)
        and at least one of the folders of frames, ``CASME2-RAW/sub01/EP02_01f``,
        ``CASME2_RAW_selected`` and ``Cropped``.
    classes : {None, 3, 4, 5, 7, "megc2019"}
        Classes of the labels; None keeps the sheet's words in lower case.
        ``"megc2019"`` also leaves out the clips that the composite of MEGC2019 does.
    images : {"auto", "cropped", "selected", "raw"}, default="auto"
        Which frames; ``"auto"`` takes the first of these that a clip has.
    annotations : path, optional
        The sheet, if it lies elsewhere.
    return_X_y : bool, default=False
        Give (clips, labels) only.
    as_frame : bool, default=False
        Give labels and subjects as pandas Series and the clips as a column of
        ``frame``.

    Returns
    -------
    Bunch
        ``clips`` (onset to offset, lazy), ``labels``, ``subjects``, ``names``, ``fps``,
        ``frame`` (all annotations, frame numbers as in the sheet), ``report`` (what was
        repaired or left out) and ``descr``.

    Raises
    ------
    NotADirectoryError, FileNotFoundError, ValueError
        If the folder, its sheet or its frames cannot be used.

    References
    ----------
    .. [1] Yan, W.-J. et al. "CASME II: an improved spontaneous micro-expression
       database and the baseline evaluation", PLoS ONE 9(1), 2014.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from mefeat.datasets import load_casme2, make_layout
    >>> with TemporaryDirectory() as folder:
    ...     bunch = load_casme2(make_layout("casme2", folder), classes=3)
    >>> bunch.labels[:2].tolist(), bunch.subjects[:2].tolist()
    (['positive', 'negative'], ['sub01', 'sub01'])
    """
    root = check_root(root, "CASME II")
    check_classes("casme2", classes)
    report = LoadReport("casme2", root)
    path = pick_table(
        root, PATTERN, annotations, report, what="CASME2-coding-20140508.xlsx"
    )
    table = read_table(path, COLUMNS)
    folders = FolderIndex(root, _folder_key, images)
    folders.require(root, "Cropped/sub01/EP02_01f")
    rows, seen = [], set()
    for row in rows_with_subject(table, report):
        number = subject_number(row["subject"])
        filename = to_text(row["filename"])
        if number is None or not filename:
            report.drop("no subject or file name", row["where"])
            continue
        subject = f"sub{number:02d}"
        where = f"{row['where']} ({subject}/{filename})"
        row["where"] = where
        if classes == "megc2019":
            left_out = (subject, filename) in MEGC2019_LEFT_OUT["casme2"]
            if left_out or (subject, filename) in seen:
                report.drop("left out of the composite of MEGC2019", where)
                continue
            seen.add((subject, filename))
        frames = repair_frames(*frames_of(row, report), report, where)
        key = folders.find((subject, filename), report, where)
        if key is None:
            report.drop("frame folder missing", where)
        elif frames is not None:
            clip = open_folder(
                folders.paths[key], fps=FPS, subject=subject, name=filename,
                report=report,
            )  # fmt: skip
            clip = cut(clip, frames, report, where)
            if clip is not None:
                rows.append(_record(row, clip, subject, filename, frames))
    return clips_bunch(
        "casme2", rows, report, classes=classes, fps=FPS, descr=_DESCR,
        return_X_y=return_X_y, as_frame=as_frame,
    )  # fmt: skip


def _record(row, clip, subject, filename, frames):
    return {
        "clip": clip,
        "subject": subject,
        "name": filename,
        "onset": frames[0],
        "apex": frames[1],
        "offset": frames[2],
        "action_units": to_text(row["action_units"]),
        "emotion": to_text(row["emotion"]).lower(),
        "where": row["where"],
    }
