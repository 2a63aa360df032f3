"""Power normalisation, the Laplacian kernel, centred maps."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from mefeat.flow import FlowMap
from mefeat.recognition import LaplacianKernel, PowerNormalizer, VarianceScaler


def test_power_normalisation():
    rows = PowerNormalizer(0.5).fit_transform(np.array([[9.0, -16.0], [0.0, 0.0]]))
    assert np.allclose(rows, [[0.6, -0.8], [0.0, 0.0]])
    one = PowerNormalizer(1.0).fit_transform(np.array([[3.0, 4.0]]))
    assert np.allclose(one, [[0.6, 0.8]])


def test_kernel_is_that_of_its_formula(rng):
    train, test = rng.normal(size=(7, 3)), rng.normal(size=(4, 3))
    kernel = LaplacianKernel(gamma=0.7)
    square = kernel.fit_transform(train)
    mean = cdist(train, train, "cityblock").mean()
    assert np.allclose(square, np.exp(-0.7 * cdist(train, train, "cityblock") / mean))
    expected = np.exp(-0.7 * cdist(test, train, "cityblock") / mean)
    assert np.allclose(kernel.transform(test), expected)
    assert np.allclose(kernel.fit(100 * train).transform(100 * test), expected)


def test_constant_rows(rng):
    assert np.allclose(LaplacianKernel().fit_transform(np.ones((3, 2))), 1)
    assert np.allclose(VarianceScaler().fit_transform(np.ones((3, 2))), 0)


def test_scaled_variances_sum_to_one(rng):
    rows = VarianceScaler().fit_transform(rng.normal(3, 7, (20, 5)))
    assert rows.var(axis=0).sum() == pytest.approx(1)
    assert np.allclose(rows.mean(axis=0), 0)


def test_svm_on_the_kernel(rng):
    X = rng.normal(size=(30, 4))
    y = np.repeat([0, 1, 2], 10)
    X[np.arange(30), y] += 5
    model = make_pipeline(LaplacianKernel(), SVC(kernel="precomputed", C=10))
    assert model.fit(X, y).score(X, y) == 1.0


@pytest.mark.parametrize("value", [0, -1, "a", np.nan])
def test_bad_parameters(value):
    with pytest.raises(ValueError, match="'gamma' parameter of LaplacianKernel"):
        LaplacianKernel(gamma=value).fit([[1.0], [2.0]])
    with pytest.raises(ValueError, match="'power' parameter of PowerNormalizer"):
        PowerNormalizer(power=value).fit([[1.0], [2.0]])


def test_centred_maps(rng):
    maps = rng.integers(0, 256, (2, 28, 28, 3), dtype=np.uint8)
    flow = FlowMap(size=28, center="median", output="map").fit_transform(maps)
    assert np.allclose(np.median(flow[..., :2], axis=(1, 2)), 0)
    assert np.allclose(flow[..., 2], maps[..., 2])
    shifted = maps.astype(float)
    shifted[..., 0] += 40
    again = FlowMap(size=28, center="median", output="map").fit_transform(shifted)
    assert np.allclose(again, flow)
    with pytest.raises(ValueError, match="'center' parameter of FlowMap"):
        FlowMap(center="mean").fit(maps)
