"""Where the frames of a clip come from: arrays, video files, lists of images.

A source has ``n_frames``, ``shape`` (height, width), ``is_color``, ``dtype``, ``fps``
(None where unknown), ``name`` and ``key``; ``read(start, stop)`` yields raw frames
(gray, or RGB with the colour last) in order.  Sources hold no frames of files and no
open decoders once pickled.
"""

import hashlib
import re
import warnings
from pathlib import Path

import numpy as np

from mefeat.exceptions import ClipError, TruncatedClipWarning
from mefeat.io._opencv import import_cv2

__all__ = ["ArraySource", "ImageSource", "VideoSource", "open_source"]

IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".pgm", ".ppm"}
VIDEO_SUFFIXES = {".mp4", ".avi", ".mov", ".mkv", ".m4v", ".webm", ".wmv", ".mpg"}


class ArraySource:
    """Frames of an array (T, H, W) or (T, H, W, 3)."""

    numbers = None
    fps = None

    def __init__(self, array, name=None):
        array = np.asanyarray(array)
        if array.ndim == 4 and array.shape[3] == 1:
            array = array[..., 0]
        if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[3] != 3):
            raise ClipError(
                "an array must have the shape (n_frames, height, width) or "
                f"(n_frames, height, width, 3). Got {array.shape} instead",
                clip=name,
            )
        if (
            array.dtype == bool
            or array.dtype.kind not in "uf"
            or (array.dtype.kind == "u" and array.dtype.itemsize > 2)
        ):
            raise ClipError(
                "frames must be uint8, uint16 or floating point. Got "
                f"{array.dtype} instead: convert with array.astype('uint8')",
                clip=name,
            )
        if 0 in array.shape[1:]:
            raise ClipError(f"frames are empty: shape {array.shape}", clip=name)
        self.array = array
        self.name = name
        self.n_frames = len(array)
        self.shape = array.shape[1:3]
        self.is_color = array.ndim == 4
        self.dtype = array.dtype

    @property
    def key(self):
        digest = hashlib.sha1(usedforsecurity=False)
        digest.update(repr((self.array.shape, self.array.dtype.str)).encode())
        for frame in self.array:
            digest.update(np.ascontiguousarray(frame).data)
        return ("array", digest.hexdigest())

    def read(self, start, stop):
        yield from self.array[start:stop]


def _file_key(path):
    status = path.stat()
    return (str(path.resolve()), status.st_mtime_ns, status.st_size)


class VideoSource:
    """Frames of a video file, decoded in order by OpenCV."""

    numbers = None
    is_color = True
    dtype = np.dtype(np.uint8)

    def __init__(self, path):
        self.path = Path(path)
        self.name = self.path.stem
        if not self.path.is_file():
            raise ClipError("no such video file", clip=str(path))
        capture = self._open()
        cv2 = import_cv2()
        ok, frame = capture.read()
        if not ok:
            raise ClipError("the video holds no frame that can be decoded", str(path))
        self.shape = frame.shape[:2]
        fps = capture.get(cv2.CAP_PROP_FPS)
        self.fps = float(fps) if 0 < fps < 100_000 else None
        self.n_frames = self._count(capture)
        capture.release()

    def _open(self):
        cv2 = import_cv2()
        capture = cv2.VideoCapture(str(self.path))
        if not capture.isOpened():
            raise ClipError(
                "not a video that can be opened: it may be damaged, cut off or of an "
                "unknown format",
                clip=str(self.path),
            )
        return capture

    def _count(self, capture):
        cv2 = import_cv2()
        promised = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        if promised > 1:
            capture.set(cv2.CAP_PROP_POS_FRAMES, promised - 1)
            if capture.grab():
                return promised
        counter = self._open()
        found = 0
        while counter.grab():
            found += 1
        counter.release()
        if found < promised:
            warnings.warn(
                f"{self.path}: {promised - found} of {promised} frames are missing at "
                "the end; the video is truncated",
                TruncatedClipWarning,
                stacklevel=5,
            )
        return found

    @property
    def key(self):
        return ("video", *_file_key(self.path))

    def read(self, start, stop):
        cv2 = import_cv2()
        capture = self._open()
        try:
            for _ in range(start):
                capture.grab()
            for index in range(start, stop):
                ok, frame = capture.read()
                if not ok:
                    raise ClipError("cannot be decoded", str(self.path), index)
                yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        finally:
            capture.release()


def _number(path):
    digits = re.findall(r"\d+", Path(path).stem)
    return int(digits[-1]) if digits else None


def _natural(path):
    parts = re.split(r"(\d+)", Path(path).stem)
    return [int(p) if p.isdigit() else p for p in parts]


class ImageSource:
    """Frames of a folder or list of images, with holes in their numbering filled.

    The frame of index i is the file of number ``first number + i``; where there is
    none, the frame before it is repeated.  With `lazy`, no image is opened before the
    size or a frame is asked for.
    """

    fps = None

    def __init__(self, paths, name=None, numbered=True, lazy=False):
        paths = [Path(p) for p in paths]
        if not paths:
            raise ClipError("no image in the folder or list", clip=name)
        numbers = [_number(p) for p in paths]
        usable = None not in numbers and len(set(numbers)) == len(numbers)
        self.name = name if name is not None else paths[0].parent.name
        if numbered and usable:
            order = np.argsort(numbers)
            self.paths = [paths[i] for i in order]
            self.numbers = np.array([numbers[i] for i in order])
        else:
            self.paths = sorted(paths, key=_natural) if numbered else paths
            self.numbers = None
        if self.numbers is None:
            self.file_of = np.arange(len(paths))
        else:
            wanted = np.arange(self.numbers[0], self.numbers[-1] + 1)
            self.file_of = np.searchsorted(self.numbers, wanted, side="right") - 1
        self.n_frames = len(self.file_of)
        if not lazy:
            self._probe()

    def _probe(self):
        first = self._load(0)
        self.shape = first.shape[:2]
        self.is_color = first.ndim == 3
        self.dtype = first.dtype

    def __getattr__(self, name):
        # Only reached while these three are not known yet.
        if name in ("shape", "is_color", "dtype"):
            self._probe()
            return self.__dict__[name]
        raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")

    def _load(self, index):
        cv2 = import_cv2()
        path = self.paths[index]
        data = np.fromfile(path, dtype=np.uint8) if path.is_file() else None
        if data is None or not data.size:
            what = "no such image" if data is None else "the image file is empty"
            raise ClipError(f"{what}: {path}", clip=self.name)
        flags = cv2.IMREAD_ANYDEPTH | cv2.IMREAD_ANYCOLOR
        image = cv2.imdecode(data, flags)
        if image is None:
            raise ClipError(f"not an image that can be read: {path}", clip=self.name)
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB) if image.ndim == 3 else image

    @property
    def key(self):
        return ("images", tuple(_file_key(p) for p in self.paths))

    def read(self, start, stop):
        last, image = None, None
        for frame in range(start, stop):
            index = self.file_of[frame]
            if index != last:
                last, image = index, self._load(index)
                if image.shape[:2] != tuple(self.shape):
                    raise ClipError(
                        f"{self.paths[index].name} has the size {image.shape[:2]}, "
                        f"the first image {tuple(self.shape)}",
                        self.name,
                        frame,
                    )
            yield image


def open_source(source, name=None):
    """Give the source of frames for anything that `Clip` accepts."""
    if isinstance(source, ArraySource | VideoSource | ImageSource):
        return source
    if isinstance(source, str | Path):
        path = Path(source)
        if path.is_dir():
            images = [p for p in path.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES]
            return ImageSource(images, name=path.name if name is None else name)
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
        return ImageSource(source, name=name)
    try:
        array = np.asanyarray(source)
    except ValueError:
        array = np.empty(0, dtype=object)
    return ArraySource(array, name=name)
