"""Errors on faces whose motion is known; the table is `benchmarks/flow.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks._flow_truth import load_faces
from benchmarks.flow import PEAKS, accuracy, choose_half, run

SMALL = (0.15, 0.5, 1.0)


def table(rows):
    return {(r["peak"], r["contender"]): r for r in rows if r["table"] == "accuracy"}


def check_against_peers(rows):
    found = table(rows)
    for peak in PEAKS:
        ours = found[peak, "lk"]
        peers = [found[peak, name] for name in ("farneback", "dis")]
        best = min(peer["epe"] for peer in peers)
        assert ours["epe"] <= best * (1 if peak in SMALL else 1.1)
        if peak in (0.5, 1.0):
            assert ours["strain_correlation"] > max(
                peer["strain_correlation"] for peer in peers
            )


def test_one_face_of_scikit_image():
    rows = accuracy(load_faces())
    check_against_peers(rows)
    bounds = {0.15: 0.06, 0.5: 0.065, 1.0: 0.075, 1.5: 0.085, 3.0: 0.12}
    for peak, bound in bounds.items():
        assert table(rows)[peak, "lk"]["epe"] < bound


def test_reported_faces(shared_data):
    faces = choose_half(load_faces(shared_data / "faces"))
    assert len({face.person for face in faces}) == 12
    check_against_peers(accuracy(faces[::4]))


def test_the_benchmark_gives_rows(monkeypatch):
    monkeypatch.setattr("benchmarks.flow.speed", lambda face, rounds: [])
    rows = run(quick=True)
    assert len(rows) == 15
    assert all(row["n_faces"] == 1 for row in rows)
