"""HOG-TOP and HIGO-TOP."""

import numpy as np
import pytest

from mefeat import Clip
from mefeat._kernels.reference.hog import plane_votes
from mefeat.exceptions import ClipError
from mefeat.features import HOGTOP

PLANES = ("xy", "xt", "yt")


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("n_bins", [2, 8, 9])
@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("weighting", ["magnitude", "count"])
def test_twin(dtype, n_bins, signed, weighting, rng):
    volume = rng.integers(0, 256, (7, 14, 17), dtype=np.uint8)
    volume[:, :5] = volume[:, :5] // 100 * 10
    if dtype != np.uint8:
        volume = volume.astype(np.float32) / 256  # exact, as are its differences
    rows = HOGTOP(
        n_bins, n_blocks=(3, 3, 1), signed=signed, weighting=weighting, norm=None
    ).fit_transform([volume])
    votes = np.stack(
        [
            plane_votes(volume, plane, n_bins, signed, weighting == "magnitude")
            for plane in PLANES
        ],
        axis=3,
    )
    expected = [
        votes[:, y : y + 4, x : x + 5].sum(axis=(0, 1, 2)).ravel()
        for y in (0, 4, 8)
        for x in (0, 5, 10)
    ]
    if weighting == "count":
        np.testing.assert_array_equal(rows[0], np.concatenate(expected))
    else:
        np.testing.assert_allclose(rows[0], np.concatenate(expected), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_slanted_plane(dtype):
    # Values 6 x + 6 y - 4 t: XY at 45 degrees, XT and YT at atan2(-4, 6) = -33.7.
    t, y, x = np.indices((6, 8, 9))
    volume = (20 + 6 * x + 6 * y - 4 * t).astype(dtype)
    clip = Clip(volume, value_range=(0, 255))
    options = {"n_blocks": (1, 1, 1), "norm": None}
    n = 4 * 6 * 7
    counts = HOGTOP(weighting="count", **options).fit_transform([clip])
    expected = np.zeros((3, 8))
    expected[0, 1] = expected[1, 7] = expected[2, 7] = n
    np.testing.assert_array_equal(counts.reshape(3, 8), expected)
    folded = HOGTOP(4, weighting="count", signed=False, **options)
    expected = np.zeros((3, 4))
    expected[0, 1] = expected[1, 3] = expected[2, 3] = n
    np.testing.assert_array_equal(folded.fit_transform([clip]).reshape(3, 4), expected)
    sums = HOGTOP(**options).fit_transform([clip]).reshape(3, 8)
    # 45 degrees lie on the border of bins 0 and 1, halfway between their centres.
    np.testing.assert_allclose(sums[0, :2], n * np.hypot(6, 6) / 2, rtol=1e-6)
    assert not sums[0, 2:].any()
    np.testing.assert_allclose(sums[1].sum(), n * np.hypot(6, 4), rtol=1e-6)
    share = (360 - np.degrees(np.arctan2(4, 6))) / 45 - 7.5
    np.testing.assert_allclose(
        sums[1, [7, 6]] / sums[1].sum(), [1 + share, -share], rtol=1e-5
    )


def test_count_does_not_see_the_light(rng):
    volume = rng.integers(0, 60, (6, 20, 20), dtype=np.uint8)
    extractor = HOGTOP(weighting="count")
    np.testing.assert_array_equal(
        extractor.fit_transform([volume]), extractor.fit_transform([volume * 4 + 10])
    )


def test_flat_clips_give_zeros():
    for weighting in ("magnitude", "count"):
        row = HOGTOP(weighting=weighting).fit_transform([np.full((5, 9, 9), 0.5)])
        assert not row.any()


def test_names_planes_norm(rng):
    clip = rng.integers(0, 256, (8, 16, 14), dtype=np.uint8)
    extractor = HOGTOP(6, n_blocks=(2, 2, 2), planes=("yt", "xy"), overlap=0.2)
    row = extractor.fit_transform([clip])[0]
    names = extractor.get_feature_names_out()
    assert row.shape == names.shape == (8 * 12,)
    assert (names[0], names[6], names[12]) == (
        "t0_r0_c0_xy_bin0", "t0_r0_c0_yt_bin0", "t0_r0_c1_xy_bin0",
    )  # fmt: skip
    np.testing.assert_allclose(row.reshape(16, 6).sum(axis=1), 1)
    np.testing.assert_allclose(
        extractor.set_params(norm="global").fit_transform([clip]).sum(), 1
    )


def test_jobs_do_not_change_results(rng):
    clips = [rng.integers(0, 256, (6, 20, 20), dtype=np.uint8) for _ in range(4)]
    np.testing.assert_array_equal(
        HOGTOP(n_jobs=1).fit_transform(clips), HOGTOP(n_jobs=2).fit_transform(clips)
    )


def test_bad_input():
    clip = Clip(np.zeros((2, 9, 9), dtype=np.uint8), name="short")
    with pytest.raises(ClipError, match="'short': has 2 frames.*at least 3"):
        HOGTOP().fit_transform([clip])
    for parameter, value in (
        ("n_bins", 1), ("weighting", "sum"), ("signed", 1), ("planes", "ty"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=f"'{parameter}' parameter of HOGTOP"):
            HOGTOP(**{parameter: value}).fit([clip])
