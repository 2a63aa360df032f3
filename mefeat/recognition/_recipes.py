"""`make_recognizer`: ready pipelines from clips to emotions."""

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from mefeat._validation import check_bool, check_option, check_real
from mefeat.recognition._mirror import MirroredPipeline
from mefeat.recognition._scaling import VarianceScaler

__all__ = ["RECOGNIZERS", "make_recognizer", "param_grid"]

RECOGNIZERS = ("bi-woof", "flow-map", "lbp-top", "mdmo", "strain", "union")


def _extractor(name, memory, n_jobs):
    """Give the step "features" of one descriptor, with settings used in the field."""
    from mefeat import features, flow

    shared = {"memory": memory, "n_jobs": n_jobs}
    if name == "flow-map":
        return flow.FlowMap(size=14, **shared)
    if name == "lbp-top":
        return features.LBPTOP(n_blocks=(5, 5, 1), radii=(1, 1, 2), **shared)
    if name == "mdmo":
        return features.MDMO(output="cartesian", **shared)
    if name == "strain":
        return features.OpticalStrain(**shared)
    return features.BiWOOF(**shared)


def _steps(name, memory, n_jobs):
    """Give extractor and scaler; histograms enter by their roots (Hellinger)."""
    extractor = _extractor(name, memory, n_jobs)
    if name in ("lbp-top", "bi-woof"):
        root = FunctionTransformer(np.sqrt, feature_names_out="one-to-one")
        scale = Pipeline([("root", root), ("variance", VarianceScaler())])
    else:
        scale = VarianceScaler()
    return [("features", extractor), ("scale", scale)]


def make_recognizer(
    name="flow-map",
    *,
    C=1.0,
    kernel="linear",
    gamma="scale",
    class_weight="balanced",
    augment=True,
    align=True,
    probability=False,
    memory=None,
    n_jobs=None,
    **params,
):
    """Build a recognizer: a pipeline from clips to emotions that ends in ``"svm"``.

    Parameters
    ----------
    name : str, default="flow-map"
        Descriptor: ``"flow-map"`` (flow and strain from onset to apex),
        ``"lbp-top"``, ``"mdmo"``, ``"strain"``, ``"bi-woof"``, or ``"union"`` of
        LBP-TOP, Bi-WOOF and flow maps.
    C : float, default=1.0
        Cost of the SVM.  Descriptors are scaled to a total variance of 1 before, so
        that a value means the same for each of them.
    kernel, gamma, class_weight
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
        Steps ``"align"`` (where asked for), ``"features"``, ``"scale"``, ``"svm"``.
        With the step ``"svm"`` alone set to another classifier it serves any other
        model.

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
    >>> recognizer = make_recognizer("lbp-top", C=10, align=False)
    >>> [step for step, _ in recognizer.steps]
    ['features', 'scale', 'svm']
    >>> recognizer["svm"]
    SVC(C=10.0, class_weight='balanced', kernel='linear')
    """
    owner = "make_recognizer"
    check_option("name", name, RECOGNIZERS, owner=owner)
    C = check_real("C", C, low=0, open_low=True, owner=owner)
    svm = SVC(C=C, kernel=kernel, gamma=gamma, class_weight=class_weight)
    if check_bool("probability", probability, owner=owner):
        svm = CalibratedClassifierCV(svm, ensemble=False)
    if name == "union":
        parts = ("lbp-top", "bi-woof", "flow-map")
        union = [(part, Pipeline(_steps(part, memory, n_jobs))) for part in parts]
        steps = [("features", FeatureUnion(union)), ("scale", VarianceScaler())]
    else:
        steps = _steps(name, memory, n_jobs)
    if check_bool("align", align, owner=owner):
        from mefeat.face import FaceAligner

        aligner = FaceAligner(memory=memory, n_jobs=n_jobs)
        steps = [("align", aligner), *steps]
    mirror = "features" if check_bool("augment", augment, owner=owner) else None
    pipeline = MirroredPipeline([*steps, ("svm", svm)], mirror=mirror)
    return pipeline.set_params(**params)


def param_grid(name="flow-map", *, prefix="", probability=False):
    """Give a grid of parameters worth trying, for `sklearn.model_selection`.

    Parameters
    ----------
    name : str, default="flow-map"
        As of `make_recognizer`.
    prefix : str, default=""
        Put before each name, for example ``"recognizer__"`` for a recognizer inside
        of `mefeat.SpotThenRecognize`.
    probability : bool, default=False
        As given to `make_recognizer`.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> from mefeat.recognition import param_grid
    >>> param_grid("mdmo", prefix="recognizer__")[0]
    {'recognizer__svm__kernel': ['linear'], 'recognizer__svm__C': [0.1, 1.0, 10.0]}
    """
    check_option("name", name, RECOGNIZERS, owner="param_grid")
    svm = prefix + ("svm__estimator__" if probability else "svm__")
    costs = [0.1, 1.0, 10.0]
    return [
        {f"{svm}kernel": ["linear"], f"{svm}C": costs},
        {f"{svm}kernel": ["rbf"], f"{svm}C": costs, f"{svm}gamma": [0.3, 1.0]},
    ]
