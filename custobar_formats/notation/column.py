"""Decides by the values of a whole column how it is written, and so which texts have one certain reading.

In: texts that are wrong in a column, each with its suggestion. Out: a decision about the column, and by it the text
that is meant. Rule: a column is decided as a whole; what its values do not prove, or contradict, is not decided.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple, Self

from custobar_formats.core.limits import CACHED_MAPPED
from custobar_formats.core.spreadsheet import strip_artefacts
from custobar_formats.notation.dates import parse_written_date
from custobar_formats.notation.money import MarkProof, has_wholes, parse_amount
from custobar_formats.notation.numbers import parse_written_number, suggest_money
from custobar_formats.notation.suggestion import Suggestion, Why


class Meant(NamedTuple):
    """The text that is meant by another one, and the reason; ``is_safe``: in every reading."""

    text: str
    why: Why
    is_safe: bool


class ColumnEvidence:
    """A column whose values are decided one by one: the base of the others, which count rows by what they show.

    Attributes:
        wrong: how many values are not as they should be.

    """

    def __init__(self) -> None:
        self.wrong = 0
        self._rows = Counter[str]()

    def see(self, cells: Sequence[str]) -> None:
        """Learn from all cells of some rows."""

    def learn(self, text: str, suggestion: Suggestion | None, rows: int) -> None:  # noqa: ARG002 - others use it
        """Learn from a text that is wrong in some rows."""
        self.wrong += rows

    def merge(self, other: Self) -> None:
        """Learn what another part of the column has shown; a text that both have seen may count twice."""
        self.wrong += other.wrong
        self._rows.update(other._rows)

    def decide(self) -> Hashable:
        """The decision by all values so far; None if each value is decided by itself."""
        return None

    def proof(self, why: Why) -> str:  # noqa: ARG002 - others use it
        """How many values have decided changes for a reason, in words; blank if each is decided by itself."""
        return ""

    def meant(self, text: str, suggestion: Suggestion | None, decision: Hashable) -> Meant | None:  # noqa: ARG002 - others use it
        """The text that is meant by a wrong one, under a decision."""
        if suggestion is None or suggestion.value is None:
            return None
        return Meant(suggestion.value, suggestion.why, suggestion.safe)


class DateColumn(ColumnEvidence):
    """Days: the order of day and month is that of the values that have only one."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, str] = {}

    def learn(self, text: str, suggestion: Suggestion | None, rows: int) -> None:
        """Learn the order of a date, if it can have only one."""
        super().learn(text, suggestion, rows)
        if text not in self._seen:
            if len(self._seen) > CACHED_MAPPED:
                self._seen.clear()
            self._seen[text] = _shown_order(strip_artefacts(text))
        self._rows[self._seen[text]] += rows

    def decide(self) -> Hashable:
        """The order of dates with slashes or hyphens, "both" if they contradict; whether points are day first."""
        proved = [order for order in ("dmy", "mdy") if self._rows[order]]
        order = proved[0] if len(proved) == 1 else "both" if proved else None
        return order, not self._rows["m.d"]

    def proof(self, why: Why) -> str:
        """How many dates have only one order."""
        rows = max(self._rows["dmy"], self._rows["mdy"])
        return f"decided by {rows:,} of {self.wrong:,}" if rows and why is Why.DATE else ""

    def meant(self, text: str, suggestion: Suggestion | None, decision: Hashable) -> Meant | None:
        """The day that is meant."""
        order, points_first = decision if isinstance(decision, tuple) else (None, True)
        numbers = _two_numbers(strip_artefacts(text))
        if suggestion is not None and numbers is not None:
            if (numbers[0] == "." and not points_first) or (numbers[0] == "/" and order == "both"):
                return None
            if suggestion.why is Why.TWO_READINGS and order in ("dmy", "mdy"):
                return Meant(suggestion.readings[order == "mdy"], Why.DATE, True)
        return super().meant(text, suggestion, decision)


def _shown_order(text: str) -> str:
    """The order that a date shows: ``dmy`` or ``mdy`` with slashes or hyphens, ``m.d`` with points; or blank."""
    written, numbers = parse_written_date(text), _two_numbers(text)
    if written is None or written.is_short or numbers is None:
        return ""
    mark, first, second = numbers
    if mark == ".":
        return "m.d" if not written.days and second > 12 >= first else ""
    return "" if not written.days else "dmy" if first > 12 else "mdy" if second > 12 else ""


_NUMBERS = re.compile(r"\s*([0-9]{1,2})([./-])\s?([0-9]{1,2})\2\s?[0-9]{4}(?![0-9])")


def _two_numbers(text: str) -> tuple[str, int, int] | None:
    """The mark between the numbers of a day (a slash for a hyphen), and its first two; None if the year comes first."""
    match = _NUMBERS.match(text)
    return None if match is None else ("." if match[2] == "." else "/", int(match[1]), int(match[3]))


class NumberColumn(ColumnEvidence):
    """Numbers: commas are decimal marks, unless some number has a point as one."""

    def __init__(self) -> None:
        super().__init__()
        self._has_points = False

    def see(self, cells: Sequence[str]) -> None:
        """Learn whether some cell is a number with a decimal point."""
        if not self._has_points and "." in "".join(cells):
            self._has_points = any(map(_POINT.fullmatch, cells))

    def learn(self, text: str, suggestion: Suggestion | None, rows: int) -> None:
        """Learn the decimal mark of a number that can have only one."""
        super().learn(text, suggestion, rows)
        if "," in text or "." in text:
            self._rows[_decimal_mark(text)] += rows

    def merge(self, other: Self) -> None:
        """Learn what another part of the column has shown."""
        super().merge(other)
        self._has_points |= other._has_points

    def decide(self) -> Hashable:
        """The decimal mark; "both" if numbers contradict each other, None if none shows it."""
        has_points = self._has_points or self._rows["."] > 0
        if self._rows[","]:
            return "both" if has_points else ","
        return "." if has_points else None

    def proof(self, why: Why) -> str:
        """How many numbers show that a comma is the decimal mark."""
        rows = self._rows[","]
        return f"decided by {rows:,} of {self.wrong:,}" if rows and why is Why.DECIMAL_COMMA else ""

    def meant(self, text: str, suggestion: Suggestion | None, decision: Hashable) -> Meant | None:
        """The number that is meant."""
        mark = _decimal_mark(text) if "," in text or "." in text else ""
        if mark and decision is not None and mark != decision:
            return None
        if suggestion is not None and suggestion.why is Why.TWO_READINGS and decision == "," and "," in text:
            return Meant(suggestion.readings[1], Why.DECIMAL_COMMA, True)
        return super().meant(text, suggestion, decision)


_POINT = re.compile(r"-?[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?")


def _decimal_mark(text: str) -> str:
    """The decimal mark that a number has, or must have because the other one stands between thousands; or blank."""
    written = parse_written_number(strip_artefacts(text))
    if written is None or written.thousands is not None or not written.marks:
        return ""
    last = written.marks[-1]
    return last if written.fraction or written.why is Why.POINT else "," if last == "." else "."


class TruthColumn(ColumnEvidence):
    """Consent: one value that nobody can be sure of makes all others doubtful."""

    def __init__(self) -> None:
        super().__init__()
        self._unknown = 0

    def learn(self, text: str, suggestion: Suggestion | None, rows: int) -> None:
        """Learn whether a text is a word for true or false."""
        super().learn(text, suggestion, rows)
        self._unknown += rows if suggestion is None or suggestion.value is None else 0

    def merge(self, other: Self) -> None:
        """Learn what another part of the column has shown."""
        super().merge(other)
        self._unknown += other._unknown

    def decide(self) -> Hashable:
        """Whether all values are known."""
        return not self._unknown

    def meant(self, text: str, suggestion: Suggestion | None, decision: Hashable) -> Meant | None:
        """True or false, if all values of the column are known."""
        return None if decision is False else super().meant(text, suggestion, decision)


class MoneyColumn(ColumnEvidence):
    """Money: in cents if no amount has decimals; else all amounts are in the currency's unit, or none is decided.

    Attributes:
        is_filled: whether it has an amount other than 0.

    """

    def __init__(self) -> None:
        super().__init__()
        self._proof = MarkProof()
        self._filled = 0
        self._currencies: set[str] = set()
        self._in_units = self._doubtful = 0
        self.is_filled = False

    def see_filled(self, cells: Sequence[str]) -> None:
        """Learn whether some cell is a whole amount other than 0."""
        self.is_filled = self.is_filled or has_wholes(cells)

    def forget_seen(self) -> None:
        """Forget what ``see`` has learned."""
        self._proof, self._filled = MarkProof(), 0

    def see(self, cells: Sequence[str]) -> None:
        """Learn the decimal mark, and the currencies."""
        bare = {cell: strip_artefacts(cell) for cell in set(cells)}
        filled = [bare[cell] for cell in cells if cell]
        self._filled += len(filled)
        self._proof.add(filled)

    def learn(self, text: str, suggestion: Suggestion | None, rows: int) -> None:
        """Learn whether an amount is in the currency's unit."""
        super().learn(text, suggestion, rows)
        bare = strip_artefacts(text)
        amount = parse_amount(bare)
        if amount.currency is not None:
            self._currencies.add(amount.currency)
        found = suggest_money(bare)  # the suggestion given lacks what is not valid in the field
        self._in_units += rows if found is not None and found.why is Why.IN_CENTS else 0
        self._doubtful += rows if found is not None and found.why in _CENTS_OR_UNITS else 0
        is_amount = parse_written_number(bare) is not None and amount.cents != "0"
        self.is_filled = self.is_filled or is_amount

    def merge(self, other: Self) -> None:
        """Learn what another part of the column has shown."""
        super().merge(other)
        self._proof.merge(other._proof)
        self._filled += other._filled
        self._currencies |= other._currencies
        self._in_units += other._in_units
        self._doubtful += other._doubtful
        self.is_filled |= other.is_filled

    def decide(self) -> Hashable:
        """None for cents; "unit" and the decimal mark for the currency's unit; "?" if that is not decided."""
        proof = self._proof
        if not self._in_units:
            return "?" if self._doubtful else None
        are_all = not proof.contradicts and proof.fitting[proof.mark or ","] == self._filled
        is_one = are_all and len(self._currencies) < 2
        return ("unit", proof.mark) if is_one and (proof.proving or not proof.open) else "?"

    @property
    def mark_of_texts(self) -> str | None:
        """The decimal mark under which a fraction reads as it is meant; None if it would decide what texts mean."""
        return self._proof.mark or (None if self._proof.open and not self._proof.contradicts else ".")

    def proof(self, why: Why) -> str:
        """How many amounts are in the currency's unit."""
        return f"decided by {self._in_units:,} of {self._filled:,}" if why is Why.IN_CENTS else ""

    def meant(self, text: str, suggestion: Suggestion | None, decision: Hashable) -> Meant | None:
        """The amount in cents."""
        if decision is None:
            found = super().meant(text, suggestion, decision)
            return found if found is None or found.why is not Why.IN_CENTS else None
        if not isinstance(decision, tuple):
            return None
        cents = parse_amount(strip_artefacts(text), decision[1]).cents
        return None if cents is None or cents == text else Meant(cents, Why.IN_CENTS, False)


REFUSED = "refused"
"""The decision about a column of money that is changed as a whole or not at all, if one of its amounts cannot be."""

_CENTS_OR_UNITS = (Why.CENTS_OR_UNITS, Why.TWO_READINGS, Why.PARTS_OF_A_CENT)
"""Amounts that may be in cents or in the currency's unit: 12.0, 1.234, 24.905."""


def decide_together(decisions: Mapping[str, Hashable]) -> dict[str, Hashable]:
    """The decisions about the filled columns of money of one record, by their own: the same for all of them.

    A record has no price in cents beside another one in the currency's unit, so nobody knows which its columns are in
    if only some have decimals.

    Example:
        >>> decide_together({"price": None, "sale_price": ("unit", ",")})
        {'price': '?', 'sale_price': '?'}

    """
    if len({each.__class__ for each in decisions.values()}) < 2:
        return dict(decisions)
    return {label: each if isinstance(each, str) else "?" for label, each in decisions.items()}


class CodeColumn(ColumnEvidence):
    """Codes of digits, such as an EAN: a ``.0`` behind all of them comes from a program that took them for numbers."""

    def __init__(self) -> None:
        super().__init__()
        self._filled = self._tails = 0

    def see(self, cells: Sequence[str]) -> None:
        """Learn how many of the cells end in ``.0``, as long as all of them do."""
        if self._tails < self._filled:
            return  # no later cell changes that
        self._filled += len(cells) - list(cells).count("")
        if ".0" in "\n".join(cells):
            self._tails += sum(_TAIL.fullmatch(strip_artefacts(cell)) is not None for cell in cells)

    def merge(self, other: Self) -> None:
        """Learn what another part of the column has shown."""
        super().merge(other)
        self._filled += other._filled
        self._tails += other._tails

    def decide(self) -> Hashable:
        """Whether every filled cell ends so."""
        return self._tails == self._filled

    def proof(self, why: Why) -> str:
        """How many cells end so."""
        return f"decided by {self._tails:,} of {self._filled:,}" if why is Why.DECIMAL_ZERO else ""

    def meant(self, text: str, suggestion: Suggestion | None, decision: Hashable) -> Meant | None:
        """The digits alone."""
        bare = strip_artefacts(text)
        if _TAIL.fullmatch(bare) is None:
            return super().meant(text, suggestion, decision)
        return Meant(bare.removesuffix(".0"), Why.DECIMAL_ZERO, True) if decision is True else None


_TAIL = re.compile(r"\+?[0-9]+\.0")


class TextColumn(ColumnEvidence):
    """Text: what was encoded twice is decoded only if that works for all of it."""

    def __init__(self) -> None:
        super().__init__()
        self._undecodable = 0

    def learn(self, text: str, suggestion: Suggestion | None, rows: int) -> None:
        """Learn whether text that was encoded twice can be decoded."""
        super().learn(text, suggestion, rows)
        if suggestion is not None and suggestion.why is Why.ENCODED_TWICE and suggestion.value is None:
            self._undecodable += rows

    def merge(self, other: Self) -> None:
        """Learn what another part of the column has shown."""
        super().merge(other)
        self._undecodable += other._undecodable

    def decide(self) -> Hashable:
        """Whether all of it can be decoded."""
        return not self._undecodable

    def meant(self, text: str, suggestion: Suggestion | None, decision: Hashable) -> Meant | None:
        """The text that is meant."""
        is_twice = suggestion is not None and suggestion.why is Why.ENCODED_TWICE
        return None if is_twice and decision is False else super().meant(text, suggestion, decision)


COLUMNS: dict[str, type[ColumnEvidence]] = {
    "date": DateColumn,
    "datetime": DateColumn,
    "integer": NumberColumn,
    "number": NumberColumn,
    "money": MoneyColumn,
    "consent": TruthColumn,
    "code": CodeColumn,
    "string": TextColumn,
}
"""The kind of column of each type; other types have values that are decided one by one."""

NUMERIC = frozenset({"integer", "number", "money"})
"""Kinds in which the decimal mark of one value decides about others; number cells of spreadsheets show none."""
