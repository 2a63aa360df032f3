import json

import pytest

from mefeat.cli import main
from mefeat.datasets import make_layout


@pytest.fixture(scope="module")
def questions(tmp_path_factory):
    pytest.importorskip("openpyxl", reason='pip install "mefeat[data]"')
    folder = tmp_path_factory.mktemp("vqa")
    root = make_layout("casme2", folder / "casme2")
    path = folder / "questions.jsonl"
    assert main(["dataset", "vqa", str(root), "--out", str(path)]) == 0
    return path


def test_prior_answers_and_scores(questions, tmp_path, capsys):
    out = tmp_path / "answers.jsonl"
    arguments = ["vqa", "predict", str(questions), "--predictor", "prior"]
    assert main([*arguments, "--train", str(questions), "--out", str(out)]) == 0
    asked = [json.loads(line) for line in questions.read_text().splitlines()]
    answered = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["id"] for row in answered] == [row["id"] for row in asked]
    capsys.readouterr()
    score = ["score", "vqa", "--truth", str(questions), "--pred", str(out), "--json"]
    assert main([*score, "--train", str(questions)]) == 0
    content = json.loads(capsys.readouterr().out)
    rows = content["rows"]
    # The answers are the prior's own, so its row is equal to that of the data set.
    assert rows["prior, casme2"] == rows["casme2"]


def test_errors_are_one_line(questions, tmp_path, capsys):
    out = str(tmp_path / "answers.jsonl")
    for arguments, message in [
        (["--predictor", "prior"], "needs train"),
        ([], "needs model"),
        (["--model", str(tmp_path / "none")], "none"),
    ]:
        assert main(["vqa", "predict", str(questions), "--out", out, *arguments]) == 1
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
