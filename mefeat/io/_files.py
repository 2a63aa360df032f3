"""What tells one version of a file from another, and what its name is in texts."""

import re

__all__ = ["file_key", "readable"]

# Control characters, and bytes of a name that are no text in the system's encoding.
_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def file_key(path):
    """Give (path, time of change in ns, size in bytes)."""
    status = path.stat()
    return (str(path.resolve()), status.st_mtime_ns, status.st_size)


def readable(name):
    """Give a file's name such that it can stand in a table, a page and a terminal.

    What cannot be written as text is escaped, so that different names stay different.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Examples
    --------
    >>> from mefeat.io._files import readable
    >>> print(readable("two\\nlines, ma\u00f1ana"))
    two\\x0alines, ma\u00f1ana
    """
    return _UNREADABLE.sub(_escaped, name)


def _escaped(match):
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # Python's stand-in for a byte
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
