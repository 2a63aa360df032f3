"""Fine-tuning: low-rank adapters or all weights, from (pictures, question, answer)."""

import copy
import hashlib
import json
import logging
import random
import shutil
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mefeat._atomic import filling, make_folder, replacing
from mefeat._validation import check_int, check_real
from mefeat.vqa._backends._base import BackendError
from mefeat.vqa._backends._engine import Engine
from mefeat.vqa._loading import quiet
from mefeat.vqa._torch import import_extra

__all__ = [
    "LORA_TARGETS",
    "check_options",
    "get_weights",
    "save_adapter",
    "save_merged",
    "set_weights",
    "train",
]

logger = logging.getLogger(__name__)

LORA_TARGETS = (
    r".*(visual\.blocks\.\d+\.attn\.(qkv|proj)|visual\.merger\.mlp\.[02]"
    r"|language_model\.layers\.\d+\.self_attn\.(q_proj|k_proj))$"
)
"""Vision encoder's attention, projection, queries and keys of the language model."""

DEFAULTS = {
    "n_epochs": 3,
    "learning_rate": 1e-4,
    "weight_decay": 0.0,
    "batch_size": 4,
    "accumulation": 4,
    "rank": 16,
    "alpha": 32,
    "dropout": 0.05,
    "validation_fraction": 0.1,
    "checkpoint": None,
    "random_state": 0,
}
_INTS = {
    "n_epochs": 1, "batch_size": 1, "accumulation": 1, "rank": 1, "random_state": 0
}  # fmt: skip


def check_options(options):
    """Give all settings of the training, checked; an unknown one raises ValueError."""
    options = {} if options is None else options
    unknown = sorted(set(options) - set(DEFAULTS)) if isinstance(options, dict) else "?"
    if unknown:
        raise ValueError(
            "The 'tuning_options' parameter of QwenVQA must be a dict with the keys "
            f"{', '.join(map(repr, DEFAULTS))} only. Got {options!r} instead."
        )
    found = DEFAULTS | options
    for name, low in _INTS.items():
        found[name] = check_int(name, found[name], low=low, owner="tuning_options")
    for name in ("learning_rate", "alpha"):
        found[name] = check_real(
            name, found[name], low=0, open_low=True, owner="tuning_options"
        )
    for name, high in (("weight_decay", None), ("dropout", 1)):
        found[name] = check_real(
            name, found[name], low=0, high=high, owner="tuning_options"
        )
    found["validation_fraction"] = check_real(
        "validation_fraction", found["validation_fraction"], low=0, high=0.9,
        owner="tuning_options",
    )  # fmt: skip
    return found


class _Rows:
    """Prompts with their answers as tokens; gives the loss of some of them."""

    def __init__(self, engine, prompts, answers):
        self.engine = engine
        self.prompts = prompts
        end = engine.loaded.end_id
        self.suffixes = [engine.suffix(prompt) for prompt in prompts]
        self.answers = [[*engine.encode(answer), end] for answer in answers]
        self._scenes = {}

    def _scene(self, index):
        # Patches are large: those of the last few clips are kept only.
        key = id(self.prompts[index].pictures), self.prompts[index].system
        if key not in self._scenes:
            if len(self._scenes) >= 256:
                self._scenes.pop(next(iter(self._scenes)))
            self._scenes[key] = self.engine.scene(self.prompts[index])
        return self._scenes[key]

    def n_tokens(self, rows):
        return sum(len(self.answers[row]) for row in rows)

    def loss(self, rows):
        """Give the summed cross-entropy of the answers' tokens."""
        torch, engine = self.engine.torch, self.engine
        scenes = [self._scene(row) for row in rows]
        places = {id(scene): scene for scene in scenes}
        seen = dict(zip(places, engine.see(list(places.values())), strict=True))
        embeds, positions, targets = [], [], []
        for row, scene in zip(rows, scenes, strict=True):
            answer = self.answers[row]
            text = self.suffixes[row] + answer[:-1]
            ids = torch.tensor(scene.ids + text, device=engine.device)
            embed = engine.embed(ids)
            types = torch.tensor(scene.types + [0] * len(text), device=engine.device)
            where = (types > 0)[:, None].expand_as(embed)
            embeds.append(embed.masked_scatter(where, seen[id(scene)].to(embed.dtype)))
            rest = torch.arange(1, len(text) + 1, device=engine.device)
            rest = rest + scene.positions[0, -1]
            positions.append(torch.cat([scene.positions, rest.expand(3, -1)], dim=1))
            targets.append(torch.tensor(answer, device=engine.device))
        hidden = self._read(embeds, positions)
        last = [
            hidden[i, len(e) - len(t) : len(e)]
            for i, (e, t) in enumerate(zip(embeds, targets, strict=True))
        ]
        logits = engine.core.lm_head(torch.cat(last)).float()
        return torch.nn.functional.cross_entropy(
            logits, torch.cat(targets), reduction="sum"
        )

    def _read(self, embeds, positions):
        """Pad on the right and read."""
        torch, engine = self.engine.torch, self.engine
        longest = max(map(len, embeds))
        whole = torch.nn.utils.rnn.pad_sequence(embeds, batch_first=True)
        where = positions[0].new_zeros(3, len(embeds), longest)
        mask = torch.zeros(len(embeds), longest, dtype=torch.long)
        for index, position in enumerate(positions):
            where[:, index, : position.shape[1]] = position
            mask[index, : position.shape[1]] = 1
        out = engine.text_model(
            inputs_embeds=whole,
            position_ids=where,
            attention_mask=mask.to(engine.device),
            use_cache=False,
        )
        return out.last_hidden_state


def _split(prompts, subjects, fraction, rng):
    """Give rows for training and for validation, no subject (or clip) in both."""
    named = all(subject is not None for subject in subjects)
    groups = list(subjects) if named else [prompt.scene for prompt in prompts]
    names = sorted(set(map(str, groups)))
    n_out = round(fraction * len(names))
    if fraction > 0 and len(names) > 1:
        n_out = min(max(n_out, 1), len(names) - 1)
    out = set(rng.permutation(names)[:n_out])
    rows = np.arange(len(prompts))
    left_out = np.array([str(group) in out for group in groups])
    return rows[~left_out], rows[left_out]


def _seed(seed, epoch):
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0])


def prepare(loaded, tuning, options):
    """Make weights trainable; gives those.

    An adapter that is on the model already is merged into it first.
    """
    if hasattr(loaded.model, "merge_and_unload"):
        with quiet():
            loaded.model = loaded.model.merge_and_unload()
    if tuning == "lora":
        peft = import_extra("peft")
        config = peft.LoraConfig(
            r=options["rank"],
            lora_alpha=options["alpha"],
            lora_dropout=options["dropout"],
            target_modules=LORA_TARGETS,
        )
        with quiet():
            loaded.model = peft.get_peft_model(loaded.model, config)
    else:
        loaded.model.requires_grad_(True)
    loaded.model.to(loaded.device)
    return [p for p in loaded.model.parameters() if p.requires_grad]


def train(loaded, prompts, answers, subjects, *, tuning, video_fps, verbose, **options):
    """Fine-tune a model in place.

    Each epoch draws its order and its dropout from the seed and its number alone, so
    that a run taken up from a checkpoint ends where an unbroken one would.

    Parameters
    ----------
    loaded : Loaded
    prompts : list of Prompt
    answers : list of str
    subjects : list of str or None
        Subjects are kept on one side of the split for the validation loss.
    tuning : {"lora", "full"}
    video_fps : float
    verbose : bool
    **options
        As from `check_options`.

    Returns
    -------
    history : list of dict
    name : str
        Hash of what the weights were trained on, for signatures.
    """
    torch = import_extra("torch")
    seed = options["random_state"]
    name = _fingerprint(loaded, prompts, answers, subjects, tuning, options)
    devices = [loaded.device] if loaded.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        weights = prepare(loaded, tuning, options)
        rows = _Rows(Engine(loaded, video_fps), prompts, answers)
        inside, outside = _split(
            prompts, subjects, options["validation_fraction"],
            np.random.default_rng(seed),
        )  # fmt: skip
        optimizer = torch.optim.AdamW(
            weights, lr=options["learning_rate"], weight_decay=options["weight_decay"]
        )
        keeper = _Checkpoint(options["checkpoint"], name)
        history = keeper.load(loaded, optimizer)
        epochs = range(len(history), options["n_epochs"])
        for epoch in tqdm(epochs, desc="epoch", disable=not verbose, leave=False):
            torch.manual_seed(_seed(seed, epoch))
            loss = _epoch(loaded, rows, inside, optimizer, weights, epoch, options)
            check = _evaluate(loaded, rows, outside, options["batch_size"])
            history.append({"epoch": epoch + 1, "loss": loss, "validation_loss": check})
            logger.info("epoch %d: loss %.4g, validation %s", epoch + 1, loss, check)
            keeper.save(loaded, optimizer, history)
    loaded.model.eval()
    return history, name


def _batches(rows, order, size):
    for start in range(0, len(order), size):
        yield [int(row) for row in rows[order[start : start + size]]]


def _epoch(loaded, rows, inside, optimizer, weights, epoch, options):
    torch = import_extra("torch")
    loaded.model.train()
    rng = random.Random(_seed(options["random_state"], epoch))
    order = list(range(len(inside)))
    rng.shuffle(order)
    total, count = 0.0, 0
    steps = list(_batches(inside, np.array(order), options["batch_size"]))
    for start in range(0, len(steps), options["accumulation"]):
        group = steps[start : start + options["accumulation"]]
        n_tokens = sum(rows.n_tokens(step) for step in group)
        optimizer.zero_grad()
        for step in group:
            loss = rows.loss(step)
            # Each token of the accumulated steps counts alike.
            (loss / n_tokens).backward()
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        count += n_tokens
    if not np.isfinite(total):
        raise BackendError(
            "the training loss is not finite; make learning_rate smaller"
        )
    return total / count


def _evaluate(loaded, rows, outside, size):
    """Mean loss of a token of rows that are not trained on; None without any."""
    if not len(outside):
        return None
    torch = import_extra("torch")
    loaded.model.eval()
    with torch.no_grad():
        steps = list(_batches(outside, np.arange(len(outside)), size))
        total = sum(float(rows.loss(step)) for step in steps)
    return total / rows.n_tokens(outside)


def _fingerprint(loaded, prompts, answers, subjects, tuning, options):
    kept = {k: v for k, v in options.items() if k not in ("checkpoint", "n_epochs")}
    digest = hashlib.sha256(json.dumps([tuning, kept], sort_keys=True).encode())
    digest.update(str(loaded.folder.name).encode() + loaded.dtype.encode())
    for prompt, answer, subject in zip(prompts, answers, subjects, strict=True):
        digest.update(f"{prompt.key()}\0{answer}\0{subject}".encode())
    return digest.hexdigest()[:16]


# -- states ----------------------------------------------------------------------


def _state(loaded):
    """Give the trained tensors by name."""
    return {
        name: value.detach()
        for name, value in loaded.model.named_parameters()
        if value.requires_grad
    }


def get_weights(loaded, tuning):
    """Give what was trained as a dict of arrays, which pickles anywhere."""
    return {name: value.cpu().float().numpy() for name, value in _state(loaded).items()}


def set_weights(loaded, tuning, weights, tuning_options):
    """Put arrays from `get_weights` on a freshly loaded model."""
    torch = import_extra("torch")
    prepare(loaded, tuning, check_options(tuning_options))
    own = dict(loaded.model.named_parameters())
    if not set(weights) <= set(own):
        raise BackendError(f"{loaded.folder}: not the model that was fine-tuned")
    with torch.no_grad():
        for name, value in weights.items():
            own[name].copy_(torch.as_tensor(np.array(value)))
    loaded.model.eval()


class _Checkpoint:
    """The state after an epoch, in a file that is replaced as a whole.

    A file that belongs to other data or settings, or that is damaged, is ignored with
    a warning in the log.
    """

    def __init__(self, folder, fingerprint):
        self.path = None if folder is None else Path(folder) / "training.pt"
        self.fingerprint = fingerprint

    def load(self, loaded, optimizer):
        """Restore the state; give the history so far."""
        if self.path is None or not self.path.is_file():
            return []
        torch = import_extra("torch")
        try:
            state = torch.load(self.path, weights_only=True, map_location="cpu")
            if state["fingerprint"] != self.fingerprint:
                logger.warning("%s: of other data or settings, ignored", self.path)
                return []
            own, history = _state(loaded), list(state["history"])
            pairs = [(own[name], value) for name, value in state["weights"].items()]
            if any(old.shape != new.shape for old, new in pairs):
                raise ValueError("weights of other shapes")
            optimizer.load_state_dict(state["optimizer"])
        except Exception as error:  # whatever a damaged byte makes of it
            logger.warning("%s: damaged, ignored (%s)", self.path, type(error).__name__)
            return []
        with torch.no_grad():  # nothing of it where any part is damaged
            for old, new in pairs:
                old.copy_(new)
        return history

    def save(self, loaded, optimizer, history):
        if self.path is None:
            return
        torch = import_extra("torch")
        make_folder(self.path.parent)
        with (
            replacing(self.path, durable=True) as temporary,
            temporary.open("wb") as file,
        ):
            torch.save(
                {
                    "fingerprint": self.fingerprint,
                    "weights": _state(loaded),
                    "optimizer": optimizer.state_dict(),
                    "history": history,
                },
                file,
            )


def save_adapter(loaded, folder):
    """Write a LoRA adapter; its files take their names when all are written."""
    folder = Path(folder)
    with filling(folder) as part:
        with quiet():
            loaded.model.save_pretrained(str(part))
        (part / "README.md").unlink(missing_ok=True)  # an empty form
    return folder


def save_merged(loaded, folder):
    """Write a whole checkpoint, adapters merged into a copy of the weights."""
    folder = Path(folder)
    model = loaded.model
    with filling(folder) as part:
        with quiet():
            if hasattr(model, "merge_and_unload"):
                model = copy.deepcopy(model).merge_and_unload()
            model.save_pretrained(str(part))
        for path in loaded.folder.iterdir():
            wanted = path.suffix in (".json", ".jinja", ".txt")
            wanted = wanted and not path.name.endswith(".index.json")
            if wanted and not (part / path.name).exists():
                shutil.copyfile(path, part / path.name)
    return folder
