"""The amounts of a mapping whose decimal mark is open, as texts: for a first look at the whole file.

In: a mapping, and the plans of such fields. Out: a plan like that of the mapping, whose fields are these, named ``c0``
and so on, before the step ``unit``. Rule: the same rows are records, and the same columns are taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from custobar_formats.core.findings import Finding
from custobar_formats.mapping.fit import FieldPlan, FittedMapping, Fitting
from custobar_formats.mapping.model import ColumnMapping, FieldMapping, folded
from custobar_formats.notation.money import MarkProof
from custobar_formats.records.header import plan_header
from custobar_formats.schema.compiled import Schema

BEFORE_UNIT = frozenset({"fill_within", "strip", "blank", "only", "with", "values", "others", "optional"})
"""The arguments of the steps that come before an amount is read, and of its source."""


def is_open(source: FieldMapping) -> bool:
    """Whether a field has amounts whose decimal mark the mapping does not give."""
    return "unit" in source.arguments and "decimal" not in source.arguments


class OpenAmounts:
    """A plan that takes only the amounts of a mapping whose decimal mark is open; ``schema``: that of its plan."""

    open_amounts = None

    def __init__(self, mapping: ColumnMapping, fields: Sequence[FieldPlan], schema: Schema) -> None:
        self.mapping, self.schema = mapping, schema
        plan, _ = plan_header([f"c{number}" for number in range(len(fields))], None)
        self._names = [each.source.name for each in fields]
        self._fields = [
            replace(each, source=_before_unit(each.source, column.label), column=column)
            for each, column in zip(fields, plan.columns, strict=True)
        ]
        sources = tuple(each.source for each in self._fields)
        self._amounts = replace(mapping, fields=sources, need=(), unmapped="drop")
        self._columns = frozenset(map(folded, mapping.named_columns))
        self.header = mapping.rows.header

    def names_column(self, label: str) -> bool:
        """Whether a column of this name may be one of the mapping's."""
        return folded(label) in self._columns

    def fit(self, labels: list[str], line: int) -> tuple[FittedMapping | None, list[Finding]]:
        """The places of the amounts in a header; None if the header does not fit."""
        return Fitting(self._amounts, self._fields, None, labels, line).fit()

    def by_field(self, proofs: Mapping[str, MarkProof]) -> dict[str, MarkProof]:
        """The proofs by the names of the fields, from those by the labels of this plan."""
        return {name: proofs[f"c{number}"] for number, name in enumerate(self._names) if f"c{number}" in proofs}


def _before_unit(source: FieldMapping, name: str) -> FieldMapping:
    arguments = {name: value for name, value in source.arguments.items() if name in BEFORE_UNIT}
    return replace(source, name=name, arguments=arguments)
