"""The commands on videos: demo, spot, extract, train, predict."""

import time

from mefeat.cli._shared import (
    add_common,
    add_fps,
    add_frame_base,
    add_jobs,
    add_no_resume,
    report_skipped,
    show,
)

__all__ = ["add_demo", "add_extract", "add_predict", "add_spot", "add_train"]

RECOGNIZERS = ("flow-map", "lbp-top", "mdmo", "strain", "bi-woof", "union")
EXTRACTORS = ("lbp-top", "mdmo", "strain", "hoof", "bi-woof", "flow-map")


def add_demo(commands):
    parser = commands.add_parser("demo", help="the whole job on synthetic videos")
    parser.add_argument("--out", default="mefeat-demo", help="folder for the results")
    parser.add_argument("--subjects", type=int, default=6)
    parser.add_argument("--videos", type=int, default=2, help="videos per subject")
    parser.add_argument("--duration", type=float, default=15.0, help="seconds a video")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faces", help="folder of your own photographs")
    parser.add_argument("--jobs", type=int, default=-1, help="parallel jobs")
    add_common(parser, inputs=False)
    parser.set_defaults(run=_demo)


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
    show(arguments, content, text)
    return 0


def add_spot(commands):
    parser = commands.add_parser("spot", help="spot micro-expressions in videos")
    add_common(parser)
    parser.add_argument("--out", help="folder for tables, pictures and report")
    parser.add_argument(
        "--cache",
        help="folder that keeps the motion of finished videos, so that a rerun does "
        "not measure them again",
    )
    add_jobs(parser, "videos treated")
    parser.set_defaults(run=_spot)


def _spot(arguments):
    from mefeat.workflows import spot_videos
    from mefeat.workflows._live import Interrupted

    try:
        result = spot_videos(
            arguments.videos,
            arguments.out,
            fps=arguments.fps,
            memory=arguments.cache,
            on_error=arguments.on_error,
            progress=not arguments.quiet,
            n_jobs=arguments.jobs,
        )
    except Interrupted as stop:
        _show_spotted(arguments, stop.result)
        raise
    _show_spotted(arguments, result)
    return report_skipped(result.skipped)


def _show_spotted(arguments, result):
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
        "videos": result.status,
        "skipped": result.skipped,
    }
    show(arguments, content, "\n".join(lines))


def add_extract(commands):
    parser = commands.add_parser("extract", help="features of clips into a file")
    add_common(parser)
    parser.add_argument("--features", choices=EXTRACTORS, default="lbp-top")
    parser.add_argument("--out", required=True, help=".csv or .npz file to write")
    add_jobs(parser, "clips extracted")
    parser.add_argument("--cache", help="folder that keeps what was extracted")
    add_no_resume(parser)
    parser.add_argument("--scheduler", help="address of a Dask scheduler, tcp://...")
    parser.set_defaults(run=_extract)


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
        resume=arguments.resume,
        in_memory=False,
    )
    rows, columns = len(result.clips), len(result.features)
    show(
        arguments,
        {"clips": rows, "features": columns, "skipped": result.skipped},
        f"{rows} clip(s) with {columns} features each are in {arguments.out}"
        if rows
        else "No clip could be used; nothing was written",
    )
    return report_skipped(result.skipped)


def add_train(commands):
    parser = commands.add_parser("train", help="train on a folder of annotated videos")
    parser.add_argument("root", help="folder of videos")
    parser.add_argument(
        "--annotations", help="CSV video,subject,onset,apex,offset,emotion"
    )
    parser.add_argument("--model", default="model.skops", help="file to write")
    parser.add_argument(
        "--recognizer", choices=RECOGNIZERS, default="flow-map", help="descriptor"
    )
    add_fps(parser)
    add_jobs(parser, "clips treated")
    add_frame_base(parser)
    add_common(parser, inputs=False)
    parser.set_defaults(run=_train)


def _train(arguments):
    from mefeat.workflows import train_model

    result = train_model(
        arguments.root,
        arguments.model,
        arguments.annotations,
        recognizer=arguments.recognizer,
        frame_base=arguments.frame_base,
        fps=arguments.fps,
        n_jobs=arguments.jobs,
    )
    content = {
        "model": str(result.model),
        "videos": result.n_videos,
        "intervals": result.n_intervals,
        "classes": result.classes,
    }
    show(
        arguments,
        content,
        f"Trained on {result.n_intervals} intervals of {result.n_videos} videos "
        f"({', '.join(result.classes)}); the model is {result.model}",
    )
    return 0


def add_predict(commands):
    parser = commands.add_parser("predict", help="spot and name with a saved model")
    add_common(parser)
    parser.add_argument("--model", required=True, help="file written by train")
    parser.add_argument("--out", default="predictions.csv", help="CSV to write")
    add_jobs(parser, "videos treated")
    add_no_resume(parser)
    add_frame_base(parser)
    parser.set_defaults(run=_predict)


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
        n_jobs=arguments.jobs,
        resume=arguments.resume,
    )
    count = sum(map(len, result.intervals.values()))
    show(
        arguments,
        {"intervals": count, "out": arguments.out, "skipped": result.skipped},
        f"{count} interval(s) in {len(result.intervals)} video(s) are in "
        f"{arguments.out}",
    )
    return report_skipped(result.skipped)
