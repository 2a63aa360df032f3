import json

import pytest

from mefeat.cli import main
from mefeat.workflows import score_recognition, score_str

TRUTH = """video,subject,onset,apex,offset,emotion
v1,001,45,60,85,happiness
v2,001,130,,160,others
v3,001,20,,75,others
v4,2,45,,95,repression
v5,2,30,,140,repression
"""
PRED = """subject,video,onset,offset,emotion
1,v1,10,70,happiness
1,v2,100,170,others
1,v3,0,70,others
2,v4,20,90,happiness
2,v5,70,140,happiness
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "gt.csv").write_text(TRUTH)
    (tmp_path / "pred.csv").write_text(PRED)
    return tmp_path


def score(files, *options):
    truth, pred = str(files / "gt.csv"), str(files / "pred.csv")
    return main(["score", "str", "--truth", truth, "--pred", pred, *options])


def test_published_example_from_files(files, capsys):
    # The worked example of the public scorer: F1 0.6, F1 of analysis 1/3, STRS 0.2.
    assert score(files, "--classes", "happiness,others,repression", "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["tp"], content["fp"], content["fn"]) == (3, 2, 2)
    assert content["f1"] == pytest.approx(0.6)
    assert content["analysis_f1"] == pytest.approx(1 / 3)
    assert content["strs"] == pytest.approx(0.2)


def test_classes_of_the_truth(files, capsys):
    assert score(files, "--classes", "auto") == 0
    printed = capsys.readouterr().out
    assert "0.2000" in printed
    assert "iou:0.5" in printed


def test_frame_base_does_not_change_the_score(files):
    options = {"classes": "auto"}
    paths = files / "gt.csv", files / "pred.csv"
    assert score_str(*paths, frame_base=1, **options).strs == pytest.approx(0.2)


def test_ids_are_compared_as_numbers(files):
    (files / "pred.csv").write_text("subject,video,onset,offset,emotion\n9,x,0,1,a\n")
    with pytest.raises(ValueError, match="none of its videos is in"):
        score_str(files / "gt.csv", files / "pred.csv")


def test_a_video_that_is_not_in_the_truth_is_named(files, caplog):
    text = PRED.replace("2,v5", "3,v5")
    (files / "pred.csv").write_text(text)
    report = score_str(files / "gt.csv", files / "pred.csv", classes="auto")
    assert (report.tp, report.fp) == (2, 3)
    assert "1 video(s) are not in" in caplog.text
    assert "3/v5" in caplog.text


def test_predictions_without_a_subject_find_their_video(files):
    text = "\n".join(
        line if n == 0 else "," + line.partition(",")[2]
        for n, line in enumerate(PRED.splitlines())
    )
    (files / "pred.csv").write_text(text + "\n")
    report = score_str(files / "gt.csv", files / "pred.csv", classes="auto")
    assert report.strs == pytest.approx(0.2)


def test_errors_are_one_line_with_the_file(files, capsys):
    (files / "pred.csv").write_text("subject,video,onset,offset\n")
    assert score(files) == 1
    error = capsys.readouterr().err
    assert error.startswith("mefeat: error: ")
    assert "pred.csv: the column(s) emotion are missing" in error
    assert error.count("\n") == 1
    (files / "gt.csv").unlink()
    assert score(files) == 1
    assert "gt.csv: no such annotation file" in capsys.readouterr().err


def test_debug_shows_the_traceback(files):
    (files / "gt.csv").unlink()
    with pytest.raises(FileNotFoundError):
        score(files, "--debug")


@pytest.mark.parametrize(
    "arguments", [[], ["dance"], ["score"], ["score", "str"], ["spot"]]
)
def test_wrong_usage_is_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: mefeat" in capsys.readouterr().err


def test_help_and_version(capsys):
    for arguments in (["--help"], ["spot", "--help"], ["--version"]):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 0
    assert "mefeat" in capsys.readouterr().out


def test_recognition(tmp_path, capsys):
    truth, pred = tmp_path / "t.csv", tmp_path / "p.csv"
    truth.write_text("clip,emotion,subject\na,x,1\nb,y,1\nc,y,2\n")
    pred.write_text("clip,emotion\nc,y\nb,x\na,x\n")
    arguments = ["score", "recognition", "--truth", str(truth), "--pred", str(pred)]
    assert main([*arguments, "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    # Class x: TP 1, FP 1, FN 0; class y: TP 1, FP 0, FN 1.
    assert content["uf1"] == pytest.approx(2 / 3)
    assert content["uar"] == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clip,emotion\na,x\n", "2 clip(s) of .* are missing, the first is 'b'"),
        ("clip,emotion\na,x\nb,x\nc,x\nd,x\n", "not in .*, the first is 'd'"),
        ("clip,emotion\na,x\na,y\n", "clip 'a' stands there twice"),
        ("clip,label\na,x\n", r"the column\(s\) emotion are missing"),
    ],
)
def test_recognition_files_that_do_not_fit(tmp_path, text, message):
    truth, pred = tmp_path / "t.csv", tmp_path / "p.csv"
    truth.write_text("clip,emotion\na,x\nb,y\nc,y\n")
    pred.write_text(text)
    with pytest.raises(ValueError, match=message.replace("(s)", r"\(s\)")):
        score_recognition(truth, pred)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a CSV table"),
        ("clip,emotion\n\xe4,neg\n".encode("latin-1"), "not a text in UTF-8"),
        (b"clip,emotion\na,neg,\n", "more fields than the header"),
        (b"clip,emotion\na,neg\nb,\n", "clip 'b' has no emotion"),
    ],
)
def test_recognition_files_that_cannot_be_used_are_named(tmp_path, content, message):
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"labels\.csv.*: .*{message}"):
        score_recognition(path, path)
