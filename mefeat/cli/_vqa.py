"""``mefeat vqa``: answer questions, fine-tune a model that does."""

from mefeat.cli._shared import add_common, show

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


def _add_inputs(task):
    task.add_argument(
        "--inputs",
        help="what the model is shown: video, oao, flow, or several with commas",
    )


def _options(arguments):
    if arguments.inputs is None:
        return {}
    return {"inputs": arguments.inputs.replace(",", "+").replace(" ", "")}


def _predict(arguments):
    from mefeat.workflows import predict_vqa

    options = _options(arguments)
    if arguments.constrain:
        options["constrain"] = True
    if arguments.server is not None:
        options |= {"backend": "openai", "server": {"base_url": arguments.server}}
    result = predict_vqa(
        arguments.questions,
        arguments.out,
        arguments.root,
        predictor=arguments.predictor,
        model=arguments.model,
        adapter=arguments.adapter,
        train=arguments.train,
        train_root=arguments.train_root,
        **options,
    )
    show(
        arguments,
        {"answers": result.n_questions, "out": arguments.out},
        f"{result.n_questions} answers are in {arguments.out}",
    )
    return 0


def _finetune(arguments):
    from mefeat.workflows import finetune_vqa

    result = finetune_vqa(
        arguments.questions,
        arguments.root,
        arguments.model,
        arguments.out,
        **_options(arguments),
    )
    show(
        arguments,
        {"adapter": str(result.adapter), "history": result.history},
        f"Tuned on {result.n_questions} questions; the adapter is {result.adapter}",
    )
    return 0
