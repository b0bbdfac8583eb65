"""One spelling for optional values: a union of X and null becomes X, with null among its types.

In: a schema document. Out: the document with ``anyOf: [X, {"type": "null"}]`` (or ``oneOf``) respelled as X with
``type: [..., "null"]``, wherever both mean the same, and the original location of each subschema. Rule: the same values
are valid, and for the same reasons.
Source: JSON Schema 2020-12, core, section 10.2.1.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from custobar_formats.core.paths import format_pointer
from custobar_formats.schema.document import Document, Location, steps
from custobar_formats.schema.keywords import ABOUT_LISTS, ABOUT_OBJECTS, ABOUT_SCALARS, ANNOTATIONS

ABOUT_SOME_TYPES = ABOUT_SCALARS | ABOUT_OBJECTS | ABOUT_LISTS
"""Keywords that null keeps, whatever they say."""

WORDS = ANNOTATIONS - {
    "$schema", "$id", "$anchor", "$defs", "definitions", "contentSchema", "x-severity", "x-entity", "x-empty-erases",
}  # fmt: skip
"""Keywords that constrain nothing, and may move with the rest of a subschema."""


def in_one_spelling(document: Document) -> Document:
    """The document with its optional values spelled by type; the same document if there are none.

    Raises:
        SchemaError: a warning is in a union, where it has no meaning.

    """
    found = {location: branch for location in document.locations if (branch := _optional_branch(document, location))}
    found = {location: branch for location, branch in found.items() if not _is_referred_to(document, location)}
    if not found:
        return document
    document.check_warnings()
    root = json.loads(json.dumps(document.root))
    moved = {}
    for location in sorted(found, key=len, reverse=True):
        keys = _respell(_get(root, location), _copy_of_branch(document, root, location, found[location]))
        moved[location] = (keys, found[location])
    return Document(root, moved)


def _is_referred_to(document: Document, location: Location) -> bool:
    """Whether a reference leads into the union at a location; such a union must stay where it is."""
    within = (*location, _union_keyword(document.get(location)))
    return any(target[: len(within)] == within for target in document.referred)


def _union_keyword(schema: dict[str, Any]) -> str:
    return "anyOf" if "anyOf" in schema else "oneOf"


def _optional_branch(document: Document, location: Location) -> Location | None:
    """The location of X in a union of X and null, behind a reference if X is one; None if it cannot be respelled."""
    holder = document.get(location)
    if not isinstance(holder, dict) or ("anyOf" in holder) == ("oneOf" in holder):
        return None
    keyword = _union_keyword(holder)
    if holder.keys() - WORDS - {keyword, "x-severity"} or len(holder[keyword]) != 2:
        return None
    things = [number for number, branch in enumerate(holder[keyword]) if not _is_null(branch)]
    if len(things) != 1:
        return None
    branch: Location = (*location, keyword, things[0])
    schema = document.get(branch)
    if isinstance(schema, dict) and "$ref" in schema and not schema.keys() - WORDS - {"$ref"}:
        target = document.resolve(branch, schema["$ref"])
        if target is None or {document.base(branch), document.base(target)} != {document.base(())}:
            return None
        branch, schema = target, document.get(target)
    if not isinstance(schema, dict) or schema.keys() - ABOUT_SOME_TYPES - WORDS - {"type", "enum"}:
        return None
    return branch if "type" in schema and "null" not in schema["type"] and None not in schema.get("enum", ()) else None


def _is_null(schema: Any) -> bool:
    is_alone = isinstance(schema, dict) and not schema.keys() - WORDS - {"type"}
    return is_alone and schema.get("type") in ("null", ["null"])


def _copy_of_branch(document: Document, root: Any, location: Location, branch: Location) -> dict[str, Any]:
    """The replacement for the union: its own branch, or a copy of another one with references to its subschemas."""
    if branch[: len(location)] == location and len(branch) > len(location):
        return {**_get(root, branch)}
    copy: dict[str, Any] = json.loads(json.dumps(document.get(branch)))
    for step, _ in steps(copy):
        parent: Any = _get(copy, step[:-1])
        parent[step[-1]] = {"$ref": f"{document.uri}#{quote(format_pointer(branch + step))}"}
    return copy


def _respell(holder: dict[str, Any], thing: dict[str, Any]) -> frozenset[str]:
    """Replace the union with null by a thing that allows null; returns the keywords that come from the thing."""
    del holder[_union_keyword(holder)]
    types = thing["type"]
    thing["type"] = [*([types] if isinstance(types, str) else types), "null"]
    if "enum" in thing:
        thing["enum"] = [*thing["enum"], None]
    own = thing.keys() - holder.keys()
    holder.update({keyword: thing[keyword] for keyword in own})
    return frozenset(own)


def _get(root: Any, location: Location) -> Any:
    for step in location:
        root = root[step]
    return root
