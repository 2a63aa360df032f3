"""A tiny Qwen2.5-VL with random weights, to try everything without a download."""

from __future__ import annotations

import json
from pathlib import Path

from mefeat._atomic import filling, write_text
from mefeat._typing import PathLike
from mefeat.datasets._action_units import ACTION_UNITS
from mefeat.datasets._me_vqa_templates import (
    COARSE_CLASSES,
    FINE_CLASSES,
    QUESTIONS,
    joint_answer,
)
from mefeat.vqa._torch import import_extra

__all__ = ["make_tiny_qwen"]

SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>",
    "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}{% if part['type'] == 'text' %}"
    "{{ part['text'] }}{% elif part['type'] == 'video' %}"
    "<|vision_start|><|video_pad|><|vision_end|>{% else %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% endif %}{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% endif %}"
)

_PIXELS = {
    "patch_size": 14,
    "temporal_patch_size": 2,
    "merge_size": 2,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}


def make_tiny_qwen(folder: PathLike, random_state: int = 0) -> Path:
    """Write a checkpoint of the Qwen2.5-VL family with random weights.

    It has 0.4 million parameters, two layers, and a tokenizer trained on the questions
    and answers of ME-VQA; loaded as any checkpoint is, it answers nonsense, quickly.
    For tests, for examples, and to train from scratch.

    Parameters
    ----------
    folder : path
        Where to write the model; made where it is missing.
    random_state : int, default=0
        Seed of the weights.

    Returns
    -------
    Path
        The folder.

    Examples
    --------
    >>> from mefeat.vqa import make_tiny_qwen
    >>> folder = make_tiny_qwen("tiny-qwen")  # doctest: +SKIP
    """
    from mefeat.vqa._loading import quiet

    torch = import_extra("torch")
    transformers = import_extra("transformers")
    tokenizer = _train_tokenizer()
    config = _config(transformers, tokenizer)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(random_state)
        model = transformers.Qwen2_5_VLForConditionalGeneration(config)
    model.generation_config.eos_token_id = tokenizer.token_to_id("<|im_end|>")
    model.generation_config.pad_token_id = tokenizer.token_to_id("<|endoftext|>")
    with filling(folder) as part:
        with quiet():
            model.save_pretrained(str(part))
        tokenizer.save(str(part / "tokenizer.json"))
        _write_settings(part)
    return Path(folder)


def _write_settings(folder):
    """Write what transformers wants to know beside the weights and the tokenizer."""
    settings = {
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "eos_token": "<|im_end|>",
            "pad_token": "<|endoftext|>",
            "image_token": "<|image_pad|>",
            "video_token": "<|video_pad|>",
            "chat_template": CHAT_TEMPLATE,
        },
        "preprocessor_config.json": {
            "image_processor_type": "Qwen2VLImageProcessor",
            "processor_class": "Qwen2_5_VLProcessor",
            **_PIXELS,
        },
        "video_preprocessor_config.json": {
            "video_processor_type": "Qwen2VLVideoProcessor",
            **_PIXELS,
        },
    }
    for name, content in settings.items():
        write_text(folder / name, json.dumps(content, indent=1))
    write_text(folder / "chat_template.jinja", CHAT_TEMPLATE)


def _corpus():
    units = list(ACTION_UNITS.values())
    yield from units
    for template in QUESTIONS.values():
        yield template.format(unit=units[0])
    for fine in FINE_CLASSES:
        for coarse in COARSE_CLASSES:
            yield joint_answer(units[:1], fine, coarse)
            yield joint_answer(units[1:3], fine, coarse)
    yield "system You are a helpful assistant. user assistant yes no left right"


def _train_tokenizer():
    tokenizers = import_extra("tokenizers")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(
        add_prefix_space=False
    )
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=512,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=list(SPECIAL),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_corpus(), trainer)
    return tokenizer


def _config(transformers, tokenizer):
    find = tokenizer.token_to_id
    return transformers.Qwen2_5_VLConfig(
        text_config={
            "vocab_size": tokenizer.get_vocab_size(),
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 4096,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1e6,
                "mrope_section": [2, 3, 3],
            },
            "bos_token_id": find("<|endoftext|>"),
            "eos_token_id": find("<|im_end|>"),
            "pad_token_id": find("<|endoftext|>"),
        },
        vision_config={
            "depth": 2,
            "hidden_size": 64,
            "intermediate_size": 128,
            "out_hidden_size": 64,
            "num_heads": 4,
            "patch_size": 14,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "window_size": 112,
            "fullatt_block_indexes": [1],
            "tokens_per_second": 2,
        },
        image_token_id=find("<|image_pad|>"),
        video_token_id=find("<|video_pad|>"),
        vision_start_token_id=find("<|vision_start|>"),
        vision_end_token_id=find("<|vision_end|>"),
    )
