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
    return shortened(text, MAX_ARGUMENT_CHARS)


def shortened(text: str, limit: int) -> str:
    """The text, or its start and an ellipsis: at most so many characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
