"""LBP-SIP and LBP-MOP."""

import numpy as np
import pytest

from mefeat import Clip
from mefeat._kernels.reference import lbp as reference
from mefeat.exceptions import ClipError
from mefeat.features import LBPMOP, LBPSIP, LBPTOP, lbp_mapping, lbp_top_codes


class TestLBPSIP:
    def test_by_hand(self):
        # The middle is brighter than the voxels right (x + 1) and after (t + 1) only.
        volume = np.full((3, 3, 3), 50, dtype=np.uint8)
        volume[1, 1, 2] = volume[2, 1, 1] = 49
        row = LBPSIP(n_blocks=(1, 1, 1), norm=None).fit_transform([volume])[0]
        assert np.flatnonzero(row).tolist() == [2 + 4 + 8, 16 + 2]
        assert row.sum() == 2

    @pytest.mark.parametrize("radii", [(1, 1, 1), (1, 2, 3)])
    def test_six_neighbours(self, radii, rng):
        volume = rng.integers(0, 5, (9, 12, 80), dtype=np.uint8)
        extractor = LBPSIP(radii=radii, n_blocks=(1, 1, 1), norm=None)
        row = extractor.fit_transform([volume])[0]
        four = lbp_top_codes(volume, 4, radii)
        in_time = (four[2] & 1) | ((four[2] >> 1) & 2)  # t + Rt and t - Rt
        np.testing.assert_array_equal(row[:16], np.bincount(four[0].ravel(), None, 16))
        np.testing.assert_array_equal(row[16:], np.bincount(in_time.ravel(), None, 4))

    def test_names_and_norm(self, rng):
        clip = rng.integers(0, 256, (6, 12, 14), dtype=np.uint8)
        extractor = LBPSIP(n_blocks=(2, 3, 2), overlap=0.25)
        row = extractor.fit_transform([clip])[0]
        names = extractor.get_feature_names_out()
        assert row.shape == names.shape == (12 * 20,)
        assert (names[0], names[16]) == ("t0_r0_c0_xy_bin0", "t0_r0_c0_t_bin0")
        blocks = row.reshape(12, 20)
        np.testing.assert_allclose(blocks[:, :16].sum(axis=1), 1)
        np.testing.assert_allclose(blocks[:, 16:].sum(axis=1), 1)

    def test_bad_input(self, rng):
        with pytest.raises(ValueError, match="'radii' parameter of LBPSIP"):
            LBPSIP(radii=-1).fit([np.zeros((9, 9, 9), dtype=np.uint8)])
        clip = Clip(np.zeros((2, 9, 9), dtype=np.uint8), name="short")
        with pytest.raises(ClipError, match=r"'short': has 2 frames.*at least 3"):
            LBPSIP().fit_transform([clip])


def mean_plane_codes(block, n_neighbors, radii):
    """Work out the exact codes of the sums along each axis, one plane at a time."""
    out = []
    for axis, plane in enumerate(("xy", "xt", "yt")):
        total = block.astype(np.int64).sum(axis=axis, keepdims=True)
        margin = [radii[2], radii[1], radii[0]]
        margin[axis] = 0
        out.append(reference.code_exact(total, plane, n_neighbors, radii, margin))
    return out


class TestLBPMOP:
    @pytest.mark.parametrize("n_neighbors", [4, 8])
    @pytest.mark.parametrize("radii", [(1, 1, 1), (1, 1, 2), (2, 1, 1)])
    def test_codes_of_mean_planes(self, n_neighbors, radii, rng):
        volume = rng.integers(0, 256, (20, 24, 26), dtype=np.uint8)
        rows = LBPMOP(n_neighbors, radii, n_blocks=(2, 2, 2), norm=None).fit_transform(
            [volume]
        )
        n_bins = n_neighbors * (n_neighbors - 1) + 3
        table = lbp_mapping(n_neighbors, "u2")
        expected = [
            np.bincount(table[codes.ravel()], None, n_bins)
            for t in (0, 10)
            for y in (0, 12)
            for x in (0, 13)
            for codes in mean_plane_codes(
                volume[t : t + 10, y : y + 12, x : x + 13], n_neighbors, radii
            )
        ]
        np.testing.assert_array_equal(rows[0], np.concatenate(expected))

    def test_frame_repeated_is_lbp_of_the_frame(self, rng):
        frame = rng.integers(0, 256, (20, 22), dtype=np.uint8)
        clip = np.repeat(frame[None], 5, axis=0)
        options = {"n_blocks": (1, 1, 1), "planes": "xy"}
        np.testing.assert_array_equal(
            LBPMOP(**options).fit_transform([clip]),
            LBPTOP(**options).fit_transform([clip]),
        )

    def test_names_planes_and_floats(self, rng):
        clip = rng.random((8, 12, 14))
        extractor = LBPMOP(
            n_neighbors=(8, 4, 4), n_blocks=(2, 1, 1), planes=("xy", "yt"), mapping="ri"
        )
        row = extractor.fit_transform([clip])[0]
        names = extractor.get_feature_names_out()
        assert row.shape == names.shape == (2 * (36 + 6),)
        assert (names[36], names[42]) == ("t0_r0_c0_yt_bin0", "t0_r1_c0_xy_bin0")
        np.testing.assert_allclose(row.reshape(2, 42)[:, :36].sum(axis=1), 1)

    def test_bad_input(self):
        clip = Clip(np.zeros((9, 12, 12), dtype=np.uint8), name="small")
        with pytest.raises(ClipError, match=r"'small'.*blocks of 2 rows.*at least 3"):
            LBPMOP(n_blocks=(6, 4, 1)).fit_transform([clip])
        with pytest.raises(ClipError, match="13 blocks of rows"):
            LBPMOP(n_blocks=(13, 4, 1)).fit_transform([clip])
        with pytest.raises(ValueError, match="'norm' parameter of LBPMOP"):
            LBPMOP(norm="sum").fit([clip])
