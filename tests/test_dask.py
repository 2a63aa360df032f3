"""The same code on a Dask cluster; a worker that is killed loses no clip."""

import os
import pickle
import signal
import threading
import time

import joblib
import numpy as np
import pytest
from sklearn.svm import SVC

from mefeat import LBPTOP, Clip
from mefeat._parallel import map_clips
from mefeat.model_selection import loso_predict

pytest.importorskip(
    "distributed", reason="install mefeat[dask] to test scaling out over Dask"
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of distributed's own closing down
]


@pytest.fixture(scope="module")
def client():
    from distributed import Client, LocalCluster

    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True
    )
    with cluster, Client(cluster) as client:
        yield client


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Twelve short image folders: what travels to the workers is their names."""
    from skimage.io import imsave

    root = tmp_path_factory.mktemp("videos")
    rng = np.random.default_rng(0)
    for index in range(12):
        folder = root / f"clip{index:02d}"
        folder.mkdir()
        for frame in range(6):
            picture = rng.integers(0, 256, (32, 32), dtype=np.uint8)
            imsave(folder / f"{frame:03d}.png", picture, check_contrast=False)
    return [
        Clip(folder, subject=f"s{index // 4}")
        for index, folder in enumerate(sorted(root.iterdir()))
    ]


def test_same_features_and_predictions(client, files):
    expected = LBPTOP().fit_transform(files)
    y = ["negative", "positive"] * 6
    labels = loso_predict(SVC(), expected, y, [c.subject for c in files])
    with joblib.parallel_config(backend="dask"):
        found = LBPTOP(n_jobs=-1).fit_transform(files)
        other = loso_predict(SVC(), expected, y, [c.subject for c in files], n_jobs=2)
    assert np.array_equal(found, expected)
    assert other.tolist() == labels.tolist()


def test_handles_travel_instead_of_pixels(files):
    files[0].frames()
    assert len(pickle.dumps(files[0])) < 3000
    assert files[0].frames().nbytes > 6000


def slow_mean(clip, started):
    with open(os.path.join(started, f"{clip.name}.{os.getpid()}"), "w"):
        time.sleep(0.4)
    return float(clip.frames().mean())


def test_clips_of_a_killed_worker_are_computed_again(client, files, tmp_path):
    expected = [float(clip.frames().mean()) for clip in files]
    killed = []

    def kill():
        while not list(tmp_path.iterdir()):
            time.sleep(0.02)
        killed.append(int(next(tmp_path.iterdir()).name.split(".")[-1]))
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with joblib.parallel_config(backend="dask"):
        found = map_clips(slow_mean, files, params={"started": str(tmp_path)}, n_jobs=2)
    killer.join()
    assert found == expected
    names = [path.name.rsplit(".", 1) for path in tmp_path.iterdir()]
    assert {pid for _, pid in names} > {str(killed[0])}
    assert {name for name, _ in names} == {clip.name for clip in files}
