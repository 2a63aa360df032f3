"""What the demo puts into its report, without the work that it takes."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline

from mefeat import Clip, Interval
from mefeat.spotting import PeakSpotter, Signal
from mefeat.workflows import _demo
from mefeat.workflows._demo import video_sections


class Brightness(TransformerMixin, BaseEstimator):
    """Clip -> signal of the mean brightness of each frame."""

    def fit(self, X, y=None):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def transform(self, X):
        return [Signal(c.frames().mean(axis=(1, 2))[:, None], c.fps) for c in X]


@pytest.fixture
def sections():
    frames = (np.arange(60, dtype=np.uint8) * 4)[:, None, None]
    clip = Clip(np.broadcast_to(frames, (60, 12, 10)), fps=30, name="v", subject="s")
    truth = [
        Interval(5, 14, "negative", apex=9),
        Interval(20, 29, "positive", apex=24),
        Interval(40, 49, "surprise", apex=44),
    ]
    found = [
        Interval(6, 14, "negative", apex=10, score=2.0),
        Interval(20, 30, "surprise", apex=25),
        Interval(52, 58, "negative"),
    ]
    spotter = Pipeline([("motion", Brightness()), ("peaks", PeakSpotter())])
    return video_sections(spotter, [clip], [truth], [found])


def test_each_interval_is_judged_once(sections):
    (section,) = sections
    assert (section.name, section.subject, section.fps) == ("v", "s", 30)
    verdicts = [(card.verdict, card.truth) for card in section.cards]
    assert verdicts == [
        ("right", "negative"), ("wrong emotion", "positive"), ("false alarm", None),
    ]  # fmt: skip
    assert [(c.verdict, c.interval.label) for c in section.missed] == [
        ("missed", "surprise")
    ]


def test_each_card_shows_its_own_frames(sections):
    (section,) = sections
    for card, frames in zip(
        (*section.cards, *section.missed),
        ([6, 10, 14], [20, 25, 30], [52, 55, 58], [40, 44, 49]),
        strict=True,
    ):
        strip = card.picture[0, [0, 14, 28], 0]
        assert strip.tolist() == [4 * frame for frame in frames]
        assert card.loop.startswith(b"RIFF")


def test_command_makes_the_same_page_again():
    options = {
        "n_subjects": 2, "n_videos": 1, "duration": 8.0, "fps": 30,
        "faces": "my faces", "random_state": 3,
    }  # fmt: skip
    assert _demo._command(options) == (
        "mefeat demo --subjects 2 --videos 1 --duration 8 --seed 3 --faces 'my faces'"
    )
    options["faces"] = None
    assert _demo._command(options).endswith("--seed 3")


def test_settings_name_no_folder_of_a_cache():
    assert "Memory" not in _demo._described()
    assert "ROIMotion()" in _demo._described()


def test_printed_table_explains_its_columns():
    table = _demo.pd.DataFrame({"TP": [3], "STRS": [0.5]}, index=["mefeat"])
    text = _demo._text(table, "signature")
    assert "TP    annotated expressions that were found (hits)" in text
    assert "STRS  F1 times F1a" in text
