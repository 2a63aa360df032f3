"""``mefeat vqa``: answer questions, fine-tune a model that does."""

from mefeat.cli._shared import add_common, add_no_resume, show

__all__ = ["add_vqa"]

PREDICTORS = ("qwen", "features", "prior")


def add_vqa(commands):
    parser = commands.add_parser("vqa", help="visual question answering")
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    task = tasks.add_parser("predict", help="answer a file of questions")
    task.add_argument("questions", help=".jsonl in the form of ME-VQA")
    task.add_argument("--out", required=True, help=".jsonl, or .zip to submit")
    task.add_argument("--root", help="folder with the frames of the clips")
    task.add_argument("--predictor", choices=PREDICTORS, default="qwen")
    task.add_argument("--model", help="folder of the checkpoint, or a served name")
    task.add_argument("--adapter", help="folder of a LoRA adapter")
    task.add_argument("--train", help=".jsonl with answers, for features and prior")
    task.add_argument("--train-root", help="folder with the frames of --train")
    task.add_argument("--cache", help="folder that keeps the maps, for features")
    add_no_resume(task)
    task.add_argument("--server", help="address of an OpenAI-compatible server")
    task.add_argument(
        "--constrain", action="store_true", help="closed questions: legal answers only"
    )
    _add_inputs(task)
    add_common(task, inputs=False)
    task.set_defaults(run=_predict)
    task = tasks.add_parser("finetune", help="fine-tune a checkpoint with LoRA")
    task.add_argument("questions", help=".jsonl with answers")
    task.add_argument("--root", required=True, help="folder with the frames")
    task.add_argument("--model", required=True, help="folder of the checkpoint")
    task.add_argument("--out", required=True, help="folder for the adapter")
    _add_inputs(task)
    add_common(task, inputs=False)
    task.set_defaults(run=_finetune)
    _add_compare(tasks)


def _add_compare(tasks):
    task = tasks.add_parser("compare", help="the challenge's table: inputs x tuning")
    task.add_argument("questions", help=".jsonl with answers")
    task.add_argument("--root", required=True, help="folder with the frames")
    task.add_argument("--model", required=True, help="folder of the checkpoint")
    task.add_argument(
        "--adapter",
        action="append",
        default=[],
        metavar="INPUTS=FOLDER",
        help="adapter of one kind of input, for its fine-tuned row (repeatable)",
    )
    task.add_argument("--train", help=".jsonl to count the prior in, for its row")
    task.add_argument("--out", help=".csv to write the table to")
    _add_inputs(task)
    add_common(task, inputs=False)
    task.set_defaults(run=_compare)


def _add_inputs(task):
    task.add_argument(
        "--inputs",
        help="what the model is shown: video, oao, flow, or several with commas",
    )
    task.add_argument(
        "--no-align", action="store_true", help="the frames show aligned faces already"
    )


def _options(arguments):
    options = {"align": False} if arguments.no_align else {}
    if arguments.inputs is not None:
        options["inputs"] = arguments.inputs.replace(",", "+").replace(" ", "")
    return options


def _predict(arguments):
    from mefeat.workflows import predict_vqa

    options = _options(arguments)
    if arguments.constrain:
        options["constrain"] = True
    if arguments.server is not None:
        options |= {"backend": "openai", "server": {"base_url": arguments.server}}
    if arguments.cache is not None:
        if arguments.predictor != "features":
            raise ValueError("--cache is for --predictor features alone")
        options["memory"] = arguments.cache
    if arguments.predictor == "qwen":
        options["verbose"] = not arguments.quiet
    result = predict_vqa(
        arguments.questions,
        arguments.out,
        arguments.root,
        predictor=arguments.predictor,
        model=arguments.model,
        adapter=arguments.adapter,
        train=arguments.train,
        train_root=arguments.train_root,
        resume=arguments.resume,
        **options,
    )
    show(
        arguments,
        {
            "answers": result.n_questions,
            "out": arguments.out,
            "answered_by": result.described,
        },
        f"{result.described}\n{result.n_questions} answers are in {arguments.out}",
    )
    return 0


def _finetune(arguments):
    from mefeat.workflows import finetune_vqa

    result = finetune_vqa(
        arguments.questions,
        arguments.root,
        arguments.model,
        arguments.out,
        verbose=not arguments.quiet,
        **_options(arguments),
    )
    show(
        arguments,
        {"adapter": str(result.adapter), "history": result.history},
        f"{result.described}\nTuned on {result.n_questions} questions; the adapter is "
        f"{result.adapter}",
    )
    return 0


def _compare(arguments):
    from mefeat.workflows import compare_vqa

    options = {"align": False} if arguments.no_align else {}
    if arguments.inputs is not None:
        options["inputs"] = tuple(arguments.inputs.split(","))
    adapters = {}
    for pair in arguments.adapter:
        name, equals, folder = pair.partition("=")
        if not equals:
            raise ValueError(f"--adapter must be INPUTS=FOLDER. Got {pair!r} instead.")
        adapters[name] = folder
    table = compare_vqa(
        arguments.questions,
        arguments.root,
        arguments.model,
        adapters=adapters,
        train=arguments.train,
        out=arguments.out,
        verbose=not arguments.quiet,
        **options,
    )
    rows = table.reset_index().to_dict("records")
    show(arguments, rows, table.to_string(float_format="{:.4f}".format))
    return 0
