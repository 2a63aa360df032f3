"""Which data set lies in a folder, and is it all there?"""

from __future__ import annotations

from pathlib import Path

from sklearn.utils import Bunch

from mefeat._typing import PathLike
from mefeat.datasets._folders import find_frame_folders
from mefeat.datasets._load_report import LoadReport
from mefeat.datasets._sheets import find_tables, fold
from mefeat.datasets.casme2 import load_casme2
from mefeat.datasets.casme3 import load_casme3
from mefeat.datasets.casme_sq import load_casme_sq
from mefeat.datasets.fourdme import load_4dme
from mefeat.datasets.megc2025 import load_megc2025
from mefeat.datasets.samm import load_samm, load_samm_lv
from mefeat.datasets.smic import load_smic, load_smic_e

__all__ = ["check_dataset", "identify_dataset"]

# Names of sheets (folded) that tell a data set, the more telling ones first.
_SHEETS = (
    ("samm_lv", ("samm", "longvideo"), load_samm_lv),
    ("samm", ("samm", "micro"), load_samm),
    ("casme_sq", ("codefinal",), load_casme_sq),
    ("casme3", ("partamelabel",), load_casme3),
    ("casme3_c", ("partcme",), lambda root: load_casme3(root, part="C")),
    ("casme2", ("casme2",), load_casme2),
    ("4dme", ("4dme",), load_4dme),
    ("smic_e", ("smic", "annotation"), None),
)


def _load_smic_e(root):
    """Load the first camera of SMIC-E that is there."""
    for camera in ("hs", "vis", "nir"):
        try:
            return load_smic_e(root, camera=camera)
        except FileNotFoundError as error:
            last = error
    raise last


def _candidates(root):
    stems = [fold(path.stem) for path in find_tables(root)]
    for name, parts, load in _SHEETS:
        if any(all(part in stem for part in parts) for stem in stems):
            yield name, load or _load_smic_e
    if list(root.glob("*test_to_answer.jsonl")):
        yield "megc2025_vqa", lambda root: load_megc2025(root, "vqa")
    if not stems:
        yield "smic", load_smic
        yield "megc2025_str", load_megc2025


def identify_dataset(root: PathLike) -> str | None:
    """Tell which data set lies in a folder.

    Parameters
    ----------
    root : path

    Returns
    -------
    str or None
        The name of its reader without ``load_``, or None for a folder that is none.

    Raises
    ------
    NotADirectoryError
        If there is no such folder.
    """
    root = _folder(root)
    for name, load in _candidates(root):
        if name in ("smic", "megc2025_str"):
            try:
                load(root)
            except FileNotFoundError:
                continue
        return name
    return None


def check_dataset(root: PathLike) -> Bunch:
    """Say which data set lies in a folder, what is there, missing or repaired.

    Parameters
    ----------
    root : path
        Folder as it was unpacked.

    Returns
    -------
    Bunch
        ``name`` (None where it is no data set that mefeat knows), ``report`` (a
        `LoadReport`), ``data`` (the reader's Bunch, or None), ``error`` (why the
        reader failed, or None) and ``samples``: up to six triples of clips of one
        frame, onset, apex and offset, for a sheet of pictures.

    Raises
    ------
    NotADirectoryError
        If there is no such folder.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from mefeat.datasets import check_dataset, make_layout
    >>> with TemporaryDirectory() as folder:
    ...     found = check_dataset(make_layout("casme3-c", folder))
    >>> found.name, found.report.counts["frame folder missing"]
    ('casme3_c', 1)
    """
    root = _folder(root)
    error = None
    for name, load in _candidates(root):
        try:
            data = load(root)
        except (OSError, ValueError, ImportError) as failure:
            if name in ("smic", "megc2025_str"):
                continue  # these have no sheet: anything may not be them
            error = failure
            report = LoadReport(name, root)
            return Bunch(name=name, report=report, data=None, error=error, samples=[])
        return Bunch(
            name=name, report=data.report, data=data, error=None, samples=_samples(data)
        )
    return Bunch(name=None, report=_nothing(root), data=None, error=None, samples=[])


def _folder(root):
    root = Path(root)
    if not root.is_dir():
        raise NotADirectoryError(f"{root}: no such folder")
    return root


def _nothing(root):
    report = LoadReport("no data set that mefeat knows", root)
    tables = [path.name for path in find_tables(root)]
    report.facts["tables"] = ", ".join(tables[:5]) if tables else "none"
    report.facts["folders of frames"] = len(find_frame_folders(root))
    return report


def _samples(data, n_samples=6):
    """Give onset, apex and offset of a few expressions as clips of one frame."""
    triples = []
    if "clips" in data:
        spans = [(c, 0, c.apex, len(c) - 1) for c in data.clips]
    elif "intervals" in data:
        spans = [
            (clip, i.onset, i.apex, i.offset)
            for clip, intervals in zip(data.videos, data.intervals, strict=True)
            for i in intervals
            if i.kind != "macro"
        ]
    else:
        return []
    step = max(len(spans) // n_samples, 1)
    for clip, onset, apex, offset in spans[::step][:n_samples]:
        apex = (onset + offset) // 2 if apex is None else apex
        triples.append(tuple(clip[f : f + 1] for f in (onset, apex, offset)))
    return triples
