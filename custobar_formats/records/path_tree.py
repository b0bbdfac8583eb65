"""The tree of the paths that records have.

In: paths, one by one. Out: a tree in the order of the columns. Rule: each node counts what all records had there, so
the columns and the meaning of their blank cells follow from the tree alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from custobar_formats.core.paths import Path
from custobar_formats.schema.places import Place
from custobar_formats.text.artefacts import is_formula

ColumnKey = tuple[int, int | None]
"""The number of a column's node, and the index of its item if a list is spread out."""


@dataclass(eq=False, slots=True)
class PathNode:
    """A path that some record has: a column, the way to a column, or so far only an empty member.

    Attributes:
        kind: for a column, str, or list if its items may be joined in one cell.
        length: for a list, the largest number of items.
        joins: whether its items can be joined; else each has a column.
        filled: for a column, the number of records that have a value here.
        reached: for an item after the first, the number of records whose list reaches it.
        empty: the number of records with an empty member here.

    """

    path: Path
    number: int
    place: Place | None
    above: PathNode | None = None
    below: dict[str | int, PathNode] = field(default_factory=dict)
    kind: type | None = None
    length: int = 0
    joins: bool = True
    filled: int = 0
    reached: int = 0
    empty: int = 0

    @property
    def items(self) -> Iterator[PathNode]:
        """The nodes below, list items by index."""
        return (self.below[index] for index in sorted(self.below)) if self.is_list else iter(self.below.values())

    @property
    def is_list(self) -> bool:
        """Whether the nodes below are list items."""
        return isinstance(next(iter(self.below), None), int)

    @property
    def way(self) -> Iterator[PathNode]:
        """The nodes from here up to the record."""
        node: PathNode | None = self
        while node is not None:
            yield node
            node = node.above

    def later_items(self) -> Iterator[PathNode]:
        """Of the nodes from here up, those that are list items after the first."""
        return (node for node in self.way if node.path and isinstance(node.path[-1], int) and node.path[-1] > 0)

    def count_missing(self, records: int) -> int:
        """The number of records that lack a value here because they lack a key; ``records`` is the number of all.

        Records whose list ends before this, or that have an empty member here or above, do not count.
        """
        excused = self.filled
        for node in self.way:
            excused += node.empty
            if node.path and isinstance(node.path[-1], int) and node.path[-1] > 0:
                return node.reached - excused
        return records - excused


def formulas_of(number: int, content: str | list[str]) -> Iterator[ColumnKey]:
    """The columns where a node's text or list is a spreadsheet formula, both in one cell and spread out."""
    if is_formula(content if isinstance(content, str) else ",".join(content)):
        yield number, None
    for index, item in enumerate(content if isinstance(content, list) else ()):
        if is_formula(item):
            yield number, index
