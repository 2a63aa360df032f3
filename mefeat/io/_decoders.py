"""Open video decoders, kept for a while by each thread.

Slices of a long video are mostly read one after the other.  The decoder that read one
goes on with the next, so that reading all of them decodes the file once.
"""

import os
import threading
from contextlib import contextmanager

from mefeat.io._files import file_key
from mefeat.io._opencv import import_cv2

__all__ = ["borrow_decoder", "close_decoders"]

MAX_OPEN = 2  # a thread rarely reads more than a video and its aligned twin

_local = threading.local()


class _Decoder:
    """A decoder that knows which frame comes next."""

    def __init__(self, capture, key):
        self.capture = capture
        self.key = key
        self.position = 0
        self.finished = False
        self._frame = None

    def grab(self):
        ok = self.capture.grab()
        self.position += ok
        return ok

    def retrieve(self):
        """Give the frame grabbed last, in memory that the next one will overwrite."""
        ok, self._frame = self.capture.retrieve(self._frame)
        return ok, self._frame

    @property
    def time(self):
        """Seconds at which the frame grabbed last is shown."""
        return self.capture.get(import_cv2().CAP_PROP_POS_MSEC) / 1000

    def close(self):
        self.capture.release()


def _kept():
    """Give this thread's list of decoders, the one used last at the end."""
    owner = os.getpid()
    if getattr(_local, "owner", None) != owner:
        # A forked process shares the position in the file with its parent: never
        # read from an inherited decoder.
        _local.owner, _local.decoders = owner, []
    return _local.decoders


def close_decoders(path=None):
    """Close what this thread keeps open, of one file or of all."""
    kept = _kept()
    wanted = None if path is None else os.path.realpath(path)
    for decoder in list(kept):
        if wanted in (None, decoder.key[0]):
            kept.remove(decoder)
            decoder.close()


@contextmanager
def borrow_decoder(path, open_capture, start):
    """Give a decoder that stands at frame `start` or before it, to use alone."""
    kept, key = _kept(), file_key(path)
    for decoder in [d for d in kept if d.key[0] == key[0] and d.key != key]:
        kept.remove(decoder)  # the file has changed since
        decoder.close()
    usable = [d for d in kept if d.key == key and d.position <= start]
    if usable:
        decoder = max(usable, key=lambda d: d.position)
        kept.remove(decoder)
    else:
        decoder = _Decoder(open_capture(), key)
    try:
        yield decoder
    except GeneratorExit:  # the reader stopped early; the decoder stands well
        _keep(decoder)
        raise
    except BaseException:
        decoder.close()
        raise
    _keep(decoder)


def _keep(decoder):
    kept = _kept()
    if decoder.finished:  # nothing left: give the file back to the system
        decoder.close()
        return
    kept.append(decoder)
    while len(kept) > MAX_OPEN:
        kept.pop(0).close()
