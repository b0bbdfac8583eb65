"""Texts that were found to be right, so that none of them is looked at again.

In: texts. Out: whether they are known. The rule kept here: memory has a bound, whatever comes.
"""

from __future__ import annotations

from collections.abc import Iterable

from custobar_formats.core.limits import REMEMBERED_CELLS, REMEMBERED_CHARS


class KnownGood:
    """Short texts that are right, so many at most; some are from the beginning."""

    def __init__(self, room: int = REMEMBERED_CELLS, texts: Iterable[str] = ()) -> None:
        self._room = room
        self.texts = set(texts)

    @property
    def has_room(self) -> bool:
        """Whether more are remembered."""
        return len(self.texts) < self._room

    def add(self, text: str) -> None:
        """Remember one, if it is worth it."""
        if len(text) <= REMEMBERED_CHARS and len(self.texts) < self._room:
            self.texts.add(text)

    def update(self, texts: Iterable[str]) -> None:
        """Remember some, if they are worth it; a block of them may be more than there is room for."""
        self.texts.update(text for text in texts if len(text) <= REMEMBERED_CHARS)
