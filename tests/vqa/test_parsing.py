import pytest

from mefeat.datasets._me_vqa_templates import (
    COARSE_OF_FINE,
    QUESTIONS,
    joint_answer,
    parse_question,
)
from mefeat.vqa import (
    normalize_answer,
    parse_class,
    parse_side,
    parse_units,
    parse_yes,
)

COARSE = ("negative", "positive", "surprise")


@pytest.mark.parametrize("kind", list(QUESTIONS))
def test_every_template_is_recognised(kind):
    text = QUESTIONS[kind].format(unit="lip corner puller")
    parsed = parse_question("  " + text.upper().replace("?", " ?"))
    assert parsed.kind == kind
    expected = "lip corner puller" if "{unit}" in QUESTIONS[kind] else None
    assert parsed.unit == expected


def test_other_questions():
    assert parse_question("How old is this person?").kind == "other"
    assert parse_question("How old is this person?").legal_answers is None
    assert parse_question(QUESTIONS["coarse"]).legal_answers == COARSE


def test_coarse_of_fine():
    assert COARSE_OF_FINE["happiness"] == "positive"
    assert COARSE_OF_FINE["surprise"] == "surprise"
    assert {COARSE_OF_FINE[f] for f in ("anger", "repression", "fear")} == {"negative"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("negative", "negative"),
        ("The class is Positive.", "positive"),
        ("surprised!", "surprise"),
        ("NEGATIVE, not positive", "negative"),
        ("unclear", None),
        ("", None),
        ("positively", None),
    ],
)
def test_parse_class(text, expected):
    assert parse_class(text, COARSE) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes.", True), ("no", False), ("It is not shown", False), ("maybe", None),
        ("YES, it is not subtle", True), ("", None), ("nothing known", None),
    ],
)  # fmt: skip
def test_parse_yes(text, expected):
    assert parse_yes(text) is expected


def test_parse_side():
    assert parse_side("on the LEFT side of the face") == "left"
    assert parse_side("left or right") is None
    assert parse_side("both") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("brow lowerer, lid tightener", ["brow lowerer", "lid tightener"]),
        ("Lid tightener and brow-lowerer", ["brow lowerer", "lid tightener"]),
        ("AU12", ["lip corner puller"]),
        ("AU 4, au7; AU4", ["brow lowerer", "lid tightener"]),
        ("action unit 1", ["inner brow raiser"]),
        ("lip corner depressors", ["lip corner depressor"]),
        ("AU99 and frame 12", []),
        ("", []),
    ],
)
def test_parse_units(text, expected):
    assert parse_units(text) == expected


@pytest.mark.parametrize(
    ("kind", "said", "written"),
    [
        ("coarse", " It seems Negative\n", "negative"),
        ("fine", "She is happy", "happiness"),
        ("present", "No, I cannot see it", "no"),
        ("side", "the right side", "right"),
        ("unit", "AU12 and AU4", "brow lowerer"),
        ("units", "AU12 and AU4", "brow lowerer, lip corner puller"),
        ("coarse", "I cannot  tell", "I cannot tell"),
        (
            "joints",
            "AU4, AU7. The fine-grained class is: Disgust; coarse class: negative",
            joint_answer(["brow lowerer", "lid tightener"], "disgust", "negative"),
        ),
    ],
)
def test_normalize(kind, said, written):
    question = QUESTIONS[kind].format(unit="dimpler")
    assert normalize_answer(question, said) == written


def test_official_sentences_stay_as_they_are():
    for units in (["dimpler"], ["brow lowerer", "lid tightener"]):
        text = joint_answer(units, "anger", "negative")
        kind = "joint" if len(units) == 1 else "joints"
        assert normalize_answer(QUESTIONS[kind], text) == text
