"""The unseen test sets of MEGC2025, for both tasks of the challenge."""

from __future__ import annotations

import re

import numpy as np
from sklearn.utils import Bunch

from mefeat._typing import PathLike
from mefeat._validation import as_object_array, check_option
from mefeat.datasets._folders import check_root, find_frame_folders, open_folder
from mefeat.datasets._load_report import LoadReport
from mefeat.datasets.me_vqa import load_me_vqa

__all__ = ["load_megc2025"]

FPS = {"cas": 30.0, "samm": 200.0}
_DESCR = """The test sets of MEGC2025: ten long videos of SAMM at 200 fps and twenty of
CAS(ME)^3 at 30 fps, and 24 clips with questions.  Handed out by the organisers."""
_SAMM = re.compile(r"(\d{1,3})_\d+$")
_CODE = re.compile(r"[A-Za-z]+\d+$")


def load_megc2025(
    root: PathLike, task: str = "str", *, return_X_y: bool = False
) -> Bunch:
    """Load the test set of MEGC2025; its answers are not public.

    Parameters
    ----------
    root : path
        ``task="str"``: folder with the frames of SAMM, ``001_2/*.jpg``, and of
        CAS(ME)^3, ``CODE/a1/*.jpg``, at any depth.  ``task="vqa"``: folder with
        ``me_vqa_*_test_to_answer.jsonl`` and, if there, the frames,
        ``ME_VQA_MEGC_2025_Test/SAMM-1/*.jpg``.
    task : {"str", "vqa"}, default="str"
    return_X_y : bool, default=False
        Give (X, None): videos or questions without truth.

    Returns
    -------
    Bunch
        ``"str"``: ``videos`` (lazy; frame 0 is the first file), ``subjects``,
        ``names``, ``datasets`` (``"cas"`` or ``"samm"``), ``fps`` of each video, ids
        that `write_str_submission` checks (``ids``, pairs of subject and video),
        ``report`` and ``descr``.  ``"vqa"``: as from `load_me_vqa`.

    Raises
    ------
    NotADirectoryError, FileNotFoundError, ValueError
        If the folder holds no such test set.
    """
    check_option("task", task, ("str", "vqa"), owner="load_megc2025")
    root = check_root(root, "the test set of MEGC2025")
    report = LoadReport(f"megc2025 {task}", root)
    bunch = _load_str(root, report) if task == "str" else _load_vqa(root, report)
    if return_X_y:
        return (bunch.videos if task == "str" else bunch.X), None
    return bunch


def _load_str(root, report):
    videos, datasets = [], []
    for folder in find_frame_folders(root):
        samm = _SAMM.match(folder.name)
        if samm:
            dataset, subject = "samm", str(int(samm.group(1)))
        elif _CODE.match(folder.name):
            dataset, subject = "cas", folder.parent.name
        else:
            report.note("folder of frames that is no test video", folder.name)
            continue
        videos.append(
            open_folder(
                folder, fps=FPS[dataset], subject=subject, name=folder.name,
                report=report,
            )
        )  # fmt: skip
        datasets.append(dataset)
    if not videos:
        raise FileNotFoundError(
            f"{root}: no test videos, for example 001_2 or CODE/a1. Unpack the images "
            "into this folder."
        )
    for name in FPS:
        report.facts[f"videos of {name}"] = datasets.count(name)
        if name not in datasets:
            report.note("a part of the test set is not there", name)
    return Bunch(
        videos=videos,
        subjects=np.array([clip.subject for clip in videos]),
        names=[clip.name for clip in videos],
        datasets=np.array(datasets),
        fps=np.array([clip.fps for clip in videos]),
        ids=[(clip.subject, clip.name) for clip in videos],
        report=report,
        descr=_DESCR,
    )


def _load_vqa(root, report):
    files = sorted(root.rglob("*test_to_answer.jsonl"))
    if not files:
        raise FileNotFoundError(
            f"{root}: no questions, usually me_vqa_samm_test_to_answer.jsonl and "
            "me_vqa_casme3_test_to_answer.jsonl"
        )
    parts = [load_me_vqa(path, root) for path in files]
    for part in parts:
        for what, places in part.report.noted.items():
            for where in places:
                report.note(what, where)
    report.facts["questions"] = sum(len(part.X) for part in parts)
    return Bunch(
        X=[question for part in parts for question in part.X],
        y=as_object_array(answer for part in parts for answer in part.y),
        groups=np.concatenate([part.groups for part in parts]),
        report=report,
        descr=_DESCR,
    )
