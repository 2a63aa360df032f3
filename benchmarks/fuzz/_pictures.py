"""Targets that are videos and images."""

import numpy as np

from benchmarks.fuzz._target import Target, target
from benchmarks.fuzz.oracle import attempt


class _Video(Target):
    codec = None

    def prepare(self):
        from mefeat.io import write_video

        rng = np.random.default_rng(0)
        tiles = rng.integers(0, 256, (6, 4, 4, 3), dtype=np.uint8)
        frames = tiles.repeat(8, axis=1).repeat(8, axis=2)
        seed = self.path.with_name(f"seed{self.path.suffix}")
        self.seed = write_video(seed, frames, 25, self.codec)

    def seeds(self):
        return [self.seed.read_bytes()]

    def read(self, path):
        from mefeat import Clip
        from mefeat.io._decoders import close_decoders

        clip = attempt(Clip, path, named=path.name)
        if clip is not None:
            attempt(lambda: sum(map(len, clip[:50].stream(4))), named=path.stem)
            attempt(lambda: clip.timestamps, named=path.stem)
        close_decoders()


@target("video-mp4")
class MP4(_Video):
    """MP4 videos, damaged anywhere."""

    file = "video.mp4"


@target("video-avi")
class AVI(_Video):
    """AVI videos (Motion JPEG), damaged anywhere."""

    file, codec = "video.avi", "MJPG"


@target("video-mkv")
class MKV(_Video):
    """Matroska videos, damaged anywhere."""

    file = "video.mkv"


@target("image")
class Images(Target):
    """Images of every kind, of 8 and 16 bit, in a folder."""

    file = "frames/img2.png"

    def prepare(self):
        from PIL import Image

        self.path.parent.mkdir()
        pixels = np.arange(1024, dtype=np.uint8).reshape(32, 32)
        Image.fromarray(pixels).save(self.path.with_name("img1.png"))

    def seeds(self):
        import cv2

        gray = np.arange(1024, dtype=np.uint8).reshape(32, 32)
        deep = gray.astype(np.uint16) * 999
        out = []
        for suffix in ("png", "jpg", "bmp", "tif", "webp", "jp2"):
            for picture in (gray, np.dstack([gray] * 3)):
                out.append(cv2.imencode(f".{suffix}", picture)[1].tobytes())
        for suffix in ("png", "tif", "pgm"):
            out.append(cv2.imencode(f".{suffix}", deep)[1].tobytes())
        out.append(cv2.imencode(".tif", gray.astype(np.float32))[1].tobytes())
        return out

    def read(self, path):
        from mefeat import Clip

        single = attempt(Clip, path, named=path.name)
        if single is not None:
            attempt(single.frames, named="frame")
        folder = attempt(Clip, path.parent)
        if folder is not None:
            attempt(folder.frames, named="frame")
            attempt(folder.frames, color=True, named="frame")
