"""Rules between the fields of one record, which JSON Schema cannot express.

In: blocks of records. Out: warnings, added to the blocks. Rule: values that are not valid by themselves are left out.
Source: inferred; a sale price is a discounted price, and a shop has one quantity (PROD-REF in schemas/types.json);
Universal Postal Union, Addressing (postal codes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from itertools import combinations, compress
from operator import eq, gt
from typing import Any, NamedTuple

from custobar_formats.core.findings import Finding, Severity, make_finding
from custobar_formats.core.shown import quoted
from custobar_formats.notation.names import parse_country
from custobar_formats.records.block import FindingGroup, RecordBlock

Locate = Callable[[Finding], Finding]
"""Adds to a finding about a field its column in a CSV file."""

SHOPS = "stock.*.shop_id"

ZIP_DIGITS = {"DE": 5, "ES": 5, "FI": 5, "FR": 5, "IT": 5, "DK": 4, "NO": 4}
"""The digits of postal codes, for countries where some begin with a zero."""

MOST_DIGITS = 5
"""The most digits of these: longer texts need no check."""

FEW_ITEMS = 4
"""So many lists of shops at most are compared with each other, two at a time."""


def _check_products(block: RecordBlock, locate: Locate) -> None:
    """Warn about sale prices over the price, and about shops that a product has in stock twice."""
    _check_prices(block, locate)
    _check_stock(block, locate)


def _check_prices(block: RecordBlock, locate: Locate) -> None:
    prices, sale_prices = block.values("price"), block.values("sale_price")
    try:
        if not any(map(gt, compress(sale_prices, sale_prices), compress(prices, sale_prices))):
            return
    except TypeError:  # a value that is no number, or no price
        pass
    pairs = enumerate(zip(prices, sale_prices, strict=True))
    wrong = [at for at, (price, sale) in pairs if sale and _are_numbers(price, sale) and sale > price]

    def make(at: int) -> Finding:
        message = f"the sale price {sale_prices[at]} is more than the price {prices[at]}"
        return locate(
            make_finding(
                "out-of-range",
                message,
                severity=Severity.WARNING,
                hint="check both; a product without a discount has no sale price, or 0",
                row=block.numbers[at],
                line=block.lines[at],
                path="/sale_price",
                value=str(sale_prices[at]),
            )
        )

    _add(block, "out-of-range", wrong, make)


def _check_zips(block: RecordBlock, locate: Locate, name: str, country: str) -> None:
    """Warn about postal codes with fewer digits than those of their country."""
    zips = block.values(name)
    try:
        if min(map(len, filter(None, zips)), default=MOST_DIGITS) >= MOST_DIGITS:
            return
    except TypeError:  # a value that is no text
        pass
    countries = block.values(country)
    wholes: dict[int, str] = {}
    for at, (code, of) in enumerate(zip(zips, countries, strict=True)):
        if code.__class__ is str and of.__class__ is str and code.isascii() and code.isdecimal():
            digits = ZIP_DIGITS.get(parse_country(of) or "", 0)
            if len(code) < digits:
                wholes[at] = code.zfill(digits)

    def make(at: int) -> Finding:
        return locate(
            make_finding(
                "lost-zero",
                f"a postal code of {countries[at]} has {len(wholes[at])} digits; "
                "a spreadsheet may have dropped the zeros at the start",
                severity=Severity.WARNING,
                hint=f"it may be {wholes[at]}; format the column as text in the spreadsheet, and export again",
                row=block.numbers[at],
                line=block.lines[at],
                path=f"/{name}",
                value=zips[at],
            )
        )

    _add(block, "lost-zero", list(wholes), make)


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, (int, float, Decimal)) and value.__class__ is not bool for value in values)


def _check_stock(block: RecordBlock, locate: Locate) -> None:
    found = dict(_twice_in_columns(block.fields[SHOPS]) if block.fields is not None else _twice_in_lists(block))

    def make(at: int) -> Finding:
        return locate(
            make_finding(
                "duplicate-item",
                f"the shop {quoted(found[at])} is in stock twice",
                severity=Severity.WARNING,
                hint="give one quantity for each shop",
                row=block.numbers[at],
                line=block.lines[at],
                path="/stock",
                value=found[at],
            )
        )

    _add(block, "duplicate-item", sorted(found), make)


def _twice_in_lists(block: RecordBlock) -> Iterator[tuple[int, str]]:
    """The places of records that have a shop twice, and the shop."""
    for at, stock in enumerate(block.values("stock")):
        if stock.__class__ is list and len(stock) > 1:
            shop = _twice([item.get("shop_id") for item in stock if item.__class__ is dict])
            if shop is not None:
                yield at, shop


def _twice_in_columns(columns: Sequence[Sequence[str]]) -> Iterator[tuple[int, str]]:
    """The same for columns of cells; a few columns are compared two at a time, which takes next to no time."""
    if len(columns) > FEW_ITEMS or any(
        any(map(eq, compress(one, other), filter(None, other))) for one, other in combinations(columns, 2)
    ):
        for at, shops in enumerate(zip(*columns, strict=True)):
            shop = _twice(shops)
            if shop is not None:
                yield at, shop


def _twice(shops: Sequence[Any]) -> str | None:
    given = [shop for shop in shops if shop and shop.__class__ is str]
    return next((shop for at, shop in enumerate(given) if shop in given[:at]), None) if _repeats(given) else None


def _repeats(texts: Sequence[str]) -> bool:
    return len(set(texts)) < len(texts)


def _add(block: RecordBlock, code: str, places: Sequence[int], make: Callable[[int], Finding]) -> None:
    """Add the findings at some places of the block."""
    if not places:
        return
    first = make(places[0])
    key = first.label or str(first.path)[1:]
    group = FindingGroup(code, Severity.WARNING, key, {block.numbers[at]: at for at in places}, make)
    if first.label is not None:
        block.keep_one_a_cell(group)
    if group.rows:
        block.groups.append(group)


class Rules(NamedTuple):
    """The rules of an entity.

    Attributes:
        fields: the fields whose values are asked of a block; ``*`` is every index, and has a column of cells for each.
        check: adds the warnings to a block.

    """

    fields: tuple[str, ...]
    check: Callable[[RecordBlock, Locate], None]


RULES = {
    "customers": Rules(("zip_code", "country"), partial(_check_zips, name="zip_code", country="country")),
    "products": Rules(("price", "sale_price", SHOPS), _check_products),
    "sales": Rules(
        ("sale_zip_code", "sale_country"), partial(_check_zips, name="sale_zip_code", country="sale_country")
    ),
}
