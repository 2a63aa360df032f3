"""The gate for questions and answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mefeat._typing import SequenceLike
from mefeat.io import Question

__all__ = ["QuestionAnswerer", "check_answers", "check_questions", "clip_groups"]


def check_questions(X):
    """Give a list of `Question` for any accepted X.

    Parameters
    ----------
    X : sequence of Question or of pairs (clip, question)

    Returns
    -------
    list of Question

    Raises
    ------
    ValueError
        Naming the record that is none.
    """
    if isinstance(X, Question | str | bytes) or not hasattr(X, "__len__"):
        raise ValueError(
            "X must be a sequence of Question (clip, question). Got "
            f"{type(X).__name__} instead: put a single one in a list, [question]."
        )
    if len(X) == 0:
        raise ValueError("Found 0 question(s) while a minimum of 1 is required.")
    out = []
    for index, item in enumerate(X):
        if not isinstance(item, Question):
            try:
                clip, question = item
            except (TypeError, ValueError):
                raise ValueError(
                    f"X[{index}] must be a Question or a pair (clip, question). Got "
                    f"{type(item).__name__} instead."
                ) from None
            item = Question(clip, question)
        out.append(item)
    return out


def check_answers(y, n_questions):
    """Give a list with one answer text for each question."""
    if y is None or not hasattr(y, "__len__") or len(y) != n_questions:
        found = "None" if y is None else getattr(y, "__len__", lambda: "?")()
        raise ValueError(
            f"y must hold one answer for each of the {n_questions} questions. Got "
            f"{found} instead."
        )
    for index, answer in enumerate(y):
        if not isinstance(answer, str):
            raise ValueError(f"y[{index}] must be a text. Got {answer!r} instead.")
    return [str(answer) for answer in y]


def _identity(clip):
    if isinstance(clip, str):
        return clip
    if isinstance(clip, np.ndarray):
        return (clip.shape, clip.dtype.str, clip.tobytes())
    return clip.key


def clip_groups(questions):
    """Number the different clips behind questions.

    Parameters
    ----------
    questions : sequence of Question

    Returns
    -------
    clips : list
        Each different clip once, in order of appearance.
    index : ndarray of int of shape (n_questions,)
        Position of each question's clip in `clips`.
    """
    # Most records share the very object, which is cheaper to see than its content.
    by_object, by_key, clips, index = {}, {}, [], []
    for question in questions:
        place = by_object.get(id(question.clip))
        if place is None:
            place = by_key.setdefault(_identity(question.clip), len(clips))
            if place == len(clips):
                clips.append(question.clip)
            by_object[id(question.clip)] = place
        index.append(place)
    return clips, np.array(index)


class QuestionAnswerer:
    """Mixin of predictors that answer questions with texts (``"answerer"``)."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.estimator_type = "answerer"
        tags.input_tags.two_d_array = False
        tags.target_tags.required = True
        return tags

    def score(self, X: SequenceLike, y: Sequence[str]) -> float:
        """Give the challenge's score: the mean of its six metrics.

        Parameters
        ----------
        X : sequence of Question
        y : sequence of str
            The true answers.

        Returns
        -------
        float in [0, 1]
        """
        from mefeat.metrics import vqa_report

        questions = check_questions(X)
        answers = self.predict(questions)  # type: ignore[attr-defined]
        return vqa_report(y, answers, questions=questions).mean
