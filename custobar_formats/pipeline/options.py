"""How to read, and what the caller needs from the result.

In: the options of a caller. Out: the same, checked when they are made.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from custobar_formats.core.arguments import check_count, check_option
from custobar_formats.core.entities import Entity, checked_entity
from custobar_formats.core.errors import UsageError, invalid_argument
from custobar_formats.core.scalars import plain_scalar
from custobar_formats.core.shown import shown
from custobar_formats.csvtext.delimiter import Delimiter, resolve_delimiter
from custobar_formats.schema.compiled import Schema
from custobar_formats.text.encoding import parse_content_type, resolve_charset

if TYPE_CHECKING:
    from custobar_formats.csvtext.writer import CsvDialect
    from custobar_formats.mapping.amounts import OpenAmounts
    from custobar_formats.mapping.fit import EveryColumn
    from custobar_formats.mapping.plan import MappingPlan

BLANKS = ("omit", "erase", "null")
LIST_GAPS = ("error", "close")
FORMATS = ("csv", "json", "jsonl")
GIVEN = ("format", "encoding", "delimiter", "content_type", "blank", "list_gaps", "min_rows", "header", "sheet")
FORMAT_SUFFIXES = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"}


@dataclass(frozen=True, slots=True)
class Fixes:
    """How a file is fixed.

    Attributes:
        decisions: by the name of a column, the decision about it.
        marks: by the name of a column of money in a spreadsheet, the decimal mark that its number cells are written
            with; None if they must not show one.
        names: by the name of a column in the file, the name of the field that it is.
        unsafe: whether fixes are applied that are not certain.
        country: the country of telephone numbers without a country code.
        untouched: the columns that are not fixed.

    """

    decisions: Mapping[str, Hashable] = field(default_factory=dict)
    marks: Mapping[str, str | None] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    unsafe: bool = False
    country: str | None = None
    untouched: frozenset[str] = frozenset()

    def named(self, labels: list[str]) -> list[str]:
        """The names of the columns in the fixed file."""
        return [self.names.get(label, label) for label in labels]


@dataclass(frozen=True, slots=True)
class Options:
    """How to read; checked when the object is made.

    Raises:
        UsageError: an option is unknown, or two contradict each other.
        UnsupportedCharset: the encoding is not supported.

    """

    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    content_type: str | None = None
    blank: str = "omit"
    list_gaps: str = "error"
    entity: Entity | None = None
    parse_float: Callable[[str], Any] = float
    min_rows: int | None = None
    header: int | None = None
    mapping: MappingPlan | OpenAmounts | EveryColumn | None = None
    sheet: str | int | None = None
    fixes: Fixes | None = None

    def __post_init__(self) -> None:
        for name in GIVEN:  # not as members of an enumeration, of which other processes know nothing
            if not isinstance(given := getattr(self, name), Delimiter):
                object.__setattr__(self, name, plain_scalar(given))
        for name, allowed in (("format", (None, *FORMATS)), ("blank", BLANKS), ("list_gaps", LIST_GAPS)):
            if not isinstance(getattr(self, name), str | None) or getattr(self, name) not in allowed:
                words = ", ".join(word for word in allowed if word)
                raise UsageError(f"{name}={shown(getattr(self, name))}: use one of {words}")
        if self.entity is not None:
            object.__setattr__(self, "entity", checked_entity(self.entity))
        check_option("content_type", self.content_type, str, "a Content-Type header, such as 'text/csv; charset=utf-8'")
        check_count("min_rows", self.min_rows)
        if self.delimiter is not None:
            resolve_delimiter(self.delimiter)
        check_count("header", self.header, least=1)
        check_option("sheet", self.sheet, (str, int), "the name of a sheet, or its number from 1 on")
        if not isinstance(self.sheet, str):
            check_count("sheet", self.sheet, least=1)
        if self.mapping is not None:
            if self.declared_format not in (None, "csv"):
                raise UsageError("a mapping is for CSV: JSON has fields, not columns")
            if self.header is None:
                object.__setattr__(self, "header", self.mapping.header)
        _ = self.charset, self.declared_format

    @property
    def charset(self) -> str | None:
        """The encoding that either option declares."""
        encoding = None if self.encoding is None else resolve_charset(self.encoding)[0]
        if self.content_type is None:
            return self.encoding
        charset = parse_content_type(self.content_type)[1]
        if encoding is None:
            return charset
        if "charset" in self.content_type.lower() and encoding != charset:
            raise UsageError(f"encoding {shown(self.encoding)} contradicts the content type {shown(self.content_type)}")
        return self.encoding

    @property
    def declared_format(self) -> str | None:
        """The format that either option declares."""
        typed = parse_content_type(self.content_type)[0] if self.content_type is not None else None
        if self.format is not None and typed is not None and self.format != typed:
            raise UsageError(f"format {shown(self.format)} contradicts the content type {shown(self.content_type)}")
        return self.format or typed


class TakesParts(Protocol):
    """Takes the parts of a CSV file of this form, in their order."""

    dialect: CsvDialect

    def merge(self, part: Any) -> None:
        """Add a part; None if there is none."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The parts of a reading that a caller needs.

    Attributes:
        records: whether the records are needed, or only the ``fields``.
        texts: whether records are wanted as JSON text, if it can be made from their cells alone.
        fields: the names of the fields that are needed.
        checks: whether records are checked, or only nested and typed.
        as_read: whether the original rows of a CSV file are wanted too.
        blanks: whether blank cells are counted.
        findings: the number of findings of one code in one column that are needed; None means all.
        number_cells: whether the texts of a spreadsheet's number cells show that they are such.
        crossed: the entity whose records are checked against each other; None if they are not.
        fixed: whether the text of a fixed file is wanted, and the changes.
        csv: takes the parts of a CSV file if several processes make them, in place of records.
        is_needless: whether the records of some rows of a table are not needed, by the numbers of the rows.

    """

    records: bool = True
    texts: bool = False
    fields: tuple[str, ...] = ()
    checks: bool = True
    as_read: bool = False
    blanks: bool = False
    findings: int | None = None
    number_cells: bool = False
    crossed: str | None = None
    fixed: bool = False
    is_needless: Callable[[Sequence[int]], bool] | None = None
    csv: TakesParts | None = None


EVERYTHING = Wanted()


def entity_of(schema: Schema | None, options: Options) -> Entity | None:
    """The entity of the schema, or else of the options; None if neither has one.

    Raises:
        UsageError: they contradict each other.

    """
    named = schema.entity if schema is not None else None
    if None not in (named, options.entity) and named != options.entity:
        raise invalid_argument("entity", options.entity, f" contradicts the schema, which is that of {named}")
    return named or options.entity


def for_format(options: Options, format_: str) -> Options:
    """The options for reading a format; a delimiter and an encoding apply only to CSV."""
    return options if format_ == "csv" else replace(options, delimiter=None, encoding=None)
