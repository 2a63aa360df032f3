"""The whole job on synthetic videos: what ``mefeat demo`` runs."""

import logging
import shlex

import pandas as pd
from joblib import Memory
from sklearn.utils import Bunch

from mefeat import datasets
from mefeat._atomic import make_folder, replacing
from mefeat.compose import SpotThenRecognize
from mefeat.io._pictures import shrink, side_by_side
from mefeat.metrics import chance_report, match_intervals, str_report
from mefeat.model_selection import loso_predict
from mefeat.recognition import make_recognizer
from mefeat.reporting import (
    IntervalCard,
    TimelineDisplay,
    VideoSection,
    legend_text,
    write_html_report,
)
from mefeat.reporting._strips import (
    encode_loop,
    loop_frames,
    read_pictures,
    shown_frames,
)
from mefeat.spotting import make_spotter
from mefeat.workflows._files import file_stem, track, write_json

__all__ = ["run_demo", "video_sections"]

logger = logging.getLogger(__name__)


def _make_model(memory, n_jobs):
    spotter = make_spotter()
    spotter.set_params(motion__memory=memory, motion__n_jobs=n_jobs)
    recognizer = make_recognizer()
    for name in recognizer.get_params():
        if name.count("__") == 1 and name.endswith(("__memory", "__n_jobs")):
            value = memory if name.endswith("memory") else n_jobs
            recognizer.set_params(**{name: value})
    return SpotThenRecognize(spotter, recognizer)


def _run(root, amplitude, memory, options, n_jobs, progress):
    data = datasets.make_long_videos(
        root, amplitude=amplitude, n_jobs=n_jobs, verbose=progress, **options
    )
    model = _make_model(memory, n_jobs)
    for _ in track(["all subjects"], "spotting and naming", progress):
        # The cache is filled by all cores first; each fold then reads it.
        model.spotter[0].fit_transform(data.videos)
        predicted = loso_predict(model, data.videos, data.intervals, data.subjects)
    report = str_report(data.intervals, predicted, subjects=data.subjects)
    return data, model, predicted, report


def _verdicts(truth, found):
    """Give interval, verdict and annotated emotion of all that is found or missed."""
    matched = {j: i for i, j in match_intervals(truth, found)}
    for index, interval in enumerate(found):
        if index not in matched:
            yield interval, "false alarm", None
            continue
        label = truth[matched[index]].label
        verdict = "right" if label == interval.label else "wrong emotion"
        yield interval, verdict, label
    for index in sorted(set(range(len(truth))) - set(matched.values())):
        yield truth[index], "missed", None


def video_sections(spotter, videos, truth, predicted, *, size=150, progress=False):
    """Give one `VideoSection` of the report for each video.

    Parameters
    ----------
    spotter : Pipeline
        With the steps "motion" and "peaks".
    videos : sequence of Clip
    truth, predicted : sequences of lists of Interval
        One list for each video.
    size : int, default=150
        Longer side of the pictures in pixels.
    progress : bool, default=False

    Returns
    -------
    list of VideoSection
    """
    sections = []
    everything = list(zip(videos, truth, predicted, strict=True))
    for clip, annotated, found in track(everything, "report", progress):
        judged = list(_verdicts(annotated, found))
        shown = {id(i): shown_frames(i) for i, *_ in judged}
        loops = {id(i): loop_frames(i, len(clip)) for i, *_ in judged}
        wanted = (f for frames in (*shown.values(), *loops.values()) for f in frames)
        pictures = read_pictures(clip, wanted, size)
        cards = [
            IntervalCard(
                interval,
                side_by_side([pictures[f] for f in shown[id(interval)]]),
                verdict,
                label,
                encode_loop([pictures[f] for f in loops[id(interval)]]),
            )
            for interval, verdict, label in judged
        ]
        display = TimelineDisplay.from_estimator(
            spotter,
            clip,
            intervals=found,
            truth=annotated,
            title=None,
            thumbnails=[
                (i.apex, shrink(pictures[i.apex], 84))
                for i in found
                if i.apex is not None
            ],
        )
        sections.append(
            VideoSection(
                clip.name,
                clip.fps,
                display.figure_,
                [card for card in cards if card.verdict != "missed"],
                clip.subject,
                [card for card in cards if card.verdict == "missed"],
            )
        )
    return sections


def run_demo(
    out,
    *,
    n_subjects=6,
    n_videos=2,
    duration=15.0,
    fps=30,
    faces=None,
    random_state=0,
    n_jobs=None,
    progress=False,
):
    """Make synthetic videos, spot and recognize leave-one-subject-out, and report.

    Parameters
    ----------
    out : path
        Folder that gets ``videos`` (with ``annotations.csv``), ``predictions.csv``,
        ``scores.csv``, ``scores.json``, a figure for each video and ``report.html``.
    n_subjects, n_videos : int
        Number of subjects, and of videos for each.
    duration : float, default=15.0
        Seconds of each video.
    fps : float, default=30
    faces : path, optional
        Folder of your own photographs; by default one photograph, varied.
    random_state : int, default=0
    n_jobs : int, optional
        See `joblib.Parallel`.
    progress : bool, default=False

    Returns
    -------
    Bunch
        ``table`` (DataFrame with the rows of the default difficulty, of chance and of
        half the amplitude), ``report`` (path of the page), ``text`` (the printed
        table), ``descr`` (what the videos are), ``reports``.
    """
    out = make_folder(out)
    memory = Memory(out / "cache", verbose=0)
    options = {
        "n_subjects": n_subjects,
        "n_videos": n_videos,
        "duration": duration,
        "fps": fps,
        "faces": faces,
        "random_state": random_state,
    }
    usual, halved = (1.0, 2.5), (0.5, 1.25)
    data, model, predicted, report = _run(
        out / "videos", usual, memory, options, n_jobs, progress
    )
    *_, half = _run(
        out / "videos-half-amplitude", halved, memory, options, n_jobs, progress
    )
    chance = chance_report(
        data.intervals,
        [len(clip) for clip in data.videos],
        y_pred=predicted,
        subjects=data.subjects,
        random_state=random_state,
    )
    reports = {
        "mefeat": report,
        CHANCE: chance,
        HALF: half,
    }
    result = Bunch(
        reports=reports,
        table=_table(reports),
        descr=data.descr,
        report=out / "report.html",
    )
    result.text = f"{_summary(data)}\n\n{_text(result.table, report.signature)}"
    _write(out, data, model, predicted, result, options, progress)
    return result


COLUMNS = {
    "tp": "TP", "fp": "FP", "fn": "FN", "precision": "P", "recall": "R", "f1": "F1",
    "analysis_tp": "TPa", "analysis_fp": "FPa", "analysis_fn": "FNa",
    "analysis_precision": "Pa", "analysis_recall": "Ra", "analysis_f1": "F1a",
    "uf1": "UF1", "uar": "UAR", "strs": "STRS",
}  # fmt: skip


CAPTION = "Scores; each subject was predicted by a model trained on the others"

CHANCE = "chance, mean of 100"
HALF = "half the amplitude"

MEANINGS = {
    "mefeat": "on these videos",
    CHANCE: "the same number of intervals, put and named by chance",
    HALF: "mefeat on videos in which the faces move half as far",
    "STRS|...": "the conventions of the scores: copy the line with the numbers",
}

ROWS = (
    f"The table below has three rows: mefeat {MEANINGS['mefeat']}; {MEANINGS[CHANCE]}; "
    f"and {MEANINGS[HALF]}."
)


def _command(options):
    """Give the command that makes the same videos and the same page."""
    words = {
        "subjects": options["n_subjects"],
        "videos": options["n_videos"],
        "duration": f"{options['duration']:g}",
        "seed": options["random_state"],
        "faces": options["faces"],
    }
    given = [
        f"--{name} {shlex.quote(str(value))}"
        for name, value in words.items()
        if value is not None
    ]
    return " ".join(["mefeat demo", *given])


def _described():
    """Describe the model, without the folder of its cache: that is no setting."""
    return repr(_make_model(None, None))


def _table(reports):
    rows = {name: {c: r[c] for c in COLUMNS} for name, r in reports.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename(columns=COLUMNS)


def _readable(table):
    """Counts without decimals where they are whole, scores with three."""

    def cell(column, value):
        if column[:2] in ("TP", "FP", "FN"):
            return f"{value:.0f}" if float(value).is_integer() else f"{value:.1f}"
        return f"{value:.3f}"

    rows = [[cell(c, v) for c, v in row.items()] for _, row in table.iterrows()]
    return pd.DataFrame(rows, index=table.index, columns=table.columns)


def _summary(data):
    """Say what was done, for readers who see the numbers first."""
    n_intervals = sum(map(len, data.intervals))
    n_subjects = len(set(data.subjects))
    return (
        f"{n_intervals} micro-expressions in {len(data.videos)} synthetic videos of "
        f"{n_subjects} people: which are found, and are they named right?\n"
        "Each person was predicted by a model trained on the others."
    )


def _text(table, signature):
    width = max(map(len, MEANINGS))
    rows = "\n".join(f"{name:<{width}}  {text}" for name, text in MEANINGS.items())
    return (
        f"{_readable(table).to_string()}\n{signature}\n\n{rows}\n\n{legend_text(table)}"
    )


def _write(out, data, model, predicted, result, options, progress):
    names = [clip.name for clip in data.videos]
    datasets.write_predictions(out / "predictions.csv", names, data.subjects, predicted)
    with replacing(out / "scores.csv") as temporary:
        result.table.to_csv(temporary, index_label="method")
    write_json(out / "scores.json", result.table.to_dict("index"))
    sections = video_sections(
        model.spotter, data.videos, data.intervals, predicted, progress=progress
    )
    for section in sections:
        name = f"{file_stem(section.name)}_timeline.png"
        with replacing(out / name) as temporary:
            section.figure.savefig(temporary, dpi=110)
    write_html_report(
        result.report,
        sections,
        title="mefeat demo: spot, then recognize",
        tables=[(CAPTION, _readable(result.table))],
        settings={**options, "model": _described(), "scores": _signature(result)},
        notes=[ROWS, result.descr],
        command=_command(options),
    )


def _signature(result):
    return {name: report.signature for name, report in result.reports.items()}
