import numpy as np
import pytest
from PIL import Image

from mefeat import Clip, ClipError
from mefeat.flow import flow_to_color
from mefeat.vqa.inputs import ClipPictures, check_inputs


def ramp(n_frames=10, shape=(40, 40), **fields):
    """A clip whose frame t has the gray level 10 t everywhere."""
    levels = np.arange(n_frames, dtype=np.uint8) * 10
    return Clip(np.broadcast_to(levels[:, None, None], (n_frames, *shape)), **fields)


def levels(picture):
    return [int(frame[0, 0, 0]) for frame in picture.frames]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("video", ("video",)),
        ("flow+oao", ("oao", "flow")),
        (["flow", "video"], ("video", "flow")),
        (("oao", "flow", "video"), ("video", "oao", "flow")),
    ],
)
def test_inputs_have_one_order(value, expected):
    assert check_inputs(value) == expected


@pytest.mark.parametrize("value", ["film", "", [], "oao+oao", 3, None, ["oao", 1]])
def test_unknown_inputs(value):
    with pytest.raises(ValueError, match="'inputs' parameter must be one of 'video'"):
        check_inputs(value)


def test_frames_are_equally_sampled():
    (picture,) = ClipPictures("video", n_frames=4, size=56, align=False).make(
        [ramp(10)]
    )[0]
    assert (picture.kind, picture.title) == ("video", "frames")
    assert picture.frames.shape == (4, 56, 56, 3)
    assert levels(picture) == [0, 30, 60, 90]


def test_frames_repeat_in_a_clip_that_is_shorter():
    (picture,) = ClipPictures("video", n_frames=4, size=56, align=False).make(
        [ramp(2)]
    )[0]
    assert levels(picture) == [0, 0, 10, 10]


def test_few_frames_of_a_long_clip_are_read_alone():
    clip = ramp(25)
    (picture,) = ClipPictures("video", n_frames=2, size=56, align=False).make([clip])[0]
    assert levels(picture) == [0, 240]


def test_onset_apex_offset_with_a_known_apex():
    pictures = ClipPictures("oao", size=56, align=False).make([ramp(10, apex=6)])[0]
    assert [p.title for p in pictures] == ["onset", "apex", "offset"]
    assert [levels(p)[0] for p in pictures] == [0, 60, 90]
    assert {p.kind for p in pictures} == {"image"}


def textured(shifts, side=56):
    y, x = np.mgrid[:side, :side]
    frames = [
        127 + 60 * np.sin((x - s) / 3) + 60 * np.sin((y + 2 * x / 3) / 4)
        for s in shifts
    ]
    return np.stack(frames).astype(np.uint8)


def test_an_unknown_apex_is_found_from_motion():
    clip = Clip(textured([0, 0.5, 1.0, 1.5, 0.5]))
    pictures = ClipPictures("oao", size=56, align=False).make([clip])[0]
    np.testing.assert_array_equal(pictures[1].frames[0], clip.frames(color=True)[3])


def test_flow_is_painted_with_a_fixed_scale():
    clip = Clip(textured([0, 0.5, 1.0]), apex=2)  # moves to the right: red
    weak, strong = (
        ClipPictures("flow", size=56, align=False, max_motion=m).make([clip])[0][0]
        for m in (4.0, 2.0)
    )
    middle = (0, slice(20, 36), slice(20, 36))
    red = weak.frames[middle][..., 0].mean()
    assert 45 < red < 80  # a quarter of 255
    assert strong.frames[middle][..., 0].mean() == pytest.approx(2 * red, rel=0.05)
    assert weak.frames[middle][..., 1:].mean() < red / 2


def test_union_of_all_inputs():
    pictures = ClipPictures("flow+video+oao", n_frames=2, size=56, align=False).make(
        [Clip(textured([0, 1, 0]))]
    )[0]
    titles = [p.title for p in pictures]
    assert titles == ["frames", "onset", "apex", "offset", "flow"]


def test_whole_frames_keep_their_shape_about():
    clip = ramp(3, shape=(60, 120))
    (picture,) = ClipPictures("video", n_frames=2, size=112, align=False).make([clip])[
        0
    ]
    assert picture.frames.shape == (2, 84, 168, 3)


def test_aligned_faces():
    landmarks = np.zeros((68, 2))
    landmarks[[36, 39]], landmarks[[42, 45]] = [[60, 80]], [[100, 80]]
    frames = np.zeros((3, 200, 200), np.uint8)
    frames[:, 75:86, 55:66] = 255  # a bright right eye
    clip = Clip(frames, landmarks=landmarks)
    (picture,) = ClipPictures("video", n_frames=2, size=112).make([clip])[0]
    assert picture.frames.shape == (2, 112, 112, 3)
    assert picture.frames[0, 39, 37, 0] == 255  # at (0.33, 0.35) of the side
    assert picture.frames[0, 39, 75, 0] == 0


def test_ready_maps():
    rng = np.random.default_rng(0)
    ready = rng.integers(0, 256, (28, 28, 3), dtype=np.uint8)
    (picture,) = ClipPictures("flow", size=56).make([ready])[0]
    np.testing.assert_array_equal(picture.frames[0, ::2, ::2], ready)
    np.testing.assert_array_equal(picture.frames[0, 1::2, 1::2], ready)
    moving = rng.normal(size=(28, 28, 3))
    (picture,) = ClipPictures("flow", size=56, max_motion=2.0).make([moving])[0]
    painted = flow_to_color(moving[..., :2], 2.0)
    np.testing.assert_array_equal(picture.frames[0, ::2, ::2], painted)
    (picture,) = ClipPictures("flow", size=84).make([ready[:20, :20]])[0]
    assert picture.frames.shape == (1, 84, 84, 3)


def test_clips_that_cannot_be_shown():
    maker = ClipPictures("oao", size=56, align=False)
    with pytest.raises(ClipError, match="clip 'EP02': stands as a name without frames"):
        maker.make(["EP02"])
    with pytest.raises(ClipError, match="can be shown as 'flow' alone"):
        maker.make([np.zeros((28, 28, 3))])
    with pytest.raises(ClipError, match="has 1 frame"):
        maker.make([np.zeros((1, 40, 40), np.uint8)])
    with pytest.raises(ClipError, match="the apex must lie after frame 0"):
        maker.make([ramp(5, apex=0)])
    with pytest.raises(ClipError, match="clip 'blank'"):
        ClipPictures("video", size=56).make([ramp(5, shape=(64, 64), name="blank")])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"size": 100}, "'size' parameter must be a multiple of 28. Got 100"),
        ({"size": 28}, "'size' parameter must be an int of at least 56"),
        ({"n_frames": 1}, "'n_frames' parameter must be an int of at least 2"),
        ({"align": 1}, "'align' parameter must be True or False"),
        ({"max_motion": 0}, "'max_motion' parameter must be a number above 0"),
    ],
)
def test_bad_parameters(params, message):
    with pytest.raises(ValueError, match=message):
        ClipPictures(**params)


def test_preview_writes_the_very_pictures(tmp_path):
    maker = ClipPictures("video+oao", n_frames=2, size=56, align=False)
    clip = ramp(5, apex=2, name="EP 02/01f")
    written = maker.preview([clip], tmp_path / "seen")
    assert [path.name for path in written] == [
        "0000-EP_02_01f-frames-00.png",
        "0000-EP_02_01f-frames-01.png",
        "0000-EP_02_01f-onset.png",
        "0000-EP_02_01f-apex.png",
        "0000-EP_02_01f-offset.png",
    ]
    assert sorted((tmp_path / "seen").iterdir()) == sorted(written)
    shown = [frame for p in maker.make([clip])[0] for frame in p.frames]
    for path, frame in zip(written, shown, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(path)), frame)
