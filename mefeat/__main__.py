"""``python -m mefeat``."""

import sys

from mefeat.cli import main

sys.exit(main())
