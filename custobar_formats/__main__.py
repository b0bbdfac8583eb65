"""The command, run as ``python -m custobar_formats``."""

import sys

from custobar_formats.cli.main import run

sys.exit(run())
