"""Whether a value is a JSON Schema.

In: a value. Out: nothing, or an error with the place. Rule: the meta-schema of 2020-12 decides.
Source: JSON Schema 2020-12.
"""

from __future__ import annotations

import json
from typing import Any

from custobar_formats.core.errors import SchemaError
from custobar_formats.core.limits import MAX_SCHEMA_MESSAGE_CHARS
from custobar_formats.core.paths import Path, format_pointer

META_SCHEMA = "https://json-schema.org/draft/2020-12/schema"


VOCABULARIES = META_SCHEMA.removesuffix("schema")


def meta_document(uri: str) -> Any:
    """The meta-schema of 2020-12, or one of its vocabularies; None for another URI."""
    if not uri.startswith(VOCABULARIES):
        return None
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

    return json.loads(json.dumps(REGISTRY.contents(uri))) if uri in REGISTRY else None


def schema_text(schema: Any) -> str:
    """The JSON text of a schema.

    Raises:
        SchemaError: it has a value that JSON does not have.

    """
    try:
        return json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise SchemaError(f"the schema has values that are not JSON: {error}") from None


def is_surely_schema(schema: Any) -> bool:
    """Whether jsonschema-rs accepts a schema by the meta-schema of 2020-12; if not, jsonschema finds the reason."""
    try:
        import jsonschema_rs
    except ImportError:
        return False
    try:
        return bool(jsonschema_rs.Draft202012Validator({"$ref": META_SCHEMA}, offline=True).is_valid(schema))
    except ValueError:  # nested too deeply, or with half of a surrogate pair
        return False


def check_is_schema(schema: Any, location: Path = ()) -> None:
    """Raise SchemaError, with the place, if the meta-schema of 2020-12 rejects the subschema at a location."""
    if is_surely_schema(schema):
        return
    from jsonschema import Draft202012Validator, FormatChecker
    from jsonschema import SchemaError as Refused

    try:
        Draft202012Validator.check_schema(schema, format_checker=FormatChecker(()))
    except RecursionError:
        raise SchemaError("the schema is nested too deeply") from None
    except Refused as error:
        place = format_pointer((*location, *error.absolute_path))
        raise SchemaError(f"not a JSON Schema (2020-12): {error.message[:MAX_SCHEMA_MESSAGE_CHARS]}", place) from None
