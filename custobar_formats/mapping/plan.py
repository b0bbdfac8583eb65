"""A mapping and a schema to a plan: the fields exist, the steps make sense for their types, and all is answered.

In: a mapping, and the schema of its entity. Out: a ``MappingPlan``, whose ``fit`` finds the columns of one header.
Rule: a mapping that is wrong in itself is misuse; a header that does not fit it has findings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fnmatch import translate
from itertools import chain
from re import compile as compiled

from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import Finding, Severity, cut, make_finding
from custobar_formats.core.near import near
from custobar_formats.core.shown import shown
from custobar_formats.mapping.model import ColumnMapping, Condition, FieldMapping
from custobar_formats.mapping.steps import Mapped, Step, Target, make_ending, make_phone_step, make_steps
from custobar_formats.records.header import REJECTED_LABEL, Column, Plan, plan_header
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.places import Place

KINDS: dict[str, frozenset[str]] = {
    "true": frozenset({"boolean"}),
    "false": frozenset({"boolean"}),
    "dates": frozenset({"date", "datetime"}),
    "unit": frozenset({"money"}),
    "country": frozenset({"phone_number"}),
    "split": frozenset({"list"}),
}
"""The types of fields that a step makes sense for; the others make sense for all."""

IDENTIFIERS = ("sale_external_id", "external_id", "email", "phone_number", "sku", "ean", "product_id", "customer_id")
"""Fields by which Custobar finds records; a part of one that is blank makes another identifier."""


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One field: its source, its column in the plan of the records, and its steps."""

    source: FieldMapping
    column: Column
    steps: tuple[Step, ...]
    phone: Callable[[str, str], str] | None
    ending: Callable[[str], Mapped] | None
    identifies: bool


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on a cell, with the place of its column."""

    index: int
    condition: Condition

    def holds(self, cells: list[str]) -> bool:
        """Whether the condition holds for a row."""
        cell, condition = cells[self.index], self.condition
        return (condition.equals is None or cell == condition.equals) and cell != condition.differs


@dataclass(frozen=True, slots=True)
class FittedField:
    """One field, with the places of its columns in a header; those that are optional and missing are left out."""

    plan: FieldPlan
    indices: tuple[int, ...]
    fill_within: int | None = None
    only: Test | None = None
    country: int | None = None


@dataclass(frozen=True, slots=True)
class FittedMapping:
    """A mapping, fitted to a header.

    Attributes:
        labels: the header.
        records: the plan of the records.
        fields: the fields that have a value, by their place in that plan.
        skip, end: the conditions of rows that are no records.
        dropped: the columns that no field comes from.
        added: constants that the mapping file does not have, by field.

    """

    labels: list[str]
    records: Plan
    fields: dict[int, FittedField]
    skip: tuple[Test, ...]
    end: Test | None
    dropped: tuple[str, ...]
    added: Mapping[str, str]


def find_key(fitted: FittedMapping) -> FittedField | None:
    """The field by which Custobar finds the records, if one comes from a column."""
    by_name = {each.plan.source.name: each for each in fitted.fields.values() if each.indices}
    return next((by_name[name] for name in IDENTIFIERS if name in by_name), None)


class MappingPlan:
    """A mapping that can be used with a schema.

    ``is_valid`` decides whether a text is valid at a place of the schema as it stands.

    Raises:
        UsageError: the mapping is wrong in itself.

    """

    def __init__(self, mapping: ColumnMapping, schema: Schema, is_valid: Callable[[str, Place], bool]) -> None:
        self.mapping = mapping
        self._schema = schema
        for name, question in mapping.questions().items():
            raise UsageError(f"{mapping.name}: {name} is open ({question}): answer it with --with {name}=VALUE")
        self._plan = self._plan_records([each.name for each in mapping.fields])
        self._fields = [
            self._plan_field(each, column, is_valid)
            for each, column in zip(mapping.fields, self._plan.columns, strict=True)
        ]
        others = (name for names in mapping.names.values() for name in names)
        named = chain(others, *(each.columns for each in mapping.fields))
        self._names = frozenset(name.strip().casefold() for name in named)
        if not any(each.columns for each in mapping.fields):
            raise self._wrong("columns", "all fields are constants: at least one must come from a column")

    def _wrong(self, where: str, message: str) -> UsageError:
        return UsageError(f"{self.mapping.name}: {where}: {message}")

    def _plan_records(self, names: list[str]) -> Plan:
        plan, findings = plan_header(names, self._schema)
        for finding in findings:
            if finding.severity is Severity.ERROR or finding.code == "unknown-label":
                message = finding.message.replace("unknown column", "unknown field")
                hint = f": {finding.hint}" if finding.hint else ""
                raise self._wrong(f"columns.{finding.label}", message + hint)
        return plan

    def _plan_field(self, source: FieldMapping, column: Column, is_valid: Callable[[str, Place], bool]) -> FieldPlan:
        place, arguments = column.place, source.arguments
        kind = _kind_of(place)
        for name in arguments:
            wanted = KINDS.get(name)
            if wanted is not None and kind is not None and kind not in wanted:
                raise self._wrong(
                    f"columns.{source.name}.{name}", f"it makes no sense for a field of type {kind.replace('_', ' ')}"
                )
        identifies = source.name in IDENTIFIERS
        target = Target(kind, lambda text: place is not None and is_valid(text, place), identifies)
        try:
            steps = make_steps(arguments, target)
            phone = make_phone_step(arguments, target) if "country" in arguments else None
        except UsageError as error:
            raise self._wrong(f"columns.{source.name}", str(error)) from None
        return FieldPlan(source, column, tuple(steps), phone, make_ending(arguments), identifies)

    @property
    def header(self) -> int | None:
        """The line of the column names, if the mapping gives it."""
        return self.mapping.rows.header

    def names_column(self, label: str) -> bool:
        """Whether a column of this name may be one of the mapping's."""
        return label.strip().casefold() in self._names

    def fit(self, labels: list[str], line: int) -> tuple[FittedMapping | None, list[Finding]]:
        """The mapping with the places of its columns in a header, and all findings about that; None after an error."""
        return _Fitting(self.mapping, self._fields, self._plan_records, labels, line).fit()


def _kind_of(place: Place | None) -> str | None:
    """The type of a field: Custobar's, or a list, or one of JSON; None if the schema names none."""
    if place is None or place.is_unconstrained:
        return None
    types = place.types or frozenset()
    if place.custobar_type not in (None, "set", "string") and "array" not in types:
        return place.custobar_type
    if place.is_scalar_list or types - {"null"} == {"array"}:
        return "list"
    return "boolean" if types - {"null"} == {"boolean"} else next(iter(sorted(types - {"null"})), None)


class _Fitting:
    """Finds the columns of a mapping in one header."""

    def __init__(
        self,
        mapping: ColumnMapping,
        fields: list[FieldPlan],
        plan_records: Callable[[list[str]], Plan],
        labels: list[str],
        line: int,
    ) -> None:
        self._mapping = mapping
        self._fields = fields
        self._plan_records = plan_records
        self._labels = labels
        self._line = line
        self._findings: list[Finding] = []
        self._used: set[int] = set()
        self._exact: dict[str, int] = {}
        self._folded: dict[str, list[int]] = {}
        for index, label in enumerate(labels):
            self._exact.setdefault(label, index)
            self._folded.setdefault(label.strip().casefold(), []).append(index)

    def fit(self) -> tuple[FittedMapping | None, list[Finding]]:
        """The fitted mapping, and the findings."""
        fitted = [self._fit_field(each) for each in self._fields]
        tests = [self._test(each, optional=False) for each in self._mapping.rows.skip]
        end = self._mapping.rows.end
        last = self._test(end, optional=False) if end is not None else None
        for name in self._mapping.need or ():
            self._find(name, optional=False)
        dropped, kept = self._sort_others()
        missing = [finding for finding in self._findings if finding.code == "missing-column"]
        if len(missing) > len(self._used):  # the other columns are then those of another export
            other = "most of the mapping's columns are not in the file: it may be that of another export"
            self._findings = [replace(finding, hint=other) for finding in missing]
        if any(finding.severity is Severity.ERROR for finding in self._findings):
            return None, self._findings
        there = [each for each in fitted if each is not None]
        names = [each.plan.source.name for each in there]
        records = self._plan_records([*names, *(self._labels[index] for index in kept)])
        fields = dict(enumerate(there))
        for place, index in enumerate(kept, len(there)):
            source = FieldMapping(self._labels[index], (self._labels[index],), "from")
            plan = FieldPlan(source, records.columns[place], (), None, None, identifies=False)
            fields[place] = FittedField(plan, (index,))
        skip = tuple(test for test in tests if test is not None)
        constants = [each.source for each in self._fields if each.source.arguments.get("added")]
        added = {source.name: source.arguments["constant"] for source in constants}
        return FittedMapping(self._labels, records, fields, skip, last, tuple(dropped), added), self._findings

    def _fit_field(self, plan: FieldPlan) -> FittedField | None:
        source, arguments = plan.source, plan.source.arguments
        optional = source.is_optional or self._mapping.need is not None
        found = [self._find(name, optional=optional) for name in source.columns]
        indices = tuple(index for index in found if index is not None)
        if source.columns and not indices:
            return None
        within = arguments.get("fill_within")
        only = arguments.get("only")
        country = arguments.get("country")
        named = country.get("from") if isinstance(country, dict) else None
        return FittedField(
            plan,
            indices,
            self._find(within, optional=False) if within is not None else None,
            self._test(only, optional=False) if only is not None else None,
            self._find(named, optional=optional) if named is not None else None,
        )

    def _test(self, condition: Condition, *, optional: bool) -> Test | None:
        index = self._find(condition.column, optional=optional)
        return None if index is None else Test(index, condition)

    def _find(self, name: str, *, optional: bool) -> int | None:
        """The place of a column, by its name or another one that the mapping gives; a missing one is a finding."""
        names = [name, *self._mapping.names.get(name, ())]
        found = {self._exact[each]: each for each in names if each in self._exact}
        for each in names:
            if (index := self._similar(each)) is not None and index not in found:
                self._add("similar-label", f"it is taken for {shown(each)}", "write it so", index, Severity.NOTICE)
                found[index] = each
        self._used.update(found)
        if len(found) > 1:
            shown_names = " and ".join(shown(self._labels[index]) for index in found)
            self._add(
                "ambiguous-column", f"{shown_names} are names of one column", "remove one of them", next(iter(found))
            )
        if found or optional:
            return next(iter(found), None)
        close = near(name, tuple(self._labels))
        hint = f"did you mean {shown(close)}?" if close is not None else "export it, or change the mapping"
        if name not in {finding.value for finding in self._findings if finding.code == "missing-column"}:
            message = f"the mapping needs the column {shown(name)}"
            self._findings.append(make_finding("missing-column", message, hint=hint, line=self._line, value=name))
        return None

    def _similar(self, name: str) -> int | None:
        """The place of the one column whose name differs by case or outer spaces, if at all."""
        places = self._folded.get(name.strip().casefold(), [])
        return places[0] if len(places) == 1 else None

    def _sort_others(self) -> tuple[list[str], list[int]]:
        """The names of the columns that are left out, and the places of those that are kept."""
        patterns = [compiled(translate(_escaped(pattern))) for pattern in self._mapping.ignore]
        dropped: list[str] = []
        kept: list[int] = []
        for index, label in enumerate(self._labels):
            if index in self._used or label in ("", REJECTED_LABEL):
                continue
            if any(pattern.match(label) for pattern in patterns) or self._mapping.unmapped == "drop":
                dropped.append(label)
            elif self._mapping.unmapped == "keep":
                kept.append(index)
            else:
                self._add("unmapped-column", "no field comes from it", "map it, or add it to ignore", index)
        return dropped, kept

    def _add(self, code: str, message: str, hint: str | None, index: int, severity: Severity | None = None) -> None:
        label = self._labels[index]
        self._findings.append(
            make_finding(
                code,
                f"column {cut(label)!r}: {message}",
                hint=hint,
                severity=severity,
                line=self._line,
                column=index + 1,
                label=label,
            )
        )


def _escaped(pattern: str) -> str:
    """A pattern in which only ``*`` has a meaning, for ``fnmatch``."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


class EveryColumn:
    """A plan that takes every column of an export as it is: the field of a column is its number, such as ``c0``."""

    header = None

    def names_column(self, label: str) -> bool:  # noqa: ARG002 - as a mapping's
        """Whether a column of this name is expected: none is."""
        return False

    def fit(self, labels: list[str], line: int) -> tuple[FittedMapping | None, list[Finding]]:
        """The columns of a header; those without a name are left out."""
        indices = [index for index, label in enumerate(labels) if label not in ("", REJECTED_LABEL)]
        records, _ = plan_header([f"c{index}" for index in indices], None, line)
        fields = {}
        for place, index in enumerate(indices):
            source = FieldMapping(f"c{index}", (labels[index],), "from")
            plan = FieldPlan(source, records.columns[place], (), None, None, identifies=False)
            fields[place] = FittedField(plan, (index,))
        return FittedMapping(labels, records, fields, (), None, (), {}), []
