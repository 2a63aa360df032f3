"""SMIC: clips (HS), clips with their surroundings (SMIC-E) and long videos."""

from __future__ import annotations

import re

from sklearn.utils import Bunch

from mefeat._typing import PathLike
from mefeat._validation import check_option
from mefeat.datasets._bunch import clips_bunch, repair_frames, videos_bunch
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
from mefeat.datasets._sheets import find_tables, read_table, to_frame_number, to_text

__all__ = ["load_smic", "load_smic_e", "load_smic_e_long"]

FPS = {"hs": 100.0, "vis": 25.0, "nir": 25.0}
_EMOTIONS = {
    "ne": "negative", "po": "positive", "su": "surprise", "sur": "surprise",
}  # fmt: skip
_NAME = re.compile(r"s(\d{1,9})_(ne|po|sur|su)_\d+", re.IGNORECASE)
E_COLUMNS = {
    "subject": ("Subject",),
    "filename": ("Filename",),
    "onset": ("OnsetF", "Onset"),
    "apex": ("ApexF", "Apex"),
    "offset": ("OffsetF", "Offset"),
    "first": ("FirstF", "First"),
    "emotion": ("Emotion",),
}
LONG_COLUMNS = {
    "subject": ("Subject", "sub"),
    "filename": ("Filename", "Video", "Vid_name", "clip"),
    "onset": ("OnsetF", "Onset", "onset_frame", "start"),
    "apex": ("ApexF", "Apex"),
    "offset": ("OffsetF", "Offset", "offset_frame", "end"),
    "emotion": ("Emotion", "Label"),
}
_DESCR = """SMIC (Li et al. 2013): 164 micro-expressions of 16 people at 100 fps (HS),
and 71 at 25 fps (VIS, NIR).  Licensed by the University of Oulu."""


def _emotion_of(name):
    match = _NAME.match(name)
    return None if match is None else _EMOTIONS[match.group(2).lower()]


def _subject_of(name):
    return f"s{int(_NAME.match(name).group(1)):02d}"


def _camera_of(path, root):
    """Tell the camera by the folders' names; HS where they do not say."""
    parts = " ".join(path.relative_to(root).parts).lower()
    for camera in ("nir", "vis"):
        if re.search(rf"(^|[^a-z]){camera}([^a-z]|$)", parts):
            return camera
    return "hs"


def load_smic(
    root: PathLike,
    *,
    camera: str = "hs",
    images: str = "auto",
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch:
    """Load the micro-expression clips of SMIC [1]_.

    Parameters
    ----------
    root : path
        Folder with the clips, for example
        ``SMIC_all_cropped/HS/s1/micro/negative/s1_ne_01``; there is no sheet.
    camera : {"hs", "vis", "nir"}, default="hs"
    images : {"auto", "cropped", "selected", "raw"}, default="auto"
    return_X_y, as_frame : bool
        See `load_casme2`.

    Returns
    -------
    Bunch
        See `load_casme2`; labels are negative, positive and surprise, and no apex is
        annotated.

    Raises
    ------
    NotADirectoryError, FileNotFoundError, ValueError
        If the folder holds no such clips.

    References
    ----------
    .. [1] Li, X. et al. "A spontaneous micro-expression database: inducement,
       collection and baseline", FG 2013.
    """
    root = check_root(root, "SMIC")
    check_option("camera", camera, tuple(FPS), owner="load_smic")
    report = LoadReport("smic", root)

    def key(path):
        # Clips of no micro-expression ("non_micro") are named alike.
        if not _NAME.match(path.name) or "non_micro" in path.as_posix().lower():
            return None
        return (path.name,) if _camera_of(path, root) == camera else None

    folders = FolderIndex(root, key, images)
    folders.require(root, "HS/s1/micro/negative/s1_ne_01")
    rows = []
    for (name,), folder in folders.paths.items():
        emotion = _emotion_of(name)
        parent = folder.parent.name.lower()
        if parent in ("negative", "positive", "surprise") and parent != emotion:
            report.note("folder and name disagree on the emotion; by name", name)
        subject = _subject_of(name)
        clip = open_folder(
            folder, fps=FPS[camera], subject=subject, name=name, report=report
        )
        first = clip.first_number or 0
        rows.append(
            {
                "clip": clip,
                "subject": subject,
                "name": name,
                "onset": first,
                "offset": first + len(clip) - 1,
                "emotion": emotion,
                "where": name,
            }
        )
    return clips_bunch(
        "smic", rows, report, classes=3, fps=FPS[camera], descr=_DESCR,
        return_X_y=return_X_y, as_frame=as_frame,
    )  # fmt: skip


def _camera_of_sheet(path):
    return _camera_of(path, path.parent)


def load_smic_e(
    root: PathLike,
    *,
    camera: str = "hs",
    annotations: PathLike | None = None,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch:
    """Load SMIC-E: micro-expressions with the frames around them.

    Parameters
    ----------
    root : path
        Folder with ``SMIC-HS-E_annotation.xlsx`` (likewise VIS and NIR) and the
        frames, for example ``SMIC-E_raw image/HS_long/SMIC-HS-E/HS/s01/s1_ne_01``.
    camera : {"hs", "vis", "nir"}, default="hs"
    annotations : path, optional
        The sheet, if it lies elsewhere.
    return_X_y, as_frame : bool
        See `load_samm_lv`.

    Returns
    -------
    Bunch
        See `load_samm_lv`; labels are negative, positive and surprise.

    Raises
    ------
    NotADirectoryError, FileNotFoundError, ValueError
        If the folder, its sheet or its frames cannot be used.

    Notes
    -----
    Frames are counted by the recorder, so that a video begins at any number; where the
    frames on disk are numbered anew, FirstF of the sheet is subtracted.
    """
    root = check_root(root, "SMIC-E")
    check_option("camera", camera, tuple(FPS), owner="load_smic_e")
    report = LoadReport(f"smic_e {camera}", root)
    if annotations is None:
        found = [p for p in find_tables(root) if _camera_of_sheet(p) == camera]
        annotations = found[-1] if len(found) == 1 else None
    path = pick_table(
        root, rf"smic{camera}e?annotation|smic{camera}", annotations, report,
        what=f"SMIC-{camera.upper()}-E_annotation.xlsx",
    )  # fmt: skip
    table = read_table(
        path,
        E_COLUMNS,
        optional=("apex", "emotion", "first"),
        following={"onset2": ("offset", 1), "offset2": ("offset", 2)},
    )
    folders = FolderIndex(
        root,
        lambda p: (
            (p.name,) if _NAME.match(p.name) and _camera_of(p, root) == camera else None
        ),
    )
    folders.require(root, "HS/s01/s1_ne_01")
    videos = {
        key: open_folder(
            folder, fps=FPS[camera], subject=_subject_of(key[0]), name=key[0],
            report=report,
        )
        for key, folder in folders.paths.items()
    }  # fmt: skip
    rows = []
    for row in rows_with_subject(table, report):
        rows += _records(row, folders, videos, report)
    return videos_bunch(
        "smic", videos, rows, report, classes=3, fps=FPS[camera], descr=_DESCR,
        return_X_y=return_X_y, as_frame=as_frame,
    )  # fmt: skip


def _records(row, folders, videos, report):
    """Give the one or two micro-expressions of a row of the sheet."""
    name, number = to_text(row["filename"]), subject_number(row["subject"])
    where = f"{row['where']} ({name})"
    row = {**row, "where": where}
    if number is None:
        report.drop("no subject", where)
        return []
    key = folders.find((name,), report, where) or (name,)
    emotion = to_text(row.get("emotion")).lower()
    emotion = _EMOTIONS.get(emotion, emotion) or _emotion_of(name)
    spans = [frames_of(row, report)]
    if to_text(row.get("onset2")) and to_text(row.get("offset2")):
        second = {
            "onset": row["onset2"], "apex": None, "offset": row["offset2"],
            "where": where,
        }  # fmt: skip
        spans.append(frames_of(second, report))
        report.note("second micro-expression in the video", where)
    shift = _renumbered(row, videos.get(key), report, where)
    records = []
    for span in spans:
        frames = repair_frames(*span, report, where, has_apex=False)
        if frames is None:
            continue
        records.append(
            {
                "key": key,
                "frames": tuple(None if f is None else f + shift for f in frames),
                "kind": "micro",
                "subject": f"s{number:02d}",
                "name": name,
                "emotion": emotion,
                "where": where,
            }
        )
    return records


def _renumbered(row, clip, report, where):
    """Give what has to be added to the sheet's frames to get the files' numbers."""
    if clip is None:
        return 0
    first = to_frame_number(row.get("first"), report, where, "FirstF")
    if first is None or first == clip.first_number:
        return 0
    onset = to_frame_number(row["onset"], LoadReport("", ""), where, "onset")
    if onset is not None and 0 <= onset - clip.first_number < len(clip):
        report.note("FirstF differs from the first file, the files count", where)
        return 0
    report.repair("frames on disk numbered anew, counted from FirstF", where)
    return clip.first_number - first


def load_smic_e_long(
    root: PathLike,
    *,
    annotations: PathLike | None = None,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch:
    """Load SMIC-E-long: 162 long videos at 100 frames a second [1]_.

    Parameters
    ----------
    root : path
        Folder with a table of the columns Subject, Filename, Onset, Offset and
        Emotion (Excel or CSV; editions differ, so that any table which holds these
        headings is taken), and a folder of frames for each video, named as in the
        table.
    annotations : path, optional
        The table, if it lies elsewhere.
    return_X_y, as_frame : bool
        See `load_samm_lv`.

    Returns
    -------
    Bunch
        See `load_samm_lv`; labels are negative, positive and surprise.

    Raises
    ------
    NotADirectoryError, FileNotFoundError, ValueError
        If the folder, its table or its frames cannot be used.

    References
    ----------
    .. [1] Tran, T.-K. et al. "Micro-expression spotting: a new benchmark",
       Neurocomputing 443, 2021.
    """
    root = check_root(root, "SMIC-E-long")
    check_classes("smic", 3)
    report = LoadReport("smic_e_long", root)
    path = pick_table(root, r".", annotations, report, what="a table of annotations")
    table = read_table(path, LONG_COLUMNS, optional=("apex", "emotion", "subject"))
    folders = FolderIndex(
        root, lambda p: (p.name,) if subject_number(p.name) is not None else None
    )
    folders.require(root, "s1_ne_01")
    videos = {
        key: open_folder(
            folder, fps=100.0, subject=f"s{subject_number(key[0]):02d}", name=key[0],
            report=report,
        )
        for key, folder in folders.paths.items()
    }  # fmt: skip
    rows = []
    for row in rows_with_subject(table, report, column="filename"):
        name = to_text(row["filename"])
        row["where"] = where = f"{row['where']} ({name})"
        frames = repair_frames(*frames_of(row, report), report, where, has_apex=False)
        if frames is None:
            continue
        emotion = to_text(row["emotion"]).lower()
        rows.append(
            {
                "key": folders.find((name,), report, where) or (name,),
                "frames": frames,
                "kind": "micro",
                "subject": f"s{subject_number(name) or 0:02d}",
                "name": name,
                "emotion": _EMOTIONS.get(emotion, emotion) or _emotion_of(name),
                "where": where,
            }
        )
    return videos_bunch(
        "smic", videos, rows, report, classes=3, fps=100.0, descr=_DESCR,
        return_X_y=return_X_y, as_frame=as_frame,
    )  # fmt: skip
