"""The fuzzing command itself, and a little of what it finds nothing in."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.fuzz import oracle
from benchmarks.fuzz.mutations import run
from benchmarks.fuzz.targets import TARGETS
from mefeat import ClipError

ROOT = Path(__file__).resolve().parents[2]
# How often in these tests; the slowest targets read in every reader.
RUNS = {"sheet-csv": 4, "sheet-xml": 4, "cli": 40, "report": 40}


@pytest.mark.parametrize("name", [n for n, kind in TARGETS.items() if kind.default])
def test_mutations_give_results_or_clear_errors(name, tmp_path):
    target = TARGETS[name](tmp_path)
    seeds = target.seeds()
    count = run(target, seeds, 20, RUNS.get(name, 60), seed=7, note=lambda data: None)
    assert count >= min(len(seeds), RUNS.get(name, 60))


def test_raw_errors_are_findings():
    def raw(error):
        raise error

    with pytest.raises(oracle.UnclearError, match="IndexError: far"):
        oracle.attempt(raw, IndexError("far"))
    with pytest.raises(oracle.UnclearError, match="ValueError: not of mefeat"):
        oracle.attempt(raw, ValueError("not of mefeat"))
    with pytest.raises(oracle.UnclearError, match="UnicodeDecodeError"):
        oracle.attempt(b"\xff".decode)
    with pytest.raises(oracle.UnclearError, match="a name"):
        oracle.attempt(raw, OSError("without a name"), named="b.csv")
    assert oracle.attempt(raw, OSError("b.csv: missing"), named="b.csv") is None
    assert oracle.attempt(len, "ab") == 2


def test_own_errors_are_none():
    from mefeat import Clip

    with pytest.raises(ClipError):
        Clip("missing.mp4")
    assert oracle.attempt(Clip, "missing.mp4", named="missing.mp4") is None


def test_the_command(tmp_path):
    found = subprocess.run(
        [
            sys.executable, "-m", "benchmarks.fuzz", "action-units", "--runs", "50",
            "--engine", "mutations", "--folder", str(tmp_path / "findings"),
        ],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    assert "Done 50 runs" in found.stdout
    assert not (tmp_path / "findings").exists()
