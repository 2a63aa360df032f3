"""What the neural estimators share: checked parameters, a seed, a trained network."""

from abc import ABC, abstractmethod

from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from mefeat._validation import check_int, check_real
from mefeat.neural._networks import start_network
from mefeat.neural._torch import choose_device, import_torch
from mefeat.neural._training import load_weights, save_weights, train

__all__ = ["NetworkEstimator"]


class NetworkEstimator(ABC, BaseEstimator):
    """Base of estimators that train one small network.

    A subclass stores ``n_epochs``, ``batch_size``, ``learning_rate``, ``device``,
    ``checkpoint``, ``random_state`` and ``verbose``.
    """

    # Of Adam: torch's own; Keras takes 1e-7.
    _epsilon = 1e-8

    def _check_training(self):
        owner = type(self).__name__
        check_int("n_epochs", self.n_epochs, low=0, owner=owner)
        check_int("batch_size", self.batch_size, low=1, owner=owner)
        check_real(
            "learning_rate", self.learning_rate, low=0, open_low=True, owner=owner
        )
        if self.checkpoint is not None and self.random_state is None:
            raise ValueError(
                f"The 'random_state' parameter of {owner} must be an int where "
                "'checkpoint' is given, or no other run could go on. Got None instead."
            )
        import_torch()
        choose_device(self.device, owner)

    def _seed(self):
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    @abstractmethod
    def _network(self):
        """Make the network, on the CPU."""

    def _start(self, seed):
        """Make the network with first values that depend on the seed alone."""
        device = choose_device(self.device, type(self).__name__)
        return start_network(self._network, seed).to(device)

    def _trained(self):
        """Give the fitted network and its device."""
        device = choose_device(self.device, type(self).__name__)
        return load_weights(self._network(), self.weights_).to(device), device

    def _train(self, network, inputs, targets, seed, *, settings=None, **options):
        """Train a network from `_start`; set ``losses_`` and ``weights_``."""
        self.losses_ = train(
            network,
            inputs,
            targets,
            n_epochs=self.n_epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            epsilon=self._epsilon,
            seed=seed,
            device=choose_device(self.device, type(self).__name__),
            checkpoint=self.checkpoint,
            name=type(self).__name__.lower(),
            settings={
                "batch": self.batch_size,
                "rate": self.learning_rate,
                **(settings or {}),
            },
            verbose=self.verbose,
            **options,
        )
        self.weights_ = save_weights(network)
