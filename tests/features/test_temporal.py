"""Temporal interpolation."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from mefeat import Clip
from mefeat.exceptions import ClipError
from mefeat.features import LBPTOP, TemporalInterpolator, interpolation_weights

METHODS = ("tim", "linear", "cubic")


def tim_by_decomposition(frames, n_new):
    """Follow the paper: embed the frames, learn the map, sample the curve."""
    n = len(frames)
    flat = frames.reshape(n, -1).astype(np.float64).T
    mean = flat.mean(axis=1, keepdims=True)
    u, s, vt = np.linalg.svd(flat - mean, full_matrices=False)
    rank = int((s > 1e-9 * s[0]).sum())
    u, projected = u[:, :rank], s[:rank, None] * vt[:rank]
    k = np.arange(1, n)[:, None]

    def curve(t):
        return np.sin(np.pi * k * t + np.pi * (n - k) / (2 * n))

    nodes = curve(np.arange(1, n + 1) / n)
    to_pixels = projected @ np.linalg.pinv(nodes)
    new = u @ to_pixels @ curve(np.linspace(1 / n, 1, n_new)) + mean
    return new.T.reshape(n_new, *frames.shape[1:])


@pytest.mark.parametrize(("n", "n_new"), [(12, 10), (7, 20), (2, 5), (15, 2)])
def test_tim_is_the_model_of_the_paper(n, n_new, rng):
    frames = rng.integers(0, 256, (n, 6, 7), dtype=np.uint8)
    frames[n // 2] = frames[0]  # a rank that is not full changes nothing
    new = TemporalInterpolator(n_new, output="float").fit_transform([frames])[0]
    np.testing.assert_allclose(
        new.frames(native=True), tim_by_decomposition(frames, n_new), atol=1e-3
    )


def test_weights_by_hand():
    # Two frames: the curve is a half cosine, cos(pi (i - 1/2) / 2).
    weights = interpolation_weights(2, 3, "tim")
    np.testing.assert_allclose(weights, [[1, 0], [0.5, 0.5], [0, 1]], atol=1e-15)
    quarter = interpolation_weights(2, 5, "tim")[1]
    share = np.cos(np.pi * 0.75 / 2) / np.cos(np.pi / 4)
    np.testing.assert_allclose(quarter, [(1 + share) / 2, (1 - share) / 2])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [2, 3, 4, 9, 31])
def test_weights(method, n):
    for n_new in (2, 5, 10, n):
        weights = interpolation_weights(n, n_new, method)
        assert weights.shape == (n_new, n)
        np.testing.assert_allclose(weights.sum(axis=1), 1)
        np.testing.assert_allclose(weights[0], np.eye(n)[0], atol=1e-12)
        np.testing.assert_allclose(weights[-1], np.eye(n)[-1], atol=1e-12)
    np.testing.assert_allclose(
        interpolation_weights(n, n, method), np.eye(n), atol=1e-12
    )


def test_cubic_follows_a_cubic():
    t = np.arange(9.0)
    new = interpolation_weights(9, 25, "cubic") @ (t**3 - 5 * t**2)
    at = np.linspace(0, 8, 25)
    np.testing.assert_allclose(new, at**3 - 5 * at**2, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("output", ["uint8", "float"])
def test_same_number_of_frames_changes_nothing(method, output, rng):
    frames = rng.integers(0, 256, (9, 8, 7), dtype=np.uint8)
    new = TemporalInterpolator(9, method, output).fit_transform([frames])[0]
    np.testing.assert_array_equal(new.frames(), frames)


def test_what_a_clip_carries(rng):
    landmarks = rng.random((21, 68, 2)) * 20
    clip = Clip(
        rng.integers(0, 256, (21, 8, 7, 3), dtype=np.uint8),
        fps=100, subject="s3", name="s3_1", landmarks=landmarks, apex=8,
        rois=np.ones((8, 7), dtype=np.uint8),
    )  # fmt: skip
    new = TemporalInterpolator(11, "linear").fit_transform([clip])[0]
    assert (len(new), new.shape, new.is_color) == (11, (8, 7), True)
    assert (new.fps, new.subject, new.name, new.apex) == (50, "s3", "s3_1", 4)
    np.testing.assert_array_equal(new.frames(color=True), clip.frames(color=True)[::2])
    np.testing.assert_allclose(new.landmarks, landmarks[::2])
    np.testing.assert_array_equal(new.rois, clip.rois)
    still = clip.replace(landmarks=landmarks[0], fps=None, apex=None)
    new = TemporalInterpolator(5).fit_transform([still])[0]
    assert (new.fps, new.apex) == (None, None)
    np.testing.assert_array_equal(new.landmarks, landmarks[0])


def test_halves_go_up():
    frames = np.zeros((2, 1, 4), dtype=np.uint8)
    frames[1] = [1, 3, 255, 2]
    new = TemporalInterpolator(3, "linear").fit_transform([frames])[0].frames()
    assert new[1].tolist() == [[1, 2, 128, 1]]


def test_overshoot_is_clipped_to_bytes_and_kept_in_floats():
    frames = np.zeros((6, 1, 1), dtype=np.uint8)
    frames[3:] = 255
    for method in ("tim", "cubic"):
        new = TemporalInterpolator(26, method).fit_transform([frames])[0]
        values = new.frames().ravel()
        assert new.dtype == np.uint8
        assert values.min() == 0
        assert values.max() == 255
        new = TemporalInterpolator(26, method, "float").fit_transform([frames])[0]
        values = new.frames(native=True)
        assert new.dtype == np.float32
        assert values.min() < 0
        assert values.max() > 255
        assert new.frames().max() == 255


def test_float_sources(rng):
    frames = rng.random((6, 5, 4))
    new = TemporalInterpolator(11, "linear", "float").fit_transform([frames])[0]
    np.testing.assert_allclose(
        new.frames(native=True)[1::2], (frames[1:] + frames[:-1]) / 2, rtol=1e-6
    )
    wide = Clip((frames * 65535).astype(np.uint16))
    new = TemporalInterpolator(11, "linear", "float").fit_transform([wide])[0]
    assert new.frames(native=True).max() > 60000
    assert new.frames().max() > 230


def test_before_lbp_top(rng):
    clips = [rng.integers(0, 256, (n, 20, 20), dtype=np.uint8) for n in (5, 9, 30)]
    pipeline = make_pipeline(TemporalInterpolator(10), LBPTOP(radii=(1, 1, 4)))
    assert pipeline.fit_transform(clips).shape == (3, 4425)


def test_jobs_and_cache(rng, tmp_path):
    clips = [rng.integers(0, 256, (n, 9, 9), dtype=np.uint8) for n in (5, 9, 30)]
    expected = [c.frames() for c in TemporalInterpolator().fit_transform(clips)]
    for options in ({"n_jobs": 2}, {"memory": str(tmp_path)}):
        for _ in range(2):
            new = TemporalInterpolator(**options).fit_transform(clips)
            for a, b in zip(new, expected, strict=True):
                np.testing.assert_array_equal(a.frames(), b)


def test_bad_input():
    clip = np.zeros((1, 9, 9), dtype=np.uint8)
    with pytest.raises(ClipError, match=r"'X\[0\]': has 1 frame\(s\), but 2"):
        TemporalInterpolator().fit_transform([clip])
    for parameter, value in (("n_frames", 1), ("method", "spline"), ("output", "int")):
        with pytest.raises(
            ValueError, match=f"'{parameter}' parameter of TemporalInterpolator"
        ):
            TemporalInterpolator(**{parameter: value}).fit([clip])
    bad = np.full((5, 4, 4), 0.5)
    bad[2, 1, 1] = np.nan
    with pytest.raises(ClipError, match="frame 2: holds NaN"):
        TemporalInterpolator().fit_transform([bad])
