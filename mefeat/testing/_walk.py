"""`all_estimators`: every estimator of mefeat, so that none escapes the checks."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module

from sklearn.base import BaseEstimator

import mefeat

__all__ = ["all_estimators"]


def all_estimators() -> list[tuple[str, type]]:
    """List all public estimator classes of mefeat.

    Returns
    -------
    list of (str, type)
        Name and class, sorted by name; abstract classes, private ones and those of
        this package are left out.

    Examples
    --------
    >>> from mefeat.testing import all_estimators
    >>> "LBPTOP" in dict(all_estimators())
    True
    """
    found = {}
    for module in pkgutil.walk_packages(mefeat.__path__, "mefeat."):
        parts = module.name.split(".")
        if "testing" in parts or "_kernels" in parts or parts[-1] == "__main__":
            continue
        for name, kind in vars(import_module(module.name)).items():
            own = inspect.isclass(kind) and kind.__module__.startswith("mefeat.")
            if own and issubclass(kind, BaseEstimator):
                base = kind.__module__ == "mefeat.base" or inspect.isabstract(kind)
                if not base and not name.startswith("_"):
                    found[kind.__name__] = kind
    return sorted(found.items())
