import pytest

from mefeat.datasets._me_vqa_templates import QUESTIONS
from mefeat.vqa.prompts import (
    PROMPTS,
    PromptTemplate,
    chain_of,
    describe,
    hint,
    render,
)

ASK = "What is the fine-grained expression class?"
EXPERT = (
    "You are an expert in facial micro-expressions and the Facial Action Coding System."
)
VIDEO = "The video shows a facial micro-expression from onset to offset."
OAO = (
    "Three pictures show the onset, the apex and the offset of a facial "
    "micro-expression."
)
FLOW = (
    "A picture shows the motion of the face from onset to apex: red moves to the "
    "right, green down, cyan to the left, blue and magenta up, black stands still."
)

# A prompt is part of an experiment: whoever changes a word here changes results.
SNAPSHOTS = {
    ("plain", ("video",)): ("You are a helpful assistant.", ASK),
    ("plain", ("oao", "flow")): ("You are a helpful assistant.", ASK),
    ("context", ("video",)): (
        EXPERT,
        f"{VIDEO} {ASK} Answer in as few words as possible, in lower case.",
    ),
    ("context", ("oao", "flow")): (
        EXPERT,
        f"{OAO} {FLOW} {ASK} Answer in as few words as possible, in lower case.",
    ),
    ("choices", ("flow",)): (
        EXPERT,
        f"{FLOW} {ASK} Answer with one of: anger, contempt, disgust, fear, happiness, "
        "repression, sadness, surprise.",
    ),
}


def test_every_template_has_a_snapshot():
    assert {name for name, _ in SNAPSHOTS} == set(PROMPTS)


@pytest.mark.parametrize(("name", "inputs"), SNAPSHOTS)
def test_snapshots(name, inputs):
    assert render(PROMPTS[name], ASK, inputs) == SNAPSHOTS[name, inputs]


def test_open_questions_have_no_choices():
    asked = render(PROMPTS["choices"], QUESTIONS["units"], ["video"])[1]
    assert asked == f"{VIDEO} What are the action units?"


def test_hints_stand_before_the_question():
    hints = ["The coarse expression class is negative."]
    text = render(PROMPTS["plain"], ASK, ["video"], hints)[1]
    assert text == f"The coarse expression class is negative. {ASK}"


def test_descriptions_follow_the_inputs():
    assert describe(("video", "flow")) == f"{VIDEO} {FLOW}"


def test_chains_go_from_coarse_to_fine():
    coarse, fine = QUESTIONS["coarse"], QUESTIONS["fine"]
    assert chain_of(coarse) == []
    assert chain_of(fine) == [coarse]
    for question in (QUESTIONS["unit"], QUESTIONS["joints"], "Who is it?"):
        assert chain_of(question) == [coarse, fine]


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("coarse", "positive", "The coarse expression class is positive."),
        ("fine", "Angry!", "The fine-grained expression class is anger."),
        ("fine", "who knows", None),
        ("coarse", "", None),
    ],
)
def test_hints(question, answer, expected):
    assert hint(QUESTIONS[question], answer) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no field", "must have the field"),
        ("{question} {answer}", "only"),
        ("{question} {", "only"),
    ],
)
def test_bad_templates(text, message):
    with pytest.raises(ValueError, match=message):
        PromptTemplate("system", text)
