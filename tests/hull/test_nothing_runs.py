"""Nothing is run from data: not from models, caches, tables or pages."""

import json
import os
import pickle
import sys
import warnings
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from mefeat import Clip, ClipCache, Interval
from mefeat._cache import _DIGEST, _MAGIC
from mefeat._parallel import map_clips
from mefeat._persistence import _is_own
from mefeat._pickles import loads
from mefeat._zips import MAX_UNPACKED
from mefeat.exceptions import CacheWarning, ModelFileError
from mefeat.recognition import load_model, read_metadata, save_model
from mefeat.reporting import IntervalCard, VideoSection, write_html_report
from mefeat.spotting import Signal, make_spotter
from mefeat.vqa import QwenVQA

# -- what pickles may name -----------------------------------------------------------


class Evil:
    """Runs a command as soon as it is unpickled, unless that is refused."""

    def __init__(self, function, *arguments):
        self.parts = function, arguments

    def __reduce__(self):
        return self.parts


def programs(folder):
    """Give pickles of which each would leave a file behind."""
    mark = str(folder / "ran")
    code = f"open({mark!r}, 'w')"
    return {
        "system": pickle.dumps(Evil(os.system, f"touch {mark}")),
        "eval": pickle.dumps(Evil(eval, code)),
        "exec": pickle.dumps(Evil(exec, code)),
        "open": pickle.dumps(Evil(open, mark, "w")),
        "getattr": pickle.dumps(Evil(getattr, "text", "upper")),
        "import": pickle.dumps(Evil(__import__, "antigravity")),
        "tofile": b"cnumpy\nndarray.tofile\n(" + b"S'" + mark.encode() + b"'\ntR.",
        "load": pickle.dumps(Evil(np.load, mark)),
        "text": f"cos\nsystem\n(S'touch {mark}'\ntR.".encode(),
        "through a module of mefeat": (
            f"cmefeat._cache\nos.system\n(S'touch {mark}'\ntR.".encode()
        ),
        "a function of mefeat": (
            f"cmefeat._atomic\nwrite_text\n(S'{mark}'\nS'x'\ntR.".encode()
        ),
        "the command line": b"cmefeat.__main__\nmain\n(tR.",
        "a class that mefeat imports": (
            f"cmefeat._cache\nPath\n(S'{mark}'\ntR.".encode()
        ),
    }


@pytest.mark.parametrize("name", programs(Path()))
def test_programs_are_refused(name, tmp_path):
    with pytest.raises(pickle.UnpicklingError, match="is not trusted"):
        loads(programs(tmp_path)[name])
    assert not list(tmp_path.iterdir())
    assert "antigravity" not in sys.modules
    assert "mefeat.__main__" not in sys.modules


def test_data_passes():
    values = [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.eye(3)),
        np.array(["ü", None], dtype=object),
        np.float32(3),
        np.datetime64("2025-01-01"),
        {"a": {1, 2}, "b": frozenset("x"), 3: (None, True, b"x", bytearray(2))},
        Interval(3, 9, "negative"),
        np.array([Interval(3, 9)], dtype=object),
    ]
    for value in values:
        for protocol in range(3, pickle.HIGHEST_PROTOCOL + 1):
            again = loads(pickle.dumps(value, protocol=protocol))
            assert str(again) == str(value)
            assert type(again) is type(value)
    signal = Signal(np.ones((4, 2), np.float32), 30, ("a", "b"), 256, np.ones(4, bool))
    assert loads(pickle.dumps(signal)).channels == ("a", "b")
    clip = Clip(np.ones((2, 4, 4), np.uint8), fps=30)
    assert loads(pickle.dumps(clip)).key == clip.key


class Own:
    """A class of the package that computes."""

    def __init__(self, value):
        self.value = value


def test_classes_of_the_own_package_only():
    package = __name__.partition(".")[0]
    payload = pickle.dumps(Own(3))
    assert loads(payload, package).value == 3
    with pytest.raises(pickle.UnpicklingError, match=r"Own, which is not trusted"):
        loads(payload)


# -- caches ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", programs(Path()))
def test_caches_run_nothing(name, tmp_path):
    cache = ClipCache(tmp_path / "cache")
    assert cache.call("key", lambda: 7) == 7
    (entry,) = (tmp_path / "cache").rglob("*.entry")
    payload = programs(tmp_path)[name]
    entry.write_bytes(_MAGIC + _DIGEST(payload).digest() + payload)
    with pytest.warns(CacheWarning, match=r"is not trusted.*computed again"):
        assert cache.call("key", lambda: 8) == 8
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache.call("key", lambda: 9) == 8
    assert not (tmp_path / "ran").exists()


def _own(clip):
    return Own(len(clip))


def _foreign(clip):
    return SVC()


def test_results_of_other_classes_are_not_kept(tmp_path):
    clips = [Clip(np.ones((n, 4, 4), np.uint8)) for n in (2, 3)]
    for _ in range(2):
        found = map_clips(_own, clips, memory=tmp_path / "own")
        assert [own.value for own in found] == [2, 3]
    assert len(ClipCache(tmp_path / "own")) == 2
    with pytest.warns(CacheWarning, match=r"SVC, which is not trusted"):
        map_clips(_foreign, clips, memory=tmp_path / "foreign")
    assert len(ClipCache(tmp_path / "foreign")) == 0


# -- models ----------------------------------------------------------------------------


@pytest.fixture
def model():
    return SVC().fit([[0.0], [1.0]], ["negative", "positive"])


def rewritten(path, change):
    """Change the description of a model within its archive."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members["schema.json"])
    change(schema)
    members["schema.json"] = json.dumps(schema).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"), ("builtins", "eval"), ("subprocess", "Popen"),
        ("mefeat.__main__", "main"), ("mefeat._cache", "pickle"),
        ("mefeat._atomic", "write_text"), ("mefeat.vqa.qwen", "QwenVQA"),
        ("mefeat.workflows._vqa", "QwenVQA"), ("", ""), ("..", "x"), ("a\0b", "x"),
    ],
)  # fmt: skip
def test_models_of_other_types_are_refused(module, name, model, tmp_path):
    path = save_model(model, tmp_path / "m.skops")

    def change(schema):
        schema["__module__"], schema["__class__"] = module, name

    with pytest.raises(ModelFileError, match=r"m\.skops"):
        load_model(rewritten(path, change))
    assert "mefeat.__main__" not in sys.modules


def test_functions_in_models_are_refused(tmp_path):
    path = save_model(FunctionTransformer(os.system), tmp_path / "m.skops")
    with pytest.raises(ModelFileError, match=r"not trusted.*posix\.system|nt\.system"):
        load_model(path)


def test_own_types_only():
    assert _is_own("mefeat.features.LBPTOP")
    assert _is_own("mefeat.spotting.peaks.PeakSpotter")
    for name in (
        "mefeat.features.os", "mefeat.cli.main", "mefeat", "os.system", "",
        "mefeat.__main__.main", "mefeat.missing.Thing", "mefeat..x", "mefeatx.Thing",
        "mefeat.vqa.QwenVQA", "mefeat.io.Clip",
    ):  # fmt: skip
        assert not _is_own(name), name


def test_a_model_that_names_a_server_is_asked_for(tmp_path):
    asks = QwenVQA("name", backend="openai", server={"base_url": "http://elsewhere"})
    path = save_model(asks, tmp_path / "m.skops")
    with pytest.raises(
        ModelFileError, match=r"not trusted.*mefeat\.vqa\.qwen\.QwenVQA"
    ):
        load_model(path)
    assert load_model(path, trusted=["mefeat.vqa.qwen.QwenVQA"]).model == "name"


def test_a_model_file_without_a_model(tmp_path, model):
    path = save_model(model, tmp_path / "m.skops")
    with zipfile.ZipFile(path) as archive:
        notes = archive.read("mefeat.json")
    skops.io.dump({"a": [1, 2]}, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("mefeat.json", notes)
    with pytest.raises(ModelFileError, match=r"m\.skops holds no model but dict"):
        load_model(path)


def test_a_model_that_unpacks_without_end(tmp_path, model):
    path = save_model(model, tmp_path / "m.skops")
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("big.npy", "w") as member,
    ):
        for _ in range(2 * MAX_UNPACKED // 2**20 + 1):
            member.write(bytes(2**20))
    for read in (load_model, read_metadata):
        with pytest.raises(ModelFileError, match=r"m\.skops: holds 257 MiB once"):
            read(path)


def test_arrays_of_absurd_size_in_models(tmp_path, model):
    path = save_model(model, tmp_path / "m.skops")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name in members if name.endswith(".npy"))
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"
    head = head.ljust(117) + b"\n"
    members[name] = b"\x93NUMPY\x01\0" + bytes([len(head), 0]) + head + bytes(64)
    with zipfile.ZipFile(path, "w") as archive:
        for other, content in members.items():
            archive.writestr(other, content)
    with pytest.raises(ModelFileError, match=r"m\.skops"):
        load_model(path)


def test_the_caches_of_a_model_stay_behind(tmp_path):
    path = save_model(make_spotter(memory=tmp_path / "cache"), tmp_path / "m.skops")

    def change(schema):
        text = json.dumps(schema)
        assert "cache" not in text

    rewritten(path, change)
    assert load_model(path)[0].memory is None


@pytest.mark.parametrize("name", ["system", "eval", "open", "text"])
def test_checkpoints_of_trainings_run_nothing(name, tmp_path):
    torch = pytest.importorskip("torch", reason='pip install "mefeat[neural]"')
    from mefeat.neural._training import _Checkpoint

    path = tmp_path / "training.pt"
    path.write_bytes(programs(tmp_path)[name])
    network = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    keeper = _Checkpoint(path, "fingerprint", "net")
    assert keeper.load(network, optimizer, 3) == []
    assert not (tmp_path / "ran").exists()
    keeper.save(network, optimizer, [0.5])
    assert keeper.load(network, optimizer, 3) == [0.5]
    whole, weights = path.read_bytes(), network.weight.detach().clone()
    for place in range(0, len(whole), 499):
        path.write_bytes(whole[:place] + b"\xff" + whole[place + 1 :])
        assert keeper.load(network, optimizer, 3) in ([], [0.5])
    path.write_bytes(whole[:-40])
    assert keeper.load(network, optimizer, 3) == []
    assert weights.shape == network.weight.shape


# -- pages -----------------------------------------------------------------------------

MARKUP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "'\" onload='alert(1)",
    "</title><script>", "</style><b>", "javascript:alert(1)",
    "]]><svg onload=alert(1)>",
    "${title}$$", "&lt;script&gt;", "=cmd()|' /C calc'!A0",
)  # fmt: skip


@pytest.mark.parametrize("text", MARKUP)
def test_pages_show_names_as_texts(text, tmp_path):
    card = IntervalCard(Interval(3, 9, text), None, text, text)
    section = VideoSection(
        text, 30.0, None, [card], text, [Interval(1, 2, text)], [text]
    )
    pages = []
    for name in (text, "plain"):
        section.name = section.subject = name
        path = write_html_report(
            tmp_path / "a.html", [section], title=name,
            tables=[(name, pd.DataFrame({name: [name]}, index=[name]))],
            settings={name: name}, notes=[name],
        )  # fmt: skip
        pages.append(path.read_text(encoding="utf-8"))

    class Tags(HTMLParser):
        def __init__(self, page):
            super().__init__()
            self.found, self.texts = [], []
            self.feed(page)

        def handle_starttag(self, tag, attributes):
            self.found.append((tag, sorted(name for name, _ in attributes)))

        def handle_data(self, data):
            self.texts.append(data)

    hostile, plain = map(Tags, pages)
    assert hostile.found == plain.found  # not one tag or attribute more
    assert text in "".join(hostile.texts)
