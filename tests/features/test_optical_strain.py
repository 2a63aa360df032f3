"""Optical strain features: closed forms, pooling, clipping, sizes, errors."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mefeat import Clip
from mefeat.exceptions import ClipError
from mefeat.features import OpticalStrain
from mefeat.features.optical_strain import resize_map

KEEP = {"clip_range": (0, 1), "norm": None}


def linear(a, b, c, d, shape=(30, 40)):
    """Give the flow (a x + b y, c x + d y) and its strain."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    flow = np.stack([a * x + b * y, c * x + d * y], axis=2)
    return flow, np.sqrt(a**2 + d**2 + (b + c) ** 2 / 2)


@pytest.mark.parametrize("derivative", ["central", "forward", "sobel"])
@pytest.mark.parametrize(
    "slopes",
    [
        (0.02, 0, 0, 0),  # stretched along x
        (0, 0, 0, -0.03),  # pressed along y
        (0, 0.02, 0.02, 0),  # sheared
        (0.01, 0.02, -0.005, 0.03),
    ],
)
def test_linear_displacement_gives_constant_strain(known_flow, slopes, derivative):
    flow, strain = linear(*slopes)
    clip = known_flow(flow)
    row = OpticalStrain(20, derivative=derivative, **KEEP).transform([clip])[0]
    inner = row.reshape(20, 20)[1:-1, 1:-1]
    assert_allclose(inner, strain, rtol=1e-4)


def test_rotation_and_translation_are_no_strain(known_flow):
    flow, strain = linear(0, -0.02, 0.02, 0)  # an infinitesimal rotation
    assert strain == 0
    row = OpticalStrain(10, **KEEP).transform([known_flow(flow + (3, -2))])
    assert_allclose(row, 0, atol=1e-6)


@pytest.mark.parametrize(("pooling", "pooled"), [("mean", 0.02), ("max", 0.03)])
def test_pooling(known_flow, pooling, pooled):
    flow, _ = linear(0.01, 0, 0, 0)
    flows = np.stack([flow, 2 * flow, 3 * flow])
    row = OpticalStrain(8, pooling, **KEEP).transform([known_flow(flows)])
    assert_allclose(row, pooled, rtol=1e-4)
    row = OpticalStrain(8, pooling, clip_range=(0, 1)).transform([known_flow(flows)])
    assert_allclose(row, 1, rtol=1e-4)


def test_pooling_over_more_frames_than_are_held_at_once(known_flow, rng):
    flows = rng.normal(size=(37, 9, 11, 2))
    rows = [
        OpticalStrain((9, 11), pooling, **KEEP).transform([known_flow(flows)])[0]
        for pooling in ("mean", "max")
    ]
    from mefeat.flow import optical_strain

    maps = np.stack([optical_strain(np.float32(flow)) for flow in flows]).astype(float)
    assert_allclose(rows[0], maps.mean(axis=0).ravel())
    assert_allclose(rows[1], maps.max(axis=0).ravel())


def test_clipping(known_flow):
    # Strain grows along x from 0 to 1: the flow is its integral.
    x = np.arange(101.0)
    flow = np.zeros((3, 101, 2))
    flow[..., 0] = x**2 / 200
    for low, high in ((0.053, 0.957), (0.307, 1), (0, 0.507)):
        model = OpticalStrain((3, 101), clip_range=(low, high), norm=None)
        row = model.transform([known_flow(flow)])[0].reshape(3, 101)[1]
        strain = np.gradient(flow[0, :, 0])
        span = strain.max() - strain.min()
        kept = (strain >= strain.min() + low * span - 1e-6) & (
            strain <= strain.min() + high * span + 1e-6
        )
        assert_allclose(row, np.where(kept, strain, 0), rtol=1e-5, atol=1e-6)


class TestResize:
    def test_same_size(self, rng):
        values = rng.random((7, 9))
        assert_allclose(resize_map(values, (7, 9)), values)

    def test_constant(self):
        for size in ((1, 1), (3, 50), (20, 2)):
            assert_allclose(resize_map(np.full((10, 13), 0.7), size), 0.7)

    def test_ramp_stays_a_ramp(self):
        ramp = np.arange(40.0)[None] * np.ones((8, 1))
        small = resize_map(ramp, (4, 10))
        assert_allclose(small[:, 1:-1], 4 * np.arange(1, 9) + 1.5 + 0 * small[:, 1:-1])

    def test_every_pixel_counts(self):
        values = np.zeros((32, 32))
        for at in range(32):
            values[:] = 0
            values[at, at] = 1
            assert resize_map(values, (5, 5)).max() > 0

    def test_grows_by_interpolation(self):
        grown = resize_map(np.array([[0.0, 1.0]]), (1, 4))
        assert_allclose(grown, [[0, 0.25, 0.75, 1]])


def test_no_motion_gives_zeros(known_flow):
    row = OpticalStrain(5).transform([known_flow(np.zeros((20, 20, 2)))])
    assert_array_equal(row, np.zeros((1, 25)))


def test_true_motion_shows_where_it_is():
    from skimage.data import camera
    from skimage.transform import warp

    still = camera()[60:188, 160:288]
    y, x = np.mgrid[:128, :128]
    bump = np.exp(-((x - 40) ** 2 + (y - 80) ** 2) / (2 * 12**2))
    moved = warp(still, np.stack([y + 1.5 * bump, x + 0 * bump]), mode="edge")
    clip = np.stack([still, np.uint8(np.rint(moved * 255))])
    row = OpticalStrain(16).transform([clip]).reshape(16, 16)
    near = row[7:13, 2:8].mean()
    assert near > 3 * row[:, 10:].mean()


def test_names_and_pandas(known_flow):
    model = OpticalStrain((2, 3)).set_output(transform="pandas")
    table = model.fit_transform([known_flow(linear(0.1, 0, 0, 0)[0])])
    assert list(table.columns) == list(model.get_feature_names_out())
    assert list(table.columns) == ["r0_c0", "r0_c1", "r0_c2", "r1_c0", "r1_c1", "r1_c2"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"size": 0}, "'size' parameter of OpticalStrain must be an int of at least 1"),
        ({"size": (3, 4, 5)}, "'size'.*sequence of 2"),
        ({"pooling": "sum"}, "'pooling' parameter of OpticalStrain must be one of"),
        ({"clip_range": (0.9, 0.1)}, "'clip_range'.*low < high"),
        ({"clip_range": (-1, 1)}, r"'clip_range'.*\[0, 1\]"),
        ({"norm": "l2"}, "'norm'"),
        ({"derivative": "none"}, "'derivative'"),
        ({"method": "raft"}, "'method'"),
    ],
)
def test_bad_parameters(clips, params, words):
    with pytest.raises(ValueError, match=words):
        OpticalStrain(**params).fit(clips)


def test_one_frame():
    clip = Clip(np.zeros((1, 8, 8), np.uint8), name="single")
    with pytest.raises(ClipError, match=r"'single': has 1 frame\(s\), but 2"):
        OpticalStrain().transform([clip])
