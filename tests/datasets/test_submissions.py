"""Submissions: written, refused with reasons, scored; the challenge's own workflow."""

import json
import zipfile

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import make_pipeline

from mefeat import Interval
from mefeat.datasets import (
    load_casme_sq,
    load_megc2025,
    make_layout,
    read_str_submission,
    write_str_submission,
    write_vqa_submission,
)
from mefeat.metrics import str_report


@pytest.fixture(scope="module")
def test_set(tmp_path_factory):
    return load_megc2025(make_layout("megc2025-str", tmp_path_factory.mktemp("megc")))


def predictions(test_set, **others):
    y_pred = [[Interval(29, 43, "positive")] for _ in test_set.videos]
    for index, intervals in others.items():
        y_pred[int(index[1:])] = intervals
    return y_pred


def test_files_and_columns(test_set, tmp_path):
    path = write_str_submission(tmp_path / "a.zip", test_set, predictions(test_set))
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["cas_pred.csv", "samm_pred.csv"]
        # The first files are 1.jpg and 001_2_0001.jpg: frame 0 is number 1.
        assert archive.read("cas_pred.csv").decode() == (
            "subject,video,onset,offset,emotion\n"
            "abc,a1,30,44,positive\nabc,d1,30,44,positive\nxyz,h3,30,44,positive\n"
        )
        assert archive.read("samm_pred.csv").decode().splitlines()[1] == (
            "1,001_2,30,44,positive"
        )


def test_frame_base_is_explicit(test_set, tmp_path):
    path = write_str_submission(
        tmp_path / "a.zip", test_set, predictions(test_set), frame_base=0
    )
    rows = read_str_submission(path)
    assert rows["cas"]["abc", "a1"][0].onset == 29
    file = write_str_submission(tmp_path / "b.zip", test_set, predictions(test_set))
    assert read_str_submission(file, frame_base=1)["cas"] == rows["cas"]
    with pytest.raises(ValueError, match="'frame_base' parameter must be 'file'"):
        write_str_submission(path, test_set, predictions(test_set), frame_base="one")


def test_the_same_predictions_give_the_same_file(test_set, tmp_path):
    first = write_str_submission(tmp_path / "a.zip", test_set, predictions(test_set))
    again = write_str_submission(tmp_path / "b.zip", test_set, predictions(test_set))
    assert first.read_bytes() == again.read_bytes()


def test_others_are_left_out(test_set, tmp_path):
    y_pred = predictions(
        test_set, v0=[Interval(3, 9, "others"), Interval(20, 30, "negative")]
    )
    path = write_str_submission(tmp_path / "a.zip", test_set, y_pred)
    assert len(read_str_submission(path)["cas"]["abc", "a1"]) == 1


@pytest.mark.parametrize(
    ("intervals", "reason"),
    [
        ([Interval(500, 510, "negative")], r"abc/a1 \[500, 510\]: out of range"),
        ([Interval(110, 130, "negative")], "ends after the last frame, 119"),
        ([Interval(1, 9, "negative")] * 2, "doubled"),
        ([Interval(1, 9, "happy")], "unknown emotion 'happy'"),
        ([Interval(1, 9)], "has no emotion"),
    ],
)
def test_refused_with_reasons(intervals, reason, test_set, tmp_path):
    path = tmp_path / "a.zip"
    with pytest.raises(ValueError, match=reason):
        write_str_submission(path, test_set, predictions(test_set, v0=intervals))
    assert list(tmp_path.iterdir()) == []


def test_all_reasons_at_once(test_set, tmp_path):
    y_pred = predictions(test_set, v0=[Interval(1, 9)], v3=[Interval(999, 1000, "no")])
    with pytest.raises(
        ValueError, match="(?s)no emotion.*unknown emotion.*out of range"
    ):
        write_str_submission(tmp_path / "a.zip", test_set, y_pred)


def test_a_missing_video_and_an_empty_table(test_set, tmp_path):
    with pytest.raises(ValueError, match="Got 4 instead: nothing for 2/002_1"):
        write_str_submission(tmp_path / "a.zip", test_set, predictions(test_set)[:4])
    nothing = predictions(test_set, v3=[], v4=[])
    with pytest.raises(ValueError, match="samm_pred.csv: no interval is left"):
        write_str_submission(tmp_path / "a.zip", test_set, nothing)
    with pytest.raises(ValueError, match="a submission is a .zip file"):
        write_str_submission(tmp_path / "a.csv", test_set, predictions(test_set))


def test_reading_what_is_no_submission(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such submission"):
        read_str_submission(tmp_path / "none.zip")
    with pytest.raises(FileNotFoundError, match="holds neither cas_pred.csv nor"):
        read_str_submission(tmp_path)
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    with pytest.raises(ValueError, match="not a zip file"):
        read_str_submission(tmp_path / "bad.zip")


def test_subjects_with_zeros_are_the_same(tmp_path):
    (tmp_path / "samm_pred.csv").write_text(
        "subject,video,onset,offset,emotion\n001,001_2,3,9,negative\n"
    )
    assert list(read_str_submission(tmp_path)["samm"]) == [("1", "001_2")]


# -- questions -----------------------------------------------------------------


@pytest.fixture(scope="module")
def questions(tmp_path_factory):
    root = make_layout("megc2025-vqa", tmp_path_factory.mktemp("vqa"))
    return load_megc2025(root, "vqa").X


def test_question_files(questions, tmp_path):
    answers = [f"answer {i}" for i in range(10)]
    path = write_vqa_submission(tmp_path / "a.zip", questions, answers)
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == [
            "me_vqa_casme3_test_pred.jsonl",
            "me_vqa_samm_test_pred.jsonl",
        ]
        lines = archive.read("me_vqa_samm_test_pred.jsonl").decode().splitlines()
    assert json.loads(lines[0]) == {
        "video_id": "samm_test_SAMM-1_1",
        "video": "SAMM-1",
        "question": "What is the coarse expression class?",
        "answer": "answer 5",
    }
    by_id = {q.id: a for q, a in zip(questions, answers, strict=True)}
    again = write_vqa_submission(tmp_path / "b.zip", questions, by_id)
    assert again.read_bytes() == path.read_bytes()


def test_question_files_are_refused_with_reasons(questions, tmp_path):
    path = tmp_path / "a.zip"
    full = {q.id: "yes" for q in questions}
    with pytest.raises(ValueError, match="must hold one text for each of the 10"):
        write_vqa_submission(path, questions, ["yes"])
    with pytest.raises(ValueError, match="samm_test_SAMM-9_1: was not asked"):
        write_vqa_submission(path, questions, {**full, "samm_test_SAMM-9_1": "no"})
    with pytest.raises(ValueError, match=r"CAS-1_1 \(What is the coarse.*not answered"):
        write_vqa_submission(path, questions, {**full, "casme3_test_CAS-1_1": " "})
    with pytest.raises(ValueError, match="no text but 3"):
        write_vqa_submission(path, questions, [3] * 10)
    with pytest.raises(ValueError, match="doubled"):
        write_vqa_submission(path, [questions[0]] * 2, ["a", "a"])
    training = questions[0].replace(id="samm_006_1_2_1", dataset="samm")
    with pytest.raises(ValueError, match="is no question of the test set"):
        write_vqa_submission(path, [training], ["a"])
    assert list(tmp_path.iterdir()) == []
    write_vqa_submission(path, questions, [None] * 10, allow_empty=True)
    assert path.is_file()


# -- the challenge's workflow --------------------------------------------------


class Brightness(TransformerMixin, BaseEstimator):
    """The layouts' expressions are rises in brightness."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        from mefeat.spotting import Signal

        out = np.empty(len(X), dtype=object)
        for index, clip in enumerate(X):
            values = clip.frames().mean(axis=(1, 2))[:, None].astype(np.float32)
            values = (values - values.min()) / 30
            out[index] = Signal(
                values, clip.fps, ("brightness",), 256.0, np.ones(len(clip), bool)
            )
        return out


class Height(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.array([[np.ptp(c.frames().mean(axis=(1, 2)))] for c in X])


def test_from_the_unpacked_folder_to_a_scored_submission(test_set, tmp_path):
    pytest.importorskip("openpyxl", reason='pip install "mefeat[data]"')
    from sklearn.svm import SVC

    from mefeat import PeakSpotter, SpotThenRecognize

    train = load_casme_sq(make_layout("casme-sq", tmp_path / "casme-sq"), classes=3)
    micro = [[i for i in y if i.kind == "micro"] for y in train.intervals]
    model = SpotThenRecognize(
        spotter=make_pipeline(Brightness(), PeakSpotter()),
        recognizer=make_pipeline(Height(), SVC(C=10)),
    )
    model.fit(train.videos, micro)
    y_pred = model.predict(test_set.videos)
    # Both cameras, 30 and 200 frames a second, with one and the same model.
    found = {
        name: sum(
            len(y) for y, d in zip(y_pred, test_set.datasets, strict=True) if d == name
        )
        for name in ("cas", "samm")
    }
    assert found["cas"] >= 3
    assert found["samm"] >= 3
    path = write_str_submission(tmp_path / "submission.zip", test_set, y_pred)
    rows = read_str_submission(path, frame_base=1)
    rows = {**rows["cas"], **rows["samm"]}
    submitted = [rows.get(name, []) for name in test_set.ids]
    # The organisers' truth, which in the layout is known: files 30 to 44 and so on.
    truth = [
        [Interval(29, 43, "negative"), Interval(79, 91, "positive")],
        [Interval(49, 61, "surprise")],
        [],
        [Interval(149, 219, "positive")],
        [Interval(59, 129, "negative"), Interval(249, 319, "negative")],
    ]
    report = str_report(
        truth,
        submitted,
        subjects=test_set.subjects,
        datasets=test_set.datasets,
        convention="megc2025",
    )
    assert list(report.rows) == ["overall", "cas", "samm"]
    assert report.tp + report.fn == 6
    assert report.tp == report.row("cas")["tp"] + report.row("samm")["tp"]
    assert report.f1 > 0.5
    assert report.strs > 0.3
