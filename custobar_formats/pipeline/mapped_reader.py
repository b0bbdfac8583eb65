"""A block of an export's rows to a block of records and findings, by a mapping.

In: blocks of rows, and a fitted mapping. Out: records, typed as JSON's are, and findings that name the row, the line,
the column and the cell of the export. Rule: a value that was converted keeps no hint, for that would be about a text
that is not in the export.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import Finding, Severity, column_key, make_finding
from custobar_formats.core.shown import shown
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.jsontext.reader import JsonBlock
from custobar_formats.mapping.apply import MappedBlock, Mapper
from custobar_formats.mapping.load import load_mapping
from custobar_formats.mapping.model import MappingLike
from custobar_formats.mapping.plan import FittedField, FittedMapping, MappingPlan, find_key
from custobar_formats.pipeline.options import Options, Wanted
from custobar_formats.pipeline.record_reader import RecordReader
from custobar_formats.records.block import RecordBlock
from custobar_formats.records.nest import ABSENT
from custobar_formats.schema.compiled import Schema, SchemaLike, compile_schema
from custobar_formats.validation.mixed_money import MoneyFields
from custobar_formats.validation.problems import Checker


def plan_mapping(mapping: MappingLike, schema: SchemaLike | Schema | None) -> tuple[MappingPlan, Schema]:
    """The plan of a mapping, and the schema: that of the mapping's entity if none is given.

    Raises:
        UsageError: the mapping is wrong in itself, or of another entity than the schema.

    """
    loaded = load_mapping(mapping)
    compiled = compile_schema(loaded.entity if schema is None else schema)
    assert compiled is not None
    if compiled.entity not in (None, loaded.entity):
        raise UsageError(f"{loaded.name} maps {loaded.entity}, and the schema is that of {compiled.entity}")
    checker = Checker(compiled)
    return MappingPlan(loaded, compiled, checker.is_clean_at), compiled


class MappedReader:
    """Reads the blocks of one file by a mapping."""

    def __init__(
        self, fitted: FittedMapping, schema: Schema | None, options: Options, wanted: Wanted, money: MoneyFields
    ) -> None:
        blank = {"omit": ABSENT, "erase": "", "null": None}[options.blank]
        self._fitted = fitted
        self._mapper = Mapper(fitted, blank, close=options.list_gaps == "close")
        self._records = RecordReader(schema, options.parse_float, money, wanted.findings)
        self._key = find_key(fitted)
        self._rows = self._without_key = 0

    def read(self, block: RowBlock) -> RecordBlock:
        """The records and the findings of a block."""
        mapped = self._mapper.map(block)
        gaps = {at for at, _ in mapped.gaps}
        there = [at for at, record in enumerate(mapped.records) if record is not ABSENT and at not in gaps]
        rows = mapped.rows
        numbers, lines = [rows.numbers[at] for at in there], [rows.lines[at] for at in there]
        records = [mapped.records[at] for at in there]
        self._rows += len(records)
        if self._key is not None:
            self._without_key += sum(self._key.plan.source.name not in record for record in records)
        find = self._records.find_unchecked
        unchecked = list(range(len(records))) if find is None else find(records)[0]
        read = self._records.read(JsonBlock(records, numbers, lines, unchecked))
        place_of = dict(zip(numbers, there, strict=True))
        read.findings = [
            self._located(finding, mapped, place_of.get(finding.row or 0))
            for finding in read.findings
            if not self._is_explained(finding, mapped)
        ]
        self._relocate(read, mapped, there)
        read.findings += [*self._of_rows(block, mapped), *mapped.findings, *self._gaps(mapped)]
        wrong = {finding.row for finding in read.findings if finding.severity is Severity.ERROR}
        blank = [at for at in range(len(rows.rows)) if mapped.records[at] is ABSENT and rows.numbers[at] not in wrong]
        read.findings += [_blank_row(rows, at) for at in blank]
        read.rows = len(rows.rows) - len(blank) + self._skipped(block, mapped)
        return read

    def _is_explained(self, finding: Finding, mapped: MappedBlock) -> bool:
        """Whether a field is missing only because its cell cannot be read, which has a finding."""
        if finding.code != "missing-field" or not mapped.wrong:
            return False
        field = self._field_of(finding.path or "")
        return field is not None and (finding.row, field.plan.source.name) in mapped.wrong

    def _of_rows(self, block: RowBlock, mapped: MappedBlock) -> list[Finding]:
        """The findings about the rows of the file, without those that the mapping leaves out."""
        end = self._mapper.end
        return [
            finding
            for finding in block.findings
            if finding.row is None or not (finding.row in mapped.left_out or (end is not None and finding.row > end))
        ]

    def _skipped(self, block: RowBlock, mapped: MappedBlock) -> int:
        """How many rows should be records but are not; nothing behind the end should be one."""
        here = {number for number, cells in block.misfits if any(cells)}
        count = len(here - mapped.left_out)
        return count if self._mapper.end is not None else block.skipped - len(here) + count

    def finish(self) -> RecordBlock:
        """The findings about the file as a whole."""
        block = self._records.finish()
        block.findings += self._about_keys()
        for name, value in self._fitted.added.items():
            message = f"{name} is {value!r} in all {self._rows:,} records, by --with; no column gives it"
            block.findings.append(make_finding("added-constant", message))
        if self._mapper.skipped:
            count = self._mapper.skipped
            message = f"{count:,} row{'' if count == 1 else 's'} left out by the conditions of the mapping"
            block.findings.append(make_finding("skipped-rows", message))
        return block

    def _about_keys(self) -> list[Finding]:
        if self._key is None:
            return []
        source = self._key.plan.source
        columns = " + ".join(map(shown, source.columns))
        lacking = f"{self._without_key:,} of {self._rows:,} lack it" if self._without_key else "all have it"
        message = f"records are found by {source.name}, from {columns}: {lacking}"
        return [make_finding("identified-by", message)]

    def _field_of(self, pointer: str) -> FittedField | None:
        """The field that a place in a record comes from, or would come from if it is missing."""
        branch = self._fitted.records.tree
        for part in pointer.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            below = branch.below.get(int(key) if branch.is_list and key.isdigit() else key)
            if branch.column is not None or below is None:
                break
            branch = below
        return None if branch.column is None else self._fitted.fields[branch.column.index]

    def _located(self, finding: Finding, mapped: MappedBlock, at: int | None) -> Finding:
        field = self._field_of(finding.path or "")
        if at is None or field is None or not field.indices:
            return finding
        where = mapped.locate(self._fitted.labels, at, field)
        hint = finding.hint if finding.value in (None, where["value"]) else None
        return replace(finding, hint=hint, **where)

    def _relocate(self, read: RecordBlock, mapped: MappedBlock, there: list[int]) -> None:
        """Put the groups of a block in the terms of the export; those whose rows have several columns are made."""

        def located(make: Callable[[int], Finding], place: int) -> Finding:
            return self._located(make(place), mapped, there[place])

        groups, read.groups, keys = read.groups, [], dict[str, str]()
        for group in groups:
            make, rows = group.make, group.rows
            if group.code == "missing-field" and mapped.wrong:
                rows = {row: at for row, at in rows.items() if not self._is_explained(make(at), mapped)}
            if group.counts is not None or not rows:
                read.groups += [replace(group, key=keys.get(group.key, group.key))] if rows else []
                continue
            first = located(make, next(iter(rows.values())))
            field = self._field_of(first.path or "")
            keys[group.key] = column_key(first)
            if field is not None and ("*" in group.key or len(field.indices) > 1):
                read.findings += [located(make, place) for place in rows.values()]
            else:
                read.groups.append(replace(group, key=column_key(first), rows=rows, make=partial(located, make)))

    def _gaps(self, mapped: MappedBlock) -> list[Finding]:
        found = []
        for at, field in mapped.gaps:
            where = partial(make_finding, row=mapped.rows.numbers[at], line=mapped.rows.lines[at])
            message = f"the list item {shown(field.plan.source.name)} is blank, but a later one has a value"
            found.append(where("list-gap", message, **mapped.locate(self._fitted.labels, at, field)))
        return found


def _blank_row(rows: RowBlock, at: int) -> Finding:
    message = "no mapped column has a value; the row is not a record"
    return make_finding("blank-row", message, row=rows.numbers[at], line=rows.lines[at])
