"""Digests of code: whether a result was computed by the code that is here now."""

import hashlib
import marshal
from functools import lru_cache, partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import mefeat

__all__ = ["function_identity", "module_digest", "package_digest"]

# Files of mefeat that results may depend on: code, compiled code, models.
_SUFFIXES = (".py", ".so", ".pyd", ".tflite", ".onnx")
# The packages below mefeat that compute, each with the names it is distributed under.
_PACKAGES = {
    "numpy": ("numpy",),
    "scipy": ("scipy",),
    "skimage": ("scikit-image",),
    "cv2": (
        "opencv-contrib-python", "opencv-contrib-python-headless", "opencv-python",
        "opencv-python-headless",
    ),
}  # fmt: skip

_sha1 = partial(hashlib.sha1, usedforsecurity=False)


def function_identity(function):
    """Give what tells the results of a function from those of other code.

    Returns
    -------
    tuple of str
        Module and name, with digests of mefeat and of the function's own module.
    """
    module = function.__module__
    return (module, function.__qualname__, _own_digest(function), package_digest())


def _own_digest(function):
    if function.__module__.partition(".")[0] == "mefeat":
        return ""  # in the digest of the package
    own = module_digest(function.__module__)
    code = getattr(function, "__code__", None)
    if own or code is None:
        return own
    return _sha1(marshal.dumps(code)).hexdigest()  # typed at a prompt


@lru_cache(maxsize=64)
def module_digest(module):
    """Digest the file of a module; empty where there is none, as at a prompt."""
    path = getattr(import_module(module), "__file__", None)
    return "" if path is None else _sha1(Path(path).read_bytes()).hexdigest()


@lru_cache(maxsize=1)
def package_digest():
    """Digest all that numbers depend on: mefeat's files, the packages below it.

    Every file counts, rather than a list that would have to be kept: it takes less than
    a tenth of a second, once in a process.
    """
    digest = _sha1(mefeat.__version__.encode())
    root = Path(mefeat.__file__).parent
    for path in sorted(p for p in root.rglob("*") if p.suffix in _SUFFIXES):
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    for package, names in _PACKAGES.items():
        digest.update(f"{package} {_version(package, names)}".encode())
    return digest.hexdigest()


def _version(package, names):
    """Give the version without importing the package, as far as that can be."""
    found = []
    for name in names:
        try:
            found.append(version(name))
        except PackageNotFoundError:
            continue
    if found:
        return " ".join(found)
    try:  # installed by the system rather than by pip
        return import_module(package).__version__
    except (ImportError, AttributeError):
        return "none"
