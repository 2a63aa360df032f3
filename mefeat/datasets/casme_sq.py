"""CAS(ME)^2: long videos with macro- and micro-expressions at 30 frames a second."""

from __future__ import annotations

import re

from sklearn.utils import Bunch

from mefeat._typing import PathLike
from mefeat.datasets._bunch import repair_frames, videos_bunch
from mefeat.datasets._folders import check_root, open_folder
from mefeat.datasets._labels import check_classes
from mefeat.datasets._load_report import LoadReport
from mefeat.datasets._rows import FolderIndex, frames_of, pick_table
from mefeat.datasets._sheets import fold, is_empty, read_cells, to_number, to_text

__all__ = ["load_casme_sq"]

FPS = 30.0
PATTERN = r"codefinal"
_COLUMNS = (
    "subject", "event", "onset", "apex", "offset", "action_units", "emotion", "type",
    "self_report",
)  # fmt: skip
_DESCR = """CAS(ME)^2 (Qu et al. 2018): 300 macro- and 57 micro-expressions of 22 people
in 98 long videos, 30 fps.
Licensed by the Institute of Psychology, Chinese Academy of Sciences."""


def _naming(path, report):
    """Give subject number -> folder, and event -> four-digit code."""
    folders, codes = {}, {}
    for row in read_cells(path, ["naming rule1"]).itertuples(index=False):
        cells = [cell for cell in row if not is_empty(cell)]
        if len(cells) >= 3 and to_number(cells[2]) is not None:
            folders[int(to_number(cells[2]))] = to_text(cells[1])
    for index, row in enumerate(
        read_cells(path, ["naming rule2"]).itertuples(index=False), start=1
    ):
        cells = [cell for cell in row if not is_empty(cell)]
        if len(cells) >= 2 and to_number(cells[0]) is not None:
            code = to_text(cells[0])
            if len(code) < 4:
                where = f"naming rule2 row {index}"
                report.repair("code without its leading zero", where)
            codes[to_text(cells[1]).lower()] = code.zfill(4)
    if not folders or not codes:
        raise ValueError(
            f"{path}: the sheets 'naming rule1' and 'naming rule2' hold no names. Is "
            "it another edition of the annotations?"
        )
    return folders, codes


def _code_rows(path, report):
    """Give the rows of the sheet without a header, which it does not have."""
    cells = read_cells(path, ["CASFEcode_final", "CASFEcode_final(Updated)"])
    if cells.shape[1] < 8:
        raise ValueError(
            f"{path}: the code sheet has {cells.shape[1]} columns instead of 9. Is it "
            "another edition of the annotations?"
        )
    rows = []
    for index, values in enumerate(cells.itertuples(index=False), start=1):
        row = dict(zip(_COLUMNS, values, strict=False))
        row["where"] = f"row {index}"
        if all(is_empty(value) for value in values):
            continue
        if to_number(row["subject"]) is None or is_empty(row["event"]):
            report.drop("text beside the table", row["where"])
            continue
        rows.append(row)
    kinds = {fold(row["type"])[:5] for row in rows}
    if not kinds & {"macro", "micro"}:
        raise ValueError(
            f"{path}: column 8 of the code sheet says neither macro nor micro. Is it "
            "another edition of the annotations?"
        )
    report.facts["rows"] = len(rows)
    return rows


def _folder_key(path):
    match = re.match(r"\d+_(\d{4})", path.name)
    return None if match is None else (path.parent.name.lower(), match.group(1))


def load_casme_sq(
    root: PathLike,
    *,
    classes: int | None = 4,
    images: str = "auto",
    annotations: PathLike | None = None,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch:
    """Load CAS(ME)^2 [1]_.

    Parameters
    ----------
    root : path
        Folder with ``CAS(ME)^2code_final.xlsx`` and the frames, for example
        ``rawpic/s15/15_0101disgustingteeth/img001.jpg``.
    classes : {None, 3, 4}, default=4
        Classes of the intervals' labels; what 3 leaves out becomes ``"others"``.
    images : {"auto", "cropped", "selected", "raw"}, default="auto"
        Which frames; ``"auto"`` takes the first of these that a video has.
    annotations : path, optional
        The sheet, if it lies elsewhere.
    return_X_y, as_frame : bool
        See `load_samm_lv`.

    Returns
    -------
    Bunch
        See `load_samm_lv`.  Names of videos are the challenge's, ``"anger1"``, unique
        within a subject.

    Raises
    ------
    NotADirectoryError, FileNotFoundError, ValueError
        If the folder, its sheet or its frames cannot be used.

    Notes
    -----
    Where a macro-expression still holds at the video's end, its offset is 0 in the
    sheet; the apex stands for it.  An apex of 0 becomes the middle.

    References
    ----------
    .. [1] Qu, F. et al. "CAS(ME)^2: a database for spontaneous macro-expression and
       micro-expression spotting and recognition", IEEE Transactions on Affective
       Computing 9(4), 2018.
    """
    root = check_root(root, "CAS(ME)^2")
    check_classes("casme_sq", classes)
    report = LoadReport("casme_sq", root)
    path = pick_table(
        root, PATTERN, annotations, report, what="CAS(ME)^2code_final.xlsx"
    )
    subjects, codes = _naming(path, report)
    source = _code_rows(path, report)
    folders = FolderIndex(root, _folder_key, images)
    folders.require(root, "rawpic/s15/15_0101disgustingteeth")
    events = {code: event for event, code in codes.items()}
    videos = {
        key: open_folder(
            folder, fps=FPS, subject=key[0], name=events.get(key[1], folder.name),
            report=report,
        )
        for key, folder in folders.paths.items()
    }  # fmt: skip
    rows = []
    for row in source:
        event = to_text(row["event"]).lower()
        row["where"] = where = f"{row['where']} ({to_text(row['subject'])}/{event})"
        subject = subjects.get(int(to_number(row["subject"])))
        code = codes.get(event.split("_")[0])
        if subject is None or code is None:
            report.drop("no naming rule for subject or video", where)
            continue
        if fold(row.get("self_report")) == "happyiness":
            report.repair("self-report misspelt", where)
            row["self_report"] = "happiness"
        frames = repair_frames(*frames_of(row, report), report, where)
        if frames is None:
            continue
        rows.append(
            {
                "key": (subject.lower(), code),
                "frames": frames,
                "kind": fold(row["type"])[:5],
                "subject": subject,
                "name": event,
                "emotion": to_text(row["emotion"]).lower(),
                "action_units": to_text(row["action_units"]),
                "self_report": to_text(row.get("self_report")),
                "where": where,
            }
        )
    return videos_bunch(
        "casme_sq", videos, rows, report, classes=classes, fps=FPS, descr=_DESCR,
        return_X_y=return_X_y, as_frame=as_frame,
    )  # fmt: skip
