"""A block of JSON records to a block of records and findings: many at a time, and one by one only if necessary.

In: blocks of records as they were read. Out: the same records, with their text converted to the types in the schema,
and findings. Rule: if a single rule already rejects a value, its record is not checked as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import Any

from custobar_formats.core.findings import CODES, Finding, Severity, pointer_key
from custobar_formats.core.limits import MAX_CACHED_STEPS
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.core.scalars import ParseFloat
from custobar_formats.jsontext.bulk import Sift
from custobar_formats.jsontext.reader import JsonBlock
from custobar_formats.pipeline.block_findings import KnownCodes
from custobar_formats.records.block import GRAVITY, FindingGroup, RecordBlock
from custobar_formats.schema.compiled import Schema
from custobar_formats.validation.cell_warnings import FoundWarning, RecordWarnings, record_warnings
from custobar_formats.validation.problems import Checker
from custobar_formats.validation.record_filter import RecordFilter
from custobar_formats.validation.scalar_tests import Fault

NOTED = "number-as-string"


class RecordReader:
    """Reads the blocks of one file; the JSON reader uses ``find_unchecked`` to find records that may be invalid."""

    def __init__(self, schema: Schema | None, parse_float: ParseFloat) -> None:
        self._entity = schema.entity if schema is not None else None
        self._has_schema = schema is not None
        self._filter = RecordFilter(schema, parse_float) if schema is not None else None
        self._checker = Checker(schema, parse_float) if schema is not None else None
        self._codes = KnownCodes()
        self.find_unchecked: Sift | None = self._filter.find_unchecked if self._filter is not None else None

    def read(self, block: JsonBlock) -> RecordBlock:
        """The records and the findings of a block."""
        records, numbers, lines = block.records, block.numbers, block.lines
        found = RecordBlock(records, numbers, lines, len(records) + block.skipped, block.findings)
        warned = record_warnings(records, self._entity, has_schema=self._has_schema, may_warn=block.may_warn)
        if self._filter is not None and self._checker is not None and block.unchecked:
            unchecked, faults = self._filter.judge(records)
            for place in sorted(unchecked):
                records[place], problems = self._checker.check(records[place])
                found.findings += [
                    problem.finding(row=numbers[place], line=lines[place])
                    for problem in problems
                    if _is_kept((place, problem.path), _rank(problem.code, problem.severity), warned)
                ]
            if warned:
                faults = [
                    (place, fault)
                    for place, fault in faults
                    if _is_kept((place, fault.path), _rank(*self._code_of(fault)), warned)
                ]
            found.groups = self._group_faults(faults, block)
        found.groups += self._group_warned(warned, block)
        return found

    def _group_faults(self, faults: Iterable[tuple[int, Fault]], block: JsonBlock) -> list[FindingGroup]:
        """The findings for faults, in groups."""
        groups = _Groups()
        for place, fault in faults:
            path = fault.path if fault.name is None else (*fault.path, fault.name)
            groups.add((*self._code_of(fault), _key_of(path)), place, fault)

        def make(place: int, fault: Fault) -> Finding:
            assert self._checker is not None
            return self._checker.problem_of(fault).finding(row=block.numbers[place], line=block.lines[place])

        return groups.finish(block.numbers, make)

    def _group_warned(self, warned: RecordWarnings, block: JsonBlock) -> list[FindingGroup]:
        """The findings for warnings about text, in groups."""
        groups = _Groups()
        for (place, path), (text, warning) in sorted(warned.items(), key=lambda one: one[0][0]):
            groups.add((warning.code, CODES[warning.code][0], _key_of(path)), place, (path, text, warning))

        def make(place: int, found: tuple[Path, str, FoundWarning]) -> Finding:
            path, text, warning = found
            if self._checker is not None:
                warning = warning.checked(text, partial(self._checker.is_clean_at, place=self._checker.place(path)))
            where = {"row": block.numbers[place], "line": block.lines[place], "path": format_pointer(path)}
            return warning.finding(**where, value=text)

        return groups.finish(block.numbers, make)

    def _code_of(self, fault: Fault) -> tuple[str, Severity]:
        """The code and the severity of the finding for a fault."""
        rule = fault.rule
        if rule is None:
            return NOTED, CODES[NOTED][0]
        code = self._codes.code_of(rule, fault.value)
        if code is None:
            assert self._checker is not None
            code = self._checker.problem_of(fault).code
            self._codes.learn(rule, fault.value, code)
        return code, rule.severity or CODES[code][0]


def _rank(code: str, severity: Severity | None) -> tuple[int, str]:
    """The sorting key of findings about one value: the more severe one is kept, then the first by code."""
    return GRAVITY[severity or CODES[code][0]], code


def _is_kept(where: tuple[int, Path], rank: tuple[int, str], warned: RecordWarnings) -> bool:
    """Whether to keep a finding about a value; if so, a less severe warning about its text is removed."""
    if where not in warned:
        return True
    _, warning = warned[where]
    if rank < _rank(warning.code, None):
        del warned[where]
        return True
    return False


class _Groups:
    """Facts about records in groups by the code and key of their findings, at most one for each record in a group."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, Severity, str], list[dict[int, Any]]] = defaultdict(list)

    def add(self, key: tuple[str, Severity, str], place: int, fact: Any) -> None:
        """Add a fact about the record at a place."""
        same = self._groups[key]
        for group in same:
            if place not in group:
                group[place] = fact
                return
        same.append({place: fact})

    def finish(self, numbers: Sequence[int], make: Callable[[int, Any], Finding]) -> list[FindingGroup]:
        """The groups of findings; ``make`` makes a finding from a place and a fact."""

        def maker(facts: dict[int, Any]) -> Callable[[int], Finding]:
            return lambda place: make(place, facts[place])

        return [
            FindingGroup(*key, {numbers[place]: place for place in sorted(facts)}, maker(facts))
            for key, same in self._groups.items()
            for facts in same
        ]


@lru_cache(maxsize=MAX_CACHED_STEPS)
def _key_of(path: Path) -> str:
    return pointer_key(format_pointer(path))
