import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import make_pipeline

from mefeat import Clip, Interval
from mefeat.reporting import TimelineDisplay, figure_to_svg
from mefeat.reporting._style import FALLBACK, emotion_color, new_figure
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


@pytest.mark.parametrize(("width", "below"), [(3.35, True), (10.0, False)])
def test_legend_leaves_room_for_the_curve(width, below):
    figure = new_figure(width, 2.6)
    display = TimelineDisplay.from_predictions(
        np.ones(60), [Interval(3, 9, "negative")], fps=30, ax=figure.subplots()
    )
    figure.canvas.draw()
    axes, legend = (
        item.get_window_extent() for item in (display.ax_, display.ax_.get_legend())
    )
    assert (legend.y1 < display.ax_.xaxis.label.get_window_extent().y0) == below
    assert (legend.x0 > axes.x1) != below
    assert axes.width > 0.65 * figure.bbox.width
    assert legend.y0 >= 0


def test_bad_timelines():
    with pytest.raises(
        ValueError, match=r"values must have the shape .* Got \(2, 2, 2\)"
    ):
        TimelineDisplay(np.zeros((2, 2, 2)), 30)
    with pytest.raises(ValueError, match="'fps' parameter must be a number above 0"):
        TimelineDisplay(np.zeros(9), 0)
    with pytest.raises(ValueError, match="one value for each of the 9 frames"):
        TimelineDisplay(np.zeros(9), 30, valid=[True] * 8)
    with pytest.raises(ValueError, match="Each interval must be an Interval or a pair"):
        TimelineDisplay(np.zeros(9), 30, intervals=[3])


def test_long_curves_keep_their_peaks(rng):
    values = rng.random((90_000, 3))
    values[45_678, 1], values[89_999, 2], values[0, 0] = 7.0, 8.0, 9.0
    display = TimelineDisplay.from_predictions(values, [], fps=100)
    lines = display.ax_.lines
    strongest = next(line for line in lines if line.get_label() == "motion")
    time, drawn = strongest.get_data()
    assert len(drawn) == 2000
    assert drawn[[1, -1]].tolist() == [9.0, 8.0]
    place = np.argmax(np.where(drawn == 7.0, 1, 0))
    assert time[place] == pytest.approx(456.78, abs=0.5)
    # Each span shows its least and greatest value.
    assert drawn[0] == values[:90].max(axis=1).min()
    assert max(line.get_ydata().max() for line in lines[:3]) == 9.0
    assert len(figure_to_svg(display.figure_)) < 500_000


class Brightness(TransformerMixin, BaseEstimator):
    """Clip -> signal of the mean brightness of each frame."""

    def fit(self, X, y=None):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def transform(self, X):
        return [Signal(c.frames().mean(axis=(1, 2))[:, None] / 9, c.fps) for c in X]


class Named:
    """What a fitted SpotThenRecognize has."""

    def __init__(self, spotter):
        self.spotter_ = spotter

    def predict(self, clips):
        return [[Interval(3, 9, "surprise")] for _ in clips]


def test_from_estimator_takes_spotters_and_models_that_name():
    clip = Clip(np.zeros((60, 8, 8), dtype=np.uint8), fps=30, name="v")
    spotter = make_pipeline(Brightness(), PeakSpotter())
    display = TimelineDisplay.from_estimator(spotter, clip)
    assert display.intervals == []
    assert display.title == "v"
    display = TimelineDisplay.from_estimator(Named(spotter), clip)
    assert display.intervals == [Interval(3, 9, "surprise")]
    assert "spotted: surprise" in texts(display)
    for wrong in (PeakSpotter(), Brightness(), make_pipeline(Brightness())):
        with pytest.raises(ValueError, match="Pipeline that ends in a PeakSpotter"):
            TimelineDisplay.from_estimator(wrong, clip)
