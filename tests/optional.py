"""Marks for tests that need an optional package; all other tests run without it too."""

from importlib.util import find_spec

import pytest

HAS_JSONSCHEMA_RS = find_spec("jsonschema_rs") is not None
needs_jsonschema_rs = pytest.mark.skipif(not HAS_JSONSCHEMA_RS, reason="jsonschema-rs is not installed")
