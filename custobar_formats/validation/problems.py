"""Records to problems: how a record breaks its schema, in plain words.

In: a record as it is, and a schema. Out: the coerced record, and its problems: at most one per place, the most
specific. Rule: a problem's text depends only on the schema, the value and their two places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, repeat
from typing import Any

from custobar_formats.core.findings import CODES, Finding, Severity, cut, make_finding
from custobar_formats.core.paths import Path, format_label, format_pointer
from custobar_formats.core.scalars import ParseFloat
from custobar_formats.notation.suggestion import Suggestion, Why
from custobar_formats.schema.coercion import Coercer, Notes, with_erased, without_erased
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.document import NOTHING, Location
from custobar_formats.schema.meant import meant_label, takes
from custobar_formats.schema.places import How, Place
from custobar_formats.schema.rules import Rule, Specificity
from custobar_formats.schema.violations import violation_order
from custobar_formats.validation.explanations import (
    GIVE_LIST,
    Explained,
    excluded_names,
    explain,
    explain_excluded,
    explain_nothing,
    missing_names,
    required_names,
    show,
    unexpected_message,
)
from custobar_formats.validation.field_checks import FULL_LENGTHS, field_checks, meant_event_type
from custobar_formats.validation.hints import Advice, sentence
from custobar_formats.validation.scalar_tests import Fault


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem at one path of a record; ``missing``: the labels of missing fields, of which one would do."""

    path: Path
    code: str
    severity: Severity | None
    message: str
    hint: str | None
    value: Any
    rule: str
    location: Location
    suggestion: Suggestion | None = None
    missing: tuple[str, ...] = ()

    def finding(self, **where: Any) -> Finding:
        """The finding, at a place in the file; a ``value`` given here replaces the record's."""
        facts: dict[str, Any] = {
            "hint": self.hint,
            "value": None if self.value is None else show(self.value, quotes=False),
        }
        if self.suggestion is not None and self.suggestion.value is not None:
            facts |= {"fix": self.suggestion.value, "fix_is_safe": self.suggestion.safe}
        facts |= where
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


def columns_hint(path: Path, place: Place) -> str | None:
    """The names of the columns that a list or an object at a path needs; None if they are not known."""
    types = place.types or ()
    if "array" in types and not place.step(0).names:
        return f"give one column for each item: {format_label((*path, 0))}, {format_label((*path, 1))}"
    each, path, place = (" of each item", (*path, 0), place.step(0)) if "array" in types else ("", path, place)
    labels = [format_label((*path, name)) for name in place.names[:2]]
    return f"give one column for each field{each}: {', '.join(labels)}" if labels else None


class Checker:
    """Coerces records and finds their problems.

    ``erases``: records may have members that erase values; ``from_columns``: their values come from columns.
    """

    def __init__(
        self, schema: Schema, parse_float: ParseFloat = float, *, erases: bool = True, from_columns: bool = False
    ) -> None:
        self._schema = schema
        self._parse_float = parse_float
        self._is_clean = schema.is_clean
        self._rank = Specificity(schema.document)
        self._erases = erases and schema.empty_erases
        self._from_columns = from_columns

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
            violations = [(location, severity) for (_, location), severity in alike]
            yield from self._best(_at(value, path), path, violations, noted.pop(path, None)).values()
        yield from noted.values()

    def _best(
        self,
        value: Any,
        path: Path,
        violations: list[tuple[Location, Severity | None]],
        noted: Problem | None = None,
    ) -> dict[Path, Problem]:
        """The most helpful problem of each path, of a value that breaks these keywords, and may have a note."""
        best: dict[Path, tuple[Any, Problem]] = {}
        if noted is not None:
            best[path] = (self._rank(noted.location, warns=True, keyword=noted.rule), noted)
        for location, severity in violations:
            for problem in self._explain(value, path, location, severity):
                rank = self._rank(location, warns=severity is not None, keyword=problem.rule)
                if problem.path not in best or rank < best[problem.path][0]:
                    best[problem.path] = (rank, problem)
        return {path: problem for path, (_, problem) in best.items()}

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
            for name in missing_names(value, wanted):
                message = f"the field {show(name)} is missing"
                lacks = (format_label((*path, name)),)
                yield Problem(
                    (*path, name), "missing-field", severity, message, why, None, keyword, origin, None, lacks
                )
            return
        if keyword == "not" and wanted == {}:
            if document.get(location[:-1]) == NOTHING:  # the internal spelling of ``false``
                location, origin = location[:-1], origin[:-1]
                keyword = document.keyword_of(location) or "not"
            if keyword in ("dependentSchemas", "dependencies"):
                path, value = (*path, location[-1]), value[location[-1]]
            explained = explain_nothing(path, value)
        elif keyword == "not" and (excluded := excluded_names(value, wanted)):
            path, value = (*path, excluded[-1]), value[excluded[-1]]
            explained = explain_excluded(excluded)
        elif keyword == "propertyNames" and path:
            explained = self._explain_name(path, location)
        else:
            if keyword in ("enum", "const"):
                wanted = self._schema.members(location)
            explained = explain(keyword, value, wanted, place)
        code, message, advice = explained
        suggestion, hint = (
            self._checked(advice, place, location, path) if isinstance(advice, Advice) else (None, advice)
        )
        if keyword == "type" and self._from_columns and hint in (None, GIVE_LIST):
            hint = self._columns_hint(value, path, place)
        rule = document.get(location[:-1]) if location else {}
        if isinstance(rule, dict):
            own = rule.get("x-code")
            code = own if isinstance(own, str) and own in CODES else code
            named = unexpected_message(value, rule.get("title")) if keyword == "pattern" else None
            if named is not None:
                message = named
                hint = hint if suggestion is not None else rule.get("description", hint)
            explains = severity is not None or own is not None or keyword in ("pattern", "not")
            hint = hint or (rule.get("description") if explains else None)
        names = (required_names(wanted) or []) if keyword == "anyOf" and code == "missing-field" else []
        missing = tuple(format_label((*path, name)) for each in names for name in each)
        yield Problem(path, code, severity, message, hint, value, keyword, origin, suggestion, missing)

    def _columns_hint(self, value: Any, path: Path, place: Place) -> str | None:
        """The hint about columns that make no value of the type at a path."""
        number = len(path)
        keys = value if isinstance(value, dict) and not takes(place, "") else ()
        meant = next((meant_label((*path, key), number, self._schema.root) for key in keys), None)
        return f"did you mean {cut(meant)!r}?" if meant is not None else columns_hint(path, place)

    def _checked(
        self, advice: Advice, place: Place, location: Location, path: Path
    ) -> tuple[Suggestion | None, str | None]:
        """The suggestion and its hint; a value that is not valid in the place of the text is left out."""
        suggestion, type_ = advice
        if suggestion is not None and suggestion.why is Why.AS_TEXT and _may_lack_zeros(path, suggestion.value or ""):
            suggestion = None
        if suggestion is not None and suggestion.value is not None:
            suggestion = suggestion if self.is_clean_at(suggestion.value, place, location[:-1]) else None
        if suggestion is not None and suggestion.value and self._schema.entity == "events" and path == ("type",):
            meant = meant_event_type(suggestion.value)
            if meant is not None:
                suggestion = Suggestion(None, False, Why.SIMILAR, (meant,))
        value = None if suggestion is None else suggestion.value
        if value and any(check.find(value) for check in field_checks(self._schema.entity, path)):
            suggestion = None
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
        best = self._best(path[-1], (), [(keyword, None) for _, keyword in found]).get(())
        if best is None or best.code == "unexpected-field":
            return explain_nothing(path, None)
        return "unexpected-field", f"the name {best.message}", best.hint

    def place(self, path: Path) -> Place:
        """The place of a path in the schema."""
        place = self._schema.root
        for part in path:
            place = place.step(part)
        return place


def _may_lack_zeros(path: Path, digits: str) -> bool:
    """Whether a code of a known length, at a path, may have lost zeros at the start."""
    lengths = FULL_LENGTHS.get(str(path[-1])) if path else None
    return lengths is not None and len(digits) not in lengths


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


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
