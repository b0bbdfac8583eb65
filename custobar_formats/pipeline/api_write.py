"""The public functions that write: records to CSV and JSON.

In: any number of records. Out: text, bytes or files. Rule: a file appears whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from custobar_formats.core.arguments import check_count, check_flags, checked_names, checked_records
from custobar_formats.core.entities import ENTITIES, Entity
from custobar_formats.core.errors import NotExpressible, UsageError
from custobar_formats.core.limits import MAX_INDENT, MAX_SPLIT_FILES
from custobar_formats.core.scalars import ExactNumbers
from custobar_formats.csvtext.delimiter import resolve_delimiter
from custobar_formats.files.filenames import checked_output, is_jsonl, is_same_file, part_of
from custobar_formats.files.output import Destination, NewFile, check_takes_bytes, open_output, open_whole_output
from custobar_formats.jsontext.writer import write_blocks, write_chunks
from custobar_formats.pipeline.options import Options, entity_of
from custobar_formats.report.written import Written, WrittenFile
from custobar_formats.schema.compiled import Schema, SchemaLike, compile_schema
from custobar_formats.text.encoding import UTF8, WINDOWS, content_type, resolve_charset

if TYPE_CHECKING:  # the CSV side is imported when it is first used: JSON does not need it
    from custobar_formats.pipeline.csv_parts import CsvShare
    from custobar_formats.pipeline.writing import CsvJob

Missing = Literal["blank", "error", "split"]


def to_csv(
    records: Iterable[Mapping[str, Any]],
    schema: SchemaLike | Schema | None = None,
    *,
    columns: Sequence[str] | None = None,
    delimiter: str = ",",
    missing: Missing = "blank",
    line_end: str = "\n",
) -> str:
    """CSV text of records; ``from_csv`` with the same schema reads them back, without their empty members.

    Values of fields that the schema does not describe come back as text; without a schema that is every value.

    Args:
        records: any number of dicts or other mappings (also ``sqlite3.Row``) of JSON values. Each record is copied when
            it arrives, so a generator may change one dict and yield it again; nested values are not copied.
        schema: as in ``from_csv``; with it, a list of scalars shares one cell, and each value is checked to read back.
        columns: the column names, in order; None takes those that the records need, in order of appearance.
        delimiter: a comma, a semicolon or a tab (or their names).
        missing: how to write a key that a record lacks and others have: ``blank`` writes a blank cell, which Custobar
            may read as "remove the value"; ``error`` refuses the record.
        line_end: ``"\\n"`` or ``"\\r\\n"``.

    Raises:
        NotExpressible: a record cannot be represented in CSV; names the record, the path and the reason.
        UsageError: an argument cannot be used.

    Example:
        >>> to_csv([{"external_id": "P1", "stock": [{"shop_id": "1", "quantity": 39}]}])
        'external_id,stock.0.shop_id,stock.0.quantity\\nP1,1,39\\n'

    """
    return encode_csv(records, schema, columns=columns, delimiter=delimiter, missing=missing, line_end=line_end).decode(
        "utf-8"
    )


def encode_csv(
    records: Iterable[Mapping[str, Any]],
    schema: SchemaLike | Schema | None = None,
    *,
    columns: Sequence[str] | None = None,
    delimiter: str = ",",
    missing: Missing = "blank",
    line_end: str = "\n",
    encoding: str = "utf-8",
) -> bytes:
    """Like ``to_csv``, as bytes in utf-8, utf-16 (little-endian with a byte order mark) or iso-8859-1.

    An alias such as ``utf-8-sig`` or ``utf-16-be`` is written as the one of the three that it stands for.

    Raises:
        NotExpressible: as in ``to_csv``, and for a character that the encoding lacks.
        UsageError: an argument cannot be used.

    Example:
        >>> encode_csv([{"name": "Käthy"}], encoding="iso-8859-1")
        b'name\\nK\\xe4thy\\n'

    """
    from custobar_formats.pipeline.writing import FileCounts

    if missing == "split":
        raise UsageError("missing='split' writes several files: use write_csv")
    with csv_job(schema, columns, delimiter, missing, line_end, writing_charset(encoding)) as job:
        job.take(checked_records(records))
        (group,) = job.groups.values()
        return b"".join(job.render(group, FileCounts()))


def write_csv(
    records: Iterable[Mapping[str, Any]],
    destination: Destination,
    schema: SchemaLike | Schema | None = None,
    *,
    columns: Sequence[str] | None = None,
    delimiter: str = ",",
    missing: Missing = "blank",
    line_end: str = "\n",
    encoding: str = "utf-8",
) -> Written:
    """Write records to a CSV file, whole or not at all, in memory that does not grow with their number.

    The destination is a path or a binary stream. With ``missing="split"`` there is one file for each set of column
    names, so that no cell is blank because a record lacks a key: ``out.csv`` becomes ``out.1.csv``, ``out.2.csv`` and
    so on, in the order of their first records. None of them appears before all are written. The other arguments are
    those of ``encode_csv``.

    Returns a summary: rows, columns, blank cells, cells that a spreadsheet would run as formulas, encoding, and the
    Content-Type header for the upload.

    Raises:
        NotExpressible: as in ``encode_csv``.
        UsageError: an argument cannot be used.
        OSError: the file cannot be written.

    Example:
        >>> import io
        >>> written = write_csv([{"a": 1}, {"a": 2, "b": 3}], io.BytesIO())
        >>> written.rows, written.blank_cells, written.content_type
        (2, 1, 'text/csv; charset=utf-8')

    """
    form: dict[str, Any] = {"delimiter": delimiter, "line_end": line_end, "encoding": encoding}
    return write_csv_rows(records, destination, schema, columns, missing=missing, **form)


def write_csv_rows(
    records: Iterable[Mapping[str, Any]],
    destination: Destination,
    schema: SchemaLike | Schema | None,
    columns: Sequence[str] | None,
    *,
    delimiter: str,
    missing: Missing,
    line_end: str = "\n",
    encoding: str,
    share: CsvShare | None = None,
) -> Written:
    """Like ``write_csv``, for records, or for parts that several processes make while the records are read."""
    from custobar_formats.pipeline.writing import FileCounts

    check_destination(destination)
    charset = writing_charset(encoding)
    if missing == "split" and not isinstance(destination, (str, os.PathLike)):
        raise UsageError("missing='split' writes several files: give the path that they are named after")
    with csv_job(schema, columns, delimiter, missing, line_end, charset) as job, ExitStack() as stack:
        if share is not None:
            share.put_into(job.group(None))
        job.take(checked_records(records))
        if len(job.groups) > MAX_SPLIT_FILES:
            reason = f"there are {len(job.groups):,} sets of column names; at most {MAX_SPLIT_FILES} files are written"
            raise NotExpressible(f"{reason}; use missing='blank'")
        files: list[WrittenFile] = []
        for number, group in enumerate(job.groups.values(), 1):
            target = destination
            if missing == "split":
                part = part_of(checked_output(destination), number)  # type: ignore[arg-type]
                target = NewFile(part) if isinstance(destination, NewFile) else part
            check_is_no_schema(target, schema)
            stream = stack.enter_context(open_whole_output(target))
            counts = FileCounts()
            for data in job.render(group, counts):
                stream.write(data)
            stream.flush()  # before any of the files appears, so that a full disk leaves all of them as they were
            files.append(counts.written(os.fsdecode(target) if isinstance(target, (str, os.PathLike)) else None))
    return Written(tuple(files), charset, content_type("text/csv", charset))


def csv_job(
    schema: SchemaLike | Schema | None,
    columns: Sequence[str] | None,
    delimiter: str,
    missing: str,
    line_end: str,
    charset: str = UTF8,
) -> CsvJob:
    """A job that writes CSV with these options."""
    from custobar_formats.csvtext.writer import CsvDialect
    from custobar_formats.pipeline.writing import CsvJob

    dialect = CsvDialect(resolve_delimiter(delimiter), line_end, charset)
    return CsvJob(compile_schema(schema), dialect, columns=checked_names("columns", columns), missing=missing)


def check_destination(destination: Destination) -> None:
    """Refuse a destination that is a schema's name, or takes no bytes, before any record is read."""
    if isinstance(destination, str) and destination in ENTITIES:
        wanted = f"the destination comes before the schema; for a file of that name, give Path({destination!r})"
        raise UsageError(f"{destination!r} is the name of a schema: {wanted}")
    check_takes_bytes(destination)


def check_is_no_schema(output: object, schema: SchemaLike | Schema | None) -> None:
    """Refuse to write over the file of a schema."""
    is_file = isinstance(schema, (str, os.PathLike)) and schema not in ENTITIES
    if is_file and is_same_file(schema, output):
        raise UsageError("the output is the schema: write to another file")


def writing_charset(encoding: str) -> str:
    """The encoding that CSV is written in.

    Raises:
        UsageError: it can only be read.

    """
    charset = resolve_charset(encoding)[0]
    if charset == WINDOWS:
        raise UsageError("windows-1252 can be read but not written: use utf-8, utf-16 or iso-8859-1")
    return charset


def to_json(
    records: Iterable[Mapping[str, Any]],
    schema: SchemaLike | Schema | None = None,
    *,
    entity: Entity | None = None,
    indent: int | None = None,
    lines: bool = False,
) -> str:
    """JSON text of records: a list, wrapped if the entity is known, or one record a line.

    Args:
        records: as in ``to_csv``.
        schema: as in ``from_csv``; the list is wrapped in the name of its entity. Values are not checked.
        entity: the wrapper's name, where the schema has none.
        indent: the spaces of each level, at most 16; without, each record is on one line.
        lines: whether to write one record a line (JSON lines), without a wrapper.

    Raises:
        NotExpressible: a value cannot be represented in JSON, such as NaN; names the record and the path.
        UsageError: an argument cannot be used.

    Example:
        >>> print(to_json([{"external_id": "P1"}], "products"), end="")
        {"products":[
        {"external_id":"P1"}
        ]}

    """
    return b"".join(json_chunks(checked_records(records), schema, entity, indent, lines)).decode()


def write_json(
    records: Iterable[Mapping[str, Any]],
    destination: Destination,
    schema: SchemaLike | Schema | None = None,
    *,
    entity: Entity | None = None,
    indent: int | None = None,
    lines: bool | None = None,
) -> int:
    """Write records as ``to_json`` does, to a path or a binary stream; returns the number of records.

    A path's file appears whole or not at all; to a stream, records are written as they come. Without ``lines``, the
    suffix of the file decides: .jsonl and .ndjson (also packed, such as .jsonl.gz) get one record a line.

    Raises:
        NotExpressible: a value cannot be represented in JSON; names the record and the path.
        UsageError: an argument cannot be used.
        OSError: the file cannot be written.

    Example:
        >>> import io
        >>> write_json([{"a": 1}], io.BytesIO(), lines=True)
        1

    """
    check_destination(destination)
    check_is_no_schema(destination, schema)
    counted = _Counted(checked_records(records))
    check_flags(lines=lines)
    by_line = is_jsonl(destination) if lines is None else lines
    chunks = json_chunks(counted, schema, entity, indent, by_line)
    with open_output(destination) as stream:
        for chunk in chunks:
            stream.write(chunk)
    return counted.count


def write_json_blocks(
    blocks: Iterable[list[Any] | bytes],
    destination: Destination,
    numbers: ExactNumbers,
    *,
    entity: str | None,
    lines: bool,
) -> None:
    """Like ``write_json``, for blocks of records that this package has read with these numbers, or of JSON lines."""
    with open_output(destination) as stream:
        for chunk in write_blocks(blocks, lambda: numbers.are_plain, entity=entity, lines=lines):
            stream.write(chunk)


@dataclass(slots=True)
class _Counted:
    records: Iterable[Any]
    count: int = 0

    def __iter__(self) -> Iterator[Any]:
        for record in self.records:
            self.count += 1
            yield record


def json_chunks(
    records: Iterable[Any],
    schema: SchemaLike | Schema | None,
    entity: Entity | None,
    indent: int | None,
    lines: bool,
) -> Iterator[bytes]:
    """JSON text, chunk by chunk; arguments are checked at the call."""
    wrapper = entity_of(compile_schema(schema), Options(entity=entity))
    check_count("indent", indent, MAX_INDENT)
    check_flags(lines=lines)
    if lines and indent is not None:
        raise UsageError("jsonl takes no indent: each record is one line")
    return write_chunks(records, entity=wrapper, indent=indent, lines=lines)
