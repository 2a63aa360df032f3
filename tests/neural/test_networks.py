import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='pip install "mefeat[neural]"')

from mefeat.neural._networks import (  # noqa: E402
    make_mean_head,
    make_mean_recognizer,
    make_mean_spotter,
    make_mean_trunk,
    make_ststnet,
    start_network,
)
from mefeat.neural._training import (  # noqa: E402
    load_weights,
    n_values,
    predict_batches,
    save_weights,
    train,
)

CPU = torch.device("cpu")


def test_published_numbers_of_values():
    spotter = make_mean_spotter()
    assert n_values(spotter) == 3621
    statistics = [b for b in spotter.buffers() if b.dtype != torch.int64]
    assert sum(b.numel() for b in statistics) == 28
    head = make_mean_head(3)
    assert n_values(head.convolution) == 2808
    assert n_values(head.dense) == 1179
    assert make_mean_trunk()(torch.zeros(2, 42, 42, 3)).shape == (2, 14, 14, 14)


def test_ststnet_shapes():
    network = make_ststnet(3).eval()
    assert network.dense.in_features == 400
    assert network(torch.zeros(2, 28, 28, 3)).shape == (2, 3)


def convolve_same(x, kernel, bias):
    """Correlate (H, W, in) with (5, 5, in, out), zero-padded, by plain loops."""
    height, width = x.shape[:2]
    padded = np.pad(x, ((2, 2), (2, 2), (0, 0)))
    out = np.empty((height, width, kernel.shape[3]))
    for i in range(height):
        for j in range(width):
            window = padded[i : i + 5, j : j + 5]
            out[i, j] = np.tensordot(window, kernel, axes=3) + bias
    return out


def pool(x, size):
    height, width = x.shape[0] // size, x.shape[1] // size
    cut = x[: height * size, : width * size]
    return cut.reshape(height, size, width, size, -1).max(axis=(1, 3))


def numpy_forward(maps, layers):
    """MEAN's spotting network in Keras' layout."""
    branches = []
    for channel, (conv, norm) in enumerate(
        zip(layers["branches"], layers["norms"], strict=True)
    ):
        x = np.maximum(convolve_same(maps[..., channel : channel + 1], *conv), 0)
        gamma, beta, mean, variance = norm
        branches.append(pool((x - mean) / np.sqrt(variance + 1e-3) * gamma + beta, 3))
    x = np.concatenate(branches, axis=-1)
    x = pool(np.maximum(convolve_same(x, *layers["conv"]), 0), 2)
    kernel, bias = layers["dense"]
    return x.ravel() @ kernel + bias


@pytest.fixture
def keras_layers(rng):
    def draw(*shape):
        return rng.normal(0, 0.3, shape).astype(np.float32)

    filters = (3, 3, 8)
    return {
        "branches": [(draw(5, 5, 1, n), draw(n)) for n in filters],
        "norms": [(draw(n), draw(n), draw(n), np.abs(draw(n)) + 0.1) for n in filters],
        "conv": (draw(5, 5, 14, 8), draw(8)),
        "dense": (draw(392, 1), draw(1)),
    }


@pytest.fixture
def keras_file(tmp_path, keras_layers):
    return write_keras(tmp_path / "weights.h5", keras_layers)


def write_keras(path, keras_layers, heads=("",)):
    """Write layers as Keras does; `heads` are suffixes of "conv" and "dense"."""
    h5py = pytest.importorskip("h5py", reason='pip install "mefeat[neural]"')
    layers = []
    for index, (kernel, bias) in enumerate(keras_layers["branches"]):
        layers.append((f"conv2d_{index}", {"kernel:0": kernel, "bias:0": bias}))
    keys = ("gamma:0", "beta:0", "moving_mean:0", "moving_variance:0")
    for index, arrays in enumerate(keras_layers["norms"]):
        layers.append((f"batch_{index}", dict(zip(keys, arrays, strict=True))))
    for name in [kind + head for kind in ("conv", "dense") for head in heads]:
        kernel, bias = keras_layers[name]
        layers.append((name, {"kernel:0": kernel, "bias:0": bias}))
    layers.insert(3, ("dropout", {}))
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name, _ in layers]
        for name, arrays in layers:
            group = file.create_group(name)
            for key, array in arrays.items():
                group.create_dataset(f"{name}/{key}", data=array)
    return path


def test_keras_weights_equal_a_numpy_twin(keras_file, keras_layers, rng):
    from mefeat.neural import MEANSpotter

    spotter = MEANSpotter.from_keras_weights(keras_file, half_length=6, device="cpu")
    assert spotter.half_length_ == 6
    network = load_weights(make_mean_spotter(), spotter.weights_)
    maps = rng.random((3, 42, 42, 3), dtype=np.float32)
    ours = predict_batches(network, maps, CPU)
    twin = np.array([numpy_forward(m, keras_layers) for m in maps])
    np.testing.assert_allclose(ours, twin, rtol=1e-4, atol=1e-4)


def test_recognizer_from_its_own_file_and_from_that_of_both(
    tmp_path, keras_layers, rng
):
    from mefeat.neural import MEANRecognizer, MEANSpotter

    both = dict(keras_layers)
    both["conv_r"] = tuple(rng.normal(0, 0.3, a.shape) for a in both["conv"])
    both["dense_r"] = (rng.normal(0, 0.3, (392, 3)), rng.normal(0, 0.3, 3))
    both = {
        k: [tuple(a.astype(np.float32) for a in b) for b in v]
        if k in ("branches", "norms")
        else tuple(a.astype(np.float32) for a in v)
        for k, v in both.items()
    }
    maps = rng.random((2, 42, 42, 3), dtype=np.float32)
    alone = {"branches": both["branches"], "norms": both["norms"]}
    alone |= {"conv": both["conv_r"], "dense": both["dense_r"]}
    expected = np.array([numpy_forward(m, alone) for m in maps])
    classes = ("negative", "positive", "surprise")
    for name, heads in [("recog.hdf5", ("_r",)), ("both.hdf5", ("", "_r"))]:
        path = write_keras(tmp_path / name, both, heads)
        model = MEANRecognizer.from_keras_weights(path, classes, device="cpu")
        network = load_weights(make_mean_recognizer(3), model.weights_)
        found = predict_batches(network, maps, CPU)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
        with pytest.raises(ValueError, match="no dense layer with the shapes"):
            MEANRecognizer.from_keras_weights(path, ("a", "b"))
    spotter = MEANSpotter.from_keras_weights(path, half_length=6)
    np.testing.assert_array_equal(
        spotter.weights_["1.convolution.bias"], both["conv"][1]
    )


def test_other_files_are_refused(tmp_path, keras_file):
    from mefeat.neural._keras import read_spotter

    with pytest.raises(FileNotFoundError, match="no such file of weights"):
        read_spotter(tmp_path / "none.h5")
    broken = tmp_path / "broken.h5"
    broken.write_bytes(keras_file.read_bytes()[:100])
    with pytest.raises(ValueError, match="not a file of Keras weights"):
        read_spotter(broken)
    import h5py

    with h5py.File(tmp_path / "other.h5", "w") as file:
        file.create_group("dense").create_dataset("kernel:0", data=np.zeros((3, 3)))
    with pytest.raises(ValueError, match="no convolution with the shapes"):
        read_spotter(tmp_path / "other.h5")


def fit(checkpoint=None, n_epochs=4, seed=3, data_seed=0):
    rng = np.random.default_rng(data_seed)
    maps = rng.random((40, 28, 28, 3), dtype=np.float32)
    labels = np.arange(40) % 2
    maps[labels == 1, :14] += 1
    torch.manual_seed(0)
    network = make_ststnet(2)
    losses = train(
        network, maps, labels, loss=torch.nn.functional.cross_entropy,
        parameters=list(network.parameters()), n_epochs=n_epochs, batch_size=16,
        learning_rate=1e-2, seed=seed, device=CPU, checkpoint=checkpoint,
    )  # fmt: skip
    return save_weights(network), losses


def equal(a, b):
    return all(np.array_equal(a[name], b[name]) for name in a)


def test_same_seed_same_weights_and_the_loss_falls():
    weights, losses = fit()
    again, _ = fit()
    other, _ = fit(seed=4)
    assert equal(weights, again)
    assert not equal(weights, other)
    assert losses[-1] < losses[0]


def test_an_interrupted_run_ends_with_the_same_weights(tmp_path):
    whole, losses = fit()
    path = tmp_path / "fold" / "state.pt"
    fit(path, n_epochs=2)
    resumed, rest = fit(path)
    assert rest == losses
    assert equal(whole, resumed)
    assert [p.name for p in path.parent.iterdir()] == ["state.pt"]


def test_a_folder_keeps_one_file_for_each_training(tmp_path):
    whole, _ = fit()
    other, _ = fit(seed=4)
    folder = tmp_path / "states"
    for seed in (3, 4):
        fit(folder, n_epochs=2, seed=seed)
    assert len(list(folder.iterdir())) == 2
    assert equal(fit(folder)[0], whole)
    assert equal(fit(folder, seed=4)[0], other)
    # A state that is further on than wanted is not taken for the one that is.
    assert len(fit(folder, n_epochs=1)[1]) == 1


def test_networks_start_as_in_keras():
    trunk = start_network(make_mean_trunk, 0)
    kernel = trunk.convolutions[2].weight
    limit = np.sqrt(6 / (25 + 25 * 8))
    assert 0.9 * limit < float(kernel.detach().abs().max()) <= limit
    assert not trunk.convolutions[2].bias.detach().any()
    assert trunk.norms[0].eps == 1e-3
    again = start_network(make_mean_trunk, 0)
    assert equal(save_weights(trunk), save_weights(again))


def test_ststnet_is_three_streams(rng):
    """Slices of the one convolution, each by its own stream, give the same."""
    network = start_network(lambda: make_ststnet(3), 0).eval()
    maps = torch.as_tensor(rng.random((2, 28, 28, 3), dtype=np.float32))
    x, streams = maps.permute(0, 3, 1, 2), []
    for part in (slice(0, 3), slice(3, 8), slice(8, 16)):
        kernel, bias = network.convolution.weight[part], network.convolution.bias[part]
        stream = torch.relu(torch.nn.functional.conv2d(x, kernel, bias, padding=2))
        # First statistics: mean 0, variance 1, epsilon 1e-5.
        stream = stream / np.sqrt(1 + 1e-5)
        streams.append(torch.nn.functional.max_pool2d(stream, 3, 3, padding=1))
    pooled = torch.nn.functional.avg_pool2d(torch.cat(streams, dim=1), 2)
    assert pooled.shape == (2, 16, 5, 5)
    expected = network.dense(pooled.flatten(1)).detach().numpy()
    np.testing.assert_allclose(network(maps).detach(), expected, rtol=1e-4, atol=1e-5)


def test_foreign_or_damaged_states_are_ignored(tmp_path):
    whole, _ = fit()
    path = tmp_path / "state.pt"
    fit(path, data_seed=1)
    assert equal(fit(path)[0], whole)
    path.write_bytes(b"damaged")
    assert equal(fit(path)[0], whole)
