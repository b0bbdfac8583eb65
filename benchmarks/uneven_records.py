"""JSON text and records that each differ from plain ones in one thing.

In: a number of records. Out: variations, as in ``uneven_csv``.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

from benchmarks import data
from benchmarks.uneven_csv import ALL_COLUMNS, ONE_COLUMN, SHARES, USUAL, Variation, as_json
from custobar_formats import load_schema

Record = dict[str, Any]


@cache
def customers(count: int) -> list[Record]:
    """Customers as records."""
    return list(data.records("customers", count))


@cache
def products(count: int) -> list[Record]:
    """Products as records."""
    return list(data.records("products", count))


def changed(records: list[Record], share: float, change: Callable[[Record, int], Record]) -> list[Any]:
    """The records, with a share of them changed."""
    every = round(1 / share)
    return [change(record, n) if n % every == every // 2 else record for n, record in enumerate(records)]


def with_value(name: str, make: Callable[[int], Any]) -> Callable[[Record, int], Record]:
    """A change that sets one field."""
    return lambda record, number: {**record, name: make(number)}


# -- text


def json_variations(count: int) -> Iterator[Variation]:
    """All variations of JSON text."""
    records, schema = customers(count), data.schema("customers")
    clean = as_json(records, ensure_ascii=False)

    def of(name: str, content: bytes | list[Any], bar: float = USUAL, **more: Any) -> Variation:
        raw = content if isinstance(content, bytes) else as_json(content, ensure_ascii=False)
        return Variation(name, raw, clean, **{"schema": schema, "clean_schema": schema, "bar": bar, **more})

    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    yield of("JSON with escapes for all beyond ASCII", as_json(records))
    yield of("JSON on one line", json.dumps(records, ensure_ascii=False).encode())
    yield of("JSON without spaces", json.dumps(records, ensure_ascii=False, separators=(",", ":")).encode())
    yield of("JSON indented", json.dumps(records, ensure_ascii=False, indent=2).encode())
    yield of("JSON wrapped", b'{"customers": ' + clean + b"}")
    yield of("JSON of CRLF", clean.replace(b"\n", b"\r\n"))
    yield of("JSON lines", lines.encode())
    yield of("JSON lines with blank ones", lines.replace("\n", "\n\n").encode())
    yield of("JSON lines with escapes", "".join(json.dumps(record) + "\n" for record in records).encode())
    for share in SHARES[1:]:
        emoji = changed(records, share, with_value("first_name", lambda n: f"😀 {n}"))
        yield of(f"escaped emoji in {share:.0%}", as_json(emoji))
        quotes = changed(records, share, with_value("first_name", lambda n: f'"{n}" \\ \n.'))
        yield of(f"quotes, backslashes and breaks in {share:.0%}", quotes)
        order = changed(records, share, lambda record, _: dict(reversed(record.items())))
        yield of(f"another order of keys in {share:.0%}", order)
        fewer = changed(records, share, lambda record, _: {k: v for k, v in record.items() if k != "phone_number"})
        yield of(f"a key less in {share:.0%}", fewer)
        nulls = changed(records, share, with_value("phone_number", lambda _: None))
        yield of(f"null in {share:.0%}", nulls)
        bar = ONE_COLUMN if share == 1 else USUAL
        texts = changed(records, share, with_value("acme__points", str))
        yield of(f"numbers as text in {share:.0%}", texts, bar)
        odd = changed(records, share, with_value("last_name", lambda _: "KÃ¤thy"))
        yield of(f"JSON: mojibake in {share:.0%}", odd, bar)
        escaped = changed(records, share, with_value("last_name", lambda _: "KÃ¤thy"))
        yield of(f"JSON: escaped mojibake in {share:.0%}", as_json(escaped), bar)
        spaces = changed(records, share, with_value("last_name", lambda n: f"{n} "))
        yield of(f"JSON: white space at the end in {share:.0%}", spaces, bar)
        wrong = changed(records, share, with_value("phone_number", lambda n: f"040 {n}"))
        yield of(f"JSON: a wrong phone in {share:.0%}", wrong, bar, valid=False)
        all_wrong = changed(records, share, lambda record, n: dict.fromkeys(record, f"?{n}"))
        yield of(f"JSON: all fields wrong in {share:.0%}", all_wrong, ALL_COLUMNS if share == 1 else USUAL, valid=False)
        new = changed(records, share, lambda record, n: {**record, f"acme__{n % 100}": n})
        yield of(f"JSON: one of a hundred more names in {share:.0%}", new)
    floats = changed(records, 1.0, with_value("acme__x", lambda n: n / 7))
    yield of("floats", floats)
    twice = clean.replace(b'{"external_id": "C-0000', b'{"language": "fi", "external_id": "C-0000')
    yield of("a key twice in some", twice, valid=False)
    yield from _typed_unions(clean)


def _typed_unions(clean: bytes) -> Iterator[Variation]:
    plain = data.schema("customers")
    union = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    schema = {**plain, "properties": {**plain["properties"], "last_name": union}}
    yield Variation("JSON: a union of text and null", clean, clean, schema, plain)
    condition = {"if": {"properties": {"language": {"const": "fi"}}}, "then": {"required": ["external_id"]}}
    yield Variation("JSON: a condition on the record", clean, clean, {**plain, **condition}, plain)


# -- records


def record_variations(count: int) -> Iterator[Variation]:
    """All variations of records to write."""
    records, schema = customers(count), data.schema("customers")

    def of(name: str, content: list[Any], clean: list[Any] | None = None, **more: Any) -> Variation:
        beside = records if clean is None else clean
        return Variation(name, content, beside, **{"schema": schema, "clean_schema": schema, **more})

    texts = changed(records, 1.0, with_value("acme__x", str))
    for name, make in VALUES.items():
        yield of(f"{name} in a company field", changed(texts, 1.0, with_value("acme__x", make)), texts)
        if name != "a list of numbers":  # a column holds either lists or scalars
            yield of(f"{name} in a company field in 5 %", changed(texts, 0.05, with_value("acme__x", make)), texts)
    for share in (1 / 16, 1.0):
        for what, change in CHANGES.items():
            yield of(f"{what} in {share:.0%}", changed(records, share, change))
    long, longer = (changed(records, 1 / 16, with_value("last_name", lambda _, n=n: "x" * n)) for n in (4000, 5000))
    yield of("a text of 5,000 characters, beside 4,000", longer, long)
    lists = changed(records, 1.0, with_value("acme__tags", lambda n: ["a", "b", "c"][: n % 3 + 1]))
    yield of("lists of one to three texts", lists)
    names = changed(records, 0.05, lambda record, n: {**record, f"acme__{n // 20 % 5}": "x"})
    yield of("one of five more names in 5 %", names)
    yield from _optional_values(records)
    void = changed(records, 0.2, lambda record, _: {**dict.fromkeys(record), "external_id": record["external_id"]})
    yield of("None in all fields but one in 20 %", void)
    goods, by = products(count), load_schema("products")
    category = changed(goods, 1.0, with_value("category", lambda _: ["Shirts", "Shoes"]))
    yield of("lists of categories", category, goods, schema=by, clean_schema=by)
    untyped = changed(goods, 1.0, with_value("acme__size", int))
    yield of("a number in an untyped field", untyped, goods, schema=by, clean_schema=by)


def _optional_values(records: list[Record]) -> Iterator[Variation]:
    """Values under a union of a type and null, compared with the type alone."""
    plain = data.schema("customers")
    item = {"type": "object", "properties": {"n": {"type": "integer"}}}
    things: list[tuple[str, Record, Callable[[int], Any]]] = [
        ("an integer", {"type": "integer"}, int),
        ("a list", {"type": "array", "items": {"type": "integer"}}, lambda n: [n, n + 1]),
        ("an object", item, lambda n: {"n": n}),
        ("a list of objects", {"type": "array", "items": item}, lambda n: [{"n": n}]),
    ]
    for name, thing, make in things:
        content = changed(records, 1.0, with_value("acme__x", make))
        optional = {"anyOf": [thing, {"type": "null"}]}
        schema, beside = ({**plain, "properties": {**plain["properties"], "acme__x": x}} for x in (optional, thing))
        yield Variation(f"{name} or null", content, content, schema, beside)


VALUES: dict[str, Callable[[int], Any]] = {
    "an int": int,
    "a float": lambda n: n / 8,
    "a boolean": lambda n: n % 2 == 0,
    "a Decimal": lambda n: Decimal(n) / 8,
    "a list of numbers": lambda n: [n, n + 1],
}

CHANGES: dict[str, Callable[[Record, int], Any]] = {
    "OrderedDict": lambda record, _: OrderedDict(record),
    "MappingProxyType": lambda record, _: MappingProxyType(record),
    "an OrderedDict within": lambda record, _: {**record, "acme__address": OrderedDict(record["acme__address"])},
    "another order of keys": lambda record, _: dict(reversed(record.items())),
    "a key less": lambda record, _: dict(list(record.items())[:-1]),
    "None": with_value("phone_number", lambda _: None),
    "an empty object": with_value("acme__address", lambda _: {}),
    "a comma": with_value("last_name", lambda n: f"{n}, Jr"),
    "a quote": with_value("last_name", lambda n: f'{n} "Jr"'),
    "a break": with_value("last_name", lambda n: f"{n}\nJr"),
    "a formula": with_value("last_name", lambda n: f"=SUM({n})"),
    "a number as a text": with_value("last_name", str),
}
