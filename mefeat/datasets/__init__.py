"""Synthetic videos, the public data sets, annotation tables and submissions."""

from mefeat.datasets._action_units import (
    ACTION_UNITS,
    ActionUnit,
    parse_action_units,
)
from mefeat.datasets._labels import map_labels
from mefeat.datasets.annotations import (
    find_videos,
    load_videos,
    read_annotations,
    read_predictions,
    write_annotations,
    write_predictions,
)
from mefeat.datasets.casme2 import load_casme2
from mefeat.datasets.casme3 import load_casme3
from mefeat.datasets.casme_sq import load_casme_sq
from mefeat.datasets.check import check_dataset, identify_dataset
from mefeat.datasets.composite import load_megc2019
from mefeat.datasets.fourdme import load_4dme
from mefeat.datasets.layouts import make_layout
from mefeat.datasets.me_vqa import load_me_vqa, make_me_vqa
from mefeat.datasets.megc2025 import load_megc2025
from mefeat.datasets.samm import load_samm, load_samm_lv
from mefeat.datasets.smic import load_smic, load_smic_e, load_smic_e_long
from mefeat.datasets.submissions import (
    read_str_submission,
    write_str_submission,
    write_vqa_submission,
)
from mefeat.datasets.synthetic import Distractor, make_clips, make_long_videos

__all__ = [
    "ACTION_UNITS",
    "ActionUnit",
    "Distractor",
    "check_dataset",
    "find_videos",
    "identify_dataset",
    "load_4dme",
    "load_casme2",
    "load_casme3",
    "load_casme_sq",
    "load_me_vqa",
    "load_megc2019",
    "load_megc2025",
    "load_samm",
    "load_samm_lv",
    "load_smic",
    "load_smic_e",
    "load_smic_e_long",
    "load_videos",
    "make_clips",
    "make_layout",
    "make_long_videos",
    "make_me_vqa",
    "map_labels",
    "parse_action_units",
    "read_annotations",
    "read_predictions",
    "read_str_submission",
    "write_annotations",
    "write_predictions",
    "write_str_submission",
    "write_vqa_submission",
]
