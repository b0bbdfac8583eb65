"""The bundled schemas: one for each entity, and the Custobar types that they share.

In: an entity's name, and company fields. Out: a self-contained schema as JSON values.
Source: https://developers.custobar.com/; https://custobar.com/docs/guides/data-schema-configuration/ (company fields).
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from pkgutil import get_data
from typing import Any

import custobar_formats
from custobar_formats.core.entities import ENTITIES, Entity, checked_entity
from custobar_formats.core.errors import UsageError
from custobar_formats.core.limits import CACHED_SCHEMAS
from custobar_formats.core.near import near
from custobar_formats.core.shown import shown
from custobar_formats.core.toml_faults import toml_fault
from custobar_formats.files.whole import read_whole
from custobar_formats.schema.meta_schema import check_is_schema, schema_text
from custobar_formats.schema.sources import naming_schema, read_schema, unique_keys, with_resources

TYPES_PREFIX = "types.json#"
"""The start of the bundled schemas' references to Custobar types, which are copied in when a schema is loaded."""

ITEM = {"$ref": "#/$defs/string", "minLength": 1, "x-code": "empty-item", "description": "Leave an empty item out."}
"""The items of a company's lists and sets, as those of the bundled ones."""


def entities() -> tuple[Entity, ...]:
    """The names of the entities that have a bundled schema.

    Example:
        >>> entities()
        ('customers', 'products', 'sales', 'events', 'shops')

    """
    return ENTITIES


@lru_cache(maxsize=CACHED_SCHEMAS)
def _read_bundled(name: str) -> str:
    """The text of a bundled schema, from the installed package or, in a checkout, from the folder beside it."""
    try:
        data = get_data(custobar_formats.__name__, f"schemas/{name}.json")
    except FileNotFoundError:
        data = None
    if data is None:
        data = (Path(custobar_formats.__file__).parent.parent / "schemas" / f"{name}.json").read_bytes()
    return data.decode("utf-8")


def load_schema(
    source: Entity | str | os.PathLike[str] | Mapping[str, Any],
    *,
    fields: Mapping[str, str | Mapping[str, Any]] | None = None,
    resources: Mapping[str, Mapping[str, Any] | bool] | None = None,
) -> dict[str, Any]:
    """A schema as a new dict that stands by itself: an entity's, that of a file, or your own.

    ``fields`` adds company fields to an entity's schema: it maps a name, such as ``acme__shoe_size``, to one of the
    fifteen Custobar types (``list`` and ``set`` hold strings) or to a JSON Schema. ``resources`` has the documents that
    references may lead to, by their URIs; those that are needed are put into ``$defs``. Nothing is fetched.

    Raises:
        UsageError: the entity or a type is unknown, a JSON Schema is invalid or refers to what is not given
            (SchemaError), a name is empty, or the schema already has a field of that name.
        OSError: the file cannot be read.

    Source: https://custobar.com/docs/guides/data-schema-configuration/ (company fields).

    Example:
        >>> schema = load_schema("shops", fields={"acme__size": "integer"})
        >>> schema["properties"]["acme__size"]
        {'$ref': '#/$defs/integer'}
        >>> list(load_schema({"$ref": "https://example.com/size"}, resources={"https://example.com/size": {}})["$defs"])
        ['https://example.com/size']

    """
    if not isinstance(fields, Mapping | None):
        raise UsageError(f"fields={shown(fields)}: give names and types, such as {{'acme__shoe_size': 'integer'}}")
    if isinstance(source, str) and source in ENTITIES:
        bundled = _load_bundled(checked_entity(source), fields or {})
        return bundled if fields is None and resources is None else with_resources(bundled, resources)
    if fields is not None:
        raise UsageError("fields are added to the schema of an entity: put them into your own schema")
    schema = read_schema(source)
    with naming_schema(source):
        return with_resources(schema if isinstance(schema, dict) else {} if schema else {"not": {}}, resources)


def _load_bundled(entity: Entity, fields: Mapping[str, Any]) -> dict[str, Any]:
    text = _read_bundled(entity).replace(f'"{TYPES_PREFIX}/', '"#/')
    schema: dict[str, Any] = json.loads(text)
    types: dict[str, Any] = json.loads(_read_bundled("types"))["$defs"]
    schema["$defs"] = {**schema.get("$defs", {}), **types}
    for name, kind in fields.items():
        if not isinstance(name, str) or not name:
            raise UsageError(f"field {shown(name)}: a name is text, and not empty")
        if name in schema["properties"]:
            raise UsageError(f"field {shown(name)} is already in the bundled schema")
        schema["properties"][name] = _field_schema(name, kind, types)
    return schema


PATTERNED = {"identifier": ("customers", "external_id"), "link": ("products", "url"), "ean": ("products", "ean")}
"""Fields with patterns of their own, besides those of their types."""


@lru_cache(maxsize=CACHED_SCHEMAS)
def bundled_patterns(kind: str) -> frozenset[str]:
    """The patterns of a Custobar type, or of one of ``PATTERNED`` fields."""
    if kind in PATTERNED:
        entity, field = PATTERNED[kind]
        schema = json.loads(_read_bundled(entity))["properties"][field]
    else:
        schema = json.loads(_read_bundled("types"))["$defs"][kind]
    return frozenset(part["pattern"] for part in (schema, *schema.get("allOf", ())) if "pattern" in part)


def _field_schema(name: str, kind: str | Mapping[str, Any], types: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(kind, Mapping):
        own: dict[str, Any] = json.loads(schema_text(dict(kind)))
        check_is_schema(own, ("properties", name))
        return own
    if not isinstance(kind, str) or kind not in types:
        close = near(kind, tuple(types)) if isinstance(kind, str) else None
        wanted = f"use one of {', '.join(types)}" if close is None else f"did you mean {shown(close)}?"
        raise UsageError(f"field {shown(name)}: unknown type {shown(kind)}; {wanted}")
    schema: dict[str, Any] = {"$ref": f"#/$defs/{kind}"}
    if kind in ("list", "set"):
        schema["items"] = dict(ITEM)
    return schema


def read_fields(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The company fields in a file of names and types: JSON if the suffix is .json, else TOML.

    Raises:
        UsageError: the file is not valid JSON or TOML, or not an object.
        OSError: the file cannot be read.

    """
    name = os.fsdecode(path)
    data = read_whole(path)
    kind = "JSON" if name.lower().endswith(".json") else "TOML"
    try:
        text = data.decode("utf-8-sig")
        fields: Any = json.loads(text, object_pairs_hook=unique_keys) if kind == "JSON" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        fault = error if kind == "JSON" else toml_fault(error, data)
        raise UsageError(f"{name}: the file is not valid {kind}: {fault}") from None
    if not isinstance(fields, dict):
        raise UsageError(f"{name}: give an object of field names and types")
    return fields
