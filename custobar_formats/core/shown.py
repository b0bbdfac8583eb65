"""Values in messages about arguments.

In: any value. Out: its text. Rule: no value makes a message fail, or long.
"""

from __future__ import annotations

from typing import Any

from custobar_formats.core.limits import MAX_ARGUMENT_CHARS


def shown(value: Any) -> str:
    """The text of a value in code, cut; the name of its type if it has none."""
    try:
        text = repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return text if len(text) <= MAX_ARGUMENT_CHARS else text[: MAX_ARGUMENT_CHARS - 1] + "…"
