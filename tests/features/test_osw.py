"""LBP-TOP weighted by strain: weights that are known, what stays as it is."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mefeat import Clip
from mefeat.exceptions import ClipError
from mefeat.features import LBPTOP, OSWLBPTOP
from mefeat.features.osw import block_weights

# Strain of the left half to that of the right half, without the border of one pixel;
# the first column on the right sees half of either by central differences.
RATIO = 0.1 / ((19 * 0.2 + 0.15) / 20)


@pytest.fixture
def stretched(rng, known_flow):
    """A random clip whose right half is stretched twice as much as its left half."""
    x = np.arange(42.0)
    flow = np.zeros((22, 42, 2))
    flow[..., 0] = np.where(x < 21, 0.1 * x, 2.1 + 0.2 * (x - 21))
    known_flow(flow)
    return rng.integers(0, 256, (8, 22, 42), dtype=np.uint8)


def parts(model, clip):
    """Give the row as (columns of blocks, planes, bins)."""
    return model.transform([clip])[0].reshape(2, 3, 59)


def test_xy_histograms_are_weighted(stretched):
    params = {"n_blocks": (1, 2, 1)}
    plain = parts(LBPTOP(**params), stretched)
    weighted = parts(OSWLBPTOP(**params), stretched)
    assert_array_equal(weighted[:, 1:], plain[:, 1:])
    assert_allclose(weighted[0, 0], plain[0, 0] * RATIO, rtol=1e-5)
    assert_array_equal(weighted[1, 0], plain[1, 0])


@pytest.mark.parametrize("norm", [None, "global"])
def test_counts_are_weighted_before_the_norm(stretched, norm):
    params = {"n_blocks": (1, 2, 1), "mapping": "u2"}
    counts = parts(LBPTOP(**params, norm=None), stretched)
    row = parts(OSWLBPTOP(**params, norm=norm), stretched)
    counts[:, 0] *= np.reshape((RATIO, 1), (2, 1))
    wanted = counts if norm is None else counts / counts.sum()
    assert_allclose(row, wanted, rtol=1e-5)


def test_planes_without_xy_need_no_weights(stretched):
    params = {"n_blocks": (1, 2, 1), "planes": ("xt", "yt")}
    assert_array_equal(
        OSWLBPTOP(**params).transform([stretched]),
        LBPTOP(**params).transform([stretched]),
    )


def test_weights_follow_overlapping_blocks():
    strain = np.zeros((12, 12))
    strain[1:-1, 1:-1] = np.arange(10)  # along x, within the margin
    clip = Clip(np.zeros((5, 12, 12), np.uint8))
    weights = block_weights(strain, (1, 1, 1), (1, 3, 1), (0, 0.5, 0), clip)
    # Blocks of 5 that start at 0, 3 (2.5 rounded up) and 5.
    assert_allclose(weights, [[2 / 7, 5 / 7, 1]])


def test_no_motion(rng, known_flow):
    known_flow(np.zeros((20, 20, 2)))
    clip = rng.integers(0, 256, (6, 20, 20), dtype=np.uint8)
    row = OSWLBPTOP(n_blocks=(2, 2, 1)).transform([clip]).reshape(4, 3, 59)
    assert (row[:, 0] == 0).all()
    assert_allclose(row[:, 1:].sum(axis=2), 1)


def test_names_and_pandas(stretched):
    model = OSWLBPTOP(n_blocks=(1, 2, 1)).set_output(transform="pandas")
    table = model.fit_transform([stretched])
    assert list(table.columns) == list(model.get_feature_names_out())
    assert table.shape == (1, 2 * 3 * 59)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"n_neighbors": 1}, "'n_neighbors' parameter of OSWLBPTOP"),
        ({"derivative": "x"}, "'derivative' parameter of OSWLBPTOP must be one of"),
        ({"method": "x"}, "'method' parameter of OSWLBPTOP must be one of"),
    ],
)
def test_bad_parameters(clips, params, words):
    with pytest.raises(ValueError, match=words):
        OSWLBPTOP(**params).fit(clips)


def test_short_clips():
    with pytest.raises(ClipError, match=r"1 frame\(s\), but 2"):
        OSWLBPTOP().transform([np.zeros((1, 20, 20), np.uint8)])
    with pytest.raises(ClipError, match="2 frames, but 'radii'"):
        OSWLBPTOP().transform([np.zeros((2, 20, 20), np.uint8)])
