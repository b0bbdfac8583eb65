"""Every limit, with its unit and its reason."""

from __future__ import annotations

BLOCK_ROWS = 128
"""Rows handled together: enough to spread fixed costs, few enough for the processor's cache."""
