"""Jobs that end early say what is kept, and go on there."""

import os
import shutil
import signal

import numpy as np
import pytest

from mefeat import LBPTOP, Interval
from mefeat.cli import main
from mefeat.datasets import read_predictions
from mefeat.exceptions import ClipError
from mefeat.features import HOGTOP
from mefeat.workflows import extract_features, predict_videos, train_model
from mefeat.workflows._extract import _batch_size


@pytest.fixture
def folder(small_clips, tmp_path):
    return shutil.copytree(small_clips, tmp_path / "clips")


@pytest.fixture
def extracted(monkeypatch):
    """Names of the clips that are extracted, and the one to stop at."""
    seen, real = [], LBPTOP._transform_one

    def watched(clip, **params):
        if clip.name == watched.stop:
            raise watched.error
        seen.append(clip.name)
        return real(clip, **params)

    watched.stop, watched.error = None, KeyboardInterrupt
    monkeypatch.setattr(LBPTOP, "_transform_one", staticmethod(watched))
    return seen, watched


def names(first, last):
    return [f"c{number:02d}" for number in range(first, last)]


def test_an_interrupted_job_goes_on(folder, tmp_path, extracted, capsys):
    seen, watched = extracted
    whole, out = tmp_path / "whole.csv", tmp_path / "x.csv"
    command = ["extract", str(folder), "--quiet", "--out"]
    assert main([*command, str(whole)]) == 0
    seen.clear()
    watched.stop = "c05"
    assert main([*command, str(out)]) == 130
    assert capsys.readouterr().err == (
        f"mefeat: interrupted; 5 of 12 clips are finished and kept in {out}.partial: "
        "the same command goes on from there; no file is half written\n"
    )
    assert seen == names(0, 5)
    assert not out.exists()
    seen.clear()
    watched.stop, watched.error = "c09", ClipError("is strange", "c09")
    assert main([*command, str(out)]) == 1
    error = capsys.readouterr().err
    assert "clip 'c09': is strange; 9 of 12 clips are finished and kept in" in error
    assert seen == names(5, 9)
    seen.clear()
    watched.stop = None
    assert main([*command, str(out)]) == 0
    assert seen == names(9, 12)
    assert out.read_bytes() == whole.read_bytes()
    assert not (tmp_path / "x.csv.partial").exists()


def interrupted(folder, out, extracted, **options):
    seen, watched = extracted
    watched.stop, watched.error = "c05", KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        extract_features(folder, LBPTOP(), out)
    seen.clear()
    watched.stop = None
    extract_features(folder, options.pop("extractor", LBPTOP()), out, **options)
    return seen


def test_other_settings_start_over(folder, tmp_path, extracted):
    out = tmp_path / "x.csv"
    other = LBPTOP(n_blocks=(2, 2, 1))
    assert interrupted(folder, out, extracted, extractor=other) == names(0, 12)
    same = LBPTOP(n_jobs=1, memory=tmp_path / "cache")
    assert interrupted(folder, out, extracted, extractor=same) == names(5, 12)


def test_no_resume_starts_over(folder, tmp_path, extracted):
    out = tmp_path / "x.csv"
    assert interrupted(folder, out, extracted, resume=False) == names(0, 12)
    extracted[1].stop = "c05"
    command = ["extract", str(folder), "--out", str(out), "--quiet"]
    assert main(command) == 130
    extracted[0].clear()
    extracted[1].stop = None
    assert main([*command, "--no-resume"]) == 0
    assert extracted[0] == names(0, 12)


def test_a_changed_clip_is_extracted_again(folder, tmp_path, extracted):
    seen, watched = extracted
    out = tmp_path / "x.csv"
    watched.stop = "c05"
    with pytest.raises(KeyboardInterrupt):
        extract_features(folder, LBPTOP(), out)
    watched.stop = None
    seen.clear()
    shutil.copy(folder / "c11.avi", folder / "c02.avi")
    os.utime(folder / "c02.avi", ns=(1, 1))
    result = extract_features(folder, LBPTOP(), out)
    assert seen == ["c02", *names(5, 12)]
    np.testing.assert_array_equal(result.X[2], result.X[11])


def test_a_clip_that_was_taken_away(folder, tmp_path, extracted):
    """The remedy for a clip that cannot be used, without a new start."""
    seen, watched = extracted
    out = tmp_path / "x.csv"
    watched.stop, watched.error = "c05", ClipError("no face", "c05")
    with pytest.raises(ClipError):
        extract_features(folder, LBPTOP(), out)
    seen.clear()
    (folder / "c05.avi").unlink()
    assert len(extract_features(folder, LBPTOP(), out).clips) == 11
    assert seen == names(6, 12)


def test_skipping_keeps_its_reasons(folder, tmp_path, extracted):
    watched = extracted[1]
    watched.stop, watched.error = "c05", ClipError("no face", "c05")
    result = extract_features(folder, LBPTOP(), tmp_path / "x.csv", on_error="skip")
    assert list(result.clips) == names(0, 5) + names(6, 12)
    assert list(result.skipped) == ["c05"]
    assert not (tmp_path / "x.csv.partial").exists()


def test_rows_need_not_be_in_memory(folder, tmp_path):
    out = tmp_path / "x.npz"
    result = extract_features(folder, HOGTOP(), out, in_memory=False)
    assert result.X is None
    assert len(result.clips) == 12
    plain = extract_features(folder, HOGTOP())
    with np.load(out) as found:
        np.testing.assert_array_equal(found["X"], plain.X)
        assert found["clips"].tolist() == plain.clips.tolist()
        assert found["features"].tolist() == plain.features.tolist()
    with pytest.raises(ValueError, match="'in_memory' parameter must be True without"):
        extract_features(folder, HOGTOP(), in_memory=False)


def test_batches_are_as_large_as_the_jobs():
    assert _batch_size(LBPTOP()) == 1
    assert _batch_size(LBPTOP(n_jobs=2)) == 8
    assert _batch_size(LBPTOP(n_jobs=100)) == 64


class Named:
    """A model that finds its one interval in every video."""

    def __init__(self):
        self.seen, self.stop = [], None

    def predict(self, X):
        (clip,) = X
        if clip.name == self.stop:
            raise KeyboardInterrupt
        self.seen.append(clip.name)
        found = Interval(1, 4, "negative", apex=2, score=1 / 3, kind="micro")
        return np.array([[found], None], dtype=object)[:1]


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_predictions_are_whole_and_in_order(folder, tmp_path, n_jobs):
    model, out = Named(), tmp_path / "p.csv"
    result = predict_videos(folder, model, out, n_jobs=n_jobs)
    assert list(result.intervals) == names(0, 12)
    assert sorted(model.seen) == names(0, 12)
    assert result.intervals["c07"][0].score == 1 / 3
    assert len(read_predictions(out)) == 12


def test_predictions_go_on_with_the_same_model(folder, tmp_path, monkeypatch):
    model, out = Named(), tmp_path / "p.csv"
    file = tmp_path / "model.skops"
    file.write_bytes(b"one")
    monkeypatch.setattr("mefeat.workflows._models.load_model", lambda path: model)
    model.stop = "c05"
    with pytest.raises(KeyboardInterrupt, match="5 of 12 videos are finished"):
        predict_videos(folder, file, out)
    assert not out.exists()
    model.stop, model.seen = None, []
    result = predict_videos(folder, file, out)
    assert model.seen == names(5, 12)
    assert result.intervals["c00"] == result.intervals["c11"]
    assert not (tmp_path / "p.csv.partial").exists()
    model.stop, model.seen = "c05", []
    with pytest.raises(KeyboardInterrupt):
        predict_videos(folder, file, out)
    file.write_bytes(b"another")
    model.stop, model.seen = None, []
    predict_videos(folder, file, out)
    assert model.seen == names(0, 12)


@pytest.mark.parametrize("fps", [0, -1, float("nan"), "25"])
def test_frame_rates_that_are_none(folder, tmp_path, fps):
    message = "'fps' parameter must be a number above 0"
    for work in (
        lambda: extract_features(folder, LBPTOP(), fps=fps),
        lambda: predict_videos(folder, Named(), fps=fps),
        lambda: train_model(folder, tmp_path / "m.skops", fps=fps),
    ):
        with pytest.raises(ValueError, match=message):
            work()


def test_frame_rates_of_the_command_line(folder, capsys):
    for command in (["spot"], ["extract", "--out", "x.csv"], ["train"]):
        with pytest.raises(SystemExit) as stop:
            main([*command, str(folder), "--fps", "0"])
        assert stop.value.code == 2
        error = capsys.readouterr().err
        assert "--fps: must be a number of frames per second above 0, not '0'" in error


def test_jobs_of_a_signal(folder, tmp_path, monkeypatch, capsys):
    """SIGTERM, as of batch systems, and errors that an import makes of Ctrl-C."""
    former = signal.getsignal(signal.SIGTERM)

    def told(clip, **params):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt:
            raise ImportError("half imported") from None

    monkeypatch.setattr(LBPTOP, "_transform_one", staticmethod(told))
    command = ["extract", str(folder), "--out", str(tmp_path / "x.csv"), "--quiet"]
    assert main(command) == 130
    assert capsys.readouterr().err.startswith("mefeat: interrupted; no file is half")
    assert signal.getsignal(signal.SIGTERM) is former
