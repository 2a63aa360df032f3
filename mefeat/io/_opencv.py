"""OpenCV, imported at first use, with a remedy where it cannot be."""

from functools import cache

from mefeat.exceptions import MissingDependencyError

__all__ = ["import_cv2"]


@cache
def import_cv2():
    """Give the module cv2.

    Raises
    ------
    MissingDependencyError
        If it cannot be imported, with the line that mends it.
    """
    try:
        import cv2
    except ImportError as error:
        raise MissingDependencyError(
            f"OpenCV is needed to read videos and find faces, but does not import "
            f"({error}). Install it with 'pip install opencv-contrib-python'. On a "
            "server without a desktop, either 'apt-get install libgl1 libglib2.0-0' or "
            "replace it by 'pip install opencv-contrib-python-headless'."
        ) from error
    return cv2
