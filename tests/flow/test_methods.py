"""`optical_flow`: methods, options, prefilter, bad input."""

import cv2
import numpy as np
import pytest

from mefeat.flow import optical_flow

METHODS = ["lk", "farneback", "dis", "tvl1"]


@pytest.fixture(scope="module")
def pair():
    y, x = np.mgrid[:48, :52]
    a = 128 + 60 * np.sin(x / 3) * np.cos(y / 4) + 20 * np.sin((x + y) / 2)
    x = x - 0.5  # everything moves half a pixel to the right
    b = 128 + 60 * np.sin(x / 3) * np.cos(y / 4) + 20 * np.sin((x + y) / 2)
    return np.rint(a).astype(np.uint8), np.rint(b).astype(np.uint8)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("prefilter", [None, "lcn"])
def test_every_method_finds_half_a_pixel(pair, method, prefilter):
    flow = optical_flow(*pair, method, prefilter)
    assert flow.shape == (48, 52, 2)
    assert flow.dtype == np.float32
    found = np.median(flow[10:-10, 10:-10], axis=(0, 1))
    np.testing.assert_allclose(found, [0.5, 0], atol=0.06)


def test_opencv_is_called_with_its_defaults(pair):
    expected = cv2.calcOpticalFlowFarneback(*pair, None, 0.5, 3, 15, 3, 5, 1.2, 0)
    np.testing.assert_array_equal(optical_flow(*pair, "farneback"), expected)
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    expected = dis.calc(*pair, None)
    np.testing.assert_array_equal(optical_flow(*pair, "dis"), expected)
    tvl1 = cv2.optflow.DualTVL1OpticalFlow_create()
    expected = tvl1.calc(*pair, None)
    np.testing.assert_array_equal(optical_flow(*pair, "tvl1"), expected)


def test_options_reach_opencv(pair):
    expected = cv2.calcOpticalFlowFarneback(
        *pair, None, 0.5, 1, 25, 2, 7, 1.5, cv2.OPTFLOW_FARNEBACK_GAUSSIAN
    )
    options = {"levels": 1, "winsize": 25, "iterations": 2, "poly_n": 7}
    flow = optical_flow(*pair, "farneback", poly_sigma=1.5, gaussian=True, **options)
    np.testing.assert_array_equal(flow, expected)
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    dis.setFinestScale(0)
    flow = optical_flow(*pair, "dis", preset="fast", finest_scale=0)
    np.testing.assert_array_equal(flow, dis.calc(*pair, None))
    flow = optical_flow(*pair, "tvl1", n_scales=1, warps=2)
    solver = cv2.optflow.DualTVL1OpticalFlow_create(nscales=1, warps=2)
    np.testing.assert_array_equal(flow, solver.calc(*pair, None))


@pytest.mark.parametrize("method", ["farneback", "dis", "tvl1"])
def test_the_threads_of_opencv_do_not_matter(pair, method):
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        one = optical_flow(*pair, method)
        cv2.setNumThreads(2)
        two = optical_flow(*pair, method)
    finally:
        cv2.setNumThreads(threads)
    np.testing.assert_array_equal(one, two)


def test_floats_are_shares_of_white(pair):
    a, b = pair
    for method in METHODS:
        flow = optical_flow(a / 255, (b / 255).astype(np.float32), method)
        np.testing.assert_allclose(flow, optical_flow(a, b, method), atol=1e-6)


def test_lcn_repairs_a_change_of_light(pair):
    a, b = pair
    brighter = np.rint(b * 1.02 + 1.5).astype(np.uint8)
    errors = [
        np.abs(optical_flow(a, brighter, "lk", p) - [0.5, 0])[10:-10, 10:-10].mean()
        for p in (None, "lcn")
    ]
    assert max(errors) < 0.05


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.uint8), "reference must"),
        (np.zeros((8, 8), np.uint8), np.zeros(8, np.uint8), "moving must be a gray"),
        (np.zeros((8, 8), np.uint8), np.zeros((8, 9), np.uint8), "one size"),
        (np.zeros((0, 8), np.uint8), np.zeros((0, 8), np.uint8), "reference must"),
        (np.zeros((8, 8), int), np.zeros((8, 8), np.uint8), "reference must be uint8"),
        (np.full((8, 8), np.nan), np.zeros((8, 8)), "reference holds NaN"),
        (np.zeros((8, 8)), np.full((2, 8, 8), np.inf), "moving holds NaN"),
        (np.full((8, 8), 200.0), np.zeros((8, 8)), "divide gray levels by 255"),
    ],
)
def test_bad_images_are_named(a, b, message):
    with pytest.raises(ValueError, match=message):
        optical_flow(a, b)


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("flownet", {}, "'method' parameter must be one of 'lk', 'farneback'"),
        ("lk", {"prefilter": "clahe"}, "'prefilter' parameter"),
        ("lk", {"winsize": 15}, "'lk' has no option 'winsize'. Its options are 'win"),
        ("lk", {"window": 24}, "'window' parameter must be an odd int"),
        ("lk", {"smoothing": 4}, "'smoothing' .* odd int of at least 1 or None"),
        ("lk", {"regularization": 0}, "'regularization' parameter must be .* above 0"),
        ("lk", {"iterations": 0}, "'iterations' parameter"),
        ("lk", {"levels": 3}, "'levels' parameter"),
        ("farneback", {"pyr_scale": 1.0}, "'pyr_scale' parameter"),
        ("farneback", {"gaussian": 1}, "'gaussian' parameter"),
        ("dis", {"preset": "slow"}, "'preset' parameter must be one of 'ultrafast'"),
        ("tvl1", {"median_filtering": 2}, "'median_filtering' parameter"),
        ("tvl1", {"tau": -1}, "'tau' parameter"),
    ],
)
def test_bad_options_are_named(pair, method, options, message):
    with pytest.raises(ValueError, match=message):
        optical_flow(*pair, method, **options)


def test_dis_says_how_small_is_too_small():
    small = np.zeros((12, 20), np.uint8)
    with pytest.raises(ValueError, match="at least 16 by 16"):
        optical_flow(small, small, "dis")
