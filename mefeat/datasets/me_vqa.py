"""ME-VQA: questions on micro-expression clips, as the challenge hands them out [1]_.

References
----------
.. [1] Li, X. et al. "MEGC2025: micro-expression grand challenge on spot then recognize
   and visual question answering", arXiv:2506.15298, 2025.
"""

from __future__ import annotations

import json
import re
import unicodedata
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from mefeat._atomic import write_text
from mefeat._typing import PathLike
from mefeat._validation import as_object_array, check_int
from mefeat.datasets._action_units import ACTION_UNITS, ActionUnit, parse_action_units
from mefeat.datasets._csv import read_text
from mefeat.datasets._folders import check_root, find_frame_folders, open_folder
from mefeat.datasets._labels import LABELS, MEGC2019_LEFT_OUT
from mefeat.datasets._load_report import LoadReport
from mefeat.datasets._me_vqa_templates import QUESTIONS, joint_answer
from mefeat.io import Question

__all__ = ["load_me_vqa", "make_me_vqa"]

FPS = {"samm": 200.0, "casme2": 200.0, "smic": 100.0, "casme3": 30.0}
_DESCR = """ME-VQA of MEGC2025: questions and answers on the 442 clips of the MEGC2019
composite (training), and questions on 24 clips of SAMM and CAS(ME)^3 (test)."""


def read_rows(path):
    """Read the lines of a file of ME-VQA as they stand.

    Parameters
    ----------
    path : path

    Returns
    -------
    list of dict
        Each with a ``question`` that is a text, and fields that are texts, numbers or
        nothing.

    Raises
    ------
    FileNotFoundError, ValueError
        Naming the file and the line.
    """
    rows = []
    # Only these end a line: JSON may hold other separators of lines within a text.
    lines = read_text(path, "file of questions").replace("\r\n", "\n").split("\n")
    for line, content in enumerate(lines, start=1):
        if content.strip():
            rows.append(_parse_row(content, f"{path}, line {line}"))
    if not rows:
        raise ValueError(f"{path}: holds no questions")
    return rows


def _parse_row(content, where):
    try:
        row = json.loads(content)
    except (ValueError, RecursionError):
        raise ValueError(f"{where}: not a line of JSON") from None
    if not isinstance(row, dict) or not str(row.get("question") or "").strip():
        raise ValueError(f"{where}: no 'question' in this row")
    if not isinstance(row["question"], str):
        raise ValueError(
            f"{where}: 'question' must be a text. Got {row['question']!r} instead"
        )
    if not {"image_id", "video"} & set(row):
        raise ValueError(f"{where}: neither 'image_id' (training) nor 'video' (test)")
    for name in ("image_id", "video", "id", "video_id", "dataset", "subject", "answer"):
        if isinstance(row.get(name), dict | list | float):
            raise ValueError(
                f"{where}: {name!r} must be a text. Got {row[name]!r} instead"
            )
    if "\\ud" in content.lower():
        try:
            json.dumps(row, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError(
                f"{where}: holds half of a character (\\ud800 to \\udfff by itself)"
            ) from None
    return row


def load_me_vqa(
    path: PathLike, root: PathLike | None = None, *, return_X_y: bool = False
) -> Bunch:
    """Load a file of ME-VQA, of the training or of the test form.

    Parameters
    ----------
    path : path
        For example ``me_vqa_samm_casme2_smic.jsonl`` or
        ``me_vqa_samm_test_to_answer.jsonl``.
    root : path, optional
        Folder below which the clips' frames lie, in the layout of the data set or of
        the test set.  Without it, clips stay names.
    return_X_y : bool, default=False
        Give (X, y) only.

    Returns
    -------
    Bunch
        ``X`` (list of `Question`, one for each row, in the order of the file), ``y``
        (object array of answers, empty in the test form), ``groups`` (subjects; in the
        test form the clips), ``report`` and ``descr``.

    Raises
    ------
    FileNotFoundError, ValueError
        Naming the file and the line.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from mefeat.datasets import load_me_vqa, make_me_vqa
    >>> rows = [{"dataset": "casme2", "subject": "sub01", "name": "EP02_01f",
    ...          "emotion": "happiness", "action_units": "12"}]
    >>> with TemporaryDirectory() as folder:
    ...     _ = make_me_vqa(rows, f"{folder}/questions.jsonl")
    ...     bunch = load_me_vqa(f"{folder}/questions.jsonl")
    >>> len(bunch.X), bunch.X[2].question, bunch.y[2]
    (6, 'What is the action unit?', 'lip corner puller')
    """
    rows = read_rows(path)
    report = LoadReport("me_vqa", path)
    clips = {} if root is None else _find_clips(rows, root, report)
    questions, answers, groups = [], [], []
    for row in rows:
        name = str(row.get("image_id") or row.get("video"))
        own_id = row.get("id") or row.get("video_id")
        dataset = row.get("dataset") or str(own_id).split("_test_")[0]
        subject = row.get("subject")
        questions.append(
            Question(
                clips.get((dataset, name), name),
                row["question"],
                id=None if own_id is None else str(own_id),
                subject=None if subject is None else str(subject),
                dataset=dataset,
                name=name,
            )
        )
        answers.append(str(row.get("answer") or ""))
        groups.append(name if subject is None else str(subject))
    y = as_object_array(answers)
    if return_X_y:
        return questions, y
    report.facts["questions"] = len(questions)
    report.facts["clips"] = len({(q.dataset, q.name) for q in questions})
    return Bunch(X=questions, y=y, groups=np.array(groups), report=report, descr=_DESCR)


def _clip_key(text):
    """Compare names of clips without zeros before numbers (s01_ne_01 is s1_ne_01)."""
    text = unicodedata.normalize("NFC", str(text)).lower()
    return re.sub(r"\d+", lambda digits: digits[0].lstrip("0") or "0", text)


def _find_clips(rows, root, report):
    root = check_root(root, "the clips of ME-VQA")
    folders = {}
    for folder in find_frame_folders(root):
        # CASME II and others name a clip within its subject only.
        for name in (folder.name, f"{folder.parent.name}_{folder.name}"):
            folders.setdefault(_clip_key(name), folder)
    clips = {}
    for row in rows:
        name = str(row.get("image_id") or row.get("video"))
        dataset = row.get("dataset")
        dataset = dataset or str(row.get("video_id")).split("_test_")[0]
        if (dataset, name) in clips:
            continue
        folder = folders.get(_clip_key(name))
        if folder is None:
            clips[dataset, name] = name
            report.note("no frames found, the clip stays a name", name)
            continue
        clips[dataset, name] = open_folder(
            folder, fps=FPS.get(dataset), subject=row.get("subject"), name=name,
            report=report,
        )  # fmt: skip
    return clips


def make_me_vqa(
    annotations: Any,
    path: PathLike | None = None,
    *,
    dataset: str | None = None,
    random_state: int = 0,
) -> list[dict[str, Any]]:
    """Write question-answer rows from annotations, in the official form.

    Parameters
    ----------
    annotations : DataFrame, Bunch or sequence of dict
        One row for each clip with ``subject``, ``name``, ``emotion`` (the fine class)
        and ``action_units`` (a text as in the sheets or a list of `ActionUnit`);
        possibly ``dataset``, and ``asked_present`` or ``asked_absent``, the names of
        the units that the two yes-or-no questions shall ask for.  The Bunch of
        `load_casme2`, `load_samm` or `load_smic` serves as it is.
    path : path, optional
        Where to write the rows, as lines of JSON.
    dataset : {"casme2", "samm", "smic"}, optional
        The data set, where the rows do not say.
    random_state : int, default=0
        Seed for which action unit the two yes-or-no questions ask for where the row
        does not say; the choice depends on the seed and the clip alone.

    Returns
    -------
    list of dict
        With the keys ``id``, ``dataset``, ``image_id``, ``subject``, ``filename``,
        ``question`` and ``answer``.  For each clip: coarse class, fine class, action
        units, the side of the first unit on one side if there is one, one unit that is
        there, one that is not, and the joint question; SMIC has the first alone.

    Raises
    ------
    ValueError
        If a row lacks a field, a data set is unknown, or a unit to ask for as present
        (absent) is not (is) among the clip's.

    Notes
    -----
    The official file drew the units of its yes-or-no questions: clips with the same
    units in the same order are asked for different ones, so no rule gives them back.
    ``asked_present`` and ``asked_absent`` do, where the drawn units are known.

    Clips that are not part of the MEGC2019 composite (other emotions, and the few that
    it leaves out) get no rows, as in the official file.  Units keep the order of the
    annotation; those without a name in the official list are left out.

    Examples
    --------
    >>> from mefeat.datasets import make_me_vqa
    >>> rows = make_me_vqa(
    ...     [{"dataset": "casme2", "subject": 1, "name": "EP19_05f",
    ...       "emotion": "disgust", "action_units": "4+7+L10"}])
    >>> print(rows[3]["id"], rows[3]["question"], rows[3]["answer"])
    casme2_sub01_EP19_05f_4 Is the action unit upper lip raiser located on the left or \
right face? left
    """
    seed = check_int("random_state", random_state, low=0)
    frame = getattr(annotations, "frame", annotations)
    records = frame.to_dict("records") if hasattr(frame, "to_dict") else list(frame)
    if dataset is None and hasattr(annotations, "report"):
        dataset = annotations.report.name
    rows, seen = [], set()
    for index, record in enumerate(records):
        record = _check_record(record, dataset, index)
        key = (record["dataset"], record["image_id"])
        if record["coarse"] is None or key in seen:
            continue
        seen.add(key)
        rows += _rows_of_clip(record, seed)
    if path is not None:
        _write_lines(Path(path), rows)
    return rows


def _check_record(record, dataset, index):
    name = record.get("dataset") or dataset
    if name not in ("casme2", "samm", "smic"):
        raise ValueError(
            f"annotations[{index}]: the data set must be 'casme2', 'samm' or 'smic'. "
            f"Got {name!r} instead."
        )
    for field in ("subject", "name", "emotion"):
        if record.get(field) in (None, ""):
            raise ValueError(f"annotations[{index}] has no {field!r}")
    number = re.findall(r"\d+", str(record["subject"]))
    if not number:
        raise ValueError(f"annotations[{index}]: subject without a number")
    number = int(number[0])
    subject = {
        "casme2": f"sub{number:02d}", "samm": str(number), "smic": f"s{number:02d}"
    }[name]  # fmt: skip
    filename = str(record["name"])
    if name == "smic":
        filename = re.sub(r"^s\d+", subject, filename)
    image_id = f"{subject}_{filename}" if name == "casme2" else filename
    fine = str(record["emotion"]).strip().lower()
    coarse = LABELS[name]["megc2019"].get(fine)
    if (subject, filename) in MEGC2019_LEFT_OUT.get(name, ()):
        coarse = None
    units = record.get("action_units")
    if not isinstance(units, list | tuple):
        units = parse_action_units(units)
    return {
        "dataset": name,
        "image_id": image_id,
        "subject": subject,
        "filename": filename,
        "fine": fine,
        "coarse": coarse,
        "units": _named(units),
        "asked": _asked(record, _named(units), index),
    }


def _asked(record, units, index):
    """Give the units that a row wants to be asked, None where it leaves the choice."""
    asked = {}
    for answer, field in (("yes", "asked_present"), ("no", "asked_absent")):
        name = record.get(field)
        if name is None or name != name:  # pandas fills gaps with NaN
            asked[answer] = None
            continue
        if name not in ACTION_UNITS.values() or (name in units) != (answer == "yes"):
            raise ValueError(
                f"annotations[{index}]: {field!r} must name a unit of the official "
                f"list that is {'' if answer == 'yes' else 'not '}among the clip's "
                f"({', '.join(units)}). Got {name!r} instead."
            )
        asked[answer] = name
    return asked


def _named(units):
    """Give name -> side of the units that the official list names, once each."""
    named = {}
    for unit in units:
        if not isinstance(unit, ActionUnit):
            raise ValueError(
                f"action_units must be a text or ActionUnits. Got {unit!r}."
            )
        if unit.name is not None and not unit.static:
            named.setdefault(unit.name, unit.side)
    return named


def _rows_of_clip(record, seed):
    pairs = [(QUESTIONS["coarse"], record["coarse"])]
    if record["dataset"] != "smic":
        pairs.append((QUESTIONS["fine"], record["fine"]))
        if record["units"]:
            pairs += _unit_pairs(record, seed)
    prefix = f"{record['dataset']}_{record['image_id']}"
    return [
        {
            "id": f"{prefix}_{number}",
            "dataset": record["dataset"],
            "image_id": record["image_id"],
            "subject": record["subject"],
            "filename": record["filename"],
            "question": question,
            "answer": answer,
        }
        for number, (question, answer) in enumerate(pairs, start=1)
    ]


def _unit_pairs(record, seed):
    units = list(record["units"])
    one = len(units) == 1
    pairs = [(QUESTIONS["unit" if one else "units"], ", ".join(units))]
    sided = [n for n, side in record["units"].items() if side in ("left", "right")]
    if sided:
        question = QUESTIONS["side"].format(unit=sided[0])
        pairs.append((question, record["units"][sided[0]]))
    rng = np.random.default_rng([seed, zlib.crc32(record["image_id"].encode())])
    absent = [name for name in ACTION_UNITS.values() if name not in record["units"]]
    for names, answer in ((units, "yes"), (absent, "no")):
        drawn = names[rng.integers(len(names))]
        name = record["asked"][answer] or drawn
        pairs.append((QUESTIONS["present"].format(unit=name), answer))
    joint = joint_answer(units, record["fine"], record["coarse"])
    pairs.append((QUESTIONS["joint" if one else "joints"], joint))
    return pairs


def _write_lines(path, rows):
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    write_text(path, lines, durable=True)
