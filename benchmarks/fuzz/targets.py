"""What is fuzzed: for each target, files to start from and how one is read.

A target is a class with ``seeds()``, which gives the contents to start from, and a call
that takes a content and reads it.  Everything it writes lies in its ``folder``.
"""

import contextlib
import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np

from benchmarks.fuzz.oracle import attempt

TARGETS = {}


def _target(name):
    def keep(kind):
        TARGETS[name] = kind
        kind.name = name
        return kind

    return keep


class Target:
    """What the targets share.

    Parameters
    ----------
    folder : Path
        Of its own, empty.
    """

    file = "input"
    default = True

    def __init__(self, folder):
        self.folder = Path(folder)
        self.path = self.folder / self.file
        self.prepare()

    def prepare(self):
        """Write what stands beside the fuzzed file."""

    def seeds(self):
        """Give the contents to start from."""
        raise NotImplementedError

    def __call__(self, data):
        self.path.write_bytes(data)
        self.read(self.path)

    def read(self, path):
        """Read the file with everything that reads such files."""
        raise NotImplementedError


# -- tables --------------------------------------------------------------------

_ANNOTATIONS = (
    "video,subject,onset,apex,offset,emotion,kind\n"
    "a/b.mp4,s01,10,14,19,positive,micro\n"
    '"=cmd()","ü,7",1,,3,negative,\n'
)


@_target("annotations")
class Annotations(Target):
    """Tables of annotated and of predicted intervals, and their scoring."""

    file = "table.csv"

    def prepare(self):
        self.truth = self.folder / "truth.csv"
        self.truth.write_text(_ANNOTATIONS, encoding="utf-8")

    def seeds(self):
        text = _ANNOTATIONS.encode()
        return [
            text,
            b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"),
            text.decode().encode("latin-1"),
            b"subject,video,onset,offset,emotion\n1,\xc2\xb2,3,9,negative\n",
        ]

    def read(self, path):
        from mefeat.datasets import read_annotations, read_predictions
        from mefeat.workflows import score_str

        attempt(read_annotations, path, named=path.name)
        found = attempt(read_predictions, path, 1, named=path.name)
        if found:
            attempt(score_str, self.truth, path)


@_target("labels")
class Labels(Target):
    """Tables of clips and their emotions."""

    file = "labels.csv"

    def prepare(self):
        self.truth = self.folder / "truth.csv"
        self.truth.write_text("clip,emotion\na,positive\nb,negative\n")

    def seeds(self):
        return [b"clip,emotion,subject\na,positive,1\nb,negative,2\n"]

    def read(self, path):
        from mefeat.workflows import score_recognition

        attempt(score_recognition, self.truth, path, named=path.name)
        attempt(score_recognition, path, path, named=path.name)


class _Sheet(Target):
    """A sheet of annotations in the folder of each data set that has one."""

    layouts = {
        "casme2": "load_casme2", "samm": "load_samm", "samm-lv": "load_samm_lv",
        "smic-e": "load_smic_e", "smic-e-long": "load_smic_e_long",
        "casme-sq": "load_casme_sq", "casme3": "load_casme3", "4dme": "load_4dme",
    }  # fmt: skip

    def prepare(self):
        from mefeat import datasets

        for name in self.layouts:
            datasets.make_layout(name, self.folder / name)

    def sheets(self):
        """Give the sheets of the layouts by the loader's name."""
        for name, loader in self.layouts.items():
            for path in sorted((self.folder / name).rglob("*")):
                if path.suffix in (".xlsx", ".csv"):
                    yield loader, path
                    break

    def load(self, path):
        from mefeat import datasets

        for name, loader in self.layouts.items():
            attempt(
                getattr(datasets, loader), self.folder / name, annotations=path,
                named=path.name,
            )  # fmt: skip


@_target("sheet-csv")
class SheetCSV(_Sheet):
    """Sheets of annotations as CSV, in every reader."""

    file = "sheet.csv"

    def seeds(self):
        from mefeat.datasets._sheets import read_cells

        out = []
        for _, path in self.sheets():
            text = io.StringIO()
            read_cells(path).to_csv(text, header=False, index=False)
            out.append(text.getvalue().encode())
        return out

    def read(self, path):
        self.load(path)


@_target("sheet-xlsx")
class SheetXLSX(_Sheet):
    """Excel files, damaged anywhere."""

    file = "sheet.xlsx"

    def seeds(self):
        return [path.read_bytes() for _, path in self.sheets() if path.suffix != ".csv"]

    def read(self, path):
        from mefeat.datasets._sheets import read_cells

        attempt(read_cells, path, named=path.name)


@_target("sheet-xml")
class SheetXML(_Sheet):
    """Sound Excel files whose first sheet is damaged, in every reader."""

    file = "sheet.xlsx"
    member = "xl/worksheets/sheet1.xml"

    def prepare(self):
        super().prepare()
        _, self.sound = next(self.sheets())

    def seeds(self):
        out = []
        for _, path in self.sheets():
            if path.suffix == ".xlsx":
                with zipfile.ZipFile(path) as archive:
                    out.append(archive.read(self.member))
        return out

    def __call__(self, data):
        with (
            zipfile.ZipFile(self.sound) as sound,
            zipfile.ZipFile(self.path, "w") as made,
        ):
            for name in sound.namelist():
                content = data if name == self.member else sound.read(name)
                made.writestr(name, content)
        self.load(self.path)


@_target("sheet-xls")
class SheetXLS(Target):
    """Excel files of before 2007, damaged anywhere."""

    file = "sheet.xls"

    def seeds(self):
        return [make_xls([["Subject", "Onset"], ["s1", 12.0], ["=A1", 7.5]])]

    def read(self, path):
        from mefeat.datasets._sheets import read_cells

        attempt(read_cells, path, named=path.name)


def make_xls(rows):
    """Give the bytes of a BIFF2 sheet, the oldest form that is read still."""
    out = struct.pack("<HHHH", 0x0009, 4, 2, 0x10)
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            head = struct.pack("<HH3x", row, column)
            if isinstance(cell, str):
                text = cell.encode("ascii")
                body = head + bytes([len(text)]) + text
                out += struct.pack("<HH", 0x0004, len(body)) + body
            else:
                out += struct.pack("<HH", 0x0003, 15) + head + struct.pack("<d", cell)
    return out + struct.pack("<HH", 0x000A, 0)


@_target("action-units")
class ActionUnits(Target):
    """Annotations of action units."""

    def seeds(self):
        texts = (
            "4+L10", "R6A+R12", "7(B/C)+ref(43)", "AU4(k)+L7", "(R6 or R12) + R15",
            "ref( " + " " * 40 + "a\nb", "12，4;AU 25?",
        )  # fmt: skip
        return [text.encode() for text in texts]

    def __call__(self, data):
        from mefeat.datasets import parse_action_units

        text = data.decode("utf-8", "surrogateescape")
        for unit in parse_action_units(text):  # refuses nothing
            assert unit.number is None or 0 <= unit.number < 100
            assert unit.raw in text


# -- questions -----------------------------------------------------------------

_QUESTIONS = (
    {"id": "casme2_sub01_EP02_01f_1", "dataset": "casme2", "image_id": "sub01_EP02_01f",
     "subject": "sub01", "question": "What is the coarse expression class?",
     "answer": "positive"},
    {"video_id": "samm_test_SAMM-1_1", "video": "SAMM-1",
     "question": "What is the action unit?", "answer": ""},
)  # fmt: skip


@_target("me-vqa")
class MEVQA(Target):
    """Files of questions and answers, their scoring and their rewriting."""

    file = "questions.jsonl"

    def seeds(self):
        lines = [json.dumps(row) for row in _QUESTIONS]
        return [
            "\n".join(lines).encode(),
            lines[0].replace("class?", "class\u2028\\ud800?").encode(),
            b"[" * 100,
        ]

    def read(self, path):
        from mefeat.datasets import load_me_vqa, make_me_vqa
        from mefeat.workflows import predict_vqa, score_vqa

        found = attempt(load_me_vqa, path, named=path.name)
        attempt(load_me_vqa, path, self.folder, named=path.name)
        if found is None:
            return
        attempt(score_vqa, path, path)
        attempt(
            predict_vqa, path, self.folder / "out.jsonl", predictor="prior", train=path
        )
        rows = [json.loads(line) for line in path.read_bytes().split(b"\n") if line]
        attempt(make_me_vqa, rows, self.folder / "made.jsonl")


@_target("answers")
class Answers(Target):
    """Questions and a model's free texts."""

    def seeds(self):
        texts = (
            "What is the coarse expression class?\nIt is Negative.",
            "What are the action units present, and based on them, what is the "
            "fine-grained expression and the coarse expression class?\nAU12, AU 4. The "
            "fine-grained class: happiness, coarse is positive",
            "Is the action unit brow lowerer shown on the face?\nNo, not at all",
        )
        return [text.encode() for text in texts]

    def __call__(self, data):
        from mefeat.vqa.parsing import normalize_answer

        text = data.decode("utf-8", "replace")
        question, _, answer = text.partition("\n")
        assert isinstance(normalize_answer(question, answer), str)


@_target("answer-log")
class AnswerLogs(Target):
    """Logs of answers, from which a run goes on."""

    file = "log"

    def seeds(self):
        return [b'{"key": "a", "answer": "yes"}\n{"key": "b", "answer": "n']

    def read(self, path):
        from mefeat.vqa._answer_log import AnswerLog

        attempt(self._open, AnswerLog, path, named=path.name)

    @staticmethod
    def _open(kind, path):
        with kind(path) as log:
            log.put("new", "answer")
        with kind(path) as log:
            assert log.get("new") == "answer"


# -- archives ------------------------------------------------------------------


def zipped(members, **options):
    """Give the bytes of a zip file.

    Parameters
    ----------
    members : dict of str to bytes or str
    **options
        Of `zipfile.ZipFile`, such as ``compression``.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


_PREDICTIONS = b"subject,video,onset,offset,emotion\n006,006_1,30,44,positive\n"


@_target("submission")
class Submission(Target):
    """Submissions to the challenge, damaged anywhere."""

    file = "submission.zip"

    def seeds(self):
        members = {"cas_pred.csv": _PREDICTIONS, "samm_pred.csv": _PREDICTIONS}
        return [
            zipped(members),
            zipped(members, compression=zipfile.ZIP_DEFLATED),
            zipped({"../../cas_pred.csv": _PREDICTIONS}, compression=zipfile.ZIP_LZMA),
            zipped({"a/b/samm_pred.csv": _PREDICTIONS}, compression=zipfile.ZIP_BZIP2),
        ]

    def read(self, path):
        from mefeat.datasets import read_str_submission

        attempt(read_str_submission, path, named=path.name)


@_target("submission-csv")
class SubmissionCSV(Submission):
    """Sound archives with damaged tables."""

    def seeds(self):
        return [_PREDICTIONS]

    def __call__(self, data):
        super().__call__(zipped({"cas_pred.csv": data}))


def _fitted():
    from sklearn.svm import SVC

    from mefeat.spotting import make_spotter

    small = SVC().fit([[0.0], [1.0]], ["negative", "positive"])
    return small, make_spotter()


@_target("model")
class Model(Target):
    """Saved models, damaged anywhere."""

    file = "model.skops"

    def seeds(self):
        from mefeat.recognition import save_model

        path, out = self.folder / "seed.skops", []
        for estimator in _fitted():
            out.append(save_model(estimator, path).read_bytes())
        return out

    def read(self, path):
        from mefeat.recognition import load_model

        attempt(load_model, path, named=path.name)


@_target("model-schema")
class ModelSchema(Model):
    """Sound archives whose description of the model is damaged."""

    def prepare(self):
        from mefeat.recognition import save_model

        self.sound = save_model(_fitted()[0], self.folder / "sound.skops")

    def seeds(self):
        from mefeat.recognition import save_model

        path, out = self.folder / "seed.skops", []
        for estimator in _fitted():
            with zipfile.ZipFile(save_model(estimator, path)) as archive:
                out.append(archive.read("schema.json"))
        return out

    def __call__(self, data):
        with zipfile.ZipFile(self.sound) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        super().__call__(zipped(members | {"schema.json": data}))


@_target("cache")
class Cache(Target):
    """Entries of a cache."""

    def prepare(self):
        from mefeat import ClipCache

        self.cache = ClipCache(self.folder / "cache")
        self.value = {"rows": np.arange(6.0).reshape(2, 3), "text": "ü"}
        self.cache.call("key", lambda: self.value)
        (self.entry,) = self.folder.rglob("*.entry")

    def seeds(self):
        return [self.entry.read_bytes()]

    def __call__(self, data):
        self.entry.parent.mkdir(parents=True, exist_ok=True)
        self.entry.write_bytes(data)
        found = attempt(self.cache.call, "key", lambda: self.value)
        assert str(found) == str(self.value)


@_target("keras")
class Keras(Target):
    """Weights of Keras in HDF5, whose library never ends on some damaged files."""

    file, default = "weights.h5", False

    def seeds(self):
        import h5py

        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            layer = file.create_group("conv2d")
            layer["kernel:0"] = np.zeros((5, 5, 1, 3), "f4")
            layer["bias:0"] = np.zeros(3, "f4")
            file.attrs["layer_names"] = [b"conv2d"]
        return [buffer.getvalue()]

    def read(self, path):
        from mefeat.neural._keras import read_spotter

        attempt(read_spotter, path, named=path.name)


# -- pictures ------------------------------------------------------------------


class _Video(Target):
    codec = None

    def prepare(self):
        from mefeat.io import write_video

        rng = np.random.default_rng(0)
        tiles = rng.integers(0, 256, (6, 4, 4, 3), dtype=np.uint8)
        frames = tiles.repeat(8, axis=1).repeat(8, axis=2)
        seed = self.path.with_name(f"seed{self.path.suffix}")
        self.seed = write_video(seed, frames, 25, self.codec)

    def seeds(self):
        return [self.seed.read_bytes()]

    def read(self, path):
        from mefeat import Clip
        from mefeat.io._decoders import close_decoders

        clip = attempt(Clip, path, named=path.name)
        if clip is not None:
            attempt(lambda: sum(map(len, clip[:50].stream(4))), named=path.stem)
            attempt(lambda: clip.timestamps, named=path.stem)
        close_decoders()


@_target("video-mp4")
class MP4(_Video):
    """MP4 videos, damaged anywhere."""

    file = "video.mp4"


@_target("video-avi")
class AVI(_Video):
    """AVI videos (Motion JPEG), damaged anywhere."""

    file, codec = "video.avi", "MJPG"


@_target("video-mkv")
class MKV(_Video):
    """Matroska videos, damaged anywhere."""

    file = "video.mkv"


@_target("image")
class Images(Target):
    """Images of every kind, of 8 and 16 bit, in a folder."""

    file = "frames/img2.png"

    def prepare(self):
        from PIL import Image

        self.path.parent.mkdir()
        pixels = np.arange(1024, dtype=np.uint8).reshape(32, 32)
        Image.fromarray(pixels).save(self.path.with_name("img1.png"))

    def seeds(self):
        import cv2

        gray = np.arange(1024, dtype=np.uint8).reshape(32, 32)
        deep = gray.astype(np.uint16) * 999
        out = []
        for suffix in ("png", "jpg", "bmp", "tif", "webp", "jp2"):
            for picture in (gray, np.dstack([gray] * 3)):
                out.append(cv2.imencode(f".{suffix}", picture)[1].tobytes())
        for suffix in ("png", "tif", "pgm"):
            out.append(cv2.imencode(f".{suffix}", deep)[1].tobytes())
        out.append(cv2.imencode(".tif", gray.astype(np.float32))[1].tobytes())
        return out

    def read(self, path):
        from mefeat import Clip

        single = attempt(Clip, path, named=path.name)
        if single is not None:
            attempt(single.frames, named="frame")
        folder = attempt(Clip, path.parent)
        if folder is not None:
            attempt(folder.frames, named="frame")
            attempt(folder.frames, color=True, named="frame")


# -- what a user types -----------------------------------------------------------


@_target("cli")
class CommandLine(Target):
    """Arguments of the command line, separated by NUL."""

    file = "table.csv"
    # These work for long, open a port or a model, or leave the folder.
    left_out = ("demo", "bench", "finetune", "compare", "qwen", "--scheduler", "--jobs")

    def prepare(self):
        self.path.write_text(_ANNOTATIONS, encoding="utf-8")
        self.questions = self.folder / "questions.jsonl"
        self.questions.write_text("\n".join(map(json.dumps, _QUESTIONS)))
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


@_target("report")
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
