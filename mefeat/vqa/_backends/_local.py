"""Answers by a model in this process, through transformers."""

import logging

from mefeat.vqa._backends._base import Backend
from mefeat.vqa._backends._engine import Engine
from mefeat.vqa._loading import weights_digest
from mefeat.vqa._torch import import_extra

__all__ = ["TransformersBackend"]

logger = logging.getLogger(__name__)


class TransformersBackend(Backend):
    """Answer with a loaded model.

    Parameters
    ----------
    loaded : Loaded
    adapter : str, optional
        Name of what is on the model, part of the signature.
    max_new_tokens : int
    batch_size : int or "auto"
        Questions answered at a time.
    share_prefix : bool
        Encode the pictures of a clip once for all its questions.
    video_fps : float
    """

    def __init__(
        self,
        loaded,
        adapter=None,
        max_new_tokens=64,
        batch_size="auto",
        share_prefix=True,
        video_fps=2.0,
    ):
        self.loaded = loaded
        self.adapter = adapter
        self.max_new_tokens = max_new_tokens
        self.batch_size = batch_size
        self.share_prefix = share_prefix
        self.engine = Engine(loaded, video_fps)
        self._last = None
        self._weights = None

    @property
    def signature(self):
        if self._weights is None:
            self._weights = weights_digest(self.loaded.folder)
        return (
            f"transformers|{self._weights}|{self.loaded.dtype}|"
            f"adapter:{self.adapter}|tokens:{self.max_new_tokens}|"
            f"video_fps:{self.engine.video_fps:g}"
        )

    def __repr__(self):
        return f"TransformersBackend({self.loaded.folder.name!r})"

    # -- batches ---------------------------------------------------------------

    def generate(self, prompts, on_answer=None):
        torch = import_extra("torch")
        answers = [None] * len(prompts)
        size = self._first_size(prompts)
        jobs = self._plan(prompts, size)
        try:
            while jobs:
                with torch.inference_mode():
                    found = self._try(prompts, jobs[0])
                if found is None:
                    size = (len(jobs[0]) + 1) // 2
                    logger.warning("out of memory; going on with batches of %d", size)
                    jobs = self._plan(prompts, size, [i for job in jobs for i in job])
                    continue
                for index, answer in zip(jobs.pop(0), found, strict=True):
                    answers[index] = answer
                    if on_answer is not None:
                        on_answer(index, answer)
        finally:
            self._last = None
        return answers

    def _try(self, prompts, job):
        """Answer a batch; None where it does not fit into memory but half might."""
        try:
            return self._answer(prompts, job)
        except Exception as error:
            if not _is_out_of_memory(error):
                raise
            self._last = None
            if len(job) == 1:
                raise MemoryError(
                    f"one question on clip {prompts[job[0]].clip!r} does not fit into "
                    "memory; make size or n_frames smaller"
                ) from error
        # Out of the handler, whose traceback would keep the tensors alive.
        _free(import_extra("torch"))
        return None

    def _plan(self, prompts, size, indices=None):
        """Give batches of positions: alike in kind, then by clip and by length.

        With shared prefixes the questions on a clip stay together where they fit.
        """
        indices = range(len(prompts)) if indices is None else indices
        first = {}
        for index in indices:
            first.setdefault(id(prompts[index].pictures), index)
        groups = {}
        for index in indices:
            prompt = prompts[index]
            shape = tuple((p.kind, p.frames.shape) for p in prompt.pictures)
            head = (prompt.choices is not None, prompt.system, shape)
            clip = first[id(prompt.pictures)] if self.share_prefix else index
            groups.setdefault((head, clip), []).append(index)

        def order(key):
            head, clip = key
            length = 0 if self.share_prefix else len(prompts[clip].text)
            return (head, length, clip)

        batches, last = [], None
        for key in sorted(groups, key=order):
            group = sorted(groups[key], key=lambda i: len(prompts[i].text))
            for start in range(0, len(group), size):
                part = group[start : start + size]
                if key[0] != last or len(batches[-1]) + len(part) > size:
                    batches.append([])
                batches[-1] += part
                last = key[0]
        return batches

    def _answer(self, prompts, job):
        engine = self.engine
        suffixes = [engine.suffix(prompts[index]) for index in job]
        if self.share_prefix:
            rows, scenes, cache = self._prefixes(prompts, job)
            state = engine.read_suffixes(cache, scenes, rows, suffixes)
        else:
            made = {}
            for index in job:
                pictures = prompts[index].pictures
                if id(pictures) not in made:
                    made[id(pictures)] = engine.scene(prompts[index])
            scenes = [made[id(prompts[index].pictures)] for index in job]
            state = engine.read_whole(scenes, suffixes)
        if prompts[job[0]].choices is not None:
            return self._choose(state, [prompts[index].choices for index in job])
        rows = engine.continue_greedily(state, self.max_new_tokens)
        return [
            self.loaded.tokenizer.decode(row, skip_special_tokens=True).strip()
            for row in rows
        ]

    def _prefixes(self, prompts, job):
        """Give the scene of each question, the different scenes and their cache.

        Those of the batch before are taken again where they hold all that is needed,
        as they do when one clip has more questions than a batch takes.
        """
        keys = [(id(prompts[i].pictures), prompts[i].system) for i in job]
        if self._last is None or not set(keys) <= set(self._last[0]):
            self._last = None  # free its memory before more is taken
            places, scenes = {}, []
            for index, key in zip(job, keys, strict=True):
                if key not in places:
                    places[key] = len(scenes)
                    scenes.append(self.engine.scene(prompts[index]))
            self._last = (places, scenes, self.engine.read_prefixes(scenes))
        places, scenes, cache = self._last
        return [places[key] for key in keys], scenes, cache

    def _choose(self, state, choices):
        """Give for each row the choice whose tokens are the most probable answer."""
        end = self.loaded.end_id
        answers = []
        for row, texts in enumerate(choices):
            tokens = [[*self.engine.encode(text), end] for text in texts]
            scores = self.engine.score_choices(state, row, tokens)
            answers.append(texts[int(scores.argmax())])
        return answers

    # -- sizes -----------------------------------------------------------------

    def _first_size(self, prompts):
        if self.batch_size != "auto":
            return self.batch_size
        torch = import_extra("torch")
        if self.loaded.device.type != "cuda" or not prompts:
            return 64
        free, _ = torch.cuda.mem_get_info(self.loaded.device)
        longest = max(prompts, key=lambda p: sum(q.frames.size for q in p.pictures))
        n_tokens = len(self.engine.scene(longest)) + self.max_new_tokens + 64
        size = int(free * 0.5 / (self._bytes_of_token() * n_tokens))
        return max(1, min(size, 512))

    def _bytes_of_token(self):
        """Roughly the memory that one token of one row takes at the peak."""
        config = self.loaded.core.config.text_config
        head = config.hidden_size // config.num_attention_heads
        width = 4 if self.loaded.dtype == "float32" else 2
        cache = 2 * config.num_hidden_layers * config.num_key_value_heads * head
        work = 4 * config.hidden_size + 3 * config.intermediate_size
        # The cache is copied when it grows and when rows are selected.
        return width * (2 * cache + work)


def _is_out_of_memory(error):
    if isinstance(error, MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and (
        "out of memory" in text or "can't allocate memory" in text
    )


def _free(torch):
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
