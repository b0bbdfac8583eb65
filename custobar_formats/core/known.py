"""Texts already found valid, so that they are not checked again.

In: texts. Out: whether they are known. Rule: memory is bounded, whatever the data.
"""

from __future__ import annotations

from collections.abc import Iterable

from custobar_formats.core.limits import REMEMBERED_CELLS, REMEMBERED_CHARS


class KnownGood:
    """A set of short valid texts with a limited size; some may be known from the start."""

    def __init__(self, room: int = REMEMBERED_CELLS, texts: Iterable[str] = ()) -> None:
        self._room = room
        self.texts = set(texts)

    @property
    def has_room(self) -> bool:
        """Whether there is room for more texts."""
        return len(self.texts) < self._room

    def add(self, text: str) -> None:
        """Remember a text if it is short and there is room."""
        if len(text) <= REMEMBERED_CHARS and len(self.texts) < self._room:
            self.texts.add(text)

    def update(self, texts: Iterable[str]) -> None:
        """Remember the short texts; one block may exceed the room."""
        self.texts.update(text for text in texts if len(text) <= REMEMBERED_CHARS)
