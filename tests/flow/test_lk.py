"""The dense Lucas-Kanade kernel: its twin, its limits, what it must not depend on."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mefeat._kernels import _cpu, _lk, kernels_of
from mefeat._kernels.reference import flow as twins
from mefeat.flow import _lk as method
from mefeat.flow import optical_flow

# Single against double precision, in pixels, on gray levels of 0 to 255.
TOLERANCE = 2e-3


def twin(reference, moving, **options):
    o = method.OPTIONS | options
    return twins.lk_flow(
        reference,
        moving,
        window=o["window"] // 2,
        regularization=o["regularization"],
        smoothing=(o["smoothing"] or 1) // 2,
        iterations=o["iterations"],
        levels=o["levels"],
        high_pass=(o["high_pass"] or 1) // 2,
        coarse_high_pass=method.COARSE_HIGH_PASS if o["high_pass"] else 0,
        **method.COARSE,
    )


@pytest.fixture
def faces(rng):
    from scipy.ndimage import gaussian_filter

    base = gaussian_filter(rng.normal(size=(90, 110)), 2)
    base = np.clip(128 + 40 * base / base.std(), 0, 255)
    pair = np.stack([base[3:-3, 3:-3], base[2:-4, 4:-2]]) + rng.normal(
        0, 2, (2, 84, 104)
    )
    return np.clip(np.rint(pair), 0, 255).astype(np.uint8)


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 70),
    seed=st.integers(0, 10),
    kind=st.sampled_from(["noise", "steps", "flat"]),
)
def test_equals_its_twin_at_any_size(height, width, seed, kind):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 256, (2, height, width), dtype=np.uint8)
    if kind == "steps":
        a, b = a // 128 * 200, b // 128 * 200
    elif kind == "flat":
        a, b = np.full_like(a, 7), np.full_like(b, 9)
    np.testing.assert_allclose(optical_flow(a, b), twin(a, b), atol=TOLERANCE)


@pytest.mark.parametrize(
    "options",
    [
        {"window": 1, "smoothing": None, "high_pass": None, "regularization": 10},
        {"window": 7, "smoothing": 3, "high_pass": 9, "iterations": 3},
        {"window": 31, "levels": 1},
        {"window": 15, "smoothing": 63, "regularization": 8, "iterations": 1},
    ],
)
def test_equals_its_twin_for_other_options(faces, options):
    a, b = faces
    np.testing.assert_allclose(
        optical_flow(a, b, **options), twin(a, b, **options), atol=TOLERANCE
    )


@pytest.mark.skipif(not _cpu.has_avx2(), reason="needs a CPU with AVX2")
def test_newer_instructions_give_the_same_bits(faces, monkeypatch):
    chosen = optical_flow(*faces)
    monkeypatch.setattr(method, "_lk", _lk)
    assert kernels_of("_lk") is not _lk
    np.testing.assert_array_equal(optical_flow(*faces), chosen)


def test_a_known_shift(faces):
    flow = optical_flow(*faces)
    inner = flow[20:-20, 20:-20]
    np.testing.assert_allclose(np.median(inner, axis=(0, 1)), [-1, 1], atol=0.05)


def test_equal_images_stand_still(faces):
    assert not optical_flow(faces[0], faces[0]).any()


def test_flat_images_stand_still():
    a = np.full((30, 30), 80, dtype=np.uint8)
    np.testing.assert_allclose(optical_flow(a, a + 9), 0, atol=1e-4)


def test_large_motions_hold(rng):
    from scipy.ndimage import gaussian_filter

    base = gaussian_filter(rng.normal(size=(256, 276)), 3)
    base = np.clip(128 + 40 * base / base.std(), 0, 255).astype(np.uint8)
    for shift in (2, 4, 6):
        flow = optical_flow(base[:, 10:-10], base[:, 10 - shift : 266 - shift])
        found = np.median(flow[20:-20, 20:-20], axis=(0, 1))
        np.testing.assert_allclose(found, [shift, 0], atol=0.05 * shift)


def test_a_stack_gives_what_its_frames_give(faces, rng):
    stack = np.stack([faces[1], faces[0], faces[1][::-1]])
    flows = optical_flow(faces[0], stack)
    assert flows.shape == (3, *faces[0].shape, 2)
    assert flows.dtype == np.float32
    for flow, image in zip(flows, stack, strict=True):
        np.testing.assert_array_equal(flow, optical_flow(faces[0], image))
    with pytest.raises(ValueError, match="moving must be a gray image"):
        optical_flow(faces[0], stack[:0])


def test_layout_and_type_do_not_matter(faces):
    a, b = faces
    expected = optical_flow(a, b)
    np.testing.assert_array_equal(
        optical_flow(np.asfortranarray(a), np.asfortranarray(b)), expected
    )
    frozen = a.copy()
    frozen.flags.writeable = False
    np.testing.assert_array_equal(optical_flow(frozen, b), expected)
    unit = optical_flow(a / 255, b / 255)
    np.testing.assert_allclose(unit, expected, atol=1e-3)
    np.testing.assert_allclose(optical_flow(a, b / 255), expected, atol=1e-3)


def test_threads_do_not_disturb_each_other(faces):
    expected = optical_flow(*faces)
    found = []
    threads = [
        threading.Thread(
            target=lambda: found.extend(optical_flow(*faces) for _ in range(5))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert all(np.array_equal(flow, expected) for flow in found)
