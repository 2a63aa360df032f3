"""What holds when a job is killed, goes on for long, or is not alone.

Run ``python -m benchmarks.hull [--kills 50] [--clips 10000] [--processes 24]``.

*Kills*: ``extract``, ``predict`` and ``vqa predict`` (with a tiny model; left out where
PyTorch and Transformers are missing) are ended by SIGINT, SIGTERM and SIGKILL at random
moments and started again.  After each signal nothing half written stands under the
name of the output; each run that comes to its end writes the same bytes as one that
was not disturbed.

*Soak*: many small clips through ``mefeat extract`` in one process: its memory and open
files when so many clips are done.

*Cache*: processes that read and write one cache, each clip in an order of its own; with
room for all entries each is computed once, with room for a third of them they come and
go.  Some processes are killed on the way.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks._kills import Jobs, disturb
from benchmarks._sharing import share

__all__ = ["run"]

# Bytes of a line of the journal: checksum, key, 4,425 numbers in base64.
_LINE = 9 + len(json.dumps(["0" * 40, "0" * (4425 * 8 * 4 // 3)])) + 1


# -- kills -----------------------------------------------------------------------


def _small_clips(folder, count, distinct=50):
    """Write small videos; beyond `distinct` they are further names of the same."""
    from mefeat.io import write_video

    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(count):
        path = folder / f"c{number:05d}.avi"
        if number < distinct:
            frames = rng.integers(0, 256, (8, 32, 32), dtype=np.uint8)
            write_video(path, frames, 30)
        else:
            os.link(folder / f"c{number % distinct:05d}.avi", path)
    return folder


def _extract(folder):
    clips = _small_clips(folder / "clips", 24)
    return ["extract", clips, "--quiet"], "features.csv", ()


def _predict(folder):
    from mefeat.datasets import make_long_videos
    from mefeat.workflows import train_model

    options = {"blinks": False, "nods": False, "macro": False, "n_micro": 2}
    make_long_videos(folder / "videos", 2, 2, duration=3.5, random_state=5, **options)
    train_model(folder / "videos", folder / "model.skops")
    command = ["predict", folder / "videos", "--model", folder / "model.skops"]
    return [*command, "--quiet"], "predictions.csv", ()


def _vqa_predict(folder):
    from PIL import Image

    from mefeat.datasets import make_me_vqa
    from mefeat.vqa import make_tiny_qwen

    one = {"dataset": "casme2", "subject": 1, "emotion": "happiness"}
    names = ("EP02_01f", "EP03_02f", "EP04_03f")
    rows = make_me_vqa(
        [{**one, "name": name, "action_units": "12"} for name in names],
        folder / "questions.jsonl",
    )
    rng = np.random.default_rng(0)
    for name in sorted({row["image_id"] for row in rows}):
        (folder / "frames" / name).mkdir(parents=True)
        for number in range(1, 6):
            frame = rng.integers(0, 256, (40, 40), dtype=np.uint8)
            Image.fromarray(frame).save(folder / "frames" / name / f"{number}.png")
    make_tiny_qwen(folder / "tiny")
    command = [
        "vqa", "predict", folder / "questions.jsonl", "--root", folder / "frames",
        "--model", folder / "tiny", "--inputs", "oao", "--no-align", "--quiet",
    ]  # fmt: skip
    modules = ("mefeat.vqa.qwen", "transformers.models.qwen2_5_vl.modeling_qwen2_5_vl")
    return command, "answers.jsonl", modules


def kill_rows(kills, quick):
    """Kill each of the commands so many times."""
    makers = [_extract] if quick else [_extract, _predict]
    if not quick and importlib.util.find_spec("transformers"):
        makers.append(_vqa_predict)
    for number, make in enumerate(makers):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            command, name, modules = make(folder)
            out = folder / "out" / name
            out.parent.mkdir()
            with Jobs(folder, modules) as jobs:
                counts = disturb(
                    jobs, [*command, "--out", out], out,
                    np.random.default_rng(number), kills,
                )  # fmt: skip
        yield {"table": "kills", "command": make.__name__[1:], **counts}


# -- soak ------------------------------------------------------------------------


def soak_rows(n_clips):
    """Watch one process that extracts many clips."""
    import psutil

    marks = sorted({min(n_clips, mark) for mark in (100, 1000, 5000, n_clips - 1)})
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        clips = _small_clips(folder / "clips", n_clips)
        out = folder / "features.npz"
        command = ["extract", str(clips), "--out", str(out), "--quiet"]
        began = time.monotonic()
        process = subprocess.Popen([sys.executable, "-m", "mefeat", *command])
        watched, journal, size = psutil.Process(process.pid), Path(f"{out}.partial"), 0
        while process.poll() is None:
            time.sleep(0.02)
            size = max(size, journal.stat().st_size if journal.exists() else 0)
            done = size // _LINE
            if marks and done >= marks[0]:
                mark = marks.pop(0)
                yield {
                    "table": "soak",
                    "clips": mark,
                    "resident_mb": watched.memory_info().rss / 1e6,
                    "open_files": watched.num_fds(),
                    "seconds": time.monotonic() - began,
                }
        if process.returncode:
            raise RuntimeError(f"mefeat extract ended with {process.returncode}")
        with np.load(out) as found:
            assert found["clips"].shape == (n_clips,)
        yield {
            "table": "soak",
            "clips": n_clips,
            "seconds": time.monotonic() - began,
            "file_mb": out.stat().st_size / 1e6,
        }


# -- cache -----------------------------------------------------------------------


def cache_rows(n_processes, n_clips):
    """Let processes share a cache that has room for all, and for a third."""
    entry = 1000 * 8 + 300
    killed = n_processes // 6
    for room, limit, kills in (
        ("all", None, 0),
        ("all", None, killed),
        ("a third", n_clips * entry // 3, killed),
    ):
        with tempfile.TemporaryDirectory() as folder:
            found = share(
                folder, n_processes, n_clips=n_clips, size_limit=limit, n_kills=kills
            )
        yield {"table": "cache", "clips": n_clips, "room for": room, **found}


def run(quick=False, kills=50, clips=10_000, processes=24):
    """Give the rows of all three."""
    if quick:
        kills, clips, processes = 4, 200, 4
    rows = list(kill_rows(kills, quick)) + list(soak_rows(clips))
    return rows + list(cache_rows(processes, 40 if quick else 200))


def main():
    """Run with other numbers than the default."""
    from benchmarks.__main__ import show

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=50, help="of each command")
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=24)
    arguments = parser.parse_args()
    parts = (
        kill_rows(arguments.kills, False),
        soak_rows(arguments.clips),
        cache_rows(arguments.processes, 200),
    )
    for part in parts:
        show(list(part))
        print(flush=True)


if __name__ == "__main__":
    main()
