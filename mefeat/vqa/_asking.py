"""From questions to prompts, and from prompts to answers."""

import logging

import numpy as np
from tqdm import tqdm

from mefeat.datasets._me_vqa_templates import parse_question
from mefeat.vqa._backends._base import BackendError, Prompt
from mefeat.vqa._records import clip_groups
from mefeat.vqa.prompts import chain_of, hint, render

__all__ = ["Asker", "ask"]

logger = logging.getLogger(__name__)

CLIPS_AT_A_TIME = 256
"""Clips whose pictures are in memory together: some 300 MB of eight frames each."""


class Asker:
    """Put questions into prompts.

    Parameters
    ----------
    maker : ClipPictures
    template : PromptTemplate
    constrain : bool
        Give closed questions their legal answers along.
    """

    def __init__(self, maker, template, constrain=False):
        self.maker = maker
        self.template = template
        self.constrain = constrain

    def parts(self, questions):
        """Give the rows of questions that are treated at a time, clips kept whole."""
        _, index = clip_groups(questions)
        part = index // CLIPS_AT_A_TIME
        return [np.flatnonzero(part == number) for number in range(part.max() + 1)]

    def prompts(self, questions):
        """Give the prompt of each question; those on one clip share its pictures."""
        clips, index = clip_groups(questions)
        shown = self.maker.make(clips)
        scenes = ["".join(p.digest for p in pictures) for pictures in shown]
        return [
            self._prompt(question.question, shown[i], scenes[i], question.clip_name)
            for question, i in zip(questions, index, strict=True)
        ]

    def _prompt(self, question, pictures, scene, clip, hints=()):
        system, text = render(self.template, question, self.maker.inputs, hints)
        legal = parse_question(question).legal_answers if self.constrain else None
        return Prompt(pictures, system, text, legal, scene, clip)

    def _hinted(self, prompts, questions, hints):
        return [
            self._prompt(q.question, p.pictures, p.scene, p.clip, h)
            for q, p, h in zip(questions, prompts, hints, strict=True)
        ]

    def with_hints(self, prompts, questions, answer):
        """Ask what comes before each question, and put the answers into its prompt.

        Parameters
        ----------
        prompts : list of Prompt
        questions : list of Question
        answer : callable (list of Prompt) -> list of str

        Returns
        -------
        list of Prompt
        """
        hints = [[] for _ in prompts]
        for level in (0, 1):
            early, owners = [], []
            for index, question in enumerate(questions):
                chain, prompt = chain_of(question.question), prompts[index]
                if len(chain) > level:
                    early.append(
                        self._prompt(
                            chain[level], prompt.pictures, prompt.scene, prompt.clip,
                            hints[index],
                        )
                    )  # fmt: skip
                    owners.append((index, chain[level]))
            found = answer(early)
            for (index, asked), text in zip(owners, found, strict=True):
                sentence = hint(asked, text)
                if sentence is not None:
                    hints[index].append(sentence)
        return self._hinted(prompts, questions, hints)

    def with_true_hints(self, prompts, questions, answers):
        """Put true classes into the prompts of training, where they are known."""
        known = {}
        for prompt, question, text in zip(prompts, questions, answers, strict=True):
            known[prompt.scene, parse_question(question.question).kind] = text
        hints = []
        for prompt, question in zip(prompts, questions, strict=True):
            found = []
            for asked in chain_of(question.question):
                text = known.get((prompt.scene, parse_question(asked).kind))
                sentence = None if text is None else hint(asked, text)
                if sentence is not None:
                    found.append(sentence)
            hints.append(found)
        return self._hinted(prompts, questions, hints)


def ask(prompts, backend, log, verbose=False):
    """Answer prompts: each different one once, those in the log not again.

    Parameters
    ----------
    prompts : list of Prompt
    backend : Backend
    log : AnswerLog
        Each answer is written to it as soon as it is there.
    verbose : bool, default=False
        Show a progress bar.

    Returns
    -------
    list of str
    """
    signature = backend.signature
    keys = [prompt.key(signature) for prompt in prompts]
    todo = {}
    for key, prompt in zip(keys, prompts, strict=True):
        if log.get(key) is None:
            todo.setdefault(key, prompt)
    names = list(todo)
    if len(todo) < len(prompts):
        logger.info("%d of %d questions to ask", len(todo), len(prompts))
    bar = tqdm(total=len(todo), desc="questions", disable=not verbose, leave=False)

    def keep(index, answer):
        prompt = todo[names[index]]
        log.put(names[index], answer, clip=prompt.clip, text=prompt.text)
        bar.update()

    with bar:
        if todo:
            backend.generate(list(todo.values()), keep)
    missing = sum(log.get(key) is None for key in keys)
    if missing:
        raise BackendError(f"{backend!r} left {missing} questions unanswered")
    return [log.get(key) for key in keys]
