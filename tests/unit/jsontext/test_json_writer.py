"""JSON text of records that were read: the quick encoder writes the same as the slow one."""

import json
import sys
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custobar_formats import NotExpressible
from custobar_formats.core.limits import MAX_DEPTH, MAX_DIGITS
from custobar_formats.core.scalars import ExactNumbers, parse_exact
from custobar_formats.jsontext.writer import write_blocks, write_chunks

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-(10**30), 10**30, allow_nan=False, allow_infinity=False).map(str),
    st.from_regex(r"-?(0|[1-9][0-9]{0,5})\.[0-9]{1,9}([eE][+-]?[0-9]{1,2})?", fullmatch=True),
)
VALUES = st.recursive(
    st.one_of(TEXT, NUMBERS, st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
)
RECORDS = st.lists(st.dictionaries(TEXT, VALUES, max_size=4), max_size=6)


def parsed(value: Any, numbers: ExactNumbers) -> Any:
    """The value with text converted to a number where it spells one with a point or an exponent."""
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return value
        is_json = value.strip() == value and value.isascii() and not set(value) & set("_+") and value[0] != "."
        return numbers(value) if is_json and ("." in value or "e" in value) and "n" not in value else value
    if isinstance(value, dict):
        return {key: parsed(member, numbers) for key, member in value.items()}
    return [parsed(item, numbers) for item in value] if isinstance(value, list) else value


def exactly(value: Any) -> Any:
    """The value with each number as the Decimal of its text."""
    if isinstance(value, dict):
        return {key: exactly(member) for key, member in value.items()}
    if isinstance(value, list):
        return [exactly(item) for item in value]
    return value if isinstance(value, (str, bool, type(None))) else Decimal(str(value))


@given(RECORDS, st.integers(1, 3), st.booleans(), st.sampled_from([None, "customers"]))
@example([{"a": "1.50"}, {"a": "0.0000001"}, {"a": "-0e0"}, {"a": "1e300"}, {"b": "\x7f\u2028é😀"}], 1, True, None)
def test_blocks_are_written_like_records(records: list[Any], size: int, lines: bool, entity: str | None) -> None:
    numbers = ExactNumbers()
    records = [parsed(record, numbers) for record in records]
    blocks = [records[start : start + size] for start in range(0, len(records), size)]
    quick = b"".join(write_blocks(blocks, lambda: numbers.are_plain, entity=entity, lines=lines))
    assert quick == b"".join(write_chunks(records, entity=entity, lines=lines))
    if lines:
        again = [json.loads(line, parse_float=parse_exact) for line in quick.decode().split("\n")[:-1]]
        assert exactly(again) == exactly(records)


def test_without_msgspec_the_same_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [{"a": 1, "b": "Käthy"}, {"c": [1.5, None, True, {"d": Decimal("2.50")}]}]
    quick = b"".join(write_blocks([records], lambda: True, lines=True))
    monkeypatch.setitem(sys.modules, "msgspec", None)
    assert b"".join(write_blocks([records], lambda: True, lines=True)) == quick


def test_what_is_no_json_beside_a_decimal_is_refused() -> None:
    with pytest.raises(NotExpressible, match="complex is not a JSON value"):
        b"".join(write_chunks([{"a": Decimal("1.50"), "b": 1j}]))


NULS = st.one_of(
    st.text("\0a1.", max_size=4), st.sampled_from([Decimal("1.50"), Decimal("-0"), Decimal("1E+50"), 1, None])
)


@given(st.dictionaries(st.text("\0a1", max_size=3), st.one_of(NULS, st.lists(NULS, max_size=3)), min_size=1))
@example({"\0": "\0" + "1", "a": Decimal("1.0"), "\0\0": "\0\0" + "1"})
@pytest.mark.parametrize("indent", [None, 2])
def test_decimals_keep_their_digits_beside_any_text(indent: int | None, record: dict[str, Any]) -> None:
    text = b"".join(write_chunks([record], indent=indent)).decode()
    (again,) = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    assert again == record
    assert all(member not in record.values() or "1.50" in text for member in [Decimal("1.50")])


SAMPLE: list[Any] = [{"a": 1, "b": [{}, [], "ä\n"]}, {"c": {"d": [None, True]}}]
WITH_DIGITS: list[Any] = [
    {"a": 1, "b": [{}, [], "ä\n", Decimal("1.50")]},
    {"c": {"d": [[Decimal(2), {"e": 1}]], "é": {}}},
]


@pytest.mark.parametrize("records", [SAMPLE, WITH_DIGITS, []])
@pytest.mark.parametrize("indent", [1, 2, 4])
def test_an_indented_list_is_as_the_json_module_writes_it(records: list[Any], indent: int) -> None:
    floats = json.loads(json.dumps(records, default=float))

    def wanted(value: Any) -> str:
        text = json.dumps(value, ensure_ascii=False, indent=indent) + "\n"
        return text.replace("1.5\n", "1.50\n").replace("2.0,", "2,")

    assert b"".join(write_chunks(records, indent=indent)).decode() == wanted(floats)
    assert b"".join(write_chunks(records, indent=indent, entity="shops")).decode() == wanted({"shops": floats})


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, '[\n{"a":"ä","b":1.50},\n{"c":[]}\n]\n'),
        ({"entity": "shops"}, '{"shops":[\n{"a":"ä","b":1.50},\n{"c":[]}\n]}\n'),
        ({"lines": True}, '{"a":"ä","b":1.50}\n{"c":[]}\n'),
        ({"lines": True, "indent": 2, "entity": "shops"}, '{"a":"ä","b":1.50}\n{"c":[]}\n'),
    ],
)
def test_a_record_is_a_line(options: Any, wanted: str) -> None:
    records: list[Any] = [{"a": "ä", "b": Decimal("1.50")}, {"c": []}]
    assert b"".join(write_chunks(records, **options)).decode() == wanted
    assert b"".join(write_chunks(map(MappingProxyType, records), **options)).decode() == wanted
    if "indent" not in options:
        assert b"".join(write_blocks([records[:1], [], records[1:]], lambda: False, **options)).decode() == wanted
        assert b"".join(write_blocks([records[:1], [], records[1:]], lambda: True, **options)).decode() == wanted
        texts = [['{"a":"ä","b":1.50}'], ['{"c":[]}']]
        assert b"".join(write_blocks(texts, lambda: True, **options)).decode() == wanted


@pytest.mark.parametrize(
    ("options", "wanted"), [({}, b"[]\n"), ({"entity": "shops"}, b'{"shops":[]}\n'), ({"lines": True}, b"")]
)
def test_no_records(options: Any, wanted: bytes) -> None:
    assert b"".join(write_chunks([], **options)) == wanted
    assert b"".join(write_blocks([], lambda: True, **options)) == wanted


def nested(levels: int, kind: Any) -> Any:
    """Nested objects, or nested lists in an object, so many levels deep."""
    value: Any = 1
    for _ in range(levels - 1):
        value = {"a": value} if kind is dict else [value]
    return {"a": value}


@pytest.mark.parametrize(
    "record",
    [
        {"a": 10**MAX_DIGITS},
        {"a": -(10**MAX_DIGITS)},
        {"a": [{"b": 10**MAX_DIGITS}]},
        {"a": float("nan")},
        {"a": [float("-inf")]},
        {"a": Decimal("NaN")},
        {"a": Decimal("1e400")},
        {"a": (1,)},
        {"a": {1}},
        {"a": {1: 2}},
        {1: 2},
        {"a": "\ud800"},
        {"a": Decimal(1), "b": "\ud800"},
        nested(MAX_DEPTH + 1, dict),
        nested(MAX_DEPTH + 1, list),
        nested(5000, list),
        [1],
        "a",
        None,
    ],
)
def test_what_json_cannot_say(record: Any) -> None:
    chunks = write_chunks([{"a": 1}, record])
    next(chunks)
    with pytest.raises(NotExpressible) as caught:
        next(chunks)
    assert caught.value.record == 2
    assert (caught.value.path or "").startswith("/" if isinstance(record, dict) else "")
    assert isinstance(caught.value.reason, str)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    "record",
    [
        {"a": 10**MAX_DIGITS - 1},
        {"a": -(10**MAX_DIGITS) + 1},
        {"a": True, "b": None, "c": [1.5, "x", {}]},
        nested(MAX_DEPTH, dict),
        nested(MAX_DEPTH, list),
    ],
)
def test_what_json_can_just_say(record: Any) -> None:
    assert json.loads(b"".join(write_chunks([record]))) == [record]
