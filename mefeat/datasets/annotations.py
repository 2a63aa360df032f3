"""Annotated videos as plain files: a folder of videos and a CSV table.

Two tables are read and written, both with one row for each interval:

- annotations: ``video,subject,onset,apex,offset,emotion``;
- predictions, in the challenge's columns: ``subject,video,onset,offset,emotion``.

Frames are counted from `frame_base` (0 unless told otherwise), both ends included.  The
challenge's own files and most data sets count from 1.
"""

from __future__ import annotations

import logging
import os
import unicodedata
from pathlib import Path
from posixpath import splitext
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from mefeat._atomic import write_text
from mefeat._typing import PathLike, SequenceLike
from mefeat._validation import as_object_array, check_int
from mefeat.datasets._csv import read_csv, to_csv
from mefeat.exceptions import ClipError
from mefeat.intervals import Interval, as_intervals
from mefeat.io import Clip
from mefeat.io._files import readable
from mefeat.io._sources import IMAGE_SUFFIXES, VIDEO_SUFFIXES

__all__ = [
    "find_videos",
    "load_videos",
    "read_annotations",
    "read_predictions",
    "write_annotations",
    "write_predictions",
]

logger = logging.getLogger(__name__)

ANNOTATION_COLUMNS = ("video", "subject", "onset", "apex", "offset", "emotion")
PREDICTION_COLUMNS = ("subject", "video", "onset", "offset", "emotion")
# Whole numbers from here on are not exact as floating point, as which they are read.
_TOO_LARGE = 2**53


def _frame(text, path, line, column, frame_base):
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not value.is_integer() or abs(value) >= _TOO_LARGE or "_" in text:
        raise ValueError(
            f"{path}, line {line}: {column} must be a whole frame number. "
            f"Got {text!r} instead"
        )
    return int(value) - frame_base


def _rows(table, path, frame_base, labelled):
    for line, row in enumerate(table.to_dict("records"), start=2):
        onset = _frame(row["onset"], path, line, "onset", frame_base)
        offset = _frame(row["offset"], path, line, "offset", frame_base)
        if offset < onset:
            raise ValueError(
                f"{path}, line {line}: offset {row['offset']} lies before onset "
                f"{row['onset']}"
            )
        apex = row.get("apex", "").strip()
        apex = _frame(apex, path, line, "apex", frame_base) if apex else None
        label = row.get("emotion", "").strip() or None
        if label is None and labelled:
            raise ValueError(f"{path}, line {line}: the emotion is missing")
        kind = row.get("kind", "").strip() or None
        if kind not in (None, "micro", "macro"):
            raise ValueError(
                f"{path}, line {line}: kind must be micro, macro or empty. Got "
                f"{kind!r} instead"
            )
        yield row, Interval(onset, offset, label, apex, kind=kind)


def _collect(path, required, frame_base, labelled=False, text=None):
    frame_base = check_int("frame_base", frame_base, low=-_TOO_LARGE, high=_TOO_LARGE)
    table = read_csv(path, required, what="annotation file", text=text, lower=True)
    videos = {}
    for row, interval in _rows(table, path, frame_base, labelled):
        key = (row["subject"].strip(), row["video"].strip())
        videos.setdefault(key, []).append(interval)
    return videos


def read_annotations(
    path: PathLike, frame_base: int = 0, *, labelled: bool = False
) -> dict[tuple[str, str], list[Interval]]:
    """Read annotated intervals.

    Parameters
    ----------
    path : path
        A CSV file with the columns ``video,subject,onset,apex,offset,emotion`` (apex
        may be empty or absent) in any order, and possibly ``kind``.
    frame_base : int, default=0
        Number of the first frame in the file.
    labelled : bool, default=False
        Whether a row without an emotion is an error.

    Returns
    -------
    dict of (str, str) to list of Interval
        (subject, video) to its intervals, sorted, 0-based.

    Raises
    ------
    FileNotFoundError, ValueError
        Naming the file, the line and the column.
    """
    required = [name for name in ANNOTATION_COLUMNS if name != "apex"]
    videos = _collect(path, required, frame_base, labelled)
    for intervals in videos.values():
        intervals.sort(key=lambda i: (i.onset, i.offset))
    return videos


def read_predictions(
    path: PathLike, frame_base: int = 0, *, labelled: bool = False
) -> dict[tuple[str, str], list[Interval]]:
    """Read predicted intervals, ``subject,video,onset,offset,emotion``.

    Parameters
    ----------
    path, frame_base, labelled
        As of `read_annotations`.

    Returns
    -------
    dict of (str, str) to list of Interval
        As from `read_annotations`, but in the order of the file: where intervals
        compete, the challenge's scorer takes the first row.
    """
    return _collect(path, PREDICTION_COLUMNS, frame_base, labelled)


def parse_predictions(text, path, frame_base):
    """Give the intervals of a table that is read already; `path` is for messages."""
    return _collect(path, PREDICTION_COLUMNS, frame_base, text=text)


def _write_intervals(path, columns, videos, subjects, intervals, frame_base):
    base = check_int("frame_base", frame_base)
    rows = []
    for video, subject, found in zip(videos, subjects, intervals, strict=True):
        for item in as_intervals(found):
            fields = {
                "video": video,
                "subject": subject,
                "onset": item.onset + base,
                "apex": "" if item.apex is None else item.apex + base,
                "offset": item.offset + base,
                "emotion": item.label or "",
            }
            rows.append([fields[name] for name in columns])
    return write_text(path, to_csv(columns, rows, path), durable=True)


def write_annotations(
    path: PathLike,
    videos: SequenceLike,
    subjects: SequenceLike,
    intervals: SequenceLike,
    frame_base: int = 0,
) -> Path:
    """Write annotated intervals, ``video,subject,onset,apex,offset,emotion``.

    Parameters
    ----------
    path : path
    videos, subjects : sequences of str
        One for each video.
    intervals : sequence of intervals
        One list for each video.
    frame_base : int, default=0
        Number that the first frame gets in the file.

    Returns
    -------
    Path
    """
    return _write_intervals(
        path, ANNOTATION_COLUMNS, videos, subjects, intervals, frame_base
    )


def write_predictions(
    path: PathLike,
    videos: SequenceLike,
    subjects: SequenceLike,
    intervals: SequenceLike,
    frame_base: int = 0,
) -> Path:
    """Write predictions in the challenge's columns.

    Parameters
    ----------
    path, videos, subjects, intervals, frame_base
        As of `write_annotations`.

    Returns
    -------
    Path
        Of the written file.
    """
    return _write_intervals(
        path, PREDICTION_COLUMNS, videos, subjects, intervals, frame_base
    )


def find_videos(root: PathLike) -> dict[str, Path]:
    r"""Find the videos in a folder: video files, and folders that hold images.

    Parameters
    ----------
    root : path

    Returns
    -------
    dict of str to Path
        Name relative to `root`, with ``/``, without suffix, sorted.  Where
        several would have one name, a folder of images has it, else the first file;
        the others keep their suffix.  Control characters in names, and bytes that are
        no text, are written ``\x0a``.

    Raises
    ------
    NotADirectoryError
        If there is no such folder.
    ClipError
        If a folder inside holds images as well as videos.  In `root` itself images
        beside videos are passed over, with a line in the log.
    """
    root = Path(root)
    if not root.is_dir():
        raise NotADirectoryError(f"{root}: no such folder")
    found: dict[str, Path] = {}
    for place, _, names in sorted(os.walk(root)):
        folder = Path(place)
        visible = sorted(name for name in names if not name.startswith("."))
        images = [n for n in visible if Path(n).suffix.lower() in IMAGE_SUFFIXES]
        if images and _mixed(folder, root, images, visible):
            images = []
        if images and folder != root:
            name = readable(folder.relative_to(root).as_posix())
            if name in found:
                other = found[name].relative_to(root).as_posix()
                found[readable(other)] = found[name]
            found[name] = folder
            continue
        for name in visible:
            if Path(name).suffix.lower() in VIDEO_SUFFIXES:
                inside = (folder / name).relative_to(root)
                plain = readable(inside.with_suffix("").as_posix())
                full = readable(inside.as_posix())
                found[full if plain in found else plain] = folder / name
    return dict(sorted(found.items()))


def _mixed(folder, root, images, names):
    """Raise where a folder holds images and videos; at the top tell of the images."""
    videos = [name for name in names if Path(name).suffix.lower() in VIDEO_SUFFIXES]
    if not videos:
        return False
    what = (
        f"{len(images)} image(s) such as {images[0]!r} beside {len(videos)} video(s) "
        f"such as {videos[0]!r}"
    )
    if folder != root:
        raise ClipError(
            f"the folder holds {what}: is it one video of images or several? Move "
            "either into a folder of their own",
            clip=str(folder),
        )
    logger.warning("%s: holds %s; the images are passed over", root, what)
    return True


def _path_of(video, found, root):
    """Give the path of a name of the table: names are looked up, never opened."""
    wanted = video.replace("\\", "/")
    for name in (video, wanted, splitext(wanted)[0]):
        if name in found:
            return found[name]
    # One letter may be written in two ways; some systems change the way in file names.
    same = unicodedata.normalize("NFC", wanted)
    plain = splitext(same)[0]
    alike = {unicodedata.normalize("NFC", name): path for name, path in found.items()}
    for name in (same, plain):
        if name in alike:
            return alike[name]
    by_stem = {n: path for n, path in alike.items() if n.split("/")[-1] == same}
    if len(by_stem) == 1:
        return next(iter(by_stem.values()))
    if by_stem:
        raise ClipError(
            f"{len(by_stem)} videos in {root} have this name: {', '.join(by_stem)}. "
            "Write the folder into the table too",
            clip=video,
        )
    raise ClipError(f"no such video in {root}", clip=video)


def _check_twins(found, root):
    """Raise where annotations could mean either of two videos."""
    for name, path in found.items():
        plain = readable(path.relative_to(root).with_suffix("").as_posix())
        if name != plain and path.is_file():
            raise ClipError(
                f"stands in {root} twice, as {found[plain].name} and {path.name}: move "
                "one of them elsewhere",
                clip=plain,
            )


def load_videos(
    root: PathLike,
    annotations: PathLike | None = None,
    *,
    frame_base: int = 0,
    fps: float | None = None,
) -> Bunch:
    """Load a folder of videos with its annotations, lazily.

    Parameters
    ----------
    root : path
        Folder with video files or folders of images, nested as you like.
    annotations : path, optional
        CSV of `read_annotations`; by default ``annotations.csv`` in `root`.  Videos
        without a row belong to the data set as well, as videos without an expression;
        their subject is that of the rows whose videos lie in the same folder, unknown
        where there are none or of several subjects.
    frame_base : int, default=0
        Number of the first frame in the CSV.
    fps : float, optional
        For sources that do not know theirs, such as folders of images.

    Returns
    -------
    Bunch
        ``videos`` (list of Clip), ``intervals`` (object array of lists of Interval),
        ``subjects`` (array of str), ``names`` (list of str).

    Raises
    ------
    ClipError
        If a video of the table is not in the folder, two videos have one name, or an
        interval lies beyond its video's end.
    """
    root = Path(root)
    found = find_videos(root)
    _check_twins(found, root)
    table = read_annotations(
        root / "annotations.csv" if annotations is None else annotations, frame_base
    )
    rows: list[Any] = [
        (subject, video, _path_of(video, found, root), intervals)
        for (subject, video), intervals in table.items()
    ]
    people_of_folder: dict[Path, set[str]] = {}
    for subject, _, path, _ in rows:
        people_of_folder.setdefault(path.parent, set()).add(subject)
    used = {path for _, _, path, _ in rows}
    for name, path in found.items():
        if path not in used:
            people = people_of_folder.get(path.parent, set())
            subject = next(iter(people)) if len(people) == 1 else None
            rows.append((subject, name, path, []))
    videos = []
    for subject, name, path, intervals in rows:
        clip = Clip(path, subject=subject, name=name)
        if clip.fps is None and fps is not None:
            clip = clip.replace(fps=fps)
        beyond = [i for i in intervals if i.onset >= len(clip)]
        if beyond:
            raise ClipError(
                f"is annotated at frame {beyond[0].onset} but has {len(clip)} frames; "
                "check frame_base",
                clip=name,
            )
        videos.append(clip)
    return Bunch(
        videos=videos,
        intervals=as_object_array(row[3] for row in rows),
        subjects=np.array(["" if row[0] is None else row[0] for row in rows]),
        names=[row[1] for row in rows],
    )
