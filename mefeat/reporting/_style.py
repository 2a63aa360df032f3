"""Colours and sizes that all figures share."""

import re

__all__ = [
    "ACCENT",
    "COLUMN",
    "CYCLE",
    "FALLBACK",
    "INK",
    "SOFT",
    "bare",
    "emotion_color",
    "legible_on",
    "new_figure",
    "outlined",
    "picture_only",
    "plain_legend",
    "printable",
]

# Okabe and Ito's palette: told apart by colour-blind readers and in gray print.
_COLORS = {
    "negative": "#D55E00",
    "positive": "#009E73",
    "surprise": "#0072B2",
    "others": "#999999",
}
FALLBACK = ("#CC79A7", "#E69F00", "#56B4E9", "#8C6D1F", "#882255", "#444444")

# Of methods, which are no emotions; each comes with a dash or a marker of its own.
CYCLE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
INK, SOFT, ACCENT = "#20303F", "#8793A0", "#E69F00"

COLUMN = 3.35  # inches, 85 mm: a column of a paper


def emotion_color(label, labels=()):
    """Give the colour of an emotion; unknown ones take turns through the fallback."""
    if label in _COLORS:
        return _COLORS[label]
    if label is None:
        return "#5D3A9B"
    others = sorted({str(item) for item in labels} - set(_COLORS) | {str(label)})
    return FALLBACK[others.index(str(label)) % len(FALLBACK)]


def new_figure(width=9.0, height=3.0):
    """Give a figure that needs no display and no global state, and its canvas."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def bare(ax):
    """Leave out the upper and the right edge of the Axes."""
    ax.spines[["top", "right"]].set_visible(False)


def picture_only(ax):
    """Leave out ticks and edges: a picture has its own."""
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set_visible(False)


# Characters that no font has; files and tables may bring them along.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def printable(text):
    """Give a name from data as one line of letters that fonts have or may have."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(text))


def plain_legend(ax, **options):
    """Draw the legend; names come from data: dollar signs are no formula."""
    legend = ax.legend(frameon=False, **options)
    for text in legend.get_texts():
        text.set_parse_math(False)
    return legend


def outlined(width=1.6, color="white"):
    """Give the effect that keeps letters legible on any picture."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=width, foreground=color)]


def legible_on(color):
    """Give black or white, whichever stands out more from a colour (WCAG 2)."""
    from matplotlib.colors import to_rgb

    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
              for c in to_rgb(color)]  # fmt: skip
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if luminance > 0.179 else "white"
