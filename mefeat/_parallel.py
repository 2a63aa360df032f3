"""joblib over clips, with a cache for each clip.

Results are cached per clip under its key (`Clip.key`) and the parameters, so that a
grid search over the settings of a classifier extracts each clip once.
"""

from joblib import Parallel, delayed
from sklearn.utils.validation import check_memory

import mefeat

__all__ = ["map_clips"]


def _run(function, key, params, clip):
    return function(clip, **params)


def map_clips(function, clips, *, params=None, n_jobs=None, memory=None):
    """Apply ``function(clip, **params)`` to each clip, in order.

    Parameters
    ----------
    function : callable
        A module-level function (or static method), importable on the workers.
    clips : sequence of Clip
    params : dict, optional
        Keyword arguments; part of the cache's key.
    n_jobs : int, optional
        Number of jobs of joblib.  No backend is fixed (threads are preferred, since
        the kernels release the GIL), so `joblib.parallel_config` can send the work
        to a cluster.
    memory : None, str or joblib.Memory
        Where results are cached; None caches nothing.

    Returns
    -------
    list
    """
    params = {} if params is None else params
    if memory is None:
        task, keys = _run, [None] * len(clips)
    else:
        task = check_memory(memory).cache(_run, ignore=["clip"])
        # A new version of mefeat may compute other numbers: never read its old ones.
        keys = [(mefeat.__version__, clip.key) for clip in clips]
    return Parallel(n_jobs=n_jobs, prefer="threads")(
        delayed(task)(function, key, params, clip)
        for key, clip in zip(keys, clips, strict=True)
    )
