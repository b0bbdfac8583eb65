"""The options and the data that an input of fuzzing chooses: its first bytes choose, the rest is the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from custobar_formats import UsageError, entities, load_schema
from custobar_formats.files.content import PATH_LIKE
from custobar_formats.schema.compiled import Schema
from tests.laws import test_reading

Item = TypeVar("Item")

PICKS = 8
"""Bytes before the data; each chooses an option."""

ODD_SCHEMA: dict[str, Any] = {
    "properties": {
        "a": {"type": "integer"},
        "b": {"type": ["number", "null"]},
        "c": {"type": "boolean"},
        "l": {"type": "array", "items": {"type": "string"}},
        "n": {"items": {"properties": {"k": {"type": "integer"}, "t": {"items": {"type": "integer"}}}}},
        "o": {"type": "object", "properties": {"0": {"type": "string"}}, "additionalProperties": {"type": "integer"}},
        "x.y": {"enum": [1, "1", None]},
        "u": {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[a-c]+$"}]},
    },
    "patternProperties": {"^p": {"type": "string", "maxLength": 3, "x-severity": "warning"}},
    "if": {"required": ["a"]},
    "then": {"properties": {"d": {"type": "number", "multipleOf": 0.01}}},
    "else": {"properties": {"d": {"type": "integer"}}},
    "required": ["id"],
}

SCHEMAS = [None, ODD_SCHEMA, *map(load_schema, entities())]
COMPILED = [Schema(schema) if schema is not None else None for schema in SCHEMAS]
CHARSETS = [None, "utf-8", "utf-16", "iso-8859-1", "windows-1252", "utf-16-be"]
TYPES = [None, None, None, "text/csv", "application/json", "text/csv; charset=iso-8859-1", "application/x-ndjson"]
DELIMITERS = [",", ";", "\t"]
BLANKS: list[Any] = ["omit", "erase", "null"]
LIST_GAPS: list[Any] = ["error", "close"]
LINES = [None, True, False]
SIZES = [[], [64], [1], [7, 2, 13], [5, 1]]
"""Characters or bytes that a stream gives at a time; empty if the source is not a stream."""


class Chosen:
    """The options that an input chooses, and its data."""

    def __init__(self, data: bytes) -> None:
        self._picks = iter(data[:PICKS])
        self.data = data[PICKS:]

    def pick(self, options: Sequence[Item]) -> Item:
        """One of the options."""
        return options[next(self._picks, 0) % len(options)]

    @property
    def text(self) -> str:
        """The data as text, which may have surrogates, as a caller's str may."""
        try:
            return self.data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return self.data.decode("latin-1")

    def source(self) -> Callable[[], Any]:
        """A function that returns the data to read, any number of times: text or bytes, whole or as a stream."""
        sizes = self.pick(SIZES)
        whole: Any = self.pick([self.data, self.text])
        return lambda: test_reading.Pieces(whole, sizes) if sizes else whole

    def refusals(self) -> list[Any]:
        """The exceptions that reading this source may raise besides InvalidData."""
        is_path = any(map(PATH_LIKE.fullmatch, (self.text, self.data.decode("latin-1"))))
        return [UsageError] if is_path else []
