"""The names of columns that mean a field, from ``synonyms.toml``.

In: the name of a column. Out: the field, and whether the name alone is enough. Rule: a name counts if it is the same
after normalising or, as a guess, made of words that mean the same; likeness is for "did you mean".
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import combinations
from typing import Any, NamedTuple

from custobar_formats.core.entities import ENTITIES, Entity
from custobar_formats.mapping.own_names import is_field_name, is_own_name
from custobar_formats.mapping.refusals import is_refusal
from custobar_formats.mapping.words import Words, normalised, remarks, word_meanings

REFUSAL = "refusal"
"""The list of the names of those who must not be contacted."""

SECRET = "secret"
"""The list of the names of what nobody should send."""

PERSONAL = frozenset({"customers", "sales", "events"})
"""The entities whose rows are about persons, who have secrets."""

BUYER = frozenset(
    {"sale_customer_id", "sale_email", "sale_phone_number", "sale_first_name", "sale_last_name", "sale_street_address"}
    | {"sale_zip_code", "sale_city", "sale_country", "sale_customer_company"}
)
"""The fields of sales that say who bought."""

CONTACT = frozenset(
    {"email", "phone_number", "first_name", "last_name", "street_address", "zip_code", "city", "state", "country"}
    | {"company", "vat_number", "language", "customer_id"}
)
"""The fields of other entities that say who or where somebody is."""

FLAGS = frozenset({"visible", "in_stock", "is_deleted", "is_hidden"})
"""The fields that are true or not, beside those of consent."""

AGAINST = frozenset({"net", "recipient", "supplier"})
"""Words that, in brackets behind a name, make it another one: ``Hinta (alv 0 %)``."""

MOST_ROLES = 3
"""The most words that say whose a name is: a customer's billing address."""

FEWEST_OWN = 0.75
"""The share of own names in a file that is in Custobar's format: a few columns may be for the sender alone."""

ASKED = frozenset({"sales"})
"""The entities in which the names of customers' fields are guesses: an address may be the recipient's."""


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


class _Role(NamedTuple):
    """A word that says whose or what a name's field is, and whose fields it may stand beside."""

    word: str
    whose: str

    def takes(self, field: str | None) -> bool:
        """Whether it may stand beside the field; no field is a name that looks like one."""
        if field is None or self.whose == "any":
            return True
        if self.whose == "flag":
            return field in FLAGS or field.startswith("can_")
        if self.whose in ("buyer", "contact"):
            return field in BUYER if field.startswith("sale_") else field in CONTACT
        return field.startswith("sale_") == (self.whose == "sale") and field != "sale_external_id"


class _Compositions(NamedTuple):
    words: Words
    by_words: dict[frozenset[str], Meaning]
    roles: tuple[_Role, ...]
    signs: frozenset[frozenset[str]]


def meaning_of(name: str, entity: Entity) -> Meaning | None:
    """What a column's name means among the fields of an entity; None if it is not known.

    Example:
        >>> meaning_of("Sähköposti", "customers").field, meaning_of("Hinta", "products").certain
        ('email', False)
        >>> meaning_of("Kundens födelsedatum", "customers")
        Meaning(field='birth_date', certain=False, never='')

    """
    names = _names(entity)
    found = names.get(normalised(name))
    if found is not None and found.field is None:
        return found
    for part in name.split("/") if "/" in name else ():
        half = names.get(normalised(part))
        if half is not None and half.is_secret:
            return half  # half of a secret is one
    if "%" in name:
        return None  # no field is a share
    remark = next(iter(remarks(name)), "")
    if remark and AGAINST.intersection(_compositions(entity).words.meant_by(remark) or ()):
        return None
    if found is None and entity in PERSONAL and is_refusal(name):
        return Meaning(None, certain=False, never=REFUSAL)
    own = Meaning(name, certain=True) if found is None and is_own_name(name, entity) else None
    return found or own or _composed(_compositions(entity), name)


def is_name(name: str) -> bool:
    """Whether a column of this name has a meaning among the fields of an entity."""
    return any(meaning_of(name, entity) is not None for entity in ENTITIES)


def is_own_format(names: Sequence[str], entity: Entity) -> bool:
    """Whether columns have the own names of an entity's fields, and mean them, as in a CSV for Custobar.

    Many own names are those of exports, too, with another meaning (``total``). They are meant as the fields where there
    is a name beside them that no export is known to have (``sale_external_id``), and most others are fields', too.

    Example:
        >>> is_own_format(["sale_external_id", "total"], "sales"), is_own_format(["order_id", "total"], "sales")
        (True, False)

    """
    its = any("_" in name and is_own_name(name, entity) and normalised(name) not in _names(entity) for name in names)
    return its and sum(is_field_name(name, entity) for name in names) >= FEWEST_OWN * len(names)


def is_shared(meaning: Meaning | None, entity: Entity) -> bool:
    """Whether other entities have the field that a name means, too: contact data, and in sales what is in rows."""
    if meaning is None or meaning.field is None:
        return False
    if entity == "sales":
        return meaning.field in BUYER or not meaning.field.startswith("sale_")
    return entity != "customers" and meaning.field in CONTACT


def row_field(name: str) -> str | None:
    """The field of a row of a sale that a name means if it is that of a row, which the name does not show."""
    meaning = meaning_of(f"line {name}", "sales")
    return None if meaning is None or (meaning.field or "").startswith("sale_") else meaning.field


def is_of_known_words(name: str, entity: Entity) -> bool:
    """Whether a name, though it may be none of a field, is made of known words: a supplier's e-mail address."""
    return _compositions(entity).words.meant_by(name) is not None


def is_customer(name: str, entity: Entity) -> bool:
    """Whether a name means just a customer, and not which of their data."""
    return _compositions(entity).words.meant_by(name) == ("customer",)


def is_sign_of(name: str, entity: Entity) -> bool:
    """Whether a name, though no field, is typical of an entity."""
    compositions = _compositions(entity)
    return frozenset(compositions.words.meant_by(name) or ()) in compositions.signs


def _composed(compositions: _Compositions, name: str) -> Meaning | None:
    """What the words of a name mean, all of them, or those beside the fewest roles; a guess.

    The last word is the last one to be left out: a company's address is an address.
    """
    words = compositions.words.meant_by(name) or ()
    there = [role for role in compositions.roles if role.word in words]
    there.sort(key=lambda role: words.index(role.word))
    for count in range(min(len(there), MOST_ROLES) + 1):
        for roles in combinations(there, count):
            found = compositions.by_words.get(frozenset(words).difference(role.word for role in roles))
            if found is not None and all(role.takes(found.field) for role in roles):
                return found._replace(certain=False)
    return None


@lru_cache(maxsize=1)
def _tables() -> dict[str, Any]:
    return tomllib.loads(files("custobar_formats.mapping").joinpath("synonyms.toml").read_bytes().decode("utf-8"))


@lru_cache(maxsize=len(ENTITIES))
def _names(entity: Entity) -> dict[str, Meaning]:
    """What each name of an entity means, without what does not count in it."""
    found: dict[str, Meaning] = {}
    for name, meaning in _listed(entity):
        found.setdefault(normalised(name), meaning)
    return found


def _listed(entity: Entity) -> Iterator[tuple[str, Meaning]]:
    """The names of the table that count for an entity, the surest first."""
    tables = _tables()
    lenders = tables["borrowed"].get(entity, {})
    secrets = {SECRET: tables["never"]["customers"][SECRET]}
    for table, certain, named in (
        (tables.get(entity, {}), True, True),
        (tables["guess"].get(entity, {}), False, True),
        (_borrowed(tables["customers"], lenders), entity not in ASKED, True),
        (_borrowed(tables["guess"]["customers"], lenders), False, True),
        (tables["never"].get(entity, secrets if entity in PERSONAL else {}), True, False),
    ):
        for field, names in table.items():
            meaning = Meaning(field, certain) if named else Meaning(None, certain, field)
            yield from ((name, meaning) for name in names)


@lru_cache(maxsize=len(ENTITIES))
def _compositions(entity: Entity) -> _Compositions:
    """What the words of an entity's names mean together."""
    words = Words(word_meanings())
    by_words: dict[frozenset[str], list[Meaning]] = {}
    learned: set[str] = set()
    for name, meaning in _listed(entity):
        key = normalised(name)
        if key not in learned:
            learned.add(key)
            by_words.setdefault(frozenset(words.learn(name) or ()), []).append(meaning)
    signs = frozenset(frozenset(words.learn(name) or ()) for name in _tables()["signs"].get(entity, ()))
    roles = _tables()["roles"].get(entity, {})
    return _Compositions(
        words, _one_each(by_words), tuple(_Role(word, whose) for whose in roles for word in roles[whose]), signs
    )


def _one_each(by_words: dict[frozenset[str], list[Meaning]]) -> dict[frozenset[str], Meaning]:
    """The meaning of words of which all names have one field; what is no field for one name is none for others."""
    found = {}
    for words, meanings in by_words.items():
        none = [meaning for meaning in meanings if meaning.field is None]
        if words and (none or len({meaning.field for meaning in meanings}) == 1):
            found[words] = (none or meanings)[0]
    return found


def _borrowed(customers: dict[str, list[str]], lenders: dict[str, str]) -> dict[str, list[str]]:
    """The names of the fields of customers, under the fields that have them, too."""
    return {field: customers.get(lender, []) for field, lender in lenders.items()}
