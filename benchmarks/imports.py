"""Seconds that importing mefeat adds to importing scikit-learn's base.

Each line is measured in fresh processes of its own, in turns, with all files in the
system's cache; what counts is the processor's time, without Python's start, so that
other work on the machine matters little.
"""

import statistics
import subprocess
import sys

__all__ = ["run"]

_STATEMENTS = {
    "sklearn.base": "import sklearn.base",
    "mefeat": "import sklearn.base, mefeat",
    "Clip, LBPTOP": "import sklearn.base; from mefeat import Clip, LBPTOP",
    "make_recognizer": "import sklearn.base; from mefeat import make_recognizer",
    "SpotThenRecognize": "import sklearn.base; from mefeat import SpotThenRecognize",
}
_PROGRAM = """
import time
start = time.process_time()
{}
print(time.process_time() - start)
"""


def _seconds(statement):
    command = [sys.executable, "-c", _PROGRAM.format(statement)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def run(quick=False):
    """Give the median of each statement, and what it adds to the first one."""
    times = {name: [] for name in _STATEMENTS}
    for turn in range(2 if quick else 16):
        for name, statement in _STATEMENTS.items():
            seconds = _seconds(statement)
            if turn:  # the first turn brings the files into the cache
                times[name].append(seconds)
    medians = {name: statistics.median(values) for name, values in times.items()}
    base = medians["sklearn.base"]
    return [
        {"import": name, "seconds (median)": median, "added": median - base}
        for name, median in medians.items()
    ]
