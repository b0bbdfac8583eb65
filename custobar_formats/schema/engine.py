"""The JSON Schema packages: which places of a value break which keywords of a schema.

In: a schema document. Out: an engine that checks whether a value is valid, and finds where it is not, as pairs of a
path in the value and a location in the schema. Rule: both engines return the same pairs, and everything else about a
finding follows from them, elsewhere; nothing reads the packages' messages.
Source: JSON Schema 2020-12, validation; ECMA-262 for patterns.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextvars import ContextVar
from decimal import Decimal
from functools import cached_property, lru_cache, reduce
from itertools import groupby
from operator import getitem
from typing import Any, Protocol
from urllib.parse import quote

from custobar_formats.core.errors import SchemaError
from custobar_formats.core.limits import MAX_REPORTED_VALUES
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.core.scalars import has_more_than
from custobar_formats.schema.document import UNEVALUATED, Document, Location, retyped
from custobar_formats.schema.evaluated import evaluated
from custobar_formats.schema.patterns import pattern_matcher

Violation = tuple[Path, Location]
"""The path of an invalid value, and the location of the keyword that it breaks."""


class Engine(Protocol):
    """The interface to a JSON Schema package."""

    def is_valid(self, instance: Any) -> bool:
        """Whether a value is valid."""

    def violations(self, instance: Any) -> list[Violation]:
        """The violations of a value, sorted, each one once."""

    def violations_below(self, location: Location, instance: Any) -> list[Violation]:
        """The violations of a value by the subschema at a location."""

    def accepts(self, *locations: Location) -> Callable[[Any], bool]:
        """A function that checks whether a value is valid under any of these subschemas."""


def make_engine(document: Document) -> Engine:
    """An engine: jsonschema-rs if it is installed, else jsonschema; jsonschema also for an intricate schema.

    Raises:
        SchemaError: the schema cannot be compiled.

    """
    try:
        import jsonschema_rs  # noqa: F401 - only checks that it is installed
    except ImportError:
        return PythonEngine(document)
    return PythonEngine(document) if document.is_intricate else RustEngine(document)


def _references(document: Document, locations: tuple[Location, ...]) -> dict[str, Any]:
    found = [{"$ref": f"{document.uri}#{quote(format_pointer(location))}"} for location in locations]
    return found[0] if len(found) == 1 else {"anyOf": found}


def _normalised(location: Location) -> Location:
    """One location where the packages report several: the whole ``contains``."""
    return (*location[:-1], "contains") if location[-1] in ("minContains", "maxContains") else location


def _sorted(violations: Iterable[Violation]) -> list[Violation]:
    """Each pair once, in order."""
    return [violation for violation, _ in groupby(sorted(violations, key=violation_order))]


def violation_order(violation: Violation) -> str:
    """The sorting key of violations: by path, then by location, part by part; one text takes the least memory."""
    path, location = violation
    return "\0".join(("\1".join(map(str, path)), "\1".join(map(str, location))))


def _innermost(engine: Engine, document: Document, violations: Iterator[Violation], instance: Any) -> list[Violation]:
    """The violations, with each ``unevaluated…`` keyword at the members or items that break it.

    The keyword is kept only where nothing else is wrong: the packages differ on whether a failing subschema has
    evaluated anything.
    """
    pairs: Collection[Violation] = list(violations)
    unsure = {pair for pair in pairs if pair[1][-1] in UNEVALUATED}
    if not unsure:
        return _sorted(pairs)
    pairs = set(pairs)
    certain = {path[:end] for path, _ in pairs - unsure for end in range(len(path) + 1)}
    found = pairs - unsure
    for path, location in unsure:
        if path not in certain:
            value = reduce(getitem, path, instance)
            found.update((path + below, keyword) for below, keyword in _unevaluated(engine, document, location, value))
    return _sorted(found)


def _unevaluated(engine: Engine, document: Document, location: Location, value: Any) -> list[Violation]:
    """The violations of one ``unevaluated…`` keyword by the members or items of a value."""
    known = evaluated(document, location[:-1], value, lambda below, part: engine.accepts(below)(part))
    parts: Iterable[Any] = value if isinstance(value, dict) else range(len(value))
    found = [
        ((part, *path), keyword)
        for part in parts
        if part not in known
        for path, keyword in engine.violations_below(location, value[part])
    ]
    return found or [((), location)]  # what a $dynamicRef evaluates is known only on the way to it


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
        self._located: dict[tuple[Location, tuple[str | int, ...]], Location] = {}
        self._validator = self._compile(document.root)
        self._registry = self._register()
        self._below: dict[tuple[Location, ...], Any] = {}

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
        if has_more_than(MAX_REPORTED_VALUES, instance):
            return self._exact.violations(instance)
        try:
            found = self._violations(self._validator, instance)
            return _innermost(self, self._document, found, instance)
        except (LookupError, UnicodeEncodeError):  # what it cannot report exactly, or half of a surrogate pair
            return self._exact.violations(instance)

    def violations_below(self, location: Location, instance: Any) -> list[Violation]:
        """The violations of a value by the subschema at a location."""
        try:
            found = self._violations(self._at(location), instance, location)
            return _innermost(self, self._document, found, instance)
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
            self._located[key] = _normalised(self._document.locate(evaluation_path, start))
        return self._located[key]

    def _at(self, *locations: Location) -> Any:
        """The validator of any of these subschemas."""
        if locations not in self._below:
            self._below[locations] = self._compile(_references(self._document, locations), self._registry)
        return self._below[locations]

    def accepts(self, *locations: Location) -> Callable[[Any], bool]:
        """A function that checks whether a value is valid under any of these subschemas."""
        accepts: Callable[[Any], bool] = self._at(*locations).is_valid
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
        return _validator_class()(schema, registry=registry.crawl())  # what is embedded goes before jsonschema's own

    def is_valid(self, instance: Any) -> bool:
        """Whether a value is valid."""
        return next(self._errors(self._validator, instance), None) is None

    def _errors(self, validator: Any, instance: Any) -> Iterator[Any]:
        """The errors of a value; in an intricate schema, each reference is followed once for each value."""
        try:
            if not self._document.is_intricate:
                yield from validator.iter_errors(instance)
                return
            token = _followed.set({})
            try:
                errors = list(validator.iter_errors(instance))
            finally:
                _followed.reset(token)
        except RecursionError:
            raise SchemaError("too many subschemas apply, one behind the other, for a value of this depth") from None
        yield from errors

    def violations(self, instance: Any) -> list[Violation]:
        """The violations of a value, sorted, each one once."""
        return _innermost(self, self._document, self._violations(self._validator, instance), instance)

    def violations_below(self, location: Location, instance: Any) -> list[Violation]:
        """The violations of a value by the subschema at a location."""
        validator = self._compile(_references(self._document, (location,)))
        return _innermost(self, self._document, self._violations(validator, instance), instance)

    def _violations(self, validator: Any, instance: Any) -> Iterator[Violation]:
        located: dict[tuple[int, str], Location] = {}  # one object for one location: there may be very many violations
        for error in self._errors(validator, instance):
            keyword = id(error.schema), error.validator
            if keyword not in located:
                located[keyword] = _normalised((*self._locations[keyword[0]], error.validator))
            path = tuple(error.absolute_path)
            _release(error)
            yield path, located[keyword]

    def accepts(self, *locations: Location) -> Callable[[Any], bool]:
        """A function that checks whether a value is valid under any of these subschemas."""
        validator = self._compile(_references(self._document, locations))
        return lambda instance: next(self._errors(validator, instance), None) is None


_followed: ContextVar[dict[tuple[int, int], dict[Any, Any]] | None] = ContextVar("followed", default=None)
"""The errors behind each reference for each value, during one check of an intricate schema."""


def _follow_once(validator: Any, value: str, instance: Any, schema: Any) -> Iterator[Any]:
    """The errors behind a reference: in an intricate schema, those of the first time for this value."""
    from jsonschema import Draft202012Validator, ValidationError

    follow = Draft202012Validator.VALIDATORS["$ref"]
    followed = _followed.get()
    if followed is None:
        yield from follow(validator, value, instance, schema)
        return
    key = (id(schema), id(instance))  # both live as long as the check
    if key not in followed:
        found = follow(validator, value, instance, schema)
        followed[key] = {(tuple(error.path), id(error.schema), error.validator): error.schema for error in found}
    for (path, _, keyword), broken in followed[key].items():
        yield ValidationError(str(keyword), validator=keyword, path=path, schema=broken)


def _release(error: Any) -> None:
    """Cut the references between an error and its causes, which only garbage collection frees; that may be paused."""
    for cause in error.context:
        _release(cause)
    error.context.clear()
    error.args = ()


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
        for name in instance if validator.is_type(instance, "object") else ():
            if not validator.evolve(schema=value).is_valid(name):
                yield ValidationError("propertyNames", path=[name])

    def dependencies(validator: Any, value: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
        for name in value if validator.is_type(instance, "object") else ():
            if name in instance and isinstance(value[name], list):
                yield from (ValidationError("dependencies") for needed in value[name] if needed not in instance)
            elif name in instance:
                yield from validator.descend(instance, value[name], schema_path=name)

    replaced: dict[str, Any] = {"pattern": pattern, "patternProperties": pattern_properties, "multipleOf": multiple_of}
    replaced |= {"additionalProperties": additional, "propertyNames": property_names, "dependencies": dependencies}
    replaced["$ref"] = _follow_once
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
