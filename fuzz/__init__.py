"""Fuzzers of the public functions; see README.md. Run them with ``python -m fuzz``."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "tests" / "spec"

sys.path.insert(0, str(ROOT))  # the fuzzers use the oracles and the checks of the tests
