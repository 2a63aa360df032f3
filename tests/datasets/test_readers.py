"""Every reader on its data set's layout: what comes out, and every repair counted."""

import sys

import numpy as np
import pandas as pd
import pytest

from mefeat.datasets import (
    load_4dme,
    load_casme2,
    load_casme3,
    load_casme_sq,
    load_megc2019,
    load_megc2025,
    load_samm,
    load_samm_lv,
    load_smic,
    load_smic_e,
    load_smic_e_long,
    make_layout,
)
from mefeat.io._sources import ImageSource

pytest.importorskip("openpyxl", reason='pip install "mefeat[data]"')


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    made = {}

    def get(name):
        if name not in made:
            made[name] = make_layout(name, tmp_path_factory.mktemp(name))
        return made[name]

    return get


def spans(bunch):
    return {
        f"{clip.subject}/{clip.name}": [
            (i.onset, i.apex, i.offset, i.label, i.kind) for i in intervals
        ]
        for clip, intervals in zip(bunch.videos, bunch.intervals, strict=True)
    }


def places(bunch, what):
    for group in (bunch.report.repaired, bunch.report.dropped, bunch.report.noted):
        if what in group:
            return group[what]
    return []


# -- CASME II ------------------------------------------------------------------


def test_casme2(layout):
    bunch = load_casme2(layout("casme2"))
    assert bunch.names == [
        "EP02_01f", "EP19_05f", "EP01_11f", "EP12_01f", "EP03_04", "ep13_04f",
        "EP12_03f", "EP12_03f",
    ]  # fmt: skip
    # Numbers and texts alike.
    assert bunch.subjects.tolist() == [
        "sub01", "sub01", "sub02", "sub04", "sub02", "sub02", "sub05", "sub05"
    ]  # fmt: skip
    assert bunch.fps == bunch.clips[0].fps == 200
    assert bunch.labels[0] == "happiness"
    assert bunch.report.facts["rows"] == 9
    assert bunch.report.counts == {
        "frames missing, each repeats the one before it": 3,
        "apex missing": 1,
        "offset before apex, the apex stands for it": 1,
        "name in another case than its folder": 1,
        "frame folder missing": 1,
    }
    assert places(bunch, "apex missing") == ["row 5 (sub04/EP12_01f)"]
    assert places(bunch, "frame folder missing") == ["row 8 (sub02/EP09_01)"]
    # Onset 6, apex 12, offset 20, both ends included.
    assert (len(bunch.clips[0]), bunch.clips[0].apex) == (15, 6)
    assert bunch.clips[3].apex is None
    assert bunch.frame.loc[0, "offset"] == 20
    assert bunch.frame.loc[1, "action_units"] == "4+7+L10"


def test_casme2_frames_are_found_by_file_name(layout):
    root = layout("casme2")
    raw, selected, cropped = (
        load_casme2(root, images=name) for name in ("raw", "selected", "cropped")
    )
    # The raw folder begins at 1, the selected one at the onset.
    first, same = raw.clips[0], selected.clips[0]
    assert (first.first_number, same.first_number) == (6, 6)
    np.testing.assert_array_equal(first.frames(), same.frames())
    assert [clip.name for clip in cropped.clips] == ["EP02_01f"]
    assert cropped.report.counts["frame folder missing"] == 8
    auto = load_casme2(root)
    assert [str(clip.path).count("Cropped") for clip in auto.clips[:2]] == [1, 0]


NEG, POS, SUR = "negative", "positive", "surprise"


@pytest.mark.parametrize(
    ("classes", "labels"),
    [
        (3, [POS, NEG, NEG, NEG, SUR, NEG, NEG]),
        (4, [POS, NEG, NEG, NEG, "others", SUR, NEG, NEG]),
        (5, ["happiness", "disgust", "repression", "disgust", "others", SUR]
         + ["disgust"] * 2),
        # EP12_01f of subject 4 and the second row of EP12_03f are not part of it.
        ("megc2019", [POS, NEG, NEG, SUR, NEG]),
    ],
)  # fmt: skip
def test_casme2_classes(layout, classes, labels):
    bunch = load_casme2(layout("casme2"), classes=classes)
    assert bunch.labels.tolist() == labels
    if classes == "megc2019":
        assert places(bunch, "left out of the composite of MEGC2019") == [
            "row 5 (sub04/EP12_01f)",
            "row 10 (sub05/EP12_03f)",
        ]
    if classes in (3, "megc2019"):
        what = f"emotion not among the classes {classes!r}"
        assert places(bunch, what) == ["row 6 (sub02/EP03_04) 'others'"]


def test_nothing_is_loaded_until_used(layout, monkeypatch):
    opened = []
    load = ImageSource._load

    def spy(self, index):
        opened.append(index)
        return load(self, index)

    monkeypatch.setattr(ImageSource, "_load", spy)
    bunch = load_casme2(layout("casme2"))
    load_samm_lv(layout("samm-lv"))
    assert opened == []
    assert bunch.clips[0].frames().shape == (15, 24, 20)
    assert opened


def test_forms_of_the_result(layout):
    root = layout("casme2")
    clips, labels = load_casme2(root, classes=3, return_X_y=True)
    assert len(clips) == len(labels) == 7
    bunch = load_casme2(root, classes=3, as_frame=True)
    assert isinstance(bunch.labels, pd.Series)
    assert bunch.frame.loc[0, "clip"] is bunch.clips[0]
    videos, intervals = load_samm_lv(layout("samm-lv"), return_X_y=True)
    assert len(videos) == len(intervals) == 3
    assert isinstance(
        load_samm_lv(layout("samm-lv"), as_frame=True).subjects, pd.Series
    )
    assert "CASME II" in bunch.descr


# -- SAMM ----------------------------------------------------------------------


def test_samm(layout):
    bunch = load_samm(layout("samm"))
    assert bunch.names == ["006_1_2", "006_1_3", "007_3_1", "007_3_2"]
    assert bunch.subjects.tolist() == ["006", "006", "007", "007"]
    assert bunch.labels.tolist() == ["anger", "happiness", "surprise", "other"]
    assert bunch.report.counts == {
        "apex missing": 1,
        "offset taken from the duration": 1,
        "frame folder missing": 1,
        "duration disagrees with onset and offset": 1,
    }
    # Frame numbers of the original recording: 5562 to 5580.
    assert (len(bunch.clips[0]), bunch.clips[0].apex) == (19, 8)
    assert bunch.clips[0].first_number == 5562
    # Onset 1200, duration 18.
    assert bunch.frame.loc[2, "offset"] == 1217
    # Names of four digits.
    assert bunch.clips[3].frames().shape[0] == 18


@pytest.mark.parametrize(
    ("classes", "labels"),
    [
        (3, ["negative", "positive", "surprise"]),
        ("megc2019", ["negative", "positive", "surprise"]),
        (4, ["negative", "positive", "surprise", "others"]),
        (5, ["anger", "happiness", "surprise", "others"]),
        (7, ["anger", "happiness", "surprise"]),
        ("objective", ["III", "I", "II", "VII"]),
    ],
)
def test_samm_classes(layout, classes, labels):
    assert load_samm(layout("samm"), classes=classes).labels.tolist() == labels


def test_samm_sheet_without_a_preamble(layout, tmp_path):
    from mefeat.datasets._layout_sheets import SAMM_MICRO
    from mefeat.datasets.layouts import write_book

    # The edition of December 2018 has its header in the first row.
    path = tmp_path / "SAMM_Micro_FACS.xlsx"
    write_book(path, {"MICRO_ONLY": SAMM_MICRO[13:]})
    bunch = load_samm(layout("samm"), annotations=path)
    assert bunch.names == load_samm(layout("samm")).names


def test_samm_long_videos(layout):
    bunch = load_samm_lv(layout("samm-lv"))
    assert spans(bunch) == {
        "006/006_1": [
            # Frames 30, 38 and 49 of the sheet, counted from 1.
            (29, 37, 48, "negative", "micro"),
            (51, 57, 63, None, "macro"),
        ],
        "006/006_2": [],  # a video without an expression is part of the set
        "007/007_3": [
            (29, None, 48, None, "micro"),
            (59, 65, 79, "surprise", "micro"),
        ],
    }
    assert bunch.report.counts == {
        "onset fractional, rounded half up": 1,
        "apex fractional, rounded half up": 1,
        "offset fractional, rounded half up": 1,
        "apex missing": 1,
        "offset after the last frame on disk": 1,
        "onset 0, lasts from the video's start": 1,
        "frame folder missing": 1,
        "no emotion in the other sheet": 1,
    }
    # 63.5 becomes 64.
    assert bunch.frame.loc[1, "offset"] == 64
    assert bunch.fps == 200
    assert bunch.report.facts == {
        "annotations": "SAMM_LongVideos_V3_Release.xlsx",
        "rows": 6, "videos": 3, "intervals": 4,
    }  # fmt: skip


def test_samm_long_videos_without_emotions(layout, tmp_path):
    import shutil

    root = shutil.copytree(layout("samm-lv"), tmp_path / "lv")
    (root / "SAMM_Micro_FACS_Codes_v2.xlsx").unlink()
    bunch = load_samm_lv(root)
    assert {label for rows in spans(bunch).values() for *_, label, _ in rows} == {None}
    assert any("no emotions" in what for what in bunch.report.noted)


# -- CAS(ME)^2 and CAS(ME)^3 ---------------------------------------------------


def test_casme_sq(layout):
    bunch = load_casme_sq(layout("casme-sq"))
    assert spans(bunch) == {
        "s15/disgust1": [(59, 74, 74, "negative", "macro")],
        "s15/anger1": [
            (19, 26, 33, "negative", "micro"),
            (49, 59, 69, "negative", "macro"),
        ],
        "s16/anger1": [(19, 25, 31, "surprise", "micro")],
        "s16/happy1": [(19, 26, 33, "positive", "micro")],
    }
    assert bunch.report.counts == {
        "code without its leading zero": 1,
        "offset missing, the apex stands for it": 1,
        "self-report misspelt": 1,
        "apex 0, the middle stands for it": 1,
        "frame folder missing": 1,
    }
    assert bunch.fps == 30


def test_casme3(layout):
    bunch = load_casme3(layout("casme3"))
    assert spans(bunch) == {
        "spNO.1/a": [
            # The first file is 8.jpg, so that frame 20 of the sheet is index 12.
            (12, 19, 26, "negative", "micro"),
            (52, 52, 62, "positive", "micro"),
            (72, 87, 107, None, "macro"),
        ],
        "spNO.1/b": [(0, 1, 7, "surprise", "micro"), (12, 19, 111, "others", "micro")],
        "spNO.2/j": [(12, 19, 26, "negative", "micro")],
    }
    assert bunch.report.counts == {
        "frames missing, each repeats the one before it": 3,
        "onset written as text": 1,
        "apex written as text": 1,
        "offset written as text": 1,
        "emotion in upper case": 1,
        "name in another case than its folder": 1,
        "onset before the first frame on disk": 1,
        "apex at onset": 1,
        "micro-expression longer than 2 s": 1,
        "first frames not on disk": 3,
    }
    assert bunch.videos[0].missing.tolist() == [42, 43]


def test_casme3_with_its_old_excel_file(layout, tmp_path):
    import shutil
    from pathlib import Path

    pytest.importorskip("xlrd", reason='pip install "mefeat[data]"')
    root = shutil.copytree(layout("casme3"), tmp_path / "casme3")
    new = root / "annotation" / "CAS(ME)3_part_A_v2.xlsx"
    old = Path(__file__).parent / "data" / "part_A_v2.xls"
    new.unlink()
    shutil.copy(old, new.with_suffix(".xls"))
    assert spans(load_casme3(root)) == spans(load_casme3(layout("casme3")))
    new.with_suffix(".xls").unlink()
    alone = load_casme3(root)
    assert {kind for rows in spans(alone).values() for *_, kind in rows} == {"micro"}
    assert any("no macro-expressions" in what for what in alone.report.noted)


def test_casme3_by_duration_and_class(layout):
    bunch = load_casme3(layout("casme3"), max_duration=1.0, classes=7)
    assert places(bunch, "longer than 1 s") == ["micro row 5 (spNO.1/b)"]
    labels = [label for rows in spans(bunch).values() for *_, label, _ in rows]
    assert labels == ["disgust", "happy", None, "surprise", "anger"]


def test_casme3_part_c(layout):
    bunch = load_casme3(layout("casme3-c"), part="C")
    assert [(len(c), c.apex) for c in bunch.clips] == [(11, 5), (11, 5), (12, 5)]
    assert bunch.subjects.tolist() == ["2", "2", "7"]
    assert bunch.frame.loc[0, "action_units"] == "4+7"
    assert bunch.report.counts == {
        "Chinese comma between action units": 1,
        "no apex in part C, the middle stands for it": 4,
        "frame folder missing": 1,
    }


# -- SMIC ----------------------------------------------------------------------


def test_smic(layout):
    bunch = load_smic(layout("smic"))
    assert bunch.names == ["s1_ne_01", "s1_po_01", "s2_ne_02", "s2_sur_01"]
    assert bunch.labels.tolist() == ["negative", "positive", "negative", "surprise"]
    assert bunch.subjects.tolist() == ["s01", "s01", "s02", "s02"]
    assert bunch.clips[0].apex is None
    assert bunch.report.counts == {
        "folder and name disagree on the emotion; by name": 1
    }
    assert bunch.fps == 100


def test_smic_e(layout):
    bunch = load_smic_e(layout("smic-e"))
    ten = (10, None, 24)
    assert spans(bunch) == {
        "s01/s1_ne_01": [(*ten, "negative", "micro")],
        "s01/s1_po_02": [
            (10, None, 18, "positive", "micro"),
            (25, None, 31, "positive", "micro"),
        ],
        "s20/s20_ne_02": [(*ten, "negative", "micro")],
        # Numbers of eight digits.
        "s20/s20_sur_01": [(*ten, "surprise", "micro")],
    }
    assert bunch.report.counts == {
        "FirstF written as text": 1,
        "frames on disk numbered anew, counted from FirstF": 1,
        "text below the table": 2,
        "second micro-expression in the video": 1,
    }


def test_smic_e_of_another_camera(layout):
    bunch = load_smic_e(layout("smic-e"), camera="vis")
    assert bunch.fps == 25
    # "image 110.jpg" to "image 118.jpg" of a folder that begins at 100.
    assert spans(bunch) == {"s01/s1_ne_01": [(10, None, 18, "negative", "micro")]}
    with pytest.raises(FileNotFoundError, match="SMIC-NIR-E_annotation"):
        load_smic_e(layout("smic-e"), camera="nir")


def test_smic_e_long(layout):
    bunch = load_smic_e_long(layout("smic-e-long"))
    assert spans(bunch) == {
        "s01/s1_ne_01": [(19, None, 39, "negative", "micro")],
        "s02/s2_po_01": [(19, None, 39, "positive", "micro")],
    }
    assert bunch.report.counts == {"frame folder missing": 1}


# -- 4DME, MEGC ----------------------------------------------------------------


def test_4dme(layout):
    bunch = load_4dme(layout("4dme"))
    assert bunch.labels.tolist() == ["negative", "surprise+positive", "repression"]
    assert bunch.frame["action_units"].tolist() == ["L7", "AU12", "AU15"]
    assert bunch.frame["blink"].tolist() == [False, True, False]
    assert [c.apex for c in bunch.clips] == [8, 8, 8]
    assert bunch.report.counts == {"static action unit (k) removed": 1}
    three = load_4dme(layout("4dme"), classes=3)
    assert three.labels.tolist() == ["negative", "negative"]
    assert three.report.counts["emotion not among the classes 3"] == 1


def test_megc2019(layout):
    bunch = load_megc2019(
        casme2=layout("casme2"), samm=layout("samm"), smic=layout("smic")
    )
    assert len(bunch.clips) == 5 + 3 + 4
    assert set(bunch.labels) == {"negative", "positive", "surprise"}
    assert bunch.subjects[0] == "casme2/sub01"
    assert set(bunch.datasets) == {"casme2", "samm", "smic"}
    counts = bunch.reports["samm"].counts
    assert counts["not the 133 clips of the published composite"] == 1
    with pytest.raises(ValueError, match="at least one of casme2, samm and smic"):
        load_megc2019()


def test_megc2025_videos(layout):
    bunch = load_megc2025(layout("megc2025-str"))
    assert bunch.ids == [
        ("abc", "a1"), ("abc", "d1"), ("xyz", "h3"), ("1", "001_2"), ("2", "002_1")
    ]  # fmt: skip
    assert bunch.datasets.tolist() == ["cas"] * 3 + ["samm"] * 2
    assert bunch.fps.tolist() == [30, 30, 30, 200, 200]
    assert load_megc2025(layout("megc2025-str"), return_X_y=True)[1] is None


def test_megc2025_questions(layout):
    bunch = load_megc2025(layout("megc2025-vqa"), "vqa")
    assert len(bunch.X) == 10
    assert bunch.X[0].dataset == "casme3"
    assert len(bunch.X[0].clip) == 18
    assert bunch.X[0].clip.fps == 30
    assert set(bunch.y) == {""}
    assert bunch.groups[0] == "CAS-1"


# -- what cannot be read -------------------------------------------------------

READERS = {
    "casme2": load_casme2,
    "samm": load_samm,
    "samm-lv": load_samm_lv,
    "smic": load_smic,
    "smic-e": load_smic_e,
    "smic-e-long": load_smic_e_long,
    "casme-sq": load_casme_sq,
    "casme3": load_casme3,
    "casme3-c": lambda root: load_casme3(root, part="C"),
    "4dme": load_4dme,
    "megc2025-str": load_megc2025,
    "megc2025-vqa": lambda root: load_megc2025(root, "vqa"),
}
SHEETS = {
    "casme2": "CASME2-coding-20140508.xlsx",
    "samm": "SAMM_Micro_FACS_Codes_v2.xlsx",
    "samm-lv": "SAMM_LongVideos_V3_Release.xlsx",
    "smic-e": "SMIC-HS-E_annotation.xlsx",
    "smic-e-long": "labels.csv",
    "casme-sq": "CAS(ME)^2code_final.xlsx",
    "casme3": "annotation/cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx",
    "casme3-c": "annotation/CAS(ME)3_part_C_ME.xlsx",
    "4dme": "4DME_Labelling_Micro_release v1.xlsx",
}


@pytest.mark.parametrize("name", READERS)
def test_a_wrong_root(name, tmp_path):
    with pytest.raises(NotADirectoryError, match="no such folder; give the folder"):
        READERS[name](tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="no annotation sheet|no folder|no "):
        READERS[name](tmp_path)


def only_sheet(layout, name, tmp_path):
    """Copy the sheets of a layout without its frames."""
    import shutil

    root = layout(name)
    for path in root.rglob("*"):
        if path.suffix in (".xlsx", ".csv"):
            target = tmp_path / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    return tmp_path


@pytest.mark.parametrize("name", SHEETS)
def test_frames_that_were_never_unpacked(name, layout, tmp_path):
    root = only_sheet(layout, name, tmp_path)
    with pytest.raises(FileNotFoundError, match="Unpack the images into this folder"):
        READERS[name](root)


@pytest.mark.parametrize("name", SHEETS)
def test_an_unreadable_sheet(name, layout, tmp_path):
    root = only_sheet(layout, name, tmp_path)
    (root / SHEETS[name]).write_bytes(b"\x00\xff\xfenot a sheet")
    with pytest.raises(ValueError, match="not an Excel file|not a text|no row"):
        READERS[name](root)


@pytest.mark.parametrize("name", [n for n in SHEETS if n != "smic-e-long"])
def test_a_sheet_of_another_version(name, layout, tmp_path):
    from mefeat.datasets.layouts import write_book

    root = only_sheet(layout, name, tmp_path)
    write_book(root / SHEETS[name], {"Sheet9": [["Person", "Clip"], [1, "x"]]})
    with pytest.raises(ValueError, match="another edition of the annotations"):
        READERS[name](root)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda root: load_casme2(root, classes=6), "'classes' parameter for casme2"),
        (lambda root: load_casme2(root, images="small"), "'images' parameter must be"),
        (lambda root: load_casme3(root, part="B"), "'part' parameter must be"),
        (lambda root: load_smic(root, camera="uv"), "'camera' parameter"),
        (lambda root: load_megc2025(root, "ocr"), "'task' parameter"),
    ],
)
def test_bad_parameters(call, message, layout):
    with pytest.raises(ValueError, match=message):
        call(layout("casme2"))


def test_annotations_elsewhere(layout, tmp_path):
    with pytest.raises(FileNotFoundError, match="no such annotation file"):
        load_casme2(layout("casme2"), annotations=tmp_path / "none.xlsx")


def test_a_csv_serves_as_a_sheet(layout, tmp_path):
    path = tmp_path / "coding.csv"
    path.write_text(
        "Subject,Filename,OnsetFrame,ApexFrame,OffsetFrame,Action Units,"
        "Estimated Emotion\n01,EP02_01f,6,12,20,12,Happiness\n",
        encoding="utf-8",
    )
    bunch = load_casme2(layout("casme2"), annotations=path)
    assert bunch.labels.tolist() == ["happiness"]
    assert bunch.report.clean


def test_several_editions_are_told(layout, tmp_path):
    import shutil

    root = shutil.copytree(layout("casme2"), tmp_path / "two")
    shutil.copy(root / SHEETS["casme2"], root / "CASME2-coding-20190701.xlsx")
    bunch = load_casme2(root)
    assert bunch.report.facts["annotations"] == "CASME2-coding-20190701.xlsx"
    what = "several editions of the annotations, the last one by name is read"
    assert bunch.report.counts[what] == 1


def test_excel_without_its_package(layout, monkeypatch):
    from mefeat.exceptions import MissingDependencyError

    root = layout("casme2")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "mefeat\[data\]"'):
        load_casme2(root)
    with pytest.raises(ValueError, match="'name' parameter must be one of 'casme2'"):
        make_layout("casme", "anywhere")


def test_report_reads_well(layout):
    report = load_casme2(layout("casme2")).report
    text = str(report)
    assert "repaired: 1 x apex missing: row 5 (sub04/EP12_01f)" in text
    assert "clips: 8" in text
    assert report.to_dict()["dropped"] == {
        "frame folder missing": ["row 8 (sub02/EP09_01)"]
    }
    assert not report.clean
