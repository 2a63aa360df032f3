"""MDMO: the table of regions, one region moved alone, alignment, forms, errors."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mefeat import Clip
from mefeat.exceptions import ClipError, FaceNotFoundError
from mefeat.features import MDMO, mdmo_roi_map
from mefeat.features._mdmo_rois import MIRROR, ROI_NAMES, roi_polygons


@pytest.fixture(scope="module")
def astronaut():
    """A face of about 270 pixels and its landmarks."""
    from skimage.data import astronaut

    from mefeat.face import FaceMesh

    picture = astronaut()[40:220, 130:320]
    return picture, FaceMesh().find(picture).landmarks


@pytest.fixture(scope="module")
def symmetric(astronaut):
    """Landmarks that are their own mirror image about x = 300.25."""
    points = astronaut[1] * 3
    mirrored = points[MIRROR] * (-1, 1)
    points = (points - points.mean(axis=0) + mirrored - mirrored.mean(axis=0)) / 2
    return points + (300.25, 320.1)


class TestRegions:
    def test_mirror_pairs_landmarks(self):
        assert_array_equal(MIRROR[MIRROR], np.arange(68))
        on_the_axis = [8, 27, 28, 29, 30, 33, 51, 57, 62, 66]
        assert_array_equal(np.flatnonzero(np.equal(MIRROR, np.arange(68))), on_the_axis)

    def test_names(self):
        assert len(ROI_NAMES) == len(set(ROI_NAMES)) == 36
        assert ROI_NAMES[0] == "brow_outer_right"

    def test_all_are_there(self, astronaut):
        picture, points = astronaut
        labels = mdmo_roi_map(points, picture.shape[:2])
        assert labels.dtype == np.uint8
        assert labels.shape == picture.shape[:2]
        assert_array_equal(np.unique(labels), np.arange(37))
        assert np.bincount(labels.ravel())[1:].min() > 20

    def test_disjoint(self, symmetric):
        # Areas by the shoelace formula agree with the pixels, so none is lost to
        # another region.
        labels = mdmo_roi_map(symmetric, (640, 600))
        for number, polygon in enumerate(roi_polygons(symmetric), start=1):
            x, y = polygon.T
            area = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
            assert (labels == number).sum() == pytest.approx(area, rel=0.05, abs=15)

    def test_mirror_symmetric(self, symmetric):
        # x -> 600.5 - x does not take pixels to pixels, so compare half pixels off
        # the axis: shift the face by a quarter so that it does.
        points = symmetric + (-0.25 - 0.5, 0)  # mirrored about 299.5
        labels = mdmo_roi_map(points, (640, 600))
        swap = np.arange(37)
        swap[1::2], swap[2::2] = np.arange(2, 37, 2), np.arange(1, 37, 2)
        assert_array_equal(swap[labels[:, ::-1]], labels)

    def test_parts_of_the_face(self, astronaut):
        picture, points = astronaut
        labels = mdmo_roi_map(points, picture.shape[:2])

        def at(point):
            x, y = np.rint(point).astype(int)
            number = labels[y, x]
            return ROI_NAMES[number - 1] if number else None

        assert at(points[[18, 19]].mean(axis=0)) == "brow_outer_right"
        assert at(points[[24, 25]].mean(axis=0)) == "brow_outer_left"
        assert at(points[29] - (3, 0)) == "nose_right"
        assert at(points[[36, 39]].mean(axis=0)) is None  # inside the eye
        assert at(points[57] + (2, 6)) == "lower_lip_left"

    def test_turned_face(self, symmetric):
        # Regions turn with the face: same areas, upside down.
        upside = (600, 640) - symmetric
        areas = [
            np.bincount(mdmo_roi_map(points, (640, 600)).ravel(), minlength=37)
            for points in (symmetric, upside)
        ]
        assert_allclose(areas[0], areas[1], rtol=0.05, atol=15)

    def test_cut_at_the_border(self, symmetric):
        labels = mdmo_roi_map(symmetric, (640, 600))
        # The chin hangs out of the picture, but no region does so wholly.
        height = int(symmetric[8, 1] - 15)
        assert_array_equal(mdmo_roi_map(symmetric, (height, 600)), labels[:height])

    def test_outside(self, symmetric):
        height = int(symmetric[57, 1])
        with pytest.raises(ValueError, match=r"of the 36 regions.*no pixel.*600x"):
            mdmo_roi_map(symmetric, (height, 600))
        labels = mdmo_roi_map(symmetric, (height, 600), allow_empty=True)
        assert labels.max() < 36
        with pytest.raises(ValueError, match="36 of the 36 regions"):
            mdmo_roi_map(symmetric + 2000, (640, 600))

    @pytest.mark.parametrize(
        ("points", "words"),
        [
            (np.zeros((66, 2)), r"shape \(68, 2\).*Got \(66, 2\)"),
            (np.full((68, 2), np.nan), "NaN"),
            (np.zeros((68, 2)), "both eyes are at one point"),
        ],
    )
    def test_no_landmarks(self, points, words):
        with pytest.raises(ValueError, match=words):
            mdmo_roi_map(points, (100, 100))


def one_moves(labels, number, angle, length=0.7):
    """Give a flow that is 0 but for one region."""
    angle = np.radians(angle)
    vector = length * np.array([np.cos(angle), np.sin(angle)])
    return np.where((labels == number)[..., None], vector, 0)


class TestMotion:
    @pytest.mark.parametrize("number", [1, 8, 19, 26, 36])
    @pytest.mark.parametrize("angle", [20, 100, -170])
    def test_one_region_moves(self, astronaut, known_flow, number, angle):
        picture, points = astronaut
        labels = mdmo_roi_map(points, picture.shape[:2])
        frames = known_flow(one_moves(labels, number, angle))
        clip = Clip(frames, landmarks=points)
        row = MDMO(align=False).transform([clip])[0].reshape(36, 2)
        wanted = np.zeros((36, 2))
        wanted[number - 1] = 1, np.radians(angle)
        assert_allclose(row, wanted, atol=1e-6)
        # Nothing elsewhere, exactly.
        assert np.count_nonzero(row) == 2

    def test_still_head_needs_no_alignment(self, astronaut, known_flow):
        picture, points = astronaut
        labels = mdmo_roi_map(points, picture.shape[:2])
        flow = one_moves(labels, 27, 65)
        # The 13 points must see no motion, nor must their neighbours.
        assert not flow[np.rint(points[[*range(6), 27, *range(11, 17)], 1]).astype(int)
                        .clip(0, 179),
                        np.rint(points[[*range(6), 27, *range(11, 17)], 0]).astype(int)
                        ].any()  # fmt: skip
        clip = Clip(known_flow(flow), landmarks=points)
        rows = [MDMO(align=align).transform([clip])[0] for align in (True, False)]
        assert_array_equal(*rows)

    def test_head_motion_is_taken_out(self, astronaut, known_flow):
        # The head is turned by half a degree, grown and moved; one region moves more.
        picture, points = astronaut
        labels = mdmo_roi_map(points, picture.shape[:2])
        height, width = labels.shape
        y, x = np.mgrid[:height, :width]
        head = np.stack([0.004 * x - 0.008 * y + 1, 0.008 * x + 0.004 * y - 2], axis=2)
        own = one_moves(labels, 31, -80)
        clip = Clip(known_flow(head + own), landmarks=points)
        row = MDMO(output="cartesian").transform([clip])[0].reshape(36, 2)
        moved = row[30]
        # The map back shrinks and turns the region's motion as well, by under 1 %.
        angle = np.degrees(np.arctan2(moved[1], moved[0]))
        assert angle == pytest.approx(-80, abs=0.6)
        others = np.delete(row, 30, axis=0)
        assert np.abs(others).max() < 1e-4
        unaligned = MDMO(align=False).transform([clip])[0].reshape(36, 2)
        assert (unaligned[:, 0] > 0.1).all()

    def test_main_direction_is_by_count(self, known_flow):
        labels = np.zeros((10, 10), np.uint8)
        labels[2:8, 2:8] = 1
        flow = np.zeros((10, 10, 2))
        flow[2:6] = (1, 0.5)  # 24 pixels of the region
        flow[6:] = (-9, 1)  # 12, but longer
        row = MDMO(rois=labels).transform([known_flow(flow)])[0]
        assert_allclose(row, [1, np.arctan2(0.5, 1)], rtol=1e-6)

    def test_mean_over_frames_is_of_vectors(self, known_flow):
        labels = np.array([[1, 2]], np.uint8)
        flows = np.zeros((4, 1, 2, 2))
        flows[:, 0, 0] = [(1, 0.1), (1, -0.1), (3, 0), (-1, 0)]
        flows[:, 0, 1] = [(0, 1), (0, 1), (0, 0), (0, 0)]
        model = MDMO(rois=labels, output="cartesian")
        row = model.transform([known_flow(flows)])[0]
        assert_allclose(row, [1, 0, 0, 0.5], atol=1e-7)

    def test_opposite_motions_cancel(self, known_flow):
        flows = np.zeros((2, 3, 3, 2))
        flows[0], flows[1] = (1, 0), (-1, 0)
        row = MDMO(rois=np.ones((3, 3), int)).transform([known_flow(flows)])
        assert_array_equal(row, [[0, 0]])

    def test_no_motion(self, astronaut, known_flow):
        picture, points = astronaut
        frames = known_flow(np.zeros((*picture.shape[:2], 2)))
        row = MDMO().transform([Clip(frames, landmarks=points)])
        assert_array_equal(row, np.zeros((1, 72)))

    def test_mirrored_clip(self, astronaut, symmetric, known_flow, rng):
        points = symmetric * 0.3 + (0.1, 0)
        flow = rng.normal(size=(200, 190, 2)) * 0.02 + (-0.3, 0.2)
        flow[:100] += (1, 0.3)
        clip = Clip(known_flow(flow), landmarks=points)
        row = MDMO(output="cartesian").transform([clip])[0].reshape(36, 2)
        mirrored = points[MIRROR] * (-1, 1) + (189, 0)
        clip = Clip(known_flow(flow[:, ::-1] * (-1, 1)), landmarks=mirrored)
        back = MDMO(output="cartesian").transform([clip])[0].reshape(18, 2, 2)
        back = back[:, ::-1].reshape(36, 2) * (-1, 1)
        assert_allclose(back, row, atol=1e-5)

    def test_face_is_found(self, astronaut):
        picture, points = astronaut
        moved = np.roll(picture, 1, axis=0)
        clip = Clip(np.stack([picture, moved]), name="nod")
        model = MDMO(align=False, method="farneback")
        found = model.transform([clip])
        given = model.transform([clip.replace(landmarks=points)])
        assert_array_equal(found, given)
        per_frame = np.stack([points, points + 9])
        assert_array_equal(model.transform([Clip(clip.frames(color=True),
                                                 landmarks=per_frame)]),
                           given)  # fmt: skip
        # All goes down by a pixel: 90 degrees.
        angles = given[0].reshape(36, 2)[:, 1]
        assert np.abs(np.degrees(angles) - 90).max() < 25


class TestForms:
    @pytest.fixture
    def clip(self, known_flow):
        flow = np.zeros((6, 6, 2))
        flow[:3], flow[3:] = (2, 0), (0, -1)
        return known_flow(flow)

    @pytest.fixture
    def labels(self):
        labels = np.ones((6, 6), dtype=np.int64)
        labels[3:] = 2
        return labels

    @pytest.mark.parametrize(
        ("params", "row"),
        [
            ({}, [1, 0, 0.5, -np.pi / 2]),
            ({"output": "cartesian"}, [1, 0, 0, -0.5]),
            ({"beta": 0.2}, [0.8, 0, 0.4, -0.1]),
            ({"beta": 0}, [1, 0, 0.5, 0]),
            ({"n_rois": 3}, [1, 0, 0.5, -np.pi / 2, 0, 0]),
            ({"n_bins": 12}, [1, 0, 0.5, -np.pi / 2]),
        ],
    )
    def test_outputs(self, clip, labels, params, row):
        assert_allclose(MDMO(rois=labels, **params).transform([clip])[0], row)

    def test_label_map_of_the_clip(self, clip, labels):
        row = MDMO(n_rois=2).transform([Clip(clip, rois=labels)])
        assert_array_equal(row, MDMO(rois=labels).transform([clip]))
        with pytest.raises(ClipError, match=r"'odd'.*up to n_rois=1. Got the label 2"):
            MDMO(n_rois=1).transform([Clip(clip, rois=labels, name="odd")])
        with pytest.raises(ClipError, match="integers, 0 outside"):
            MDMO().transform([Clip(clip, rois=labels * 200)])

    def test_names_and_pandas(self, clip, labels):
        model = MDMO(rois=labels).set_output(transform="pandas")
        table = model.fit_transform([clip])
        assert list(table.columns) == ["roi1_rho", "roi1_theta", "roi2_rho",
                                       "roi2_theta"]  # fmt: skip
        names = MDMO(output="cartesian").get_feature_names_out()
        assert len(set(names)) == 72
        assert names[0] == "roi1_brow_outer_right_dx"
        assert len(MDMO(n_rois=5).get_feature_names_out()) == 10

    def test_cache_knows_the_label_map(self, clip, labels, tmp_path):
        rows = [
            MDMO(rois=rois, n_rois=2, memory=str(tmp_path)).transform([clip])
            for rois in (labels, 3 - labels)
        ]
        assert_array_equal(rows[0].reshape(2, 2), rows[1].reshape(2, 2)[::-1])


class TestErrors:
    @pytest.mark.parametrize(
        ("params", "words"),
        [
            ({"output": "complex"}, "'output' parameter of MDMO must be one of"),
            ({"beta": 1.5}, r"'beta' parameter of MDMO must be a number in \[0, 1\]"),
            ({"beta": 0.5, "output": "cartesian"}, "'beta'.*unless output='polar'"),
            ({"align": None}, "'align'"),
            ({"n_bins": 0}, "'n_bins'"),
            ({"rois": np.zeros((4, 4), int)}, "'rois'.*labels from 0 to 0"),
            ({"rois": np.full((4, 4), 256)}, "'rois'.*labels from 256 to 256"),
            ({"rois": np.ones((4, 4))}, "'rois'.*float64"),
            ({"rois": np.full((4, 4), 9), "n_rois": 3}, "'rois'.*n_rois=3.*label 9"),
            ({"rois": "face"}, "'rois'"),
        ],
    )
    def test_parameters(self, clips, params, words):
        with pytest.raises(ValueError, match=words):
            MDMO(**params).fit(clips)

    def test_no_face(self):
        clip = Clip(np.zeros((3, 64, 64), np.uint8), name="wall")
        with pytest.raises(FaceNotFoundError, match="'wall', frame 0.*label map"):
            MDMO().transform([clip])

    def test_shape_of_the_label_map(self):
        clip = Clip(np.zeros((3, 8, 9), np.uint8), name="small")
        with pytest.raises(ClipError, match=r"'small'.*\(4, 4\).*\(8, 9\)"):
            MDMO(rois=np.ones((4, 4), int)).transform([clip])

    def test_landmarks(self, astronaut):
        picture, points = astronaut
        frames = np.stack([picture] * 2)
        with pytest.raises(ClipError, match=r"'five'.*68.*Got \(5, 2\)"):
            MDMO().transform([Clip(frames, landmarks=points[:5], name="five")])
        clip = Clip(frames, landmarks=points + 500, name="off")
        with pytest.raises(ClipError, match="'off': 36 of the 36 regions.*Crop wider"):
            MDMO().transform([clip])
        # With a label map, regions are known but the head's motion is not.
        labels = np.ones(picture.shape[:2], int)
        with pytest.raises(ClipError, match="'off'.*0 of the 13.*align=False"):
            MDMO(rois=labels).transform([clip])
        assert MDMO(rois=labels, align=False).transform([clip]).shape == (1, 2)

    def test_one_frame(self, astronaut):
        with pytest.raises(ClipError, match=r"1 frame\(s\), but 2"):
            MDMO().transform([astronaut[0][None]])
