"""``mefeat score``: predictions against the truth."""

from mefeat.cli._shared import add_common, add_frame_base, show

__all__ = ["add_score"]


def add_score(commands):
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
    add_frame_base(task)
    add_common(task, inputs=False)
    task.set_defaults(run=_score_str)
    task = tasks.add_parser("recognition", help="emotions of clips")
    task.add_argument("--truth", required=True, help="CSV clip,emotion[,subject]")
    task.add_argument("--pred", required=True, help="CSV clip,emotion")
    add_common(task, inputs=False)
    task.set_defaults(run=_score_recognition)
    _add_score_vqa(tasks)


def _add_score_vqa(tasks):
    task = tasks.add_parser("vqa", help="answers to questions")
    task.add_argument("--truth", required=True, help=".jsonl with the true answers")
    task.add_argument("--pred", required=True, help=".jsonl with the answers given")
    task.add_argument("--train", help=".jsonl to count the prior in, for its row")
    add_common(task, inputs=False)
    task.set_defaults(run=_score_vqa)


def _score_vqa(arguments):
    from mefeat.workflows import score_vqa

    report = score_vqa(arguments.truth, arguments.pred, train=arguments.train)
    show(arguments, report.to_dict(), str(report))
    return 0


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
    show(arguments, dict(report), str(report))
    return 0


def _score_recognition(arguments):
    from mefeat.workflows import score_recognition

    report = score_recognition(arguments.truth, arguments.pred)
    show(arguments, dict(report), str(report))
    return 0
