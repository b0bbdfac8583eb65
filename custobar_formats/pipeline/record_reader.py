"""A block of JSON records to a block of records and findings: many at a time, and one by one only if necessary.

In: blocks of records as they were read. Out: the same records, with their text converted to the types in the schema,
and findings. Rule: if a single rule already rejects a value, its record is not checked as a whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from heapq import nsmallest
from itertools import chain
from typing import Any

from custobar_formats.core.findings import CODES, Finding, Severity, make_finding
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.core.scalars import ParseFloat
from custobar_formats.jsontext.bulk import Sift
from custobar_formats.jsontext.reader import JsonBlock
from custobar_formats.pipeline.block_findings import KnownCodes
from custobar_formats.records.block import GRAVITY, FindingGroup, RecordBlock
from custobar_formats.schema.compiled import Schema
from custobar_formats.validation.cell_warnings import FoundWarning, RecordWarnings, record_warnings
from custobar_formats.validation.explanations import show
from custobar_formats.validation.key_warnings import KeyWarnings
from custobar_formats.validation.mixed_money import HINT, MIXED, WITH_POINT, MoneyFields, field_key, mixed_message
from custobar_formats.validation.problems import Checker, Problem, note_code
from custobar_formats.validation.record_filter import RecordFilter
from custobar_formats.validation.scalar_tests import Fault

KeyFindings = dict[tuple[int | None, str | None], list[Finding]]
"""Findings about keys, by row and path."""

Doubted = dict[tuple[int, Path], Any]
"""Amounts in doubt, by the place of the record and the path."""


class RecordReader:
    """Reads the blocks of one file; the JSON reader uses ``find_unchecked`` to find records that may be invalid.

    ``limit`` is the number of findings of one code under one key that anybody wants; None means all. ``keys`` knows the
    keys of the records before.
    """

    def __init__(
        self,
        schema: Schema | None,
        parse_float: ParseFloat,
        money: MoneyFields | None = None,
        limit: int | None = None,
        keys: KeyWarnings | None = None,
    ) -> None:
        self._entity = schema.entity if schema is not None else None
        self._has_schema = schema is not None
        self._filter = RecordFilter(schema, parse_float) if schema is not None else None
        self._checker = Checker(schema, parse_float) if schema is not None else None
        self._codes = KnownCodes()
        self._limit = limit
        self._money = money or MoneyFields(schema)
        self._keys = keys or KeyWarnings(schema)
        self.find_unchecked: Sift | None = self._filter.find_unchecked if self._filter is not None else None

    def read(self, block: JsonBlock) -> RecordBlock:
        """The records and the findings of a block."""
        records, numbers, lines = block.records, block.numbers, block.lines
        found = RecordBlock(records, numbers, lines, len(records) + block.skipped, block.findings)
        has_new_keys = self._filter is not None and self._filter.has_new_keys(records)
        seen: set[str] = set()
        warned = record_warnings(records, self._entity, seen, has_schema=self._has_schema, may_warn=block.may_warn)
        problems: Iterable[tuple[int, Problem]] = ()
        faults: list[tuple[int, Fault]] = []
        if self._filter is not None and block.unchecked:
            unchecked, faults = self._filter.judge(records)
            problems = self._find_problems(records, unchecked)
            self._money.may_have_wholes |= bool(unchecked)
        if self._filter is not None:
            self._money.may_have_wholes |= self._filter.may_have_whole_money
        doubted: Doubted = {}
        if self._money.mixed:
            problems = list(problems)
            doubted = self._doubted(records, problems, faults)
        if doubted or warned:
            problems = (
                (place, problem)
                for place, problem in problems
                if _is_kept((place, problem.path), _rank(problem.code, problem.severity), warned, doubted)
            )
            faults = [
                (place, fault)
                for place, fault in faults
                if _is_kept((place, _path_of(fault)), _rank(*self._code_of(fault)), warned, doubted)
            ]
        keys = self._find_keys(block) if self._keys.has_odd(seen) or has_new_keys else {}
        for group in self._group_problems(problems, keys, block):
            if group.counts is None:
                found.findings += map(group.make, group.rows.values())
            else:
                found.groups.append(group)
        found.groups += self._group_faults(faults, keys, block)
        found.groups += self._group_warned(warned, block)
        found.groups += self._group_doubted(doubted, block)
        found.findings += chain.from_iterable(keys.values())
        return found

    def _find_keys(self, block: JsonBlock) -> KeyFindings:
        """The findings about keys; those whose value has another finding are removed later."""
        found: KeyFindings = defaultdict(list)
        for one in self._keys.find(block.records, block.numbers, block.lines):
            found[one.row, one.path].append(one)
        return found

    def _find_problems(self, records: list[Any], unchecked: Iterable[int]) -> Iterator[tuple[int, Problem]]:
        """The problems of records that are checked as a whole; each is replaced by the coerced one."""
        assert self._checker is not None
        for place in sorted(unchecked):
            records[place], problems = self._checker.check_lazily(records[place])
            for problem in problems:
                self._note(problem.code, problem.severity, problem.path, problem.value)
                yield place, problem

    def _group_problems(
        self, problems: Iterable[tuple[int, Problem]], keys: KeyFindings, block: JsonBlock
    ) -> list[FindingGroup]:
        """The findings for problems, in groups."""
        groups = _Groups(self._limit)
        for place, problem in problems:
            code, severity = problem.code, problem.severity or CODES[problem.code][0]
            groups.add((code, severity, field_key(problem.path)), place, problem.path, problem)
            if keys:
                keys.pop((block.numbers[place], format_pointer(problem.path)), None)

        def make(place: int, problem: Problem) -> Finding:
            return problem.finding(row=block.numbers[place], line=block.lines[place])

        return groups.finish(block.numbers, make)

    def _note(self, code: str, severity: Severity | None, path: Path, value: Any) -> None:
        """Learn from a value that has a finding whether its field of money has amounts with decimals."""
        if code == WITH_POINT or _is_error(code, severity):
            self._money.note_wrong(path, value)

    def _doubted(
        self, records: list[Any], problems: Iterable[tuple[int, Problem]], faults: list[tuple[int, Fault]]
    ) -> Doubted:
        """The amounts in fields that are known to be mixed, by place and path, without those that have an error."""
        wrong = {(place, problem.path) for place, problem in problems if _is_error(problem.code, problem.severity)}
        wrong |= {(place, _path_of(fault)) for place, fault in faults if _is_error(*self._code_of(fault))}
        found = ((place, one) for place, record in enumerate(records) for one in self._money.amounts(record))
        return {(place, path): value for place, (path, value) in found if (place, path) not in wrong}

    def finish(self) -> RecordBlock:
        """The findings about the file as a whole."""
        return RecordBlock(findings=self._keys.rest())

    def _group_faults(
        self, faults: Iterable[tuple[int, Fault]], keys: KeyFindings, block: JsonBlock
    ) -> list[FindingGroup]:
        """The findings for faults, in groups."""
        groups = _Groups(self._limit)
        for place, fault in faults:
            path, code, severity = _path_of(fault), *self._code_of(fault)
            self._note(code, severity, path, fault.value)
            groups.add((code, severity, field_key(path)), place, path, fault)
            if keys:
                keys.pop((block.numbers[place], format_pointer(path)), None)

        def make(place: int, fault: Fault) -> Finding:
            assert self._checker is not None
            return self._checker.problem_of(fault).finding(row=block.numbers[place], line=block.lines[place])

        return groups.finish(block.numbers, make)

    def _group_warned(self, warned: RecordWarnings, block: JsonBlock) -> list[FindingGroup]:
        """The findings for warnings about text, in groups."""
        groups = _Groups(self._limit)
        for (place, path), (text, warning) in sorted(warned.items(), key=lambda one: one[0][0]):
            groups.add((warning.code, CODES[warning.code][0], field_key(path)), place, path, (path, text, warning))

        def make(place: int, found: tuple[Path, str, FoundWarning]) -> Finding:
            path, text, warning = found
            if self._checker is not None:
                warning = warning.checked(partial(self._checker.is_clean_at, place=self._checker.place(path)))
            where = {"row": block.numbers[place], "line": block.lines[place], "path": format_pointer(path)}
            return warning.finding(**where, value=text)

        return groups.finish(block.numbers, make)

    def _group_doubted(self, doubted: Doubted, block: JsonBlock) -> list[FindingGroup]:
        """The findings for amounts in doubt, in groups."""
        groups = _Groups(self._limit)
        for (place, path), value in doubted.items():
            groups.add((MIXED, CODES[MIXED][0], field_key(path)), place, path, (path, value))

        def make(place: int, found: tuple[Path, Any]) -> Finding:
            path, value = found
            where = {"row": block.numbers[place], "line": block.lines[place], "path": format_pointer(path)}
            return make_finding(MIXED, mixed_message(value), hint=HINT, value=show(value), **where)

        return groups.finish(block.numbers, make)

    def _code_of(self, fault: Fault) -> tuple[str, Severity]:
        """The code and the severity of the finding for a fault."""
        rule = fault.rule
        if rule is None:
            noted = note_code(fault.value)
            return noted, CODES[noted][0]
        code = self._codes.code_of(rule, fault.value)
        if code is None:
            assert self._checker is not None
            code = self._checker.problem_of(fault).code
            self._codes.learn(rule, fault.value, code)
        return code, rule.severity or CODES[code][0]


def _rank(code: str, severity: Severity | None) -> tuple[int, str]:
    """The sorting key of findings about one value: the more severe one is kept, then the first by code."""
    return GRAVITY[severity or CODES[code][0]], code


def _is_error(code: str, severity: Severity | None) -> bool:
    return (severity or CODES[code][0]) is Severity.ERROR


def _path_of(fault: Fault) -> Path:
    return fault.path if fault.name is None else (*fault.path, fault.name)


def _is_kept(where: tuple[int, Path], rank: tuple[int, str], warned: RecordWarnings, doubted: Doubted) -> bool:
    """Whether to keep a finding about a value; if so, a less severe warning about its text is removed."""
    if where in doubted:
        return False
    if where not in warned:
        return True
    _, warning = warned[where]
    if rank < _rank(warning.code, None):
        del warned[where]
        return True
    return False


class _Groups:
    """Facts about records, in groups by the code and key of their findings.

    ``limit`` is the number of findings that anybody wants of a group: of more facts about one record, the first by path
    are kept, and the others are counted.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._groups: dict[tuple[str, Severity, str], dict[int, list[tuple[Path, Any]]]] = defaultdict(dict)
        self._others: dict[tuple[str, Severity, str], Counter[int]] = defaultdict(Counter)

    def add(self, key: tuple[str, Severity, str], place: int, path: Path, fact: Any) -> None:
        """Add a fact about the record at a place."""
        facts = self._groups[key].setdefault(place, [])
        facts.append((path, fact))
        if self._limit is not None and len(facts) > 2 * self._limit:
            self._others[key][place] += len(facts) - self._limit
            facts[:] = nsmallest(self._limit, facts, key=lambda one: format_pointer(one[0]))

    def finish(self, numbers: Sequence[int], make: Callable[[int, Any], Finding]) -> list[FindingGroup]:
        """The groups of findings; ``make`` makes a finding from a place and a fact."""

        def maker(facts: dict[int, Any]) -> Callable[[int], Finding]:
            return lambda place: make(place, facts[place])

        found = []
        for key, by_place in self._groups.items():
            for layer in range(max(map(len, by_place.values()))):
                facts = {place: by_place[place][layer][1] for place in sorted(by_place) if len(by_place[place]) > layer}
                found.append(FindingGroup(*key, {numbers[place]: place for place in facts}, maker(facts)))
            if others := self._others.get(key):
                counts = {numbers[place]: others[place] for place in sorted(others)}
                found.append(FindingGroup(*key, dict.fromkeys(counts, 0), _make_none, counts))
        return found


def _make_none(place: int) -> Finding:
    raise AssertionError(f"the findings at {place} are only counted")
