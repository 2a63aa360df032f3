"""The command line, thin over `mefeat.workflows`.

Exit status: 0 done, 1 failed on the data (or inputs were skipped), 2 wrong usage.
"""

import argparse
import json
import logging
import os
import sys
import time

import mefeat

__all__ = ["main"]

EPILOG = """\
A spotted interval shows that a face moved briefly. It proves neither what a person felt
nor that they hid it.
"""

EXTRACTORS = ("lbp-top", "mdmo", "strain", "hoof", "bi-woof", "flow-map")


def _add_common(parser, inputs=True):
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


def _add_frame_base(parser):
    parser.add_argument(
        "--frame-base",
        type=int,
        default=0,
        help="number of the first frame in CSV files (default 0)",
    )


def _add_demo(commands):
    parser = commands.add_parser("demo", help="the whole job on synthetic videos")
    parser.add_argument("--out", default="mefeat-demo", help="folder for the results")
    parser.add_argument("--subjects", type=int, default=6)
    parser.add_argument("--videos", type=int, default=2, help="videos per subject")
    parser.add_argument("--duration", type=float, default=15.0, help="seconds a video")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faces", help="folder of your own photographs")
    parser.add_argument("--jobs", type=int, default=-1, help="parallel jobs")
    _add_common(parser, inputs=False)
    parser.set_defaults(run=_demo)


def _add_spot(commands):
    parser = commands.add_parser("spot", help="spot micro-expressions in videos")
    _add_common(parser)
    parser.add_argument("--out", help="folder for tables, pictures and report")
    parser.set_defaults(run=_spot)


def _add_extract(commands):
    parser = commands.add_parser("extract", help="features of clips into a file")
    _add_common(parser)
    parser.add_argument("--features", choices=EXTRACTORS, default="lbp-top")
    parser.add_argument("--out", required=True, help=".csv or .npz file to write")
    parser.add_argument("--jobs", type=int, help="parallel jobs")
    parser.add_argument("--cache", help="folder that keeps what was extracted")
    parser.add_argument("--scheduler", help="address of a Dask scheduler, tcp://...")
    parser.set_defaults(run=_extract)


def _add_train(commands):
    parser = commands.add_parser("train", help="train on a folder of annotated videos")
    parser.add_argument("root", help="folder of videos")
    parser.add_argument(
        "--annotations", help="CSV video,subject,onset,apex,offset,emotion"
    )
    parser.add_argument("--model", default="model.skops", help="file to write")
    parser.add_argument("--recognizer", help="lbp-top, mdmo, strain, flow-map, ...")
    parser.add_argument("--fps", type=float, help="frame rate of folders of images")
    _add_frame_base(parser)
    _add_common(parser, inputs=False)
    parser.set_defaults(run=_train)


def _add_predict(commands):
    parser = commands.add_parser("predict", help="spot and name with a saved model")
    _add_common(parser)
    parser.add_argument("--model", required=True, help="file written by train")
    parser.add_argument("--out", default="predictions.csv", help="CSV to write")
    _add_frame_base(parser)
    parser.set_defaults(run=_predict)


def _add_score(commands):
    parser = commands.add_parser("score", help="score predictions")
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    task = tasks.add_parser("str", help="spot-then-recognize")
    task.add_argument("--truth", required=True, help="CSV of annotated intervals")
    task.add_argument("--pred", required=True, help="CSV of predicted intervals")
    task.add_argument(
        "--classes",
        default="negative,positive,surprise",
        help="emotions to analyse, with commas, or 'auto' for those of the truth",
    )
    task.add_argument(
        "--convention", choices=("default", "megc2025", "mean"), default="default"
    )
    _add_frame_base(task)
    _add_common(task, inputs=False)
    task.set_defaults(run=_score_str)
    task = tasks.add_parser("recognition", help="emotions of clips")
    task.add_argument("--truth", required=True, help="CSV clip,emotion[,subject]")
    task.add_argument("--pred", required=True, help="CSV clip,emotion")
    _add_common(task, inputs=False)
    task.set_defaults(run=_score_recognition)


def _add_dataset(commands):
    parser = commands.add_parser("dataset", help="look at the folder of a data set")
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    task = tasks.add_parser(
        "check", help="which one it is, what is missing or repaired"
    )
    task.add_argument("root", help="folder as it was unpacked")
    task.add_argument("--sheet", help="picture of samples to write (.png)")
    _add_common(task, inputs=False)
    task.set_defaults(run=_dataset_check)
    task = tasks.add_parser("vqa", help="write question-answer rows of ME-VQA")
    task.add_argument("root", help="folder as it was unpacked")
    task.add_argument("--out", required=True, help=".jsonl file to write")
    task.add_argument("--seed", type=int, default=0)
    _add_common(task, inputs=False)
    task.set_defaults(run=_dataset_vqa)


def _add_bench(commands):
    parser = commands.add_parser("bench", help="benchmarks beside the peers")
    parser.add_argument("options", nargs=argparse.REMAINDER, help="see 'bench --help'")
    parser.set_defaults(run=_bench, debug=False)


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
        _add_demo, _add_spot, _add_extract, _add_train, _add_predict, _add_score,
        _add_dataset, _add_bench,
    ):  # fmt: skip
        add(commands)
    return parser


# -- the commands ----------------------------------------------------------------


def _show(arguments, content, text):
    if arguments.json:
        print(json.dumps(content, indent=2, default=str))
    else:
        print(text)


def _report_skipped(skipped):
    for name, reason in skipped.items():
        print(f"skipped: {name}: {reason}", file=sys.stderr)
    return 1 if skipped else 0


def _demo(arguments):
    from mefeat.workflows import run_demo

    start = time.perf_counter()
    result = run_demo(
        arguments.out,
        n_subjects=arguments.subjects,
        n_videos=arguments.videos,
        duration=arguments.duration,
        faces=arguments.faces,
        random_state=arguments.seed,
        n_jobs=arguments.jobs,
        progress=not arguments.quiet,
    )
    seconds = time.perf_counter() - start
    text = (
        f"{result.text}\n\n{result.descr}\n\nDone in {seconds:.0f} s. Open "
        f"{result.report} in a browser."
    )
    content = {"table": result.table.to_dict("index"), "report": str(result.report)}
    _show(arguments, content, text)
    return 0


def _spot(arguments):
    from mefeat.workflows import spot_videos

    result = spot_videos(
        arguments.videos,
        arguments.out,
        fps=arguments.fps,
        on_error=arguments.on_error,
        progress=not arguments.quiet,
    )
    lines = [
        result.table.to_string(index=False)
        if len(result.table)
        else "No micro-expression was spotted."
    ]
    for name, notes in result.notes.items():
        lines += [f"{name}: {note}" for note in notes]
    if arguments.out:
        lines.append(f"Pictures and tables are in {arguments.out}")
    content = {
        "intervals": result.table.to_dict("records"),
        "notes": result.notes,
        "skipped": result.skipped,
    }
    _show(arguments, content, "\n".join(lines))
    return _report_skipped(result.skipped)


def _make_extractor(name):
    from mefeat import features
    from mefeat.flow import FlowMap

    return {
        "lbp-top": features.LBPTOP,
        "mdmo": features.MDMO,
        "strain": features.OpticalStrain,
        "hoof": features.HOOF,
        "bi-woof": features.BiWOOF,
        "flow-map": FlowMap,
    }[name]()


def _extract(arguments):
    from mefeat.workflows import extract_features

    result = extract_features(
        arguments.videos,
        _make_extractor(arguments.features).set_params(
            n_jobs=arguments.jobs, memory=arguments.cache
        ),
        arguments.out,
        fps=arguments.fps,
        on_error=arguments.on_error,
        scheduler=arguments.scheduler,
        progress=not arguments.quiet,
    )
    rows, columns = result.X.shape
    _show(
        arguments,
        {"clips": rows, "features": columns, "skipped": result.skipped},
        f"{rows} clip(s) with {columns} features each are in {arguments.out}",
    )
    return _report_skipped(result.skipped)


def _train(arguments):
    from mefeat.workflows import train_model

    result = train_model(
        arguments.root,
        arguments.model,
        arguments.annotations,
        recognizer=arguments.recognizer,
        frame_base=arguments.frame_base,
        fps=arguments.fps,
    )
    content = {
        "model": str(result.model),
        "videos": result.n_videos,
        "intervals": result.n_intervals,
        "classes": result.classes,
    }
    _show(
        arguments,
        content,
        f"Trained on {result.n_intervals} intervals of {result.n_videos} videos "
        f"({', '.join(result.classes)}); the model is {result.model}",
    )
    return 0


def _predict(arguments):
    from mefeat.workflows import predict_videos

    result = predict_videos(
        arguments.videos,
        arguments.model,
        arguments.out,
        frame_base=arguments.frame_base,
        fps=arguments.fps,
        on_error=arguments.on_error,
        progress=not arguments.quiet,
    )
    count = sum(map(len, result.intervals.values()))
    _show(
        arguments,
        {"intervals": count, "out": arguments.out, "skipped": result.skipped},
        f"{count} interval(s) in {len(result.intervals)} video(s) are in "
        f"{arguments.out}",
    )
    return _report_skipped(result.skipped)


def _score_str(arguments):
    from mefeat.workflows import score_str

    classes = arguments.classes
    if classes != "auto":
        classes = tuple(name.strip() for name in classes.split(","))
    report = score_str(
        arguments.truth,
        arguments.pred,
        frame_base=arguments.frame_base,
        classes=classes,
        convention=arguments.convention,
    )
    _show(arguments, dict(report), str(report))
    return 0


def _score_recognition(arguments):
    from mefeat.workflows import score_recognition

    report = score_recognition(arguments.truth, arguments.pred)
    _show(arguments, dict(report), str(report))
    return 0


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
    _show(arguments, content, "\n".join(lines))
    return 1 if found.name is None or found.error is not None else 0


def _dataset_vqa(arguments):
    from mefeat.workflows import write_questions

    rows = write_questions(arguments.root, arguments.out, random_state=arguments.seed)
    _show(
        arguments,
        {"rows": len(rows), "out": arguments.out},
        f"{len(rows)} questions and answers are in {arguments.out}",
    )
    return 0


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


def main(argv=None):
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; by default those of the process.

    Returns
    -------
    int
        Exit status: 0 done, 1 failed on the data, 2 wrong usage.
    """
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    try:
        return arguments.run(arguments)
    except KeyboardInterrupt:
        print("mefeat: interrupted; what was finished is kept", file=sys.stderr)
        return 130
    except (ValueError, OSError, ImportError) as error:
        if arguments.debug:
            raise
        message = " ".join(str(error).split())
        print(f"mefeat: error: {message}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
