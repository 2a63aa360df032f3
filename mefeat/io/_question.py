"""`Question`: a record of visual question answering."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

__all__ = ["Question"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a clip.

    Predictors answer from `clip` and `question` alone; the other fields say where the
    record belongs and are used for grouping, scoring and writing.

    Parameters
    ----------
    clip : Clip, ndarray or str
        What is asked about: a clip, a ready flow map of shape (s, s, 3), or, in a table
        that was read without its pictures, the clip's name.
    question : str
        The question's text.
    id : str, optional
        Identifier of the row.
    subject : str, optional
        Who is seen.
    dataset : str, optional
        The data set that the clip is from.
    name : str, optional
        Name of the clip; the same for all questions on one clip.

    Raises
    ------
    ValueError
        If the question is not a text.

    Examples
    --------
    >>> from mefeat.io import Question
    >>> Question("sub01_EP02_01f", "What is the action unit?").question
    'What is the action unit?'
    """

    clip: Any
    question: str
    id: str | None = None
    subject: str | None = None
    dataset: str | None = None
    name: str | None = None

    def __post_init__(self):
        if not isinstance(self.question, str) or not self.question.strip():
            raise ValueError(
                f"question must be a text that is not empty. Got {self.question!r} "
                "instead."
            )

    @property
    def clip_name(self) -> str | None:
        """Name of the clip, from `name`, else from the clip itself, else None."""
        if self.name is not None:
            return self.name
        return (
            self.clip
            if isinstance(self.clip, str)
            else getattr(self.clip, "name", None)
        )

    def replace(self, **changes: Any) -> Question:
        """Give a copy with some fields changed.

        Parameters
        ----------
        **changes
            New values of fields.

        Returns
        -------
        Question
        """
        return replace(self, **changes)
