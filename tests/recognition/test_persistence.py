"""Saved models: nothing lost, nothing run that is not trusted, one clear error."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

import mefeat
from mefeat import LBPTOP, Clip
from mefeat.exceptions import ModelFileError, ModelVersionWarning
from mefeat.recognition import (
    MirroredPipeline,
    VarianceScaler,
    data_fingerprint,
    load_model,
    read_metadata,
    save_model,
)

Y = ["negative", "positive", "negative", "positive"]


@pytest.fixture
def model(clips, tmp_path):
    steps = [
        ("features", LBPTOP(n_blocks=(1, 1, 1), memory=str(tmp_path / "cache"))),
        ("root", FunctionTransformer(np.sqrt)),
        ("scale", VarianceScaler()),
        ("svm", SVC(C=2.0)),
    ]
    return MirroredPipeline(steps).fit(clips, Y)


@pytest.fixture
def path(model, clips, tmp_path):
    return save_model(model, tmp_path / "m.skops", {"note": "x"}, X=clips, y=Y)


def test_round_trip(model, path, clips):
    again = load_model(path)
    assert np.array_equal(
        again.decision_function(clips), model.decision_function(clips)
    )
    assert again.predict(clips).tolist() == Y
    assert again.mirror == "features"


def test_metadata(path, clips):
    notes = read_metadata(path)
    assert notes["versions"]["mefeat"] == mefeat.__version__
    assert notes["classes"] == ["negative", "positive"]
    assert notes["parameters"]["svm__C"] == "2.0"
    assert len(notes["feature_names"]) == 177
    assert notes["n_samples"] == 4
    assert notes["data_fingerprint"] == data_fingerprint(clips, Y)
    assert notes["metadata"] == {"note": "x"}


def test_caches_stay_behind(model, path):
    assert model["features"].memory.endswith("cache")
    assert load_model(path)["features"].memory is None


def test_fingerprint_follows_the_data(clips):
    first = data_fingerprint(clips, Y)
    assert data_fingerprint(clips, Y[::-1]) != first
    assert data_fingerprint(clips[::-1], Y) != first
    changed = clips[0].frames().copy()
    changed[0, 0, 0] ^= 1
    other = Clip(changed, fps=30, subject="s0", name="clip0")
    assert data_fingerprint([other, *clips[1:]], Y) != first


def test_a_failure_leaves_nothing_behind(model, tmp_path, monkeypatch):
    path = save_model(model, tmp_path / "m.skops")
    old = path.read_bytes()
    with pytest.raises(TypeError):
        save_model(model, path, {"bad": object()})

    def full(estimator, file, **kwargs):
        Path(file).write_bytes(b"half of it")
        raise OSError("No space left on device")

    monkeypatch.setattr(skops.io, "dump", full)
    with pytest.raises(OSError, match="No space left"):
        save_model(model, path)
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["m.skops"]
    assert model["features"].memory is not None


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_cut_off_files(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ModelFileError, match="damaged or cut off: copy it again"):
        load_model(path)


def test_flipped_bytes_never_give_another_model(path, clips, model):
    data = bytearray(path.read_bytes())
    expected = model.decision_function(clips)
    rng = np.random.default_rng(0)
    for position in rng.integers(0, len(data), 25):
        broken = data.copy()
        broken[position] ^= 0x10
        path.write_bytes(broken)
        try:
            loaded = load_model(path)
        except ModelFileError as error:
            assert str(path) in str(error)
        else:
            assert np.array_equal(loaded.decision_function(clips), expected)


def test_not_a_model(tmp_path):
    with pytest.raises(ModelFileError, match="no such model file"):
        load_model(tmp_path / "missing.skops")
    (tmp_path / "text.skops").write_text("hello")
    with pytest.raises(ModelFileError, match="no model file"):
        load_model(tmp_path / "text.skops")
    skops.io.dump(SVC(), tmp_path / "other.skops")
    with pytest.raises(ModelFileError, match="was not written by mefeat"):
        load_model(tmp_path / "other.skops")


class Foreign(BaseEstimator):
    """An estimator that mefeat does not know."""

    def fit(self, X, y=None):
        self.fitted_ = True
        return self


def test_foreign_types_are_refused_by_name(tmp_path):
    path = save_model(Pipeline([("own", Foreign())]), tmp_path / "f.skops")
    name = f"{Foreign.__module__}.Foreign"
    with pytest.raises(ModelFileError, match=r"not trusted.*trusted=\['.*Foreign'\]"):
        load_model(path)
    if Foreign.__module__ in __import__("sys").modules:
        assert isinstance(load_model(path, trusted=[name])["own"], Foreign)


def test_functions_of_mefeat_are_not_trusted(tmp_path):
    model = FunctionTransformer(mefeat.io.write_video)
    path = save_model(model, tmp_path / "f.skops")
    with pytest.raises(ModelFileError, match="write_video"):
        load_model(path)


def test_a_parameter_that_is_younger_than_the_file(path, monkeypatch):
    def newer(self, gain=1.0):
        self.gain = gain

    monkeypatch.setattr(VarianceScaler, "__init__", newer)
    message = "lacks the parameter 'gain' of VarianceScaler: .* Train it again"
    with pytest.raises(ModelFileError, match=message):
        load_model(path)


def test_other_versions_warn(path):
    with zipfile.ZipFile(path) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    notes = json.loads(members["mefeat.json"])
    notes["versions"]["mefeat"] = "0.0.1"
    members["mefeat.json"] = json.dumps(notes).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.warns(ModelVersionWarning, match=r"saved with mefeat 0\.0\.1 \(here"):
        load_model(Path(path))


@pytest.mark.parametrize("notes", ["[1]", "{}", '{"versions": 3}'])
def test_notes_of_another_form_are_refused(path, notes, tmp_path):
    other = tmp_path / "other.skops"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            text = notes if name == "mefeat.json" else old.read(name)
            new.writestr(name, text)
    with pytest.raises(ModelFileError, match=r"other\.skops"):
        load_model(other)
