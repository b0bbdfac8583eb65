"""Warnings about the keys of JSON objects: those that the schema does not know, and those with odd characters.

In: records. Out: findings, one for each key. Rules: only an object that the schema describes with ``properties`` has
unknown keys, and no pattern covers them; a limited number of keys is named, and the others are counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from hashlib import blake2b
from itertools import chain
from typing import Any

from custobar_formats.core.findings import UNKNOWN_HINT, Finding, cut, make_finding
from custobar_formats.core.limits import MAX_CACHED_STEPS, MAX_COUNTED_KEYS, MAX_NAMED_KEYS, MAX_SHOWN_CHARS
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.core.shown import quoted
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.document import Location
from custobar_formats.schema.meant import meant_name
from custobar_formats.schema.places import Place
from custobar_formats.text.checks import DOUBLE_ENCODED, INVISIBLE, LOST, ONLY_SPACES

KEY_CHECKS = (DOUBLE_ENCODED, INVISIBLE, LOST, ONLY_SPACES)

UNKNOWN = "unknown-field"

Named = dict[tuple[str, Any, frozenset[Location]], tuple[int, str]]
"""The keys that have a finding each, by code, name and part of the schema, with its row and path, in order."""


def is_odd(key: str) -> bool:
    """Whether a key has a warning about its text."""
    return any(check.find(key) is not None for check in KEY_CHECKS)


def all_keys(values: Iterable[Any]) -> Iterator[set[str]]:
    """The keys of objects, level by level, in and below some values."""
    level = list(values)
    while level:
        objects = [value for value in level if value.__class__ is dict]
        lists = [value for value in level if value.__class__ is list]
        if objects:
            yield set(chain.from_iterable(objects))
        inner = chain(chain.from_iterable(map(dict.values, objects)), chain.from_iterable(lists))
        level = [value for value in inner if value.__class__ is dict or value.__class__ is list]


class KeyWarnings:
    """The warnings about the keys of one file, each key once."""

    def __init__(self, schema: Schema | None) -> None:
        self._root = schema.root if schema is not None else None
        self._seen: set[str] = set()
        self.named: Named = {}
        self._others: set[bytes] = set()

    def has_odd(self, keys: Set[str]) -> bool:
        """Whether one of these keys has odd characters and was not seen before."""
        new = keys - self._seen
        if len(self._seen) + len(new) <= MAX_CACHED_STEPS:
            self._seen |= new
        return any(map(is_odd, new))

    def find(self, records: Sequence[Any], numbers: Sequence[int], lines: Sequence[int]) -> Iterator[Finding]:
        """The findings about the keys of some records."""
        for record, row, line in zip(records, numbers, lines, strict=True) if not self._is_full else ():
            for path, place, holder in _keys(record, self._root):
                for code, message, hint in self._warnings(path[-1], place, holder):
                    below = place.nodes if place is not None and code == UNKNOWN else ()
                    # an unknown key is the same below the same part of the schema, an odd one anywhere
                    key = code, path[-1], frozenset(node.location for node, _ in below)
                    pointer = format_pointer(path)
                    if self._is_new(key, (row, pointer)):
                        where = {"row": row, "line": line, "path": pointer, "value": str(path[-1])}
                        yield make_finding(code, message, hint=hint, **where)

    def _warnings(self, key: Any, place: Place | None, holder: Any) -> Iterator[tuple[str, str, str | None]]:
        """The code, the message and the hint of each warning about a key."""
        found = next(((check.code, found) for check in KEY_CHECKS if (found := check.find(key))), None)
        if found is not None:
            yield found[0], f"in a key: {found[1][0]}", found[1][1]
        if place is not None and place.lacks(key):
            close = meant_name(key, place) if len(self.named) < MAX_NAMED_KEYS else None
            hint = (
                f"did you mean {quoted(cut(close, MAX_SHOWN_CHARS))}?"
                if close is not None and close not in holder
                else UNKNOWN_HINT
            )
            yield UNKNOWN, f"unknown field {quoted(cut(key, MAX_SHOWN_CHARS))}", hint

    @property
    def _is_full(self) -> bool:
        return len(self._others) >= MAX_COUNTED_KEYS

    def _is_new(self, key: tuple[str, Any, frozenset[Location]], where: tuple[int, str]) -> bool:
        """Whether a key is one to name; if not, it is counted with the others."""
        if key in self.named:
            return False
        if len(self.named) < MAX_NAMED_KEYS:
            self.named[key] = where
            return True
        if not self._is_full:
            text = repr((*key[:2], sorted(map(str, key[2]))))
            self._others.add(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest())
        return False

    def merge(self, named: Named) -> set[tuple[int | None, str | None, str]]:
        """Add the keys that a part of the file names; the row, path and code of each that is not named again."""
        return {(*where, key[0]) for key, where in named.items() if not self._is_new(key, where)}

    @property
    def has_others(self) -> bool:
        """Whether some keys were not named."""
        return bool(self._others)

    def rest(self) -> list[Finding]:
        """The finding that counts the keys that were not named, if there are any."""
        if not self._others:
            return []
        count = f"{'at least ' if self._is_full else ''}{len(self._others):,}"
        message = f"{count} more keys are unknown or have odd characters; they are not listed"
        return [make_finding(UNKNOWN, message, hint=UNKNOWN_HINT)]


def _keys(value: Any, place: Place | None, path: Path = ()) -> Iterator[tuple[Path, Place | None, Any]]:
    """The path of each key in and below a value, the place of its object in the schema, and its object."""
    steps = value.items() if value.__class__ is dict else enumerate(value)
    for step, member in steps:
        if value.__class__ is dict:
            yield (*path, step), place, value
        if member.__class__ is dict or member.__class__ is list:
            yield from _keys(member, place.step(step) if place is not None else None, (*path, step))
