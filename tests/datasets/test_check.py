"""What lies in a folder."""

import pytest

from mefeat.datasets import check_dataset, identify_dataset, make_layout

pytest.importorskip("openpyxl", reason='pip install "mefeat[data]"')

NAMES = {
    "casme2": "casme2", "samm": "samm", "samm-lv": "samm_lv", "smic": "smic",
    "smic-e": "smic_e", "casme-sq": "casme_sq", "casme3": "casme3",
    "casme3-c": "casme3_c", "4dme": "4dme", "megc2025-str": "megc2025_str",
    "megc2025-vqa": "megc2025_vqa",
}  # fmt: skip


@pytest.mark.parametrize("layout", NAMES)
def test_every_layout_is_told(layout, tmp_path):
    root = make_layout(layout, tmp_path)
    found = check_dataset(root)
    assert found.name == identify_dataset(root) == NAMES[layout]
    assert found.error is None
    assert found.report.facts
    for onset, apex, offset in found.samples:
        assert len(onset) == len(apex) == len(offset) == 1
        assert onset.frames().shape == (1, 24, 20)


def test_samples_show_the_apex(tmp_path):
    found = check_dataset(make_layout("casme2", tmp_path))
    onset, apex, _ = found.samples[0]
    assert apex.frames().mean() > onset.frames().mean() + 20
    assert len(found.samples) == 6


def test_a_folder_that_is_none(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "prices.csv").write_text("a,b\n1,2\n")
    found = check_dataset(tmp_path)
    assert found.name is None
    assert found.data is None
    assert "no data set that mefeat knows" in str(found.report)
    assert found.report.facts == {"tables": "prices.csv", "folders of frames": 0}
    assert identify_dataset(tmp_path) is None
    with pytest.raises(NotADirectoryError, match="no such folder"):
        check_dataset(tmp_path / "none")


def test_a_data_set_that_cannot_be_read(tmp_path):
    import shutil

    root = make_layout("casme2", tmp_path)
    for name in ("CASME2-RAW", "CASME2_RAW_selected", "Cropped"):
        shutil.rmtree(root / name)
    found = check_dataset(root)
    assert found.name == "casme2"
    assert isinstance(found.error, FileNotFoundError)
    assert "Unpack the images" in str(found.error)
