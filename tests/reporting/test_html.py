import html.parser
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from mefeat import Clip, Interval
from mefeat.reporting import (
    IntervalCard,
    TimelineDisplay,
    VideoSection,
    interval_strip,
    write_html_report,
)


@pytest.fixture
def page(tmp_path, rng):
    clip = Clip(rng.integers(0, 256, (40, 30, 40), dtype=np.uint8), fps=30)
    found = [Interval(3, 9, "negative", apex=5, score=2), Interval(20, 29, "<b>odd")]
    display = TimelineDisplay.from_predictions(np.ones(40), found, fps=30)
    cards = [
        IntervalCard(interval, interval_strip(clip, interval), verdict, truth)
        for interval, verdict, truth in zip(
            found, ["right", "false alarm"], ["negative", None], strict=True
        )
    ]
    section = VideoSection(
        "v<1>", 30.0, display.figure_, cards, "s&1", [Interval(33, 38, "positive")]
    )
    table = pd.DataFrame({"F1": [0.5, 0.25]}, index=["mefeat", "chance"])
    return write_html_report(
        tmp_path / "report.html",
        [section, VideoSection("empty", 25.0)],
        title="A & B",
        tables=[("Scores", table)],
        settings={"seed": 0},
        notes=["one photograph"],
    )


class Collector(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.open, self.links = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.links += [v for k, v in attributes if k in ("src", "href") and v]


def test_page_is_complete_and_escaped(page):
    text = page.read_text(encoding="utf-8")
    collector = Collector()
    collector.feed(text)
    cards = [a for t, a in collector.tags if t == "figure" and a.get("class") == "card"]
    assert [c["data-emotion"] for c in cards] == ["negative", "<b>odd"]
    assert [c["data-verdict"] for c in cards] == ["right", "false alarm"]
    assert "<b>odd" not in text
    assert "A &amp; B" in text
    assert "v&lt;1&gt;" in text
    assert "Missed: positive 1.10&ndash;1.30 s" in text
    assert "Nothing was spotted in this video." in text
    assert "0.2500" in text
    assert '"mefeat"' in text or "&quot;mefeat&quot;" in text


def test_page_needs_nothing_beside_it(page):
    collector = Collector()
    collector.feed(page.read_text(encoding="utf-8"))
    outside = [x for x in collector.links if not x.startswith(("data:", "#"))]
    assert outside == []
    assert [p.name for p in page.parent.iterdir()] == ["report.html"]


def test_same_run_same_bytes(tmp_path):
    def write(name):
        display = TimelineDisplay.from_predictions(np.ones(40), [(3, 9)], fps=30)
        section = VideoSection("v", 30.0, display.figure_)
        return write_html_report(tmp_path / name, [section], title="t").read_bytes()

    assert write("a.html") == write("b.html")


def test_strip_shows_onset_apex_and_offset():
    frames = np.zeros((30, 8, 6), dtype=np.uint8)
    frames[3], frames[5], frames[9] = 10, 20, 30
    strip = interval_strip(Clip(frames), Interval(3, 9, apex=5), size=8, gap=2)
    assert strip.shape == (8, 6 * 3 + 4, 3)
    assert (strip[0, 0, 0], strip[0, 8, 0], strip[0, 16, 0]) == (10, 20, 30)
    # An interval that reaches beyond the clip shows the clip's ends.
    assert interval_strip(Clip(frames), Interval(-4, 90), size=8).shape[0] == 8


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")
def test_filters_work_in_a_browser(page, tmp_path):
    script = """<script>
    const pick = document.getElementById("filter-verdict");
    pick.value = "false alarm";
    pick.dispatchEvent(new Event("change"));
    document.title = document.getElementById("count").textContent;
    </script></body>"""
    tested = tmp_path / "tested.html"
    text = page.read_text(encoding="utf-8").replace("</body>", script)
    tested.write_text(text, encoding="utf-8")
    result = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--enable-logging=stderr",
            f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", tested.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "<title>1 of 2 spotted intervals shown</title>" in result.stdout
    assert "CONSOLE" not in result.stderr
