"""`FeatureVQA`: motion features and support vector machines that answer questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.validation import check_is_fitted

from mefeat._typing import SequenceLike
from mefeat._validation import check_bool, check_int, check_real
from mefeat.datasets._action_units import ACTION_UNITS
from mefeat.datasets._me_vqa_templates import joint_answer, parse_question
from mefeat.vqa._records import (
    QuestionAnswerer,
    check_answers,
    check_questions,
    clip_groups,
)
from mefeat.vqa.parsing import parse_units
from mefeat.vqa.prior import PriorVQA

__all__ = ["FeatureVQA"]

_UNITS = tuple(ACTION_UNITS.values())


class FeatureVQA(QuestionAnswerer, BaseEstimator):
    """Answer questions by linear support vector machines on motion maps.

    Each clip becomes a map of its motion from onset to apex (`mefeat.flow.FlowMap`),
    reduced to a few cells.  One machine names the coarse class, one the fine class, one
    for each action unit tells whether it is present, one the side of the face; the
    official sentences are made from what they say.

    Parameters
    ----------
    size : int, default=7
        Cells of the reduced map in each direction.
    C : float or sequence of float, default=(0.001, 0.003, 0.01, 0.03, 0.1)
        Inverse regularisation.  Of several values, the one with the best macro F1, mean
        of coarse and fine class, over all clips of `cv` inner folds of the training
        subjects is taken for all machines.
    cv : int, default=10
        Number of inner folds.
    mirror : bool, default=True
        Train on each map and its mirror image.
    n_units : int, default=2
        Least number of action units in an answer to a question in the plural.
    memory : None, str or joblib.Memory
        Cache of the maps of clips.
    n_jobs : int, optional
        Jobs for the maps of clips.

    Attributes
    ----------
    C_ : float
        The regularisation that was taken.
    machines_ : dict
        Fitted machine of each task: "coarse", "fine", "side" and the name of each
        action unit with training clips of both kinds.
    prior_ : PriorVQA
        Answers what no machine can.

    Notes
    -----
    An answer depends on its own clip and question alone.  In training, the rows of one
    clip are put together; when predicting, never.

    A ready map of shape (s, s, 3) is taken as it is, with the channels u, v and
    strain; in uint8 maps zero motion is the middle of the range.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.vqa import FeatureVQA
    >>> ask = "What is the coarse expression class?"
    >>> up, down = np.zeros((2, 14, 14, 3))
    >>> up[:7, :, 1], down[7:, :, 1] = -1, 1
    >>> X, y = [(up, ask), (down, ask)], ["surprise", "negative"]
    >>> model = FeatureVQA(C=1.0).fit(X, y)
    >>> model.predict([(0.9 * up, ask)])
    array(['surprise'], dtype=object)
    """

    def __init__(
        self,
        size: int = 7,
        C: float | Sequence[float] = (0.001, 0.003, 0.01, 0.03, 0.1),
        cv: int = 10,
        mirror: bool = True,
        n_units: int = 2,
        memory: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.size = size
        self.C = C
        self.cv = cv
        self.mirror = mirror
        self.n_units = n_units
        self.memory = memory
        self.n_jobs = n_jobs

    def _check_params(self):
        check_int("size", self.size, low=1, owner="FeatureVQA")
        check_int("cv", self.cv, low=2, owner="FeatureVQA")
        check_int("n_units", self.n_units, low=1, owner="FeatureVQA")
        check_bool("mirror", self.mirror, owner="FeatureVQA")
        for value in np.atleast_1d(np.asarray(self.C, dtype=object)):
            check_real("C", value, low=0, open_low=True, owner="FeatureVQA")

    # -- features --------------------------------------------------------------

    def _maps(self, clips):
        """Give the reduced map of each clip, an array (n_clips, size, size, 3)."""
        ready = [isinstance(c, np.ndarray) and _is_map(c) for c in clips]
        moving = [c for c, done in zip(clips, ready, strict=True) if not done]
        made = iter(())
        if moving:
            from mefeat.flow import FlowMap

            maker = FlowMap(output="map", memory=self.memory, n_jobs=self.n_jobs)
            made = iter(maker.fit(moving).transform(moving))
        return np.stack(
            [
                _reduce(_signed(c) if done else np.asarray(next(made)), self.size)
                for c, done in zip(clips, ready, strict=True)
            ]
        )

    # -- fitting ---------------------------------------------------------------

    def fit(self, X: SequenceLike, y: Sequence[str]) -> Self:
        """Train the machines.

        Parameters
        ----------
        X : sequence of Question
        y : sequence of str
            The true answers.

        Returns
        -------
        self
        """
        self._check_params()
        questions = check_questions(X)
        answers = check_answers(y, len(questions))
        clips, index = clip_groups(questions)
        maps = self._maps(clips)
        truth = _gather(questions, answers, index, len(clips))
        subjects = _subjects(questions, index, len(clips))
        self.C_ = self._choose(maps, truth, subjects)
        self.machines_: dict[str, Any] = {}
        for task in ("coarse", "fine"):
            self._train(task, maps, [t.get(task) for t in truth], _same)
        for unit in _UNITS:
            present = [None if "units" not in t else unit in t["units"] for t in truth]
            self._train(unit, maps, present, _same)
        self._train("side", maps, [t.get("side") for t in truth], _other_side)
        self.prior_ = PriorVQA().fit(questions, answers)
        self.n_train_ = len(clips)
        return self

    def _choose(self, maps, truth, subjects):
        candidates = [float(c) for c in np.atleast_1d(self.C)]
        if len(candidates) == 1:
            return candidates[0]
        scores = np.zeros(len(candidates))
        for task in ("coarse", "fine"):
            known = [i for i, t in enumerate(truth) if task in t]
            labels = np.array([truth[i][task] for i in known])
            groups = [subjects[i] for i in known]
            folds = self._inner_folds(labels, groups)
            if folds is not None:
                scores += [
                    self._inner_score(maps[known], labels, folds, C) for C in candidates
                ]
        return candidates[int(np.argmax(scores))]

    def _inner_folds(self, labels, groups):
        """Give folds of subjects, or of clips where subjects are unknown or few."""
        n_folds = min(int(self.cv), len(labels) // 2)
        if n_folds < 2 or len(set(labels)) < 2:
            return None
        if None not in groups and len(set(groups)) >= n_folds:
            return list(GroupKFold(n_folds).split(labels, groups=groups))
        return list(KFold(n_folds).split(labels))

    def _inner_score(self, maps, labels, folds, C):
        """Give the macro F1 over the clips of all folds together."""
        found = labels.copy()
        for train, test in folds:
            if len(set(labels[train])) < 2:
                found[test] = labels[train][0]
                continue
            features, target = self._training(maps[train], list(labels[train]), _same)
            machine = _machine(C).fit(features, target)
            found[test] = machine.predict(_flat(maps[test]))
        return f1_score(labels, found, average="macro", zero_division=0.0)

    def _training(self, maps, target, mirrored):
        features = _flat(maps)
        if self.mirror:
            features = np.concatenate([features, _flat(_mirror(maps))])
            target = target + [mirrored(label) for label in target]
        return features, np.array(target)

    def _train(self, task, maps, labels, mirrored):
        known = [i for i, label in enumerate(labels) if label is not None]
        target = [labels[i] for i in known]
        if len(set(target)) < 2:
            return
        features, target = self._training(maps[known], target, mirrored)
        self.machines_[task] = _machine(self.C_).fit(features, target)

    # -- prediction ------------------------------------------------------------

    def predict(self, X: SequenceLike) -> NDArray[Any]:
        """Answer each question.

        Parameters
        ----------
        X : sequence of Question

        Returns
        -------
        ndarray of shape (n_questions,), object
        """
        check_is_fitted(self)
        questions = check_questions(X)
        clips, index = clip_groups(questions)
        seen = self._see(_flat(self._maps(clips)))
        fallback = self.prior_.predict(questions)
        answers = []
        for question, clip, prior in zip(questions, index, fallback, strict=True):
            answer = self._answer(parse_question(question.question), seen, clip)
            answers.append(prior if answer is None else answer)
        return np.array(answers, dtype=object)

    def _see(self, features):
        """Let every machine look at every clip."""
        seen = {}
        for task, machine in self.machines_.items():
            if task in ("coarse", "fine", "side"):
                seen[task] = machine.predict(features)
            else:
                seen[task] = machine.decision_function(features)
        return seen

    def _answer(self, parsed, seen, clip):
        if parsed.kind in ("coarse", "fine", "side"):
            return str(seen[parsed.kind][clip]) if parsed.kind in seen else None
        if parsed.kind == "present":
            if parsed.unit not in seen:
                return None
            return "yes" if seen[parsed.unit][clip] > 0 else "no"
        plural = parsed.kind in ("units", "joints")
        units = self._units(seen, clip, plural)
        if parsed.kind in ("unit", "units"):
            return ", ".join(units) or None
        joint = parsed.kind in ("joint", "joints") and units
        if joint and {"fine", "coarse"} <= seen.keys():
            fine, coarse = str(seen["fine"][clip]), str(seen["coarse"][clip])
            return joint_answer(units, fine, coarse)
        return None

    def _units(self, seen, clip, plural):
        """Give the units of an answer, ascending by number as in the data."""
        strength = {u: seen[u][clip] for u in _UNITS if u in seen}
        ranked = sorted(strength, key=lambda u: -strength[u])
        if plural:
            n_positive = sum(value > 0 for value in strength.values())
            ranked = ranked[: max(self.n_units, n_positive)]
        else:
            ranked = ranked[:1]
        return [u for u in _UNITS if u in ranked]


def _machine(C):
    svm = SVC(kernel="linear", C=C, class_weight="balanced")
    return Pipeline([("scale", StandardScaler()), ("svm", svm)])


def _flat(maps):
    return maps.reshape(len(maps), -1)


def _is_map(array):
    return array.ndim == 3 and array.shape[2] == 3 and array.shape[0] == array.shape[1]


def _signed(array):
    """Give a map whose motion channels are 0 where nothing moves."""
    if array.dtype == np.uint8:
        return array.astype(np.float64) - [127.5, 127.5, 0.0]
    return array.astype(np.float64)


def _mirror(maps):
    """Mirror maps left to right: horizontal motion changes its sign."""
    return maps[:, :, ::-1] * [-1.0, 1.0, 1.0]


def _reduce(array, size):
    """Shrink a map to `size` x `size` cells by their means."""
    edges = [np.arange(size + 1) * n // size for n in array.shape[:2]]
    if min(array.shape[:2]) < size:
        raise ValueError(
            f"The 'size' parameter of FeatureVQA must not exceed the maps. Got {size} "
            f"for a map of shape {array.shape} instead."
        )
    sums = np.add.reduceat(array, edges[0][:-1], axis=0)
    sums = np.add.reduceat(sums, edges[1][:-1], axis=1)
    counts = np.diff(edges[0])[:, None] * np.diff(edges[1])[None, :]
    return sums / counts[..., None]


def _same(label):
    return label


def _other_side(label):
    return {"left": "right", "right": "left"}[label]


def _gather(questions, answers, index, n_clips):
    """Put together what the training rows say of each clip."""
    truth = [{} for _ in range(n_clips)]
    for question, answer, clip in zip(questions, answers, index, strict=True):
        kind = parse_question(question.question).kind
        if kind in ("coarse", "fine", "side"):
            truth[clip][kind] = answer.strip().lower()
        elif kind in ("unit", "units"):
            truth[clip]["units"] = set(parse_units(answer))
    return [
        {k: v for k, v in t.items() if k != "side" or v in ("left", "right")}
        for t in truth
    ]


def _subjects(questions, index, n_clips):
    subjects = [None] * n_clips
    for question, clip in zip(questions, index, strict=True):
        subjects[clip] = question.subject
    return subjects
