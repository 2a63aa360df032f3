"""Errors and warnings that mefeat raises, each with a name to catch."""

from __future__ import annotations

__all__ = [
    "CacheWarning",
    "ClipError",
    "FaceNotFoundError",
    "MissingDependencyError",
    "ModelFileError",
    "ModelVersionWarning",
    "TruncatedClipWarning",
]


class ClipError(ValueError):
    """A clip cannot be used.

    Parameters
    ----------
    message : str
        What is wrong and what to do about it.
    clip : str, optional
        Name of the clip, put in front of the message.
    frame : int, optional
        0-based frame at which the trouble was met.
    """

    def __init__(
        self, message: str, clip: str | None = None, frame: int | None = None
    ) -> None:
        self.clip = clip
        self.frame = frame
        where = "" if clip is None else f"clip {clip!r}"
        if frame is not None:
            where += f"{', ' if where else ''}frame {frame}"
        self.message = message
        super().__init__(f"{where}: {message}" if where else message)

    def __reduce__(self):
        return type(self), (self.message, self.clip, self.frame)


class FaceNotFoundError(ClipError):
    """No face was found where one is needed.

    Parameters
    ----------
    message, clip, frame
        As of `ClipError`.
    """


class MissingDependencyError(ImportError):
    """A package that the called function needs cannot be imported."""


class TruncatedClipWarning(UserWarning):
    """A file holds fewer frames than it promises."""


class ModelFileError(ValueError):
    """A file is no model, is damaged, or holds what must not be loaded."""


class ModelVersionWarning(UserWarning):
    """A model was saved with other versions of the packages that it is built on."""


class CacheWarning(UserWarning):
    """An entry of a cache is damaged and was computed again."""
