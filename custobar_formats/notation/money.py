"""Amounts of money in a currency's unit to cents, where the decimal mark is known or shows.

In: text. Out: cents, or the reason why there are none. Rules: digits are moved, never rounded; an amount with two
readings has none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from custobar_formats.notation.numbers import SHORTENED, parse_written_number
from custobar_formats.notation.suggestion import Why

CURRENCY_CODES = {"£": "GBP", **dict.fromkeys(("€", "E", "EURO", "EUROA", "EUROS"), "EUR")}
CURRENCY_CODES |= dict.fromkeys(("KR.", "KRONOR", "KRONER"), "KR")
"""What a currency's sign or name stands for; ``$`` and ``kr`` stand for several, and are kept."""

SIGN_OF_SEVERAL = {"KR": ("SEK", "NOK", "DKK"), "$": ("USD",)}
"""The currencies whose codes may stand beside such a sign in one column."""

_SIMPLE = {mark: re.compile(rf"([1-9][0-9]*|0)[{mark}]([0-9]{{2}})").fullmatch for mark in (",", ".")}

_WHOLE = re.compile(r"[1-9][0-9]{0,14}").fullmatch

_TIME = re.compile(r"[0-9]+:[0-9]{2}").fullmatch


ROUND = "correct the amount, or round it to whole cents"
"""What to do about parts of a cent."""


class Amount(NamedTuple):
    """An amount: its cents and its currency, or the reason why it has no cents, and what to do."""

    cents: str | None
    currency: str | None = None
    reason: str | None = None
    hint: str | None = None


def parse_amount(text: str, decimal: str | None = None) -> Amount:
    """The amount that a text spells in a currency's unit; ``decimal``: its decimal mark, if that is known.

    Example:
        >>> parse_amount("1 024,90 €").cents, parse_amount("1.234", ",").cents, parse_amount("1.234").reason
        ('102490', '123400', 'it may be 1234 or 1.234')

    """
    simple = _SIMPLE[decimal or ("," if "," in text else ".")](text)
    if simple is not None:
        return Amount((simple[1] + simple[2]).lstrip("0") or "0")
    written = parse_written_number(text)
    if written is None or SHORTENED.fullmatch(text):
        if _TIME(text):
            return Amount(None, reason="it may be a time of day", hint="write its currency behind it, or a comma in it")
        return Amount(None, reason="it is not an amount of money")
    marks = list(written.marks)
    whole, fraction = written.whole, written.fraction
    if written.thousands is not None and decimal is None:
        reason = f"it may be {written.thousands} or {written.number}"
        return Amount(None, reason=reason, hint='name the decimal mark in the mapping: decimal = ","')
    if written.thousands is not None and marks[-1] != decimal:
        whole, fraction = written.thousands, ""
    has_mark = bool(fraction) or written.why is Why.POINT
    thousands, last = (marks[:-1], marks[-1]) if has_mark and marks else (marks, None)
    if decimal is not None and (last not in (None, decimal) or decimal in thousands):
        return Amount(None, reason=f"its decimal mark is not {decimal!r}")
    if fraction[2:].strip("0"):
        return Amount(None, reason="it has parts of a cent", hint=ROUND)
    minus, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    cents = (digits + fraction[:2].ljust(2, "0")).lstrip("0") or "0"
    currency = written.currency.upper() if written.currency and written.currency[0] not in ":,." else None
    return Amount(minus * (cents != "0") + cents, CURRENCY_CODES.get(currency or "", currency))


def joint_currency(one: str, other: str) -> str | None:
    """The currency of amounts with these two signs or codes, as exactly as one of them gives it; None for two.

    Example:
        >>> joint_currency("KR", "SEK"), joint_currency("NOK", "KR"), joint_currency("SEK", "NOK")
        ('SEK', 'NOK', None)

    """
    if one == other or other in SIGN_OF_SEVERAL.get(one, ()):
        return other
    return one if one in SIGN_OF_SEVERAL.get(other, ()) else None


class Currencies:
    """The currency of the amounts of one column, as they show it one after the other.

    Attributes:
        seen: the signs and codes, each one more exact than the one before.
        differ: whether some amount was in another currency.

    Example:
        >>> currencies = Currencies()
        >>> [currencies.add(each) for each in ("KR", "SEK", "KR", "NOK", "EUR")], currencies.seen
        ([None, None, None, 'SEK', 'KR'], ['KR', 'SEK'])

    """

    def __init__(self, seen: Iterable[str] = ()) -> None:
        self.seen = [*seen]
        self.differ = False

    def add(self, currency: str) -> str | None:
        """Add the currency of an amount, if it can be that of those before; else return the one that it is not."""
        joint = joint_currency(self.seen[-1], currency) if self.seen else currency
        if joint is None:
            self.differ = True
            return next(each for each in self.seen if joint_currency(each, currency) is None)
        if joint not in self.seen:
            self.seen.append(joint)
        return None


_ALL_USUAL = {
    mark: re.compile(rf"(?:[1-9][0-9]*[{mark}][0-9][0-9])?(?:\n(?:[1-9][0-9]*[{mark}][0-9][0-9])?)*").fullmatch
    for mark in (",", ".")
}
"""Lines of amounts with two decimals, and blank lines."""


def parse_amounts(texts: Sequence[str], decimal: str) -> list[str] | None:
    """The cents of many texts, blank for blanks; None unless all are plain digits with two decimals.

    Example:
        >>> parse_amounts(["24,90", "", "100,00"], ","), parse_amounts(["24,90 €"], ",")
        (['2490', '', '10000'], None)

    """
    joined = "\n".join(texts)
    if joined.count("\n") + 1 != len(texts) or not _ALL_USUAL[decimal](joined):
        return None
    return joined.replace(decimal, "").split("\n")


ZEROS = frozenset({"", "0"})

NOT_ZERO = re.compile(r"-?[1-9][0-9]*(?:\.0+)?", re.ASCII)
"""A whole amount other than 0; a union with another integer takes a fraction of zeros."""


def has_wholes(texts: Collection[str]) -> bool:
    """Whether some text is a whole amount other than 0.

    Example:
        >>> has_wholes(["", "0", "45"]), has_wholes(["", "0", "24,90"])
        (True, False)

    """
    return not ZEROS.issuperset(texts) and any(map(NOT_ZERO.fullmatch, texts))


class MarkProof:
    """Finds the decimal mark that the amounts of a whole column prove.

    Attributes:
        amounts: how many amounts there are.
        open: how many of them have two readings without a decimal mark.
        fitting: how many of them are amounts in whole cents with each decimal mark.

    Example:
        >>> proof = MarkProof()
        >>> proof.add(["1.234", "24,90", "15"])
        >>> proof.mark, proof.proving, proof.amounts, proof.open
        (',', 1, 3, 1)

    """

    def __init__(self) -> None:
        self._proving = Counter[str]()
        self.fitting = Counter[str]()
        self.amounts = 0
        self.open = 0

    def add(self, texts: Iterable[str]) -> None:
        """Learn from more values of the column."""
        for text, count in Counter(texts).items():
            if _WHOLE(text):  # it fits either mark, and proves none
                self.amounts += count
                self.fitting.update({",": count, ".": count})
                continue
            amount = parse_amount(text)
            fitting = [mark for mark in ",." if parse_amount(text, mark).cents is not None]
            self.amounts += count if fitting else 0
            self.fitting.update(dict.fromkeys(fitting, count))
            self.open += count if fitting and amount.cents is None else 0
            if len(fitting) == 1 and amount.cents is not None:
                self._proving[fitting[0]] += count

    def merge(self, other: MarkProof) -> None:
        """Learn what other values of the column have shown."""
        self._proving.update(other._proving)
        self.fitting.update(other.fitting)
        self.amounts += other.amounts
        self.open += other.open

    @property
    def mark(self) -> str | None:
        """The decimal mark; None if no amount proves one, or some prove another one than others."""
        return next(iter(self._proving)) if len(self._proving) == 1 else None

    @property
    def contradicts(self) -> bool:
        """Whether some amounts prove another decimal mark than others."""
        return len(self._proving) > 1

    @property
    def proving(self) -> int:
        """How many amounts prove it."""
        return sum(self._proving.values())
