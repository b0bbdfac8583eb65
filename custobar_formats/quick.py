"""A whole column of cells to values, and which of them are wrong, in a few calls that run in C.

In: the cells of one column in a block. Out: their values, and the places of cells that break a rule. The rules kept
here: a quick test may only say yes, of a column in which every cell is right, else each cell is looked at by exact
means; no pattern of a user is given to Python's own regular expressions, which some patterns stall.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from custobar_formats.places import Place
from custobar_formats.rules import Rule
from custobar_formats.schema import Schema, bundled_patterns
from custobar_formats.values import Coercer, ParseFloat

REMEMBERED = 4_096
"""Cells of a column that are remembered to be right: all days of ten years, in some 400 kB."""

LONGEST = 64
"""Characters of a cell that is remembered, so that memory does not grow with long ones."""

INTEGERS = re.compile(r"(?>-?(?:0|[1-9][0-9]{0,17})\n)*+")
NUMBERS = re.compile(r"(?>-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?\n)*+")
"""Lines of numbers that are within every limit; the others are few, and looked at one by one."""

_DAY = (
    "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"  # no leap days
)
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?"
SHORTCUTS = {
    "date": rf"[0-9]{{4}}-{_DAY}",
    "datetime": rf"[0-9]{{4}}-{_DAY}(?:T{_CLOCK})?",
    "email": r"[A-Za-z0-9_+-]{1,20}+(?:\.[A-Za-z0-9_+-]{1,20}+){0,2}+@[A-Za-z0-9]++(?:\.[A-Za-z0-9]++){1,3}+",
    "phone_number": r"\+[1-9][0-9]{6,14}+",
    "identifier": "[A-Za-z0-9-]++",
}
"""What the plainest texts of some types look like: whatever matches keeps all patterns of the type's bundled schema.
``identifier`` is an external_id of customers."""

Wrong = list[tuple[int, Rule | None]]
"""Places of cells that break a rule, and which; None where the record has to be looked at as a whole."""


class ColumnReader(Protocol):
    """Reads one column. Where it ``keeps_text``, its values are the cells themselves, blank ones included."""

    keeps_text: bool

    def read(self, cells: Sequence[str]) -> tuple[Sequence[Any], Wrong]:
        """The values, and what is wrong."""


def make_reader(
    place: Place, rules: tuple[Rule, ...] | None, schema: Schema, parse_float: ParseFloat, blank: Any
) -> ColumnReader | None:
    """What reads a column at a place, under these rules (None where they are not known); None for plain text.

    ``blank`` is the value of a blank cell.
    """
    coercer = Coercer(schema, parse_float)
    types, members = place.types, place.members
    takes_text = types is None or "string" in types
    stays_text = takes_text and (members is None or all(isinstance(member, str) for member in members))
    if rules is None:
        return DoubtfulColumn(place, schema, coercer, blank)
    if stays_text:
        rules = tuple(rule for rule in rules if rule.location[-1] != "type")  # text is one of the types
        return TextColumn(rules, schema) if rules else None
    if members is None and types is not None:
        if types <= {"integer", "null"}:
            return NumberColumn(place, rules, coercer, blank, INTEGERS, parse_float)
        if types <= {"integer", "number", "null"}:
            return NumberColumn(place, rules, coercer, blank, NUMBERS, parse_float)
        if types == {"boolean"} and all(rule.location[-1] == "type" for rule in rules):
            return BooleanColumn(place, rules, coercer, blank)
    return ParsedColumn(place, rules, coercer, blank)


def _broken(rules: tuple[Rule, ...], value: Any) -> Rule | None:
    return next((rule for rule in rules if not rule.holds(value)), None)


def _matches(lines: re.Pattern[str], cells: Sequence[str]) -> bool:
    """Whether each cell is a line of its own, and as the pattern wants it."""
    text = "\n".join(cells) + "\n"
    return text.count("\n") == len(cells) and lines.fullmatch(text) is not None


class TextColumn:
    """Text that has to keep some rules."""

    keeps_text = True

    def __init__(self, rules: tuple[Rule, ...], schema: Schema) -> None:
        self._rules = rules
        self._lines = _shortcut(rules, schema)
        self._known = {""}

    def read(self, cells: Sequence[str]) -> tuple[Sequence[Any], Wrong]:
        """The cells, and those that are wrong."""
        has_room = len(self._known) < REMEMBERED
        if (has_room or self._lines is None) and self._known.issuperset(cells):
            return cells, []
        if self._lines is not None:
            given = cells if all(cells) else list(filter(None, cells))
            if _matches(self._lines, given):
                if has_room:
                    self._known.update(cell for cell in given if len(cell) <= LONGEST)
                return cells, []
        return cells, [(row, rule) for row, cell in enumerate(cells) if (rule := self._judge(cell)) is not None]

    def _judge(self, cell: str) -> Rule | None:
        if cell in self._known:
            return None
        rule = _broken(self._rules, cell)
        if rule is None and len(self._known) < REMEMBERED and len(cell) <= LONGEST:
            self._known.add(cell)
        return rule


def _shortcut(rules: tuple[Rule, ...], schema: Schema) -> re.Pattern[str] | None:
    """Lines of text that keep the rules for sure; None where no such lines are known."""
    patterns = {schema.document.get(rule.location) for rule in rules if rule.location[-1] == "pattern"}
    if len(patterns) != len(rules):
        return None
    for kind, line in SHORTCUTS.items():
        if patterns <= bundled_patterns(kind):
            return re.compile(rf"(?>{line}\n)*+")
    return None


class ParsedColumn:
    """Values that are parsed from text, cell by cell."""

    keeps_text = False

    def __init__(self, place: Place, rules: tuple[Rule, ...], coercer: Coercer, blank: Any) -> None:
        self._place = place
        self._rules = rules
        self._coercer = coercer
        self._blank = blank

    def read(self, cells: Sequence[str]) -> tuple[Sequence[Any], Wrong]:
        """The values, and those that are wrong."""
        parse, place, rules, blank = self._coercer.parse_cell, self._place, self._rules, self._blank
        values = [parse(cell, place) if cell else blank for cell in cells]
        wrong: Wrong = []
        for row, cell in enumerate(cells):
            if cell:
                rule = _broken(rules, values[row])
                if rule is not None:
                    wrong.append((row, rule))
        return values, wrong


class NumberColumn(ParsedColumn):
    """Integers, or numbers."""

    def __init__(
        self,
        place: Place,
        rules: tuple[Rule, ...],
        coercer: Coercer,
        blank: Any,
        lines: re.Pattern[str],
        parse_float: ParseFloat,
    ) -> None:
        super().__init__(place, rules, coercer, blank)
        self._lines = lines
        self._parse_float = parse_float
        self._more = [rule.holds for rule in rules if rule.location[-1] != "type"]

    def read(self, cells: Sequence[str]) -> tuple[Sequence[Any], Wrong]:
        """The values, and those that are wrong."""
        is_full = all(cells)
        given = cells if is_full else list(filter(None, cells))
        if not _matches(self._lines, given):
            return super().read(cells)
        if self._lines is NUMBERS and "." in "".join(given):
            numbers = [self._parse_float(cell) if "." in cell else int(cell) for cell in given]
        else:
            numbers = list(map(int, given))
        if not all(all(map(holds, numbers)) for holds in self._more):
            return super().read(cells)
        return (numbers if is_full else _spread(numbers, cells, self._blank)), []


def _spread(values: list[Any], cells: Sequence[str], blank: Any) -> list[Any]:
    """The values at the places of the cells that are not blank."""
    following = iter(values).__next__
    return [following() if cell else blank for cell in cells]


class BooleanColumn(ParsedColumn):
    """Truth values."""

    def read(self, cells: Sequence[str]) -> tuple[Sequence[Any], Wrong]:
        """The values, and those that are wrong."""
        try:
            return list(map({"true": True, "false": False, "": self._blank}.__getitem__, cells)), []
        except KeyError:
            return super().read(cells)


class DoubtfulColumn:
    """Values under a union or a condition, which are right where they are as they stand."""

    keeps_text = False

    def __init__(self, place: Place, schema: Schema, coercer: Coercer, blank: Any) -> None:
        self._place = place
        self._coercer = coercer
        self._blank = blank
        self._accepts: list[Callable[[Any], bool]] = [schema.accepts(node.location) for node, _ in place.entries]
        self._known = {""}

    def read(self, cells: Sequence[str]) -> tuple[Sequence[Any], Wrong]:
        """The values, and those that may be wrong."""
        parse, place, blank = self._coercer.parse_cell, self._place, self._blank
        values = [parse(cell, place) if cell else blank for cell in cells]
        if self._known.issuperset(cells):
            return values, []
        return values, [(row, None) for row, cell in enumerate(cells) if not self._is_right(cell, values[row])]

    def _is_right(self, cell: str, value: Any) -> bool:
        if cell in self._known:
            return True
        right = all(accepts(value) for accepts in self._accepts)
        if right and len(self._known) < REMEMBERED and len(cell) <= LONGEST:
            self._known.add(cell)
        return right
