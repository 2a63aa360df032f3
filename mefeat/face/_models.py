"""The two neural networks that find faces: their files, checked, and how they run.

Both files are part of the package (see NOTICE).  Networks of OpenCV keep the state of
a run, so that two threads must not share one: each thread of each process loads its
own at first use, and what holds no network pickles.
"""

import hashlib
import os
import threading
from importlib import resources

import numpy as np

from mefeat.io._opencv import import_cv2

__all__ = ["run_detector", "run_mesh"]

DETECTOR = "face_detection_short_range.tflite"
MESH = "face_landmark.tflite"

CHECKSUMS = {
    DETECTOR: "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    MESH: "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
}
_OUTPUTS = {
    DETECTOR: ("classificators", "regressors"),
    MESH: ("conv2d_31", "conv2d_21"),
}

_local = threading.local()


def _read_checked(path, name):
    """Load the network in `path` after a look at its checksum."""
    cv2 = import_cv2()
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise RuntimeError(
            f"the model file {name} cannot be read ({error}): reinstall mefeat"
        ) from error
    if found != CHECKSUMS[name]:
        raise RuntimeError(
            f"the model file {path} is not the one that mefeat ships: its SHA-256 is "
            f"{found}, expected {CHECKSUMS[name]}. Reinstall mefeat."
        )
    # The new engine of OpenCV 5 gives one output of several, and reading from memory
    # takes that engine whatever it is told: so read by name, with the classic one.
    if hasattr(cv2.dnn, "ENGINE_CLASSIC"):
        return cv2.dnn.readNetFromTFLite(str(path), cv2.dnn.ENGINE_CLASSIC)
    return cv2.dnn.readNetFromTFLite(str(path))


def _network(name):
    """Give this thread's own copy of a network."""
    owner = os.getpid()
    if getattr(_local, "owner", None) != owner:  # first use, or a forked process
        _local.owner, _local.networks = owner, {}
    if name not in _local.networks:
        source = resources.files("mefeat.face") / "models" / name
        with resources.as_file(source) as path:
            _local.networks[name] = _read_checked(path, name)
    return _local.networks[name]


def _run(name, image, scale, mean):
    cv2 = import_cv2()
    network = _network(name)
    side = image.shape[0]
    blob = cv2.dnn.blobFromImage(image, scale, (side, side), (mean,) * 3)
    network.setInput(blob)
    # The outputs belong to the network, whose next run overwrites them.
    score, values = network.forward(_OUTPUTS[name])
    return np.array(score, dtype=np.float64), np.array(values, dtype=np.float64)


def _sigmoid(values):
    return 1.0 / (1.0 + np.exp(-np.clip(values, -100, 100)))


def run_detector(image):
    """Run the face detector.

    Parameters
    ----------
    image : ndarray of shape (128, 128, 3), uint8
        RGB.

    Returns
    -------
    scores : ndarray of shape (896,)
        One for each anchor, in [0, 1].
    values : ndarray of shape (896, 16)
        Offsets of the box's centre, its width and height, offsets of six key points,
        in pixels of `image`.
    """
    scores, values = _run(DETECTOR, image, 1 / 127.5, 127.5)
    return _sigmoid(scores.ravel()), values[0]


def run_mesh(image):
    """Run the face mesh.

    Parameters
    ----------
    image : ndarray of shape (192, 192, 3), uint8
        RGB, an upright face about two thirds of the picture's side.

    Returns
    -------
    score : float
        Whether a face is there, in [0, 1].
    points : ndarray of shape (468, 3)
        x, y and depth in pixels of `image`.
    """
    score, points = _run(MESH, image, 1 / 255.0, 0.0)
    return float(_sigmoid(score.ravel()[0])), points.reshape(468, 3)
