"""Any table, sheet, text or name: a result, or one of mefeat's own clear errors."""

import json
import string
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fuzz.oracle import attempt
from mefeat import Clip, Interval
from mefeat.cli import main
from mefeat.datasets import (
    load_4dme,
    load_casme2,
    load_casme3,
    load_casme_sq,
    load_me_vqa,
    load_samm,
    load_samm_lv,
    load_smic_e,
    load_smic_e_long,
    make_layout,
    make_me_vqa,
    parse_action_units,
    read_annotations,
    read_predictions,
    write_annotations,
    write_predictions,
)
from mefeat.datasets._sheets import read_cells
from mefeat.io._files import readable
from mefeat.io._headers import image_size
from mefeat.reporting import IntervalCard, VideoSection, write_html_report
from mefeat.vqa.parsing import normalize_answer, parse_units
from mefeat.workflows import predict_vqa, score_recognition, score_str, score_vqa

FAST = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

ODD = (
    "",
    "²",
    "٣",
    "nan",
    "inf",
    "-1",
    "1e999",
    "1_0",
    "0x1",
    " 7 ",
    "7.0",
    "7.5",
    "=1",
)
texts = st.text(max_size=12)  # any character, without halves of one
cells = st.one_of(texts, st.sampled_from(ODD), st.integers().map(str))
columns = ("subject", "video", "onset", "apex", "offset", "emotion", "kind", "clip")


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


# -- tables --------------------------------------------------------------------------


def joined(rows, end="\n"):
    return end.join(",".join(row) for row in rows)


tables = st.builds(
    lambda head, rows, mark, end: mark + joined([head, *rows], end),
    st.permutations(columns),
    st.lists(st.lists(cells, min_size=6, max_size=9), max_size=4),
    st.sampled_from(["", "\ufeff", "\n"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
).map(lambda text: text.encode())


@FAST
@given(st.one_of(tables, st.binary(max_size=200)))
def test_any_table_of_intervals_or_labels(folder, data):
    path = folder / "table.csv"
    path.write_bytes(data)
    for base in (0, 1, -(10**6)):
        attempt(read_annotations, path, base, named=path.name)
    if attempt(read_predictions, path, named=path.name):
        attempt(score_str, path, path)
    attempt(score_recognition, path, path, named=path.name)


labels = st.one_of(st.none(), st.text(min_size=1, max_size=8))
frames = st.integers(-(2**40), 2**40)


@FAST
@given(
    st.lists(st.tuples(texts, texts, frames, st.integers(0, 99), labels), max_size=5),
    st.integers(-3, 3),
)
def test_any_intervals_read_back(folder, rows, base):
    path = folder / "written.csv"
    expected = {}
    for video, subject, onset, length, label in rows:
        label = (label or "").strip() or None
        interval = Interval(onset, onset + length, label)
        expected.setdefault((subject.strip(), video.strip()), []).append(interval)
    videos, subjects = [row[0] for row in rows], [row[1] for row in rows]
    intervals = [[Interval(r[2], r[2] + r[3], r[4])] for r in rows]
    for write, read in (
        (write_annotations, read_annotations), (write_predictions, read_predictions)
    ):  # fmt: skip
        write(path, videos, subjects, intervals, base)
        found = read(path, base)
        assert found.keys() == expected.keys()
        for key, wanted in expected.items():
            assert sorted(map(repr, found[key])) == sorted(map(repr, wanted))


# -- sheets --------------------------------------------------------------------------

LOADERS = {
    "casme2": load_casme2, "samm": load_samm, "samm-lv": load_samm_lv,
    "smic-e": load_smic_e, "smic-e-long": load_smic_e_long, "4dme": load_4dme,
    "casme3": load_casme3, "casme3-c": partial(load_casme3, part="C"),
}  # fmt: skip


@pytest.fixture(scope="module")
def layouts(folder):
    """Each layout with the cells of its sheet."""
    found = {}
    for name in LOADERS:
        root = make_layout(name, folder / name)
        sheets = sorted(p for p in root.rglob("*") if p.suffix in (".xlsx", ".csv"))
        first = next((p for p in sheets if "label" in p.name.lower()), sheets[0])
        found[name] = root, read_cells(first)
    return found


@settings(FAST, max_examples=25)
@given(data=st.data())
@pytest.mark.parametrize("name", LOADERS)
def test_any_cell_in_any_sheet(name, layouts, folder, data):
    root, sheet = layouts[name]
    sheet = sheet.copy()
    places = st.tuples(
        st.integers(0, sheet.shape[0] - 1), st.integers(0, sheet.shape[1] - 1)
    )
    odd = st.one_of(cells, st.text(st.sampled_from(string.digits), min_size=30))
    for place, cell in data.draw(st.dictionaries(places, odd, max_size=6)).items():
        sheet.iloc[place] = cell
    path = folder / f"{name}.csv"
    sheet.to_csv(path, header=False, index=False)
    attempt(LOADERS[name], root, annotations=path, named=path.name)


@settings(FAST, max_examples=25)
@given(
    st.lists(
        st.lists(
            st.one_of(
                st.none(), st.booleans(), st.integers(), st.floats(), st.dates(),
                st.datetimes(), st.times(), st.timedeltas(), texts,
            ),
            max_size=5,
        ),
        max_size=5,
    ),
    st.sampled_from(["CASFEcode_final", "naming rule1", "naming rule2", "x"]),
)  # fmt: skip
def test_any_excel_file(folder, rows, title):
    from openpyxl import Workbook
    from openpyxl.utils.exceptions import IllegalCharacterError

    path = folder / "made.xlsx"
    book = Workbook()
    book.active.title = title
    try:
        for row in rows:
            book.active.append(row)
        book.save(path)
    except (IllegalCharacterError, ValueError, OverflowError):
        return  # cells that no Excel file can hold
    attempt(read_cells, path, named=path.name)
    (folder / "sq").mkdir(exist_ok=True)
    attempt(load_casme_sq, folder / "sq", annotations=path)


# -- action units and questions --------------------------------------------------------


@settings(FAST, max_examples=200)
@given(
    st.one_of(
        st.none(), st.floats(), st.integers(), st.text(),
        st.text(st.sampled_from("LRATBaur 0124+(),refko/?-\n"), max_size=40),
    )
)  # fmt: skip
def test_any_annotation_of_units(text):
    for unit in parse_action_units(text):
        assert unit.number is None or 0 <= unit.number < 100
        assert isinstance(text, float) or unit.raw in str(text)
        assert unit.side in (None, "left", "right", "asymmetric", "top", "bottom")


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=4,
)
fields = st.sampled_from(
    ["id", "video_id", "video", "image_id", "dataset", "subject", "question", "answer"]
)


@FAST
@given(
    st.lists(st.dictionaries(fields, st.one_of(texts, values)), max_size=4),
    st.booleans(),
)
def test_any_rows_of_questions(folder, rows, escaped):
    path = folder / "rows.jsonl"
    lines = [json.dumps(row, ensure_ascii=escaped) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    if attempt(load_me_vqa, path, named=path.name) is None:
        return
    attempt(load_me_vqa, path, folder, named=path.name)
    attempt(score_vqa, path, path)
    out = folder / "answered.jsonl"
    out.unlink(missing_ok=True)
    attempt(predict_vqa, path, out, predictor="prior", train=path)
    if out.is_file():
        again = [q.question for q in load_me_vqa(out).X]
        assert again == [q.question for q in load_me_vqa(path).X]


@FAST
@given(
    st.dictionaries(
        st.sampled_from(["dataset", "subject", "name", "emotion", "action_units"]),
        st.one_of(values, st.sampled_from(["casme2", "smic", "s1"])),
    )
)
def test_any_record_to_make_questions_of(record):  # fmt: skip
    attempt(make_me_vqa, [{"dataset": "casme2", **record}])


@FAST
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_question_and_answer(question, answer):
    assert isinstance(normalize_answer(question, answer), str)
    assert isinstance(parse_units(answer), list)


# -- pictures, names, arguments --------------------------------------------------------

STARTS = (
    b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\0", b"MM\0*", b"II+\0",
    b"P5 ", b"RIFF\0\0\0\0WEBP", b"\xff\x4f\xff\x51",
)  # fmt: skip


@settings(FAST, max_examples=200)
@given(st.sampled_from(STARTS), st.binary(max_size=80))
def test_any_first_bytes_of_an_image(start, data):
    size = image_size(start + data)
    assert size is None or (len(size) == 2 and min(size) >= 0)


@FAST
@given(st.sampled_from(["a.png", "a.mp4", "a.avi"]), st.binary(max_size=99))
def test_any_few_bytes_as_a_clip(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    attempt(Clip, path, named=name)


@settings(FAST, max_examples=200)
@given(st.text(st.characters(exclude_categories=())), st.text())
def test_any_name_becomes_readable(name, other):
    shown = readable(name)
    shown.encode()
    assert shown.isprintable() or not set(shown) & set("\0\n\r\x1b\x85\u2028")
    assert readable(shown) == shown
    assert (readable(other) == shown) <= (other == name or "\\" in other + name)


@FAST
@given(texts, labels)
def test_any_name_in_the_report(folder, name, label):
    card = IntervalCard(Interval(3, 9, label), None, name, label)
    section = VideoSection(name, 30.0, None, [card], name, [], [name])
    page = write_html_report(
        folder / "report.html", [section], title=name, settings={name: name}
    ).read_text(encoding="utf-8")
    assert page.rstrip().endswith("</html>")


NUMBERS = ("nan", "-1", "0", "1e999", "٣", "9" * 99, "x", "", "=", "--out", "\u202e")
WORDS = (
    "score", "str", "recognition", "vqa", "predict", "dataset", "check", "spot",
    "extract", "train", "--truth", "--pred", "--frame-base", "--classes", "--json",
    "--fps", "--out", "--features", "--on-error", "--predictor", "--train", "prior",
    "--seed", "--convention", "mean", "auto", "skip", "lbp-top", "t.csv", "q.jsonl",
    "empty", "o.csv", "o.jsonl", "missing",
)  # fmt: skip


@settings(FAST, max_examples=80)
@given(
    st.lists(st.one_of(st.sampled_from(WORDS), st.sampled_from(NUMBERS)), max_size=9)
)
def test_any_arguments(folder, monkeypatch, capsys, arguments):
    work = folder / "work"
    (work / "empty").mkdir(parents=True, exist_ok=True)
    row = {"id": "a_1", "video": "v", "question": "What is it?", "answer": "x"}
    (work / "q.jsonl").write_text(json.dumps(row))
    (work / "t.csv").write_text(
        "subject,video,clip,onset,offset,emotion\n1,v,c,3,9,negative\n"
    )
    monkeypatch.chdir(work)
    try:
        status = attempt(main, arguments)
    except SystemExit as end:
        status = end.code
    assert status in (0, 1, 2)
    assert "Traceback" not in capsys.readouterr().err


@settings(FAST, max_examples=100)
@given(values, values, values)
def test_any_interval(onset, offset, score):
    made = attempt(Interval, onset, offset, score=score)
    assert made is None or np.array([made.onset, made.offset], np.int64).size == 2
