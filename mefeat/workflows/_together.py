"""Several items at a time, the results one after the other."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor

from joblib import effective_n_jobs

__all__ = ["each"]


def each(function, items, n_jobs=None):
    """Yield ``function(item)`` for each item, in order, as soon as it is there.

    Results do not pile up: only a few more items are begun than have been taken.  Where
    the taker stops, by Ctrl-C too, nothing new is begun and nobody waits for what runs.

    Parameters
    ----------
    function : callable
    items : iterable
    n_jobs : int, optional
        Threads, as joblib counts them: -1 is one for each processor.

    Yields
    ------
    object

    Examples
    --------
    >>> from mefeat.workflows._together import each
    >>> list(each(abs, [-3, 2, -1], n_jobs=2))
    [3, 2, 1]
    """
    n_jobs = effective_n_jobs(n_jobs)
    if n_jobs == 1:
        yield from map(function, items)
        return
    executor, running = ThreadPoolExecutor(n_jobs), deque()
    try:
        for item in items:
            running.append(executor.submit(function, item))
            if len(running) == 2 * n_jobs:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
