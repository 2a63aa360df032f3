"""The data sets' layouts on disk, in miniature, with one row for every oddity.

`make_layout` writes folders, images and annotation sheets as each data set has them,
without anything of the real data: for tests, for the docs, and for trying out a
pipeline before a licence is there.  The frames are plain gray pictures that grow
brighter within the annotated intervals.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from mefeat._atomic import make_folder, replacing, write_text
from mefeat._typing import PathLike
from mefeat.datasets import _layout_sheets as sheets
from mefeat.exceptions import MissingDependencyError

__all__ = ["LAYOUTS", "make_layout"]


def make_layout(name: str, path: PathLike) -> Path:
    """Write the layout of a data set in miniature.

    Parameters
    ----------
    name : str
        One of ``"casme2"``, ``"samm"``, ``"samm-lv"``, ``"smic"``, ``"smic-e"``,
        ``"smic-e-long"``, ``"casme-sq"``, ``"casme3"``, ``"casme3-c"``, ``"4dme"``,
        ``"megc2025-str"`` and ``"megc2025-vqa"``.
    path : path
        Folder to write into; made if it is not there.

    Returns
    -------
    Path
        The folder, ready for the reader of this data set.

    Raises
    ------
    ValueError
        If there is no such layout.
    MissingDependencyError
        If openpyxl, which writes the sheets, is missing.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from mefeat.datasets import load_samm_lv, make_layout
    >>> with TemporaryDirectory() as folder:
    ...     bunch = load_samm_lv(make_layout("samm-lv", folder))
    >>> bunch.names
    ['006_1', '006_2', '007_3']
    """
    if name not in LAYOUTS:
        shown = ", ".join(map(repr, LAYOUTS))
        raise ValueError(f"The 'name' parameter must be one of {shown}. Got {name!r}.")
    path = make_folder(path)
    LAYOUTS[name](path)
    return path


def write_frames(folder, names, bumps=(), size=(24, 20)):
    """Write gray images that are brighter within `bumps`.

    Parameters
    ----------
    folder : Path
    names : sequence of (int, str)
        Number and file name of each frame.
    bumps : sequence of (int, int, int)
        First and last number of a rise in brightness, and its height.
    size : (int, int)
        Height and width in pixels.
    """
    from PIL import Image

    make_folder(folder)
    rows, columns = np.mgrid[: size[0], : size[1]]
    ground = 90 + 2.0 * ((rows * 3 + columns * 5) % 17)
    for number, name in names:
        level = 0.0
        for first, last, height in bumps:
            if first <= number <= last:
                phase = (number - first) / max(last - first, 1)
                level += height * np.sin(np.pi * phase)
        picture = np.clip(ground + level, 0, 255).astype(np.uint8)
        with replacing(folder / name) as temporary:
            Image.fromarray(picture).save(temporary, quality=95)


def write_book(path, tables):
    """Write an Excel file.

    Parameters
    ----------
    path : Path
    tables : dict of str to list of rows
        Name of each sheet to its rows, the header included.
    """
    try:
        from openpyxl import Workbook
    except ImportError:
        raise MissingDependencyError(
            f"{path}: writing Excel files needs openpyxl. Install it with: "
            'pip install "mefeat[data]"'
        ) from None
    make_folder(path.parent)
    book = Workbook()
    book.remove(book.active)
    for title, rows in tables.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    with replacing(path) as temporary:
        book.save(temporary)


def _numbered(numbers, pattern):
    return [(number, pattern.format(number)) for number in numbers]


def _casme2(root):
    write_book(root / "CASME2-coding-20140508.xlsx", {"Sheet1": sheets.CASME2})
    for row in sheets.CASME2[1:]:
        subject, name, onset, offset = int(row[0]), row[1], row[3], row[5]
        if name == "EP09_01":
            continue  # its frames were never unpacked
        folder = f"sub{subject:02d}/{name.upper().replace('F', 'f')}"
        bumps = [(onset, max(offset, onset + 8), 30)]
        raw = _numbered(range(1, 41), "img{:03d}.jpg")
        write_frames(root / "CASME2-RAW" / folder, raw, bumps)
        numbers = [
            n for n in range(onset, onset + 20) if n != onset + 3 or subject != 2
        ]
        selected = _numbered(numbers, "img{}.jpg")
        write_frames(root / "CASME2_RAW_selected" / folder, selected, bumps)
        if name.startswith("EP02"):
            cropped = _numbered(numbers, "reg_img{}.jpg")
            write_frames(root / "Cropped" / folder, cropped, bumps)


def _samm(root):
    write_book(
        root / "SAMM_Micro_FACS_Codes_v2.xlsx", {"MICRO_ONLY": sheets.SAMM_MICRO}
    )
    for row in sheets.SAMM_MICRO[14:]:
        name, onset = row[1], row[3]
        if name == "007_4_1":
            continue  # its frames were never unpacked
        pattern = f"{name[:3]}_" + ("{:04d}.jpg" if name == "007_3_2" else "{:05d}.jpg")
        frames = _numbered(range(onset, onset + 20), pattern)
        folder = root / "SAMM" / name[:3] / name
        write_frames(folder, frames, [(onset, onset + 19, 30)])


def _samm_lv(root):
    write_book(
        root / "SAMM_LongVideos_V3_Release.xlsx", {"FACS_Movement_Only": sheets.SAMM_LV}
    )
    write_book(
        root / "SAMM_Micro_FACS_Codes_v2.xlsx", {"MICRO_ONLY": sheets.SAMM_MICRO}
    )
    for name, pattern in (("006_1", "4"), ("006_2", "4"), ("007_3", "5")):
        frames = _numbered(range(1, 81), f"{name}_{{:0{pattern}d}}.jpg")
        bumps = [(30, 49, 30)] if name != "006_2" else []
        write_frames(root / "SAMM_longvideos" / name, frames, bumps)


def _smic(root):
    for subject, kind, code in (
        (1, "negative", "ne_01"), (1, "positive", "po_01"), (2, "surprise", "sur_01"),
        (2, "positive", "ne_02"),
    ):  # fmt: skip
        name = f"s{subject}_{code}"
        folder = root / "SMIC_all_cropped/HS" / f"s{subject}" / "micro" / kind / name
        frames = _numbered(range(559740, 559755), "reg_image{}.jpg")
        write_frames(folder, frames, [(559740, 559754, 30)])
    idle = root / "SMIC_all_cropped/HS/s1/non_micro/s1_ne_01"
    write_frames(idle, _numbered(range(1, 4), "reg_image{}.jpg"))


def _smic_e(root):
    write_book(root / "SMIC-HS-E_annotation.xlsx", {"Sheet1": sheets.SMIC_E_HS})
    write_book(root / "SMIC-VIS-E_annotation.xlsx", {"Sheet1": sheets.SMIC_E_VIS})
    folder = root / "SMIC-E_raw image/HS_long/SMIC-HS-E/HS"
    for name, first, pattern in (
        ("s1_ne_01", 559700, "image{:06d}.jpg"),
        ("s1_po_02", 7000, "image{:06d}.jpg"),
        ("s20_sur_01", 31000100, "image{:08d}.jpg"),
        ("s20_ne_02", 1, "image{:06d}.jpg"),  # numbered anew
    ):
        subject = int(name[1 : name.index("_")])
        frames = _numbered(range(first, first + 40), pattern)
        write_frames(
            folder / f"s{subject:02d}" / name, frames, [(first + 10, first + 24, 30)]
        )
    vis = root / "SMIC-E_raw image/VIS_long/SMIC-VIS-E/VIS/s01/s1_ne_01"
    write_frames(vis, _numbered(range(100, 130), "image {}.jpg"), [(110, 118, 30)])


def _smic_e_long(root):
    lines = "\n".join(",".join(map(str, row)) for row in sheets.SMIC_E_LONG)
    write_text(root / "labels.csv", lines + "\n")
    for name in ("s1_ne_01", "s2_po_01"):
        frames = _numbered(range(1, 61), "{:05d}.jpg")
        write_frames(root / "frames" / name, frames, [(20, 40, 30)])


def _casme_sq(root):
    write_book(root / "CAS(ME)^2code_final.xlsx", sheets.CASME_SQ)
    for subject, folder, spans in sheets.CASME_SQ_FOLDERS:
        frames = _numbered(range(1, 81), "img{:03d}.jpg")
        write_frames(root / "rawpic" / subject / folder, frames, spans)


def _casme3(root):
    write_book(
        root / "annotation/cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx",
        {"label": sheets.CASME3_ME},
    )
    write_book(
        root / "annotation/CAS(ME)3_part_A_v2.xlsx",
        {"AU+Emotion": sheets.CASME3_ALL, "eye blink": sheets.CASME3_BLINK},
    )
    for subject, video in (("spNO.1", "a"), ("spNO.1", "b"), ("spNO.2", "j")):
        folder = root / "part_A" / subject / video
        # The first seven frames and two later ones are not handed out.
        numbers = [n for n in range(8, 121) if n not in (50, 51)]
        write_frames(folder / "color", _numbered(numbers, "{}.jpg"), [(20, 34, 30)])
        write_frames(folder / "depth", _numbered(numbers[:3], "{}.png"))


def _casme3_c(root):
    write_book(root / "annotation/CAS(ME)3_part_C_ME.xlsx", {"Sheet1": sheets.CASME3_C})
    for subject, count in (("2", "1"), ("2", "2"), ("7", "1")):
        folder = root / "part_C" / subject / count / "color"
        write_frames(folder, _numbered(range(1, 41), "{}.jpg"), [(10, 20, 30)])


def _fourdme(root):
    write_book(
        root / "4DME_Labelling_Micro_release v1.xlsx", {"Sheet1": sheets.FOURDME}
    )
    for row in sheets.FOURDME[1:]:
        folder = root / "gray_micro" / str(row[0]) / str(row[1])
        first = int(row[2])
        frames = _numbered(range(first, first + 25), "{}.jpg")
        write_frames(folder, frames, [(first, first + 20, 30)])


def _megc2025_str(root):
    for folder, n_frames, spans in sheets.MEGC2025_VIDEOS:
        name = Path(folder).name
        pattern = f"{name}_{{:04d}}.jpg" if name[0].isdigit() else "{}.jpg"
        write_frames(root / folder, _numbered(range(1, n_frames + 1), pattern), spans)


def _megc2025_vqa(root):
    for dataset, video in (("samm", "SAMM-1"), ("casme3", "CAS-1")):
        rows = [
            {
                "video_id": f"{dataset}_test_{video}_{number}",
                "video": video,
                "question": question,
                "answer": "",
            }
            for number, question in enumerate(sheets.VQA_QUESTIONS, start=1)
        ]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        write_text(root / f"me_vqa_{dataset}_test_to_answer.jsonl", text)
        folder = root / "ME_VQA_MEGC_2025_Test_Cropped" / video
        write_frames(folder, _numbered(range(12, 30), "{}.jpg"), [(12, 29, 30)])


LAYOUTS = {
    "casme2": _casme2,
    "samm": _samm,
    "samm-lv": _samm_lv,
    "smic": _smic,
    "smic-e": _smic_e,
    "smic-e-long": _smic_e_long,
    "casme-sq": _casme_sq,
    "casme3": _casme3,
    "casme3-c": _casme3_c,
    "4dme": _fourdme,
    "megc2025-str": _megc2025_str,
    "megc2025-vqa": _megc2025_vqa,
}
