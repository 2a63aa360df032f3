"""Annotation sheets: Excel or CSV tables with preambles and odd cells."""

import io
import math
import os
import re
import zipfile
from pathlib import Path

import pandas as pd

from mefeat._zips import ArchiveError, check_archive
from mefeat.datasets._csv import read_csv_cells, read_text
from mefeat.datasets._folders import is_folder, is_new
from mefeat.exceptions import MissingDependencyError
from mefeat.io._sources import IMAGE_SUFFIXES, VIDEO_SUFFIXES

__all__ = [
    "find_tables",
    "fold",
    "read_cells",
    "read_table",
    "round_half_up",
    "to_frame_number",
    "to_text",
]

# The largest published sheet has under a hundred thousand.
MAX_CELLS = 5_000_000
# What Excel shows where a formula has no result.
_ERRORS = ("#N/A", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!")
TABLE_SUFFIXES = (".xlsx", ".xls", ".csv")


def find_tables(root, depth=3):
    """Find the tables in a folder, without listing the folders that hold frames.

    Returns
    -------
    list of Path
        Sorted by name; hidden and temporary files (``~$...``) are left out.
    """
    root = Path(root)
    found, folders, seen = [], [(root, 0)], set()
    while folders:
        folder, level = folders.pop()
        if not is_new(folder, seen):
            continue
        inside = []
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith((".", "~$")):
                    continue
                if is_folder(entry):
                    inside.append(Path(entry.path))
                    continue
                suffix = os.path.splitext(entry.name)[1].lower()
                if suffix in TABLE_SUFFIXES:
                    if entry.is_file():  # else a pipe or a link that leads nowhere
                        found.append(Path(entry.path))
                elif level and suffix in IMAGE_SUFFIXES | VIDEO_SUFFIXES:
                    inside = []
                    break
        if level < depth:
            folders += [(path, level + 1) for path in inside]
    return sorted(found)


def fold(text):
    """Give letters and digits in lower case: what names are compared by."""
    return re.sub(r"[^a-z0-9]", "", str(text).lower())


def read_cells(path, sheet=None):
    """Read one sheet as a table of raw cells.

    Parameters
    ----------
    path : Path
        An .xlsx, .xls or .csv file.
    sheet : str or sequence of str, optional
        Name of the sheet, or names in order of preference; letters and digits are
        compared in lower case.  By default the first sheet.

    Returns
    -------
    DataFrame of objects
        Without a header; empty cells are None.

    Raises
    ------
    MissingDependencyError
        If the package that reads such files is missing.
    ValueError
        If the file cannot be read, or has no such sheet.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".csv":
        cells = read_csv_cells(read_text(path, "table"), path)
        return cells.astype(object).map(_csv_cell)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such table")
    try:
        return (_read_xls if suffix == ".xls" else _read_xlsx)(path, sheet)
    except ImportError:
        package = "xlrd" if suffix == ".xls" else "openpyxl"
        raise MissingDependencyError(
            f"{path}: reading {suffix} files needs {package}. "
            'Install it with: pip install "mefeat[data]"'
        ) from None
    except (ArchiveError, _NoSheetError, _TooLargeError):
        raise
    except Exception as error:
        # Damaged files raise errors of many libraries (zipfile, xlrd, XML).
        raise ValueError(
            f"{path}: not an Excel file that can be read "
            f"({type(error).__name__}: {error}). "
            "Open it and save it again, or get a fresh copy."
        ) from None


class _NoSheetError(ValueError):
    """The file can be read but has no such sheet."""


class _TooLargeError(ValueError):
    """The file holds more cells than any sheet has."""


def _read_xlsx(path, sheet):
    import openpyxl

    with zipfile.ZipFile(path) as archive:
        check_archive(archive, path)
    # Formulas are not evaluated: their cells give what was computed when they were
    # saved.
    book = openpyxl.load_workbook(
        path, read_only=True, data_only=True, keep_links=False
    )
    try:
        page = book[_sheet_name(path, book.sheetnames, sheet)]
        page.reset_dimensions()  # what a file says of them may be wrong
        return _table(page.iter_rows(values_only=True), path)
    finally:
        book.close()


def _table(rows, path):
    """Give rows of cells of any length as a table, without empty ends."""
    kept, n_cells, n_columns = [], 0, 0
    for number, row in enumerate(rows):
        row = [None if _holds_nothing(cell) else cell for cell in row]
        while row and row[-1] is None:
            row.pop()
        n_columns = max(n_columns, len(row))
        n_cells += len(row)
        # The last row counts for those above it, which may be empty.
        if max(n_cells, number * n_columns) > MAX_CELLS:
            raise _TooLargeError(
                f"{path}: holds more than {MAX_CELLS // 10**6} million cells and was "
                "not read; is it a sheet of annotations?"
            )
        kept.append(row)
    while kept and not kept[-1]:
        kept.pop()
    full = [row + [None] * (n_columns - len(row)) for row in kept]
    return pd.DataFrame(full, dtype=object)


def _holds_nothing(cell):
    return isinstance(cell, str) and (cell == "" or cell in _ERRORS)


def _read_xls(path, sheet):
    import xlrd

    # What is odd in a file must not be printed among results.
    with xlrd.open_workbook(path, logfile=io.StringIO(), ragged_rows=True) as book:
        page = book.sheet_by_name(_sheet_name(path, book.sheet_names(), sheet))
        return _table((page.row_values(index) for index in range(page.nrows)), path)


def _csv_cell(cell):
    """Give whole numbers as such, as Excel would, but "006" as the text it is."""
    if not isinstance(cell, str) or not cell.strip():
        return None
    plain = cell.strip().removeprefix("-")
    if plain.isdecimal() and len(plain) < 19 and str(int(plain)) == plain:
        return int(cell)
    return cell


def _sheet_name(path, names, wanted):
    if wanted is None:
        return names[0]
    wanted = [wanted] if isinstance(wanted, str) else list(wanted)
    folded = {fold(name): name for name in names}
    for name in wanted:
        if fold(name) in folded:
            return folded[fold(name)]
    raise _NoSheetError(
        f"{path}: no sheet {' or '.join(map(repr, wanted))}; it has "
        f"{', '.join(map(repr, names))}. Is it another edition of the annotations?"
    )


def read_table(path, columns, *, sheet=None, optional=(), following=None):
    """Read a sheet whose header may stand below a preamble.

    Parameters
    ----------
    path : Path
    columns : dict of str to sequence of str
        Our name of each column to the names it goes by.
    sheet : str or sequence of str, optional
    optional : sequence of str
        Columns (our names) that may be missing.
    following : dict of str to (str, int), optional
        Columns without a heading of their own: so many places to the right of
        another one, unless a known heading stands there.

    Returns
    -------
    DataFrame
        Our columns, and ``row``, the row number that Excel shows.

    Raises
    ------
    ValueError
        If no row holds all the headings that are needed.
    """
    cells = read_cells(path, sheet)
    names = {our: {fold(name) for name in theirs} for our, theirs in columns.items()}
    best = (-1, [], None)
    for index in range(min(len(cells), 40)):
        heads = [None if c is None else fold(c) for c in cells.iloc[index]]
        places = {}
        for our, theirs in names.items():
            hits = [i for i, head in enumerate(heads) if head in theirs]
            if hits:
                places[our] = hits[0]
        missing = [our for our in columns if our not in places and our not in optional]
        if not missing:
            best = (len(places), missing, (index, places))
            break
        if len(places) > best[0]:
            best = (len(places), missing, None)
    if best[2] is None:
        wanted = ", ".join(repr(columns[our][0]) for our in best[1])
        raise ValueError(
            f"{path}: no row holds the headings of this data set; missing: {wanted}. "
            "Is it another edition of the annotations?"
        )
    index, places = best[2]
    for our, (after, step) in (following or {}).items():
        place = places[after] + step
        if place not in places.values() and place < cells.shape[1]:
            places[our] = place
    body = cells.iloc[index + 1 :]
    table = pd.DataFrame({our: body[place] for our, place in places.items()})
    for our in [*columns, *(following or {})]:
        if our not in table:
            table[our] = None
    table.insert(0, "row", [number + 1 for number in body.index])
    return table.reset_index(drop=True)


def is_empty(cell):
    """Tell whether a cell holds nothing."""
    return (
        cell is None
        or (isinstance(cell, float) and math.isnan(cell))
        or not str(cell).strip()
    )


def to_text(cell):
    """Give a cell as text without the ``.0`` that Excel puts on numbers."""
    if is_empty(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip()


def to_number(cell):
    """Give the number of a cell, or None where it holds none."""
    if is_empty(cell) or isinstance(cell, bool):
        return None
    try:
        value = float(str(cell).strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def round_half_up(value):
    """Round to a whole number, halves up, unlike Python's halves to even."""
    return math.floor(value + 0.5)


def to_frame_number(cell, report, where, name):
    """Give a frame number, or None; fractions and texts are repaired and counted."""
    value = to_number(cell)
    if value is None:
        return None
    if isinstance(cell, str):
        report.repair(f"{name} written as text", where)
    if not value.is_integer():
        report.repair(f"{name} fractional, rounded half up", where)
    return round_half_up(value)
