"""``python -m benchmarks.fuzz TARGET... --seconds 60``: look for what breaks mefeat.

Each target runs in a process of its own, guided by the coverage of mefeat's code where
atheris is installed (``pip install atheris``), by plain mutations elsewhere.  A finding
is an error that is not mefeat's own, a crash of the process, a read that takes more
than ten seconds, or one that takes more than 2 GiB; its input is kept in
``fuzz-findings`` and is read again with ``--input``.
"""

import argparse
import faulthandler
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from benchmarks.fuzz.targets import TARGETS

TIMEOUT = 10
MEMORY = 2048  # MiB
FOUND = 77


def _parse(argv):
    listed = "\n".join(f"  {n:16}{k.__doc__}" for n, k in TARGETS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fuzz",
        description=__doc__,
        epilog=f"targets:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help="default: all but keras"
    )
    parser.add_argument("--seconds", type=float, default=60, help="of each target")
    parser.add_argument("--runs", type=int, help="of each target, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--input", type=Path, help="read this one file and end")
    parser.add_argument("--engine", choices=("atheris", "mutations"))
    parser.add_argument(
        "--folder", type=Path, default=Path("fuzz-findings"), help="of the findings"
    )
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    unknown = [name for name in arguments.targets if name not in TARGETS]
    if unknown:
        parser.error(f"no target named {', '.join(unknown)}")
    if arguments.engine is None:
        arguments.engine = "atheris" if find_spec("atheris") else "mutations"
    return arguments


def main(argv=None):
    """Fuzz each target; give the number of those that broke."""
    arguments = _parse(argv)
    if arguments.worker:
        return _work(arguments)
    folder, broken = arguments.folder.resolve(), 0
    for name in arguments.targets or [n for n, k in TARGETS.items() if k.default]:
        command = [
            sys.executable, "-m", "benchmarks.fuzz", name, "--worker", "--engine",
            arguments.engine, "--seconds", str(arguments.seconds), "--seed",
            str(arguments.seed), "--folder", str(folder),
        ]  # fmt: skip
        if arguments.runs is not None:
            command += ["--runs", str(arguments.runs)]
        if arguments.input is not None:
            command += ["--input", str(arguments.input)]
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / f"{name}.log"
        status = _watch(command, log, arguments.seconds + 120)
        said = log.read_text(encoding="utf-8", errors="replace")
        broken += status != 0
        print(f"{name:16}{_summary(status, said)}", flush=True)
        if status == 0:
            log.unlink()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    return 1 if broken else 0


def _watch(command, log, patience):
    """Run the worker; one that no longer answers is ended."""
    # Temporary files go into a folder that is removed even if the worker crashes.
    scratch = tempfile.mkdtemp(prefix="mefeat-fuzz-")
    environment = os.environ | {"TMPDIR": scratch, "OPENCV_LOG_LEVEL": "OFF"}
    environment |= {"OPENCV_FFMPEG_LOGLEVEL": "-8"}
    try:
        with log.open("wb") as file:
            return subprocess.run(
                command, stdout=file, stderr=subprocess.STDOUT, timeout=patience,
                env=environment, check=False,
            ).returncode  # fmt: skip
    except subprocess.TimeoutExpired:
        return 70
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _summary(status, said):
    lines = said.strip().splitlines()
    if status == 0:
        done = [line for line in lines if line.startswith("Done ")]
        return done[-1] if done else "done"
    kept = [
        line.split()[-1]
        for line in lines
        if "Test unit written" in line or "input is kept" in line
    ]
    why = [line for line in lines if "UnclearError" in line or "Error:" in line]
    reason = {70: "too slow", 71: "too much memory"}.get(status, f"status {status}")
    return (
        f"BROKEN, {reason}: {why[-1].strip() if why else ''} {kept[-1] if kept else ''}"
    )


# -- in the worker ---------------------------------------------------------------


def _work(arguments):
    (name,) = arguments.targets
    work = Path(tempfile.mkdtemp())
    if arguments.engine == "atheris" and arguments.input is None:
        return _with_atheris(name, work, arguments)
    _limit_memory()
    target, seeds = _open(name, work)
    note = _Keeper(arguments.folder, name)
    if arguments.input is not None:
        seeds = [arguments.input.read_bytes()]
        arguments.runs = 1
    else:
        for content in seeds:  # the first reads import what they need, which takes long
            target(content)
    from benchmarks.fuzz.mutations import run

    try:
        count = run(
            target, seeds, arguments.seconds, arguments.runs, arguments.seed, note
        )
    except BaseException:
        print(f"the input is kept in {note.path}", flush=True)
        raise
    faulthandler.cancel_dump_traceback_later()
    note.path.unlink(missing_ok=True)
    print(f"Done {count} runs")
    return 0


def _open(name, work):
    import cv2

    cv2.setNumThreads(1)
    folder = work / "files"
    folder.mkdir()
    target = TARGETS[name](folder)
    return target, target.seeds()


def _limit_memory():
    try:
        import resource
    except ImportError:  # Windows
        return
    # Address space, of which libraries reserve more than they use.
    resource.setrlimit(resource.RLIMIT_AS, (2 * MEMORY << 20, -1))


class _Keeper:
    """Keeps the content that is read just now, should it end the process."""

    def __init__(self, folder, name):
        self.path = folder / f"{name}-{os.getpid()}"

    def __call__(self, data):
        self.path.write_bytes(data)
        faulthandler.dump_traceback_later(TIMEOUT, exit=True)


def _with_atheris(name, work, arguments):
    import atheris

    # All that mefeat's modules do counts as coverage.
    modules = ("cli", "datasets", "recognition", "vqa.parsing", "workflows")
    with atheris.instrument_imports(include=["mefeat"]):
        for module in modules:
            import_module(f"mefeat.{module}")
    target, seeds = _open(name, work)
    for content in seeds:
        target(content)
    corpus = work / "corpus"
    corpus.mkdir()
    for content in seeds:
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        (corpus / digest).write_bytes(content)
    longest = max(map(len, seeds))
    options = [
        f"-max_total_time={arguments.seconds:.0f}",
        f"-timeout={TIMEOUT}",
        f"-rss_limit_mb={MEMORY}",
        f"-max_len={max(2 * longest, 4096)}",
        f"-seed={arguments.seed + 1}",
        f"-artifact_prefix={arguments.folder}/{name}-",
        "-print_final_stats=1",
        str(corpus),
    ]
    if arguments.runs is not None:
        options.insert(0, f"-runs={arguments.runs}")

    def read(data):
        try:
            target(data)
        except Exception:
            # libFuzzer keeps the inputs of crashes, but not always those of errors.
            digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()
            path = arguments.folder / f"{name}-{digest[:12]}"
            path.write_bytes(data)
            traceback.print_exc()
            print(f"the input is kept in {path}", flush=True)
            os._exit(FOUND)

    atheris.Setup([sys.argv[0], *options], read)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
