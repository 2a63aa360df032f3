"""Loading of checkpoints of the Qwen2-VL family."""

import hashlib
import json
import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mefeat.vqa._backends._base import BackendError
from mefeat.vqa._processing import make_cutter
from mefeat.vqa._torch import import_extra

__all__ = [
    "FAMILY",
    "Loaded",
    "attach_adapter",
    "find_checkpoint",
    "load_model",
    "weights_digest",
]

logger = logging.getLogger(__name__)

FAMILY = ("qwen2_vl", "qwen2_5_vl")


@dataclass(eq=False)
class Loaded:
    """A model with all that belongs to it."""

    model: Any
    tokenizer: Any
    cutter: Any
    device: Any
    dtype: str
    attention: str
    folder: Path

    @property
    def core(self):
        """The model itself, inside of whatever an adapter wraps around it."""
        inner = self.model
        return inner.get_base_model() if hasattr(inner, "get_base_model") else inner

    @property
    def stop_ids(self):
        """Tokens that end an answer."""
        found = self.core.generation_config.eos_token_id
        found = [found] if isinstance(found, int) else list(found or [])
        return sorted({*found, self.end_id})

    @property
    def end_id(self):
        return self.tokenizer.convert_tokens_to_ids("<|im_end|>")

    def describe(self):
        """Say in one line where and how the model runs."""
        n_million = sum(p.numel() for p in self.core.parameters()) / 1e6
        return (
            f"{self.folder.name}: {n_million:.3g} million parameters, {self.dtype} on "
            f"{self.device}, {self.attention} attention, {self.cutter.name} processor"
        )


@contextmanager
def quiet():
    """Keep the library's progress bars away while a model is read or written."""
    log = import_extra("transformers.utils.logging")
    shown = log.is_progress_bar_enabled()
    log.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        if shown:
            log.enable_progress_bar()


def find_checkpoint(model):
    """Give the folder of a checkpoint after a look at its configuration.

    Parameters
    ----------
    model : path or str
        A folder, or the name of a model in the local cache of Hugging Face.

    Raises
    ------
    BackendError
        If there is none, or it is not of the Qwen2-VL family.
    """
    folder = Path(model)
    if not folder.is_dir():
        folder = _cached(str(model))
    path = folder / "config.json"
    if not path.is_file():
        raise BackendError(
            f"{folder}: no model there (config.json is missing); give the folder that "
            "holds it"
        )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        kind = config.get("model_type")
    except (ValueError, AttributeError, RecursionError):
        raise BackendError(f"{path}: damaged, not a configuration in JSON") from None
    if kind in FAMILY:
        return folder
    if "vision_config" not in config:
        raise BackendError(
            f"{folder}: a text-only model ({kind!r}), which cannot see; give a "
            "checkpoint of Qwen2-VL or Qwen2.5-VL"
        )
    raise BackendError(
        f"{folder}: a model of another family ({kind!r}); of the transformers backend "
        "it must be Qwen2-VL or Qwen2.5-VL. A server can hold any: backend='openai'"
    )


def _cached(name):
    try:
        hub = import_extra("huggingface_hub")
        return Path(hub.snapshot_download(name, local_files_only=True))
    except (OSError, ValueError, ImportError):
        raise BackendError(
            f"{name}: no such folder, and no model of this name was downloaded; give "
            "the folder of a checkpoint"
        ) from None


def weights_digest(folder):
    """Give a short hash that tells the weights in a folder from others.

    Of each file the size and 64 pieces of 4 kB, evenly spread, are read: copies agree,
    and training changes some of nearly every piece.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(folder).glob("*.safetensors")):
        size = path.stat().st_size
        digest.update(f"{path.name}{size}".encode())
        with path.open("rb") as file:
            for piece in range(64):
                file.seek(piece * size // 64)
                digest.update(file.read(4096))
    return digest.hexdigest()[:12]


def _choose(torch, device, dtype):
    try:
        cuda = torch.cuda.is_available()
        device = torch.device(
            ("cuda" if cuda else "cpu") if device == "auto" else device
        )
    except (RuntimeError, TypeError):
        raise ValueError(
            "The 'device' parameter of QwenVQA must be 'auto' or the name of a torch "
            f"device. Got {device!r} instead."
        ) from None
    if dtype == "auto":
        half = device.type == "cuda" and torch.cuda.is_bf16_supported()
        dtype = "bfloat16" if half else "float32"
    return device, dtype


def load_model(model, *, device="auto", dtype="auto", processor="auto", adapter=None):
    """Load a checkpoint.

    Parameters
    ----------
    model : path or str
    device : str
        ``"auto"`` takes a GPU where there is one.
    dtype : {"auto", "float32", "bfloat16", "float16"}
        ``"auto"`` is bfloat16 on a GPU that has it, else float32.
    processor : {"auto", "library", "own"}
    adapter : path, optional
        LoRA adapter that is put on the model.

    Returns
    -------
    Loaded

    Raises
    ------
    BackendError
        If the checkpoint or the adapter cannot be used.
    """
    folder = find_checkpoint(model)
    torch = import_extra("torch")
    transformers = import_extra("transformers")
    device, dtype = _choose(torch, device, dtype)
    with quiet():
        try:
            network = transformers.AutoModelForImageTextToText.from_pretrained(
                folder, dtype=dtype, attn_implementation="sdpa", local_files_only=True
            )
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                folder, local_files_only=True
            )
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            reason = str(error).strip().splitlines()[0]
            raise BackendError(f"{folder}: does not load: {reason}") from error
        cutter = make_cutter(folder, processor)
    loaded = Loaded(network, tokenizer, cutter, device, dtype, "sdpa", folder)
    for name in ("<|im_end|>", "<|vision_start|>", "<|image_pad|>", "<|video_pad|>"):
        if tokenizer.convert_tokens_to_ids(name) in (None, tokenizer.unk_token_id):
            raise BackendError(f"{folder}: its tokenizer lacks {name}")
    if adapter is not None:
        attach_adapter(loaded, adapter)
    loaded.model.to(device).eval()
    logger.info("loaded %s", loaded.describe())
    return loaded


def attach_adapter(loaded, adapter, trainable=False):
    """Put a saved LoRA adapter on a model.

    Raises
    ------
    BackendError
        If there is no adapter, or it was made for another base.
    """
    peft = import_extra("peft")
    folder = Path(adapter)
    if not (folder / "adapter_config.json").is_file():
        raise BackendError(
            f"{folder}: no adapter there (adapter_config.json is missing)"
        )
    _compare_shapes(peft, loaded, folder)
    with quiet():
        try:
            loaded.model = peft.PeftModel.from_pretrained(
                loaded.model, str(folder), is_trainable=trainable
            )
        except (ValueError, RuntimeError, KeyError, OSError, TypeError) as error:
            raise BackendError(
                f"{folder}: an adapter for another base than {loaded.folder}: "
                f"{str(error).strip().splitlines()[0]}"
            ) from error
    loaded.model.to(loaded.device).eval()


def _compare_shapes(peft, loaded, folder):
    """Raise unless each matrix of the adapter fits a layer of the model."""
    safetensors = import_extra("safetensors")
    path = folder / "adapter_model.safetensors"
    if not path.is_file():
        raise BackendError(f"{folder}: no adapter there ({path.name} is missing)")
    layers = dict(loaded.model.named_modules())
    with safetensors.safe_open(str(path), framework="pt") as weights:
        names = list(weights.keys())
        for name in names:
            part = name.removeprefix("base_model.model.")
            layer, _, kind = part.partition(".lora_")
            if not kind:
                continue
            shape = weights.get_slice(name).get_shape()
            own = getattr(layers.get(layer), "weight", None)
            side = None if own is None else own.shape[1 if kind[0] == "A" else 0]
            if side != shape[1 if kind[0] == "A" else 0]:
                found = "which is not there" if own is None else f"which has {side}"
                raise BackendError(
                    f"{folder}: an adapter for another base than {loaded.folder}: it "
                    f"wants {max(shape)} values at {layer}, {found}"
                )
    if not names:
        raise BackendError(f"{folder}: the adapter is empty")
