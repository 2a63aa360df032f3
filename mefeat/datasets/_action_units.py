"""Action units of the facial action coding system: their names and annotations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

__all__ = ["ACTION_UNITS", "ActionUnit", "parse_action_units"]

# The closed list of the ME-VQA data (MEGC2025), by FACS number.
ACTION_UNITS = {
    1: "inner brow raiser",
    2: "outer brow raiser",
    4: "brow lowerer",
    5: "upper lid raiser",
    6: "cheek raiser",
    7: "lid tightener",
    9: "nose wrinkler",
    10: "upper lip raiser",
    12: "lip corner puller",
    14: "dimpler",
    15: "lip corner depressor",
    16: "lower lip depressor",
    17: "chin raiser",
    20: "lip stretcher",
    21: "neck tightener",
    23: "lip tightener",
    24: "lip pressor",
    25: "lips part",
    26: "jaw drop",
    31: "jaw clencher",
    38: "nostril dilater",
    39: "nostril compress",
    43: "eye closure",
    56: "tilt right",
    61: "eyes left",
}

_SIDES = {"L": "left", "R": "right", "A": "asymmetric", "T": "top", "B": "bottom"}
_UNIT = re.compile(
    r"(?P<side>[LRATB])?\s*(?:AU\s*)?(?P<side2>[LRATB])?(?P<number>\d{1,2})"
    r"(?P<intensity>[A-E])?(?:\((?P<range>[A-E](?:/[A-E])*)\))?(?P<static>\(k\))?",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"\(?\s*ref\s*\(?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ActionUnit:
    """One action unit of an annotation.

    Parameters
    ----------
    number : int or None
        FACS number; None where the text could not be read.
    side : {"left", "right", "asymmetric", "top", "bottom"} or None
        None for both sides.
    intensity : str or None
        ``"A"`` (trace) to ``"E"`` (maximum), or a range such as ``"B/C"``.
    static : bool
        Held during the whole clip, marked ``(k)``; no part of the expression.
    reference : bool
        Present in the reference frame already, written ``ref(...)``.
    alternative : bool
        One of several readings, joined by "or".
    raw : str
        The text as it stands in the sheet.
    """

    number: int | None
    side: str | None = None
    intensity: str | None = None
    static: bool = False
    reference: bool = False
    alternative: bool = False
    raw: str = ""

    @property
    def name(self) -> str | None:
        """Name of the unit, for example ``"brow lowerer"``; None where unknown."""
        return None if self.number is None else ACTION_UNITS.get(self.number)


def parse_action_units(text: Any) -> list[ActionUnit]:
    """Read an annotation of action units.

    Parameters
    ----------
    text : str, number or None
        For example ``"4+L10"``, ``"R6A+R12"``, ``"A12D"``, ``"7(B/C)+ref(43)"``,
        ``"AU4(k)+L7"`` or ``"(R6 or R12) + R15"``; ``"-"`` and empty stand for none.

    Returns
    -------
    list of ActionUnit
        In the order of the text; what cannot be read has the number None and keeps
        its text in ``raw``.

    Notes
    -----
    A letter before the number is a side, one after it an intensity, so that ``A12D``
    is an asymmetric unit 12 of intensity D.

    Examples
    --------
    >>> from mefeat.datasets import parse_action_units
    >>> [(u.number, u.side, u.intensity) for u in parse_action_units("4+L10B")]
    [(4, None, None), (10, 'left', 'B')]
    """
    if text is None or text != text:
        return []
    if isinstance(text, float) and text.is_integer():
        text = int(text)
    units = []
    for part in re.split(r"[+＋,，;]", str(text)):
        part = part.strip().strip("?").strip()
        if part in ("", "-", "/", "0"):
            continue
        choices = re.split(r"\bor\b", part, flags=re.IGNORECASE)
        for choice in choices:
            if choice.strip(" ().…"):
                units.append(_parse_unit(choice.strip(), len(choices) > 1))
    return units


def _parse_unit(text, alternative):
    body, reference = text.strip(), False
    inside = _REFERENCE.match(body)
    if inside:
        body, reference = body[inside.end() :], True
        for _ in range(2):
            body = body.strip().removesuffix(")")
        body = body.strip()
    match = _UNIT.fullmatch(body)
    if match is None:
        # A bracket around a choice: "(R6 or R12)".
        body = body.removeprefix("(") if body.count("(") > body.count(")") else body
        body = body.removesuffix(")") if body.count(")") > body.count("(") else body
        match = _UNIT.fullmatch(body.strip())
    if match is None:
        return ActionUnit(None, reference=reference, alternative=alternative, raw=text)
    side = match["side"] or match["side2"]
    intensity = match["intensity"] or match["range"]
    return ActionUnit(
        int(match["number"]),
        _SIDES[side.upper()] if side else None,
        intensity.upper() if intensity else None,
        match["static"] is not None,
        reference,
        alternative,
        text,
    )
