"""The rows of an export, read in ranges by several processes through a mapping, as if one had read them.

In: the plan of a mapping, whose open questions the whole file has decided, and ranges. Out: as from ``ranges`` and
``in_ranges``. Rule: a range counts only if it was read with what really stands before it, such as the value above a
blank cell, or if that makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import partial
from typing import Any

from custobar_formats.core.findings import Finding
from custobar_formats.core.job_limits import RUN_UP
from custobar_formats.core.scalars import plain_scalar
from custobar_formats.csvtext.cuts import Range, first_record
from custobar_formats.files.pausing import paused
from custobar_formats.mapping.amounts import OpenAmounts
from custobar_formats.mapping.carried import Carried, MappedEnd
from custobar_formats.mapping.model import ColumnMapping
from custobar_formats.mapping.plan import MappingPlan
from custobar_formats.pipeline.block_fixer import BlockFixer
from custobar_formats.pipeline.fixed_in_ranges import FixedInRanges
from custobar_formats.pipeline.in_ranges import InRanges
from custobar_formats.pipeline.light_blocks import RangeResult, read_light
from custobar_formats.pipeline.mapped_reader import MappedReader, plan_mapping
from custobar_formats.pipeline.money_columns import MoneyColumns
from custobar_formats.pipeline.range_form import End
from custobar_formats.pipeline.ranges import RangeEnd, RangeForm, RangeReader, RangeReading, schema_to_send
from custobar_formats.records.block import RecordBlock
from custobar_formats.records.header import Plan, plan_header
from custobar_formats.schema.compiled import Schema, compile_schema
from custobar_formats.text.encoding import decode_chunks
from custobar_formats.validation.mixed_money import MoneyFields


@dataclass(frozen=True, slots=True)
class SentMapping:
    """A mapping as other processes take it.

    Attributes:
        mapping: the mapping, with what the whole file has decided.
        schema: what ``compile_schema`` takes, for its plan.
        is_open: whether only the amounts are wanted whose decimal mark is open.

    """

    mapping: ColumnMapping
    schema: Any
    is_open: bool

    def plan(self) -> MappingPlan | OpenAmounts:
        """The plan, which reads the same rows in the same way."""
        plan, _ = plan_mapping(self.mapping, self.schema)
        if not self.is_open:
            return plan
        amounts = plan.open_amounts
        assert amounts is not None
        return amounts


def mapping_to_send(plan: MappingPlan | OpenAmounts) -> SentMapping:
    """The mapping of a plan."""
    return SentMapping(_plain(plan.mapping), schema_to_send(plan.schema), isinstance(plan, OpenAmounts))


def _plain(value: Any) -> Any:
    """The value without types that only the caller has."""
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _plain(getattr(value, each.name)) for each in fields(value)})
    if isinstance(value, Mapping):
        return {_plain(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    return plain_scalar(value)


@dataclass(frozen=True, slots=True)
class MappedForm(RangeForm):
    """All that the ranges of one export have in common.

    Attributes:
        mapping: what makes the records.
        before: what stands before a range, as far as that is known; None at the start of the rows.

    """

    mapping: SentMapping = field(kw_only=True)
    before: Carried | None = None

    def answering(self) -> Callable[[Range], RangeResult]:
        """As ``Form``."""
        reader = MappedRangeReader(self, compile_schema(self.schema), is_sure=False)
        read = read_proofs if self.mapping.is_open else read_light
        return lambda part: paused(partial(read, reader, part))


def read_proofs(reader: MappedRangeReader, part: Range) -> RangeResult:
    """Only the end of a range, with what its amounts show."""
    reading = reader.read(part)
    for _ in reading.blocks():
        pass
    return [], reading.end()


class MappedRangeReader(RangeReader):
    """Reads the ranges of one export; ``is_sure``: its form has what really stands before the next range."""

    form: MappedForm

    def __init__(self, form: MappedForm, schema: Schema | None, *, is_sure: bool) -> None:
        super().__init__(form, schema)
        self.is_sure = is_sure

    def _make_plan(self) -> Plan:
        """As ``RangeReader``."""
        plan, _ = plan_header(self.form.labels, None, self.form.line, latin1=self._latin1)
        fitted, _ = self.form.mapping.plan().fit(plan.labels, self.form.line)
        assert fitted is not None
        self._fitted = fitted
        return plan

    def read(self, part: Range) -> MappedRangeReading:
        """As ``RangeReader``."""
        return MappedRangeReading(self, part)

    def new_stages(self, fields: MoneyFields) -> tuple[MappedReader, MoneyColumns]:
        """As ``RangeReader``."""
        form = self.form
        how: dict[str, Any] = {"latin1": self._latin1, "before": form.before, "proves": form.mapping.is_open}
        mapped = MappedReader(self._fitted, self._schema, form.options, form.wanted, fields, **how)
        return mapped, mapped.money

    def with_column(self, finding: Finding) -> Finding:
        """As ``RangeReader``."""
        return self._fitted.with_column(finding)


class MappedRangeReading(RangeReading):
    """The reading of one range of an export."""

    _reader: MappedRangeReader
    _stages: MappedReader

    def blocks(self) -> Iterator[RecordBlock]:
        """As ``RangeReading``."""
        before = self._reader.form.before
        if before is not None and before.runs and not self._reader.is_sure:
            self._run_up()
        yield from super().blocks()

    def _run_up(self) -> None:
        """Look at the rows before the range, from which its first ones may take values."""
        form, start = self._reader.form, self._part.start
        with form.file.opened() as opened:
            size = min(RUN_UP, start - form.encoding.mark)
            data = opened.read(start - size, size)
        data = data[first_record(data, form.encoding.codec) :]
        texts = decode_chunks([data], form.encoding, start - len(data), is_ascii=self._part.is_ascii)
        self._stages.run_up(self._reader.row_blocks(self._reader.rows(texts, 1, bool)))

    def end(self) -> RangeEnd:
        """As ``RangeReading``."""
        return replace(super().end(), mapped=self._stages.settled())


class MappedRanges(InRanges):
    """Reads the rows of one export; ``found`` is where what they show is gathered."""

    _reader: MappedRangeReader

    def __init__(self, reader: MappedRangeReader, *others: Any, found: MappedEnd) -> None:
        super().__init__(reader, *others)
        self._found = found

    def _is_usable(self, end: RangeEnd) -> bool:
        """As ``InRanges``."""
        return self._after(end) is not None

    def _after(self, end: RangeEnd) -> Carried | None:
        """The state behind a range; None if it was read with something else before it than really stands there."""
        before, mapped = self._reader.form.before, end.mapped
        assert mapped is not None
        return mapped.after if before is None else before.after(mapped.before, mapped.after, differ=mapped.differ)

    def _add(self, end: End) -> None:
        """As ``InRanges``."""
        assert isinstance(end, RangeEnd)
        assert end.mapped is not None
        self._found.merge(end.mapped, self._rows)
        self._reader.form = replace(self._reader.form, before=self._after(end))
        super()._add(end)


class FixedMappedRanges(FixedInRanges, MappedRanges):
    """Fixes the values of one export."""


def in_ranges(
    form: RangeForm, schema: Schema | None, *others: Any, found: MappedEnd, fixer: BlockFixer | None
) -> MappedRanges:
    """What reads the rows of an export in ranges, by the mapping in the options of a form; ``fixer`` if it is fixed."""
    mapping = form.options.mapping
    assert isinstance(mapping, MappingPlan | OpenAmounts)
    given = {each.name: getattr(form, each.name) for each in fields(form)}
    given |= {"options": replace(form.options, mapping=None), "mapping": mapping_to_send(mapping)}
    reader = MappedRangeReader(MappedForm(**given), schema, is_sure=True)
    if fixer is None:
        return MappedRanges(reader, *others, found=found)
    return FixedMappedRanges(reader, *others, found=found, fixer=fixer)
