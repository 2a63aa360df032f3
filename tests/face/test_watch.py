"""Waiting for a face in a stream of pictures."""

import numpy as np
import pytest
from skimage.data import astronaut
from skimage.transform import resize

from mefeat.face import FaceMesh, _detect
from mefeat.face._watch import FaceWatch


@pytest.fixture(scope="module")
def empty():
    return np.random.default_rng(0).integers(90, 110, (480, 640), dtype=np.uint8)


def with_face(empty, side, x, y):
    """Put a head-and-shoulders picture, whose face is a third of its side."""
    head = resize(astronaut()[0:250, 100:350].mean(axis=2) / 255, (side, side))
    out = empty.copy()
    out[y : y + side, x : x + side] = np.rint(255 * head)
    return out


@pytest.fixture
def runs(monkeypatch):
    """Count the runs of the detector."""
    count = [0]
    plain = _detect.run_detector

    def counted(canvas):
        count[0] += 1
        return plain(canvas)

    monkeypatch.setattr(_detect, "run_detector", counted)
    return count


def test_only_the_first_look_is_complete(empty, runs):
    watch = FaceWatch(FaceMesh())
    assert watch.look(empty) is None
    assert runs[0] == 1 + 6 + 35
    for _ in range(5):
        runs[0] = 0
        assert watch.look(empty) is None
        assert runs[0] == 1 + 4
    watch.restart()
    runs[0] = 0
    assert watch.look(empty) is None
    assert runs[0] == 1 + 6 + 35


def test_a_large_face_is_found_at_once(empty):
    watch, mesh = FaceWatch(FaceMesh()), FaceMesh()
    picture = with_face(empty, 360, 150, 60)
    watch.look(empty)
    face = watch.look(picture)
    np.testing.assert_array_equal(face.points, mesh.find(picture).points)


def test_a_small_face_is_found_a_few_looks_later(empty):
    picture = with_face(empty, 120, 500, 340)
    colors = np.repeat(picture[..., None], 3, axis=2)
    assert len(_detect.search_tile(colors, 0, 0, 640, 0.5)[0]) == 0
    watch = FaceWatch(FaceMesh())
    watch.look(empty)
    assert watch.look(picture) is None  # the first four of the larger tiles
    face = watch.look(picture)
    np.testing.assert_array_equal(face.points, FaceMesh().find(picture).points)


def test_a_small_face_that_returns_to_its_place_is_found_at_once(empty):
    picture = with_face(empty, 120, 460, 330)
    watch = FaceWatch(FaceMesh(), n_tiles=0)
    assert watch.look(picture) is not None  # complete
    assert watch.look(empty) is None
    assert watch.look(with_face(empty, 120, 470, 320)) is not None
    assert watch.look(with_face(empty, 120, 30, 30)) is None


def test_pictures_smaller_than_a_tile():
    watch = FaceWatch(FaceMesh())
    tiny = np.full((40, 30), 80, dtype=np.uint8)
    assert watch.look(tiny) is None
    assert watch.look(tiny) is None
