"""The texts of a column to their values, each distinct one once.

In: texts of an export, in the order of the file. Out: values, and why some cannot be read. Rule: a text is read as it
is; only if no step can read it, and only if that is wanted, without what spreadsheets put around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from custobar_formats.core.limits import CACHED_MAPPED, MAX_CACHED_CHARS
from custobar_formats.mapping.steps import Converter, Mapped, QuickConverter, Unmappable
from custobar_formats.notation.dates import suggest_date
from custobar_formats.notation.numbers import parse_written_number
from custobar_formats.notation.suggest import unwrap
from custobar_formats.notation.suggestion import Why
from custobar_formats.text.artefacts import TextWarning

Others = Callable[[str], Iterator[tuple[str, Why]]]

Wrong = dict[int, Unmappable]
"""By the place of a row, why a cell of it cannot be read."""

Doubt = Callable[[Sequence[str]], TextWarning | None]
"""From the items of a list to what is doubtful in them."""


def without_wrapping(text: str) -> Iterator[tuple[str, Why]]:
    """A text without what spreadsheets put around it."""
    yield unwrap(text)


def or_day_number(text: str, *, with_time: bool) -> Iterator[tuple[str, Why]]:
    """The same, or the day that a spreadsheet's number stands for."""
    bare, why = unwrap(text)
    yield bare, why
    written = parse_written_number(bare)
    number = written.number if written is not None and written.why is Why.EXPONENT else bare
    found = suggest_date(number, with_time=with_time)
    if found is not None and found.why is Why.DAY_NUMBER and found.value is not None:
        yield found.value, found.why


class ConvertedTexts(dict[Any, Mapped | Unmappable]):
    """The values of a column's distinct texts, each converted once, in the order of the file.

    ``at_once``: converts many texts, if all can be read. ``by_country``: the keys are texts with the cell that names
    their country. ``others``: the texts that may be read in the place of one that cannot, with the reasons. ``fixes``:
    whether they are read, or only those that are certain; None if they are only named as fixes. ``doubt``: finds what
    is doubtful in lists.

    Attributes:
        new: the values, as text, that were not known before the last call.
        unwrapped: by the key, why another text was read.
        doubtful: by the place of a row in the last call, what is doubtful in its list.

    """

    def __init__(
        self,
        convert: Converter,
        at_once: QuickConverter | None,
        *,
        by_country: bool,
        others: Others,
        fixes: Literal["safe", "all"] | None,
        doubt: Doubt | None = None,
    ) -> None:
        super().__init__()
        self.new: list[str] = []
        self.unwrapped: dict[Any, Why] = {}
        self.doubtful: dict[int, TextWarning] = {}
        self._doubts: dict[Any, TextWarning] = {}
        self._doubt = doubt
        self._others = others
        self._fixes = fixes
        self._convert = convert
        self._at_once = at_once
        self._by_country = by_country
        self._is_plain = True

    def convert_all(self, keys: Sequence[Any], wrong: Wrong) -> list[Any]:
        """The values; a blank stays blank, and so is what cannot be read."""
        if len(self) > CACHED_MAPPED:
            for known in (self, self.unwrapped, self._doubts):
                known.clear()
        long: list[Any] = []
        self.new = []
        found: list[Any]
        try:
            found = list(map(self.__getitem__, keys))
        except KeyError:
            long = self._learn(keys)
            found = list(map(self.__getitem__, keys))
        for at, value in enumerate(found) if not self._is_plain else ():
            if value.__class__ is Unmappable:
                wrong[at] = value
                found[at] = ""
        doubts = self._doubts
        self.doubtful = {at: doubts[key] for at, key in enumerate(keys) if key in doubts} if doubts else {}
        for key in long:
            del self[key]
            doubts.pop(key, None)
        return found

    def _learn(self, keys: Sequence[Any]) -> list[Any]:
        """Convert the new texts; returns those that are too long to be kept."""
        new = [key for key in dict.fromkeys(keys) if key not in self]
        if self._at_once is not None:
            self.update(zip(new, self._at_once(new), strict=True))
        for key in new if self._at_once is None else ():
            text, named = key if self._by_country else (key, "")
            try:
                self[key] = self._convert(text, named) if text else ""
            except Unmappable as why:
                fix, other = self._unwrap(text, named) if len(text) <= MAX_CACHED_CHARS else ("", Why.WRAPPED)
                is_safe = other is not Why.DAY_NUMBER
                if fix and (self._fixes == "all" or (self._fixes == "safe" and is_safe)):
                    self[key], self.unwrapped[key] = fix, other
                    continue
                # the raised one would keep the block in memory
                self[key] = Unmappable(why.reason, why.hint, fix or None, fix_is_safe=is_safe if fix else None)
                self._is_plain = False
        values = [value for key in new if not isinstance(value := self[key], Unmappable)]
        self.new = [value if isinstance(value, str) else ",".join(value) for value in values]
        if self._doubt is not None:
            lists = {key: value for key in new if isinstance(value := self[key], list)}
            self._doubts |= {key: doubt for key, items in lists.items() if (doubt := self._doubt(items)) is not None}
        return [key for key in new if len(key[0] if self._by_country else key) > MAX_CACHED_CHARS]

    def _unwrap(self, text: str, named: str) -> tuple[str, Why]:
        """The value of the first other text that can be read, blank if none can, and why that was read."""
        for other, why in self._others(text):
            try:
                value = self._convert(other, named) if other not in ("", text) else ""
            except Unmappable:
                continue
            if isinstance(value, str) and value:
                return value, why
        return "", Why.WRAPPED
