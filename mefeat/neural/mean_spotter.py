"""`MEANSpotter`: scores of frames by MEAN's network, peaks of the scores."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from mefeat._typing import PathLike, SequenceLike
from mefeat._validation import (
    as_object_array,
    check_clips,
    check_int,
    check_intervals,
    check_real,
)
from mefeat.base import SpotterMixin
from mefeat.neural._base import NetworkEstimator
from mefeat.neural._networks import make_mean_spotter
from mefeat.neural._spotting import half_length, intervals_of_scores, pseudo_labels
from mefeat.neural._torch import import_torch
from mefeat.neural._training import predict_batches
from mefeat.neural.preprocessing import MEANMaps

__all__ = ["HEAD_L2", "TRUNK_L2", "MEANSpotter", "squares"]

# Weight decay of the published training: first convolutions, later convolution.
TRUNK_L2, HEAD_L2 = 1e-3, 0.1


def squares(convolutions):
    """Give the sum of the squares of the kernels of convolutions."""
    return sum((c.weight**2).sum() for c in convolutions)


class MEANSpotter(SpotterMixin, NetworkEstimator):
    """Spot micro-expressions by MEAN's network, which scores each frame.

    Parameters
    ----------
    p : float, default=0.55
        Threshold on the smoothed scores, mean + p (max - mean), for each video.
    half_length : int, optional
        k_p, half the length of every interval in frames; by default half the mean
        length of the training intervals.  Published: 34 for CASME II (200 frames/s), 6
        for CAS(ME)^2 (30) and 37 for SAMM-LV (200).
    n_epochs : int, default=10
        All are run; no epoch is picked by looking at test data.
    batch_size : int, default=32
        Frames in a step of training.
    learning_rate : float, default=5e-4
        Of Adam.
    negatives : float or None, default=5.0
        Training frames without an expression, drawn at random, for each one with; None
        takes all.
    step : float, default=0.1
        Time step of the flow in seconds.
    flow : {"tvl1", "lk", "farneback", "dis"}, default="tvl1"
        See `MEANMaps`.
    device : str, default="auto"
        "auto", "cpu", "cuda" or another torch device.
    checkpoint : path, optional
        Where the state is kept after each epoch; a run that was interrupted goes on
        there and ends with the same weights.  A path with a suffix ("state.pt") is one
        file; one without is a folder, in which every training has a file named after a
        fingerprint of its data, settings and seed, so that the folds of `loso_predict`
        and the parts of a composition can share it.  Needs a `random_state`.
    random_state : int, RandomState or None, default=None
        First weights, choice and order of frames, dropout.
    memory, n_jobs
        Cache and jobs of the maps, which take most of the time: with a cache, the folds
        of a cross-validation share them.
    verbose : bool, default=False
        Show a progress bar over epochs.

    Attributes
    ----------
    weights_ : dict of ndarray
        Values of the network.
    half_length_ : int
        k_p in frames, at the training videos' frame rate.
    losses_ : list of float
        Mean squared error of each epoch.

    See Also
    --------
    MEAN : Spotter and recognizer on one trunk, as published.
    mefeat.spotting.make_spotter : The classical default.

    Notes
    -----
    Target of frame i is 1 if the window [i, i + k_p - 1] meets a true interval, else 0.
    The scores of a video are smoothed by a box of 2 k_p frames, zeros beyond its ends;
    each peak above the threshold, at least k_p frames from a higher one, gives the
    interval [peak - k_p, peak + k_p].  Adam (epsilon 1e-7) minimises the squared error
    plus 0.001 times the squared kernels of the first three convolutions and 0.1 times
    those of the fourth; kernels start as in Keras.  Macro-expressions
    (``kind="macro"``) count as frames without an expression.

    Where this differs from the authors' code: k_p comes from the training intervals
    (theirs from all of a data set, test subjects included); the face is aligned by its
    eyes (theirs is the detector's box); Adam starts anew in each fold.  A video without
    a peak gives no interval here; the published evaluation counts a dummy detection
    there and leaves out videos without expressions, which are conventions of scoring:
    ``str_report(..., convention="mean")``.

    References
    ----------
    .. [1] Liong, G.-B., See, J., Chan, C.-S. "Spot-then-recognize: a micro-expression
       analysis network for seamless evaluation of long videos", Signal Processing:
       Image Communication 110, 2023.

    Examples
    --------
    >>> from mefeat import SpotThenRecognize
    >>> from mefeat.neural import MEANSpotter
    >>> from mefeat.recognition import make_recognizer
    >>> spotter = MEANSpotter(flow="lk", checkpoint="states", random_state=0)
    >>> mixed = SpotThenRecognize(spotter, make_recognizer())
    >>> mixed.set_params(spotter__n_epochs=5).spotter.n_epochs
    5
    """

    _epsilon = 1e-7

    def __init__(
        self,
        p: float = 0.55,
        half_length: int | None = None,
        n_epochs: int = 10,
        batch_size: int = 32,
        learning_rate: float = 5e-4,
        negatives: float | None = 5.0,
        step: float = 0.1,
        flow: str = "tvl1",
        device: str = "auto",
        checkpoint: PathLike | None = None,
        random_state: int | np.random.RandomState | None = None,
        memory: Any = None,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.p = p
        self.half_length = half_length
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.negatives = negatives
        self.step = step
        self.flow = flow
        self.device = device
        self.checkpoint = checkpoint
        self.random_state = random_state
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _check_params(self):
        self._check_training()
        owner = type(self).__name__
        check_real("p", self.p, low=0, high=1, owner=owner)
        check_int("half_length", self.half_length, low=1, none=True, owner=owner)
        check_real("negatives", self.negatives, low=0, none=True, owner=owner)

    def _network(self):
        return make_mean_spotter()

    def _maps(self, videos):
        maker = MEANMaps(
            step=self.step, flow=self.flow, memory=self.memory, n_jobs=self.n_jobs
        )
        return list(maker.fit(videos).transform(videos))

    def fit(self, X: SequenceLike, y: SequenceLike) -> Self:
        """Train the network.

        Parameters
        ----------
        X : sequence of videos
        y : sequence of intervals, one list for each video

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If no video has an interval.
        """
        self._check_params()
        videos = check_clips(X)
        truth = check_intervals(y, len(videos))
        micro = [[i for i in found if i.kind != "macro"] for found in truth]
        if not any(micro):
            raise ValueError("y holds no interval: there is nothing to learn from.")
        self.half_length_ = (
            half_length(micro) if self.half_length is None else int(self.half_length)
        )
        seed = self._seed()
        maps = self._maps(videos)
        labels = [
            pseudo_labels(len(m), found, self.half_length_)
            for m, found in zip(maps, micro, strict=True)
        ]
        chosen = self._choose(np.concatenate(labels), seed)
        self._fit_network(
            np.concatenate(maps)[chosen], np.concatenate(labels)[chosen], seed
        )
        return self

    def _choose(self, labels, seed):
        """Give the frames of expressions and a share of the others, as indices."""
        positive, negative = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
        if self.negatives is not None:
            wanted = min(round(self.negatives * len(positive)), len(negative))
            rng = np.random.default_rng(seed)
            negative = rng.choice(negative, wanted, replace=False)
        return np.sort(np.concatenate([positive, negative]))

    def _fit_network(self, inputs, targets, seed):
        mse = import_torch().nn.functional.mse_loss
        network = self._start(seed)
        trunk, head = network

        def penalty():
            decay = TRUNK_L2 * squares(trunk.convolutions)
            return decay + HEAD_L2 * squares([head.convolution])

        self._train(
            network,
            inputs,
            targets,
            seed,
            loss=lambda outputs, wanted: mse(outputs[:, 0], wanted),
            penalty=penalty,
            parameters=list(network.parameters()),
        )

    @classmethod
    def from_keras_weights(
        cls, path: PathLike, half_length: int, **params: Any
    ) -> Self:
        """Make a spotter from the authors' released weights.

        Parameters
        ----------
        path : path
            HDF5 file of Keras weights: of the spotting network, or of both together.
        half_length : int
            k_p in frames: 34 for CASME II, 6 for CAS(ME)^2, 37 for SAMM-LV.
        **params
            Parameters of the estimator.

        Returns
        -------
        MEANSpotter
            Ready to predict.

        Raises
        ------
        FileNotFoundError, ValueError
            If the file is missing, is no Keras file or holds another network.
        """
        from mefeat.neural._keras import read_spotter

        spotter = cls(half_length=half_length, **params)
        spotter._check_params()
        spotter.weights_ = read_spotter(path)
        spotter.half_length_ = int(half_length)
        spotter.losses_ = []
        return spotter

    def decision_function(self, X: SequenceLike) -> NDArray[Any]:
        """Give the network's score of each frame that has a successor.

        Parameters
        ----------
        X : sequence of videos

        Returns
        -------
        ndarray of shape (n_videos,), object
            Arrays of float32, about 1 in an expression and 0 outside; each is one time
            step shorter than its video.
        """
        check_is_fitted(self)
        network, device = self._trained()
        maps = self._maps(check_clips(X))
        return as_object_array(predict_batches(network, m, device)[:, 0] for m in maps)

    def predict(self, X: SequenceLike) -> NDArray[Any]:
        """Spot in each video.

        Parameters
        ----------
        X : sequence of videos

        Returns
        -------
        ndarray of shape (n_videos,), object
            Lists of Interval [peak - k_p, peak + k_p], which may begin before the video
            does or end after it.
        """
        return as_object_array(
            intervals_of_scores(scores, self.half_length_, self.p)
            for scores in self.decision_function(X)
        )
