"""How clips show themselves in a notebook."""

import base64
import io
import re
from html import unescape

import numpy as np
import pytest
from PIL import Image

from mefeat import Clip
from mefeat.io import _notebook, write_video
from mefeat.io._notebook import strip_frames


def picture(html):
    content = re.search(r'src="data:image/jpeg;base64,([^"]+)"', html).group(1)
    return Image.open(io.BytesIO(base64.b64decode(content)))


def test_known_apex_shows_onset_apex_and_offset():
    frames = np.zeros((20, 12, 10), dtype=np.uint8)
    frames[7] = 200
    clip = Clip(frames, fps=25, name="c", apex=7)
    assert strip_frames(clip) == [0, 7, 19]
    html = clip._repr_html_()
    assert "frames 0 (onset), 7 (apex), 19 (offset)" in html
    assert "Clip(&#x27;c&#x27;, 20 frames, 10x12, 25 fps)" in html
    strip = np.asarray(Image.open(io.BytesIO(clip._repr_png_())))
    assert strip.shape == (12, 3 * 10 + 2 * 4, 3)
    assert strip[6, [5, 12, 19, 33], 0].tolist() == [0, 255, 200, 0]
    assert picture(html).size == (38, 12)


def test_apex_at_the_end_and_single_frames():
    frames = np.zeros((4, 12, 10), dtype=np.uint8)
    assert strip_frames(Clip(frames, apex=3)) == [0, 3]
    assert strip_frames(Clip(frames[:1])) == [0]


def test_unknown_apex_shows_evenly_spaced_frames():
    clip = Clip(np.zeros((101, 300, 200, 3), dtype=np.uint8))
    assert strip_frames(clip) == [0, 25, 50, 75, 100]
    assert picture(clip._repr_html_()).size == (5 * 64 + 4 * 4, 96)
    assert "frames 0, 25, 50, 75, 100" in clip._repr_html_()


def test_names_are_escaped():
    name = "<script>alert(1)</script>\" onload='x"
    html = Clip(np.zeros((3, 4, 4), dtype=np.uint8), name=name)._repr_html_()
    assert "<script" not in html
    assert html.count('"') % 2 == 0
    alt = re.search(r'alt="([^"]*)"', html).group(1)
    assert unescape(alt).startswith(name)


@pytest.fixture
def video(tmp_path, rng):
    frames = rng.integers(0, 256, (40, 48, 64), dtype=np.uint8)
    return write_video(tmp_path / "v.avi", frames, 30)


def test_a_long_video_is_not_decoded(video, monkeypatch):
    monkeypatch.setattr(_notebook, "_REACH", 10)
    clip = Clip(video, apex=30)
    assert strip_frames(clip) == [0, 2, 4, 7, 9]
    read = []
    plain = type(clip._source).read

    def spy(self, start, stop, step=1):
        read.append(stop)
        return plain(self, start, stop, step)

    monkeypatch.setattr(type(clip._source), "read", spy)
    assert "<img" in clip._repr_html_()
    assert max(read) == 10
    # What begins beyond reach is told in words.
    assert clip[20:]._repr_html_() == "<pre>" + (
        "Clip(&#x27;v&#x27;, 20 frames, 64x48, 30 fps)</pre>"
    )
    assert clip[20:]._repr_png_() is None


def test_nothing_is_raised(video, tmp_path):
    empty = Clip(np.zeros((3, 4, 4), dtype=np.uint8))[2:2]
    assert empty._repr_html_().startswith("<pre>Clip(")
    assert empty._repr_png_() is None
    broken = Clip(np.full((3, 4, 4), np.nan))
    assert broken._repr_html_().startswith("<pre>Clip(")
    assert broken._repr_png_() is None
    gone = Clip(video)
    (tmp_path / "v.avi").unlink()
    assert gone._repr_html_().startswith("<pre>Clip(&#x27;v&#x27;")
