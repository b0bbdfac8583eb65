"""A whole column of cells to values, and which of them are wrong, in a few calls that run in C.

In: the cells of one column in a block. Out: their values, and the places of cells that break a rule. The rules kept
here: a quick test may only say yes, of a column in which every cell is right, else each cell is looked at by exact
means; no pattern of a user is given to Python's own regular expressions, which some patterns stall.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Protocol

from custobar_formats.core.limits import MAX_DIGITS, REMEMBERED_CELLS, REMEMBERED_CELLS_IN_ALL, REMEMBERED_CHARS
from custobar_formats.core.scalars import ParseFloat, format_json
from custobar_formats.records.block import Values
from custobar_formats.schema.bundled import bundled_patterns
from custobar_formats.schema.coercion import Coercer
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.places import Place
from custobar_formats.schema.rules import Rule

INTEGERS = re.compile("[0-9,-]*+")
"""What integers joined with commas are made of; JSON refuses them where their grammar is not kept."""

INTEGER_LINES = re.compile(r"(?:[1-9][0-9]{0,17}+\n|\n|0\n|-[1-9][0-9]{0,17}+\n)*+")
"""Lines of integers, or blank; each is its integer's text in JSON, which ``-0`` is not."""
NUMBERS = re.compile(r"(?:-?[1-9][0-9]{0,14}+(?:\.[0-9]{1,15}+)?+\n|\n|-?0\.[0-9]{1,15}+\n|0\n)*+")
"""Lines of numbers that are within every limit, or blank; each is its number's text in JSON."""

_MOST_DAYS = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
_LAST_DAYS = "[0-9]{4}-(?:(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"  # without leap days
_HOURS = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_CLOCK = rf"T{_HOURS}(?::[0-5][0-9](?:\.[0-9]{{1,9}}+)?+)?+(?:Z|[+-]{_HOURS})?+"
_WORD = "[A-Za-z0-9_+-]{1,20}+"
_HOST = "[A-Za-z0-9]++(?:-[A-Za-z0-9]++)*+"
LETTERS = {"identifier": "A-Za-z0-9-"}
"""What the plainest texts of some types are made of, in any order, so that one look goes over all lines."""
SHORTCUTS = {
    "date": [_MOST_DAYS, _LAST_DAYS],
    "datetime": [f"{_MOST_DAYS}(?:{_CLOCK})?+", f"{_LAST_DAYS}(?:{_CLOCK})?+"],
    "email": [
        rf"{_WORD}(?:\.{_WORD})?+@[A-Za-z0-9]++\.[A-Za-z0-9]++",
        rf"{_WORD}(?:\.{_WORD}){{0,2}}+@{_HOST}(?:\.{_HOST}){{1,3}}+",
    ],
    "phone_number": [r"\+[1-9][0-9]{6,14}+"],
    "identifier": [f"[{LETTERS['identifier']}]++"],
}
"""What the plainest texts of some types look like, the most frequent first: whatever matches keeps all patterns of the
type's bundled schema. ``identifier`` is an external_id of customers. The quantifiers give nothing back, so that no
text stalls them."""

TRUTH = {"true": True, "false": False}
TRUTH_OR_BLANK = {*TRUTH, ""}

Wrong = list[tuple[int, Rule | None, Any]]
"""Places of cells that break a rule, which, and their values; None where the whole record has to be looked at."""


class ColumnReader(Protocol):
    """Reads one column; ``is_text`` says whether its values are text."""

    is_text: bool

    def read(self, cells: Sequence[str], *, breaks: bool) -> tuple[Values | None, Wrong]:
        """The values, None where they are the cells, and what is wrong; ``breaks`` says whether cells may hold any."""

    def texts(self, cells: Sequence[str], *, breaks: bool) -> tuple[Sequence[str], Wrong]:
        """The values as JSON text, but the cells if ``is_text``, and what is wrong; often the very same cells."""

    def wrong(self, cells: Sequence[str], *, breaks: bool) -> Wrong:
        """What is wrong alone."""


def make_reader(
    place: Place, rules: tuple[Rule, ...] | None, schema: Schema, parse_float: ParseFloat, columns: int
) -> ColumnReader | None:
    """What reads a column at a place, under these rules (None where they are not known); None for plain text.

    ``columns`` is how many the file has, by which it is decided how much is remembered of each.
    """
    room = min(REMEMBERED_CELLS, REMEMBERED_CELLS_IN_ALL // columns)
    coercer = Coercer(schema, parse_float)
    types, members = place.types, place.members
    takes_text = types is None or "string" in types
    stays_text = takes_text and (members is None or all(isinstance(member, str) for member in members))
    if rules is None:
        return DoubtfulColumn(place, schema, coercer, room, keeps_text=takes_text and members is None)
    if stays_text:
        rules = tuple(rule for rule in rules if rule.location[-1] != "type")  # text is one of the types
        return TextColumn(rules, schema, room) if rules else None
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


def _suspects(lines: re.Pattern[str], cells: Sequence[str]) -> list[int]:
    """The places of cells that are not as the pattern wants its lines; none of them holds a line break."""
    text = "\n".join(cells) + "\n"
    found: list[int] = []
    at = row = 0
    while at < len(text):
        match = lines.match(text, at)
        end = match.end() if match is not None else at
        if end == len(text):
            break
        row += text.count("\n", at, end)
        found.append(row)
        row += 1
        at = text.index("\n", end) + 1
    return found


class TextColumn:
    """Text that has to keep some rules."""

    is_text = True

    def __init__(self, rules: tuple[Rule, ...], schema: Schema, room: int = REMEMBERED_CELLS) -> None:
        self._rules = rules
        self._room = room
        self._lines = _shortcut(rules, schema)
        self._known = {""}

    def read(self, cells: Sequence[str], *, breaks: bool) -> tuple[None, Wrong]:
        """None, for the values are the cells, and what is wrong."""
        return None, self.wrong(cells, breaks=breaks)

    def texts(self, cells: Sequence[str], *, breaks: bool) -> tuple[Sequence[str], Wrong]:
        """The cells, and what is wrong."""
        return cells, self.wrong(cells, breaks=breaks)

    def wrong(self, cells: Sequence[str], *, breaks: bool) -> Wrong:
        """What is wrong."""
        known, lines = self._known, self._lines if not breaks else None
        has_room = len(known) < self._room
        if has_room or lines is None:
            if known.issuperset(cells):
                return []
            if lines is not None:
                fresh = set(cells).difference(known)
                if lines.fullmatch("\n".join(fresh) + "\n"):
                    known.update(cell for cell in fresh if len(cell) <= REMEMBERED_CHARS)
                    return []
        suspects = range(len(cells)) if lines is None else _suspects(lines, cells)
        return [(row, rule, cells[row]) for row in suspects if (rule := self._judge(cells[row])) is not None]

    def _judge(self, cell: str) -> Rule | None:
        if cell in self._known:
            return None
        rule = _broken(self._rules, cell)
        if rule is None and len(self._known) < self._room and len(cell) <= REMEMBERED_CHARS:
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
            return re.compile(rf"(?:{lines}\n)*+" if kind not in LETTERS else rf"[{LETTERS[kind]}\n]*+")
    return None


class ParsedColumn:
    """Values that are parsed from text, cell by cell."""

    is_text = False

    def __init__(self, place: Place, rules: tuple[Rule, ...], coercer: Coercer) -> None:
        self._place = place
        self._rules = rules
        self._coercer = coercer

    def read(self, cells: Sequence[str], *, breaks: bool) -> tuple[Values | None, Wrong]:
        """The values, and what is wrong."""
        judged = {row: (value, rule) for row, value, rule in self._judge(cells, breaks=breaks)}
        values = [judged[row][0] if row in judged else self._convert(cell) for row, cell in enumerate(cells) if cell]
        return Values(values, given=True), [(row, rule, value) for row, (value, rule) in judged.items() if rule]

    def texts(self, cells: Sequence[str], *, breaks: bool) -> tuple[Sequence[str], Wrong]:
        """The values as JSON text, and what is wrong."""
        judged = list(self._judge(cells, breaks=breaks))
        if not judged:
            return cells, []
        texts = list(cells)
        for row, value, _ in judged:
            texts[row] = format_json(value)
        return texts, [(row, rule, value) for row, value, rule in judged if rule is not None]

    def wrong(self, cells: Sequence[str], *, breaks: bool) -> Wrong:
        """What is wrong alone."""
        return [(row, rule, value) for row, value, rule in self._judge(cells, breaks=breaks) if rule is not None]

    def _judge(self, cells: Sequence[str], *, breaks: bool) -> Iterator[tuple[int, Any, Rule | None]]:
        """The places of cells that are not certain, each with its value and the rule that it breaks."""
        for row in self._suspects(cells, breaks=breaks):
            if cells[row]:
                value = self._coercer.parse_cell(cells[row], self._place)
                yield row, value, _broken(self._rules, value)

    def _suspects(self, cells: Sequence[str], *, breaks: bool) -> Iterable[int]:  # noqa: ARG002 - for others
        """The places of cells that are not certain."""
        return range(len(cells))

    def _convert(self, cell: str) -> Any:
        """The value of a cell that is certain, which is JSON text."""
        raise AssertionError(f"nothing is certain of {cell!r}")


def _decoder() -> Callable[[str], Any]:
    """What decodes JSON: msgspec, or the json module where that is not installed."""
    try:
        import msgspec
    except ImportError:
        return json.loads

    return msgspec.json.decode


class IntegerColumn(ParsedColumn):
    """Integers."""

    _lines = INTEGER_LINES

    def __init__(self, place: Place, rules: tuple[Rule, ...], coercer: Coercer) -> None:
        super().__init__(place, rules, coercer)
        self._decode = _decoder()
        self._has_more_rules = any(rule.location[-1] != "type" for rule in rules)

    def read(self, cells: Sequence[str], *, breaks: bool) -> tuple[Values | None, Wrong]:
        """The values, and what is wrong."""
        if not breaks and not self._has_more_rules:
            numbers = self._numbers(list(filter(None, cells)) if "" in cells else cells)
            if numbers is not None:
                return Values(numbers, given=True), []
        return super().read(cells, breaks=breaks)

    def _numbers(self, cells: Sequence[str]) -> list[Any] | None:
        """The number in each cell; None where they are not certain."""
        text = ",".join(cells)
        if INTEGERS.fullmatch(text) is None or (len(text) > MAX_DIGITS and max(map(len, cells)) > MAX_DIGITS):
            return None
        try:
            numbers: list[Any] = self._decode(f"[{text}]")
        except ValueError:
            return None
        return numbers if len(numbers) == len(cells) else None

    def _suspects(self, cells: Sequence[str], *, breaks: bool) -> Iterable[int]:
        if breaks or self._has_more_rules:
            return range(len(cells))
        return _suspects(self._lines, cells)

    def _convert(self, cell: str) -> Any:
        return int(cell)


class NumberColumn(IntegerColumn):
    """Numbers: integers where they have no point, else what ``parse_float`` makes of them."""

    _lines = NUMBERS

    def __init__(self, place: Place, rules: tuple[Rule, ...], coercer: Coercer, parse_float: ParseFloat) -> None:
        super().__init__(place, rules, coercer)
        self._parse_float = parse_float

    def _numbers(self, cells: Sequence[str]) -> list[Any] | None:
        if NUMBERS.fullmatch("\n".join(cells) + "\n") is None:
            return None
        return list(map(self._convert, cells))

    def _convert(self, cell: str) -> Any:
        return self._parse_float(cell) if "." in cell else int(cell)


class BooleanColumn(ParsedColumn):
    """Truth values."""

    def read(self, cells: Sequence[str], *, breaks: bool) -> tuple[Values | None, Wrong]:
        """The values, and what is wrong."""
        given = list(filter(None, cells)) if "" in cells else cells
        try:
            values = itemgetter(*given)(TRUTH) if len(given) > 1 else [TRUTH[cell] for cell in given]
        except KeyError:
            return super().read(cells, breaks=breaks)
        return Values(values, given=True), []

    def _suspects(self, cells: Sequence[str], *, breaks: bool) -> Iterable[int]:  # noqa: ARG002 - for others
        if TRUTH_OR_BLANK.issuperset(cells):
            return ()
        return [row for row, cell in enumerate(cells) if cell not in TRUTH_OR_BLANK]

    def _convert(self, cell: str) -> Any:
        return TRUTH[cell]


class DoubtfulColumn:
    """Values under a union or a condition, which are right where they are as they stand."""

    def __init__(self, place: Place, schema: Schema, coercer: Coercer, room: int, *, keeps_text: bool) -> None:
        self._place = place
        self._coercer = coercer
        self._room = room
        self.is_text = keeps_text
        self._accepts: list[Callable[[Any], bool]] = [schema.accepts(node.location) for node, _ in place.entries]
        self._decides = not schema.document.depends_on_way
        self._known = {""}

    def read(self, cells: Sequence[str], *, breaks: bool) -> tuple[Values | None, Wrong]:
        """The values, and what may be wrong."""
        values = None
        if not self.is_text:
            values = Values([self._coercer.parse_cell(cell, self._place) for cell in cells if cell], given=True)
        return values, self.wrong(cells, breaks=breaks)

    def texts(self, cells: Sequence[str], *, breaks: bool) -> tuple[Sequence[str], Wrong]:
        """The values as JSON text, but the cells if they are text, and what may be wrong."""
        texts = cells
        if not self.is_text:
            texts = [format_json(self._coercer.parse_cell(cell, self._place)) if cell else "" for cell in cells]
        return texts, self.wrong(cells, breaks=breaks)

    def wrong(self, cells: Sequence[str], *, breaks: bool) -> Wrong:  # noqa: ARG002 - for others
        """What may be wrong."""
        if self._known.issuperset(cells):
            return []
        return [(row, None, cell) for row, cell in enumerate(cells) if not self._accept(cell)]

    def _accept(self, cell: str) -> bool:
        if cell in self._known:
            return True
        value = self._coercer.parse_cell(cell, self._place)
        right = self._decides and all(accepts(value) for accepts in self._accepts)
        if right and len(self._known) < self._room and len(cell) <= REMEMBERED_CHARS:
            self._known.add(cell)
        return right
