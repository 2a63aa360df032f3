"""The baselines on real questions and real motion, where those are at hand."""

import numpy as np
import pytest
from sklearn.model_selection import PredefinedSplit

from mefeat.datasets import load_me_vqa
from mefeat.datasets._me_vqa_templates import QUESTIONS
from mefeat.metrics import vqa_report
from mefeat.vqa import FeatureVQA, PriorVQA, Question

SCORES = ("uf1_coarse", "uar_coarse", "uf1_fine", "uar_fine", "bleu", "rouge1")


@pytest.fixture(scope="module")
def answers(request):
    """Answers to 911 questions on CASME II over five folds of subjects."""
    shared_data = request.getfixturevalue("shared_data")
    with np.load(shared_data / "recognition" / "uvos_casme2_smic.npz") as table:
        table = dict(table)
    bunch = load_me_vqa(shared_data / "vqa" / "me_vqa_casme2.jsonl")
    maps = dict(zip(map(str, table["name"]), table["X"], strict=True))
    X = [question.replace(clip=maps[question.name]) for question in bunch.X]
    smic = table["db"] == "smic"
    more = [
        Question(array, QUESTIONS["coarse"], subject=f"smic-{subject}")
        for array, subject in zip(table["X"][smic], table["subject"][smic], strict=True)
    ]
    classes = np.array(["negative", "positive", "surprise"])[table["y"][smic]]
    out = {name: np.empty(len(X), dtype=object) for name in ("prior", "features")}
    # Own folds: how GroupKFold breaks ties depends on the version of NumPy.
    names = sorted(set(bunch.groups))
    folds = PredefinedSplit([names.index(group) % 5 for group in bunch.groups])
    for train, test in folds.split():
        known, asked = [X[i] for i in train], [X[i] for i in test]
        truth = list(bunch.y[train])
        out["prior"][test] = PriorVQA().fit(known, truth).predict(asked)
        model = FeatureVQA().fit(known + more, truth + classes.tolist())
        out["features"][test] = model.predict(asked)
    return X, bunch.y, out


def test_features_beat_the_prior_on_every_score(answers):
    X, y, out = answers
    report = vqa_report(y, out["features"], X, baselines={"prior": out["prior"]})
    prior = report.row("prior, overall")
    for name in SCORES:
        assert report[name] > prior[name], name
    assert report.uf1_coarse >= 0.85


def test_the_prior_is_what_it_was(answers):
    """Literal values, so that splits, metrics and templates do not drift unseen."""
    X, y, out = answers
    report = vqa_report(y, out["prior"], X)
    assert report.uf1_coarse == pytest.approx(0.2518, abs=5e-5)
    assert report.bleu == pytest.approx(0.6686, abs=5e-5)
    assert report.rouge1 == pytest.approx(0.5910, abs=5e-5)
