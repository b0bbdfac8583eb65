"""Schemas as users give them, and the documents that they refer to.

In: a mapping, a path, documents by their URIs. Out: JSON values that are a schema and stand by themselves. Rule:
nothing is fetched.
Source: JSON Schema 2020-12, core, sections 8.2 and 9.3 (compound documents).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

from custobar_formats.core.entities import suggest_entity
from custobar_formats.core.errors import SchemaError, UsageError
from custobar_formats.core.limits import MAX_NAME_CHARS
from custobar_formats.core.shown import shortened, shown
from custobar_formats.files.filenames import checked_input
from custobar_formats.files.whole import read_whole
from custobar_formats.schema.document import ROOT_URI, Document, join_uri
from custobar_formats.schema.meta_schema import check_is_schema, schema_text

GIVE = "give an entity's name, a mapping or a path"


def read_schema(source: str | os.PathLike[str] | Mapping[str, Any] | bool) -> dict[str, Any] | bool:
    """The schema in a file or a mapping, as new JSON values.

    Raises:
        SchemaError: it is not a JSON Schema.
        UsageError: it does not name a schema.
        OSError: the file cannot be read.

    """
    with naming_schema(source):
        return parse_schema(source_text(source))


def source_text(source: str | os.PathLike[str] | Mapping[str, Any] | bool) -> str:
    """The JSON text of a file or a mapping; raises as ``read_schema``."""
    if isinstance(source, (str, os.PathLike)):
        return _read_file(source)
    if not isinstance(source, (Mapping, bool)):
        raise UsageError(f"{type(source).__name__} is not a schema: {GIVE}")
    return schema_text(source if isinstance(source, bool) else dict(source))


@contextmanager
def naming_schema(source: object) -> Iterator[None]:
    """Put the name of a schema's file before the message of an error in it."""
    try:
        yield
    except SchemaError as error:
        if not isinstance(source, (str, os.PathLike)):
            raise
        raise SchemaError(f"{os.fsdecode(source)}: {error.reason}", error.pointer) from None


def _read_file(schema: str | os.PathLike[str]) -> str:
    try:
        return read_whole(checked_input(schema)).decode("utf-8-sig")
    except OSError:  # no file, a folder, a name that is too long
        if isinstance(schema, str) and not schema.endswith(".json"):
            hint = f"{suggest_entity(schema)} (or give the path of a JSON Schema)"
            raise UsageError(f"unknown entity {shown(schema)}: {hint}") from None
        raise
    except UnicodeDecodeError as error:
        raise SchemaError(f"{Path(schema).name} is not UTF-8: {error.reason} at byte {error.start}") from None


def parse_schema(text: str) -> dict[str, Any] | bool:
    """The schema in a JSON text.

    Raises:
        SchemaError: it is not a JSON Schema.

    """
    try:
        schema = json.loads(text, object_pairs_hook=unique_keys)
    except SchemaError:
        raise
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"the schema is not JSON: {error}") from None
    if not isinstance(schema, (dict, bool)):
        raise SchemaError("a schema must be an object or a boolean")
    check_is_schema(schema)
    return schema


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object made of these pairs, for the json module's ``object_pairs_hook``.

    Raises:
        SchemaError: there is a duplicate key.

    """
    schema = dict(pairs)
    if len(schema) != len(pairs):
        twice = next(key for number, (key, _) in enumerate(pairs) if key in dict(pairs[:number]))
        raise SchemaError(f"duplicate key {shown(twice)} in one object")
    return schema


def read_resources(paths: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """The documents in files, by their ``$id``.

    Raises:
        UsageError: a document has no ``$id``, or that of another one, or is not a JSON Schema (SchemaError).
        OSError: a file cannot be read.

    """
    found: dict[str, dict[str, Any]] = {}
    for path in paths:
        document = read_schema(path)
        uri = document.get("$id") if isinstance(document, dict) else None
        if not isinstance(document, dict) or uri is None:
            raise UsageError(f"{path}: the document has no $id, so nothing can refer to it")
        if uri in found:
            raise UsageError(f"{path}: another document has the same $id, {shown(uri)}")
        found[uri] = document
    return found


def with_resources(schema: dict[str, Any], resources: Mapping[str, Any] | None) -> dict[str, Any]:
    """A schema with the documents in ``$defs`` that it refers to, which are given by their URIs.

    Raises:
        UsageError: a document is not a JSON Schema, or has another URI, or a reference leads to none (SchemaError).

    """
    if not isinstance(resources, Mapping | None):
        raise UsageError(
            f"resources={shown(resources)}: give documents by their URIs, such as {{'https://...': {{...}}}}"
        )
    base = join_uri(ROOT_URI, schema.get("$id", ""))
    known = dict(_resource(uri, document, base) for uri, document in (resources or {}).items())
    embedded = Document(schema, resources=known).embedded
    return {**schema, "$defs": {**schema.get("$defs", {}), **embedded}} if embedded else schema


def _resource(uri: Any, document: Any, base: str) -> tuple[str, dict[str, Any] | bool]:
    """A document and its whole URI."""
    if not isinstance(uri, str) or not isinstance(document, (Mapping, bool)):
        raise UsageError(f"resources: {shown(uri)}: give the document of each URI as a mapping")
    try:
        whole, fragment = urldefrag(join_uri(base, uri))
        found = parse_schema(source_text(document))
        own = urldefrag(join_uri(whole, found.get("$id", "") if isinstance(found, dict) else ""))[0]
    except SchemaError as error:
        raise SchemaError(f"resources: {shortened(uri, MAX_NAME_CHARS)}: {error.reason}", error.pointer) from None
    if fragment or own != whole:
        raise UsageError(f"resources: {shown(uri)}: give this document by its own URI, {shown(own)}")
    return whole, found
