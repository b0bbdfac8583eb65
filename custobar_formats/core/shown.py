"""Values in messages about arguments.

In: any value. Out: its text. Rule: no value makes a message fail, or long.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from typing import Any

from custobar_formats.core.limits import MAX_ARGUMENT_CHARS


def shown(value: Any) -> str:
    """The text of a value in code, cut; the name of its type if it has none."""
    try:
        text = quoted(value) if isinstance(value, str) else repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return shortened(text, MAX_ARGUMENT_CHARS)


def as_argument(name: str) -> str:
    """A file name as an argument of a command: in quotes where a shell would read it otherwise.

    Example:
        >>> as_argument("in.csv"), as_argument("my file.csv"), as_argument("a$b.csv")
        ('in.csv', '"my file.csv"', "'a$b.csv'")

    """
    if re.fullmatch(r"[\w@%+=:,./-]+", name):
        return name
    return shlex.quote(name) if re.search(r'["$`!]', name) else f'"{name}"'


def shortened(text: str, limit: int) -> str:
    """The text, or its start and an ellipsis: at most so many characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


ODD_SPACES = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""Spaces of Unicode (the category Zs) other than the usual one; nobody sees the difference."""


def quoted(text: str) -> str:
    """A text in quotes, as in code, but with odd spaces as usual ones, which are named behind it.

    Example:
        >>> quoted("1\\xa0200"), quoted("a\\tb")
        ("'1 200' (with a no-break space)", "'a\\\\tb'")

    """
    odd = [] if text.isascii() else ODD_SPACES.findall(text)
    if not odd:
        return repr(text)
    words = [_named(space, odd.count(space)) for space in dict.fromkeys(odd)]
    return f"{ODD_SPACES.sub(' ', text)!r} (with {' and '.join(words)})"


def _named(space: str, count: int) -> str:
    name = unicodedata.name(space).lower()
    return f"{name}s" if count > 1 else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
