"""Small clips, and disks that are full or may only be read."""

import os
import subprocess
import sys

import numpy as np
import pytest

from mefeat.io import write_video


@pytest.fixture(scope="session")
def small_clips(tmp_path_factory):
    """A folder of a dozen videos of 8 frames of 32 x 32 pixels."""
    folder = tmp_path_factory.mktemp("small") / "clips"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(12):
        frames = rng.integers(0, 256, (8, 32, 32), dtype=np.uint8)
        write_video(folder / f"c{number:02d}.avi", frames, 30)
    return folder


def mounted(path, options):
    """Mount a small disk in memory, or skip."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a small disk takes Linux and root")
    command = ["mount", "-t", "tmpfs", "-o", options, "mefeat-test", str(path)]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {made.stderr.strip()}")


def unmount(path):
    subprocess.run(["umount", "--lazy", str(path)], check=True)


class Disk:
    """A small disk that can be filled up."""

    def __init__(self, path):
        self.path = path
        self._filler = path / "filler"

    def fill(self, leave=0):
        """Leave so many bytes."""
        self.free()
        status = os.statvfs(self.path)
        room = status.f_bavail * status.f_frsize - leave
        self._filler.write_bytes(bytes(max(room, 0)))

    def free(self):
        self._filler.unlink(missing_ok=True)

    @property
    def names(self):
        """What lies there, hidden files too."""
        return {path.name for path in self.path.iterdir()} - {"filler"}


@pytest.fixture
def disk(tmp_path):
    """A disk of two megabytes."""
    path = tmp_path / "disk"
    path.mkdir()
    mounted(path, "size=2m")
    yield Disk(path)
    unmount(path)


@pytest.fixture
def read_only(tmp_path):
    """Make a folder read-only, in a way that holds for root too."""
    changed = []

    def change(folder):
        if sys.platform == "win32":
            pytest.skip("folders are not read-only on Windows")
        if os.geteuid() != 0:
            folder.chmod(0o555)
        else:
            for command in (
                ["mount", "--bind", str(folder), str(folder)],
                ["mount", "-o", "remount,ro,bind", str(folder)],
            ):
                made = subprocess.run(command, capture_output=True, text=True)
                if made.returncode:
                    pytest.skip(f"cannot be mounted here: {made.stderr.strip()}")
        changed.append(folder)
        return folder

    yield change
    for folder in changed:
        if os.geteuid() != 0:
            folder.chmod(0o755)
        else:
            unmount(folder)
