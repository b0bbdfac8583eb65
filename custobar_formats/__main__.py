"""``python -m custobar_formats``."""

import sys

from custobar_formats.cli import main

sys.exit(main())
