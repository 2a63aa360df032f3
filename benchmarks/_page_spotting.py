"""The tables and the picture of `spotting.py` on the documentation's page."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks._spotting_scores import CAUSES

METHODS = {
    "default": "default",
    "roi": "default, tuned",
    "softnet": "SOFTNet's rule",
    "prototype": "prototype",
    "lbp": "LBP difference",
    "mdmd": "MDMD",
}
_COLOURS = {
    "default": "#000000", "roi": "#0072B2", "softnet": "#D55E00",
    "prototype": "#009E73", "lbp": "#CC79A7", "mdmd": "#E69F00",
}  # fmt: skip
_CAUSES = {
    "head": "head turn", "macro": "macro-expression",
    "micro": "micro, ends off",
}  # fmt: skip


def present(rows):
    """Give the methods that have rows, in the order of the page."""
    return [name for name in METHODS if any(row.get("method") == name for row in rows)]


def _cases(rows):
    return list(dict.fromkeys((row["fps"], row["motion [px]"]) for row in rows))


def _named(case):
    fps, amplitude = case
    return f"{fps:g}", amplitude if amplitude == "all" else f"{amplitude:g}"


def f1_rows(rows):
    """Give the head and the rows of F1 by frame rate and amplitude."""
    rows = [row for row in rows if row["table"] == "F1"]
    names = present(rows)
    f1 = {(row["fps"], row["motion [px]"], row["method"]): row["F1"] for row in rows}
    body = []
    for case in _cases(rows):
        values = [f1.get((*case, name)) for name in names]
        cells = ["" if value is None else f"{value:.3f}" for value in values]
        body.append((*_named(case), *cells))
    return ("fps", "motion", *(METHODS[name] for name in names)), body


def ahead_rows(rows, ours="roi"):
    """Give the head and the rows of how far the default is ahead, with its interval."""
    key = f"{ours} ahead by"
    rows = [row for row in rows if row["table"] == "F1" and row.get(key) is not None]
    names = present(rows)
    ahead = {
        (row["fps"], row["motion [px]"], row["method"]): (
            f"{row[key]:.2f} ({row[f'{ours} from']:.2f} to {row[f'{ours} to']:.2f})"
        )
        for row in rows
    }
    body = [
        (*_named(case), *(ahead.get((*case, name), "") for name in names))
        for case in _cases(rows)
    ]
    return ("fps", "motion", *(METHODS[name] for name in names)), body


def alarm_rows(rows):
    """Give the head and the rows of false alarms by cause."""
    rows = [row for row in rows if row["table"] == "false alarms"]
    head = ("fps", "spotter", *(_CAUSES.get(c, c) for c in CAUSES), "in all", "minutes")
    body = [
        (
            f"{row['fps']:g}",
            METHODS[row["method"]],
            *(str(row[cause]) for cause in CAUSES),
            str(sum(row[cause] for cause in CAUSES)),
            f"{row['minutes']:.1f}",
        )
        for fps in dict.fromkeys(row["fps"] for row in rows)
        for name in METHODS
        for row in rows
        if (row["fps"], row["method"]) == (fps, name)
    ]
    return head, body


def draw(rows, path):
    """Draw F1 over the amplitude, one panel for each frame rate."""
    rows = [row for row in rows if row["table"] == "F1" and row["motion [px]"] != "all"]
    rates = list(dict.fromkeys(row["fps"] for row in rows))
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(rates), sharey=True, squeeze=False)[0]
    for panel, fps in zip(panels, rates, strict=True):
        for name in present(rows):
            points = sorted(
                (row["motion [px]"], row["F1"])
                for row in rows
                if (row["fps"], row["method"]) == (fps, name)
            )
            x, y = zip(*points, strict=True) if points else ((), ())
            panel.plot(x, y, "o-", color=_COLOURS[name], label=METHODS[name])
        panel.axhline(0.85, color="#999999", lw=0.8, ls="--")
        panel.set(title=f"{fps:g} fps", xlabel="peak motion [px]", ylim=(0, 1.02))
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("F1 (dashes: target at 1.5 px)")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center")
    figure.savefig(path, dpi=120)


def text(rows, table):
    """Give the page's part as rst; `table` makes a list-table of head and rows."""
    people = (
        "F1 of micro-expressions by frame rate and peak motion in pixels on a "
        "256-pixel face (IoU of at least 0.5, one-to-one, pooled):\n"
    )
    return "\n".join(
        [
            ".. image:: _static/benchmarks_spotting.png",
            "   :alt: F1 over the peak motion, for each spotter and frame rate",
            "   :width: 100%\n",
            people,
            table(*f1_rows(rows)),
            "How far the tuned default is ahead of each, with the 95 % interval of a "
            "paired bootstrap over people:\n",
            table(*ahead_rows(rows)),
            "False alarms by what they overlap most, over all amplitudes:\n",
            table(*alarm_rows(rows)),
        ]
    )
