"""The command line, thin over `mefeat.workflows`.

Exit status: 0 done, 1 failed on the data (or inputs were skipped), 2 wrong usage, 130
interrupted.
"""

import argparse
import logging
import os
import sys
import threading

import mefeat
from mefeat.cli._data import add_bench, add_dataset
from mefeat.cli._score import add_score
from mefeat.cli._shared import Signals
from mefeat.cli._videos import add_demo, add_extract, add_predict, add_spot, add_train
from mefeat.cli._vqa import add_vqa

__all__ = ["main", "run"]

EPILOG = """\
New here? 'mefeat demo' shows the whole job in two minutes. A spotted interval shows
that a face moved briefly. It proves neither what a person felt nor that they hid it.
"""


def build_parser():
    """Give the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="mefeat",
        description="Facial micro-expressions: spot, recognize, score.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "--version", action="version", version=f"mefeat {mefeat.__version__}"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (
        add_demo, add_spot, add_extract, add_train, add_predict, add_score,
        add_dataset, add_vqa, add_bench,
    ):  # fmt: skip
        add(commands)
    return parser


def main(argv=None):
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; by default those of the process.

    Returns
    -------
    int
        Exit status: 0 done, 1 failed on the data, 2 wrong usage, 130 interrupted.
    """
    signals, arguments = Signals(), None
    try:
        with signals:
            arguments = build_parser().parse_args(argv)
            logging.basicConfig(format="%(levelname)s: %(message)s")
            return arguments.run(arguments)
    except KeyboardInterrupt as stop:
        return _interrupted(str(stop))
    except Exception as error:
        if signals.received:  # in an import, say, which makes another error of it
            return _interrupted("")
        debug = arguments is None or arguments.debug
        if debug or not isinstance(error, ValueError | OSError | ImportError):
            raise
        notes = getattr(error, "__notes__", ())
        message = " ".join("; ".join([str(error), *notes]).split())
        print(f"mefeat: error: {message}", file=sys.stderr)
        return 1


def _interrupted(how_far):
    # Commands that know how far they came say so.
    told = (
        f"{how_far}; no file is half written" if how_far else "no file is half written"
    )
    print(f"mefeat: interrupted; {told}", file=sys.stderr)
    return 130


def run():
    """Run the command line and end the process with its status."""
    status = main()
    if status and threading.active_count() > 1:
        # Threads that work on other clips would be waited for, or die in native code.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
