"""A block of an export's rows to a block of records and findings, by a mapping.

In: blocks of rows, and a fitted mapping. Out: records, as from a CSV for Custobar, and findings that name the row, the
line, the column and the cell of the export. Rule: a value that was converted keeps no hint, for that would be about a
text that is not in the export.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from typing import Any

from custobar_formats.core.entities import FOUND_BY, found_records
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import Finding, Severity, make_finding
from custobar_formats.core.limits import MAX_LISTED_NAMES
from custobar_formats.core.number_cells import marked_rows
from custobar_formats.core.paths import format_pointer
from custobar_formats.core.shown import quoted, shown
from custobar_formats.csvtext.rows import CellChange, RowBlock
from custobar_formats.mapping.apply import MappedBlock, Mapper, is_copied
from custobar_formats.mapping.carried import Carried, MappedEnd
from custobar_formats.mapping.fit import FittedMapping
from custobar_formats.mapping.load import load_mapping
from custobar_formats.mapping.model import MappingLike
from custobar_formats.mapping.plan import MappingPlan
from custobar_formats.notation.money import MarkProof
from custobar_formats.pipeline.block_findings import with_label
from custobar_formats.pipeline.block_fixer import BlockFixer, Export
from custobar_formats.pipeline.block_plan import make_block_plan
from custobar_formats.pipeline.block_reader import BlockReader
from custobar_formats.pipeline.fixed_text import FixedText
from custobar_formats.pipeline.money_columns import MoneyColumns
from custobar_formats.pipeline.options import Options, Wanted
from custobar_formats.records.block import FindingGroup, RecordBlock
from custobar_formats.schema.compiled import Schema, SchemaLike, compile_schema
from custobar_formats.validation.cell_warnings import block_checks
from custobar_formats.validation.explanations import required_names
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


STEPS = {
    "boolean": "give the words for it: true = [...], false = [...]",
    "money": 'name the unit: unit = "major"',
    "date": 'name the notation: dates = "d.m.y"',
    "datetime": 'name the notation: dates = "d.m.y"',
    "phone_number": 'name the country: country = "FI"',
    "country_code": 'give the codes: values = { Finland = "FI" }',
    "language_code": 'give the codes: values = { Finnish = "fi" }',
}
"""The step that reads what is wrong in all cells of a column, by the type of the field."""

LIST_STEPS = {
    "item-whitespace": 'split and trim the items: split = ","',
    "doubtful-list": 'name what divides the items: split = ";"',
}
"""The step that makes a list of a text, by the code of the warning about one that was split at commas."""


AROUND = ("outer-whitespace", "spreadsheet-artefact")
"""Codes of what stands around a value, also after the steps of its field: without it, the value is that of the fix."""

IS_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?").fullmatch


class MappedReader:
    """Reads the blocks of one file by a mapping, or of a part of it, which ``before`` stands before.

    Attributes:
        money: the columns of money of the records.
        blocks: reads these records.
        found: what the blocks have shown about the whole file.

    """

    def __init__(
        self,
        fitted: FittedMapping,
        schema: Schema | None,
        options: Options,
        wanted: Wanted,
        money: MoneyFields,
        *,
        latin1: bool,
        before: Carried | None = None,
        proves: bool = False,
    ) -> None:
        self._fitted = fitted
        checks = block_checks(has_schema=schema is not None, latin1=latin1)
        fixes = options.fixes
        self._mapper = Mapper(fitted, checks, None if fixes is None else "all" if fixes.unsafe else "safe", before)
        self.money = columns = MoneyColumns(fitted.records, money)
        money.may_occur = bool(columns)
        in_cents = frozenset(place for place, field in fitted.fields.items() if "unit" in field.plan.source.arguments)
        plan = make_block_plan(fitted.records, schema, options, wanted, latin1=latin1, in_cents=in_cents)
        self.blocks = BlockReader(plan, columns)
        export = Export(
            fitted.labels, {index: at for at, each in reversed(fitted.fields.items()) for index in each.indices}
        )
        self.fixer = None if options.fixes is None else BlockFixer(plan, options.fixes, export)
        self._place_of = {label: place for place, label in enumerate(fitted.records.labels)}
        by_name = {each.plan.source.name: place for place, each in fitted.fields.items() if each.indices}
        finding = () if fitted.entity is None else FOUND_BY[fitted.entity]
        self._key = next((by_name[name] for name in finding if name in by_name), None)
        in_units = [fitted.fields[place] for place in in_cents]
        self._decimals = {
            index: field.plan.source.arguments.get("decimal") for field in in_units for index in field.indices
        }
        self._filled = fitted.only_filled() if wanted.as_read else []
        self._keeps_rows, self._keeps_changes = wanted.as_read, wanted.fixed
        self._copied = {format_pointer(field.plan.column.path) for field in fitted.fields.values() if is_copied(field)}
        carried = self._mapper.carried
        proofs = {label: MarkProof() for label in fitted.records.labels} if proves else {}
        self.found = MappedEnd(carried, carried, end=self._mapper.end, proofs=proofs)
        self._schema = schema
        self._lacking: dict[tuple[str | None, str | None], list[int]] = {}

    def with_fix(self, finding: Finding) -> Finding:
        """A finding with the fix that the whole file decides; where a step makes the value, only if it has one."""
        return self.blocks.decisions.with_fix(finding, is_mapped=finding.path not in self._copied)

    def run_up(self, blocks: Iterable[RowBlock]) -> None:
        """Take the rows of blocks for those before the first one."""
        for block in blocks:
            self._mapper.run(block)
        self.found.before = self._mapper.carried

    def read(self, block: RowBlock) -> RecordBlock:
        """The records and the findings of a block that may have no rows."""
        block.findings = [with_label(finding, self._fitted.labels) for finding in block.findings]
        return self._read(block).finish()

    def _read(self, block: RowBlock) -> RecordBlock:
        mapped = self._mapper.map(block)
        if self.found.end is None and self._mapper.end is not None:
            self.found.end = self._mapper.end
            if block.has_numbers:  # a row of a sheet has the number that the spreadsheet program shows
                lines = dict(zip(block.numbers, block.lines, strict=True))
                lines |= {each.row: each.line for each in block.findings if each.row is not None and each.line}
                self.found.end = lines.get(self.found.end, self.found.end)
        changes: list[CellChange] = []
        if self.fixer is not None:
            mapped.cells, changes = self.fixer.fix(mapped.cells)
            changes = [self._in_export(change, mapped) for change in [*changes, *mapped.changes]]
        there = len(mapped.cells.rows)
        read = self.blocks.read(mapped.cells) if there else RecordBlock(findings=mapped.cells.findings)
        read.findings = [
            self._located(finding, mapped) for finding in read.findings if not self._follows(finding, mapped)
        ]
        self._relocate(read, mapped)
        read.unread = {self._fitted.fields[place].plan.source.name: rows for place, rows in mapped.wrong.items()}
        read.findings += [*self._of_rows(block, mapped), *self._unnamed(mapped)]
        self.found.rows += there
        if self._key is not None and there:
            self.found.without_key += mapped.cells.columns[self._key].count("")
        unread = mapped.blank.intersection(chain.from_iterable(mapped.wrong.values()))
        read.findings += [_blank_row(mapped, number) for number in sorted(mapped.blank - unread)]
        read.rows += len(unread) + self._skipped(block, mapped)
        if self._keeps_rows:
            rows = sorted([*self._filled_rows(block, mapped).items(), *block.misfits])
            read.as_read = [*marked_rows(rows, self._decimals)] if block.has_numbers else rows
        if self._keeps_changes:
            FixedText(self._fitted.labels, None, "").add(read, block, changes)
        for label, proof in self.found.proofs.items():
            proof.add(record[label] for record in read.records if label in record)
        return read

    def settled(self) -> MappedEnd:
        """What the blocks of a part of a file have shown, after the last one."""
        mapper = self._mapper
        return replace(self.found, after=mapper.carried, differ=mapper.differ, skipped=mapper.skipped)

    def _filled_rows(self, block: RowBlock, mapped: MappedBlock) -> dict[int, list[str]]:
        """The rows of the file by their numbers, with the values above that they take: each can be read alone."""
        rows = dict(zip(block.numbers, block.rows, strict=True))
        for index, within in self._filled:
            for number, cell in zip(mapped.export.numbers, mapped.filled[index, within], strict=True):
                if cell and not rows[number][index]:
                    rows[number] = [*rows[number][:index], cell, *rows[number][index + 1 :]]
        return rows

    def _unnamed(self, mapped: MappedBlock) -> list[Finding]:
        """The findings about cells of columns without a name, whose values would be lost."""
        export, message = mapped.export, "the cell is in a column without a name, so no field can come from it"
        hint = 'name the column, or leave such columns out: ignore = [""]'
        return [
            make_finding(
                "blank-label",
                message,
                hint=hint,
                severity=Severity.ERROR,
                row=export.numbers[at],
                line=export.lines[at],
                column=index + 1,
                label="",
                value=cell,
            )
            for index in (self._fitted.unnamed if export.rows else ())
            for at, cell in enumerate(export.columns[index])
            if cell
        ]

    def _of_rows(self, block: RowBlock, mapped: MappedBlock) -> list[Finding]:
        """The findings about the rows of the file, without those that the mapping leaves out."""
        end, hides = self._mapper.end, bool(self._fitted.withheld)
        return [
            replace(finding, context=None, value=None) if hides and finding.context else finding
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
        block = RecordBlock(findings=self._about_keys())
        for source in self._fitted.added:
            value, by = source.arguments["constant"], source.arguments["added"]
            message = (
                f"{source.name} is {quoted(value)} in all {self.found.rows:,} records, by {by}; no column gives it"
            )
            block.findings.append(make_finding("added-constant", message))
        if self._fitted.dropped:
            columns, names = self._fitted.dropped, ", ".join(map(shown, self._fitted.dropped[:MAX_LISTED_NAMES]))
            more = len(columns) - MAX_LISTED_NAMES
            message = f"{len(columns):,} column{'' if len(columns) == 1 else 's'} left out by the mapping: {names}"
            message += f" and {more:,} more" if more > 0 else ""
            block.findings.append(make_finding("ignored-columns", message))
        if count := self._mapper.skipped + self.found.skipped:
            message = f"{count:,} row{'' if count == 1 else 's'} left out by the conditions of the mapping"
            message += f", the last ones from row {self.found.end:,} on" if self.found.end is not None else ""
            block.findings.append(make_finding("skipped-rows", message))
        return block

    def _about_keys(self) -> list[Finding]:
        if self._key is None or self._fitted.entity is None:
            return []
        source = self._fitted.fields[self._key].plan.source
        columns = " + ".join(map(shown, source.columns))
        found = self.found
        lacking = f"{found.without_key:,} of {found.rows:,} lack it" if found.without_key else "all have it"
        message = f"{found_records(self._fitted.entity)} are found by {source.name}, from {columns}: {lacking}"
        return [make_finding("identified-by", message)]

    def _located(self, finding: Finding, mapped: MappedBlock) -> Finding:
        """A finding about a field's cell, with the place of the cell of the export."""
        field = None if finding.column is None else self._fitted.fields[finding.column - 1]
        if finding.row is None or field is None or not field.indices:
            return finding
        at = bisect_left(mapped.export.numbers, finding.row)
        where = mapped.locate(self._fitted, at, field)
        is_about_it = finding.code in ("unmappable-value", "missing-field") or finding.value == where["value"]
        step = STEPS.get(field.plan.target.kind or "") if finding.rule in ("type", "pattern", "enum") else None
        if field.plan.target.kind == "list":
            step = LIST_STEPS.get(finding.code, step)
        if step == STEPS["date"] and IS_ISO(where["value"]):
            step = None  # another notation is not what is wrong with it
        hint = finding.hint if is_about_it else None
        if step is not None and not field.plan.converts:
            hint = f"{hint}; or, in the mapping, {step}" if hint else f"in the mapping, {step}"
        if finding.value != where["value"] and finding.code not in AROUND:
            where |= {"fix": None, "fix_is_safe": None}
        return replace(finding, hint=hint, **where)

    def _in_export(self, change: CellChange, mapped: MappedBlock) -> CellChange:
        """A change of a field's cell, with the column of the export."""
        field = self._fitted.fields[change.column - 1]
        if len(field.indices) == 1:
            return change._replace(column=field.indices[0] + 1)
        where = mapped.locate(self._fitted, bisect_left(mapped.export.numbers, change.row), field)
        return change._replace(column=where["column"])

    def _relocate(self, read: RecordBlock, mapped: MappedBlock) -> None:
        """Put the groups of a block in the terms of the export; those whose rows have several columns are made."""
        groups, read.groups = read.groups, []
        for group in groups:
            place = self._place_of.get(group.key)
            if place is None or not self._fitted.fields[place].indices:
                read.groups += self._not_following(group, mapped)
                continue
            unread = mapped.wrong.get(place, ())
            rows = {row: at for row, at in group.rows.items() if row not in unread}
            indices, make = self._fitted.fields[place].indices, group.make
            if len(indices) > 1:
                read.findings += [self._located(make(at), mapped) for at in rows.values()]
            elif rows:
                label = self._fitted.labels[indices[0]]
                located = lambda at, make=make: self._located(make(at), mapped)  # noqa: E731 - of this group
                read.groups.append(replace(group, key=label, rows=rows, make=located))

    def _follows(self, finding: Finding, mapped: MappedBlock) -> bool:
        """Whether a finding is only about the blank that an unreadable value has left."""
        if finding.code == "unmappable-value" or not mapped.wrong:
            return False
        if finding.column is not None:
            return finding.row in mapped.wrong.get(finding.column - 1, ())
        return any(finding.row in mapped.wrong.get(place, ()) for place in self._places_lacking(finding))

    def _not_following(self, group: FindingGroup, mapped: MappedBlock) -> list[FindingGroup]:
        """A group about no cell, without the rows in which an unreadable value is the cause; none if no row is left."""
        if group.code != "missing-field" or not mapped.wrong:
            return [group]
        places = self._places_lacking(group.make(next(iter(group.rows.values()))))
        unread = set[int]().union(*(mapped.wrong.get(place, ()) for place in places))
        rows = {row: at for row, at in group.rows.items() if row not in unread}
        return [replace(group, rows=rows)] if rows else []

    def _places_lacking(self, finding: Finding) -> list[int]:
        """The places of the fields of which a finding says that a record lacks them, or all of them."""
        if finding.code != "missing-field":
            return []
        key = finding.path, finding.schema_path
        if key not in self._lacking:
            there = [finding.path or ""]
            if finding.rule == "anyOf":
                names = required_at(self._schema, finding.schema_path or "")
                there = [f"{there[0]}{format_pointer([name])}" for name in names]
            pointers = {place: format_pointer(column.path) for place, column in enumerate(self._fitted.records.columns)}
            self._lacking[key] = [
                place
                for place, pointer in pointers.items()
                if any(pointer == each or pointer.startswith(f"{each}/") for each in there)
            ]
        return self._lacking[key]


def required_at(schema: Schema | None, pointer: str) -> list[str]:
    """The names in the ``required`` of the branches of a union, by its place in a schema."""
    value: Any = schema.document.root if schema is not None else {}
    for token in pointer.split("/")[1:]:
        value = value[int(token) if isinstance(value, list) else token.replace("~1", "/").replace("~0", "~")]
    return [name for names in required_names(value) or () for name in names]


def _blank_row(mapped: MappedBlock, number: int) -> Finding:
    """The finding for a row in which no field has a value."""
    line = mapped.export.lines[bisect_left(mapped.export.numbers, number)]
    message = "no column that a field comes from has a value; the row is not a record"
    return make_finding("blank-row", message, row=number, line=line)
