"""torch, transformers, peft and openai, imported at first use."""

from functools import cache
from importlib import import_module

from mefeat.exceptions import MissingDependencyError

__all__ = ["import_extra"]


@cache
def import_extra(name):
    """Give a module of the extra ``vqa``, or raise with the line that installs it."""
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingDependencyError(
            f"{name} is needed for question answering by language models, but does "
            f"not import ({error}). Install it with 'pip install \"mefeat[vqa]\"'."
        ) from error
