"""What was found in a run, in plain sentences."""

from __future__ import annotations

__all__ = ["VERDICTS", "is_checked", "number", "summary_sentences", "tally"]

VERDICTS = ("right", "wrong emotion", "false alarm", "missed")


def number(count, one, many=None):
    """Give a count with its noun, in the plural but for 1."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def tally(section):
    """Count the intervals of a section by their verdict; "spotted" is all spotted."""
    counts = dict.fromkeys(VERDICTS, 0)
    for card in (*section.cards, *section.missed):
        if card.verdict is not None:
            counts[card.verdict] = counts.get(card.verdict, 0) + 1
    return {**counts, "spotted": len(section.cards)}


def is_checked(sections):
    """Tell whether there was an annotation to compare with."""
    return any(c.verdict for s in sections for c in (*s.cards, *s.missed))


def summary_sentences(sections):
    """Say in plain sentences what was found.

    Parameters
    ----------
    sections : sequence of VideoSection

    Returns
    -------
    list of str
    """
    videos = number(len(sections), "video")
    what = (
        "A micro-expression is a brief, faint movement of the face: it lasts half a "
        "second at most."
    )
    tallies = [tally(section) for section in sections]
    total = {name: sum(t[name] for t in tallies) for name in (*VERDICTS, "spotted")}
    if not is_checked(sections):
        spotted = number(total["spotted"], "interval that may", "intervals that may")
        return [
            f"{what} In {videos}, {spotted} hold one "
            f"{'was' if total['spotted'] == 1 else 'were'} spotted. No annotation was "
            "given, so nothing here is checked against a truth."
        ]
    found = total["right"] + total["wrong emotion"]
    annotated = number(found + total["missed"], "annotated micro-expression")
    which = "The video holds" if len(sections) == 1 else f"The {videos} hold"
    parts = [f"{which} {annotated}.", _found(found, total["missed"])]
    parts.append(_named(found, total["right"]))
    parts.append(_alarms(total["false alarm"], total["spotted"]))
    return [what, " ".join(filter(None, parts))]


def _found(found, missed):
    if found + missed == 0:
        return ""
    if missed == 0:
        return "All of them were found." if found > 1 else "It was found."
    if found == 0:
        return "None of them was found." if missed > 1 else "It was missed."
    share = found / (found + missed)
    return f"{found} of them were found ({share:.0%}), {missed} missed."


def _named(found, right):
    if found == 0:
        return ""
    if found == 1:
        kind = "the right" if right else "a wrong"
        return f"What was found was given {kind} emotion."
    if right == found:
        return "All that were found were given the right emotion."
    return f"Of those found, {right or 'none'} were given the right emotion."


def _alarms(alarms, spotted):
    if spotted == 0:
        return "Nothing was spotted."
    if alarms == 0:
        return "No spotted interval is a false alarm."
    verb = "is a false alarm" if alarms == 1 else "are false alarms"
    return f"{alarms} of {spotted} spotted {verb}: nothing is annotated there."
