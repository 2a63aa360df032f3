"""Jobs on full and read-only disks: a clear error, nothing half written."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.svm import SVC

from mefeat import LBPTOP, Clip, ClipCache
from mefeat import _cache as cache_module
from mefeat.cli import main
from mefeat.exceptions import CacheWarning
from mefeat.io import write_video
from mefeat.recognition import load_model, save_model
from mefeat.reporting import write_html_report
from mefeat.workflows import extract_features


@pytest.fixture(autouse=True)
def forget_warnings():
    cache_module._refusing.clear()


def clips(n=4):
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (n, 8, 24, 24), dtype=np.uint8)
    return [Clip(part, name=f"c{i}") for i, part in enumerate(frames)]


@pytest.mark.parametrize("suffix", [".csv", ".npz"])
def test_extract_goes_on_when_there_is_room_again(
    small_clips, disk, tmp_path, capsys, suffix
):
    reference = tmp_path / f"x{suffix}"
    command = ["extract", str(small_clips), "--quiet", "--out"]
    assert main([*command, str(reference)]) == 0
    out = disk.path / f"x{suffix}"
    disk.fill(leave=300_000)  # of 12 rows of 48 kB some
    assert main([*command, str(out)]) == 1
    error = capsys.readouterr().err
    assert f"{out}.partial: cannot be written, the disk is full; free some" in error
    assert "of 12 clips are finished and kept in" in error
    assert disk.names == {f"{out.name}.partial"}
    size = out.with_name(f"{out.name}.partial").stat().st_size
    disk.fill(leave=12 * 48_000 - size)  # the rows fit, the table does not
    if suffix == ".csv":
        assert main([*command, str(out)]) == 1
        error = capsys.readouterr().err
        assert "the disk is full" in error
        assert disk.names == {f"{out.name}.partial"}
    disk.free()
    assert main([*command, str(out)]) == 0
    assert out.read_bytes() == reference.read_bytes()
    assert disk.names == {out.name}


def test_every_writer_keeps_the_older_file(disk, tmp_path):
    model = SVC().fit([[0.0], [1.0]], ["a", "b"])
    frames = np.random.default_rng(0).integers(0, 256, (60, 64, 64), dtype=np.uint8)
    notes = [str(number) for number in range(20_000)]
    writers = {
        "m.skops": lambda path: save_model(model, path),
        "v.avi": lambda path: write_video(path, frames, 30),
        "r.html": lambda path: write_html_report(path, [], title="t", notes=notes),
    }
    for name, write in writers.items():
        path = disk.path / name
        path.write_bytes(b"older")
        disk.fill()
        with pytest.raises(OSError, match="the disk is full") as caught:
            write(path)
        assert str(path) in str(caught.value)
        assert path.read_bytes() == b"older"
        assert disk.names == {name}
        disk.free()
        write(path)
        assert path.stat().st_size > 1000
        path.unlink()
    save_model(model, disk.path / "m.skops")
    assert load_model(disk.path / "m.skops").predict([[0.9]]) == ["b"]


@pytest.mark.parametrize(
    "command",
    [
        ["extract", "{clips}", "--out", "{out}/x.csv"],
        ["predict", "{clips}", "--model", "m.skops", "--out", "{out}/p.csv"],
        ["train", "{clips}", "--model", "{out}/m.skops"],
        ["spot", "{clips}", "--out", "{out}"],
        ["demo", "--out", "{out}/demo"],
        ["vqa", "predict", "q.jsonl", "--predictor", "prior", "--out", "{out}/a.zip"],
        ["dataset", "check", "{clips}", "--sheet", "{out}/s.png"],
        ["dataset", "vqa", "{clips}", "--out", "{out}/q.jsonl"],
    ],
    ids=lambda command: " ".join(command[:2]).replace(" {clips}", ""),
)
def test_a_read_only_folder_is_told_before_the_work(
    command, small_clips, tmp_path, read_only, capsys
):
    out = tmp_path / "fixed"
    out.mkdir()
    (out / "x.csv").write_text("older")
    read_only(out)
    words = {"clips": str(small_clips), "out": str(out)}
    assert main([word.format(**words) for word in command]) == 1
    error = capsys.readouterr().err
    assert str(out) in error
    assert "cannot be written" in error
    assert "write to another folder" in error
    assert [path.name for path in out.iterdir()] == ["x.csv"]
    assert (out / "x.csv").read_text() == "older"


def test_the_cache_goes_on_without_a_disk(disk):
    data, plain = clips(), LBPTOP().fit_transform(clips())
    cache = ClipCache(disk.path / "cache")
    disk.fill()
    with pytest.warns(CacheWarning, match="cannot be written to .*full") as told:
        found = LBPTOP(memory=cache).fit_transform(data)
    assert np.array_equal(found, plain)
    assert len(told) == 1  # though four entries were refused
    assert len(cache) == 0
    disk.free()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = LBPTOP(memory=cache).fit_transform(data)
    assert np.array_equal(again, plain)
    assert len(cache) == 4


def test_the_cache_serves_from_a_read_only_folder(tmp_path, read_only):
    data = clips()
    cache = ClipCache(tmp_path / "cache")
    half = LBPTOP(memory=cache).fit_transform(data[:2])
    read_only(cache.location)
    with pytest.warns(CacheWarning, match="cannot be written to") as told:
        found = LBPTOP(memory=cache).fit_transform(data)
    assert len(told) == 1
    assert np.array_equal(found[:2], half)
    assert len(cache) == 2


def test_a_read_only_cache_is_no_trouble_of_extract(small_clips, tmp_path, read_only):
    folder = tmp_path / "cache"
    folder.mkdir()
    read_only(folder)
    out = tmp_path / "x.csv"
    with pytest.warns(CacheWarning, match="cannot be written to"):
        extract_features(small_clips, LBPTOP(memory=folder), out)
    assert len(pd.read_csv(out)) == 12
