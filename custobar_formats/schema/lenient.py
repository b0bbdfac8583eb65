"""A schema with its warnings read as ``true``, which decides whether data is valid.

In: a schema document. Out: the document without its warnings, or an error with the place of a warning that has no
meaning where it stands.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from custobar_formats.core.errors import SchemaError
from custobar_formats.core.paths import format_pointer
from custobar_formats.core.shown import shown
from custobar_formats.schema.document import Document, Location, steps

UNCERTAIN = ("anyOf", "oneOf", "not", "if", "contains")
"""Keywords whose subschemas may fail without making the whole fail; a warning has no meaning below them."""

CERTAIN, WITH_NULL, UNSURE = range(3)
"""Whether the failure of a subschema makes the whole fail: always; in a union with null; or not."""

KEPT = ("$id", "$anchor", "$dynamicAnchor", "$defs")
"""Keywords kept when a warning is read as ``true``, since other subschemas may refer to them."""


def without_warnings(document: Document) -> Document | None:
    """The document with its warnings read as ``true``; None if it has no warnings.

    Raises:
        SchemaError: a warning is in a place where it has no meaning, or ``x-severity`` has an unknown value.

    """
    warnings = check_warnings(document)
    if not warnings:
        return None
    stripped: Any = {"": json.loads(json.dumps(document.root))}
    for location in sorted(warnings, key=len, reverse=True):
        *way, last = ("", *location)
        parent = stripped
        for step in way:
            parent = parent[step]
        parent[last] = {keyword: parent[last][keyword] for keyword in KEPT if keyword in parent[last]}
    return Document(stripped[""])


def check_warnings(document: Document, optional: Collection[Location] = ()) -> list[Location]:
    """The locations of warnings.

    ``optional``: unions with null, where a warning may stand below ``allOf`` and ``$ref``.

    Raises:
        SchemaError: a warning is in a place where it has no meaning, or ``x-severity`` has an unknown value.

    """
    seen: set[tuple[Location, int]] = set()
    found: dict[Location, None] = {}
    waiting: list[tuple[Location, int]] = [((), CERTAIN)]
    waiting += [(location, CERTAIN) for location in document.locations if location[-2:-1] == ("$defs",)]
    while waiting:
        state = waiting.pop()
        if state in seen:
            continue
        seen.add(state)
        location, uncertain = state
        schema = document.get(location)
        if not isinstance(schema, dict):
            continue
        if "x-severity" in schema:
            _check_severity(location, schema["x-severity"], uncertain)
            found[location] = None
        together = CERTAIN if uncertain == WITH_NULL else uncertain
        for step, _ in steps(schema):
            if step[0] in UNCERTAIN:
                is_optional = (*location, step[0]) in optional
                waiting.append((location + step, max(uncertain, WITH_NULL if is_optional else UNSURE)))
            elif step[0] != "$defs":
                waiting.append((location + step, together if step[0] == "allOf" else uncertain))
        waiting += [(target, together) for target in document.references(location)]
    return list(found)


def _check_severity(location: Location, severity: Any, uncertain: int) -> None:
    if severity != "warning":
        raise SchemaError(f"unknown x-severity {shown(severity)}: use 'warning'", format_pointer(location))
    if uncertain:
        where = ", ".join(UNCERTAIN)
        raise SchemaError(f"x-severity is not supported below {where}", format_pointer(location))
