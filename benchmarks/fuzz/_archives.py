"""Targets that are archives, models, entries of a cache and weights."""

import io
import zipfile

import numpy as np

from benchmarks.fuzz._target import Target, target
from benchmarks.fuzz.oracle import attempt

__all__ = ["zipped"]


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


@target("submission")
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


@target("submission-csv")
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


@target("model")
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


@target("model-schema")
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


@target("cache")
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


@target("keras")
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
