"""Figures, strips and the HTML report of a run."""

from mefeat.reporting._html import (
    IntervalCard,
    VideoSection,
    figure_to_svg,
    write_html_report,
)
from mefeat.reporting._strips import apex_picture, frame_picture, interval_strip
from mefeat.reporting._timeline import TimelineDisplay

__all__ = [
    "IntervalCard",
    "TimelineDisplay",
    "VideoSection",
    "apex_picture",
    "figure_to_svg",
    "frame_picture",
    "interval_strip",
    "write_html_report",
]
