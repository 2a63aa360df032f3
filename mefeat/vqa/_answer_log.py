"""A log of answers on disk, from which a run that was ended is taken up again."""

import json
import logging
import os
from pathlib import Path

from mefeat._atomic import append, lock, make_folder

__all__ = ["AnswerLog"]

logger = logging.getLogger(__name__)


class AnswerLog:
    """Answers by key, one line of JSON each, written as soon as they are there.

    A line is written whole or not at all and flushed to the disk; a last line
    that was cut off by a crash is cut away when the log is opened again.

    Parameters
    ----------
    path : path or None
        None keeps answers in memory only.
    """

    def __init__(self, path):
        self.path = None if path is None else Path(path)
        self._answers = {}
        self._file = None
        if self.path is not None and self.path.is_file():
            self._read()

    def _read(self):
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                self._answers[row["key"]] = str(row["answer"])
            except (ValueError, KeyError, TypeError):
                raise ValueError(
                    f"{self.path}, line {number}: not a line of an answer log; give "
                    "another file or remove it"
                ) from None
        if whole < len(content):
            logger.warning("%s: its last line was cut off; asked again", self.path)
            os.truncate(self.path, whole)

    def __len__(self):
        return len(self._answers)

    def get(self, key):
        """Give the answer under a key, or None."""
        return self._answers.get(key)

    def put(self, key, answer, **more):
        """Keep an answer; `more` is written beside it for people to read."""
        if key in self._answers:
            return
        self._answers[key] = answer
        if self.path is None:
            return
        if self._file is None:
            make_folder(self.path.parent)
            self._file = self.path.open("ab", buffering=0)
            lock(self._file, self.path)
        row = json.dumps({"key": key, "answer": answer, **more}, ensure_ascii=False)
        append(self._file, row.encode() + b"\n")
        os.fsync(self._file.fileno())

    def close(self):
        """Close the file; the answers stay."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
