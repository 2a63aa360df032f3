"""Files are written whole or not at all, and errors say what to do."""

import errno
import os
import threading
import time

import pytest

from mefeat._atomic import (
    append,
    check_place,
    explained,
    filling,
    make_folder,
    replacing,
    write_text,
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_name_is_taken_at_the_end(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("older")
    with replacing(path, durable=True) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".csv"
        assert temporary.name.startswith(".table.")
        temporary.write_text("new")
        assert path.read_text() == "older"
    assert path.read_text() == "new"
    assert names(tmp_path) == ["table.csv"]


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
def test_an_error_leaves_the_older_file(tmp_path, error):
    path = tmp_path / "table.csv"
    path.write_text("older")

    def fail():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_text() == "older"
    assert names(tmp_path) == ["table.csv"]


def test_a_folder_is_filled_at_the_end(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("older")
    (folder / "notes.txt").write_text("mine")
    with filling(folder) as part:
        (part / "config.json").write_text("new")
        (part / "weights.bin").write_text("1")
        assert (folder / "config.json").read_text() == "older"
        assert not (folder / "weights.bin").exists()
    assert names(folder) == ["config.json", "notes.txt", "weights.bin"]
    assert (folder / "config.json").read_text() == "new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_the_older_folder(tmp_path, error):
    (tmp_path / "config.json").write_text("older")

    def fail():
        with filling(tmp_path) as part:
            (part / "config.json").write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert names(tmp_path) == ["config.json"]
    assert (tmp_path / "config.json").read_text() == "older"


def test_a_disk_that_becomes_full_while_a_folder_is_filled(tmp_path):
    def fail():
        with filling(tmp_path):
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="the disk is full; free some space") as info:
        fail()
    assert str(tmp_path) in str(info.value)
    assert names(tmp_path) == []


def test_writers_of_one_file_do_not_meet(tmp_path):
    path = tmp_path / "shared.txt"
    texts = [str(number) * 50_000 for number in range(8)]

    def write(text):
        for _ in range(5):
            write_text(path, text)

    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        if path.exists():
            assert path.read_text() in texts
    assert path.read_text() in texts
    assert names(tmp_path) == ["shared.txt"]


def test_line_ends_and_letters_stay(tmp_path):
    path = write_text(tmp_path / "t.txt", "ä\r\nb\n")
    assert path.read_bytes() == b"\xc3\xa4\r\nb\n"


@pytest.mark.parametrize("name", ["ä" * 110 + ".csv", "x" * 250 + ".csv", ".csv"])
def test_names_that_leave_no_room(tmp_path, name):
    write_text(tmp_path / name, "x")
    assert names(tmp_path) == [name]


def test_a_name_that_is_too_long(tmp_path):
    with pytest.raises(OSError, match=r"the name is too long; take a shorter one"):
        write_text(tmp_path / ("x" * 300 + ".csv"), "x")
    assert names(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="links take rights on Windows")
def test_a_link_keeps_pointing(tmp_path):
    (tmp_path / "far").mkdir()
    real, link = tmp_path / "far" / "real.csv", tmp_path / "link.csv"
    real.write_text("older")
    link.symlink_to(real)
    check_place(link)
    write_text(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"


@pytest.mark.skipif(os.name != "posix", reason="there are no pipes with names")
def test_what_is_no_file_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    for write in (check_place, lambda path: write_text(path, "x")):
        with pytest.raises(OSError, match="is a device or a pipe; give the name of a"):
            write(pipe)
        with pytest.raises(IsADirectoryError, match="is a folder; give the name of a"):
            write(tmp_path)


def test_a_missing_folder(tmp_path):
    path = tmp_path / "none" / "a.csv"
    with pytest.raises(FileNotFoundError, match=r"no folder '.*none' to write it to"):
        check_place(path)
    with pytest.raises(FileNotFoundError, match=r"a\.csv: cannot be written, there is"):
        write_text(path, "x")
    assert check_place(None) is None


def test_folders(tmp_path):
    assert make_folder(tmp_path / "a" / "b").is_dir()
    make_folder(tmp_path / "a")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="is a file; give the name of a fold"):
        make_folder(tmp_path / "file")
    with pytest.raises(NotADirectoryError, match="cannot be written, its folder is a"):
        make_folder(tmp_path / "file" / "below")


def test_a_read_only_folder(tmp_path, read_only):
    folder = tmp_path / "fixed"
    folder.mkdir()
    (folder / "table.csv").write_text("older")
    read_only(folder)
    message = (
        r"table\.csv: cannot be written, its (disk may only be read|folder is read-)"
    )
    for write in (check_place, lambda path: write_text(path, "x")):
        with pytest.raises(OSError, match=message):
            write(folder / "table.csv")
    with pytest.raises(OSError, match="fixed: cannot be written"):
        make_folder(folder)
    with pytest.raises(OSError, match="new: cannot be written"):
        make_folder(folder / "new")
    assert names(folder) == ["table.csv"]


def test_a_full_disk(disk):
    path = disk.path / "table.csv"
    path.write_text("older")
    disk.fill(leave=10_000)
    message = r"table\.csv: cannot be written, the disk is full; free some space there"
    with pytest.raises(OSError, match=message) as caught:
        write_text(path, "x" * 100_000)
    assert caught.value.errno == errno.ENOSPC
    assert path.read_text() == "older"
    assert disk.names == {"table.csv"}


def test_lines_are_appended_whole(disk):
    path = disk.path / "log"
    with open(path, "ab", buffering=0) as file:
        append(file, b"first\n")
        disk.fill(leave=4096)
        with pytest.raises(OSError, match="log: cannot be written, the disk is full"):
            append(file, b"x" * 20_000)
        assert path.read_bytes() == b"first\n"
        disk.free()
        append(file, b"second\n")
    assert path.read_bytes() == b"first\nsecond\n"


def test_errors_of_other_files_are_not_ours(tmp_path):
    other = PermissionError(errno.EACCES, "Permission denied", "input.avi")
    assert explained(other, tmp_path / "out.csv") is other
    plain = OSError("codec")
    assert explained(plain, tmp_path / "out.csv") is plain
    unnamed = PermissionError(errno.EACCES, "Permission denied")
    assert explained(unnamed, tmp_path / "out.csv") is unnamed
    full = OSError(errno.ENOSPC, "No space left on device")
    assert "the disk is full" in str(explained(full, "out.csv"))


def test_leftovers_of_killed_processes_go_after_a_day(tmp_path):
    path = tmp_path / "a[1].csv"
    left, fresh = tmp_path / ".a[1].0123.part.csv", tmp_path / ".a[1].4567.part.csv"
    other = tmp_path / ".b.0123.part.csv"
    for file in (left, fresh, other):
        file.write_text("half")
    yesterday = time.time() - 25 * 3600
    for file in (left, other):
        os.utime(file, (yesterday, yesterday))
    check_place(path)
    assert names(tmp_path) == [fresh.name, other.name]
