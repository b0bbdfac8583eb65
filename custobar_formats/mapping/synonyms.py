"""The names of columns that mean a field, from ``synonyms.toml``.

In: the name of a column. Out: the field, and whether the name alone is enough. Rule: only names that are the same after
normalising count; likeness is for "did you mean".
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from custobar_formats.core.entities import ENTITIES, Entity

SECRET = "secret"
"""The list of the names of what nobody should send."""

PERSONAL = frozenset({"customers", "sales", "events"})
"""The entities whose rows are about persons, who have secrets."""

BUYER = frozenset(
    {"sale_customer_id", "sale_email", "sale_phone_number", "sale_first_name", "sale_last_name", "sale_street_address"}
    | {"sale_zip_code", "sale_city", "sale_country", "sale_customer_company"}
)
"""The fields of sales that say who bought."""

ASKED = frozenset({"sales"})
"""The entities in which the names of customers' fields are guesses: an address may be the recipient's."""

_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


class Meaning(NamedTuple):
    """The field that a name means; ``field`` is None for a name that looks like one and is not.

    ``never``: the list of such names that it is in.
    """

    field: str | None
    certain: bool
    never: str = ""

    @property
    def is_secret(self) -> bool:
        """Whether it is what nobody should send, such as a password or a personal identity code."""
        return self.never == SECRET


class _Prefix(NamedTuple):
    """A word before a name, and whose fields may follow it: a buyer's, a row's, or all (an empty text)."""

    word: str
    whose: str = ""

    def takes(self, field: str | None) -> bool:
        """Whether the field may follow; no field is a name that looks like one."""
        if field is None or not self.whose:
            return True
        return field in BUYER if self.whose == "buyer" else not field.startswith("sale_")


class _Names(NamedTuple):
    by_name: dict[str, Meaning]
    prefixes: tuple[_Prefix, ...]


def normalised(name: str) -> str:
    """A name without what does not count: case, spaces, marks, remarks in brackets, and the dots of letters.

    Example:
        >>> normalised("E-Mail *"), normalised("Sähköposti (koti)"), normalised("firstName")
        ('email', 'sahkoposti', 'firstname')

    """
    bare = _REMARK.sub("", name) or name
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(letter))
    return "".join(filter(str.isalnum, plain.casefold()))


def meaning_of(name: str, entity: Entity) -> Meaning | None:
    """What a column's name means among the fields of an entity; None if it is not known.

    Example:
        >>> meaning_of("Sähköposti", "customers").field, meaning_of("Hinta", "products").certain
        ('email', False)

    """
    names = _names()[entity]
    key = normalised(name)
    if key in names.by_name:
        return names.by_name[key]
    for part in name.split("/") if "/" in name else ():
        found = names.by_name.get(normalised(part))
        if found is not None and found.is_secret:
            return found  # half of a secret is one
    for prefix in names.prefixes:
        rest = key.removeprefix(prefix.word)
        found = names.by_name.get(rest) if rest != key else None
        if found is not None and prefix.takes(found.field):
            return found._replace(certain=False)
    return None


@lru_cache(maxsize=1)
def _names() -> dict[Entity, _Names]:
    tables = tomllib.loads(files("custobar_formats.mapping").joinpath("synonyms.toml").read_bytes().decode("utf-8"))
    found: dict[Entity, _Names] = {}
    secrets = {SECRET: tables["never"]["customers"][SECRET]}
    for entity in ENTITIES:
        by_name: dict[str, Meaning] = {}
        lenders = tables["borrowed"].get(entity, {})
        for table, certain, named in (
            (tables.get(entity, {}), True, True),
            (tables["guess"].get(entity, {}), False, True),
            (_borrowed(tables["customers"], lenders), entity not in ASKED, True),
            (_borrowed(tables["guess"]["customers"], lenders), False, True),
            (tables["never"].get(entity, secrets if entity in PERSONAL else {}), True, False),
        ):
            for field, names in table.items():
                for name in names:
                    meaning = Meaning(field, certain) if named else Meaning(None, certain, field)
                    by_name.setdefault(normalised(name), meaning)
        found[entity] = _Names(by_name, tuple(_prefixes(tables, entity)))
    return found


def _borrowed(customers: dict[str, list[str]], lenders: dict[str, str]) -> dict[str, list[str]]:
    """The names of the fields of customers, under the fields that have them, too."""
    return {field: customers.get(lender, []) for field, lender in lenders.items()}


def _prefixes(tables: dict[str, Any], entity: Entity) -> Iterator[_Prefix]:
    for whose, words in ({"": tables["prefixes"].get(entity, [])} | tables["parts"].get(entity, {})).items():
        yield from (_Prefix(normalised(word), whose) for word in words)
