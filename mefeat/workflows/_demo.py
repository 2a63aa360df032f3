"""The whole job on synthetic videos: what ``mefeat demo`` runs."""

import logging

import pandas as pd
from joblib import Memory
from sklearn.utils import Bunch

from mefeat import datasets
from mefeat._atomic import make_folder
from mefeat.compose import SpotThenRecognize
from mefeat.metrics import chance_report, match_intervals, str_report
from mefeat.model_selection import loso_predict
from mefeat.recognition import make_recognizer
from mefeat.reporting import (
    IntervalCard,
    TimelineDisplay,
    VideoSection,
    apex_picture,
    interval_strip,
    write_html_report,
)
from mefeat.spotting import make_spotter
from mefeat.workflows._files import replacing, track, write_json

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
    # The cache is filled by all cores first; each fold then reads it.
    model.spotter[0].fit_transform(data.videos)
    predicted = loso_predict(model, data.videos, data.intervals, data.subjects)
    report = str_report(data.intervals, predicted, subjects=data.subjects)
    return data, model, predicted, report


def _verdict_cards(clip, truth, found, size):
    """Give the cards of the spotted intervals and the annotated ones they miss."""
    cards, matched = [], set()
    truth_of = dict(_pairs(truth, found))
    for index, interval in enumerate(found):
        match = truth_of.get(index)
        if match is None:
            verdict, label = "false alarm", None
        else:
            matched.add(match)
            label = truth[match].label
            verdict = "right" if label == interval.label else "wrong emotion"
        strip = interval_strip(clip, interval, size)
        cards.append(IntervalCard(interval, strip, verdict, label))
    return cards, [t for i, t in enumerate(truth) if i not in matched]


def _pairs(truth, found):
    for pair in match_intervals(truth, found):
        yield pair[1], pair[0]


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
        display = TimelineDisplay.from_estimator(
            spotter,
            clip,
            intervals=found,
            truth=annotated,
            title=None,
            thumbnails=[
                (i.apex, apex_picture(clip, i, 84)) for i in found if i.apex is not None
            ],
        )
        cards, missed = _verdict_cards(clip, annotated, found, size)
        sections.append(
            VideoSection(
                clip.name, clip.fps, display.figure_, cards, clip.subject, missed
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
        "chance, mean of 100": chance,
        "half the amplitude": half,
    }
    result = Bunch(
        reports=reports,
        table=_table(reports),
        descr=data.descr,
        report=out / "report.html",
    )
    result.text = _text(result.table, report.signature)
    _write(out, data, model, predicted, result, options, progress)
    return result


COLUMNS = {
    "tp": "TP", "fp": "FP", "fn": "FN", "precision": "P", "recall": "R", "f1": "F1",
    "analysis_tp": "TPa", "analysis_fp": "FPa", "analysis_fn": "FNa",
    "analysis_precision": "Pa", "analysis_recall": "Ra", "analysis_f1": "F1a",
    "uf1": "UF1", "uar": "UAR", "strs": "STRS",
}  # fmt: skip


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


def _text(table, signature):
    return f"{_readable(table).to_string()}\n{signature}"


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
        name = f"{section.name.replace('/', '__')}_timeline.png"
        with replacing(out / name) as temporary:
            section.figure.savefig(temporary, dpi=110)
    write_html_report(
        result.report,
        sections,
        title="mefeat demo: spot, then recognize",
        tables=[("Leave-one-subject-out, pooled", _readable(result.table))],
        settings={**options, "model": repr(model), "scores": _signature(result)},
        notes=[result.descr],
    )


def _signature(result):
    return {name: report.signature for name, report in result.reports.items()}
