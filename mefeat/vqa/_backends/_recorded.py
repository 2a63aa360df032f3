"""Backends without a model: one that echoes, one that replays recorded answers."""

from mefeat.vqa._answer_log import AnswerLog
from mefeat.vqa._backends._base import Backend, BackendError

__all__ = ["EchoBackend", "ReplayBackend"]


class EchoBackend(Backend):
    """Answer with the text that was asked."""

    signature = "echo"

    def generate(self, prompts, on_answer=None):
        answers = [prompt.text for prompt in prompts]
        for index, answer in enumerate(answers):
            if on_answer is not None:
                on_answer(index, answer)
        return answers


class ReplayBackend(Backend):
    """Answer from the log of an earlier run.

    Parameters
    ----------
    path : path
        An answer log (``answer_log`` of `QwenVQA`).
    signature : str
        Of the backend that wrote it.
    """

    def __init__(self, path, signature):
        self.path = path
        self._signature = signature
        self._log = AnswerLog(path)

    @property
    def signature(self):
        return self._signature

    def generate(self, prompts, on_answer=None):
        answers = []
        for index, prompt in enumerate(prompts):
            answer = self._log.get(prompt.key(self._signature))
            if answer is None:
                raise BackendError(
                    f"{self.path}: holds no answer to {prompt.text!r} on clip "
                    f"{prompt.clip!r}"
                )
            answers.append(answer)
            if on_answer is not None:
                on_answer(index, answer)
        return answers

    def __repr__(self):
        return f"ReplayBackend({str(self.path)!r})"
