"""Spotting: published counts, oracles and defined outcomes."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mefeat import Interval
from mefeat.metrics import (
    average_precision_score,
    compare_spotting,
    match_intervals,
    precision_recall_curve,
    spotting_f1_score,
    spotting_report,
)


def scored(*triples):
    return [Interval(a, b, score=s) for a, b, s in triples]


# -- published counts ----------------------------------------------------------


def runs(mask):
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.view(np.int8), [0]])))
    return edges.reshape(-1, 2) - [0, 1]


@pytest.fixture(scope="module")
def mdmd(shared_data):
    """The published run (p = .01) of the MEGC2020 baseline on CAS(ME)^2."""
    curves = np.load(shared_data / "spotting" / "mdmd_curves_casme_sq.npz")
    path = shared_data / "spotting" / "mdmd_ground_truth_casme_sq.json"
    truth = json.loads(path.read_text())
    y_true, y_pred = [], []
    for video, rows in truth.items():
        # Frames are counted from 1 there.
        y_true.append([Interval(a - 1, b - 1, kind=kind) for kind, a, _, b in rows])
        found = []
        for kind, low, high in (("micro", 7, 16), ("macro", 17, np.inf)):
            for onset, offset in runs(curves[f"{kind}/{video}"] >= 1):
                if low <= offset - onset + 1 <= high:
                    found.append(Interval(onset, offset, kind=kind))
        y_pred.append(found)
    subjects = [video.split("_")[0] for video in truth]
    return y_true, y_pred, subjects


def counts(row):
    return row["tp"], row["fp"], row["fn"]


def test_counts_of_the_megc2020_baseline(mdmd):
    y_true, y_pred, _ = mdmd
    report = spotting_report(y_true, y_pred)
    assert counts(report.row("micro")) == (21, 5014, 36)
    assert round(report.row("micro")["f1"], 4) == 0.0082
    assert report.row("macro")["tp"] == 104
    assert counts(report) == (125, 6433, 232)


def test_counts_of_the_megc2020_baseline_by_its_own_rule(mdmd):
    y_true, y_pred, _ = mdmd
    report = spotting_report(y_true, y_pred, match="found")
    assert counts(report.row("micro")) == (21, 5014, 36)
    assert counts(report.row("macro")) == (109, 1414, 191)
    assert round(report.row("macro")["f1"], 4) == 0.1196
    assert counts(report) == (130, 6428, 227)
    assert round(report.f1, 4) == 0.0376


def test_kinds_must_not_be_ignored(mdmd):
    y_true, y_pred, _ = mdmd
    blind = [[[i.replace(kind=None) for i in v] for v in y] for y in (y_true, y_pred)]
    assert spotting_report(*blind).tp == 146


def test_exclusive_lengths_would_not_reproduce_the_baseline(mdmd):
    y_true, y_pred, _ = mdmd
    hits = 0
    for truth, pred in zip(y_true, y_pred, strict=True):
        # Closed [a, b - 1] has the length b - a.
        short = [
            [i.replace(offset=i.offset - 1) for i in v if i.kind == "micro"]
            for v in (truth, pred)
        ]
        hits += len(match_intervals(*short))
    assert hits == 20


@pytest.mark.parametrize(
    ("tp", "n_pred", "n_true", "f1"),
    [(5, 11, 31, 0.2381), (10, 38, 36, 0.2703), (15, 49, 67, 0.2586)],
)
def test_pooled_f1_of_the_megc2022_table(tp, n_pred, n_true, f1):
    # One video with `tp` hits; the rest never meets.
    truth = [(20 * i, 20 * i + 9) for i in range(n_true)]
    pred = truth[:tp] + [(10_000 + 20 * i, 10_009 + 20 * i) for i in range(n_pred - tp)]
    assert round(spotting_f1_score([truth], [pred]), 4) == f1


@pytest.mark.parametrize(
    ("tp", "fp", "fn", "precision", "recall", "f1"),
    [
        (29, 1407, 130, None, None, 0.0364),  # MEGC2020 baseline, SAMM-LV, micro
        (22, 334, 321, None, None, 0.0629),  # macro
        (51, 1741, 451, None, None, 0.0445),  # both
        (159, 85, 85, 0.6516, 0.6516, 0.6516),  # MEAN, CASME II
        (60, 97, 97, 0.3822, 0.3822, 0.3822),  # MEAN, SMIC-HS
        (31, 40, 40, 0.4366, 0.4366, 0.4366),  # MEAN, SMIC-VIS
        (22, 49, 49, 0.3099, 0.3099, 0.3099),  # MEAN, SMIC-NIR
        (17, 206, 40, 0.0762, 0.2982, 0.1214),  # MEAN, CAS(ME)^2
        (26, 363, 133, 0.0668, 0.1635, 0.0949),  # MEAN, SAMM-LV
        (6, 217, 202, 0.0269, 0.0288, 0.0278),  # MEGC2025, table 1
        (3, 115, 34, 0.0254, 0.0811, 0.0387),
    ],
)
def test_published_ratios(tp, fp, fn, precision, recall, f1):
    truth = [(20 * i, 20 * i + 9) for i in range(tp + fn)]
    pred = truth[:tp] + [(-20 * i - 20, -20 * i - 11) for i in range(fp)]
    report = spotting_report([truth], [pred])
    assert counts(report) == (tp, fp, fn)
    assert round(report.f1, 4) == f1
    if precision is not None:
        assert (round(report.precision, 4), round(report.recall, 4)) == (
            precision,
            recall,
        )


def test_overall_pools_the_data_sets():
    y_true = [[(0, 9)] * 1, [(0, 9), (20, 29), (40, 49)]]
    y_pred = [[(0, 9)], [(0, 9), (60, 69)]]
    report = spotting_report(y_true, y_pred, datasets=["samm", "cas"])
    assert list(report.rows) == ["overall", "samm", "cas"]
    assert counts(report.row("samm")) == (1, 0, 0)
    assert counts(report.row("cas")) == (1, 1, 2)
    assert counts(report) == (2, 1, 2)
    assert report.f1 == pytest.approx(4 / 7)


# -- defined outcomes ----------------------------------------------------------


def test_nothing_at_all_scores_zero():
    report = spotting_report([[], []], [[], []])
    assert counts(report) == (0, 0, 0)
    assert report.f1 == report.precision == report.recall == 0.0
    assert "0 by convention" in report.notes[0]
    assert spotting_report([], []).f1 == 0.0


def test_a_video_without_truth_gives_false_positives():
    assert counts(spotting_report([[]], [[(0, 5), (9, 12)]])) == (0, 2, 0)


def test_arrays_lists_and_object_arrays_are_alike():
    y = np.empty(2, dtype=object)
    y[0], y[1] = [Interval(0, 9)], []
    pred = [np.array([[0, 8]]), np.empty((0, 2), dtype=int)]
    assert spotting_f1_score(y, pred) == 1.0
    assert spotting_f1_score([[[0, 9]], []], [[(0, 8)], None]) == 1.0


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([[]], [[], []], "Got 1 and 2 videos"),
        (None, [[]], "y_true must hold one list of intervals for each video"),
        ([[]], "abc", "y_pred must hold one list"),
        ([[(5, 1)]], [[]], r"y_true\[0\]: offset must not lie before onset"),
        ([Interval(0, 1)], [[]], r"y_true\[0\]: .*must be a list"),
        ([[3, 4]], [[]], r"y_true\[0\]: Each interval must be"),
        ([[(0.5, 3)]], [[]], r"y_true\[0\]: onset must be a whole frame"),
    ],
)
def test_bad_input(y_true, y_pred, message):
    with pytest.raises(ValueError, match=message):
        spotting_f1_score(y_true, y_pred)


def test_bad_groups():
    with pytest.raises(ValueError, match="subjects must hold one value for each of"):
        spotting_report([[]], [[]], subjects=["a", "b"])
    with pytest.raises(ValueError, match="datasets must hold one value for each"):
        spotting_report([[]], [[]], datasets="samm")
    with pytest.raises(ValueError, match="'n_resamples' parameter must be an int"):
        spotting_report([[]], [[]], n_resamples=-1)


def test_report_is_a_mapping_and_a_table():
    report = spotting_report([[(0, 9)]], [[(0, 9), (20, 25)]], datasets=["samm"])
    assert report["f1"] == report.f1 == pytest.approx(2 / 3)
    assert dict(report)["tp"] == 1
    frame = report.to_frame()
    assert list(frame.index) == ["overall", "samm"]
    assert frame.loc["samm", "fp"] == 1
    assert report.signature == "F1|iou:0.5|closed|match:one-to-one|pooled"
    assert "samm" in str(report)
    assert report.signature in report._repr_html_()
    assert json.loads(json.dumps(report.to_dict()))["rows"]["samm"]["tp"] == 1
    with pytest.raises(AttributeError, match="no 'uf1'"):
        _ = report.uf1
    with pytest.raises(KeyError, match="no row 'cas'"):
        report.row("cas")


def test_report_survives_pickling():
    import pickle

    report = spotting_report([[(0, 9)]], [[(0, 9)]])
    assert pickle.loads(pickle.dumps(report)).f1 == 1.0


# -- precision, recall, average precision --------------------------------------


def test_curve_by_hand():
    y_true = [[(0, 9), (30, 39)], [(0, 9)]]
    y_pred = [
        scored((0, 9, 0.9), (60, 69, 0.8), (31, 39, 0.3)),
        scored((1, 9, 0.8)),
    ]
    precision, recall, thresholds = precision_recall_curve(y_true, y_pred)
    np.testing.assert_allclose(thresholds, [0.3, 0.8, 0.9])
    np.testing.assert_allclose(precision, [3 / 4, 2 / 3, 1, 1])
    np.testing.assert_allclose(recall, [1, 2 / 3, 1 / 3, 0])
    expected = (1 * 1 + 2 / 3 + 3 / 4) / 3
    assert average_precision_score(y_true, y_pred) == pytest.approx(expected)


intervals = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 9), st.integers(0, 4)), max_size=7
)


@settings(max_examples=100, deadline=None)
@given(intervals, intervals)
def test_curve_equals_matching_at_each_threshold(truth, pred):
    y_true = [[Interval(a, a + n) for a, n, _ in truth]]
    y_pred = [[Interval(a, a + n, score=s) for a, n, s in pred]]
    precision, recall, thresholds = precision_recall_curve(y_true, y_pred)
    for p, r, threshold in zip(precision[:-1], recall[:-1], thresholds, strict=True):
        kept = [i for i in y_pred[0] if i.score >= threshold]
        hits = len(match_intervals(y_true[0], kept))
        assert p == hits / len(kept)
        assert r == (hits / len(truth) if truth else 0)
    assert 0 <= average_precision_score(y_true, y_pred) <= 1


def test_average_precision_equals_sklearn_where_matching_is_plain(rng):
    from sklearn.metrics import average_precision_score as sklearn_ap

    hit = rng.integers(0, 2, 40).astype(bool)
    scores = rng.integers(0, 12, 40) / 12
    truth = [(20 * i, 20 * i + 9) for i in range(40) if hit[i]]
    pred = scored(*[(20 * i, 20 * i + 9, scores[i]) for i in range(40)])
    expected = sklearn_ap(hit, scores)
    assert average_precision_score([truth], [pred]) == pytest.approx(expected)


def test_long_chains_of_overlapping_intervals(rng):
    truth = [(3 * i, 3 * i + 19) for i in range(1500)]
    pred = scored(*[(a + 1, b + 1, rng.random()) for a, b in truth])
    assert average_precision_score([truth], [pred]) == 1.0


def test_average_precision_over_thresholds():
    y_true, y_pred = [[(0, 9)]], [scored((0, 7, 1.0))]  # IoU 0.8
    thresholds = np.arange(50, 100, 5) / 100
    ap = average_precision_score(y_true, y_pred, iou_threshold=thresholds)
    assert ap == pytest.approx(0.7)


def test_average_precision_needs_scores():
    with pytest.raises(ValueError, match="needs a score"):
        average_precision_score([[(0, 9)]], [[(0, 9)]])
    assert average_precision_score([[(0, 9)]], [[]]) == 0.0
    assert average_precision_score([[]], [scored((0, 9, 1))]) == 0.0
    assert "average_precision" not in spotting_report([[(0, 9)]], [[(0, 9)]])
    assert spotting_report([[(0, 9)]], [scored((0, 9, 1))]).average_precision == 1.0


# -- bootstrap and comparison --------------------------------------------------


def test_interval_covers_the_score_and_repeats(mdmd):
    y_true, y_pred, subjects = mdmd
    report = spotting_report(y_true, y_pred, subjects=subjects, n_resamples=500)
    low, high = report.f1_interval
    assert low < report.f1 < high
    again = spotting_report(y_true, y_pred, subjects=subjects, n_resamples=500)
    assert again.f1_interval == (low, high)
    assert "bootstrap:subjects,500,0.95" in report.signature


def test_interval_of_equal_subjects_is_a_point():
    y = [[(0, 9)]] * 6
    pred = [[(0, 9), (40, 49)]] * 6
    report = spotting_report(y, pred, subjects=list("aabbcc"))
    assert report.f1_interval == pytest.approx((report.f1, report.f1))


def test_comparison_tells_better_from_alike():
    y_true = [[(0, 9), (30, 39)] for _ in range(12)]
    subjects = [f"s{i}" for i in range(12)]
    good = y_true
    poor = [[(0, 9)] if i % 2 else [] for i in range(12)]
    report = compare_spotting(y_true, poor, good, subjects=subjects)
    assert report.a < report.b == 1.0
    assert report.interval[0] > 0
    assert report.p_value < 0.01
    same = compare_spotting(y_true, poor, poor, subjects=subjects)
    assert same.difference == 0
    assert same.p_value == 1.0
    assert same.interval == (0, 0)


def test_report_in_a_notebook_is_a_table_with_headings():
    name = "<script>alert('x')</script>"
    report = spotting_report([[(0, 9)]] * 2, [[(0, 9)], []], datasets=[name, "b&c"])
    report.notes.append("<b>")
    html = report._repr_html_()
    assert html.startswith(
        '<table><thead><tr><th scope="col"></th><th scope="col">TP</th>'
    )
    assert '<tr><th scope="row">overall</th><td>1</td><td>0</td><td>1</td>' in html
    assert '<th scope="row">b&amp;c</th>' in html
    assert "<script" not in html
    assert "<b>" not in html
