"""`FaceMesh`: where faces are, which one is taken, what is refused."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from skimage.data import astronaut, camera

from mefeat.exceptions import FaceNotFoundError
from mefeat.face import MESH_TO_68, FaceMesh, _models, eye_centres, face_size


@pytest.fixture(scope="module")
def picture():
    return astronaut()


@pytest.fixture(scope="module")
def face(picture):
    return FaceMesh().find(picture)


@pytest.fixture(scope="module")
def three(picture):
    """Three faces of different size: middle, small, large from left to right."""
    head = picture[20:240, 120:340]
    canvas = np.full((400, 1000, 3), 128, np.uint8)
    canvas[90:310, 20:240] = head
    canvas[120:270, 380:530] = cv2.resize(head, (150, 150))
    canvas[30:360, 640:970] = cv2.resize(head, (330, 330))
    return canvas


def test_points_lie_where_the_face_is(face):
    # Pupils, read off the enlarged photograph by eye.
    left, right = eye_centres(face.landmarks)
    np.testing.assert_allclose(left, [203, 101], atol=3)
    np.testing.assert_allclose(right, [247, 103], atol=3)
    assert face.points.shape == (468, 3)
    assert face.points.dtype == np.float64
    assert face.score > 0.99
    np.testing.assert_array_equal(face.landmarks, face.points[MESH_TO_68, :2])
    assert len(set(MESH_TO_68.tolist())) == 68


def test_landmarks_are_in_anatomical_order(face):
    points = face.landmarks
    assert points[0, 0] < points[8, 0] < points[16, 0]  # jaw from left to right
    assert points[8, 1] == points[:, 1].max()  # chin
    assert points[19, 1] < points[37, 1] < points[30, 1] < points[51, 1] < points[57, 1]
    assert points[48, 0] < points[54, 0]


def test_size_of_a_face_follows_its_scale(face, picture):
    assert face.size == face_size(face.landmarks)
    double = FaceMesh().find(cv2.resize(picture, None, fx=2, fy=2))
    assert double.size == pytest.approx(2 * face.size, rel=0.03)


def test_gray_pictures_work(picture, face):
    gray = FaceMesh().find(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
    gap = np.linalg.norm(gray.landmarks - face.landmarks, axis=1)
    assert gap.mean() < 0.03 * face.size


def test_turned_heads_keep_their_points(picture, face):
    turn = cv2.getRotationMatrix2D((222, 120), 25, 1)
    turned = FaceMesh().find(cv2.warpAffine(picture, turn, (512, 512)))
    expected = face.landmarks @ turn[:, :2].T + turn[:, 2]
    gap = np.linalg.norm(turned.landmarks - expected, axis=1)
    assert gap.mean() < 0.03 * face.size


def test_pick_of_several_faces(three):
    mesh = FaceMesh()
    faces = mesh.find_all(three)
    areas = [face.box[2] * face.box[3] for face in faces]
    assert len(faces) == 3
    assert areas == sorted(areas, reverse=True)

    def x(pick):
        return FaceMesh(pick=pick).find(three).box[0]

    assert x("largest") > 640
    assert 380 < x("center") < 530
    assert x(0) < 240
    assert 380 < x(1) < 530
    assert x(-1) == x(2) == x("largest")
    assert 380 < x(lambda faces: faces[-1]) < 530
    with pytest.raises(FaceNotFoundError, match="pick=3 asks for a face .* 3 found"):
        FaceMesh(pick=3).find(three)


def test_small_faces_are_found_in_tiles(picture):
    small = cv2.resize(picture[20:240, 120:340], (90, 90), interpolation=cv2.INTER_AREA)
    canvas = np.full((720, 1280, 3), 128, np.uint8)
    canvas[500:590, 900:990] = small
    x, y, width, height = FaceMesh().find(canvas).box
    assert x >= 900
    assert x + width <= 990
    assert y >= 500
    assert y + height <= 590


@pytest.mark.parametrize("value", [0, 255])
def test_a_picture_without_a_face(value):
    with pytest.raises(FaceNotFoundError, match="no face found"):
        FaceMesh().find(np.full((120, 160, 3), value, np.uint8))
    assert FaceMesh().find_all(np.zeros((1, 1), np.uint8)) == []


def test_refit_keeps_the_crop_and_reports_absence(picture, face):
    mesh = FaceMesh()
    again = mesh.refit(picture, face)
    np.testing.assert_array_equal(again.points, face.points)
    gone = mesh.refit(np.full_like(picture, 128), face)
    assert gone.crop == face.crop
    assert gone.score < 0.1


def test_a_face_cut_by_the_border_has_points_outside(picture, face):
    cut = picture[:, 215:]
    points = FaceMesh().refit(cut, _moved(face, -215)).points
    assert points[:, 0].min() < 0


def _moved(face, dx):
    from dataclasses import replace

    x, y, side, angle = face.crop
    return replace(face, crop=(x + dx, y, side, angle))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((8, 8)), "uint8 array"),
        (np.zeros((8, 8, 4), np.uint8), r"Got uint8 of shape \(8, 8, 4\)"),
        (np.zeros((0, 8), np.uint8), "empty"),
    ],
)
def test_bad_pictures(image, message):
    with pytest.raises(ValueError, match=message):
        FaceMesh().find(image)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"pick": "nearest"}, "'pick' parameter of FaceMesh must be 'largest'"),
        ({"pick": True}, "'pick' parameter"),
        ({"min_score": 2}, r"'min_score' parameter of FaceMesh must be .* \[0, 1\]"),
    ],
)
def test_bad_parameters(params, message):
    with pytest.raises(ValueError, match=message):
        FaceMesh(**params)


def test_bad_landmarks_have_no_size():
    with pytest.raises(ValueError, match=r"\(68, 2\)"):
        face_size(np.zeros((5, 2)))


def test_threads_share_nothing(picture, face):
    mesh = pickle.loads(pickle.dumps(FaceMesh()))
    with ThreadPoolExecutor(4) as pool:
        faces = list(pool.map(mesh.find, [picture] * 8))
    for other in faces:
        np.testing.assert_array_equal(other.points, face.points)


def test_a_changed_model_file_is_refused(tmp_path, monkeypatch):
    bad = tmp_path / "models"
    bad.mkdir()
    (bad / _models.MESH).write_bytes(b"not the model")
    monkeypatch.setattr(_models.resources, "files", lambda package: tmp_path)
    monkeypatch.setattr(_models._local, "networks", {}, raising=False)
    with pytest.raises(RuntimeError, match=r"SHA-256 .* Reinstall mefeat"):
        _models._network(_models.MESH)
    with pytest.raises(RuntimeError, match="cannot be read"):
        _models._network(_models.DETECTOR)


def test_photographs_of_24_people(shared_data):
    """Eye centres against pupils that people marked, in shares of their distance."""
    gaps, tilts = [], []
    for path in sorted((shared_data / "faces").glob("*_neutral.jpg")):
        table = path.with_name(f"{path.stem}_landmarks189.csv")
        pupils = np.loadtxt(table, delimiter=",", skiprows=1)[:2]
        face = FaceMesh().find(cv2.imread(str(path))[..., ::-1].copy())
        eyes = eye_centres(face.landmarks)
        along, true = eyes[1] - eyes[0], pupils[1] - pupils[0]
        gaps.append(np.linalg.norm(eyes - pupils, axis=1) / np.hypot(*true))
        turn = np.arctan2(*along[::-1]) - np.arctan2(*true[::-1])
        tilts.append(abs(np.degrees(turn)))
    assert len(gaps) == 24
    assert np.mean(gaps) < 0.06
    assert np.max(gaps) < 0.1
    assert np.max(tilts) < 1.5


def test_a_face_that_leaves(shared_data):
    from mefeat import Clip

    clip = Clip(shared_data / "videos" / "face_noface.mov")
    mesh = FaceMesh()
    frames = [clip[i : i + 1].frames(color=True)[0] for i in (0, 60, 90, 160)]
    first = mesh.find(frames[0])
    scores = [mesh.refit(frame, first).score for frame in frames]
    assert min(scores[:2]) > 0.95
    assert max(scores[2:]) < 0.05


def test_camera_man_is_refused_or_found_without_error():
    assert len(FaceMesh().find_all(camera())) in (0, 1)
