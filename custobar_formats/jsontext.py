"""Records to JSON text: a list, a list wrapped in its entity's name, or one record a line.

In: records. Out: chunks of text. The rules kept here: a number keeps its digits; what JSON cannot say, or what reading
would refuse, is refused. Source: RFC 8259; https://www.custobar.com/docs/api/data-import-formats/ (the wrapper).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from custobar_formats.errors import NotExpressible
from custobar_formats.paths import MAX_DEPTH
from custobar_formats.values import MAX_DIGITS, fits_float, format_decimal


class _HasDigits(Exception):
    """Raised for a Decimal, whose digits the json module cannot write."""


def write_chunks(
    records: Iterable[Any], *, entity: str | None = None, indent: int | None = None, lines: bool = False
) -> Iterator[str]:
    """JSON text of records, chunk by chunk.

    Raises:
        NotExpressible: a record that is none, or that JSON cannot say.

    """
    encoder = _Encoder(indent if not lines else None)
    if lines:
        for number, record in enumerate(records, 1):
            yield encoder.encode(record, number, "") + "\n"
        return
    depth = 0 if indent is None else indent * (2 if entity is not None else 1)
    inner, outer = (" " * depth, " " * (depth - (indent or 0))) if indent else ("", "")
    if entity is None:
        opening, closing = "[", "]\n"
    elif indent is None:
        opening, closing = f'{{"{entity}": [', "]}\n"
    else:
        opening, closing = f'{{\n{outer}"{entity}": [', "]\n}\n"
    first = True
    for number, record in enumerate(records, 1):
        yield (opening if first else ",") + "\n" + inner + encoder.encode(record, number, inner)
        first = False
    yield opening + closing if first else "\n" + outer + closing


class _Encoder:
    """Encodes one record after the other."""

    def __init__(self, indent: int | None) -> None:
        self._indent = indent
        self._json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, indent=indent, default=_refuse_value)

    def encode(self, record: Any, number: int, margin: str) -> str:
        """The JSON text of a record; lines after the first begin with the margin."""
        if not isinstance(record, dict):
            raise NotExpressible(f"{type(record).__name__} is no record: a record is a dict", number, "")
        try:
            _check(record, 1)
            text = self._json.encode(record)
        except _HasDigits:
            text = _render(record, self._indent, 0)
        except (ValueError, TypeError, RecursionError) as error:
            raise NotExpressible(f"JSON cannot say it: {error}", number) from None
        if not text.isascii():
            try:
                text.encode("utf-8")
            except UnicodeEncodeError:
                raise NotExpressible("half of a surrogate pair cannot be written in utf-8", number) from None
        return text.replace("\n", "\n" + margin) if margin else text


def _refuse_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        raise _HasDigits
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _check(value: Any, depth: int) -> None:
    """Raise ValueError for what the json module would change, or what reading would refuse."""
    if depth > MAX_DEPTH and isinstance(value, (dict, list)):
        raise ValueError(f"nested over {MAX_DEPTH} levels")
    if isinstance(value, dict):
        for key, member in value.items():
            if not isinstance(key, str):
                raise ValueError(f"the key {key!r} is not text")
            _check(member, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, tuple):
        raise ValueError("a tuple is no JSON value; use a list")
    elif isinstance(value, int) and len(str(value).lstrip("-")) > MAX_DIGITS:
        raise ValueError(f"an integer of more than {MAX_DIGITS} digits")
    elif isinstance(value, Decimal) and not fits_float(format_decimal(value)):
        raise ValueError("a number that no float can hold")


def _render(value: Any, indent: int | None, level: int) -> str:
    """JSON text like the json module's, with the digits of Decimals."""
    if isinstance(value, Decimal):
        return format_decimal(value)
    if not isinstance(value, (dict, list)) or not value:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_refuse_value)
    if isinstance(value, dict):
        parts = [f"{json.dumps(k, ensure_ascii=False)}: {_render(v, indent, level + 1)}" for k, v in value.items()]
    else:
        parts = [_render(item, indent, level + 1) for item in value]
    start, end = "{}" if isinstance(value, dict) else "[]"
    if indent is None:
        return start + ", ".join(parts) + end
    margin = "\n" + " " * indent * level
    return start + margin + " " * indent + ("," + margin + " " * indent).join(parts) + margin + end
