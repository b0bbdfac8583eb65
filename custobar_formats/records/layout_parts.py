"""The layouts of the parts of a file to one layout.

In: the layout of some records, as values. Out: the layout of all records, in the order of the parts. Rule: the columns
and counts are those of one layout that has taken all records in order; what it would have refused does not fit.
"""

from __future__ import annotations

from typing import NamedTuple

from custobar_formats.core.limits import MAX_COLUMNS
from custobar_formats.core.paths import Path
from custobar_formats.records.layout import Layout
from custobar_formats.records.path_tree import ColumnKey


class PartNode(NamedTuple):
    """A node of a ``Layout``, with the attributes of ``PathNode``; ``below`` is whether it has items, or members."""

    path: Path
    kind: type | None
    below: bool | None
    length: int
    joins: bool
    filled: int
    reached: int
    empty: int


class LayoutPart(NamedTuple):
    """What a ``Layout`` has learned: its nodes but the root, in the order of their numbers, and its counts."""

    nodes: list[PartNode]
    rows: int
    empty: dict[str, int]
    formulas: dict[ColumnKey, int]


def part_of(layout: Layout) -> LayoutPart:
    """What a layout has learned."""
    nodes = [
        PartNode(
            node.path,
            node.kind,
            node.is_list if node.below else None,
            node.length,
            node.joins,
            node.filled,
            node.reached,
            node.empty,
        )
        for node in layout.nodes[1:]
    ]
    return LayoutPart(nodes, layout.rows, dict(layout.empty), dict(layout.formula_cells))


def fits(layout: Layout, part: LayoutPart) -> bool:
    """Whether a layout takes the records of a part, too."""
    leaves = layout.leaf_count
    for node in part.nodes:
        known = layout.find(node.path)
        leaves += node.kind is not None and (known is None or known.kind is None)
        if known is None:
            continue
        if node.kind is not None and (known.below or known.kind not in (None, node.kind)):
            return False
        if node.below is not None and (known.kind is not None or (known.below and known.is_list != node.below)):
            return False
    return leaves <= MAX_COLUMNS


def add_part(layout: Layout, part: LayoutPart) -> list[int]:
    """Add a part that fits; the number in the layout of each of its nodes, the root first."""
    numbers = [0]
    for each in part.nodes:
        node = layout.add_node(each.path, each.kind, each.length, joins=each.joins)
        node.filled += each.filled
        node.reached += each.reached
        node.empty += each.empty
        numbers.append(node.number)
    layout.rows += part.rows
    layout.empty.update(part.empty)
    layout.formula_cells.update({(numbers[number], index): count for (number, index), count in part.formulas.items()})
    return numbers
