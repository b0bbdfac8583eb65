"""JSON text of records that were read: the quick encoder writes what the slow one does."""

import json
import sys
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custobar_formats import NotExpressible
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
    """The value with text that spells a number with a point or an exponent as that number."""
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
    """The value with each number as the Decimal that its text is."""
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
    with pytest.raises(NotExpressible, match="complex is no JSON value"):
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
