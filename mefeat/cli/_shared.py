"""Options and printing that the commands share."""

import argparse
import signal
import sys
import threading

__all__ = [
    "Signals", "add_common", "add_fps", "add_frame_base", "add_jobs", "add_no_resume",
    "report_skipped", "show",
]  # fmt: skip


class Signals:
    """Let SIGTERM end the work as Ctrl-C does, so that what was found is kept.

    Attributes
    ----------
    received : bool
        Whether either of them came.
    """

    def __init__(self):
        self.received = False
        self._former = {}

    def _stop(self, *_):
        self.received = True
        raise KeyboardInterrupt

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                # Ignored where a shell runs the command in the background.
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._former[number] = signal.signal(number, self._stop)
        return self

    def __exit__(self, *_):
        for number, former in self._former.items():
            signal.signal(number, former)


def add_common(parser, inputs=True):
    if inputs:
        parser.add_argument(
            "videos", nargs="+", metavar="VIDEO", help="video file or folder"
        )
        add_fps(parser)
        parser.add_argument(
            "--on-error",
            choices=("raise", "skip"),
            default="raise",
            help="what to do with a video that cannot be used",
        )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")


def add_fps(parser):
    parser.add_argument(
        "--fps", type=_frame_rate, help="frame rate of folders of images"
    )


def _frame_rate(text):
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(
            f"must be a number of frames per second above 0, not {text!r}"
        )
    return value


def add_jobs(parser, what):
    parser.add_argument("--jobs", type=int, help=f"{what} at the same time, -1: all")


def add_no_resume(parser):
    parser.add_argument(
        "--no-resume",
        action="store_false",
        dest="resume",
        help="start over, also where an earlier run left OUT.partial",
    )


def add_frame_base(parser):
    parser.add_argument(
        "--frame-base",
        type=int,
        default=0,
        help="number of the first frame in CSV files (default 0)",
    )


def show(arguments, content, text):
    if arguments.json:
        from mefeat.workflows._files import as_json

        text = as_json(content)
        if not _fits(text):
            text = as_json(content, ensure_ascii=True)
    elif not _fits(text):  # a terminal of another script
        encoding = sys.stdout.encoding or "utf-8"
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    print(text)


def _fits(text):
    """Whether standard output can show every character of a text."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def report_skipped(skipped):
    for name, reason in skipped.items():
        print(f"skipped: {name}: {reason}", file=sys.stderr)
    return 1 if skipped else 0
