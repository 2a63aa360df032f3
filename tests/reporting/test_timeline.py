import numpy as np
import pytest

from mefeat import Interval
from mefeat.reporting import TimelineDisplay, figure_to_svg
from mefeat.reporting._style import FALLBACK, emotion_color
from mefeat.spotting import PeakSpotter, Signal


@pytest.fixture
def signal():
    time = np.arange(300) / 30
    bump = np.where(abs(time - 5) < 0.2, np.cos(np.pi * (time - 5) / 0.4), 0)
    return Signal(np.stack([bump, 0.2 * bump], axis=1), 30, ("brow", "mouth"))


def texts(display):
    return display.ax_.get_legend_handles_labels()[1]


def test_from_predictions_in_pixels():
    display = TimelineDisplay.from_predictions(
        np.arange(60.0), [(10, 19)], fps=30, threshold=7.0, truth=[(12, 20)]
    )
    assert display.ax_.get_ylabel() == "motion [px]"
    assert display.ax_.get_xlim() == (0, 59 / 30)
    assert texts(display) == ["motion", "threshold", "annotated", "spotted"]


def test_bars_cover_whole_frames():
    display = TimelineDisplay.from_predictions(np.ones(60), [(10, 19)], fps=10)
    bar = display.ax_.collections[-1].get_paths()[0].get_extents()
    assert (bar.x0, bar.x1) == pytest.approx((0.95, 1.95))


def test_thresholds_of_channels_become_units(signal):
    display = TimelineDisplay.from_signal(PeakSpotter(height=0.5), signal)
    assert display.ax_.get_ylabel() == "motion / threshold"
    line = next(x for x in display.ax_.lines if x.get_label() == "motion")
    curves = PeakSpotter(height=0.5).curves([signal])[0]
    expected = (curves.strengths / curves.thresholds).max(axis=1)
    np.testing.assert_allclose(line.get_ydata(), expected)
    assert display.intervals == PeakSpotter(height=0.5).predict([signal])[0]


def test_spans_without_a_face_are_named():
    display = TimelineDisplay.from_predictions(
        np.zeros(30), [], fps=30, valid=np.arange(30) < 20
    )
    assert "no face" in texts(display)


def test_empty_and_constant_motion():
    for values in (np.zeros(0), np.zeros(1), np.zeros((40, 3))):
        assert TimelineDisplay.from_predictions(values, [], fps=30).figure_ is not None


def test_colors_are_distinct_for_unknown_emotions():
    labels = ["anger", "fear", "disgust"]
    assert len({emotion_color(name, labels) for name in labels}) == 3
    assert emotion_color("anger", labels) in FALLBACK
    assert emotion_color("negative") != emotion_color("positive")


def test_labels_share_one_legend_entry():
    found = [Interval(1, 3, "negative"), Interval(8, 9, "negative")]
    display = TimelineDisplay.from_predictions(np.ones(20), found, fps=30)
    assert texts(display).count("spotted: negative") == 1


def test_dollar_signs_in_a_title_are_no_formula(signal):
    display = TimelineDisplay.from_signal(PeakSpotter(), signal, title="take$_$1")
    display.figure_.canvas.draw()
    assert display.ax_.get_title(loc="left") == "take$_$1"


@pytest.mark.parametrize("label", ["a$_$", "$\\frac$", "\x00\x1b[31m", "表情 سالم"])
def test_labels_in_any_script_are_drawn_as_they_are(label):
    display = TimelineDisplay.from_predictions(
        np.ones(20), [Interval(1, 3, label)], fps=30
    )
    assert "<svg" in figure_to_svg(display.figure_)
    legend = display.ax_.get_legend().get_texts()[-1].get_text()
    if label.isprintable():
        assert legend == f"spotted: {label}"
    else:
        assert (
            legend == "spotted: \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}[31m"
        )
