"""Names of columns that are a field's own, as they stand in a CSV for Custobar.

In: the name of a column. Out: whether a schema has such a field. Rule: case counts.
"""

from __future__ import annotations

from functools import lru_cache

from custobar_formats.core.entities import Entity
from custobar_formats.core.limits import CACHED_NAMES
from custobar_formats.core.paths import BadLabel, parse_label
from custobar_formats.schema.compiled import compile_schema
from custobar_formats.schema.meant import unknown_part
from custobar_formats.schema.places import SCALARS


@lru_cache(maxsize=CACHED_NAMES)
def is_field_name(name: str, entity: Entity) -> bool:
    """Whether a cell can hold what a name is for: an entity's field, or a company's, or a part of one.

    Example:
        >>> is_field_name("title", "products"), is_field_name("acme__size", "products"), is_field_name("x", "products")
        (True, True, False)

    """
    schema = compile_schema(entity)
    assert schema is not None
    try:
        path = parse_label(name, schema.root)
    except BadLabel:
        return False
    if unknown_part(path, schema.root) is not None:
        return False
    place = schema.root
    for part in path:
        place = place.step(part)
    return place.is_scalar_list or place.types is None or not SCALARS.isdisjoint(place.types - {"null"})


def is_own_name(name: str, entity: Entity) -> bool:
    """Whether a name is that of a field which all companies have, or the path of a part of one.

    Example:
        >>> is_own_name("stock.0.shop_id", "products"), is_own_name("acme__size", "products")
        (True, False)

    """
    schema = compile_schema(entity)
    assert schema is not None
    names = schema.root.names
    return name in names or (name.partition(".")[0] in names and is_field_name(name, entity))
