"""Types of arguments and results that several packages name."""

from collections.abc import Sequence
from os import PathLike as _PathLike
from typing import Any, TypeAlias

from numpy.typing import NDArray

__all__ = ["Array", "PathLike", "SequenceLike"]

PathLike: TypeAlias = str | _PathLike[str]
Array: TypeAlias = NDArray[Any]
# Clips, labels, subjects, intervals of each video: a list, a tuple or an array.
SequenceLike: TypeAlias = Sequence[Any] | NDArray[Any]
