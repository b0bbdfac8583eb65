"""Whether JSON text has one record per line.

In: the beginning of a text. Out: whether its records are on lines of their own. Rule: only what cannot be one document
of JSON is read by line.
"""

from __future__ import annotations

import json
import re

from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.limits import WRAPPER_CHARS
from custobar_formats.jsontext.scanner import STRING, Malformed, Truncated, find_end
from custobar_formats.text.chunks import SPACE, Window

WRAPPER = re.compile(rf'\{{[ \t\n\r]*({STRING}")[ \t\n\r]*:[ \t\n\r]*\[')


def looks_like_lines(window: Window) -> bool:
    """Whether the first value is an object that wraps no list, and another object begins on a later line."""
    window.fill(WRAPPER_CHARS)
    start = SPACE.match(window.text).end()  # type: ignore[union-attr]
    wrapper = WRAPPER.match(window.text, start)
    if not window.text.startswith("{", start) or (wrapper and json.loads(wrapper[1]) in ENTITIES):
        return False
    while True:
        try:
            end = find_end(window.text, start)
            rest = SPACE.match(window.text, end).end()  # type: ignore[union-attr]
            if rest < len(window.text) or not window.double():
                return "\n" in window.text[end:rest] and window.text.startswith("{", rest)
        except Truncated:
            if not window.double():
                return False
        except Malformed:
            return False
