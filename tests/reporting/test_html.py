import base64
import html.parser
import io
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mefeat import Clip, Interval
from mefeat.reporting import (
    IntervalCard,
    TimelineDisplay,
    VideoSection,
    interval_loop,
    interval_strip,
    legend_text,
    write_html_report,
)

ATTACK = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>&lt;$title{}\x00\x1b"


@pytest.fixture
def clip(rng):
    return Clip(rng.integers(0, 256, (40, 30, 40), dtype=np.uint8), fps=30)


@pytest.fixture
def page(tmp_path, clip):
    found = [Interval(3, 9, "negative", apex=5, score=2), Interval(20, 29, "<b>odd")]
    display = TimelineDisplay.from_predictions(np.ones(40), found, fps=30)
    cards = [
        IntervalCard(
            interval,
            interval_strip(clip, interval),
            verdict,
            truth,
            interval_loop(clip, interval),
        )
        for interval, verdict, truth in zip(
            found, ["right", "false alarm"], ["negative", None], strict=True
        )
    ]
    section = VideoSection(
        "v<1>", 30.0, display.figure_, cards, "s&1", [Interval(33, 38, "positive")]
    )
    table = pd.DataFrame({"F1": [0.5, np.nan], "x": [1, 2]}, index=["mefeat", "chance"])
    return write_html_report(
        tmp_path / "report.html",
        [section, VideoSection("empty", 25.0)],
        title="A & B",
        tables=[("Scores", table)],
        settings={"seed": 0, "nested": {"a": [1, 2]}, "model": "A(b=1,\n  c=2)"},
        notes=["one photograph"],
        command="mefeat demo --seed 0",
    )


class Collector(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.open = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.links += [v for k, v in attributes if k in ("src", "href") and v]


def collect(page):
    collector = Collector()
    collector.feed(page.read_text(encoding="utf-8"))
    return collector


def words(page):
    """Give the page's text without tags, style and script."""
    content = page.read_text(encoding="utf-8")
    content = re.sub(r"<(style|script)>.*?</\1>", "", content, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content))


# -- what the page holds ------------------------------------------------------------


def test_page_is_complete_and_escaped(page):
    text, tags = page.read_text(encoding="utf-8"), collect(page).tags
    cards = [a for t, a in tags if t == "li" and a.get("class") == "card"]
    assert [c["data-emotion"] for c in cards] == ["negative", "<b>odd", "positive"]
    assert [c["data-verdict"] for c in cards] == ["right", "false alarm", "missed"]
    assert "<b>odd" not in text
    assert "A &amp; B" in text
    assert "v&lt;1&gt;" in text
    assert "frames 33&ndash;38, 1.10&ndash;1.30 s" in text
    assert "Nothing was spotted in this video." in text
    assert "<td>0.5000</td><td>1</td>" in text
    assert "<td>-</td><td>2</td>" in text
    assert "<code>mefeat demo --seed 0</code>" in text
    assert '<span class="value">a: [1, 2]</span>' in text
    assert '<span class="value lines">A(b=1,\n  c=2)</span>' in text
    assert '<th scope="row">mefeat</th><td><span class="value">0.1.0</span>' in text


def test_summary_says_in_sentences_what_was_found(page):
    assert (
        "A micro-expression is a brief, faint movement of the face: it lasts half a "
        "second at most. The 2 videos hold 2 annotated micro-expressions. 1 of them "
        "were found (50%), 1 missed. What was found was given the right emotion. "
        "1 of 2 spotted is a false alarm: nothing is annotated there."
    ) in words(page)


WRONG = IntervalCard(Interval(0, 9, "a"), verdict="wrong emotion", truth="b")
RIGHT = IntervalCard(Interval(0, 9, "a"), verdict="right", truth="a")
ALARM = IntervalCard(Interval(0, 9, "a"), verdict="false alarm")


@pytest.mark.parametrize(
    ("cards", "missed", "sentences"),
    [
        (
            [RIGHT, WRONG, ALARM, ALARM],
            1,
            "The video holds 3 annotated micro-expressions. 2 of them were found "
            "(67%), 1 missed. Of those found, 1 were given the right emotion. 2 of 4 "
            "spotted are false alarms: nothing is annotated there.",
        ),
        (
            [RIGHT, RIGHT],
            0,
            "2 annotated micro-expressions. All of them were found. All that were "
            "found were given the right emotion. No spotted interval is a false alarm.",
        ),
        (
            [WRONG],
            0,
            "1 annotated micro-expression. It was found. What was found was given "
            "a wrong emotion. No spotted interval is a false alarm.",
        ),
        (
            [],
            1,
            "1 annotated micro-expression. It was missed. Nothing was spotted.",
        ),
        (
            [ALARM],
            2,
            "2 annotated micro-expressions. None of them was found. 1 of 1 spotted is "
            "a false alarm: nothing is annotated there.",
        ),
        (
            [ALARM],
            0,
            "The video holds 0 annotated micro-expressions. 1 of 1 spotted is a false "
            "alarm: nothing is annotated there.",
        ),
        (
            [IntervalCard(Interval(0, 9))],
            0,
            "In 1 video, 1 interval that may hold one was spotted. No annotation was "
            "given, so nothing here is checked against a truth.",
        ),
    ],
)
def test_summary_of_a_single_video(tmp_path, cards, missed, sentences):
    section = VideoSection("v", 30.0, cards=cards, missed=[Interval(0, 9)] * missed)
    page = write_html_report(tmp_path / "r.html", [section], title="t")
    assert sentences in words(page)


def test_summary_of_nothing(tmp_path):
    page = write_html_report(tmp_path / "r.html", [], title="t")
    assert "In 0 videos, 0 intervals that may hold one were spotted." in words(page)


def test_overview_counts_each_video(page):
    text = page.read_text(encoding="utf-8")
    row = "".join(f"<td>{n}</td>" for n in ("s&amp;1", 2, 1, 0, 1, 1))
    assert f'<a href="#video0">v&lt;1&gt;</a></th>{row}' in text
    assert '<h3 id="video0"' in text


def test_one_outcome_of_one_kind_needs_no_filter(tmp_path):
    def write(*intervals):
        cards = [IntervalCard(interval) for interval in intervals]
        section = VideoSection("v", 30.0, cards=cards)
        path = tmp_path / "r.html"
        return write_html_report(path, [section] * 2, title="t").read_text("utf-8")

    micro, macro = (Interval(0, 9, kind=kind) for kind in ("micro", "macro"))
    alone = write(micro)
    assert "<strong>micro-expression</strong>" in alone
    assert "<form" not in alone
    assert '<th scope="col">subject</th>' not in alone
    both = write(micro, macro)
    assert '<label for="filter-emotion">Kind</label>' in both
    assert "filter-verdict" not in both.replace('"filter-" + name', "")


def test_columns_are_explained(page):
    text = page.read_text(encoding="utf-8")
    assert "<dt>F1</dt><dd>the harmonic mean of P and R" in text
    assert "<dt>x</dt>" not in text
    lines = legend_text(["TPa", "x", "F1"]).splitlines()
    assert [line.split()[0] for line in lines] == ["TPa", "F1"]
    assert legend_text(["x"]) == ""


def test_every_column_of_the_reports_is_explained():
    from mefeat.metrics.str_score import STR_HEADERS
    from mefeat.reporting._legend import MEANINGS

    shown = [name for name in STR_HEADERS.values() if "interval" not in name]
    assert [name for name in shown if name not in MEANINGS] == []


def test_page_needs_nothing_beside_it(page):
    outside = [x for x in collect(page).links if not x.startswith(("data:", "#"))]
    assert outside == []
    assert [p.name for p in page.parent.iterdir()] == ["report.html"]


def test_ids_are_unique_and_all_references_lead_somewhere(page):
    tags = collect(page).tags
    ids = [a["id"] for _, a in tags if "id" in a]
    assert len(ids) == len(set(ids))
    for _, attributes in tags:
        for name in ("for", "aria-labelledby", "href"):
            for target in (attributes.get(name) or "").split():
                if not target.startswith("data:"):
                    assert target.removeprefix("#") in ids


def test_headings_go_down_one_step_at_a_time(page):
    levels = [int(t[1]) for t, _ in collect(page).tags if re.fullmatch("h[1-6]", t)]
    assert levels == [1, 2, 2, 3, 3, 2]


def test_what_is_no_section_is_refused(tmp_path):
    with pytest.raises(ValueError, match="VideoSection objects only. Got IntervalCard"):
        write_html_report(tmp_path / "r.html", [IntervalCard(Interval(0, 1))], title="")
    assert list(tmp_path.iterdir()) == []


def test_same_run_same_bytes(tmp_path, clip):
    def write(name):
        display = TimelineDisplay.from_predictions(np.ones(40), [(3, 9)], fps=30)
        loop = interval_loop(clip, Interval(3, 9))
        card = IntervalCard(Interval(3, 9), interval_strip(clip, Interval(3, 9)))
        card.loop = loop
        section = VideoSection("v", 30.0, display.figure_, [card])
        return write_html_report(tmp_path / name, [section], title="t").read_bytes()

    assert write("a.html") == write("b.html")


# -- pictures -----------------------------------------------------------------------


def test_strip_shows_onset_apex_and_offset():
    frames = np.zeros((30, 8, 6), dtype=np.uint8)
    frames[3], frames[5], frames[9] = 10, 20, 30
    strip = interval_strip(Clip(frames), Interval(3, 9, apex=5), size=8, gap=2)
    assert strip.shape == (8, 6 * 3 + 4, 3)
    assert (strip[0, 0, 0], strip[0, 8, 0], strip[0, 16, 0]) == (10, 20, 30)
    # An interval that reaches beyond the clip shows the clip's ends.
    assert interval_strip(Clip(frames), Interval(-4, 90), size=8).shape[0] == 8


def test_loop_plays_the_frames_of_the_interval(rng):
    pattern = rng.integers(0, 40, (32, 16), dtype=np.uint8)
    frames = pattern + (np.arange(20, dtype=np.uint8) * 10)[:, None, None]
    clip = Clip(frames)
    loop = Image.open(io.BytesIO(interval_loop(clip, Interval(5, 14))))
    assert (loop.format, loop.size, loop.n_frames) == ("WEBP", (16, 32), 10)
    levels = []
    for number in range(loop.n_frames):
        loop.seek(number)
        levels.append(np.asarray(loop.convert("L")).mean())
    np.testing.assert_allclose(levels, frames[5:15].mean(axis=(1, 2)), atol=4)
    long = Image.open(io.BytesIO(interval_loop(clip, Interval(-5, 90), max_frames=7)))
    assert long.n_frames == 7
    assert interval_loop(clip, Interval(3, 3)) is None
    assert interval_loop(clip, Interval(70, 90)) is None


# -- in a browser -------------------------------------------------------------------


@pytest.mark.parametrize("width", [390, 1280])
def test_page_fits_its_window_and_says_nothing_on_the_console(browser, page, width):
    browser.open(page, width)
    assert browser.run("document.documentElement.scrollWidth") <= width
    # What is too wide scrolls in a box of its own, which the keyboard reaches.
    wide = browser.run("""
        Array.from(document.querySelectorAll("body *"))
            .filter((e) => e.scrollWidth > e.clientWidth + 1
                           && getComputedStyle(e).overflowX === "auto")
            .map((e) => e.tabIndex)
    """)
    assert set(wide) <= {0}
    assert (len(wide) > 0) == (width == 390)
    assert browser.complaints() == []


def shown(browser):
    return browser.run("""
        Array.from(document.querySelectorAll(".card:not([hidden])"))
            .filter((e) => e.offsetParent !== null).map((e) => e.dataset.verdict)
    """)


def count(browser):
    return browser.run('document.getElementById("count").textContent')


def focus(browser, target):
    """Press Tab until `target` has the focus."""
    for _ in range(60):
        browser.press("Tab")
        if browser.run(f"document.activeElement.matches({target!r})"):
            return
    raise AssertionError(f"the keyboard does not reach {target}")


def test_filters_work_by_keyboard(browser, page):
    browser.open(page)
    assert count(browser) == "3 of 3 intervals shown"
    focus(browser, "#filter-verdict")
    browser.press("f", text="f")
    assert shown(browser) == ["false alarm"]
    assert count(browser) == "1 of 3 intervals shown"
    # A video without any interval that fits is left out.
    assert browser.run("document.querySelectorAll('.video:not([hidden])').length") == 1
    focus(browser, ".filters button")
    browser.press("Enter", text="\r")
    browser.run("new Promise((done) => setTimeout(done, 50))")
    assert shown(browser) == ["right", "false alarm", "missed"]
    assert browser.run("document.getElementById('filter-verdict').value") == ""
    assert browser.complaints() == []


def test_filters_go_together(browser, page):
    browser.open(page)
    choose = """
        document.getElementById("filter-{}").value = "{}";
        document.querySelector(".filters").dispatchEvent(new Event("change"));
    """
    browser.run(choose.format("emotion", "positive"))
    assert shown(browser) == ["missed"]
    browser.run(choose.format("verdict", "right"))
    assert shown(browser) == []
    assert count(browser) == "0 of 3 intervals shown"
    # The way to a video from the overview leads to it, filtered or not.
    browser.run("document.querySelector('a[href=\"#video1\"]').click()")
    assert shown(browser) == ["right", "false alarm", "missed"]
    assert browser.run("document.activeElement.id") == "video1"


def test_an_emotion_finds_what_was_named_or_annotated_so(browser, tmp_path):
    card = IntervalCard(
        Interval(0, 9, "negative"), verdict="wrong emotion", truth="surprise"
    )
    other = IntervalCard(Interval(20, 29, "positive"), verdict="right")
    section = VideoSection("v", 30.0, cards=[card, other])
    browser.open(write_html_report(tmp_path / "r.html", [section], title="t"))
    for emotion, expected in (("negative", 1), ("surprise", 1)):
        browser.run(f"document.getElementById('filter-emotion').value = '{emotion}'")
        browser.run(
            "document.querySelector('.filters').dispatchEvent(new Event('change'))"
        )
        assert len(shown(browser)) == expected


def test_loop_is_played_by_keyboard(browser, page):
    browser.open(page)
    focus(browser, ".play")
    state = """
        [".strip", ".loop"].map((name) => !document.querySelector(name).hidden)
            .concat(document.querySelector(".play").getAttribute("aria-pressed"),
                    document.querySelector(".play").textContent)
    """
    assert browser.run(state) == [True, False, "false", "Play slowly"]
    browser.press("Enter", text="\r")
    assert browser.run(state) == [False, True, "true", "Stop"]
    assert browser.run("document.querySelector('.loop').decode().then(() => 1)") == 1
    assert browser.run("document.querySelector('.loop').naturalHeight") == 30
    browser.press("Enter", text="\r")
    assert browser.run(state) == [True, False, "false", "Play slowly"]
    assert browser.complaints() == []


def test_a_screen_reader_finds_a_name_for_everything(browser, page):
    browser.open(page)
    spoken = browser.spoken()
    named = {
        "image", "combobox", "button", "link", "heading", "table", "region", "form",
        "list", "columnheader", "rowheader",
    }  # fmt: skip
    nameless = [role for role, name in spoken if role in named and not name]
    # The corner of a table is a heading of nothing.
    assert set(nameless) <= {"columnheader"}
    assert ("main", "") in spoken
    assert ("combobox", "Outcome") in spoken
    assert ("table", "Scores") in spoken
    assert ("form", "Choose intervals") in spoken
    assert ("list", "Intervals of v<1>") in spoken
    pictures = [name for role, name in spoken if role == "image"]
    assert pictures == [
        "Timeline of v<1>: motion over time with 2 spotted intervals and 1 missed. "
        "All are listed below.",
        "Onset, apex and offset of negative, frames 3 to 9, side by side",
        "Onset, apex and offset of <b>odd, frames 20 to 29, side by side",
    ]
    assert ("button", "Play negative, frames 3 to 9") in spoken
    assert browser.run("document.documentElement.lang") == "en"


def test_letters_have_contrast(browser, page):
    """WCAG 2 AA: 4.5 to 1, of all text against what lies behind it."""
    browser.open(page)
    poor = browser.run("""
        (() => {
          const channels = (css) => css.match(/[\\d.]+/g).map(Number);
          const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
            .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
          const behind = (e) => {
            for (; e; e = e.parentElement) {
              const color = channels(getComputedStyle(e).backgroundColor);
              if (color.length === 3 || color[3] > 0) return color;
            }
            return [255, 255, 255];
          };
          const bad = [];
          for (const e of document.querySelectorAll("body *")) {
            const own = Array.from(e.childNodes).some(
              (n) => n.nodeType === 3 && n.textContent.trim());
            if (!own || e.tagName === "SCRIPT") continue;
            const pair = [channels(getComputedStyle(e).color), behind(e)].map(light);
            const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
            if (ratio < 4.5) bad.push([e.tagName, e.className, ratio]);
          }
          return bad;
        })()
    """)
    assert poor == []


def test_names_from_data_cannot_run_anything(browser, tmp_path, clip):
    interval = Interval(3, 9, ATTACK, apex=5)
    card = IntervalCard(
        interval, interval_strip(clip, interval), "wrong emotion", ATTACK,
        interval_loop(clip, interval),
    )  # fmt: skip
    display = TimelineDisplay.from_predictions(
        np.ones(40), [interval], fps=30, title=ATTACK
    )
    section = VideoSection(
        ATTACK,
        30.0,
        display.figure_,
        [card],
        ATTACK,
        [Interval(20, 29, "plain")],
        [ATTACK],
    )
    path = write_html_report(
        tmp_path / "r.html", [section] * 2, title=ATTACK, notes=[ATTACK],
        tables=[(ATTACK, pd.DataFrame({ATTACK: [ATTACK]}, index=[ATTACK]))],
        settings={ATTACK: {ATTACK: ATTACK}}, command=ATTACK,
    )  # fmt: skip
    tags = collect(path).tags
    assert [t for t, _ in tags].count("script") == 1
    assert not any(name.startswith("on") for _, a in tags for name in a)
    browser.open(path)
    browser.run("""
        document.getElementById("filter-emotion").selectedIndex = 1;
        document.querySelector(".filters").dispatchEvent(new Event("change"));
    """)
    assert count(browser) == "2 of 4 intervals shown"
    assert browser.run("document.title").startswith("\"'><img src=x")
    assert browser.complaints() == []


def test_a_script_that_slips_in_does_not_run(browser, page, tmp_path):
    """The page names its one script by its hash, so that no other is run."""
    text = page.read_text(encoding="utf-8")
    attack = "<script>document.title = 'run'</script><img src=x onerror=alert(1)>"
    tested = tmp_path / "tested.html"
    tested.write_text(text.replace("</main>", attack + "</main>"), encoding="utf-8")
    browser.open(tested)
    assert browser.run("document.title") == "A & B"
    assert len(browser.complaints()) >= 2
    assert count(browser) == "3 of 3 intervals shown"


def test_without_scripts_there_are_no_controls(browser, page):
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(page)
        spoken = browser.spoken()
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)
    assert not any(role == "combobox" for role, _ in spoken)
    assert sum(role == "image" for role, _ in spoken) == 3


def test_pictures_are_drawn(browser, page):
    """Data of images are whole: the browser decodes each of them."""
    browser.open(page)
    sizes = browser.run("""
        Promise.all(Array.from(document.images).filter((i) => i.src)
            .map((i) => i.decode().then(() => [i.naturalWidth, i.naturalHeight])))
    """)
    assert sizes[1:] == [[128, 30]] * 2
    assert sizes[0][0] > 600
    svg = re.search(r"data:image/svg\+xml;base64,([^\"]+)", page.read_text("utf-8"))
    assert base64.b64decode(svg.group(1)).startswith(b"<svg")
