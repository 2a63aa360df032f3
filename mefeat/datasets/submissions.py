"""Files that the challenge's site accepts.

A submission to spot-then-recognize holds two CSV files, ``cas_pred.csv`` and
``samm_pred.csv``, with one row for each spotted interval:
``subject,video,onset,offset,emotion``.  One to visual question answering holds the
lines of the two question files with their answers filled in.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sklearn.utils import Bunch

from mefeat._atomic import replacing
from mefeat._typing import PathLike, SequenceLike
from mefeat._zips import read_members
from mefeat.datasets._csv import decode, read_text, to_csv
from mefeat.datasets.annotations import PREDICTION_COLUMNS, parse_predictions
from mefeat.intervals import as_intervals

__all__ = ["read_str_submission", "write_str_submission", "write_vqa_submission"]

FILES = {"cas": "cas_pred.csv", "samm": "samm_pred.csv"}
VQA_FILES = {
    "samm": "me_vqa_samm_test_pred.jsonl",
    "casme3": "me_vqa_casme3_test_pred.jsonl",
}
EMOTIONS = ("negative", "positive", "surprise")


def write_str_submission(
    path: PathLike,
    bunch: Bunch,
    y_pred: SequenceLike,
    *,
    frame_base: int | str = "file",
    emotions: Sequence[str] = EMOTIONS,
    drop: Sequence[str] = ("others",),
) -> Path:
    """Write a submission to the spot-then-recognize task of MEGC.

    Parameters
    ----------
    path : path
        The ``.zip`` file to write.
    bunch : Bunch
        The test set, from `load_megc2025`: ``videos``, ``subjects``, ``names`` and
        ``datasets`` (``"cas"`` or ``"samm"``).
    y_pred : sequence of lists of labelled Interval
        One list for each of the videos, 0-based.
    frame_base : "file" or int, default="file"
        Number that frame 0 of a video gets: that of its first file, or this one.
    emotions : sequence of str
        The emotions that the site knows.
    drop : sequence of str, default=("others",)
        Intervals with these labels are left out, as the winners of 2025 did.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        With all reasons, one on each line, where a video is missing, an interval lies
        out of range, is doubled, has no emotion or an unknown one, or nothing is left
        for a data set.  Nothing is written then.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from mefeat import Interval
    >>> from mefeat.datasets import (
    ...     load_megc2025, make_layout, read_str_submission, write_str_submission)
    >>> with TemporaryDirectory() as folder:
    ...     test = load_megc2025(make_layout("megc2025-str", folder))
    ...     y_pred = [[Interval(29, 43, "positive")] for _ in test.videos]
    ...     path = write_str_submission(f"{folder}/submission.zip", test, y_pred)
    ...     rows = read_str_submission(path)["cas"]
    >>> rows["abc", "a1"]
    [Interval(onset=30, offset=44, label='positive', apex=None, score=None, kind=None)]
    """
    path = Path(path)
    if path.suffix.lower() != ".zip":
        raise ValueError(f"{path}: a submission is a .zip file")
    if frame_base != "file" and (
        isinstance(frame_base, bool | str) or not hasattr(frame_base, "__index__")
    ):
        raise ValueError(
            f"The 'frame_base' parameter must be 'file' or an int. Got {frame_base!r}."
        )
    if len(y_pred) != len(bunch.videos):
        raise ValueError(
            f"y_pred must hold one list for each of the {len(bunch.videos)} test "
            f"videos. Got {len(y_pred)} instead: {_missing_names(bunch, y_pred)}"
        )
    reasons: list[str] = []
    rows: dict[str, list[Any]] = {name: [] for name in FILES}
    for video, intervals, dataset in zip(
        bunch.videos, y_pred, bunch.datasets, strict=True
    ):
        base = _base(video, frame_base)
        rows[dataset] += _rows(video, intervals, base, emotions, drop, reasons)
    for dataset in dict.fromkeys(bunch.datasets):
        if not rows[dataset]:
            reasons.append(
                f"{FILES[dataset]}: no interval is left for this data set; the site's "
                "scorer cannot read an empty table"
            )
    if reasons:
        raise ValueError("the submission is refused:\n" + "\n".join(reasons))
    tables = {FILES[name]: found for name, found in rows.items() if found}
    _write_zip(
        path,
        {
            name: to_csv(PREDICTION_COLUMNS, found, path)
            for name, found in tables.items()
        },
    )
    return path


def _missing_names(bunch, y_pred):
    names = [f"{v.subject}/{v.name}" for v in bunch.videos[len(y_pred) :]]
    return f"nothing for {', '.join(names[:5])}" if names else "too many"


def _base(video, frame_base):
    if frame_base != "file":
        return int(frame_base)
    return 0 if video.first_number is None else video.first_number


def _rows(video, intervals, base, emotions, drop, reasons):
    """Give the rows of one video, adding what is wrong with it to `reasons`."""
    name = f"{video.subject}/{video.name}"
    rows, seen = [], set()
    for item in sorted(as_intervals(intervals), key=lambda i: (i.onset, i.offset)):
        if item.label in drop:
            continue
        span = f"{name} [{item.onset}, {item.offset}]"
        if item.label is None:
            reasons.append(f"{span}: has no emotion")
        elif item.label not in emotions:
            known = ", ".join(emotions)
            reasons.append(
                f"{span}: unknown emotion {item.label!r}, not one of {known}"
            )
        if item.onset >= len(video) or item.offset < 0:
            reasons.append(f"{span}: out of range, the video has {len(video)} frames")
        elif item.offset >= len(video):
            reasons.append(f"{span}: ends after the last frame, {len(video) - 1}")
        if (item.onset, item.offset) in seen:
            reasons.append(f"{span}: doubled")
        seen.add((item.onset, item.offset))
        rows.append(
            [
                video.subject,
                video.name,
                item.onset + base,
                item.offset + base,
                item.label,
            ]
        )
    return rows


def _write_zip(path, texts):
    with (
        replacing(path, durable=True) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, text in texts.items():
            # A fixed date, so that the same predictions give the same file.
            archive.writestr(zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0)), text)


def read_str_submission(
    path: PathLike, *, frame_base: int = 0
) -> dict[str, dict[str, Any]]:
    """Read a submission, or a folder with its two CSV files.

    Parameters
    ----------
    path : path
        A ``.zip`` file or a folder.
    frame_base : int, default=0
        Number of a video's first frame in the files; 0 keeps their numbers.

    Returns
    -------
    dict of str to dict
        ``"cas"`` and ``"samm"``, where there, to what `read_predictions` gives:
        (subject, video) to intervals.  Subjects and videos are texts; zeros before a
        subject that is a number are dropped, since the scorer compares numbers.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or a row cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        texts = {
            name: read_text(path / name)
            for name in FILES.values()
            if (path / name).is_file()
        }
    else:
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such submission")
        members = read_members(path, FILES.values())
        texts = {name: decode(data, path / name) for name, data in members.items()}
    if not texts:
        raise FileNotFoundError(f"{path}: holds neither {' nor '.join(FILES.values())}")
    found = {}
    for dataset, name in FILES.items():
        if name in texts:
            rows = parse_predictions(texts[name], path / name, frame_base)
            found[dataset] = _without_zeros(rows)
    return found


def _without_zeros(rows):
    merged = {}
    for (subject, video), intervals in rows.items():
        if subject.isdecimal():
            subject = subject.lstrip("0") or "0"
        merged.setdefault((subject, video), []).extend(intervals)
    return merged


def write_vqa_submission(
    path: PathLike,
    questions: SequenceLike,
    answers: Sequence[str] | dict[str, Any],
    *,
    allow_empty: bool = False,
) -> Path:
    """Write a submission to the visual question answering task of MEGC2025.

    Parameters
    ----------
    path : path
        The ``.zip`` file to write.
    questions : sequence of Question
        The test questions, from `load_megc2025` or `load_me_vqa`, in the order of
        their files.
    answers : sequence of str, or dict
        One for each question, or by id.
    allow_empty : bool, default=False
        Write questions without an answer with an empty one, which counts as wrong.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        With all reasons where an answer is missing, empty or no text, was not asked
        for, or a question is no test question or doubled.  Nothing is written then.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from mefeat.datasets import (
    ...     load_megc2025, make_layout, write_vqa_submission)
    >>> with TemporaryDirectory() as folder:
    ...     test = load_megc2025(make_layout("megc2025-vqa", folder), "vqa")
    ...     answers = ["negative" for _ in test.X]
    ...     path = write_vqa_submission(f"{folder}/answers.zip", test.X, answers)
    >>> path.name
    'answers.zip'
    """
    path = Path(path)
    if path.suffix.lower() != ".zip":
        raise ValueError(f"{path}: a submission is a .zip file")
    answers, reasons = _align_answers(questions, answers)
    rows: dict[str, list[Any]] = {name: [] for name in VQA_FILES}
    seen: set[Any] = set()
    for question, answer in zip(questions, answers, strict=True):
        where = f"{question.id} ({question.question})"
        if question.dataset not in VQA_FILES or "_test_" not in str(question.id):
            reasons.append(f"{where}: is no question of the test set")
            continue
        if question.id in seen:
            reasons.append(f"{where}: doubled")
        seen.add(question.id)
        if answer is not None and not isinstance(answer, str):
            reasons.append(f"{where}: the answer is no text but {answer!r}")
        elif not (answer or "").strip() and not allow_empty:
            reasons.append(f"{where}: is not answered")
        rows[question.dataset].append(
            {
                "video_id": question.id,
                "video": question.clip_name,
                "question": question.question,
                "answer": answer or "",
            }
        )
    if reasons:
        raise ValueError("the submission is refused:\n" + "\n".join(reasons))
    _write_zip(
        path,
        {
            VQA_FILES[name]: "".join(
                json.dumps(row, ensure_ascii=False) + "\n" for row in found
            )
            for name, found in rows.items()
            if found
        },
    )
    return path


def _align_answers(questions, answers):
    """Give one answer (or None) for each question, and what was not asked."""
    if hasattr(answers, "keys"):
        asked = {question.id for question in questions}
        reasons = [f"{key}: was not asked" for key in answers if key not in asked]
        return [answers.get(question.id) for question in questions], reasons
    if len(answers) != len(questions):
        raise ValueError(
            f"answers must hold one text for each of the {len(questions)} questions. "
            f"Got {len(answers)} instead."
        )
    return list(answers), []
