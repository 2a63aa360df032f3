"""The first thing that a reader tries must work."""

import re
from pathlib import Path

import numpy as np

README = Path(__file__).parents[1] / "README.md"


def test_python_blocks_run():
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert blocks
    space = {}
    for block in blocks:
        exec(compile(block, str(README), "exec"), space)
    search, data = space["search"], space["data"]
    assert set(search.cv_results_["param_svm__C"]) == {0.1, 1, 10}
    assert 0 < search.best_score_ <= 1
    assert set(np.unique(search.predict(data.clips))) <= set(data.labels)
