"""Scoring of prediction files against annotation files."""

import logging

from mefeat.datasets._csv import read_csv
from mefeat.datasets.annotations import read_annotations, read_predictions
from mefeat.metrics import recognition_report, str_report

__all__ = ["score_recognition", "score_str"]

logger = logging.getLogger(__name__)


def _canonical(text):
    """Give a video or subject id such that "001" and "1" are the same one."""
    text = str(text).strip()
    return text.lstrip("0") or "0" if text.isdecimal() and text.isascii() else text


def _by_video(table):
    videos = {}
    for (subject, video), intervals in table.items():
        videos.setdefault((_canonical(subject), _canonical(video)), []).extend(
            intervals
        )
    return videos


def _adopt(predicted, true):
    """Give predictions without a subject the truth's, where the video tells it."""
    adopted = {}
    for key, intervals in predicted.items():
        if not key[0]:
            same = [known for known in true if known[1] == key[1]]
            key = same[0] if len(same) == 1 else key
        adopted.setdefault(key, []).extend(intervals)
    return adopted


def score_str(truth, pred, *, frame_base=0, **options):
    """Score spot-then-recognize predictions.

    Parameters
    ----------
    truth : path
        CSV with the columns ``subject,video,onset,offset,emotion`` (further ones are
        ignored).
    pred : path
        CSV in the challenge's columns.  A row without a subject belongs to the video of
        that name in the truth, where there is one such video only.
    frame_base : int, default=0
        Number of the first frame in both files.
    **options
        Parameters of `mefeat.metrics.str_report`, such as ``classes`` and
        ``convention``.

    Returns
    -------
    report
        See `mefeat.metrics.str_report`.
    """
    true = _by_video(read_annotations(truth, frame_base, labelled=True))
    predicted = read_predictions(pred, frame_base, labelled=True)
    predicted = _adopt(_by_video(predicted), true)
    keys = sorted({*true, *predicted})
    if not keys:
        raise ValueError(f"{truth}: neither file holds an interval")
    if true and predicted and not set(true) & set(predicted):
        raise ValueError(
            f"{pred}: none of its videos is in {truth}. First ones: "
            f"{'/'.join(next(iter(predicted)))} and {'/'.join(next(iter(true)))}"
        )
    strange = sorted(set(predicted) - set(true))
    if strange:
        logger.warning(
            "%s: %d video(s) are not in %s and count as videos without an expression, "
            "the first is %s",
            pred,
            len(strange),
            truth,
            "/".join(strange[0]),
        )
    return str_report(
        [true.get(key, []) for key in keys],
        [predicted.get(key, []) for key in keys],
        subjects=[key[0] for key in keys],
        **options,
    )


def _read_labels(path, column):
    """Give a table of labels, indexed by clip."""
    table = read_csv(path, ("clip", column))
    if not len(table):
        raise ValueError(f"{path}: holds no clips")
    doubled = table["clip"][table["clip"].duplicated()]
    if len(doubled):
        raise ValueError(f"{path}: clip {doubled.iloc[0]!r} stands there twice")
    empty = table["clip"][table[column].str.strip() == ""]
    if len(empty):
        raise ValueError(f"{path}: clip {empty.iloc[0]!r} has no {column}")
    return table.set_index("clip")


def score_recognition(truth, pred, *, column="emotion", **options):
    """Score the emotions of clips.

    Parameters
    ----------
    truth, pred : path
        CSV with the columns ``clip`` and `column`; that of the truth may hold
        ``subject`` and ``dataset`` as well.
    column : str, default="emotion"
        Name of the column of labels.
    **options
        Parameters of `mefeat.metrics.recognition_report`.

    Returns
    -------
    report
        See `mefeat.metrics.recognition_report`.
    """
    true, predicted = (_read_labels(path, column) for path in (truth, pred))
    missing = true.index.difference(predicted.index)
    if len(missing):
        raise ValueError(
            f"{pred}: {len(missing)} clip(s) of {truth} are missing, the first is "
            f"{missing[0]!r}"
        )
    unknown = predicted.index.difference(true.index)
    if len(unknown):
        raise ValueError(
            f"{pred}: {len(unknown)} clip(s) are not in {truth}, the first is "
            f"{unknown[0]!r}"
        )
    for name in ("subject", "dataset"):
        if name in true.columns:
            options.setdefault(f"{name}s", true[name].to_numpy())
    return recognition_report(
        true[column].to_numpy(), predicted.loc[true.index, column].to_numpy(), **options
    )
