"""Records to those that have to be looked at one by one: a filter for many records at a time.

In: records as they are, and a schema. Out: the places of records that are not known to keep the schema, warnings
included; how many strings there are, and how deep they are nested; what is wrong with most of those records. The rule
kept here: types are compared for all members of all records at once, and members of one name are checked together, as a
column, by rules that hold for each value by itself; whatever cannot be decided so stays unchecked.
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
from custobar_formats.schema.rules import KeyRules, NodesAtPath, Rule, RuleBook, find_lacking
from custobar_formats.validation.scalar_tests import Fault, Outcome, Test, make_scalar_test


class RecordFilter:
    """Tells which records have to be looked at, and of most of those what is wrong, by one schema.

    ``strings`` counts the strings that were seen, keys among them, and ``deepest`` the lists and objects that are
    nested at most.
    """

    def __init__(self, schema: Schema, parse_float: ParseFloat = float) -> None:
        self.schema = schema
        self.parse_float = parse_float
        self.book = RuleBook(schema)
        self.strings = 0
        self.deepest = 0
        self.free = FreeTest(self)
        self._columns: dict[tuple[NodesAtPath, bool], PathFilter] = {}
        self._root = self.column(self.book.root, erases=False)
        self._latest: tuple[Sequence[Any], Outcome] = ((), Outcome())

    def find_unchecked(self, records: Sequence[Any]) -> tuple[list[int], int, int]:
        """The places of records that are not known to be valid as they are, without a warning.

        With all their strings, and how many lists and objects are nested at most; the places mean nothing where that
        is over the limit.
        """
        self.strings = self.deepest = 0
        found = self._root.check(records, 1) or Outcome()
        self._latest = records, found
        unchecked = found.unchecked.union((at for at, _ in found.faults), (at for at, *_ in found.changes))
        return sorted(unchecked), self.strings, self.deepest

    def judge(self, records: Sequence[Any]) -> tuple[set[int], list[tuple[int, Fault]]]:
        """The places of records that have to be looked at as a whole, and what is wrong with others.

        The others are changed where their text spells what the schema asks for.
        """
        latest, found = self._latest
        if latest is not records:
            found = self._root.check(records, 1) or Outcome()
        for at, holder, step, value in found.changes:
            if at not in found.unchecked:
                holder[step] = value
        return found.unchecked, [(at, fault) for at, fault in found.faults if at not in found.unchecked]

    def reach(self, depth: int) -> bool:
        """Whether lists or objects may be as deep as some are."""
        self.deepest = max(self.deepest, depth)
        return depth <= MAX_DEPTH

    def column(self, nodes: NodesAtPath, *, erases: bool) -> PathFilter:
        """What checks the values of one path, each such path once; ``erases`` is for members of objects."""
        key = (nodes, erases and self.schema.empty_erases)
        if key not in self._columns:
            self._columns[key] = PathFilter(self, *key)
        return self._columns[key]


class PathFilter:
    """Checks values that stand at one path; ``erases`` says whether null and ``""`` count as absent there."""

    def __init__(self, filter_: RecordFilter, nodes: NodesAtPath, erases: bool) -> None:
        self._filter = filter_
        self._nodes = nodes
        self._erases = erases
        self._tests: dict[type, Test | None] = {}

    def check(self, values: Sequence[Any], depth: int) -> Outcome | None:
        """What is not right of values, if anything."""
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
        """The test for values of a type; None where all of them are right."""
        if kind not in self._tests:
            self._tests[kind] = self._make_test(kind)
        return self._tests[kind]

    def _make_test(self, kind: type) -> Test | None:
        book, schema = self._filter.book, self._filter.schema
        if self._erases and kind is type(None):
            return None
        if kind is dict and (keys := book.key_rules(self._nodes)) is not None:
            has_places = any(node.properties or node.patterns or node.additional for node, _ in self._nodes)
            asks = has_places or keys.required or keys.any_of
            return ObjectTest(self._filter, self._nodes, keys) if asks else self._filter.free
        if kind is list and book.takes_list(self._nodes) and not book.has_prefix_items(self._nodes):
            items = book.step(self._nodes, 0)
            return ListTest(self._filter, self._filter.column(items, erases=False)) if items else self._filter.free
        rules = None if kind in (dict, list) else book.scalar_rules(self._nodes)
        if rules is None:
            return DoubtfulTest(self._filter, self._nodes, kind)
        return make_scalar_test(kind, rules, self._nodes, schema, self._filter.parse_float, erases=self._erases)


class FreeTest:
    """Lists and objects that may hold anything."""

    def __init__(self, filter_: RecordFilter) -> None:
        self._filter = filter_

    def __call__(self, values: Sequence[Any], depth: int) -> None:
        """None is wrong."""
        strings, below = measure(values)
        self._filter.strings += strings
        self._filter.reach(depth + below - 1)


class DoubtfulTest:
    """Values of which more is asked than their rules tell, such as a union."""

    def __init__(self, filter_: RecordFilter, nodes: NodesAtPath, kind: type) -> None:
        schema = filter_.schema
        self._filter = filter_
        self._has_more = kind in (dict, list)
        self._is_text = kind is str
        self._accepts = [schema.accepts(node.location) for node, _ in nodes]
        self._decides = not (schema.document.uses_annotations or schema.document.depends_on_way)
        self._erases = schema.empty_erases
        self._known = KnownGood()

    def __call__(self, values: Sequence[Any], depth: int) -> Outcome | None:
        """Those that are not known to be right are unchecked."""
        if self._has_more:
            self._filter.free(values, depth)
            if self._filter.deepest > MAX_DEPTH:
                return None
        if self._is_text and self._known.texts.issuperset(values):
            return None
        if not self._decides:  # what stands elsewhere matters
            return Outcome(set(range(len(values))))
        unchecked = {place for place, value in enumerate(values) if not self._is_right(value)}
        return Outcome(unchecked) if unchecked else None

    def _is_right(self, value: Any) -> bool:
        if self._is_text and value in self._known.texts:
            return True
        kept = without_erased(value) if self._erases else value
        right = all(accepts(kept) for accepts in self._accepts)
        if right and self._is_text:
            self._known.add(value)
        return right


class ListTest:
    """Lists whose items are right."""

    def __init__(self, filter_: RecordFilter, items: PathFilter) -> None:
        self._filter = filter_
        self._items = items

    def __call__(self, values: Sequence[Any], depth: int) -> Outcome | None:
        """What is found of their items."""
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
    """Objects that have the keys that are wanted, and whose members are right.

    Of each key the type is remembered that its first value had. Most often all members are of that type, which one
    comparison of two lists tells; then only the keys of which more than a type is asked are gone through.
    """

    def __init__(self, filter_: RecordFilter, nodes: NodesAtPath, rules: KeyRules) -> None:
        self._filter = filter_
        self._nodes = nodes
        self._erases = filter_.schema.empty_erases
        self._rules = rules
        self._steps: dict[str, PathFilter] = {}
        self._usual: dict[str, type] = {}
        self._asked: dict[tuple[Test, type], dict[str, None]] = {}

    def __call__(self, values: Sequence[Any], depth: int) -> Outcome | None:
        """What is found of their keys and members."""
        if not self._filter.reach(depth):
            return None
        found = self._find_lacking(values)
        kinds = list(map(type, chain.from_iterable(map(dict.values, values))))
        usual = list(map(self._usual.get, chain.from_iterable(values)))
        self._filter.strings += len(kinds) + kinds.count(str)
        asked, are_usual = self._asked, usual == kinds
        if not are_usual:
            all_keys = zip(chain.from_iterable(values), kinds, strict=True)
            asked = self._ask(dict.fromkeys(compress(all_keys, map(is_not, kinds, usual))))
        for (test, kind), names in list(asked.items()):
            by_name = len(names) * len(values) <= len(kinds)  # else there are many names, few of them here
            wanted = None if are_usual else kind
            members = _member_values(values, names, wanted, by_name=by_name)
            inner = test(members, depth + 1) if members else None
            if inner is not None:
                found = found or Outcome()
                places = _places(values, names, wanted, by_name=by_name)
                found.take(inner, places.__getitem__)
        return found

    def _ask(self, others: Iterable[tuple[str, type]]) -> dict[tuple[Test, type], dict[str, None]]:
        """The tests of all keys, these types of theirs included; what is usual of new keys is remembered."""
        more: list[tuple[tuple[Test, type], str]] = []
        for key, kind in others:
            test = self._step(key).test(kind)
            is_new = key not in self._usual and len(self._usual) < MAX_CACHED_STEPS
            if is_new:
                self._usual[key] = kind
            if test is not None and is_new:
                self._asked.setdefault((test, kind), {})[key] = None
            elif test is not None:
                more.append(((test, kind), key))
        asked = self._asked
        if more:
            asked = {which: dict(names) for which, names in asked.items()}
            for which, key in more:
                asked.setdefault(which, {})[key] = None
        return asked

    def _step(self, key: str) -> PathFilter:
        column = self._steps.get(key)
        if column is None:
            column = self._filter.column(self._filter.book.step(self._nodes, key), erases=True)
            if len(self._steps) < MAX_CACHED_STEPS:
                self._steps[key] = column
        return column

    def _find_lacking(self, values: Sequence[Any]) -> Outcome | None:
        """What is found of objects that lack keys that are wanted; where several unions do, the record decides."""
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
        """The places of objects that lack a key, or whose value counts as absent."""
        if not self._erases:
            return [place for place, value in enumerate(values) if name not in value]
        column = [value.get(name) for value in values]
        if all(column):
            return ()
        return [place for place, member in enumerate(column) if member is None or member == ""]


def _member_values(values: Sequence[Any], names: Collection[str], kind: type | None, *, by_name: bool) -> list[Any]:
    """The members of some names, of one type unless it is None, name by name or object by object."""
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
