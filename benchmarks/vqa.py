"""Visual question answering: questions per second, and scores beside the prior.

Run ``python -m benchmarks vqa [--quick] [--device cuda] [--model FOLDER]``.

*Speed*: six questions on each clip, three pictures of 224 pixels, greedy decoding that
never ends early.  "one by one" and "batched" encode the pictures for every question, in
one left-padded pass for the whole prompt; "batched" is the best of several batch sizes;
"prefix shared" encodes them once for each clip.  Cutting pictures into patches is done
once for each clip of a batch in all three.  The contenders take turns, the smallest
time of all rounds counts.  By default the model is the tiny one with random weights, on
one thread; on a GPU a model of the shape of Qwen2.5-VL-3B with random weights is timed
too.

*Scores*: real questions (ME-VQA, CASME II) on real motion (maps of the same clips, 28 x
28), five folds of subjects, all answers scored together.  Where the training is said to
have SMIC, its clips join the training folds with the coarse question.  The tiny model
is trained from scratch.  Without the data the table is left out.
"""

import tempfile
import time
from pathlib import Path

import numpy as np

__all__ = ["run"]

N_CLIPS, SIDE = 8, 224
TARGETS = {8: 2.5, 32: 2.0}
CLASSES = ("negative", "positive", "surprise")
SCORES = ("uf1_coarse", "uar_coarse", "uf1_fine", "uar_fine", "bleu", "rouge1", "mean")


# -- speed -----------------------------------------------------------------------


def six_prompts(n_clips, seed=0):
    """Give six prompts on each of some random clips of three pictures."""
    from mefeat.datasets._me_vqa_templates import QUESTIONS
    from mefeat.vqa._backends import Prompt
    from mefeat.vqa.inputs import Picture

    rng = np.random.default_rng(seed)
    kinds = ("coarse", "fine", "units", "present", "side", "joints")
    asked = [QUESTIONS[kind].format(unit="lip corner puller") for kind in kinds]
    prompts = []
    for _ in range(n_clips):
        pictures = tuple(
            Picture(
                "image", title, rng.integers(0, 256, (1, SIDE, SIDE, 3), dtype=np.uint8)
            )
            for title in ("onset", "apex", "offset")
        )
        prompts += [Prompt(pictures, "You are a helpful assistant.", t) for t in asked]
    return prompts


def _never_stopping(loaded):
    """Give a loaded model whose answers all have the full length."""
    from mefeat.vqa._loading import Loaded

    class NeverStops(Loaded):
        stop_ids = (-1,)

    return NeverStops(**vars(loaded))


def _time(loaded, prompts, n_new, batch_size, share):
    from mefeat.vqa._backends._local import TransformersBackend

    backend = TransformersBackend(
        loaded, max_new_tokens=n_new, batch_size=batch_size, share_prefix=share
    )
    start = time.perf_counter()
    answers = backend.generate(prompts)
    return time.perf_counter() - start, answers


def speed(loaded, name, n_clips, sizes, rounds, n_news=(8, 32)):
    """Measure questions per second of the three ways."""
    prompts = six_prompts(n_clips)
    ways = {("one by one", 1, False): prompts[:6]}
    ways |= {("batched", size, False): prompts for size in sizes}
    ways["prefix shared", max(sizes), True] = prompts
    rows = []
    for n_new in n_news:
        rate, answers = dict.fromkeys(ways, 0.0), {}
        for way in ways:  # unmeasured: first calls are slower
            _time(loaded, ways[way][:6], 2, *way[1:])
        for _ in range(rounds):
            for way, asked in ways.items():
                seconds, answers[way] = _time(loaded, asked, n_new, *way[1:])
                rate[way] = max(rate[way], len(asked) / seconds)
        best = {
            way[0]: max((w for w in ways if w[0] == way[0]), key=rate.get)
            for way in ways
        }
        plain = rate[best["batched"]]
        shared = answers[best["prefix shared"]]
        for label, way in best.items():
            rows.append(
                {
                    "table": "speed",
                    "model": name,
                    "way": label,
                    "new tokens": n_new,
                    "batch": way[1],
                    "questions/s": rate[way],
                    "to batched": rate[way] / plain,
                    "target": TARGETS[n_new] if label == "prefix shared" else None,
                    "same answers": answers[way] == shared[: len(answers[way])],
                }
            )
    return rows


def _three_billion(device, folder):
    """Give a model of the shape of Qwen2.5-VL-3B with random weights."""
    import torch
    import transformers

    from mefeat.vqa._loading import Loaded, load_model

    small = load_model(folder, device=device)
    ids = small.core.config
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            "vocab_size": 151936, "hidden_size": 2048, "intermediate_size": 11008,
            "num_hidden_layers": 36, "num_attention_heads": 16,
            "num_key_value_heads": 2, "tie_word_embeddings": True,
            "rope_parameters": {
                "rope_type": "default", "rope_theta": 1e6,
                "mrope_section": [16, 24, 24],
            },
        },
        vision_config={
            "depth": 32, "hidden_size": 1280, "intermediate_size": 3420,
            "out_hidden_size": 2048, "num_heads": 16, "tokens_per_second": 2,
            "fullatt_block_indexes": [7, 15, 23, 31],
        },
        image_token_id=ids.image_token_id, video_token_id=ids.video_token_id,
        vision_start_token_id=ids.vision_start_token_id,
        vision_end_token_id=ids.vision_end_token_id, tie_word_embeddings=True,
    )  # fmt: skip
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            model = transformers.Qwen2_5_VLForConditionalGeneration._from_config(
                config, attn_implementation="sdpa"
            ).eval()
    finally:
        torch.set_default_dtype(torch.float32)
    return Loaded(
        model, small.tokenizer, small.cutter, small.device, "bfloat16", "sdpa", folder
    )


def _speeds(quick, device, model, folder):
    import torch

    from mefeat.vqa._loading import load_model

    n_threads = torch.get_num_threads()
    if device == "cpu":
        torch.set_num_threads(1)
    try:
        loaded = load_model(model or folder, device=device)
        name = "tiny" if model is None else Path(model).name
        rows = speed(
            _never_stopping(loaded), name, 2 if quick else N_CLIPS,
            (12,) if quick else (6, 12, 48), 1 if quick else 3,
            (8,) if quick else (8, 32),
        )  # fmt: skip
        if model is None and device.startswith("cuda"):
            large = _never_stopping(_three_billion(device, folder))
            rows += speed(
                large, "3B shape", 2 if quick else 64, (12,) if quick else (128, 384),
                1 if quick else 2, (32,),
            )  # fmt: skip
        elif model is None:
            rows.append({"table": "speed", "model": "3B shape", "way": "not run"})
    finally:
        torch.set_num_threads(n_threads)
    return rows


# -- scores ----------------------------------------------------------------------


def _find_data(data):
    if data is None:
        data = Path(__file__).resolve().parents[2] / "shared" / "data"
    data = Path(data)
    asked = data / "vqa" / "me_vqa_casme2.jsonl"
    maps = data / "recognition" / "uvos_casme2_smic.npz"
    return (asked, maps) if asked.is_file() and maps.is_file() else None


def _load(asked, maps):
    """Give the questions on CASME II and those on SMIC, on their maps."""
    from mefeat.datasets import load_me_vqa
    from mefeat.datasets._me_vqa_templates import QUESTIONS
    from mefeat.io import Question

    with np.load(maps) as table:
        table = dict(table)
    bunch = load_me_vqa(asked)
    of_name = dict(zip(map(str, table["name"]), table["X"], strict=True))
    questions = [q.replace(clip=of_name[q.name]) for q in bunch.X]
    more = [
        (
            Question(
                array, QUESTIONS["coarse"], subject=f"smic-{subject}", dataset="smic"
            ),
            CLASSES[label],
        )
        for array, label, subject, db in zip(
            table["X"], table["y"], table["subject"], table["db"], strict=True
        )
        if db == "smic"
    ]
    return questions, list(bunch.y), bunch.groups, more


def _cross_validated(make, data, with_smic, n_folds):
    from sklearn.model_selection import GroupKFold

    questions, y, groups, more = data
    answers = np.empty(len(y), dtype=object)
    start = time.perf_counter()
    for train, test in list(GroupKFold(5).split(questions, groups=groups))[:n_folds]:
        X = [questions[i] for i in train] + [q for q, _ in more if with_smic]
        truth = [y[i] for i in train] + [a for _, a in more if with_smic]
        answers[test] = make().fit(X, truth).predict([questions[i] for i in test])
    return answers, time.perf_counter() - start


def scores(quick, device, data, folder):
    """Score the baselines and the tiny model on real questions and motion."""
    from mefeat.metrics import vqa_report
    from mefeat.vqa import FeatureVQA, PriorVQA, QwenVQA

    options = {
        "n_epochs": 1 if quick else 8,
        "learning_rate": 2e-3,
        "batch_size": 32,
        "accumulation": 1,
        "validation_fraction": 0.0,
    }
    contenders = [
        ("PriorVQA", PriorVQA, False),
        ("FeatureVQA", FeatureVQA, False),
        ("FeatureVQA", FeatureVQA, True),
        (
            "tiny Qwen, from scratch",
            lambda: QwenVQA(
                folder, inputs="flow", size=56, max_new_tokens=48, tuning="full",
                tuning_options=options, device=device,
            ),
            True,
        ),
    ]  # fmt: skip
    rows = []
    for name, make, with_smic in contenders:
        n_folds = 1 if quick else 5
        answers, seconds = _cross_validated(make, data, with_smic, n_folds)
        asked = [i for i, answer in enumerate(answers) if answer is not None]
        report = vqa_report(
            [data[1][i] for i in asked], answers[asked], [data[0][i] for i in asked]
        )
        row = {
            "table": "scores", "predictor": name,
            "training": "CASME II, SMIC" if with_smic else "CASME II",
            "questions": len(asked), "seconds": seconds,
        }  # fmt: skip
        rows.append(row | {key: getattr(report, key) for key in SCORES})
    return rows


def run(quick=False, device="cpu", model=None, data=None):
    """Measure.

    Parameters
    ----------
    quick : bool
        Few questions, one fold, one epoch: only to see that it starts.
    device : str
        ``"cpu"`` or ``"cuda"``.
    model : path, optional
        A checkpoint to time instead of the tiny one.
    data : path, optional
        Folder with ``vqa/me_vqa_casme2.jsonl`` and
        ``recognition/uvos_casme2_smic.npz``.

    Returns
    -------
    list of dict
        Rows of two tables, ``"speed"`` and ``"scores"``.
    """
    from mefeat.vqa import make_tiny_qwen

    with tempfile.TemporaryDirectory() as folder:
        tiny = make_tiny_qwen(Path(folder) / "tiny-qwen")
        rows = _speeds(quick, device, model, tiny)
        found = _find_data(data)
        if found is not None:
            rows += scores(quick, device, _load(*found), tiny)
    return rows
