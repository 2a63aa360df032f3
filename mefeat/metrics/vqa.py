"""Scores of visual question answering, as the challenge has them.

Conventions
-----------
UF1 and UAR look at the answers to the two questions that ask for a single class, the
coarse and the fine-grained one; answers are compared as texts, in lower case and
without white space around them.  By default the classes are all that occur in the
reference or in the answers, so that an answer in other words adds a class with F1 and
recall 0.  BLEU and ROUGE-1 look at all answers.

References
----------
.. [1] Li, X. et al. "MEGC2025: micro-expression grand challenge on spot then recognize
   and visual question answering", arXiv:2506.15298, 2025.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mefeat._typing import SequenceLike
from mefeat.metrics._check import check_groups, check_option, rows_of
from mefeat.metrics._report import Report
from mefeat.metrics.recognition import check_pairs, confusion_counts, mean_scores
from mefeat.metrics.text import (
    BLEU_VARIANTS,
    ROUGE_VARIANTS,
    bleu_score,
    clean,
    rouge1_score,
)

__all__ = ["COARSE_CLASSES", "FINE_CLASSES", "vqa_report"]

COARSE_CLASSES = ("negative", "positive", "surprise")
FINE_CLASSES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
_QUESTIONS = {
    "coarse": "what is the coarse expression class?",
    "fine": "what is the fine-grained expression class?",
}
_FIXED = {"coarse": COARSE_CLASSES, "fine": FINE_CLASSES}
_SCORES = ("uf1_coarse", "uar_coarse", "uf1_fine", "uar_fine", "bleu", "rouge1")
_HEADERS = {
    "n": "n", "uf1_coarse": "UF1 coarse", "uar_coarse": "UAR coarse",
    "uf1_fine": "UF1 fine", "uar_fine": "UAR fine", "bleu": "BLEU",
    "rouge1": "ROUGE-1", "mean": "mean",
}  # fmt: skip


def vqa_report(
    y_true: Sequence[str] | dict[str, Any],
    y_pred: Sequence[str] | dict[str, Any],
    questions: SequenceLike,
    *,
    datasets: Sequence[str] | None = None,
    labels: str | dict[str, Any] = "union",
    bleu: str = "corpus-13a",
    rouge: str = "recall",
    baselines: dict[str, Any] | None = None,
) -> Report:
    """Report UF1 and UAR (coarse and fine), BLEU and ROUGE-1 of answers.

    Parameters
    ----------
    y_true : sequence of str, or dict
        The reference answers, in the order of `questions`, or by id.
    y_pred : sequence of str, or dict
        The answers, likewise.  None, and an id that a dict lacks, stand for an empty
        answer, which is wrong and counted in ``n_missing``.
    questions : sequence of Question, dict or str
        Records with ``question`` and, where known, ``id`` (or ``video_id``),
        ``dataset`` and the clip's name; or the questions' texts alone.
    datasets : sequence of str, optional
        The data set of each question, by default that of the records; gives a row for
        each data set.
    labels : "union", "fixed" or dict, default="union"
        Classes that UF1 and UAR average over: those that occur in references and
        answers of the row; the challenge's (`COARSE_CLASSES`, `FINE_CLASSES`); or
        ``{"coarse": [...], "fine": [...]}``.  With a list, an answer outside of it is
        wrong but adds no class.
    bleu : {"corpus-13a", "corpus-whitespace", "sentence"}, default="corpus-13a"
    rouge : {"recall", "f"}, default="recall"
        Variants; see `mefeat.metrics.text`.
    baselines : dict of str to answers, optional
        Further rows, for example ``{"prior": prior.predict(X)}``.

    Returns
    -------
    Report
        Columns ``n``, ``uf1_coarse``, ``uar_coarse``, ``uf1_fine``, ``uar_fine``,
        ``bleu``, ``rouge1`` and ``mean``, the mean of these six; a column is None
        where no such question is asked, and then not part of the mean.  Attributes
        ``n_missing`` and ``confusions``, for each row and level a dict that counts
        (reference, answer).

    Raises
    ------
    ValueError
        If lengths differ, a reference is empty, an id occurs twice or is unknown, or a
        parameter is not allowed.

    Examples
    --------
    >>> from mefeat.metrics import vqa_report
    >>> questions = ["What is the coarse expression class?"] * 2
    >>> report = vqa_report(["negative", "positive"], ["negative", "happy"], questions)
    >>> round(report.uf1_coarse, 4), report.uf1_fine
    (0.3333, None)
    """
    check_option("bleu", bleu, BLEU_VARIANTS)
    check_option("rouge", rouge, ROUGE_VARIANTS)
    fixed = _check_labels(labels)
    texts, ids, sets, keys = _read_questions(questions)
    notes = _duplicates(keys)
    if datasets is not None:
        sets = check_groups("datasets", datasets, len(texts))
    truth, _ = _align("y_true", y_true, texts, ids)
    for index, answer in enumerate(truth):
        if not answer:
            raise ValueError(
                f"y_true[{index}] is empty: questions without a reference answer, as "
                "in the challenge's test files, cannot be scored."
            )
    pred, n_missing = _align("y_pred", y_pred, texts, ids)
    if n_missing:
        notes.append(f"{n_missing} of {len(texts)} questions are not answered.")
    levels = np.array([_level(text) for text in texts], dtype=object)
    rows, confusions = {}, {}
    for prefix, answers in [("", pred), *_baselines(baselines, texts, ids)]:
        for name, where in rows_of(sets, len(texts)).items():
            row = f"{prefix}{', ' if prefix else ''}{name}"
            rows[row], confusions[row] = _row(
                truth, answers, levels, where, fixed, bleu, rouge
            )
    kind = "union" if fixed is None else "fixed"
    signature = f"VQA|labels:{kind}|bleu:{bleu},4-gram|rouge1:{rouge}|lower-case"
    return Report(
        rows,
        signature,
        headers=_HEADERS,
        notes=notes,
        extras={"n_missing": n_missing, "confusions": confusions},
    )


def _check_labels(labels):
    if isinstance(labels, str) and labels in ("union", "fixed"):
        return None if labels == "union" else _FIXED
    if isinstance(labels, Mapping) and set(labels) == {"coarse", "fine"}:
        return {level: tuple(map(clean, names)) for level, names in labels.items()}
    raise ValueError(
        "The 'labels' parameter must be 'union', 'fixed' or a dict of the classes with "
        f"the keys 'coarse' and 'fine'. Got {labels!r} instead."
    )


def _get(record, *names):
    for name in names:
        value = (
            record.get(name)
            if isinstance(record, Mapping)
            else getattr(record, name, None)
        )
        if value is not None:
            return value
    return None


def _read_questions(questions):
    """Give texts, ids (or None), data sets (or None) and keys of the questions."""
    if isinstance(questions, str) or not hasattr(questions, "__len__"):
        raise ValueError(
            "questions must be a sequence of records or texts. "
            f"Got {type(questions).__name__} instead."
        )
    texts, ids, sets, keys = [], [], [], []
    for index, record in enumerate(questions):
        text = record if isinstance(record, str) else _get(record, "question")
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"questions[{index}] has no text. Got {record!r} instead.")
        own_id, dataset = None, None
        key = None
        if not isinstance(record, str):
            own_id = _get(record, "id", "video_id")
            dataset = _get(record, "dataset")
            if dataset is None and "_test_" in str(own_id):
                dataset = str(own_id).split("_test_")[0]
            clip = _get(record, "clip_name", "image_id", "video")
            if clip is not None:
                key = (dataset, _get(record, "subject"), clip, clean(text))
        texts.append(clean(text))
        ids.append(None if own_id is None else str(own_id))
        sets.append(dataset)
        keys.append(key)
    twice = [name for name, n in Counter(ids).items() if n > 1 and name is not None]
    if twice:
        raise ValueError(f"questions hold the id {twice[0]!r} more than once.")
    sets = (
        None if None in sets or not sets else check_groups("datasets", sets, len(sets))
    )
    return texts, ids, sets, keys


def _duplicates(keys):
    twice = sum(n - 1 for key, n in Counter(keys).items() if key is not None)
    if not twice:
        return []
    return [
        f"{twice} question(s) repeat one that was asked of the same clip; each counts."
    ]


def _align(name, answers, texts, ids):
    """Give one clean answer for each question and how many are missing."""
    if isinstance(answers, Mapping):
        if None in ids:
            raise ValueError(
                f"{name} is a dict by id, but a question has none: "
                f"questions[{ids.index(None)}]."
            )
        answers = {str(key): value for key, value in answers.items()}
        unknown = sorted(set(answers) - set(ids))
        if unknown:
            raise ValueError(
                f"{name} answers {len(unknown)} question(s) that were not asked, first "
                f"{unknown[0]!r}."
            )
        answers = [answers.get(key) for key in ids]
    elif isinstance(answers, str) or not hasattr(answers, "__len__"):
        raise ValueError(
            f"{name} must be a sequence of texts or a dict by id. "
            f"Got {type(answers).__name__} instead."
        )
    if len(answers) != len(texts):
        raise ValueError(
            f"{name} must hold one text for each of the {len(texts)} questions. "
            f"Got {len(answers)} instead."
        )
    out = []
    for index, answer in enumerate(answers):
        if answer is not None and not isinstance(answer, str):
            raise ValueError(f"{name}[{index}] must be a text. Got {answer!r} instead.")
        out.append(clean(answer or ""))
    return out, sum(not answer for answer in out)


def _baselines(baselines, texts, ids):
    if baselines is None:
        return []
    return [
        (str(name), _align(f"baselines[{name!r}]", answers, texts, ids)[0])
        for name, answers in baselines.items()
    ]


def _level(text):
    for level, question in _QUESTIONS.items():
        if text == question:
            return level
    return "other"


def _row(truth, pred, levels, where, fixed, bleu, rouge):
    row, confusions = {"n": len(where)}, {}
    for level in ("coarse", "fine"):
        of_level = where[levels[where] == level]
        pairs = [(truth[i], pred[i]) for i in of_level]
        confusions[level] = dict(sorted(Counter(pairs).items()))
        uf1, uar = _class_scores(pairs, None if fixed is None else fixed[level])
        row[f"uf1_{level}"], row[f"uar_{level}"] = uf1, uar
    texts = [truth[i] for i in where], [pred[i] for i in where]
    row["bleu"] = bleu_score(*texts, variant=bleu) if len(where) else None
    row["rouge1"] = rouge1_score(*texts, variant=rouge) if len(where) else None
    known = [row[name] for name in _SCORES if row[name] is not None]
    row["mean"] = float(np.mean(known)) if known else None
    return row, confusions


def _class_scores(pairs, labels):
    if not pairs:
        return None, None
    truth, pred = [a for a, _ in pairs], [b for _, b in pairs]
    if labels is None:
        true, guess, names = check_pairs(truth, pred)
        scores = mean_scores(confusion_counts(true, guess, len(names)), False)
        return float(scores[0]), float(scores[1])
    unknown = sorted(set(truth) - set(labels))
    if unknown:
        raise ValueError(
            f"unknown class(es) {unknown!r} in y_true: labels={list(labels)!r} leaves "
            "them out."
        )
    # One further, unnamed class takes the answers outside of the list.
    outside = "\0outside"
    pred = [answer if answer in labels else outside for answer in pred]
    true, guess, names = check_pairs(truth, pred, [*labels, outside])
    scores = mean_scores(confusion_counts(true, guess, len(names)), True)
    share = len(names) / len(labels)
    return float(scores[0] * share), float(scores[1] * share)
