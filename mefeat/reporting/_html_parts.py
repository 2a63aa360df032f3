"""The parts of the HTML report, from what they show to text that is safe to put in."""

from __future__ import annotations

import base64
import html
import io
import platform
import re
import warnings
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import mefeat
from mefeat.io._pictures import data_uri
from mefeat.reporting._legend import column_meanings
from mefeat.reporting._summary import VERDICTS, is_checked, number, tally

__all__ = [
    "figure_to_svg",
    "filter_html",
    "overview_html",
    "section_html",
    "settings_html",
    "table_html",
    "text",
    "versions",
]

# Control characters have no place in a page; the others stay as they are.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def text(value):
    """Give anything as text that HTML takes as text and nothing else."""
    return html.escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value)))


def figure_to_svg(figure: Any) -> str:
    """Give a figure as SVG text that scales with the page, without a header.

    Parameters
    ----------
    figure : matplotlib Figure

    Returns
    -------
    str
    """
    import matplotlib

    buffer = io.StringIO()
    # Without a date and with fixed ids the same run writes the same bytes.
    with (
        matplotlib.rc_context({"svg.hashsalt": "mefeat"}),
        warnings.catch_warnings(),
    ):
        # Names in any script: the page itself writes them with the reader's fonts.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    content = buffer.getvalue()
    return content[content.index("<svg") :]


def _name(interval):
    """Give the emotion of an interval, or what else is known of it."""
    kinds = {"micro": "micro-expression", "macro": "macro-expression"}
    return interval.label or kinds.get(interval.kind, "not named")


def _grid(caption, head, rows):
    """Give a table; cells are HTML already, the first of each row is its heading."""
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{first}</th>'
        + "".join(f"<td>{cell}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    # A wide table scrolls by itself, with the arrow keys as well; its caption stays.
    name = text(caption)
    return (
        f'<p class="caption" aria-hidden="true">{name}</p>'
        f'<div class="scroll" role="region" tabindex="0" aria-label="{name}">'
        f'<table><caption class="spoken">{name}</caption><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(value):
    if isinstance(value, float):
        return "-" if value != value else f"{value:.4f}"
    return "-" if value is None else text(value)


def table_html(caption, frame):
    """Give a table with its caption and the meaning of its columns.

    Parameters
    ----------
    caption : str
    frame : DataFrame

    Returns
    -------
    str
    """
    # Row by row would turn whole numbers beside scores into decimals.
    columns = [map(_cell, values.tolist()) for _, values in frame.items()]
    cells = list(zip(*columns, strict=True)) or [()] * len(frame)
    rows = [[text(index), *row] for index, row in zip(frame.index, cells, strict=True)]
    grid = _grid(caption, ["", *map(text, frame.columns)], rows)
    meanings = column_meanings(frame.columns)
    if not meanings:
        return grid
    terms = "".join(
        f"<div><dt>{text(name)}</dt><dd>{text(meaning)}</dd></div>"
        for name, meaning in meanings.items()
    )
    return (
        f"{grid}<details open><summary>What the columns mean</summary>"
        f'<dl class="legend">{terms}</dl></details>'
    )


def overview_html(sections):
    """Give a table of the videos, each with a link to it; nothing for a single one."""
    if len(sections) < 2:
        return ""
    counted = ["spotted", *(VERDICTS if is_checked(sections) else ())]
    people = any(section.subject is not None for section in sections)
    rows = []
    for index, section in enumerate(sections):
        counts = tally(section)
        row = [f'<a href="#video{index}">{text(section.name)}</a>']
        if people:
            row.append("-" if section.subject is None else text(section.subject))
        rows.append([*row, *(str(counts[name]) for name in counted)])
    head = ["video", *(["subject"] if people else []), *counted]
    return _grid("The videos", head, rows)


def filter_html(sections):
    """Give the controls that choose which intervals are shown."""
    cards = [card for s in sections for card in (*s.cards, *s.missed)]
    named = {_name(card.interval) for card in cards}
    emotions = sorted(named | {card.truth for card in cards if card.truth})
    known = {card.verdict for card in cards if card.verdict}
    verdicts = [name for name in VERDICTS if name in known]
    verdicts += sorted(known - set(VERDICTS))
    word = "Emotion" if any(card.interval.label for card in cards) else "Kind"

    def select(name, label, values):
        options = "".join(
            f'<option value="{text(v)}">{text(v)}</option>' for v in values
        )
        return (
            f'<span><label for="filter-{name}">{label}</label> '
            f'<select id="filter-{name}"><option value="">all</option>{options}'
            "</select></span>"
        )

    controls = [("emotion", word, emotions), ("verdict", "Outcome", verdicts)]
    controls = [control for control in controls if len(control[2]) > 1]
    if not controls:
        return ""
    names = " ".join(f"filter-{name}" for name, *_ in controls)
    # Without scripts there is nothing to filter with: the script shows the form.
    return (
        '<form class="filters" aria-label="Choose intervals" hidden>'
        + "".join(select(*control) for control in controls)
        + '<button type="reset">Show all</button>'
        f'<output id="count" for="{names}"></output></form>'
    )


def _times(interval, fps):
    return (
        f"frames {interval.onset}&ndash;{interval.offset}, "
        f"{interval.onset / fps:.2f}&ndash;{(interval.offset + 1) / fps:.2f} s"
    )


def _sides(picture):
    """Give the attributes that keep the place of a picture until it is drawn."""
    return f'width="{picture.shape[1]}" height="{picture.shape[0]}"'


def _media(card, words):
    if card.picture is None:
        return ""
    strip = data_uri(card.picture)
    image = (
        f'<img class="strip" src="{strip}" {_sides(card.picture)} '
        f'alt="{text(f"Onset, apex and offset of {words}, side by side")}">'
    )
    if card.loop is None:
        return image
    loop = f"data:image/webp;base64,{base64.b64encode(card.loop).decode()}"
    return (
        f'{image}<img class="loop" data-loop="{loop}" hidden '
        f'alt="{text(f"The face moving from onset to offset, {words}")}">'
        f'<button type="button" class="play" aria-pressed="false" '
        f'aria-label="{text(f"Play {words}")}">Play slowly</button>'
    )


def _card_html(card, fps):
    interval, verdict = card.interval, card.verdict or ""
    label = _name(interval)
    score = "" if interval.score is None else f", score {interval.score:.2f}"
    differs = card.truth is not None and card.truth != interval.label
    truth = f"<br>annotated: {text(card.truth)}" if differs else ""
    badge = f' <span class="badge">{text(verdict)}</span>' if verdict else ""
    words = f"{label}, frames {interval.onset} to {interval.offset}"
    return (
        f'<li class="card" data-emotion="{text(label)}" '
        f'data-truth="{text(card.truth or label)}" data-verdict="{text(verdict)}">'
        f"<figure>{_media(card, words)}<figcaption>"
        f"<strong>{text(label)}</strong>{badge}<br>"
        f"{_times(interval, fps)}{score}{truth}</figcaption></figure></li>"
    )


def _timeline_html(section):
    """Give the timeline as an image of its own, so that ids do not clash."""
    svg = base64.b64encode(figure_to_svg(section.figure).encode()).decode()
    found = number(len(section.cards), "spotted interval")
    alt = (
        f"Timeline of {section.name}: motion over time with {found}"
        + (f" and {len(section.missed)} missed" if section.missed else "")
        + ". All are listed below."
    )
    return (
        f'<div class="scroll timeline" role="region" tabindex="0" '
        f'aria-label="{text(f"Timeline of {section.name}")}">'
        f'<img src="data:image/svg+xml;base64,{svg}" alt="{text(alt)}"></div>'
    )


def section_html(section, index):
    """Give a video: its timeline, notes and intervals in order of time.

    Parameters
    ----------
    section : VideoSection
    index : int
        Makes its id unique.

    Returns
    -------
    str
    """
    subject = ""
    if section.subject is not None:
        subject = f" <small>subject {text(section.subject)}</small>"
    parts = [
        f'<section class="video" aria-labelledby="video{index}">'
        f'<h3 id="video{index}" tabindex="-1">{text(section.name)}{subject}</h3>'
    ]
    parts += [f'<p class="note">{text(note)}</p>' for note in section.notes]
    if section.figure is not None:
        parts.append(_timeline_html(section))
    if not section.cards:
        parts.append('<p class="note">Nothing was spotted in this video.</p>')
    cards = sorted(
        (*section.cards, *section.missed),
        key=lambda card: (card.interval.onset, card.interval.offset),
    )
    if cards:
        items = "".join(_card_html(card, section.fps) for card in cards)
        label = text(f"Intervals of {section.name}")
        parts.append(f'<ul class="cards" aria-label="{label}">{items}</ul>')
    return "".join(parts) + "</section>"


def versions():
    """Give the versions of mefeat, Python and what the numbers depend on."""
    names = ["numpy", "scipy", "scikit-learn", "scikit-image", "joblib"]
    names += ["opencv-contrib-python", "opencv-contrib-python-headless"]
    found = {"mefeat": mefeat.__version__, "Python": platform.python_version()}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def settings_html(caption, settings):
    """Give names and values as a table; long values keep their lines."""
    rows = []
    for name, value in (settings or {}).items():
        if isinstance(value, dict):
            value = "\n".join(f"{key}: {item}" for key, item in value.items())
        elif isinstance(value, list | tuple):
            value = ", ".join(map(str, value))
        kind = "value lines" if "\n " in str(value) else "value"
        rows.append([text(name), f'<span class="{kind}">{text(value)}</span>'])
    return _grid(caption, ["name", "value"], rows) if rows else ""
