"""``import mefeat`` is light: what it needs comes at first use."""

import subprocess
import sys

import pytest

# What takes long to import, and what not everybody has; pandas comes with scikit-learn.
HEAVY = {
    "cv2", "dask", "fastapi", "IPython", "matplotlib", "openai", "peft", "PIL",
    "sacrebleu", "skimage", "skops", "torch", "transformers",
}  # fmt: skip


def loaded(statement):
    program = f"{statement}; import sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_import_mefeat_needs_the_standard_library_only():
    found = loaded("import mefeat")
    assert "mefeat" in found
    assert not found & (HEAVY | {"numpy", "scipy", "sklearn"})


@pytest.mark.parametrize(
    "statement",
    [
        "from mefeat import Clip, ClipCache, Interval",
        "from mefeat import LBPTOP, PeakSpotter, SpotThenRecognize, make_recognizer",
        "from mefeat.metrics import spotting_report",
        "from mefeat.vqa import QwenVQA",
    ],
)
def test_names_for_a_course_bring_nothing_heavy(statement):
    assert not loaded(statement) & HEAVY
