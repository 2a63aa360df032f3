"""`FaceAligner`: eyes at fixed places, one transform for each clip."""

import pickle

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from mefeat import Clip, ClipError
from mefeat.exceptions import FaceNotFoundError
from mefeat.face import FaceAligner, FaceMesh, eye_centres, face_size

LANDMARKS = np.random.default_rng(0).uniform(40, 60, (68, 2))
LANDMARKS[[36, 39]] = [[30, 50], [40, 50]]
LANDMARKS[[42, 45]] = [[60, 50], [70, 50]]


@pytest.fixture(scope="module")
def frame():
    return astronaut()


def _turned(frame, angle, scale):
    turn = cv2.getRotationMatrix2D((222, 120), angle, scale)
    return cv2.warpAffine(frame, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize(("angle", "scale"), [(0, 1), (20, 1.4), (-15, 0.8)])
def test_eyes_come_to_their_places(frame, angle, scale):
    clip = Clip(np.stack([_turned(frame, angle, scale)] * 2), fps=30, subject="s1")
    aligned = FaceAligner().fit_transform([clip])[0]
    assert aligned.shape == (256, 256)
    assert aligned.subject == "s1"
    assert aligned.fps == 30
    places = np.array([[0.33, 0.35], [0.67, 0.35]]) * 256 - 0.5
    np.testing.assert_allclose(eye_centres(aligned.landmarks), places, atol=1e-9)
    assert face_size(aligned.landmarks) == pytest.approx(256)
    # Found anew in the aligned pixels, the eyes are where they should be.
    found = FaceMesh().find(aligned.frames(color=True)[0])
    np.testing.assert_allclose(eye_centres(found.landmarks), places, atol=4)


def test_own_landmarks_give_the_closed_form():
    frames = np.zeros((3, 100, 100), np.uint8)
    aligned = FaceAligner(size=100).transform([Clip(frames, landmarks=LANDMARKS)])[0]
    # Eyes (35, 50) and (65, 50), 30 apart, come to 34 apart at (32.5, 34.5).
    expected = (LANDMARKS - [35, 50]) * 34 / 30 + [32.5, 34.5]
    np.testing.assert_allclose(aligned.landmarks, expected)


def test_landmarks_of_each_frame_are_carried_along():
    moving = np.stack([LANDMARKS + [t, 0] for t in range(4)])
    moving[0] = np.nan
    clip = Clip(np.zeros((4, 100, 100), np.uint8), landmarks=moving)
    aligned = FaceAligner(size=100).transform([clip])[0]
    assert aligned.landmarks.shape == (4, 68, 2)
    steps = np.diff(aligned.landmarks[1:], axis=0)  # one fixed transform
    np.testing.assert_allclose(steps[..., 0], 34 / 30)
    np.testing.assert_allclose(steps[..., 1], 0, atol=1e-9)


def test_a_face_that_comes_later(frame):
    empty = np.full_like(frame, 90)
    clip = Clip(np.stack([empty] * 7 + [frame] * 5), name="late")
    aligned = FaceAligner(size=64).transform([clip])[0]
    expected = FaceAligner(size=64).transform([Clip(frame[None])])[0]
    np.testing.assert_array_equal(aligned.landmarks, expected.landmarks)
    with pytest.raises(
        FaceNotFoundError, match=r"'late': no face .*2 of 7 frames"
    ) as e:
        FaceAligner().transform([clip[:1], clip[:7]][1:])
    assert e.value.clip == "late"


def test_pick_reaches_the_mesh(frame):
    both = np.concatenate([frame[:250, 100:350], frame[:250, 100:350]], axis=1)
    first, last = (
        FaceAligner(pick=pick).transform([Clip(both[None])])[0]._warp[0]
        for pick in (0, -1)
    )
    assert first[0][2] > last[0][2] + 100


@pytest.mark.parametrize(
    ("landmarks", "message"),
    [
        (np.zeros((5, 2)), "68 of iBUG.*Got 5"),
        (np.full((68, 2), np.nan), "NaN in every frame"),
        (np.zeros((68, 2)), "both eyes at one place"),
    ],
)
def test_bad_landmarks(landmarks, message):
    clip = Clip(np.zeros((2, 50, 50), np.uint8), name="bad", landmarks=landmarks)
    with pytest.raises(ClipError, match=message) as caught:
        FaceAligner().transform([clip])
    assert caught.value.clip == "bad"


@pytest.mark.parametrize("params", [{"size": 8}, {"size": 64.0}, {"pick": None}])
def test_bad_parameters(params):
    with pytest.raises(ValueError, match=f"'{next(iter(params))}' parameter of FaceAl"):
        FaceAligner(**params).fit([Clip(np.zeros((2, 50, 50), np.uint8))])


def test_memory_jobs_and_pickle_change_nothing(frame, tmp_path):
    clips = [Clip(np.stack([_turned(frame, a, 1)] * 2)) for a in (0, 10)]
    plain = FaceAligner(size=64).transform(clips)
    cached = FaceAligner(size=64, memory=str(tmp_path), n_jobs=2)
    for _ in range(2):
        for one, other in zip(plain, cached.transform(clips), strict=True):
            np.testing.assert_array_equal(one.frames(), other.frames())
    again = pickle.loads(pickle.dumps(plain[0]))
    np.testing.assert_array_equal(again.frames(), plain[0].frames())


def test_a_face_that_leaves_keeps_the_transform(shared_data):
    clip = Clip(shared_data / "videos" / "face_noface.mov")
    whole, start = FaceAligner(size=64).transform([clip, clip[:5]])
    assert len(whole) == 169
    np.testing.assert_array_equal(whole.landmarks, start.landmarks)
    np.testing.assert_array_equal(whole[:5].frames(), start.frames())
    assert whole[160:].frames().shape == (9, 64, 64)
    with pytest.raises(FaceNotFoundError, match="face_noface"):
        FaceAligner().transform([clip[90:130]])
