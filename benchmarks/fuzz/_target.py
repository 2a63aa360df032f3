"""What the targets of the fuzzing share, and the list of all."""

from pathlib import Path

__all__ = ["TARGETS", "Target", "target"]

TARGETS = {}


def target(name):
    """Give a decorator that lists a kind of target under a name."""

    def keep(kind):
        TARGETS[name] = kind
        kind.name = name
        return kind

    return keep


class Target:
    """What the targets share.

    Parameters
    ----------
    folder : Path
        Of its own, empty.
    """

    file = "input"
    default = True

    def __init__(self, folder):
        self.folder = Path(folder)
        self.path = self.folder / self.file
        self.prepare()

    def prepare(self):
        """Write what stands beside the fuzzed file."""

    def seeds(self):
        """Give the contents to start from."""
        raise NotImplementedError

    def __call__(self, data):
        self.path.write_bytes(data)
        self.read(self.path)

    def read(self, path):
        """Read the file with everything that reads such files."""
        raise NotImplementedError
