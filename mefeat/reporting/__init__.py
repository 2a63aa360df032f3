"""Figures, strips and the HTML report of a run."""

from mefeat.reporting._blocks import BlockDisplay
from mefeat.reporting._comparison import ComparisonDisplay
from mefeat.reporting._confusion import ConfusionDisplay
from mefeat.reporting._histograms import PlaneHistogramDisplay
from mefeat.reporting._html import (
    IntervalCard,
    VideoSection,
    figure_to_svg,
    write_html_report,
)
from mefeat.reporting._legend import legend_text
from mefeat.reporting._motion import FlowDisplay, StrainDisplay
from mefeat.reporting._regions import RegionDisplay
from mefeat.reporting._scores import ScoreIntervalDisplay, SpottingCurveDisplay
from mefeat.reporting._strips import (
    StripDisplay,
    apex_picture,
    frame_picture,
    interval_loop,
    interval_strip,
)
from mefeat.reporting._timeline import TimelineDisplay

__all__ = [
    "BlockDisplay",
    "ComparisonDisplay",
    "ConfusionDisplay",
    "FlowDisplay",
    "IntervalCard",
    "PlaneHistogramDisplay",
    "RegionDisplay",
    "ScoreIntervalDisplay",
    "SpottingCurveDisplay",
    "StrainDisplay",
    "StripDisplay",
    "TimelineDisplay",
    "VideoSection",
    "apex_picture",
    "figure_to_svg",
    "frame_picture",
    "interval_loop",
    "interval_strip",
    "legend_text",
    "write_html_report",
]
