"""A small fuzzer of plain mutations, for machines without atheris."""

import random
import struct

_NUMBERS = (0, 1, 2, 127, 128, 255, 256, 32767, 65535, 2**31 - 1, 2**31, 2**32 - 1)
_WORDS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n", b'"', b",", b"=", b"../", b"%02d",
    "\u2028".encode(), "\u00b2".encode(), "\u0663".encode(), b"\xe9", b"\\ud800",
    b"nan", b"inf", b"-1", b"1e999", b"9" * 30, b"[" * 50, b"{}", b"null", b"true",
)  # fmt: skip


def mutate(seeds, rng):
    """Give a mutation of one of some contents.

    Parameters
    ----------
    seeds : sequence of bytes
    rng : random.Random

    Returns
    -------
    bytes
    """
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        place = rng.randrange(len(data) + 1)
        kind = rng.randrange(8)
        if kind == 0:
            data[place:place] = rng.choice(_WORDS)
        elif kind == 1:
            word = rng.choice(_WORDS)
            data[place : place + len(word)] = word
        elif kind == 2:
            del data[place : place + rng.choice((1, 2, 8, 64, 4096))]
        elif kind == 3:
            form = rng.choice(("B", "<H", ">H", "<I", ">I"))
            size = struct.calcsize(form)
            number = rng.choice(_NUMBERS) % 256**size
            data[place : place + size] = struct.pack(form, number)
        elif kind == 4:
            other = rng.choice(seeds)
            start = rng.randrange(len(other) + 1)
            data[place:place] = other[start : start + rng.randrange(1, 64)]
        elif kind == 5 and data:
            start = rng.randrange(len(data))
            data[place:place] = data[start : start + rng.randrange(1, 64)]
        elif kind == 6:
            data[place:] = b""
        elif data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data[: 1 << 20])


def run(target, seeds, seconds, runs, seed, note):
    """Mutate and read for some time.

    Parameters
    ----------
    target : callable
        Takes bytes.
    seeds : list of bytes
    seconds : float
    runs : int or None
    seed : int
    note : callable
        Called with each content before it is read.

    Returns
    -------
    int
        How often the target was called.
    """
    import time

    rng = random.Random(seed)
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end and (runs is None or count < runs):
        data = seeds[count] if count < len(seeds) else mutate(seeds, rng)
        note(data)
        target(data)
        count += 1
    return count
