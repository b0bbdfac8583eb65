"""The single steps of reading and writing: for one record, one text, one value.

In: a record, a text or a value. Out: the result of one step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from custobar_formats.core.arguments import is_record
from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import EndOfReading, Finding, make_finding
from custobar_formats.core.limits import CHUNK, MAX_CELL, SAMPLE_CHARS
from custobar_formats.core.scalars import format_scalar, plain_scalar
from custobar_formats.core.shown import shown
from custobar_formats.csvtext.delimiter import Delimiter, choose_delimiter, split_sep_line
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.files.content import check_is_content
from custobar_formats.pipeline.api_write import csv_job
from custobar_formats.pipeline.block_plan import make_block_plan
from custobar_formats.pipeline.block_reader import BlockReader
from custobar_formats.pipeline.options import Options, Wanted
from custobar_formats.records.flatten import Record
from custobar_formats.records.header import plan_header
from custobar_formats.report.contents import SourceInfo
from custobar_formats.report.report import Collector, InvalidData
from custobar_formats.schema.coercion import Coercer, coerce_record
from custobar_formats.schema.compiled import Schema, SchemaLike, compile_schema
from custobar_formats.text.encoding import (
    SURROGATES,
    UTF16,
    declared_encoding,
    decode_chunks,
    guess_encoding,
    refuse_controls,
)


def flatten(record: Mapping[str, Any], schema: SchemaLike | Schema | None = None) -> dict[str, str]:
    """The labels and cells of one record, as ``to_csv`` writes them; empty members are blank.

    Raises:
        NotExpressible: the record cannot be represented in CSV.
        UsageError: the schema cannot be used.

    Example:
        >>> flatten({"horse": {"name": "Käthy"}, "tags": ["a", "b"]})
        {'horse.name': 'Käthy', 'tags.0': 'a', 'tags.1': 'b'}

    """
    with csv_job(schema, None, ",", "blank", "\n") as job:
        return job.flat(dict(record) if is_record(record) else record)


def unflatten(mapping: Mapping[str, str], schema: SchemaLike | Schema | None = None) -> Record:
    """The record that ``from_csv`` reads from one row with these labels and cells.

    Raises:
        InvalidData: the labels or the cells have errors.
        UsageError: the schema cannot be used, or a cell is not text.

    Example:
        >>> unflatten({"stock.0.shop_id": "1", "stock.0.quantity": "39"})
        {'stock': [{'shop_id': '1', 'quantity': '39'}]}

    """
    if not isinstance(mapping, Mapping):
        raise UsageError(f"{type(mapping).__name__} is not one row: give a dict of labels and cells")
    if not mapping:
        return {}
    labels, cells = list(mapping), list(mapping.values())
    if not all(isinstance(text, str) for text in (*labels, *cells)):
        raise UsageError("column names and cells must be text")
    labels, cells = list(map(str.__str__, labels)), list(map(str.__str__, cells))  # not subclasses, such as Markup
    compiled = compile_schema(schema)
    collector = Collector()
    plan, findings = plan_header(labels, compiled)
    collector.add_all([*findings, *_unreadable(labels, line=1), *_unreadable(cells, row=1)])
    record = None
    if not collector.has_errors:
        reader = BlockReader(make_block_plan(plan, compiled, Options(), Wanted(checks=False), latin1=False))
        block = reader.read(RowBlock([cells], [1], [1])).finish()
        collector.add_all(block.findings)
        record = next(iter(block.records), None)
    collector.build(SourceInfo()).raise_for_errors()
    if record is None or compiled is None:
        return record or {}
    typed: Record = coerce_record(Coercer(compiled), record)
    return typed


def _unreadable(texts: list[str], **where: int) -> Iterator[Finding]:
    """The findings for text that reading refuses: half of a surrogate pair, and cells that are too long."""
    for column, text in enumerate(texts, 1):
        if lone := SURROGATES.search(text):
            value = f"U+{ord(lone[0]):04X}"
            message = f"{value} is half of a surrogate pair"
            yield make_finding("lone-surrogate", message, column=column, value=value, **where)
        elif len(text) > MAX_CELL:
            message = f"the cell has more than {MAX_CELL:,} characters"
            yield make_finding("oversized-cell", message, hint="shorten it", column=column, **where)


def infer_delimiter(data: str | bytes) -> Delimiter:
    """The delimiter of CSV text or bytes: a str that also has its ``reason`` and every candidate's score.

    Raises:
        InvalidData: the bytes are not text.

    Example:
        >>> infer_delimiter("a;b\\n1,5;2\\n")
        ';'

    """
    if isinstance(data, str):
        check_is_content(data, "Path({!r}).read_bytes()")
    text = str.__str__(data) if isinstance(data, str) else decode(data).text
    announced, skipped = split_sep_line(text)
    if announced is not None:
        return Delimiter(announced, "named by the line sep=")
    sample = text[skipped : skipped + SAMPLE_CHARS]
    return choose_delimiter(sample, whole=len(text) <= SAMPLE_CHARS)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Bytes as text.

    Attributes:
        text: without a byte order mark.
        charset: utf-8, utf-16, iso-8859-1 or windows-1252.
        reason: why that encoding was chosen.
        content_type: the Content-Type header for an upload of these bytes as CSV; None if no legal one fits.
        findings: warnings about the choice.

    """

    text: str
    charset: str
    reason: str
    content_type: str | None
    findings: tuple[Finding, ...]


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """Bytes as text: in the declared encoding, else the first of these that fits.

    They are the one of the byte order mark, UTF-16, UTF-8, windows-1252 and ISO-8859-1.

    Raises:
        InvalidData: the bytes are not text; the report shows which ones and where.
        UnsupportedCharset: the encoding is not supported.

    Example:
        >>> decode("Hämäläinen".encode("latin-1")).text
        'Hämäläinen'

    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise UsageError(
            f"{type(data).__name__} is not bytes: give bytes (text needs no decoding), or a path's .read_bytes()"
        )
    check_is_content(data, "Path({!r}).read_bytes()")
    data = bytes(data)
    collector = Collector()
    chunks = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    try:
        found = guess_encoding(lambda: chunks) if encoding is None else declared_encoding(encoding, data)
        text = decode_chunks(chunks, found)
        whole = "".join(refuse_controls(text) if encoding is None and found.charset != UTF16 else text)
    except EndOfReading as end:
        collector.add(end.finding)
        raise InvalidData(collector.build(SourceInfo())) from None
    return Decoded(whole, found.charset, found.reason, found.content_type(), found.findings)


def coerce(value: Any, schema: SchemaLike | Schema) -> Any:
    """A JSON value with its text converted to what the schema asks for, if it is spelled exactly right.

    Usually the value is one record: a dict, or another mapping or row, which becomes a dict. Nothing is validated; a
    value that cannot be coerced stays unchanged.

    Raises:
        UsageError: the schema cannot be used, the value is not made of JSON values, or it is not a record, but the
            schema is that of one.

    Example:
        >>> coerce({"price": "2490", "external_id": "007"}, "products")
        {'price': 2490, 'external_id': '007'}

    """
    compiled = compile_schema(schema)
    if compiled is None:
        raise UsageError("coerce needs a schema")
    if isinstance(value, str) and value in ENTITIES and not compiled.root.coerces:
        raise UsageError(f"the record comes before the schema: coerce(record, {value!r})")
    if not is_record(value) and compiled.root.types == frozenset({"object"}):
        raise UsageError(f"{type(value).__name__} is not a record: give one record at a time, as a dict")
    try:
        return coerce_record(Coercer(compiled), _as_json(value))
    except (ValueError, TypeError, RecursionError) as error:
        raise UsageError(f"the value is not JSON: {error}") from None


def _as_json(value: Any) -> Any:
    """A copy of a value, with a dict for each mapping or row; raises ValueError for what JSON does not have."""
    if is_record(value):
        members = dict(value)
        for key in members:
            if not isinstance(key, str):
                raise ValueError(f"the key {shown(key)} is not text")
        return {plain_scalar(key): _as_json(member) for key, member in members.items()}
    if isinstance(value, list):
        return list(map(_as_json, value))
    format_scalar(value)
    return plain_scalar(value)
