import pickle

import numpy as np
import pytest

pytest.importorskip("torch", reason="pip install 'mefeat[vqa]'")
pytest.importorskip("peft", reason="pip install 'mefeat[vqa]'")
import torch
from safetensors import safe_open

from mefeat.datasets import load_me_vqa, write_vqa_submission
from mefeat.metrics import vqa_report
from mefeat.vqa import QwenVQA
from mefeat.vqa._backends import BackendError
from mefeat.vqa._training import _split, check_options

OPTIONS = {
    "n_epochs": 3, "learning_rate": 5e-3, "batch_size": 6, "accumulation": 2,
    "rank": 8, "validation_fraction": 0.3,
}  # fmt: skip


def model(tiny, tuning="lora", **params):
    options = {**OPTIONS, **params.pop("tuning_options", {})}
    return QwenVQA(
        tiny, inputs="flow", size=56, max_new_tokens=8, device="cpu", tuning=tuning,
        tuning_options=None if tuning is None else options, **params,
    )  # fmt: skip


@pytest.fixture(scope="module")
def tuned(tiny, maps):
    return model(tiny).fit(*maps)


def test_training_lowers_the_loss(tuned):
    losses = [row["loss"] for row in tuned.history_]
    checks = [row["validation_loss"] for row in tuned.history_]
    assert [row["epoch"] for row in tuned.history_] == [1, 2, 3]
    assert losses[0] > losses[1] > losses[2]
    assert checks[-1] < checks[0]


def test_lora_trains_what_the_paper_trains(tuned):
    names = {
        name.split(".lora_")[0].removeprefix("base_model.model.model.")
        for name, value in tuned._loaded.model.named_parameters()
        if value.requires_grad
    }
    assert names == {
        *(f"visual.blocks.{i}.attn.{n}" for i in (0, 1) for n in ("qkv", "proj")),
        "visual.merger.mlp.0",
        "visual.merger.mlp.2",
        *(
            f"language_model.layers.{i}.self_attn.{n}_proj"
            for i in (0, 1)
            for n in "qk"
        ),
    }


def test_save_reload_merge_pickle(tuned, tiny, maps, tmp_path):
    X, _ = maps
    answers = tuned.predict(X)
    plain = model(tiny, tuning=None).predict(X)
    assert (answers != plain).any()
    adapter = tuned.save_adapter(tmp_path / "adapter")
    again = model(tiny, tuning=None, adapter=adapter)
    np.testing.assert_array_equal(again.predict(X), answers)
    merged = tuned.save_model(tmp_path / "merged")
    np.testing.assert_array_equal(model(merged, tuning=None).predict(X), answers)
    # Merging works on a copy: the tuned model goes on.
    np.testing.assert_array_equal(tuned.predict(X), answers)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(tuned)).predict(X), answers)


def test_tuning_leaves_other_models_alone(tiny, maps):
    plain = model(tiny, tuning=None)
    before = plain.predict(maps[0])
    model(tiny, tuning_options={"n_epochs": 1}).fit(*maps)
    np.testing.assert_array_equal(plain.predict(maps[0]), before)


def test_the_seed_decides(tiny, maps):
    options = {"n_epochs": 1}
    a, b = (model(tiny, tuning_options=options).fit(*maps) for _ in range(2))
    assert a.history_ == b.history_
    c = model(tiny, tuning_options={**options, "random_state": 1}).fit(*maps)
    assert c.history_ != a.history_


def test_accumulated_steps_equal_a_large_one(tiny, maps):
    """Without dropout, 2 x 6 questions are one step of 12."""
    histories = [
        model(
            tiny,
            tuning_options={
                "n_epochs": 1, "batch_size": size, "accumulation": steps,
                "dropout": 0.0, "validation_fraction": 0.0,
            },
        ).fit(*maps).history_
        for size, steps in ((6, 2), (12, 1))
    ]  # fmt: skip
    assert histories[0][0]["validation_loss"] is None
    assert histories[0][0]["loss"] == pytest.approx(histories[1][0]["loss"], rel=1e-4)


def test_a_broken_run_ends_as_an_unbroken_one(tiny, maps, tuned, tmp_path, caplog):
    folder = tmp_path / "checkpoint"
    model(tiny, tuning_options={"n_epochs": 2, "checkpoint": folder}).fit(*maps)
    assert [path.name for path in folder.iterdir()] == ["training.pt"]
    rest = model(tiny, tuning_options={"checkpoint": folder}).fit(*maps)
    assert len(rest.history_) == 3
    assert rest.history_ == tuned.history_
    np.testing.assert_array_equal(rest.predict(maps[0]), tuned.predict(maps[0]))
    # Nothing is left to do: the same state again.
    done = model(tiny, tuning_options={"checkpoint": folder}).fit(*maps)
    assert done.history_ == rest.history_


def test_checkpoints_that_do_not_fit_are_ignored(tiny, maps, tmp_path, caplog):
    folder = tmp_path / "checkpoint"
    options = {"n_epochs": 1, "checkpoint": folder}
    first = model(tiny, tuning_options=options).fit(*maps)
    model(tiny, tuning_options={**options, "rank": 4}).fit(*maps)
    assert "of other data or settings" in caplog.text
    (folder / "training.pt").write_bytes(b"damaged")
    again = model(tiny, tuning_options=options).fit(*maps)
    assert "damaged, ignored" in caplog.text
    assert again.history_ == first.history_


def test_nothing_of_a_checkpoint_with_a_damaged_part_is_taken(tiny, maps, tmp_path):
    path = tmp_path / "checkpoint" / "training.pt"
    options = {"n_epochs": 1, "checkpoint": path.parent}
    first = model(tiny, tuning_options=options).fit(*maps)
    state = torch.load(path, weights_only=True)
    torch.save({**state, "optimizer": {}}, path)
    again = model(tiny, tuning_options=options).fit(*maps)
    assert again.history_ == first.history_


def test_all_weights_can_be_trained(tiny, maps, tmp_path):
    X, y = maps
    options = {"n_epochs": 8, "learning_rate": 3e-3, "validation_fraction": 0.0}
    full = model(tiny, tuning="full", tuning_options=options).fit(X, y)
    assert full.history_[-1]["loss"] < 0.7 * full.history_[0]["loss"]
    merged = full.save_model(tmp_path / "full")
    answers = full.predict(X)
    np.testing.assert_array_equal(model(merged, tuning=None).predict(X), answers)
    with pytest.raises(
        ValueError, match="'tuning' parameter of QwenVQA must be 'lora'"
    ):
        full.save_adapter(tmp_path / "adapter")


def test_subjects_are_on_one_side_of_the_split(maps):
    X, _ = maps

    class Shown:
        def __init__(self, scene):
            self.scene = scene

    shown = [Shown(question.name) for question in X]
    subjects = [question.subject for question in X]
    rng = np.random.default_rng(0)
    inside, outside = _split(shown, subjects, 0.3, rng)
    assert len(inside) + len(outside) == len(X)
    assert not {subjects[i] for i in inside} & {subjects[i] for i in outside}
    inside, outside = _split(shown, [None] * len(X), 0.3, rng)
    assert len({shown[i].scene for i in outside}) == 2
    assert not len(_split(shown, subjects, 0.0, rng)[1])


def test_another_adapter_at_the_same_path_is_seen(tiny, maps, tmp_path):
    """Neither the shared model nor the answer log mistakes one for the other."""
    X, y = maps
    folder, log = tmp_path / "adapter", tmp_path / "log.jsonl"
    found, kept = [], []
    for seed in (0, 1):
        options = {"n_epochs": 2, "random_state": seed, "learning_rate": 2e-2}
        tuned = model(tiny, tuning_options=options).fit(X, y)
        tuned.save_adapter(folder)
        asking = model(tiny, tuning=None, adapter=folder, answer_log=log)
        found.append(asking.predict(X))
        kept.append(asking)
        np.testing.assert_array_equal(found[-1], tuned.predict(X))
    assert (found[0] != found[1]).any()


# -- adapters that do not fit ------------------------------------------------------


def test_no_adapter_at_the_path(tiny, maps, tmp_path):
    with pytest.raises(BackendError, match="no adapter there") as info:
        model(tiny, tuning=None, adapter=tmp_path).predict(maps[0])
    assert "\n" not in str(info.value)


def test_an_adapter_for_another_base(tuned, tiny, maps, tmp_path):
    from safetensors.torch import save_file

    adapter = tuned.save_adapter(tmp_path / "adapter")
    path = adapter / "adapter_model.safetensors"
    with safe_open(str(path), framework="pt") as file:
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    wider = {
        name: torch.zeros(value.shape[0], 2048) if "lora_A" in name else value
        for name, value in weights.items()
    }
    save_file(wider, str(path))
    with pytest.raises(BackendError, match="an adapter for another base") as info:
        model(tiny, tuning=None, adapter=adapter).predict(maps[0])
    assert "\n" not in str(info.value)
    assert "2048" in str(info.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 3}, "must be a dict with the keys 'n_epochs'"),
        ([1], "must be a dict with the keys"),
        ({"n_epochs": 0}, "'n_epochs' parameter of tuning_options must be an int"),
        ({"learning_rate": 0}, "'learning_rate' parameter of tuning_options must be"),
        ({"validation_fraction": 1}, "'validation_fraction' parameter"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        check_options(options)


def test_answers_are_needed(tiny, maps):
    with pytest.raises(ValueError, match="y must hold one answer"):
        model(tiny).fit(maps[0])


# -- from questions to a submission ------------------------------------------------


def test_from_training_to_a_submission(tuned, maps, tmp_path):
    """Questions of the test form, answers of a tuned model, the challenge's file."""
    import json

    X, y = maps
    path = tmp_path / "me_vqa_samm_test_to_answer.jsonl"
    rows = [
        {
            "video_id": f"samm_test_{q.name}_{i}", "video": q.name,
            "question": q.question, "answer": "",
        }
        for i, q in enumerate(X)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = load_me_vqa(path).X
    shown = [a.replace(clip=q.clip) for a, q in zip(asked, X, strict=True)]
    answers = tuned.predict(shown)
    np.testing.assert_array_equal(answers, tuned.predict(X))
    written = write_vqa_submission(tmp_path / "out.zip", asked, answers)
    assert written is not None
    report = vqa_report(y, answers, questions=asked)
    assert report.n_missing == 0
