"""The journal of a job: what is finished, so that a rerun need not do it again.

One rule holds for every job that writes one table from many inputs.  The table takes
its name when all of it is done.  Until then each finished item stands in a file beside
it, ``OUT.partial``.  A job that ends early, however it ends, leaves that file; the next
one with the same output takes up what is in it, and removes it when the table is there.
It does so only where the result is sure to be the same: the settings or the model,
mefeat's code and the packages below it must be, else it starts over; and an input file
that has changed is done again.
"""

import hashlib
import json
import logging
import os
import uuid
import zlib
from contextlib import suppress
from pathlib import Path

import joblib
from sklearn.base import BaseEstimator, clone

from mefeat._atomic import append, explained, lock
from mefeat._digests import module_digest, package_digest
from mefeat.workflows._live import Interrupted

__all__ = [
    "Journal", "estimator_identity", "file_digest", "item_key", "partial_path",
]  # fmt: skip

logger = logging.getLogger(__name__)

_MAGIC = b"mefeat-partial-1"


def partial_path(out):
    """Give the name of the journal of the file `out`."""
    out = Path(out)
    return out.with_name(f"{out.name}.partial")


class Journal:
    """Finished items by key, one line each, on disk as soon as they are put.

    A line is its checksum and JSON; what a crash cut off or damaged is passed over.

    Parameters
    ----------
    out : path
        The file that the items will become.
    unit : str
        What an item is called, in the plural, in messages.
    settings : object
        What all items depend on, for `joblib.hash`: what an earlier job finished with
        other ones is not taken up.
    total : int, optional
        Number of items, for messages.
    resume : bool, default=True
        Whether anything of an earlier job is taken up.

    Examples
    --------
    >>> import tempfile
    >>> from mefeat.workflows._journal import Journal
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Journal(f"{folder}/table.csv", "clips", "size 5") as journal:
    ...         journal.put("key", [1.5, None])
    ...     with Journal(f"{folder}/table.csv", "clips", "size 5") as journal:
    ...         journal.get("key")
    [1.5, None]
    """

    def __init__(self, out, unit, settings, total=None, resume=True):
        self.out, self.path = Path(out), partial_path(out)
        self.unit, self.total, self.resume = unit, total, resume
        job = item_key(package_digest(), settings)
        self._head = b"%s %s\n" % (_MAGIC, job.encode())
        self._places = {}
        self._file = None

    # -- items -----------------------------------------------------------------

    def __contains__(self, key):
        return key in self._places

    def get(self, key):
        """Give the value of a finished item.

        Parameters
        ----------
        key : str

        Returns
        -------
        object
            As from JSON.

        Raises
        ------
        KeyError
            If it is not finished.
        """
        start, length = self._places[key]
        self._file.seek(start)
        return json.loads(self._file.read(length))[1]

    def put(self, key, value):
        """Note that an item is finished.

        Parameters
        ----------
        key : str
        value : object
            What JSON can hold.

        Raises
        ------
        OSError
            If the disk is full; nothing is kept of the item then.
        """
        content = json.dumps([key, value], ensure_ascii=False).encode()
        start = os.fstat(self._file.fileno()).st_size
        append(self._file, b"%08x %s\n" % (zlib.crc32(content), content))
        self._places[key] = (start + 9, len(content))

    def remove(self):
        """Remove the file, since the table is there."""
        self._places = {}
        if os.name == "nt":  # where an open file cannot be removed
            self._file.close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    # -- the file ----------------------------------------------------------------

    def __enter__(self):
        self._open()
        try:
            self._read()
        except BaseException:
            self._file.close()
            raise
        if self._places:
            logger.info("%s: %d %s", self.path, len(self._places), self.unit)
        return self

    def _open(self):
        """Open and lock the file, once more if another job has just removed it."""
        try:
            while True:
                self._file = open(self.path, "a+b", buffering=0)  # noqa: SIM115
                lock(self._file, self.out)
                inside = os.fstat(self._file.fileno())
                with suppress(FileNotFoundError):
                    if os.path.samestat(inside, os.stat(self.path)):
                        return
                self._file.close()
        except OSError as error:
            if self._file is not None:
                self._file.close()
            told = explained(error, self.path)
            raise told from None if told is error else error

    def _read(self):
        self._file.seek(0)
        with open(self._file.fileno(), "rb", closefd=False) as file:
            head = file.readline(len(self._head))
            if head[: len(_MAGIC)] != _MAGIC[: len(head)]:
                raise OSError(
                    f"{self.path}: is no journal of mefeat, but the job needs that "
                    "name; move it elsewhere"
                )
            place = len(head)
            while head == self._head and (line := file.readline()):
                if not line.endswith(b"\n"):
                    break
                self._index(line, place)
                place += len(line)
        if head.endswith(b"\n") and head != self._head:
            logger.warning(
                "%s: from other settings or another version; starting over", self.path
            )
        if not self.resume or head != self._head:
            self._places, place = {}, 0
        os.ftruncate(self._file.fileno(), place)  # what a crash cut off
        if not place:
            append(self._file, self._head)

    def _index(self, line, place):
        content = line[9:-1]
        try:
            if line[:9] != b"%08x " % zlib.crc32(content):
                raise ValueError
            key, _ = json.loads(content)
            if not isinstance(key, str):
                raise ValueError
        except (ValueError, TypeError, RecursionError):
            logger.warning("%s: a damaged line is passed over", self.path)
            return
        self._places[key] = (place + 9, len(content))

    def __exit__(self, kind, error, traceback):
        self._file.close()
        if error is None:
            return
        if not self._places:
            self.remove()
        kept = self._kept()
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(kept) from None
        if isinstance(error, Exception):
            error.add_note(kept)

    def _kept(self):
        if not self._places:
            return f"none of the {self.unit} was finished"
        of = "" if self.total is None else f" of {self.total}"
        return (
            f"{len(self._places)}{of} {self.unit} are finished and kept in "
            f"{self.path}: the same command goes on from there"
        )


# -- what a result depends on ----------------------------------------------------


def item_key(*parts):
    """Digest what an item depends on."""
    return joblib.hash(parts, hash_name="sha1")


def estimator_identity(estimator):
    """Give what tells the results of an estimator from those of others.

    Where its caches lie and how many jobs it runs makes no difference.

    Parameters
    ----------
    estimator : estimator
        Fitted or not.

    Returns
    -------
    str
        Of an estimator whose code cannot be told from other code, such as one typed
        at a prompt, a text that is new each time.
    """
    try:
        plain = clone(estimator)
        names = plain.get_params(deep=True)
        unkeyed = [n for n in names if n.rpartition("__")[2] in ("memory", "n_jobs")]
        plain.set_params(**dict.fromkeys(unkeyed))
        fitted = {k: v for k, v in vars(estimator).items() if k.endswith("_")}
        codes = [module_digest(name) for name in sorted(_modules(plain))]
        if "" in codes:
            raise ValueError("code without a file")
        return joblib.hash((plain, fitted, codes), hash_name="sha1")
    except Exception as error:
        # pickling of foreign objects may raise anything
        logger.info("%r: finished parts are not taken up (%s)", estimator, error)
        return uuid.uuid4().hex


def _modules(estimator):
    """Give the modules of estimators and functions that belong to no known package."""
    values = [estimator, *estimator.get_params(deep=True).values()]
    homes = {
        (
            value if callable(value) and hasattr(value, "__module__") else type(value)
        ).__module__
        for value in values
        if isinstance(value, BaseEstimator) or callable(value)
    }
    known = ("mefeat", "sklearn", "numpy", "builtins")
    return {home for home in homes if home.partition(".")[0] not in known}


def file_digest(path):
    """Digest the content of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha1").hexdigest()
