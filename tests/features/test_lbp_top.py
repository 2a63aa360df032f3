"""LBP-TOP: what is worked out by hand, conventions, options and errors."""

import numpy as np
import pytest
from skimage.feature import local_binary_pattern

from mefeat import Clip
from mefeat.exceptions import ClipError
from mefeat.features import LBPTOP, lbp_bit_order, lbp_mapping, lbp_top_codes


class TestByHand:
    """Volumes of 5 x 5 x 5 voxels, so 3 x 3 x 3 centres."""

    def test_dark_voxel(self):
        # All is 10 but the middle, 4.  A bit is 0 only where the middle takes part in
        # the neighbour's value; seen from the middle all neighbours are brighter.
        volume = np.full((5, 5, 5), 10, dtype=np.uint8)
        volume[2, 2, 2] = 4
        codes = lbp_top_codes(volume)
        # XY: at y - 1, x - 1 the middle lies to the lower right, which only bit 7
        # reads (255 - 128 = 127); at y - 1 below, which bits 5, 6, 7 read
        # (255 - 224 = 31); and so on around.
        xy = np.full((3, 3, 3), 255)
        xy[1] = [[127, 31, 223], [124, 255, 199], [253, 241, 247]]
        # XT, rows t, columns x: t runs as bits 1, 2, 3 do.
        xt = np.full((3, 3, 3), 255)
        xt[:, 1] = [[253, 241, 247], [124, 255, 199], [127, 31, 223]]
        # YT, rows t, columns y: bit 0 looks at t + 1, bit 2 at y - 1.
        yt = np.full((3, 3, 3), 255)
        yt[:, :, 1] = [[127, 124, 253], [31, 255, 241], [223, 199, 247]]
        np.testing.assert_array_equal(codes[0], xy)
        np.testing.assert_array_equal(codes[1], xt)
        np.testing.assert_array_equal(codes[2], yt)

    def test_slanted_plane(self):
        # Values 10 x + 5 y + 2 t: every voxel sees the same slopes.
        t, y, x = np.indices((5, 5, 5))
        codes = lbp_top_codes((10 * x + 5 * y + 2 * t).astype(np.uint8))
        # XY: right, both with x + that rise by 10 -+ 5, below: bits 0, 1, 6, 7.
        assert (codes[0] == 1 + 2 + 64 + 128).all()
        # XT: bits 0, 1, 2 (t + 1), 7 (x +, t -: 10 - 2).
        assert (codes[1] == 1 + 2 + 4 + 128).all()
        # YT: bits 0 (t + 1), 5 (y +, t -), 6 (y + 1), 7.
        assert (codes[2] == 1 + 32 + 64 + 128).all()

    @pytest.mark.parametrize(("value", "bit"), [(182, 0), (183, 1)])
    def test_diagonal_at_its_border(self, value, bit):
        # (sqrt(2) - 1) (0 - 100 + 0 - 100) = -82.84: the diagonal must exceed the
        # centre, 100, by 83.
        volume = np.full((3, 3, 3), 100, dtype=np.uint8)
        volume[1, 0, 1] = volume[1, 1, 2] = 0
        volume[1, 0, 2] = value
        code = lbp_top_codes(volume)[0, 0, 0, 0]
        # Bits 0 and 2 (right, above) are 0; 3 and 7 read one dark pixel: 0.
        assert code == 16 + 32 + 64 + 2 * bit

    def test_nearest_sampling_takes_the_square(self):
        volume = np.zeros((3, 3, 3), dtype=np.uint8)
        volume[1] = [[9, 1, 9], [1, 5, 1], [9, 1, 9]]
        code = lbp_top_codes(volume, sampling="nearest")[0, 0, 0, 0]
        assert code == 2 + 8 + 32 + 128

    def test_histogram(self):
        volume = np.full((5, 5, 5), 10, dtype=np.uint8)
        volume[2, 2, 2] = 4
        row = LBPTOP(n_blocks=(1, 1, 1), norm=None, planes="xy").fit_transform([volume])
        expected = np.zeros(59)
        for code, count in zip(
            [255, 127, 31, 223, 124, 199, 253, 241, 247],
            [18 + 1, 1, 1, 1, 1, 1, 1, 1, 1],
            strict=True,
        ):
            expected[lbp_mapping(8, "u2")[code]] += count
        np.testing.assert_array_equal(row[0], expected)


class TestMapping:
    @pytest.mark.parametrize(
        ("n_neighbors", "mapping", "n_bins"),
        [
            (8, "u2", 59), (4, "u2", 15), (16, "u2", 243), (8, "ri", 36),
            (4, "ri", 6), (8, "riu2", 10), (16, "riu2", 18), (8, "none", 256),
        ],
    )  # fmt: skip
    def test_number_of_bins(self, n_neighbors, mapping, n_bins):
        table = lbp_mapping(n_neighbors, mapping)
        assert sorted(set(table.tolist())) == list(range(n_bins))

    def test_uniform_codes_come_in_ascending_order(self):
        table = lbp_mapping(8, "u2")
        codes = [0, 1, 2, 3, 4, 6, 7, 8, 12, 14, 15, 16]
        assert table[codes].tolist() == list(range(12))
        assert table[255] == 57
        assert (table[[5, 9, 10, 11, 170]] == 58).all()

    def test_rotations_share_a_bin(self):
        table = lbp_mapping(8, "ri")
        for code in range(256):
            turned = (code >> 1) | ((code & 1) << 7)
            assert table[code] == table[turned]

    def test_riu2_counts_ones(self):
        table = lbp_mapping(8, "riu2")
        assert table[[0, 1, 3, 7, 255, 5]].tolist() == [0, 1, 2, 3, 8, 9]

    def test_tables_cannot_be_changed(self):
        with pytest.raises(ValueError, match="read-only"):
            lbp_mapping(8, "u2")[0] = 1

    def test_bad_arguments(self):
        with pytest.raises(ValueError, match="'mapping' parameter must be one of"):
            lbp_mapping(8, "uniform")
        with pytest.raises(ValueError, match=r"'n_neighbors'.*\[2, 24\]"):
            lbp_mapping(25, "u2")


def permuted(codes, order):
    out = np.zeros_like(codes)
    for q, p in enumerate(order.tolist()):
        out |= ((codes >> q) & 1) << p
    return out


class TestBitOrder:
    @pytest.mark.parametrize("n_neighbors", [4, 8, 16])
    def test_scikit_image(self, n_neighbors, rng):
        volume = rng.integers(0, 256, (7, 9, 11), dtype=np.uint8)
        slices = [
            [local_binary_pattern(volume[t], n_neighbors, 1) for t in range(7)],
            [local_binary_pattern(volume[:, y], n_neighbors, 1) for y in range(9)],
            [local_binary_pattern(volume[:, :, x], n_neighbors, 1) for x in range(11)],
        ]
        codes = lbp_top_codes(volume, n_neighbors)
        orders = lbp_bit_order("skimage", n_neighbors)
        inner = (slice(1, -1),) * 3
        for axis in range(3):
            theirs = np.stack(slices[axis], axis=axis).astype(np.int64)[inner]
            np.testing.assert_array_equal(permuted(theirs, orders[axis]), codes[axis])

    @pytest.mark.parametrize("n_neighbors", [4, 8])
    def test_bob(self, n_neighbors):
        # From where bob looks: rows and columns of the slices (y, x), (t, x), (t, y),
        # beginning at the upper left (8) or above (4), clockwise, most significant
        # bit first.
        start = -0.75 if n_neighbors == 8 else -0.5
        for plane, order in zip(
            range(3), lbp_bit_order("bob", n_neighbors), strict=True
        ):
            for neighbour in range(n_neighbors):
                angle = np.pi * (start + 2 * neighbour / n_neighbors)
                row, column = np.sin(angle), np.cos(angle)
                bit = order[n_neighbors - 1 - neighbour]
                a = 2 * np.pi * bit / n_neighbors
                ours = {
                    0: (-np.sin(a), np.cos(a)),
                    1: (np.sin(a), np.cos(a)),
                    2: (np.cos(a), -np.sin(a)),
                }[plane]
                np.testing.assert_allclose((row, column), ours, atol=1e-12)

    def test_oulu(self):
        assert lbp_bit_order("oulu", 5).tolist() == [[0, 1, 2, 3, 4]] * 3
        for plane, order in enumerate(lbp_bit_order("oulu-blocks", 8)):
            for q, p in enumerate(order.tolist()):
                a, b = 2 * np.pi * q / 8, 2 * np.pi * p / 8
                theirs = {
                    0: (np.cos(a), -np.sin(a)),
                    1: (np.cos(a), -np.sin(a)),
                    2: (-np.cos(a), -np.sin(a)),
                }[plane]
                ours = {
                    0: (np.cos(b), -np.sin(b)),
                    1: (np.cos(b), np.sin(b)),
                    2: (-np.sin(b), np.cos(b)),
                }[plane]
                np.testing.assert_allclose(theirs, ours, atol=1e-12)

    def test_bad_arguments(self):
        with pytest.raises(ValueError, match="multiple of 4"):
            lbp_bit_order("skimage", 6)
        with pytest.raises(ValueError, match="4 or 8"):
            lbp_bit_order("bob", 16)


class TestLBPTOP:
    def test_order_and_names(self, rng):
        # One block in the lower right of the last third of time is textured.
        clip = np.zeros((14, 10, 12), dtype=np.uint8)
        extractor = LBPTOP(
            n_neighbors=(8, 4, 4), n_blocks=(2, 3, 3), mapping=("u2", "ri", "none")
        )
        names = extractor.fit([clip]).get_feature_names_out()
        rows = extractor.transform([clip])
        assert rows.shape == (1, 18 * (59 + 6 + 16)) == (1, len(names))
        assert rows.dtype == np.float64
        assert len(set(names)) == len(names)
        assert names[0] == "t0_r0_c0_xy_bin0"
        assert names[59] == "t0_r0_c0_xt_bin0"
        assert names[59 + 6] == "t0_r0_c0_yt_bin0"
        assert names[81] == "t0_r0_c1_xy_bin0"
        assert names[3 * 81] == "t0_r1_c0_xy_bin0"
        assert names[-1] == "t2_r1_c2_yt_bin15"
        # A flat clip has the code of all ones everywhere.
        on = set(names[rows[0] > 0])
        assert {name.split("_", 3)[3] for name in on} == {
            "xy_bin57", "xt_bin5", "yt_bin15"
        }  # fmt: skip
        clip[9:, 5:, 8:] = rng.integers(0, 256, (5, 5, 4))
        changed = names[(extractor.transform([clip]) != rows)[0]]
        assert {name[:8] for name in changed} >= {"t2_r1_c2"}
        assert "t0_r0_c0" not in {name[:8] for name in changed}

    @pytest.mark.parametrize("norm", ["plane", "global", None])
    def test_norm(self, norm, rng):
        clip = rng.integers(0, 256, (6, 12, 12), dtype=np.uint8)
        row = LBPTOP(n_blocks=(2, 2, 1), norm=norm).fit_transform([clip])[0]
        sums = row.reshape(4, 3, 59).sum(axis=-1)
        expected = {"plane": 1.0, "global": 1 / 12, None: 4 * 5 * 5}[norm]
        np.testing.assert_allclose(sums, expected, rtol=1e-12)

    def test_planes(self, rng):
        clip = rng.integers(0, 256, (6, 12, 12), dtype=np.uint8)
        every = LBPTOP(n_blocks=(2, 1, 1)).fit_transform([clip]).reshape(2, 3, 59)
        for planes, index in (("xy", [0]), (("yt", "xy"), [0, 2]), ("all", [0, 1, 2])):
            extractor = LBPTOP(n_blocks=(2, 1, 1), planes=planes)
            part = extractor.fit_transform([clip])
            np.testing.assert_array_equal(part.reshape(2, -1, 59), every[:, index])
            assert len(extractor.get_feature_names_out()) == part.shape[1]

    def test_single_value_stands_for_all_planes(self, rng):
        clip = rng.integers(0, 256, (8, 12, 12), dtype=np.uint8)
        one = LBPTOP(4, 2, mapping="ri", overlap=0.2).fit_transform([clip])
        three = LBPTOP(
            (4, 4, 4), (2, 2, 2), mapping=("ri",) * 3, overlap=(0.2,) * 3
        ).fit_transform([clip])
        np.testing.assert_array_equal(one, three)

    def test_overlapping_blocks(self, rng):
        # 20 rows of centres, 3 blocks, half shared: size 10, starts 0, 5, 10.
        clip = rng.integers(0, 256, (5, 22, 9), dtype=np.uint8)
        codes = lbp_top_codes(clip)[0]
        row = LBPTOP(
            n_blocks=(3, 1, 1), overlap=0.5, norm=None, planes="xy", mapping="none"
        ).fit_transform([clip])
        for block, start in zip(row.reshape(3, 256), (0, 5, 10), strict=True):
            part = codes[:, start : start + 10]
            np.testing.assert_array_equal(block, np.bincount(part.ravel(), None, 256))

    def test_border(self, rng):
        clip = rng.integers(0, 256, (13, 20, 20), dtype=np.uint8)
        shapes = {
            border: lbp_top_codes(clip, 8, (1, 2, 4), border=border).shape[1:]
            for border in ("axis", "spatial", "max")
        }
        assert shapes == {
            "axis": (5, 16, 18),
            "spatial": (5, 16, 16),
            "max": (5, 12, 12),
        }
        wide = lbp_top_codes(clip, 8, (1, 2, 4))
        np.testing.assert_array_equal(
            lbp_top_codes(clip, 8, (1, 2, 4), border="max"), wide[:, :, 2:-2, 3:-3]
        )

    @pytest.mark.parametrize("mode", ["edge", "reflect"])
    def test_time_padding(self, mode, rng):
        clip = rng.integers(0, 256, (6, 9, 9), dtype=np.uint8)
        codes = lbp_top_codes(clip, 8, (1, 1, 2), time_padding=mode)
        assert codes.shape == (3, 6, 7, 7)
        np.testing.assert_array_equal(codes[:, 2:-2], lbp_top_codes(clip, 8, (1, 1, 2)))
        first = [0, 0] if mode == "edge" else [2, 1]
        longer = np.concatenate([clip[first], clip])
        np.testing.assert_array_equal(
            codes[:, :2], lbp_top_codes(longer, 8, (1, 1, 2))[:, :2]
        )

    def test_scale_of_floats_does_not_matter(self, rng):
        clip = rng.random((6, 12, 12))
        one = lbp_top_codes(Clip(clip))
        np.testing.assert_array_equal(
            one, lbp_top_codes(Clip(clip * 4, value_range=(0, 4)))
        )

    def test_cache_and_clone(self, rng, tmp_path):
        from sklearn.base import clone

        clips = [rng.integers(0, 256, (6, 12, 12), dtype=np.uint8) for _ in range(3)]
        extractor = LBPTOP(memory=str(tmp_path))
        first = extractor.fit_transform(clips)
        np.testing.assert_array_equal(clone(extractor).fit_transform(clips), first)
        np.testing.assert_array_equal(LBPTOP().fit_transform(clips), first)


class TestBadInput:
    @pytest.mark.parametrize(
        ("parameter", "value"),
        [
            ("n_neighbors", 1), ("n_neighbors", 25), ("n_neighbors", (8, 8)),
            ("n_neighbors", 8.0), ("radii", 0), ("radii", (1, 1)), ("radii", "1"),
            ("radii", (1, 1, float("nan"))), ("n_blocks", (0, 5, 1)),
            ("n_blocks", 5), ("overlap", 1.0), ("overlap", -0.1),
            ("mapping", "uniform"), ("sampling", "cubic"), ("border", "both"),
            ("norm", "l2"), ("planes", "tx"), ("planes", ()),
            ("time_padding", "wrap"),
        ],
    )  # fmt: skip
    def test_parameters(self, parameter, value, clips):
        with pytest.raises(ValueError, match=f"'{parameter}' parameter of LBPTOP"):
            LBPTOP(**{parameter: value}).fit(clips)

    def test_clip_too_short(self, rng):
        clip = Clip(rng.integers(0, 9, (8, 30, 30), dtype=np.uint8), name="s01_a")
        with pytest.raises(ClipError, match=r"'s01_a': has 8 frames.*at least 9.*Temp"):
            LBPTOP(radii=(1, 1, 4)).fit_transform([clip])
        with pytest.raises(ClipError, match=r"has 8 frames.*at least 9"):
            lbp_top_codes(clip, radii=(1, 1, 4))
        padded = LBPTOP(radii=(1, 1, 4), time_padding="edge")
        assert padded.fit_transform([clip]).shape == (1, 4425)

    def test_one_frame(self, rng):
        with pytest.raises(ClipError, match=r"'X\[0\]': has 1 frame"):
            LBPTOP().fit_transform([rng.integers(0, 9, (1, 30, 30), dtype=np.uint8)])
        with pytest.raises(ClipError, match="time_padding='reflect' needs at least 2"):
            lbp_top_codes(np.zeros((1, 9, 9), dtype=np.uint8), time_padding="reflect")

    @pytest.mark.parametrize(
        ("shape", "word"), [((9, 2, 30), "rows"), ((9, 30, 2), "columns")]
    )
    def test_picture_too_small(self, shape, word):
        with pytest.raises(ClipError, match=f"has 2 {word}.*at least 3"):
            LBPTOP().fit_transform([np.zeros(shape, dtype=np.uint8)])

    def test_more_blocks_than_pixels(self):
        clip = Clip(np.zeros((9, 8, 30), dtype=np.uint8), name="tiny")
        with pytest.raises(
            ClipError, match=r"'tiny'.*n_blocks.*7 blocks of rows.*6 of its rows"
        ):
            LBPTOP(n_blocks=(7, 5, 1)).fit_transform([clip])

    def test_nan(self):
        clip = np.full((9, 12, 12), 0.5)
        clip[3, 4, 5] = np.nan
        with pytest.raises(ClipError, match=r"'X\[0\]', frame 3: holds NaN"):
            LBPTOP().fit_transform([clip])

    def test_floats_beyond_single_precision(self):
        clip = Clip(np.full((9, 12, 12), 1e300), value_range=(0, 1e301))
        with pytest.raises(ClipError, match="too large for single precision"):
            LBPTOP().fit_transform([clip])
