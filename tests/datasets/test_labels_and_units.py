"""Mappings of emotions, and annotations of action units."""

import numpy as np
import pytest

from mefeat.datasets import ACTION_UNITS, ActionUnit, map_labels, parse_action_units

NEG, POS, SUR, OTH = "negative", "positive", "surprise", "others"


@pytest.mark.parametrize(
    ("dataset", "classes", "emotions", "expected"),
    [
        (
            "samm", 3,
            ["Anger", "Contempt", "Disgust", "Fear", "Sadness", "Happiness", "Surprise",
             "Other"],
            [NEG] * 5 + [POS, SUR, None],
        ),
        (
            "casme2", 3,
            ["disgust", "repression", "happiness", "surprise", "others", "fear",
             "sadness"],
            [NEG, NEG, POS, SUR, None, None, None],
        ),
        (
            "casme2", 5,
            ["disgust", "happiness", "others", "surprise", "repression", "fear"],
            ["disgust", "happiness", "others", "surprise", "repression", None],
        ),
        ("casme2", 7, ["sadness", "fear"], ["sadness", "fear"]),
        (
            "casme3", 4,
            ["anger", "disgust", "fear", "sad", "happy", "surprise", "others",
             "Others"],
            [NEG] * 4 + [POS, SUR, OTH, OTH],
        ),
        ("casme3", 7, ["sad", "Others"], ["sad", "others"]),
        ("casme_sq", 3, ["negative", "positive", "surprise", "others"],
         [NEG, POS, SUR, None]),
        ("smic", 3, ["negative", "positive", "surprise"], [NEG, POS, SUR]),
        ("4dme", 5, ["Repression", "surprise+positive"], ["repression", None]),
        ("samm_lv", None, ["Anger"], ["anger"]),
    ],
)  # fmt: skip
def test_mappings(dataset, classes, emotions, expected):
    assert map_labels(emotions, dataset, classes) == expected


@pytest.mark.parametrize(
    ("dataset", "classes", "message"),
    [
        ("casme", 3, "'dataset' parameter must be one of"),
        ("smic", 5, "'classes' parameter for smic must be one of None, 3, 'megc2019'"),
        ("casme3", "megc2019", "'classes' parameter for casme3"),
        ("samm", "objective", "objective classes follow from action units"),
        ("smic", 3.0, "'classes' parameter for smic"),
    ],
)
def test_mappings_that_are_not_there(dataset, classes, message):
    with pytest.raises(ValueError, match=message):
        map_labels(["negative"], dataset, classes)


def brief(text):
    return [(u.number, u.side, u.intensity) for u in parse_action_units(text)]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("4", [(4, None, None)]),
        (4, [(4, None, None)]),
        (12.0, [(12, None, None)]),
        ("4+L10", [(4, None, None), (10, "left", None)]),
        ("L20+21", [(20, "left", None), (21, None, None)]),
        ("R6A+R12", [(6, "right", "A"), (12, "right", None)]),
        ("A12D", [(12, "asymmetric", "D")]),
        ("T7+B24", [(7, "top", None), (24, "bottom", None)]),
        ("(R6 or R12) + R15",
         [(6, "right", None), (12, "right", None), (15, "right", None)]),
        ("14 or ...", [(14, None, None)]),
        ("7(B/C)+ref(43)", [(7, None, "B/C"), (43, None, None)]),
        ("10B+ref(11)", [(10, None, "B"), (11, None, None)]),
        ("AU4(k)+L7", [(4, None, None), (7, "left", None)]),
        ("4，7", [(4, None, None), (7, None, None)]),
        ("l4 + au 12", [(4, "left", None), (12, None, None)]),
        ("-", []),
        ("/", []),
        ("", []),
        (None, []),
        (np.nan, []),
    ],
)  # fmt: skip
def test_action_units(text, units):
    assert brief(text) == units


def test_what_stands_beside_a_unit():
    static, left = parse_action_units("AU4(k)+L7")
    assert (static.static, left.static) == (True, False)
    assert [u.reference for u in parse_action_units("7(B/C)+ref(43)")] == [False, True]
    assert [u.alternative for u in parse_action_units("(R6 or R12) + R15")] == [
        True, True, False
    ]  # fmt: skip


def test_an_unknown_unit_keeps_its_text():
    assert parse_action_units("4+blink") == [
        ActionUnit(4, raw="4"), ActionUnit(None, raw="blink")
    ]  # fmt: skip
    assert parse_action_units("99")[0].name is None


def test_names_of_the_official_list():
    assert len(ACTION_UNITS) == 25
    assert parse_action_units("L10")[0].name == "upper lip raiser"
