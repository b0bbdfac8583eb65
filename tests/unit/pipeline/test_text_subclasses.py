"""Text of a subclass of ``str`` is its text, in keys and values of records, in column names and in input."""

from __future__ import annotations

import enum
import io
from collections.abc import Callable
from typing import Any

import pytest
from markupsafe import Markup

import custobar_formats as cf


class Word(enum.StrEnum):
    EXTERNAL_ID = "external_id"
    CUSTOMERS = "customers"
    ID = 'C-1 "x", <y>'


class OldWord(str, enum.Enum):  # noqa: UP042 - as older programs have it
    """Its own text is its name, and it has the value as a text."""

    EXTERNAL_ID = "external_id"
    CUSTOMERS = "customers"
    ID = 'C-1 "x", <y>'


class NumpyText(str):
    """Like ``numpy.str_``."""

    def item(self) -> str:
        return str(self)

    def tolist(self) -> str:
        return str(self)


class Shouting(str):
    """Its methods do something else."""

    def __str__(self) -> str:
        return self.upper()

    def __repr__(self) -> str:
        return self.upper()

    def __format__(self, _: str) -> str:
        return self.upper()

    def replace(self, *_: Any) -> str:
        return self.upper()

    def encode(self, *_: Any) -> bytes:
        return b"?"

    split = strip = startswith = splitlines = casefold = replace  # type: ignore[assignment]


CLASSES: list[Callable[[str], Any]] = [Markup, Word, OldWord, NumpyText, Shouting]
SCHEMAS: dict[str, Any] = {
    "none": None,
    "bundled": "customers",
    "own": {
        "properties": {
            "external_id": {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^C"}]},
            "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        },
        "propertyNames": {"minLength": 2},
    },
    "of an entity": {"x-entity": "customers", "properties": {"external_id": {"type": "string"}}},
}


def records(text: Callable[[str], Any]) -> list[Any]:
    key, value = text("external_id"), text('C-1 "x", <y>')
    return [{key: value, "tags": [value], "acme__o": {key: {key: value}}}, {"external_id": "C-2", key: value}]


def written(write: Callable[..., Any], *arguments: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    write(arguments[0], stream, *arguments[1:], **options)
    return stream.getvalue()


FUNCTIONS: dict[str, Callable[[list[Any], Any], Any]] = {
    "to_csv": cf.to_csv,
    "encode_csv": cf.encode_csv,
    "write_csv": lambda given, schema: written(cf.write_csv, given, schema),
    "to_csv, one by one": lambda given, schema: cf.to_csv(iter(given), schema),
    "to_csv, split": lambda given, schema: [cf.to_csv([each], schema) for each in given],
    "to_json": cf.to_json,
    "to_json, indented": lambda given, schema: cf.to_json(given, schema, indent=2),
    "write_json": lambda given, schema: written(cf.write_json, given, schema),
    "write_json, lines": lambda given, schema: written(cf.write_json, given, schema, lines=True),
    "validate": lambda given, schema: cf.validate(given, schema).to_dict(),
    "flatten": lambda given, schema: [cf.flatten(each, schema) for each in given],
    "coerce": lambda given, schema: [cf.coerce(each, schema) for each in given] if schema is not None else None,
    "unflatten": lambda given, schema: cf.unflatten({next(iter(given[1])): given[1]["external_id"]}, schema),
}


def types_in(value: Any) -> set[type]:
    if isinstance(value, dict):
        return {type(key) for key in value}.union(*map(types_in, value.values()))
    if isinstance(value, (list, tuple)):
        return set().union(*map(types_in, value))
    return {type(value)}


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("text", CLASSES)
def test_records(text: Callable[[str], Any], function: str, schema: Any) -> None:
    found = FUNCTIONS[function](records(text), schema)
    assert found == FUNCTIONS[function](records(str), schema)
    assert types_in(found) <= {str, bytes, int, float, bool, type(None), dict, list}


@pytest.mark.parametrize("text", CLASSES)
def test_other_arguments(text: Callable[[str], Any]) -> None:
    plain = [{"external_id": "1"}]
    assert cf.to_csv(plain, text("customers"), columns=[text("external_id")]) == "external_id\n1\n"
    assert cf.to_json(plain, entity=text("customers")) == cf.to_json(plain, entity="customers")
    assert cf.to_json(plain, text("customers")) == cf.to_json(plain, "customers")
    assert cf.load_schema(text("customers")) == cf.load_schema("customers")
    assert cf.validate('{"customers": []}', entity=text("customers")).source.entity == "customers"


@pytest.mark.parametrize("text", [Markup, NumpyText, Shouting])
def test_input(text: Callable[[str], Any]) -> None:
    rows = 'external_id;tags\nC-1;"a;""b"" <c>"\n'
    assert cf.from_csv(text(rows)) == cf.from_csv(rows)
    assert cf.from_json(text('[{"a": "<"}]')) == [{"a": "<"}]
    assert cf.infer_delimiter(text(rows)) == ";"
    assert cf.from_csv(io.StringIO(text(rows))) == cf.from_csv(rows)

    class Stream:
        """A stream that returns such text."""

        def __init__(self) -> None:
            self._rest = rows

        def read(self, size: int = -1) -> Any:
            size = min(size, 7)
            part, self._rest = self._rest[:size], self._rest[size:]
            return text(part)

    assert cf.from_csv(Stream()) == cf.from_csv(rows)  # type: ignore[arg-type]
