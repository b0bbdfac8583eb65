"""The engine made of the package jsonschema-rs, which is fast.

In: a schema document. Out: an engine. Rule: it gets patterns that it runs as ECMA-262 runs those of the schema; what it
cannot report exactly, the other engine does.
Source: JSON Schema 2020-12, validation; ECMA-262 for patterns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, reduce
from operator import getitem
from typing import Any

from custobar_formats.core.errors import SchemaError
from custobar_formats.core.limits import MAX_REPORTED_VALUES, MAX_SCHEMA_MESSAGE_CHARS
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.core.scalars import has_more_than
from custobar_formats.core.shown import shortened
from custobar_formats.schema.document import Document, Location, retyped
from custobar_formats.schema.patterns import refused_pattern, rust_pattern
from custobar_formats.schema.python_engine import PythonEngine
from custobar_formats.schema.violations import Violation, check_patterns, innermost, normalised, references_to


def _has_empty_key(value: Any) -> bool:
    if isinstance(value, dict):
        return "" in value or any(map(_has_empty_key, value.values()))
    return isinstance(value, list) and any(map(_has_empty_key, value))


def _path(reported: list[str | int], instance: Any) -> Path:
    path: Path = ()
    for given in reported:
        token = retyped(given, instance)
        path, instance = (*path, token), instance[token]
    return path


class _Respelled:
    """A document with its patterns respelled, so that jsonschema-rs runs them as ECMA-262 does.

    Raises:
        SchemaError: a pattern is invalid.

    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._originals: dict[str, str] = {}
        self._names: dict[str, str] = {}
        changed = [location for location in document.locations if self._respell(location)]
        self.root: dict[str, Any] = json.loads(json.dumps(document.root)) if changed else document.root
        for location in sorted(changed, key=len, reverse=True):  # the innermost first: the keys on the way change too
            schema = reduce(getitem, location, self.root)
            if "pattern" in schema:
                schema["pattern"] = rust_pattern(schema["pattern"])
            if "patternProperties" in schema:
                below = schema["patternProperties"].items()
                schema["patternProperties"] = {self._names[pattern]: subschema for pattern, subschema in below}
            for keyword in {"$ref", "$dynamicRef"} & schema.keys():
                schema[keyword] = self._moved(location, schema[keyword]) or schema[keyword]

    def _respell(self, location: Location) -> bool:
        """Find the names for the patterns of one subschema; whether it has to change."""
        schema = self._document.get(location)
        check_patterns(schema, location, rust_pattern)
        for pattern in schema.get("patternProperties", ()):
            if pattern not in self._names:
                name = rust_pattern(pattern)
                while name in self._originals:
                    name += "(?:)"
                self._names[pattern], self._originals[name] = name, pattern
        changes = any(self._names[pattern] != pattern for pattern in schema.get("patternProperties", ()))
        changes = changes or rust_pattern(schema.get("pattern", "")) != schema.get("pattern", "")
        return changes or any(self._moved(location, schema.get(keyword)) for keyword in ("$ref", "$dynamicRef"))

    def _moved(self, location: Location, ref: Any) -> str | None:
        """A reference to a subschema below a respelled pattern; None if there is none below its target."""
        target = self._document.resolve(location, ref) if isinstance(ref, str) else None
        moved = self.moved(target or ())
        return None if moved == (target or ()) else references_to(self._document, (moved,))["$ref"]

    def moved(self, location: Location) -> Location:
        """A location of the document in the respelled schema."""
        return _renamed(location, self._names)

    def original(self, path: Iterable[str | int]) -> Location:
        """The path in the document for one in the respelled schema."""
        return _renamed(path, self._originals)


def _renamed(path: Iterable[str | int], names: dict[str, str]) -> Location:
    found: Location = ()
    for step in path:
        found += (names.get(str(step), step) if found[-1:] == ("patternProperties",) else step,)
    return found


class RustEngine:
    """jsonschema-rs, without any access to the network."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._has_empty_names = document.has_empty_names
        self._located: dict[tuple[Location, tuple[str | int, ...]], Location] = {}
        self._respelled = _Respelled(document)
        self._validator = self._compile(self._respelled.root)
        self._registry = self._register()
        self._below: dict[tuple[Location, ...], Any] = {}

    def _register(self) -> Any:
        import jsonschema_rs

        try:
            return jsonschema_rs.Registry([(self._document.uri, self._respelled.root)])
        except ValueError as error:  # such as a URI with a space
            raise SchemaError(shortened(str(error).split("\n", 1)[0], MAX_SCHEMA_MESSAGE_CHARS)) from None

    def _compile(self, schema: Any, registry: Any = None) -> Any:
        import jsonschema_rs

        try:
            return jsonschema_rs.Draft202012Validator(schema, offline=True, registry=registry)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            path = self._respelled.original(getattr(error, "instance_path", ()))
            reason = shortened(str(error).split("\n", 1)[0], MAX_SCHEMA_MESSAGE_CHARS)
            if path[-1:] == ("pattern",) or path[-2:-1] == ("patternProperties",):  # nothing else is refused there
                reason = refused_pattern(str(path[-1] if path[-1] != "pattern" else self._document.get(path)))
            raise SchemaError(reason, format_pointer(path)) from None

    def is_valid(self, instance: Any) -> bool:
        """Whether a value is valid."""
        try:
            valid: bool = self._validator.is_valid(instance)
        except UnicodeEncodeError:  # half of a surrogate pair, which jsonschema-rs cannot take
            return not self._exact.violations(instance)
        return valid

    def violations(self, instance: Any) -> list[Violation]:
        """The violations of a value, sorted, each one once."""
        if has_more_than(MAX_REPORTED_VALUES, instance):
            return self._exact.violations(instance)
        try:
            found = self._violations(self._validator, instance)
            return innermost(self, self._document, found, instance)
        except (LookupError, UnicodeEncodeError):  # what it cannot report exactly, or half of a surrogate pair
            return self._exact.violations(instance)

    def violations_below(self, location: Location, instance: Any) -> list[Violation]:
        """The violations of a value by the subschema at a location."""
        try:
            found = self._violations(self._at(location), instance, location)
            return innermost(self, self._document, found, instance)
        except (LookupError, UnicodeEncodeError):
            return self._exact.violations_below(location, instance)

    def _violations(self, validator: Any, instance: Any, start: Location | None = None) -> Iterator[Violation]:
        """The violations that a validator reports; that of a subschema begins with a reference to its location.

        Raises:
            LookupError: there are empty keys, which jsonschema-rs leaves out, or keys such as 7 and 007 in one object,
                which it cannot distinguish.

        """
        if self._has_empty_names or _has_empty_key(instance):
            raise LookupError
        for error in validator.iter_errors(instance):
            path, kind = _path(error.instance_path, instance), error.kind
            evaluation = tuple(error.evaluation_path if kind.name != "propertyNames" else kind.error.evaluation_path)
            if kind.name == "propertyNames":
                path += (kind.error.instance,)
                evaluation = evaluation[: len(evaluation) - evaluation[::-1].index("propertyNames")]
            yield path, self._locate(start or (), evaluation if start is None else evaluation[1:])

    @cached_property
    def _exact(self) -> PythonEngine:
        return PythonEngine(self._document)

    def _locate(self, start: Location, evaluation_path: tuple[str | int, ...]) -> Location:
        key = (start, evaluation_path)
        if key not in self._located:
            self._located[key] = normalised(self._document.locate(self._respelled.original(evaluation_path), start))
        return self._located[key]

    def _at(self, *locations: Location) -> Any:
        """The validator of any of these subschemas."""
        if locations not in self._below:
            moved = tuple(map(self._respelled.moved, locations))
            self._below[locations] = self._compile(references_to(self._document, moved), self._registry)
        return self._below[locations]

    def accepts(self, *locations: Location) -> Callable[[Any], bool]:
        """A function that checks whether a value is valid under any of these subschemas."""
        accepts: Callable[[Any], bool] = self._at(*locations).is_valid
        return accepts
