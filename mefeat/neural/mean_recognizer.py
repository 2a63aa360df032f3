"""`MEANRecognizer`: emotions by MEAN's recognition branch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from mefeat._typing import Array, PathLike, SequenceLike
from mefeat._validation import check_bool, check_clips, check_labels
from mefeat.exceptions import ClipError
from mefeat.neural._base import NetworkEstimator
from mefeat.neural._networks import make_mean_recognizer, make_mean_spotter
from mefeat.neural._torch import import_torch
from mefeat.neural._training import digest, load_weights, predict_batches
from mefeat.neural.mean_spotter import HEAD_L2, TRUNK_L2, squares
from mefeat.neural.preprocessing import ApexMaps, MEANMaps, frame_step

if TYPE_CHECKING:
    from mefeat.neural.mean_spotter import MEANSpotter


__all__ = ["MEANRecognizer"]


class MEANRecognizer(ClassifierMixin, NetworkEstimator):
    """Name the emotion of clips by MEAN's recognition branch.

    Parameters
    ----------
    trunk : MEANSpotter, optional
        A fitted spotter whose trunk is taken over and frozen, as published; None trains
        a trunk of its own together with the branch.  In compositions and
        cross-validation use `MEAN`, which trains the spotter of each fold first: a
        clone of a fitted spotter is not fitted.
    vote : bool, default=True
        Name a clip by the majority of the maps of its first half, frame by frame, as
        published for long videos; False looks at its map from onset to apex alone.
    n_epochs : int, default=100
        All are run; no epoch is picked by looking at test data.
    batch_size : int, default=32
        Clips in a step of training.
    learning_rate : float, default=5e-4
        Of Adam.
    step, flow, device, checkpoint, random_state, memory, n_jobs, verbose
        As in `MEANSpotter`.

    Attributes
    ----------
    classes_ : ndarray
    weights_ : dict of ndarray
        Values of trunk and branch.
    losses_ : list of float
        Cross-entropy of each epoch.

    See Also
    --------
    MEAN : Spotter and recognizer on one trunk, as published.
    mefeat.recognition.make_recognizer : The classical pipelines.

    Notes
    -----
    It is trained on one map for each clip, from onset to apex (the clip's own, else the
    frame of largest motion).  Adam (epsilon 1e-7) minimises the cross-entropy plus 0.1
    times the squared kernel of the branch's convolution.  A frozen trunk keeps its
    batch statistics, while its dropout stays on during training, as in Keras.  In a
    vote, the class that is seen first wins a tie; a clip that is too short for the time
    step is named by its map from onset to apex.

    Examples
    --------
    >>> from mefeat.neural import MEANRecognizer
    >>> MEANRecognizer(flow="lk", vote=False).n_epochs
    100
    """

    _epsilon = 1e-7

    def __init__(
        self,
        trunk: MEANSpotter | None = None,
        vote: bool = True,
        n_epochs: int = 100,
        batch_size: int = 32,
        learning_rate: float = 5e-4,
        step: float = 0.1,
        flow: str = "tvl1",
        device: str = "auto",
        checkpoint: PathLike | None = None,
        random_state: int | np.random.RandomState | None = None,
        memory: Any = None,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
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
        check_bool("vote", self.vote, owner=type(self).__name__)
        if self.trunk is not None and not hasattr(self.trunk, "weights_"):
            raise ValueError(
                "The 'trunk' parameter of MEANRecognizer must be a fitted MEANSpotter "
                "or None; mefeat.neural.MEAN fits both in turn. Got "
                f"{self.trunk!r} instead."
            )

    def _maker(self, kind, **options):
        return kind(flow=self.flow, memory=self.memory, n_jobs=self.n_jobs, **options)

    def fit(self, X: SequenceLike, y: ArrayLike) -> Self:
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
        inputs = np.stack(list(self._maker(ApexMaps).fit(clips).transform(clips)))
        self._fit_network(inputs, targets.astype(np.int64), self._seed())
        return self

    def _network(self):
        return make_mean_recognizer(len(self.classes_))

    def _fit_network(self, inputs, targets, seed):
        network = self._start(seed)
        trunk, head = network
        settings = {"classes": self.classes_.tolist(), "trunk": None}
        parameters, shallow = list(network.parameters()), trunk.convolutions
        if self.trunk is not None:
            weights = self.trunk.weights_
            given = load_weights(make_mean_spotter(), weights)[0]
            trunk.load_state_dict(given.state_dict())
            settings["trunk"] = digest({}, [weights[n] for n in sorted(weights)])
            parameters, shallow = list(head.parameters()), []

        def penalty():
            decay = HEAD_L2 * squares([head.convolution])
            return decay + TRUNK_L2 * squares(shallow)

        self._train(
            network,
            inputs,
            targets,
            seed,
            loss=import_torch().nn.functional.cross_entropy,
            penalty=penalty,
            parameters=parameters,
            # Keras freezes the statistics of a frozen network, not its dropout.
            frozen=None if self.trunk is None else trunk.norms,
            settings=settings,
        )

    @classmethod
    def from_keras_weights(
        cls, path: PathLike, classes: Sequence[str], **params: Any
    ) -> Self:
        """Make a recognizer from the authors' released weights.

        Parameters
        ----------
        path : path
            HDF5 file of Keras weights: of the recognition network, or of both together.
        classes : sequence of str
            Emotions in the order of the outputs: negative, positive, surprise for
            CAS(ME)^2 and SAMM-LV; disgust, happiness, others, surprise, repression for
            CASME II.
        **params
            Parameters of the estimator.

        Returns
        -------
        MEANRecognizer
            Ready to predict.

        Raises
        ------
        FileNotFoundError, ValueError
            If the file is missing, is no Keras file or holds another network, or one
            with another number of classes.
        """
        from mefeat.neural._keras import read_recognizer

        recognizer = cls(**params)
        recognizer._check_params()
        recognizer.classes_ = np.array(classes)
        if recognizer.classes_.ndim != 1 or len(set(classes)) != len(classes):
            raise ValueError(
                f"classes must be distinct names. Got {classes!r} instead."
            )
        recognizer.weights_ = read_recognizer(path, len(classes))
        recognizer.losses_ = []
        return recognizer

    def predict(self, X: SequenceLike) -> Array:
        """Name the emotion of each clip.

        Parameters
        ----------
        X : sequence of clips

        Returns
        -------
        ndarray of shape (n_clips,)
        """
        check_is_fitted(self)
        network, device = self._trained()
        found = []
        for maps in self._shown(check_clips(X, min_frames=2)):
            votes = predict_batches(network, maps, device).argmax(axis=1)
            # Counter keeps the order of appearance, so the first seen wins a tie.
            found.append(Counter(votes.tolist()).most_common(1)[0][0])
        return self.classes_[np.array(found, dtype=np.intp)]

    def _shown(self, clips):
        """Give the maps that each clip is judged by, arrays (n_maps, 42, 42, 3)."""
        shown = [None] * len(clips)
        voting = [i for i, c in enumerate(clips) if self.vote and self._is_long(c)]
        if voting:
            made = self._maker(MEANMaps, step=self.step).fit_transform(
                [clips[i] for i in voting]
            )
            for index, maps in zip(voting, made, strict=True):
                shown[index] = maps[: max(1, (len(clips[index]) - 1) // 2)]
        single = [i for i, maps in enumerate(shown) if maps is None]
        if single:
            made = self._maker(ApexMaps).fit_transform([clips[i] for i in single])
            for index, one in zip(single, made, strict=True):
                shown[index] = one[None]
        return shown

    def _is_long(self, clip):
        """Tell whether a clip has frames that are one time step apart."""
        if clip.fps is None:
            raise ClipError(
                "its frame rate is unknown, but the step is in seconds; give "
                "Clip(..., fps=...) or vote=False",
                clip.name,
            )
        return len(clip) > frame_step(self.step, clip.fps)
