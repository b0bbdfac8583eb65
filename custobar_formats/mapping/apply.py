"""A block of an export's rows to records of texts, a column at a time.

In: a fitted mapping, and blocks of rows in the order of the file. Out: for each block its records, and findings. Rules:
what a step cannot read is a finding, and its row has no record; a row is left out only by a condition of the mapping.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from custobar_formats.core.findings import Finding, make_finding, neighbours
from custobar_formats.core.limits import CACHED_MAPPED, MAX_CACHED_CHARS
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.mapping.model import FieldMapping
from custobar_formats.mapping.plan import FittedField, FittedMapping
from custobar_formats.mapping.steps import Mapped, Unmappable, make_converter
from custobar_formats.records.nest import ABSENT, Nester

Wrong = dict[int, Unmappable]
"""By the place of a row, why a cell of it cannot be read."""

Filled = dict[tuple[int, int], list[str]]
"""The cells of columns that take the value above them, by the column and that of the run."""


@dataclass(slots=True)
class MappedBlock:
    """The records of some rows.

    Attributes:
        rows: the rows of the export that are records or should be, with their numbers and lines.
        filled: the cells of these rows that may come from a row above.
        left_out: the numbers of the rows that the conditions of the mapping leave out.
        records: a record of texts for each of the rows; ABSENT where no field has a value.
        wrong: the number of a row and the name of a field that cannot be read.
        gaps: the place of a row and the field of a blank list item before one with a value.
        findings: the findings about cells that cannot be read.

    """

    rows: RowBlock
    filled: Filled
    left_out: set[int]
    records: list[Any] = field(default_factory=list)
    wrong: set[tuple[int, str]] = field(default_factory=set)
    gaps: list[tuple[int, FittedField]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def locate(self, labels: list[str], at: int, field_: FittedField) -> dict[str, Any]:
        """The place of a field's value in a row of the export: the column that gave it, or all of a join."""
        raw, within, source = self.rows.rows[at], field_.fill_within, field_.plan.source
        cells = {each: raw[each] if within is None else self.filled[each, within][at] for each in field_.indices}
        there = [each for each, cell in cells.items() if _clean([cell], source)[0]] or list(cells)
        whole = there if source.how == "join" else there[:1]
        return {
            "column": whole[0] + 1,
            "label": " + ".join(labels[each] for each in whole),
            "value": " ".join(cells[each] for each in whole),
            "context": neighbours(labels, raw, whole[0]),
        }


class Mapper:
    """Maps the blocks of one file.

    Attributes:
        skipped: how many rows the conditions of the mapping have left out.
        end: the number of the first row after the records, if it was there.

    """

    def __init__(self, fitted: FittedMapping, blank: Any, *, close: bool) -> None:
        self._fitted = fitted
        self._blank = blank
        self._nester = Nester(fitted.records.tree, close=close)
        self._readers = {place: _FieldReader(each) for place, each in fitted.fields.items() if each.indices}
        self._fills = {
            (index, within): _Fill(index, within)
            for each in fitted.fields.values()
            if (within := each.fill_within) is not None
            for index in each.indices
        }
        self._bound = {place: _siblings(fitted, place) for place, each in fitted.fields.items() if not each.indices}
        self.skipped = 0
        self.end: int | None = None

    def map(self, block: RowBlock) -> MappedBlock:
        """The records of a block."""
        filled = {key: fill.fill(block) for key, fill in self._fills.items()}
        kept, left_out = self._kept(block)
        self.skipped += len(left_out)
        if len(kept) < len(block.rows):
            filled = {key: [cells[at] for at in kept] for key, cells in filled.items()}
            block = RowBlock(
                [block.rows[at] for at in kept], [block.numbers[at] for at in kept], [block.lines[at] for at in kept]
            )
        mapped = MappedBlock(block, filled, left_out)
        values = {place: self._read_field(reader, mapped) for place, reader in self._readers.items()}
        for place, siblings in self._bound.items():
            text = self._fitted.fields[place].plan.source.arguments["constant"]
            there = map(any, zip(*(values[other] for other in siblings), strict=True)) if siblings else ()
            values[place] = [text if each else "" for each in there] or [""] * len(block.rows)
        mapped.records = self._nester.nest({place: self._with_blanks(place, each) for place, each in values.items()})
        mapped.gaps = [(at, self._fitted.fields[column.index]) for at, column in self._nester.gaps]
        return mapped

    def _kept(self, block: RowBlock) -> tuple[list[int], set[int]]:
        """The places of the rows that are records, and the numbers of those that the conditions leave out."""
        skip, end, kept = self._fitted.skip, self._fitted.end, []
        left_out: set[int] = set()
        if not skip and end is None:
            return list(range(len(block.rows))), left_out
        rows = [*zip(block.numbers, block.rows, range(len(block.rows)), strict=True)]
        if block.misfits:
            rows = sorted([*rows, *((number, cells, -1) for number, cells in block.misfits if any(cells))])
        for number, cells, at in rows:
            if self.end is None and end is not None and end.holds(cells):
                self.end = number
            if self.end is not None or any(test.holds(cells) for test in skip):
                left_out.add(number)
            elif at >= 0:
                kept.append(at)
        return kept, left_out

    def _read_field(self, reader: _FieldReader, mapped: MappedBlock) -> Sequence[Any]:
        """The values of a field; those that cannot be read are blank, and have a finding."""
        rows, field_ = mapped.rows, reader.field
        columns = rows.columns if rows.rows else [()] * len(self._fitted.labels)
        within = field_.fill_within
        cells = [columns[index] if within is None else mapped.filled[index, within] for index in field_.indices]
        values, wrong = reader.read(cells, columns, rows.rows)
        for at, why in wrong.items():
            mapped.wrong.add((rows.numbers[at], field_.plan.source.name))
            mapped.findings.append(self._unmappable(mapped, at, field_, why))
        return values

    def _with_blanks(self, place: int, values: Sequence[Any]) -> list[Any]:
        blank = ABSENT if self._fitted.records.columns[place].in_list else self._blank
        return [value or blank for value in values]

    def _unmappable(self, mapped: MappedBlock, at: int, field_: FittedField, why: Unmappable) -> Finding:
        where = mapped.locate(self._fitted.labels, at, field_)
        message = f"{where['value']!r} cannot be read for {field_.plan.source.name}: {why.reason}"
        path = "/" + "/".join(map(str, field_.plan.column.path))
        row, line = mapped.rows.numbers[at], mapped.rows.lines[at]
        return make_finding("unmappable-value", message, hint=why.hint, row=row, line=line, path=path, **where)


def _siblings(fitted: FittedMapping, place: int) -> list[int]:
    """The fields from columns in the same object as a constant, or below it: it stands only beside one of them."""
    holder = fitted.records.columns[place].path[:-1]
    return [
        other
        for other, each in fitted.fields.items()
        if each.indices and fitted.records.columns[other].path[: len(holder)] == holder
    ]


class _Fill:
    """Fills the blank cells of a column with the value above, within rows that have the same value in another one."""

    def __init__(self, index: int, within: int) -> None:
        self._index = index
        self._within = within
        self._run: str | None = None
        self._value = ""

    def fill(self, block: RowBlock) -> list[str]:
        """The cells of a block's column; blocks come in the order of the file."""
        filled = []
        for cells in block.rows:
            run, value = cells[self._within], cells[self._index]
            if run != self._run:
                self._run, self._value = run, ""
            self._value = value or self._value
            filled.append(self._value if run else value)
        return filled


class _FieldReader:
    """Reads one field from the cells of its columns."""

    def __init__(self, field_: FittedField) -> None:
        self.field = field_
        plan = field_.plan
        self._convert = make_converter(plan.source.arguments, plan.target)
        self._separator = plan.source.arguments.get("with", " ")
        self._known: dict[tuple[str, str], Mapped | Unmappable] = {}

    def read(
        self, cells: Sequence[Sequence[str]], columns: Sequence[Sequence[str]], rows: Sequence[list[str]]
    ) -> tuple[Sequence[Any], Wrong]:
        """The value of each row, blank where it has none; and by row why one cannot be read, which is blank then."""
        wrong: Wrong = {}
        source, only, country = self.field.plan.source, self.field.only, self.field.country
        sources = [_clean(each, source) for each in cells]
        if only is not None:
            holds = [only.holds(row) for row in rows]
            sources = [[cell if each else "" for cell, each in zip(cleaned, holds, strict=True)] for cleaned in sources]
        values: Sequence[Any] = sources[0]
        if source.how == "join" and len(sources) > 1:
            values = [self._join(parts, at, wrong) for at, parts in enumerate(zip(*sources, strict=True))]
        elif len(sources) > 1:
            values = [next(filter(None, parts), "") for parts in zip(*sources, strict=True)]
        if self._convert is not None:
            named = columns[country] if country is not None else [""] * len(values)
            values = self._convert_all(values, named, wrong)
        return values, wrong

    def _join(self, parts: tuple[str, ...], at: int, wrong: Wrong) -> str:
        there = [part for part in parts if part]
        if self.field.plan.target.identifies and there and len(there) < len(parts):
            wrong[at] = Unmappable("a part of the identifier is blank", "fill it in")
            return ""
        return str(self._separator).join(there)

    def _convert_all(self, values: Sequence[str], named: Sequence[str], wrong: Wrong) -> list[Any]:
        """The converted values, blank for blanks; each distinct one is converted once, in the order of the file."""
        known = self._known
        assert self._convert is not None
        if len(known) > CACHED_MAPPED:
            known.clear()
        keys = list(zip(values, named, strict=True))
        fresh = [key for key in dict.fromkeys(compress(keys, values)) if key not in known]
        for key in fresh:
            try:
                known[key] = self._convert(*key)
            except Unmappable as why:
                known[key] = why.with_traceback(None)  # it would keep the block in memory
        found: list[Any] = [known[key] if value else "" for key, value in zip(keys, values, strict=True)]
        for at, value in enumerate(found):
            if value.__class__ is Unmappable:
                wrong[at] = value
                found[at] = ""
            elif value.__class__ is list:
                found[at] = [*value]
        for key in fresh:
            if len(key[0]) > MAX_CACHED_CHARS:
                del known[key]
        return found


def _clean(cells: Sequence[str], source: FieldMapping) -> Sequence[str]:
    """The cells of one column after the steps that each source has of its own: strip and blank."""
    strip, blank = source.arguments.get("strip"), frozenset(source.arguments.get("blank", ()))
    if strip is not None:
        cells = [_stripped(cell, strip) for cell in cells]
    return cells if blank.isdisjoint(cells) else ["" if cell in blank else cell for cell in cells]


def _stripped(cell: str, strip: str) -> str:
    """The cell without a text at its start or, if it is not there, at its end: once."""
    bare = cell.removeprefix(strip)
    return bare if bare != cell else cell.removesuffix(strip)
