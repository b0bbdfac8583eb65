"""Tests of many JSON scalars of one type at one path against the rules of a schema.

In: values of one type. Out: an outcome: for some places, what is wrong there, or what a text becomes. Rule: text is
read like the cells of a CSV file, by the same readers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from custobar_formats.core.findings import Severity
from custobar_formats.core.limits import JSON_COLUMNS
from custobar_formats.core.paths import Path
from custobar_formats.core.scalars import ParseFloat, format_scalar
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.places import How
from custobar_formats.schema.rules import NodesAtPath, Rule
from custobar_formats.validation.column_readers import (
    LOWER_BOUNDS,
    UPPER_BOUNDS,
    ColumnReader,
    first_broken,
    make_reader,
)

ABOUT_TEXT = frozenset({"pattern", "minLength", "maxLength"})
ABOUT_NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
SILENT: dict[type, frozenset[str]] = {
    int: ABOUT_TEXT,
    float: ABOUT_TEXT,
    bool: ABOUT_NUMBERS | ABOUT_TEXT,
    type(None): ABOUT_NUMBERS | ABOUT_TEXT,
}
"""Keywords that do not apply to values of a type."""

SAMPLES: dict[type, Any] = {int: 0, bool: False, type(None): None}
"""A value of each Python type that is one type in JSON Schema; a float may be an integer there."""


class Fault(NamedTuple):
    """One rule that a value of a record breaks.

    Attributes:
        path: of the value, within the record.
        rule: the broken rule; None for a number that was taken as text, or for money with a point.
        value: the value; an object is not copied, and may change later.
        name: the missing key, if one is missing.

    """

    path: Path
    rule: Rule | None
    value: Any
    name: str | None = None


@dataclass(slots=True)
class Outcome:
    """The result of a test: the values that are not valid as they are, by their places.

    Attributes:
        unchecked: places that it cannot decide: the whole record has to be checked.
        faults: the faults of other values, or within them.
        values: new values for texts that spell what the schema asks for.
        changes: new values for members and items: the object or list, the key or index, the value.

    """

    unchecked: set[int] = field(default_factory=set)
    faults: list[tuple[int, Fault]] = field(default_factory=list)
    values: dict[int, Any] = field(default_factory=dict)
    changes: list[tuple[int, Any, Any, Any]] = field(default_factory=list)

    def take(self, inner: Outcome, within: Callable[[int], tuple[int, Any, Any]]) -> None:
        """Take over what was found for members or items; ``within`` locates each: place, object or list, step."""
        self.unchecked.update(within(at)[0] for at in inner.unchecked)
        faults = inner.faults
        for number, (at, (path, rule, value, name)) in enumerate(faults):  # in place: there may be very many
            place, _, step = within(at)
            faults[number] = (place, Fault((step, *path), rule, value, name))
        self.faults += faults
        self.changes += [(*within(at), value) for at, value in inner.values.items()]
        self.changes += [(within(at)[0], *change) for at, *change in inner.changes]

    def move(self, inner: Outcome, places: Sequence[int]) -> None:
        """Take over what was found for some of the values, which are at these places."""
        self.unchecked.update(places[at] for at in inner.unchecked)
        self.faults += [(places[at], fault) for at, fault in inner.faults]
        self.values |= {places[at]: value for at, value in inner.values.items()}
        self.changes += [(places[at], *change) for at, *change in inner.changes]


Test = Callable[[Sequence[Any], int], Outcome | None]
"""Returns what is wrong with values of one type, if anything; it also gets their depth. Every string below them must be
counted once, whatever the outcome: from that number the reader knows that no key occurs twice."""


def make_scalar_test(
    kind: type, rules: tuple[Rule, ...], nodes: NodesAtPath, schema: Schema, parse_float: ParseFloat, *, erases: bool
) -> Test | None:
    """The test for scalars of a type; None if all of them are valid. With ``erases``, ``""`` counts as absent."""
    place = schema.root.at(tuple((node, How.ALWAYS) for node, _ in nodes))
    types = place.types or frozenset()
    reader = make_reader(place, rules, schema, parse_float, JSON_COLUMNS)
    if kind is str:
        blank_rule = None if erases else first_broken(rules, "")
        return StringTest(reader, blank_rule) if reader is not None or blank_rule is not None else None
    if kind is int and "string" in types and not types & {"integer", "number"} and place.members is None:
        return NumberAsText(reader)
    applicable = [rule for rule in rules if rule.location[-1] not in SILENT.get(kind, ())]
    if kind in SAMPLES:
        of_type = [rule for rule in applicable if rule.location[-1] == "type"]
        if all(rule.holds(SAMPLES[kind]) for rule in of_type):
            applicable = [rule for rule in applicable if rule not in of_type]
    if kind in (float, Decimal) and place.wants_cents:
        return PointedMoney(applicable, rules)
    return (
        ScalarTest(applicable, rules, may_become_text=kind is int and place.members is not None) if applicable else None
    )


class ScalarTest:
    """Tests scalars against rules, each value by itself.

    ``applicable``: the rules that such values may break. If a value may become text, the whole record decides.
    """

    def __init__(self, applicable: Sequence[Rule], rules: tuple[Rule, ...], *, may_become_text: bool) -> None:
        self._applicable = applicable
        self._rules = rules
        self._may_become_text = may_become_text
        self._least = [rule for rule in applicable if rule.location[-1] in LOWER_BOUNDS]
        self._most = [rule for rule in applicable if rule.location[-1] in UPPER_BOUNDS]
        self._has_more_rules = len(applicable) > len(self._least) + len(self._most)

    def __call__(self, values: Sequence[Any], depth: int) -> Outcome | None:  # noqa: ARG002 - for others
        """The values that break a rule; if bounds are all the rules, the smallest and the largest decide."""
        if not self._has_more_rules and values:
            least, most = min(values), max(values)
            if all(rule.holds(least) for rule in self._least) and all(rule.holds(most) for rule in self._most):
                return None
        wrong = [place for place, value in enumerate(values) if not all(rule.holds(value) for rule in self._applicable)]
        if not wrong:
            return None
        if self._may_become_text:
            return Outcome(set(wrong))
        return Outcome(
            faults=[(place, Fault((), first_broken(self._rules, values[place]), values[place])) for place in wrong]
        )


class PointedMoney:
    """Money with a point: the rule that each value breaks, otherwise the warning."""

    def __init__(self, applicable: Sequence[Rule], rules: tuple[Rule, ...]) -> None:
        self._applicable = applicable
        self._rules = rules

    def __call__(self, values: Sequence[Any], depth: int) -> Outcome:  # noqa: ARG002 - for others
        """A fault for each value."""
        faults = []
        for place, value in enumerate(values):
            is_right = all(rule.holds(value) for rule in self._applicable)
            faults.append((place, Fault((), None if is_right else first_broken(self._rules, value), value)))
        return Outcome(faults=faults)


class StringTest:
    """Tests text, which may spell a value of another type; ``blank_rule``: the rule that an empty text breaks."""

    def __init__(self, reader: ColumnReader | None, blank_rule: Rule | None) -> None:
        self._reader = reader
        self._blank_rule = blank_rule

    def __call__(self, values: Sequence[Any], depth: int) -> Outcome | None:  # noqa: ARG002 - for others
        """The texts that break a rule, and what the others become."""
        read, wrong = self._reader.read(values) if self._reader is not None else (None, [])
        found = Outcome(faults=[(place, Fault((), rule, value)) for place, rule, value in wrong])
        if self._blank_rule is not None and "" in values:
            found.faults += [(at, Fault((), self._blank_rule, "")) for at, value in enumerate(values) if not value]
        if read is not None:
            pairs = enumerate(zip(values, read.spread(values, ""), strict=True))
            found.values = {at: new for at, (old, new) in pairs if new.__class__ is not str or new != old}
        return found if found.faults or found.values else None


class NumberAsText:
    """Integers where text is expected: the digits of each become the text, with a warning."""

    def __init__(self, reader: ColumnReader | None) -> None:
        self._reader = reader

    def __call__(self, values: Sequence[Any], depth: int) -> Outcome | None:  # noqa: ARG002 - for others
        """A fault for each: the rule that its text breaks, otherwise the warning."""
        texts = list(map(format_scalar, values))
        wrong = self._reader.wrong(texts) if self._reader is not None else []
        errors = {place: rule for place, rule, _ in wrong if rule is not None and rule.severity is not Severity.WARNING}
        faults = [
            (place, Fault((), errors[place], text) if place in errors else Fault((), None, values[place]))
            for place, text in enumerate(texts)
        ]
        return Outcome(faults=faults, values=dict(enumerate(texts)))
