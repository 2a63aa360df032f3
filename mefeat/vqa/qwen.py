"""`QwenVQA`: a vision-language model that answers questions, as a predictor."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from mefeat._typing import PathLike, SequenceLike
from mefeat._validation import (
    check_bool,
    check_int,
    check_option,
    check_real,
)
from mefeat.vqa._answer_log import AnswerLog
from mefeat.vqa._asking import Asker, ask
from mefeat.vqa._backends._base import Backend
from mefeat.vqa._records import (
    QuestionAnswerer,
    check_answers,
    check_questions,
    clip_groups,
)
from mefeat.vqa.inputs import ClipPictures
from mefeat.vqa.parsing import normalize_answer
from mefeat.vqa.prompts import PROMPTS, PromptTemplate

__all__ = ["QwenVQA"]

# Models that are in use, so that clones with equal settings share one.
_IN_USE: weakref.WeakValueDictionary[Any, Any] = weakref.WeakValueDictionary()
_LOCK = threading.Lock()


class QwenVQA(QuestionAnswerer, BaseEstimator):
    """Answer questions by a vision-language model of the Qwen2-VL family.

    With ``tuning=None`` it answers as it is (zero-shot, or with a saved `adapter`) and
    needs no `fit`; with ``tuning="lora"``, `fit` fine-tunes it.

    Parameters
    ----------
    model : path or str
        Folder of a checkpoint of Qwen2-VL or Qwen2.5-VL; with ``backend="openai"`` the
        model's name on the server.
    inputs : str or sequence of str, default="video"
        What is shown: ``"video"``, ``"oao"``, ``"flow"`` or any union, such as
        ``"oao+flow"``; see `mefeat.vqa.inputs`.
    n_frames : int, default=8
        Frames of ``"video"``.
    size : int, default=224
        Side of the pictures in pixels, a multiple of 28.
    align : bool, default=True
        Show the aligned face rather than the whole frame.
    max_motion : float or None, default=3.0
        Motion in pixels that ``"flow"`` paints at full brightness.
    video_fps : float, default=2.0
        Frames in a second that the model is told a video has.  At its true rate all
        frames of a micro-expression would fall on one position in time, since
        positions are whole halves of a second.
    prompt : str or PromptTemplate, default="plain"
        Name of a template in `mefeat.vqa.prompts.PROMPTS`, or one's own.
    coarse_to_fine : bool, default=False
        Ask for the coarse class first and tell the model its answer when asking for the
        fine class, and both when asking anything else.  The questions before are asked
        whether or not they stand in X.
    normalize : bool, default=True
        Write answers as the data writes them where their meaning can be told
        (`normalize_answer`); otherwise as the model put them.
    constrain : bool, default=False
        Answer closed questions with the legal answer whose tokens are the most
        probable.  Needs ``backend="transformers"``.
    max_new_tokens : int, default=64
        Longest answer to an open question.
    tuning : {None, "lora", "full"}, default=None
        What `fit` trains: nothing; low-rank adapters on the vision encoder's attention,
        the projection into the language model and its queries and keys, as the
        challenge paper; or all weights.
    tuning_options : dict, optional
        Settings of the training; see Notes.
    adapter : path, optional
        Saved LoRA adapter.
    backend : {"transformers", "openai"} or Backend, default="transformers"
        Where the model is: in this process, or on a server that speaks the OpenAI
        protocol.
    server : dict, optional
        For ``backend="openai"``: ``base_url`` (needed), ``api_key``, ``n_workers`` (8),
        ``timeout`` (120 seconds), ``n_retries`` (4), ``wait`` (0.5 seconds, doubled
        each time), ``extra_body``.
    answer_log : path, optional
        File that each answer is written to as soon as it is there, and from which
        answers are taken that were had before.  Answers are known by model, pictures
        and words.
    batch_size : int or "auto", default="auto"
        Questions answered at a time; halved where memory runs out.
    share_prefix : bool, default=True
        Encode the pictures of a clip once for all its questions.
    processor : {"auto", "library", "own"}, default="auto"
        What cuts pictures into patches.
    device, dtype : str, default="auto"
        Of the model.
    memory, n_jobs
        Cache and jobs of the pictures.
    verbose : bool, default=False
        Show the progress of answering and of training.

    Attributes
    ----------
    history_ : list of dict
        After fine-tuning: ``epoch``, ``loss`` and ``validation_loss`` of each epoch.

    Notes
    -----
    Decoding is greedy.  An answer depends on its own clip and question alone; in
    float32 it is the same for every batch size, with and without `share_prefix`.

    Models are loaded at the first need.  Estimators of equal settings, such as clones,
    share the loaded model while one of them lives; fine-tuned ones have their own.  A
    pickled estimator holds its settings and its adapter's weights, not the model's.

    Keys of `tuning_options`: ``n_epochs`` (3), ``learning_rate`` (1e-4), ``batch_size``
    (4, questions in a step through the model), ``accumulation`` (4, such steps before
    the weights change), ``rank`` (16), ``alpha`` (32), ``dropout`` (0.05),
    ``validation_fraction`` (0.1, of the subjects, or of the clips where those are
    unknown; 0 for none), ``checkpoint`` (None; a folder that the state is written to
    after each epoch, and from which a run that was ended is taken up), ``weight_decay``
    (0.0), ``random_state`` (0).

    References
    ----------
    .. [1] S. Bai et al. "Qwen2.5-VL technical report", arXiv:2502.13923, 2025.
    .. [2] Li, X. et al. "MEGC2025: micro-expression grand challenge on spot then
       recognize and visual question answering", arXiv:2506.15298, 2025.

    Examples
    --------
    >>> from mefeat.vqa import QwenVQA
    >>> model = QwenVQA("Qwen2.5-VL-3B-Instruct", inputs="oao+flow", tuning="lora")
    >>> model
    QwenVQA(inputs='oao+flow', model='Qwen2.5-VL-3B-Instruct', tuning='lora')
    """

    def __init__(
        self,
        model: PathLike,
        inputs: str | Sequence[str] = "video",
        n_frames: int = 8,
        size: int = 224,
        align: bool = True,
        max_motion: float | None = 3.0,
        video_fps: float = 2.0,
        prompt: str | PromptTemplate = "plain",
        coarse_to_fine: bool = False,
        normalize: bool = True,
        constrain: bool = False,
        max_new_tokens: int = 64,
        tuning: str | None = None,
        tuning_options: dict[str, Any] | None = None,
        adapter: PathLike | None = None,
        backend: Any = "transformers",
        server: dict[str, Any] | None = None,
        answer_log: PathLike | None = None,
        batch_size: int | str = "auto",
        share_prefix: bool = True,
        processor: str = "auto",
        device: str = "auto",
        dtype: str = "auto",
        memory: Any = None,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.model = model
        self.inputs = inputs
        self.n_frames = n_frames
        self.size = size
        self.align = align
        self.max_motion = max_motion
        self.video_fps = video_fps
        self.prompt = prompt
        self.coarse_to_fine = coarse_to_fine
        self.normalize = normalize
        self.constrain = constrain
        self.max_new_tokens = max_new_tokens
        self.tuning = tuning
        self.tuning_options = tuning_options
        self.adapter = adapter
        self.backend = backend
        self.server = server
        self.answer_log = answer_log
        self.batch_size = batch_size
        self.share_prefix = share_prefix
        self.processor = processor
        self.device = device
        self.dtype = dtype
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose

    def __sklearn_is_fitted__(self):
        return self.tuning is None or hasattr(self, "history_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = self.tuning is not None
        return tags

    def __getstate__(self):
        state = dict(super().__getstate__())
        loaded = state.pop("_loaded", None)
        if self.tuning is not None and loaded is not None and hasattr(self, "history_"):
            from mefeat.vqa._training import get_weights

            state["_weights"] = get_weights(loaded, self.tuning)
        return state

    # -- parameters ------------------------------------------------------------

    def _check_params(self):
        """Check all parameters; gives the maker of pictures and the template."""
        owner = type(self).__name__
        for name in ("coarse_to_fine", "normalize", "constrain", "share_prefix"):
            check_bool(name, getattr(self, name), owner=owner)
        check_int("max_new_tokens", self.max_new_tokens, low=1, owner=owner)
        check_real("video_fps", self.video_fps, low=0, open_low=True, owner=owner)
        check_option("tuning", self.tuning, (None, "lora", "full"), owner=owner)
        check_option(
            "processor", self.processor, ("auto", "library", "own"), owner=owner
        )
        types = ("auto", "float32", "bfloat16", "float16")
        check_option("dtype", self.dtype, types, owner=owner)
        if self.batch_size != "auto":
            check_int("batch_size", self.batch_size, low=1, owner=owner)
        self._check_backend(owner)
        return self._pictures(), self._template(owner)

    def _check_backend(self, owner):
        if isinstance(self.backend, Backend):
            local = False
        else:
            check_option(
                "backend", self.backend, ("transformers", "openai"), owner=owner
            )
            local = self.backend == "transformers"
        if not local:
            for name in ("tuning", "adapter", "constrain"):
                if getattr(self, name):
                    raise ValueError(
                        f"The {name!r} parameter of {owner} needs "
                        f"backend='transformers'. Got {getattr(self, name)!r} with "
                        f"backend={self.backend!r} instead."
                    )
        if self.backend == "openai" and "base_url" not in (self.server or {}):
            raise ValueError(
                f"The 'server' parameter of {owner} must be a dict with 'base_url', "
                "such as {'base_url': 'http://localhost:8000/v1'}. Got "
                f"{self.server!r} instead."
            )

    def _pictures(self):
        return ClipPictures(
            self.inputs, self.n_frames, self.size, self.align, self.max_motion,
            self.memory, self.n_jobs, owner=type(self).__name__,
        )  # fmt: skip

    def _template(self, owner):
        if isinstance(self.prompt, PromptTemplate):
            return self.prompt
        return PROMPTS[check_option("prompt", self.prompt, tuple(PROMPTS), owner=owner)]

    # -- models ----------------------------------------------------------------

    def _load(self):
        """Give the loaded model, shared with estimators of equal settings."""
        if getattr(self, "_loaded", None) is not None:
            return self._loaded
        from mefeat.vqa._loading import find_checkpoint, load_model, weights_digest

        options = {
            "device": self.device,
            "dtype": self.dtype,
            "processor": self.processor,
            "adapter": self.adapter,
        }
        if self.tuning is not None:
            loaded = load_model(self.model, **options)
            if hasattr(self, "_weights"):
                from mefeat.vqa._training import set_weights

                set_weights(loaded, self.tuning, self._weights, self.tuning_options)
        else:
            folders = [find_checkpoint(self.model)]
            folders += [] if self.adapter is None else [self.adapter]
            weights = [(str(f), weights_digest(f)) for f in folders]
            key = (str(weights), *map(str, options.values()))
            with _LOCK:
                loaded = _IN_USE.get(key)
                if loaded is None:
                    loaded = _IN_USE[key] = load_model(self.model, **options)
        self._loaded = loaded
        return loaded

    def _make_backend(self):
        if isinstance(self.backend, Backend):
            return self.backend
        if self.backend == "openai":
            from mefeat.vqa._backends._server import OpenAIBackend

            try:
                return OpenAIBackend(
                    str(self.model), max_new_tokens=self.max_new_tokens, **self.server
                )
            except TypeError:
                raise ValueError(
                    "The 'server' parameter of QwenVQA must have the keys 'base_url', "
                    "'api_key', 'n_workers', 'timeout', 'n_retries', 'wait' and "
                    f"'extra_body' only. Got {sorted(self.server)} instead."
                ) from None
        from mefeat.vqa._backends._local import TransformersBackend
        from mefeat.vqa._loading import weights_digest

        name = None if self.adapter is None else weights_digest(self.adapter)
        if self.tuning is not None:
            name = f"{name}+{self.tuned_}"
        return TransformersBackend(
            self._load(),
            adapter=name,
            max_new_tokens=self.max_new_tokens,
            batch_size=self.batch_size,
            share_prefix=self.share_prefix,
            video_fps=self.video_fps,
        )

    def describe(self) -> str:
        """Load the model and say in one line where and how it runs.

        Returns
        -------
        str
        """
        self._check_params()
        if self.backend == "transformers":
            return self._load().describe()
        return repr(self._make_backend())

    # -- learning --------------------------------------------------------------

    def fit(self, X: SequenceLike, y: Sequence[str] | None = None) -> Self:
        """Fine-tune where `tuning` asks for it; otherwise only check.

        Parameters
        ----------
        X : sequence of Question
        y : sequence of str, optional
            The true answers; needed for fine-tuning.

        Returns
        -------
        self
        """
        maker, template = self._check_params()
        questions = check_questions(X)
        if self.tuning is None:
            return self
        from mefeat.vqa._training import check_options, train

        answers = check_answers(y, len(questions))
        options = check_options(self.tuning_options)
        asker = Asker(maker, template)
        prompts = asker.prompts(questions)
        if self.coarse_to_fine:
            prompts = asker.with_true_hints(prompts, questions, answers)
        for name in ("history_", "_weights", "_loaded"):
            if hasattr(self, name):
                delattr(self, name)
        loaded = self._load()
        self.history_, self.tuned_ = train(
            loaded,
            prompts,
            answers,
            [question.subject for question in questions],
            tuning=self.tuning,
            video_fps=self.video_fps,
            verbose=self.verbose,
            **options,
        )
        return self

    def save_adapter(self, folder: PathLike) -> Path:
        """Write the adapter that was trained.

        Parameters
        ----------
        folder : path

        Returns
        -------
        Path
            What the parameter `adapter` takes.
        """
        from mefeat.vqa._training import save_adapter

        self._require_tuned("lora")
        return save_adapter(self._load(), folder)

    def save_model(self, folder: PathLike) -> Path:
        """Write a checkpoint with all that was trained merged into the weights.

        Parameters
        ----------
        folder : path

        Returns
        -------
        Path
            What the parameter `model` takes.
        """
        from mefeat.vqa._training import save_merged

        if self.tuning is not None:
            self._require_tuned(self.tuning)
        self._check_params()
        return save_merged(self._load(), folder)

    def _require_tuned(self, tuning):
        if self.tuning != tuning:
            raise ValueError(
                f"The 'tuning' parameter of QwenVQA must be {tuning!r} for this. Got "
                f"{self.tuning!r} instead."
            )
        self._require_fitted()

    def _require_fitted(self):
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(
                "This QwenVQA is not fine-tuned yet; call 'fit' first."
            )

    # -- answering -------------------------------------------------------------

    def predict(self, X: SequenceLike) -> NDArray[Any]:
        """Answer each question.

        Parameters
        ----------
        X : sequence of Question

        Returns
        -------
        ndarray of shape (n_questions,), object

        Raises
        ------
        ClipError
            If a clip cannot be shown.
        BackendError, ServerError
            If the model cannot be used or its server does not answer; answers so far
            are in `answer_log`.
        """
        maker, template = self._check_params()
        self._require_fitted()
        questions = check_questions(X)
        asker = Asker(maker, template, self.constrain)
        backend = self._make_backend()
        answers = np.empty(len(questions), dtype=object)
        with AnswerLog(self.answer_log) as log:

            def answer(prompts):
                return ask(prompts, backend, log, self.verbose)

            # The pictures of all clips together might not fit into memory.
            for rows in asker.parts(questions):
                part = [questions[row] for row in rows]
                prompts = asker.prompts(part)
                if self.coarse_to_fine:
                    prompts = asker.with_hints(prompts, part, answer)
                answers[rows] = answer(prompts)
        if self.normalize:
            for row, question in enumerate(questions):
                answers[row] = normalize_answer(question.question, answers[row])
        return answers

    def preview(self, X: SequenceLike, folder: PathLike) -> list[Path]:
        """Write the very pictures that the model is shown, as PNG files.

        Parameters
        ----------
        X : sequence of Question
        folder : path

        Returns
        -------
        list of Path
        """
        maker, _ = self._check_params()
        clips, _ = clip_groups(check_questions(X))
        return maker.preview(clips, folder)
