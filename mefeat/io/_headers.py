"""How large an image claims to be, from its first bytes, before anything is decoded.

A file of a hundred bytes may claim billions of pixels, for which a decoder takes memory
before it looks at the rest.
"""

import re
import struct

__all__ = ["MAX_PIXELS", "image_size"]

# Twice what the largest cameras of today give; a frame of a face has under two million.
MAX_PIXELS = 200_000_000


def image_size(data):
    """Give the height and width that an image claims.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    (int, int) or None
        None where it is no PNG, JPEG, BMP, TIFF, PNM or WebP, or is cut off within its
        header.  Tiles of a TIFF that are larger than the image count.

    Notes
    -----
    JPEG 2000 is left out: damaged files end the process in the decoder of OpenCV 4.10.
    """
    for starts, read in _FORMATS:
        if data.startswith(starts):
            try:
                return read(data)
            except (struct.error, LookupError, OverflowError, ValueError):
                return None
    return None


def _png(data):
    place = 8
    while place + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        # A decoder takes memory for a whole part before it reads it.
        if length > len(data) - place:
            return None
        place += 12 + length
    width, height = struct.unpack_from(">II", data, 16)
    return height, width


def _jpeg(data):
    place = 2
    while True:
        place = data.index(b"\xff", place)
        while data[place] == 0xFF:
            place += 1
        marker = data[place]
        place += 1
        if marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:
            continue  # these stand alone
        if marker in (0xD9, 0xDA):
            return None  # the picture begins, or ends, without a size
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return struct.unpack_from(">HH", data, place + 3)
        (length,) = struct.unpack_from(">H", data, place)
        place += max(length, 2)


def _bmp(data):
    (length,) = struct.unpack_from("<I", data, 14)
    form = "<HH" if length == 12 else "<ii"
    width, height = struct.unpack_from(form, data, 18)
    return abs(height), abs(width)


def _tiff(data):
    order = "<" if data[:2] == b"II" else ">"
    (version,) = struct.unpack_from(order + "H", data, 2)
    if version == 43:  # BigTIFF
        (place,) = struct.unpack_from(order + "Q", data, 8)
        (count,) = struct.unpack_from(order + "Q", data, place)
        place, step, value_at = place + 8, 20, 12
    else:
        (place,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, place)
        place, step, value_at = place + 2, 12, 8
    forms = {1: "B", 3: "H", 4: "I", 16: "Q"}
    found = {}
    for entry in range(min(count, 4096)):
        at = place + entry * step
        tag, kind = struct.unpack_from(order + "HH", data, at)
        if tag in (256, 257, 322, 323) and kind in forms:
            form = order + forms[kind]
            (found[tag],) = struct.unpack_from(form, data, at + value_at)
    image, tile = (found[257], found[256]), (found.get(323, 0), found.get(322, 0))
    return max(image, tile, key=lambda size: size[0] * size[1])


def _pnm(data):
    # Comments may stand between the numbers.
    head = re.sub(rb"#[^\n\r]*", b" ", data[2:4096]).split(maxsplit=2)
    if len(head) < 3 or not (head[0] + head[1][:10]).isdigit():
        return None
    return int(head[1][:10]), int(head[0][:10])


def _webp(data):
    kind = data[12:16]
    if data[8:12] != b"WEBP":
        return None
    if kind == b"VP8X":
        sides = (
            struct.unpack_from("<I", data, 24)[0],
            struct.unpack_from("<I", data[:30] + b"\0", 27)[0],
        )
        width, height = ((side & 0xFFFFFF) + 1 for side in sides)
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (v & 0x3FFF for v in struct.unpack_from("<HH", data, 26))
    return height, width


_FORMATS = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8", _jpeg),
    (b"BM", _bmp),
    ((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), _tiff),
    (tuple(b"P%d" % kind for kind in range(1, 7)), _pnm),
    (b"RIFF", _webp),
)
