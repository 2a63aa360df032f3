"""Tables as CSV: read from anyone, and written such that they read back."""

import io
import os
import re
from pathlib import Path

import pandas as pd

__all__ = ["decode", "read_csv", "read_csv_cells", "read_text", "to_csv"]


def read_text(path, what="file"):
    """Read a text file in UTF-8, with or without a byte order mark.

    Parameters
    ----------
    path : path
    what : str
        What the file is, for messages.

    Returns
    -------
    str

    Raises
    ------
    FileNotFoundError, ValueError
        Naming the file.
    """
    path = Path(path)
    if not path.is_file():
        wrong = "is no regular file" if os.path.lexists(path) else f"no such {what}"
        raise FileNotFoundError(f"{path}: {wrong}")
    return decode(path.read_bytes(), path)


def decode(data, path):
    """Give bytes as text, or raise naming the file that they are from."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: not a text in UTF-8 (byte {error.start + 1}): save it as "
            "'CSV UTF-8', or as text in UTF-8"
        ) from None


def read_csv_cells(text, path, skip_blank_lines=False):
    """Give the fields of a CSV text as a table of str without a header.

    Parameters
    ----------
    text : str
    path : path
        For messages.
    skip_blank_lines : bool, default=False

    Returns
    -------
    DataFrame of str
        Fields that are missing at the end of a row are empty.

    Raises
    ------
    ValueError
        Naming the file.
    """
    try:
        return pd.read_csv(
            io.StringIO(text),
            header=None,
            dtype=str,
            keep_default_na=False,
            skipinitialspace=True,
            skip_blank_lines=skip_blank_lines,
        )
    except (ValueError, OverflowError) as error:
        reason = str(error).strip().splitlines()[-1]
        long = re.search(r"Expected \d+ fields in line (\d+)", reason)
        if long:
            raise ValueError(
                f"{path}, line {long[1]}: rows have more fields than the header, for "
                "example by a comma at their end; remove what is too much"
            ) from None
        raise ValueError(
            f"{path}: not a CSV table that can be read ({reason})"
        ) from None


def read_csv(path, required=(), *, what="file", text=None, lower=False):
    """Read a CSV table with a header, all fields as they stand.

    Nothing in a field is evaluated: ``=1+1`` is a text of four characters.

    Parameters
    ----------
    path : path
    required : sequence of str
        Columns that must be there.
    what : str
        What the file is, for messages.
    text : str, optional
        The content, where it is known already.
    lower : bool, default=False
        Take names of columns in lower case.

    Returns
    -------
    DataFrame of str

    Raises
    ------
    FileNotFoundError, ValueError
        Naming the file.
    """
    text = read_text(path, what) if text is None else text
    cells = read_csv_cells(text, path, skip_blank_lines=True)
    names = [name.strip().lower() if lower else name.strip() for name in cells.iloc[0]]
    doubled = sorted({name for name in names if name and names.count(name) > 1})
    if doubled:
        raise ValueError(
            f"{path}: the column(s) {', '.join(doubled)} stand there twice"
        )
    missing = [name for name in required if name not in names]
    if missing:
        raise ValueError(
            f"{path}: the column(s) {', '.join(missing)} are missing. Found: "
            f"{', '.join(names)}"
        )
    places = [place for place, name in enumerate(names) if name]
    table = cells.iloc[1:, places].reset_index(drop=True)
    table.columns = [names[place] for place in places]
    return table


_TO_QUOTE = re.compile(r'[",\r\n]|^\s|\s$')


def _field(value):
    text = str(value)
    if _TO_QUOTE.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def to_csv(columns, rows, path):
    """Give a CSV text; names with commas, quotes or line ends read back as they are.

    Names that a spreadsheet would take for a formula are kept: they are names.

    Parameters
    ----------
    columns : sequence of str
    rows : sequence of sequences
    path : path
        For messages.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a field cannot be written as text.
    """
    lines = [",".join(map(_field, fields)) for fields in (columns, *rows)]
    text = "\n".join(lines) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise ValueError(
            f"{path}: line {line} would hold half of a character, which no text in "
            f"UTF-8 can: {lines[line - 1]!r}"
        ) from None
    return text
