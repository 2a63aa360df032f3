"""From questions in a file to answers, adapters and scores in files."""

import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from mefeat.datasets import make_me_vqa
from mefeat.workflows import compare_vqa, finetune_vqa, predict_vqa, score_vqa

ROWS = [
    {"dataset": data, "subject": subject, "name": name, "emotion": emotion,
     "action_units": units}
    for data, subject, name, emotion, units in [
        ("casme2", 1, "EP02_01f", "happiness", "12"),
        ("casme2", 2, "EP01_11f", "disgust", "4+7"),
        ("samm", "006", "006_1_2", "anger", "4"),
    ]
]  # fmt: skip
ASK = {
    "inputs": "oao", "size": 56, "align": False, "device": "cpu", "max_new_tokens": 6
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A file of questions on three clips, and the frames of those."""
    folder = tmp_path_factory.mktemp("data")
    rows = make_me_vqa(ROWS, folder / "train.jsonl")
    rng = np.random.default_rng(0)
    for name in sorted({row["image_id"] for row in rows}):
        clip = folder / "frames" / name
        clip.mkdir(parents=True)
        for number in range(1, 6):
            frame = rng.integers(0, 256, (40, 40), dtype=np.uint8)
            Image.fromarray(frame).save(clip / f"img{number}.png")
    test = [
        {"video_id": f"samm_test_{row['id']}", "video": row["image_id"],
         "question": row["question"], "answer": ""}
        for row in rows if row["dataset"] == "samm"
    ]  # fmt: skip
    lines = "".join(json.dumps(row) + "\n" for row in test)
    (folder / "me_vqa_samm_test_to_answer.jsonl").write_text(lines)
    return folder


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_answers_of_the_prior(data, tmp_path):
    out = tmp_path / "answers.jsonl"
    train = data / "train.jsonl"
    result = predict_vqa(train, out, predictor="prior", train=train)
    rows, asked = read(out), read(train)
    assert result.n_questions == len(rows) == len(asked)
    for row, question in zip(rows, asked, strict=True):
        assert list(row) == list(question)
        assert {k: v for k, v in row.items() if k != "answer"} == {
            k: v for k, v in question.items() if k != "answer"
        }
    report = score_vqa(train, out, train=train)
    assert report.n_missing == 0
    assert report.row("prior, overall")["mean"] == report.mean
    assert {"casme2", "samm"} <= set(report.rows)


def test_answers_of_a_model_and_a_submission(tiny, data, tmp_path):
    pytest.importorskip("transformers")
    frames, train = data / "frames", data / "train.jsonl"
    out = tmp_path / "answers.jsonl"
    predict_vqa(train, out, frames, model=tiny, **ASK)
    assert [path.name for path in tmp_path.iterdir()] == ["answers.jsonl"]
    report = score_vqa(train, out)
    assert 0 <= report.mean <= 1
    test = data / "me_vqa_samm_test_to_answer.jsonl"
    made = predict_vqa(test, tmp_path / "answers.zip", frames, model=tiny, **ASK)
    with zipfile.ZipFile(made.out) as archive:
        assert archive.namelist() == ["me_vqa_samm_test_pred.jsonl"]
        rows = archive.read("me_vqa_samm_test_pred.jsonl").decode().splitlines()
    assert [json.loads(row)["answer"] for row in rows] == made.answers.tolist()


def test_a_run_that_ends_keeps_its_answers(tiny, data, tmp_path, monkeypatch):
    pytest.importorskip("transformers")
    from mefeat.vqa._backends._local import TransformersBackend

    answer, calls = TransformersBackend._answer, []

    def dies(self, prompts, job):
        calls.append(job)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return answer(self, prompts, job)

    frames, train = data / "frames", data / "train.jsonl"
    out = tmp_path / "answers.jsonl"
    with monkeypatch.context() as patch:
        patch.setattr(TransformersBackend, "_answer", dies)
        with pytest.raises(KeyboardInterrupt):
            predict_vqa(train, out, frames, model=tiny, batch_size=6, **ASK)
    assert not out.exists()
    log = tmp_path / "answers.jsonl.partial"
    assert len(read(log)) == len(calls[0])
    predict_vqa(train, out, frames, model=tiny, batch_size=6, **ASK)
    assert out.exists()
    assert not log.exists()


def test_finetune_then_predict_asks_in_the_same_way(tiny, data, tmp_path):
    pytest.importorskip("peft")
    frames, train = data / "frames", data / "train.jsonl"
    options = {**ASK, "prompt": "choices"}
    tuning = {"n_epochs": 1, "validation_fraction": 0.4}
    made = finetune_vqa(
        train, frames, tiny, tmp_path / "a", tuning_options=tuning, **options
    )
    assert made.n_questions == len(read(train))
    assert len(made.history) == 1
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert names == {
        "adapter_config.json", "adapter_model.safetensors", "mefeat_vqa.json"
    }  # fmt: skip
    out = tmp_path / "answers.jsonl"
    plain = {"device": "cpu", "max_new_tokens": 6}
    found = predict_vqa(train, out, frames, model=tiny, adapter=tmp_path / "a", **plain)
    from mefeat.datasets import load_me_vqa

    expected = made.estimator.predict(load_me_vqa(train, frames).X)
    np.testing.assert_array_equal(found.answers, expected)


def test_the_table_of_the_challenge(tiny, data, tmp_path):
    pytest.importorskip("peft")
    frames, train = data / "frames", data / "train.jsonl"
    options = {k: v for k, v in ASK.items() if k != "inputs"}
    adapter = finetune_vqa(
        train, frames, tiny, tmp_path / "a", tuning_options={"n_epochs": 1}, **ASK
    ).adapter
    table = compare_vqa(
        train, frames, tiny, adapters={"oao": adapter}, train=train, n_frames=2,
        **options,
    )  # fmt: skip
    assert table.index.names == ["system", "dataset"]
    assert table.index.get_level_values("system").unique().tolist() == [
        "prior", "video, zero-shot", "oao, zero-shot", "oao, fine-tuned",
        "flow, zero-shot",
    ]  # fmt: skip
    assert set(table.loc["prior"].index) == {"overall", "casme2", "samm"}
    assert {"uf1_coarse", "uar_fine", "bleu", "rouge1", "mean"} <= set(table.columns)


def test_bad_files(data, tmp_path):
    train = data / "train.jsonl"
    with pytest.raises(ValueError, match=r"written to a \.jsonl or a \.zip"):
        predict_vqa(train, tmp_path / "x.csv", predictor="prior", train=train)
    with pytest.raises(ValueError, match="needs model"):
        predict_vqa(train, tmp_path / "x.jsonl")
    with pytest.raises(ValueError, match="needs train"):
        predict_vqa(train, tmp_path / "x.jsonl", predictor="prior")
    with pytest.raises(ValueError, match="'predictor' parameter must be one of"):
        predict_vqa(train, tmp_path / "x.jsonl", predictor="oracle", train=train)
    with pytest.raises(ValueError, match="holds no frames of the clips"):
        predict_vqa(train, tmp_path / "x.jsonl", tmp_path, model="m")
    with pytest.raises(FileNotFoundError, match="no such file of questions"):
        score_vqa(train, tmp_path / "none.jsonl")
    test = data / "me_vqa_samm_test_to_answer.jsonl"
    with pytest.raises(ValueError, match="have no answer to learn from"):
        finetune_vqa(test, data / "frames", "m", tmp_path / "a")
    rows = train.read_text().splitlines(keepends=True)
    double = tmp_path / "double.jsonl"
    double.write_text("".join([*rows, rows[0]]))
    with pytest.raises(ValueError, match="stands there twice"):
        score_vqa(train, double)
    fewer = tmp_path / "fewer.jsonl"
    fewer.write_text("".join(rows[1:]))
    assert score_vqa(train, fewer).n_missing == 1
    assert not (tmp_path / "x.jsonl").exists()
