"""asv suites of LBP-TOP and its family."""

import numpy as np

from mefeat import Clip
from mefeat.features import HOGTOP, LBPMOP, LBPSIP, LBPTOP, TemporalInterpolator

_EXTRACTORS = {
    "lbp-top": LBPTOP(),
    "lbp-top (1, 1, 4)": LBPTOP(radii=(1, 1, 4)),
    "lbp-top P=4 (1, 1, 4)": LBPTOP(n_neighbors=4, radii=(1, 1, 4)),
    "lbp-top nearest": LBPTOP(radii=(1, 1, 4), sampling="nearest"),
    "lbp-top P=16": LBPTOP(n_neighbors=16, radii=2, mapping="riu2"),
    "lbp-sip": LBPSIP(),
    "lbp-mop": LBPMOP(),
    "hog-top": HOGTOP(),
    "higo-top": HOGTOP(weighting="count"),
    "tim": TemporalInterpolator(),
}


class LocalPatterns:
    """Time, memory and results of the extractors."""

    params = (list(_EXTRACTORS), [(64, 170, 140), (32, 112, 112)])
    param_names = ("extractor", "shape")

    def setup(self, extractor, shape):
        rng = np.random.default_rng(0)
        self.clip = Clip(rng.integers(0, 256, shape, dtype=np.uint8))
        self.extractor = _EXTRACTORS[extractor]

    def time_transform(self, extractor, shape):
        self.extractor.transform([self.clip])

    def peakmem_transform(self, extractor, shape):
        self.extractor.transform([self.clip])

    def track_result(self, extractor, shape):
        """Follow a number that must not change when the speed does."""
        (row,) = self.extractor.transform([self.clip])
        row = row.frames() if isinstance(row, Clip) else row
        weights = np.cos(np.arange(row.size))
        return round(float(weights @ row.ravel()), 9)
