"""Frames that stand in image files, numbered or not."""

import re
from pathlib import Path

import numpy as np

from mefeat.exceptions import ClipError
from mefeat.io._files import file_key, readable
from mefeat.io._headers import MAX_PIXELS, image_size
from mefeat.io._opencv import import_cv2

__all__ = ["ImageSource"]

# Numbers further apart than this many times their count are not those of frames.
_MAX_SPREAD = 1000

# Frame numbers are kept as 64-bit integers.
_LARGEST = 2**62


def _number(path):
    digits = re.findall(r"\d+", Path(path).stem)
    return int(digits[-1]) if digits else None


def _count_frames(numbers):
    """Whether these numbers of files are numbers of frames."""
    if None in numbers or len(set(numbers)) < len(numbers):
        return False
    if max(numbers) > _LARGEST:
        return False
    return max(numbers) - min(numbers) < _MAX_SPREAD * len(numbers)


def _natural(path):
    parts = re.split(r"(\d+)", Path(path).stem)
    return [int(p) if place % 2 else p for place, p in enumerate(parts)]


class ImageSource:
    """Frames of a folder or list of images, with holes in their numbering filled.

    The frame of index i is the file of number ``first number + i``; where there is
    none, the frame before it is repeated.  The number is the last one in a file's name.
    Where a name has none, two names share one, or the numbers lie so far apart that
    they cannot be frames (times of day, say), there are no numbers and no holes, and
    the order is the natural one, or the given one with `given_order`.  With `lazy`, no
    image is opened before the size or a frame is asked for.
    """

    fps = None
    times = None

    def __init__(self, paths, name=None, numbered=True, lazy=False, given_order=False):
        paths = [Path(p) for p in paths]
        if not paths:
            raise ClipError("no image in the folder or list", clip=name)
        numbers = [_number(p) for p in paths]
        usable = _count_frames(numbers)
        self.name = readable(paths[0].parent.name) if name is None else name
        if numbered and usable:
            order = np.argsort(numbers)
            self.paths = [paths[i] for i in order]
            self.numbers = np.array([numbers[i] for i in order])
        else:
            keep = given_order or not numbered
            self.paths = paths if keep else sorted(paths, key=_natural)
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
        path = self.paths[index]
        if not path.is_file():
            what = "is no regular file" if path.exists() else "no such image"
            raise ClipError(f"{what}: {path}", clip=self.name)
        data = np.fromfile(path, dtype=np.uint8)
        if not data.size:
            raise ClipError(f"the image file is empty: {path}", clip=self.name)
        image = self._decode(data, path)
        usable = image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)
        if not usable or image.dtype not in (
            np.uint8,
            np.uint16,
            np.float32,
            np.float64,
        ):
            raise ClipError(
                f"an image of {image.dtype} of shape {image.shape}: {path}. Save it "
                "with 8 or 16 bits in gray or in three colours",
                clip=self.name,
            )
        return image

    def _decode(self, data, path):
        """Decode an image, unless it claims more pixels than any camera gives."""
        cv2 = import_cv2()
        size = image_size(data.tobytes())
        if size is not None and size[0] * size[1] > MAX_PIXELS:
            raise ClipError(
                f"claims {size[1]} x {size[0]} pixels, more than "
                f"{MAX_PIXELS // 10**6} million, and was not read: {path}",
                clip=self.name,
            )
        image = None
        if size is not None:
            try:
                flags = cv2.IMREAD_ANYDEPTH | cv2.IMREAD_ANYCOLOR
                image = cv2.imdecode(data, flags)
                if image is not None and image.ndim == 3:
                    image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
            except cv2.error:
                image = None
        if image is None:
            raise ClipError(
                f"not an image that can be read: {path}. It may be damaged, or neither "
                "PNG, JPEG, BMP, TIFF, PNM nor WebP",
                clip=self.name,
            )
        return image

    @property
    def key(self):
        numbered = self.numbers is not None  # whether holes are filled
        return ("images", numbered, tuple(file_key(p) for p in self.paths))

    def read(self, start, stop, step=1):
        last, image = None, None
        for frame in range(start, stop):
            if (frame - start) % step:
                yield None
                continue
            index = self.file_of[frame]
            if index != last:
                last, image = index, self._load(index)
                if image.shape[:2] != tuple(self.shape):
                    raise ClipError(
                        f"{self.paths[index].name} has the size {image.shape[:2]}, "
                        f"the first image {tuple(self.shape)}",
                        self.name,
                        frame - start,
                    )
            yield image
