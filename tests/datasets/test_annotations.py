import numpy as np
import pytest

from mefeat import ClipError, Interval
from mefeat.datasets import (
    find_videos,
    load_videos,
    read_annotations,
    read_predictions,
    write_annotations,
    write_predictions,
)
from mefeat.io import write_video
from mefeat.metrics import str_report

HEADER = "video,subject,onset,apex,offset,emotion\n"


@pytest.fixture
def folder(tmp_path, rng):
    frames = rng.integers(0, 256, (20, 32, 48, 3), dtype=np.uint8)
    for name in ("a/one.avi", "a/two.avi", "b/three.avi"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_video(tmp_path / name, frames, fps=30)
    return tmp_path


def test_round_trip_with_frame_base(tmp_path):
    intervals = [[Interval(3, 9, "positive", apex=5)], [], [Interval(0, 4, "negative")]]
    videos, subjects = ["v1", "v2", "v3"], ["s1", "s1", "007"]
    path = write_annotations(tmp_path / "a.csv", videos, subjects, intervals, 1)
    assert path.read_text().splitlines() == [
        "video,subject,onset,apex,offset,emotion",
        "v1,s1,4,6,10,positive",
        "v3,007,1,,5,negative",
    ]
    table = read_annotations(path, frame_base=1)
    assert table == {("s1", "v1"): intervals[0], ("007", "v3"): intervals[2]}


def test_predictions_have_the_challenge_columns(tmp_path):
    path = write_predictions(
        tmp_path / "p.csv", ["v1"], ["s1"], [[Interval(-3, 9, "positive")]]
    )
    assert path.read_text() == (
        "subject,video,onset,offset,emotion\ns1,v1,-3,9,positive\n"
    )
    assert read_predictions(path)["s1", "v1"] == [Interval(-3, 9, "positive")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("video,subject,onset\n", r"offset, emotion are missing"),
        (HEADER + "v,s,a,,9,x\n", r"line 2: onset must be a whole frame.*'a'"),
        (HEADER + "v,s,1.5,,9,x\n", r"line 2: onset must be a whole frame"),
        (HEADER + "v,s,1,,9,x\nv,s,8,,3,x\n", r"line 3: offset 3 lies before onset 8"),
        ("", r"not a CSV table"),
    ],
)
def test_bad_tables_name_line_and_column(tmp_path, text, message):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_annotations(path)


def test_missing_table(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such annotation file"):
        read_annotations(tmp_path / "none.csv")


def test_load_videos(folder):
    (folder / "annotations.csv").write_text(
        HEADER + "a/one,s1,3,5,9,positive\nthree.avi,s2,0,,4,negative\n"
    )
    # A bare stem is enough where it is unique.
    (folder / "annotations.csv").write_text(
        HEADER + "a/one,s1,3,5,9,positive\nthree,s2,0,,4,negative\n"
    )
    bunch = load_videos(folder)
    assert bunch.names == ["a/one", "three", "a/two"]
    assert list(bunch.subjects) == ["s1", "s2", "s1"]
    assert bunch.intervals[0] == [Interval(3, 9, "positive", apex=5)]
    assert bunch.intervals[2] == []
    assert [len(clip) for clip in bunch.videos] == [20, 20, 20]


def test_a_folder_of_several_subjects_names_none(folder):
    rows = "a/one,s1,3,5,9,positive\nb/three,s2,0,,4,negative\n"
    (folder / "annotations.csv").write_text(HEADER + rows)
    assert load_videos(folder).videos[2].subject == "s1"
    (folder / "b" / "three.avi").rename(folder / "a" / "three.avi")
    (folder / "annotations.csv").write_text(HEADER + rows.replace("b/", "a/"))
    bunch = load_videos(folder)
    assert bunch.names[2] == "a/two"
    assert bunch.videos[2].subject is None


def test_load_videos_names_what_is_wrong(folder):
    (folder / "annotations.csv").write_text(HEADER + "a/nine,s1,3,5,9,positive\n")
    with pytest.raises(ClipError, match="a/nine.*no such video"):
        load_videos(folder)
    (folder / "annotations.csv").write_text(HEADER + "a/one,s1,30,,39,positive\n")
    with pytest.raises(ClipError, match="frame 30 but has 20 frames; check frame_base"):
        load_videos(folder)


def test_find_videos(folder):
    assert list(find_videos(folder)) == ["a/one", "a/two", "b/three"]
    with pytest.raises(NotADirectoryError, match="no such folder"):
        find_videos(folder / "none")


def test_videos_of_one_name_are_all_found(tmp_path):
    for name in ("b.mp4", "b.avi", "c.avi", "c/1.png", "cover.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = find_videos(tmp_path)
    assert {name: path.name for name, path in found.items()} == {
        "b": "b.avi", "b.mp4": "b.mp4", "c": "c", "c.avi": "c.avi",
    }  # fmt: skip
    (tmp_path / "annotations.csv").write_text(HEADER + "b,s1,3,5,9,positive\n")
    with pytest.raises(ClipError, match="'b'.*twice, as b.avi and b.mp4"):
        load_videos(tmp_path)


def test_a_picture_beside_the_videos_hides_none(folder, caplog):
    (folder / "three.avi").write_bytes((folder / "b" / "three.avi").read_bytes())
    (folder / "cover.jpg").touch()
    assert list(find_videos(folder)) == ["a/one", "a/two", "b/three", "three"]
    assert "1 image(s) such as 'cover.jpg' beside 1 video(s)" in caplog.text


def test_a_folder_of_images_and_videos_is_not_guessed_at(folder):
    (folder / "a" / "1.png").touch()
    message = (
        r"/a': the folder holds 1 image.* '1.png' beside 2 video.* 'one.avi'.*Move"
    )
    with pytest.raises(ClipError, match=message):
        find_videos(folder)
    (folder / "a" / "1.png").rename(folder / "a" / ".1.png")
    assert len(find_videos(folder)) == 3


def test_a_name_that_two_videos_have(folder):
    (folder / "a" / "three.avi").write_bytes((folder / "b" / "three.avi").read_bytes())
    (folder / "annotations.csv").write_text(HEADER + "three,s1,3,5,9,positive\n")
    message = r"'three': 2 videos in .* have this name: a/three, b/three\. Write the"
    with pytest.raises(ClipError, match=message):
        load_videos(folder)


def test_rows_without_an_emotion_are_named_where_it_is_needed(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("subject,video,onset,offset,emotion\n1,a,1,2,x\n1,a,3,4, \n")
    assert read_predictions(path)["1", "a"][1].label is None
    with pytest.raises(ValueError, match=r"p\.csv, line 3: the emotion is missing"):
        read_predictions(path, labelled=True)


def test_kinds_and_long_rows_are_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(HEADER.replace("\n", ",kind\n") + "v1,s1,1,,9,negative,Micro\n")
    with pytest.raises(ValueError, match=r"a\.csv, line 2: kind must be.*'Micro'"):
        read_annotations(path)
    path.write_text(HEADER + "v1,s1,1,,9,negative,x\n")
    with pytest.raises(ValueError, match=r"a\.csv, line 2: rows have more fields"):
        read_annotations(path)


def test_predictions_keep_the_order_of_their_rows(tmp_path):
    # The public scorer takes the first row that overlaps: happiness alone is right.
    path = tmp_path / "pred.csv"
    path.write_text(
        "subject,video,onset,offset,emotion\n1,a,12,21,happiness\n1,a,10,20,disgust\n",
        encoding="utf-8",
    )
    pred = read_predictions(path)["1", "a"]
    assert [i.onset for i in pred] == [12, 10]
    truth = [[Interval(10, 21, "happiness")]]
    options = {
        "classes": ["disgust", "happiness"], "convention": "megc2025",
        "subjects": ["1"],
    }  # fmt: skip
    report = str_report(truth, [pred], **options)
    assert report.confusion == {("happiness", "happiness"): 1}
    report = str_report(truth, [pred[::-1]], **options)
    assert report.confusion == {("happiness", "disgust"): 1}
