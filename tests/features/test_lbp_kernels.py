"""The kernels of local binary patterns against their slow twins, code by code."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mefeat import Clip
from mefeat._kernels import _cpu
from mefeat._kernels.reference import lbp as reference
from mefeat.features import LBPTOP, _lbp, lbp_mapping, lbp_top_codes

PLANES = ("xy", "xt", "yt")
WHOLE = [(1, 1, 1), (1, 1, 2), (1, 1, 4), (2, 2, 2), (4, 1, 1), (3, 3, 3), (1, 2, 3)]


@pytest.fixture(params=["_lbp_top", "_lbp_top_avx2"], autouse=True)
def kernels(request, monkeypatch):
    """Run every test with the plain kernels and with those for newer CPUs."""
    if request.param != "_lbp_top" and not _cpu.has_avx2():
        pytest.skip("this CPU has no AVX2")
    module = pytest.importorskip(f"mefeat._kernels.{request.param}")
    monkeypatch.setattr(_lbp, "_kernels", module)


def exact_codes(volume, n_neighbors, radii, margin=None):
    margin = radii[::-1] if margin is None else margin
    return np.stack(
        [
            reference.code_exact(volume, plane, n_neighbors, radii, margin)
            for plane in PLANES
        ]
    )


def single_codes(volume, n_neighbors, radii, sampling):
    if volume.dtype == np.uint8:
        absolute, relative = 2.0**-14, 0.0
    else:
        absolute, relative = 0.0, 2.0**-20
    taps = _lbp.neighbours((n_neighbors,) * 3, radii, sampling)
    margin = _lbp.margins(radii, "axis")
    return np.stack(
        [
            reference.code_single(volume, part, margin, absolute, relative)
            for part in taps
        ]
    )


def volumes():
    rng = np.random.default_rng(3)
    shape = (11, 13, 90)
    slope = np.add.outer(np.add.outer(np.arange(11) * 3, np.arange(13)), np.arange(90))
    return {
        "random": rng.integers(0, 256, shape),
        "posterised": rng.integers(0, 4, shape) * 85,
        "two values": rng.integers(0, 2, shape) * 255,
        "faint": rng.integers(100, 103, shape),
        "flat": np.full(shape, 77),
        "slope": slope,
        "wide": rng.integers(0, 3, (9, 9, 700)) * 100,
        "narrow": rng.integers(0, 9, (10, 10, 9)),
        "exactly 64": rng.integers(0, 256, (9, 9, 66)),
        "65": rng.integers(0, 256, (9, 9, 67)),
        "smallest": rng.integers(0, 256, (9, 9, 9)),
    }


@pytest.mark.parametrize("kind", volumes())
@pytest.mark.parametrize("n_neighbors", [4, 8])
@pytest.mark.parametrize("radii", WHOLE, ids=str)
def test_codes_are_exact_at_whole_radii(kind, n_neighbors, radii):
    volume = volumes()[kind].astype(np.uint8)
    np.testing.assert_array_equal(
        lbp_top_codes(volume, n_neighbors, radii),
        exact_codes(volume, n_neighbors, radii),
    )


@pytest.mark.parametrize("sampling", ["bilinear", "nearest"])
@pytest.mark.parametrize(
    ("n_neighbors", "radii"),
    [
        (2, (1, 1, 1)),
        (3, (1, 1, 1)),
        (6, (1, 2, 3)),
        (8, (1.5, 2.25, 1)),
        (12, (2, 2, 2)),
        (16, (2, 2, 4)),
        (24, (3, 3, 3)),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_codes_equal_the_twin_in_single_precision(
    n_neighbors, radii, sampling, dtype, rng
):
    volume = rng.integers(0, 256, (10, 12, 80)).astype(np.uint8)
    volume[:, :, :20] //= 100
    if dtype != np.uint8:
        volume = volume.astype(dtype) / dtype(255)
    np.testing.assert_array_equal(
        lbp_top_codes(volume, n_neighbors, radii, sampling),
        single_codes(volume, n_neighbors, radii, sampling),
    )


@settings(max_examples=60, deadline=None)
@given(
    arrays(
        np.uint8,
        st.tuples(st.integers(3, 6), st.integers(3, 6), st.integers(3, 80)),
        elements=st.sampled_from([0, 1, 2, 100, 101, 169, 170, 200, 254, 255]),
        fill=st.nothing(),
    )
)
def test_codes_at_radius_1_are_exact(volume):
    for n_neighbors in (4, 8):
        np.testing.assert_array_equal(
            lbp_top_codes(volume, n_neighbors),
            exact_codes(volume, n_neighbors, (1, 1, 1)),
        )


def test_the_integer_multiplier_gives_the_floor_everywhere():
    s = np.arange(-510, 511)
    exact = [math.isqrt(2 * n * n) - n if n >= 0 else -(
        math.isqrt(2 * n * n) + 1 - abs(n)
    ) for n in s.tolist()]  # fmt: skip
    np.testing.assert_array_equal((s * 27146) >> 16, exact)
    assert ((s * 27145) >> 16 != exact).any()


@pytest.mark.parametrize("radii", [(1, 1), (1, 2), (2, 1), (2, 2), (1, 4), (4, 1)])
def test_the_tolerance_separates_ties_from_differences(radii):
    """The smallest difference that is not 0 exceeds tolerance and rounding error.

    A bilinear value at whole radii is (A + B sqrt(1/2)) / 2 with integers A and B; four
    products and three sums of numbers below 256 in single precision are off by less
    than 5.4e-5.
    """
    root = math.sqrt(0.5)
    terms = []
    for radius in radii:
        whole = math.floor(radius * root)
        terms.append(((-whole, radius), (1 + whole, -radius)))
    weights = [
        (2 * a * c + b * d, 2 * (a * d + b * c))
        for a, b in terms[0]
        for c, d in terms[1]
    ]
    scale = math.gcd(*(abs(n) for pair in weights for n in pair))
    largest = 255 * sum(max(0, b) for _, b in weights) // scale
    b = np.arange(1, largest + 1)
    gap = np.abs(b * root - np.rint(b * root)).min() * scale / 2
    assert gap > 2.0**-14 + 5.4e-5


def near_ties(rng, radii, n):
    """Give centres and the four pixels around a neighbour that nearly tie."""
    (fx, wx), (fy, wy) = (
        (r * math.sqrt(0.5) % 1, 1 - r * math.sqrt(0.5) % 1) for r in radii
    )
    weights = np.array([wx * wy, fx * wy, wx * fy, fx * fy])
    pixels = rng.integers(0, 256, (n, 4))
    last = np.argmax(weights)
    others = pixels @ weights - pixels[:, last] * weights[last]
    centre = rng.integers(0, 256, n)
    pixels[:, last] = np.rint((centre - others) / weights[last])
    good = (pixels >= 0).all(axis=1) & (pixels <= 255).all(axis=1)
    away = np.abs(pixels @ weights - centre)
    order = np.argsort(np.where(good, away, np.inf))[:2000]
    return centre[order], pixels[order]


@pytest.mark.parametrize("radii", [(1, 1, 1), (1, 1, 2), (2, 2, 2), (1, 1, 4)], ids=str)
def test_codes_are_exact_where_differences_are_smallest(radii, rng):
    rx, _, rt = radii
    centre, pixels = near_ties(rng, (rx, rt), 400_000)
    n = len(centre)
    volume = np.zeros((2 * rt + 1, 2 * radii[1] + 1, n * (2 * rx + 1)), dtype=np.uint8)
    x = np.arange(n) * (2 * rx + 1) + rx
    y = radii[1]
    volume[rt, y, x] = centre
    ix, it = (math.floor(r * math.sqrt(0.5)) for r in (rx, rt))
    for k, (dt, dx) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        volume[rt + it + dt, y, x + ix + dx] = pixels[:, k]
    volume[rt, y, x] = centre  # where R = 1, a tap is the centre itself
    np.testing.assert_array_equal(
        lbp_top_codes(volume, 8, radii), exact_codes(volume, 8, radii)
    )


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 0.7, 1.0])
@pytest.mark.parametrize("n_neighbors", [4, 7, 8, 16])
def test_constant_floats_tie_everywhere(value, n_neighbors):
    clip = np.full((9, 10, 80), value)
    codes = lbp_top_codes(clip, n_neighbors, (2, 2, 3))
    assert (codes == (1 << n_neighbors) - 1).all()


@pytest.mark.parametrize("layout", ["read-only", "Fortran", "memmap", "reversed"])
@pytest.mark.parametrize("radii", [(1, 1, 1), (1, 1, 4)], ids=str)
def test_any_layout_gives_the_same_bits(layout, radii, rng, tmp_path):
    volume = rng.integers(0, 256, (10, 20, 70), dtype=np.uint8)
    expected = LBPTOP(radii=radii).fit_transform([volume])
    if layout == "read-only":
        other = volume.copy()
        other.setflags(write=False)
    elif layout == "Fortran":
        other = np.asfortranarray(volume)
    elif layout == "reversed":
        other = volume[:, :, ::-1].copy()[:, :, ::-1]
    else:
        np.save(tmp_path / "clip.npy", volume)
        other = np.load(tmp_path / "clip.npy", mmap_mode="r")
    np.testing.assert_array_equal(LBPTOP(radii=radii).fit_transform([other]), expected)
    np.testing.assert_array_equal(
        lbp_top_codes(other, 8, radii), lbp_top_codes(volume, 8, radii)
    )


@pytest.mark.parametrize("n_neighbors", [4, (8, 4, 3), 8, 10])
@pytest.mark.parametrize("n_blocks", [(1, 1, 1), (3, 2, 2), (5, 7, 3)])
def test_histograms_count_the_codes_in_each_block(n_neighbors, n_blocks, rng):
    volume = rng.integers(0, 30, (9, 17, 73), dtype=np.uint8)
    extractor = LBPTOP(n_neighbors=n_neighbors, n_blocks=n_blocks, norm=None)
    row = extractor.fit_transform([volume])[0]
    codes = lbp_top_codes(volume, n_neighbors)
    n = codes.shape[1:]
    spans = [
        [
            (int(np.ceil(j * size / k)), int(np.ceil((j + 1) * size / k)))
            for j in range(k)
        ]
        for size, k in zip(n, (n_blocks[2], *n_blocks[:2]), strict=True)
    ]
    parts = []
    counts = np.broadcast_to(n_neighbors, 3)
    for plane, p in zip(codes, counts.tolist(), strict=True):
        labels = lbp_mapping(p, "u2")[plane]
        n_bins = p * (p - 1) + 3
        parts.append(reference.block_histograms(labels, n_bins, spans))
    np.testing.assert_array_equal(row, np.concatenate(parts, axis=-1).ravel())


def test_every_voxel_is_counted_once_without_overlap(rng):
    volume = rng.integers(0, 256, (30, 70, 130), dtype=np.uint8)
    for n_neighbors in (4, 8, 10):
        rows = LBPTOP(
            n_neighbors, n_blocks=(4, 3, 2), norm=None, mapping="riu2"
        ).fit_transform([volume])
        assert rows.sum() == 3 * 28 * 68 * 128


def test_jobs_do_not_change_results(rng):
    clips = [
        Clip(rng.integers(0, 256, (9 + i, 40, 70), dtype=np.uint8), name=str(i))
        for i in range(5)
    ]
    for options in ({}, {"radii": (1, 1, 4)}, {"n_neighbors": 4}):
        one = LBPTOP(n_jobs=1, **options).fit_transform(clips)
        two = LBPTOP(n_jobs=2, **options).fit_transform(clips)
        np.testing.assert_array_equal(one, two)
