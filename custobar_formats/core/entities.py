"""The five entities of Custobar's data import.

Source: https://developers.custobar.com/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from custobar_formats.core.errors import UsageError
from custobar_formats.core.near import near
from custobar_formats.core.shown import shown

Entity = Literal["customers", "products", "sales", "events", "shops"]

ENTITIES: tuple[Entity, ...] = get_args(Entity)

FOUND_BY: Mapping[Entity, tuple[str, ...]] = {
    "customers": ("external_id", "email", "phone_number"),
    "products": ("external_id", "sku", "ean"),
    "sales": ("sale_external_id", "external_id"),
    "events": ("customer_id", "email", "phone_number"),
    "shops": ("external_id",),
}
"""The fields by which records are found again; of events, which nothing finds again, those that find their customers.
"""


def found_records(entity: Entity) -> str:
    """The records that those fields find, in words."""
    return "the customers of events" if entity == "events" else "records"


def checked_entity(name: Any) -> Entity:
    """The entity of that name.

    Raises:
        UsageError: there is none.

    """
    for entity in ENTITIES if isinstance(name, str) else ():
        if name == entity:
            return entity
    raise UsageError(f"unknown entity {shown(name)}: {suggest_entity(name)}")


def suggest_entity(name: Any) -> str:
    """A suggestion in place of an unknown entity."""
    close = near(name, ENTITIES) if isinstance(name, str) else None
    return f"use one of {', '.join(ENTITIES)}" if close is None else f"did you mean {close!r}?"
