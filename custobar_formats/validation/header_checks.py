"""A header and a schema to the checks of each block of rows, column by column.

In: the tree of a header's paths, and the rules of a schema. Out: the rules of each column, and the required keys. Rule:
rows that pass these checks are valid and have no warning; where the checks cannot decide, the whole record is checked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import compress
from operator import not_

from custobar_formats.core.findings import Severity
from custobar_formats.records.header import Branch
from custobar_formats.schema.document import Location
from custobar_formats.schema.rules import KeyRules, NodesAtPath, Rule, RuleBook, find_lacking

Columns = Sequence[Sequence[str]]
"""The cells of each column of the file."""


@dataclass(frozen=True, slots=True)
class Keys:
    """An object with required keys.

    Attributes:
        columns: the columns below it, by their place in the file; None for the record itself, which always exists.
        required: each name, with the columns below it, the location of the keyword, and its severity.
        any_of: for each union, the location of the keyword, its severity, and sets of names, each name as the columns
            below it.

    """

    columns: tuple[int, ...] | None
    required: tuple[tuple[str, tuple[int, ...], Location, Severity | None], ...]
    any_of: tuple[tuple[Location, Severity | None, tuple[tuple[tuple[int, ...], ...], ...]], ...]


@dataclass(slots=True)
class Checks:
    """The checks of the rows under one header.

    Attributes:
        decided: whether these checks are enough; otherwise every record is checked as a whole.
        rules: for each column, by its place in the file; None if they are not known.
        keys: the objects with required keys.

    """

    decided: bool = True
    rules: dict[int, tuple[Rule, ...] | None] = field(default_factory=dict)
    keys: list[Keys] = field(default_factory=list)

    def missing(self, columns: Columns) -> list[tuple[str, Location, Severity | None, Sequence[int]]]:
        """Each required name of a record that some rows lack, with the places of those rows."""
        found = []
        for keys in self.keys:
            if keys.columns is None:
                for name, below, location, severity in keys.required:
                    rows = _rows_without(below, columns)
                    if rows:
                        found.append((name, location, severity, rows))
        return found

    def missing_all(self, columns: Columns) -> list[tuple[Location, Severity | None, set[int]]]:
        """Each union of required names of a record, with the places of rows that lack all of them, if there are any."""
        unions = [union for keys in self.keys if keys.columns is None for union in keys.any_of]
        if not unions:
            return []
        found = [(location, warns, _without_any(names, columns)) for location, warns, names in unions]
        return [(location, warns, rows) for location, warns, rows in found if rows]

    def doubtful(self, columns: Columns) -> set[int]:
        """The places of rows that lack a required key of a nested object, or break several unions."""
        found: set[int] = set()
        for keys in self.keys:
            lacking: set[int] = set()
            has_one_union = keys.columns is None and len(keys.any_of) < 2
            all_lack = [_without_any(names, columns) for _, _, names in keys.any_of if not has_one_union]
            if keys.columns is None:
                counts = Counter(row for lack in all_lack for row in lack)
                lacking = {row for row, count in counts.items() if count > 1}
            else:
                lacking = set().union(*all_lack)
            if keys.columns is not None:
                for _, below, _, _ in keys.required:
                    if _may_lack(below, keys.columns, columns):
                        lacking.update(_rows_without(below, columns))
                if lacking:
                    lacking.difference_update(_rows_without(keys.columns, columns))
            found |= lacking
        return found


def _without_any(names: tuple[tuple[tuple[int, ...], ...], ...], columns: Columns) -> set[int]:
    return find_lacking(names, partial(_rows_without, columns=columns))


def _may_lack(below: tuple[int, ...], whole: Iterable[int], columns: Columns) -> bool:
    """Whether a key, of one column, is blank in a row where another column of its object is not: a quick check."""
    if len(below) != 1:
        return True
    cells = columns[below[0]]
    return not all(cells) and any(
        any(compress(columns[other], map(not_, cells))) for other in whole if other != below[0]
    )


def _rows_without(below: tuple[int, ...], columns: Columns) -> Sequence[int]:
    """The places of rows in which all given columns are blank."""
    if any(all(columns[index]) for index in below):
        return ()
    if not below:
        return range(len(columns[0]))
    if len(below) == 1:
        return [row for row, cell in enumerate(columns[below[0]]) if not cell]
    return [row for row, cells in enumerate(zip(*(columns[index] for index in below), strict=True)) if not any(cells)]


def make_checks(tree: Branch, book: RuleBook, *, blanks_stand: bool, items_move: bool) -> Checks:
    """The checks of a header.

    ``blanks_stand``: whether an object with only blank members exists; ``items_move``: whether a list item may move to
    another place than its column's.
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
                required = {name for name, _, _ in rules.required}
                required.update(name for _, _, union in rules.any_of for names in union for name in names)
                checks.decided &= not blanks_stand or all(
                    below.column for name, below in branch.below.items() if name in required
                )
        waiting += [(below, book.step(nodes, part), False) for part, below in branch.below.items()]
    return checks


def _cell_rules(nodes: NodesAtPath, book: RuleBook, *, joined: bool) -> tuple[Rule, ...] | None:
    """The rules of a cell; empty for a list in one cell whose items may be any text."""
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
