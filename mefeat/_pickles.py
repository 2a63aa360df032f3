"""Pickles that can only build data: arrays, plain values, and mefeat's own classes.

A pickle is a program.  Here it may name a few functions of NumPy that build arrays, and
classes of mefeat and of the package whose function made the value; whatever else it
names is refused before it is called.
"""

import io
import pickle
import sys
from importlib import import_module

__all__ = ["loads"]

_PLAIN = {
    "builtins": {"bytearray", "complex", "frozenset", "range", "set", "slice"},
    "collections": {"OrderedDict", "deque"},
    "datetime": {"date", "datetime", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "fractions": {"Fraction"},
    "pathlib": {"Path", "PosixPath", "PurePath", "PurePosixPath", "WindowsPath"},
    "numpy": {"dtype", "ndarray"},
    "sklearn.utils._bunch": {"Bunch"},
}
# NumPy 2 has moved its core.
for _core in ("numpy.core", "numpy._core"):
    _PLAIN[f"{_core}.multiarray"] = {"_reconstruct", "scalar"}
    _PLAIN[f"{_core}.numeric"] = {"_frombuffer"}


class _Unpickler(pickle.Unpickler):
    def __init__(self, payload, package):
        super().__init__(io.BytesIO(payload))
        self.package = package

    def find_class(self, module, name):
        if name in _PLAIN.get(module, ()):
            return super().find_class(module, name)
        root = module.partition(".")[0]
        if root in ("mefeat", self.package):
            # Modules of other packages are not even imported here.
            if root == "mefeat" and not module.endswith("__main__"):
                import_module(module)
            found = getattr(sys.modules.get(module), name, None)
            # Not what the module itself has imported from elsewhere.
            if isinstance(found, type) and found.__module__.partition(".")[0] == root:
                return found
        raise pickle.UnpicklingError(f"holds {module}.{name}, which is not trusted")


def loads(payload, package=None):
    """Give what a pickle holds, if it is data.

    Parameters
    ----------
    payload : bytes-like
    package : str, optional
        A package whose classes may be built too, where their module is imported.

    Returns
    -------
    object

    Raises
    ------
    pickle.UnpicklingError
        If it names something else.

    Examples
    --------
    >>> import os
    >>> import pickle
    >>> from mefeat import Interval
    >>> from mefeat._pickles import loads
    >>> loads(pickle.dumps(Interval(3, 9))).length
    7
    >>> loads(pickle.dumps(os.getcwd))
    Traceback (most recent call last):
    ...
    _pickle.UnpicklingError: holds ...getcwd, which is not trusted
    """
    return _Unpickler(payload, package).load()
