"""From pictures to the patches that a Qwen2-VL vision encoder reads.

The library's own processor for videos needs torchvision, which does not come with every
build of torch.  `PatchCutter` gives the same patches with NumPy alone; where the
library's processor for images loads, that can be asked for instead.
"""

import json
from pathlib import Path

import numpy as np

from mefeat.vqa._backends._base import BackendError
from mefeat.vqa._torch import import_extra

__all__ = ["LibraryCutter", "PatchCutter", "make_cutter", "read_pixels"]

# What checkpoints of the family have; a file beside the weights overrides each.
DEFAULTS = {
    "patch_size": 14,
    "temporal_patch_size": 2,
    "merge_size": 2,
    "rescale_factor": 1 / 255,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}


def read_pixels(folder):
    """Give the settings of a checkpoint's image processor."""
    path = Path(folder) / "preprocessor_config.json"
    if not path.is_file():
        return dict(DEFAULTS)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        settings = {n: found.get(n) or value for n, value in DEFAULTS.items()}
        for name, value in settings.items():
            shape, least = np.shape(value), np.min(np.asarray(value, dtype=float))
            whole = not isinstance(DEFAULTS[name], int) or type(value) is int
            if shape != np.shape(DEFAULTS[name]) or not whole or least < 0:
                raise ValueError(name)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise BackendError(
            f"{path}: damaged, not the settings of an image processor in JSON"
        ) from None
    return settings


class PatchCutter:
    """Cut pictures into normalised patches.

    Parameters
    ----------
    pixels : dict
        As from `read_pixels`.
    """

    name = "own"

    def __init__(self, pixels):
        self.patch = pixels["patch_size"]
        self.temporal = pixels["temporal_patch_size"]
        self.merge = pixels["merge_size"]
        # Each of the 256 values of a channel is normalised once, in the order and the
        # types in which the library does it for every pixel.
        levels = np.arange(256).astype(np.float64) * pixels["rescale_factor"]
        levels = levels.astype(np.float32)
        mean = np.asarray(pixels["image_mean"], dtype=np.float32)
        std = np.asarray(pixels["image_std"], dtype=np.float32)
        self._table = (levels[:, None] - mean) / std

    def cut(self, picture):
        """Cut one picture or video.

        Parameters
        ----------
        picture : Picture

        Returns
        -------
        patches : ndarray of shape (n_patches, n_values), float32
        grid : (int, int, int)
            Number of patches in time, height and width.
        """
        frames = picture.frames
        pad = -len(frames) % self.temporal
        if pad:
            frames = np.concatenate([frames, np.repeat(frames[-1:], pad, axis=0)])
        n, height, width, _ = frames.shape
        side = self.patch * self.merge
        if height % side or width % side:
            raise ValueError(
                f"sides of pictures must be multiples of {side}. Got {height} x "
                f"{width} instead."
            )
        grid = (n // self.temporal, height // self.patch, width // self.patch)
        blocks = frames.reshape(
            grid[0], self.temporal, grid[1] // self.merge, self.merge, self.patch,
            grid[2] // self.merge, self.merge, self.patch, 3,
        ).transpose(0, 2, 5, 3, 6, 8, 1, 4, 7)  # fmt: skip
        out = np.empty(blocks.shape, dtype=np.float32)
        for channel in range(3):
            np.take(
                self._table[:, channel], blocks[:, :, :, :, :, channel],
                out=out[:, :, :, :, :, channel], mode="clip",
            )  # fmt: skip
        return out.reshape(grid[0] * grid[1] * grid[2], -1), grid

    def n_tokens(self, grid):
        """Number of tokens that a picture takes in the prompt."""
        return grid[0] * grid[1] * grid[2] // self.merge**2


class LibraryCutter(PatchCutter):
    """Cut images by the library's processor of a checkpoint, videos as `PatchCutter`.

    Raises ImportError, OSError or ValueError where that processor does not load.
    """

    name = "library"

    def __init__(self, pixels, folder):
        super().__init__(pixels)
        transformers = import_extra("transformers")
        self._images = transformers.AutoImageProcessor.from_pretrained(folder)
        try:
            self._videos = transformers.AutoVideoProcessor.from_pretrained(folder)
        except (ImportError, OSError, ValueError):
            self._videos = None

    def cut(self, picture):
        if picture.kind == "image":
            image = picture.frames[0].transpose(2, 0, 1)
            out = self._images(
                [image], do_resize=False, input_data_format="channels_first"
            )
            patches = np.asarray(out["pixel_values"], dtype=np.float32)
            return patches, tuple(map(int, np.asarray(out["image_grid_thw"])[0]))
        if self._videos is None:
            return super().cut(picture)
        torch = import_extra("torch")
        video = torch.from_numpy(picture.frames.transpose(0, 3, 1, 2).copy())
        out = self._videos([video], do_resize=False, return_tensors="pt")
        patches = out["pixel_values_videos"].numpy()
        return patches, tuple(map(int, out["video_grid_thw"][0]))


def make_cutter(folder, processor="auto"):
    """Give the library's cutter, or our own where that does not load.

    Parameters
    ----------
    folder : path
        Of the checkpoint.
    processor : {"auto", "library", "own"}
    """
    pixels = read_pixels(folder)
    if processor == "own":
        return PatchCutter(pixels)
    try:
        return LibraryCutter(pixels, folder)
    except (ImportError, OSError, ValueError) as error:
        if processor == "library":
            raise ValueError(
                f"{folder}: the library's image processor does not load "
                f"({str(error).splitlines()[0]}); set processor='own'"
            ) from None
        return PatchCutter(pixels)
