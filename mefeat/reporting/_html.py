"""The HTML report of a run: one file that needs nothing beside it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from mefeat._atomic import write_text
from mefeat._typing import PathLike, SequenceLike
from mefeat.reporting._html_parts import (
    figure_to_svg,
    filter_html,
    overview_html,
    section_html,
    settings_html,
    table_html,
    text,
    versions,
)
from mefeat.reporting._summary import summary_sentences

__all__ = ["IntervalCard", "VideoSection", "figure_to_svg", "write_html_report"]


@dataclass
class IntervalCard:
    """One interval in the report.

    Parameters
    ----------
    interval : Interval
    picture : ndarray of shape (height, width, 3), uint8
        As from `interval_strip`.
    verdict : {"right", "wrong emotion", "false alarm", "missed", None}
        How it compares with the annotation; None without one.
    truth : str, optional
        The annotated emotion of the interval that it matches.
    loop : bytes, optional
        A WebP animation that a button of the card plays, as from `interval_loop`.
    """

    interval: object
    picture: object = None
    verdict: str | None = None
    truth: str | None = None
    loop: object = None


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
        The spotted intervals.
    subject : str, optional
    missed : list of Interval or IntervalCard
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

    def __post_init__(self):
        cards = (
            item if isinstance(item, IntervalCard) else IntervalCard(item)
            for item in self.missed
        )
        self.missed = list(cards)
        for card in self.missed:
            card.verdict = "missed"


def write_html_report(
    path: PathLike,
    sections: Sequence[VideoSection],
    *,
    title: str,
    tables: SequenceLike = (),
    settings: dict[str, Any] | None = None,
    notes: Sequence[str] = (),
    command: str | None = None,
) -> Path:
    """Write one self-contained HTML page.

    It opens with a summary in plain sentences, then come the tables with the meaning
    of their columns, each video with its timeline and its intervals, and what is needed
    to run it again.  The page loads nothing from elsewhere and reads on a phone, by
    keyboard and with a screen reader.

    Parameters
    ----------
    path : path
        Written under a temporary name first, so that no half page is left.
    sections : sequence of VideoSection
    title : str
    tables : sequence of (str, DataFrame)
        Captioned tables that follow the summary.
    settings : dict, optional
        What is needed to run it again.
    notes : sequence of str
        Paragraphs of the summary: what the numbers do and do not show.
    command : str, optional
        What was typed to get this page.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If a section is none.
    OSError
        If the page cannot be written there.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from mefeat import Interval
    >>> from mefeat.reporting import IntervalCard, VideoSection, write_html_report
    >>> card = IntervalCard(Interval(10, 19, "surprise"), verdict="false alarm")
    >>> with TemporaryDirectory() as folder:
    ...     path = write_html_report(
    ...         f"{folder}/report.html", [VideoSection("v1", 30.0, cards=[card])],
    ...         title="My run",
    ...     )
    ...     page = path.read_text(encoding="utf-8")
    >>> "1 of 1 spotted is a false alarm" in page
    True
    """
    sections = list(sections)
    for section in sections:
        if not isinstance(section, VideoSection):
            raise ValueError(
                "sections must hold VideoSection objects only. Got "
                f"{type(section).__name__} instead."
            )
    folder = files("mefeat.reporting")
    script = folder.joinpath("report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    sentences = [*summary_sentences(sections), *notes]
    page = Template(folder.joinpath("report.html").read_text(encoding="utf-8"))
    content = page.substitute(
        # Only this script may run: names from data could not, even unescaped.
        policy=(
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
            f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        ),
        title=text(title),
        style=folder.joinpath("report.css").read_text(encoding="utf-8"),
        script=script,
        summary="".join(f"<p>{text(sentence)}</p>" for sentence in sentences),
        tables="".join(table_html(*table) for table in tables),
        overview=overview_html(sections),
        filters=filter_html(sections),
        videos="".join(section_html(s, i) for i, s in enumerate(sections)),
        command="" if command is None else f"<pre><code>{text(command)}</code></pre>",
        settings=settings_html("Settings", settings),
        versions=settings_html("Versions", versions()),
    )
    return write_text(path, content)
