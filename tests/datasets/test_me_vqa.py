"""ME-VQA: rows from annotations, against the official file where it is there."""

import json
from collections import Counter

import pytest

from mefeat.datasets import (
    load_casme2,
    load_me_vqa,
    load_smic,
    make_layout,
    make_me_vqa,
    parse_action_units,
)
from mefeat.datasets._action_units import ACTION_UNITS, ActionUnit
from mefeat.datasets._me_vqa_templates import parse_question
from mefeat.io import Clip

ROW = {
    "dataset": "casme2", "subject": 1, "name": "EP19_05f", "emotion": "Disgust",
    "action_units": "4+7+L10",
}  # fmt: skip


def test_rows_of_one_clip():
    rows = make_me_vqa([ROW])
    assert list(rows[0]) == [
        "id", "dataset", "image_id", "subject", "filename", "question", "answer"
    ]  # fmt: skip
    assert [row["id"] for row in rows] == [
        f"casme2_sub01_EP19_05f_{i}" for i in range(1, 8)
    ]
    assert {row["image_id"] for row in rows} == {"sub01_EP19_05f"}
    assert [row["answer"] for row in rows[:4]] == [
        "negative", "disgust", "brow lowerer, lid tightener, upper lip raiser", "left"
    ]  # fmt: skip
    assert rows[2]["question"] == "What are the action units?"
    assert [row["answer"] for row in rows[4:6]] == ["yes", "no"]
    assert rows[6]["answer"] == (
        "The action units present are: brow lowerer, lid tightener, upper lip raiser. "
        "Therefore, the fine-grained expression class is disgust, and the coarse "
        "expression class is negative."
    )


def test_names_of_each_data_set():
    samm = make_me_vqa(
        [
            {
                "subject": "006",
                "name": "006_1_2",
                "emotion": "anger",
                "action_units": "A12D",
            }
        ],
        dataset="samm",
    )
    assert samm[0]["id"] == "samm_006_1_2_1"
    assert samm[0]["subject"] == "6"
    # No side question: asymmetric is neither left nor right.
    assert len(samm) == 6
    assert samm[2]["question"] == "What is the action unit?"
    smic = make_me_vqa(
        [{"subject": "s1", "name": "s1_ne_01", "emotion": "negative"}], dataset="smic"
    )
    assert [row["id"] for row in smic] == ["smic_s01_ne_01_1"]
    assert smic[0]["subject"] == "s01"


def test_the_seed_decides_the_asked_units_clip_by_clip():
    other = {**ROW, "name": "EP19_06f"}
    both, alone = make_me_vqa([other, ROW]), make_me_vqa([ROW])
    assert both[7:] == alone
    asked = {json.dumps(make_me_vqa([ROW], random_state=s)) for s in range(20)}
    assert len(asked) > 5
    for rows in (make_me_vqa([ROW], random_state=s) for s in range(20)):
        assert parse_question(rows[4]["question"]).unit in rows[2]["answer"]
        assert parse_question(rows[5]["question"]).unit not in rows[2]["answer"]


def test_clips_outside_of_the_composite_get_no_rows():
    rows = [
        {**ROW, "emotion": "others"},
        {**ROW, "subject": 4, "name": "EP12_01f"},
        {**ROW, "subject": 24, "name": "EP02_07"},
        ROW,
        ROW,
    ]
    assert len(make_me_vqa(rows)) == 7


def test_units_without_a_name_and_static_ones_are_left_out():
    rows = make_me_vqa([{**ROW, "action_units": "4(k)+7+99"}])
    assert rows[2]["answer"] == "lid tightener"
    assert len(make_me_vqa([{**ROW, "action_units": "-"}])) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dataset": "casme3"}, r"annotations\[0\]: the data set must be"),
        ({"emotion": ""}, r"annotations\[0\] has no 'emotion'"),
        ({"subject": "x"}, "subject without a number"),
        ({"action_units": [4]}, "action_units must be a text or ActionUnits"),
        ({"asked_present": "jaw drop"}, "'asked_present' must name a unit"),
        ({"asked_absent": "brow lowerer"}, "'asked_absent' must name a unit"),
        ({"asked_absent": "smile"}, "not among the clip's"),
    ],
)
def test_bad_annotations(change, message):
    with pytest.raises(ValueError, match=message):
        make_me_vqa([{**ROW, **change}])


def test_from_a_folder_to_questions_and_back(tmp_path):
    pytest.importorskip("openpyxl")
    root = make_layout("casme2", tmp_path / "casme2")
    bunch = load_casme2(root)
    path = tmp_path / "questions.jsonl"
    rows = make_me_vqa(bunch, path)
    assert {row["image_id"] for row in rows} == {
        "sub01_EP02_01f", "sub01_EP19_05f", "sub02_EP01_11f", "sub02_ep13_04f",
        "sub05_EP12_03f",
    }  # fmt: skip
    loaded = load_me_vqa(path, root)
    assert len(loaded.X) == len(rows)
    assert [q.id for q in loaded.X] == [row["id"] for row in rows]
    assert loaded.y.tolist() == [row["answer"] for row in rows]
    assert isinstance(loaded.X[0].clip, Clip)
    assert loaded.X[0].clip is loaded.X[1].clip
    assert loaded.X[0].clip.fps == 200
    assert loaded.groups[0] == "sub01"
    X, y = load_me_vqa(path, return_X_y=True)
    assert X[0].clip == "sub01_EP02_01f"
    assert len(y) == len(X)
    assert not list(tmp_path.glob(".*"))


def test_smic_names_are_found_with_and_without_zeros(tmp_path):
    root = make_layout("smic", tmp_path / "smic")
    path = tmp_path / "smic.jsonl"
    make_me_vqa(load_smic(root), path)
    loaded = load_me_vqa(path, root)
    assert [q.name for q in loaded.X][:2] == ["s01_ne_01", "s01_po_01"]
    assert all(isinstance(q.clip, Clip) for q in loaded.X)


def test_clips_that_are_not_there_stay_names(tmp_path):
    path = tmp_path / "q.jsonl"
    make_me_vqa([ROW], path)
    bunch = load_me_vqa(path, tmp_path)
    assert bunch.X[0].clip == "sub01_EP19_05f"
    assert bunch.report.counts == {"no frames found, the clip stays a name": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{broken", "line 1: not a line of JSON"),
        ('\n{"video": "SAMM-1"}', "line 2: no 'question'"),
        ('{"question": "x"}', "line 1: neither 'image_id'"),
        ("", "holds no questions"),
        ("[1]", "line 1: no 'question'"),
    ],
)
def test_bad_files(text, message, tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        load_me_vqa(path)
    with pytest.raises(FileNotFoundError, match="no such file of questions"):
        load_me_vqa(tmp_path / "none.jsonl")


# -- the official file ---------------------------------------------------------


@pytest.fixture(scope="module")
def official(shared_data):
    path = shared_data / "vqa" / "me_vqa_casme2.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    clips = {}
    for row in rows:
        clips.setdefault(row["image_id"], []).append(row)
    return rows, clips


def annotation_of(rows):
    """Take classes, units and sides from a clip's first rows alone."""
    numbers = {name: number for number, name in ACTION_UNITS.items()}
    sides = {}
    side_row = parse_question(rows[3]["question"])
    if side_row.kind == "side":
        sides[side_row.unit] = rows[3]["answer"]
    units = [
        ActionUnit(numbers[name], sides.get(name))
        for name in rows[2]["answer"].split(", ")
    ]
    return {
        "dataset": "casme2", "subject": rows[0]["subject"], "name": rows[0]["filename"],
        "emotion": rows[1]["answer"], "action_units": units,
    }  # fmt: skip


def test_all_rows_of_the_official_file(official):
    rows, clips = official
    assert (len(rows), len(clips)) == (911, 145)
    made = make_me_vqa([annotation_of(own) for own in clips.values()])
    assert len(made) == 911
    asked_elsewhere = Counter()
    for mine, theirs in zip(made, rows, strict=True):
        asks = parse_question(theirs["question"])
        if asks.kind == "present":
            # Which unit the two yes-or-no questions ask for was drawn at random,
            # except that there is no choice where one unit alone is present.
            own = parse_question(mine["question"])
            units = clips[theirs["image_id"]][2]["answer"].split(", ")
            assert own.kind == "present"
            assert (own.unit in units) == (asks.unit in units)
            asked_elsewhere[theirs["answer"], len(units) > 1] += own.unit != asks.unit
            mine = {**mine, "question": theirs["question"]}
        assert mine == theirs
    assert asked_elsewhere["yes", False] == 0


def test_the_official_file_drew_the_units_it_asks_for(official):
    # Same subject, same units in the same order, no side: no rule tells them apart.
    rows, clips = official
    alike = [clips[f"sub17_{name}"] for name in ("EP07_01", "EP11_02")]
    assert len({own[2]["answer"] for own in alike}) == 1
    assert [parse_question(own[3]["question"]).unit for own in alike] == [
        "lid tightener", "brow lowerer"
    ]  # fmt: skip
    # Told what was drawn, the rows are the file's.
    annotations = []
    for own in clips.values():
        asks = [parse_question(row["question"]) for row in own]
        present, absent = (ask.unit for ask in asks if ask.kind == "present")
        annotations.append(
            annotation_of(own) | {"asked_present": present, "asked_absent": absent}
        )
    assert make_me_vqa(annotations) == rows


def test_counts_of_the_official_file(official):
    _, clips = official
    made = make_me_vqa([annotation_of(own) for own in clips.values()])
    kinds = Counter(parse_question(row["question"]).kind for row in made)
    assert kinds == {
        "coarse": 145, "fine": 145, "unit": 64, "units": 81, "side": 41, "present": 290,
        "joint": 64, "joints": 81,
    }  # fmt: skip
    sides = Counter(r["answer"] for r in made if "located" in r["question"])
    assert sides == {"left": 26, "right": 15}
    coarse = Counter(r["answer"] for r in made if "What is the coarse" in r["question"])
    assert coarse == {"negative": 88, "positive": 32, "surprise": 25}
    fine = Counter(r["answer"] for r in made if "What is the fine" in r["question"])
    assert fine == {"disgust": 61, "happiness": 32, "repression": 27, "surprise": 25}


def test_official_file_loads(shared_data):
    bunch = load_me_vqa(shared_data / "vqa" / "me_vqa_casme2.jsonl")
    assert len(bunch.X) == 911
    assert len(set(bunch.groups)) == 24
    assert bunch.report.facts == {"questions": 911, "clips": 145}
    assert parse_action_units("12")[0].name == "lip corner puller"
