"""What the readers of annotation rows share."""

import re
import unicodedata
from pathlib import Path
from typing import Any

from mefeat.datasets._folders import find_frame_folders
from mefeat.datasets._sheets import (
    find_tables,
    fold,
    is_empty,
    to_frame_number,
    to_text,
)

__all__ = ["FolderIndex", "frames_of", "pick_table", "rows_with_subject", "variant_of"]


def pick_table(root, pattern, annotations, report, *, what):
    """Give the annotation file: the one asked for, or the one found by its name.

    Parameters
    ----------
    root : Path
    pattern : str
        Regular expression on the folded name (letters and digits, lower case).
    annotations : path or None
    report : LoadReport
    what : str
        How the file is usually called, for the message.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    if annotations is not None:
        path = Path(annotations)
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such annotation file")
        return path
    found = [p for p in find_tables(root) if re.search(pattern, fold(p.stem))]
    if not found:
        raise FileNotFoundError(
            f"{root}: no annotation sheet of this data set, usually {what}. Put it "
            "into the folder, or give annotations=PATH."
        )
    if len(found) > 1:
        report.note(
            "several editions of the annotations, the last one by name is read",
            ", ".join(path.name for path in found),
        )
    report.facts["annotations"] = found[-1].name
    return found[-1]


def rows_with_subject(table, report, column="subject"):
    """Give the rows as dicts with ``where``, up to the first text below the table.

    Some sheets go on with remarks below the last row; from the first row without a
    subject on, rows that hold anything are counted and left out.
    """
    rows, ended = [], False
    for row in table.to_dict("records"):
        if all(is_empty(value) for name, value in row.items() if name != "row"):
            continue
        ended = ended or (is_empty(row[column]) and is_empty(row["onset"]))
        if ended:
            report.drop("text below the table", f"row {row['row']}")
            continue
        row["where"] = f"row {row['row']}"
        rows.append(row)
    report.facts["rows"] = report.facts.get("rows", 0) + len(rows)
    return rows


def frames_of(row, report) -> tuple[Any, Any, Any]:
    """Give onset, apex and offset of a row as whole numbers or None."""
    onset, apex, offset = (
        to_frame_number(row.get(name), report, row["where"], name)
        for name in ("onset", "apex", "offset")
    )
    return onset, apex, offset


def variant_of(path, root):
    """Tell cropped, selected and raw frames apart by the folders' names."""
    parts = " ".join(path.relative_to(root).parts[:-1]).lower()
    if "crop" in parts:
        return "cropped"
    return "selected" if "select" in parts else "raw"


class FolderIndex:
    """Frame folders by key, tolerant of upper and lower case.

    Parameters
    ----------
    root : Path
    key : callable
        Maps the path of a frame folder to its key (a tuple of str), or to None.
    images : {"auto", "cropped", "selected", "raw"}
        Which frames to take where there are several.
    """

    def __init__(self, root, key, images="auto"):
        allowed = ("auto", "cropped", "selected", "raw")
        if images not in allowed:
            shown = ", ".join(map(repr, allowed))
            raise ValueError(
                f"The 'images' parameter must be one of {shown}. Got {images!r}."
            )
        ranks = {"cropped": 2, "selected": 1, "raw": 0}
        self.paths, self._lower = {}, {}
        best = {}
        for path in find_frame_folders(root):
            name = key(path)
            variant = variant_of(path, root)
            if name is None or images not in ("auto", variant):
                continue
            if best.get(name, -1) < ranks[variant]:
                best[name] = ranks[variant]
                self.paths[name] = path
        for name in self.paths:
            self._lower[_lower(name)] = name

    def __len__(self):
        return len(self.paths)

    def find(self, key, report, where):
        """Give the key under which a folder is known, or None, counting repairs."""
        if key in self.paths:
            return key
        other = self._lower.get(_lower(key))
        if other is not None:
            report.repair("name in another case than its folder", where)
            return other
        return None

    def require(self, root, what):
        """Raise if no folder was found at all."""
        if not self.paths:
            raise FileNotFoundError(
                f"{root}: no folder of frames as this data set has them, for example "
                f"{what}. Unpack the images into this folder."
            )


def _lower(key):
    # One letter may be written in two ways; some systems change the way in file names.
    return tuple(unicodedata.normalize("NFC", str(part)).lower() for part in key)


def subject_number(cell):
    """Give the number in a subject's cell (``6``, ``"006"``, ``"sub06"``), or None."""
    digits = re.search(r"\d+", to_text(cell))
    return int(digits[0]) if digits and len(digits[0]) < 10 else None
