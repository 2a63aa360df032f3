"""`mefeat spot` while it runs: progress, and what signals leave behind."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise

import pandas as pd
import pytest

from mefeat import Clip
from mefeat.cli import main
from mefeat.datasets import make_long_videos
from mefeat.io import write_video
from mefeat.spotting import Signal, make_spotter
from mefeat.workflows import spot_videos
from mefeat.workflows._live import Interrupted, Watch
from mefeat.workflows._progress import Progress

FPS = 25


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Some seconds with expressions, shown again and again for four minutes."""
    root = tmp_path_factory.mktemp("long")
    data = make_long_videos(
        root, 1, 1, duration=8.0, fps=FPS, size=96, drift=False, flicker=False,
        nods=False, macro=False, blinks=False, random_state=5,
    )  # fmt: skip
    frames = data.videos[0].frames(color=True)
    path = root / "talk.avi"
    write_video(path, (f for _ in range(30) for f in frames), FPS, "MJPG")
    return path


def start(video, out, *options):
    command = [sys.executable, "-m", "mefeat", "spot", str(video), "--out", str(out)]
    return subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def state(out):
    path = out / "intervals.json"
    return json.loads(path.read_text()) if path.exists() else {"videos": {}}


def wait_for_intervals(process, out):
    """Wait until a video that is not finished has intervals in the table."""
    for _ in range(1200):
        assert process.poll() is None, process.communicate()
        content = state(out)
        if content.get("intervals"):
            return content
        time.sleep(0.05)
    raise AssertionError("no interval in a minute")


def expected(video, n_frames):
    """What spotting finds in the first frames of a video."""
    spotter = make_spotter()
    whole = spotter[0].measure(Clip(video)[: n_frames + 100])
    return spotter[-1].predict([whole[:n_frames]])[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_keeps_what_was_found(video, tmp_path, number):
    process = start(video, tmp_path / "out")
    try:
        wait_for_intervals(process, tmp_path / "out")
        process.send_signal(number)
        printed, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    content = state(tmp_path / "out")
    seen = content["videos"]["talk"]
    assert seen["status"] == "interrupted"
    assert 0 < seen["frames_seen"] < seen["frames"] == 6000
    assert seen["seconds_seen"] == pytest.approx(seen["frames_seen"] / FPS, abs=1e-3)
    assert f"interrupted at frame {seen['frames_seen']} of 6000" in errors
    table = pd.read_csv(tmp_path / "out" / "intervals.csv")
    found = [(i.onset, i.offset) for i in expected(video, seen["frames_seen"])]
    assert list(zip(table.onset, table.offset, strict=True)) == found
    assert f"{table.onset.iloc[-1]}" in printed
    report = (tmp_path / "out" / "report.html").read_text()
    assert "Interrupted at frame" in report
    assert not [p for p in (tmp_path / "out").iterdir() if p.name.startswith(".")]


def test_a_killed_job_leaves_whole_tables(video, tmp_path):
    process = start(video, tmp_path / "out", "--quiet")
    try:
        wait_for_intervals(process, tmp_path / "out")
    finally:
        process.kill()
        process.communicate()
    content = state(tmp_path / "out")
    seen = content["videos"]["talk"]
    assert seen["status"] == "running"
    table = pd.read_csv(tmp_path / "out" / "intervals.csv")
    last = int(table.offset.max())
    assert 0 < last < 6000
    # A rerun replaces the tables: whatever was found is there as before.
    again = start(video, tmp_path / "out", "--quiet")
    try:
        for _ in range(1200):
            content = state(tmp_path / "out")
            if content["videos"]["talk"]["frames_seen"] > seen["frames_seen"]:
                break
            time.sleep(0.05)
        again.send_signal(signal.SIGINT)
        again.communicate(timeout=60)
    finally:
        again.kill()
    now = pd.read_csv(tmp_path / "out" / "intervals.csv")
    assert set(table.onset[:-1]) <= set(now.onset)


def test_an_interrupted_call_tells_and_keeps(video, tmp_path, monkeypatch):
    reach = Progress.reach

    def stop(self, done):
        reach(self, done)
        if done >= 300:
            raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "reach", stop)
    with pytest.raises(Interrupted, match=r"talk: interrupted at frame \d+ of") as info:
        spot_videos(video, tmp_path / "out")
    result = info.value.result
    assert result.status["talk"]["status"] == "interrupted"
    assert len(result.table) == len(result.intervals["talk"]) > 0
    pd.testing.assert_frame_equal(
        pd.read_csv(tmp_path / "out" / "intervals.csv"), result.table, check_dtype=False
    )


def test_finished_videos_are_not_measured_again(video, tmp_path, monkeypatch, capsys):
    short = tmp_path / "short.avi"
    write_video(short, Clip(video)[:60].frames(color=True), FPS, "MJPG")
    cache = ["--cache", str(tmp_path / "cache"), "--quiet"]
    assert main(["spot", str(short), *cache, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["videos"]["short"]["status"] == "done"
    assert first["videos"]["short"]["frames_seen"] == 60

    def fail(*_):
        raise AssertionError("measured again")

    monkeypatch.setattr("mefeat.spotting.roi_motion.MotionStream.push", fail)
    assert main(["spot", str(short), *cache, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == first


def test_progress_is_a_line_now_and_then_elsewhere(monkeypatch):
    clock = iter([0.0, 4.0, 12.0, 15.0, 25.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    out = io.StringIO()
    with Progress("spot talk", 36000, "frames", stream=out) as progress:
        for done in (800, 2400, 3000, 5000):
            progress.reach(done)
    assert out.getvalue().splitlines() == [
        "spot talk: 2400 of 36000 frames, 200 a second, 2:48 left",
        "spot talk: 5000 of 36000 frames, 200 a second, 2:35 left",
    ]


def test_progress_is_a_bar_on_a_terminal_and_nothing_when_quiet():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    out = Terminal()
    with Progress("spot talk", 600, "frames", stream=out) as progress:
        progress.reach(300)
    assert "spot talk" in out.getvalue()
    quiet = Terminal()
    with Progress("spot", 600, "frames", stream=quiet, enabled=False) as progress:
        progress.reach(300)
    assert quiet.getvalue() == ""


def test_looks_become_rarer_and_cost_little(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    looks = []

    def keep(_):
        looks.append(now[0])
        now[0] += 0.1

    with Progress("spot", 10**6, "frames", enabled=False) as progress:
        watch = Watch(progress, keep)
        for frame in range(4000):
            now[0] += 0.1
            watch(frame, lambda: Signal([[0.0]], FPS))
    gaps = [b - a for a, b in pairwise(looks)]
    assert looks[0] == pytest.approx(1.0, abs=0.11)
    assert gaps[0] < gaps[1] < gaps[3]
    assert max(gaps) < 31
    assert 0.1 * len(looks) / now[0] < 0.05
