"""The findings and records of a range, as they go from one process to another: small.

In: what reads a range. Out: its blocks as bytes, whose findings have been made as far as a report may keep them, and
its end. Rule: what crosses has no records, and nothing that only one process knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from custobar_formats.core.findings import Finding, Severity, column_key
from custobar_formats.core.job_limits import JOINED_ROWS
from custobar_formats.core.scalars import ExactNumbers, ParseFloat
from custobar_formats.csvtext.cuts import Range
from custobar_formats.csvtext.row_width import SURPLUS
from custobar_formats.jsontext.writer import block_encoder
from custobar_formats.pipeline.options import Wanted
from custobar_formats.records.block import FindingGroup, RecordBlock
from custobar_formats.validation.across_records import fields_between


class NotMade(Exception):
    """A finding was not made, because nobody seemed to need it."""


@dataclass(slots=True)
class Made:
    """The findings of a group that have been made, by their places: what makes them where the rows are not."""

    findings: dict[int, Finding]

    def __call__(self, place: int) -> Finding:
        """The finding at a place.

        Raises:
            NotMade: it was not made.

        """
        found = self.findings.get(place)
        if found is None:
            raise NotMade
        return found


class JsonLines:
    """Makes the JSON text of records, whose numbers a function has made."""

    def __init__(self, parse_float: ParseFloat) -> None:
        numbers = parse_float
        self._encode = block_encoder(lambda: not isinstance(numbers, ExactNumbers) or numbers.are_plain)

    def __call__(self, block: RecordBlock) -> bytes:
        """The JSON text of each record of a block, on a line of its own that is empty if the record's row is wrong."""
        rows, invalid = block.numbers, block.invalid
        records = block.records
        if invalid:
            records = [record for row, record in zip(rows, records, strict=True) if row not in invalid]
        texts = self._encode(records) if records else []
        following = iter(texts).__next__
        return b"\n".join([b"" if row in invalid else following() for row in rows] if invalid else texts)


class PartReading(Protocol):
    """The reading of one range."""

    def blocks(self) -> Iterator[RecordBlock]:
        """The blocks, once."""

    def end(self) -> Any:
        """The end, after the last block."""

    def is_once(self, finding: Finding) -> bool:
        """Whether a finding is reported once a file."""


class PartReader(Protocol):
    """Reads the ranges of one file.

    Attributes:
        form: the form of the file.
        json_lines: makes the JSON text of wanted records.

    """

    form: Any
    json_lines: JsonLines

    def read(self, part: Range) -> PartReading:
        """The reading of a range, which begins at a record."""


RangeResult = tuple[list[bytes], Any]
"""The result of reading a range: its blocks, each for ``unpacked``, and its end."""


def read_light(reader: PartReader, part: Range) -> RangeResult:
    """The blocks of a range, with the JSON text of wanted records in place of these, and its end."""
    reading, wanted = reader.read(part), reader.form.wanted
    packed: list[bytes] = []
    made = Counter[tuple[str, str]]()
    last: RecordBlock | None = None
    for block in reading.blocks():
        _make(block, made, wanted, reading.is_once)
        if wanted.records:
            block.json_lines = reader.json_lines(block)
        block.as_read = [(row, cells) for row, cells in block.as_read if row in block.invalid]
        lighten(block, wanted)
        block.unread = {}
        if last is None:
            last = block
        elif not _join(last, block):
            packed.append(_packed(last))
            last = block
    if last is not None:
        packed.append(_packed(last))
    return packed, reading.end()


def lighten(block: RecordBlock, wanted: Wanted) -> None:
    """Keep only the fields of the records that are compared with others."""
    block.fields = fields_between(wanted.crossed, block) if wanted.crossed is not None else {}
    block.records = []


def _make(
    block: RecordBlock, made: Counter[tuple[str, str]], wanted: Wanted, is_once: Callable[[Finding], bool]
) -> None:
    """Make as many findings as a report may keep, as if the file began with this range; the others are only counted.

    Errors for which rows are rejected are made, all of them; those that are reported once a file may not be kept, and
    leave room for another.
    """
    limit = wanted.findings
    full = set() if limit is None else {key for key, count in made.items() if count >= limit}
    full |= {(finding.code, column_key(finding)) for finding in block.findings} if limit == 0 else set()
    kept, counted = list[Finding](), dict[tuple[str, Severity, str], dict[int, int]]()
    for finding in block.findings:
        key = column_key(finding)
        rows = counted.setdefault((finding.code, finding.severity, key), {})
        if (
            (finding.code, key) in full
            and not (wanted.as_read and finding.severity is Severity.ERROR)
            and finding.row is not None
            and finding.row not in rows
            and _is_like_one(finding)
        ):
            rows[finding.row] = finding.row
        else:
            kept.append(finding)
    for group in block.groups:
        is_wanted = (group.code, group.key) not in full and limit != 0
        is_wanted = is_wanted or (wanted.as_read and group.severity is Severity.ERROR)
        is_wanted = is_wanted and group.counts is None
        group.make = Made({place: group.make(place) for place in group.rows.values()} if is_wanted else {})
        made[group.code, group.key] += len(group.rows) if is_wanted else 0
    made.update((finding.code, column_key(finding)) for finding in kept if not is_once(finding))
    block.findings = kept
    block.groups += [FindingGroup(*key, rows, Made({})) for key, rows in counted.items() if rows]


def _is_like_one(finding: Finding) -> bool:
    """Whether a finding is counted, and gives way to others about its cell, exactly as one of a group."""
    if finding.label is None:
        return finding.path is None and finding.code != SURPLUS
    return finding.label != "" and (finding.path is not None or finding.severity is Severity.ERROR)


def _join(before: RecordBlock, block: RecordBlock) -> bool:
    """Add a block to the one before it, if neither has anything to report; whether that was done."""
    fields, more = before.fields or {}, block.fields or {}
    if before.findings or before.groups or block.findings or block.groups or fields.keys() != more.keys():
        return False
    if len(before.numbers) >= JOINED_ROWS:
        return False
    before.rows += block.rows
    before.numbers = _chained(before.numbers, block.numbers)
    before.lines = _chained(before.lines, block.lines)
    before.fields = {name: _chained(values, more[name]) for name, values in fields.items()}
    if before.json_lines is not None and block.json_lines is not None:
        before.json_lines = b"\n".join(filter(None, (before.json_lines, block.json_lines)))
    if before.fixed is not None and block.fixed is not None:
        before.fixed.join(block.fixed)
    for label, count in block.blanks.items():
        before.blanks[label] = before.blanks.get(label, 0) + count
    return True


def _chained(one: Sequence[Any], other: Sequence[Any]) -> Sequence[Any]:
    """Two sequences as one, which remains a range if both are."""
    if isinstance(one, range) and isinstance(other, range) and one.stop == other.start:
        return range(one.start, other.stop)
    return [*one, *other]


def _packed(block: RecordBlock) -> bytes:
    """A block as bytes, which take less memory than the numbers of its rows."""
    import pickle

    block.fields = {name: _as_one(values) for name, values in (block.fields or {}).items()}
    if block.fixed is not None:
        block.fixed.lines = _as_one(block.fixed.lines)
    return pickle.dumps(block, pickle.HIGHEST_PROTOCOL)


def _as_one(values: Sequence[Any]) -> Sequence[Any]:
    """Texts as one text, if that can be divided again; that takes a third of the time of many."""
    if set(map(type, values)) != {str}:
        return values
    text = "\n".join(values)
    return text if text.count("\n") == len(values) - 1 else values


def _as_several(values: Sequence[Any]) -> Sequence[Any]:
    """The texts of which ``_as_one`` has made one."""
    return values.split("\n") if isinstance(values, str) else values


def unpacked(data: bytes) -> RecordBlock:
    """The block of a ``RangeResult``."""
    import pickle

    block: RecordBlock = pickle.loads(data)  # noqa: S301 - from a process that this one has given the range
    fields = block.fields or {}
    block.fields = {name: _as_several(values) for name, values in fields.items()}
    if block.fixed is not None:
        block.fixed.lines = _as_several(block.fixed.lines)
    return block
