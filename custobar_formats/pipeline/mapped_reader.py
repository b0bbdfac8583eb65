"""A block of an export's rows to a block of records and findings, by a mapping.

In: blocks of rows, and a fitted mapping. Out: records, typed as JSON's are, and findings that name the row, the line,
the column and the cell of the export. Rule: a value that was converted keeps no hint, for that would be about a text
that is not in the export.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import Finding, Severity, column_key, make_finding
from custobar_formats.core.shown import shown
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.jsontext.reader import JsonBlock
from custobar_formats.mapping.apply import MappedBlock, Mapper, locate
from custobar_formats.mapping.load import load_mapping
from custobar_formats.mapping.model import MappingLike
from custobar_formats.mapping.plan import FittedField, FittedMapping, MappingPlan, find_key
from custobar_formats.pipeline.options import Options, Wanted
from custobar_formats.pipeline.record_reader import RecordReader
from custobar_formats.records.block import FindingGroup, RecordBlock
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
        read.findings = [self._located(finding, mapped, place_of.get(finding.row or 0)) for finding in read.findings]
        read.groups = [self._relocated(group, mapped, there) for group in read.groups]
        read.findings += [*block.findings, *mapped.findings, *self._gaps(mapped)]
        wrong = {finding.row for finding in read.findings if finding.severity is Severity.ERROR}
        blank = [at for at in range(len(rows.rows)) if mapped.records[at] is ABSENT and rows.numbers[at] not in wrong]
        read.findings += [_blank_row(rows, at) for at in blank]
        read.rows = len(rows.rows) - len(blank) + block.skipped
        return read

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
        where = locate(self._fitted.labels, mapped.rows.rows[at], field)
        hint = finding.hint if finding.value in (None, where["value"]) else None
        return replace(finding, hint=hint, **where)

    def _relocated(self, group: FindingGroup, mapped: MappedBlock, there: list[int]) -> FindingGroup:
        """The group of the same findings in the terms of the export."""
        if not group.rows or group.counts is not None:
            return group
        make, place = group.make, next(iter(group.rows.values()))
        key = column_key(self._located(make(place), mapped, there[place]))

        def located(each: int) -> Finding:
            return self._located(make(each), mapped, there[each])

        return replace(group, key=key, make=located)

    def _gaps(self, mapped: MappedBlock) -> list[Finding]:
        found = []
        for at, field in mapped.gaps:
            where = partial(make_finding, row=mapped.rows.numbers[at], line=mapped.rows.lines[at])
            message = f"the list item {shown(field.plan.source.name)} is blank, but a later one has a value"
            found.append(where("list-gap", message, **locate(self._fitted.labels, mapped.rows.rows[at], field)))
        return found


def _blank_row(rows: RowBlock, at: int) -> Finding:
    message = "no mapped column has a value; the row is not a record"
    return make_finding("blank-row", message, row=rows.numbers[at], line=rows.lines[at])
