"""The evidence of a column about its fixes, from a part of a file or from all of it.

In: the knowledge of parts, in the order of the file. Out: that of the whole. Rule: whatever the parts are, the whole
knows the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from custobar_formats.notation.column import ColumnEvidence


@dataclass(slots=True)
class FixEvidence:
    """The evidence of the cells of a column.

    Attributes:
        column: how they are written.
        has_decided: whether the decision about the column has decided about a cell.
        refused: whether nothing may be changed, because something cannot be.
        withheld: how many cells have a fix that is not certain and was not applied.
        is_misnamed: whether the column has got its name from ``fix``, and a value stays wrong.

    """

    column: ColumnEvidence
    has_decided: bool = False
    refused: bool = False
    withheld: int = 0
    is_misnamed: bool = False

    def merge(self, other: FixEvidence) -> None:
        """Learn what another part of the column has shown."""
        self.column.merge(other.column)
        self.has_decided |= other.has_decided
        self.refused |= other.refused
        self.withheld += other.withheld
        self.is_misnamed |= other.is_misnamed
