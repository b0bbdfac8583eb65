"""The known name that a misspelt one was probably meant to be: "did you mean ...?".

In: a name, and all that are known. Out: the nearest, or None.
"""

from __future__ import annotations

import re
from functools import lru_cache

from custobar_formats.core.limits import CACHED_NAMES

NEAR = 0.72
"""How alike two names must be (difflib's ratio) for one to be suggested for the other."""


@lru_cache(maxsize=CACHED_NAMES)
def near(name: str, known: tuple[str, ...]) -> str | None:
    """The known name that another was probably meant to be: alike but for case and punctuation, or by a slip."""
    names = {_plain(candidate): candidate for candidate in known}
    plain = _plain(name)
    if plain in names:
        return names[plain]
    from difflib import get_close_matches

    found = get_close_matches(plain, list(names), 1, NEAR)
    return names[found[0]] if found else None


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
