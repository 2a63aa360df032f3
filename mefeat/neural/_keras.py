"""Weights of Keras, as the authors of MEAN released them, into our modules.

A Keras HDF5 file holds a group for each layer with the datasets ``kernel:0``,
``bias:0`` and, for batch norm, ``gamma:0``, ``beta:0``, ``moving_mean:0`` and
``moving_variance:0``.  Layers are told apart by the shapes of their arrays and taken in
the file's own order (``layer_names``), so that their names do not matter.
"""

from pathlib import Path

import numpy as np

from mefeat.exceptions import MissingDependencyError

__all__ = ["read_recognizer", "read_spotter"]

_FILTERS = (3, 3, 8)
# Values of one array; the network's largest has under ten thousand.
_LARGEST = 10**6

# Names of the arrays of a batch norm: ours, Keras'.
_NORM_NAMES = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


def _import_h5py():
    try:
        import h5py
    except ImportError as error:
        raise MissingDependencyError(
            f"h5py is needed to read Keras weights, but does not import ({error}). "
            "Install it with 'pip install \"mefeat[neural]\"'."
        ) from error
    return h5py


def _datasets(group, h5py):
    """Give the arrays of a layer under the last part of their names."""
    found = {}

    def visit(name, item):
        if not isinstance(item, h5py.Dataset):
            return
        # A file of a few bytes may claim any size; numbers alone are weights.
        if item.size is None or item.size > _LARGEST or item.dtype.kind not in "fiu":
            raise ValueError(f"{name} holds {item.dtype} of shape {item.shape}")
        found[name.rsplit("/", 1)[-1].split(":")[0]] = np.asarray(item)

    group.visititems(visit)
    return found


def _layers(path):
    h5py = _import_h5py()
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file of weights")
    try:
        with h5py.File(path, "r") as file:
            root = file.get("model_weights", file)
            names = root.attrs.get("layer_names", list(root))
            names = [n.decode() if isinstance(n, bytes) else str(n) for n in names]
            return [a for n in names if (a := _datasets(root[n], h5py))]
    except Exception as error:  # of the library, on whatever a damaged byte makes
        raise ValueError(
            f"{path}: not a file of Keras weights that can be read ({error})"
        ) from None


def _take(layers, path, what, last=False, **shapes):
    """Take out the first (or last) layer whose arrays have these shapes."""
    fitting = [
        index
        for index, layer in enumerate(layers)
        if all(n in layer and layer[n].shape == s for n, s in shapes.items())
    ]
    if fitting:
        return layers.pop(fitting[-1 if last else 0])
    raise ValueError(
        f"{path}: no {what} with the shapes "
        f"{', '.join(f'{n} {s}' for n, s in shapes.items())}; it is not the network of "
        "MEAN that was asked for"
    )


def _kernel(array):
    """Keras: height, width, in, out; torch: out, in, height, width."""
    return np.ascontiguousarray(array.transpose(3, 2, 0, 1))


def read_spotter(path):
    """Read the spotting network, from its own file or from that of both networks.

    Parameters
    ----------
    path : path
        HDF5 file.

    Returns
    -------
    dict of ndarray
        As from ``save_weights(make_mean_spotter())``.

    Raises
    ------
    FileNotFoundError, ValueError
        If the file is missing, is no Keras file or holds another network.
    """
    return _read(path, 1)


def read_recognizer(path, n_classes):
    """Read the recognition network, from its own file or from that of both networks.

    Parameters
    ----------
    path : path
        HDF5 file.
    n_classes : int
        At least 2.

    Returns
    -------
    dict of ndarray
        As from ``save_weights(make_mean_recognizer(n_classes))``.

    Raises
    ------
    FileNotFoundError, ValueError
        If the file is missing, is no Keras file or holds another network.
    """
    return _read(path, n_classes)


def _read(path, n_outputs):
    layers = _layers(path)
    weights = {}
    for index, n in enumerate(_FILTERS):
        layer = _take(layers, path, "convolution", kernel=(5, 5, 1, n), bias=(n,))
        weights[f"0.convolutions.{index}.weight"] = _kernel(layer["kernel"])
        weights[f"0.convolutions.{index}.bias"] = layer["bias"]
    for index, n in enumerate(_FILTERS):
        layer = _take(
            layers, path, "batch norm", **dict.fromkeys(_NORM_NAMES.values(), (n,))
        )
        for ours, keras in _NORM_NAMES.items():
            weights[f"0.norms.{index}.{ours}"] = layer[keras]
        weights[f"0.norms.{index}.num_batches_tracked"] = np.array(0)
    # In the file of both networks, the spotter's convolution comes first.
    layer = _take(
        layers,
        path,
        "convolution",
        last=n_outputs > 1,
        kernel=(5, 5, sum(_FILTERS), 8),
        bias=(8,),
    )
    weights["1.convolution.weight"] = _kernel(layer["kernel"])
    weights["1.convolution.bias"] = layer["bias"]
    layer = _take(
        layers, path, "dense layer", kernel=(392, n_outputs), bias=(n_outputs,)
    )
    weights["1.dense.weight"] = np.ascontiguousarray(layer["kernel"].T)
    weights["1.dense.bias"] = layer["bias"]
    return weights
