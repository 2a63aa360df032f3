"""What every motion signal needs of a clip: a frame rate and a face."""

from mefeat.exceptions import ClipError, FaceNotFoundError

__all__ = ["frames_per_second", "no_face"]


def frames_per_second(clip, fps, owner):
    """Give fps, of the parameter or the clip, or raise."""
    fps = clip.fps if fps is None else fps
    if fps is None:
        raise ClipError(
            f"has no frames per second: give Clip(..., fps=...) or {owner}(fps=...)",
            clip.name,
        )
    return fps


def no_face(clip):
    """Give the error of a clip without a face."""
    return FaceNotFoundError(
        "no face in any frame: give a video in which a face is seen from the front, "
        "or landmarks",
        clip.name,
    )
