"""Answering, fine-tuning and scoring of question answering, from file to file."""

import json
import logging
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from mefeat._atomic import check_place, replacing, write_text
from mefeat.datasets import load_me_vqa, write_vqa_submission
from mefeat.datasets.me_vqa import read_rows
from mefeat.metrics import vqa_report
from mefeat.vqa import FeatureVQA, PriorVQA, QwenVQA
from mefeat.workflows._files import write_json
from mefeat.workflows._journal import partial_path
from mefeat.workflows._live import Interrupted

__all__ = ["compare_vqa", "finetune_vqa", "predict_vqa", "score_vqa"]

logger = logging.getLogger(__name__)

SETTINGS = "mefeat_vqa.json"
"""File beside an adapter that says how its questions were asked."""

_KEPT = (
    "inputs", "n_frames", "size", "align", "max_motion", "video_fps", "prompt",
    "coarse_to_fine",
)  # fmt: skip


def _read(questions, root):
    bunch = load_me_vqa(questions, root)
    named = [q.clip_name for q in bunch.X if isinstance(q.clip, str)]
    if root is not None and len(named) == len(bunch.X):
        raise ValueError(
            f"{root}: holds no frames of the clips of {questions}, such as {named[0]!r}"
        )
    return bunch


def _with_settings(adapter, options):
    """Ask as the adapter's questions were asked, unless told otherwise."""
    path = None if adapter is None else Path(adapter) / SETTINGS
    if path is None or not path.is_file():
        return options
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        saved = None
    if not isinstance(saved, dict):
        raise ValueError(f"{path}: damaged, not JSON of settings")
    return {name: saved[name] for name in _KEPT if name in saved} | options


def _make(predictor, model, adapter, options):
    """Give a predictor by name."""
    if predictor == "qwen":
        if model is None:
            raise ValueError("the predictor 'qwen' needs model, a checkpoint's folder")
        options = _with_settings(adapter, options)
        return QwenVQA(model, adapter=adapter, **options)
    if model is not None or adapter is not None:
        raise ValueError(f"the predictor {predictor!r} takes no model and no adapter")
    if predictor == "prior":
        return PriorVQA()
    if predictor == "features":
        return FeatureVQA(**options)
    raise ValueError(
        "The 'predictor' parameter must be one of 'qwen', 'prior', 'features'. Got "
        f"{predictor!r} instead."
    )


def predict_vqa(
    questions,
    out,
    root=None,
    *,
    predictor="qwen",
    model=None,
    adapter=None,
    train=None,
    train_root=None,
    resume=True,
    **options,
):
    """Answer a file of questions.

    Parameters
    ----------
    questions : path
        Lines of JSON in the training or the test form of ME-VQA.
    out : path
        ``.jsonl``: the same lines with their answers filled in.  ``.zip``: the
        challenge's submission, for questions of the test form.
    root : path, optional
        Folder with the frames of the clips; ``"prior"`` needs none.
    predictor : {"qwen", "prior", "features"}, default="qwen"
    model, adapter : path, optional
        Of ``"qwen"``.  Where the adapter was made by `finetune_vqa`, questions are
        asked as they were then.
    train, train_root : path, optional
        Questions with answers and their clips, which ``"prior"`` and ``"features"``
        learn from.
    resume : bool, default=True
        Take up the answers of an earlier run that ended early, see Notes.
    **options
        Parameters of the predictor, such as ``inputs`` and ``backend``.

    Returns
    -------
    Bunch
        ``answers``, ``n_questions``, ``out`` and ``described`` (what answered, and for
        a model where and how it ran).

    Notes
    -----
    A run of ``"qwen"`` that ends early leaves its answers in ``OUT.partial`` beside
    `out`, and goes on there when it is started again: an answer is taken up if the
    weights, the adapter, the pictures and the words are the same.  The file is removed
    when all is done.  Give ``answer_log`` to keep it elsewhere, for good.  The other
    predictors answer all at once; give `FeatureVQA` a ``memory`` to keep its maps.
    """
    out = Path(out)
    if out.suffix.lower() not in (".jsonl", ".zip"):
        raise ValueError(f"{out}: answers are written to a .jsonl or a .zip file")
    check_place(out)
    log = None
    if predictor == "qwen" and options.get("answer_log") is None:
        log = partial_path(out)
        options["answer_log"] = log
        if not resume:
            log.unlink(missing_ok=True)
    estimator = _make(predictor, model, adapter, options)
    bunch = _read(questions, root)
    if predictor != "qwen":
        if train is None:
            raise ValueError(
                f"the predictor {predictor!r} needs train, a file to learn"
            )
        known = _read(train, train_root)
        estimator.fit(known.X, known.y)
    with _telling(log, len(bunch.X)):
        answers = estimator.predict(bunch.X)
    if out.suffix.lower() == ".zip":
        write_vqa_submission(out, bunch.X, answers, allow_empty=True)
    else:
        rows = read_rows(questions)
        lines = [
            json.dumps(row | {"answer": answer}, ensure_ascii=False)
            for row, answer in zip(rows, answers, strict=True)
        ]
        write_text(out, "\n".join(lines) + "\n", durable=True)
    if log is not None:
        log.unlink(missing_ok=True)
    logger.info("%d question(s) answered", len(answers))
    said = estimator.describe() if predictor == "qwen" else repr(estimator)
    return Bunch(answers=answers, n_questions=len(answers), out=out, described=said)


def _count_lines(path):
    return path.read_bytes().count(b"\n") if path.is_file() else 0


@contextmanager
def _telling(log, total):
    """Say what is kept where answering ends early."""
    try:
        yield
    except (KeyboardInterrupt, ValueError, OSError) as error:
        kept = 0 if log is None else _count_lines(log)
        told = "none of the answers is kept"
        if kept:
            told = (
                f"{kept} answers to {total} questions are kept in {log}: the same "
                "command goes on from there"
            )
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(told) from None
        error.add_note(told)
        raise


def finetune_vqa(questions, root, model, out, *, tuning_options=None, **options):
    """Fine-tune a model with LoRA on questions with answers, and save the adapter.

    Parameters
    ----------
    questions : path
        Lines of JSON in the training form of ME-VQA.
    root : path
        Folder with the frames of the clips.
    model : path
        Folder of the checkpoint.
    out : path
        Folder for the adapter.  A run that was ended and is started again with equal
        settings goes on after the last whole epoch.
    tuning_options : dict, optional
        See `mefeat.vqa.QwenVQA`.
    **options
        Parameters of `QwenVQA`, such as ``inputs``.

    Returns
    -------
    Bunch
        ``history`` (list of dict), ``n_questions``, ``adapter`` (Path), ``estimator``,
        ``described`` (the model, and where and how it ran).
    """
    out = Path(out)
    bunch = _read(questions, root)
    empty = [q.id for q, answer in zip(bunch.X, bunch.y, strict=True) if not answer]
    if empty:
        raise ValueError(
            f"{questions}: {len(empty)} question(s) have no answer to learn from, the "
            f"first is {empty[0]!r}"
        )
    checkpoint = out / "checkpoint"
    tuning_options = {"checkpoint": checkpoint} | (tuning_options or {})
    estimator = QwenVQA(model, tuning="lora", tuning_options=tuning_options, **options)
    estimator.fit(bunch.X, bunch.y)
    estimator.save_adapter(out)
    settings = {name: getattr(estimator, name) for name in _KEPT}
    if not isinstance(settings["inputs"], str):
        settings["inputs"] = "+".join(settings["inputs"])
    if not isinstance(settings["prompt"], str):
        del settings["prompt"]
    write_json(out / SETTINGS, settings | {"history": estimator.history_})
    (checkpoint / "training.pt").unlink(missing_ok=True)
    if checkpoint.is_dir() and not any(checkpoint.iterdir()):
        checkpoint.rmdir()
    return Bunch(
        history=estimator.history_,
        n_questions=len(bunch.X),
        adapter=out,
        estimator=estimator,
        described=estimator.describe(),
    )


def _answers_by_id(path):
    bunch = load_me_vqa(path)
    answers = {}
    for question, answer in zip(bunch.X, bunch.y, strict=True):
        if question.id is None:
            raise ValueError(f"{path}: a row has neither 'id' nor 'video_id'")
        if question.id in answers:
            raise ValueError(f"{path}: the id {question.id!r} stands there twice")
        answers[question.id] = answer
    return answers


def score_vqa(truth, pred, *, train=None, **options):
    """Score a file of answers against one of true answers.

    Parameters
    ----------
    truth, pred : path
        Lines of JSON in the training or the test form of ME-VQA, told apart by their
        ids.  A question that `pred` lacks counts as wrong; one that was not asked is
        an error.
    train : path, optional
        Training questions: adds the row of `PriorVQA`, what a model scores that never
        looks.
    **options
        Parameters of `mefeat.metrics.vqa_report`.

    Returns
    -------
    report
        See `mefeat.metrics.vqa_report`.
    """
    bunch = load_me_vqa(truth)
    baselines = None
    if train is not None:
        known = load_me_vqa(train)
        prior = PriorVQA().fit(known.X, known.y)
        baselines = {"prior": prior.predict(bunch.X)}
    return vqa_report(
        bunch.y, _answers_by_id(pred), bunch.X, baselines=baselines, **options
    )


def compare_vqa(
    questions,
    root,
    model,
    *,
    inputs=("video", "oao", "flow"),
    adapters=None,
    train=None,
    report_options=None,
    out=None,
    **options,
):
    """Make the challenge's table: inputs x zero-shot and fine-tuned x data sets.

    Parameters
    ----------
    questions : path
        Questions with answers.
    root : path
        Folder with the frames of the clips.
    model : path
        Folder of the checkpoint.
    inputs : sequence of str
        One row each, as in `QwenVQA`.
    adapters : dict of str to path, optional
        Adapter of each of the inputs, for the fine-tuned rows.
    train : path, optional
        Training questions, for the prior's row.
    report_options : dict, optional
        Parameters of `mefeat.metrics.vqa_report`.
    out : path, optional
        ``.csv`` to write the table to.
    **options
        Parameters of `QwenVQA`.

    Returns
    -------
    DataFrame
        Indexed by ``system`` (such as ``"oao, zero-shot"``, ``"oao, fine-tuned"``,
        ``"prior"``) and ``dataset``; columns as in `vqa_report`.
    """
    check_place(out)
    bunch = _read(questions, root)
    answers = {}
    if train is not None:
        known = load_me_vqa(train)
        answers["prior"] = PriorVQA().fit(known.X, known.y).predict(bunch.X)
    for shown in inputs:
        for adapter in (None, (adapters or {}).get(shown)):
            name = f"{shown}, {'zero-shot' if adapter is None else 'fine-tuned'}"
            if name in answers:
                continue
            params = {"inputs": shown, "adapter": adapter} | options
            answers[name] = QwenVQA(model, **params).predict(bunch.X)
    frames = {
        name: vqa_report(bunch.y, found, bunch.X, **(report_options or {})).to_frame()
        for name, found in answers.items()
    }
    table = pd.concat(frames, names=["system", "dataset"])
    table = table.astype({"n": np.int64})
    if out is not None:
        with replacing(out) as temporary:
            table.to_csv(temporary)
    return table
