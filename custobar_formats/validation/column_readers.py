"""A whole column of cells to values and faults, in a few calls that run in C.

In: the cells of one column in a block. Out: their values, and the places of cells that break a rule. Rules: a quick
test may only accept a column in which every cell is valid, otherwise each cell is checked exactly; a user's pattern
never runs in Python's ``re``, which some patterns make very slow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from custobar_formats.core.known import KnownGood
from custobar_formats.core.limits import MAX_DIGITS, REMEMBERED_CELLS, REMEMBERED_CELLS_IN_ALL, REMEMBERED_CHARS
from custobar_formats.core.scalars import ParseFloat, format_json
from custobar_formats.records.block import Values
from custobar_formats.schema.coercion import Coercer
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.keywords import ANNOTATIONS
from custobar_formats.schema.places import How, Node, Place
from custobar_formats.schema.rules import FOLLOWED, Rule
from custobar_formats.validation.line_patterns import (
    INTEGER_LINES,
    INTEGERS,
    NUMBERS,
    find_uncertain,
    lines_of_cells,
    shortcut,
)

LOWER_BOUNDS = frozenset({"minimum", "exclusiveMinimum"})
UPPER_BOUNDS = frozenset({"maximum", "exclusiveMaximum"})

TRUTH = {"true": True, "false": False}
TRUTH_OR_BLANK = {*TRUTH, ""}

Wrong = list[tuple[int, Rule | None, Any]]
"""Places of wrong cells, the broken rule, and their values; the rule is None if the whole record must be checked."""


class ColumnReader(Protocol):
    """Reads one column; ``is_text``: whether its values are text."""

    is_text: bool

    def read(self, cells: Sequence[str]) -> tuple[Values | None, Wrong]:
        """The values (None if they are the cells), and what is wrong."""

    def texts(self, cells: Sequence[str]) -> tuple[Sequence[str], Wrong]:
        """The values as JSON text (the cells if ``is_text``), and what is wrong; often the same cells."""

    def wrong(self, cells: Sequence[str]) -> Wrong:
        """Only what is wrong."""


def make_reader(
    place: Place, rules: tuple[Rule, ...] | None, schema: Schema, parse_float: ParseFloat, columns: int
) -> ColumnReader | None:
    """The reader of a column at a place, under these rules (None if they are not known); None for plain text.

    ``columns`` is the number of columns in the file: with more columns, fewer cells of each are remembered.
    """
    room = min(REMEMBERED_CELLS, REMEMBERED_CELLS_IN_ALL // columns)
    coercer = Coercer(schema, parse_float)
    types, members = place.types, place.members
    takes_text = types is None or "string" in types
    stays_text = takes_text and (members is None or all(isinstance(member, str) for member in members))
    if rules is None and schema.plain is not None:
        return UndecidedColumn((), schema)
    if rules is None:
        return DoubtfulColumn(place, schema, coercer, room, parse_float)
    if stays_text:
        rules = tuple(rule for rule in rules if rule.location[-1] != "type")  # text is one of the types
        return TextColumn(rules, schema, room) if rules else None
    if members is None and types is not None:
        if "integer" in types and types <= {"integer", "null"}:
            return IntegerColumn(place, rules, coercer, room)
        if "number" in types and types <= {"number", "null"}:
            return NumberColumn(place, rules, coercer, parse_float, room)
        if types == {"boolean"} and all(rule.location[-1] == "type" for rule in rules):
            return BooleanColumn(place, rules, coercer, room)
    return ParsedColumn(place, rules, coercer, room)


def first_broken(rules: tuple[Rule, ...], value: Any) -> Rule | None:
    """The first rule that a value breaks, if any."""
    for rule in rules:
        if not rule.holds(value):
            return rule
    return None


class TextColumn:
    """Text with rules."""

    is_text = True

    def __init__(self, rules: tuple[Rule, ...], schema: Schema, room: int = REMEMBERED_CELLS) -> None:
        self._rules = rules
        self._lines = shortcut(rules, schema)
        self._room = room
        self._known = KnownGood(room, [""])
        self._wrong: dict[str, Rule] = {}

    def read(self, cells: Sequence[str]) -> tuple[None, Wrong]:
        """None (the values are the cells), and what is wrong."""
        return None, self.wrong(cells)

    def texts(self, cells: Sequence[str]) -> tuple[Sequence[str], Wrong]:
        """The cells, and what is wrong."""
        return cells, self.wrong(cells)

    def wrong(self, cells: Sequence[str]) -> Wrong:
        """The cells that are wrong, or have to be checked with their records."""
        known, lines = self._known, self._lines
        if known.has_room or lines is None:
            if known.texts.issuperset(cells):
                return []
            if lines is not None:
                fresh = set(cells).difference(known.texts)
                if lines.fullmatch(lines_of_cells(list(fresh))):
                    known.update(fresh)
                    return []
        suspects = range(len(cells)) if lines is None else find_uncertain(lines, cells)
        return [(row, rule, cells[row]) for row in suspects if (rule := self._judge(cells[row])) is not None]

    def _judge(self, cell: str) -> Rule | None:
        if cell in self._known.texts:
            return None
        rule = self._wrong.get(cell) or first_broken(self._rules, cell)
        if rule is None:
            self._known.add(cell)
        elif len(self._wrong) < self._room and len(cell) <= REMEMBERED_CHARS:
            self._wrong[cell] = rule
        return rule


class UndecidedColumn(TextColumn):
    """Text that only the whole record decides about."""

    def wrong(self, cells: Sequence[str]) -> Wrong:
        """Every cell that is not blank."""
        return [(row, None, cell) for row, cell in enumerate(cells) if cell]


class ParsedColumn:
    """Values parsed from text, cell by cell."""

    is_text = False

    def __init__(self, place: Place, rules: tuple[Rule, ...], coercer: Coercer, room: int = REMEMBERED_CELLS) -> None:
        self._place = place
        self._rules = rules
        self._coercer = coercer
        self._room = room
        self._judged: dict[str, Verdict] = {}

    def read(self, cells: Sequence[str]) -> tuple[Values | None, Wrong]:
        """The values, and what is wrong."""
        judged = dict(self._judge(cells))
        values = [judged[row].value if row in judged else self._convert(cell) for row, cell in enumerate(cells) if cell]
        return Values(values, given=True), _wrong_of(judged.items())

    def texts(self, cells: Sequence[str]) -> tuple[Sequence[str], Wrong]:
        """The values as JSON text, and what is wrong."""
        judged = list(self._judge(cells))
        if not judged:
            return cells, []
        texts = list(cells)
        for row, verdict in judged:
            texts[row] = format_json(verdict.value)
        return texts, _wrong_of(judged)

    def wrong(self, cells: Sequence[str]) -> Wrong:
        """Only what is wrong."""
        return _wrong_of(self._judge(cells))

    def _judge(self, cells: Sequence[str]) -> Iterator[tuple[int, Verdict]]:
        """The places of uncertain cells, each with its verdict."""
        judged = self._judged
        for row in self._uncertain(cells):
            cell = cells[row]
            if cell in judged:
                yield row, judged[cell]
            elif cell:
                verdict = self._verdict(cell)
                if len(judged) < self._room and len(cell) <= REMEMBERED_CHARS:
                    judged[cell] = verdict
                yield row, verdict

    def _verdict(self, cell: str) -> Verdict:
        """The verdict on one cell."""
        value = self._coercer.parse_cell(cell, self._place)
        rule = first_broken(self._rules, value)
        return Verdict(value, rule is None, rule)

    def _uncertain(self, cells: Sequence[str]) -> Iterable[int]:
        """The places of uncertain cells."""
        return range(len(cells))

    def _convert(self, cell: str) -> Any:
        """The value of a certain cell, which is JSON text."""
        raise AssertionError(f"nothing is certain of {cell!r}")


class Verdict(NamedTuple):
    """A cell's value, whether it is valid, and the rule that it breaks, if a single rule decides."""

    value: Any
    is_right: bool
    rule: Rule | None


def _wrong_of(judged: Iterable[tuple[int, Verdict]]) -> Wrong:
    return [(row, verdict.rule, verdict.value) for row, verdict in judged if not verdict.is_right]


def _decoder() -> Callable[[str], Any]:
    """The JSON decoder: msgspec, or the json module if msgspec is not installed."""
    try:
        import msgspec
    except ImportError:
        return json.loads

    return msgspec.json.decode


class IntegerColumn(ParsedColumn):
    """Integers."""

    _lines = INTEGER_LINES

    def __init__(self, place: Place, rules: tuple[Rule, ...], coercer: Coercer, room: int = REMEMBERED_CELLS) -> None:
        super().__init__(place, rules, coercer, room)
        self._decode = _decoder()
        more = [rule for rule in rules if rule.location[-1] != "type"]
        self._least = [rule for rule in more if rule.location[-1] in LOWER_BOUNDS]
        self._most = [rule for rule in more if rule.location[-1] in UPPER_BOUNDS]
        self._has_more_rules = len(more) > len(self._least) + len(self._most)

    def read(self, cells: Sequence[str]) -> tuple[Values | None, Wrong]:
        """The values, and what is wrong."""
        if not self._has_more_rules:
            numbers = self._numbers(list(filter(None, cells)) if "" in cells else cells)
            if numbers is not None and self._are_within(numbers):
                return Values(numbers, given=True), []
        return super().read(cells)

    def _numbers(self, cells: Sequence[str]) -> list[Any] | None:
        """The number in each cell; None if they are not certain."""
        text = ",".join(cells)
        if INTEGERS.fullmatch(text) is None or (len(text) > MAX_DIGITS and max(map(len, cells)) > MAX_DIGITS):
            return None
        try:
            numbers: list[Any] = self._decode(f"[{text}]")
        except ValueError:
            return None
        return numbers if len(numbers) == len(cells) else None

    def _are_within(self, numbers: Sequence[Any]) -> bool:
        """Whether all numbers are within the bounds: it is enough to check the smallest and the largest."""
        return not numbers or (
            all(rule.holds(min(numbers)) for rule in self._least)
            and all(rule.holds(max(numbers)) for rule in self._most)
        )

    def _uncertain(self, cells: Sequence[str]) -> Iterable[int]:
        if self._has_more_rules:
            return range(len(cells))
        found = find_uncertain(self._lines, cells)
        if self._least or self._most:
            others = [cell for row, cell in enumerate(cells) if cell] if not found else _without(cells, found)
            if not self._are_within(list(map(self._convert, others))):
                return range(len(cells))
        return found

    def _convert(self, cell: str) -> Any:
        return int(cell)


def _without(cells: Sequence[str], places: Iterable[int]) -> list[str]:
    """The cells that are not blank, except those at some places."""
    left_out = set(places)
    return [cell for place, cell in enumerate(cells) if cell and place not in left_out]


class NumberColumn(IntegerColumn):
    """Numbers: integers if they have no decimal point, otherwise what ``parse_float`` returns."""

    _lines = NUMBERS

    def __init__(
        self,
        place: Place,
        rules: tuple[Rule, ...],
        coercer: Coercer,
        parse_float: ParseFloat,
        room: int = REMEMBERED_CELLS,
    ) -> None:
        super().__init__(place, rules, coercer, room)
        self._parse_float = parse_float

    def _numbers(self, cells: Sequence[str]) -> list[Any] | None:
        if NUMBERS.fullmatch(lines_of_cells(cells)) is None:
            return None
        return list(map(self._convert, cells))

    def _convert(self, cell: str) -> Any:
        return self._parse_float(cell) if "." in cell else int(cell)


class BooleanColumn(ParsedColumn):
    """Truth values."""

    def read(self, cells: Sequence[str]) -> tuple[Values | None, Wrong]:
        """The values, and what is wrong."""
        given = list(filter(None, cells)) if "" in cells else cells
        try:
            values = itemgetter(*given)(TRUTH) if len(given) > 1 else [TRUTH[cell] for cell in given]
        except KeyError:
            return super().read(cells)
        return Values(values, given=True), []

    def _uncertain(self, cells: Sequence[str]) -> Iterable[int]:
        if TRUTH_OR_BLANK.issuperset(cells):
            return ()
        return [row for row, cell in enumerate(cells) if cell not in TRUTH_OR_BLANK]

    def _convert(self, cell: str) -> Any:
        return TRUTH[cell]


class DoubtfulColumn(ParsedColumn):
    """Values under a union or a condition: what a cell becomes, and whether that is valid or the whole record decides.

    If types alone decide, as in a union of integer and null, lines of numbers are certain.
    """

    def __init__(self, place: Place, schema: Schema, coercer: Coercer, room: int, parse_float: ParseFloat) -> None:
        super().__init__(place, (), coercer, room)
        self._accepts: list[Callable[[Any], bool]] = [schema.accepts(node.location) for node, _ in place.entries]
        self._decides = not schema.document.depends_on_way
        self._is_sure = all(how is How.ALWAYS for _, how in place.entries)
        self._parse_float = parse_float
        self._known = KnownGood(room, [""])
        self.is_text = not any(_turns_text(node) for node, _ in place.nodes)
        types_decide = (
            self._decides and self._is_sure and all(_checks_only_type(node, schema) for node, _ in place.nodes)
        )
        text, integer, point, fraction = map(self._verdict, ("x", "1", "1.0", "1.5"))
        self._takes_all = types_decide and self.is_text and text.is_right
        self._lines: re.Pattern[str] | None = None
        if types_decide and integer.is_right and type(integer.value) is int:
            has_points = all(one.is_right for one in (point, fraction)) and repr(point.value) == repr(
                parse_float("1.0")
            )
            self._lines = NUMBERS if has_points else INTEGER_LINES

    def read(self, cells: Sequence[str]) -> tuple[Values | None, Wrong]:
        """The values (None if they are the cells), and what may be wrong."""
        return (None, self.wrong(cells)) if self.is_text else super().read(cells)

    def texts(self, cells: Sequence[str]) -> tuple[Sequence[str], Wrong]:
        """The values as JSON text (the cells if they are text), and what may be wrong."""
        return (cells, self.wrong(cells)) if self.is_text else super().texts(cells)

    def _verdict(self, cell: str) -> Verdict:
        value = self._coercer.parse_cell(cell, self._place)
        right = self._decides and all(accepts(value) for accepts in self._accepts)
        if not right and self._decides and self._is_sure:
            value = self._coercer.coerce(cell, self._place)
            right = all(accepts(value) for accepts in self._accepts)
        if right and self.is_text:
            self._known.add(cell)
        return Verdict(value, right, None)

    def _uncertain(self, cells: Sequence[str]) -> Iterable[int]:
        if self._takes_all or (self.is_text and self._known.texts.issuperset(cells)):
            return ()
        return range(len(cells)) if self._lines is None else find_uncertain(self._lines, cells)

    def _convert(self, cell: str) -> Any:
        return self._parse_float(cell) if "." in cell else int(cell)


def _turns_text(node: Node) -> bool:
    """Whether a node may turn text into another value."""
    types = node.types or frozenset()
    return bool(types & {"integer", "number", "boolean"}) or any(not isinstance(m, str) for m in node.members or ())


def _checks_only_type(node: Node, schema: Schema) -> bool:
    """Whether a node checks only a scalar's type, directly or through ``anyOf`` or ``oneOf``."""
    keywords = schema.document.get(node.location)
    return not isinstance(keywords, dict) or not keywords.keys() - ANNOTATIONS - FOLLOWED - {"type", "anyOf", "oneOf"}
