"""The page gets the numbers of the results file, and keeps what the file lacks."""

import json

from benchmarks import _page
from benchmarks._page_spotting import ahead_rows, alarm_rows, f1_rows

F1 = {"table": "F1", "fps": 30, "motion [px]": 1.5}
ALARMS = {"blink": 7, "head": 1, "flicker": 0, "macro": 2, "micro": 3, "none": 4}
ROWS = [
    F1 | {"method": "default", "F1": 1.0},
    F1 | {"method": "mdmd", "F1": 0.25, "roi ahead by": 0.7, "roi from": 0.654,
          "roi to": 0.75},
    F1 | {"motion [px]": "all", "method": "mdmd", "F1": 0.125, "roi ahead by": 0.8,
          "roi from": -0.05, "roi to": 0.9},
    {"table": "false alarms", "fps": 30, "method": "mdmd", "minutes": 15.0} | ALARMS,
    {"table": "speed", "fps": 30, "motion": "roi", "frames/s": 500.0},
]  # fmt: skip


def test_scores_by_frame_rate_and_amplitude():
    head, body = f1_rows(ROWS)
    assert head == ("fps", "motion", "default", "MDMD")
    assert body == [("30", "1.5", "1.000", "0.250"), ("30", "all", "", "0.125")]


def test_lead_with_its_interval():
    head, body = ahead_rows(ROWS)
    assert head == ("fps", "motion", "MDMD")
    assert body == [
        ("30", "1.5", "0.70 (0.65 to 0.75)"),
        ("30", "all", "0.80 (-0.05 to 0.90)"),
    ]


def test_false_alarms_by_cause_and_their_sum():
    head, body = alarm_rows(ROWS)
    assert head[2:] == (
        "blink", "head turn", "flicker", "macro-expression", "micro, ends off", "none",
        "in all", "minutes",
    )  # fmt: skip
    assert body == [("30", "MDMD", "7", "1", "0", "2", "3", "4", "17", "15.0")]


def test_results_of_spotting_leave_the_other_tables(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "benchmarks_results.rst").write_text("kept")
    results = tmp_path / "results.json"
    results.write_text(json.dumps({"spotting": ROWS}))
    _page.main([str(results), str(tmp_path)])
    assert (tmp_path / "benchmarks_results.rst").read_text() == "kept"
    written = (tmp_path / "benchmarks_spotting.rst").read_text()
    assert "   * - 30\n     - 1.5\n     - 1.000\n     - 0.250\n" in written
    assert (tmp_path / "_static" / "benchmarks_spotting.png").stat().st_size > 5000
