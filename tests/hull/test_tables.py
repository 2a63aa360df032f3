"""Tables, sheets, archives and question files that are damaged or made to harm."""

import io
import json
import struct
import tracemalloc
import unicodedata
import zipfile

import numpy as np
import pandas as pd
import pytest

from mefeat import Interval
from mefeat._zips import MAX_UNPACKED
from mefeat.datasets import (
    load_casme2,
    load_casme_sq,
    load_me_vqa,
    load_smic_e,
    make_layout,
    make_me_vqa,
    parse_action_units,
    read_annotations,
    read_predictions,
    read_str_submission,
    write_annotations,
    write_predictions,
)
from mefeat.datasets._sheets import MAX_CELLS, read_cells
from mefeat.vqa.parsing import normalize_answer
from mefeat.workflows import predict_vqa, score_recognition, score_str

HEADER = "subject,video,onset,offset,emotion\n"
ROW = "1,v,3,9,negative\n"


def zipped(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def bomb(path, name, size, start=b"", others=()):
    """Write an archive of a few kilobytes that unpacks to `size` bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for other, content in others:
            archive.writestr(other, content)
        with archive.open(name, "w", force_zip64=True) as member:
            member.write(start)
            block = b" " * 2**20
            for _ in range(size // len(block)):
                member.write(block)
    return path


# -- archives --------------------------------------------------------------------


def test_a_submission_that_unpacks_without_end(tmp_path):
    path = bomb(
        tmp_path / "a.zip", "cas_pred.csv", MAX_UNPACKED + 2**20, HEADER.encode()
    )
    assert path.stat().st_size < 2**18
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"a\.zip: holds 129 MiB once unpacked"):
        read_str_submission(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def lying(path):
    """Have the list of an archive claim a hundred bytes for its last member."""
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\1\2")
    struct.pack_into("<I", data, place + 24, 100)
    path.write_bytes(data)
    return path


def test_an_archive_that_lies_about_its_size(tmp_path):
    path = lying(bomb(tmp_path / "a.zip", "cas_pred.csv", 2**26, HEADER.encode()))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"a\.zip: not a zip file that can be read"):
        read_str_submission(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**22


@pytest.mark.parametrize(
    "name", ["../../cas_pred.csv", "/tmp/cas_pred.csv", "a\\..\\cas_pred.csv", "b/"]
)
def test_paths_in_archives_lead_nowhere(name, tmp_path):
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    path = zipped(inside / "s.zip", {name: HEADER + ROW, "samm_pred.csv": HEADER + ROW})
    before = sorted(tmp_path.rglob("*"))
    found = read_str_submission(path)
    assert found["samm"]["1", "v"] == [Interval(3, 9, "negative")]
    assert sorted(tmp_path.rglob("*")) == before


def test_archives_that_cannot_be_used(tmp_path):
    path = zipped(tmp_path / "a.zip", {"x/cas_pred.csv": "", "y/cas_pred.csv": ""})
    with pytest.raises(ValueError, match=r"a\.zip: holds cas_pred\.csv twice"):
        read_str_submission(path)
    zipped(path, {"cas_pred.csv": HEADER + ROW})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"a\.zip: is encrypted"):
        read_str_submission(path)
    zipped(path, {"cas_pred.csv": HEADER + "1,v,x,9,negative\n"})
    with pytest.raises(
        ValueError, match=r"a\.zip/cas_pred\.csv, line 2: onset must be"
    ):
        read_str_submission(path)
    path.write_bytes(b"PK\3\4" + bytes(50))
    with pytest.raises(ValueError, match=r"a\.zip: not a zip file"):
        read_str_submission(path)


@pytest.mark.parametrize("kind", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_unusual_compression_is_refused(kind, tmp_path):
    path = zipped(tmp_path / "a.zip", {"cas_pred.csv": HEADER + ROW}, kind)
    with pytest.raises(ValueError, match=r"a\.zip: cas_pred\.csv is compressed in an"):
        read_str_submission(path)


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_archives_damaged_anywhere(kind, tmp_path):
    path = zipped(tmp_path / "a.zip", {"cas_pred.csv": HEADER + ROW * 50}, kind)
    whole = path.read_bytes()
    assert len(read_str_submission(path)["cas"]["1", "v"]) == 50
    for place in range(0, len(whole), 11):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        path.write_bytes(damaged)
        try:
            read_str_submission(path)
        except (ValueError, FileNotFoundError) as error:
            assert "a.zip" in str(error)


# -- sheets ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def casme2(tmp_path_factory):
    return make_layout("casme2", tmp_path_factory.mktemp("casme2"))


def replaced(sound, path, member, content):
    """Copy an Excel file with one member exchanged or added."""
    with zipfile.ZipFile(sound) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return zipped(path, members | {member: content})


SHEET = "xl/worksheets/sheet1.xml"
XML = '<?xml version="1.0"?>{}<worksheet xmlns="http://schemas.openxmlformats.org/{}">'
XML = (
    XML.format("", "spreadsheetml/2006/main") + "<sheetData>{}</sheetData></worksheet>"
)


@pytest.fixture(scope="module")
def sound(casme2):
    return next(casme2.glob("*.xlsx"))


def test_a_sheet_that_unpacks_without_end(sound, tmp_path):
    with zipfile.ZipFile(sound) as archive:
        others = [(n, archive.read(n)) for n in archive.namelist() if n != SHEET]
    path = bomb(tmp_path / "casme2coding.xlsx", SHEET, MAX_UNPACKED, b" ", others)
    with pytest.raises(ValueError, match=r"coding\.xlsx: holds 128 MiB once unpacked"):
        read_cells(path)


def test_a_sheet_that_lies_about_its_size(sound, tmp_path):
    with zipfile.ZipFile(sound) as archive:
        others = [(n, archive.read(n)) for n in archive.namelist() if n != SHEET]
    path = lying(bomb(tmp_path / "a.xlsx", SHEET, 2**26, b" ", others))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"a\.xlsx: not an Excel file"):
        read_cells(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**22


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="99999"><c r="XFD99999"><v>1</v></c></row>',
        '<row r="2"><c r="XFD2"><v>1</v></c></row><row r="9999"><c><v>1</v></c></row>',
    ],
)
def test_a_sheet_of_endless_emptiness(cells, sound, tmp_path):
    path = replaced(sound, tmp_path / "a.xlsx", SHEET, XML.format(cells))
    million = MAX_CELLS // 10**6
    with pytest.raises(
        ValueError, match=rf"a\.xlsx: holds more than {million} million"
    ):
        read_cells(path)


def test_wrong_dimensions_are_not_believed(sound, tmp_path):
    xml = XML.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    cells = '<row r="1"><c r="A1"><v>1</v></c><c r="C1"><v>2.5</v></c></row>'
    path = replaced(sound, tmp_path / "a.xlsx", SHEET, xml.format(cells))
    assert read_cells(path).to_numpy().tolist() == [[1, None, 2.5]]


@pytest.mark.parametrize("member", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_entities_that_multiply(member, sound, tmp_path):
    names = "abcdefghij"
    lines = ["<!ENTITY a 'ha'>"]
    for name, other in zip(names[1:], names, strict=False):
        lines.append(f"<!ENTITY {name} '{f'&{other};' * 20}'>")
    xml = f"<?xml version='1.0'?><!DOCTYPE x [{''.join(lines)}]><x>&j;</x>"
    path = replaced(sound, tmp_path / "a.xlsx", member, xml)
    tracemalloc.start()
    try:
        read_cells(path)
    except ValueError as error:
        assert "a.xlsx" in str(error)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Unbounded it would be a terabyte; how much is read first differs with openpyxl.
    assert peak < 2**27


def test_entities_that_name_files(sound, tmp_path):
    (tmp_path / "secret").write_text("hidden")
    entity = f"<!DOCTYPE x [<!ENTITY e SYSTEM 'file://{tmp_path}/secret'>]>"
    cells = '<row><c t="inlineStr"><is><t>&e;</t></is></c></row>'
    xml = XML.replace('"1.0"?>', f'"1.0"?>{entity}').format(cells)
    path = replaced(sound, tmp_path / "a.xlsx", SHEET, xml)
    try:
        found = read_cells(path)
    except ValueError as error:
        assert "a.xlsx" in str(error)
    else:
        assert "hidden" not in found.to_string()


def test_formulas_are_never_evaluated(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["=1+1", '=HYPERLINK("http://x")', "#N/A", "plain", 3])
    book.save(tmp_path / "a.xlsx")
    assert read_cells(tmp_path / "a.xlsx").to_numpy().tolist() == [
        [None, None, None, "plain", 3]
    ]
    (tmp_path / "a.csv").write_text("=1+1,@SUM(1),+4,-4\n")
    assert read_cells(tmp_path / "a.csv").to_numpy().tolist() == [
        ["=1+1", "@SUM(1)", "+4", -4]
    ]


def test_excel_files_of_before_2007(tmp_path, capsys):
    from benchmarks.fuzz.targets import make_xls

    path = tmp_path / "a.xls"
    data = make_xls([["Subject", "Onset"], ["s1", 12.0], ["=A1", 7.5]])
    path.write_bytes(data)
    assert read_cells(path).to_numpy().tolist() == [
        ["Subject", "Onset"], ["s1", 12.0], ["=A1", 7.5]
    ]  # fmt: skip
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            read_cells(path)
        except ValueError as error:
            assert "a.xls" in str(error)
    assert capsys.readouterr().out == ""  # xlrd tells its own troubles there


@pytest.mark.parametrize(
    "cell", ["²", "9" * 5000, "1e400", "nan", "=A1", "٣", "-" * 99]
)
def test_odd_cells_cost_their_row_only(cell, casme2, tmp_path):
    whole = load_casme2(casme2)
    cells = read_cells(next(casme2.glob("*.xlsx")))
    for column in range(cells.shape[1]):
        odd = cells.copy()
        odd.iloc[1, column] = cell
        path = tmp_path / "sheet.csv"
        odd.to_csv(path, header=False, index=False)
        bunch = load_casme2(casme2, annotations=path)
        assert len(whole.clips) - 1 <= len(bunch.clips) <= len(whole.clips) + 1


def test_subjects_without_a_number(tmp_path):
    root = make_layout("smic-e", tmp_path)
    cells = read_cells(next(root.glob("SMIC-HS*")))
    cells.iloc[1, 0] = "nobody"
    cells.to_csv(tmp_path / "sheet.csv", header=False, index=False)
    bunch = load_smic_e(root, annotations=tmp_path / "sheet.csv")
    assert bunch.report.counts["no subject"] == 1


def test_sheets_of_one_cell(tmp_path):
    root = make_layout("casme-sq", tmp_path)
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(ValueError, match=r"a\.csv"):
        load_casme_sq(root, annotations=tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(ValueError, match=r"a\.csv: not a CSV table"):
        load_casme_sq(root, annotations=tmp_path / "a.csv")


# -- CSV ---------------------------------------------------------------------------

NAMES = (
    "=cmd()|' /C calc'!A0", "@SUM(1+1)", "+1", "-1", "\t=1", "a,b", 'a"b', "a\nb",
    "a\rb",
    "a\r\nb", "ü", unicodedata.normalize("NFD", "é"), "سالم", "表情", "\U0001f600", "²",
    "<script>alert(1)</script>", "$x$", "%s%n", "a\0b", "x" * 5000, "NA", "nan", "None",
    "\u202etxt", "a\u2028b", "#N/A", "'", "\\", "007", "1.0",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_any_name_reads_back(name, tmp_path):
    if "\0" in name and pd.read_csv(io.StringIO('x\n"a\0b"')).x[0] != name:
        pytest.skip("this pandas ends a cell at a NUL")
    path = tmp_path / "table.csv"
    intervals = [[Interval(3, 9, name, apex=5)]]
    for write, read in (
        (write_annotations, read_annotations), (write_predictions, read_predictions)
    ):  # fmt: skip
        write(path, [name], [name], intervals)
        ((key, (found,)),) = read(path).items()
        assert key == (name.strip(), name.strip())
        assert (found.onset, found.offset, found.label) == (3, 9, name.strip())


def test_half_a_character_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"a\.csv: line 2 would hold half of a char"):
        write_predictions(
            tmp_path / "a.csv", ["\ud800"], ["s"], [[Interval(1, 2, "x")]]
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (HEADER.encode() + "é,v,1,2,x\n".encode("latin-1"), "not a text in UTF-8"),
        ((HEADER + ROW).encode("utf-16"), r"not a text in UTF-8 \(byte 1\)"),
        (b"", "not a CSV table"),
        (b"\n\n", "not a CSV table"),
        (b'"subject', "not a CSV table"),
        (b"subject,video,onset,Onset ,offset,emotion\n", "onset stand there twice"),
        ((HEADER + "1,v\n").encode(), "line 2: onset must be a whole frame"),
        ((HEADER + "1,v,1,2,x,,,\n").encode(), "line 2: rows have more fields"),
        ((HEADER + "1,v,1e300,1e301,x\n").encode(), "onset must be a whole frame"),
        ((HEADER + "1,v,1_0,20,x\n").encode(), "onset must be a whole frame"),
        ((HEADER + "1,v,inf,20,x\n").encode(), "onset must be a whole frame"),
        ((HEADER + f"1,v,{'9' * 5000},20,x\n").encode(), "onset must be a whole"),
        ((HEADER + "1,v,²,20,x\n").encode(), "onset must be a whole frame"),
    ],
)
def test_tables_that_cannot_be_read(data, message, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=rf"a\.csv.*{message}"):
        read_predictions(path)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_marks_and_ends_of_lines(end, mark, tmp_path):
    path = tmp_path / "a.csv"
    text = mark + (HEADER + ROW).replace("\n", end)
    path.write_bytes(text.encode())
    assert read_predictions(path) == {("1", "v"): [Interval(3, 9, "negative")]}


def test_ids_that_are_digits_but_no_numbers(tmp_path):
    path = tmp_path / "a.csv"
    for video in ("²", "٣", "⑦", "9" * 5000):
        path.write_text(f"{HEADER}1,{video},3,9,negative\n", encoding="utf-8")
        assert score_str(path, path).f1 == 1.0


def test_tables_of_labels(tmp_path):
    path = tmp_path / "a.csv"
    for text, message in (
        ("clip,emotion\n", "holds no clips"),
        ("clip,emotion\na\n", "clip 'a' has no emotion"),
        ("clip,clip,emotion\na,a,x\n", "clip stand there twice"),
    ):
        path.write_text(text)
        with pytest.raises(ValueError, match=rf"a\.csv: .*{message}"):
            score_recognition(path, path)


# -- action units ------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "ref(" + " " * 30_000 + "a\nb",
        "ref" + " (" * 15_000,
        "L" + " " * 30_000 + "x",
        "(" * 30_000,
        "or " * 10_000,
        "+" * 30_000,
        "²", "\0", "\ud800", "1" * 5000,
    ],
)  # fmt: skip
def test_long_and_odd_annotations_end(text):
    assert all(unit.number is None for unit in parse_action_units(text))


# -- questions ---------------------------------------------------------------------

ROWS = [
    {"id": "a_1", "dataset": "casme2", "image_id": "x", "subject": "s1",
     "question": "What is the coarse expression class?", "answer": "positive"},
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"\xe9", "not a text in UTF-8"),
        (b"[" * 100_000, "line 1: not a line of JSON"),
        (b'{"question": [1], "video": "a"}', "'question' must be a text"),
        (b'{"question": 7, "video": "a"}', "'question' must be a text"),
        (b'{"question": "q", "video": ["a"]}', "'video' must be a text"),
        (b'{"question": "q", "video": "a", "dataset": {}}', "'dataset' must be a text"),
        (b'{"question": "q", "video": "a", "id": NaN}', "'id' must be a text"),
        (b'{"question": "q\\ud800", "video": "a"}', "half of a character"),
        (b"null", "no 'question'"),
        (b"\n", "holds no questions"),
    ],
)
def test_questions_that_cannot_be_read(line, message, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(line)
    for root in (None, tmp_path):
        with pytest.raises(ValueError, match=rf"a\.jsonl.*{message}"):
            load_me_vqa(path, root)


@pytest.mark.parametrize("mark", "\u2028\u2029\x85\x0b\x0c\x1c")
def test_separators_within_a_question_do_not_cut_it(mark, tmp_path):
    row = ROWS[0] | {"question": f"What{mark}is it?", "answer": f"a{mark}b"}
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(row, ensure_ascii=False) + "\r\n", encoding="utf-8")
    bunch = load_me_vqa(path)
    assert (bunch.X[0].question, bunch.y[0]) == (row["question"], row["answer"])
    predict_vqa(path, tmp_path / "out.jsonl", predictor="prior", train=path)
    assert load_me_vqa(tmp_path / "out.jsonl").X[0].question == row["question"]


@pytest.mark.parametrize("name", ["../../etc", "/etc/passwd", "..", "", "a/../b", "\0"])
def test_names_of_clips_lead_nowhere(name, tmp_path):
    from mefeat.datasets.layouts import write_frames

    write_frames(tmp_path / "etc", [(1, "img1.png")])
    root = tmp_path / "a" / "root"
    write_frames(root / "x", [(1, "img1.png")])
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(ROWS[0] | {"image_id": name, "video": name}))
    assert isinstance(load_me_vqa(path, root).X[0].clip, str)


def test_names_in_annotations_write_nothing(tmp_path):
    rows = make_me_vqa(
        [{"dataset": "casme2", "subject": 1, "name": "../../x", "emotion": "disgust",
          "action_units": "4"}], tmp_path / "a.jsonl",
    )  # fmt: skip
    assert rows
    assert sorted(tmp_path.iterdir()) == [tmp_path / "a.jsonl"]


@pytest.mark.parametrize(
    "answer",
    ["fine grained " * 50_000, "coarse: " * 50_000, "au" + "1" * 5000, "is" * 99_999],
)
def test_endless_answers_end(answer):
    question = (
        "What are the action units present, and based on them, what is the "
        "fine-grained expression and the coarse expression class?"
    )
    assert isinstance(normalize_answer(question, answer), str)


def test_tables_without_numpy_surprises():
    with pytest.raises(ValueError, match="onset must be a whole frame number"):
        Interval(10**30, 10**31)
    with pytest.raises(ValueError, match="offset must be a whole frame number"):
        Interval(0, np.inf)


# -- settings beside models ----------------------------------------------------------

DAMAGED = (
    "", "[]", "7", "null", "[" * 100_000, '{"patch_size": "x"}',
    '{"patch_size": [1]}', '{"image_mean": 3}', '{"image_std": ["a", 1, 2]}',
    '{"merge_size": -2}', '{"patch_size": 14.5}', '{"image_mean": {}, "x": NaN',
)  # fmt: skip


@pytest.mark.parametrize("text", DAMAGED)
def test_settings_of_image_processors(text, tmp_path):
    from mefeat.vqa._processing import DEFAULTS, read_pixels

    path = tmp_path / "preprocessor_config.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"preprocessor_config\.json: damaged"):
        read_pixels(tmp_path)
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(ValueError, match=r"preprocessor_config\.json: damaged"):
        read_pixels(tmp_path)
    path.write_text('{"patch_size": 16, "other": [1]}')
    assert read_pixels(tmp_path) == DEFAULTS | {"patch_size": 16}


@pytest.mark.parametrize("text", DAMAGED[:5])
def test_settings_of_adapters_and_checkpoints(text, tmp_path):
    from mefeat.vqa._loading import find_checkpoint
    from mefeat.workflows._vqa import SETTINGS, _with_settings

    (tmp_path / SETTINGS).write_text(text)
    with pytest.raises(ValueError, match=rf"{SETTINGS}: damaged"):
        _with_settings(tmp_path, {})
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match=r"config\.json: damaged"):
        find_checkpoint(tmp_path)
