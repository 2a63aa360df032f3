"""PyTorch, imported at first use."""

from functools import cache

from mefeat.exceptions import MissingDependencyError

__all__ = ["choose_device", "import_torch"]


@cache
def import_torch():
    """Give the module torch, or raise with the line that installs it."""
    try:
        import torch
    except ImportError as error:
        raise MissingDependencyError(
            "PyTorch is needed for the neural baselines, but does not import "
            f"({error}). Install it with 'pip install \"mefeat[neural]\"'."
        ) from error
    return torch


def choose_device(device, owner):
    """Give the torch device for ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``..."""
    torch = import_torch()
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.device(device)
    except (RuntimeError, TypeError):
        raise ValueError(
            f"The 'device' parameter of {owner} must be 'auto' or the name of a torch "
            f"device. Got {device!r} instead."
        ) from None
