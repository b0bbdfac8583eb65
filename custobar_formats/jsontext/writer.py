"""Records to JSON text: a list, a list wrapped in its entity's name, or one record per line.

In: records. Out: chunks of bytes. Rules: a number keeps its digits; a value that cannot be represented in JSON, or that
reading would refuse, is refused.
Source: RFC 8259; https://www.custobar.com/docs/api/data-import-formats/ (the wrapper).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from custobar_formats.core.arguments import is_record, no_record
from custobar_formats.core.errors import NotExpressible
from custobar_formats.core.limits import MAX_DEPTH, MAX_DIGITS
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.core.scalars import NOT_FINITE, TOO_LARGE, fits_float, format_decimal, no_json_value
from custobar_formats.core.shown import shown


def write_chunks(
    records: Iterable[Any], *, entity: str | None = None, indent: int | None = None, lines: bool = False
) -> Iterator[bytes]:
    """The JSON text of records, in UTF-8, chunk by chunk.

    Raises:
        NotExpressible: a record is not a dict, or cannot be represented in JSON.

    """
    depth = 0 if indent is None else indent * (2 if entity is not None else 1)
    encoder = _Encoder(indent if not lines else None, " " * depth)
    encoded = (encoder.encode(record, number) for number, record in enumerate(records, 1))
    return _laid_out(encoded, entity=entity, indent=indent, lines=lines)


def write_blocks(
    blocks: Iterable[list[Any] | bytes],
    are_plain: Callable[[], bool],
    *,
    entity: str | None = None,
    lines: bool = False,
) -> Iterator[bytes]:
    """Like ``write_chunks``, for records that this package has read (so JSON can represent them), or for their texts.

    ``are_plain`` returns whether, in all numbers so far, each Decimal's own text is the text to write. The texts of a
    block may be one already, with a line feed between any two.
    """
    encode, separator = block_encoder(are_plain), b"\n" if lines else b",\n"

    def join(block: list[Any] | bytes) -> bytes:
        if isinstance(block, bytes):
            return block if lines else block.replace(b"\n", separator)
        return separator.join(encode(block))

    joined = (join(block) for block in blocks if block)
    return _laid_out(joined, entity=entity, indent=None, lines=lines)


def block_encoder(are_plain: Callable[[], bool]) -> Callable[[list[Any]], list[bytes]]:
    """A function that returns the JSON of each record of a block, without a line break.

    The records, or their texts, and ``are_plain`` are those of ``write_blocks``.
    """
    encoder, quick = _Encoder(None, ""), _quick_encoder()

    def encode(block: list[Any]) -> list[bytes]:
        if isinstance(block[0], str):
            return list(map(str.encode, block))
        if quick is None or not are_plain():
            return [encoder.encode(record, 0) for record in block]
        return quick(block)[:-1].split(b"\n")

    return encode


def _laid_out(records: Iterable[bytes], *, entity: str | None, indent: int | None, lines: bool) -> Iterator[bytes]:
    """The records, or several joined, with the text before, between and after them."""
    if lines:
        for record in records:
            yield record + b"\n"
        return
    depth = 0 if indent is None else indent * (2 if entity is not None else 1)
    inner, outer = (" " * depth, " " * (depth - (indent or 0))) if indent else ("", "")
    if entity is None:
        opening, closing = "[", "]\n"
    elif indent is None:
        opening, closing = f'{{"{entity}":[', "]}\n"
    else:
        opening, closing = f'{{\n{outer}"{entity}": [', "]\n}\n"
    before = f"{opening}\n{inner}".encode()
    for record in records:
        yield before + record
        before = f",\n{inner}".encode()
    empty = before.startswith(opening.encode())
    yield (opening + closing if empty else "\n" + outer + closing).encode()


def _quick_encoder() -> Callable[[list[Any]], bytes] | None:
    """A function that writes records line by line, far faster than the json module; None if msgspec is missing."""
    try:
        import msgspec
    except ImportError:
        return None

    return msgspec.json.Encoder(decimal_format="number").encode_lines


class _Encoder:
    """Encodes records one by one; the lines after a record's first begin with the margin."""

    def __init__(self, indent: int | None, margin: str) -> None:
        self._margin = margin
        self._mark, self._decimals = "", 0
        separators = (",", ":") if indent is None else None
        self._json = json.JSONEncoder(
            ensure_ascii=False, allow_nan=False, indent=indent, separators=separators, default=self._as_json
        )

    def encode(self, record: Any, number: int) -> bytes:
        """The JSON text of a record."""
        if not is_record(record):
            raise NotExpressible(no_record(record), number, "")
        record = record if isinstance(record, (dict, Mapping)) else dict(record)
        try:
            _check(record, 1)
            text = self._text(record)
            if self._margin:
                text = text.replace("\n", "\n" + self._margin)
            return text.encode()
        except (ValueError, TypeError, RecursionError) as error:
            path, reason = self._find_fault(record, _reason(error))
            raise NotExpressible(reason, number, format_pointer(path)) from None

    def _find_fault(self, record: Any, reason: str) -> tuple[Path, str]:
        """The path of the first value that JSON does not have, and what is wrong with it."""
        path: Path = ()
        value: Any = record
        while isinstance(value, (dict, list, Mapping)) and len(path) <= MAX_DEPTH:
            parts = range(len(value)) if isinstance(value, list) else value
            for part in parts:
                member = value[part]
                try:
                    alone: Any = [member] if isinstance(value, list) else {part: member}
                    _check(alone, len(path) + 1)
                    self._text(alone).encode()
                except (ValueError, TypeError, RecursionError) as error:
                    path, value, reason = (*path, part), member, _reason(error)
                    break
            else:
                break
        return path, reason

    def _text(self, record: Any) -> str:
        """The JSON text. Decimals become strings that begin with NULs, as no other does, and then lose their quotes."""
        nuls = 1
        while True:
            self._mark, self._decimals = "\0" * nuls, 0
            text = self._json.encode(record)
            if self._decimals:
                text, found = re.subn(rf'"(?:\\u0000){{{nuls}}}([^"\\]*)"', r"\1", text)
                if found > self._decimals:
                    nuls += 1  # a string in the record looks like one
                    continue
            return text

    def _as_json(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return dict(value)
        if isinstance(value, Decimal):
            self._decimals += 1
            return self._mark + format_decimal(value)
        raise TypeError(no_json_value(value))


def _reason(error: Exception) -> str:
    is_lone = isinstance(error, UnicodeEncodeError)
    return "half of a surrogate pair cannot be written in utf-8" if is_lone else str(error)


def _check(value: Any, depth: int) -> None:
    """Raise ValueError for a value that the json module would change, or that reading would refuse."""
    if value is None or isinstance(value, str):
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(NOT_FINITE)
        return
    if depth > MAX_DEPTH and isinstance(value, (dict, list, Mapping)):
        raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, (dict, Mapping)):
        for key, member in value.items():
            if not isinstance(key, str):
                raise ValueError(f"the key {shown(key)} is not text")
            _check(member, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, tuple):
        raise ValueError(no_json_value(value))
    elif isinstance(value, int) and not -TOO_LARGE < value < TOO_LARGE:
        raise ValueError(f"an integer of more than {MAX_DIGITS} digits")
    elif isinstance(value, Decimal) and not fits_float(format_decimal(value)):
        raise ValueError("a number too large for a float")
