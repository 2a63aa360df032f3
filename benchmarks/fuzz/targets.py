"""What is fuzzed: for each target, files to start from and how one is read.

A target is a class with ``seeds()``, which gives the contents to start from, and a call
that takes a content and reads it.  Everything it writes lies in its ``folder``.
"""

# Each of these lists its targets when it is imported.
from benchmarks.fuzz import _archives, _pictures, _tables, _typed  # noqa: F401
from benchmarks.fuzz._tables import make_xls
from benchmarks.fuzz._target import TARGETS

__all__ = ["TARGETS", "make_xls"]
