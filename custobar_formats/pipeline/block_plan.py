"""A header, a schema and options to a plan for all blocks of rows, made once per file.

In: the plan of a header, a schema, the options. Out: a ``BlockPlan``; reading blocks changes only the caches of its
readers. Rule: everything that does not depend on the rows is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from custobar_formats.core.limits import MAX_TEXT_COLUMNS
from custobar_formats.pipeline.likely_columns import NONE, LikelyColumns
from custobar_formats.pipeline.options import Options, Wanted
from custobar_formats.records.header import Branch, Column, Plan
from custobar_formats.records.json_rows import RowWriter
from custobar_formats.records.nest import ABSENT, RecordMaker
from custobar_formats.schema.coercion import Coercer
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.rules import RuleBook
from custobar_formats.text.checks import TextCheck
from custobar_formats.validation.cell_warnings import TEXT_CHECKS, csv_checks
from custobar_formats.validation.column_readers import ColumnReader, make_reader
from custobar_formats.validation.field_checks import may_be_decimal
from custobar_formats.validation.header_checks import Checks, make_checks
from custobar_formats.validation.hints import type_for_hints
from custobar_formats.validation.problems import Checker


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """The plan for each block of rows.

    Attributes:
        header: the plan of the file's header.
        columns: the columns that are part of records, by their place in the file.
        joined: the columns that hold a list in one cell.
        wanted: what the caller needs.
        blank: the value of a blank cell.
        items_move: whether a list item may move to another place than its column's, where other rules may apply.
        checks: the checks of the cells under this header.
        checker: checks records as a whole; None if nothing is checked.
        coercer: coerces the items of lists in one cell by the schema; None without a schema.
        readers: for columns whose values are not their cells, or have rules.
        text_checks: the warnings to look for in each column.
        field_checks: the warnings that only some columns have, for these columns.
        maker: makes records.
        writer: writes records as JSON text; None if that is impossible or not wanted.
        is_intricate: whether records must be made, if only to check them.
        builds: whether records are made for every block.
        identifying: the columns of the fields that are wanted by name.
        item_columns: the columns of the wanted members of all items of a list, by names such as ``stock.*.shop_id``.
        likely: the columns that probably hold fields under other names.
        in_cents: the columns of money that a mapping gives in cents.

    """

    header: Plan
    columns: dict[int, Column]
    joined: list[Column]
    wanted: Wanted
    blank: Any
    items_move: bool
    checks: Checks
    checker: Checker | None
    coercer: Coercer | None
    readers: dict[int, ColumnReader]
    text_checks: dict[int, tuple[TextCheck, ...]]
    field_checks: dict[int, list[TextCheck]]
    maker: RecordMaker
    writer: RowWriter | None
    is_intricate: bool
    builds: bool
    identifying: frozenset[int]
    item_columns: dict[str, list[int]]
    likely: LikelyColumns
    in_cents: frozenset[int]

    def needs_values(self, index: int, *, whole: bool) -> bool:
        """Whether the values of a column are needed and are not its cells; ``whole``: whether records are made."""
        reader = self.readers.get(index)
        return reader is not None and not reader.is_text and (whole or index in self.identifying)


def make_block_plan(
    header: Plan,
    schema: Schema | None,
    options: Options,
    wanted: Wanted,
    likely: LikelyColumns = NONE,
    *,
    latin1: bool,
    in_cents: frozenset[int] = frozenset(),
) -> BlockPlan:
    """The plan for a file's blocks."""
    blank: Any = {"omit": ABSENT, "erase": "", "null": None}[options.blank]
    erases, closes = options.blank != "omit", options.list_gaps == "close"
    checks = _make_checks(header, schema, wanted, erases=erases, closes=closes)
    items_move = closes and not checks.decided
    readers = _make_readers(header, schema, checks, options, items_move=items_move)
    checked = {
        column.index: csv_checks(
            schema.entity if schema is not None else None,
            column,
            has_schema=schema is not None and wanted.checks,
            latin1=latin1,
        )
        for column in header.columns
    }
    own = {index: [check for check in found if check not in TEXT_CHECKS] for index, found in checked.items()}
    maker = RecordMaker(header, blank, close=closes)
    fields = [header.tree.below.get(name) for name in wanted.fields]
    is_intricate = any(map(_is_nested, fields)) or not checks.decided or maker.is_intricate
    writer = None
    if wanted.texts and not is_intricate and blank is ABSENT and len(header.labels) <= MAX_TEXT_COLUMNS:
        bare = {index for index, reader in readers.items() if not reader.is_text}
        writer = RowWriter(header.tree, len(header.labels), bare)
    return BlockPlan(
        header=header,
        columns={column.index: column for column in header.columns},
        joined=[column for column in header.columns if column.joined],
        wanted=wanted,
        blank=blank,
        items_move=items_move,
        checks=checks,
        checker=Checker(schema, options.parse_float, erases=erases, from_columns=True)
        if schema is not None and wanted.checks
        else None,
        coercer=Coercer(schema, options.parse_float) if schema is not None and schema.plain is None else None,
        readers=readers,
        text_checks=checked,
        field_checks={index: found for index, found in own.items() if found},
        maker=maker,
        writer=writer,
        is_intricate=is_intricate,
        builds=is_intricate or (wanted.records and writer is None),
        identifying=frozenset(field.column.index for field in fields if field is not None and field.column is not None),
        item_columns={name: _every_index(header, name) for name in wanted.fields if "*" in name},
        likely=likely,
        in_cents=in_cents,
    )


def without_records(plan: BlockPlan) -> BlockPlan:
    """The plan for blocks whose records are not needed."""
    return replace(plan, writer=None, builds=plan.is_intricate)


def column_kind(plan: BlockPlan, column: Column) -> str:
    """The kind of a column: its type, ``consent`` or ``code``."""
    place = column.place
    if any(check.may_occur is may_be_decimal for check in plan.field_checks.get(column.index, ())):
        return "code"
    if column.label.rpartition(".")[2].startswith("can_"):
        return "consent"
    return "string" if place is None or column.joined else type_for_hints(place.types, place.custobar_type)


def _every_index(header: Plan, name: str) -> list[int]:
    """The columns of one member of all items of a list, such as ``stock.*.shop_id``."""
    wanted = name.split(".")
    paths = (
        (column.index, ["*" if isinstance(part, int) else part for part in column.path]) for column in header.columns
    )
    return [index for index, path in paths if path == wanted]


def _is_nested(field: Branch | None) -> bool:
    return field is not None and field.column is None


def _make_checks(header: Plan, schema: Schema | None, wanted: Wanted, *, erases: bool, closes: bool) -> Checks:
    if schema is None:
        return Checks()
    if not wanted.checks or (erases and not schema.empty_erases):
        return Checks(decided=False)  # blank cells are values like others
    return make_checks(header.tree, RuleBook(schema), blanks_stand=erases, items_move=closes)


def _make_readers(
    header: Plan, schema: Schema | None, checks: Checks, options: Options, *, items_move: bool
) -> dict[int, ColumnReader]:
    readers: dict[int, ColumnReader] = {}
    for column in header.columns if schema is not None and (schema.plain is None or checks.decided) else ():
        if items_move and column.in_list:
            continue  # only the record as a whole shows which rules apply
        rules = checks.rules.get(column.index, ()) if checks.decided else ()
        place = column.place
        if (
            schema is not None
            and place is not None
            and not column.joined
            and not (place.is_unconstrained and rules == ())
        ):
            reader = make_reader(place, rules, schema, options.parse_float, len(header.columns))
            if reader is not None:
                readers[column.index] = reader
    return readers
