"""The keywords of JSON Schema, by the values that they constrain.

Source: JSON Schema 2020-12, core and validation; the keywords that begin with x- are ours (docs/validation.md).
"""

from __future__ import annotations

ANNOTATIONS = frozenset({
    "title", "description", "$comment", "default", "examples", "deprecated", "readOnly", "writeOnly",
    "contentEncoding", "contentMediaType", "contentSchema", "$schema", "$id", "$anchor", "$defs", "definitions",
    "x-severity", "x-code", "x-custobar-type", "x-entity", "x-empty-erases",
    "format",  # asserts nothing in this draft, unless a validator turns it on
})  # fmt: skip
"""Keywords that constrain nothing."""

ABOUT_SCALARS = frozenset({
    "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
})  # fmt: skip
ABOUT_OBJECTS = frozenset({
    "properties", "patternProperties", "additionalProperties", "required", "minProperties", "maxProperties",
    "dependentRequired", "dependentSchemas", "propertyNames", "unevaluatedProperties",
})  # fmt: skip
ABOUT_LISTS = frozenset({
    "items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains",
    "unevaluatedItems",
})  # fmt: skip
