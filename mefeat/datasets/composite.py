"""The composite of MEGC2019: CASME II, SAMM and SMIC as one data set [1]_.

References
----------
.. [1] See, J., Yap, M. H., Li, J., Hong, X., Wang, S.-J. "MEGC 2019 - the second
   facial micro-expressions grand challenge", FG 2019.
"""

from __future__ import annotations

import numpy as np
from sklearn.utils import Bunch

from mefeat._typing import PathLike
from mefeat.datasets.casme2 import load_casme2
from mefeat.datasets.samm import load_samm
from mefeat.datasets.smic import load_smic

__all__ = ["load_megc2019"]

# Clips that the published composite has.
SIZES = {"casme2": 145, "samm": 133, "smic": 164}
_READERS = {
    "casme2": lambda root: load_casme2(root, classes="megc2019"),
    "samm": lambda root: load_samm(root, classes="megc2019"),
    "smic": load_smic,
}


def load_megc2019(
    *,
    casme2: PathLike | None = None,
    samm: PathLike | None = None,
    smic: PathLike | None = None,
    return_X_y: bool = False,
) -> Bunch:
    """Load the composite of MEGC2019: three classes, 442 clips of 68 people.

    Parameters
    ----------
    casme2, samm, smic : path, optional
        Folders of the data sets; at least one.
    return_X_y : bool, default=False
        Give (clips, labels) only.

    Returns
    -------
    Bunch
        ``clips``, ``labels`` (negative, positive, surprise), ``subjects``
        (``"casme2/sub01"``), ``datasets``, ``names`` and ``reports``, one for each
        data set, each of which says if the number of clips is the published one.

    Raises
    ------
    ValueError
        If no folder is given.
    """
    roots = {"casme2": casme2, "samm": samm, "smic": smic}
    roots = {name: root for name, root in roots.items() if root is not None}
    if not roots:
        raise ValueError("give the folder of at least one of casme2, samm and smic")
    parts = {name: _READERS[name](root) for name, root in roots.items()}
    for name, part in parts.items():
        if len(part.clips) != SIZES[name]:
            part.report.note(
                f"not the {SIZES[name]} clips of the published composite",
                f"{len(part.clips)} clips",
            )
    clips = [clip for part in parts.values() for clip in part.clips]
    labels = np.concatenate([part.labels for part in parts.values()])
    if return_X_y:
        return clips, labels
    datasets = np.concatenate(
        [np.full(len(part.clips), name) for name, part in parts.items()]
    )
    subjects = np.concatenate(
        [[f"{name}/{s}" for s in part.subjects] for name, part in parts.items()]
    )
    return Bunch(
        clips=clips,
        labels=labels,
        subjects=subjects,
        datasets=datasets,
        names=[name for part in parts.values() for name in part.names],
        reports={name: part.report for name, part in parts.items()},
        descr=__doc__,
    )
