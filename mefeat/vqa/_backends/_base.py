"""The protocol of backends: prompts in, answers out."""

import hashlib
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

__all__ = ["Backend", "BackendError", "Prompt", "ServerError"]


class BackendError(ValueError):
    """A model cannot be used: it is missing, of another kind, or does not fit."""


class ServerError(ConnectionError):
    """A server did not answer as it should.

    Parameters
    ----------
    message : str
    answers : dict of int to str, optional
        The answers that were had, by position; an attribute of the same name.
    """

    def __init__(self, message, answers=None):
        super().__init__(message)
        self.answers = {} if answers is None else answers


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """All that a backend needs to know of one question.

    Parameters
    ----------
    pictures : tuple of Picture
        The same object for all questions on one clip, so that a backend can see that
        they share it.
    system, text : str
    choices : tuple of str, optional
        The only answers that are allowed.
    scene : str
        Hash of the pictures.
    clip : str, optional
        Name of the clip, for messages.
    """

    pictures: tuple
    system: str
    text: str
    choices: tuple | None = None
    scene: str = ""
    clip: str | None = field(default=None)

    def key(self, *more):
        """Hash of what is asked: equal for equal pictures and words only."""
        parts = [self.scene, self.system, self.text, self.choices, *more]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class Backend(ABC):
    """Base of backends.

    scikit-learn's ``clone`` would copy a loaded model with all its weights; this class
    is shared instead.
    """

    def __sklearn_clone__(self):
        return self

    @property
    @abstractmethod
    def signature(self):
        """Text that tells apart backends that may answer differently."""

    @abstractmethod
    def generate(self, prompts, on_answer=None):
        """Answer prompts.

        Parameters
        ----------
        prompts : list of Prompt
        on_answer : callable (index, text), optional
            Told of each answer as soon as it is there, from one thread at a time.

        Returns
        -------
        list of str
        """

    def __repr__(self):
        return f"{type(self).__name__}()"
