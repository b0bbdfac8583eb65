"""A block of an export's rows to records of texts, a column at a time.

In: a fitted mapping, and blocks of rows in the order of the file. Out: for each block its records, and findings. Rules:
what a step cannot read is a finding, and its row has no record; a row is left out only by a condition of the mapping.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from custobar_formats.core.findings import Finding, make_finding, neighbours
from custobar_formats.core.limits import CACHED_MAPPED
from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.mapping.plan import FittedField, FittedMapping
from custobar_formats.mapping.steps import Mapped, Unmappable
from custobar_formats.records.nest import ABSENT, Nester

Wrong = dict[int, Unmappable]
"""By the place of a row, why a cell of it cannot be read."""


@dataclass(slots=True)
class MappedBlock:
    """The records of some rows.

    Attributes:
        rows: the rows of the export that are records or should be, with their numbers and lines.
        records: a record of texts for each of them; ABSENT where no field has a value.
        gaps: the place of a row and the field of a blank list item before one with a value.
        findings: the findings about cells that cannot be read.

    """

    rows: RowBlock
    records: list[Any]
    gaps: list[tuple[int, FittedField]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class Mapper:
    """Maps the blocks of one file.

    Attributes:
        skipped: how many rows the conditions of the mapping have left out.
        has_ended: whether the row after the last record was there.

    """

    def __init__(self, fitted: FittedMapping, blank: Any, *, close: bool) -> None:
        self._fitted = fitted
        self._blank = blank
        self._nester = Nester(fitted.records.tree, close=close)
        self._values = {place: _FieldReader(each) for place, each in fitted.fields.items()}
        self._fills = {
            (index, within): _Fill(index, within)
            for each in fitted.fields.values()
            if (within := each.fill_within) is not None
            for index in each.indices
        }
        self._bound = {place: _siblings(fitted, place) for place, each in fitted.fields.items() if not each.indices}
        self.skipped = 0
        self.has_ended = False

    def map(self, block: RowBlock) -> MappedBlock:
        """The records of a block."""
        filled = {key: fill.fill(block) for key, fill in self._fills.items()}
        kept = self._kept(block)
        self.skipped += len(block.rows) - len(kept)
        if len(kept) < len(block.rows):
            filled = {key: [cells[at] for at in kept] for key, cells in filled.items()}
            block = RowBlock(
                [block.rows[at] for at in kept], [block.numbers[at] for at in kept], [block.lines[at] for at in kept]
            )
        columns = block.columns if block.rows else [()] * len(self._fitted.labels)
        mapped = MappedBlock(block, [])
        values: dict[int, Sequence[Any]] = {}
        for place, reader in self._values.items():
            if reader.field.indices:
                within = reader.field.fill_within
                cells = [columns[index] if within is None else filled[index, within] for index in reader.field.indices]
                values[place], wrong = reader.read(cells, columns, block.rows)
                mapped.findings += [self._unmappable(block, at, reader.field, why) for at, why in wrong.items()]
        for place, siblings in self._bound.items():
            text = self._fitted.fields[place].plan.source.arguments["constant"]
            there = map(any, zip(*(values[other] for other in siblings), strict=True)) if siblings else ()
            values[place] = [text if each else "" for each in there] or [""] * len(block.rows)
        mapped.records = self._nester.nest({place: self._with_blanks(place, each) for place, each in values.items()})
        mapped.gaps = [(at, self._fitted.fields[column.index]) for at, column in self._nester.gaps]
        return mapped

    def _kept(self, block: RowBlock) -> list[int]:
        """The places of the rows that are records."""
        fitted, kept = self._fitted, []
        if not fitted.skip and fitted.end is None:
            return list(range(len(block.rows)))
        for at, cells in enumerate(block.rows):
            self.has_ended = self.has_ended or (fitted.end is not None and fitted.end.holds(cells))
            if not self.has_ended and not any(test.holds(cells) for test in fitted.skip):
                kept.append(at)
        return kept

    def _with_blanks(self, place: int, values: Sequence[Any]) -> list[Any]:
        blank = ABSENT if self._fitted.records.columns[place].in_list else self._blank
        return [value or blank for value in values]

    def _unmappable(self, block: RowBlock, at: int, field_: FittedField, why: Unmappable) -> Finding:
        where = locate(self._fitted.labels, block.rows[at], field_)
        message = f"{where['value']!r} cannot be read for {field_.plan.source.name}: {why.reason}"
        path = "/" + "/".join(map(str, field_.plan.column.path))
        return make_finding(
            "unmappable-value",
            message,
            hint=why.hint,
            row=block.numbers[at],
            line=block.lines[at],
            path=path,
            **where,
        )


def locate(labels: list[str], cells: list[str], field_: FittedField) -> dict[str, Any]:
    """The place of a field's value in a row of the export: the column that gave it, or all of a join."""
    indices = [index for index in field_.indices if cells[index]] or list(field_.indices)
    index = indices[0]
    whole = indices if field_.plan.source.how == "join" else [index]
    return {
        "column": index + 1,
        "label": " + ".join(labels[each] for each in whole),
        "value": " ".join(cells[each] for each in whole),
        "context": neighbours(labels, cells, index),
    }


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
        arguments = field_.plan.source.arguments
        self._strip = arguments.get("strip")
        self._blank = frozenset(arguments.get("blank", ()))
        self._separator = arguments.get("with", " ")
        plan = field_.plan
        self._converts = bool(plan.steps) or plan.ending is not None
        self._known: dict[str, Mapped | Unmappable] = {}
        self._known_phones: dict[tuple[str, str], Mapped | Unmappable] = {}

    def read(
        self, cells: Sequence[Sequence[str]], columns: Sequence[Sequence[str]], rows: Sequence[list[str]]
    ) -> tuple[Sequence[Any], Wrong]:
        """The value of each row, blank where it has none; and by row why one cannot be read, which is blank then."""
        wrong: Wrong = {}
        sources = [self._clean(each) for each in cells]
        how, only = self.field.plan.source.how, self.field.only
        values: Sequence[Any]
        if how == "join" and len(sources) > 1:
            values = [self._join(parts, at, wrong) for at, parts in enumerate(zip(*sources, strict=True))]
        elif how == "first" and len(sources) > 1:
            values = [next(filter(None, parts), "") for parts in zip(*sources, strict=True)]
        else:
            values = sources[0]
        if only is not None:
            values = [value if only.holds(row) else "" for value, row in zip(values, rows, strict=True)]
        if self.field.plan.phone is not None:
            named = columns[self.field.country] if self.field.country is not None else [""] * len(values)
            keys = list(zip(values, named, strict=True))
            values = _convert_all(values, keys, self._phone, self._known_phones, wrong)
        if self._converts:
            values = _convert_all(values, values, self._convert, self._known, wrong)
        return values, wrong

    def _clean(self, cells: Sequence[str]) -> Sequence[str]:
        strip, blank = self._strip, self._blank
        if strip is not None:
            cells = [_stripped(cell, strip) for cell in cells]
        return cells if blank.isdisjoint(cells) else ["" if cell in blank else cell for cell in cells]

    def _join(self, parts: tuple[str, ...], at: int, wrong: Wrong) -> str:
        there = [part for part in parts if part]
        if self.field.plan.identifies and there and len(there) < len(parts):
            wrong[at] = Unmappable("a part of the identifier is blank", "fill it in")
            return ""
        return str(self._separator).join(there)

    def _phone(self, key: tuple[str, str]) -> Mapped:
        assert self.field.plan.phone is not None
        return self.field.plan.phone(*key)

    def _convert(self, text: str) -> Mapped:
        for step in self.field.plan.steps:
            text = step(text)
        return text if self.field.plan.ending is None else self.field.plan.ending(text)


def _stripped(cell: str, strip: str) -> str:
    """The cell without a text at its start or, if it is not there, at its end: once."""
    bare = cell.removeprefix(strip)
    return bare if bare != cell else cell.removesuffix(strip)


def _convert_all(
    values: Sequence[str],
    keys: Sequence[Any],
    convert: Callable[[Any], Mapped],
    known: dict[Any, Mapped | Unmappable],
    wrong: Wrong,
) -> list[Any]:
    """The converted values, blank for blanks; each distinct key is converted once."""
    if len(known) > CACHED_MAPPED:
        known.clear()
    for key in set(compress(keys, values)) - known.keys():
        try:
            known[key] = convert(key)
        except Unmappable as why:
            known[key] = why
    found: list[Any] = [known[key] if value else "" for key, value in zip(keys, values, strict=True)]
    for at, value in enumerate(found):
        if value.__class__ is Unmappable:
            wrong[at] = value
            found[at] = ""
        elif value.__class__ is list:
            found[at] = [*value]
    return found
