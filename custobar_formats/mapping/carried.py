"""The influence of rows on those behind them in the file: how a mapping reads a part of a file.

In: what stands before a part, and what the part has shown. Out: what stands behind it. Rule: nothing else of a row
depends on the rows before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from custobar_formats.mapping.fill import Run
from custobar_formats.notation.money import Currencies, MarkProof


@dataclass(frozen=True, slots=True)
class Carried:
    """All that the rows before a place in the file decide.

    Attributes:
        runs: by the column that is filled, and that of its runs, the run at that place.
        currencies: by the place of a field, those of its amounts.
        has_ended: whether the first row after the records has been there.

    """

    runs: Mapping[tuple[int, int], Run]
    currencies: Mapping[int, tuple[str, ...]]
    has_ended: bool

    def after(self, before: Carried, end: Carried, *, differ: bool) -> Carried | None:
        """The state behind a part that was read as if ``before`` stood before it; None if it must be read again.

        ``end``: what then stood behind it; ``differ``: whether some amounts in it were in two currencies.
        """
        if self == before:
            return end
        if differ or self.runs != before.runs or self.has_ended != before.has_ended:
            return None
        currencies = {}
        for place, seen in end.currencies.items():
            joint = Currencies(self.currencies[place])
            if any(map(joint.add, seen)):
                return None
            currencies[place] = tuple(joint.seen)
        return replace(end, currencies=currencies)


@dataclass(slots=True)
class MappedEnd:
    """All that some rows have shown about their file.

    Attributes:
        before, after: what stands before and behind them.
        differ: whether a field had amounts in two currencies.
        rows, without_key: how many records there are, and how many of them have no identifier.
        skipped: how many rows the conditions of the mapping have left out.
        end: the number of the first row after the records, if it was there.
        proofs: what the amounts whose decimal mark is open have shown, by the label of their field.

    """

    before: Carried
    after: Carried
    differ: bool = False
    rows: int = 0
    without_key: int = 0
    skipped: int = 0
    end: int | None = None
    proofs: dict[str, MarkProof] = field(default_factory=dict)

    def merge(self, other: MappedEnd, rows: int) -> None:
        """Add what a part of the file has shown, before which the file has so many rows."""
        self.rows += other.rows
        self.without_key += other.without_key
        self.skipped += other.skipped
        if self.end is None and other.end is not None:
            self.end = other.end + rows
        for label, proof in other.proofs.items():
            self.proofs[label].merge(proof)
