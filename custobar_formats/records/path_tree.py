"""The tree of the paths that records have.

In: one path after the other. Out: a tree in the order of the columns. The rule kept here: a node knows what every
record has had there, so that the columns, and what their blank cells stand for, follow from the tree alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from custobar_formats.core.paths import Path
from custobar_formats.schema.places import Place
from custobar_formats.text.artefacts import is_formula

ColumnKey = tuple[int, int | None]
"""The number of a column's node, and the index of its item where a list is spread out."""


@dataclass(eq=False, slots=True)
class PathNode:
    """A path that some record has: a column, or the way to some, or an empty member so far.

    Attributes:
        kind: of a column: str, or list for the items of lists that may be joined in one cell.
        length: of a list, the most items.
        joins: whether its items can be joined; else each has a column.
        filled: the records that have a value here, if this is a column.
        reached: the records whose list comes so far, if this is an item after the first.
        empty: the records with an empty member here.

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
        """What is below, list items by their index."""
        return (self.below[index] for index in sorted(self.below)) if self.is_list else iter(self.below.values())

    @property
    def is_list(self) -> bool:
        """Whether what is below are items."""
        return isinstance(next(iter(self.below), None), int)

    @property
    def way(self) -> Iterator[PathNode]:
        """The nodes from here up to the record."""
        node: PathNode | None = self
        while node is not None:
            yield node
            node = node.above

    def later_items(self) -> Iterator[PathNode]:
        """The items after the first of a list that this node is in, or is."""
        return (node for node in self.way if node.path and isinstance(node.path[-1], int) and node.path[-1] > 0)

    def count_missing(self, records: int) -> int:
        """The records, of so many, that lack a value here for want of a key.

        Those whose list ends before, or that have an empty member here or above, do not.
        """
        excused = self.filled
        for node in self.way:
            excused += node.empty
            if node.path and isinstance(node.path[-1], int) and node.path[-1] > 0:
                return node.reached - excused
        return records - excused


def formulas_of(number: int, content: str | list[str]) -> Iterator[ColumnKey]:
    """The columns where text or a list at a node is a formula to a spreadsheet, in one cell as well as spread out."""
    if is_formula(content if isinstance(content, str) else ",".join(content)):
        yield number, None
    for index, item in enumerate(content if isinstance(content, list) else ()):
        if is_formula(item):
            yield number, index
