"""Targets that are what a user types: arguments, and names that get into a report."""

import contextlib
import io
import json
from pathlib import Path

from benchmarks.fuzz._tables import ANNOTATIONS, QUESTIONS
from benchmarks.fuzz._target import Target, target
from benchmarks.fuzz.oracle import attempt


@target("cli")
class CommandLine(Target):
    """Arguments of the command line, separated by NUL."""

    file = "table.csv"
    # These work for long, open a port or a model, or leave the folder.
    left_out = ("demo", "bench", "finetune", "compare", "qwen", "--scheduler", "--jobs")

    def prepare(self):
        self.path.write_text(ANNOTATIONS, encoding="utf-8")
        self.questions = self.folder / "questions.jsonl"
        self.questions.write_text("\n".join(map(json.dumps, QUESTIONS)))
        (self.folder / "videos").mkdir()

    def seeds(self):
        table, root = str(self.path), str(self.folder / "videos")
        questions = str(self.questions)
        out = str(self.folder / "out.csv")
        lines = (
            ("score", "str", "--truth", table, "--pred", table, "--frame-base", "1"),
            ("score", "str", "--truth", table, "--pred", table, "--classes", "auto",
             "--convention", "mean", "--json"),
            ("score", "recognition", "--truth", table, "--pred", table),
            ("score", "vqa", "--truth", questions, "--pred", questions),
            ("dataset", "check", root, "--sheet", out),
            ("dataset", "vqa", root, "--out", out, "--seed", "1"),
            ("spot", root, "--fps", "nan"),
            ("extract", root, "--features", "lbp-top", "--out", out, "--fps", "30"),
            ("train", root, "--annotations", table, "--model", out),
            ("predict", root, "--model", table, "--on-error", "skip"),
            ("vqa", "predict", questions, "--predictor", "prior", "--train", questions,
             "--out", str(self.folder / "o.jsonl"), "--inputs", "oao,flow"),
            ("--version",), ("score", "--help"),
        )  # fmt: skip
        return ["\0".join(line).encode() for line in lines]

    def __call__(self, data):
        from mefeat.cli import main

        arguments = data.decode("utf-8", "surrogateescape").split("\0")
        text = "\0".join(arguments)
        if any(word in text for word in self.left_out) or text.count("/") > 60:
            return
        if any(Path(a).is_absolute() and not self._inside(a) for a in arguments):
            return
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                status = attempt(main, arguments)
            except SystemExit as end:
                status = end.code
        assert status in (0, 1, 2, None), status

    def _inside(self, path):
        return str(path).startswith(str(self.folder)) and ".." not in path


@target("report")
class Report(Target):
    """Names of videos, subjects and emotions in the report."""

    file = "report.html"

    def seeds(self):
        return [
            b"<script>alert(1)</script>",
            "=cmd()|' /C calc'!A0 سالم 表情 \U0001f600 e\u0301".encode(),
            b"$title ${x} \x00\x1b[31m",
        ]

    def __call__(self, data):
        from mefeat import Interval
        from mefeat.reporting import IntervalCard, VideoSection, write_html_report

        text = data.decode("utf-8", "replace")
        card = IntervalCard(Interval(3, 9, text), None, text, text)
        section = VideoSection(
            text, 30.0, None, [card], text, [Interval(1, 2, text)], [text]
        )
        write_html_report(
            self.path, [section], title=text, settings={text: text}, notes=[text]
        )
        page = self.path.read_text(encoding="utf-8")
        for mark in ("<script>alert", "<img src=x", "</title><"):
            assert page.count(mark) == 0
