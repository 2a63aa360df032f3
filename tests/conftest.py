"""Fixtures that several test folders share."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import matplotlib
import numpy as np
import pytest

# The benchmarks are no part of the package.  Last, so that an installed mefeat is
# what is tested.
sys.path.append(str(Path(__file__).resolve().parents[1]))

matplotlib.use("Agg")
os.environ.setdefault("HF_HUB_OFFLINE", "1")


# Run by itself against an installed wheel, see .ci/run.
collect_ignore = ["smoke.py"]


def pytest_collection_modifyitems(items):
    """Skip the examples in docstrings whose extra is not installed."""
    if find_spec("torch") is not None:
        return
    needs = pytest.mark.skip(reason='no PyTorch: pip install "mefeat[neural]"')
    for item in items:
        if isinstance(item, pytest.DoctestItem) and "neural" in item.path.parts:
            item.add_marker(needs)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def shared_data():
    """Real data beside the checkout; tests that use it skip where it is missing."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    root = Path(os.environ.get("MEFEAT_TEST_DATA", default))
    if not root.is_dir():
        pytest.skip(f"no real data at {root}; set MEFEAT_TEST_DATA to test on it")
    return root


@pytest.fixture
def clips(rng):
    """Four small random clips of two subjects, of unequal lengths."""
    from mefeat import Clip

    return [
        Clip(
            rng.integers(0, 256, (length, 24, 20), dtype=np.uint8),
            fps=30,
            subject=f"s{index // 2}",
            name=f"clip{index}",
        )
        for index, length in enumerate((9, 12, 10, 11))
    ]
