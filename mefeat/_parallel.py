"""joblib over clips, with a cache for each clip.

Results are cached per clip under its key (`Clip.key`) and the parameters, so that a
grid search over the settings of a classifier extracts each clip once.
"""

from joblib import Parallel, delayed

from mefeat._cache import as_cache
from mefeat._digests import function_identity

__all__ = ["map_clips", "run_one"]


def _run(function, clip, params, cache, identity, unkeyed=None):
    options = {**params, **(unkeyed or {})}
    if cache is None:
        return function(clip, **options)
    key = (identity, clip.key, params)
    package = function.__module__.partition(".")[0]
    return cache.call(key, lambda: function(clip, **options), package)


def _cache_for(function, params, memory):
    """Give the cache, or None, and what tells the function's results from others."""
    cache = as_cache(memory)
    if any(callable(value) for value in params.values()):
        cache = None  # its name says nothing of what it does now
    return cache, None if cache is None else function_identity(function)


def run_one(function, clip, *, params, memory=None, **unkeyed):
    """Apply ``function(clip, **params, **unkeyed)`` to one clip, here and now.

    Parameters
    ----------
    function, params, memory
        As for `map_clips`, with which the cached results are shared.
    clip : Clip
    **unkeyed
        Arguments that the result does not depend on, such as who is told of progress;
        no part of the cache's key.

    Returns
    -------
    object
    """
    return _run(function, clip, params, *_cache_for(function, params, memory), unkeyed)


def map_clips(function, clips, *, params=None, n_jobs=None, memory=None):
    """Apply ``function(clip, **params)`` to each clip, in order.

    Parameters
    ----------
    function : callable
        A module-level function (or static method), importable on the workers.
    clips : sequence of Clip
    params : dict, optional
        Keyword arguments; part of the cache's key.  Where one is a function, nothing
        is cached, since two functions of one name cannot be told apart.
    n_jobs : int, optional
        Number of jobs of joblib.  No backend is fixed (threads are preferred, since
        the kernels release the GIL), so `joblib.parallel_config` can send the work
        to a cluster: what travels is the handles of clips, not their pixels, unless
        they are arrays.
    memory : None, path, ClipCache or joblib.Memory
        Where results are cached; None caches nothing.

    Returns
    -------
    list
    """
    params = {} if params is None else params
    cache, identity = _cache_for(function, params, memory)
    return Parallel(n_jobs=n_jobs, prefer="threads")(
        delayed(_run)(function, clip, params, cache, identity) for clip in clips
    )
