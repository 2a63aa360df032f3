"""Spot-then-recognize: the published and hand-worked vectors, and the conventions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mefeat import Interval
from mefeat.metrics import (
    analysis_scores,
    chance_report,
    compare_conventions,
    spotting_report,
    str_report,
    strs_score,
)

N, P, S = "negative", "positive", "surprise"


def rounded(row, names):
    return tuple(round(row[name], 4) for name in names.split())


def hits(pairs, n_false=0, n_missed=0, start=0):
    """Give truth and detections of one video with these label pairs as its hits."""

    def row(labels, start, length):
        onsets = (start + 20 * i for i in range(len(labels)))
        return [
            Interval(onset, onset + length - 1, label)
            for onset, label in zip(onsets, labels, strict=True)
        ]

    far = start + 20 * len(pairs)
    truth = row([a for a, _ in pairs], start, 10) + row(["others"] * n_missed, far, 5)
    pred = row([b for _, b in pairs], start, 10) + row([N] * n_false, far + 9, 6)
    return truth, pred


def matrix_pairs(matrix, labels):
    return [
        (labels[i], labels[j])
        for i, row in enumerate(matrix)
        for j, count in enumerate(row)
        for _ in range(count)
    ]


# -- protocol vectors ----------------------------------------------------------


def readme_videos():
    rows = [
        ((10, 70, "happiness"), (45, 85, "happiness")),
        ((100, 170, "others"), (130, 160, "others")),
        ((0, 70, "others"), (20, 75, "others")),
        ((20, 90, "happiness"), (45, 95, "repression")),
        ((70, 140, "happiness"), (30, 140, "repression")),
    ]
    y_pred = [[Interval(*pred)] for pred, _ in rows]
    return [[Interval(*truth)] for _, truth in rows], y_pred


@pytest.mark.parametrize("convention", ["default", "megc2025"])
def test_worked_example_of_the_public_scorer(convention):
    y_true, y_pred = readme_videos()
    report = str_report(
        y_true,
        y_pred,
        subjects=range(5),
        classes=("happiness", "others", "repression"),
        convention=convention,
    )
    assert (report.tp, report.fp, report.fn) == (3, 2, 2)
    assert report.f1 == pytest.approx(0.6)
    assert report.analysis_precision == pytest.approx(1 / 3)
    assert report.analysis_recall == pytest.approx(1 / 3)
    assert report.analysis_f1 == pytest.approx(1 / 3)
    assert report.strs == pytest.approx(0.2)


def test_auto_classes_are_those_of_the_truth():
    y_true, y_pred = readme_videos()
    report = str_report(y_true, y_pred, classes="auto")
    assert report.classes == ("happiness", "others", "repression")
    assert report.strs == pytest.approx(0.2)


MEAN_CASME2 = [
    [18, 2, 23, 0, 0],
    [0, 8, 3, 1, 0],
    [8, 6, 49, 4, 1],
    [2, 3, 8, 4, 0],
    [0, 0, 1, 1, 17],
]


def test_mean_on_casme2():
    # One detection of 69 frames for each of 244 clips, 159 of them hits.
    labels = ["disgust", "happiness", "others", "repression", "surprise"]
    pairs = matrix_pairs(MEAN_CASME2, labels)
    assert len(pairs) == 159
    y_true, y_pred = [], []
    for index in range(244):
        true, guess = pairs[index] if index < 159 else ("others", "others")
        y_true.append([Interval(0, 60 if index < 159 else 20, true)])
        y_pred.append([Interval(0, 68, guess)])
    report = str_report(y_true, y_pred, classes=labels)
    assert (report.tp, report.fp, report.fn) == (159, 85, 85)
    assert round(report.f1, 4) == 0.6516
    assert (report.analysis_tp, report.analysis_fp, report.analysis_fn) == (96, 63, 63)
    assert rounded(
        report, "analysis_precision analysis_recall analysis_f1 strs uf1 uar"
    ) == (0.5983, 0.5872, 0.5927, 0.3862, 0.5766, 0.5872)
    quirky = str_report(
        y_true, y_pred, classes=labels, subjects=range(244), convention="megc2025"
    )
    assert round(quirky.uar, 4) == 0.5983
    assert round(quirky.strs, 4) == 0.3862


@pytest.mark.parametrize(
    "matrix", [[[1, 0, 0], [0, 1, 1], [2, 0, 2]], [[1, 0, 0], [0, 1, 2], [1, 0, 2]]]
)
def test_mean_on_casme_sq(matrix):
    row = analysis_scores(matrix_pairs(matrix, [N, P, S]))
    assert (row["analysis_tp"], row["analysis_fp"]) == (4, 3)
    assert rounded(row, "analysis_precision analysis_recall uf1") == (
        0.6667,
        0.6667,
        0.5794,
    )


def test_mean_on_samm_long_videos():
    row = analysis_scores(matrix_pairs([[13, 1, 0], [3, 0, 0], [1, 0, 1]], [N, P, S]))
    assert (row["analysis_tp"], row["analysis_fp"]) == (14, 5)
    names = "analysis_precision analysis_recall analysis_f1 uf1"
    assert rounded(row, names) == (0.5882, 0.4762, 0.5263, 0.5018)


@pytest.mark.parametrize(
    ("tp", "fp", "fn", "n_others", "pairs", "printed"),
    [
        # Precision, recall, F1, Pa, Ra, F1a, UF1, UAR, STRS as the paper prints them,
        # its misprint 1.667 read as .1667.
        (
            6, 217, 202, 4, [(N, N), (P, N)],
            (.0269, .0288, .0278, .1667, .3333, .2222, .2222, .1667, .0062),
        ),
        (
            3, 115, 34, 1, [(N, N), (N, P)],
            (.0254, .0811, .0387, .3333, .1667, .2222, .2222, .3333, .0086),
        ),
    ],
)  # fmt: skip
def test_the_challenge_table_1(tp, fp, fn, n_others, pairs, printed):
    pairs = pairs + [("others", N)] * n_others
    truth, pred = hits(pairs, n_false=fp, n_missed=fn)
    report = str_report(
        [truth], [pred], subjects=["s1"], convention="megc2025", datasets=["set"]
    )
    assert (report.tp, report.fp, report.fn) == (tp, fp, fn)
    assert report.analysis_tp == report.analysis_fp == report.analysis_fn == 1
    names = (
        "precision recall f1 analysis_precision analysis_recall analysis_f1 "
        "uf1 uar strs"
    )
    assert rounded(report, names) == printed
    assert rounded(report.row("set"), names) == printed
    # The true UAR is the recall.
    default = str_report([truth], [pred])
    assert round(default.uar, 4) == printed[4]
    assert round(default.strs, 4) == printed[8]


@pytest.mark.parametrize(
    ("matrix", "f1"),
    [
        ([[219, 22, 9], [40, 62, 7], [21, 3, 59]], 0.7389),
        ([[54, 10, 6], [17, 30, 4], [14, 1, 28]], 0.6854),
        ([[83, 5, 0], [12, 19, 1], [2, 0, 23]], 0.8430),
        ([[82, 7, 3], [11, 13, 2], [5, 2, 8]], 0.6607),
    ],
)
def test_f1_scores_that_ststnet_prints(matrix, f1):
    # The harmonic mean of macro precision and recall, as in the analysis of STRS.
    assert (
        round(analysis_scores(matrix_pairs(matrix, [N, P, S]))["analysis_f1"], 4) == f1
    )


@pytest.mark.parametrize(
    ("tp", "fp", "fn", "analysis_f1", "strs"),
    [
        (159, 85, 85, 0.5927, 0.3862),  # CASME II
        (60, 97, 97, 0.5149, 0.1968),  # SMIC-HS
        (31, 40, 40, 0.7470, 0.3261),  # SMIC-VIS
        (22, 49, 49, 0.6667, 0.2066),  # SMIC-NIR
        (17, 206, 40, 0.6667, 0.0809),  # CAS(ME)^2
        (26, 363, 133, 0.5263, 0.0499),  # SAMM-LV
    ],
)
def test_strs_of_mean_is_the_product_of_its_f1_scores(tp, fp, fn, analysis_f1, strs):
    spotting = 2 * tp / (2 * tp + fp + fn)
    assert spotting * analysis_f1 == pytest.approx(strs, abs=6e-5)


# -- conventions ---------------------------------------------------------------


def quirky_case():
    y_true = [
        [Interval(0, 4, N), Interval(5, 9, P)],  # one detection over two
        [],  # detections without truth
        [Interval(10, 19, N)],  # a subject without any detection
        [Interval(10, 19, S)],  # a video without detection, its subject has others
    ]
    y_pred = [[Interval(0, 9, N)], [Interval(3, 9, N), Interval(20, 30, P)], [], []]
    return y_true, y_pred, ["a", "a", "b", "a"]


def spotted(report):
    return report.tp, report.fp, report.fn


def test_counts_of_each_convention():
    y_true, y_pred, subjects = quirky_case()

    def counts(convention):
        return spotted(
            str_report(y_true, y_pred, subjects=subjects, convention=convention)
        )

    assert counts("default") == (1, 2, 3)
    assert counts("megc2025") == (2, 0, 1)
    assert counts("mean") == (1, 2, 3)  # two empty videos with truth: two dummies


def test_every_pair_of_one_class_has_no_counts_in_the_scripts():
    truth, pred = hits([(N, N), (N, N)])
    default = str_report([truth], [pred])
    assert default.analysis_f1 == pytest.approx(1 / 3)
    for convention in ("megc2025", "mean"):
        report = str_report([truth], [pred], subjects=["a"], convention=convention)
        assert math.isnan(report.analysis_f1)
        assert math.isnan(report.strs)
    assert report.analysis_tp == 2


def test_no_correct_pair_is_nan_in_the_scripts_only():
    truth, pred = hits([(N, P)])
    assert str_report([truth], [pred]).strs == 0.0
    report = str_report([truth], [pred], subjects=["a"], convention="megc2025")
    assert math.isnan(report.strs)


def test_mean_leaves_absent_classes_out():
    pairs = [(N, N), (P, N), (P, P)]
    row = analysis_scores(pairs, convention="mean")
    assert row["analysis_precision"] == pytest.approx((0.5 + 1) / 2)
    assert row["analysis_recall"] == pytest.approx((1 + 0.5) / 2)
    assert row["uar"] == pytest.approx(0.75)
    never_true = analysis_scores([(N, N), (P, P), (N, S)], convention="mean")
    assert math.isnan(never_true["uar"])


def test_a_label_that_is_no_class():
    pairs = [(N, N), (P, "others"), (P, P)]
    row = analysis_scores(pairs)
    assert (row["analysis_tp"], row["analysis_fp"], row["analysis_fn"]) == (2, 1, 1)
    assert row["analysis_recall"] == pytest.approx((1 + 0.5) / 3)
    assert row["analysis_precision"] == pytest.approx(2 / 3)
    quirky = analysis_scores(pairs, convention="megc2025")
    assert (quirky["analysis_tp"], quirky["analysis_fp"]) == (2, 0)


def test_compare_conventions_explains_each_difference():
    y_true, y_pred, subjects = quirky_case()
    report = compare_conventions(y_true, y_pred, subjects=subjects)
    assert list(report.rows) == ["default", "megc2025", "mean"]
    text = "\n".join(report.notes)
    assert "megc2025: 2 detections in 1 video without a true interval" in text
    assert "(FP -2)" in text
    assert "megc2025: 1 true interval of subjects without any detection" in text
    assert "'file-order' instead of one-to-one" in text
    assert "(TP 2 for 1, FP 0 for 0, FN 1 for 2)" in text
    assert "megc2025: the column UAR is the macro precision" in text
    assert "mean: a false detection is added in 2 videos" in text
    assert "mean: classes in no pair (positive, surprise) are left out" in text


def test_compare_conventions_on_plain_data():
    truth, pred = hits([(N, N), (P, P), (S, S)])
    report = compare_conventions([truth], [pred], datasets=["samm"])
    assert report.notes == [
        "megc2025: no difference from the default on these data.",
        "mean: no difference from the default on these data.",
    ]
    assert "samm, megc2025" in report.rows
    assert report.row("default")["strs"] == 1.0


# -- pooling, kinds, input -----------------------------------------------------


def test_overall_is_pooled_not_averaged():
    first, second = hits([(N, N), (P, P)]), hits([(S, S), (N, P)], n_false=3)
    report = str_report(
        [first[0], second[0]], [first[1], second[1]], datasets=["cas", "samm"]
    )
    both = str_report(
        [first[0] + hits([(S, S), (N, P)], 3, start=5000)[0]],
        [first[1] + hits([(S, S), (N, P)], 3, start=5000)[1]],
    )
    assert report.strs == pytest.approx(both.strs)
    mean = (report.row("cas")["strs"] + report.row("samm")["strs"]) / 2
    assert report.strs > mean


def test_macro_expressions_are_left_out():
    micro = Interval(0, 9, N, kind="micro")
    macro = Interval(50, 99, P, kind="macro")
    assert spotted(str_report([[micro, macro]], [[micro]])) == (1, 0, 0)
    assert spotted(str_report([[micro]], [[micro, macro]])) == (1, 0, 0)
    # A spotted macro-expression that is not called one is a false alarm.
    blind = macro.replace(kind=None)
    assert spotted(str_report([[micro, macro]], [[micro, blind]])) == (1, 1, 0)


def test_truth_without_a_class_is_dropped_and_told():
    truth, pred = hits([(N, N), ("others", N)])
    report = str_report([truth], [pred])
    assert report.analysis_tp == 1
    assert report.notes == [
        "Hits not analysed, since their true label is no class: 1 'others'."
    ]
    assert report.confusion == {(N, N): 1, ("others", N): 1}


def test_nothing_found_scores_zero():
    truth, _ = hits([(N, N)])
    report = str_report([truth], [[]])
    assert (report.strs, report.f1, report.analysis_f1) == (0, 0, 0)
    assert str_report([[]], [[]]).strs == 0
    only_others = [[Interval(0, 5, "others")]]
    assert strs_score(only_others, only_others) == 0.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y_pred": [[(0, 9)]]}, r"y_pred\[0\] holds an interval without a label"),
        ({"y_true": [[(0, 9)]]}, r"y_true\[0\] holds an interval without a label"),
        ({"y_pred": []}, "Got 1 and 0 videos"),
        ({"classes": "all"}, "'classes' parameter must be a sequence of labels"),
        ({"classes": ()}, "'classes' parameter must hold at least one label"),
        ({"classes": (N, N)}, "each once"),
        ({"classes": ("happy",)}, "no true label is one of the classes"),
        ({"y_pred": [[Interval(0, 9, "Negative")]]}, "did you mean 'negative'"),
        ({"convention": "megc2024"}, "'convention' parameter must be one of"),
        ({"convention": "megc2025"}, "give subjects, one for each video"),
        ({"subjects": ["a", "b"]}, "subjects must hold one value for each of the 1"),
    ],
)
def test_bad_input(change, message):
    y = [[Interval(0, 9, N)]]
    given = {"y_true": y, "y_pred": y, **change}
    with pytest.raises(ValueError, match=message):
        str_report(**given)


labelled = st.lists(
    st.tuples(
        st.integers(0, 40), st.integers(0, 9), st.sampled_from([N, P, S, "others"])
    ),
    max_size=5,
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(labelled, labelled), min_size=1, max_size=4), st.randoms())
def test_order_of_videos_and_intervals_plays_no_role(videos, random):
    def build(rows):
        return [Interval(a, a + n, label) for a, n, label in rows]

    y_true = [build(t) for t, _ in videos]
    y_pred = [build(p) for _, p in videos]
    report = str_report(y_true, y_pred)
    order = list(range(len(videos)))
    random.shuffle(order)
    again = str_report(
        [random.sample(y_true[i], len(y_true[i])) for i in order],
        [random.sample(y_pred[i], len(y_pred[i])) for i in order],
    )
    assert dict(again) == dict(report)
    assert 0 <= report.strs <= min(report.f1, report.analysis_f1) <= 1
    assert report.analysis_tp + report.analysis_fp <= report.tp
    assert spotted(spotting_report(y_true, y_pred)) == spotted(report)


def test_interval_over_subjects():
    y_true, y_pred = [], []
    for index in range(12):
        truth, pred = hits([(N, N), (P, P if index % 3 else N), (S, S)], index % 2)
        y_true.append(truth)
        y_pred.append(pred)
    report = str_report(y_true, y_pred, subjects=range(12))
    low, high = report.strs_interval
    assert low < report.strs < high
    assert "bootstrap:subjects,1000,0.95" in report.signature
    assert str_report(y_true, y_pred, subjects=range(12)).strs_interval == (low, high)


# -- chance --------------------------------------------------------------------


def test_chance_of_one_interval_by_enumeration():
    # 10 of 91 frames long; a random one hits if it moves by at most 3 frames
    # (7 common of 13: 0.54; 6 of 14: 0.43): 7 of 82 places.
    y_true = [[Interval(40, 49, N)]]
    report = chance_report(y_true, [91], n_repeats=4000)
    assert report.tp == pytest.approx(7 / 82, abs=0.015)
    assert report.tp + report.fn == pytest.approx(1)
    assert report.signature.endswith("chance:mean of 4000,seed:0")


def test_chance_repeats_and_draws_labels_of_other_subjects():
    y_true = [[Interval(0, 9, N)], [Interval(0, 9, P)]]
    first = chance_report(y_true, [10, 10], subjects=["a", "b"])
    assert dict(first) == dict(chance_report(y_true, [10, 10], subjects=["a", "b"]))
    # Every interval fits in one place only, and no label of another subject is right.
    assert (first.f1, first.analysis_tp, first.strs) == (1.0, 0.0, 0.0)


def test_chance_with_the_numbers_of_a_method():
    y_true = [[Interval(0, 9, N)]]
    report = chance_report(y_true, [1000], y_pred=[[(0, 9), (50, 59), (80, 89)]])
    assert report.tp + report.fp == pytest.approx(3)


@pytest.mark.parametrize("n_frames", [[5], 7, [1, 2, 3]])
def test_chance_needs_lengths(n_frames):
    with pytest.raises(ValueError, match="n_frames must hold the length of each"):
        chance_report([[], []], n_frames)


def test_chance_needs_repetitions():
    with pytest.raises(ValueError, match="'n_repeats' parameter must be an int"):
        chance_report([[]], [5], n_repeats=0)


def test_report_names_every_convention():
    truth, pred = hits([(N, N)])
    report = str_report([truth], [pred])
    assert report.signature == (
        "STRS|default|iou:0.5|closed|match:one-to-one|pooled|"
        "fixed:negative,positive,surprise"
    )
    assert list(report.to_frame().columns)[-1] == "strs"
    assert not np.isnan(report.strs)


def test_subjects_of_two_data_sets_are_different_people():
    hit, miss = Interval(10, 19, "negative"), Interval(50, 59, "positive")
    y_true = [[hit]] * 8
    y_pred = [[hit], [miss], [hit], [hit], [miss], [miss], [hit], [miss]]
    datasets, subjects = ["a"] * 4 + ["b"] * 4, ["1", "2"] * 4
    people = [f"{d}/{s}" for d, s in zip(datasets, subjects, strict=True)]
    for report, column in (
        (str_report, "strs_interval"),
        (spotting_report, "f1_interval"),
    ):
        alike = report(y_true, y_pred, subjects=subjects, datasets=datasets)
        apart = report(y_true, y_pred, subjects=people, datasets=datasets)
        assert alike[column] == apart[column]
    # Each data set has one person of one emotion: chance draws that of the other one.
    y_true = [[hit]] * 4 + [[hit.replace(label="surprise")]] * 4
    chance = chance_report(
        y_true, [20] * 8, subjects=["1"] * 8, datasets=datasets, n_repeats=5
    )
    assert chance.tp > 0
    assert chance.analysis_tp == 0
