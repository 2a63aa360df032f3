"""Many processes that read and write one cache, some of which are killed.

This file imports nothing of the benchmarks: tests load it by its path.
"""

import multiprocessing
import os
import time
import warnings
from pathlib import Path

import numpy as np

__all__ = ["share"]


def _content(number):
    """Give what belongs to clip `number`: a thousand numbers."""
    return np.random.default_rng(number).random(1000)


def _work(clip, folder):
    """Compute an entry, noting that it was computed."""
    number = int(clip.name)
    with open(Path(folder) / "computed", "ab", buffering=0) as file:
        file.write(b".")
    time.sleep(0.002)
    return _content(number)


def _reader(folder, n_clips, rounds, size_limit, seed, wrong):
    from mefeat import Clip, ClipCache
    from mefeat._parallel import map_clips

    warnings.simplefilter("error")
    cache = ClipCache(Path(folder) / "cache", size_limit)
    rng = np.random.default_rng(seed)
    clips = [
        Clip(
            np.full((2, 8, 8), number % 256, np.uint8), fps=1 + number, name=f"{number}"
        )
        for number in range(n_clips)
    ]
    for _ in range(rounds):
        for number in rng.permutation(n_clips):
            (found,) = map_clips(
                _work, [clips[number]], params={"folder": folder}, memory=cache
            )
            if not np.array_equal(found, _content(number)):
                with wrong.get_lock():
                    wrong.value += 1


def share(folder, n_processes, *, n_clips=200, rounds=2, size_limit=None, n_kills=0):
    """Let processes map the same clips through one cache, each in its own order.

    Parameters
    ----------
    folder : path
    n_processes, n_clips, rounds : int
    size_limit : int, optional
        Bytes of the cache; where it is less than all entries take, they are removed
        and computed again all the time.
    n_kills : int
        Processes that are killed on the way.

    Returns
    -------
    dict
        ``processes``, ``killed``, ``reads`` (of those that were not), ``computed``,
        ``wrong`` (values that were not right), ``failed`` (processes that ended with an
        error or a warning), ``megabytes`` of the cache in the end, ``seconds``.
    """
    context = multiprocessing.get_context("fork" if os.name == "posix" else "spawn")
    wrong = context.Value("i", 0)
    began = time.monotonic()
    processes = [
        context.Process(
            target=_reader, args=(str(folder), n_clips, rounds, size_limit, seed, wrong)
        )
        for seed in range(n_processes)
    ]
    for process in processes:
        process.start()
    rng = np.random.default_rng(0)
    for process in processes[:n_kills]:
        time.sleep(rng.uniform(0.02, 0.2))
        process.kill()
    for process in processes:
        process.join()
    entries = Path(folder, "cache").glob("??/*.entry")
    return {
        "processes": n_processes,
        "killed": sum(p.exitcode == -9 for p in processes),
        "reads": sum(p.exitcode == 0 for p in processes) * n_clips * rounds,
        "computed": Path(folder, "computed").stat().st_size,
        "wrong": wrong.value,
        "failed": sum(p.exitcode not in (0, -9) for p in processes),
        "megabytes": sum(path.stat().st_size for path in entries) / 1e6,
        "seconds": time.monotonic() - began,
    }
