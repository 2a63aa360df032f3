"""Classes of emotions: the mappings that the literature uses, by name.

A mapping is asked for by its number of classes (3, 4, 5 or 7), as ``"objective"``, as
``"megc2019"`` or as None (the data set's own words, in lower case).  What a mapping
leaves out is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["LABELS", "MEGC2019_LEFT_OUT", "check_classes", "map_label", "map_labels"]

_POSITIVE = {"happiness": "positive", "happy": "positive", "positive": "positive"}
_SURPRISE = {"surprise": "surprise"}
_OTHERS = {"others": "others", "other": "others"}


def _three(*negative):
    return {**dict.fromkeys(negative, "negative"), **_POSITIVE, **_SURPRISE}


def _own(*names):
    return {name: name for name in names}


_CASME2 = _three("disgust", "repression", "negative")
_SAMM = _three("anger", "contempt", "disgust", "fear", "sadness", "negative")
_CASME3 = _three("anger", "disgust", "fear", "sad", "negative")
_COARSE = _three("negative")
_4DME = {**_three("negative", "repression")}

# Data set -> classes -> own emotion (lower case) -> class.
LABELS: dict[str, dict[Any, Any]] = {
    "casme2": {
        3: _CASME2,
        4: {**_CASME2, **_OTHERS},
        5: _own("disgust", "happiness", "others", "surprise", "repression"),
        7: _own(
            "disgust",
            "fear",
            "happiness",
            "others",
            "repression",
            "sadness",
            "surprise",
        ),
    },
    "samm": {
        3: _SAMM,
        4: {**_SAMM, **_OTHERS},
        5: {**_own("anger", "happiness", "contempt", "surprise"), **_OTHERS},
        7: _own(
            "anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise"
        ),
    },
    "smic": {3: _COARSE},
    "casme_sq": {3: _COARSE, 4: {**_COARSE, **_OTHERS}},
    "casme3": {
        3: _CASME3,
        4: {**_CASME3, **_OTHERS},
        7: {
            **_own("disgust", "surprise", "fear", "anger", "sad", "happy"),
            **_OTHERS,
        },
    },
    "4dme": {
        3: _4DME,
        4: {**_4DME, **_OTHERS},
        5: {**_own("positive", "negative", "surprise", "repression"), **_OTHERS},
    },
}
LABELS["samm_lv"] = LABELS["samm"]
for _name in ("casme2", "samm", "smic"):
    LABELS[_name]["megc2019"] = LABELS[_name][3]

# Clips that the composite of MEGC2019 leaves out although their class would fit.
MEGC2019_LEFT_OUT = {
    "casme2": {("sub04", "EP12_01f"), ("sub24", "EP02_07")},
}


def check_classes(name, classes):
    """Give `classes` if the data set has such a mapping, or raise."""
    allowed = [None, *LABELS[name], "objective"]
    if name in ("smic", "casme2", "casme_sq", "4dme"):
        allowed.remove("objective")
    if classes not in allowed or isinstance(classes, bool | float):
        shown = ", ".join(map(repr, allowed))
        raise ValueError(
            f"The 'classes' parameter for {name} must be one of {shown}. "
            f"Got {classes!r} instead."
        )
    return classes


def map_label(name, row, classes):
    """Give the class of one row of a table (``emotion``, ``objective``), or None."""
    emotion = (row.get("emotion") or "").strip().lower()
    if classes is None:
        return emotion or None
    if classes == "objective":
        return row.get("objective") or None
    return LABELS[name][classes].get(emotion)


def map_labels(
    emotions: Sequence[str], dataset: str, classes: int | str | None = 3
) -> list[str | None]:
    """Map a data set's emotions to classes.

    Parameters
    ----------
    emotions : sequence of str
        The data set's own words, upper or lower case.
    dataset : {"casme2", "samm", "samm_lv", "smic", "casme_sq", "casme3", "4dme"}
    classes : {3, 4, 5, 7, "megc2019"} or None, default=3
        Not every data set has all of them; see `mefeat.datasets._labels.LABELS`.

    Returns
    -------
    list of str or None
        None where the mapping leaves the emotion out.

    Raises
    ------
    ValueError
        If there is no such data set or mapping.

    Examples
    --------
    >>> from mefeat.datasets import map_labels
    >>> map_labels(["Anger", "happiness", "Other"], "samm")
    ['negative', 'positive', None]
    """
    if dataset not in LABELS:
        shown = ", ".join(map(repr, LABELS))
        raise ValueError(
            f"The 'dataset' parameter must be one of {shown}. Got {dataset!r} instead."
        )
    check_classes(dataset, classes)
    if classes == "objective":
        raise ValueError("objective classes follow from action units, not emotions")
    return [map_label(dataset, {"emotion": emotion}, classes) for emotion in emotions]
