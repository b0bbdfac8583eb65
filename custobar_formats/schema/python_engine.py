"""The engine made of the package jsonschema, which is exact.

In: a schema document. Out: an engine. Rule: those keywords are replaced that depart from the specification.
Source: JSON Schema 2020-12, validation; ECMA-262 for patterns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

from custobar_formats.core.errors import SchemaError
from custobar_formats.schema.document import Document, Location
from custobar_formats.schema.patterns import pattern_matcher
from custobar_formats.schema.violations import Violation, check_patterns, innermost, normalised, references_to


class PythonEngine:
    """jsonschema, with those keywords replaced that depart from the specification."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._locations = document.pointers_by_identity()
        for location in self._locations.values():
            check_patterns(document.get(location), location, pattern_matcher)
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
            token = _followed.set(_Followed(self._target))
            try:
                errors = list(validator.iter_errors(instance))
            finally:
                _followed.reset(token)
        except RecursionError:
            raise SchemaError("too many subschemas apply, one behind the other, for a value of this depth") from None
        yield from errors

    def _target(self, schema: Any, keyword: str) -> Location | None:
        """The target of a reference; None if the reference is not part of the document."""
        location = self._locations.get(id(schema))
        return None if location is None else self._document.resolve(location, schema[keyword])

    def violations(self, instance: Any) -> list[Violation]:
        """The violations of a value, sorted, each one once."""
        return innermost(self, self._document, self._violations(self._validator, instance), instance)

    def violations_below(self, location: Location, instance: Any) -> list[Violation]:
        """The violations of a value by the subschema at a location."""
        validator = self._compile(references_to(self._document, (location,)))
        return innermost(self, self._document, self._violations(validator, instance), instance)

    def _violations(self, validator: Any, instance: Any) -> Iterator[Violation]:
        located: dict[tuple[int, str], Location] = {}  # one object for one location: there may be very many violations
        for error in self._errors(validator, instance):
            keyword = id(error.schema), error.validator
            if keyword not in located:
                located[keyword] = normalised((*self._locations[keyword[0]], error.validator))
            path = tuple(error.absolute_path)
            _release(error)
            yield path, located[keyword]

    def accepts(self, *locations: Location) -> Callable[[Any], bool]:
        """A function that checks whether a value is valid under any of these subschemas."""
        validator = self._compile(references_to(self._document, locations))
        return lambda instance: next(self._errors(validator, instance), None) is None


@dataclass(slots=True)
class _Followed:
    """The errors behind references during one check of an intricate schema, by the target and the value."""

    target: Callable[[Any, str], Location | None]
    errors: dict[tuple[Location, int], dict[Any, Any]] = field(default_factory=dict)


_followed: ContextVar[_Followed | None] = ContextVar("followed", default=None)


def _follow_once(keyword: str, validator: Any, value: str, instance: Any, schema: Any) -> Iterator[Any]:
    """The errors behind a reference: in an intricate schema, those of the first time for its target and this value."""
    from jsonschema import Draft202012Validator, ValidationError

    follow = Draft202012Validator.VALIDATORS[keyword]
    followed = _followed.get()
    target = None if followed is None else followed.target(schema, keyword)
    if followed is None or target is None:
        yield from follow(validator, value, instance, schema)
        return
    key = (target, id(instance))  # the value lives as long as the check
    if key not in followed.errors:
        found = follow(validator, value, instance, schema)
        followed.errors[key] = {(tuple(error.path), id(error.schema), error.validator): error.schema for error in found}
    for (path, _, broken), subschema in followed.errors[key].items():
        yield ValidationError(str(broken), validator=broken, path=path, schema=subschema)


def _release(error: Any) -> None:
    """Cut the references between an error and its causes, which only garbage collection frees; that may be paused."""
    for cause in error.context:
        _release(cause)
    error.context.clear()
    error.args = ()


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
    replaced |= {keyword: partial(_follow_once, keyword) for keyword in ("$ref", "$dynamicRef")}
    checker = Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_number})
    extended: Any = validators.extend(Draft202012Validator, replaced, type_checker=checker)  # type: ignore[no-untyped-call]

    def evolve(self: Any, **changes: Any) -> Any:
        """A validator of this class: jsonschema's own method uses its stock class after a reference to a $schema."""
        for each in attrs.fields(extended):
            if each.init:
                changes.setdefault(each.alias, getattr(self, each.name))
        return extended(**changes)

    extended.evolve = evolve
    return extended
