"""Commands that are ended at random moments, and run again."""

import importlib.util
import json
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mefeat.cli import main
from mefeat.datasets import make_long_videos, make_me_vqa

HARNESS = Path(__file__).parents[2] / "benchmarks" / "_kills.py"

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="needs fork and signals"),
    pytest.mark.skipif(not HARNESS.is_file(), reason="needs the sources' benchmarks"),
]


@pytest.fixture(scope="module")
def harness():
    spec = importlib.util.spec_from_file_location("_kills", HARNESS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def jobs(harness, tmp_path_factory):
    with harness.Jobs(tmp_path_factory.mktemp("jobs")) as jobs:
        yield jobs


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    root = tmp_path_factory.mktemp("videos")
    make_long_videos(
        root, n_subjects=2, n_videos=1, duration=3.5, blinks=False, nods=False,
        macro=False, n_micro=2, random_state=5,
    )  # fmt: skip
    return root


@pytest.fixture(scope="module")
def model(videos, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.skops"
    assert main(["train", str(videos), "--model", str(path), "--quiet"]) == 0
    return path


@pytest.mark.parametrize(
    ("name", "older", "more"),
    [("x.csv", None, ()), ("x.npz", b"older", ("--jobs", "2"))],
)
def test_extract(harness, jobs, small_clips, tmp_path, name, older, more):
    out = tmp_path / name
    argv = ["extract", small_clips, "--out", out, "--quiet", *more]
    rng = np.random.default_rng(len(more))
    counts = harness.disturb(jobs, argv, out, rng, 8, older=older)
    assert counts["resumed"] + counts["finished"] > 1


def test_predict(harness, jobs, videos, model, tmp_path):
    out = tmp_path / "p.csv"
    argv = ["predict", videos, "--model", model, "--out", out, "--quiet"]
    harness.disturb(jobs, argv, out, np.random.default_rng(2), 3, older=b"older")


def test_train_leaves_the_older_model_or_a_whole_one(
    harness, jobs, videos, model, tmp_path
):
    out = tmp_path / "m.skops"
    argv = ["train", videos, "--model", out, "--quiet"]
    seconds = jobs.run(argv).seconds
    whole = out.stat().st_size
    rng = np.random.default_rng(3)
    for stop in (signal.SIGKILL, signal.SIGINT):
        out.write_bytes(b"older")
        # Near the end: before it there is nothing that could be half written.
        ended = jobs.run(argv, stop, rng.uniform(0.7, 1.0) * seconds)
        assert out.stat().st_size in (len(b"older"), whole)
        assert ended.status in (0, 130, -signal.SIGKILL)
        assert not (tmp_path / "m.skops.partial").exists()


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    """Questions on two clips, and a tiny model to answer them."""
    for name in ("torch", "transformers"):
        pytest.importorskip(name, reason='pip install "mefeat[vqa]"')
    from mefeat.vqa import make_tiny_qwen

    folder = tmp_path_factory.mktemp("asking")
    rows = make_me_vqa(
        [
            {"dataset": "casme2", "subject": 1, "name": name, "emotion": "happiness",
             "action_units": "12"}
            for name in ("EP02_01f", "EP03_02f")
        ],
        folder / "questions.jsonl",
    )  # fmt: skip
    rng = np.random.default_rng(0)
    for name in sorted({row["image_id"] for row in rows}):
        clip = folder / "frames" / name
        clip.mkdir(parents=True)
        for number in range(1, 6):
            frame = rng.integers(0, 256, (40, 40), dtype=np.uint8)
            Image.fromarray(frame).save(clip / f"img{number}.png")
    make_tiny_qwen(folder / "tiny")
    return folder


@pytest.mark.slow
def test_vqa_predict(harness, asking, tmp_path):
    out = tmp_path / "out" / "answers.jsonl"
    out.parent.mkdir()
    argv = [
        "vqa", "predict", asking / "questions.jsonl", "--root", asking / "frames",
        "--model", asking / "tiny", "--inputs", "oao", "--no-align", "--quiet",
        "--out", out,
    ]  # fmt: skip
    preload = ("mefeat.vqa.qwen", "transformers.models.qwen2_5_vl.modeling_qwen2_5_vl")
    with harness.Jobs(tmp_path, preload) as jobs:
        harness.disturb(jobs, argv, out, np.random.default_rng(4), 3)
    answers = [json.loads(line)["answer"] for line in out.read_text().splitlines()]
    assert all(isinstance(answer, str) for answer in answers)


def test_an_early_end_says_so(small_clips, tmp_path):
    """A process of its own, started as users do, ended while it imports."""
    import subprocess

    out = tmp_path / "x.csv"
    process = subprocess.Popen(
        [sys.executable, "-c",
         "import signal, mefeat.cli as c; print('up', flush=True); c.main("
         f"['extract', {str(small_clips)!r}, '--out', {str(out)!r}])"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert not out.exists()
    assert "interrupt" in errors.lower()
