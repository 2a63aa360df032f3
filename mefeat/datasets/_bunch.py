"""From checked annotation rows and frame folders to the Bunch that readers give."""

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from mefeat._validation import as_object_array
from mefeat.datasets._labels import map_label
from mefeat.intervals import Interval

__all__ = ["clips_bunch", "cut", "repair_frames", "videos_bunch"]


def repair_frames(onset, apex, offset, report, where, *, has_apex=True):
    """Give onset, apex (or None) and offset in a possible order, or None.

    Parameters
    ----------
    onset, apex, offset : int or None
        As annotated; None, 0 (apex, offset) and negative apexes are missing values.
    report : LoadReport
    where : str
    has_apex : bool, default=True
        Whether the data set annotates the apex, so that a missing one is counted.

    Returns
    -------
    (int, int or None, int) or None
        None where the row has to be left out.
    """
    if onset is None:
        report.drop("onset missing", where)
        return None
    if apex is not None and apex < 0:
        apex = None
    if apex is None and has_apex:
        report.repair("apex missing", where)
    if offset is None or offset == 0:
        if apex is None or apex < onset:
            report.drop("offset missing", where)
            return None
        report.repair("offset missing, the apex stands for it", where)
        offset = apex
    if apex == 0 and onset > 0:
        report.repair("apex 0, the middle stands for it", where)
        apex = (onset + offset) // 2
    if offset < onset:
        if apex is None or apex <= onset:
            report.drop("offset before onset", where)
            return None
        report.repair("offset before onset, the apex stands for it", where)
        offset = apex
    if apex is not None and apex > offset:
        report.repair("offset before apex, the apex stands for it", where)
        offset = apex
    if apex is not None and apex < onset:
        report.repair("apex before onset, left out", where)
        apex = None
    if apex is not None and apex == onset and offset > onset:
        report.note("apex at onset", where)
    return onset, apex, offset


def to_index(clip, frames, report, where):
    """Give onset, apex and offset as indices into `clip`, or None.

    Frames are counted by file name, so that a folder may start anywhere.
    """
    base = clip.first_number
    if base is None:
        report.note("file names without numbers, counted from 1", clip.name)
        base = 1
    onset, apex, offset = (None if f is None else f - base for f in frames)
    if onset >= len(clip) or offset < 0:
        report.drop("interval outside of the frames on disk", where)
        return None
    if onset < 0:
        report.repair("onset before the first frame on disk", where)
        onset = 0
    if offset >= len(clip):
        report.repair("offset after the last frame on disk", where)
        offset = len(clip) - 1
    if apex is not None and not onset <= apex <= offset:
        report.repair("apex outside of the frames on disk", where)
        apex = None
    return onset, apex, offset


def cut(clip, frames, report, where):
    """Give the clip from onset to offset with its apex, or None."""
    found = to_index(clip, frames, report, where)
    if found is None:
        return None
    onset, apex, offset = found
    return clip.replace(apex=apex)[onset : offset + 1]


def clips_bunch(name, rows, report, *, classes, fps, descr, return_X_y, as_frame):
    """Give the Bunch of a data set of short clips.

    Parameters
    ----------
    rows : list of dict
        Each with ``clip``, ``emotion``, ``subject`` and further columns of the table.
    """
    kept, labels = [], []
    for row in rows:
        label = map_label(name, row, classes)
        if label is None:
            report.drop(
                f"emotion not among the classes {classes!r}",
                f"{row['where']} {row['emotion']!r}",
            )
            continue
        kept.append(row)
        labels.append(label)
    report.facts["clips"] = len(kept)
    clips = [row["clip"] for row in kept]
    labels = np.array(labels, dtype=object if not labels else None)
    if return_X_y:
        return clips, labels
    subjects = np.array([row["subject"] for row in kept])
    frame = pd.DataFrame(
        [{key: row[key] for key in row if key != "where"} for row in kept]
    )
    if as_frame:
        labels = pd.Series(labels, name="label")
        subjects = pd.Series(subjects, name="subject")
    else:
        frame = frame.drop(columns="clip", errors="ignore")
    return Bunch(
        clips=clips,
        labels=labels,
        subjects=subjects,
        names=[row["name"] for row in kept],
        fps=fps,
        frame=frame,
        report=report,
        descr=descr,
    )


def videos_bunch(
    name, videos, rows, report, *, classes, fps, descr, return_X_y, as_frame
):
    """Give the Bunch of a data set of long videos.

    Parameters
    ----------
    videos : dict of key to Clip
    rows : list of dict
        Each with ``key`` (into `videos`), ``frames`` (onset, apex, offset by file
        name), ``emotion``, ``kind``, ``where`` and further columns of the table.
    """
    keys = list(videos)
    found = {key: [] for key in keys}
    table = []
    for row in rows:
        clip = videos.get(row["key"])
        if clip is None:
            report.drop("frame folder missing", row["where"])
            continue
        place = to_index(clip, row["frames"], report, row["where"])
        if place is None:
            continue
        onset, apex, offset = place
        label = map_label(name, row, classes)
        if label is None and row.get("emotion"):
            label = "others"
        found[row["key"]].append(
            Interval(onset, offset, label, apex, kind=row.get("kind"))
        )
        record = {k: v for k, v in row.items() if k not in ("key", "frames", "where")}
        record["video"] = clip.name
        record["onset"], record["apex"], record["offset"] = row["frames"]
        record["onset_index"], record["offset_index"] = onset, offset
        record["apex_index"] = apex
        table.append(record)
    intervals = as_object_array(
        sorted(found[key], key=lambda i: (i.onset, i.offset)) for key in keys
    )
    report.facts["videos"] = len(keys)
    report.facts["intervals"] = len(table)
    clips = [videos[key] for key in keys]
    if return_X_y:
        return clips, intervals
    subjects = np.array([clip.subject for clip in clips])
    if as_frame:
        subjects = pd.Series(subjects, name="subject")
        intervals = pd.Series(list(intervals), name="intervals", dtype=object)
    return Bunch(
        videos=clips,
        intervals=intervals,
        subjects=subjects,
        names=[clip.name for clip in clips],
        fps=fps,
        frame=pd.DataFrame(table),
        report=report,
        descr=descr,
    )
