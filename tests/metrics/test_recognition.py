"""Recognition: published values, scikit-learn as oracle, defined outcomes."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, recall_score

from mefeat.metrics import (
    compare_recognition,
    recognition_report,
    uar_score,
    uf1_score,
)

LABELS = ["negative", "positive", "surprise"]

# Rows truth, columns predictions: negative, positive, surprise.
CONFUSIONS = {
    "full": [[219, 22, 9], [40, 62, 7], [21, 3, 59]],
    "smic": [[54, 10, 6], [17, 30, 4], [14, 1, 28]],
    "casme2": [[83, 5, 0], [12, 19, 1], [2, 0, 23]],
    "samm": [[82, 7, 3], [11, 13, 2], [5, 2, 8]],
    "python": [[195, 39, 16], [36, 68, 5], [12, 7, 64]],
    "python smic": [[47, 15, 8], [15, 33, 3], [7, 4, 32]],
    "python casme2": [[77, 11, 0], [10, 21, 1], [1, 0, 24]],
    "python samm": [[71, 13, 8], [11, 14, 1], [4, 3, 8]],
}


def expand(confusion):
    pairs = [
        (LABELS[i], LABELS[j])
        for i in range(3)
        for j in range(3)
        for _ in range(confusion[i][j])
    ]
    return [a for a, _ in pairs], [b for _, b in pairs]


@pytest.mark.parametrize(
    ("name", "uf1", "uar", "accuracy", "precision"),
    [
        ("full", 0.7353, 0.7186, 0.7692, 0.7605),
        ("smic", 0.6801, 0.6703, 0.6829, 0.7013),
        ("casme2", 0.8382, 0.8190, 0.8621, 0.8686),
        ("samm", 0.6588, 0.6415, 0.7744, 0.6810),
        ("python", 0.7209, 0.7250, 0.7398, None),
        ("python smic", 0.6871, 0.6876, None, None),
        ("python casme2", 0.8304, 0.8304, None, None),
        ("python samm", 0.5993, 0.6145, None, None),
    ],
)
def test_published_values_of_ststnet(name, uf1, uar, accuracy, precision):
    y_true, y_pred = expand(CONFUSIONS[name])
    report = recognition_report(y_true, y_pred)
    assert round(report.uf1, 4) == uf1
    assert round(report.uar, 4) == uar
    if accuracy is not None:
        assert round(report.accuracy, 4) == accuracy
    if precision is not None:
        # What the paper prints as UAR.
        assert round(report.precision, 4) == precision
    np.testing.assert_array_equal(report.confusion, CONFUSIONS[name])


@pytest.fixture(scope="module")
def ststnet(shared_data):
    path = shared_data / "recognition" / "ststnet_loso_predictions.json"
    table = json.loads(path.read_text())["predictions"]
    rows = [
        (dataset, subject, LABELS[int(a)], LABELS[int(b)])
        for dataset, people in table.items()
        for subject, (true, pred) in people.items()
        for a, b in zip(true, pred, strict=True)
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def test_composite_run_with_rows_for_each_data_set(ststnet):
    datasets, subjects, y_true, y_pred = ststnet
    report = recognition_report(y_true, y_pred, subjects=subjects, datasets=datasets)
    assert report.n == 442
    assert report.n_subjects == 68
    assert round(report.uf1, 4) == 0.7353
    published = {"smic": 0.6801, "casme2": 0.8382, "samm": 0.6588}
    for name, uf1 in published.items():
        assert round(report.row(name)["uf1"], 4) == uf1
        np.testing.assert_array_equal(report.confusions[name], CONFUSIONS[name])
    sizes = {name: (row["n"], row["n_subjects"]) for name, row in report.rows.items()}
    assert sizes == {
        "overall": (442, 68), "casme2": (145, 24), "smic": (164, 16), "samm": (133, 28)
    }  # fmt: skip
    low, high = report.uf1_interval
    assert 0.6 < low < 0.7353 < high < 0.85
    low, high = report.uar_interval
    assert low < report.uar < high


def test_mean_of_folds_is_another_number(ststnet):
    datasets, subjects, y_true, y_pred = (np.array(column) for column in ststnet)
    people = np.char.add(np.char.add(datasets, "/"), subjects)
    folds = [
        uf1_score(y_true[people == p], y_pred[people == p], labels=LABELS)
        for p in np.unique(people)
    ]
    assert round(float(np.mean(folds)), 4) == 0.4500


labels_strategy = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")),
    min_size=1,
    max_size=30,
)


@settings(max_examples=100, deadline=None)
@given(labels_strategy, st.booleans())
def test_equals_sklearn(pairs, fixed):
    y_true, y_pred = zip(*pairs, strict=True)
    labels = list("abcd") if fixed else None
    if labels is None:
        labels_sklearn = sorted(set(y_true) | set(y_pred))
    else:
        labels_sklearn = labels
    options = {"labels": labels_sklearn, "average": "macro", "zero_division": 0}
    report = recognition_report(y_true, y_pred, labels=labels)
    assert report.uf1 == pytest.approx(f1_score(y_true, y_pred, **options))
    assert report.uar == pytest.approx(recall_score(y_true, y_pred, **options))
    assert report.accuracy == pytest.approx(accuracy_score(y_true, y_pred))
    assert uf1_score(y_true, y_pred, labels=labels) == report.uf1
    assert uar_score(y_true, y_pred, labels=labels) == report.uar


@settings(max_examples=50, deadline=None)
@given(labels_strategy, st.randoms())
def test_order_of_clips_plays_no_role(pairs, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)
    first = recognition_report(*zip(*pairs, strict=True))
    again = recognition_report(*zip(*shuffled, strict=True))
    assert dict(first) == dict(again)
    assert 0 <= first.uf1 <= 1
    assert first.uar <= 1


def test_rows_use_their_own_classes_unless_fixed():
    y_true = ["a", "b", "a", "a"]
    datasets = ["x", "x", "y", "y"]
    report = recognition_report(y_true, y_true, datasets=datasets)
    assert report.row("y")["uf1"] == 1.0
    fixed = recognition_report(y_true, y_true, datasets=datasets, labels=["a", "b"])
    assert fixed.row("y")["uf1"] == 0.5
    assert "fixed:a,b" in fixed.signature


def test_per_class_and_integer_labels():
    report = recognition_report(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2]))
    assert report.labels == [0, 1, 2]
    assert report.per_class[0] == {
        "f1": pytest.approx(2 / 3), "recall": 0.5, "precision": 1.0, "n": 2
    }  # fmt: skip


def test_equal_names_in_two_data_sets_are_two_people():
    report = recognition_report(
        ["a", "b"], ["a", "b"], subjects=["s1", "s1"], datasets=["x", "y"]
    )
    assert report.n_subjects == 2


def test_bootstrap_repeats_and_can_be_left_out():
    y_true = list("aabbccaabbcc")
    y_pred = list("abbbccaabccc")
    subjects = list("112233445566")
    first = recognition_report(y_true, y_pred, subjects=subjects, n_resamples=300)
    again = recognition_report(y_true, y_pred, subjects=subjects, n_resamples=300)
    assert first.uf1_interval == again.uf1_interval
    none = recognition_report(y_true, y_pred, subjects=subjects, n_resamples=0)
    assert "uf1_interval" not in none
    assert none.n_subjects == 6


def test_bootstrap_interval_covers_the_truth_as_often_as_it_says(rng):
    # 40 subjects whose accuracy varies: the interval for accuracy should cover the
    # expected 0.7 in about 90 of 100 draws.
    covered = 0
    for _ in range(60):
        skill = rng.beta(7, 3, 40)
        right = rng.random((40, 8)) < skill[:, None]
        y_true = np.tile(["a", "b"], 160)
        y_pred = np.where(right.ravel(), y_true, np.where(y_true == "a", "b", "a"))
        report = recognition_report(
            y_true,
            y_pred,
            subjects=np.repeat(np.arange(40), 8),
            confidence=0.9,
            n_resamples=200,
        )
        low, high = report.accuracy_interval
        covered += low <= 0.7 <= high
    assert covered / 60 > 0.78


def test_comparison_of_two_methods():
    y_true = ["a", "b"] * 20
    subjects = np.repeat(np.arange(20), 2)
    coin = ["a"] * 40
    report = compare_recognition(y_true, coin, y_true, subjects=subjects)
    row = report.row("UF1")
    assert row["a"] == pytest.approx(1 / 3)
    assert row["b"] == 1.0
    assert row["interval"] == pytest.approx((2 / 3, 2 / 3))
    assert row["p_value"] < 0.01
    same = compare_recognition(y_true, coin, coin, subjects=subjects)
    assert same.row("accuracy")["difference"] == 0.0
    assert same.row("accuracy")["p_value"] == 1.0
    back = compare_recognition(y_true, y_true, coin, subjects=subjects)
    assert back.row("UF1")["difference"] == pytest.approx(-row["difference"])


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        ((["a"], ["a", "b"]), {}, "Got 1 and 2 labels"),
        (([], []), {}, "at least one label"),
        (([["a"]], [["a"]]), {}, "y_true must be a 1-D sequence"),
        ((None, ["a"]), {}, "y_true must be a 1-D sequence"),
        (([np.nan], [1.0]), {}, "y_true holds NaN"),
        (([None], ["a"]), {}, "Got None"),
        (([1, 2], ["a", "b"]), {}, "labels of different types"),
        ((["a"], ["c"]), {"labels": ["a", "b"]}, r"unknown label\(s\) \['c'\]"),
        ((["a"], ["a"]), {"labels": ["a", "a"]}, "each once"),
        ((["a"], ["a"]), {"subjects": ["s", "t"]}, "subjects must hold one value"),
        ((["a"], ["a"]), {"confidence": 1.5}, "'confidence' parameter must be"),
    ],
)
def test_bad_input(args, options, message):
    with pytest.raises(ValueError, match=message):
        recognition_report(*args, **options)


def test_comparison_needs_resamples():
    with pytest.raises(ValueError, match="an int of at least 1"):
        compare_recognition(["a"], ["a"], ["a"], subjects=[1], n_resamples=0)
