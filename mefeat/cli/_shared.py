"""Options and printing that the commands share."""

import signal
import sys
import threading
from contextlib import contextmanager

__all__ = [
    "add_common", "add_frame_base", "report_skipped", "show", "terminable",
]  # fmt: skip


@contextmanager
def terminable():
    """Let SIGTERM end the work as Ctrl-C does, so that what was found is kept."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_):
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def add_common(parser, inputs=True):
    if inputs:
        parser.add_argument(
            "videos", nargs="+", metavar="VIDEO", help="video file or folder"
        )
        parser.add_argument("--fps", type=float, help="frame rate of folders of images")
        parser.add_argument(
            "--on-error",
            choices=("raise", "skip"),
            default="raise",
            help="what to do with a video that cannot be used",
        )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")


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

        print(as_json(content))
    else:
        print(text)


def report_skipped(skipped):
    for name, reason in skipped.items():
        print(f"skipped: {name}: {reason}", file=sys.stderr)
    return 1 if skipped else 0
