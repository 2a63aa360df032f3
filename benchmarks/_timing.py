"""Times of calls that are compared with one another."""

import time

import numpy as np

__all__ = ["smallest_times"]


def smallest_times(calls, rounds, clock=time.process_time):
    """Time calls one after the other in each round; give the least of each.

    Parameters
    ----------
    calls : dict of str to callable
    rounds : int
    clock : callable
        Gives seconds; by default those of the processor.

    Returns
    -------
    dict of str to float
        Seconds.
    """
    best = dict.fromkeys(calls, np.inf)
    for _ in range(rounds):
        for name, call in calls.items():
            start = clock()
            call()
            best[name] = min(best[name], clock() - start)
    return best
