import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.utils import get_tags

pytest.importorskip("torch", reason="pip install 'mefeat[vqa]'")
pytest.importorskip("transformers", reason="pip install 'mefeat[vqa]'")

from mefeat.datasets._me_vqa_templates import QUESTIONS
from mefeat.metrics import vqa_report
from mefeat.vqa import ClipPictures, PromptTemplate, Question, QwenVQA
from mefeat.vqa._answer_log import AnswerLog
from mefeat.vqa._backends import Backend, BackendError, EchoBackend, ReplayBackend
from mefeat.vqa._loading import quiet

SMALL = {"size": 56, "max_new_tokens": 8, "device": "cpu"}


def flow_model(tiny, **params):
    return QwenVQA(tiny, **{"inputs": "flow", **SMALL, **params})


# -- a predictor -------------------------------------------------------------------


def test_nothing_heavy_is_imported_before_it_is_needed():
    code = (
        "import sys; from mefeat.vqa import QwenVQA; "
        "model = QwenVQA('nowhere', tuning='lora'); repr(model); "
        "heavy = {'torch', 'transformers', 'peft', 'openai', 'cv2'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_it_answers_unfitted(tiny, maps):
    X, y = maps
    model = flow_model(tiny)
    answers = model.predict(X)
    assert answers.shape == (len(X),)
    assert answers.dtype == object
    assert all(isinstance(answer, str) for answer in answers)
    assert model.fit(X, y) is model
    np.testing.assert_array_equal(model.predict(X), answers)
    assert model.score(X, y) == vqa_report(y, answers, X).mean


@pytest.mark.parametrize("inputs", ["video", "oao", "flow", "video+oao+flow"])
def test_every_input(tiny, films, inputs):
    X, _ = films
    model = QwenVQA(tiny, inputs=inputs, n_frames=4, align=False, **SMALL)
    answers = model.predict(X)
    other = clone(model).set_params(share_prefix=False, batch_size=1, processor="own")
    np.testing.assert_array_equal(other.predict(X), answers)


def test_order_repetition_and_company_do_not_matter(tiny, maps, rng):
    X, _ = maps
    model = flow_model(tiny, normalize=False)
    answers = model.predict(X)
    order = rng.permutation(len(X))
    np.testing.assert_array_equal(model.predict([X[i] for i in order]), answers[order])
    twice = model.predict(X[:4] + X[:4])
    np.testing.assert_array_equal(twice, np.tile(answers[:4], 2))
    stranger = X[3].replace(id="9_9", subject="z", name="other", dataset="samm")
    assert model.predict([stranger])[0] == answers[3]


def test_many_clips_are_treated_in_parts(tiny, maps, monkeypatch, rng):
    X = [maps[0][index] for index in rng.permutation(len(maps[0]))]
    whole = flow_model(tiny).predict(X)
    monkeypatch.setattr("mefeat.vqa._asking.CLIPS_AT_A_TIME", 3)
    shown = []
    make = ClipPictures.make
    monkeypatch.setattr(
        ClipPictures, "make", lambda self, c: shown.append(len(c)) or make(self, c)
    )
    np.testing.assert_array_equal(flow_model(tiny).predict(X), whole)
    assert shown == [3, 3, 1]


def test_clones_share_the_loaded_model(tiny, maps):
    model = flow_model(tiny)
    model.predict(maps[0][:1])
    other = clone(model).set_params(max_new_tokens=4)
    other.predict(maps[0][:1])
    assert other._loaded is model._loaded
    third = clone(model).set_params(processor="own")
    third.predict(maps[0][:1])
    assert third._loaded is not model._loaded


def test_clone_does_not_copy_a_backend():
    backend = EchoBackend()
    assert clone(QwenVQA("m", backend=backend)).backend is backend


def test_pickle_and_repr_hold_no_weights(tiny, maps):
    model = flow_model(tiny)
    before = repr(model)
    answers = model.predict(maps[0])
    assert repr(model) == before
    data = pickle.dumps(model)
    assert len(data) < 4000
    np.testing.assert_array_equal(pickle.loads(data).predict(maps[0]), answers)


def test_cross_validation(tiny, maps):
    X, y = maps
    model = flow_model(tiny)
    groups = [question.subject for question in X]
    found = cross_val_predict(
        model, X, np.array(y, dtype=object), groups=groups, cv=GroupKFold(2)
    )
    np.testing.assert_array_equal(found, model.predict(X))


def test_tags():
    assert get_tags(QwenVQA("m")).estimator_type == "answerer"
    assert not get_tags(QwenVQA("m")).requires_fit
    assert get_tags(QwenVQA("m", tuning="lora")).requires_fit


def test_describe_says_where_and_how(tiny):
    said = flow_model(tiny).describe()
    assert said.startswith("tiny-qwen: 0.3")
    assert "float32 on cpu, sdpa attention" in said


def test_preview(tiny, maps, tmp_path):
    written = flow_model(tiny).preview(maps[0], tmp_path)
    assert len(written) == 7  # one picture for each different clip


def test_the_older_family(tiny, films, tmp_path):
    """A checkpoint of Qwen2-VL, which has another vision encoder."""
    import transformers

    config = json.loads((tiny / "config.json").read_text())
    wanted = (
        "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers",
        "num_attention_heads", "num_key_value_heads", "rope_parameters",
        "bos_token_id", "eos_token_id", "pad_token_id",
    )  # fmt: skip
    older = transformers.Qwen2VLConfig(
        text_config={name: config["text_config"][name] for name in wanted},
        vision_config={
            "depth": 2, "embed_dim": 64, "hidden_size": 64, "num_heads": 4,
            "mlp_ratio": 2,
        },
        **{name: config[name] for name in config if name.endswith("_token_id")},
    )  # fmt: skip
    folder = tmp_path / "qwen2-vl"
    folder.mkdir()
    for path in tiny.iterdir():
        if path.name.startswith(("token", "preprocessor")):
            (folder / path.name).write_bytes(path.read_bytes())
    with quiet():
        transformers.Qwen2VLForConditionalGeneration(older).save_pretrained(folder)
    X, _ = films
    model = QwenVQA(folder, inputs="video+oao", n_frames=4, align=False, **SMALL)
    answers = model.predict(X)
    other = clone(model).set_params(share_prefix=False, batch_size=1)
    np.testing.assert_array_equal(other.predict(X), answers)


# -- answers -----------------------------------------------------------------------


def test_constrained_answers_are_legal(tiny, maps):
    X, _ = maps
    answers = flow_model(tiny, constrain=True).predict(X)
    asked = [question.question for question in X]
    for question, answer in zip(asked, answers, strict=True):
        if question == QUESTIONS["coarse"]:
            assert answer in ("negative", "positive", "surprise")
        if question.startswith("Is the action unit"):
            assert answer in ("yes", "no")


class SaysWhatItSees(Backend):
    """Answers by a function of the prompt's text; keeps what it was asked."""

    signature = "says"

    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    def generate(self, prompts, on_answer=None):
        answers = [self.answer(prompt.text) for prompt in prompts]
        self.asked += [prompt.text for prompt in prompts]
        for index, answer in enumerate(answers):
            on_answer(index, answer)
        return answers


def test_answers_are_written_as_the_data_writes_them(maps):
    backend = SaysWhatItSees(lambda text: "It is Happy, so positive.")
    X = [q for q in maps[0] if "class?" in q.question and "present" not in q.question]
    model = QwenVQA("m", inputs="flow", size=56, backend=backend)
    assert model.predict(X[:2]).tolist() == ["positive", "happiness"]
    model.set_params(normalize=False)
    assert model.predict(X[:1]).tolist() == ["It is Happy, so positive."]


def test_from_coarse_to_fine(maps):
    def answer(text):
        if text.endswith(QUESTIONS["coarse"]):
            return "negative"
        if text.endswith(QUESTIONS["fine"]):
            return "disgust"
        return "x"

    backend = SaysWhatItSees(answer)
    model = QwenVQA("m", inputs="flow", size=56, backend=backend, coarse_to_fine=True)
    X = [q for q in maps[0][:6] if q.question == QUESTIONS["unit"]]
    model.predict(X)
    coarse = "The coarse expression class is negative."
    fine = "The fine-grained expression class is disgust."
    assert backend.asked == [
        QUESTIONS["coarse"],
        f"{coarse} {QUESTIONS['fine']}",
        f"{coarse} {fine} {QUESTIONS['unit']}",
    ]
    backend.asked.clear()
    model.predict(maps[0][:6])  # the same answers for siblings, each asked once
    assert len(backend.asked) == 6
    assert f"{coarse} {fine} {QUESTIONS['unit']}" in backend.asked


def test_echo_and_own_prompts(maps):
    template = PromptTemplate("Look.", "Q: {question}")
    model = QwenVQA(
        "m", inputs="flow", size=56, backend=EchoBackend(), prompt=template,
        normalize=False,
    )  # fmt: skip
    assert model.predict(maps[0][:1])[0] == f"Q: {QUESTIONS['coarse']}"


# -- the answer log ----------------------------------------------------------------


def test_a_run_is_taken_up_where_it_ended(maps, tmp_path):
    X, _ = maps
    log = tmp_path / "answers.jsonl"
    calls = []

    def dies_at_ten(text):
        calls.append(text)
        if len(calls) > 10:
            raise RuntimeError("the machine dies")
        return f"answer {len(calls)}"

    class OneByOne(SaysWhatItSees):
        def generate(self, prompts, on_answer=None):
            for index, prompt in enumerate(prompts):
                on_answer(index, self.answer(prompt.text))

    model = QwenVQA(
        "m", inputs="flow", size=56, backend=OneByOne(dies_at_ten), answer_log=log,
        normalize=False,
    )  # fmt: skip
    with pytest.raises(RuntimeError, match="the machine dies"):
        model.predict(X)
    assert len(log.read_text().splitlines()) == 10
    answers = model.set_params(backend=OneByOne(lambda text: "later")).predict(X)
    assert answers[:10].tolist() == [f"answer {n}" for n in range(1, 11)]
    assert set(answers[10:]) == {"later"}
    replay = model.set_params(backend=ReplayBackend(log, "says"), answer_log=None)
    np.testing.assert_array_equal(replay.predict(X), answers)
    with pytest.raises(BackendError, match="holds no answer to 'What next"):
        replay.predict([X[0].replace(question="What next?")])


def test_the_log_of_another_model_is_not_taken(tiny, maps, tmp_path):
    log = tmp_path / "answers.jsonl"
    X = maps[0][:2]
    first = flow_model(tiny, answer_log=log).predict(X)
    n_lines = len(log.read_text().splitlines())
    again = flow_model(tiny, answer_log=log).predict(X)
    np.testing.assert_array_equal(first, again)
    assert len(log.read_text().splitlines()) == n_lines == 2
    flow_model(tiny, answer_log=log, max_new_tokens=4).predict(X)
    assert len(log.read_text().splitlines()) == 4


def test_a_line_that_was_cut_off_is_asked_again(tmp_path, caplog):
    path = tmp_path / "log.jsonl"
    with AnswerLog(path) as log:
        log.put("a", "yes", clip="c")
        log.put("b", "nö")
    content = path.read_bytes()
    path.write_bytes(content[:-4])
    with AnswerLog(path) as log:
        assert (log.get("a"), log.get("b"), len(log)) == ("yes", None, 1)
        log.put("b", "nö")
    assert "cut off" in caplog.text
    assert path.read_bytes() == content
    assert [json.loads(line)["key"] for line in path.read_text().splitlines()] == [
        "a",
        "b",
    ]


def test_a_file_that_is_no_log(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"key": "a", "answer": "x"}\nhello\n')
    with pytest.raises(ValueError, match="line 2: not a line of an answer log"):
        AnswerLog(path)


# -- bad input ---------------------------------------------------------------------


def one_line(info):
    text = str(info.value)
    assert "\n" not in text
    return text


def test_no_model_at_the_path(tmp_path, maps):
    with pytest.raises(BackendError, match="no such folder") as info:
        flow_model(tmp_path / "nothing").predict(maps[0])
    one_line(info)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BackendError, match="config.json is missing") as info:
        flow_model(tmp_path / "empty").predict(maps[0])
    one_line(info)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ('{"model_type": "qwen2"}', "a text-only model \\('qwen2'\\)"),
        ('{"model_type": "llava", "vision_config": {}}', "another family"),
        ("{", "damaged"),
        ('{"model_type": "qwen2_5_vl"}', "does not load"),
    ],
)
def test_other_models(tmp_path, maps, config, message):
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(BackendError, match=message) as info:
        flow_model(tmp_path).predict(maps[0])
    one_line(info)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"inputs": "films"}, "'inputs' parameter of QwenVQA must be one of"),
        ({"size": 60}, "'size' parameter of QwenVQA must be a multiple of 28"),
        ({"prompt": "nice"}, "'prompt' parameter of QwenVQA must be one of 'plain'"),
        ({"tuning": "qlora"}, "'tuning' parameter of QwenVQA must be one of None"),
        ({"backend": "vllm"}, "'backend' parameter of QwenVQA must be one of"),
        ({"backend": "openai"}, "'server' parameter of QwenVQA must be a dict with"),
        (
            {"backend": "openai", "server": {"base_url": "x"}, "constrain": True},
            "'constrain' parameter of QwenVQA needs backend='transformers'",
        ),
        (
            {"backend": "openai", "server": {"base_url": "x", "port": 1}},
            "'server' parameter of QwenVQA must have the keys",
        ),
        ({"max_new_tokens": 0}, "'max_new_tokens' parameter of QwenVQA must be an int"),
        ({"batch_size": 0}, "'batch_size' parameter of QwenVQA must be an int"),
        ({"device": "abacus"}, "'device' parameter of QwenVQA must be 'auto' or"),
        ({"dtype": "int8"}, "'dtype' parameter of QwenVQA must be one of"),
        ({"video_fps": 0}, "'video_fps' parameter of QwenVQA must be a number above"),
    ],
)
def test_bad_parameters(tiny, maps, params, message):
    with pytest.raises(ValueError, match=message):
        flow_model(tiny, **params).predict(maps[0][:1])


def test_bad_records(tiny):
    model = flow_model(tiny)
    with pytest.raises(ValueError, match="Found 0 question"):
        model.predict([])
    with pytest.raises(ValueError, match="stands as a name without frames"):
        model.predict([Question("EP02", QUESTIONS["coarse"])])
    with pytest.raises(ValueError, match="X\\[0\\] must be a Question"):
        model.predict(["what?"])


def test_tuned_models_need_fit(tiny, maps):
    with pytest.raises(NotFittedError, match="not fine-tuned yet"):
        flow_model(tiny, tuning="lora").predict(maps[0])
