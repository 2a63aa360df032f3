"""The HTML report of a run: one file that needs nothing beside it."""

import base64
import html
import io
import json
import platform
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from string import Template

import mefeat
from mefeat._atomic import write_text

__all__ = ["IntervalCard", "VideoSection", "figure_to_svg", "write_html_report"]


@dataclass
class IntervalCard:
    """One spotted interval in the report.

    Parameters
    ----------
    interval : Interval
    picture : ndarray of shape (height, width, 3), uint8
        As from `interval_strip`.
    verdict : {"right", "wrong emotion", "false alarm", None}
        How it compares with the annotation; None without one.
    truth : str, optional
        The annotated emotion of the interval that it matches.
    """

    interval: object
    picture: object = None
    verdict: str | None = None
    truth: str | None = None


@dataclass
class VideoSection:
    """One video in the report.

    Parameters
    ----------
    name : str
    fps : float
    figure : matplotlib Figure, optional
        The timeline.
    cards : list of IntervalCard
    subject : str, optional
    missed : list of Interval
        Annotated intervals that no spotted one matches.
    notes : list of str
        What else a reader must know, such as spans without a face.
    """

    name: str
    fps: float
    figure: object = None
    cards: list = field(default_factory=list)
    subject: str | None = None
    missed: list = field(default_factory=list)
    notes: list = field(default_factory=list)


def figure_to_svg(figure):
    """Give a figure as SVG text that scales with the page, without a header.

    Parameters
    ----------
    figure : matplotlib Figure

    Returns
    -------
    str
    """
    buffer = io.StringIO()
    # Without a date and with fixed ids the same run writes the same bytes.
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": "mefeat"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _data_uri(picture, quality=85):
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _seconds(interval, fps):
    return f"{interval.onset / fps:.2f}&ndash;{(interval.offset + 1) / fps:.2f} s"


def _card_html(card, fps):
    interval = card.interval
    label = interval.label or "not named"
    verdict = card.verdict or ""
    score = "" if interval.score is None else f", score {interval.score:.2f}"
    truth = ""
    if card.truth is not None and card.truth != interval.label:
        truth = f"<br>annotated: {html.escape(card.truth)}"
    picture = ""
    if card.picture is not None:
        alt = f"onset, apex and offset of a {label} interval"
        picture = f'<img src="{_data_uri(card.picture)}" alt="{html.escape(alt)}">'
    badge = f'<span class="badge">{html.escape(verdict)}</span>' if verdict else ""
    return (
        f'<figure class="card" data-emotion="{html.escape(label)}" '
        f'data-verdict="{html.escape(verdict)}">{picture}<figcaption>'
        f"<strong>{html.escape(label)}</strong> {badge}<br>"
        f"frames {interval.onset}&ndash;{interval.offset}, "
        f"{_seconds(interval, fps)}{score}{truth}</figcaption></figure>"
    )


def _section_html(section, index):
    title = html.escape(section.name)
    subject = "" if section.subject is None else f", subject {section.subject}"
    parts = [
        f'<section aria-labelledby="video{index}"><h3 id="video{index}">{title}'
        f"<small>{html.escape(subject)}</small></h3>"
    ]
    parts += [f'<p class="note">{html.escape(note)}</p>' for note in section.notes]
    if section.figure is not None:
        parts.append(
            f'<div class="timeline" role="img" aria-label="timeline of {title}">'
            f"{figure_to_svg(section.figure)}</div>"
        )
    cards = "".join(_card_html(card, section.fps) for card in section.cards)
    if cards:
        parts.append(f'<div class="cards">{cards}</div>')
    else:
        parts.append('<p class="none">Nothing was spotted in this video.</p>')
    if section.missed:
        missed = "; ".join(
            f"{html.escape(i.label or 'not named')} {_seconds(i, section.fps)}"
            for i in section.missed
        )
        parts.append(f'<p class="missed">Missed: {missed}</p>')
    return "".join(parts) + "</section>"


def _versions():
    names = ["numpy", "scipy", "scikit-learn", "scikit-image", "joblib"]
    names += ["opencv-contrib-python", "opencv-contrib-python-headless"]
    found = {"mefeat": mefeat.__version__, "Python": platform.python_version()}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _filter_html(sections):
    cards = [card for section in sections for card in section.cards]
    emotions = sorted({card.interval.label or "not named" for card in cards})
    verdicts = sorted({card.verdict for card in cards if card.verdict})

    def select(name, label, values):
        options = "".join(f"<option>{html.escape(v)}</option>" for v in values)
        return (
            f'<label>{label} <select id="filter-{name}">'
            f'<option value="">all</option>{options}</select></label>'
        )

    parts = [select("emotion", "Emotion", emotions)] if emotions else []
    if verdicts:
        parts.append(select("verdict", "Outcome", verdicts))
    return f'<form class="filters">{"".join(parts)}</form>' if parts else ""


def write_html_report(path, sections, *, title, tables=(), settings=None, notes=()):
    """Write one self-contained HTML page.

    Parameters
    ----------
    path : path
        Written under a temporary name first, so that no half page is left.
    sections : sequence of VideoSection
    title : str
    tables : sequence of (str, DataFrame)
        Captioned tables that open the page.
    settings : dict, optional
        What is needed to run it again.
    notes : sequence of str
        Paragraphs under the title: what the numbers do and do not show.

    Returns
    -------
    Path
    """
    path = Path(path)
    shown = "".join(
        f"<figure class='table'><figcaption>{html.escape(caption)}</figcaption>"
        f"{frame.to_html(border=0, na_rep='-', float_format='%.4f')}</figure>"
        for caption, frame in tables
    )
    page = Template(
        files("mefeat.reporting").joinpath("report.html").read_text(encoding="utf-8")
    ).substitute(
        title=html.escape(title),
        notes="".join(f"<p>{html.escape(note)}</p>" for note in notes),
        tables=shown,
        filters=_filter_html(sections),
        videos="".join(_section_html(s, i) for i, s in enumerate(sections)),
        settings=html.escape(json.dumps(settings or {}, indent=2, default=str)),
        versions=html.escape(json.dumps(_versions(), indent=2)),
    )
    return write_text(path, page)
