"""Optical strain: closed forms, the twin's bits, OpenCV's Sobel."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mefeat._kernels import _cpu, _strain
from mefeat._kernels.reference.flow import strain as twin
from mefeat.flow import _strain as module
from mefeat.flow import optical_strain, optical_strain_tensor

DERIVATIVES = ["central", "backward", "forward", "sobel"]


def linear(matrix, shape=(9, 12)):
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    (a, b), (c, d) = matrix
    return np.stack([a * x + b * y + 3, c * x + d * y - 2], axis=2)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 20), st.integers(1, 40), st.integers(0, 5))
def test_the_bits_of_numpy_gradient(height, width, seed):
    rng = np.random.default_rng(seed)
    flow = rng.normal(size=(height, width, 2)).astype(np.float32)
    np.testing.assert_array_equal(optical_strain(flow), twin(flow))


@pytest.mark.skipif(not _cpu.has_avx2(), reason="needs a CPU with AVX2")
@pytest.mark.parametrize("derivative", DERIVATIVES)
def test_newer_instructions_give_the_same_bits(rng, monkeypatch, derivative):
    flow = rng.normal(size=(33, 47, 2)).astype(np.float32)
    chosen = optical_strain(flow, derivative)
    monkeypatch.setattr(module, "_strain", _strain)
    np.testing.assert_array_equal(optical_strain(flow, derivative), chosen)


@pytest.mark.parametrize("derivative", DERIVATIVES)
def test_linear_displacement_gives_constant_strain(derivative):
    a, b, c, d = 0.25, 0.5, -0.125, 0.75
    flow = linear([[a, b], [c, d]])
    expected = np.sqrt(a**2 + d**2 + (b + c) ** 2 / 2)
    inner = optical_strain(flow, derivative)[1:-1, 1:-1]
    np.testing.assert_allclose(inner, expected, rtol=1e-6)
    tensor = optical_strain_tensor(flow, derivative)[1:-1, 1:-1]
    np.testing.assert_array_equal(tensor, np.broadcast_to([a, d, 0.1875], tensor.shape))
    if derivative in ("central", "forward"):  # exact up to the border
        strain = optical_strain(flow, derivative)
        np.testing.assert_allclose(strain, expected, rtol=1e-6)


def test_backward_differences_start_from_zero():
    strain = optical_strain(linear([[0.5, 0], [0, 0.25]], (3, 3)), "backward")
    np.testing.assert_allclose(strain[0], [0, 0.5, 0.5])
    np.testing.assert_allclose(strain[:, 0], [0, 0.25, 0.25])


@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 2), (5, 6)])
def test_translation_is_no_strain(derivative, shape):
    flow = np.broadcast_to(np.array([1.5, -2.0]), (*shape, 2))
    assert not optical_strain(flow, derivative).any()


def test_rotation_strains_to_second_order_only():
    for angle in (0.01, 0.02):
        rotation = [
            [np.cos(angle) - 1, -np.sin(angle)],
            [np.sin(angle), np.cos(angle) - 1],
        ]
        expected = np.sqrt(2) * (1 - np.cos(angle))
        found = optical_strain(linear(rotation))
        np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("shape", [(2, 2), (3, 5), (40, 31)])
def test_sobel_is_that_of_opencv_over_eight(rng, shape):
    flow = rng.normal(size=(*shape, 2)).astype(np.float32)
    x = cv2.Sobel(flow, cv2.CV_32F, 1, 0, scale=1 / 8)
    y = cv2.Sobel(flow, cv2.CV_32F, 0, 1, scale=1 / 8)
    expected = np.stack([x[..., 0], y[..., 1], (y[..., 0] + x[..., 1]) / 2], axis=2)
    np.testing.assert_allclose(
        optical_strain_tensor(flow, "sobel"), expected, atol=1e-6
    )


@pytest.mark.parametrize("derivative", DERIVATIVES)
def test_the_norm_of_the_tensor(rng, derivative):
    flow = rng.normal(size=(11, 8, 2)).astype(np.float32)
    xx, yy, xy = np.moveaxis(optical_strain_tensor(flow, derivative), 2, 0)
    expected = np.sqrt(xx**2 + yy**2 + 2 * xy**2)
    np.testing.assert_allclose(optical_strain(flow, derivative), expected, rtol=1e-5)


@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("place", [(0, 0), (0, 3), (2, 0), (2, 3), (4, 6), (1, 1)])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_found(derivative, place, value):
    flow = np.zeros((5, 7, 2))
    flow[place] = value
    for function in (optical_strain, optical_strain_tensor):
        with pytest.raises(ValueError, match="NaN or infinity"):
            function(flow, derivative)


def test_bad_flows_are_named():
    with pytest.raises(ValueError, match=r"shape \(height, width, 2\)"):
        optical_strain(np.zeros((4, 4)))
    with pytest.raises(ValueError, match="flow must have"):
        optical_strain(np.zeros((0, 4, 2)))
    with pytest.raises(ValueError, match="real numbers"):
        optical_strain(np.zeros((4, 4, 2), complex))
    with pytest.raises(ValueError, match="'derivative' parameter must be one of"):
        optical_strain(np.zeros((4, 4, 2)), "scharr")
