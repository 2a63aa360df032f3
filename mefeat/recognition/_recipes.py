"""`make_recognizer`: ready pipelines from clips to emotions."""

from __future__ import annotations

from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.svm import SVC

from mefeat._validation import check_bool, check_option, check_real, set_step_params
from mefeat.recognition._kernels import LaplacianKernel, PowerNormalizer
from mefeat.recognition._mirror import MirroredPipeline
from mefeat.recognition._scaling import VarianceScaler

__all__ = ["RECOGNIZERS", "make_recognizer", "param_grid"]

RECOGNIZERS = ("bi-woof", "flow-map", "lbp-top", "mdmo", "strain", "union")
_UNION = ("lbp-top", "bi-woof", "flow-map")
_KERNELS = ("laplacian", "linear", "rbf")


def _extractor(name, memory, n_jobs):
    """Give the extractor of one descriptor, with settings used in the field."""
    from mefeat import features, flow

    shared = {"memory": memory, "n_jobs": n_jobs}
    if name == "flow-map":
        return flow.FlowMap(size=14, center="median", **shared)
    if name == "lbp-top":
        return features.LBPTOP(n_blocks=(5, 5, 1), radii=(1, 1, 2), **shared)
    if name == "mdmo":
        return features.MDMO(output="cartesian", **shared)
    if name == "strain":
        return features.OpticalStrain(**shared)
    return features.BiWOOF(**shared)


def _features(name, memory, n_jobs):
    """Give the steps from clips to rows of unit length."""
    if name != "union":
        extractor = _extractor(name, memory, n_jobs)
        return [("features", extractor), ("normalize", PowerNormalizer())]
    parts = [(part, Pipeline(_features(part, memory, n_jobs))) for part in _UNION]
    return [("features", FeatureUnion(parts))]


def make_recognizer(
    name: str = "flow-map",
    *,
    C: float = 10.0,
    kernel: str = "laplacian",
    gamma: float = 0.5,
    class_weight: dict[Any, float] | str | None = "balanced",
    augment: bool = True,
    align: bool = True,
    probability: bool = False,
    memory: Any = None,
    n_jobs: int | None = None,
    **params: Any,
) -> MirroredPipeline:
    """Build a recognizer: a pipeline from clips to emotions that ends in ``"svm"``.

    Parameters
    ----------
    name : str, default="flow-map"
        Descriptor: ``"flow-map"`` (flow and strain from onset to apex),
        ``"lbp-top"``, ``"mdmo"``, ``"strain"``, ``"bi-woof"``, or ``"union"`` of
        LBP-TOP, Bi-WOOF and flow maps.
    C : float, default=10.0
        Cost of the SVM.
    kernel : {"laplacian", "linear", "rbf"}, default="laplacian"
        The first is a step ``"kernel"`` of its own, see `LaplacianKernel`; for the
        others a step ``"scale"`` makes the variances of the features sum to 1, so that
        C and gamma mean the same for every descriptor.
    gamma : float, default=0.5
        Width of the kernels that have one.
    class_weight : dict, "balanced" or None, default="balanced"
        As of `sklearn.svm.SVC`.
    augment : bool, default=True
        Train on each clip and its mirror image, see `MirroredPipeline`.
    align : bool, default=True
        Find, turn and scale the face first, step ``"align"``.  False for clips of
        faces that are aligned and cropped already, and for ready flow maps.
    probability : bool, default=False
        Give the classifier ``predict_proba``, by Platt scaling in 5 inner folds.  The
        SVM's parameters are then called ``svm__estimator__C``.
    memory : None, str or joblib.Memory, default=None
        Cache of the extractor, so that a search over the SVM's parameters extracts
        each clip once.
    n_jobs : int, optional
        Clips treated at the same time.
    **params
        Parameters of the steps, for example ``features__n_blocks=(8, 8, 1)``.

    Returns
    -------
    MirroredPipeline
        Steps ``"align"`` (where asked for), ``"features"``, ``"normalize"``,
        ``"kernel"`` or ``"scale"``, and ``"svm"``.

    Raises
    ------
    ValueError
        If the name is unknown, or a parameter out of range.

    See Also
    --------
    param_grid : Values to try.

    Examples
    --------
    >>> from mefeat.recognition import make_recognizer
    >>> recognizer = make_recognizer("lbp-top", align=False)
    >>> [step for step, _ in recognizer.steps]
    ['features', 'normalize', 'kernel', 'svm']
    >>> recognizer["svm"].C
    10.0
    """
    owner = "make_recognizer"
    check_option("name", name, RECOGNIZERS, owner=owner)
    C = check_real("C", C, low=0, open_low=True, owner=owner)
    gamma = check_real("gamma", gamma, low=0, open_low=True, owner=owner)
    check_option("kernel", kernel, _KERNELS, owner=owner)
    if kernel == "laplacian":
        middle = [("kernel", LaplacianKernel(gamma=gamma))]
        svm = SVC(C=C, kernel="precomputed", class_weight=class_weight)
    else:
        middle = [("scale", VarianceScaler())]
        svm = SVC(C=C, kernel=kernel, gamma=gamma, class_weight=class_weight)
    if check_bool("probability", probability, owner=owner):
        svm = CalibratedClassifierCV(svm, ensemble=False)
    steps = [*_features(name, memory, n_jobs), *middle, ("svm", svm)]
    if check_bool("align", align, owner=owner):
        from mefeat.face import FaceAligner

        steps = [("align", FaceAligner(memory=memory, n_jobs=n_jobs)), *steps]
    mirror = "features" if check_bool("augment", augment, owner=owner) else None
    pipeline = MirroredPipeline(steps, mirror=mirror)
    return set_step_params(pipeline, params, owner)


def param_grid(
    kernel: str = "laplacian", *, prefix: str = "", probability: bool = False
) -> dict[str, Any]:
    """Give a grid of parameters worth trying, for `sklearn.model_selection`.

    Parameters
    ----------
    kernel : str, default="laplacian"
        As given to `make_recognizer`.
    prefix : str, default=""
        Put before each name, for example ``"recognizer__"`` for a recognizer inside
        of `mefeat.SpotThenRecognize`.
    probability : bool, default=False
        As given to `make_recognizer`.

    Returns
    -------
    dict

    Examples
    --------
    >>> from mefeat.recognition import param_grid
    >>> param_grid("linear", prefix="recognizer__")
    {'recognizer__svm__C': [0.3, 1.0, 3.0, 10.0]}
    """
    check_option("kernel", kernel, _KERNELS, owner="param_grid")
    cost = f"{prefix}svm__estimator__C" if probability else f"{prefix}svm__C"
    if kernel == "linear":
        return {cost: [0.3, 1.0, 3.0, 10.0]}
    if kernel == "rbf":
        width = cost.removesuffix("C") + "gamma"
        return {cost: [1.0, 3.0, 10.0], width: [0.3, 1.0]}
    return {cost: [3.0, 10.0, 30.0], f"{prefix}kernel__gamma": [0.25, 0.5]}
