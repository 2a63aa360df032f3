"""What is said to a vision-language model, word by word.

Templates have names, and their texts are part of the public interface: a test holds
each as a literal, since another word is another experiment.
"""

from dataclasses import dataclass

from mefeat.datasets._me_vqa_templates import (
    COARSE_CLASSES,
    FINE_CLASSES,
    QUESTIONS,
    parse_question,
)
from mefeat.vqa.parsing import parse_class

__all__ = ["PROMPTS", "PromptTemplate", "chain_of", "describe", "hint", "render"]


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """System message and question of a prompt.

    Parameters
    ----------
    system : str
    text : str
        With the fields ``{question}`` and, optionally, ``{pictures}`` (what is shown)
        and ``{choices}`` (a sentence with the legal answers of a closed question, else
        nothing).
    """

    system: str
    text: str

    def __post_init__(self):
        if "{question}" not in self.text:
            raise ValueError(
                "A prompt's text must have the field {question}. Got "
                f"{self.text!r} instead."
            )
        try:
            self.text.format(question="", pictures="", choices="")
        except (KeyError, IndexError, ValueError):
            raise ValueError(
                "A prompt's text can have the fields {question}, {pictures} and "
                f"{{choices}} only. Got {self.text!r} instead."
            ) from None


PROMPTS = {
    "plain": PromptTemplate("You are a helpful assistant.", "{question}"),
    "context": PromptTemplate(
        "You are an expert in facial micro-expressions and the Facial Action Coding "
        "System.",
        "{pictures} {question} Answer in as few words as possible, in lower case.",
    ),
    "choices": PromptTemplate(
        "You are an expert in facial micro-expressions and the Facial Action Coding "
        "System.",
        "{pictures} {question}{choices}",
    ),
}

_DESCRIPTIONS = {
    "video": "The video shows a facial micro-expression from onset to offset.",
    "oao": (
        "Three pictures show the onset, the apex and the offset of a facial "
        "micro-expression."
    ),
    "flow": (
        "A picture shows the motion of the face from onset to apex: red moves to the "
        "right, green down, cyan to the left, blue and magenta up, black stands still."
    ),
}


def describe(inputs):
    """Say what the model is shown.

    Parameters
    ----------
    inputs : sequence of {"video", "oao", "flow"}

    Returns
    -------
    str
    """
    return " ".join(_DESCRIPTIONS[name] for name in inputs)


def render(template, question, inputs, hints=()):
    """Give the system message and the text of a question.

    Parameters
    ----------
    template : PromptTemplate
    question : str
    inputs : sequence of {"video", "oao", "flow"}
    hints : sequence of str
        Sentences put before the question.

    Returns
    -------
    system, text : str

    Examples
    --------
    >>> from mefeat.vqa.prompts import PROMPTS, render
    >>> print(render(PROMPTS["choices"], "What is the coarse expression class?",
    ...              ["oao"])[1])
    Three pictures show the onset, the apex and the offset of a facial micro-expression.
    What is the coarse expression class? Answer with one of: negative, positive,
    surprise.
    """
    legal = parse_question(question).legal_answers
    choices = "" if legal is None else f" Answer with one of: {', '.join(legal)}."
    asked = " ".join([*hints, question.strip()])
    text = template.text.format(
        question=asked, pictures=describe(inputs), choices=choices
    )
    return template.system, text


def chain_of(question):
    """Give the questions that are answered before this one, from coarse to fine.

    The coarse class comes first, the fine class second, all others after both.

    Examples
    --------
    >>> from mefeat.vqa.prompts import chain_of
    >>> chain_of("What is the fine-grained expression class?")
    ['What is the coarse expression class?']
    """
    kind = parse_question(question).kind
    if kind == "coarse":
        return []
    if kind == "fine":
        return [QUESTIONS["coarse"]]
    return [QUESTIONS["coarse"], QUESTIONS["fine"]]


def hint(question, answer):
    """Put an answer to a question of a class into a sentence; None where it has none.

    Examples
    --------
    >>> from mefeat.vqa.prompts import hint
    >>> hint("What is the coarse expression class?", "It is Negative")
    'The coarse expression class is negative.'
    """
    kind = parse_question(question).kind
    classes = {"coarse": COARSE_CLASSES, "fine": FINE_CLASSES}[kind]
    found = parse_class(answer, classes)
    name = {"coarse": "coarse", "fine": "fine-grained"}[kind]
    return None if found is None else f"The {name} expression class is {found}."
