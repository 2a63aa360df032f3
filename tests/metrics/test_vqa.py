"""Question answering: worked values, oracles, defined outcomes of odd answers."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mefeat.io import Question
from mefeat.metrics import bleu_score, rouge1_score, vqa_report

COARSE = "What is the coarse expression class?"
FINE = "What is the fine-grained expression class?"
JOINT = (
    "the action units present are: brow lowerer, lid tightener. therefore, the "
    "fine-grained expression class is disgust, and the coarse expression class is "
    "negative."
)
TINY = [
    ("negative", "negative"),
    ("disgust", "anger"),
    ("brow lowerer, lid tightener", "brow lowerer"),
    ("yes", "no"),
    (
        JOINT,
        "the action unit present is: brow lowerer. therefore, the fine-grained "
        "expression class is anger, and the coarse expression class is negative.",
    ),
]
TINY_TRUE, TINY_PRED = (list(column) for column in zip(*TINY, strict=True))
TINY_QUESTIONS = [COARSE, FINE, "What are the action units?", "Is it shown?", "All?"]


# -- text scores ---------------------------------------------------------------


def test_worked_values_of_bleu():
    def score(variant):
        return round(bleu_score(TINY_TRUE, TINY_PRED, variant=variant), 4)

    assert score("corpus-13a") == 0.5299
    assert score("corpus-whitespace") == 0.4515
    assert score("sentence") == 0.1460


def test_worked_values_of_rouge():
    assert round(rouge1_score(TINY_TRUE, TINY_PRED), 4) == 0.4583
    assert round(rouge1_score(TINY_TRUE, TINY_PRED, variant="f"), 4) == 0.4986


def test_short_correct_answers_in_the_sentence_variant():
    one = bleu_score(["disgust"], ["disgust"], variant="sentence")
    three = bleu_score(["lip corner puller"], ["lip corner puller"], variant="sentence")
    assert (round(one, 4), round(three, 4)) == (0.1778, 0.5623)
    # Without smoothing nothing shorter than four words counts.
    assert bleu_score(["lip corner puller"], ["lip corner puller"]) == 0.0


words = st.lists(
    st.sampled_from(["the", "lip", "brow", "class", "is:", "a.", "b,", "no"]),
    max_size=9,
).map(" ".join)
tables = st.lists(st.tuples(words.filter(bool), words), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(tables, st.sampled_from(["corpus-13a", "corpus-whitespace"]))
def test_corpus_bleu_equals_sacrebleu(table, variant):
    sacrebleu = pytest.importorskip("sacrebleu")
    truth, pred = (list(column) for column in zip(*table, strict=True))
    expected = sacrebleu.corpus_bleu(
        pred,
        [truth],
        smooth_method="none",
        tokenize={"corpus-13a": "13a", "corpus-whitespace": "none"}[variant],
        force=True,
    )
    score = bleu_score(truth, pred, variant=variant)
    assert score == pytest.approx(expected.score / 100)
    assert 0 <= score <= 1 + 1e-9


@settings(max_examples=60, deadline=None)
@given(tables)
def test_sentence_bleu_equals_nltk(table):
    pytest.importorskip("nltk")
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    method = SmoothingFunction().method1
    truth, pred = (list(column) for column in zip(*table, strict=True))
    expected = np.mean(
        [
            sentence_bleu([t.split()], p.split(), smoothing_function=method)
            if p
            else 0.0
            for t, p in table
        ]
    )
    assert bleu_score(truth, pred, variant="sentence") == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_rouge_equals_rouge_score(table):
    rouge_scorer = pytest.importorskip("rouge_score.rouge_scorer")
    scorer = rouge_scorer.RougeScorer(["rouge1"], use_stemmer=False)
    truth, pred = (list(column) for column in zip(*table, strict=True))
    scores = [scorer.score(t, p)["rouge1"] for t, p in table]
    assert rouge1_score(truth, pred) == pytest.approx(
        np.mean([s.recall for s in scores])
    )
    assert rouge1_score(truth, pred, variant="f") == pytest.approx(
        np.mean([s.fmeasure for s in scores])
    )


def test_text_scores_of_nothing():
    assert bleu_score([], []) == rouge1_score([], []) == 0.0
    assert bleu_score(["yes"], [""]) == rouge1_score(["yes"], [""]) == 0.0
    with pytest.raises(ValueError, match="Got 1 and 0 texts"):
        bleu_score(["yes"], [])
    with pytest.raises(ValueError, match="must be sequences of texts"):
        rouge1_score("yes", ["yes"])
    with pytest.raises(ValueError, match="'variant' parameter must be one of"):
        bleu_score([], [], variant="corpus")


# -- the report ----------------------------------------------------------------


def test_worked_report():
    report = vqa_report(TINY_TRUE, TINY_PRED, TINY_QUESTIONS)
    assert report.n == 5
    assert report.uf1_coarse == report.uar_coarse == 1.0
    assert report.uf1_fine == report.uar_fine == 0.0
    assert round(report.bleu, 4) == 0.5299
    assert round(report.rouge1, 4) == 0.4583
    assert report.mean == pytest.approx(
        (1 + 1 + 0 + 0 + report.bleu + report.rouge1) / 6
    )
    assert report.signature == (
        "VQA|labels:union|bleu:corpus-13a,4-gram|rouge1:recall|lower-case"
    )


@pytest.mark.parametrize(
    ("supports", "uf1"),
    [((4, 1, 2), 0.242), ((11, 3, 3), 0.262), ((15, 4, 5), 0.256)],
)
def test_constant_answers_of_the_challenge_table_2(supports, uf1):
    truth = [
        name
        for name, n in zip(("negative", "positive", "surprise"), supports, strict=True)
        for _ in range(n)
    ]
    report = vqa_report(truth, ["negative"] * len(truth), [COARSE] * len(truth))
    assert round(report.uf1_coarse, 3) == uf1
    assert round(report.uar_coarse, 3) == 0.333


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["a", "b", "x", ""])),
        min_size=1,
        max_size=12,
    ),
    st.booleans(),
)
def test_class_scores_equal_sklearn(pairs, fixed):
    from sklearn.metrics import f1_score, recall_score

    truth, pred = (list(column) for column in zip(*pairs, strict=True))
    names = ["a", "b"] if fixed else sorted(set(truth) | set(pred))
    labels = {"coarse": names, "fine": names} if fixed else "union"
    report = vqa_report(truth, pred, [COARSE] * len(truth), labels=labels)
    options = {"labels": names, "average": "macro", "zero_division": 0}
    assert report.uf1_coarse == pytest.approx(f1_score(truth, pred, **options))
    assert report.uar_coarse == pytest.approx(recall_score(truth, pred, **options))


def test_an_unknown_class_adds_one():
    union = vqa_report(["negative"] * 2, ["negative", "bad"], [COARSE] * 2)
    assert union.uar_coarse == pytest.approx(0.25)
    fixed = vqa_report(
        ["negative"] * 2, ["negative", "bad"], [COARSE] * 2, labels="fixed"
    )
    assert fixed.uar_coarse == pytest.approx(0.5 / 3)
    assert "labels:fixed" in fixed.signature


def test_case_and_space_do_not_matter():
    report = vqa_report(["negative"], [" Negative\n"], [COARSE.upper()])
    assert report.uf1_coarse == 1.0


def test_rows_for_each_data_set_and_baselines():
    questions = [
        Question("c1", COARSE, id="1", dataset="samm"),
        Question("c2", COARSE, id="2", dataset="cas"),
    ]
    report = vqa_report(
        ["negative", "positive"],
        ["negative", "negative"],
        questions,
        baselines={"prior": ["positive", "positive"]},
    )
    assert list(report.rows) == [
        "overall", "samm", "cas", "prior, overall", "prior, samm", "prior, cas"
    ]  # fmt: skip
    assert report.row("samm")["uf1_coarse"] == 1.0
    assert report.row("prior, cas")["uf1_coarse"] == 1.0
    assert report.confusions["cas"]["coarse"] == {("positive", "negative"): 1}


def test_rows_of_test_files():
    rows = [
        {"video_id": "samm_test_SAMM-1_1", "video": "SAMM-1", "question": COARSE},
        {"video_id": "casme3_test_CAS-1_1", "video": "CAS-1", "question": COARSE},
    ]
    report = vqa_report(["negative"] * 2, ["negative"] * 2, rows)
    assert list(report.rows) == ["overall", "samm", "casme3"]


def test_answers_by_id_and_missing_ones():
    questions = [{"id": i, "question": COARSE} for i in "abc"]
    truth = {"a": "negative", "b": "positive", "c": "positive"}
    report = vqa_report(truth, {"c": "positive", "a": "negative"}, questions)
    assert report.n_missing == 1
    assert report.notes == ["1 of 3 questions are not answered."]
    as_list = vqa_report(
        list(truth.values()), ["negative", None, "positive"], questions
    )
    assert dict(as_list) == dict(report)
    empty = vqa_report(truth, ["negative", "  ", "positive"], questions)
    assert dict(empty) == dict(report)
    assert report.uar_coarse == pytest.approx((1 + 0.5 + 0) / 3)


def test_nothing_answered_scores_zero():
    report = vqa_report(TINY_TRUE, [None] * 5, TINY_QUESTIONS)
    assert report.mean == 0.0
    assert report.n_missing == 5


def test_repeated_questions_are_told_and_ids_must_differ():
    rows = [Question("c1", COARSE), Question("c1", COARSE)]
    report = vqa_report(["negative"] * 2, ["negative"] * 2, rows)
    assert "1 question(s) repeat one" in report.notes[0]
    assert report.n == 2
    rows = [Question("c1", COARSE, id="1"), Question("c1", FINE, id="1")]
    with pytest.raises(ValueError, match="the id '1' more than once"):
        vqa_report(["negative", "anger"], ["negative", "anger"], rows)


def test_only_text_questions():
    report = vqa_report(["yes"], ["yes"], ["Is it shown?"])
    assert report.uf1_coarse is None
    assert report.mean == pytest.approx((report.bleu + report.rouge1) / 2)
    assert json.loads(json.dumps(report.to_dict()))["rows"]["overall"]["n"] == 1
    assert "UF1 coarse" in str(report)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y_true": [""]}, r"y_true\[0\] is empty"),
        ({"y_true": []}, "y_true must hold one text for each of the 1 questions"),
        ({"y_pred": ["a", "b"]}, "y_pred must hold one text for each"),
        ({"y_pred": [3]}, r"y_pred\[0\] must be a text. Got 3"),
        ({"y_pred": "negative"}, "y_pred must be a sequence of texts"),
        ({"y_pred": {"a": "x"}}, "a question has none"),
        ({"questions": [""]}, r"questions\[0\] has no text"),
        ({"questions": COARSE}, "questions must be a sequence"),
        ({"labels": "all"}, "'labels' parameter must be 'union', 'fixed'"),
        ({"labels": "fixed", "y_true": ["contempt"]}, "unknown class"),
        ({"bleu": "nltk"}, "'bleu' parameter must be one of"),
        ({"rouge": "l"}, "'rouge' parameter must be one of"),
        ({"datasets": ["a", "b"]}, "datasets must hold one value"),
    ],
)
def test_bad_input(change, message):
    given = {
        "y_true": ["negative"], "y_pred": ["negative"], "questions": [COARSE], **change
    }  # fmt: skip
    with pytest.raises(ValueError, match=message):
        vqa_report(**given)


def test_answers_to_questions_that_were_not_asked():
    questions = [{"id": "a", "question": COARSE}]
    with pytest.raises(ValueError, match="not asked, first 'zzz'"):
        vqa_report({"a": "x"}, {"a": "x", "zzz": "y"}, questions)


def test_official_training_rows(shared_data):
    path = shared_data / "vqa" / "me_vqa_casme2.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    answers = [row["answer"] for row in rows]
    report = vqa_report(answers, answers, rows)
    assert report.n == 911
    assert report.row("casme2")["mean"] == pytest.approx(1.0)
    assert report.notes == []
    counts = report.confusions["overall"]
    assert {a: n for (a, _), n in counts["coarse"].items()} == {
        "negative": 88, "positive": 32, "surprise": 25
    }  # fmt: skip
    assert {a: n for (a, _), n in counts["fine"].items()} == {
        "disgust": 61, "happiness": 32, "repression": 27, "surprise": 25
    }  # fmt: skip
