"""`PriorVQA`: what a model scores that never looks at the clip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from mefeat._typing import SequenceLike
from mefeat.datasets._me_vqa_templates import parse_question
from mefeat.vqa._records import QuestionAnswerer, check_answers, check_questions

__all__ = ["PriorVQA"]


class PriorVQA(QuestionAnswerer, BaseEstimator):
    """Answer with the most frequent training answer to the same question.

    It never sees a clip, so a score that does not exceed this one says nothing about
    seeing.

    Attributes
    ----------
    answers_ : dict
        Most frequent answer to each question template (with its action unit), to each
        kind of question and (under None) to any question.

    Notes
    -----
    Among equally frequent answers the alphabetically first is taken.  A question
    about an action unit that never occurred in training gets the answer of its kind;
    a question of no known template that of any question.

    Examples
    --------
    >>> from mefeat.vqa import PriorVQA
    >>> ask = "What is the coarse expression class?"
    >>> X = [("clip1", ask), ("clip2", ask), ("clip3", ask)]
    >>> model = PriorVQA().fit(X, ["negative", "positive", "negative"])
    >>> model.predict([("clip4", ask)])
    array(['negative'], dtype=object)
    """

    def fit(self, X: SequenceLike, y: Sequence[str]) -> Self:
        """Count the answers.

        Parameters
        ----------
        X : sequence of Question
        y : sequence of str
            The true answers.

        Returns
        -------
        self
        """
        questions = check_questions(X)
        counts: dict[Any, Any] = {}
        for question, answer in zip(
            questions, check_answers(y, len(questions)), strict=True
        ):
            for key in _keys(question):
                counts.setdefault(key, Counter())[answer] += 1
        self.answers_ = {key: _most_frequent(found) for key, found in counts.items()}
        return self

    def predict(self, X: SequenceLike) -> NDArray[Any]:
        """Answer each question.

        Parameters
        ----------
        X : sequence of Question

        Returns
        -------
        ndarray of shape (n_questions,), object
        """
        check_is_fitted(self)
        answers = []
        for question in check_questions(X):
            known = (k for k in _keys(question) if k in self.answers_)
            answers.append(self.answers_[next(known)])
        return np.array(answers, dtype=object)


def _keys(question):
    """From the most special to the most general."""
    parsed = parse_question(question.question)
    if parsed.kind == "other":
        return [("text", question.question.strip().lower()), None]
    return [parsed.template, parsed.kind, None]


def _most_frequent(counter):
    return min(counter, key=lambda answer: (-counter[answer], answer))
