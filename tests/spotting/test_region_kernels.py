"""The kernels from a flow to the motion of a head and its regions, and their twins."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mefeat._kernels import _cpu, _regions, kernels_of
from mefeat._kernels.reference import regions as twins

BUILDS = [_regions]
if _cpu.has_avx2():
    BUILDS.append(kernels_of("_regions"))


def rigid(flow, places, design, iterations, kernels=_regions):
    row, column = np.tril_indices(design.shape[2])
    products = (design[:, :, row] * design[:, :, column]).sum(axis=1)
    theta = np.empty(design.shape[2])
    kernels.fit_rigid(
        flow, places, design, np.ascontiguousarray(products), iterations, theta,
        np.empty(5 * len(places)),
    )  # fmt: skip
    return theta


def strongest(flow, places, shifts, count, kernels=_regions):
    out = np.empty((len(places), 2))
    kernels.strongest_means(
        flow, places, shifts, count, out, np.empty(4 * places.shape[1])
    )
    return out


@pytest.mark.parametrize("kernels", BUILDS)
@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 30), st.integers(1, 40)),
    seed=st.integers(0, 100),
    low=st.integers(0, 200),
    span=st.integers(1, 55),
)
def test_relight_equals_its_twin(kernels, shape, seed, low, span):
    rng = np.random.default_rng(seed)
    reference = rng.integers(0, 256, shape, dtype=np.uint8)
    picture = rng.integers(low, low + span, shape, dtype=np.uint8)
    out = np.empty_like(picture)
    alike = kernels.relight(reference, picture, out)
    lit, expected = twins.relight(reference, picture)
    assert alike == pytest.approx(expected, abs=1e-9)
    # Values half way between two integers may go either way.
    assert np.abs(out.astype(int) - lit).max() <= 1


def test_relight_undoes_a_change_of_light(rng):
    reference = rng.integers(40, 200, (30, 20), dtype=np.uint8)
    out = np.empty_like(reference)
    darker = np.rint(reference * 0.5 + 10).astype(np.uint8)
    assert _regions.relight(reference, darker, out) == pytest.approx(1, abs=1e-3)
    np.testing.assert_allclose(out.astype(int), reference, atol=2)
    flat = np.full_like(reference, 7)
    assert _regions.relight(reference, flat, out) == 0
    assert (out == round(reference.mean())).all()
    assert _regions.relight(flat, reference, out) == 0


@pytest.mark.parametrize("kernels", BUILDS)
@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(6, 60), k=st.integers(1, 6), seed=st.integers(0, 100),
    iterations=st.integers(1, 4),
)  # fmt: skip
def test_fit_equals_its_twin(kernels, n, k, seed, iterations):
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(n, 2, k))
    flow = (design @ rng.normal(size=k) + rng.normal(size=(n, 2))).astype(np.float32)
    everything = np.repeat(flow, 2, axis=0)  # only every second pixel counts
    everything[1::2] = 99
    theta = rigid(everything, 2 * np.arange(n), design, iterations, kernels)
    expected = twins.fit_rigid(flow, design, iterations)
    np.testing.assert_allclose(theta, expected, rtol=1e-6, atol=1e-8)


def test_fit_refuses_what_it_cannot_hold():
    with pytest.raises(ValueError, match="1 to 6 parameters"):
        rigid(np.zeros((3, 2), np.float32), np.arange(3), np.ones((3, 2, 7)), 1)
    with pytest.raises(ValueError, match="at least one vector"):
        rigid(np.zeros((3, 2), np.float32), np.arange(0), np.ones((0, 2, 2)), 1)


@pytest.mark.parametrize("kernels", BUILDS)
@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 50), share=st.floats(0.01, 1), seed=st.integers(0, 100),
    levels=st.sampled_from([None, 3]),
)  # fmt: skip
def test_strongest_means_equal_their_twin(kernels, n, share, seed, levels):
    rng = np.random.default_rng(seed)
    flow = rng.normal(size=(80, 2)).astype(np.float32)
    shifts = rng.normal(size=(4, 2))
    if levels:  # many vectors of one length: the first of them count
        flow = np.rint(flow)
        shifts = np.zeros_like(shifts)
    places = rng.integers(0, 80, (4, n))
    count = max(1, round(share * n))
    np.testing.assert_allclose(
        strongest(flow, places, shifts, count, kernels),
        twins.strongest_means(flow[places], shifts, count),
        atol=1e-12,
    )


def test_strongest_means_of_known_vectors():
    flow = np.array([[3, 4], [0, 1], [1, 0], [0, -9]], dtype=np.float32)
    places = np.array([[0, 1, 2, 3], [0, 0, 1, 1]])
    shifts = np.array([[0.0, 0.0], [3.0, 4.0]])
    found = strongest(flow, places, shifts, 2)
    np.testing.assert_array_equal(found, [[1.5, -2.5], [-3.0, -3.0]])
    every = strongest(flow, places, shifts, 4)
    np.testing.assert_array_equal(every, [[1.0, -1.0], [-1.5, -1.5]])
