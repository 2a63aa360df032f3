"""Weights of Keras, as the authors of MEAN released them, into our modules.

A Keras HDF5 file holds a group for each layer with the datasets ``kernel:0``,
``bias:0`` and, for batch norm, ``gamma:0``, ``beta:0``, ``moving_mean:0`` and
``moving_variance:0``.  Layers are told apart by the shapes of their arrays and taken in
the file's own order (``layer_names``), so that their names do not matter.
"""

from pathlib import Path

import numpy as np

from mefeat.exceptions import MissingDependencyError

__all__ = ["read_spotter"]


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
        if isinstance(item, h5py.Dataset):
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
    except (OSError, KeyError, AttributeError) as error:
        raise ValueError(
            f"{path}: not a file of Keras weights that can be read ({error})"
        ) from None


def _take(layers, path, what, **shapes):
    """Take the first layer whose arrays have these shapes."""
    for layer in layers:
        fits = (n in layer and layer[n].shape == s for n, s in shapes.items())
        if all(fits):
            layers.remove(layer)
            return layer
    raise ValueError(
        f"{path}: no {what} with the shapes "
        f"{', '.join(f'{n} {s}' for n, s in shapes.items())}; it is not MEAN's "
        "spotting network"
    )


def _kernel(array):
    """Keras: height, width, in, out; torch: out, in, height, width."""
    return np.ascontiguousarray(array.transpose(3, 2, 0, 1))


def read_spotter(path):
    """Read the spotting network.

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
    layers = _FilteredList(_layers(path))
    weights = {}
    for index, n in enumerate((3, 3, 8)):
        layer = _take(layers, path, "convolution", kernel=(5, 5, 1, n), bias=(n,))
        weights[f"0.convolutions.{index}.weight"] = _kernel(layer["kernel"])
        weights[f"0.convolutions.{index}.bias"] = layer["bias"]
    for index, n in enumerate((3, 3, 8)):
        names = {
            "weight": "gamma",
            "bias": "beta",
            "running_mean": "moving_mean",
            "running_var": "moving_variance",
        }
        shapes = dict.fromkeys(names.values(), (n,))
        layer = _take(layers, path, "batch norm", **shapes)
        for ours, keras in names.items():
            weights[f"0.norms.{index}.{ours}"] = layer[keras]
        weights[f"0.norms.{index}.num_batches_tracked"] = np.array(0)
    layer = _take(layers, path, "convolution", kernel=(5, 5, 14, 8), bias=(8,))
    weights["1.convolution.weight"] = _kernel(layer["kernel"])
    weights["1.convolution.bias"] = layer["bias"]
    layer = _take(layers, path, "dense layer", kernel=(392, 1), bias=(1,))
    weights["1.dense.weight"] = np.ascontiguousarray(layer["kernel"].T)
    weights["1.dense.bias"] = layer["bias"]
    return weights


class _FilteredList(list):
    """A list that removes by identity, since arrays do not compare to a truth."""

    def remove(self, item):
        del self[next(i for i, other in enumerate(self) if other is item)]
