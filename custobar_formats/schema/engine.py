"""The JSON Schema packages: which places of a value break which keywords of a schema.

In: a schema document. Out: an engine that checks whether a value is valid, and finds where it is not, as pairs of a
path in the value and a location in the schema. Rule: both engines return the same pairs, and everything else about a
finding follows from them, elsewhere; nothing reads the packages' messages.
Source: JSON Schema 2020-12, validation; ECMA-262 for patterns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Protocol
from urllib.parse import quote

from custobar_formats.core.errors import SchemaError
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.schema.document import UNEVALUATED, Document, Location, retyped
from custobar_formats.schema.patterns import pattern_matcher

Violation = tuple[Path, Location]
"""The path of an invalid value, and the location of the keyword that it breaks."""


class Engine(Protocol):
    """The interface to a JSON Schema package."""

    def is_valid(self, instance: Any) -> bool:
        """Whether a value is valid."""

    def violations(self, instance: Any) -> list[Violation]:
        """The violations of a value, sorted, each one once."""

    def accepts(self, *locations: Location) -> Callable[[Any], bool]:
        """A function that checks whether a value is valid under any of these subschemas."""


def make_engine(document: Document) -> Engine:
    """An engine: jsonschema-rs if it is installed, else jsonschema.

    Raises:
        SchemaError: the schema cannot be compiled.

    """
    try:
        import jsonschema_rs  # noqa: F401 - only checks that it is installed
    except ImportError:
        return PythonEngine(document)
    return RustEngine(document)


def _references(document: Document, locations: tuple[Location, ...]) -> dict[str, Any]:
    found = [{"$ref": f"{document.uri}#{quote(format_pointer(location))}"} for location in locations]
    return found[0] if len(found) == 1 else {"anyOf": found}


def _normalised(location: Location) -> Location:
    """One location where the packages report several: the whole ``contains`` or ``propertyNames``."""
    for number, token in enumerate(location):
        if token == "propertyNames" and location[number - 1 : number] not in (("properties",), ("$defs",)):
            return location[: number + 1]
    if location[-1] in ("minContains", "maxContains"):
        return (*location[:-1], "contains")
    return location


def _sorted(violations: Iterator[Violation]) -> list[Violation]:
    """Each pair once, in order; ``unevaluated…`` keywords are kept only where nothing else is wrong.

    The packages differ on whether a failing subschema has evaluated anything.
    """
    pairs = set(violations)
    certain = {path[:end] for path, keyword in pairs if keyword[-1] not in UNEVALUATED for end in range(len(path) + 1)}
    kept = [(path, keyword) for path, keyword in pairs if keyword[-1] not in UNEVALUATED or path not in certain]
    return sorted(kept, key=lambda pair: (tuple(map(str, pair[0])), tuple(map(str, pair[1]))))


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


class RustEngine:
    """jsonschema-rs, without any access to the network."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._has_empty_names = document.has_empty_names
        self._located: dict[tuple[str | int, ...], Location] = {}
        self._validator = self._compile(document.root)
        self._registry = self._register()

    def _register(self) -> Any:
        import jsonschema_rs

        try:
            return jsonschema_rs.Registry([(self._document.uri, self._document.root)])
        except ValueError as error:  # such as a URI with a space
            raise SchemaError(str(error).split("\n", 1)[0]) from None

    def _compile(self, schema: Any, registry: Any = None) -> Any:
        import jsonschema_rs

        try:
            return jsonschema_rs.Draft202012Validator(schema, offline=True, registry=registry)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            place = format_pointer(getattr(error, "instance_path", ()))
            raise SchemaError(str(error).split("\n", 1)[0], place) from None

    def is_valid(self, instance: Any) -> bool:
        """Whether a value is valid."""
        try:
            valid: bool = self._validator.is_valid(instance)
        except UnicodeEncodeError:  # half of a surrogate pair, which jsonschema-rs cannot take
            return not self._exact.violations(instance)
        return valid

    def violations(self, instance: Any) -> list[Violation]:
        """The violations of a value, sorted, each one once."""
        if self._has_empty_names or _has_empty_key(instance):  # jsonschema-rs leaves empty keys out
            return self._exact.violations(instance)
        try:
            return _sorted(
                (_path(error.instance_path, instance), self._locate(tuple(error.evaluation_path)))
                for error in self._validator.iter_errors(instance)
            )
        except LookupError:  # keys such as 7 and 007 in one object, which it cannot distinguish
            return self._exact.violations(instance)

    @cached_property
    def _exact(self) -> PythonEngine:
        return PythonEngine(self._document)

    def _locate(self, evaluation_path: tuple[str | int, ...]) -> Location:
        if evaluation_path not in self._located:
            self._located[evaluation_path] = _normalised(self._document.locate(evaluation_path))
        return self._located[evaluation_path]

    def accepts(self, *locations: Location) -> Callable[[Any], bool]:
        """A function that checks whether a value is valid under any of these subschemas."""
        validator = self._compile(_references(self._document, locations), self._registry)
        accepts: Callable[[Any], bool] = validator.is_valid
        return accepts


class PythonEngine:
    """jsonschema, with those keywords replaced that depart from the specification."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._locations = document.pointers_by_identity()
        for location in self._locations.values():
            _check_patterns(document.get(location), location)
        self._validator = self._compile(document.root)

    def _compile(self, schema: Any) -> Any:
        from referencing import Registry
        from referencing.jsonschema import DRAFT202012, SchemaRegistry

        registry: SchemaRegistry = Registry()
        registry = registry.with_resource(self._document.uri, DRAFT202012.create_resource(self._document.root))
        return _validator_class()(schema, registry=registry)

    def is_valid(self, instance: Any) -> bool:
        """Whether a value is valid."""
        return not self.violations(instance)

    def violations(self, instance: Any) -> list[Violation]:
        """The violations of a value, sorted, each one once."""
        return _sorted(self._violations(instance))

    def _violations(self, instance: Any) -> Iterator[Violation]:
        for error in self._validator.iter_errors(instance):
            location = (*self._locations[id(error.schema)], error.validator)
            yield tuple(error.absolute_path), _normalised(location)

    def accepts(self, *locations: Location) -> Callable[[Any], bool]:
        """A function that checks whether a value is valid under any of these subschemas."""
        validator = self._compile(_references(self._document, locations))
        return lambda instance: next(validator.iter_errors(instance), None) is None


def _check_patterns(schema: dict[str, Any], location: Location) -> None:
    """Raise SchemaError, with the place, for an invalid pattern: now, not when it is first used."""
    places = [((*location, "pattern"), schema["pattern"])] if "pattern" in schema else []
    places += [((*location, "patternProperties", pattern), pattern) for pattern in schema.get("patternProperties", ())]
    for place, pattern in places:
        try:
            pattern_matcher(pattern)
        except SchemaError as error:
            raise SchemaError(error.reason, format_pointer(place)) from None


def _is_integer(_: Any, value: Any) -> bool:
    if isinstance(value, (float, Decimal)):
        return _is_number(_, value) and value == int(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_: Any, value: Any) -> bool:
    if isinstance(value, (float, Decimal)):
        return Decimal(value).is_finite()
    return isinstance(value, int) and not isinstance(value, bool)


@lru_cache(maxsize=1)
def _validator_class() -> Any:
    """Draft 2020-12 of jsonschema, with ECMA patterns, decimal ``multipleOf``, finite numbers and ``dependencies``."""
    from fractions import Fraction

    import attrs
    from jsonschema import Draft202012Validator, ValidationError, validators

    def pattern(validator: Any, value: str, instance: Any, _: Any) -> Iterator[ValidationError]:
        if validator.is_type(instance, "string") and not pattern_matcher(value)(instance):
            yield ValidationError("pattern")

    def pattern_properties(validator: Any, value: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
        if validator.is_type(instance, "object"):
            for regex, subschema in value.items():
                for key in filter(pattern_matcher(regex), instance):
                    yield from validator.descend(instance[key], subschema, path=key, schema_path=regex)

    def additional(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        if validator.is_type(instance, "object"):
            matchers = [pattern_matcher(regex) for regex in schema.get("patternProperties", ())]
            for key in instance:
                if key not in schema.get("properties", ()) and not any(matches(key) for matches in matchers):
                    yield from validator.descend(instance[key], value, path=key)

    def multiple_of(validator: Any, value: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
        if validator.is_type(instance, "number"):
            whole = isinstance(instance, float) and instance.is_integer() and Fraction(str(value)).denominator == 1
            if Fraction(instance if whole else str(instance)) % Fraction(str(value)):
                yield ValidationError("multipleOf")

    def property_names(validator: Any, value: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
        if validator.is_type(instance, "object") and not all(
            validator.evolve(schema=value).is_valid(name) for name in instance
        ):
            yield ValidationError("propertyNames")

    def dependencies(validator: Any, value: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
        for name in value if validator.is_type(instance, "object") else ():
            if name in instance and isinstance(value[name], list):
                yield from (ValidationError("dependencies") for needed in value[name] if needed not in instance)
            elif name in instance:
                yield from validator.descend(instance, value[name], schema_path=name)

    replaced: dict[str, Any] = {"pattern": pattern, "patternProperties": pattern_properties, "multipleOf": multiple_of}
    replaced |= {"additionalProperties": additional, "propertyNames": property_names, "dependencies": dependencies}
    checker = Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_number})
    extended: Any = validators.extend(Draft202012Validator, replaced, type_checker=checker)  # type: ignore[no-untyped-call]

    def evolve(self: Any, **changes: Any) -> Any:
        """A validator of this class: jsonschema's own method uses its stock class after a reference to a $schema."""
        for field in attrs.fields(extended):
            if field.init:
                changes.setdefault(field.alias, getattr(self, field.name))
        return extended(**changes)

    extended.evolve = evolve
    return extended
