"""What every metric of this package reports: a small mapping that prints as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Report"]


class Report(Mapping[str, Any]):
    """Scores with attribute access, a table when printed, and a signature.

    The mapping and the attributes give the row ``"overall"`` (``report.f1`` is
    ``report["f1"]``); `row` gives another one, for example that of a data set.

    Parameters
    ----------
    rows : dict of dict
        Name of each row to its columns; the first row is the overall one.
    signature : str
        Every convention that the numbers depend on.
    headers : dict of str, optional
        Short headings of columns in the printed table.
    hidden : sequence of str, optional
        Columns that the printed table leaves out.
    notes : sequence of str, optional
        Lines below the printed table.
    extras : dict, optional
        Further attributes, for example a confusion matrix.

    Attributes
    ----------
    rows : dict of dict
    signature : str
    notes : list of str

    Examples
    --------
    >>> from mefeat.metrics import spotting_report
    >>> report = spotting_report([[(10, 19)]], [[(12, 19), (40, 52)]])
    >>> report.f1, report["fp"]
    (0.6666666666666666, 1)
    >>> print(report)
             TP  FP  FN       P       R      F1
    overall   1   1   0  0.5000  1.0000  0.6667
    F1|iou:0.5|closed|match:one-to-one|pooled
    """

    def __init__(
        self,
        rows: dict[str, dict[str, Any]],
        signature: str,
        *,
        headers: dict[str, str] | None = None,
        hidden: Sequence[str] = (),
        notes: Sequence[str] = (),
        extras: dict[str, Any] | None = None,
    ) -> None:
        self.rows = rows
        self.signature = signature
        self.notes = list(notes)
        self.extras = {} if extras is None else extras
        self._headers = {} if headers is None else headers
        self._hidden = tuple(hidden)

    @property
    def _first(self):
        return next(iter(self.rows.values()))

    def __getitem__(self, name: str) -> Any:
        first = self._first
        return first[name] if name in first else self.extras[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)

    def __getattr__(self, name: str) -> Any:
        # Only reached for names that are no real attributes; while unpickling there
        # is nothing in __dict__ yet.
        rows, extras = self.__dict__.get("rows"), self.__dict__.get("extras", {})
        if rows is not None and not name.startswith("__"):
            first = next(iter(rows.values()))
            if name in first:
                return first[name]
            if name in extras:
                return extras[name]
        raise AttributeError(f"the report has no {name!r}")

    def __dir__(self):
        return sorted({*super().__dir__(), *self._first, *self.extras})

    def row(self, name: str) -> dict[str, Any]:
        """Give one row, for example ``report.row("samm")``, as a dict."""
        if name not in self.rows:
            known = ", ".join(repr(row) for row in self.rows)
            raise KeyError(f"no row {name!r} in the report: it has {known}")
        return dict(self.rows[name])

    def to_frame(self) -> pd.DataFrame:
        """Give all rows and columns as a `pandas.DataFrame`."""
        import pandas as pd

        return pd.DataFrame.from_dict(self.rows, orient="index")

    def to_dict(self) -> dict[str, Any]:
        """Give rows, signature and notes as plain dicts and lists, ready for JSON."""
        rows = {
            name: {key: _plain(value) for key, value in row.items()}
            for name, row in self.rows.items()
        }
        return {"rows": rows, "signature": self.signature, "notes": list(self.notes)}

    def _cells(self):
        columns = [name for name in self._first if name not in self._hidden]
        head = ["", *(self._headers.get(name, name) for name in columns)]
        body = [
            [str(name), *(_cell(row.get(column)) for column in columns)]
            for name, row in self.rows.items()
        ]
        return [head, *body]

    def __str__(self):
        cells = self._cells()
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(
                cell.ljust(width) if index == 0 else cell.rjust(width)
                for index, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            for line in cells
        ]
        return "\n".join([*lines, self.signature, *self.notes])

    __repr__ = __str__

    def _repr_html_(self):
        from html import escape

        head, *body = self._cells()
        columns = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
        lines = [f"<table><thead><tr>{columns}</tr></thead><tbody>"]
        for name, *line in body:
            cells = "".join(f"<td>{escape(cell)}</td>" for cell in line)
            lines.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
        notes = "<br>".join(map(escape, [self.signature, *self.notes]))
        return "".join([*lines, "</tbody></table><p><small>", notes, "</small></p>"])


def _plain(value):
    if hasattr(value, "tolist"):
        value = value.tolist()
    return list(value) if isinstance(value, tuple) else value


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, tuple):
        return "[" + ", ".join(f"{part:.4f}" for part in value) + "]"
    return str(value)
