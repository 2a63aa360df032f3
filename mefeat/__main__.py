"""``python -m mefeat``."""

from mefeat.cli import run

run()
