"""Some rows of a fixed file as text, and the changes in them, without their cells.

In: text and changes. Out: the same, small enough to go from one process to another. Rule: rows are numbered as those
of the block they come from, also once the block is moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from custobar_formats.notation.suggestion import Why

MAX_EXAMPLES = 3
"""Examples in a notice: one line."""


@dataclass(slots=True)
class Tally:
    """The changes of one kind in one column: how many, and examples."""

    count: int = 0
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, before: str, after: str) -> None:
        """Count a change."""
        self.count += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.setdefault(before, after)

    def merge(self, later: Tally) -> None:
        """Add the changes of later rows."""
        self.count += later.count
        for before, after in later.examples.items():
            if len(self.examples) < MAX_EXAMPLES:
                self.examples.setdefault(before, after)


@dataclass(slots=True)
class FixedRows:
    """Some rows of a fixed file, and their changes.

    Attributes:
        text: the rows, as they stand in the fixed file.
        ends: whether there is an error after which no row can be trusted.
        numbers: the row of each change; None for one that is not about a row.
        lines: each change as a line of the list of changes, without the row.
        tallies: the changed cells, by their 1-based column and the reason.
        others: the number of other changes, by their kind.
        quoted: how many cells have got quotes because of a quote in them.

    """

    text: bytes = b""
    ends: bool = False
    numbers: list[int | None] = field(default_factory=list)
    lines: Sequence[str] = field(default_factory=list)
    tallies: dict[tuple[int, Why], Tally] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    quoted: int = 0

    def move(self, rows: int) -> None:
        """Number the rows as those of a file that has so many rows before them."""
        self.numbers = [None if number is None else number + rows for number in self.numbers]

    def leave_out(self, kind: str) -> None:
        """Leave out the changes of one kind that are not about cells."""
        kept = [at for at, line in enumerate(self.lines) if not line.endswith(f",{kind}")]
        self.numbers, self.lines = [self.numbers[at] for at in kept], [self.lines[at] for at in kept]
        del self.others[kind]

    def join(self, later: FixedRows) -> None:
        """Add later rows."""
        self.text += later.text
        self.ends |= later.ends
        self.numbers += later.numbers
        self.lines = [*self.lines, *later.lines]
        merge_tallies(self.tallies, later.tallies)
        self.others.update(later.others)
        self.quoted += later.quoted


def merge_tallies(tallies: dict[tuple[int, Why], Tally], later: dict[tuple[int, Why], Tally]) -> None:
    """Add the tallies of later rows."""
    for key, tally in later.items():
        tallies.setdefault(key, Tally()).merge(tally)
