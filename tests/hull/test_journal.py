"""What of an earlier job is taken up, and what is not."""

import multiprocessing

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from mefeat import LBPTOP
from mefeat.workflows._journal import Journal, estimator_identity, partial_path
from mefeat.workflows._live import Interrupted


@pytest.fixture
def out(tmp_path):
    return tmp_path / "table.csv"


def filled(out, settings="a", **items):
    with Journal(out, "clips", settings) as journal:
        for key, value in (items or {"x": 1, "y": [1.5, None, "ä"]}).items():
            journal.put(key, value)


def keys(out, settings="a", **options):
    with Journal(out, "clips", settings, **options) as journal:
        return {key for key in ("x", "y", "z") if key in journal}


def test_items_are_there_again(out):
    filled(out)
    with Journal(out, "clips", "a") as journal:
        assert journal.get("y") == [1.5, None, "ä"]
        assert journal.get("x") == 1
        with pytest.raises(KeyError):
            journal.get("z")
        journal.put("z", 3)
        assert journal.get("z") == 3
    assert keys(out) == {"x", "y", "z"}


def test_other_settings_start_over(out, caplog):
    filled(out)
    assert keys(out, "b") == set()
    assert "from other settings or another version; starting over" in caplog.text
    filled(out, "b", x=1)
    assert keys(out, "b") == {"x"}
    assert keys(out, "b", resume=False) == set()


def test_another_version_starts_over(out, monkeypatch):
    filled(out)
    with monkeypatch.context() as patch:
        patch.setattr("mefeat.workflows._journal.package_digest", lambda: "newer")
        assert keys(out) == set()


def test_every_cut_is_survived(out):
    filled(out)
    path = partial_path(out)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        found = keys(out)
        assert found <= {"x", "y"}
        filled(out, z=5)
        assert keys(out) == found | {"z"}
    path.write_bytes(whole)
    assert keys(out) == {"x", "y"}


def test_every_flipped_bit_is_noticed(out):
    filled(out)
    path = partial_path(out)
    whole = path.read_bytes()
    start = whole.index(b"\n") + 1
    for place in range(start, len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with Journal(out, "clips", "a") as journal:
            kept = {key: journal.get(key) for key in ("x", "y") if key in journal}
        assert kept.items() <= {"x": 1, "y": [1.5, None, "ä"]}.items()
        assert len(kept) < 2


def test_a_foreign_file_is_left_alone(out):
    partial_path(out).write_text("my notes\n")
    with pytest.raises(OSError, match=r"table\.csv\.partial: is no journal of mefeat"):
        filled(out)
    assert partial_path(out).read_text() == "my notes\n"


def ended(out, error, *items, **options):
    with Journal(out, "clips", "a", **options) as journal:
        for item in items:
            journal.put(item, 1)
        raise error


def test_an_end_says_what_is_kept(out):
    with pytest.raises(Interrupted, match="none of the clips was finished"):
        ended(out, KeyboardInterrupt)
    assert not partial_path(out).exists()
    with pytest.raises(Interrupted, match=r"^1 of 7 clips are .*csv\.partial: the"):
        ended(out, KeyboardInterrupt, "x", total=7)
    with pytest.raises(ValueError, match="bad clip") as caught:
        ended(out, ValueError("bad clip"))
    assert caught.value.__notes__[0].startswith("1 clips are finished and kept in")


def test_a_full_disk_keeps_what_was_finished(disk):
    out = disk.path / "table.csv"

    def fill():
        with Journal(out, "clips", "a") as journal:
            journal.put("x", 1)
            disk.fill(leave=5000)
            journal.put("y", "long " * 10_000)

    with pytest.raises(OSError, match=r"partial: cannot be written, the disk is full"):
        fill()
    disk.free()
    assert keys(out) == {"x"}
    partial_path(out).unlink()
    disk.fill()
    with pytest.raises(OSError, match="the disk is full"):
        filled(out)


def hold(out, ready, go):
    with Journal(out, "clips", "a") as journal:
        journal.put("x", 1)
        ready.set()
        go.wait(30)


def test_two_jobs_with_one_output(out):
    pytest.importorskip("fcntl", reason="needs locks of files")
    context = multiprocessing.get_context("spawn")
    ready, go = context.Event(), context.Event()
    process = context.Process(target=hold, args=(str(out), ready, go))
    process.start()
    assert ready.wait(60)
    with pytest.raises(OSError, match=r"table\.csv: another job is writing it; wait"):
        filled(out)
    go.set()
    process.join(30)
    filled(out)
    assert keys(out) >= {"x", "y"}


def test_identities_of_estimators():
    plain = estimator_identity(LBPTOP())
    assert estimator_identity(LBPTOP(n_jobs=2, memory="there")) == plain
    assert estimator_identity(LBPTOP(n_blocks=(2, 2, 1))) != plain
    assert estimator_identity(make_pipeline(LBPTOP())) != plain
    fitted = LBPTOP()
    fitted.learnt_ = np.zeros(3)
    assert estimator_identity(fitted) != plain
    typed = {"__name__": "builtins", "LBPTOP": LBPTOP}
    exec("class Mine(LBPTOP):\n    __module__ = '__main__'", typed)
    mine = typed["Mine"]()
    assert estimator_identity(mine) != estimator_identity(mine)
