"""Folders that loop, hold what is no file, or names in any script."""

import io
import json
import os
import sys
import unicodedata
import warnings

import numpy as np
import pytest

from mefeat import Clip, ClipError, Interval
from mefeat.cli import main
from mefeat.datasets import (
    check_dataset,
    identify_dataset,
    load_casme2,
    load_me_vqa,
    load_videos,
    make_layout,
    read_annotations,
    read_predictions,
    read_str_submission,
    write_annotations,
    write_predictions,
)
from mefeat.datasets._folders import find_frame_folders
from mefeat.datasets._sheets import find_tables, read_cells
from mefeat.datasets.annotations import find_videos
from mefeat.datasets.layouts import write_frames
from mefeat.exceptions import ModelFileError
from mefeat.io import write_video
from mefeat.recognition import load_model
from mefeat.reporting import IntervalCard, VideoSection, write_html_report
from mefeat.vqa._answer_log import AnswerLog
from mefeat.workflows import score_recognition
from mefeat.workflows._files import expand_videos, file_stem

FRAMES = np.zeros((4, 32, 32), np.uint8)


def link(path, target):
    try:
        path.symlink_to(target)
    except (OSError, NotImplementedError):
        pytest.skip("links cannot be made here")


def pipe(path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no named pipes here")
    os.mkfifo(path)


# -- loops -----------------------------------------------------------------------


@pytest.fixture
def loops(tmp_path):
    """A folder of frames among links that lead in circles: 2 ** 40 paths and more."""
    root = tmp_path / "root"
    write_frames(root / "sub01" / "frames", [(1, "img1.png"), (2, "img2.png")])
    for folder in (root, root / "sub01"):
        for name in "abc":
            link(folder / name, root)
    link(root / "itself", "itself")
    link(root / "there", "back")
    link(root / "back", "there")
    link(root / "nowhere", root / "missing")
    return root


def test_links_in_circles_end(loops, capsys):
    (found,) = find_frame_folders(loops)
    assert found.name == "frames"
    assert find_tables(loops) == []
    assert list(find_videos(loops)) == ["sub01/frames"]
    assert check_dataset(loops).name is None
    assert identify_dataset(loops) is None
    assert main(["dataset", "check", str(loops)]) == 1
    assert "no data set" in capsys.readouterr().out


def test_a_data_set_with_links_is_read_as_without(tmp_path):
    root = make_layout("casme2", tmp_path / "root")
    plain = load_casme2(root)
    for folder in [root, *(p for p in root.rglob("*") if p.is_dir())]:
        if not any(p.suffix == ".jpg" for p in folder.iterdir()):
            link(folder / "loop", root)
    looped = load_casme2(root)
    assert [c.name for c in looped.clips] == [c.name for c in plain.clips]
    assert looped.report.counts == plain.report.counts


def test_a_linked_folder_is_found(tmp_path):
    write_frames(tmp_path / "elsewhere" / "v", [(1, "img1.png")])
    (tmp_path / "root").mkdir()
    link(tmp_path / "root" / "s1", tmp_path / "elsewhere")
    assert find_frame_folders(tmp_path / "root") == [tmp_path / "root" / "s1" / "v"]


# -- what is no file -----------------------------------------------------------------


def test_pipes_are_never_read(tmp_path):
    root = make_layout("casme2", tmp_path / "root")
    plain = load_casme2(root)
    pipe(root / "CASME2coding-z.csv")
    pipe(root / "CASME2coding-z.xlsx")
    assert load_casme2(root).report.counts == plain.report.counts
    assert check_dataset(root).name == "casme2"
    for suffix in (".csv", ".xls", ".xlsx"):
        path = tmp_path / f"p{suffix}"
        pipe(path)
        with pytest.raises(FileNotFoundError, match=rf"p\{suffix}: "):
            read_cells(path)
    with pytest.raises(FileNotFoundError, match=r"p\.csv: is no regular file"):
        read_annotations(tmp_path / "p.csv")
    with pytest.raises(FileNotFoundError, match=r"p\.csv: is no regular file"):
        load_me_vqa(tmp_path / "p.csv")


@pytest.mark.parametrize("name", ["v.mp4", "v.png"])
def test_clips_of_pipes(name, tmp_path):
    pipe(tmp_path / name)
    with pytest.raises(ClipError, match="is no regular file"):
        Clip(tmp_path / name)


def test_a_pipe_among_frames(tmp_path):
    write_frames(tmp_path / "v", [(1, "img1.png"), (3, "img3.png")])
    pipe(tmp_path / "v" / "img2.png")
    (tmp_path / "v" / ".hidden.png").write_bytes(b"")
    (tmp_path / "v" / "folder.txt").mkdir()
    with pytest.raises(ClipError, match=r"is no regular file: .*img2\.png"):
        Clip(tmp_path / "v").frames()


READERS = {
    "annotations": read_annotations,
    "predictions": read_predictions,
    "questions": load_me_vqa,
    "model": load_model,
    "labels": lambda path: score_recognition(path, path),
    "sheet": read_cells,
    "data set": lambda path: load_casme2(path.parent, annotations=path),
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_folders_where_files_are_wanted(name, suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    path.mkdir()
    with pytest.raises((OSError, ModelFileError), match=rf"a\{suffix}"):
        READERS[name](path)


@pytest.mark.parametrize(
    "read", [find_videos, load_videos, load_casme2, check_dataset, read_str_submission]
)
def test_files_where_folders_are_wanted(read, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("text")
    with pytest.raises((OSError, ValueError), match=r"a\.txt"):
        read(path)


def test_folders_named_like_files(tmp_path):
    (tmp_path / "v" / "img2.png").mkdir(parents=True)
    write_frames(tmp_path / "v", [(1, "img1.png")])
    (tmp_path / "clip.mp4").mkdir()
    with pytest.raises(ClipError, match=r"is no regular file: .*img2\.png"):
        Clip(tmp_path / "v").frames()
    with pytest.raises(ClipError, match=r"clip\.mp4.*no image in the folder"):
        Clip(tmp_path / "clip.mp4")
    assert list(find_videos(tmp_path)) == ["v"]


@pytest.mark.parametrize("path", ["a\0b", "x" * 300, "a/" * 3000])
def test_paths_that_no_system_has(path):
    for read in (Clip, read_annotations, load_model, find_videos, read_str_submission):
        with pytest.raises((OSError, ValueError)):
            read(path)


# -- names -----------------------------------------------------------------------------

NAMES = {
    "arabic": "سالم", "hebrew": "שלום", "cjk": "表情分析",
    "emoji": "\U0001f600\U0001f3fd",
    "combining": "e\u0301o\u0308\u0323", "composed": "é", "thai": "ก็", "tamil": "கொ",
    "formula": "=cmd()|' C calc'!A0", "quotes": "a\"b'c,d;e", "blank": "a  b",
    "percent": "50%d%s", "dollar": "$x^2$", "markup": "<b>&amp;", "dots": "a.b.c",
    "long": "x" * 230, "long script": "表" * 75, "option": "-rf", "dash": "--out",
    "newline": "a\nb", "escape": "a\x1b[31mb", "tab": "a\tb", "bidi": "a\u202eb",
    "backslash": "a\\b",
}  # fmt: skip


def written(folder, name):
    """Write a video under any name; the encoder itself knows plain ones only."""
    folder.mkdir(exist_ok=True)
    plain = write_video(folder / "plain.avi", FRAMES, 30)
    try:
        return plain.rename(folder / f"{name}.avi")
    except OSError:
        pytest.skip("this system takes no such name")


@pytest.mark.skipif(os.name != "posix", reason="Windows takes few of these names")
@pytest.mark.parametrize("kind", NAMES)
def test_names_from_a_file_to_the_report(kind, tmp_path):
    path = written(tmp_path / "root", NAMES[kind])
    ((name, found),) = find_videos(tmp_path / "root").items()
    assert found == path
    assert list(expand_videos(tmp_path / "root")) == [name]
    assert list(expand_videos(path)) == [name]
    table = tmp_path / "annotations.csv"
    intervals = [[Interval(1, 2, name)]]
    write_annotations(table, [name], [name], intervals)
    data = load_videos(tmp_path / "root", table)
    assert (data.names, data.subjects.tolist()) == ([name], [name])
    assert len(data.videos[0].frames()) == 4
    write_predictions(table, data.names, data.subjects, data.intervals)
    assert read_predictions(table) == {(name, name): intervals[0]}
    card = IntervalCard(intervals[0][0], None, "right", name)
    page = write_html_report(
        tmp_path / "report.html", [VideoSection(name, 30.0, None, [card], name)],
        title=name,
    ).read_text(encoding="utf-8")  # fmt: skip
    assert "<b>" not in page.replace("<br>", "")
    assert "\x1b" not in page


@pytest.mark.skipif(os.name != "posix", reason="names are texts on Windows")
def test_names_that_are_no_text(tmp_path):
    folder = os.fsencode(tmp_path)
    plain = write_video(tmp_path / "plain.avi", FRAMES, 30)
    try:
        os.rename(plain, folder + b"/caf\xe9.avi")
    except OSError:
        pytest.skip("this system takes no such name")
    ((name, path),) = find_videos(tmp_path).items()
    assert name == r"caf\xe9"
    name.encode()
    with pytest.raises(ClipError, match="rename the file"):
        Clip(path)
    os.mkdir(folder + b"/im\xff")
    write_frames(tmp_path / "im", [(1, "img1.png")])
    os.rename(folder + b"/im/img1.png", folder + b"/im\xff/img1.png")
    clip = Clip(find_videos(tmp_path)[r"im\xff"])
    assert (clip.name, len(clip.frames())) == (r"im\xff", 1)


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
def test_one_letter_written_in_two_ways(forms, tmp_path):
    on_disk, in_table = (unicodedata.normalize(form, "Zoë/café") for form in forms)
    write_frames(tmp_path / "root" / on_disk, [(1, "img1.png")])
    table = tmp_path / "a.csv"
    write_annotations(table, [in_table], ["s"], [[Interval(0, 0, "x")]])
    (clip,) = load_videos(tmp_path / "root", table).videos
    assert clip.path == tmp_path / "root" / on_disk


def test_both_ways_on_one_disk_stay_two_videos(tmp_path):
    names = [unicodedata.normalize(form, "é") for form in ("NFC", "NFD")]
    for name in names:
        write_frames(tmp_path / "root" / name, [(1, "img1.png")])
    if len(list((tmp_path / "root").iterdir())) == 1:
        pytest.skip("this disk takes both for one")
    table = tmp_path / "a.csv"
    write_annotations(table, names, ["s", "t"], [[Interval(0, 0, "x")]] * 2)
    found = load_videos(tmp_path / "root", table).videos
    assert [clip.path.name for clip in found] == names


@pytest.mark.parametrize("name", ["²", "①", "٣", "9" * 100, "-1", "1e9", "0x10"])
def test_frames_named_by_odd_numbers(name, tmp_path):
    write_frames(tmp_path / "v", [(1, "1.png"), (2, f"{name}.png"), (3, "b²c³.png")])
    clip = Clip(tmp_path / "v")
    assert len(clip.frames()) == len(clip) >= 2
    assert Clip([*(tmp_path / "v").iterdir()]).shape == clip.shape


@pytest.mark.parametrize(
    "video", ["../secret", "/etc/passwd", "..", ".", "", "v/../../secret", "a\0b", "/"]
)
def test_videos_outside_of_the_folder_are_not_found(video, tmp_path):
    write_frames(tmp_path / "secret", [(1, "img1.png")])
    write_frames(tmp_path / "root" / "v", [(1, "img1.png")])
    table = tmp_path / "a.csv"
    write_annotations(table, [video], ["s"], [[Interval(0, 0, "x")]])
    with pytest.raises(ClipError, match="no such video in .*root"):
        load_videos(tmp_path / "root", table)


def test_answer_logs_of_any_text(tmp_path):
    path = tmp_path / "log"
    with AnswerLog(path) as log:
        for key, answer in (("a", "\u2028\x85\n\r"), ("سالم", "\U0001f600")):
            log.put(key, answer)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        log = AnswerLog(path)
    assert (log.get("a"), log.get("سالم")) == ("\u2028\x85\n\r", "\U0001f600")


@pytest.mark.parametrize("kind", NAMES)
def test_names_of_results_fit_into_one_folder(kind, tmp_path):
    name = f"{NAMES[kind]}/{NAMES[kind]}".replace("\n", "")
    path = tmp_path / f".{file_stem(name)}_timeline.0123456789ab.part.png"
    path.touch()
    assert path.parent == tmp_path
    assert (file_stem(name) == file_stem(name + "x")) is False


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_terminals_of_other_scripts(encoding, tmp_path, monkeypatch):
    name = "表情é"
    (tmp_path / name / "v").mkdir(parents=True)
    for options in ([], ["--json"]):
        shown = io.BytesIO()
        out = io.TextIOWrapper(shown, encoding=encoding)
        monkeypatch.setattr(sys, "stdout", out)
        # The folder's name stands in the report, its table's name in the facts.
        (tmp_path / name / "表é.csv").touch()
        assert main(["dataset", "check", str(tmp_path / name), *options]) == 1
        out.flush()
        text = shown.getvalue().decode(encoding)
        if options:
            assert json.loads(text)["facts"]["tables"] == "表é.csv"
        else:
            assert (name in text) is (encoding == "utf-8")
