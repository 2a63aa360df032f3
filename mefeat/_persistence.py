"""Saving and loading of fitted estimators, without pickle.

A model file is a skops archive (a zip of a schema and arrays) with one more member,
``mefeat.json``, that says what is inside: versions, parameters, classes, feature names
and a fingerprint of the training data.  Loading builds only types that are known to be
harmless: estimators of mefeat, and what skops trusts of scikit-learn, NumPy and SciPy.
"""

from __future__ import annotations

import hashlib
import json
import warnings
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

import mefeat
from mefeat._atomic import replacing
from mefeat._typing import PathLike, SequenceLike
from mefeat._validation import check_clips
from mefeat._zips import ArchiveError, check_archive
from mefeat.exceptions import ModelFileError, ModelVersionWarning

__all__ = ["data_fingerprint", "load_model", "read_metadata", "save_model"]

_MEMBER = "mefeat.json"
_PACKAGES = ("numpy", "scikit-learn", "skops")
# Archives that unpack to more bytes, and to more times their size, are none of ours.
_SMALL, _MOST_TIMES = 256 * 2**20, 100
# Its parameters name servers and files of another machine: asked for by name only.
_NOT_TRUSTED = "mefeat.vqa.qwen.QwenVQA"


# -- what is in the file -------------------------------------------------------


def data_fingerprint(X: SequenceLike, y: SequenceLike | None = None) -> str:
    """Give a short digest of training data, to tell whether two sets are the same.

    Files enter by their names and sizes, arrays by their content.

    Parameters
    ----------
    X : sequence of clips
    y : sequence, optional
        Labels or lists of intervals.

    Returns
    -------
    str
        32 hexadecimal digits.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat.recognition import data_fingerprint
    >>> clips = np.zeros((2, 3, 8, 8), dtype=np.uint8)
    >>> data_fingerprint(clips) == data_fingerprint(clips.copy())
    True
    >>> data_fingerprint(clips) == data_fingerprint(clips, ["negative", "positive"])
    False
    """
    digest = hashlib.sha256()
    for clip in check_clips(X):
        digest.update(repr(_clip_identity(clip)).encode())
    if y is not None:
        for item in y:
            item = item.tolist() if hasattr(item, "tolist") else item
            digest.update(repr(item).encode())
    return digest.hexdigest()[:32]


def _clip_identity(clip):
    path = clip.path
    what = clip.key if path is None else (clip.name, clip.start)
    size = path.stat().st_size if path is not None and path.is_file() else None
    return (what, size, len(clip), clip.shape, clip.fps, clip.subject, clip.apex)


def _feature_names(estimator):
    """Give the names of the features that the classifier sees, or None."""
    estimator = getattr(estimator, "recognizer_", estimator)
    if hasattr(estimator, "best_estimator_"):
        return _feature_names(estimator.best_estimator_)
    step = getattr(estimator, "named_steps", {}).get("features")
    try:
        return [str(name) for name in step.get_feature_names_out()]
    except (AttributeError, ValueError):
        return None


def _describe(estimator, metadata, X, y):
    classes = getattr(estimator, "classes_", None)
    return {
        "format": 1,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {
            "mefeat": mefeat.__version__,
            **{name: version(name) for name in _PACKAGES},
        },
        "estimator": type(estimator).__name__,
        "parameters": {
            name: repr(value)
            for name, value in estimator.get_params().items()
            if not hasattr(value, "get_params") and name.split("__")[-1] != "steps"
        },
        "classes": None if classes is None else np.asarray(classes).tolist(),
        "feature_names": _feature_names(estimator),
        "n_samples": None if X is None else len(X),
        "data_fingerprint": None if X is None else data_fingerprint(X, y),
        "metadata": {} if metadata is None else metadata,
    }


# -- writing -------------------------------------------------------------------


def save_model(
    estimator: Any,
    path: PathLike,
    metadata: dict[str, Any] | None = None,
    *,
    X: SequenceLike | None = None,
    y: SequenceLike | None = None,
) -> Path:
    """Save a fitted estimator; nothing is left under its name if that fails.

    Caches (``memory``) are left out: the file knows no folder of this machine.

    Parameters
    ----------
    estimator : estimator
        A recognizer, a spotter, `mefeat.SpotThenRecognize`, a search.
    path : path
        The file, by convention ``.skops``.
    metadata : dict, optional
        What else to note, as JSON can hold it.
    X, y : sequences, optional
        The training data, for the fingerprint.

    Returns
    -------
    Path

    Raises
    ------
    TypeError
        If `metadata` is nothing that JSON can hold.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.svm import SVC
    >>> from mefeat.recognition import load_model, save_model
    >>> model = SVC(C=3.0).fit([[0.0], [1.0]], ["negative", "positive"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_model(model, f"{folder}/model.skops")
    ...     load_model(path).predict([[0.9]]).tolist()
    ['positive']
    """
    import skops.io  # brings PyTorch along where that is installed

    path = Path(path)
    notes = json.dumps(_describe(estimator, metadata, X, y), indent=1)
    kept = _forget_caches(estimator)
    try:
        with replacing(path, durable=True) as temporary:
            skops.io.dump(estimator, temporary, compression=zipfile.ZIP_DEFLATED)
            with zipfile.ZipFile(temporary, "a", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(_MEMBER, notes)
    finally:
        for owner, memory in kept:
            owner.memory = memory
    return path


def _parts(value, seen):
    """Yield every estimator inside of an estimator, fitted ones too."""
    if id(value) in seen:
        return
    if isinstance(value, BaseEstimator):
        seen.add(id(value))
        yield value
        value = vars(value)
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _parts(item, seen)


def _forget_caches(estimator):
    """Set ``memory`` to None everywhere; give what it was."""
    kept = []
    for part in _parts(estimator, set()):
        if getattr(part, "memory", None) is not None:
            kept.append((part, part.memory))
            part.memory = None
    return kept


# -- reading -------------------------------------------------------------------


def _check_archive(archive, path):
    """Refuse archives that would fill the memory; real models shrink far less."""
    try:
        check_archive(archive, path, max(_SMALL, _MOST_TIMES * path.stat().st_size))
    except ArchiveError as error:
        raise ModelFileError(str(error)) from None


def read_metadata(path: PathLike) -> dict[str, Any]:
    """Read what a model file says about itself, without loading the model.

    Parameters
    ----------
    path : path
        A file written by `save_model`.

    Returns
    -------
    dict
        ``versions``, ``created``, ``estimator``, ``parameters``, ``classes``,
        ``feature_names``, ``n_samples``, ``data_fingerprint`` and ``metadata``.

    Raises
    ------
    ModelFileError
        If the file is missing, damaged or no model.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelFileError(f"{path}: no such model file.")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_archive(archive, path)
            notes = json.loads(archive.read(_MEMBER))
        if isinstance(notes, dict) and isinstance(notes.get("versions"), dict):
            return notes
    except KeyError:
        raise ModelFileError(
            f"{path} was not written by mefeat: it holds no {_MEMBER}. Save models "
            "with mefeat.recognition.save_model or `mefeat train`."
        ) from None
    except ModelFileError:
        raise
    except Exception:
        # Damaged bytes raise errors of many libraries (zipfile, zlib, lzma, struct).
        pass
    raise ModelFileError(
        f"{path} is no model file, or is damaged or cut off: copy it again from where "
        "it was trained, or train it again with `mefeat train`."
    )


def load_model(path: PathLike, trusted: Sequence[str] = ()) -> Any:
    """Load an estimator that `save_model` wrote.

    Nothing in the file is run: types that are not trusted are refused.

    Parameters
    ----------
    path : path
    trusted : sequence of str, default=()
        Further types to trust, such as ``"my_package.MyFeatures"``.  A trusted type is
        imported and built, so trust only code that you know.

    Returns
    -------
    estimator

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, no model, holds types that are not trusted,
        or was saved before an estimator got a parameter that it lacks.

    Warns
    -----
    ModelVersionWarning
        If mefeat or scikit-learn had another version when the model was saved.
    """
    import skops.io

    path = Path(path)
    notes = read_metadata(path)
    try:
        unknown = skops.io.get_untrusted_types(file=path)
    except Exception as error:
        raise _unreadable(path, error) from error
    refused = sorted(
        name for name in unknown if name not in trusted and not _is_own(name)
    )
    if refused:
        raise ModelFileError(
            f"{path} holds types that are not trusted and was not loaded: "
            f"{', '.join(refused)}. If you know where the file comes from and trust "
            f"their code, call load_model(path, trusted={refused})."
        )
    _compare_versions(path, notes)
    try:
        estimator = skops.io.load(path, trusted=sorted(unknown))
    except Exception as error:
        raise _unreadable(path, error) from error
    if not isinstance(estimator, BaseEstimator):
        raise ModelFileError(
            f"{path} holds no model but {type(estimator).__name__}. Save models with "
            "mefeat.recognition.save_model or `mefeat train`."
        )
    _check_parameters(path, estimator)
    # A file that comes with a folder of cached results must not have them used.
    _forget_caches(estimator)
    return estimator


def _unreadable(path, error):
    return ModelFileError(
        f"{path} cannot be loaded ({type(error).__name__}: {error}). It may come from "
        "other versions of mefeat or scikit-learn: train it again with `mefeat train`."
    )


def _check_parameters(path, estimator):
    """Raise where the file is older than a parameter of one of its estimators."""
    missing = [
        f"{name!r} of {type(part).__name__}"
        for part in _parts(estimator, set())
        for name, parameter in signature(type(part)).parameters.items()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        and not hasattr(part, name)
    ]
    if missing:
        raise ModelFileError(
            f"{path} lacks the parameter {', '.join(missing)}: it was saved by a "
            "version that did not know it. Train it again with `mefeat train`; "
            "mefeat.recognition.read_metadata says with which parameters it was "
            "trained."
        )


def _is_own(name):
    """Whether a type's name is that of an estimator of mefeat."""
    module, _, attribute = name.rpartition(".")
    if module.partition(".")[0] != "mefeat":
        return False
    if module.endswith("__main__"):  # importing it runs the command line
        return False
    try:
        kind = getattr(import_module(module), attribute, None)
    except (ImportError, ValueError):
        return False
    if not isinstance(kind, type) or not issubclass(kind, BaseEstimator):
        return False
    return f"{kind.__module__}.{kind.__qualname__}" != _NOT_TRUSTED


def _compare_versions(path, notes):
    then = notes.get("versions", {})
    now = {
        "mefeat": mefeat.__version__,
        "scikit-learn": version("scikit-learn"),
    }
    changed = [
        f"{name} {then.get(name, 'unknown')} (here {here})"
        for name, here in now.items()
        if then.get(name) != here
    ]
    if changed:
        warnings.warn(
            f"{path} was saved with {' and '.join(changed)}: predictions may differ. "
            "Train it again where that matters.",
            ModelVersionWarning,
            stacklevel=3,
        )
