"""ROIMotion on photographs that are moved by known maps."""

import pickle

import numpy as np
import pytest
from skimage.data import astronaut
from skimage.transform import AffineTransform, warp
from sklearn.base import clone

from mefeat import Clip, ClipError
from mefeat.exceptions import FaceNotFoundError
from mefeat.face import FaceMesh
from mefeat.spotting import PeakSpotter, ROIMotion, Signal, make_spotter
from mefeat.spotting._geometry import (
    REGIONS,
    FaceCrop,
    RigidModel,
    region_pixels,
    rest_points,
)
from mefeat.spotting.roi_motion import MotionStream

FPS = 30


@pytest.fixture(scope="module")
def photo():
    """A gray face, 400x400, about 250 pixels in size."""
    image = astronaut()[0:200, 125:325].mean(axis=2) / 255
    big = warp(image, AffineTransform(scale=0.5), output_shape=(400, 400), order=3)
    return np.clip(big, 0, 1)


@pytest.fixture(scope="module")
def face(photo):
    return FaceMesh().find(to_uint8(photo))


def to_uint8(image):
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)


def moved(image, dx, dy):
    """Move the point (x, y) to (x + dx, y + dy); dx, dy are numbers or fields."""
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]].astype(float)
    return warp(image, np.stack([rows - dy, columns - dx]), order=3, mode="edge")


def bump_at(shape, centre, radius):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    squares = (columns - centre[0]) ** 2 + (rows - centre[1]) ** 2
    return np.exp(-squares / (2 * radius**2))


def channel(signal, name):
    return signal.values[:, signal.channels.index(name)]


def test_still_picture_has_no_motion(photo):
    clip = Clip(np.repeat(to_uint8(photo)[None], 12, axis=0), fps=FPS)
    signal = ROIMotion().fit_transform([clip])[0]
    assert signal.values.shape == (12, 2 * len(REGIONS) + 6)
    assert signal.valid.all()
    np.testing.assert_allclose(signal.values, 0, atol=0.02)
    assert make_spotter(peaks__p=0.01).fit([clip]).predict([clip])[0] == []


def test_one_frame(photo):
    clip = Clip(to_uint8(photo)[None], fps=FPS)
    assert make_spotter().fit([clip]).predict([clip])[0] == []


def test_head_is_removed_and_reported(photo, face):
    shifts = np.linspace(0, 6, 13)
    frames = np.stack([to_uint8(moved(photo, s, -s / 2)) for s in shifts])
    signal = ROIMotion().fit_transform([Clip(frames, fps=FPS)])[0]
    scale = 256 / face.size
    # Displacements are along the axes of the face, which is held at a slant here.
    seen = np.hypot(channel(signal, "head_dx"), channel(signal, "head_dy"))
    np.testing.assert_allclose(seen, shifts * np.hypot(1, 0.5) * scale, atol=0.1)
    for part in ("roll", "scale", "yaw", "pitch"):
        np.testing.assert_allclose(channel(signal, f"head_{part}"), 0, atol=0.15)
    n_regions = 2 * len(REGIONS)
    assert np.abs(signal.values[:, :n_regions]).max() < 0.25


def test_region_moves_with_its_sign_and_size(photo, face):
    corner = face.landmarks[48]
    field = bump_at(photo.shape, corner, 0.1 * face.size)
    amounts = 1.5 * np.sin(np.linspace(0, np.pi, 15))
    frames = np.stack([to_uint8(moved(photo, -a * field, -a * field)) for a in amounts])
    signal = ROIMotion().fit_transform([Clip(frames, fps=FPS)])[0]
    peak = signal.values[7]
    seen = dict(zip(signal.channels, peak, strict=True))
    expected = -1.5 * 256 / face.size
    assert seen["mouth_right_dx"] == pytest.approx(expected, rel=0.35)
    assert seen["mouth_right_dy"] == pytest.approx(expected, rel=0.35)
    for name in ("brow_left_outer_dy", "brow_right_inner_dy", "nose_left_dx"):
        assert abs(seen[name]) < 0.1 * abs(expected)


def test_windows_join_without_a_step(photo, face):
    shifts = np.linspace(0, 4, 75)
    field = bump_at(photo.shape, face.landmarks[54], 0.1 * face.size)
    lift = 1.5 * np.sin(np.linspace(0, 3 * np.pi, 75))
    frames = np.stack(
        [
            to_uint8(moved(photo, s, -a * field))
            for s, a in zip(shifts, lift, strict=True)
        ]
    )
    clip = Clip(frames, fps=FPS)
    whole = ROIMotion(window=10.0).fit_transform([clip])[0]
    pieces = ROIMotion(window=1.0, overlap=0.3).fit_transform([clip])[0]
    assert pieces.valid.all()
    a, b = (channel(s, "mouth_left_dy") for s in (whole, pieces))
    assert np.abs((a - a.mean()) - (b - b.mean())).max() < 0.35
    assert np.abs(np.diff(b)).max() < 0.6


def test_no_face_raises():
    rng = np.random.default_rng(0)
    noise = Clip(rng.integers(0, 255, (6, 120, 120), dtype=np.uint8), fps=30, name="n")
    with pytest.raises(FaceNotFoundError, match="clip 'n': no face in any frame"):
        ROIMotion().fit_transform([noise])


def test_face_that_leaves_and_returns(photo):
    face, empty = to_uint8(photo), np.full((400, 400), 90, np.uint8)
    frames = np.stack([face] * 10 + [empty] * 12 + [face] * 8)
    signal = ROIMotion().fit_transform([Clip(frames, fps=FPS)])[0]
    assert signal.valid[:10].all()
    assert not signal.valid[10:22].any()
    assert signal.valid[28:].all()
    assert (signal.values[~signal.valid] == 0).all()
    black_first = np.stack([empty] * 7 + [face] * 6)
    signal = ROIMotion().fit_transform([Clip(black_first, fps=FPS)])[0]
    assert not signal.valid[:7].any()


def test_black_frames_and_flashes_are_no_movement(photo):
    face = to_uint8(photo)
    frames = np.repeat(face[None], 40, axis=0)
    frames[12] = 0
    frames[25] = 255
    signal = ROIMotion().fit_transform([Clip(frames, fps=FPS)])[0]
    assert not signal.valid[[12, 25]].any()
    assert signal.valid[:12].all()
    assert PeakSpotter(kinds="both").predict([signal])[0] == []


def test_cut_to_another_face_keeps_the_two_apart(photo):
    face, other = to_uint8(photo), to_uint8(np.roll(photo[:, ::-1], 40, axis=1))
    frames = np.stack([face] * 20 + [other] * 20)
    signal = ROIMotion().fit_transform([Clip(frames, fps=FPS)])[0]
    assert signal.spans() == [(0, 19), (21, 39)]
    assert PeakSpotter(kinds="both").predict([signal])[0] == []


def test_landmarks_replace_the_mesh(photo, face):
    frames = np.repeat(to_uint8(photo)[None], 5, axis=0)
    for marks in (face.landmarks, np.repeat(face.landmarks[None], 5, axis=0)):
        clip = Clip(frames, fps=FPS, landmarks=marks)
        signal = ROIMotion().fit_transform([clip])[0]
        np.testing.assert_allclose(signal.values, 0, atol=0.02)
    few = Clip(frames, fps=FPS, landmarks=np.zeros((5, 2)))
    with pytest.raises(ClipError, match="68 landmarks"):
        ROIMotion().fit_transform([few])


def test_fast_cameras_are_measured_in_every_second_frame(photo, face):
    shifts = np.linspace(0, 3, 21)
    frames = np.stack([to_uint8(moved(photo, s, 0)) for s in shifts])
    clip = Clip(frames, fps=120)
    every = ROIMotion(max_fps=120).fit_transform([clip])[0]
    half = ROIMotion(max_fps=60).fit_transform([clip])[0]
    assert len(half) == len(every) == 21
    np.testing.assert_allclose(half.values[::2], every.values[::2], atol=0.15)
    between = (half.values[0:-2:2] + half.values[2::2]) / 2
    np.testing.assert_allclose(half.values[1::2], between, atol=1e-5)


def test_fps_is_needed(photo):
    clip = Clip(to_uint8(photo)[None], name="film")
    with pytest.raises(ClipError, match=r"film.*fps"):
        ROIMotion().fit_transform([clip])
    assert ROIMotion(fps=25).fit_transform([clip])[0].fps == 25


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"window": 0.1}, "'window'"),
        ({"overlap": 4.0}, "'overlap'"),
        ({"strongest": 0.0}, "'strongest'"),
        ({"flow": "magic"}, "'flow'"),
        ({"face_size": 10}, "'face_size'"),
        ({"flow_options": {"sharpness": 2}}, "has no option 'sharpness'"),
    ],
)
def test_bad_parameters(params, message, photo):
    with pytest.raises(ValueError, match=message):
        ROIMotion(**params).fit([Clip(to_uint8(photo)[None], fps=30)])


def test_signals_are_cached_and_estimators_travel(photo, tmp_path, monkeypatch):
    clip = Clip(np.repeat(to_uint8(photo)[None], 3, axis=0), fps=FPS)
    motion = ROIMotion(memory=str(tmp_path))
    first = motion.fit_transform([clip])[0]
    monkeypatch.setattr(
        "mefeat.spotting._tracker.FaceTracker.push",
        lambda *_: pytest.fail("measured twice"),
    )
    again = pickle.loads(pickle.dumps(clone(motion))).fit_transform([clip])[0]
    assert isinstance(again, Signal)
    np.testing.assert_array_equal(again.values, first.values)


# -- geometry ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def crop(face):
    return FaceCrop.around(face.landmarks, 160, face.points)


def test_crop_puts_eyes_level_at_one_distance(crop):
    from mefeat.face import EYE_DISTANCE, eye_centres

    left, right = eye_centres(crop.landmarks)
    assert right[1] - left[1] == pytest.approx(0, abs=1e-9)
    assert right[0] - left[0] == pytest.approx(EYE_DISTANCE * 160)
    height, width = crop.size
    assert ((crop.landmarks[17:] > 0) & (crop.landmarks[17:] < (width, height))).all()


def test_regions_and_rest_are_apart(crop):
    rows, columns, _ = region_pixels(crop, 0.13)
    rest = rest_points(crop)
    assert len(rest) > 60
    taken = set(zip(columns.ravel().tolist(), rows.ravel().tolist(), strict=True))
    shared = taken & set(map(tuple, rest.tolist()))
    assert len(shared) < 0.1 * len(rest)  # cheeks may touch


def test_rigid_model_recovers_its_parameters(crop, rng):
    rest = rest_points(crop)
    model = RigidModel(crop, rest, rest[:5])
    theta = np.array([0.7, -0.3, 0.2, 0.1, 0.15, -0.25])
    flow = (model.at_points @ theta).astype(np.float32)
    places = np.arange(len(flow))
    np.testing.assert_allclose(model.fit(flow, places), theta, atol=1e-3)
    moving = rng.random(len(rest)) < 0.2
    flow[moving] += [0.0, 2.0]
    np.testing.assert_allclose(model.fit(flow, places), theta, atol=0.05)


def test_step_of_the_rigid_model(crop):
    rest = rest_points(crop)
    model = RigidModel(crop, rest, rest[:5])
    theta = np.array([0.7, -0.3, 0.2, 0.1, 0.0, 0.0])
    a, b = model.step(theta)
    there = a * (rest @ (1, 1j)) + b
    there = np.column_stack([there.real, there.imag])
    np.testing.assert_allclose(there - rest, model.at_points @ theta, atol=1e-9)


def test_a_stream_pickles_in_the_middle(photo):
    params = ROIMotion()._check_params()
    stream = MotionStream(FPS, params)
    frames = [to_uint8(moved(photo, shift, 0)) for shift in (0, 0.5, 1.0, 1.5)]
    for frame in frames[:2]:
        stream.push(frame)
    other = pickle.loads(pickle.dumps(stream))
    for frame in frames[2:]:
        (a, _), (b, _) = stream.push(frame)[0], other.push(frame)[0]
        np.testing.assert_array_equal(a, b)


def test_colours_are_looked_at_as_their_luma(photo):
    frames = [to_uint8(moved(photo, shift, 0)) for shift in (0, 0.5, 1.0)]
    colors = np.repeat(np.stack(frames)[..., None], 3, axis=3)
    a, b = (
        ROIMotion().fit_transform([Clip(f, fps=FPS)])[0]
        for f in (np.stack(frames), colors)
    )
    np.testing.assert_allclose(a.values, b.values, atol=0.01)


def test_fit_measures_no_video(photo, monkeypatch):
    clip = Clip(np.repeat(to_uint8(photo)[None], 3, axis=0), fps=FPS)
    with monkeypatch.context() as patch:
        patch.setattr(
            "mefeat.spotting._tracker.FaceTracker.push",
            lambda *_: pytest.fail("measured in fit"),
        )
        spotter = make_spotter().fit([clip], [[]])
        with pytest.raises(ValueError, match="'height'"):
            make_spotter(peaks__height=-1).fit([clip], [[]])
    assert clone(spotter).fit([clip]).predict([clip])[0] == []


def test_landmarks_of_frames_without_a_face_are_nan(photo, face):
    frames = np.repeat(to_uint8(photo)[None], 12, axis=0)
    points = np.repeat(face.landmarks[None], 12, axis=0)
    points[:4] = np.nan
    clip = Clip(frames, FPS, name="v", landmarks=points)
    signal = ROIMotion().transform([clip])[0]
    assert not signal.valid[:4].any()
    assert signal.valid[6:].all()
    with pytest.raises(FaceNotFoundError, match="'v'"):
        ROIMotion().transform([clip.replace(landmarks=points * np.nan)])
