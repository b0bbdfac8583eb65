"""Marks for tests that need an optional package; all other tests run without it too."""

from importlib.util import find_spec

import pytest

needs_jsonschema_rs = pytest.mark.skipif(find_spec("jsonschema_rs") is None, reason="jsonschema-rs is not installed")
