"""A header and a schema to what is checked of each block of rows, column by column.

In: the tree of a header's paths, and the rules of a schema. Out: the rules of each column, and which keys have to be
there. The rule kept here: what these checks pass is valid without a warning; where they cannot tell, the record as a
whole is looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from custobar_formats.core.findings import Severity
from custobar_formats.records.header import Branch
from custobar_formats.schema.document import Location
from custobar_formats.schema.rules import KeyRules, NodesAtPath, Rule, RuleBook, find_lacking

Columns = Sequence[Sequence[str]]
"""The cells of each column of the file."""


@dataclass(frozen=True, slots=True)
class Keys:
    """An object that has to have some keys.

    Attributes:
        columns: those below it, by their place in the file; None for a record itself, which is always there.
        required: each name, with the columns below it, the location of the keyword, and its severity.
        any_of: of each union the location of the keyword, its severity, and sets of names, which are the columns below
            them.

    """

    columns: tuple[int, ...] | None
    required: tuple[tuple[str, tuple[int, ...], Location, Severity | None], ...]
    any_of: tuple[tuple[Location, Severity | None, tuple[tuple[tuple[int, ...], ...], ...]], ...]


@dataclass(slots=True)
class Checks:
    """What is checked of the rows under one header.

    Attributes:
        decided: whether that is all there is to check; else every record has to be looked at as a whole.
        rules: of each column, by its place in the file; None where they are not known.
        keys: of each object that has to have some.

    """

    decided: bool = True
    rules: dict[int, tuple[Rule, ...] | None] = field(default_factory=dict)
    keys: list[Keys] = field(default_factory=list)

    def missing(self, columns: Columns) -> list[tuple[str, Location, Severity | None, Sequence[int]]]:
        """Each name that a record has to have, with the places of rows that lack it, if there are any."""
        found = []
        for keys in self.keys:
            if keys.columns is None:
                for name, below, location, severity in keys.required:
                    rows = _rows_without(below, columns)
                    if rows:
                        found.append((name, location, severity, rows))
        return found

    def missing_all(self, columns: Columns) -> list[tuple[Location, Severity | None, set[int]]]:
        """Each union that asks a record for some of several names, with the places of rows that lack all, if any do."""
        unions = [union for keys in self.keys if keys.columns is None for union in keys.any_of]
        if not unions:
            return []
        found = [(location, warns, _without_any(names, columns)) for location, warns, names in unions]
        return [(location, warns, rows) for location, warns, rows in found if rows]

    def doubtful(self, columns: Columns) -> set[int]:
        """The places of rows that lack another key that has to be there, or what several unions ask for."""
        found: set[int] = set()
        for keys in self.keys:
            lacking: set[int] = set()
            asks_once = keys.columns is None and len(keys.any_of) < 2
            all_lack = [_without_any(names, columns) for _, _, names in keys.any_of if not asks_once]
            if keys.columns is None:
                counts = Counter(row for lack in all_lack for row in lack)
                lacking = {row for row, count in counts.items() if count > 1}
            else:
                lacking = set().union(*all_lack)
            if keys.columns is not None:
                for _, below, _, _ in keys.required:
                    lacking.update(_rows_without(below, columns))
                if lacking:
                    lacking.difference_update(_rows_without(keys.columns, columns))
            found |= lacking
        return found


def _without_any(names: tuple[tuple[tuple[int, ...], ...], ...], columns: Columns) -> set[int]:
    return find_lacking(names, partial(_rows_without, columns=columns))


def _rows_without(below: tuple[int, ...], columns: Columns) -> Sequence[int]:
    """The places of rows in which all of some columns are blank."""
    if any(all(columns[index]) for index in below):
        return ()
    if not below:
        return range(len(columns[0]))
    if len(below) == 1:
        return [row for row, cell in enumerate(columns[below[0]]) if not cell]
    return [row for row, cells in enumerate(zip(*(columns[index] for index in below), strict=True)) if not any(cells)]


def make_checks(tree: Branch, book: RuleBook, *, blanks_stand: bool, items_move: bool) -> Checks:
    """The checks of a header.

    ``blanks_stand`` says whether an object whose members are all blank is there, ``items_move`` whether a list item
    may come to another place than its column's.
    """
    checks = Checks()
    waiting: list[tuple[Branch, NodesAtPath, bool]] = [(tree, book.root, True)]
    while waiting:
        branch, nodes, is_record = waiting.pop()
        if branch.column is not None:
            checks.rules[branch.column.index] = _cell_rules(nodes, book, joined=branch.column.joined)
            continue
        if branch.is_list:
            checks.decided &= book.takes_list(nodes) and not (items_move and book.has_prefix_items(nodes))
        else:
            rules = book.key_rules(nodes)
            if rules is None or ((rules.required or rules.any_of) and blanks_stand and not is_record):
                checks.decided = False
            elif rules.required or rules.any_of:
                checks.keys.append(_keys(branch, rules, is_record))
                asked = {name for name, _, _ in rules.required}
                asked.update(name for _, _, union in rules.any_of for names in union for name in names)
                checks.decided &= not blanks_stand or all(
                    below.column for name, below in branch.below.items() if name in asked
                )
        waiting += [(below, book.step(nodes, part), False) for part, below in branch.below.items()]
    return checks


def _cell_rules(nodes: NodesAtPath, book: RuleBook, *, joined: bool) -> tuple[Rule, ...] | None:
    """The rules of a cell; of a list in one cell, there are none where any texts may be its items."""
    if not joined:
        return book.scalar_rules(nodes)
    items = book.step(nodes, 0)
    rules = book.scalar_rules(items)
    plain = rules is not None and all("string" in (node.types or {"string"}) for node, _ in items)
    has_one_kind = not book.has_prefix_items(nodes) and book.takes_list(nodes)
    if plain and has_one_kind and rules is not None and all(rule.location[-1] == "type" for rule in rules):
        return ()
    return None


def _keys(branch: Branch, rules: KeyRules, is_record: bool) -> Keys:
    def below(name: str) -> tuple[int, ...]:
        found = branch.below.get(name)
        return () if found is None else _columns(found)

    return Keys(
        None if is_record else _columns(branch),
        tuple((name, below(name), location, severity) for name, location, severity in rules.required),
        tuple(
            (location, severity, tuple(tuple(map(below, names)) for names in union))
            for location, severity, union in rules.any_of
        ),
    )


def _columns(branch: Branch) -> tuple[int, ...]:
    return tuple(column.index for column in branch.columns())
