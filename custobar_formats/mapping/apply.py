"""A block of an export's rows to the cells of a CSV for Custobar, a column at a time.

In: a fitted mapping, and blocks of rows in the order of the file. Out: for each block the cells of its fields, and
which of them cannot be read. Rules: what a step cannot read is blank, and its row has an error; a row is left out only
by a condition of the mapping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from typing import Any, Literal, overload

from custobar_formats.core.findings import Finding, make_finding
from custobar_formats.core.number_cells import plain, unmarked
from custobar_formats.core.paths import format_pointer
from custobar_formats.core.shown import quoted
from custobar_formats.csvtext.rows import CellChange, RowBlock
from custobar_formats.mapping.carried import Carried
from custobar_formats.mapping.converted import ConvertedTexts, Others, Wrong, or_day_number, without_wrapping
from custobar_formats.mapping.fill import Fill, Run
from custobar_formats.mapping.fit import FittedField, FittedMapping
from custobar_formats.mapping.list_items import doubt_about_items
from custobar_formats.mapping.model import FieldMapping
from custobar_formats.mapping.steps import (
    Unmappable,
    make_converter,
    make_quick_converter,
)
from custobar_formats.mapping.suspects import Suspects
from custobar_formats.notation.money import Currencies
from custobar_formats.notation.suggestion import Why
from custobar_formats.text.artefacts import TextWarning
from custobar_formats.text.checks import TextCheck

BELOW_A_MISFIT = ("its value may be in a row above that has another number of cells", "correct that row")
"""Why the blank cell of a run cannot be filled, and what to do."""

Filled = dict[tuple[int, int], list[str]]
"""The cells of columns that take the value above them, by the column and that of the run."""


class Rows(Sequence[list[str]]):
    """The rows of columns, made when they are looked at."""

    def __init__(self, columns: Sequence[Sequence[str]], count: int) -> None:
        self._columns = columns
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> list[str]: ...
    @overload
    def __getitem__(self, place: slice) -> list[list[str]]: ...
    def __getitem__(self, place: int | slice) -> list[str] | list[list[str]]:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(self._count))]
        return [cells[place] for cells in self._columns]

    def __iter__(self) -> Iterator[list[str]]:
        return map(list, zip(*self._columns, strict=True))


@dataclass(slots=True)
class MappedBlock:
    """The cells of some rows.

    Attributes:
        export: the rows of the export that are records or should be.
        cells: the same rows as those of a CSV for Custobar, with findings about the cells that cannot be read.
        filled: the cells of the export that may come from a row above.
        left_out: the numbers of the rows that the conditions of the mapping leave out.
        wrong: by the place of a field, the numbers of the rows in which it cannot be read.
        blank: the numbers of the rows of the export in which no field has a value; they are not among the cells.
        changes: the cells that could be read only without what was around their values.

    """

    export: RowBlock
    cells: RowBlock
    filled: Filled
    left_out: set[int]
    wrong: dict[int, set[int]] = field(default_factory=dict)
    blank: set[int] = field(default_factory=set)
    changes: list[CellChange] = field(default_factory=list)

    def locate(self, fitted: FittedMapping, at: int, field_: FittedField) -> dict[str, Any]:
        """The place of a field's value in a row of the export: the column that gave it, or all of a join."""
        raw, within, source = self.export.rows[at], field_.fill_within, field_.plan.source
        cells = {each: raw[each] if within is None else self.filled[each, within][at] for each in field_.indices}
        there = [each for each, cell in cells.items() if _clean([cell], source)[0]] or list(cells)
        whole = there if source.how == "join" else there[:1]
        return {
            "column": whole[0] + 1,
            "label": " + ".join(fitted.labels[each] for each in whole),
            "value": " ".join(cells[each] for each in whole),
            "context": fitted.neighbours(raw, whole[0]),
        }


class Mapper:
    """Maps the blocks of one file.

    ``checks``: the warnings about text that the reader of the file has looked for. ``fixes``: whether a value that no
    step can read is read without the white space, apostrophe or formula around it (safe), and numbers as days (all).

    ``before``: what stands before the first block; nothing at the start of a file.

    Attributes:
        skipped: how many rows the conditions of the mapping have left out.
        end: the number of the first row after the records, if it was there; 0 if it was before the first block.

    """

    def __init__(
        self,
        fitted: FittedMapping,
        checks: Sequence[TextCheck],
        fixes: Literal["safe", "all"] | None = None,
        before: Carried | None = None,
    ) -> None:
        before = before or Carried({}, {}, has_ended=False)
        self._fitted = fitted
        from_columns = {place: each for place, each in fitted.fields.items() if each.indices}
        self._copied = {place: each.indices[0] for place, each in from_columns.items() if is_copied(each)}
        read = {place: each for place, each in from_columns.items() if place not in self._copied}
        seen = {place: Currencies(before.currencies.get(place, ())) for place in read}
        self._readers = {place: _FieldReader(each, fixes, seen[place]) for place, each in read.items()}
        self._fills = {
            (index, within): Fill(index, within, before.runs.get((index, within), Run()))
            for each in fitted.fields.values()
            if (within := each.fill_within) is not None
            for index in each.indices
        }
        self._bound = {place: _siblings(fitted, place) for place, each in fitted.fields.items() if not each.indices}
        self._suspects = Suspects(fitted.fields, checks)
        self.skipped = 0
        self.end: int | None = 0 if before.has_ended else None

    @property
    def carried(self) -> Carried:
        """The state of things behind the last block."""
        currencies = {place: tuple(reader.currencies.seen) for place, reader in self._readers.items()}
        runs = {key: fill.run for key, fill in self._fills.items()}
        return Carried(runs, currencies, has_ended=self.end is not None)

    @property
    def differ(self) -> bool:
        """Whether a field had amounts in two currencies."""
        return any(reader.currencies.differ for reader in self._readers.values())

    def run(self, block: RowBlock) -> None:
        """Take rows for those that stand before the first block, where its runs may have begun."""
        for fill in self._fills.values():
            fill.fill(block)

    def map(self, block: RowBlock) -> MappedBlock:
        """The cells of a block's fields."""
        suspects = block.suspects
        filled = {key: fill.fill(block) for key, fill in self._fills.items()}
        kept, left_out = self._kept(block)
        self.skipped += len(left_out)
        if len(kept) < len(block.rows):
            filled = {key: [cells[at] for at in kept] for key, cells in filled.items()}
            block = block.part(kept)
        count = len(block.rows)
        values: list[Sequence[str]] = [[""] * count] * len(self._fitted.fields)
        cells = RowBlock(
            Rows(values, count), block.numbers, block.lines, has_numbers=block.has_numbers, _columns=values
        )
        mapped = MappedBlock(block, cells, filled, left_out)
        if count:
            columns = block.columns
            for place, index in self._copied.items():
                values[place] = columns[index]
            for place, reader in self._readers.items():
                values[place] = self._read_field(place, reader, mapped)
            new = {place: reader.new for place, reader in self._readers.items() if not reader.learns}
            learned = {place: reader.new for place, reader in self._readers.items() if reader.learns}
            cells.suspects = self._suspects.find(suspects, new, learned)
        for place, siblings in self._bound.items():
            text = self._fitted.fields[place].plan.source.arguments["constant"]
            there = map(any, zip(*(values[other] for other in siblings), strict=True)) if siblings else ()
            values[place] = [text if each else "" for each in there] or [""] * count
        if not any(map(all, values)):
            self._leave_out_blank(mapped)
        return mapped

    def _leave_out_blank(self, mapped: MappedBlock) -> None:
        """Leave out the rows in which no field has a value."""
        cells = mapped.cells
        there = [at for at, row in enumerate(zip(*cells.columns, strict=True)) if any(row)]
        if len(there) < len(cells.rows):
            mapped.blank = {*cells.numbers} - {cells.numbers[at] for at in there}
            mapped.cells = cells.part(there)
            mapped.cells.findings, mapped.cells.suspects = cells.findings, cells.suspects

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

    def _read_field(self, place: int, reader: _FieldReader, mapped: MappedBlock) -> Sequence[str]:
        """The cells of a field; those that cannot be read are blank, and have a finding."""
        columns, field_ = mapped.export.columns, reader.field
        within = field_.fill_within
        cells = [columns[index] if within is None else mapped.filled[index, within] for index in field_.indices]
        values, wrong = reader.read(cells, columns, mapped.export.rows)
        unknown = [at for at in self._unknown(field_, mapped.export.numbers) if reader.takes(mapped.export.rows[at])]
        if unknown:
            wrong |= {at: Unmappable(*BELOW_A_MISFIT) for at in unknown}
            values = ["" if at in wrong else value for at, value in enumerate(values)]
        for at, why in wrong.items():
            mapped.cells.findings.append(self._unmappable(place, mapped, at, why))
        for at, (message, hint) in reader.doubtful.items():
            where = self._where(place, mapped, at)
            mapped.cells.findings.append(make_finding("doubtful-list", message, hint=hint, **where))
        if wrong:
            mapped.wrong[place] = {mapped.export.numbers[at] for at in wrong}
        for at, reason in reader.unwrapped.items():
            before = mapped.locate(self._fitted, at, field_)["value"]
            mapped.changes.append(CellChange(mapped.export.numbers[at], place + 1, before, values[at], reason))
        if field_.plan.makes_lists:
            mapped.cells.lists[place] = [each or [] for each in values]
            return [",".join(each) for each in values]
        return values

    def _unknown(self, field_: FittedField, numbers: Sequence[int]) -> list[int]:
        """The places of the rows in which a cell of a field may come from a row of another width."""
        within = field_.fill_within
        fills = [] if within is None else [self._fills[index, within] for index in field_.indices]
        rows = set[int]().union(*(fill.unknown for fill in fills))
        return [at for at, number in enumerate(numbers) if number in rows] if rows else []

    def _unmappable(self, place: int, mapped: MappedBlock, at: int, why: Unmappable) -> Finding:
        where, source = self._where(place, mapped, at), self._fitted.fields[place].plan.source
        message = f"{quoted(where['value'])} cannot be read for {source.name}: {why.reason}"
        fix = {"fix": why.fix, "fix_is_safe": why.fix_is_safe}
        return make_finding("unmappable-value", message, hint=why.hint, **where, **fix)

    def _where(self, place: int, mapped: MappedBlock, at: int) -> dict[str, Any]:
        """The place of a field's cell in a row, with the value of the export."""
        field_, export = self._fitted.fields[place], mapped.export
        value = mapped.locate(self._fitted, at, field_)["value"]
        where = {"row": export.numbers[at], "line": export.lines[at], "column": place + 1, "value": value}
        return {**where, "label": self._fitted.records.labels[place], "path": format_pointer(field_.plan.column.path)}


def is_copied(field_: FittedField) -> bool:
    """Whether the cells of a field are those of a column as they are."""
    source = field_.plan.source
    is_one = len(field_.indices) == 1 and field_.fill_within is None and not field_.plan.reads_numbers
    return is_one and not source.arguments.keys() - {"optional"}


def _siblings(fitted: FittedMapping, place: int) -> list[int]:
    """The fields from columns in the same object as a constant, or below it: it stands only beside one of them."""
    holder = fitted.records.columns[place].path[:-1]
    return [
        other
        for other, each in fitted.fields.items()
        if each.indices and fitted.records.columns[other].path[: len(holder)] == holder
    ]


class _FieldReader:
    """Reads one field from the cells of its columns.

    Attributes:
        new: the values of the last block that its column does not have, without those learned before.
        learns: whether it keeps the values of texts, so that each is new only once.
        unwrapped: by the place of a row in the last block, what was left out around its value.
        doubtful: by the place of a row in the last block, what is doubtful in its list.
        currencies: those of its amounts.

    """

    def __init__(self, field_: FittedField, fixes: Literal["safe", "all"] | None, currencies: Currencies) -> None:
        self.field, self.currencies = field_, currencies
        self._known: ConvertedTexts | None = None
        self.new: Sequence[str] = ()
        self.unwrapped: dict[int, Why] = {}
        self.doubtful: dict[int, TextWarning] = {}
        plan, arguments = field_.plan, field_.plan.source.arguments
        convert, at_once = make_converter(arguments, plan.target, currencies), make_quick_converter(arguments)
        skips = at_once is not None and not {"case", "prefix", "suffix"} & arguments.keys()  # most texts have no &
        self._quick = at_once if skips else plan.quick
        by_country = field_.country is not None
        others: Others = without_wrapping
        if "dates" in arguments:
            others = partial(or_day_number, with_time=plan.target.kind == "datetime")
        if convert is not None:
            doubt = doubt_about_items(arguments)
            self._known = ConvertedTexts(
                convert, at_once, by_country=by_country, others=others, fixes=fixes, doubt=doubt
            )
        self.learns = self._known is not None and self._quick is None
        self._separator = arguments.get("with", " ")
        self._kept = {*arguments.get("blank", ()), *arguments.get("values", ())}

    def takes(self, row: list[str]) -> bool:
        """Whether a row has a value of the field, by its condition."""
        return self.field.only is None or self.field.only.holds(row)

    def read(
        self, cells: Sequence[Sequence[str]], columns: Sequence[Sequence[str]], rows: Sequence[list[str]]
    ) -> tuple[Sequence[Any], Wrong]:
        """The value of each row, blank where it has none; and by row why one cannot be read, which is blank then."""
        wrong: Wrong = {}
        source, only, country = self.field.plan.source, self.field.only, self.field.country
        reads_numbers = self.field.plan.reads_numbers
        cells = [unmarked(each, self._kept) if reads_numbers else plain(each) for each in cells]
        sources = [_clean(each, source) for each in cells]
        if only is not None:
            holds = [only.holds(row) for row in rows]
            sources = [[cell if each else "" for cell, each in zip(cleaned, holds, strict=True)] for cleaned in sources]
        values: Sequence[Any] = sources[0]
        if source.how == "join" and len(sources) > 1:
            values = [self._join(parts, at, wrong) for at, parts in enumerate(zip(*sources, strict=True))]
        elif len(sources) > 1:
            values = [next(filter(None, parts), "") for parts in zip(*sources, strict=True)]
        quick = self._quick(values) if self._quick is not None else None
        self.unwrapped = {}
        if quick is not None:
            values = quick
        elif self._known is not None:
            keys = values if country is None else list(zip(values, columns[country], strict=True))
            values, unwrapped = self._known.convert_all(keys, wrong), self._known.unwrapped
            self.doubtful = self._known.doubtful
            if unwrapped:
                self.unwrapped = {at: unwrapped[key] for at, key in enumerate(keys) if key in unwrapped}
        self.new = self._known.new if self._known is not None and self.learns else () if values is cells[0] else values
        return values, wrong

    def _join(self, parts: tuple[str, ...], at: int, wrong: Wrong) -> str:
        there = [part for part in parts if part]
        if self.field.plan.target.identifies and there and len(there) < len(parts):
            wrong[at] = Unmappable("a part of the identifier is blank", "fill it in")
            return ""
        return str(self._separator).join(there)


def _clean(cells: Sequence[str], source: FieldMapping) -> Sequence[str]:
    """The cells of one column after the steps that each source has of its own: strip and blank."""
    strip, blank = source.arguments.get("strip"), frozenset(source.arguments.get("blank", ()))
    if strip is not None:
        cells = _without(strip, cells)
    return cells if not blank or blank.isdisjoint(cells) else ["" if cell in blank else cell for cell in cells]


def _without(strip: str, cells: Sequence[str]) -> Sequence[str]:
    """The cells without a text at one of their ends."""
    lines = "\n".join([*cells, ""])
    if strip not in lines:
        return cells
    if f"{strip}\n" in lines:
        return [_stripped(cell, strip) for cell in cells]
    return list(map(str.removeprefix, cells, repeat(strip)))  # none has the text at its end


def _stripped(cell: str, strip: str) -> str:
    """The cell without a text at its start or, if it is not there, at its end: once."""
    bare = cell.removeprefix(strip)
    return bare if bare != cell else cell.removesuffix(strip)
