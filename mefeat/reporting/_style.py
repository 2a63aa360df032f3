"""Colours and sizes that all figures share."""

__all__ = ["FALLBACK", "emotion_color", "new_figure"]

# Okabe and Ito's palette: told apart by colour-blind readers and in gray print.
_COLORS = {
    "negative": "#D55E00",
    "positive": "#009E73",
    "surprise": "#0072B2",
    "others": "#999999",
}
FALLBACK = ("#CC79A7", "#E69F00", "#56B4E9", "#8C6D1F", "#882255", "#444444")


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
