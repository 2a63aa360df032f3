"""What may come out of a reader that is given damaged or hostile data."""

import logging
import traceback
import warnings
from pathlib import Path

import mefeat

ROOT = Path(mefeat.__file__).parent


class UnclearError(AssertionError):
    """A reader failed, and not with a clear error of mefeat's own."""


def is_own(error):
    """Whether an error was raised by a line of mefeat, on purpose."""
    place = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
    return place.is_relative_to(ROOT) and place.suffix == ".py"


def is_clear(error, named=None):
    """Whether an error says what is wrong, in mefeat's words.

    Parameters
    ----------
    error : Exception
    named : str, optional
        What its message must hold: the name of the file.
    """
    message = str(error)
    if named is not None and named not in message:
        return False
    if isinstance(error, OSError):  # of the system, which names the file itself
        return bool(message)
    # The subclasses of other libraries, such as UnicodeDecodeError, say nothing of the
    # file and the remedy.
    kind = type(error)
    known = kind is ValueError or kind.__module__.startswith("mefeat.")
    return known and isinstance(error, ValueError | ImportError) and is_own(error)


def attempt(call, *arguments, named=None, **options):
    """Call a reader; what it raises must be clear.

    Returns
    -------
    object
        What it gave, or None where it refused.

    Raises
    ------
    UnclearError
        From the raw error that came out.
    """
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call(*arguments, **options)
    except Exception as error:
        if is_clear(error, named):
            return None
        raise UnclearError(f"{type(error).__name__}: {error}") from error
    finally:
        logging.disable(logging.NOTSET)
