"""Items that are worked on together, and what happens when somebody stops."""

import subprocess
import sys
import threading
import time

import pytest

from mefeat.workflows._together import each


def slow(value):
    time.sleep(0.01 * (value % 3))
    return value * value


@pytest.mark.parametrize("n_jobs", [None, 1, 2, -1])
def test_results_are_in_order(n_jobs):
    assert list(each(slow, range(12), n_jobs)) == [n * n for n in range(12)]


def test_no_more_is_begun_than_needed():
    begun = []
    results = each(begun.append, iter(range(1000)), 2)
    next(results)
    assert len(begun) <= 5
    results.close()
    time.sleep(0.05)
    assert len(begun) <= 5


def test_an_error_comes_at_its_place():
    def work(value):
        if value == 3:
            raise ValueError("three")
        return value

    results = each(work, range(100), 2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_nobody_waits_for_what_runs():
    free = threading.Event()
    results = each(lambda value: free.wait(20) if value else value, range(4), 2)
    assert next(results) == 0
    began = time.monotonic()
    results.close()
    assert time.monotonic() - began < 5
    free.set()


def test_the_process_ends_though_threads_run():
    code = (
        "import threading, time, mefeat.cli as cli\n"
        "cli.main = lambda: threading.Thread(target=time.sleep, args=(60,)).start() "
        "or 130\n"
        "cli.run()"
    )
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == 130
    assert time.monotonic() - began < 50
