"""CAS(ME)^3: long videos (part A) and clips in mock crimes (part C), 30 fps."""

from __future__ import annotations

import re

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
)
from mefeat.datasets._sheets import find_tables, fold, read_table, to_text

__all__ = ["load_casme3"]

FPS = 30.0
ME_PATTERN = r"(part)?a.*melabel"
ALL_PATTERN = r"parta(v\d)?$"
PART_C_PATTERN = r"partcme"
ME_COLUMNS = {
    "subject": ("Subject",),
    "filename": ("Filename",),
    "onset": ("Onset",),
    "apex": ("Apex",),
    "offset": ("Offset",),
    "action_units": ("AU", "AUs", "Action Units"),
    "objective": ("Objective class", "Objective Classes"),
    "emotion": ("emotion",),
}
ALL_COLUMNS = {
    **{name: ME_COLUMNS[name] for name in list(ME_COLUMNS)[:-1]},
    "type": ("Expression type", "Type"),
}
PART_C_COLUMNS = {
    "subject": ("sub", "Subject"),
    "filename": ("count", "Filename"),
    "onset": ("onset",),
    "offset": ("offset",),
    "action_units": ("au", "AUs"),
    "emotion": ("emotion",),
}
# A micro-expression of part A goes from onset to apex in less than 250 ms, but its
# offset may come late; beyond this length in seconds it is named.
LONG = 2.0
_DESCR = """CAS(ME)^3 (Li et al. 2023), colour and depth at 30 fps; part A: 860 micro-
and 3346 macro-expressions in long videos; part C: micro-expressions in mock crimes.
Licensed by the Institute of Psychology, Chinese Academy of Sciences."""


def load_casme3(
    root: PathLike,
    *,
    part: str = "A",
    classes: int | str | None = 4,
    annotations: PathLike | None = None,
    max_duration: float | None = None,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch:
    """Load CAS(ME)^3 [1]_.

    Parameters
    ----------
    root : path
        Part A: folder with ``cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx``, if possible
        ``CAS(ME)3_part_A_v2.xls`` (the macro-expressions), and the frames,
        ``part_A/spNO.1/a/color/166.jpg``.  Part C: folder with
        ``CAS(ME)3_part_C_ME.xlsx`` and the frames, ``SUBJECT/COUNT/color``.
    part : {"A", "C"}, default="A"
        Long videos or clips.
    classes : {None, 3, 4, 7, "objective"}, default=4
        Classes of the labels.
    annotations : path, optional
        The sheet of micro-expressions, if it lies elsewhere.
    max_duration : float, optional
        Leave out micro-expressions that last longer, in seconds.  Without it those
        beyond 2 s are kept and named in the report.
    return_X_y, as_frame : bool
        See `load_samm_lv` (part A) and `load_casme2` (part C).

    Returns
    -------
    Bunch
        Part A as from `load_samm_lv`, part C as from `load_casme2`.

    Raises
    ------
    NotADirectoryError, FileNotFoundError, ValueError
        If the folder, its sheet or its frames cannot be used.

    Notes
    -----
    The first frames of most videos and some later ones are not on disk; frames are
    found by their file numbers, and a hole repeats the frame before it.

    References
    ----------
    .. [1] Li, J. et al. "CAS(ME)^3: a third generation facial spontaneous
       micro-expression database with depth information and high ecological validity",
       IEEE TPAMI 45(3), 2023.
    """
    if part not in ("A", "C"):
        raise ValueError(f"The 'part' parameter must be 'A' or 'C'. Got {part!r}.")
    root = check_root(root, "CAS(ME)^3")
    check_classes("casme3", classes)
    report = LoadReport(f"casme3 part {part}", root)
    options = {
        "classes": classes,
        "fps": FPS,
        "descr": _DESCR,
        "return_X_y": return_X_y,
        "as_frame": as_frame,
    }
    if part == "C":
        return _load_c(root, report, annotations, options)
    path = pick_table(
        root, ME_PATTERN, annotations, report,
        what="cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx",
    )  # fmt: skip
    source = [{**row, "kind": "micro"} for row in _rows(path, ME_COLUMNS, report)]
    source += _macro_rows(root, report)
    folders = FolderIndex(root, _folder_key)
    folders.require(root, "part_A/spNO.1/a/color")
    videos = {
        key: open_folder(folder, fps=FPS, subject=key[0], name=key[1], report=report)
        for key, folder in folders.paths.items()
    }
    for (subject, video), clip in videos.items():
        if (clip.first_number or 1) > 1:
            place = f"{subject}/{video} (from {clip.first_number})"
            report.note("first frames not on disk", place)
    rows = []
    for row in source:
        record = _record(row, folders, report, max_duration)
        if record is not None:
            rows.append(record)
    return videos_bunch("casme3", videos, rows, report, **options)


def _folder_key(path):
    """Give (subject, video) of a folder of colour frames; depth is left aside."""
    if path.name.lower() != "color":
        return None
    return path.parent.parent.name, path.parent.name


def _rows(path, columns, report, sheet=None):
    optional = ("objective", "emotion", "action_units")
    table = read_table(path, columns, sheet=sheet, optional=optional)
    return rows_with_subject(table, report)


def _macro_rows(root, report):
    found = [p for p in find_tables(root) if re.search(ALL_PATTERN, fold(p.stem))]
    if not found:
        report.note("no macro-expressions: CAS(ME)3_part_A_v2.xls is not there", root)
        return []
    rows = _rows(found[-1], ALL_COLUMNS, report, sheet="AU+Emotion")
    # The micro-expressions of this sheet stand in the other one, with emotions.
    macro = [row for row in rows if fold(row["type"]).startswith("macro")]
    return [{**row, "kind": "macro", "emotion": None} for row in macro]


def _record(row, folders, report, max_duration):
    subject, video = to_text(row["subject"]), to_text(row["filename"])
    where = f"{row['kind']} {row['where']} ({subject}/{video})"
    row = {**row, "where": where}
    frames = repair_frames(*frames_of(row, report), report, where)
    if frames is None:
        return None
    emotion = to_text(row["emotion"])
    if emotion and emotion != emotion.lower():
        report.repair("emotion in upper case", where)
    seconds = (frames[2] - frames[0] + 1) / FPS
    if row["kind"] == "micro" and max_duration is not None and seconds > max_duration:
        report.drop(f"longer than {max_duration:g} s", where)
        return None
    if row["kind"] == "micro" and seconds > LONG:
        report.note(f"micro-expression longer than {LONG:g} s", where)
    return {
        "key": folders.find((subject, video), report, where) or (subject, video),
        "frames": frames,
        "kind": row["kind"],
        "subject": subject,
        "name": video,
        "emotion": emotion.lower(),
        "objective": to_text(row["objective"]).upper(),
        "action_units": to_text(row["action_units"]),
        "where": where,
    }


def _load_c(root, report, annotations, options):
    path = pick_table(
        root, PART_C_PATTERN, annotations, report, what="CAS(ME)3_part_C_ME.xlsx"
    )
    source = _rows(path, PART_C_COLUMNS, report)
    folders = FolderIndex(root, _folder_key)
    folders.require(root, "SUBJECT/COUNT/color")
    rows = []
    for row in source:
        subject, count = to_text(row["subject"]), to_text(row["filename"])
        row["where"] = where = f"{row['where']} ({subject}/{count})"
        onset, _, offset = frames_of({**row, "apex": None}, report)
        frames = repair_frames(onset, None, offset, report, where, has_apex=False)
        if frames is None:
            continue
        units = to_text(row["action_units"])
        if "，" in units:
            report.repair("Chinese comma between action units", where)
            units = units.replace("，", "+")
        middle = (frames[0] + frames[2]) // 2
        report.repair("no apex in part C, the middle stands for it", where)
        key = folders.find((subject, count), report, where)
        if key is None:
            report.drop("frame folder missing", where)
            continue
        clip = open_folder(
            folders.paths[key], fps=FPS, subject=subject, name=count, report=report
        )
        clip = cut(clip, (frames[0], middle, frames[2]), report, where)
        if clip is None:
            continue
        rows.append(
            {
                "clip": clip,
                "subject": subject,
                "name": f"{subject}/{count}",
                "onset": frames[0],
                "apex": middle,
                "offset": frames[2],
                "action_units": units,
                "emotion": to_text(row["emotion"]).lower() or "unknown",
                "where": where,
            }
        )
    if all(row["emotion"] == "unknown" for row in rows):
        # The sheet of part C may come without emotions: clips for the asking.
        options["classes"] = None
    return clips_bunch("casme3", rows, report, **options)
