"""The question templates of ME-VQA (MEGC2025) and the shapes of their answers.

The wording is the data set's own, kept to the letter since predictors and scorers
compare texts.
"""

import re
from dataclasses import dataclass

from mefeat.datasets._action_units import ACTION_UNITS

__all__ = [
    "COARSE_CLASSES",
    "COARSE_OF_FINE",
    "FINE_CLASSES",
    "QUESTIONS",
    "ParsedQuestion",
    "joint_answer",
    "parse_question",
]

COARSE_CLASSES = ("negative", "positive", "surprise")
FINE_CLASSES = (
    "anger", "contempt", "disgust", "fear", "happiness", "repression", "sadness",
    "surprise",
)  # fmt: skip
COARSE_OF_FINE = {
    name: {"happiness": "positive", "surprise": "surprise"}.get(name, "negative")
    for name in FINE_CLASSES
}

_SINGULAR = "action unit"
_PLURAL = "action units"
QUESTIONS = {
    "coarse": "What is the coarse expression class?",
    "fine": "What is the fine-grained expression class?",
    "unit": f"What is the {_SINGULAR}?",
    "units": f"What are the {_PLURAL}?",
    "side": f"Is the {_SINGULAR} {{unit}} located on the left or right face?",
    "present": f"Is the {_SINGULAR} {{unit}} shown on the face?",
    "joint": (
        f"What is the {_SINGULAR} present, and based on it, what is the fine-grained "
        "expression and the coarse expression class?"
    ),
    "joints": (
        f"What are the {_PLURAL} present, and based on them, what is the fine-grained "
        "expression and the coarse expression class?"
    ),
}


def _fold(text):
    return " ".join(text.lower().split()).rstrip(" ?.")


def _pattern(template):
    return re.compile(re.escape(_fold(template)).replace(r"\{unit\}", "(?P<unit>.+)"))


_PATTERNS = {kind: _pattern(template) for kind, template in QUESTIONS.items()}


@dataclass(frozen=True, slots=True)
class ParsedQuestion:
    """What a question asks for.

    Parameters
    ----------
    kind : {"coarse", "fine", "unit", "units", "side", "present", "joint", "joints", \
"other"}
    unit : str, optional
        The action unit that is asked about.
    """

    kind: str
    unit: str | None = None

    @property
    def template(self):
        """The question's template: its kind, and the unit that it names."""
        return (self.kind, self.unit)

    @property
    def legal_answers(self):
        """All legal answers of a closed question, else None."""
        closed = {
            "coarse": COARSE_CLASSES,
            "fine": FINE_CLASSES,
            "unit": tuple(ACTION_UNITS.values()),
            "side": ("left", "right"),
            "present": ("yes", "no"),
        }
        return closed.get(self.kind)


def parse_question(text):
    """Say which template a question follows.

    Parameters
    ----------
    text : str
        Upper or lower case, blanks and a closing mark do not matter.

    Returns
    -------
    ParsedQuestion
        Of the kind ``"other"`` where it follows none.

    Examples
    --------
    >>> from mefeat.datasets._me_vqa_templates import parse_question
    >>> parse_question("Is the action unit brow lowerer shown on the face?")
    ParsedQuestion(kind='present', unit='brow lowerer')
    """
    folded = _fold(text)
    for kind, pattern in _PATTERNS.items():
        match = pattern.fullmatch(folded)
        if match:
            return ParsedQuestion(kind, match.groupdict().get("unit"))
    return ParsedQuestion("other")


def joint_answer(units, fine, coarse):
    """Give the sentence that answers the joint question.

    Parameters
    ----------
    units : sequence of str
        Names of action units, ascending by FACS number.
    fine, coarse : str

    Returns
    -------
    str

    Examples
    --------
    >>> from mefeat.datasets._me_vqa_templates import joint_answer
    >>> print(joint_answer(["brow lowerer"], "disgust", "negative"))
    The action unit present is: brow lowerer. Therefore, the fine-grained expression \
class is disgust, and the coarse expression class is negative.
    """
    names = ", ".join(units)
    subject = (
        f"The {_SINGULAR} present is: {names}"
        if len(units) == 1
        else f"The {_PLURAL} present are: {names}"
    )
    return (
        f"{subject}. Therefore, the fine-grained expression class is {fine}, and the "
        f"coarse expression class is {coarse}."
    )
