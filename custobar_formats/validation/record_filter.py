"""A filter that checks many records at a time and finds those that must be checked one by one.

In: records as they are, and a schema. Out: the places of records that may break the schema or have a warning; the
number of strings, and the depth of nesting; for most of those records, what is wrong. Rule: types are compared for all
members of all records at once, and members of one name are checked together, as a column, by rules about single values;
records that this cannot decide stay unchecked.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from itertools import accumulate, chain, compress
from operator import is_not
from typing import Any

from custobar_formats.core.known import KnownGood
from custobar_formats.core.limits import MAX_CACHED_STEPS, MAX_DEPTH
from custobar_formats.core.scalars import ParseFloat
from custobar_formats.jsontext.scanner import measure
from custobar_formats.schema.coercion import without_erased
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.places import How
from custobar_formats.schema.rules import KeyRules, NodesAtPath, Rule, RuleBook, find_lacking
from custobar_formats.validation.key_warnings import all_keys, is_odd
from custobar_formats.validation.scalar_tests import Fault, Outcome, Test, make_scalar_test


class RecordFilter:
    """Finds the records to check by one schema, and what is wrong with most of them.

    ``strings`` counts the strings seen, keys included; ``deepest`` is the deepest nesting of lists and objects.
    ``may_have_whole_money``: whether some field of money may have had a whole amount.
    """

    def __init__(self, schema: Schema, parse_float: ParseFloat = float) -> None:
        self.schema = schema
        self.parse_float = parse_float
        self.book = RuleBook(schema)
        self.strings = 0
        self.deepest = 0
        self.may_have_whole_money = False
        self.free = FreeTest(self)
        self.fresh: list[tuple[dict[str, type], str]] = []
        self._columns: dict[tuple[NodesAtPath, bool], PathFilter] = {}
        self._root = self.column(self.book.root, erases=False)
        self._latest: tuple[Sequence[Any], Outcome] = ((), Outcome())

    def find_unchecked(self, records: Sequence[Any]) -> tuple[list[int], int, int]:
        """The places of records that may be invalid or have a warning, the number of strings, and the deepest nesting.

        The places mean nothing if the nesting is over the limit.
        """
        while self.fresh:  # of records that nobody took
            usual, key = self.fresh.pop()
            usual.pop(key, None)
        self.strings = self.deepest = 0
        found = self._root.check(records, 1) or Outcome()
        self._latest = records, found
        unchecked = found.unchecked.union((at for at, _ in found.faults), (at for at, *_ in found.changes))
        return sorted(unchecked), self.strings, self.deepest

    def has_new_keys(self, records: Sequence[Any]) -> bool:
        """Whether some keys of these records may be unknown to the schema or odd, and were not so in earlier ones."""
        if self._latest[0] is not records:
            self.find_unchecked(records)
        fresh = bool(self.fresh)
        self.fresh.clear()
        return fresh

    def judge(self, records: Sequence[Any]) -> tuple[set[int], list[tuple[int, Fault]]]:
        """The places of records to check as a whole, and what is wrong with the others.

        Texts in the others that spell what the schema asks for are replaced by its value.
        """
        latest, found = self._latest
        if latest is not records:
            found = self._root.check(records, 1) or Outcome()
        if not self.may_have_whole_money:
            self.may_have_whole_money = any(type(value) is int for *_, value in found.changes)
        for at, holder, step, value in found.changes:
            if at not in found.unchecked:
                holder[step] = value
        if not found.unchecked:
            return set(), found.faults
        return found.unchecked, [(at, fault) for at, fault in found.faults if at not in found.unchecked]

    def reach(self, depth: int) -> bool:
        """Whether lists or objects may be nested this deep; the deepest nesting is recorded."""
        self.deepest = max(self.deepest, depth)
        return depth <= MAX_DEPTH

    def column(self, nodes: NodesAtPath, *, erases: bool) -> PathFilter:
        """The filter of the values at one path, made once per path; ``erases`` applies to members of objects."""
        key = (nodes, erases and self.schema.empty_erases)
        if key not in self._columns:
            self._columns[key] = PathFilter(self, *key)
        return self._columns[key]


class PathFilter:
    """Checks the values at one path; ``erases``: whether null and ``""`` count as absent there."""

    def __init__(self, filter_: RecordFilter, nodes: NodesAtPath, erases: bool) -> None:
        self._filter = filter_
        self._nodes = nodes
        self._erases = erases
        self._tests: dict[type, Test | None] = {}

    def check(self, values: Sequence[Any], depth: int) -> Outcome | None:
        """The outcome for values; None if all of them are valid as they are."""
        kinds = list(map(type, values))
        self._filter.strings += kinds.count(str)
        found: Outcome | None = None
        for kind in set(kinds):
            test = self.test(kind)
            if test is not None and kinds.count(kind) == len(kinds):
                return test(values, depth)
            if test is not None:
                places = [place for place, value in enumerate(values) if type(value) is kind]
                inner = test([values[place] for place in places], depth)
                if inner is not None:
                    found = found or Outcome()
                    found.move(inner, places)
        return found

    def test(self, kind: type) -> Test | None:
        """The test for values of a type; None if all of them are valid."""
        if kind not in self._tests:
            self._tests[kind] = self._make_test(kind)
        return self._tests[kind]

    def _make_test(self, kind: type) -> Test | None:
        book, schema = self._filter.book, self._filter.schema
        if self._erases and kind is type(None):
            return None
        if kind is dict and (keys := book.key_rules(self._nodes)) is not None:
            has_places = any(node.properties or node.patterns or node.additional for node, _ in self._nodes)
            has_rules = has_places or keys.required or keys.any_of
            return ObjectTest(self._filter, self._nodes, keys) if has_rules else self._filter.free
        if kind is list and book.takes_list(self._nodes) and not book.has_prefix_items(self._nodes):
            items = book.step(self._nodes, 0)
            return ListTest(self._filter, self._filter.column(items, erases=False)) if items else self._filter.free
        rules = None if kind in (dict, list) else book.scalar_rules(self._nodes)
        if kind in (dict, list) or ((kind is int or rules is None) and self._is_money()):
            self._filter.may_have_whole_money = True
        if rules is None:
            return DoubtfulTest(self._filter, self._nodes, kind)
        return make_scalar_test(kind, rules, self._nodes, schema, self._filter.parse_float, erases=self._erases)

    def _is_money(self) -> bool:
        return self._filter.schema.root.at(tuple((node, How.ALWAYS) for node, _ in self._nodes)).is_money


class FreeTest:
    """Accepts lists and objects that may hold anything."""

    def __init__(self, filter_: RecordFilter) -> None:
        self._filter = filter_

    def __call__(self, values: Sequence[Any], depth: int) -> None:
        """None: nothing is wrong."""
        strings, below = measure(values)
        self._filter.strings += strings
        self._filter.reach(depth + below - 1)


class DoubtfulTest:
    """Tests values with more constraints than simple rules, such as a union."""

    def __init__(self, filter_: RecordFilter, nodes: NodesAtPath, kind: type) -> None:
        schema = filter_.schema
        self._filter = filter_
        self._has_more = kind in (dict, list)
        self._is_text = kind is str
        self._accepts = [schema.accepts(node.location) for node, _ in nodes]
        self._decides = not (schema.document.uses_annotations or schema.document.depends_on_way)
        self._erases = schema.empty_erases
        self._known = KnownGood()
        self._keys: list[dict[str, type]] = []

    def __call__(self, values: Sequence[Any], depth: int) -> Outcome | None:
        """Values that may be invalid are unchecked."""
        if self._has_more:
            self._filter.free(values, depth)
            self._learn_keys(values)
            if self._filter.deepest > MAX_DEPTH:
                return None
        if self._is_text and self._known.texts.issuperset(values):
            return None
        if not self._decides:  # other parts of the record matter
            return Outcome(set(range(len(values))))
        unchecked = {place for place, value in enumerate(values) if not self._is_right(value)}
        return Outcome(unchecked) if unchecked else None

    def _learn_keys(self, values: Sequence[Any]) -> None:
        """Note the keys that are new on their level."""
        for level, keys in enumerate(all_keys(values)):
            if level == len(self._keys):
                self._keys.append({})
            known = self._keys[level]
            for key in keys.difference(known):
                if len(known) < MAX_CACHED_STEPS:
                    known[key] = dict
                self._filter.fresh.append((known, key))

    def _is_right(self, value: Any) -> bool:
        if self._is_text and value in self._known.texts:
            return True
        kept = without_erased(value) if self._erases else value
        right = all(accepts(kept) for accepts in self._accepts)
        if right and self._is_text:
            self._known.add(value)
        return right


class ListTest:
    """Tests the items of lists."""

    def __init__(self, filter_: RecordFilter, items: PathFilter) -> None:
        self._filter = filter_
        self._items = items

    def __call__(self, values: Sequence[Any], depth: int) -> Outcome | None:
        """The outcome for their items; None if all lists are valid as they are."""
        if not self._filter.reach(depth):
            return None
        inner = self._items.check(list(chain.from_iterable(values)), depth + 1)
        if inner is None:
            return None
        ends = list(accumulate(map(len, values)))

        def within(at: int) -> tuple[int, Any, int]:
            place = bisect_right(ends, at)
            return place, values[place], at - (ends[place - 1] if place else 0)

        found = Outcome()
        found.take(inner, within)
        return found


class ObjectTest:
    """Tests objects for required keys, and tests their members.

    The type of a key's first value is remembered. Usually all members have that type, which one comparison of two lists
    shows; then only keys with more constraints than a type are visited.
    """

    def __init__(self, filter_: RecordFilter, nodes: NodesAtPath, rules: KeyRules) -> None:
        self._filter = filter_
        self._nodes = nodes
        self._erases = filter_.schema.empty_erases
        self._rules = rules
        self._steps: dict[str, PathFilter] = {}
        self._usual: dict[str, type] = {}
        self._key_tests: dict[tuple[Test, type], dict[str, None]] = {}

    def __call__(self, values: Sequence[Any], depth: int) -> Outcome | None:
        """The outcome for their keys and members; None if all objects are valid as they are."""
        if not self._filter.reach(depth):
            return None
        found = self._find_lacking(values)
        kinds = list(map(type, chain.from_iterable(map(dict.values, values))))
        usual = list(map(self._usual.get, chain.from_iterable(values)))
        self._filter.strings += len(kinds) + kinds.count(str)
        key_tests, are_usual = self._key_tests, usual == kinds
        if not are_usual:
            all_keys = zip(chain.from_iterable(values), kinds, strict=True)
            key_tests = self._tests_for(dict.fromkeys(compress(all_keys, map(is_not, kinds, usual))))
        for (test, kind), names in list(key_tests.items()):
            by_name = len(names) * len(values) <= len(kinds)  # otherwise there are many names, few of them here
            wanted = None if are_usual else kind
            members = _member_values(values, names, wanted, by_name=by_name)
            inner = test(members, depth + 1) if members else None
            if inner is not None:
                found = found or Outcome()
                places = _places(values, names, wanted, by_name=by_name)
                found.take(inner, places.__getitem__)
        return found

    def _tests_for(self, others: Iterable[tuple[str, type]]) -> dict[tuple[Test, type], dict[str, None]]:
        """The tests of all keys, with these unusual types; the types of new keys are remembered."""
        more: list[tuple[tuple[Test, type], str]] = []
        for key, kind in others:
            test = self._step(key).test(kind)
            is_new = key not in self._usual and len(self._usual) < MAX_CACHED_STEPS
            if key not in self._usual and self._may_be_unknown(key):
                self._filter.fresh.append((self._usual, key))
            if is_new:
                self._usual[key] = kind
            if test is not None and is_new:
                self._key_tests.setdefault((test, kind), {})[key] = None
            elif test is not None:
                more.append(((test, kind), key))
        key_tests = self._key_tests
        if more:
            key_tests = {which: dict(names) for which, names in key_tests.items()}
            for which, key in more:
                key_tests.setdefault(which, {})[key] = None
        return key_tests

    def _may_be_unknown(self, key: str) -> bool:
        """Whether no property or pattern is for a key, or it has odd characters."""
        named = any(key in node.properties or any(fits(key) for fits, _ in node.patterns) for node, _ in self._nodes)
        return not named or is_odd(key)

    def _step(self, key: str) -> PathFilter:
        column = self._steps.get(key)
        if column is None:
            column = self._filter.column(self._filter.book.step(self._nodes, key), erases=True)
            if len(self._steps) < MAX_CACHED_STEPS:
                self._steps[key] = column
        return column

    def _find_lacking(self, values: Sequence[Any]) -> Outcome | None:
        """The faults of objects that lack required keys; if it breaks several unions, the record decides."""
        faults: list[tuple[int, Fault]] = []
        unchecked: set[int] = set()
        for name, location, severity in self._rules.required:
            rule = Rule(location, severity, bool)
            faults += [(place, Fault((), rule, {}, name)) for place in self._without(values, name)]
        lacking: set[int] = set()
        for location, severity, names in self._rules.any_of:
            lacks = find_lacking(names, partial(self._without, values))
            unchecked |= lacks & lacking
            lacking |= lacks
            faults += [(place, Fault((), Rule(location, severity, bool), values[place])) for place in sorted(lacks)]
        return Outcome(unchecked, faults) if faults else None

    def _without(self, values: Sequence[Any], name: str) -> Iterable[int]:
        """The places of objects that lack a key, or whose value for it counts as absent."""
        if not self._erases:
            return [place for place, value in enumerate(values) if name not in value]
        column = [value.get(name) for value in values]
        if all(column):
            return ()
        return [place for place, member in enumerate(column) if member is None or member == ""]


def _member_values(values: Sequence[Any], names: Collection[str], kind: type | None, *, by_name: bool) -> list[Any]:
    """The members of some names (of one type, unless it is None), name by name or object by object."""
    if by_name:
        found = [value[name] for name in names for value in values if name in value]
    else:
        found = [value[name] for value in values for name in value if name in names]
    return found if kind is None else [member for member in found if type(member) is kind]


def _places(
    values: Sequence[Any], names: Collection[str], kind: type | None, *, by_name: bool
) -> list[tuple[int, Any, str]]:
    """The places of the objects that have those members, the objects, and the names; in the same order."""
    if by_name:
        found = [(at, value, name) for name in names for at, value in enumerate(values) if name in value]
    else:
        found = [(at, value, name) for at, value in enumerate(values) for name in value if name in names]
    return [one for one in found if kind is None or type(one[1][one[2]]) is kind]
