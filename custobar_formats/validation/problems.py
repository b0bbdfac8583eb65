"""Records to problems: how a record breaks its schema, in plain words.

In: a record as it is, and a schema. Out: the coerced record, and its problems: at most one per place, the most
specific. Rule: a problem's text depends only on the schema, the value and their two places.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from heapq import merge
from itertools import groupby, islice, repeat
from typing import Any

from custobar_formats.core.findings import CODES, Finding, Severity, cut, make_finding
from custobar_formats.core.limits import MAX_ARGUMENT_CHARS, MAX_DIGITS, MAX_LISTED_NAMES, MAX_SHOWN_CHARS
from custobar_formats.core.near import near_slip
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.core.scalars import INTEGER, NUMBER, ParseFloat, fits_float, format_scalar
from custobar_formats.notation.capitals import in_capitals
from custobar_formats.notation.suggestion import Suggestion, Why
from custobar_formats.schema.coercion import Coercer, Notes, with_erased, without_erased
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.document import NOTHING, Location
from custobar_formats.schema.members import Members
from custobar_formats.schema.patterns import pattern_matcher
from custobar_formats.schema.places import How, Place
from custobar_formats.schema.rules import Rule, specificity
from custobar_formats.schema.violations import violation_order
from custobar_formats.validation.hints import Advice, advise, sentence
from custobar_formats.validation.scalar_tests import Fault

TYPE_WORDS = {"integer": "an integer", "number": "a number", "boolean": "true or false", "string": "text"}
TYPE_WORDS |= {"array": "a list", "object": "an object", "null": "null"}

KINDS = {"datetime": "date", "email": "e-mail address", "language_code": "language code"}
"""The words for Custobar's types, where they are not the name of the type."""

DESCRIPTIONS = {"title", "description", "$comment"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem at one path of a record."""

    path: Path
    code: str
    severity: Severity | None
    message: str
    hint: str | None
    value: Any
    rule: str
    location: Location
    suggestion: Suggestion | None = None

    def finding(self, **where: Any) -> Finding:
        """The finding, at a place in the file; a ``value`` given here replaces the record's."""
        facts = {"hint": self.hint, "value": None if self.value is None else show(self.value, quotes=False), **where}
        return make_finding(
            self.code,
            self.message,
            severity=self.severity,
            path=format_pointer(self.path),
            rule=self.rule,
            schema_path=format_pointer(self.location),
            **facts,
        )


def item_hint(problem: Problem) -> str:
    """The hint of a problem of one item of a list that is in one cell: it is not about the whole cell."""
    return f"for the item {show(problem.value)}: {problem.hint}"


class Checker:
    """Coerces records and finds their problems; ``erases``: records may have members that erase values."""

    def __init__(self, schema: Schema, parse_float: ParseFloat = float, *, erases: bool = True) -> None:
        self._schema = schema
        self._parse_float = parse_float
        self._is_clean = schema.is_clean
        self._erases = erases and schema.empty_erases

    def check(self, record: Any) -> tuple[Any, list[Problem]]:
        """The coerced record of a row, and its problems."""
        value, problems = self._check(record, may_have_points=False)
        return value, list(problems)

    def check_lazily(self, record: Any) -> tuple[Any, Iterator[Problem]]:
        """The coerced record of JSON, and its problems, each made when it is its turn: there may be very many."""
        return self._check(record, may_have_points=self._schema.has_money)

    def _check(self, record: Any, *, may_have_points: bool) -> tuple[Any, Iterator[Problem]]:
        kept = without_erased(record) if self._erases else record
        if not may_have_points and self._is_clean(kept):
            return record, iter(())
        notes: Notes = []
        value = Coercer(self._schema, self._parse_float, notes).coerce_record(kept)
        notes = [note for note in notes if not isinstance(_at(kept, note[1]), str)]  # text that first became a number
        problems = self._problems(value, notes)
        return (value if kept is record else with_erased(value, record)), problems

    def _problems(self, value: Any, notes: Notes) -> Iterator[Problem]:
        """The problems of a coerced value without erased members, at most one per path."""
        errors, warnings = self._schema.violations(value)
        noted = {path: _noted(code, path, original) for code, path, original in notes}
        found = merge(
            zip(errors, repeat(None)), zip(warnings, repeat(Severity.WARNING)), key=lambda one: violation_order(one[0])
        )
        for path, alike in groupby(found, key=lambda one: one[0][0]):
            best = {path: noted.pop(path)} if path in noted else {}
            for (_, location), severity in alike:
                for problem in self._explain(_at(value, path), path, location, severity):
                    other = best.get(problem.path)
                    if other is None or _problem_rank(problem) < _problem_rank(other):
                        best[problem.path] = problem
            yield from best.values()
        yield from noted.values()

    def problem(self, value: Any, path: Path, rule: Rule) -> Problem:
        """The problem of a value that breaks a rule."""
        return next(self._explain(value, path, rule.location, rule.severity))

    def missing(self, name: str, location: Location, severity: Severity | None, path: Path = ()) -> Problem:
        """The problem for a missing field of a record, or of the object at a path."""
        found = self._explain({}, path, location, severity)
        return next(problem for problem in found if problem.path == (*path, name))

    def problem_of(self, fault: Fault) -> Problem:
        """The problem for a fault."""
        if fault.rule is None:
            return _noted(note_code(fault.value), fault.path, fault.value)
        if fault.name is not None:
            return self.missing(fault.name, fault.rule.location, fault.rule.severity, fault.path)
        return self.problem(without_erased(fault.value) if self._erases else fault.value, fault.path, fault.rule)

    def _explain(self, value: Any, path: Path, location: Location, severity: Severity | None) -> Iterator[Problem]:
        keyword = str(location[-1])
        document = self._schema.document
        wanted, origin = document.get(location), document.origin(location)
        place = self.place(path)
        if keyword in ("required", "dependentRequired", "dependencies"):
            why = document.get(location[:-1]).get("description") if severity is not None else None
            for name in _missing(value, wanted):
                message = f"the field {show(name)} is missing"
                yield Problem((*path, name), "missing-field", severity, message, why, None, keyword, origin)
            return
        if keyword == "not" and wanted == {}:
            if document.get(location[:-1]) == NOTHING:  # the internal spelling of ``false``
                location, origin = location[:-1], origin[:-1]
                keyword = document.keyword_of(location) or "not"
            if keyword in ("dependentSchemas", "dependencies"):
                path, value = (*path, location[-1]), value[location[-1]]
            explained = _explain_nothing(path, value)
        elif keyword == "not" and (excluded := _excluded(value, wanted)):
            path, value = (*path, excluded[-1]), value[excluded[-1]]
            explained = _explain_excluded(excluded)
        elif keyword == "propertyNames" and path:
            explained = self._explain_name(path, location)
        else:
            if keyword in ("enum", "const"):
                wanted = self._schema.members(location)
            explained = EXPLAINERS.get(keyword, _explain_other)(value, wanted, place)
        code, message, advice = explained
        suggestion, hint = self._checked(advice, place, location) if isinstance(advice, Advice) else (None, advice)
        rule = document.get(location[:-1]) if location else {}
        if isinstance(rule, dict):
            own = rule.get("x-code")
            code = own if isinstance(own, str) and own in CODES else code
            named = _unexpected(value, rule.get("title")) if keyword == "pattern" else None
            if named is not None:
                message = named
                hint = hint if suggestion is not None else rule.get("description", hint)
            explains = severity is not None or own is not None or keyword in ("pattern", "not")
            hint = hint or (rule.get("description") if explains else None)
        yield Problem(path, code, severity, message, hint, value, keyword, origin, suggestion)

    def _checked(self, advice: Advice, place: Place, location: Location) -> tuple[Suggestion | None, str | None]:
        """The suggestion and its hint; a value that is not valid in the place of the text is left out."""
        suggestion, type_ = advice
        if suggestion is not None and suggestion.value is not None:
            suggestion = suggestion if self.is_clean_at(suggestion.value, place, location[:-1]) else None
        return suggestion, sentence(suggestion, type_)

    def is_clean_at(self, value: Any, place: Place, *more: Location) -> bool:
        """Whether a value, coerced, breaks no rule of a place, nor of some subschemas that may apply there."""
        value = Coercer(self._schema, self._parse_float).coerce(value, place)
        sure = [node.location for node, how in place.entries if how is not How.SOMETIMES]
        return all(self._schema.accepts(location)(value) for location in (*sure, *more))

    def _explain_name(self, path: Path, location: Location) -> Explained:
        """Why ``propertyNames`` does not allow the last key of a path."""
        engine = self._schema.warning_engine or self._schema.engine
        found = engine.violations_below(location, path[-1])
        problems = [problem for _, keyword in found for problem in self._explain(path[-1], (), keyword, None)]
        best = min(problems, key=_problem_rank, default=None)
        if best is None or best.code == "unexpected-field":
            return _explain_nothing(path, None)
        return "unexpected-field", f"the name {best.message}", best.hint

    def place(self, path: Path) -> Place:
        """The place of a path in the schema."""
        place = self._schema.root
        for part in path:
            place = place.step(part)
        return place


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _problem_rank(problem: Problem) -> tuple[bool, int, str]:
    return specificity(problem.rule, problem.location, warns=problem.severity is not None)


def note_code(value: Any) -> str:
    """The code of the warning about a number that breaks no rule."""
    return "number-as-string" if isinstance(value, int) else "money-with-point"


def _noted(code: str, path: Path, value: Any) -> Problem:
    message = f"the field is text, but this is the number {show(value)}; it is read as its digits"
    hint = "send it as text"
    if code == "money-with-point":
        message = f"the amount {show(value)} has a point, but money is a whole number of cents"
        hint = "write the cents without a point; check whether it is in cents at all"
    return Problem(path, code, Severity.WARNING, message, hint, value, "type", ())


def _missing(value: Any, wanted: Any) -> list[str]:
    """The names that ``required``, ``dependentRequired`` or ``dependencies`` asks for and an object lacks."""
    if isinstance(wanted, dict):
        lists = [names for key, names in wanted.items() if key in value and isinstance(names, list)]
        wanted = [name for names in lists for name in names]
    return [name for name in dict.fromkeys(wanted) if name not in value]


Explained = tuple[str, str, str | Advice | None]
"""A code, a message, and a hint or what one is made of."""


def show(value: Any, *, quotes: bool = True) -> str:
    """A value as text for a message; a long one is cut."""
    if isinstance(value, str):
        return repr(cut(value, MAX_SHOWN_CHARS)) if quotes else value
    if isinstance(value, (dict, list)):
        return cut(json.dumps(value, ensure_ascii=False, default=format_scalar), MAX_SHOWN_CHARS)
    return "null" if value is None else cut(format_scalar(value), MAX_SHOWN_CHARS)


def _explain_type(value: Any, wanted: Any, place: Place) -> Explained:
    types = frozenset([wanted] if isinstance(wanted, str) else wanted)
    words = _join_words([TYPE_WORDS[name] for name in TYPE_WORDS if name in types])
    if place.custobar_type == "money" and "integer" in types:
        words = "an integer (money, in cents)"
    if isinstance(value, str) and "string" not in types and _is_beyond(value, types):
        return "number-too-long", f"the number has more than {MAX_DIGITS} digits, or is too large for a float", None
    types -= {"null"}  # an optional value has the hints of a required one
    hint: str | Advice | None = None
    if isinstance(value, str) and types == {"array"}:
        hint = "give a list, or one column for each item: name.0, name.1"
    elif isinstance(value, str) or (isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)):
        hint = advise(value, types, place.custobar_type)
    if not isinstance(value, (str, dict, list)) and value is not None and "string" in types:
        hint = hint if isinstance(hint, Advice) and hint.type_ != "string" else "send it as text"
    return "wrong-type", f"{show(value)} is not {words}", hint


def _is_beyond(text: str, types: frozenset[str]) -> bool:
    match = INTEGER.fullmatch(text)
    if match and types & {"integer", "number"}:
        return len(match[1].lstrip("-")) > MAX_DIGITS
    return "number" in types and NUMBER.fullmatch(text) is not None and not fits_float(text)


def _explain_members(value: Any, wanted: Members, place: Place) -> Explained:
    shown = [show(member) for member in islice(wanted, MAX_LISTED_NAMES)]
    more = f" and {len(wanted) - MAX_LISTED_NAMES} more" if len(wanted) > MAX_LISTED_NAMES else ""
    close = near_slip(value, wanted.texts) if isinstance(value, str) else None
    hint = f"did you mean {show(close)}?" if close is not None else None
    return "wrong-value", f"{show(value)} is not {_join_words(shown)}{more}", hint


def _explain_pattern(value: Any, wanted: Any, place: Place) -> Explained:
    kind = KINDS.get(place.custobar_type or "", (place.custobar_type or "").replace("_", " "))
    known = place.custobar_type not in (None, "string")
    message = (
        f"{show(value)} is not a valid {kind}"
        if known
        else f"{show(value)} does not match {cut(wanted, MAX_ARGUMENT_CHARS)}"
    )
    matches, capitals = pattern_matcher(wanted), in_capitals(value)
    if not known and value == value.strip() and matches(capitals) and not matches(capitals.lower()):
        return "wrong-format", message, Advice(Suggestion(capitals, False, Why.CAPITALS), "string")
    return "wrong-format", message, advise(value, None, place.custobar_type)


def _unexpected(value: Any, title: Any) -> str | None:
    """The message for a value that is not as the title of its rule has it, such as "A web address"; or None."""
    is_named = isinstance(title, str) and title.startswith(("A ", "An "))
    return f"{show(value)} is not {title[0].lower()}{title[1:]}" if is_named else None


def _explain_limit(words: str, unit: str | None = None) -> Callable[[Any, Any, Place], Explained]:
    def explain(value: Any, wanted: Any, place: Place) -> Explained:
        units = f" {unit}{'' if wanted == 1 else 's'}" if unit else ""
        return "out-of-range", f"{show(value)} must {words} {show(wanted)}{units}", None

    return explain


def _explain_union(value: Any, wanted: Any, place: Place) -> Explained:
    required = _required_names(wanted)
    if isinstance(value, dict) and required is not None:
        names = [" with ".join(names) for names in required]
        return "missing-field", f"one of {', '.join(names)} is required", None
    return "no-match", f"{show(value)} fits none of the {len(wanted)} alternatives", None


def _explain_one_of(value: Any, wanted: Any, place: Place) -> Explained:
    return "no-match", f"{show(value)} must fit exactly one of the {len(wanted)} alternatives", None


def _explain_nothing(path: Path, value: Any) -> Explained:
    """The value at a path is not allowed, whatever it is."""
    if not path:
        return "unexpected-field", "no value is allowed here", None
    named = f"the field {show(path[-1])}" if isinstance(path[-1], str) else f"the item {show(value)}"
    return "unexpected-field", f"{named} is not allowed", None


def _explain_excluded(names: list[str]) -> Explained:
    """Names that ``not`` does not allow in one object."""
    beside = f" beside {_join_words([show(name) for name in names[:-1]], 'and')}" if len(names) > 1 else ""
    return "unexpected-field", f"the field {show(names[-1])} is not allowed{beside}", None


def _excluded(value: Any, wanted: Any) -> list[str]:
    """The names that an object has, although ``not`` excludes them together by ``required``; empty if it has none."""
    has_names = isinstance(value, dict) and isinstance(wanted, dict)
    sets = _required_names(wanted.get("anyOf", [wanted])) if has_names else None
    return next((names for names in sets or () if names and all(name in value for name in names)), [])


def _required_names(branches: Any) -> list[list[str]] | None:
    """The names of each branch of a union, if none of them has another keyword than ``required``."""
    if all(isinstance(branch, dict) and set(branch) - DESCRIPTIONS == {"required"} for branch in branches):
        return [branch["required"] for branch in branches]
    return None


def _explain_unexpected(value: Any, wanted: Any, place: Place) -> Explained:
    return "unexpected-field", f"{show(value)} has a name or item that the schema does not allow", None


def _explain_contains(value: Any, wanted: Any, place: Place) -> Explained:
    return "invalid-value", f"{show(value)} has too few or too many of the items that the schema asks for", None


def _explain_unique(value: Any, wanted: Any, place: Place) -> Explained:
    return "duplicate-item", f"{show(value)} has the same item twice", "remove the second"


def _explain_other(value: Any, wanted: Any, place: Place) -> Explained:
    return "invalid-value", f"{show(value)} is not allowed by the schema", None


EXPLAINERS: dict[str, Callable[[Any, Any, Place], Explained]] = {
    "type": _explain_type,
    "enum": _explain_members,
    "const": _explain_members,
    "pattern": _explain_pattern,
    "minimum": _explain_limit("be at least"),
    "maximum": _explain_limit("be at most"),
    "exclusiveMinimum": _explain_limit("be more than"),
    "exclusiveMaximum": _explain_limit("be less than"),
    "minLength": _explain_limit("have at least", "character"),
    "maxLength": _explain_limit("have at most", "character"),
    "minItems": _explain_limit("have at least", "item"),
    "maxItems": _explain_limit("have at most", "item"),
    "minProperties": _explain_limit("have at least", "member"),
    "maxProperties": _explain_limit("have at most", "member"),
    "anyOf": _explain_union,
    "oneOf": _explain_one_of,
    "uniqueItems": _explain_unique,
    "contains": _explain_contains,
    "unevaluatedProperties": _explain_unexpected,
    "unevaluatedItems": _explain_unexpected,
}


def _join_words(words: list[str], last: str = "or") -> str:
    if not words:
        return "anything"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
