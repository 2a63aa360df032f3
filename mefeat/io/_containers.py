"""Whether a video file ends before its container says: a look at the outermost boxes.

Decoders hide it: asked for the last frame of such a file, some give an earlier one.
"""

import struct

__all__ = ["is_cut_off"]


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


def _riff_is_cut(file, size):
    position = 0
    while position + 8 <= size:  # AVI files beyond 1 GB have several RIFF chunks
        file.seek(position)
        name, length = struct.unpack("<4sI", file.read(8))
        if name != b"RIFF":
            return False
        position += 8 + length + length % 2
    # A chunk of odd length may lack its padding at the end of the file.
    return position > size + 1


def _boxes_are_cut(file, size):
    position = 0
    while position < size:
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
    return position > size
