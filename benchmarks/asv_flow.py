"""asv suites of optical flow and strain."""

import numpy as np

from benchmarks._flow_truth import load_faces, make_pair, random_field
from mefeat.flow import optical_flow, optical_strain


class Flow:
    """Time and results of the methods."""

    params = (["lk", "farneback", "dis"], [(256, 256), (170, 140)])
    param_names = ("method", "size")

    def setup(self, method, size):
        import cv2

        cv2.setNumThreads(1)
        rng = np.random.default_rng(0)
        cut = load_faces()[0].cut(size)
        field = random_field(size, rng, anatomic=True)
        self.a, self.b, self.truth = make_pair(cut, field, 1.0, rng)
        self.stack = np.repeat(self.b[None], 16, axis=0)

    def time_pair(self, method, size):
        optical_flow(self.a, self.b, method)

    def time_batch(self, method, size):
        optical_flow(self.a, self.stack, method)

    def track_error(self, method, size):
        """Follow the mean end-point error in pixels."""
        flow = optical_flow(self.a, self.b, method)
        return float(np.linalg.norm(flow - self.truth, axis=2).mean())


class Strain:
    """Time of the strain kernel."""

    params = (["central", "backward", "forward", "sobel"], [(256, 256), (170, 140)])
    param_names = ("derivative", "size")

    def setup(self, derivative, size):
        rng = np.random.default_rng(0)
        self.flow = rng.standard_normal((*size, 2)).astype(np.float32)

    def time_strain(self, derivative, size):
        optical_strain(self.flow, derivative)
