"""HOOF: directions that are known, folding, norms, errors."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mefeat import Clip
from mefeat.exceptions import ClipError
from mefeat.features import HOOF


def uniform(angle, length=1.0, shape=(20, 24)):
    """Give a flow that has one direction, in degrees, everywhere."""
    angle = np.radians(angle)
    vector = length * np.array([np.cos(angle), np.sin(angle)])
    return np.broadcast_to(vector, (*shape, 2))


@pytest.mark.parametrize("angle", np.arange(-173, 180, 20))
@pytest.mark.parametrize("n_bins", [4, 8, 12])
def test_uniform_flow_fills_the_bin_of_its_angle(known_flow, angle, n_bins):
    clip = known_flow(uniform(angle))
    row = HOOF(n_bins=n_bins).transform([clip])[0]
    wanted = np.zeros(n_bins)
    wanted[int((angle + 180) // (360 / n_bins))] = 1
    assert_allclose(row, wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("signed", "mirror", "bins"),
    [
        # bins of 30, -30, 150, -150 degrees among 4
        (True, False, (2, 1, 3, 0)),
        (True, True, (2, 1, 2, 1)),
        (False, False, (0, 3, 3, 0)),
        (False, True, (1, 1, 1, 1)),
    ],
)
def test_folding(known_flow, signed, mirror, bins):
    for angle, index in zip((30, -30, 150, -150), bins, strict=True):
        clip = known_flow(uniform(angle))
        row = HOOF(n_bins=4, signed=signed, mirror=mirror).transform([clip])[0]
        assert row.argmax() == index
        assert row[index] == 1


def test_vectors_weigh_by_their_length(known_flow):
    flow = np.zeros((10, 10, 2))
    flow[:5] = (1, 0.5)  # 26.6 degrees, bin 4
    flow[5:] = (-3, 1)  # 161.6 degrees, bin 7
    clip = known_flow(flow)
    row = HOOF().transform([clip])[0]
    short, long = np.hypot(1, 0.5), np.hypot(3, 1)
    assert_allclose(row[[4, 7]], np.array([short, long]) / (short + long))
    counts = HOOF(weighting="count").transform([clip])[0]
    assert_allclose(counts[[4, 7]], 0.5)


def test_blocks_and_norms(known_flow):
    flow = np.zeros((10, 10, 2))
    flow[:5, 5:] = (2, 1)
    clip = known_flow(flow)
    model = HOOF(n_blocks=(2, 2), norm=None)
    raw = model.transform([clip])[0].reshape(2, 2, 8)
    assert_allclose(raw[0, 1, 4], 3 * 25 * np.hypot(2, 1))  # 3 flows
    assert np.count_nonzero(raw) == 1
    # Blocks without motion stay zeros whatever the norm.
    for norm in ("block", "global"):
        row = HOOF(n_blocks=(2, 2), norm=norm).transform([clip])[0].reshape(2, 2, 8)
        assert row.sum() == row[0, 1, 4] == pytest.approx(1)


def test_no_motion_gives_zeros(known_flow):
    clip = known_flow(np.zeros((8, 9, 2)))
    assert_array_equal(HOOF(weighting="count").transform([clip]), np.zeros((1, 8)))


def test_pairs(monkeypatch):
    def difference(a, b, **options):
        flow = np.zeros((*b.shape, 2), np.float32)
        flow[..., 0] = b.astype(float) - a
        return flow

    monkeypatch.setattr("mefeat.features._motion.optical_flow", difference)
    frames = np.array([0, 1, 3, 2], np.uint8)[:, None, None] * np.ones((1, 2, 2))
    clip = Clip(frames.astype(np.uint8))
    kwargs = {"n_bins": 2, "norm": None, "mirror": False}
    # Two bins: -180 to 0 holds leftward motion, 0 to 180 rightward.
    for pairs, left, right in (
        ("first", 0, 4 * (1 + 3 + 2)),
        ("consecutive", 4 * 1, 4 * (1 + 2)),
        ("apex", 0, 4 * 3),
    ):
        row = HOOF(pairs=pairs, **kwargs).transform([clip])[0]
        assert_array_equal(row, [left, right], err_msg=pairs)


def test_true_motion(moved_texture):
    row = HOOF(n_bins=4).transform([moved_texture(1, 1)])[0]  # 45 degrees
    assert row[2] > 0.95


def test_mirrored_clip_gives_mirrored_histogram(rng):
    from scipy.ndimage import gaussian_filter

    noise = gaussian_filter(rng.normal(size=(6, 60, 80)), (1, 4, 4))
    frames = np.uint8(127 + 600 * np.clip(noise, -0.2, 0.2))
    # Bin b, from -180 + 45 b degrees, becomes 3 - b (modulo 8) in the mirror.
    model = HOOF(method="farneback", n_blocks=(1, 2))
    rows = model.transform([frames, frames[:, :, ::-1]]).reshape(2, 2, 8)
    swapped = rows[1][::-1][:, (3 - np.arange(8)) % 8]
    assert_allclose(swapped, rows[0], atol=0.02)
    folded = HOOF(method="farneback", mirror=True).transform(
        [frames, frames[:, :, ::-1]]
    )
    assert_allclose(folded[0], folded[1], atol=0.02)


def test_names_and_pandas(known_flow):
    clip = known_flow(uniform(30))
    model = HOOF(n_blocks=(2, 3), n_bins=4).set_output(transform="pandas")
    table = model.fit_transform([clip, clip])
    assert table.shape == (2, 24)
    assert list(table.columns) == list(model.get_feature_names_out())
    assert table.columns[0] == "r0_c0_-180to-90"
    assert table.columns[-1] == "r1_c2_90to180"
    assert len(set(table.columns)) == 24


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"n_bins": 0}, "'n_bins' parameter of HOOF must be an int in \\[1, 255\\]"),
        ({"n_bins": 8.0}, "'n_bins'"),
        ({"signed": 1}, "'signed' parameter of HOOF must be True or False"),
        ({"weighting": "strain"}, "'weighting' parameter of HOOF must be one of"),
        ({"n_blocks": 3}, "'n_blocks' parameter of HOOF must be a sequence of 2"),
        ({"norm": "l2"}, "'norm'"),
        ({"pairs": "all"}, "'pairs'"),
        ({"method": "magic"}, "'method' parameter of HOOF must be one of 'lk'"),
        ({"prefilter": "blur"}, "'prefilter'"),
    ],
)
def test_bad_parameters(clips, params, words):
    with pytest.raises(ValueError, match=words):
        HOOF(**params).fit(clips)


def test_bad_clips():
    clip = Clip(np.zeros((1, 8, 8), np.uint8), name="single")
    with pytest.raises(ClipError, match=r"'single': has 1 frame\(s\), but 2"):
        HOOF().transform([clip])
    clip = Clip(np.zeros((3, 8, 6), np.uint8), name="small")
    with pytest.raises(ClipError, match=r"'small'.*7 columns.*at most 6"):
        HOOF(n_blocks=(8, 7)).transform([clip])
    clip = np.full((3, 8, 8), 0.5, np.float32)
    clip[1, 2, 3] = np.nan
    with pytest.raises(ClipError, match=r"X\[0\]'.*frame 1: holds NaN"):
        HOOF().transform([clip])
