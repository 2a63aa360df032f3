"""Training of small networks: the same seed gives the same weights, killed or not."""

import copy
import hashlib
import json
import logging
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mefeat._atomic import make_folder, replacing
from mefeat.neural._torch import import_torch

__all__ = [
    "digest",
    "load_weights",
    "n_values",
    "predict_batches",
    "save_weights",
    "train",
]

logger = logging.getLogger(__name__)


def n_values(network):
    """Count the values of a network: parameters and batch-norm statistics."""
    torch = import_torch()
    values = [*network.parameters()]
    values += [b for b in network.buffers() if b.dtype != torch.int64]
    return sum(v.numel() for v in values)


def save_weights(network):
    """Give the values of a network as a dict of arrays, which pickles anywhere."""
    state = network.state_dict()
    return {name: value.detach().cpu().numpy().copy() for name, value in state.items()}


def load_weights(network, weights):
    """Put arrays into a network and give it."""
    torch = import_torch()
    state = {name: torch.as_tensor(np.array(value)) for name, value in weights.items()}
    network.load_state_dict(state)
    return network


def _epoch_seed(seed, epoch):
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0])


def digest(settings, arrays):
    """Give the SHA-256 of settings and arrays as a hexadecimal number.

    Parameters
    ----------
    settings : dict
        What JSON can write, with sorted keys.
    arrays : sequence of ndarray

    Returns
    -------
    str
    """
    made = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode())
    for array in arrays:
        made.update(f"{array.dtype} {array.shape} ".encode())
        made.update(np.ascontiguousarray(array).data)
    return made.hexdigest()


class _Checkpoint:
    """The state after an epoch, in a file that is replaced as a whole.

    A path without a suffix is a folder, in which each training has a file named after
    its fingerprint.  A file that belongs to other data or settings, or that is damaged,
    is ignored.
    """

    def __init__(self, path, fingerprint, name):
        self.path = None if path is None else Path(path)
        if self.path is not None and (self.path.is_dir() or not self.path.suffix):
            self.path = self.path / f"{name}-{fingerprint[:16]}.pt"
        self.fingerprint = fingerprint

    def load(self, network, optimizer, n_epochs):
        """Restore a state of at most `n_epochs`; give the losses of its epochs."""
        if self.path is None or not self.path.is_file():
            return []
        torch = import_torch()
        before = copy.deepcopy(network.state_dict())
        try:
            state = torch.load(self.path, weights_only=True, map_location="cpu")
            fits = state["fingerprint"] == self.fingerprint
            if not fits or len(state["losses"]) > n_epochs:
                logger.info("%s holds another training: starting anew", self.path)
                return []
            network.load_state_dict(state["network"])
            optimizer.load_state_dict(state["optimizer"])
            losses = [float(value) for value in state["losses"]]
        except Exception as error:  # whatever a damaged byte makes of it
            logger.warning("%s cannot be read (%s): starting anew", self.path, error)
            network.load_state_dict(before)
            return []
        logger.info("%s: going on after epoch %d", self.path, len(losses))
        return losses

    def save(self, network, optimizer, losses):
        if self.path is None:
            return
        torch = import_torch()
        make_folder(self.path.parent)
        with (
            replacing(self.path, durable=True) as temporary,
            temporary.open("wb") as file,
        ):
            torch.save(
                {
                    "fingerprint": self.fingerprint,
                    "network": network.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "losses": losses,
                },
                file,
            )


def train(
    network,
    inputs,
    targets,
    *,
    loss,
    parameters,
    n_epochs,
    batch_size,
    learning_rate,
    seed,
    device,
    epsilon=1e-8,
    penalty=None,
    frozen=None,
    checkpoint=None,
    name="network",
    settings=None,
    verbose=False,
):
    """Train a network with Adam.

    Each epoch draws its order and its dropout from (seed, epoch) alone, so that a run
    that is killed and taken up again ends with the same weights.  The state is written
    after each epoch: whatever stops a run, Ctrl-C included, costs one epoch at most.

    Parameters
    ----------
    network : torch Module
        On `device`; trained in place.
    inputs, targets : ndarray
        First axis: samples.
    loss : callable (outputs, targets) -> scalar tensor
    parameters : list of tensors
        Those that are trained.
    n_epochs, batch_size : int
    learning_rate : float
    seed : int
    device : torch device
    epsilon : float, default=1e-8
        Of Adam.
    penalty : callable () -> scalar tensor, optional
        Added to the loss.
    frozen : torch Module, optional
        Kept in evaluation mode.
    checkpoint : path, optional
        File that the state is written to after each epoch, and taken up from; without
        a suffix a folder, in which the file is named after `name` and a fingerprint of
        data, settings and seed.
    name : str
        What is trained.
    settings : dict, optional
        What else has to be equal for a checkpoint to fit.
    verbose : bool, default=False
        Show a progress bar.

    Returns
    -------
    list of float
        Mean loss of each epoch, those of earlier runs included.
    """
    torch = import_torch()
    optimizer = torch.optim.Adam(parameters, lr=learning_rate, eps=epsilon)
    identity = {"name": name, "seed": seed, **(settings or {})}
    keeper = _Checkpoint(checkpoint, digest(identity, [inputs, targets]), name)
    losses = keeper.load(network, optimizer, n_epochs)
    x = torch.as_tensor(inputs, dtype=torch.float32, device=device)
    y = torch.as_tensor(targets, device=device)
    cuda = [device] if device.type == "cuda" else []
    bar = tqdm(
        range(len(losses), n_epochs), desc=f"{name}, epochs", disable=not verbose
    )
    for epoch in bar:
        with torch.random.fork_rng(devices=cuda):
            torch.manual_seed(_epoch_seed(seed, epoch))
            network.train()
            if frozen is not None:
                frozen.eval()
            order = torch.randperm(len(x), device="cpu")
            total = 0.0
            for batch in order.split(batch_size):
                optimizer.zero_grad()
                value = loss(network(x[batch]), y[batch])
                total += float(value.detach()) * len(batch)
                (value if penalty is None else value + penalty()).backward()
                optimizer.step()
        losses.append(total / len(x))
        bar.set_postfix(loss=f"{losses[-1]:.4g}", refresh=False)
        logger.debug("%s: epoch %d, loss %.6g", name, epoch + 1, losses[-1])
        keeper.save(network, optimizer, losses)
    network.eval()
    return losses


def predict_batches(network, inputs, device, batch_size=512):
    """Give the outputs of a network in evaluation mode as a float32 array."""
    torch = import_torch()
    network.eval()
    outputs = []
    with torch.inference_mode():
        for start in range(0, len(inputs), batch_size):
            part = np.ascontiguousarray(inputs[start : start + batch_size])
            x = torch.as_tensor(part, dtype=torch.float32, device=device)
            outputs.append(network(x).cpu().numpy())
    return np.concatenate(outputs)
