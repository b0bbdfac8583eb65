"""The schemas that come along: one for each entity, and the Custobar types that they share.

In: an entity's name, and company fields. Out: a schema as JSON values that stands by itself.
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
from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.errors import SchemaError, UsageError
from custobar_formats.core.limits import CACHED_SCHEMAS
from custobar_formats.files.source import read_whole

TYPES_PREFIX = "types.json#"
"""How the bundled schemas refer to the Custobar types, which are copied in when a schema is loaded."""


def entities() -> tuple[str, ...]:
    """The names of the entities that have a bundled schema.

    Example:
        >>> entities()
        ('customers', 'products', 'sales', 'events', 'shops')

    """
    return ENTITIES


@lru_cache(maxsize=CACHED_SCHEMAS)
def _read_bundled(name: str) -> str:
    """The text of a bundled schema: inside the installed package, or beside it in a checkout."""
    try:
        data = get_data(custobar_formats.__name__, f"schemas/{name}.json")
    except FileNotFoundError:
        data = None
    if data is None:
        data = (Path(custobar_formats.__file__).parent.parent / "schemas" / f"{name}.json").read_bytes()
    return data.decode("utf-8")


def load_schema(entity: str, *, fields: Mapping[str, str | Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """A bundled schema, as a new dict that stands by itself.

    ``fields`` adds company fields: a name, such as ``acme__shoe_size``, and one of the fifteen Custobar types
    (``list`` and ``set`` hold strings) or a JSON Schema for it.

    Raises:
        UsageError: there is no such entity or type.

    Source: https://custobar.com/docs/guides/data-schema-configuration/ (company fields).

    Example:
        >>> schema = load_schema("shops", fields={"acme__size": "integer"})
        >>> schema["properties"]["acme__size"]
        {'$ref': '#/$defs/integer'}

    """
    if entity not in ENTITIES:
        raise UsageError(f"no bundled schema for {entity!r}: use one of {', '.join(ENTITIES)}")
    text = _read_bundled(entity).replace(f'"{TYPES_PREFIX}/', '"#/')
    schema: dict[str, Any] = json.loads(text)
    types: dict[str, Any] = json.loads(_read_bundled("types"))["$defs"]
    schema["$defs"] = {**schema.get("$defs", {}), **types}
    for name, kind in (fields or {}).items():
        if name in schema["properties"]:
            raise UsageError(f"field {name!r} is already in the bundled schema")
        schema["properties"][name] = _field_schema(name, kind, types)
    return schema


@lru_cache(maxsize=CACHED_SCHEMAS)
def bundled_patterns(kind: str) -> frozenset[str]:
    """The patterns of a Custobar type; of ``identifier``, those of an external_id of customers."""
    if kind == "identifier":
        schema = json.loads(_read_bundled("customers"))["properties"]["external_id"]
    else:
        schema = json.loads(_read_bundled("types"))["$defs"][kind]
    return frozenset(part["pattern"] for part in (schema, *schema.get("allOf", ())))


def _field_schema(name: str, kind: str | Mapping[str, Any], types: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(kind, Mapping):
        return dict(kind)
    if not isinstance(kind, str) or kind not in types:
        raise UsageError(f"field {name!r}: unknown type {kind!r}; use one of {', '.join(types)}")
    schema: dict[str, Any] = {"$ref": f"#/$defs/{kind}"}
    if kind in ("list", "set"):
        schema["items"] = {"$ref": "#/$defs/string"}
    return schema


def read_fields(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Company fields from a file of names and types: JSON by its suffix, else TOML.

    Raises:
        UsageError: it is no such file.
        OSError: it cannot be read.

    """
    name = os.fspath(path)
    data = read_whole(path)
    kind = "JSON" if name.lower().endswith(".json") else "TOML"
    try:
        text = data.decode("utf-8-sig")
        fields: Any = json.loads(text, object_pairs_hook=unique_keys) if kind == "JSON" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name}: not {kind}: {error}") from None
    if not isinstance(fields, dict):
        raise UsageError(f"{name}: give an object of field names and types")
    return fields


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of some pairs, for the json module's ``object_pairs_hook``.

    Raises:
        SchemaError: a key is duplicate.

    """
    schema = dict(pairs)
    if len(schema) != len(pairs):
        twice = next(key for number, (key, _) in enumerate(pairs) if key in dict(pairs[:number]))
        raise SchemaError(f"duplicate key {twice!r} in one object")
    return schema
