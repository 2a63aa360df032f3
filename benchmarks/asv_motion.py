"""Airspeed velocity suites of the features of motion, without the flow."""

from benchmarks.motion_features import contenders

SHAPES = {"256x256": (256, 256), "170x140": (170, 140)}


class Motion:
    """Time and results of each feature on one smooth flow."""

    params = (["strain", "Bi-WOOF", "HOOF", "MDMO"], list(SHAPES))
    param_names = ("feature", "shape")

    def setup(self, feature, shape):
        self.call = contenders(SHAPES[shape])[feature]["mefeat"]
        self.call()

    def time_feature(self, feature, shape):
        self.call()

    def track_sum(self, feature, shape):
        """Follow the result: it must not change from commit to commit."""
        return float(abs(self.call()).sum(dtype="f8"))


class Clips:
    """Peak memory of whole extractors, flow included, on a long clip."""

    params = (["OpticalStrain", "HOOF", "BiWOOF"],)
    param_names = ("extractor",)

    def setup(self, extractor):
        import numpy as np

        import mefeat.features

        rng = np.random.default_rng(0)
        self.clip = rng.integers(0, 256, (64, 170, 140), dtype=np.uint8)
        self.model = getattr(mefeat.features, extractor)()

    def time_transform(self, extractor):
        self.model.transform([self.clip])

    def peakmem_transform(self, extractor):
        self.model.transform([self.clip])
