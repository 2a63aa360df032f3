"""Frames that stand in a video file, decoded in order by OpenCV."""

import os
import warnings
from functools import cache
from pathlib import Path

import numpy as np

from mefeat.exceptions import ClipError, TruncatedClipWarning
from mefeat.io._containers import count_samples, is_cut_off, is_text
from mefeat.io._decoders import borrow_decoder
from mefeat.io._files import file_key, readable
from mefeat.io._headers import MAX_PIXELS
from mefeat.io._opencv import import_cv2

__all__ = ["VideoSource"]

# Files that were cut off may claim more samples of sound than they have bytes.
_FEW_SAMPLES = 10_000_000


@cache
def _backend():
    """Give the decoder to use: FFmpeg alone, where OpenCV has it.

    Left to choose, OpenCV would try others on what FFmpeg refuses, among them one that
    takes a name with digits for a sequence of images.
    """
    cv2 = import_cv2()
    known = cv2.videoio_registry.getStreamBackends()
    return cv2.CAP_FFMPEG if cv2.CAP_FFMPEG in known else cv2.CAP_ANY


def _guarded(act, failed=False):
    """Give what a decoder gives, and `failed` where OpenCV raises on damaged data."""
    try:
        return act()
    except import_cv2().error:
        return failed


class VideoSource:
    """Frames of a video file.

    Frames are always decoded in order, from the file's start or from where a decoder
    of this thread stands: positions asked of a container are not reliable.
    """

    numbers = None
    is_color = True
    dtype = np.dtype(np.uint8)

    def __init__(self, path):
        self.path = Path(path)
        self.name = readable(self.path.stem)
        self._times = None
        self.seen_times = []  # seconds of the frames last read from the first one on
        if not self.path.is_file():
            what = "is no regular file" if self.path.exists() else "no such video file"
            raise ClipError(what, clip=str(path))
        if is_text(self.path):
            raise ClipError(
                "is a text, no video; lists of other files are not followed", str(path)
            )
        if count_samples(self.path) > _FEW_SAMPLES + 8 * self.path.stat().st_size:
            raise ClipError(
                "claims more frames than a file of its size can hold, and was not read",
                str(path),
            )
        cv2 = import_cv2()
        capture = self._open()
        try:
            self._check_size(
                capture.get(cv2.CAP_PROP_FRAME_HEIGHT),
                capture.get(cv2.CAP_PROP_FRAME_WIDTH),
            )
            ok, frame = _guarded(capture.read, (False, None))
            if not ok:
                raise ClipError(
                    "the video holds no frame that can be decoded", str(path)
                )
            self.shape = frame.shape[:2]
            self._check_size(*self.shape)
            fps = capture.get(cv2.CAP_PROP_FPS)
            self.fps = float(fps) if 0 < fps < 100_000 else None
            self.n_frames = self._count(capture)
        finally:
            capture.release()

    def _check_size(self, height, width):
        if height * width > MAX_PIXELS:
            raise ClipError(
                f"claims frames of {width:.0f} x {height:.0f} pixels, more than "
                f"{MAX_PIXELS // 10**6} million, and was not read",
                str(self.path),
            )

    def __getstate__(self):
        return {**self.__dict__, "_times": None, "seen_times": []}

    def _open(self):
        cv2 = import_cv2()
        # From the root on, no name can be taken for a protocol such as "concat:".
        path = os.path.abspath(self.path)
        try:
            path.encode()
        except UnicodeEncodeError:
            raise ClipError(
                "the name is no valid text, so that no decoder can open it; rename the "
                "file",
                clip=str(self.path),
            ) from None
        capture = cv2.VideoCapture(path, _backend())
        if not capture.isOpened():
            raise ClipError(
                "not a video that can be opened: it may be damaged, of an unknown "
                "format or cut off before its index (moov), without which no frame of "
                "an .mp4 or .mov file can be read",
                clip=str(self.path),
            )
        return capture

    def _count(self, capture):
        """Count the frames: as the header says if the last one is there, else all."""
        cv2 = import_cv2()
        promised = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        promised = int(promised) if 0 < promised < 2**31 else 0
        if promised > 0 and not is_cut_off(self.path):
            capture.set(cv2.CAP_PROP_POS_FRAMES, promised - 1)
            # Some files give an earlier frame here: then there is one more after it.
            if _guarded(capture.grab) and not _guarded(capture.grab):
                return promised
        counter = self._open()
        found = 0
        while _guarded(counter.grab):
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
        return ("video", *file_key(self.path))

    def read(self, start, stop, step=1):
        if stop <= start:
            return
        with borrow_decoder(self.path, self._open, start) as decoder:
            watched = start == decoder.position == 0
            if watched:
                self.seen_times = []
            for index in range(decoder.position, stop):
                # Frames not asked for are decoded but not turned into pictures.
                ok = _guarded(decoder.grab)
                if watched:
                    self.seen_times.append(decoder.time)
                frame = None
                if ok and index >= start and (index - start) % step == 0:
                    ok, frame = _guarded(decoder.retrieve, (False, None))
                if not ok or (frame is not None and frame.shape[:2] != self.shape):
                    raise ClipError(
                        "cannot be decoded: the file is damaged here or has changed; "
                        f"clip[:{max(index - start, 0)}] can be read",
                        str(self.path),
                        index - start,
                    )
                decoder.finished = index == self.n_frames - 1
                if frame is not None:
                    yield frame[..., ::-1]  # RGB, without a copy
                elif index >= start:
                    yield None

    @property
    def times(self):
        """Seconds at which each frame is shown, or None where the file is unclear."""
        if self._times is None:
            self._times = self._read_times()
        return None if self._times.size == 0 else self._times

    def _read_times(self):
        cv2 = import_cv2()
        capture = self._open()
        try:
            times = np.zeros(self.n_frames)
            for index in range(self.n_frames):
                if not _guarded(capture.grab):
                    return np.empty(0)
                times[index] = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        finally:
            capture.release()
        # Some containers carry no times at all: all zero, or not in order.
        return times - times[0] if (np.diff(times) > 0).all() else np.empty(0)
