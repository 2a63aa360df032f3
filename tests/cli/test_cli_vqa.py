import json

import pytest

from mefeat.cli import main
from mefeat.datasets import make_layout


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    pytest.importorskip("openpyxl", reason='pip install "mefeat[data]"')
    return make_layout("casme2", tmp_path_factory.mktemp("vqa") / "casme2")


@pytest.fixture(scope="module")
def questions(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("questions")
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


def test_a_checkpoint_is_asked_tuned_and_compared(
    root, questions, tmp_path, capsys, monkeypatch
):
    for name in ("torch", "transformers", "peft"):
        pytest.importorskip(name, reason='pip install "mefeat[vqa]"')
    from mefeat.vqa import make_tiny_qwen

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    model = str(make_tiny_qwen(tmp_path / "tiny"))
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(questions.read_text().splitlines()[:6]) + "\n")
    shown = ["--root", str(root), "--model", model, "--inputs", "oao", "--no-align"]
    out, adapter = tmp_path / "answers.jsonl", tmp_path / "adapter"
    command = ["vqa", "predict", str(few), *shown, "--out", str(out), "--constrain"]
    assert main([*command, "--quiet"]) == 0
    assert "6 answers are in" in capsys.readouterr().out
    answers = [json.loads(line)["answer"] for line in out.read_text().splitlines()]
    assert answers[0] in ("negative", "positive", "surprise")
    command = ["vqa", "finetune", str(few), *shown, "--out", str(adapter)]
    assert main([*command, "--quiet"]) == 0
    assert "Tuned on 6 questions" in capsys.readouterr().out
    table = tmp_path / "table.csv"
    command = ["vqa", "compare", str(few), *shown, "--adapter", f"oao={adapter}"]
    command += ["--train", str(questions), "--out", str(table), "--quiet", "--json"]
    assert main(command) == 0
    rows = json.loads(capsys.readouterr().out)
    systems = {row["system"] for row in rows}
    assert systems == {"oao, zero-shot", "oao, fine-tuned", "prior"}
    assert table.read_text().startswith("system,dataset,")
