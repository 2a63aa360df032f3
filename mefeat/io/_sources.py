"""Where the frames of a clip come from: arrays, video files, lists of images.

A source has ``n_frames``, ``shape`` (height, width), ``is_color``, ``dtype``, ``fps``
(None where unknown), ``name`` and ``key``; ``read(start, stop, step=1)`` yields raw
frames (gray, or RGB with the colour last) in order, and None for those between every
`step`-th one, which cost less.  The next frame may take the memory of the last.
``times`` are the seconds at which the frames are shown, None where only `fps` tells.
Sources hold no frames of files and no open decoders once pickled.
"""

from pathlib import Path

from mefeat.exceptions import ClipError
from mefeat.io._arrays import ArraySource
from mefeat.io._files import readable
from mefeat.io._images import ImageSource
from mefeat.io._videos import VideoSource

__all__ = ["ArraySource", "ImageSource", "VideoSource", "open_source"]

IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".pgm", ".ppm"}
VIDEO_SUFFIXES = {".mp4", ".avi", ".mov", ".mkv", ".m4v", ".webm", ".wmv", ".mpg"}


def open_source(source, name=None):
    """Give the source of frames for anything that `Clip` accepts."""
    if isinstance(source, ArraySource | VideoSource | ImageSource):
        return source
    if isinstance(source, str | Path):
        path = Path(source)
        if path.is_dir():
            # Some systems put hidden files beside the images, named as they are.
            images = [
                p
                for p in path.iterdir()
                if p.suffix.lower() in IMAGE_SUFFIXES and not p.name.startswith(".")
            ]
            name = readable(path.name) if name is None else name
            return ImageSource(images, name=name)
        if not path.exists():
            raise ClipError("no such file or folder", clip=str(path))
        if path.suffix.lower() in IMAGE_SUFFIXES:
            return ImageSource([path], name=name)
        return VideoSource(path)
    if (
        isinstance(source, list | tuple)
        and source
        and all(isinstance(item, str | Path) for item in source)
    ):
        return ImageSource(source, name=name, given_order=True)
    return ArraySource(source, name=name)
