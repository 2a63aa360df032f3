"""`MEANSpotter` and `MEANRecognizer`, the challenge's spot-then-recognize baseline."""

import hashlib
from collections import Counter

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from mefeat._validation import (
    as_object_array,
    check_bool,
    check_clips,
    check_int,
    check_intervals,
    check_labels,
    check_real,
)
from mefeat.base import SpotterMixin
from mefeat.neural._networks import make_mean_head, make_mean_spotter, make_mean_trunk
from mefeat.neural._spotting import half_length, intervals_of_scores, pseudo_labels
from mefeat.neural._torch import choose_device, import_torch
from mefeat.neural._training import (
    load_weights,
    predict_batches,
    save_weights,
    train,
)
from mefeat.neural.preprocessing import ApexMaps, MEANMaps

__all__ = ["MEANRecognizer", "MEANSpotter"]

# Weight decay of the published training: first convolutions, later convolution.
_TRUNK_L2, _HEAD_L2 = 1e-3, 0.1


def _seed(random_state):
    return int(check_random_state(random_state).randint(2**31 - 1))


def _squares(convolutions):
    return sum((c.weight**2).sum() for c in convolutions)


class _MEANBase(BaseEstimator):
    """What both estimators share: maps, checked parameters, batches."""

    def _maps(self, clips):
        maker = MEANMaps(
            step=self.step, flow=self.flow, memory=self.memory, n_jobs=self.n_jobs
        )
        return list(maker.fit(clips).transform(clips))

    def _check_training(self):
        owner = type(self).__name__
        check_int("n_epochs", self.n_epochs, low=0, owner=owner)
        check_int("batch_size", self.batch_size, low=1, owner=owner)
        check_real(
            "learning_rate", self.learning_rate, low=0, open_low=True, owner=owner
        )
        import_torch()

    def _new_network(self, make, seed):
        torch = import_torch()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return make()


class MEANSpotter(SpotterMixin, _MEANBase):
    """Spot micro-expressions by MEAN's network, which scores each frame.

    Parameters
    ----------
    p : float, default=0.55
        Threshold on the smoothed scores, mean + p (max - mean), for each video.
    half_length : int, optional
        k_p, half the length of every interval in frames; by default half the mean
        length of the training intervals.
    n_epochs : int, default=10
    batch_size : int, default=32
    learning_rate : float, default=5e-4
    negatives : float or None, default=5.0
        Training frames without an expression, for each one with; None takes all.
    step : float, default=0.1
        Time step of the flow in seconds.
    flow : {"tvl1", "lk", "farneback", "dis"}, default="tvl1"
        See `MEANMaps`.
    device : str, default="auto"
        "auto", "cpu", "cuda" or another torch device.
    checkpoint : path, optional
        File for the state after each epoch; a run that was interrupted goes on there
        and ends with the same weights.
    random_state : int, RandomState or None, default=None
    memory, n_jobs
        Cache and jobs of the maps.
    verbose : bool, default=False
        Show a progress bar over epochs.

    Attributes
    ----------
    weights_ : dict of ndarray
        Values of the network.
    half_length_ : int
        k_p in frames, at the training videos' frame rate.
    losses_ : list of float
        Mean squared error of each epoch that this call ran.

    Notes
    -----
    k_p comes from the training intervals; the published one from all of a data set,
    test subjects included.  A video without a peak gives no interval; the published
    evaluation counts a dummy detection there, which is a convention of scoring
    (``str_report(..., convention="mean")``) and not done here.

    References
    ----------
    .. [1] Liong, G.-B., See, J., Chan, C.-S. "Spot-then-recognize: a micro-expression
       analysis network for seamless evaluation of long videos", Signal Processing:
       Image Communication 110, 2023.
    """

    def __init__(
        self,
        p=0.55,
        half_length=None,
        n_epochs=10,
        batch_size=32,
        learning_rate=5e-4,
        negatives=5.0,
        step=0.1,
        flow="tvl1",
        device="auto",
        checkpoint=None,
        random_state=None,
        memory=None,
        n_jobs=None,
        verbose=False,
    ):
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
        check_real("p", self.p, low=0, high=1, owner="MEANSpotter")
        check_int(
            "half_length", self.half_length, low=1, none=True, owner="MEANSpotter"
        )
        check_real("negatives", self.negatives, low=0, none=True, owner="MEANSpotter")

    def fit(self, X, y):
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
        seed = _seed(self.random_state)
        maps = self._maps(videos)
        labels = [
            pseudo_labels(len(m), found, self.half_length_)
            for m, found in zip(maps, micro, strict=True)
        ]
        inputs, targets = self._select(
            np.concatenate(maps), np.concatenate(labels), seed
        )
        self._train(inputs, targets, seed)
        return self

    def _select(self, maps, labels, seed):
        """Keep all frames of expressions and a share of the others."""
        positive, negative = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
        if self.negatives is not None:
            wanted = min(round(self.negatives * len(positive)), len(negative))
            rng = np.random.default_rng(seed)
            negative = rng.choice(negative, wanted, replace=False)
        kept = np.sort(np.concatenate([positive, negative]))
        return maps[kept], labels[kept]

    def _train(self, inputs, targets, seed):
        torch = import_torch()
        device = choose_device(self.device, "MEANSpotter")
        network = self._new_network(make_mean_spotter, seed).to(device)
        trunk, head = network

        def loss(outputs, wanted):
            return torch.nn.functional.mse_loss(outputs[:, 0], wanted)

        def penalty():
            squares = _TRUNK_L2 * _squares(trunk.convolutions)
            return squares + _HEAD_L2 * _squares([head.convolution])

        self.losses_ = train(
            network,
            inputs,
            targets,
            loss=loss,
            penalty=penalty,
            parameters=list(network.parameters()),
            n_epochs=self.n_epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            seed=seed,
            device=device,
            checkpoint=self.checkpoint,
            settings={"batch": self.batch_size, "rate": self.learning_rate},
            verbose=self.verbose,
        )
        self.weights_ = save_weights(network)

    @classmethod
    def from_keras_weights(cls, path, half_length, **params):
        """Make a spotter from the authors' released weights.

        Parameters
        ----------
        path : path
            HDF5 file of Keras weights.
        half_length : int
            k_p in frames: 34 for CASME II, 6 for CAS(ME)^2, 37 for SAMM-LV.
        **params
            Parameters of the estimator.

        Returns
        -------
        MEANSpotter
            Ready to predict.
        """
        from mefeat.neural._keras import read_spotter

        spotter = cls(half_length=half_length, **params)
        spotter._check_params()
        spotter.weights_ = read_spotter(path)
        spotter.half_length_ = int(half_length)
        spotter.losses_ = []
        return spotter

    def decision_function(self, X):
        """Give the network's score of each frame that has a successor.

        Parameters
        ----------
        X : sequence of videos

        Returns
        -------
        ndarray of shape (n_videos,), object
            Arrays of float32, about 1 in an expression and 0 outside.
        """
        check_is_fitted(self)
        device = choose_device(self.device, "MEANSpotter")
        network = load_weights(make_mean_spotter(), self.weights_).to(device)
        maps = self._maps(check_clips(X))
        return as_object_array(predict_batches(network, m, device)[:, 0] for m in maps)

    def predict(self, X):
        """Spot in each video.

        Parameters
        ----------
        X : sequence of videos

        Returns
        -------
        ndarray of shape (n_videos,), object
            Lists of Interval [peak - k_p, peak + k_p].
        """
        return as_object_array(
            intervals_of_scores(scores, self.half_length_, self.p)
            for scores in self.decision_function(X)
        )


class MEANRecognizer(ClassifierMixin, _MEANBase):
    """Name the emotion of clips by MEAN's recognition branch.

    Parameters
    ----------
    trunk : MEANSpotter, optional
        A fitted spotter whose trunk is taken over and frozen, as published; None trains
        a trunk of its own together with the branch.
    vote : bool, default=True
        Name a clip by the majority of the maps of its first half, frame by frame, as
        published for long videos; False looks at its map from onset to apex alone.
    n_epochs : int, default=100
    batch_size : int, default=32
    learning_rate : float, default=5e-4
    step, flow, device, checkpoint, random_state, memory, n_jobs, verbose
        As in `MEANSpotter`.

    Attributes
    ----------
    classes_ : ndarray
    weights_ : dict of ndarray
        Values of trunk and branch.
    losses_ : list of float
        Cross-entropy of each epoch that this call ran.

    Notes
    -----
    It is trained on one map for each clip, from onset to apex.  In a vote, the class
    that is seen first wins a tie.
    """

    def __init__(
        self,
        trunk=None,
        vote=True,
        n_epochs=100,
        batch_size=32,
        learning_rate=5e-4,
        step=0.1,
        flow="tvl1",
        device="auto",
        checkpoint=None,
        random_state=None,
        memory=None,
        n_jobs=None,
        verbose=False,
    ):
        self.trunk = trunk
        self.vote = vote
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.step = step
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

    def _check_params(self):
        self._check_training()
        check_bool("vote", self.vote, owner="MEANRecognizer")
        if self.trunk is not None:
            check_is_fitted(self.trunk)

    def fit(self, X, y):
        """Train the branch (and the trunk, where none is given).

        Parameters
        ----------
        X : sequence of clips
            From onset to offset.
        y : array of shape (n_clips,)
            Emotions.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If there are fewer than two emotions.
        """
        self._check_params()
        clips = check_clips(X, min_frames=2)
        y = check_labels(y, len(clips))
        self.classes_, targets = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y must hold at least two emotions. Got {self.classes_.tolist()} "
                "instead."
            )
        seed = _seed(self.random_state)
        maker = ApexMaps(flow=self.flow, memory=self.memory, n_jobs=self.n_jobs)
        inputs = np.stack(list(maker.fit(clips).transform(clips)))
        self._train(inputs, targets.astype(np.int64), seed)
        return self

    def _network(self):
        return import_torch().nn.Sequential(
            make_mean_trunk(), make_mean_head(len(self.classes_))
        )

    def _train(self, inputs, targets, seed):
        torch = import_torch()
        device = choose_device(self.device, "MEANRecognizer")
        network = self._new_network(self._network, seed).to(device)
        trunk, head = network
        parameters, shallow = list(head.parameters()), []
        if self.trunk is None:
            parameters, shallow = list(network.parameters()), trunk.convolutions
        else:
            given = load_weights(make_mean_spotter(), self.trunk.weights_)[0]
            trunk.load_state_dict(given.state_dict())

        def penalty():
            squares = _HEAD_L2 * _squares([head.convolution])
            return squares + _TRUNK_L2 * _squares(shallow)

        self.losses_ = train(
            network,
            inputs,
            targets,
            loss=torch.nn.functional.cross_entropy,
            penalty=penalty,
            parameters=parameters,
            frozen=None if self.trunk is None else trunk,
            n_epochs=self.n_epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            seed=seed,
            device=device,
            checkpoint=self.checkpoint,
            settings={
                "batch": self.batch_size,
                "rate": self.learning_rate,
                "classes": self.classes_.tolist(),
                "trunk": None if self.trunk is None else _digest(self.trunk.weights_),
            },
            verbose=self.verbose,
        )
        self.weights_ = save_weights(network)

    def predict(self, X):
        """Name the emotion of each clip.

        Parameters
        ----------
        X : sequence of clips

        Returns
        -------
        ndarray of shape (n_clips,)
        """
        check_is_fitted(self)
        device = choose_device(self.device, "MEANRecognizer")
        network = load_weights(self._network(), self.weights_).to(device)
        clips = check_clips(X, min_frames=2)
        found = []
        for maps in self._shown(clips):
            votes = predict_batches(network, maps, device).argmax(axis=1)
            # Counter keeps the order of appearance, so the first seen wins a tie.
            found.append(Counter(votes.tolist()).most_common(1)[0][0])
        return self.classes_[np.array(found, dtype=np.intp)]

    def _shown(self, clips):
        """Give the maps that each clip is judged by."""
        options = {"flow": self.flow, "memory": self.memory, "n_jobs": self.n_jobs}
        if not self.vote:
            return [m[None] for m in ApexMaps(**options).fit(clips).transform(clips)]
        return [
            maps[: max(1, (len(clip) - 1) // 2)]
            for clip, maps in zip(clips, self._maps(clips), strict=True)
        ]


def _digest(weights):
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(weights[name]).data)
    return digest.hexdigest()
