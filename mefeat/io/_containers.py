"""A look at a video file's outermost boxes: what it is, and whether it is all there.

Decoders hide what is missing: asked for the last frame of a file that was cut off, some
give an earlier one.
"""

import struct

__all__ = ["count_samples", "is_cut_off", "is_text"]

# Control characters; blanks, ends of lines and pages are none.
_NOT_IN_TEXTS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1b")
# Boxes that are looked at; a file may hold millions of empty ones.
_MOST = 10_000


def is_cut_off(path):
    """Tell whether an MP4, MOV or AVI file is shorter than its boxes need.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
        False also for containers that are not known here.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] == b"RIFF":
            return _riff_is_cut(file, size)
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            return _boxes_are_cut(file, size)
    return False


def is_text(path):
    """Tell whether a file begins as a text: a playlist, say, that names other files.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
    """
    with path.open("rb") as file:
        head = file.read(512)
    if not head or head.startswith(b"YUV4MPEG2"):  # a video with a header of text
        return False
    return not set(head) & _NOT_IN_TEXTS


# Boxes of an MP4 that hold boxes, and where others say of how many samples they tell.
_OUTER = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf"}
_COUNT_AT = {b"stsz": 8, b"stz2": 8, b"trun": 4}
_MOST_INSIDE = 1_000_000


def count_samples(path):
    """Add up how many samples (frames, sound) an MP4 or MOV file claims to hold.

    A decoder takes memory for each of them before it looks at the first.

    Parameters
    ----------
    path : Path

    Returns
    -------
    int
        0 for other containers.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(8)[4:] not in (b"ftyp", b"moov", b"wide", b"free", b"skip"):
            return 0
        total, spans = 0, [(0, size)]
        for _ in range(_MOST_INSIDE):
            if not spans:
                break
            start, end = spans.pop()
            file.seek(start)
            head = file.read(32)
            if start + 8 > end or len(head) < 8:
                continue
            length, body = struct.unpack(">I", head[:4])[0], 8
            if length == 1 and len(head) >= 16:
                length, body = struct.unpack(">Q", head[8:16])[0], 16
            stop = min(end, start + length) if length else end
            kind = head[4:8]
            if length == 0 or length >= body:
                spans.append((stop, end))
            if kind in _OUTER:
                spans.append((start + body, stop))
            elif kind in _COUNT_AT:
                place = body + _COUNT_AT[kind]
                total += int.from_bytes(head[place : place + 4], "big")
        else:
            total = 2**62  # no file has so many boxes
    return total


def _riff_is_cut(file, size):
    position = 0
    for _ in range(_MOST):
        if position + 8 > size:
            # A chunk of odd length may lack its padding at the end of the file.
            return position > size + 1
        file.seek(position)  # AVI files beyond 1 GB have several RIFF chunks
        name, length = struct.unpack("<4sI", file.read(8))
        if name != b"RIFF":
            return False
        position += 8 + length + length % 2
    return False


def _boxes_are_cut(file, size):
    position = 0
    for _ in range(_MOST):
        if position >= size:
            return position > size
        file.seek(position)
        head = file.read(16)
        if len(head) < 8:
            return True
        length = struct.unpack(">I", head[:4])[0]
        if length == 0:  # this box reaches to the end of the file
            return False
        if length == 1:
            if len(head) < 16:
                return True
            length = struct.unpack(">Q", head[8:])[0]
        if length < 8:
            return False
        position += length
    return False
