"""The Python blocks of the guide's chapter, on a tiny model instead of the real one."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from mefeat.datasets import make_clips
from mefeat.datasets._me_vqa_templates import QUESTIONS
from mefeat.vqa import Question, QwenVQA

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "vqa.rst"
BLOCK = re.compile(r"^\.\. code-block:: python\n\n((?:(?: {3}.*)?\n)+)", re.MULTILINE)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def space():
    data = make_clips(n_subjects=2, n_clips=1, random_state=0)
    X = [Question(clip, QUESTIONS["coarse"]) for clip in data.clips]
    train = {"X_train": X, "y_train": list(data.labels)}
    return {"QwenVQA": QwenVQA, "X": X, "X_test": X[:1], **train}


def block(word):
    (code,) = (
        re.sub(r"^ {3}", "", code, flags=re.MULTILINE)
        for code in BLOCK.findall(PAGE.read_text("utf-8") + "\n")
        if word in code
    )
    return code


def test_there_are_two_blocks():
    assert len(BLOCK.findall(PAGE.read_text("utf-8") + "\n")) == 2


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_zero_shot_and_tuning(tiny, space, tmp_path, monkeypatch):
    pytest.importorskip("peft", reason="pip install 'mefeat[vqa]'")
    monkeypatch.chdir(tmp_path)
    code = block("save_adapter").replace("Qwen2.5-VL-3B-Instruct", str(tiny))
    exec(compile(code, str(PAGE), "exec"), space)
    assert len(space["zero_shot"]) == 1
    assert (tmp_path / "adapter").is_dir()
    assert any((tmp_path / "seen").iterdir())


def test_a_server(space, tmp_path, monkeypatch):
    pytest.importorskip("openai", reason="pip install 'mefeat[vqa]'")
    path = Path(__file__).with_name("test_server.py")
    spec = importlib.util.spec_from_file_location("stub_server", path)
    stub_server = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stub_server)
    monkeypatch.chdir(tmp_path)
    with stub_server.serving(answer=lambda question: "surprise") as stub:
        code = block("base_url").replace("http://localhost:8000/v1", stub.url)
        answers = eval(compile(code.strip(), str(PAGE), "eval"), space)
    assert np.array_equal(answers, ["surprise"])
    assert (tmp_path / "answers.jsonl").is_file()
