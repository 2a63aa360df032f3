"""Targets that are tables, sheets and texts, and questions in lines of JSON."""

import io
import json
import struct
import zipfile

from benchmarks.fuzz._target import Target, target
from benchmarks.fuzz.oracle import attempt

__all__ = ["ANNOTATIONS", "QUESTIONS", "make_xls"]

ANNOTATIONS = (
    "video,subject,onset,apex,offset,emotion,kind\n"
    "a/b.mp4,s01,10,14,19,positive,micro\n"
    '"=cmd()","ü,7",1,,3,negative,\n'
)


@target("annotations")
class Annotations(Target):
    """Tables of annotated and of predicted intervals, and their scoring."""

    file = "table.csv"

    def prepare(self):
        self.truth = self.folder / "truth.csv"
        self.truth.write_text(ANNOTATIONS, encoding="utf-8")

    def seeds(self):
        text = ANNOTATIONS.encode()
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


@target("labels")
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


@target("sheet-csv")
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


@target("sheet-xlsx")
class SheetXLSX(_Sheet):
    """Excel files, damaged anywhere."""

    file = "sheet.xlsx"

    def seeds(self):
        return [path.read_bytes() for _, path in self.sheets() if path.suffix != ".csv"]

    def read(self, path):
        from mefeat.datasets._sheets import read_cells

        attempt(read_cells, path, named=path.name)


@target("sheet-xml")
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


@target("sheet-xls")
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


@target("action-units")
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

QUESTIONS = (
    {"id": "casme2_sub01_EP02_01f_1", "dataset": "casme2", "image_id": "sub01_EP02_01f",
     "subject": "sub01", "question": "What is the coarse expression class?",
     "answer": "positive"},
    {"video_id": "samm_test_SAMM-1_1", "video": "SAMM-1",
     "question": "What is the action unit?", "answer": ""},
)  # fmt: skip


@target("me-vqa")
class MEVQA(Target):
    """Files of questions and answers, their scoring and their rewriting."""

    file = "questions.jsonl"

    def seeds(self):
        lines = [json.dumps(row) for row in QUESTIONS]
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


@target("answers")
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


@target("answer-log")
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
