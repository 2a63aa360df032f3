"""Bi-WOOF: weights that are known, zeros, errors."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mefeat import Clip
from mefeat.exceptions import ClipError
from mefeat.features import BiWOOF


def by_hand(flow, n_blocks=5, n_bins=8):
    """Give Bi-WOOF as its definition reads, block by block."""
    u, v = np.asarray(flow, dtype=np.float64).transpose(2, 0, 1)
    (uy, ux), (vy, vx) = np.gradient(u), np.gradient(v)
    strain = np.sqrt(ux**2 + vy**2 + (uy + vx) ** 2 / 2)
    row = []
    for rows in np.array_split(np.arange(len(u)), n_blocks):
        for columns in np.array_split(np.arange(u.shape[1]), n_blocks):
            part = np.ix_(rows, columns)
            histogram, _ = np.histogram(
                np.arctan2(v[part], u[part]),
                bins=n_bins,
                range=(-np.pi, np.pi),
                weights=np.hypot(u[part], v[part]),
            )
            row.append(histogram / histogram.sum() * strain[part].mean())
    row = np.concatenate(row)
    return row / np.linalg.norm(row)


def test_against_its_definition(rng, known_flow):
    flow = rng.normal(size=(50, 45, 2)).astype(np.float32)
    row = BiWOOF().transform([known_flow(flow)])[0]
    assert_allclose(row, by_hand(flow), rtol=1e-5, atol=1e-7)
    assert_allclose(np.linalg.norm(row), 1)


def test_blocks_weigh_by_their_strain(known_flow):
    # Left half: translation to the right, no strain inside.  Right half: stretched by
    # 0.1 along x, so the strain is 0.1 there.
    x = np.arange(40.0)
    flow = np.zeros((20, 40, 2))
    flow[..., 0] = np.where(x < 20, 1, 1 + 0.1 * (x - 19))
    model = BiWOOF(n_blocks=(1, 2), n_bins=4)
    row = model.transform([known_flow(flow)])[0].reshape(2, 4)
    left = 0.05 / 20  # the central difference reaches over the border
    right = 0.1
    assert_allclose(
        row[:, 2], np.array([left, right]) / np.hypot(left, right), rtol=1e-6
    )
    assert np.count_nonzero(row) == 2
    unweighted = BiWOOF(n_blocks=(1, 2), n_bins=4, global_weight=None)
    row = unweighted.transform([known_flow(flow)])[0].reshape(2, 4)
    assert_allclose(row[:, 2], np.sqrt(0.5))
    by_length = BiWOOF(n_blocks=(1, 2), n_bins=4, global_weight="magnitude")
    row = by_length.transform([known_flow(flow)])[0].reshape(2, 4)
    lengths = np.array([1, 1 + 0.1 * np.arange(1, 21).mean()])
    assert_allclose(row[:, 2], lengths / np.hypot(*lengths), rtol=1e-6)


def test_local_weights(known_flow):
    flow = np.zeros((8, 8, 2))
    flow[:4], flow[4:] = (3, 1), (-1, -0.5)
    for weight, top, bottom in (
        ("magnitude", np.hypot(3, 1), np.hypot(1, 0.5)),
        ("count", 1, 1),
    ):
        model = BiWOOF((1, 1), local_weight=weight)
        row = model.transform([known_flow(flow)])[0]
        assert_allclose(row[[4, 0]], np.array([top, bottom]) / np.hypot(top, bottom))
    row = BiWOOF((1, 1), local_weight="strain").transform([known_flow(flow)])[0]
    assert_allclose(row[[4, 0]], np.sqrt(0.5))


@pytest.mark.parametrize("derivative", ["central", "backward", "forward", "sobel"])
def test_derivatives(rng, known_flow, derivative):
    from mefeat.flow import optical_strain

    flow = rng.normal(size=(12, 12, 2)).astype(np.float32)
    model = BiWOOF((2, 2), 4, derivative=derivative)
    row = model.transform([known_flow(flow)])[0].reshape(2, 2, 4)
    strain = optical_strain(flow, derivative)
    means = strain.reshape(2, 6, 2, 6).mean(axis=(1, 3))
    assert_allclose(row.sum(axis=2) / row.sum(), means / means.sum(), rtol=1e-5)


def test_no_motion_is_zeros_and_not_nan(known_flow):
    flow = np.zeros((20, 20, 2))
    assert_array_equal(BiWOOF().transform([known_flow(flow)]), np.zeros((1, 200)))
    flow[:4, :4] = (1, 0.2)  # one block of 25 moves
    row = BiWOOF().transform([known_flow(flow)])[0]
    assert np.isfinite(row).all()
    assert np.count_nonzero(row) == 1


def test_true_motion_to_the_given_apex(moved_texture):
    still, moved = moved_texture(1, 0)
    clip = Clip(np.stack([still, moved, still]), apex=1)
    row = BiWOOF(n_bins=4, global_weight=None).transform([clip])[0].reshape(25, 4)
    assert (row[:, 1] + row[:, 2]).min() > 0.9 / 5  # around 0 degrees
    found = BiWOOF(n_bins=4, global_weight=None).transform([clip.replace(apex=None)])
    assert_array_equal(found[0], row.ravel())


def test_names_and_pandas(known_flow):
    clip = known_flow(np.ones((20, 20, 2)))
    model = BiWOOF().set_output(transform="pandas")
    table = model.fit_transform([clip])
    assert table.shape == (1, 200)
    assert list(table.columns) == list(model.get_feature_names_out())
    assert table.columns[-1] == "r4_c4_135to180"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"n_blocks": (0, 5)}, "'n_blocks' parameter of BiWOOF must be an int of at"),
        ({"n_bins": 256}, "'n_bins'"),
        ({"local_weight": "flow"}, "'local_weight' parameter of BiWOOF must be one of"),
        ({"global_weight": "count"}, "'global_weight'"),
        ({"derivative": "scharr"}, "'derivative'"),
        ({"method": None}, "'method'"),
    ],
)
def test_bad_parameters(clips, params, words):
    with pytest.raises(ValueError, match=words):
        BiWOOF(**params).fit(clips)


def test_bad_clips():
    with pytest.raises(ClipError, match=r"has 1 frame\(s\), but 2"):
        BiWOOF().transform([np.zeros((1, 8, 8), np.uint8)])
    with pytest.raises(ClipError, match="5 rows of blocks.*4 rows of pixels"):
        BiWOOF().transform([np.zeros((3, 4, 8), np.uint8)])
