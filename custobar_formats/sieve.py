"""Records to those that have to be looked at one by one: a sieve for many records at a time.

In: records as they are, and a schema. Out: the places of records that are not known to keep the schema, warnings
included, and how many strings there are. The rule kept here: members of one name are checked together, as a column, by
rules that hold for each value by itself; whatever cannot be decided so is left in the sieve.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import accumulate, chain
from typing import Any

from custobar_formats.places import MAX_CACHED_STEPS
from custobar_formats.quick import LONGEST, REMEMBERED, TextColumn
from custobar_formats.rules import Rule, RuleBook, Spoken
from custobar_formats.schema import Schema
from custobar_formats.values import without_erased

ABOUT_TEXT = frozenset({"pattern", "minLength", "maxLength"})
ABOUT_NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
SILENT: dict[type, frozenset[str]] = {
    str: ABOUT_NUMBERS,
    int: ABOUT_TEXT,
    float: ABOUT_TEXT,
    bool: ABOUT_NUMBERS | ABOUT_TEXT,
    type(None): ABOUT_NUMBERS | ABOUT_TEXT,
}
"""Keywords that say nothing of values of a type."""

SAMPLES: dict[type, Any] = {str: "", int: 0, bool: False, type(None): None}
"""A value of each type that is of one type in JSON Schema, too; a float may be an integer there."""

Test = Callable[[Sequence[Any]], Iterable[int]]
"""Gives the places, among values of one type, of those that are not known to be right. Every string in them has to be
counted once, whatever the verdict: by that number the reader knows that no key stands twice."""


class Sieve:
    """Tells which records have to be looked at, by one schema.

    ``strings`` counts the strings that were seen, keys among them.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.book = RuleBook(schema)
        self.strings = 0
        self._columns: dict[tuple[Spoken, bool], SieveColumn] = {}
        self._root = self.column(self.book.root, erases=False)

    def sift(self, records: Sequence[Any]) -> tuple[list[int], int]:
        """The places of records that are not known to be valid as they are, without a warning; all their strings."""
        self.strings = 0
        left = sorted(self._root.left(records))
        return left, self.strings

    def column(self, spoken: Spoken, *, erases: bool) -> SieveColumn:
        """What checks the values of one path, each such path once; ``erases`` is for members of objects."""
        key = (spoken, erases and self.schema.empty_erases)
        if key not in self._columns:
            self._columns[key] = SieveColumn(self, *key)
        return self._columns[key]


class SieveColumn:
    """Checks values that stand at one path; ``erases`` says whether null and ``""`` count as absent there."""

    def __init__(self, sieve: Sieve, spoken: Spoken, erases: bool) -> None:
        self._sieve = sieve
        self._spoken = spoken
        self._erases = erases
        self._tests: dict[type, Test | None] = {}

    def left(self, values: Sequence[Any]) -> Iterable[int]:
        """The places of values that are not known to be right."""
        kinds = set(map(type, values))
        if len(kinds) == 1:
            return self._left_of(kinds.pop(), values)
        found: list[int] = []
        for kind in kinds:
            places = [place for place, value in enumerate(values) if type(value) is kind]
            found += [places[place] for place in self._left_of(kind, [values[place] for place in places])]
        return found

    def _left_of(self, kind: type, values: Sequence[Any]) -> Iterable[int]:
        if kind is str:
            self._sieve.strings += len(values)
        test = self._test(kind)
        return () if test is None else test(values)

    def _test(self, kind: type) -> Test | None:
        """The test for values of a type; None where all of them are right."""
        if kind not in self._tests:
            self._tests[kind] = self._make_test(kind)
        return self._tests[kind]

    def _make_test(self, kind: type) -> Test | None:
        book, schema = self._sieve.book, self._sieve.schema
        if self._erases and kind is type(None):
            return None
        if kind is dict and book.key_rules(self._spoken) is not None:
            return ObjectTest(self._sieve, self._spoken)
        if kind is list and book.takes_list(self._spoken) and not any(node.prefix for node, _ in self._spoken):
            return ListTest(self._sieve.column(book.step(self._spoken, 0), erases=False))
        rules = None if kind in (dict, list) else book.scalar_rules(self._spoken)
        if rules is None:
            return DoubtfulTest(self._sieve, self._spoken, kind)
        asked = [rule for rule in rules if rule.location[-1] not in SILENT.get(kind, ())]
        if kind in SAMPLES:
            types = [rule for rule in asked if rule.location[-1] == "type"]
            if not all(rule.holds(SAMPLES[kind]) for rule in types):
                return lambda values: range(len(values))
            asked = [rule for rule in asked if rule not in types]
        if not asked:
            return None
        return TextTest(asked, schema, self._erases) if kind is str else ScalarTest(asked)


class ScalarTest:
    """Scalars that keep some rules, each by itself."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules

    def __call__(self, values: Sequence[Any]) -> Iterable[int]:
        """The places of those that break a rule."""
        return [place for place, value in enumerate(values) if not all(rule.holds(value) for rule in self._rules)]


class TextTest:
    """Text that keeps some rules; ``""`` need not where it erases."""

    def __init__(self, rules: Sequence[Rule], schema: Schema, erases: bool) -> None:
        self._column = TextColumn(tuple(rules), schema)
        self._blank_is_right = erases or all(rule.holds("") for rule in rules)

    def __call__(self, values: Sequence[Any]) -> Iterable[int]:
        """The places of those that break a rule."""
        breaks = "\n" in "".join(values)
        found = [place for place, _, _ in self._column.read(values, breaks=breaks)[1]]
        if not self._blank_is_right and "" in values:
            found += [place for place, value in enumerate(values) if value == ""]
        return found


class DoubtfulTest:
    """Values of which more is asked than their rules tell, such as a union."""

    def __init__(self, sieve: Sieve, spoken: Spoken, kind: type) -> None:
        schema = sieve.schema
        self._inside = sieve.column((), erases=False) if kind in (dict, list) else None
        self._is_text = kind is str
        self._accepts = [schema.accepts(node.location) for node, _ in spoken]
        self._decides = not schema.document.uses_annotations
        self._erases = schema.empty_erases
        self._known: set[str] = set()

    def __call__(self, values: Sequence[Any]) -> Iterable[int]:
        """The places of those that are not known to be right."""
        if self._inside is not None:
            self._inside.left(values)  # which counts its strings
        if self._is_text and self._known.issuperset(values):
            return ()
        if not self._decides:  # what stands elsewhere matters
            return range(len(values))
        return [place for place, value in enumerate(values) if not self._is_right(value)]

    def _is_right(self, value: Any) -> bool:
        is_short = self._is_text and len(value) <= LONGEST
        if is_short and value in self._known:
            return True
        kept = without_erased(value) if self._erases else value
        right = all(accepts(kept) for accepts in self._accepts)
        if right and is_short and len(self._known) < REMEMBERED:
            self._known.add(value)
        return right


class ListTest:
    """Lists whose items are right."""

    def __init__(self, items: SieveColumn) -> None:
        self._items = items

    def __call__(self, values: Sequence[Any]) -> Iterable[int]:
        """The places of those with an item that is not known to be right."""
        wrong = self._items.left(list(chain.from_iterable(values)))
        if not wrong:
            return ()
        ends = list(accumulate(map(len, values)))
        return {bisect_right(ends, place) for place in wrong}


class ObjectTest:
    """Objects that have the keys that are wanted, and whose members are right."""

    def __init__(self, sieve: Sieve, spoken: Spoken) -> None:
        rules = sieve.book.key_rules(spoken)
        assert rules is not None
        self._sieve = sieve
        self._spoken = spoken
        self._erases = sieve.schema.empty_erases
        self._required = {name for name, _, _ in rules.required}
        self._any_of = rules.any_of
        self._watched = self._required.union(*chain.from_iterable(rules.any_of))
        self._steps: dict[str, SieveColumn] = {}

    def __call__(self, values: Sequence[Any]) -> Iterable[int]:
        """The places of those that are not known to be right; those of the same keys are taken together."""
        found: set[int] = set()
        columns: dict[str, tuple[list[Any], list[int]]] = {}
        for shape, places in _by_shape(values).items():
            self._sieve.strings += len(shape) * len(places)
            if len(places) == 1:
                if not self._are_there(self._kept(values[places[0]])):
                    found.add(places[0])
                for key, member in values[places[0]].items():
                    if key not in columns:
                        columns[key] = ([], [])
                    gathered, where = columns[key]
                    gathered.append(member)
                    where.append(places[0])
                continue
            members = values if len(places) == len(values) else [values[place] for place in places]
            of_shape = dict(zip(shape, zip(*map(dict.values, members), strict=True), strict=True))
            if not self._are_there(self._certain(of_shape)):
                found.update(place for place in places if not self._are_there(self._kept(values[place])))
            for key, column in of_shape.items():
                if key not in columns:
                    columns[key] = ([], [])
                columns[key][0].extend(column)
                columns[key][1].extend(places)
        for key, (gathered, where) in columns.items():
            found.update(where[place] for place in self._step(key).left(gathered))
        return found

    def _step(self, key: str) -> SieveColumn:
        column = self._steps.get(key)
        if column is None:
            column = self._sieve.column(self._sieve.book.step(self._spoken, key), erases=True)
            if len(self._steps) < MAX_CACHED_STEPS:
                self._steps[key] = column
        return column

    def _are_there(self, keys: Collection[str]) -> bool:
        """Whether the keys that are wanted are among these."""
        return self._required.issubset(keys) and all(
            any(all(name in keys for name in names) for names in union) for union in self._any_of
        )

    def _certain(self, columns: dict[str, tuple[Any, ...]]) -> Collection[str]:
        """The watched keys none of whose values counts as absent."""
        if not self._erases:
            return columns
        watched = [key for key in columns if key in self._watched]
        return [key for key in watched if None not in columns[key] and "" not in columns[key]]

    def _kept(self, value: dict[str, Any]) -> Collection[str]:
        """The watched keys whose values do not count as absent."""
        if not self._erases:
            return value
        return [key for key in self._watched if value.get(key) is not None and value[key] != ""]


def _by_shape(values: Sequence[Any]) -> dict[tuple[str, ...], Sequence[int]]:
    """The places of objects that have the same keys in the same order."""
    shapes = list(map(tuple, values))
    if shapes.count(shapes[0]) == len(shapes):
        return {shapes[0]: range(len(shapes))}
    found: dict[tuple[str, ...], list[int]] = {}
    for place, shape in enumerate(shapes):
        found.setdefault(shape, []).append(place)
    return dict(found)
