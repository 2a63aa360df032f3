"""What is asked about the files to write before the work, and how JSON is written."""

import json

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from mefeat import LBPTOP, Clip
from mefeat.cli import main
from mefeat.cli._videos import RECOGNIZERS
from mefeat.io import write_video
from mefeat.recognition import _recipes as recipes
from mefeat.recognition import save_model
from mefeat.workflows import compare_vqa
from mefeat.workflows._files import as_json


@pytest.mark.parametrize(
    "command",
    [
        ["extract", "none.avi", "--out"],
        ["predict", "none.avi", "--model", "none.skops", "--out"],
        ["train", "none", "--model"],
        ["vqa", "compare", "none.jsonl", "--root", ".", "--model", ".", "--out"],
        ["dataset", "vqa", "none", "--out"],
        ["dataset", "check", "none", "--sheet"],
    ],
    ids=lambda command: "-".join(command[:2]),
)
def test_a_missing_folder_is_named_before_the_work(command, tmp_path, capsys):
    # The inputs do not exist either: what is met first is told.
    out = tmp_path / "missing" / "out.csv"
    assert main([*command, str(out)]) == 1
    assert f"no folder {str(out.parent)!r}" in capsys.readouterr().err
    assert not out.parent.exists()


def test_a_folder_is_no_file_to_write(tmp_path, capsys):
    folder = tmp_path / "taken.csv"
    folder.mkdir()
    assert main(["extract", "none.avi", "--out", str(folder)]) == 1
    assert "is a folder" in capsys.readouterr().err


def test_the_table_of_answers_asks_first(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        compare_vqa("none.jsonl", ".", ".", out=tmp_path / "missing" / "table.csv")


def test_json_is_strict():
    content = {
        "a": float("nan"), "b": [np.float64("inf"), np.int64(3)],
        "c": np.array([1.5, np.nan]), "d": (True, None),
    }  # fmt: skip
    read = json.loads(as_json(content), parse_constant=pytest.fail)
    assert read == {"a": None, "b": [None, 3], "c": [1.5, None], "d": [True, None]}


def test_undefined_scores_are_null(tmp_path, capsys):
    head = "subject,video,onset,offset,emotion\n"
    truth, pred = tmp_path / "truth.csv", tmp_path / "pred.csv"
    truth.write_text(head + "s1,v1,1,10,negative\n")
    pred.write_text(head + "s1,v1,30,40,negative\n")
    command = ["score", "str", "--truth", str(truth), "--pred", str(pred)]
    assert main([*command, "--convention", "mean", "--json"]) == 0
    read = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert read["strs"] is None
    assert read["f1"] == 0.0


def test_rows_without_an_emotion_are_named(tmp_path, capsys):
    head = "subject,video,onset,offset,emotion\n"
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(head + "s1,v1,1,10,negative\n")
    bad.write_text(head + "s1,v1,1,10,negative\ns1,v1,30,40, \n")
    for truth, pred in ((good, bad), (bad, good)):
        assert main(["score", "str", "--truth", str(truth), "--pred", str(pred)]) == 1
        assert f"{bad}, line 3: the emotion is missing" in capsys.readouterr().err


def test_recognizers_of_the_command_line_are_those_there_are(capsys):
    assert set(RECOGNIZERS) == set(recipes.RECOGNIZERS)
    with pytest.raises(SystemExit):
        main(["train", ".", "--recognizer", "lbp"])
    assert "choose from" in capsys.readouterr().err


def test_a_model_that_only_names_is_refused(tmp_path, rng, capsys):
    frames = rng.integers(0, 256, (4, 8, 32, 32), dtype=np.uint8)
    model = make_pipeline(LBPTOP(n_blocks=(1, 1, 1)), SVC())
    model.fit([Clip(part) for part in frames], [1, 2, 1, 2])
    path = save_model(model, tmp_path / "names.skops")
    video = write_video(tmp_path / "video.avi", frames[0], 30)
    out = tmp_path / "out.csv"
    command = ["predict", str(video), "--model", str(path), "--out", str(out)]
    assert main([*command, "--quiet"]) == 1
    error = capsys.readouterr().err
    assert "names.skops" in error
    assert "mefeat train" in error
    assert not out.exists()
