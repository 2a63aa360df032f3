"""The commands on real video files, small ones."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mefeat import LBPTOP, Clip, ClipError, Interval
from mefeat.cli import main
from mefeat.datasets import make_long_videos, read_annotations, read_predictions
from mefeat.io import write_video
from mefeat.workflows import (
    extract_features,
    predict_videos,
    run_demo,
    spot_videos,
)
from mefeat.workflows._files import Skipped, expand_videos
from mefeat.workflows._spot_outputs import face_gaps


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("videos")
    make_long_videos(
        root, n_subjects=3, n_videos=1, duration=8.0, blinks=False, nods=False,
        macro=False, random_state=5,
    )  # fmt: skip
    return root


@pytest.fixture(scope="module")
def video(folder):
    return sorted(folder.glob("*.avi"))[0]


@pytest.fixture(scope="module")
def model(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.skops"
    assert main(["train", str(folder), "--model", str(path), "--json"]) == 0
    return path


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.avi"
    path.write_bytes(b"not a video")
    return path


def overlaps(found, truth):
    return any(i.iou(t) >= 0.5 for i in found for t in truth)


def test_spot_writes_tables_pictures_and_report(folder, video, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["spot", str(video), "--out", str(out), "--json", "--quiet"]) == 0
    content = json.loads(capsys.readouterr().out)
    table = pd.read_csv(out / "intervals.csv")
    assert len(table) == len(content["intervals"]) > 0
    truth = dict(read_annotations(folder / "annotations.csv"))
    truth = next(v for (_, name), v in truth.items() if name in video.name)
    found = [Interval(r.onset, r.offset) for r in table.itertuples()]
    assert overlaps(found, truth)
    first = table.iloc[0]
    assert first.onset_s == pytest.approx(first.onset / 30, abs=1e-3)
    assert first.duration_s == pytest.approx(
        (first.offset - first.onset + 1) / 30, abs=1e-3
    )
    names = {p.name for p in out.iterdir()}
    assert {"intervals.csv", "intervals.json", "report.html"} <= names
    assert f"{video.stem}_timeline.png" in names
    assert sum("_apex" in name for name in names) == len(table)
    assert not [name for name in names if "part" in name or name.startswith(".")]


def test_train_predict_score(folder, video, model, tmp_path, capsys):
    out = tmp_path / "predictions.csv"
    arguments = ["predict", str(folder), "--model", str(model), "--out", str(out)]
    assert main([*arguments, "--quiet", "--json"]) == 0
    assert out.read_text().startswith("subject,video,onset,offset,emotion\n")
    assert json.loads(capsys.readouterr().out)["intervals"] > 0
    labels = {i.label for v in read_predictions(out).values() for i in v}
    assert labels <= {"negative", "positive", "surprise"}
    # The videos lie side by side, so no subject is known; their names tell enough.
    truth = str(folder / "annotations.csv")
    score = ["score", "str", "--truth", truth, "--pred", str(out), "--json"]
    assert main(score) == 0
    assert json.loads(capsys.readouterr().out)["f1"] > 0.5
    shifted = tmp_path / "from1.csv"
    predict_videos(video, model, shifted, frame_base=1)
    zero = pd.read_csv(out)
    mine = zero[zero.video.str.endswith(video.stem)].onset.to_numpy()
    np.testing.assert_array_equal(pd.read_csv(shifted).onset.to_numpy(), mine + 1)


def test_bad_inputs_are_named_and_nothing_is_half_written(
    folder, video, broken, model, tmp_path, capsys
):
    out = tmp_path / "p.csv"
    arguments = ["predict", str(video), str(broken), "--model", str(model)]
    assert main([*arguments, "--out", str(out), "--quiet"]) == 1
    assert "broken" in capsys.readouterr().err
    assert not out.exists()
    assert main([*arguments, "--out", str(out), "--quiet", "--on-error", "skip"]) == 1
    printed = capsys.readouterr()
    assert "skipped: broken" in printed.err
    assert len(read_predictions(out)) <= 1
    damaged = tmp_path / "damaged.skops"
    damaged.write_bytes(model.read_bytes()[:200])
    assert main(["predict", str(video), "--model", str(damaged)]) == 1
    assert "damaged.skops" in capsys.readouterr().err
    assert main(["predict", str(tmp_path / "none.mp4"), "--model", str(model)]) == 1
    assert "no such" in capsys.readouterr().err
    assert main(["train", str(tmp_path), "--model", str(tmp_path / "m.skops")]) == 1
    assert "annotations.csv: no such annotation file" in capsys.readouterr().err
    assert not (tmp_path / "m.skops").exists()


def test_a_video_without_a_face(tmp_path, rng, capsys):
    path = tmp_path / "wall.avi"
    write_video(path, rng.integers(90, 110, (30, 120, 160), dtype=np.uint8), fps=30)
    out = tmp_path / "out"
    assert main(["spot", str(path), "--out", str(out), "--quiet"]) == 1
    error = capsys.readouterr().err
    assert "wall" in error
    assert "face" in error
    # Other videos are kept, the reason is written down.
    result = spot_videos([path], out, on_error="skip")
    assert "face" in result.skipped["wall"]
    assert "face" in json.loads((out / "intervals.json").read_text())["skipped"]["wall"]


def test_interrupted_spotting_keeps_what_it_found(folder, tmp_path, monkeypatch):
    from mefeat.workflows import _spot

    real, seen = _spot.measure, []

    def stop_at_second(spotter, clip, watch):
        seen.append(clip.name)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return real(spotter, clip, watch)

    monkeypatch.setattr(_spot, "measure", stop_at_second)
    with pytest.raises(KeyboardInterrupt):
        spot_videos([folder], tmp_path / "out")
    content = json.loads((tmp_path / "out" / "intervals.json").read_text())
    assert {row["video"] for row in content["intervals"]} <= {seen[0]}
    assert (tmp_path / "out" / "report.html").exists()


def test_image_folders_need_a_frame_rate(tmp_path, rng):
    from skimage.io import imsave

    folder = tmp_path / "clip"
    folder.mkdir()
    for number in range(3):
        frame = rng.integers(0, 255, (30, 30), dtype=np.uint8)
        imsave(folder / f"img{number}.png", frame, check_contrast=False)
    with pytest.raises(ClipError, match="frame rate is unknown; give it with --fps"):
        spot_videos([folder])


def test_extract(folder, video, tmp_path, capsys):
    clips = tmp_path / "clips"
    clips.mkdir()
    frames = Clip(video)[:8].frames(color=True)
    for name in ("a.avi", "b.avi"):
        write_video(clips / name, frames[:, :64, :64], fps=30)
    out = tmp_path / "features.csv"
    assert main(["extract", str(clips), "--out", str(out), "--quiet"]) == 0
    table = pd.read_csv(out, index_col="clip")
    assert table.shape == (2, 5 * 5 * 3 * 59)
    assert list(table.index) == ["a", "b"]
    assert main(["extract", str(clips), "--out", str(tmp_path / "x.txt")]) == 1
    assert "must end in .csv or .npz" in capsys.readouterr().err
    npz = tmp_path / "features.npz"
    assert main(["extract", str(clips), "--out", str(npz), "--quiet"]) == 0
    np.testing.assert_allclose(np.load(npz)["X"], table.to_numpy())


def test_extract_skips_only_the_bad_clip(tmp_path, broken, rng):
    names = ("a.avi", "b.avi")
    for name in names:
        frames = rng.integers(0, 256, (9, 40, 40), dtype=np.uint8)
        write_video(tmp_path / name, frames, fps=30)
    short = rng.integers(0, 256, (2, 40, 40), dtype=np.uint8)
    write_video(tmp_path / "short.avi", short, fps=30)
    with pytest.raises(ClipError):
        extract_features(tmp_path, LBPTOP(), on_error="raise")
    result = extract_features(tmp_path, LBPTOP(), on_error="skip")
    assert list(result.clips) == ["a", "b"]
    assert set(result.skipped) == {"broken", "short"}
    assert result.X.shape == (2, len(result.features))


def test_extract_refuses_what_learns_and_keeps_older_results(tmp_path, broken):
    with pytest.raises(ValueError, match="'extractor' parameter must learn nothing"):
        extract_features(tmp_path, make_pipeline(LBPTOP(), StandardScaler()))
    out = tmp_path / "features.csv"
    out.write_text("kept")
    result = extract_features(broken, LBPTOP(), out, on_error="skip")
    assert len(result.X) == 0
    assert out.read_text() == "kept"


def test_extract_on_a_cluster(tmp_path, rng):
    distributed = pytest.importorskip(
        "distributed", reason='pip install "mefeat[dask]"'
    )
    frames = rng.integers(0, 256, (9, 40, 40), dtype=np.uint8)
    write_video(tmp_path / "a.avi", frames, fps=30)
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        there = extract_features(
            tmp_path, LBPTOP(), scheduler=cluster.scheduler_address
        )
    here = extract_features(tmp_path, LBPTOP())
    np.testing.assert_array_equal(there.X, here.X)


def test_expand_videos_gives_each_a_name_of_its_own(folder, tmp_path, video):
    for name in ("s01", "s02"):
        (tmp_path / name).mkdir()
        shutil.copy(video, tmp_path / name / "v1.avi")
    paths = [tmp_path / "s01" / "v1.avi", tmp_path / "s02" / "v1.avi"]
    assert list(expand_videos(paths)) == ["s01/v1", "s02/v1"]
    assert list(expand_videos([paths[0], paths[0]])) == ["s01/v1", "s01/v1-2"]
    assert list(expand_videos([video, paths[0]])) == [video.stem, "v1"]
    assert len(expand_videos(folder)) == 3


def test_gaps_are_summed_up():
    valid = np.ones(100, dtype=bool)
    assert face_gaps(valid, 30) == []
    valid[40:80] = valid[3] = valid[9:11] = False
    assert face_gaps(valid, 30) == [
        "No face in frames 40 to 79 (1.33 to 2.67 s); nothing is spotted there.",
        "The face was lost for moments 2 times, 3 frames in all.",
    ]


def test_skipped_refuses_unknown_modes():
    with pytest.raises(ValueError, match="'on_error' parameter must be one of"):
        Skipped("ignore")


@pytest.mark.slow
def test_demo_is_complete_and_repeats(tmp_path):
    options = {"n_subjects": 2, "n_videos": 1, "duration": 6.0}
    result = run_demo(tmp_path / "a", **options)
    again = run_demo(tmp_path / "b", **options)
    pd.testing.assert_frame_equal(result.table, again.table)
    assert list(result.table.index) == [
        "mefeat", "chance, mean of 100", "half the amplitude"
    ]  # fmt: skip
    assert "one photograph" in result.descr
    n = len(pd.read_csv(tmp_path / "a" / "videos" / "annotations.csv").dropna())
    assert result.text.startswith(f"{n} micro-expressions in 2 synthetic videos of 2")
    for name in result.table.index:
        assert f"\n{name} " in result.text
    assert "\nFNa  " in result.text
    assert result.report.is_file()
    scored = json.loads((tmp_path / "a" / "scores.json").read_text())
    assert scored["mefeat"]["F1"] == result.table.loc["mefeat", "F1"]
    for name in ("predictions.csv", "scores.csv", "videos/annotations.csv"):
        assert (tmp_path / "a" / name).is_file()
