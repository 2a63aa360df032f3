"""What the columns of the tables mean, in words."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["MEANINGS", "column_meanings", "legend_text"]

MEANINGS = {
    "TP": "annotated expressions that were found (hits)",
    "FP": "spotted intervals where nothing is annotated (false alarms)",
    "FN": "annotated expressions that were missed",
    "P": "precision: the share of the spotted intervals that are hits",
    "R": "recall: the share of the annotated expressions that were found",
    "F1": "the harmonic mean of P and R: the score of finding",
    "AP": "average precision: P averaged over all thresholds",
    "TPa": "hits that were given the right emotion",
    "FPa": "hits that were given a wrong emotion",
    "FNa": "the same hits, counted for the emotion that they lack",
    "Pa": "precision of the emotions that hits were given, averaged over emotions",
    "Ra": "recall of the emotions of the hits, averaged over emotions",
    "F1a": "the harmonic mean of Pa and Ra: the score of naming",
    "n": "clips",
    "UF1": "F1 of each emotion, averaged over emotions",
    "UAR": "recall of each emotion, averaged over emotions",
    "accuracy": "the share of clips that were given the right emotion",
    "STRS": "F1 times F1a: the score of finding and naming together",
}


def column_meanings(columns):
    """Give the columns that have a meaning to tell, with it, in their order."""
    return {name: MEANINGS[name] for name in columns if name in MEANINGS}


def legend_text(columns: Sequence[str]) -> str:
    """Say what the columns of a table of scores mean, line by line.

    Parameters
    ----------
    columns : sequence of str
        Names as in printed reports, such as ``"TPa"``; unknown ones are passed over.

    Returns
    -------
    str

    Examples
    --------
    >>> from mefeat.reporting import legend_text
    >>> print(legend_text(["FN", "F1"]))
    FN  annotated expressions that were missed
    F1  the harmonic mean of P and R: the score of finding
    """
    meanings = column_meanings(columns)
    width = max(map(len, meanings), default=0)
    return "\n".join(f"{name:<{width}}  {text}" for name, text in meanings.items())
