"""SAMM, its micro-expressions as clips and its long videos, at 200 frames a second."""

from __future__ import annotations

import re
from typing import Any

from sklearn.utils import Bunch

from mefeat._typing import PathLike
from mefeat.datasets._bunch import clips_bunch, cut, repair_frames, videos_bunch
from mefeat.datasets._folders import check_root, open_folder
from mefeat.datasets._labels import check_classes
from mefeat.datasets._load_report import LoadReport
from mefeat.datasets._rows import (
    FolderIndex,
    frames_of,
    pick_table,
    rows_with_subject,
    subject_number,
)
from mefeat.datasets._sheets import find_tables, fold, read_table, to_number, to_text

__all__ = ["load_samm", "load_samm_lv"]

FPS = 200.0
MICRO_PATTERN = r"samm.*micro"
LONG_PATTERN = r"samm.*longvideo"
_COMMON = {
    "subject": ("Subject",),
    "filename": ("Filename",),
    "onset": ("Onset Frame", "Onset"),
    "apex": ("Apex Frame", "Apex"),
    "offset": ("Offset Frame", "Offset"),
    "duration": ("Duration",),
    "action_units": ("Action Units",),
}
MICRO_COLUMNS = {
    **_COMMON,
    "type": ("Micro", "Type"),
    "emotion": ("Estimated Emotion", "Emotion"),
    "objective": ("Objective Classes", "Objective Class"),
}
LONG_COLUMNS = {**_COMMON, "type": ("Type",)}
_DESCR = """SAMM (Davison et al. 2018; long videos: Yap et al. 2020): 159 micro- and 343
macro-expressions in 147 long videos, 200 fps.
Licensed by Manchester Metropolitan University."""
_ROMAN = dict(zip("1234567", ("I", "II", "III", "IV", "V", "VI", "VII"), strict=True))


def _mend_duration(row, frames, report) -> tuple[Any, Any, Any]:
    """Mend an offset that cannot be right by the duration of the same row."""
    onset, apex, offset = frames
    duration = to_number(row["duration"])
    if None in (onset, offset, duration) or offset - onset + 1 == duration:
        return frames
    by_duration = onset + int(duration) - 1
    impossible = offset < onset or (apex is not None and offset < apex)
    if impossible and by_duration >= max(onset, apex or onset):
        report.repair("offset taken from the duration", row["where"])
        return onset, apex, by_duration
    report.note("duration disagrees with onset and offset", row["where"])
    return frames


def _micro_rows(path, report):
    """Give the rows of the micro-expression sheet, subjects as three digits."""
    table = read_table(path, MICRO_COLUMNS, optional=("duration", "type", "objective"))
    rows = []
    for row in rows_with_subject(table, report):
        number = subject_number(row["subject"])
        filename = to_text(row["filename"])
        if number is None or not filename:
            report.drop("no subject or file name", row["where"])
            continue
        objective = to_text(row["objective"]).upper()
        rows.append(
            {
                **row,
                "subject": f"{number:03d}",
                "name": filename,
                "emotion": to_text(row["emotion"]).lower(),
                "objective": _ROMAN.get(objective, objective),
                "where": f"{row['where']} ({filename})",
            }
        )
    return rows


def load_samm(
    root: PathLike,
    *,
    classes: int | str | None = None,
    annotations: PathLike | None = None,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch:
    """Load the micro-expression clips of SAMM [1]_.

    Parameters
    ----------
    root : path
        Folder with ``SAMM_Micro_FACS_Codes_v2.xlsx`` and the frames,
        ``006/006_1_2/006_05562.jpg``, at any depth.
    classes : {None, 3, 4, 5, 7, "megc2019", "objective"}
        Classes of the labels; None keeps the sheet's words in lower case,
        ``"objective"`` gives the objective classes I to VII.
    annotations : path, optional
        The sheet, if it lies elsewhere.
    return_X_y, as_frame : bool
        See `load_casme2`.

    Returns
    -------
    Bunch
        See `load_casme2`.

    Raises
    ------
    NotADirectoryError, FileNotFoundError, ValueError
        If the folder, its sheet or its frames cannot be used.

    References
    ----------
    .. [1] Davison, A. K. et al. "SAMM: a spontaneous micro-facial movement dataset",
       IEEE Transactions on Affective Computing 9(1), 2018.
    """
    root = check_root(root, "SAMM")
    check_classes("samm", classes)
    report = LoadReport("samm", root)
    path = pick_table(
        root, MICRO_PATTERN, annotations, report, what="SAMM_Micro_FACS_Codes_v2.xlsx"
    )
    source = _micro_rows(path, report)
    folders = FolderIndex(
        root, lambda p: (p.name,) if re.match(r"\d+_\d+_\d+$", p.name) else None
    )
    folders.require(root, "006/006_1_2")
    rows = []
    for row in source:
        where = row["where"]
        frames = _mend_duration(row, frames_of(row, report), report)
        frames = repair_frames(*frames, report, where)
        key = folders.find((row["name"],), report, where)
        if key is None:
            report.drop("frame folder missing", where)
        elif frames is not None:
            clip = open_folder(
                folders.paths[key], fps=FPS, subject=row["subject"], name=row["name"],
                report=report,
            )  # fmt: skip
            clip = cut(clip, frames, report, where)
            if clip is not None:
                rows.append(
                    {
                        "clip": clip,
                        "subject": row["subject"],
                        "name": row["name"],
                        "onset": frames[0],
                        "apex": frames[1],
                        "offset": frames[2],
                        "action_units": to_text(row["action_units"]),
                        "emotion": row["emotion"],
                        "objective": row["objective"],
                        "where": where,
                    }
                )
    return clips_bunch(
        "samm", rows, report, classes=classes, fps=FPS, descr=_DESCR,
        return_X_y=return_X_y, as_frame=as_frame,
    )  # fmt: skip


def _kind(cell):
    text = to_text(cell).lower()
    if text.startswith("micro"):
        return "micro"
    return "macro" if text.startswith("macro") else None


def _emotions(root, emotions, report):
    """Give the emotion of each micro-expression by file name.

    The frame numbers of the two editions differ, so that they are never joined on.
    """
    if emotions is None:
        found = [p for p in find_tables(root) if re.search(MICRO_PATTERN, fold(p.stem))]
        emotions = found[-1] if found else None
    if emotions is None:
        report.note(
            "no emotions: the sheet of SAMM's micro-expressions is not there", root
        )
        return {}
    quiet = LoadReport("samm", root)
    return {row["name"]: row for row in _micro_rows(emotions, quiet)}


def load_samm_lv(
    root: PathLike,
    *,
    classes: int | str | None = 3,
    annotations: PathLike | None = None,
    emotions: PathLike | None = None,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch:
    """Load the long videos of SAMM with their macro- and micro-expressions [1]_.

    Parameters
    ----------
    root : path
        Folder with ``SAMM_LongVideos_V*_Release.xlsx``, the frames
        ``006_1/006_1_0001.jpg`` at any depth, and, for the emotions, the sheet of
        `load_samm`.
    classes : {None, 3, 4, 5, 7, "objective"}, default=3
        Classes of the intervals' labels; emotions that the mapping leaves out become
        ``"others"``.
    annotations, emotions : path, optional
        The two sheets, if they lie elsewhere.
    return_X_y, as_frame : bool
        See `load_casme2`; with `return_X_y` the result is (videos, intervals).

    Returns
    -------
    Bunch
        ``videos`` (lazy, also those without an expression), ``intervals`` (an object
        array of lists of `Interval` with kind and label, 0-based), ``subjects``,
        ``names``, ``fps``, ``frame``, ``report`` and ``descr``.

    Raises
    ------
    NotADirectoryError, FileNotFoundError, ValueError
        If the folder, its sheet or its frames cannot be used.

    Notes
    -----
    The ten macro-expressions that begin at frame 0 last most of a video; they are left
    out and counted.

    References
    ----------
    .. [1] Yap, C. H., Kendrick, C., Yap, M. H. "SAMM long videos: a spontaneous facial
       micro- and macro-expressions dataset", FG 2020.
    """
    root = check_root(root, "SAMM long videos")
    check_classes("samm_lv", classes)
    report = LoadReport("samm_lv", root)
    path = pick_table(
        root, LONG_PATTERN, annotations, report, what="SAMM_LongVideos_V3_Release.xlsx"
    )
    table = read_table(path, LONG_COLUMNS, optional=("duration",))
    labels = _emotions(root, emotions, report)
    folders = FolderIndex(
        root, lambda p: (p.name,) if re.match(r"\d{1,3}_\d+$", p.name) else None
    )
    folders.require(root, "SAMM_longvideos/006_1")
    videos = {
        key: open_folder(
            folder, fps=FPS, subject=f"{subject_number(key[0]):03d}", name=key[0],
            report=report,
        )
        for key, folder in folders.paths.items()
    }  # fmt: skip
    rows = []
    for row in rows_with_subject(table, report):
        filename = to_text(row["filename"])
        row["where"] = where = f"{row['where']} ({filename})"
        kind = _kind(row["type"])
        if kind is None:
            report.drop("neither micro nor macro", where)
            continue
        if to_number(row["onset"]) == 0:
            report.drop("onset 0, lasts from the video's start", where)
            continue
        frames = repair_frames(*frames_of(row, report), report, where)
        if frames is None:
            continue
        known = labels.get(filename) if kind == "micro" else None
        if kind == "micro" and labels and known is None:
            report.note("no emotion in the other sheet", where)
        video = "_".join(filename.split("_")[:2])
        rows.append(
            {
                "key": folders.find((video,), report, where) or (video,),
                "frames": frames,
                "kind": kind,
                "subject": filename.split("_")[0],
                "name": filename,
                "emotion": known["emotion"] if known else None,
                "objective": known["objective"] if known else None,
                "action_units": to_text(row["action_units"]),
                "where": where,
            }
        )
    return videos_bunch(
        "samm_lv", videos, rows, report, classes=classes, fps=FPS, descr=_DESCR,
        return_X_y=return_X_y, as_frame=as_frame,
    )  # fmt: skip
