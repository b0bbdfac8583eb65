"""``python -m custobar_formats``."""

import sys

from custobar_formats.cli import run

sys.exit(run())
