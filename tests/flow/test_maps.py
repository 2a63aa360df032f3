"""Flow maps, the apex and flows as pictures."""

import numpy as np
import pytest
from sklearn.base import clone

from mefeat import Clip, ClipError
from mefeat.flow import (
    FlowMap,
    find_apex,
    flow_to_color,
    optical_flow,
    optical_strain,
)
from mefeat.flow._maps import area_reduce

SHIFTS = (0, 0.5, 1.5, 1.0, 0.2)


def moving(shifts=SHIFTS, shape=(48, 56), **facts):
    y, x = np.mgrid[: shape[0], : shape[1]]
    frames = [128 + 60 * np.sin((x - s) / 4) * np.cos(y / 5) for s in shifts]
    return Clip(np.rint(frames).astype(np.uint8), **facts)


def stretched(values):
    low, high = values.min((0, 1)), values.max((0, 1))
    return (values - low) / (high - low)


def test_the_apex_is_the_largest_motion():
    assert find_apex(moving()) == 2
    assert find_apex(moving(), method="farneback") == 2
    assert find_apex(moving((0, 1))) == 1


def test_one_frame_is_too_few():
    with pytest.raises(ClipError, match=r"clip 'short': has 1 frame"):
        find_apex(moving((0,), name="short"))
    with pytest.raises(ClipError, match=r"clip 'short': has 1 frame"):
        FlowMap().fit_transform([moving(), moving((0,), name="short")])


def test_the_map_is_the_flow_in_cells():
    clip = moving(apex=3)
    frames = clip.frames()
    flow = optical_flow(frames[0], frames[3])
    maps = FlowMap(size=4, channels="uvsm", output="map").fit_transform([clip])
    assert maps.shape == (1, 4, 4, 4)
    assert maps.dtype == np.float64
    blocks = flow.reshape(4, 12, 4, 14, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(maps[0, ..., :2], blocks, atol=1e-6)
    strain = optical_strain(flow).reshape(4, 12, 4, 14).mean(axis=(1, 3))
    np.testing.assert_allclose(maps[0, ..., 2], strain, atol=1e-6)
    length = np.hypot(*np.moveaxis(flow, 2, 0)).reshape(4, 12, 4, 14).mean(axis=(1, 3))
    np.testing.assert_allclose(maps[0, ..., 3], length, atol=1e-6)
    assert maps[0, 1:3, 1:3, 0] == pytest.approx(1.0, abs=0.1)


def test_an_apex_that_is_missing_is_found():
    found = FlowMap(size=4).fit_transform([moving()])
    given = FlowMap(size=4).fit_transform([moving(apex=2)])
    np.testing.assert_array_equal(found, given)


def test_flat_rows_go_row_column_channel():
    maker = FlowMap(size=3, channels="su")
    flat = maker.fit_transform([moving(), moving()[1:]])
    maps = clone(maker).set_params(output="map").fit_transform([moving(), moving()[1:]])
    np.testing.assert_array_equal(flat, maps.reshape(2, -1))
    names = maker.get_feature_names_out()
    assert len(names) == flat.shape[1] == 18
    assert list(names[:3]) == ["s_row0_column0", "u_row0_column0", "s_row0_column1"]


def test_areas_of_unequal_division():
    values = np.arange(5.0)[None, :, None] * np.ones((5, 1, 1))
    # Cells of 5 / 2 pixels: 0, 1 and half of 2; half of 2, 3 and 4.
    expected = [(0 + 1 + 0.5 * 2) / 2.5, (0.5 * 2 + 3 + 4) / 2.5]
    np.testing.assert_allclose(area_reduce(values, 2)[..., 0], [expected, expected])
    enlarged = area_reduce(values[:2, :2], 4)[0, :, 0]
    np.testing.assert_allclose(enlarged, [0, 0, 1, 1])


def test_scalings_by_name():
    clip = moving(apex=2)
    frames = clip.frames()
    flow = optical_flow(frames[0], frames[2])
    for scaling, derivative in (("ststnet", "central"), ("mean", "backward")):
        maker = FlowMap(size=48, scaling=scaling, output="map")
        found = maker.fit_transform([moving(shape=(48, 48), apex=2)])[0]
        assert found.min() == 0
        assert found.max() == 1
        values = np.dstack([flow, optical_strain(flow, derivative)])
        found = maker.set_params(size=8).fit_transform([clip])[0]
        np.testing.assert_allclose(found, area_reduce(stretched(values), 8), atol=1e-6)


def test_softnet_is_relative_to_the_nose():
    landmarks = np.zeros((68, 2))
    landmarks[28] = 20, 14
    clip = moving(apex=2, landmarks=landmarks)
    frames = clip.frames()
    flow = optical_flow(frames[0], frames[2])
    values = np.dstack([flow, optical_strain(flow, "forward")])
    values = values - values[9:20, 15:26].mean(axis=(0, 1))
    values[..., :2] = np.abs(values[..., :2])
    expected = area_reduce(stretched(values), 8)
    found = FlowMap(size=8, scaling="softnet", output="map").fit_transform([clip])[0]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_no_motion_gives_zeros_for_every_scaling():
    still = moving((0, 0, 0))
    for scaling in (None, "ststnet", "mean", "softnet"):
        assert not FlowMap(size=5, scaling=scaling).fit_transform([still]).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_ready_maps_pass_through(rng, dtype):
    maps = rng.integers(0, 256, (3, 6, 6, 3)).astype(dtype)
    maker = FlowMap(size=6)
    found = maker.fit_transform(maps)
    np.testing.assert_array_equal(found, maps.reshape(3, -1))
    found = maker.set_params(output="map").fit_transform(maps)
    np.testing.assert_array_equal(found, maps)
    maps = maps.astype(np.float64)
    maps[1, 2, 3, 0] = np.nan
    with pytest.raises(ValueError, match="NaN or infinity"):
        maker.fit_transform(maps)


def test_jobs_and_cache_change_nothing(tmp_path):
    clips = [moving(), moving((0, 1, 2)), moving((0, -1))]
    expected = FlowMap(size=6).fit_transform(clips)
    for changes in ({"n_jobs": 2}, {"memory": str(tmp_path)}):
        found = FlowMap(size=6, **changes).fit_transform(clips)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": 0}, "'size' parameter of FlowMap"),
        ({"channels": "rgb"}, "'channels' parameter of FlowMap"),
        ({"output": "rows"}, "'output' parameter of FlowMap"),
        ({"method": "pwc"}, "'method' parameter of FlowMap"),
        ({"scaling": "max"}, "'scaling' parameter of FlowMap"),
        ({"prefilter": "clahe"}, "'prefilter' parameter of FlowMap"),
    ],
)
def test_bad_parameters_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        FlowMap(**changes).fit([moving()])


def test_an_apex_outside_the_clip_is_named():
    with pytest.raises(ClipError, match="clip 'late': the apex must lie before"):
        FlowMap().fit_transform([moving(apex=9, name="late")])


def test_colours_tell_direction_and_length():
    right, down, left, up = (1, 0), (0, 1), (-1, 0), (0, -1)
    picture = flow_to_color(np.array([[right, down, left, up, (0, 0)]], dtype=float))
    expected = [[255, 0, 0], [128, 255, 0], [0, 255, 255], [128, 0, 255], [0, 0, 0]]
    np.testing.assert_array_equal(picture[0], expected)
    half = flow_to_color(np.array([[[1.0, 0.0], [4.0, 0.0]]]), max_motion=2)
    np.testing.assert_array_equal(half[0], [[128, 0, 0], [255, 0, 0]])
    assert not flow_to_color(np.zeros((3, 4, 2))).any()


def test_colours_need_a_flow():
    with pytest.raises(ValueError, match="flow must have the shape"):
        flow_to_color(np.zeros((3, 4)))
    with pytest.raises(ValueError, match="NaN"):
        flow_to_color(np.full((3, 4, 2), np.nan))
    with pytest.raises(ValueError, match="'max_motion' parameter"):
        flow_to_color(np.zeros((3, 4, 2)), max_motion=0)
