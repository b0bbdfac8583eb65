"""A whole column of cells to values, and which of them are wrong, in a few calls that run in C.

In: the cells of one column in a block. Out: their values, and the places of cells that break a rule. The rules kept
here: a quick test may only say yes, of a column in which every cell is right, else each cell is looked at by exact
means; no pattern of a user is given to Python's own regular expressions, which some patterns stall.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from custobar_formats.places import Place
from custobar_formats.rules import Rule
from custobar_formats.schema import Schema, bundled_patterns
from custobar_formats.values import MAX_DIGITS, Coercer, ParseFloat

REMEMBERED = 4_096
"""Cells of a column that are remembered to be right: all days of ten years, in some 400 kB."""

LONGEST = 64
"""Characters of a cell that is remembered, so that memory does not grow with long ones."""

INTEGERS = re.compile("[0-9,-]*+")
"""What integers joined with commas are made of; JSON refuses them where their grammar is not kept."""

INTEGER_LINES = re.compile(r"(?:[1-9][0-9]{0,17}+\n|\n|-?(?:0|[1-9][0-9]{0,17}+)\n)*+")
NUMBERS = re.compile(r"(?:-?[1-9][0-9]{0,14}+(?:\.[0-9]{1,15}+)?+\n|-?0(?:\.[0-9]{1,15}+)?+\n|\n)*+")
"""Lines of numbers that are within every limit, or blank."""

_MOST_DAYS = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
_LAST_DAYS = "[0-9]{4}-(?:(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"  # without leap days
_HOURS = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_CLOCK = rf"T{_HOURS}(?::[0-5][0-9](?:\.[0-9]{{1,9}}+)?+)?+(?:Z|[+-]{_HOURS})?+"
_WORD = "[A-Za-z0-9_+-]{1,20}+"
_HOST = "[A-Za-z0-9]++(?:-[A-Za-z0-9]++)*+"
SHORTCUTS = {
    "date": [_MOST_DAYS, _LAST_DAYS],
    "datetime": [f"{_MOST_DAYS}(?:{_CLOCK})?+", f"{_LAST_DAYS}(?:{_CLOCK})?+"],
    "email": [
        rf"{_WORD}(?:\.{_WORD})?+@[A-Za-z0-9]++\.[A-Za-z0-9]++",
        rf"{_WORD}(?:\.{_WORD}){{0,2}}+@{_HOST}(?:\.{_HOST}){{1,3}}+",
    ],
    "phone_number": [r"\+[1-9][0-9]{6,14}+"],
    "identifier": ["[A-Za-z0-9-]++"],
}
"""What the plainest texts of some types look like, the most frequent first: whatever matches keeps all patterns of the
type's bundled schema. ``identifier`` is an external_id of customers. The quantifiers give nothing back, so that no
text stalls them."""

TRUTH = {"true": True, "false": False}

Wrong = list[tuple[int, Rule | None, Any]]
"""Places of cells that break a rule, which, and their values; None where the whole record has to be looked at."""


class Values(NamedTuple):
    """The values of one column: for each cell, or ``given`` where they are of those cells alone that are not blank."""

    items: Sequence[Any]
    given: bool

    def spread(self, cells: Sequence[str], blank: Any) -> Sequence[Any]:
        """A value for each cell."""
        if not self.given or len(self.items) == len(cells):
            return self.items
        following = iter(self.items).__next__
        return [following() if cell else blank for cell in cells]


class ColumnReader(Protocol):
    """Reads one column."""

    def read(self, cells: Sequence[str], *, breaks: bool) -> tuple[Values | None, Wrong]:
        """The values, None where they are the cells, and what is wrong; ``breaks`` says whether cells may hold any."""

    def is_right(self, cells: Sequence[str], *, breaks: bool) -> bool:
        """Whether nothing is wrong."""


def make_reader(
    place: Place, rules: tuple[Rule, ...] | None, schema: Schema, parse_float: ParseFloat
) -> ColumnReader | None:
    """What reads a column at a place, under these rules (None where they are not known); None for plain text."""
    coercer = Coercer(schema, parse_float)
    types, members = place.types, place.members
    takes_text = types is None or "string" in types
    stays_text = takes_text and (members is None or all(isinstance(member, str) for member in members))
    if rules is None:
        return DoubtfulColumn(place, schema, coercer, keeps_text=takes_text and members is None)
    if stays_text:
        rules = tuple(rule for rule in rules if rule.location[-1] != "type")  # text is one of the types
        return TextColumn(rules, schema) if rules else None
    if members is None and types is not None:
        if "integer" in types and types <= {"integer", "null"}:
            return IntegerColumn(place, rules, coercer)
        if "number" in types and types <= {"number", "null"}:
            return NumberColumn(place, rules, coercer, parse_float)
        if types == {"boolean"} and all(rule.location[-1] == "type" for rule in rules):
            return BooleanColumn(place, rules, coercer)
    return ParsedColumn(place, rules, coercer)


def _broken(rules: tuple[Rule, ...], value: Any) -> Rule | None:
    return next((rule for rule in rules if not rule.holds(value)), None)


class TextColumn:
    """Text that has to keep some rules."""

    def __init__(self, rules: tuple[Rule, ...], schema: Schema) -> None:
        self._rules = rules
        self._lines = _shortcut(rules, schema)
        self._known = {""}

    def is_right(self, cells: Sequence[str], *, breaks: bool) -> bool:
        """Whether nothing is wrong, by what is known of such cells; False where that does not tell."""
        known, lines = self._known, self._lines
        has_room = len(known) < REMEMBERED
        if has_room or lines is None:
            if known.issuperset(cells):
                return True
            cells = list(set(cells).difference(known))
        if lines is None or breaks or lines.fullmatch("\n".join(cells) + "\n") is None:
            return False
        if has_room:
            known.update(cell for cell in cells if len(cell) <= LONGEST)
        return True

    def read(self, cells: Sequence[str], *, breaks: bool) -> tuple[None, Wrong]:
        """None, for the values are the cells, and those that are wrong."""
        if self.is_right(cells, breaks=breaks):
            return None, []
        return None, [(row, rule, cell) for row, cell in enumerate(cells) if (rule := self._judge(cell)) is not None]

    def _judge(self, cell: str) -> Rule | None:
        if cell in self._known:
            return None
        rule = _broken(self._rules, cell)
        if rule is None and len(self._known) < REMEMBERED and len(cell) <= LONGEST:
            self._known.add(cell)
        return rule


def _shortcut(rules: tuple[Rule, ...], schema: Schema) -> re.Pattern[str] | None:
    """Lines of text that keep the rules for sure, or are blank; None where no such lines are known."""
    patterns = {schema.document.get(rule.location) for rule in rules if rule.location[-1] == "pattern"}
    if len(patterns) != len(rules):
        return None
    for kind, forms in SHORTCUTS.items():
        if patterns <= bundled_patterns(kind):
            lines = "".join(form + r"\n|" for form in forms)
            return re.compile(rf"(?:{lines}\n)*+")
    return None


class ParsedColumn:
    """Values that are parsed from text, cell by cell."""

    def __init__(self, place: Place, rules: tuple[Rule, ...], coercer: Coercer) -> None:
        self._place = place
        self._rules = rules
        self._coercer = coercer

    def read(self, cells: Sequence[str], *, breaks: bool) -> tuple[Values | None, Wrong]:  # noqa: ARG002 - for others
        """The values, and those that are wrong."""
        parse, place, rules = self._coercer.parse_cell, self._place, self._rules
        values: list[Any] = []
        wrong: Wrong = []
        for row, cell in enumerate(cells):
            if cell:
                value = parse(cell, place)
                values.append(value)
                rule = _broken(rules, value)
                if rule is not None:
                    wrong.append((row, rule, value))
        return Values(values, given=True), wrong

    def is_right(self, cells: Sequence[str], *, breaks: bool) -> bool:
        """Whether nothing is wrong."""
        return not self.read(cells, breaks=breaks)[1]


class IntegerColumn(ParsedColumn):
    """Integers."""

    _lines = INTEGER_LINES

    def __init__(self, place: Place, rules: tuple[Rule, ...], coercer: Coercer) -> None:
        super().__init__(place, rules, coercer)
        self._decode = json.JSONDecoder().raw_decode
        self._more = [rule.holds for rule in rules if rule.location[-1] != "type"]

    def _numbers(self, cells: Sequence[str]) -> list[Any] | None:
        """The number in each cell; None where they are not certain."""
        text = ",".join(cells)
        if INTEGERS.fullmatch(text) is None or (len(text) > MAX_DIGITS and max(map(len, cells)) > MAX_DIGITS):
            return None
        try:
            numbers: list[Any] = self._decode(f"[{text}]")[0]
        except ValueError:
            return None
        return numbers if len(numbers) == len(cells) else None

    def read(self, cells: Sequence[str], *, breaks: bool) -> tuple[Values | None, Wrong]:
        """The values, and those that are wrong."""
        given = cells if all(cells) else list(filter(None, cells))
        numbers = self._numbers(given) if not breaks else None
        if numbers is None or not all(all(map(holds, numbers)) for holds in self._more):
            return super().read(cells, breaks=breaks)
        return Values(numbers, given=True), []

    def is_right(self, cells: Sequence[str], *, breaks: bool) -> bool:
        """Whether nothing is wrong."""
        if self._more or breaks or self._lines.fullmatch("\n".join(cells) + "\n") is None:
            return super().is_right(cells, breaks=breaks)
        return True


class NumberColumn(IntegerColumn):
    """Numbers: integers where they have no point, else what ``parse_float`` makes of them."""

    _lines = NUMBERS

    def __init__(self, place: Place, rules: tuple[Rule, ...], coercer: Coercer, parse_float: ParseFloat) -> None:
        super().__init__(place, rules, coercer)
        self._parse_float = parse_float

    def _numbers(self, cells: Sequence[str]) -> list[Any] | None:
        if NUMBERS.fullmatch("\n".join(cells) + "\n") is None:
            return None
        return [self._parse_float(cell) if "." in cell else int(cell) for cell in cells]


class BooleanColumn(ParsedColumn):
    """Truth values."""

    def read(self, cells: Sequence[str], *, breaks: bool) -> tuple[Values | None, Wrong]:
        """The values, and those that are wrong."""
        try:
            given = cells if all(cells) else filter(None, cells)
            return Values(list(map(TRUTH.__getitem__, given)), given=True), []
        except KeyError:
            return super().read(cells, breaks=breaks)

    def is_right(self, cells: Sequence[str], *, breaks: bool) -> bool:  # noqa: ARG002 - for others
        """Whether nothing is wrong."""
        return {"true", "false", ""}.issuperset(cells)


class DoubtfulColumn(ParsedColumn):
    """Values under a union or a condition, which are right where they are as they stand."""

    def __init__(self, place: Place, schema: Schema, coercer: Coercer, *, keeps_text: bool) -> None:
        super().__init__(place, (), coercer)
        self._keeps_text = keeps_text
        self._accepts: list[Callable[[Any], bool]] = [schema.accepts(node.location) for node, _ in place.entries]
        self._known = {""}

    def read(self, cells: Sequence[str], *, breaks: bool) -> tuple[Values | None, Wrong]:
        """The values, and those that may be wrong."""
        values = None if self._keeps_text else super().read(cells, breaks=breaks)[0]
        if self._known.issuperset(cells):
            return values, []
        return values, [(row, None, cell) for row, cell in enumerate(cells) if not self._accept(cell)]

    def is_right(self, cells: Sequence[str], *, breaks: bool) -> bool:  # noqa: ARG002 - for others
        """Whether nothing is wrong."""
        return self._known.issuperset(cells) or all(map(self._accept, cells))

    def _accept(self, cell: str) -> bool:
        if cell in self._known:
            return True
        value = self._coercer.parse_cell(cell, self._place)
        right = all(accepts(value) for accepts in self._accepts)
        if right and len(self._known) < REMEMBERED and len(cell) <= LONGEST:
            self._known.add(cell)
        return right
