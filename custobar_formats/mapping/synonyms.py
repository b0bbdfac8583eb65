"""The names of columns that mean a field, from ``synonyms.toml``.

In: the name of a column. Out: the field, and whether the name alone is enough. Rule: only names that are the same after
normalising count; likeness is for "did you mean".
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from custobar_formats.core.entities import ENTITIES, Entity

SECRET = "secret"
"""The list of the names of what nobody should send."""

PERSONAL = frozenset({"customers", "sales", "events"})
"""The entities whose rows are about persons, who have secrets."""

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


class _Names(NamedTuple):
    by_name: dict[str, Meaning]
    prefixes: tuple[str, ...]


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
        rest = key.removeprefix(prefix)
        if rest and rest != key and rest in names.by_name:
            return names.by_name[rest]._replace(certain=False)
    return None


@lru_cache(maxsize=1)
def _names() -> dict[Entity, _Names]:
    tables = tomllib.loads(files("custobar_formats.mapping").joinpath("synonyms.toml").read_bytes().decode("utf-8"))
    found: dict[Entity, _Names] = {}
    secrets = {SECRET: tables["never"]["customers"][SECRET]}
    for entity in ENTITIES:
        by_name: dict[str, Meaning] = {}
        for table, certain, named in (
            (tables.get(entity, {}), True, True),
            (tables["guess"].get(entity, {}), False, True),
            (tables["never"].get(entity, secrets if entity in PERSONAL else {}), True, False),
        ):
            for field, names in table.items():
                for name in names:
                    meaning = Meaning(field, certain) if named else Meaning(None, certain, field)
                    by_name.setdefault(normalised(name), meaning)
        found[entity] = _Names(by_name, tuple(map(normalised, tables["prefixes"].get(entity, ()))))
    return found
