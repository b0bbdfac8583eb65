"""The rows of the three data sets.

In: a seeded random generator and a row's number. Out: its cells. Names and numbers are made up.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

Columns = dict[str, str]
"""Labels in order, each with the type of its cells: s for string, i for integer, b for boolean."""

MakeRow = Callable[[Random, int], list[str]]

DAYS = [(date(2020, 1, 1) + timedelta(days)).isoformat() for days in range(6 * 365)]
BOOLEANS = ("true", "false")

COMMA_SHARE = 0.09
"""In the four free-text columns of customers, so that 3 % of all cells are quoted for a comma."""
FINNISH_SHARE = 0.10
FIRST_BLANK, PHONE_BLANK, SALE_BLANK = 0.05, 0.20, 0.60
SECOND_SLOT, THIRD_SLOT = 0.10, 0.50
"""The third slot occurs only with the second: in 5 % of all rows."""
WIDE_BLANK = 0.80
TITLE_COMMA = 0.05

FIRST = ["Anna", "Mikael", "Laura", "Johan", "Maria", "Thomas", "Emma", "Daniel", "Sofia", "Robert", "Ida", "Samuel"]
FINNISH_FIRST = ["Päivi", "Väinö", "Yrjö", "Säde", "Björn", "Håkan"]
LAST = ["Virtanen", "Korhonen", "Nieminen", "Laine", "Heikkinen", "Koskinen", "Lehtonen", "Salminen", "Salo"]
FINNISH_LAST = ["Hämäläinen", "Mäkinen", "Mäkelä", "Väisänen", "Kärkkäinen", "Pöyry", "Sjöström", "Åberg"]
STREETS = ["Mannerheimintie", "Kauppakatu", "Rantatie", "Asemakatu", "Puistotie", "Kirkkokatu", "Koulukatu"]
CITIES = ["Helsinki", "Espoo", "Tampere", "Vantaa", "Oulu", "Turku", "Lahti", "Kuopio", "Pori", "Joensuu", "Vaasa"]
FINNISH_CITIES = ["Jyväskylä", "Hämeenlinna", "Seinäjoki", "Hyvinkää", "Järvenpää", "Närpiö", "Ähtäri"]
LANGUAGES = ("fi", "fi", "fi", "sv", "en")
BRANDS = ["Nokkela", "Tuisku", "Halla", "Routa", "Kaarna", "Sammal", "Louhi", "Ilmari"]
CATEGORIES = ["Shirts", "Shoes", "Jackets", "Hats", "Gloves", "Books", "Toys", "Lamps", "Chairs", "Tables"]
COLOURS = ["Pink", "White", "Black", "Green", "Blue", "Grey"]

CUSTOMERS: Columns = {
    "external_id": "s",
    "first_name": "s",
    "last_name": "s",
    "email": "s",
    "phone_number": "s",
    "language": "s",
    "can_email": "b",
    "can_sms": "b",
    "date_joined": "s",
    "acme__address.street": "s",
    "acme__address.city": "s",
    "acme__points": "i",
}
PRODUCTS: Columns = {
    "external_id": "s",
    "title": "s",
    "brand": "s",
    "category": "s",
    "price": "i",
    "sale_price": "i",
    "visible": "b",
    "in_stock": "b",
    "date": "s",
    "url": "s",
    "stock.0.shop_id": "s",
    "stock.0.quantity": "i",
    "stock.1.shop_id": "s",
    "stock.1.quantity": "i",
    "stock.2.shop_id": "s",
    "stock.2.quantity": "i",
}
WIDE: Columns = {
    "external_id": "s",
    "price": "i",
    **{f"acme__s{number:02}": "s" for number in range(60)},
    **{f"acme__i{number:02}": "i" for number in range(60)},
    **{f"acme__b{number:02}": "b" for number in range(20)},
    **{f"acme__g{number // 3:02}.f{number % 3}": "s" for number in range(57)},
    "acme__g19.f0": "s",
}
"""Twenty objects: nineteen with three members each, one with a single member."""


def _text(random: Random, usual: list[str], finnish: list[str]) -> str:
    word = random.choice(finnish if random.random() < FINNISH_SHARE else usual)
    return f"{word}, {random.choice(usual)}" if random.random() < COMMA_SHARE else word


def customer(random: Random, number: int) -> list[str]:
    """A customer: flat except for an address."""
    street = f"{random.choice(STREETS)} {random.randint(1, 150)}"
    return [
        f"C-{number:07}",
        "" if random.random() < FIRST_BLANK else _text(random, FIRST, FINNISH_FIRST),
        _text(random, LAST, FINNISH_LAST),
        f"{random.choice(FIRST).lower()}.{number}@example.com",
        "" if random.random() < PHONE_BLANK else f"+35840{random.randint(1_000_000, 9_999_999)}",
        random.choice(LANGUAGES),
        random.choice(BOOLEANS),
        random.choice(BOOLEANS),
        random.choice(DAYS),
        f"{street}, B {random.randint(1, 60)}" if random.random() < COMMA_SHARE else street,
        _text(random, CITIES, FINNISH_CITIES),
        str(random.randint(0, 5000)),
    ]


def product(random: Random, number: int) -> list[str]:
    """A product, with up to three slots of stock."""
    price = random.randint(100, 50_000)
    category = random.choice(CATEGORIES)
    title = f"{random.choice(BRANDS)} {category} {random.randint(1, 999)}"
    used = 1 if random.random() >= SECOND_SLOT else 2 if random.random() >= THIRD_SLOT else 3
    stock = [cell for slot in range(used) for cell in (f"shop-{slot + 1}", str(random.randint(0, 300)))]
    return [
        f"P-{number:07}",
        f"{title}, {random.choice(COLOURS)}" if random.random() < TITLE_COMMA else title,
        random.choice(BRANDS),
        category,
        str(price),
        "" if random.random() < SALE_BLANK else str(price * random.randint(50, 95) // 100),
        random.choice(BOOLEANS),
        random.choice(BOOLEANS),
        random.choice(DAYS),
        f"https://shop.example.com/p/{number}",
        *stock,
        *[""] * (6 - len(stock)),
    ]


def wide(random: Random, number: int) -> list[str]:
    """A product with 198 company fields; a random fifth of them have values."""
    make = {"s": lambda: f"text {random.randrange(10_000)}", "i": lambda: str(random.randrange(100_000))}
    make["b"] = lambda: BOOLEANS[random.randrange(2)]
    row = ["" if random.random() < WIDE_BLANK else make[kind]() for kind in WIDE.values()]
    row[0], row[1] = f"P-{number:07}", str(random.randint(100, 50_000))
    return row
