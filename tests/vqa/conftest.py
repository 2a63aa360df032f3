"""A tiny model, made once, and questions on small clips."""

import numpy as np
import pytest

from mefeat import Clip
from mefeat.datasets._me_vqa_templates import QUESTIONS, joint_answer
from mefeat.vqa import Question, make_tiny_qwen

KINDS = (
    ("negative", "disgust", "brow lowerer"),
    ("positive", "happiness", "lip corner puller"),
    ("surprise", "surprise", "inner brow raiser"),
)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """Folder of a tiny Qwen2.5-VL with random weights."""
    for name in ("torch", "transformers", "tokenizers"):
        pytest.importorskip(name, reason="pip install 'mefeat[vqa]'")
    import torch

    torch.set_num_threads(1)
    return make_tiny_qwen(tmp_path_factory.mktemp("tiny") / "tiny-qwen")


def six_questions(kind):
    """The six questions and answers on a clip of one kind."""
    coarse, fine, unit = KINDS[kind]
    other = KINDS[(kind + 1) % 3][2]
    return [
        (QUESTIONS["coarse"], coarse),
        (QUESTIONS["fine"], fine),
        (QUESTIONS["unit"], unit),
        (QUESTIONS["present"].format(unit=unit), "yes"),
        (QUESTIONS["present"].format(unit=other), "no"),
        (QUESTIONS["joint"], joint_answer([unit], fine, coarse)),
    ]


@pytest.fixture(scope="session")
def maps():
    """Six questions on each of seven ready maps, of which one kind is one colour."""
    rng = np.random.default_rng(1)
    X, y = [], []
    for index in range(7):
        array = rng.integers(0, 90, (28, 28, 3), dtype=np.uint8)
        array[..., index % 3] += 150
        for number, (question, answer) in enumerate(six_questions(index % 3)):
            X.append(
                Question(
                    array, question, id=f"{index}_{number}", subject=f"s{index // 2}",
                    name=f"map{index}", dataset="casme2",
                )
            )  # fmt: skip
            y.append(answer)
    return X, y


@pytest.fixture(scope="session")
def films():
    """Two questions on each of three small clips."""
    rng = np.random.default_rng(2)
    X, y = [], []
    for index in range(3):
        frames = rng.integers(0, 256, (9 + index, 40, 40), dtype=np.uint8)
        clip = Clip(frames, fps=100, subject=f"s{index}", name=f"film{index}", apex=4)
        for question, answer in six_questions(index)[:2]:
            X.append(Question(clip, question, subject=f"s{index}"))
            y.append(answer)
    return X, y
