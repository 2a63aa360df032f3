"""Synthetic clips and videos: exact truth, switches, determinism, bad input."""

import itertools
import shutil

import cv2
import numpy as np
import pandas as pd
import pytest
from skimage.data import astronaut

from mefeat import Clip
from mefeat.datasets import _synthetic_events as events
from mefeat.datasets import make_clips, make_long_videos, read_annotations
from mefeat.datasets._synthetic_faces import astronaut_identities, photograph_identities
from mefeat.datasets._synthetic_fields import action_units, head_fields, peak
from mefeat.datasets._synthetic_render import Actor, render
from mefeat.exceptions import ClipError, FaceNotFoundError
from mefeat.face import FaceMesh

QUIET = {
    "noise": 0,
    "drift": False,
    "nods": False,
    "blinks": False,
    "flicker": False,
    "macro": False,
}
SMALL = {"n_subjects": 1, "n_videos": 1, "duration": 4.0, "size": 96}


@pytest.fixture(scope="module")
def actor():
    (person,) = astronaut_identities([np.random.SeedSequence(5)], (288, 288))
    return Actor(person, color=False)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    root = tmp_path_factory.mktemp("quiet")
    options = {**QUIET, "size": 192, "amplitude": 2.0, "codec": "FFV1"}
    return make_long_videos(root, 1, 2, duration=5.0, random_state=2, **options)


def draw(actor, happening, n_frames=30, **options):
    defaults = {"amplitude": (2.0, 2.0), "noise": 0, "drifting": False}
    options = {**defaults, "flicker": False, **options}
    seeds = np.random.SeedSequence(0).spawn(3)
    return np.stack(list(render(actor, happening, n_frames, 30, seeds, **options)))


# -- events --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("onset", "apex", "offset", "hold"), [(10, 14, 22, 0), (3, 4, 5, 0), (8, 20, 60, 9)]
)
def test_interval_holds_the_frames_above_the_threshold(onset, apex, offset, hold):
    profile = events.Event("micro", onset, apex, offset, hold).profile(80)
    above = np.flatnonzero(profile > events.THRESHOLD)
    assert above.tolist() == list(range(onset, offset + 1))
    assert profile[apex] == 1.0
    assert profile.max() == 1.0
    assert (np.diff(profile[: apex + 1]) >= 0).all()
    assert (np.diff(profile[apex + hold :]) <= 0).all()


@pytest.mark.parametrize("fps", [10, 25, 30, 100, 200])
def test_micro_expressions_last_two_to_five_tenths(fps):
    rng = np.random.default_rng(0)
    for _ in range(200):
        length, apex = events.draw_micro(rng, fps)
        assert max(0.2 * fps, 3) - 1e-9 <= length <= 0.5 * fps + 1e-9
        assert 0 < apex < length - 1


def test_events_of_a_plan_do_not_overlap():
    traits = events.draw_traits(np.random.default_rng(0))
    for seed in range(20):
        plan = events.plan_video(
            np.random.SeedSequence(seed), 450, 30, ["positive"] * 4, traits
        )
        placed = [e for e in plan if e.kind != "flicker"]
        kinds = [e.kind for e in placed]
        assert sorted(kinds) == ["blink"] * 3 + ["head", "macro"] + ["micro"] * 4
        for before, after in itertools.pairwise(placed):
            assert after.onset - before.offset > 0.3 * 30
        assert placed[0].onset >= 9
        assert placed[-1].offset <= 450 - 9
        seconds = {e.kind: (e.offset - e.onset + 1) / 30 for e in placed}
        assert 1.0 <= seconds["macro"] <= 3.0
        assert 0.2 <= seconds["blink"] <= 0.4


# -- fields --------------------------------------------------------------------


def test_fields_have_unit_peaks_and_leave_the_background(actor):
    grid, points = actor.identity.grid, actor.identity.points
    for name, (left, right) in action_units(grid, points).items():
        assert peak(left + right) == pytest.approx(1.0, abs=1e-6), name
        assert peak((left + right)[:, :3]) < 0.05, name
    head = head_fields(grid, points)
    assert head.shape == (6, 72, 72, 2)
    nose = grid.sample(head[0], points[[4], :2])
    np.testing.assert_allclose(nose, [[1.0, 0.0]], atol=0.03)


def test_grid_samples_a_linear_field_exactly(actor):
    grid = actor.identity.grid
    field = np.stack([2 * grid.x + grid.y, 3 - grid.y], axis=-1)
    places = np.array([[100.25, 50.5], [7.0, 201.0]])
    expected = [[251.0, -47.5], [215.0, -198.0]]
    np.testing.assert_allclose(grid.sample(field, places), expected, atol=1e-9)


def test_identities_differ_and_their_points_follow_the_picture():
    seeds = np.random.SeedSequence(1).spawn(3)
    people = astronaut_identities(seeds, (288, 288))
    for person in people:
        picture = cv2.resize(person.texture, (288, 288), interpolation=cv2.INTER_AREA)
        found = FaceMesh().find(picture).landmarks
        error = np.linalg.norm(found - person.landmarks, axis=1).mean()
        assert error < 0.03 * person.size
    a, b = (person.texture.astype(float) for person in people[::2])
    assert np.abs(a - b).mean() > 5


# -- pictures ------------------------------------------------------------------


def test_flow_shows_the_stated_motion(actor):
    """The field at the face's points is what sparse flow finds in the picture."""
    event = events.Event("micro", 5, 10, 15, level=0.5)
    event.sides = {"brow raiser": (1.0, 1.0)}
    frames = draw(actor, [event])
    pixels = actor.peak_pixels(event, (2.0, 2.0))
    assert pixels == pytest.approx(2.0 * actor.identity.size / 256)
    field = pixels * actor.expression(event)
    assert peak(field) == pytest.approx(pixels, rel=1e-6)
    brows = actor.identity.landmarks[17:27].astype(np.float32)[:, None]
    moved, status, _ = cv2.calcOpticalFlowPyrLK(
        frames[0], frames[10], brows, None, winSize=(9, 9), maxLevel=1
    )
    assert status.all()
    expected = actor.identity.grid.sample(field, brows[:, 0])
    assert np.abs((moved - brows)[:, 0, 1] - expected[:, 1]).mean() < 0.15
    assert expected[:, 1].min() < -0.8 * pixels


def test_nothing_moves_before_and_after(actor):
    event = events.Event("micro", 8, 12, 17)
    event.sides = {"lip corner puller": (1.0, 0.8)}
    frames = draw(actor, [event])
    still = events.Event("micro", 8, 12, 17).profile(30) == 0
    assert still.sum() > 15
    assert (frames[still] == frames[0]).all()
    assert not (frames[12] == frames[0]).all()


def test_asymmetry_moves_one_side_more(actor):
    event = events.Event("micro", 5, 10, 15)
    event.sides = {"lip corner puller": (0.5, 1.0)}
    field = actor.expression(event)
    left, right = actor.identity.grid.sample(
        field, actor.identity.points[[61, 291], :2]
    )
    assert np.hypot(*left) == pytest.approx(0.5 * np.hypot(*right), rel=0.15)


def test_a_blink_changes_the_eyes_only_and_opens_again(actor):
    frames = draw(actor, [events.Event("blink", 5, 8, 14, hold=1)]).astype(int)
    change = np.abs(frames[8] - frames[0])
    eyes = actor.identity.landmarks[36:48]
    x0, y0 = (eyes.min(axis=0) - 24).astype(int)
    x1, y1 = (eyes.max(axis=0) + 24).astype(int)
    assert change[y0:y1, x0:x1].max() > 60
    change[y0:y1, x0:x1] = 0
    assert change.max() == 0
    assert (frames[25] == frames[0]).all()


def test_drift_is_below_two_pixels_and_smooth():
    for seed in range(10):
        moves = events.drift(np.random.SeedSequence(seed), 450, 30)
        assert (moves[0] == 0).all()
        assert np.abs(np.diff(moves, axis=0)).max() < 0.1
        assert np.abs(moves).max() < 3


def test_noise_has_the_stated_deviation_in_gray(actor):
    still = draw(actor, [], 2)
    noisy = draw(actor, [], 2, noise=2.0).astype(float)
    inside = (still[0] > 20) & (still[0] < 235)
    assert (noisy[0] - noisy[1])[inside].std() == pytest.approx(2 * 2**0.5, rel=0.02)


# -- clips ---------------------------------------------------------------------


def test_make_clips():
    data = make_clips(n_subjects=2, n_clips=6, fps=30, size=96)
    assert len(data.clips) == 12
    assert np.unique(data.subjects).tolist() == ["s01", "s02"]
    for clip, label, subject in zip(
        data.clips, data.labels, data.subjects, strict=True
    ):
        assert 6 <= len(clip) <= 15
        assert clip.shape == (96, 96)
        assert 0 < clip.apex < len(clip) - 1
        assert clip.subject == subject
        assert label in clip.name
        assert clip.landmarks.shape == (68, 2)
    for subject in ("s01", "s02"):
        names, counts = np.unique(
            data.labels[data.subjects == subject], return_counts=True
        )
        assert names.tolist() == ["negative", "positive", "surprise"]
        assert counts.tolist() == [2, 2, 2]
    assert "one photograph" in data.descr


def test_make_clips_repeats_and_varies():
    options = {"n_subjects": 1, "n_clips": 2, "size": 64}
    a, b = make_clips(**options), make_clips(**options)
    other = make_clips(**options, random_state=1)
    for x, y in zip(a.clips, b.clips, strict=True):
        np.testing.assert_array_equal(x.frames(), y.frames())
    assert not np.array_equal(a.clips[0].frames()[0], other.clips[0].frames()[0])
    bare = make_clips(**options, landmarks=False)
    assert bare.clips[0].landmarks is None


def test_amplitude_scales_the_same_events():
    options = {"n_subjects": 1, "n_clips": 3, "size": 64}
    full = make_clips(**options, amplitude=(1.0, 2.5))
    half = make_clips(**options, amplitude=(0.5, 1.25))
    np.testing.assert_allclose(half.amplitudes, full.amplitudes / 2)
    assert half.labels.tolist() == full.labels.tolist()


# -- long videos ---------------------------------------------------------------


def test_long_videos_move_only_in_their_intervals(quiet):
    for clip, intervals, sizes in zip(
        quiet.videos, quiet.intervals, quiet.amplitudes, strict=True
    ):
        frames = clip.frames().astype(int)
        assert len(frames) == 150
        change = np.abs(frames - frames[0]).max(axis=(1, 2))
        inside = np.zeros(len(frames), dtype=bool)
        for interval, pixels in zip(intervals, sizes, strict=True):
            assert interval.kind == "micro"
            assert interval.onset < interval.apex < interval.offset
            inside[max(interval.onset - 4, 0) : interval.offset + 5] = True
            assert change[interval.apex] >= 8
            assert change[interval.apex] >= change[interval.onset]
            assert pixels == pytest.approx(2.0 * 171 / 256, rel=0.15)
        assert change[~inside].max() <= 1


def test_annotations_round_trip(quiet):
    table = pd.read_csv(quiet.annotations)
    columns = ["video", "subject", "onset", "apex", "offset", "emotion"]
    assert table.columns.tolist() == columns
    assert len(table) == sum(map(len, quiet.intervals))
    assert read_annotations(quiet.annotations) is not None
    truth = [
        (clip.name, "s01", i.onset, i.apex, i.offset, i.label)
        for clip, intervals in zip(quiet.videos, quiet.intervals, strict=True)
        for i in intervals
    ]
    assert list(table.itertuples(index=False, name=None)) == truth
    assert quiet.subjects.tolist() == ["s01", "s01"]
    names = sorted(path.name for path in quiet.root.iterdir())
    assert names == ["annotations.csv", "distractors.csv", "s01_v1.mkv", "s01_v2.mkv"]


def test_same_frames_whatever_n_jobs(tmp_path):
    options = {**SMALL, "n_videos": 2}
    one = make_long_videos(tmp_path / "one", **options)
    two = make_long_videos(tmp_path / "two", **options, n_jobs=2)
    assert one.intervals == two.intervals
    assert one.distractors == two.distractors
    for a, b in zip(one.videos, two.videos, strict=True):
        np.testing.assert_array_equal(a.frames(), b.frames())


def test_each_switch_drops_its_distractor_and_nothing_else(tmp_path):
    options = {**SMALL, "duration": 15.0, "fps": 10, "size": 64}
    full = make_long_videos(tmp_path / "full", **options)
    kinds = {d.kind for d in full.distractors[0]}
    assert kinds == {"blink", "head", "flicker", "macro"}
    switches = {"nods": "head", "blinks": "blink", "flicker": "flicker"}
    switches["macro"] = "macro"
    for name, kind in switches.items():
        data = make_long_videos(tmp_path / name, **options, **{name: False})
        assert data.intervals == full.intervals
        rest = [d for d in full.distractors[0] if d.kind != kind]
        assert data.distractors[0] == rest
    table = pd.read_csv(tmp_path / "full" / "distractors.csv")
    assert table.columns.tolist() == ["video", "subject", "kind", "onset", "offset"]
    assert [tuple(row) for row in table.to_numpy()[:, 2:]] == full.distractors[0]


def test_default_set_is_large_enough():
    traits = events.draw_traits(np.random.default_rng(0))
    plan = events.plan_video(
        np.random.SeedSequence(0), 450, 30, ["negative"] * 4, traits
    )
    assert sum(event.kind == "micro" for event in plan) * 12 >= 36


def test_faces_with_and_without_their_own_smile(shared_data, tmp_path):
    for name in ("004_neutral", "004_smiling", "019_neutral"):
        shutil.copy(shared_data / "faces" / f"{name}.jpg", tmp_path)
    first, second = photograph_identities(tmp_path, 2, (128, 128))
    assert (first.name, second.name) == ("004", "019")
    assert second.smile is None
    smile = Actor(first).units["own smile"]
    assert peak(smile[0] + smile[1]) == pytest.approx(1.0, abs=1e-5)
    corners = first.grid.sample(smile[0] + smile[1], first.points[[61, 291], :2])
    assert corners[0, 0] < -0.3 < 0.3 < corners[1, 0]  # they part
    assert (corners[:, 1] < 0).all()  # and rise
    data = make_clips(2, 2, faces=tmp_path, size=96, labels=["positive"])
    assert data.subjects.tolist() == ["004", "004", "019", "019"]
    assert "1 of them with their own smile" in data.descr


# -- bad input -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("n_subjects", 0, "'n_subjects' parameter must be an int of at least 1"),
        ("n_videos", 1.5, "'n_videos' parameter must be an int"),
        ("duration", -1, "'duration' parameter must be a number"),
        ("fps", 5, "'fps' parameter must be a number of at least 10"),
        ("size", 20, "'size' parameter must be an int of at least 64"),
        ("size", (97, 96), "'size' parameter must be even"),
        ("labels", ["joy"], "'labels' parameter must be one of 'negative'"),
        ("labels", "positive", "'labels' parameter must be different names"),
        ("amplitude", (3, 1), r"'amplitude' parameter must be \(least, largest\)"),
        ("amplitude", 0, "'amplitude' parameter must be a number above 0"),
        ("noise", np.nan, "'noise' parameter must be a number"),
        ("blinks", 1, "'blinks' parameter must be True or False"),
        ("codec", "H264", "'codec' parameter must be one of 'MJPG'"),
        ("n_micro", -1, "'n_micro' parameter must be an int"),
        ("n_micro", 40, "too short for its micro-expressions"),
    ],
)
def test_bad_parameters(tmp_path, name, value, message):
    with pytest.raises(ValueError, match=message):
        make_long_videos(tmp_path / "out", **{**SMALL, name: value})
    assert not (tmp_path / "out").exists()


def test_bad_faces(tmp_path):
    with pytest.raises(ValueError, match="is no folder"):
        make_clips(1, 1, faces=tmp_path / "missing")
    faces = tmp_path / "faces"
    faces.mkdir()
    with pytest.raises(ValueError, match="holds no file with one of the suffixes"):
        make_clips(1, 1, faces=faces)
    cv2.imwrite(str(faces / "a.png"), astronaut()[..., ::-1])
    with pytest.raises(ValueError, match="shows 1 people, but n_subjects=2"):
        make_clips(2, 1, faces=faces)
    cv2.imwrite(str(faces / "b.png"), np.full((200, 200, 3), 128, np.uint8))
    with pytest.raises(FaceNotFoundError, match=r"b\.png.*no face found"):
        make_clips(2, 1, faces=faces)
    (faces / "a.png").write_bytes(b"no image")
    with pytest.raises(ClipError, match="not an image that can be read"):
        make_long_videos(tmp_path / "out", **SMALL, faces=faces)
    assert not (tmp_path / "out").exists()


def test_root_that_is_a_file(tmp_path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(NotADirectoryError, match="not a folder"):
        make_long_videos(tmp_path / "taken", **SMALL)


def test_nothing_partly_written_remains(tmp_path, monkeypatch):
    old = make_long_videos(tmp_path, **SMALL)
    before = old.videos[0].frames()

    def broken(*args, **kwargs):
        yield before[0]
        raise OSError("no space left")

    monkeypatch.setattr("mefeat.datasets.synthetic.render", broken)
    with pytest.raises(OSError, match="no space left"):
        make_long_videos(tmp_path, **SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["s01_v1.avi"]
    np.testing.assert_array_equal(Clip(tmp_path / "s01_v1.avi").frames(), before)
