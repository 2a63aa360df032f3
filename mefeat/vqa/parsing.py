"""From free text to classes and action units, by pure functions.

A language model answers in its own words; scores compare texts.  The functions here
find what an answer says, so that it can be written as the data writes it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mefeat.datasets._action_units import ACTION_UNITS
from mefeat.datasets._me_vqa_templates import (
    COARSE_CLASSES,
    FINE_CLASSES,
    joint_answer,
    parse_question,
)

__all__ = ["normalize_answer", "parse_class", "parse_side", "parse_units", "parse_yes"]

_NUMBER_OF = {name: number for number, name in ACTION_UNITS.items()}

# Words that models use for the classes of the data.
_SYNONYMS = {
    "happy": "happiness", "happily": "happiness", "joy": "happiness",
    "joyful": "happiness", "surprised": "surprise", "angry": "anger", "sad": "sadness",
    "afraid": "fear", "fearful": "fear", "scared": "fear", "disgusted": "disgust",
    "contemptuous": "contempt", "repressed": "repression", "suppressed": "repression",
}  # fmt: skip


# Characters of an answer that are looked at; the longest legal one has under 400.
_LONGEST = 4000


def _words(text):
    return re.findall(r"[a-z]+", text[:_LONGEST].lower())


def parse_class(text: str, classes: Sequence[str]) -> str | None:
    """Find the first of `classes` that a text names.

    Parameters
    ----------
    text : str
    classes : sequence of str

    Returns
    -------
    str or None
        None where the text names none of them.

    Examples
    --------
    >>> from mefeat.vqa.parsing import parse_class
    >>> parse_class("The person looks Happy.", ("happiness", "surprise"))
    'happiness'
    """
    wanted = {name.lower(): name for name in classes}
    for word in _words(text):
        for candidate in (word, _SYNONYMS.get(word)):
            if candidate in wanted:
                return wanted[candidate]
    return None


def parse_yes(text: str) -> bool | None:
    """Tell whether a text says yes or no.

    Parameters
    ----------
    text : str

    Returns
    -------
    bool or None
        None where it says neither.

    Examples
    --------
    >>> from mefeat.vqa.parsing import parse_yes
    >>> parse_yes("No, it is not."), parse_yes("It is visible")
    (False, None)
    """
    for word in _words(text):
        if word in ("yes", "true"):
            return True
        if word in ("no", "not", "false", "none"):
            return False
    return None


def parse_side(text: str) -> str | None:
    """Tell which side a text names.

    Parameters
    ----------
    text : str

    Returns
    -------
    {"left", "right"} or None
        None where it names neither or both.
    """
    found = {word for word in _words(text) if word in ("left", "right")}
    return found.pop() if len(found) == 1 else None


def parse_units(text: str) -> list[str]:
    """Find the action units that a text names, by name or number.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str
        Names, ascending by FACS number, without repetition.

    Examples
    --------
    >>> from mefeat.vqa.parsing import parse_units
    >>> parse_units("AU12 and the Brow-Lowerer (4)")
    ['brow lowerer', 'lip corner puller']
    """
    lowered = re.sub(r"[^a-z0-9]+", " ", text[:_LONGEST].lower())
    numbers = {
        number
        for name, number in _NUMBER_OF.items()
        if re.search(rf"\b{re.escape(name)}s?\b", lowered)
    }
    for match in re.finditer(r"\b(?:au|action unit) ?(\d+)\b", lowered):
        number = match.group(1)
        if len(number) < 4 and int(number) in ACTION_UNITS:
            numbers.add(int(number))
    return [ACTION_UNITS[number] for number in sorted(numbers)]


def _parse_joint(text):
    fine, coarse, text = None, None, text[:_LONGEST]
    match = re.search(r"fine[- ]grained[^.,;]*?(?:is|:)\s*([a-z]+)", text.lower())
    if match:
        fine = parse_class(match.group(1), FINE_CLASSES)
    match = re.search(r"coarse[^.,;]*?(?:is|:)\s*([a-z]+)", text.lower())
    if match:
        coarse = parse_class(match.group(1), COARSE_CLASSES)
    units = parse_units(text)
    return units, fine or parse_class(text, FINE_CLASSES), coarse


def normalize_answer(question: str, text: str) -> str:
    """Write an answer as the data writes it, where its meaning can be told.

    Parameters
    ----------
    question : str
    text : str
        What a model said.

    Returns
    -------
    str
        The legal answer that `text` means; `text` itself, trimmed, where none can be
        told or the question follows no known template.

    Examples
    --------
    >>> from mefeat.vqa.parsing import normalize_answer
    >>> normalize_answer("What is the coarse expression class?", "It is Negative.")
    'negative'
    """
    kind = parse_question(question).kind
    text = " ".join(text.split())
    found = None
    if kind == "coarse":
        found = parse_class(text, COARSE_CLASSES)
    elif kind == "fine":
        found = parse_class(text, FINE_CLASSES)
    elif kind == "present":
        yes = parse_yes(text)
        found = None if yes is None else "yes" if yes else "no"
    elif kind == "side":
        found = parse_side(text)
    elif kind in ("unit", "units"):
        units = parse_units(text)
        found = ", ".join(units[:1] if kind == "unit" else units) or None
    elif kind in ("joint", "joints"):
        units, fine, coarse = _parse_joint(text)
        if units and fine and coarse:
            found = joint_answer(units, fine, coarse)
    return text if found is None else found
