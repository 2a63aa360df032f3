"""Processes that share a cache, some of which are killed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "benchmarks" / "_sharing.py"

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="needs fork and locks"),
    pytest.mark.skipif(not SOURCE.is_file(), reason="needs the sources' benchmarks"),
]

# In a process of its own: to fork one that holds threads, as pytest may, is not safe.
SCRIPT = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("_sharing", sys.argv[1])
module = importlib.util.module_from_spec(spec)
sys.modules["_sharing"] = module
spec.loader.exec_module(module)
from mefeat import LBPTOP, ClipCache, _parallel
limit = int(sys.argv[3]) or None
print(json.dumps(module.share(
    sys.argv[2], 5, n_clips=40, size_limit=limit, n_kills=2
)))
"""


@pytest.mark.parametrize("limit", [0, 100_000])
def test_processes_share_a_cache_though_some_are_killed(tmp_path, limit):
    made = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(SOURCE), str(tmp_path), str(limit)],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(made.stdout)
    assert found["wrong"] == found["failed"] == 0
    assert found["reads"] >= 3 * 40 * 2
    if limit:
        assert found["computed"] > 40
        assert found["megabytes"] * 1e6 <= limit
    else:
        # What a killed process was computing is computed once more.
        assert 40 <= found["computed"] <= 42
