"""A first look at a file: its encoding, delimiter and columns, without any checks by a schema.

In: a source. Out: how it is read and why; for each column, how full it is and what its values look like. Rule:
everything about values is a guess from the values read so far.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from custobar_formats.core.findings import Severity
from custobar_formats.core.limits import INSPECTED_EXAMPLES, MAX_INSPECTED_PATHS, MAX_INSPECTED_ROWS
from custobar_formats.core.scalars import format_scalar, parse_integer, parse_number
from custobar_formats.files.source import ByteInput, Source, TextInput, open_input
from custobar_formats.pipeline.collecting import undisturbed
from custobar_formats.pipeline.options import Options, Wanted
from custobar_formats.pipeline.reading import Reading
from custobar_formats.report.contents import SourceInfo
from custobar_formats.report.report import Collector, Report

DATE_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATETIME_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.*")
VALUE_KINDS = ("integer", "number", "boolean", "date", "datetime", "text")


@dataclass(slots=True)
class InspectedColumn:
    """A column, or a path of JSON records with ``*`` for list indices.

    Attributes:
        label: its name.
        filled: the number of rows in which it has a value.
        kinds: the kinds of its values.
        examples: some of its values, each once.

    """

    label: str
    filled: int = 0
    kinds: set[str] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)

    def add(self, value: Any) -> None:
        """Add a value."""
        kind = value_kind(value)
        self.kinds.add(kind)
        text = format_scalar(value)
        if len(self.examples) < INSPECTED_EXAMPLES and text not in self.examples:
            self.examples.append(text)

    @property
    def kind(self) -> str:
        """The kind of all its values; blank if there are none."""
        kinds = self.kinds
        if not kinds:
            return ""
        if kinds == {"integer", "number"}:
            return "number"
        if kinds == {"date", "datetime"}:
            return "datetime"
        return next(iter(kinds)) if len(kinds) == 1 else "text"


@dataclass(frozen=True, slots=True)
class Inspection:
    """The result of a first look at a file.

    Attributes:
        report: how it is read, the number of records that were read, the findings about the file as a whole and its
            header, and the errors in its rows.
        is_whole: whether these are all its records.
        columns: in the order of the file.

    """

    report: Report
    is_whole: bool
    columns: tuple[InspectedColumn, ...]

    @property
    def source(self) -> SourceInfo:
        """How it is read."""
        return self.report.source

    @property
    def rows(self) -> int:
        """The number of records that were read."""
        return self.report.rows


def value_kind(value: Any) -> str:
    """The kind of a value, one of ``VALUE_KINDS``."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if parse_integer(value, fraction=False) is not None:
        return "integer"
    if parse_number(value) is not None:
        return "number"
    if value in ("true", "false"):
        return "boolean"
    return "date" if DATE_TEXT.fullmatch(value) else "datetime" if DATETIME_TEXT.fullmatch(value) else "text"


def inspect_source(source: Source | TextInput | ByteInput, options: Options) -> Inspection:
    """Read the beginning of a source, or all of it if it is short, and describe it.

    Raises:
        UsageError: an option is invalid.
        OSError: the file cannot be read.

    """
    columns: dict[str, InspectedColumn] = {}
    found, is_whole = Collector(), True
    with open_input(source) as opened:
        reading = Reading(opened, None, options, Wanted(checks=False))
        for block in undisturbed(reading.blocks()):
            found.add_all(each for each in block.findings if each.row is None or each.severity is Severity.ERROR)
            for label in reading.labels or ():
                columns.setdefault(label, InspectedColumn(label))
            for record in block.records:
                _take(record, columns, is_csv=reading.info.is_table)
            found.rows += len(block.records)
            if found.rows >= MAX_INSPECTED_ROWS:
                is_whole = False
                break
    return Inspection(found.build(reading.info), is_whole, tuple(columns.values()))


def _take(record: Any, columns: dict[str, InspectedColumn], *, is_csv: bool) -> None:
    seen = set()
    for label, value in _leaves(record, "", is_csv=is_csv):
        if label not in columns and len(columns) >= MAX_INSPECTED_PATHS and not is_csv:
            continue
        column = columns.setdefault(label, InspectedColumn(label))
        column.add(value)
        if label not in seen:
            seen.add(label)
            column.filled += 1


def _leaves(value: Any, label: str, *, is_csv: bool) -> Iterator[tuple[str, Any]]:
    if isinstance(value, (dict, list)):
        for part, member in value.items() if isinstance(value, dict) else enumerate(value):
            name = "*" if isinstance(part, int) and not is_csv else str(part)
            yield from _leaves(member, f"{label}.{name}" if label else name, is_csv=is_csv)
    elif value is not None and value != "":
        yield label, value
