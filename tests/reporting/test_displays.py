"""What the displays draw: positions, numbers and words, read back from the artists."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from mefeat import Clip, Interval
from mefeat.exceptions import ClipError, FaceNotFoundError
from mefeat.features import HOGTOP, LBPMOP, LBPSIP, LBPTOP, MDMO, BiWOOF
from mefeat.metrics import recognition_report, spotting_report
from mefeat.reporting import (
    BlockDisplay,
    ComparisonDisplay,
    ConfusionDisplay,
    FlowDisplay,
    PlaneHistogramDisplay,
    RegionDisplay,
    ScoreIntervalDisplay,
    SpottingCurveDisplay,
    StrainDisplay,
    StripDisplay,
    TimelineDisplay,
)
from mefeat.reporting._style import legible_on
from mefeat.spotting import make_spotter
from mefeat.spotting._geometry import REGIONS


@pytest.fixture(scope="module")
def face():
    from skimage.data import astronaut

    from mefeat.face import FaceMesh

    picture = np.ascontiguousarray(astronaut()[:256, 100:356])
    landmarks = FaceMesh().find(picture).landmarks
    return Clip(picture[None].repeat(3, axis=0), fps=30, landmarks=landmarks, name="f")


def words(ax):
    return [text.get_text() for text in ax.texts]


# -- what all share ---------------------------------------------------------------


def test_own_figure_has_the_width_of_a_column():
    display = StrainDisplay(np.zeros((10, 12))).plot()
    assert display.figure_.get_size_inches()[0] * 25.4 == pytest.approx(85, abs=0.2)
    assert display.ax_.xaxis.label.get_fontsize() == 8
    assert display._repr_png_().startswith(b"\x89PNG")
    assert matplotlib.rcParams["font.size"] == 10


def test_given_axes_are_used_and_set_the_size_of_letters():
    with matplotlib.rc_context({"font.size": 20}):
        figure, ax = plt.subplots()
    display = ConfusionDisplay([[1]], ["a"]).plot(ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert display.texts_[0, 0].get_fontsize() == 20
    with matplotlib.rc_context({"font.size": 16}):
        other = figure.add_axes([0, 0, 1, 1])
    small, large = (
        ScoreIntervalDisplay({"a": 0.5}, {"a": (0.4, 0.6)}).plot(ax=place)
        for place in (None, other)
    )
    assert small.bars_[0].get_linewidth() == 3
    assert large.bars_[0].get_linewidth() == 6
    assert large.points_.get_markersize() == 2 * small.points_.get_markersize()
    # Pyplot shows this figure itself: a notebook must not get it twice.
    assert display._repr_png_() is None
    plt.close(figure)


def test_not_drawn_yet_shows_as_text():
    assert ConfusionDisplay([[1]], ["a"])._repr_png_() is None


def test_timeline_shows_itself_in_a_notebook():
    display = TimelineDisplay.from_predictions(np.ones(30), [], fps=30)
    assert display._repr_png_().startswith(b"\x89PNG")


# -- regions and blocks -----------------------------------------------------------


def test_regions_are_numbered_where_they_lie():
    labels = np.zeros((20, 30), dtype=np.uint8)
    labels[2:7, 4:9], labels[10:15, 20:25] = 1, 2
    display = RegionDisplay(labels, crop=False).plot()
    assert display.texts_[1].get_position() == (6, 4)
    assert display.texts_[2].get_position() == (22, 12)
    shown = np.asarray(display.image_.get_array())
    assert (shown[..., 3] > 0).tolist() == (labels > 0).tolist()
    assert display.ax_.get_xlim() == (-0.5, 29.5)
    assert display.ax_.get_ylim() == (19.5, -0.5)


def test_the_number_of_a_hollow_region_lies_in_it():
    labels = np.ones((9, 9), dtype=int)
    labels[2:, 2:] = 0
    column, row = RegionDisplay(labels).plot().texts_[1].get_position()
    assert labels[row, column] == 1


def test_crop_keeps_a_margin_within_the_picture():
    labels = np.zeros((100, 100), dtype=int)
    labels[50:60, 0:50] = 3
    display = RegionDisplay(labels).plot()
    assert display.ax_.get_xlim() == (-0.5, 53.5)
    assert display.ax_.get_ylim() == (63.5, 45.5)


def test_regions_of_a_face(face):
    display = RegionDisplay.from_clip(face)
    assert list(display.texts_) == list(range(1, 37))
    same = RegionDisplay.from_estimator(MDMO(align=False), face)
    np.testing.assert_array_equal(same.labels, display.labels)


def test_spotting_regions_lie_around_their_landmarks(face):
    display = RegionDisplay.from_clip(face, regions="spotting")
    assert len(display.texts_) == 14
    assert words(display.ax_)[:2] == ["brow\nR outer", "brow\nR inner"]
    x, y = face.landmarks[18]
    assert display.labels[round(y), round(x)] == 1
    x, y = face.landmarks[54]
    assert display.labels[round(y), round(x)] == 1 + list(REGIONS).index("mouth_left")
    same = RegionDisplay.from_estimator(make_spotter(), face)
    np.testing.assert_array_equal(same.labels, display.labels)


def test_own_label_map_of_a_clip():
    rois = np.zeros((24, 20), dtype=np.uint8)
    rois[3:9, 3:9] = 7
    clip = Clip(np.zeros((2, 24, 20), dtype=np.uint8), rois=rois)
    display = RegionDisplay.from_clip(clip, regions="clip", names={7: "$x$"})
    assert words(display.ax_) == ["$x$"]
    with pytest.raises(ClipError, match="has no label map"):
        RegionDisplay.from_clip(clip.replace(rois=None), regions="clip")


def test_bad_regions():
    with pytest.raises(ValueError, match=r"labels must be a label map .* float64"):
        RegionDisplay(np.zeros((3, 3)))
    with pytest.raises(ValueError, match="at least one region"):
        RegionDisplay(np.zeros((3, 3), dtype=int))
    with pytest.raises(ValueError, match=r"shape of labels, \(3, 3\). Got \(4, 3\)"):
        RegionDisplay(np.ones((3, 3), dtype=int), picture=np.zeros((4, 3)))
    blank = Clip(np.zeros((2, 64, 64), dtype=np.uint8), name="blank")
    with pytest.raises(FaceNotFoundError, match="Give landmarks of the clip"):
        RegionDisplay.from_clip(blank)
    with pytest.raises(ValueError, match="The 'regions' parameter must be one of"):
        RegionDisplay.from_clip(blank, regions="lips")
    with pytest.raises(ValueError, match="frame must be a whole number from 0 to 1"):
        RegionDisplay.from_clip(blank, frame=2)
    with pytest.raises(ValueError, match="must be MDMO or ROIMotion.*LBPTOP"):
        RegionDisplay.from_estimator(LBPTOP(), blank)


@pytest.mark.parametrize(
    ("extractor", "first", "last"),
    [
        (LBPTOP(n_blocks=(2, 3, 1), radii=(2, 1, 1)), (2, 12), (22, 32)),
        (LBPTOP(n_blocks=(2, 3, 1), radii=(2, 1, 1), border="max"), (2, 12), (22, 32)),
        (LBPSIP(n_blocks=(2, 3, 1)), (1, 12), (23, 33)),
        (HOGTOP(n_blocks=(2, 3, 1)), (1, 12), (23, 33)),
        (LBPMOP(n_blocks=(2, 3, 1)), (0, 12), (23, 34)),
        (BiWOOF(n_blocks=(2, 3)), (0, 12), (23, 34)),
    ],
)
def test_blocks_of_extractors(extractor, first, last):
    clip = Clip(np.zeros((9, 26, 34), dtype=np.uint8))
    display = BlockDisplay.from_estimator(extractor, clip)
    assert (display.columns[0], display.columns[-1]) == (first, last)
    assert len(display.patches_) == 6
    assert display.patches_[0].get_x() == first[0] - 0.5
    assert display.patches_[-1].get_x() + display.patches_[-1].get_width() == (
        last[1] - 0.5
    )


def test_blocks_that_overlap_and_hold_values():
    clip = Clip(np.zeros((9, 22, 22), dtype=np.uint8))
    extractor = LBPTOP(n_blocks=(2, 2, 1), overlap=0.5)
    values = np.array([[0.0, 1.0], [2.0, 4.0]])
    display = BlockDisplay.from_estimator(
        make_pipeline(extractor), clip, values=values, label="weight"
    )
    assert display.rows == [(1, 15), (7, 21)]
    assert display.colorbar_.mappable.get_clim() == (0, 4)
    assert display.colorbar_.ax.get_ylabel() == "weight"
    face = display.patches_[3].get_facecolor()
    np.testing.assert_allclose(face[:3], matplotlib.colormaps["magma"](1.0)[:3])


def test_bad_blocks():
    picture = np.zeros((10, 10), dtype=np.uint8)
    with pytest.raises(ValueError, match=r"rows must hold pairs .* Got \[\(4, 4\)\]"):
        BlockDisplay([(4, 4)], [(0, 5)], picture)
    with pytest.raises(ValueError, match=r"shape \(1, 1\). Got \(2,\)"):
        BlockDisplay([(0, 4)], [(0, 5)], picture, values=[1, 2])
    with pytest.raises(ValueError, match="an extractor with 'n_blocks'"):
        BlockDisplay.from_estimator(MDMO(), picture[None])
    with pytest.raises(ClipError, match="at most 8 blocks"):
        BlockDisplay.from_estimator(LBPTOP(n_blocks=(9, 1, 1)), picture[None])


# -- flow and strain --------------------------------------------------------------


def test_arrows_stand_on_the_grid_and_are_enlarged():
    flow = np.zeros((20, 30, 2), dtype=np.float32)
    flow[..., 0], flow[..., 1] = 0.5, -0.25
    display = FlowDisplay(flow, step=10, scale=8).plot()
    assert display.quiver_.X.reshape(-1).tolist() == [5, 15, 25, 5, 15, 25]
    assert display.quiver_.Y.reshape(-1).tolist() == [5, 5, 5, 15, 15, 15]
    assert set(display.quiver_.U.tolist()) == {0.5}
    assert set(display.quiver_.V.tolist()) == {-0.25}
    # An arrow is 8 times its motion long, in the same direction on the screen.
    assert display.quiver_.scale == 1 / 8
    assert display.quiver_.angles == display.quiver_.scale_units == "xy"
    assert display.ax_.get_ylim() == (19.5, -0.5)
    assert FlowDisplay(flow, step=10).plot().scale_ == pytest.approx(
        20 / np.hypot(0.5, 0.25)
    )


def test_painted_flow():
    flow = np.zeros((4, 5, 2), dtype=np.float32)
    flow[0, 0] = (2, 0)
    flow[1, 1] = (-1, 0)
    plain = FlowDisplay(flow, kind="color", max_motion=2.0).plot()
    shown = plain.image_.get_array()
    assert shown[0, 0].tolist() == [255, 0, 0, 255]
    assert shown[1, 1].tolist() == [0, 128, 128, 255]
    assert shown[3, 3].tolist() == [0, 0, 0, 255]
    assert plain.ax_.get_xlabel() == "longest 2 px, full colour at 2 px"
    over = FlowDisplay(
        flow, kind="color", max_motion=2.0, picture=np.zeros((4, 5))
    ).plot()
    shown = over.image_.get_array()
    assert shown[0, 0].tolist() == [255, 0, 0, 230]
    assert shown[1, 1].tolist() == [0, 255, 255, 115]
    assert shown[3, 3, 3] == 0


def test_flow_and_strain_of_a_clip_go_from_onset_to_apex():
    y, x = np.mgrid[:60, :60]
    shifts = [0, 0.5, 1.0, 0.2]
    frames = [128 + 60 * np.sin((x - s) / 4) * np.cos(y / 5) for s in shifts]
    clip = Clip(np.rint(frames).astype(np.uint8), apex=2)
    display = FlowDisplay.from_clip(clip)
    assert np.median(display.flow[..., 0]) == pytest.approx(1.0, abs=0.1)
    display = FlowDisplay.from_clip(clip, moving=1)
    assert np.median(display.flow[..., 0]) == pytest.approx(0.5, abs=0.1)
    display = StrainDisplay.from_clip(clip, limit=0.5)
    assert display.strain.shape == (60, 60)
    assert display.colorbar_.mappable.get_clim() == (0, 0.5)


def test_nothing_moves():
    still = Clip(np.full((2, 30, 30), 90, dtype=np.uint8))
    assert FlowDisplay.from_clip(still).scale_ == 1.0
    assert FlowDisplay.from_clip(still, kind="color").image_ is not None
    assert StrainDisplay.from_clip(still).image_.get_clim() == (0, 1)


def test_strain_lets_the_face_show_where_there_is_none():
    strain = np.array([[0.0, 0.1], [0.2, 0.4]])
    display = StrainDisplay(strain, limit=0.2, picture=np.zeros((2, 2))).plot()
    np.testing.assert_allclose(display.image_.get_alpha(), [[0, 0.5], [0.8, 0.8]])


def test_bad_flow_and_strain():
    with pytest.raises(ValueError, match=r"shape \(height, width, 2\)"):
        FlowDisplay(np.zeros((3, 3)))
    with pytest.raises(ValueError, match="flow holds NaN"):
        FlowDisplay(np.full((3, 3, 2), np.nan))
    with pytest.raises(ValueError, match="'step' parameter must be an int"):
        FlowDisplay(np.zeros((3, 3, 2)), step=0)
    with pytest.raises(ValueError, match="'kind' parameter must be one of"):
        FlowDisplay(np.zeros((3, 3, 2)), kind="lines")
    with pytest.raises(ValueError, match=r"as large as the flow, \(3, 3\)"):
        FlowDisplay(np.zeros((3, 3, 2)), picture=np.zeros((3, 4)))
    with pytest.raises(ValueError, match="numbers below 0"):
        StrainDisplay([[-0.1]])
    with pytest.raises(ValueError, match="as from optical_strain"):
        StrainDisplay([0.1])
    with pytest.raises(ClipError, match="but 2 are needed"):
        FlowDisplay.from_clip(np.zeros((1, 9, 9), dtype=np.uint8))


# -- strips and histograms --------------------------------------------------------


def test_strip_shows_the_frames_that_it_names():
    frames = np.arange(40, dtype=np.uint8)[:, None, None] * np.ones((8, 6), np.uint8)
    found = [Interval(3, 9, "negative", apex=5), Interval(20, 31), Interval(-4, 90)]
    display = StripDisplay.from_clip(Clip(frames), found)
    levels = [[int(i.get_array()[0, 0, 0]) for i in row] for row in display.images_]
    assert levels == [[3, 5, 9], [20, 25, 31], [0, 39, 39]]
    assert words(display.ax_)[:3] == ["frame 3", "frame 5", "frame 9"]
    assert [t.get_text() for t in display.ax_.get_xticklabels()] == [
        "onset", "apex", "offset",
    ]  # fmt: skip
    assert [t.get_text() for t in display.ax_.get_yticklabels()] == ["negative", "", ""]


def test_strip_of_a_whole_clip_and_of_a_spotter():
    class Fixed:
        def __init__(self, found):
            self.found = found

        def predict(self, clips):
            return [self.found for _ in clips]

    clip = Clip(np.zeros((20, 8, 6), dtype=np.uint8), apex=7, name="c")
    assert words(StripDisplay.from_clip(clip).ax_) == ["frame 0", "frame 7", "frame 19"]
    display = StripDisplay.from_estimator(Fixed([Interval(2, 6)]), clip)
    assert words(display.ax_) == ["frame 2", "frame 4", "frame 6"]
    with pytest.raises(ValueError, match="nothing was spotted in 'c'"):
        StripDisplay.from_estimator(Fixed([]), clip)


def test_bad_strips():
    picture = np.zeros((4, 4), dtype=np.uint8)
    with pytest.raises(ValueError, match="at least one interval"):
        StripDisplay([], [])
    with pytest.raises(ValueError, match="three pictures"):
        StripDisplay([[picture] * 2], [(0, 3)])
    with pytest.raises(ValueError, match=r"\(4, 4\), \(5, 4\)"):
        StripDisplay([[picture, picture, np.zeros((5, 4))]], [(0, 3)])


def test_histograms_of_one_block_and_of_all(rng):
    frames = rng.integers(0, 256, (10, 24, 20), dtype=np.uint8)
    lbp = LBPTOP(n_blocks=(2, 2, 1))
    row = lbp.fit_transform([frames])[0].reshape(2, 2, 3, 59)
    display = PlaneHistogramDisplay.from_estimator(lbp, {"a": frames}, block=(1, 0, 0))
    np.testing.assert_array_equal(display.histograms["a"]["xt"], row[1, 0, 1])
    drawn = display.axes_[2].patches[0].get_data()
    np.testing.assert_array_equal(drawn.values, row[1, 0, 2])
    assert (drawn.edges[0], drawn.edges[-1]) == (-0.5, 58.5)
    assert [ax.get_ylabel() for ax in display.axes_] == [
        "share XY", "share XT", "share YT",
    ]  # fmt: skip
    display = PlaneHistogramDisplay.from_estimator(lbp, frames)
    mean = row.mean(axis=(0, 1))
    np.testing.assert_allclose(display.histograms["X[0]"]["xy"], mean[0])


def test_histograms_of_one_plane_and_of_a_pipeline(rng):
    from mefeat.features import TemporalInterpolator

    frames = rng.integers(0, 256, (10, 24, 20), dtype=np.uint8)
    steps = make_pipeline(TemporalInterpolator(8), LBPTOP(planes="yt", mapping="riu2"))
    display = PlaneHistogramDisplay.from_estimator(steps, {"a": frames, "b": frames})
    assert list(display.histograms["a"]) == ["yt"]
    assert len(display.histograms["b"]["yt"]) == 10
    legend = display.axes_[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]


def test_bad_histograms(rng):
    frames = rng.integers(0, 256, (10, 24, 20), dtype=np.uint8)
    with pytest.raises(ValueError, match=r"block must be .* \(5, 5, 1\). Got \(5"):
        PlaneHistogramDisplay.from_estimator(LBPTOP(), frames, block=(5, 0, 0))
    with pytest.raises(ValueError, match="block must be"):
        PlaneHistogramDisplay.from_estimator(LBPTOP(), frames, block=3)
    with pytest.raises(ValueError, match="as many bins"):
        PlaneHistogramDisplay({"a": {"xy": [1, 2]}, "b": {"xy": [1, 2, 3]}})
    with pytest.raises(ValueError, match="at least one name"):
        PlaneHistogramDisplay({})
    with pytest.raises(ValueError, match="estimator must be LBPTOP"):
        PlaneHistogramDisplay.from_estimator(HOGTOP(), frames)


# -- scores -----------------------------------------------------------------------


def test_confusion_shows_counts_shares_and_recall():
    display = ConfusionDisplay([[3, 1], [0, 0]], ["neg", "p$s$"], title="t")
    display.plot()
    assert [[t.get_text() for t in row] for row in display.texts_] == [
        ["3", "1"], ["0", "0"],
    ]  # fmt: skip
    np.testing.assert_array_equal(display.image_.get_array(), [[0.75, 0.25], [0, 0]])
    np.testing.assert_array_equal(display.recall_, [0.75, np.nan])
    assert words(display.ax_)[-3:] == ["75 %", "-", "recall"]
    assert [t.get_text() for t in display.ax_.get_yticklabels()] == [
        "neg\n(n = 4)", "p$s$\n(n = 0)",
    ]  # fmt: skip
    display.figure_.canvas.draw()


def test_letters_stand_out_from_every_shade():
    def luminance(color):
        rgb = np.array(matplotlib.colors.to_rgb(color))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    shades = [matplotlib.colormaps["Blues"](share / 100) for share in range(101)]
    for shade in shades:
        pair = sorted(map(luminance, (legible_on(shade), shade)))
        assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, shade
    display = ConfusionDisplay([[1, 9], [0, 0]], "ab").plot()
    drawn = [text.get_color() for text in display.texts_[0]]
    assert drawn == [legible_on(shades[10]), legible_on(shades[90])] == [
        "black", "white",
    ]  # fmt: skip


def test_confusion_from_predictions_report_and_estimator():
    class Constant:
        def predict(self, X):
            return ["a"] * len(X)

    y = ["a", "b", "b", "a"]
    display = ConfusionDisplay.from_estimator(Constant(), [0] * 4, y)
    assert display.confusion.tolist() == [[2, 0], [2, 0]]
    assert display.title == "UF1 0.333, UAR 0.500"
    report = recognition_report(y, y, datasets=["d", "d", "e", "e"])
    assert ConfusionDisplay.from_report(report, row="d").confusion.tolist() == [
        [1, 0], [0, 1],
    ]  # fmt: skip
    with pytest.raises(ValueError, match="'row' parameter must be one of 'overall'"):
        ConfusionDisplay.from_report(report, row="f")
    with pytest.raises(ValueError, match="result of recognition_report"):
        ConfusionDisplay.from_report(spotting_report([[]], [[]]))
    for bad in ([[1, 2]], [[-1]], [["x"]], np.zeros((0, 0))):
        with pytest.raises(ValueError, match="confusion must hold counts"):
            ConfusionDisplay(bad, ["a"][: len(bad)])


def test_curve_of_precision_over_recall():
    truth = [[(0, 9), (30, 39)]]
    found = [[
        Interval(0, 9, score=0.9), Interval(50, 59, score=0.8),
        Interval(30, 39, score=0.7),
    ]]  # fmt: skip
    display = SpottingCurveDisplay.from_predictions(truth, found)
    assert display.line_.get_xdata().tolist() == [0, 0.5, 0.5, 1]
    assert display.line_.get_ydata().tolist() == [1, 1, 0.5, 2 / 3]
    assert display.line_.get_drawstyle() == "steps-pre"
    assert display.line_.get_label() == "spotter (AP 0.83)"
    second = SpottingCurveDisplay.from_predictions(
        truth, [[]], name="none", ax=display.ax_
    )
    assert second.line_.get_color() != display.line_.get_color()
    assert second.line_.get_linestyle() != display.line_.get_linestyle()
    assert display.ax_.get_legend_handles_labels()[1] == [
        "spotter (AP 0.83)", "none (AP 0.00)",
    ]  # fmt: skip


def test_curve_from_an_estimator_and_bad_curves():
    class Fixed:
        def predict(self, X):
            return [[Interval(0, 9, score=1.0)] for _ in X]

    display = SpottingCurveDisplay.from_estimator(Fixed(), [0], [[(0, 9)]])
    assert display.line_.get_label() == "Fixed (AP 1.00)"
    with pytest.raises(ValueError, match="needs a score"):
        SpottingCurveDisplay.from_predictions([[(0, 9)]], [[(0, 9)]])
    with pytest.raises(ValueError, match="of one length"):
        SpottingCurveDisplay([1.0], [1.0, 0.0])
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        SpottingCurveDisplay([1.5], [np.nan])


def test_scores_and_their_intervals():
    display = ScoreIntervalDisplay(
        {"a": 0.5, "b": 0.7}, {"a": (0.4, 0.6), "b": (0.65, 0.9)}, label="UF1",
        chance=1 / 3,
    ).plot()  # fmt: skip
    assert [list(bar.get_xdata()) for bar in display.bars_] == [[0.4, 0.6], [0.65, 0.9]]
    assert [list(bar.get_ydata()) for bar in display.bars_] == [[0, 0], [1, 1]]
    assert list(display.points_.get_xdata()) == [0.5, 0.7]
    assert words(display.ax_) == [" chance", "0.50", "0.70"]
    assert display.ax_.get_xlabel() == "UF1"
    assert display.ax_.get_ylim()[0] > display.ax_.get_ylim()[1]


def test_scores_are_those_of_the_reports():
    y = ["n", "p"] * 6
    guess = ["n", "n"] * 6
    subjects = np.repeat(["s1", "s2", "s3"], 4)
    report = recognition_report(y, guess, subjects=subjects)
    display = ScoreIntervalDisplay.from_predictions(y, {"g": guess}, subjects=subjects)
    assert display.values == {"g": report.uf1}
    assert display.intervals == {"g": report.uf1_interval}
    videos = [[(10, 19)], [(30, 39)]]
    spotted = spotting_report(videos, videos, subjects=["s1", "s2"])
    display = ScoreIntervalDisplay.from_reports({"s": spotted}, score="f1")
    assert display.ax_.get_xlabel() == "F1 (bars: bootstrap over subjects)"
    with pytest.raises(ValueError, match="'g' has no interval of 'uf1'.*subjects="):
        ScoreIntervalDisplay.from_reports({"g": recognition_report(y, guess)})
    with pytest.raises(ValueError, match="y_pred must map the name"):
        ScoreIntervalDisplay.from_predictions(y, guess, subjects=subjects)
    with pytest.raises(ValueError, match="at least one name"):
        ScoreIntervalDisplay({}, {})
    with pytest.raises(ValueError, match=r"a pair \(low, high\) for each of \['a'\]"):
        ScoreIntervalDisplay({"a": 1}, {})
    with pytest.raises(ValueError, match="interval of 'a' must be a pair"):
        ScoreIntervalDisplay({"a": 1}, {"a": (2, 1)})


# -- comparison -------------------------------------------------------------------


def test_comparison_of_recognizers():
    truth = ["n", "p", "n", "p", "n", "p"]
    a = ["n", "n", "n", "p", "p", "n"]
    b = ["n", "p", "n", "n", "n", "p"]
    subjects = [1, 1, 2, 2, 3, 3]
    display = ComparisonDisplay.from_predictions(
        truth, a, b, subjects=subjects, score="accuracy", names=("old", "new")
    )
    assert display.subjects == ["1", "2", "3"]
    assert display.differences.tolist() == [0.5, -0.5, 1.0]
    assert display.difference == pytest.approx(5 / 6 - 3 / 6)
    # Sorted, the best on top.
    assert display.points_.get_offsets().tolist() == [[1, 0], [0.5, 1], [-0.5, 2]]
    assert [t.get_text() for t in display.ax_.get_yticklabels()] == [
        "3", "1", "2", "pooled",
    ]  # fmt: skip
    assert display.bar_.get_xdata().tolist() == list(display.interval)
    assert display.ax_.get_xlabel() == "difference of accuracy: new less old"
    title = display.ax_.get_title(loc="left")
    assert title.endswith("new better on 2, worse on 1 of 3 subjects")


def test_comparison_scores_both_on_the_same_classes():
    # Subject 1 has no "s", which only b says: a's UF1 counts it with 0 as well.
    display = ComparisonDisplay.from_predictions(
        ["n", "n", "p"], ["n", "n", "p"], ["n", "s", "p"], subjects=["1", "1", "2"]
    )
    assert display.differences[0] == pytest.approx((2 / 3 + 0) / 2 - (1 + 0) / 2)
    assert display.differences[1] == 0


def test_comparison_of_spotters():
    truth = [[(10, 19)], [(30, 39)]]
    display = ComparisonDisplay.from_predictions(
        truth, [[], [(30, 36)]], truth, subjects=["b", "a"], score="f1",
        iou_threshold=0.8, n_resamples=50,
    )  # fmt: skip
    assert display.subjects == ["a", "b"]
    assert display.differences.tolist() == [1, 1]
    assert display.label == "F1"


def test_many_subjects_lose_their_names():
    display = ComparisonDisplay(
        range(90), np.linspace(-1, 1, 90), 0.0, (-0.1, 0.1)
    ).plot()
    assert [t.get_text() for t in display.ax_.get_yticklabels()] == ["pooled"]
    assert len(display.points_.get_offsets()) == 90
    assert display.figure_.get_size_inches()[1] < 7


def test_bad_comparisons():
    y = ["n", "p"]
    with pytest.raises(ValueError, match="'score' parameter must be one of 'uf1'"):
        ComparisonDisplay.from_predictions(y, y, y, subjects=[1, 2], score="f2")
    with pytest.raises(ValueError, match="same length"):
        ComparisonDisplay.from_predictions(y, y, y[:1], subjects=[1, 2])
    with pytest.raises(ValueError, match="one value for each"):
        ComparisonDisplay.from_predictions(y, y, y, subjects=[1])
    with pytest.raises(ValueError, match="names must hold two names"):
        ComparisonDisplay(["s"], [0.1], 0.1, (0, 1), names="ab")
    with pytest.raises(ValueError, match="interval must be a pair"):
        ComparisonDisplay(["s"], [0.1], 0.1, (1, 0))
    with pytest.raises(ValueError, match="at least one subject"):
        ComparisonDisplay([], [], 0.1, (0, 1))
