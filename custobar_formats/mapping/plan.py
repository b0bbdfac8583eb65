"""A mapping and a schema to a plan: the fields exist, the steps make sense for their types, and all is answered.

In: a mapping, and the schema of its entity. Out: a ``MappingPlan``, whose ``fit`` finds the columns of one header.
Rule: a mapping that is wrong in itself is misuse; a header that does not fit it has findings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import Finding, Severity
from custobar_formats.mapping.amounts import OpenAmounts, is_open
from custobar_formats.mapping.answers import ARGUMENT, check_is_answered
from custobar_formats.mapping.fit import IDENTIFIERS, FieldPlan, FittedMapping, Fitting
from custobar_formats.mapping.model import ColumnMapping, FieldMapping, folded
from custobar_formats.mapping.steps import Target, make_converter
from custobar_formats.notation.money import MarkProof
from custobar_formats.records.header import Column, Plan, plan_header
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
"""The types of fields that a step makes sense for."""

NOTATIONS = frozenset({"unit", "dates"})
"""Steps that read a mark between digits as the mapping names it, where a number cell of a spreadsheet has a point."""

NO_TEXT = frozenset({"boolean", "money", "integer", "number", "date", "datetime"})
TEXT_STEPS = frozenset({"unescape", "levels", "prefix", "suffix"})
"""Steps that make sense for all types of fields but ``NO_TEXT``; the other steps make sense for all."""

ANY_TEXTS = ("any text", "AnyText")
"""Texts that mean nothing: a field that takes one of them takes any, so that a valid text shows nothing."""


class MappingPlan:
    """A mapping that can be used with a schema.

    ``is_valid`` decides whether a text is valid at a place of the schema as it stands.

    Raises:
        UsageError: the mapping is wrong in itself.

    """

    def __init__(self, mapping: ColumnMapping, schema: Schema, is_valid: Callable[[str, Place], bool]) -> None:
        self.mapping = mapping
        self.schema = schema
        self._is_decided = False
        check_is_answered(mapping, by=ARGUMENT)
        self._plan = self._plan_records([each.name for each in mapping.fields])
        self._fields = [
            self._plan_field(each, column, is_valid)
            for each, column in zip(mapping.fields, self._plan.columns, strict=True)
        ]
        self._names = frozenset(map(folded, mapping.named_columns))
        paths = [each.column.path for each in self._fields if each.source.columns]
        with_values = {path[:depth] for path in paths for depth in range(len(path))}
        for each in self._fields:
            if not each.source.columns and each.column.path[:-1] not in with_values:
                message = "a constant alone makes no object, item or record: no field beside it comes from a column"
                raise self._wrong(_place_of(each.source), message)

    def _wrong(self, where: str, message: str) -> UsageError:
        return UsageError(f"{self.mapping.name}: {where}: {message}")

    def _plan_records(self, names: list[str]) -> Plan:
        plan, findings = plan_header(names, self.schema)
        for finding in findings:
            if finding.severity is not Severity.NOTICE and finding.code != "similar-label":
                message = finding.message.replace("unknown column", "unknown field")
                source = next((each for each in self.mapping.fields if each.name == finding.label), None)
                where = "columns" if source is None else _place_of(source)
                if finding.code == "unknown-label" and source is not None and self._is_field(source.columns[:1]):
                    message = f"the two are the other way round: {source.columns[0]} = {source.name!r}"
                    raise self._wrong(where, message)
                hint = f": {finding.hint}" if finding.hint else ""
                raise self._wrong(where, message + hint)
        return plan

    def _is_field(self, columns: tuple[str, ...]) -> bool:
        """Whether a column has the name of a field."""
        return bool(columns) and columns[0] in self.schema.root.names

    def _plan_field(self, source: FieldMapping, column: Column, is_valid: Callable[[str, Place], bool]) -> FieldPlan:
        place, arguments = column.place, source.arguments
        kind = _kind_of(place)
        for name, value in arguments.items():
            if kind is not None and not _makes_sense(name, value, kind):
                message = f"it makes no sense for a field of type {kind.replace('_', ' ')}"
                raise self._wrong(f"columns.{source.name}.{name}", message)
        has_rules = place is not None and not any(is_valid(each, place) for each in ANY_TEXTS)
        target = Target(
            kind,
            lambda text: has_rules and place is not None and is_valid(text, place),
            identifies=source.name in IDENTIFIERS,
        )
        try:
            make_converter(arguments, target)
        except UsageError as error:
            raise self._wrong(f"columns.{source.name}", str(error)) from None
        return FieldPlan(source, column, target, reads_numbers=not NOTATIONS.isdisjoint(arguments))

    @property
    def open_amounts(self) -> OpenAmounts | None:
        """The plan of the amounts whose decimal mark is open, before ``decided``; None if there are none."""
        fields = [each for each in self._fields if is_open(each.source)]
        return OpenAmounts(self.mapping, fields, self.schema) if fields and not self._is_decided else None

    def decided(self, proofs: Mapping[str, MarkProof]) -> MappingPlan:
        """The plan with the decimal marks that whole columns prove, by field, where some amount needs them."""
        plan = copy(self)
        plan._is_decided = True
        plan._fields = [_decided(each, proofs.get(each.source.name)) for each in self._fields]
        plan.mapping = replace(self.mapping, fields=tuple(each.source for each in plan._fields))
        return plan

    @property
    def header(self) -> int | None:
        """The line of the column names, if the mapping gives it."""
        return self.mapping.rows.header

    def names_column(self, label: str) -> bool:
        """Whether a column of this name may be one of the mapping's."""
        return folded(label) in self._names

    def fit(self, labels: list[str], line: int) -> tuple[FittedMapping | None, list[Finding]]:
        """The mapping with the places of its columns in a header, and all findings about that; None after an error."""
        return Fitting(self.mapping, self._fields, self.schema, labels, line).fit()


def _place_of(source: FieldMapping) -> str:
    """Where a field stands: in the table of the file, or among the answers."""
    by = source.arguments.get("added")
    return f"columns.{source.name}" if by is None else f"{by} {source.name}"


def _decided(field: FieldPlan, proof: MarkProof | None) -> FieldPlan:
    if proof is None or proof.mark is None or not proof.open:
        return field
    source = replace(field.source, arguments={**field.source.arguments, "decimal": proof.mark})
    decision = f"its decimal mark is {proof.mark!r}, as {proof.proving:,} of {proof.amounts:,} amounts show"
    return replace(field, source=source, decision=decision)


def _makes_sense(name: str, value: Any, kind: str) -> bool:
    """Whether an argument can be meant for a field of a type."""
    if name == "take" and value == "all":
        return kind == "list"
    return kind in KINDS.get(name, {kind}) and not (name in TEXT_STEPS and kind in NO_TEXT)


def _kind_of(place: Place | None) -> str | None:
    """The type of a field: Custobar's, a list or a boolean; None if the schema has only another type of JSON."""
    if place is None or place.is_unconstrained:
        return None
    types = place.types or frozenset()
    if place.custobar_type not in (None, "set", "string") and "array" not in types:
        return place.custobar_type
    if place.is_scalar_list or types - {"null"} == {"array"}:
        return "list"
    return "boolean" if types - {"null"} == {"boolean"} else place.custobar_type if types else None
