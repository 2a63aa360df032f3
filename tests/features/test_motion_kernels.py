"""The kernels of directions against their NumPy twins, bit for bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from mefeat._kernels._orientation import weigh_blocks
from numpy.testing import assert_allclose, assert_array_equal

from mefeat import Clip
from mefeat._kernels.reference import motion as twin
from mefeat.exceptions import ClipError
from mefeat.features._motion import (
    Sectors,
    directions_in_blocks,
    flow_to_apex,
    flows_between,
    flows_from_first,
    grid_borders,
)
from mefeat.features.mdmo import region_directions
from mefeat.flow import optical_strain

WEIGHTS = ("count", "magnitude", "strain")


def sector_args(sectors):
    return (
        sectors.n_bins, sectors.fold, sectors.lower, sectors.upper, sectors.first_upper
    )  # fmt: skip


@st.composite
def flows(draw):
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 70))
    kind = draw(st.sampled_from(["ties", "normal", "tiny", "huge"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if kind == "ties":  # on the borders of sectors, zeros and minus zeros
        flow = rng.integers(-2, 3, (height, width, 2)) * rng.choice([1.0, -1.0])
    else:
        scale = {"normal": 1, "tiny": 1e-20, "huge": 1e15}[kind]
        flow = rng.normal(scale=scale, size=(height, width, 2))
    return np.ascontiguousarray(flow, dtype=np.float32)


@settings(deadline=None, max_examples=60)
@given(
    flow=flows(),
    n_bins=st.sampled_from([1, 2, 3, 4, 5, 8, 9, 12, 255]),
    signed=st.booleans(),
    mirror=st.booleans(),
    weight=st.sampled_from(WEIGHTS),
    total=st.sampled_from([None, "magnitude", "strain"]),
    blocks=st.tuples(st.integers(1, 5), st.integers(1, 5)),
)
def test_blocks_equal_the_twin(flow, n_bins, signed, mirror, weight, total, blocks):
    height, width = flow.shape[:2]
    blocks = min(blocks[0], height), min(blocks[1], width)
    borders = grid_borders(Clip(np.zeros((1, height, width), np.uint8)), blocks)
    sectors = Sectors(n_bins, signed, mirror)
    got, sums = directions_in_blocks(flow[None], borders, sectors, weight, total)
    wanted, wanted_sums = twin.direction_blocks(
        flow,
        *borders,
        *sector_args(sectors),
        WEIGHTS.index(weight),
        (None, "magnitude", "strain").index(total),
    )
    assert_array_equal(got[0], wanted)
    assert_array_equal(sums[0], wanted_sums)


@settings(deadline=None, max_examples=40)
@given(
    flow=flows(),
    n_bins=st.sampled_from([1, 3, 8, 12, 255]),
    n_rois=st.sampled_from([1, 2, 36, 255]),
    moving_head=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_regions_equal_the_twin(flow, n_bins, n_rois, moving_head, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_rois + 1, flow.shape[:2], dtype=np.uint8)
    labels[:, : rng.integers(0, flow.shape[1] + 1)] = rng.integers(0, n_rois + 1)
    correction = rng.normal(scale=0.01, size=(2, 3)) * moving_head
    sectors = Sectors(n_bins)
    got = region_directions(flow[None], labels, n_rois, sectors, correction[None])
    wanted = twin.main_directions(
        flow,
        labels,
        correction,
        n_bins,
        sectors.lower,
        sectors.upper,
        sectors.first_upper,
        n_rois,
    )
    assert_array_equal(got[0], wanted)


@settings(deadline=None, max_examples=30)
@given(flows())
def test_octants_are_sectors_of_eight(flow):
    # The special case for 8 bins says what the general one says.
    sectors = Sectors(8)
    u, v = flow[..., 0].astype(float), flow[..., 1].astype(float)
    code = twin.sectors(flow, *sector_args(sectors))
    angle = np.degrees(np.arctan2(v, u)) % 360
    clear = np.abs(angle / 45 - np.rint(angle / 45)) > 1e-6
    assert_array_equal(code[clear], ((angle // 45 + 4) % 8)[clear])
    assert (code[(u == 0) & (v == 0)] == 8).all()


@pytest.mark.parametrize(
    ("vector", "bin_of_8"),
    [
        ((-1, 0), 0), ((-1, -1), 1), ((0, -1), 2), ((1, -1), 3),
        ((1, 0), 4), ((1, 1), 5), ((0, 1), 6), ((-1, 1), 7), ((-1, -0.0), 0),
    ],
)  # fmt: skip
def test_borders_belong_to_the_sector_they_begin(vector, bin_of_8):
    flow = np.array(vector, dtype=np.float32).reshape(1, 1, 1, 2)
    borders = (np.array([0, 1], dtype=np.intp),) * 2
    histogram, _ = directions_in_blocks(flow, borders, Sectors(8), "count")
    assert histogram.argmax() == bin_of_8
    assert histogram.sum() == 1


@pytest.mark.parametrize(
    ("signed", "mirror", "borders"),
    [
        (True, False, [-180, -90, 0, 90, 180]),
        (True, True, [-90, -45, 0, 45, 90]),
        (False, False, [0, 45, 90, 135, 180]),
        (False, True, [0, 22.5, 45, 67.5, 90]),
    ],
)
def test_ranges_of_folded_sectors(signed, mirror, borders):
    sectors = Sectors(4, signed, mirror)
    assert_array_equal(sectors.borders, borders)
    assert sectors.names()[0] == f"{borders[0]:g}to{borders[1]:g}"


@settings(deadline=None, max_examples=30)
@given(
    hnp.arrays(np.float64, (3, 2, 4), elements=st.floats(0, 100)),
    hnp.arrays(np.float64, (3, 2), elements=st.floats(0, 100)),
    st.booleans(),
)
def test_weighing_blocks(histograms, totals, weighted):
    histograms[histograms < 1e-3] = 0
    totals[totals < 1e-3] = 0
    rows, columns = np.array([0, 2, 5, 9]), np.array([0, 4, 5])
    wanted = twin.weigh_blocks(histograms, totals, rows, columns, weighted)
    weigh_blocks(histograms, totals, rows, columns, weighted)
    assert_allclose(histograms, wanted, rtol=1e-12, atol=1e-15)


@settings(deadline=None, max_examples=30)
@given(flows())
def test_strain_on_the_way_is_the_strain_map(flow):
    height, width = flow.shape[:2]
    borders = np.arange(height + 1), np.arange(width + 1)
    _, sums = directions_in_blocks(flow[None], borders, Sectors(8), "count", "strain")
    assert_array_equal(sums[0], optical_strain(flow))


def test_flows_come_in_order_whatever_the_blocks(monkeypatch):
    def difference(a, b, **options):
        flow = (b.astype(float) - a)[..., None] * np.ones(2)
        return flow.astype(np.float32)

    monkeypatch.setattr("mefeat.features._motion.optical_flow", difference)
    frames = (
        np.arange(50, dtype=np.uint8)[:, None, None] ** 2
        // 16
        * np.ones((1, 3, 4), np.uint8)
    )
    clip = Clip(frames)
    values = frames[:, 0, 0].astype(float)
    first = np.concatenate(list(flows_from_first(clip, "lk", None)))
    assert_array_equal(first[:, 0, 0, 0], values[1:] - values[0])
    between = np.concatenate(list(flows_between(clip, "lk", None)))
    assert_array_equal(between[:, 0, 0, 0], np.diff(values))


class TestApex:
    def test_is_the_largest_motion(self, known_flow):
        flows = np.zeros((40, 4, 5, 2))
        flows[:, :, :, 0] = np.sin(np.linspace(0, np.pi, 40))[:, None, None]
        clip = Clip(known_flow(flows))
        best = flows[..., 0].max()
        assert_allclose(flow_to_apex(clip, "lk", None)[..., 0], best, rtol=1e-6)

    def test_given(self, monkeypatch):
        monkeypatch.setattr(
            "mefeat.features._motion.optical_flow",
            lambda a, b, **options: np.full((*a.shape, 2), b[0, 0], np.float32),
        )
        frames = np.arange(9, dtype=np.uint8)[:, None, None] * np.ones((1, 3, 3))
        clip = Clip(frames.astype(np.uint8), apex=5)
        assert (flow_to_apex(clip, "lk", None) == 5).all()

    @pytest.mark.parametrize(
        ("apex", "words"), [(0, "first frame"), (9, "0 to 8"), (-1, "0 to 8")]
    )
    def test_must_lie_after_the_onset(self, apex, words):
        clip = Clip(np.zeros((9, 8, 8), np.uint8), apex=apex, name="smile")
        with pytest.raises(ClipError, match=f"clip 'smile'.*{words}"):
            flow_to_apex(clip, "lk", None)


@pytest.mark.parametrize("shape", [(170, 140), (5, 27), (3, 28), (2, 29), (1, 1)])
def test_builds_for_all_cpus_agree(monkeypatch, shape):
    # Other tests run what fits this CPU; here the plain build must give its bits.
    from mefeat._kernels import _mdmo, _orientation

    rng = np.random.default_rng(3)
    flows = rng.normal(size=(2, *shape, 2)).astype(np.float32)
    flows[1] = np.rint(flows[1])
    borders = grid_borders(Clip(np.zeros((1, *shape), np.uint8)), (1, 1))
    labels = rng.integers(0, 9, shape, dtype=np.uint8)
    corrections = rng.normal(scale=0.01, size=(2, 2, 3))

    def results():
        for n_bins in (8, 12):
            sectors = Sectors(n_bins)
            yield from directions_in_blocks(
                flows, borders, sectors, "magnitude", "strain"
            )
            yield region_directions(flows, labels, 8, sectors, corrections)

    best = list(results())
    monkeypatch.setattr("mefeat.features._motion._orientation", _orientation)
    monkeypatch.setattr("mefeat.features.mdmo._mdmo", _mdmo)
    for one, other in zip(best, results(), strict=True):
        assert_array_equal(one, other)
