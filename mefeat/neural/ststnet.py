"""`STSTNet`, the shallow network whose published rows are the field's yardstick."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import softmax
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from mefeat._typing import Array, PathLike, SequenceLike
from mefeat._validation import check_labels
from mefeat.flow import FlowMap
from mefeat.neural._base import NetworkEstimator
from mefeat.neural._networks import make_ststnet
from mefeat.neural._torch import import_torch
from mefeat.neural._training import predict_batches

__all__ = ["STSTNet"]


class STSTNet(ClassifierMixin, NetworkEstimator):
    """Name the emotion of clips by STSTNet.

    Parameters
    ----------
    n_epochs : int, default=500
        All are run; no epoch is picked by looking at test data.  The authors' MATLAB
        code runs 500, their Python code 800.
    batch_size : int, default=256
        Clips in a step of training.
    learning_rate : float, default=5e-5
        Of Adam.
    flow : {"tvl1", "lk", "farneback", "dis"}, default="tvl1"
        Method of the flow from onset to apex.
    device : str, default="auto"
        "auto", "cpu", "cuda" or another torch device.
    checkpoint : path, optional
        File or folder for the state after each epoch; see `MEANSpotter`.
    random_state : int, RandomState or None, default=None
        First weights, order of clips, dropout.
    memory, n_jobs
        Cache and jobs of the maps.
    verbose : bool, default=False
        Show a progress bar over epochs.

    Attributes
    ----------
    classes_ : ndarray
    weights_ : dict of ndarray
    losses_ : list of float
        Cross-entropy of each epoch.

    See Also
    --------
    mefeat.recognition.make_recognizer : The SVM on the same maps ("flow-map").

    Notes
    -----
    Three streams see the same map: a convolution of 3 x 3 with 3, 5 and 8 filters,
    ReLU, batch norm, the maximum over 3 x 3 and dropout of 0.5 each; their 16 channels
    are averaged over 2 x 2, and a dense layer names the 5 x 5 x 16 values.

    Ready maps, an array of shape (n, 28, 28, 3) with the channels u, v and strain, are
    either uint8 or floats in [0, 1], which are taken times 255: the published network
    sees values from 0 to 255.

    Published for 68 subjects of SMIC, CASME II and SAMM, leave-one-subject-out: UF1
    0.7353; the "UAR" of 0.7605 beside it is the macro precision of those predictions,
    whose recall is 0.7186.

    References
    ----------
    .. [1] Liong, S.-T., Gan, Y. S., See, J., Khor, H.-Q., Huang, Y.-C. "Shallow triple
       stream three-dimensional CNN (STSTNet) for micro-expression recognition", FG
       2019.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.neural import STSTNet
    >>> maps = np.zeros((8, 28, 28, 3), dtype=np.uint8)
    >>> maps[::2, :14] = 255
    >>> model = STSTNet(n_epochs=40, learning_rate=0.01, random_state=0)
    >>> model.fit(maps, ["up", "down"] * 4).predict(maps[:2])
    array(['up', 'down'], dtype='<U4')
    """

    def __init__(
        self,
        n_epochs: int = 500,
        batch_size: int = 256,
        learning_rate: float = 5e-5,
        flow: str = "tvl1",
        device: str = "auto",
        checkpoint: PathLike | None = None,
        random_state: int | np.random.RandomState | None = None,
        memory: Any = None,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.flow = flow
        self.device = device
        self.checkpoint = checkpoint
        self.random_state = random_state
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags

    def _network(self):
        return make_ststnet(len(self.classes_))

    def _maps(self, X):
        if isinstance(X, np.ndarray) and X.ndim == 4 and X.shape[-1] == 3:
            maps = X
        else:
            maps = FlowMap(
                size=28,
                output="map",
                scaling="ststnet",
                method=self.flow,
                memory=self.memory,
                n_jobs=self.n_jobs,
            ).fit_transform(X)
        if maps.ndim != 4 or maps.shape[1:] != (28, 28, 3):
            raise ValueError(
                "Ready maps must have the shape (n_maps, 28, 28, 3). Got "
                f"{maps.shape} instead."
            )
        if maps.dtype == np.uint8:
            return maps.astype(np.float32)
        if not np.isfinite(maps).all():
            raise ValueError("X holds NaN or infinity.")
        return maps.astype(np.float32) * np.float32(255)

    def fit(self, X: SequenceLike, y: ArrayLike) -> Self:
        """Train the network.

        Parameters
        ----------
        X : sequence of clips, or ready maps of shape (n_clips, 28, 28, 3)
        y : array of shape (n_clips,)
            Emotions.

        Returns
        -------
        self
        """
        self._check_training()
        maps = self._maps(X)
        y = check_labels(y, len(maps))
        self.classes_, targets = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y must hold at least two emotions. Got {self.classes_.tolist()} "
                "instead."
            )
        seed = self._seed()
        network = self._start(seed)
        self._train(
            network,
            maps,
            targets.astype(np.int64),
            seed,
            loss=import_torch().nn.functional.cross_entropy,
            parameters=list(network.parameters()),
            settings={"classes": self.classes_.tolist()},
        )
        return self

    def _outputs(self, X):
        check_is_fitted(self)
        network, device = self._trained()
        return predict_batches(network, self._maps(X), device)

    def predict_proba(self, X: SequenceLike) -> Array:
        """Give the probability of each class.

        Parameters
        ----------
        X : sequence of clips, or ready maps

        Returns
        -------
        ndarray of shape (n_clips, n_classes)
        """
        return softmax(self._outputs(X).astype(np.float64), axis=1)

    def predict(self, X: SequenceLike) -> Array:
        """Name the emotion of each clip.

        Parameters
        ----------
        X : sequence of clips, or ready maps

        Returns
        -------
        ndarray of shape (n_clips,)
        """
        return self.classes_[self._outputs(X).argmax(axis=1)]
