"""A CSV file to the same file with what is certain applied, a list of the changes, and a report on what is left.

In: a source, a schema, options. Out: CSV, JSON or JSON lines; the changes; a report. Rules: the columns are decided by
the whole file, so it is read again if its end decides otherwise than its beginning; no row and no cell is lost.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import IO

from custobar_formats.core.entities import ENTITIES, checked_entity
from custobar_formats.core.findings import Finding, Severity, make_finding
from custobar_formats.core.limits import CHUNK, DECIDING_ROWS, SPOOLED_BYTES
from custobar_formats.core.spreadsheet import strip_artefacts
from custobar_formats.files.output import Output
from custobar_formats.files.source import ByteInput, TextInput
from custobar_formats.files.temporary import open_temporary
from custobar_formats.mapping.export_column import ExportColumn
from custobar_formats.mapping.suggest import suggest_fields
from custobar_formats.mapping.synonyms import meaning_of
from custobar_formats.pipeline.changes import Change, Changes
from custobar_formats.pipeline.collecting import collect, cross_check, finish_checks, make_cross_checks, undisturbed
from custobar_formats.pipeline.export_columns import sample_export
from custobar_formats.pipeline.fixed_text import FixedText, take_without_cell
from custobar_formats.pipeline.jobs import Executor
from custobar_formats.pipeline.options import Fixes, Options, Wanted, entity_of
from custobar_formats.pipeline.original import Original
from custobar_formats.pipeline.reading import Reading
from custobar_formats.records.block import RecordBlock
from custobar_formats.records.header import plan_header
from custobar_formats.report.report import Collector, Report
from custobar_formats.schema.compiled import Schema
from custobar_formats.text.encoding import UTF8
from custobar_formats.validation.across_records import CrossChecks
from custobar_formats.validation.problems import Checker

NO_MATTER = re.compile(r"[\s_-]+")
"""What does not count in a column name that is certainly a field's."""


@dataclass(slots=True)
class FixedFile:
    """One attempt to fix a file: what it gave, and what the whole file shows.

    Attributes:
        report: on the fixed file.
        changes: all changes.
        text: the fixed CSV.
        is_whole: whether the file could be read to its end.
        shown: how it would be fixed by what its columns show.
        is_settled: whether that is how it was fixed.
        mixed: the fields of money that have whole amounts beside amounts with decimals.
        misnamed: the fields that columns were named although a value does not fit.

    """

    report: Report
    changes: Changes
    text: IO[bytes]
    is_whole: bool
    shown: Fixes
    is_settled: bool
    mixed: frozenset[str]
    misnamed: frozenset[str]

    def whole_text(self) -> str:
        """The fixed CSV."""
        self.text.seek(0)
        return self.text.read().decode("utf-8", "surrogatepass")

    def copy_text(self, output: Output) -> None:
        """Write the fixed CSV to an output."""
        self.text.seek(0)
        while chunk := self.text.read(CHUNK):
            output.write(chunk)


@dataclass(frozen=True, slots=True)
class Fixing:
    """How one source is fixed, and what is kept of the findings."""

    schema: Schema
    options: Options
    keep: int | None = None
    ignore: Collection[str] = ()
    executor: Executor | None = None

    def fix(self, opened: TextInput | ByteInput, fixes: Fixes, stack: ExitStack) -> FixedFile:
        """Fix a source, which is read again if its end decides otherwise than its beginning.

        Raises:
            OSError: a file cannot be read, or no temporary one written.

        """
        opened.make_rereadable()
        opened.rewind()
        labels = self._labels(opened)
        fixes = replace(fixes, names=self._certain_names(opened, labels), untouched=self._secrets(labels))
        mixed: frozenset[str] = frozenset()
        while True:
            with ExitStack() as attempt:
                found = self._attempt(opened, fixes, mixed, attempt)
                if not found.is_whole:
                    return self._validate(opened, stack)
                is_decided = found.is_settled and found.mixed <= mixed
                if is_decided and not found.misnamed:
                    stack.push(attempt.pop_all())
                    return found
            # Which amounts are mixed depends on what is changed: under other decisions, it is not known.
            mixed = mixed | found.mixed if found.is_settled and not is_decided else frozenset()
            fixes = found.shown
            if is_decided:
                names = {name: field for name, field in fixes.names.items() if field not in found.misnamed}
                fixes = replace(fixes, names=names)

    def _validate(self, opened: TextInput | ByteInput, stack: ExitStack) -> FixedFile:
        """The report of validation on a source that cannot be fixed."""
        found = self._attempt(opened, None, frozenset(), stack)
        return self._attempt(opened, None, found.mixed, stack) if found.mixed else found

    def _certain_names(self, opened: TextInput | ByteInput, labels: list[str]) -> dict[str, str]:
        """The columns whose names differ from a field's by case, spaces and hyphens, and that certainly are the field.

        Consent, prices, and other fields that only a person can be sure of are none.
        """
        entity = self.schema.entity
        if entity is None or self.options.mapping is not None:
            return {}
        fields = set(map(_plain, self.schema.root.names))
        if not any(label not in self.schema.root.names and _plain(label) in fields for label in labels):
            return {}
        columns = [_by_itself(column) for column in sample_export(opened, self.options).columns]
        opened.rewind()
        plain = Counter(map(_plain, labels))
        suggested = suggest_fields(columns, entity, self.schema, Checker(self.schema).is_clean_at)
        names = {
            each.column.name: each.means
            for each in suggested
            if each.certain
            and each.means is not None
            and not each.arguments.keys() - {"dates", "values"}
            and each.column.name != each.means
            and _plain(each.column.name) == _plain(each.means)
            and plain[_plain(each.column.name)] == 1
        }
        return self._without_conflicts(names, labels)

    def _secrets(self, labels: list[str]) -> frozenset[str]:
        """The columns of secrets, such as passwords, of which the list of changes must not show a cell."""
        entity = self.schema.entity
        unknown = [label for label in labels if label not in self.schema.root.names]
        if entity not in ENTITIES or self.options.mapping is not None:
            return frozenset()
        meanings = {label: meaning_of(label, checked_entity(entity)) for label in unknown}
        return frozenset(label for label, meaning in meanings.items() if meaning is not None and meaning.is_secret)

    def _without_conflicts(self, names: dict[str, str], labels: list[str]) -> dict[str, str]:
        """Those of the new names under which the header has no error, such as a value where others are below it."""
        kept: dict[str, str] = {}
        for name, field in names.items():
            tried = {**kept, name: field}
            _, findings = plan_header([tried.get(label, label) for label in labels], self.schema)
            if all(finding.severity is not Severity.ERROR for finding in findings):
                kept = tried
        return kept

    def _labels(self, opened: TextInput | ByteInput) -> list[str]:
        """The names of the columns."""
        reading = self._reading(opened, None, frozenset())
        next(reading.blocks(), None)
        opened.rewind()
        return reading.header or []

    def _reading(
        self,
        opened: TextInput | ByteInput,
        fixes: Fixes | None,
        mixed: frozenset[str],
        limit: int | None = None,
        checks: CrossChecks | None = None,
    ) -> Reading:
        fields = checks.fields if checks is not None else ()
        crossed = entity_of(self.schema, self.options)
        wanted = Wanted(records=False, fields=fields, findings=limit, crossed=crossed, fixed=fixes is not None)
        return Reading(opened, self.schema, replace(self.options, fixes=fixes), wanted, mixed, self.executor)

    def _attempt(
        self, opened: TextInput | ByteInput, fixes: Fixes | None, mixed: frozenset[str], stack: ExitStack
    ) -> FixedFile:
        """Fix the source once; without fixes, only validate it.

        Without decisions, the first rows decide; the attempt ends with them if they were not fixed so.
        """
        opened.rewind()
        collector = Collector(keep=self.keep, ignore=self.ignore)
        checks = make_cross_checks(entity_of(self.schema, self.options))
        reading = self._reading(opened, fixes, mixed, collector.limit, checks)
        text, listed = (stack.enter_context(open_temporary(SPOOLED_BYTES)) for _ in range(2))
        changes = Changes(listed)
        writer = _Writer(text, changes, reading, fixes)
        rows = 0
        for block in undisturbed(writer.blocks()):
            cross_check(block, checks, reading)
            collect(block, collector)
            rows += block.rows
            fixer = reading.fixer
            if rows >= DECIDING_ROWS and fixer is not None and fixer.is_open and not fixer.settle():
                break
        finish_checks(checks, collector, reading)
        fixer, shown, is_settled, misnamed = reading.fixer, fixes or Fixes(), True, frozenset[str]()
        if fixer is not None:
            misnamed = fixer.misnamed
            collector.add_all(changes.notices(fixer.labels, fixer.proof))
            collector.add_all([_withheld(fixer.withheld)] if fixer.withheld else [])
            shown = fixer.shown()
            is_settled = fixer.follows(shown)
        is_whole = writer.is_whole and reading.original is not None
        report = collector.build(reading.info)
        mixed = reading.find_mixed()
        return FixedFile(report, changes, text, is_whole, shown, is_settled, mixed, misnamed)


class _Writer:
    """Writes a fixed file, in UTF-8, and lists its changes; ``is_whole`` is False if reading has ended."""

    def __init__(self, text: IO[bytes], changes: Changes, reading: Reading, fixes: Fixes | None) -> None:
        self._text = text
        self._changes = changes
        self._reading = reading
        self._fixes = fixes
        self._has_begun = False
        self.is_whole = fixes is not None

    def blocks(self) -> Iterator[RecordBlock]:
        """The blocks of the reading, each after its rows are written."""
        reading, changes = self._reading, self._changes
        for block in reading.blocks():
            fixed, block.fixed = block.fixed, None
            ends = any(map(_is_error, block.findings)) if fixed is None else fixed.ends
            self.is_whole = self.is_whole and not ends
            if self._fixes is not None and not reading.is_mapped:
                if fixed is None:  # it is about the file
                    others, quoted = take_without_cell(block)
                    changes.add(*others)
                    changes.quoted += quoted
                if reading.original is not None and not self._has_begun:
                    self._has_begun = True
                    self._begin(reading.original, self._fixes)
            if fixed is not None:
                changes.add_block(fixed)
                self._text.write(fixed.text)
            yield block

    def _begin(self, original: Original, fixes: Fixes) -> None:
        """Write the header."""
        changes, info = self._changes, self._reading.info
        for number, label in enumerate(original.labels, 1):
            before = next((name for name, field in fixes.names.items() if field == label), label)
            if before != label:
                changes.add(Change(None, number, label, before, label, "column-name"))
        above = (info.header_line or 1) - 1
        if above:
            lines = f"{above:,} line{'' if above == 1 else 's'} above the header"
            changes.add(Change(None, None, None, lines, "", "title-rows"))
        if original.codec != UTF8:
            changes.add(Change(None, None, None, str(info.charset), UTF8, "encoding"))
        if original.mark:
            changes.add(Change(None, None, None, original.mark.hex(" "), "", "byte-order-mark"))
        self._text.write(FixedText(original.labels, original.delimiter, original.line_end).row(original.labels))


def _is_error(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR


def _by_itself(column: ExportColumn) -> ExportColumn:
    """A column whose values have nothing around them, in whatever order its rows are.

    What is removed in one run decides nothing in the next.
    """
    values = dict.fromkeys(filter(None, map(strip_artefacts, column.values)))
    return replace(column, values=tuple(values), within=None)


def _plain(name: str) -> str:
    return NO_MATTER.sub("", name).casefold()


def _withheld(count: int) -> Finding:
    message = f"{count:,} cells have fixes that are not certain, and were left as they are"
    if count == 1:
        message = "1 cell has a fix that is not certain, and was left as it is"
    return make_finding("fixable", message, hint="--unsafe applies them")
