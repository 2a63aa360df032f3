"""Pictures and videos that claim what they are not: sizes, lengths, kinds."""

import struct
import zlib

import cv2
import numpy as np
import pytest

from mefeat import Clip, ClipError
from mefeat.io import _videos, write_video
from mefeat.io._containers import count_samples, is_cut_off
from mefeat.io._headers import image_size


def chunk(kind, content):
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def png(height, width):
    """Give a sound PNG of a few bytes that claims any size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(100))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
    )


def tiff(entries):
    tags = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    return head + tags + bytes(4) + bytes(64)


SIZE = [(256, 4, 1, 8), (257, 4, 1, 8)]
ABSURD = {
    "a.png": (png(100_000, 100_000), "100000 x 100000"),
    "b.png": (png(20_000, 20_000), "20000 x 20000"),
    "a.jpg": (
        b"\xff\xd8\xff\xe0\0\4ab\xff\xff\xc0\0\x0b\x08"
        + struct.pack(">HH", 65535, 65500)
        + b"\1\1\x11\0",
        "65500 x 65535",
    ),
    "a.bmp": (
        b"BM" + bytes(8) + struct.pack("<IIii", 54, 40, 60_000, -70_000) + bytes(30),
        "60000 x 70000",
    ),
    "a.tif": (tiff([(256, 4, 1, 90_000), (257, 4, 1, 80_000)]), "90000 x 80000"),
    "tiles.tif": (
        tiff([*SIZE, (322, 4, 1, 1 << 24), (323, 4, 1, 64)]),
        "16777216 x 64",
    ),
    "a.pgm": (b"P5 # a comment\n 99999 88888\n255\n" + bytes(64), "99999 x 88888"),
    "a.ppm": (b"P6\n4294967296 4294967296\n255\n", "4294967296 x 4294967296"),
}


@pytest.mark.parametrize("name", ABSURD)
def test_images_of_absurd_size_are_not_decoded(name, tmp_path, monkeypatch):
    data, size = ABSURD[name]
    (tmp_path / name).write_bytes(data)

    def decode(*args):
        raise AssertionError("decoded")

    monkeypatch.setattr(cv2, "imdecode", decode)
    for source in (tmp_path / name, tmp_path):
        with pytest.raises(ClipError, match=rf"claims {size} pixels.*{name}"):
            Clip(source)


def test_tiles_of_a_tiff_count(tmp_path):
    assert image_size(tiff([*SIZE])) == (8, 8)
    assert image_size(tiff([*SIZE, (322, 4, 1, 1 << 24), (323, 3, 1, 16)])) == (
        16,
        1 << 24,
    )


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("form", ["png", "jpg", "bmp", "tif", "webp", "pnm"])
def test_sizes_from_the_header_are_those_of_the_picture(form, colour):
    shape = (37, 53, 3) if colour else (37, 53)
    ok, data = cv2.imencode(f".{form}", np.full(shape, 77, np.uint8))
    assert ok
    assert image_size(bytes(data)) == (37, 53)
    for end in range(0, len(data), 7):  # cut anywhere: a size or nothing, no error
        assert image_size(bytes(data)[:end]) in (None, (37, 53))


@pytest.mark.parametrize("options", [{}, {"big_tiff": True}, {"compression": "jpeg"}])
def test_sizes_of_other_writers(options, tmp_path):
    from PIL import Image

    path = tmp_path / "a.tif"
    Image.new("RGB", (53, 37)).save(path, **options)
    assert image_size(path.read_bytes()) == (37, 53)
    assert Clip(path).shape == (37, 53)


def test_webp_and_jpeg_of_other_writers(tmp_path):
    from PIL import Image

    for mode in ("RGB", "RGBA"):
        for lossless in (False, True):
            Image.new(mode, (53, 37)).save(tmp_path / "a.webp", lossless=lossless)
            assert image_size((tmp_path / "a.webp").read_bytes()) == (37, 53)
    Image.new("RGB", (53, 37)).save(tmp_path / "a.jpg", progressive=True)
    assert image_size((tmp_path / "a.jpg").read_bytes()) == (37, 53)


def test_jpeg_2000_is_refused_by_its_content(tmp_path):
    # OpenCV 4.10 ends the process on damaged ones.
    path = tmp_path / "a.png"
    path.write_bytes(cv2.imencode(".jp2", np.full((37, 53), 77, np.uint8))[1].tobytes())
    with pytest.raises(ClipError, match=r"not an image that can be read: .*a\.png"):
        Clip(path)


@pytest.mark.parametrize("length", [200, 2**31 - 1, 2**32 - 1])
def test_parts_of_a_png_beyond_the_file(length, tmp_path):
    data = png(8, 8)
    path = tmp_path / "a.png"
    path.write_bytes(patched(data, data.index(b"IDAT") - 4, ">I", length))
    with pytest.raises(ClipError, match=r"not an image that can be read: .*a\.png"):
        Clip(path)


def test_tables_of_a_tiff_beyond_the_file(tmp_path):
    for place in (10**6, 2**63, 2**64 - 1):
        assert image_size(b"II+\0\x08\0\0\0" + struct.pack("<Q", place)) is None
    assert image_size(b"II*\0" + struct.pack("<I", 2**32 - 1)) is None


def test_what_is_no_image_of_a_known_kind(tmp_path):
    for data in (b"GIF89a" + bytes(40), b"\x89PNG\r\n", b"text", b"P7\nWIDTH 9\n"):
        (tmp_path / "a.png").write_bytes(data)
        with pytest.raises(ClipError, match=r"not an image that can be read: .*a\.png"):
            Clip(tmp_path)


def test_images_of_other_types_are_refused(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(png(4, 4))
    for image in (np.zeros((4, 4), np.int32), np.zeros((4, 4, 4), np.uint8)):
        monkeypatch.setattr(cv2, "imdecode", lambda *args, image=image: image)
        monkeypatch.setattr(cv2, "cvtColor", lambda image, code: image)
        with pytest.raises(ClipError, match="Save it with 8 or 16 bits"):
            Clip(tmp_path)


def test_errors_of_the_decoder_become_clear(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(png(4, 4))

    def fail(*args):
        raise cv2.error("Insufficient memory")

    monkeypatch.setattr(cv2, "imdecode", fail)
    with pytest.raises(ClipError, match=r"not an image that can be read: .*a\.png"):
        Clip(tmp_path)


# -- videos ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def frames():
    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 256, (6, 4, 4, 3), dtype=np.uint8)
    return tiles.repeat(8, axis=1).repeat(8, axis=2)


def patched(data, place, form, *values):
    data = bytearray(data)
    struct.pack_into(form, data, place, *values)
    return bytes(data)


def wide_mp4(data):
    return patched(data, data.index(b"mp4v", data.index(b"stsd")) + 28, ">HH", 65535, 9)


def tall_track(data):
    return patched(data, data.index(b"tkhd") + 80, ">II", 0x7FFF0000, 0x7FFF0000)


def many_samples(data):
    return patched(data, data.index(b"stsz") + 8, ">II", 1, 2**31 - 1)


def long_samples(data):
    return patched(data, data.index(b"stts") + 12, ">II", 2**31 - 1, 1)


def many_frames(data):
    data = patched(data, data.index(b"avih") + 24, "<I", 2**31 - 1)
    return patched(data, data.index(b"strh") + 40, "<I", 2**31 - 1)


def no_frames(data):
    data = patched(data, data.index(b"avih") + 24, "<I", 0)
    return patched(data, data.index(b"strh") + 40, "<I", 2**32 - 1)


def wide_avi(data):
    return patched(data, data.index(b"strf") + 12, "<ii", 60_000, 60_000)


def no_rate(data):
    return patched(data, data.index(b"strh") + 28, "<II", 0, 0)


CLAIMS = {
    "mp4": (wide_mp4, tall_track, many_samples, long_samples),
    "avi": (many_frames, no_frames, wide_avi, no_rate),
}


@pytest.mark.parametrize(
    ("suffix", "claim"), [(s, c) for s, claims in CLAIMS.items() for c in claims]
)
@pytest.mark.filterwarnings("ignore::mefeat.exceptions.TruncatedClipWarning")
def test_videos_of_absurd_claims_are_read_or_refused(suffix, claim, frames, tmp_path):
    codec = {"mp4": "mp4v", "avi": "MJPG"}[suffix]
    path = write_video(tmp_path / f"a.{suffix}", frames, 25, codec)
    whole = Clip(path).frames()
    path.write_bytes(claim(path.read_bytes()))
    try:
        clip = Clip(path)
    except ClipError as error:
        assert path.name in str(error)
        return
    assert len(clip) <= 6
    np.testing.assert_array_equal(clip.frames(), whole[: len(clip)])
    assert clip.timestamps is None or len(clip.timestamps) == len(clip)


def test_frames_of_absurd_size_are_refused(frames, tmp_path, monkeypatch):
    path = write_video(tmp_path / "a.avi", frames, 25)
    monkeypatch.setattr(_videos, "MAX_PIXELS", 1000)
    with pytest.raises(ClipError, match=r"a\.avi.*claims frames of 32 x 32 pixels"):
        Clip(path)


LISTS = {
    "playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\n%s\n#EXT-X-ENDLIST\n",
    "concat": b"ffconcat version 1.0\nfile %s\n",
    "session": b"v=0\nc=IN IP4 127.0.0.1\nm=video 49170 RTP/AVP 31\n%s",
    "markup": b"<?xml version='1.0'?><MPD><BaseURL>%s</BaseURL></MPD>",
}


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("suffix", ["mp4", "m3u8", "txt"])
def test_lists_of_other_files_are_not_followed(kind, suffix, frames, tmp_path):
    write_video(tmp_path / "secret.avi", frames, 25)
    path = tmp_path / f"list.{suffix}"
    path.write_bytes(LISTS[kind] % b"secret.avi")
    with pytest.raises(ClipError, match="is a text, no video"):
        Clip(path)


def test_names_are_no_protocols_and_no_sequences(frames, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("concat:a.avi", "file:x.avi", "50%d.avi", "%02d.avi", "a|b.avi"):
        # The writer itself takes such names for something else.
        write_video("plain.avi", frames, 25).rename(name)
        clip = Clip(name)
        assert (len(clip), len(clip.frames())) == (6, 6)


def test_a_video_of_images_is_no_sequence_of_files(tmp_path):
    for number in (1, 2, 3):
        (tmp_path / f"v{number}.mp4").write_bytes(
            cv2.imencode(".png", np.zeros((48, 48), np.uint8))[1].tobytes()
        )
    assert len(Clip(tmp_path / "v1.mp4")) == 1


def box(kind, content):
    return struct.pack(">I", len(content) + 8) + kind + content


def fragment(count):
    """Give a fragment of an MP4 that claims any number of frames in a few bytes."""
    run = box(b"trun", struct.pack(">IIi", 1, count, 0))
    head = box(b"tfhd", struct.pack(">IIIII", 0x20018, 1, 512, 100, 0))
    return box(b"moof", box(b"mfhd", bytes(8)) + box(b"traf", head + run))


def test_claimed_samples_are_added_up(frames, tmp_path):
    path = write_video(tmp_path / "a.mp4", frames, 25)
    assert count_samples(path) == 6
    whole = path.read_bytes()
    path.write_bytes(whole + fragment(5) + fragment(2**31))
    assert count_samples(path) == 6 + 5 + 2**31
    path.write_bytes(many_samples(whole))
    assert count_samples(path) == 2**31 - 1
    wide = struct.pack(">I", 1) + b"moof" + struct.pack(">Q", 16 + 100)
    path.write_bytes(whole + wide + fragment(7)[8:])
    assert count_samples(path) == 13
    for end in range(0, len(whole), 50):
        path.write_bytes(whole[:end])
        assert count_samples(path) in (0, 6)
    assert count_samples(write_video(tmp_path / "a.avi", frames, 25)) == 0


@pytest.mark.parametrize("change", [many_samples, lambda data: data + fragment(2**27)])
def test_more_frames_than_bytes_are_refused(change, frames, tmp_path):
    path = write_video(tmp_path / "a.mp4", frames, 25)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ClipError, match=r"a\.mp4.*claims more frames than a file"):
        Clip(path)


def test_boxes_without_end_are_refused(frames, tmp_path, monkeypatch):
    path = write_video(tmp_path / "a.mp4", frames, 25)
    path.write_bytes(path.read_bytes() + box(b"free", b"") * 5000)
    assert len(Clip(path)) == 6
    monkeypatch.setattr("mefeat.io._containers._MOST_INSIDE", 5000)
    with pytest.raises(ClipError, match=r"a\.mp4.*claims more frames than a file"):
        Clip(path)


@pytest.mark.parametrize("box", [b"RIFF\0\0\0\0", b"\0\0\0\x08free"])
def test_millions_of_empty_boxes_end_soon(box, tmp_path, monkeypatch):
    path = tmp_path / "a.avi"
    path.write_bytes(box * 100_000)
    looked = []
    plain = struct.unpack
    monkeypatch.setattr(
        struct, "unpack", lambda *args: looked.append(1) or plain(*args)
    )
    assert is_cut_off(path) is False
    assert len(looked) <= 10_000


def test_a_change_of_size_within_a_video_is_named(frames, tmp_path, monkeypatch):
    clip = Clip(write_video(tmp_path / "a.avi", frames, 25))
    monkeypatch.setattr(clip._source, "shape", (30, 30))
    with pytest.raises(ClipError, match=r"a\.avi', frame 0: cannot be decoded"):
        clip.frames()
