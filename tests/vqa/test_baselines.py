import pickle

import numpy as np
import pytest
from sklearn.base import clone

from mefeat.datasets._me_vqa_templates import QUESTIONS, joint_answer
from mefeat.vqa import FeatureVQA, PriorVQA, Question

ASK = QUESTIONS["coarse"]


def present(unit):
    return QUESTIONS["present"].format(unit=unit)


def moving(region, channel, sign, noise=None):
    """A map in which one region moves."""
    array = np.zeros((14, 14, 3))
    array[region][..., channel] = sign
    array[..., 2] = np.abs(array[..., :2]).sum(axis=-1)
    return array if noise is None else array + noise.normal(0, 0.05, array.shape)


UP = (slice(0, 7), slice(None))
MOUTH = (slice(10, 14), slice(None))
KINDS = {
    "surprise": ("surprise", "inner brow raiser", (UP, 1, -1.0)),
    "negative": ("disgust", "brow lowerer", (UP, 1, 1.0)),
    "positive": ("happiness", "lip corner puller", (MOUTH, 1, -1.0)),
}


@pytest.fixture
def table(rng):
    X, y = [], []
    for index in range(18):
        coarse = list(KINDS)[index % 3]
        fine, unit, motion = KINDS[coarse]
        clip = moving(*motion, noise=rng)
        other = KINDS[list(KINDS)[(index + 1) % 3]][1]
        rows = [
            (ASK, coarse),
            (QUESTIONS["fine"], fine),
            (QUESTIONS["unit"], unit),
            (present(unit), "yes"),
            (present(other), "no"),
            (QUESTIONS["joint"], joint_answer([unit], fine, coarse)),
        ]
        for question, answer in rows:
            X.append(Question(clip, question, subject=f"s{index // 3}"))
            y.append(answer)
    return X, y


def test_prior_takes_the_most_frequent_answer_of_the_template():
    X = [("c", ASK)] * 3 + [("c", present("dimpler"))] * 3
    model = PriorVQA().fit(X, ["negative", "positive", "positive", "no", "yes", "no"])
    asked = [
        ("d", ASK.lower()), ("d", present("dimpler")), ("d", present("jaw drop")),
        ("d", "What is the colour?"),
    ]  # fmt: skip
    assert model.predict(asked).tolist() == ["positive", "no", "no", "no"]


def test_prior_breaks_ties_by_alphabet():
    model = PriorVQA().fit([("c", ASK)] * 2, ["surprise", "negative"])
    assert model.predict([("d", ASK)]).tolist() == ["negative"]


def test_features_answer_every_kind(table):
    X, y = table
    model = FeatureVQA(C=0.1).fit(X[:-6], y[:-6])
    assert model.predict(X[-6:]).tolist() == y[-6:]


def test_an_answer_depends_on_its_own_clip_and_question_alone(table, rng):
    X, y = table
    model = FeatureVQA(C=0.1).fit(X[:72], y[:72])
    together = model.predict(X[72:])
    order = rng.permutation(len(X) - 72)
    shuffled = model.predict([X[72 + i].replace(id=str(i)) for i in order])
    assert shuffled.tolist() == together[order].tolist()
    assert [model.predict([x])[0] for x in X[72:]] == together.tolist()


def test_inner_folds_choose_c_by_subject(table):
    X, y = table
    model = FeatureVQA(C=(0.01, 0.1), cv=3).fit(X, y)
    assert model.C_ in (0.01, 0.1)
    assert pickle.loads(pickle.dumps(model)).predict(X[:3]).tolist() == y[:3]


def test_side_follows_the_mirror(rng):
    left = (slice(None), slice(0, 7))
    ask = QUESTIONS["side"].format(unit="dimpler")
    X = [(moving(left, 0, 1.0, noise=rng), ask) for _ in range(4)]
    right = moving((slice(None), slice(7, 14)), 0, -1.0, noise=rng)
    model = FeatureVQA(C=0.1).fit([*X, (right, ask)], ["left"] * 4 + ["right"])
    seen = moving((slice(None), slice(7, 14)), 0, -1.0, noise=rng)
    assert model.predict([(seen, ask)])[0] == "right"


def test_uint8_maps_have_their_zero_in_the_middle():
    from mefeat.vqa.features import _mirror, _signed

    array = np.full((7, 7, 3), 127.5)
    array[..., 2] = 3
    eight = np.full((7, 7, 3), 255, dtype=np.uint8)
    assert np.abs(_signed(array.astype(np.uint8))[..., :2]).max() == 0.5
    mirrored = _mirror(_signed(eight)[None])[0]
    assert mirrored[0, 0].tolist() == [-127.5, 127.5, 255.0]


@pytest.mark.parametrize("model", [PriorVQA(), FeatureVQA(C=1.0)])
def test_bad_input(model):
    with pytest.raises(ValueError, match="a minimum of 1 is required"):
        clone(model).fit([], [])
    with pytest.raises(ValueError, match="one answer for each of the 2 questions"):
        clone(model).fit([("c", ASK)] * 2, ["x"])
    with pytest.raises(ValueError, match=r"y\[0\] must be a text. Got 3"):
        clone(model).fit([("c", ASK)], [3])
    with pytest.raises(ValueError, match=r"X\[0\] must be a Question or a pair"):
        clone(model).fit([3], ["x"])
    with pytest.raises(ValueError, match="put a single one in a list"):
        clone(model).fit(Question("c", ASK), ["x"])


def test_bad_parameters(table):
    X, y = table
    for params, message in [
        ({"C": 0.0}, "'C' parameter of FeatureVQA must be a number above 0"),
        ({"size": 0}, "'size' parameter of FeatureVQA"),
        ({"cv": 1}, "'cv' parameter of FeatureVQA"),
        ({"mirror": 1}, "'mirror' parameter of FeatureVQA must be True or False"),
    ]:
        with pytest.raises(ValueError, match=message):
            FeatureVQA(**params).fit(X, y)
