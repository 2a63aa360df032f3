"""Commands of mefeat that are ended by signals at random moments, and run again.

`Jobs` starts each command in a process of its own, forked from one that has imported
everything, so that a round takes no longer than the work.  `disturb` kills such
processes and compares what they leave with what an undisturbed run writes.  This file
imports nothing of mefeat itself: tests load it by its path.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import namedtuple
from importlib import import_module
from pathlib import Path

__all__ = ["Jobs", "disturb"]

Ended = namedtuple("Ended", "status, signalled, seconds, errors")


class Jobs:
    """Run commands of mefeat in processes of their own.

    Parameters
    ----------
    folder : path
        Where what they print is written to.
    preload : sequence of str
        Further modules to import once.
    """

    def __init__(self, folder, preload=()):
        self.errors = Path(folder) / "errors.txt"
        self._server = subprocess.Popen(
            [sys.executable, "-P", __file__, str(self.errors), *preload],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def _answer(self):
        line = self._server.stdout.readline()
        if not line:
            raise RuntimeError("the server of jobs has ended")
        return json.loads(line)

    def run(self, argv, stop=None, after=None):
        """Run one command; send it the signal `stop` after so many seconds.

        Returns
        -------
        Ended
            ``status`` as of `subprocess` (negative for a signal), whether it was
            signalled, seconds, and what it printed to the standard error.
        """
        self._server.stdin.write(json.dumps([str(item) for item in argv]) + "\n")
        self._server.stdin.flush()
        pid = self._answer()
        began, sent = time.monotonic(), []

        def send():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, stop)
                sent.append(stop)

        timer = None
        if stop is not None:
            timer = threading.Timer(after, send)
            timer.start()
        status = self._answer()
        if timer is not None:
            timer.cancel()
            timer.join()
        seconds = time.monotonic() - began
        text = self.errors.read_text(encoding="utf-8", errors="replace")
        return Ended(status, bool(sent), seconds, text)

    def close(self):
        self._server.stdin.close()
        self._server.wait(timeout=30)
        self._server.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def disturb(jobs, argv, out, rng, n_kills, stops=None, older=None):
    """Kill a job at random moments, start it again, and look at what is there.

    Parameters
    ----------
    jobs : Jobs
    argv : sequence of str
        The command, which writes `out`.
    out : Path
        In a folder of its own.
    rng : Generator
    n_kills : int
        Signals to send.
    stops : sequence of signals, optional
        To choose from; by default SIGINT, SIGTERM and SIGKILL.
    older : bytes, optional
        What `out` holds before; None for nothing.

    Returns
    -------
    dict
        Counts: ``kills`` (by name of the signal), ``finished`` (whole runs, each with
        the same bytes as the undisturbed one), ``resumed`` (runs that went on from a
        journal), ``left`` (hidden temporary files of killed processes), ``seconds`` of
        the undisturbed run.

    Raises
    ------
    AssertionError
        If a file is half written, a status or message is wrong, or a result differs.
    """
    stops = stops or (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
    first = jobs.run(argv)
    assert first.status == 0, first
    expected, seconds = out.read_bytes(), first.seconds
    counts = {stop.name: 0 for stop in stops}
    finished = resumed = 0
    _prepare(out, older)
    while sum(counts.values()) < n_kills:
        stop = stops[int(rng.integers(len(stops)))]
        journal = _size(out)
        ended = jobs.run(argv, stop, rng.uniform(0, 1.05 * seconds))
        resumed += journal > 0
        counts[stop.name] += ended.signalled
        _check_folder(out, expected, older)
        if ended.status == 0:
            assert out.read_bytes() == expected, "another result than undisturbed"
            assert _size(out) == 0, "a finished job left its journal"
            finished += 1
            _prepare(out, older)
        elif stop == signal.SIGKILL:
            assert ended.status == -signal.SIGKILL, ended
        else:
            assert ended.status == 130, ended
            assert "mefeat: interrupted" in ended.errors, ended
            assert "Traceback" not in ended.errors, ended
    last = jobs.run(argv)
    assert last.status == 0, last
    assert out.read_bytes() == expected, "another result than undisturbed"
    left = [path for path in out.parent.iterdir() if path != out]
    assert all(_is_temporary(path) for path in left), left
    return {
        **counts,
        "finished": finished + 1,
        "resumed": resumed,
        "left": len(left),
        "seconds": seconds,
    }


def _prepare(out, older):
    if older is None:
        out.unlink()
    else:
        out.write_bytes(older)


def _partial(out):
    return out.with_name(f"{out.name}.partial")


def _size(out):
    path = _partial(out)
    return path.stat().st_size if path.exists() else 0


def _is_temporary(path):
    return path.name.startswith(".") and ".part" in path.name


def _check_folder(out, expected, older):
    """Raise unless all that stands there under its own name is whole."""
    for path in out.parent.iterdir():
        assert path in (out, _partial(out)) or _is_temporary(path), path
    content = out.read_bytes() if out.exists() else None
    assert content in (older, expected), f"{out.name} is half written"


# -- the process that is forked from -----------------------------------------------


def _serve(errors, preload):
    from mefeat.cli import main

    # skops brings PyTorch along, which takes longer than the commands themselves.
    for name in ("mefeat.workflows", "cv2", "skops.io", *preload):
        import_module(name)
    # Computed once: files of mefeat may be edited meanwhile.
    import_module("mefeat._digests").package_digest()
    print("0", flush=True)
    for line in sys.stdin:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            _child(main, json.loads(line), errors, writer)
        os.close(writer)
        os.read(reader, 1)  # now the command begins
        os.close(reader)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _child(main, argv, errors, writer):
    handle = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    status = 99
    try:
        os.write(writer, b"1")
        status = main(argv)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2:])
