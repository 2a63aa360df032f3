"""What the pages and the README tell to type works, or at least means something.

Examples with ``>>>`` are run as doctests, the README's Python in test_readme, and the
Python blocks on question answering in vqa/test_docs.  Here stand the command lines and
what needs a cluster.
"""

import re
import shlex
from pathlib import Path

import pytest

from mefeat import LBPTOP
from mefeat.cli import build_parser

ROOT = Path(__file__).parents[1]
MADE = ("api", "auto_examples", "auto_tutorials", "_build")
PAGES = [
    path
    for path in sorted((ROOT / "docs").rglob("*.rst"))
    if path.relative_to(ROOT / "docs").parts[0] not in MADE
]
BLOCK = re.compile(r"^\.\. code-block:: (\w+)\n\n((?:(?: {3}.*)?\n)+)", re.MULTILINE)
# Folder and name of the pages whose Python blocks are run by a test, and which.
PYTHON = {"guide/scaling.rst": "here", "guide/vqa.rst": "vqa/test_docs.py"}


def blocks(path, language):
    text = path.read_text("utf-8") + "\n"
    found = [code for name, code in BLOCK.findall(text) if name == language]
    return [re.sub(r"^ {3}", "", code, flags=re.MULTILINE) for code in found]


def command_lines():
    """Give each command of the pages and Markdown files, with the file's name."""
    for path in PAGES:
        for code in blocks(path, "console"):
            code = code.replace("\\\n", " ")
            for line in re.findall(r"^\$ (.*)", code, re.MULTILINE):
                yield path.name, line
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        for code in re.findall(r"```\w*\n(.*?)```", path.read_text("utf-8"), re.DOTALL):
            for line in code.replace("\\\n", " ").splitlines():
                yield path.name, line


def commands(program):
    found = set()
    for name, line in command_lines():
        line = line.replace("...", "")
        words = shlex.split(line, comments=True)
        while words:
            end = words.index("&&") if "&&" in words else len(words)
            if words[: len(program)] == program:
                found.add((name, *words[len(program) : end]))
            words = words[end + 1 :]
    return sorted(found)


@pytest.mark.parametrize("command", commands(["mefeat"]), ids=" ".join)
def test_command_lines_are_understood(command):
    _, *words = command
    if words[-1:] == ["--help"]:
        return
    build_parser().parse_args(words)


def test_there_are_command_lines():
    assert len(commands(["mefeat"])) > 15


@pytest.mark.parametrize(
    "command", commands(["python", "-m", "benchmarks"]), ids=" ".join
)
def test_benchmarks_that_pages_name_exist(command):
    names = [word for word in command[1:] if word.islower() and word[0].isalpha()]
    for name in names:
        assert (ROOT / "benchmarks" / name).with_suffix(".py").is_file() or "." in name


def test_every_python_block_is_run_somewhere():
    with_python = {
        path.relative_to(ROOT / "docs").as_posix()
        for path in PAGES
        if blocks(path, "python")
    }
    assert with_python == set(PYTHON), "write doctests, or run the blocks in a test"


def scaling(library):
    (code,) = (
        code
        for code in blocks(ROOT / "docs" / "guide" / "scaling.rst", "python")
        if library in code
    )
    return code


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of distributed's own closing down
def test_dask(tmp_path, clips):
    distributed = pytest.importorskip("distributed", reason="pip install mefeat[dask]")
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, processes=False
    )
    code = scaling("dask").replace("scheduler:8786", cluster.scheduler_address)
    code = code.replace("/shared/cache", str(tmp_path / "cache"))
    space = {"LBPTOP": LBPTOP, "clips": clips}
    with cluster:
        exec(compile(code, "scaling.rst", "exec"), space)
        space["client"].close()
    assert (space["rows"] == LBPTOP().fit_transform(clips)).all()


def test_ray(clips):
    pytest.importorskip("ray", reason="pip install ray")
    space = {"extractor": LBPTOP(n_jobs=2).fit(clips), "clips": clips}
    exec(compile(scaling("ray"), "scaling.rst", "exec"), space)
    assert len(space["features"]) == len(clips)
