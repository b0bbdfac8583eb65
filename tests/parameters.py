"""Parameters of which only some run in the README's test command; `.ci/run` runs all."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

import pytest


def slow_if(slow: Container[Any], values: Iterable[Any]) -> list[Any]:
    """The values, those in ``slow`` marked so."""
    return [pytest.param(value, marks=pytest.mark.slow) if value in slow else value for value in values]
