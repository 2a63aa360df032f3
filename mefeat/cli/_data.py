"""``mefeat dataset`` and ``mefeat bench``."""

import argparse
import os
import sys

from mefeat.cli._shared import add_common, show

__all__ = ["add_bench", "add_dataset"]


def add_dataset(commands):
    parser = commands.add_parser("dataset", help="look at the folder of a data set")
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    task = tasks.add_parser(
        "check", help="which one it is, what is missing or repaired"
    )
    task.add_argument("root", help="folder as it was unpacked")
    task.add_argument("--sheet", help="picture of samples to write (.png)")
    add_common(task, inputs=False)
    task.set_defaults(run=_dataset_check)
    task = tasks.add_parser("vqa", help="write question-answer rows of ME-VQA")
    task.add_argument("root", help="folder as it was unpacked")
    task.add_argument("--out", required=True, help=".jsonl file to write")
    task.add_argument("--seed", type=int, default=0)
    add_common(task, inputs=False)
    task.set_defaults(run=_dataset_vqa)


def _dataset_check(arguments):
    from mefeat.workflows import check_folder

    found = check_folder(arguments.root, arguments.sheet)
    lines = [str(found.report)]
    if found.error is not None:
        lines.append(f"It cannot be read: {found.error}")
    if found.sheet is not None:
        lines.append(f"Samples are in {found.sheet}")
    content = {
        "name": found.name,
        "facts": found.report.facts,
        "repairs": found.report.counts,
        "error": None if found.error is None else str(found.error),
    }
    show(arguments, content, "\n".join(lines))
    return 1 if found.name is None or found.error is not None else 0


def _dataset_vqa(arguments):
    from mefeat.workflows import write_questions

    rows = write_questions(arguments.root, arguments.out, random_state=arguments.seed)
    show(
        arguments,
        {"rows": len(rows), "out": arguments.out},
        f"{len(rows)} questions and answers are in {arguments.out}",
    )
    return 0


def add_bench(commands):
    parser = commands.add_parser("bench", help="benchmarks beside the peers")
    parser.add_argument("options", nargs=argparse.REMAINDER, help="see 'bench --help'")
    parser.set_defaults(run=_bench, debug=False)


def _bench(arguments):
    sys.path.insert(0, os.getcwd())
    try:
        from benchmarks.__main__ import main as run_benchmarks
    except ImportError:
        raise OSError(
            "the benchmarks are no part of the installed package: run 'mefeat bench' "
            "in the folder of mefeat's sources, after 'pip install \".[bench]\"'"
        ) from None
    run_benchmarks(arguments.options)
    return 0
