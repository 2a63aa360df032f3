import json

import pytest
from skimage.io import imread

from mefeat.cli import main
from mefeat.datasets import make_layout


@pytest.fixture(scope="module")
def casme2(tmp_path_factory):
    pytest.importorskip("openpyxl", reason='pip install "mefeat[data]"')
    return make_layout("casme2", tmp_path_factory.mktemp("casme2"))


def test_check_names_data_set_and_repairs(casme2, tmp_path, capsys):
    sheet = tmp_path / "sheet.png"
    assert main(["dataset", "check", str(casme2), "--sheet", str(sheet)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("casme2 in ")
    assert "1 x apex missing" in printed
    assert imread(sheet).shape[1:] == (3 * 160 + 8, 3)
    assert main(["dataset", "check", str(casme2), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "casme2"


def test_check_says_clearly_that_it_is_none(tmp_path, capsys):
    assert main(["dataset", "check", str(tmp_path)]) == 1
    assert "no data set that mefeat knows" in capsys.readouterr().out
    assert main(["dataset", "check", str(tmp_path / "none")]) == 1
    assert "no such folder" in capsys.readouterr().err


def test_questions_from_annotations(casme2, tmp_path, capsys):
    out = tmp_path / "questions.jsonl"
    assert main(["dataset", "vqa", str(casme2), "--out", str(out)]) == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert rows[0]["question"] == "What is the coarse expression class?"
    assert str(len(rows)) in capsys.readouterr().out
    assert main(["dataset", "vqa", str(tmp_path), "--out", str(out)]) == 1
    assert "questions are made from CASME II" in capsys.readouterr().err
