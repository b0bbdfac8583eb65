"""A mapping, planned with a schema, to the columns of one header.

In: the plans of the fields, and a header. Out: a ``FittedMapping``, and all findings about the header. Rule: names are
found exactly, then without case and outer spaces; no column is taken by its place.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from custobar_formats.core.entities import Entity
from custobar_formats.core.findings import UNMAPPED_HINT, Finding, Severity, cut, make_finding, neighbours
from custobar_formats.core.limits import MAX_LISTED_NAMES, MAX_NAMED_COLUMNS
from custobar_formats.core.near import near
from custobar_formats.core.shown import quoted, shown
from custobar_formats.mapping.model import ColumnMapping, Condition, FieldMapping, folded
from custobar_formats.mapping.packed import ADVICE, packed_columns
from custobar_formats.mapping.steps import Target
from custobar_formats.mapping.synonyms import meaning_of
from custobar_formats.notation.money import parse_amounts
from custobar_formats.notation.truth import parse_truth
from custobar_formats.records.header import REJECTED_LABEL, Column, Plan, plan_header
from custobar_formats.schema.compiled import Schema

CONVERTING = {"true", "false", "values", "dates", "unit", "decimal", "country", "unescape", "case"}
CONVERTING |= {"split", "levels", "prefix", "suffix"}
"""The arguments of steps that change a text."""

IDENTIFIERS = ("sale_external_id", "external_id", "email", "phone_number", "sku", "ean", "product_id", "customer_id")
"""Fields by which Custobar finds records; a part of one that is blank makes another identifier."""


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One field: its source, its column in the plan of the records, and what its steps need to know of it."""

    source: FieldMapping
    column: Column
    target: Target
    decision: str | None = None
    """What the values of its columns have decided for it, in words."""
    reads_numbers: bool = False
    """Whether it reads the number cells of a spreadsheet in a notation of its own, which says nothing about them."""

    @property
    def makes_lists(self) -> bool:
        """Whether its values are lists."""
        return "split" in self.source.arguments or self.source.arguments.get("take") == "all"

    @property
    def converts(self) -> bool:
        """Whether a step changes its texts."""
        return not CONVERTING.isdisjoint(self.source.arguments)

    @property
    def quick(self) -> Callable[[Sequence[str]], list[str] | None] | None:
        """The steps on a whole column at once, if there is a way; it returns None for a column that is not as usual."""
        steps = self.source.arguments.keys() & CONVERTING
        if steps == {"unit", "decimal"}:
            return partial(parse_amounts, decimal=self.source.arguments["decimal"])
        return None


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on a cell, with the place of its column."""

    index: int
    condition: Condition

    def holds(self, cells: list[str]) -> bool:
        """Whether the condition holds for a row."""
        if self.index >= len(cells):
            return False  # the row is shorter than the header
        cell, condition = cells[self.index], self.condition
        return (condition.equals is None or cell in condition.equals) and cell not in condition.differs


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
        dropped: the columns that are left out.
        added: the fields with constants that the mapping file does not have.
        unnamed: the places of columns without a name, unless the mapping leaves them out.
        withheld: the places of columns that are left out and that nobody should send: no file or report shows them.
        entity: what its records are; None of plain columns.

    """

    labels: list[str]
    records: Plan
    fields: dict[int, FittedField]
    skip: tuple[Test, ...]
    end: Test | None
    dropped: tuple[str, ...]
    added: tuple[FieldMapping, ...]
    unnamed: tuple[int, ...] = ()
    withheld: tuple[int, ...] = ()
    entity: Entity | None = None

    def neighbours(self, cells: list[str], index: int) -> tuple[tuple[str, str], ...]:
        """The (name, cell) pairs around a column, without those that are withheld."""
        if not self.withheld:
            return neighbours(self.labels, cells, index)
        shown_ = [at for at in range(min(len(self.labels), len(cells))) if at not in self.withheld]
        labels, kept = [self.labels[at] for at in shown_], [cells[at] for at in shown_]
        return neighbours(labels, kept, bisect_left(shown_, index))

    def only_filled(self) -> list[tuple[int, int]]:
        """The columns that are only used with the value above a blank cell, each with that of its run."""
        fields = self.fields.values()
        tests = (*self.skip, self.end, *(field.only for field in fields))
        used: set[tuple[int, int | None]] = {(test.index, None) for test in tests if test is not None}
        used |= {(field.country, None) for field in fields if field.country is not None}
        used |= {(index, field.fill_within) for field in fields for index in field.indices}
        uses = Counter(index for index, _ in used)
        return sorted((index, within) for index, within in used if within is not None and uses[index] == 1)

    def with_column(self, finding: Finding) -> Finding:
        """A finding about a top-level field, with the columns that it comes from, if they are the same in all rows."""
        for field in self.fields.values():
            if finding.path == f"/{field.plan.source.name}" and field.indices and field.plan.source.how != "first":
                label = " + ".join(self.labels[index] for index in field.indices)
                return replace(finding, column=field.indices[0] + 1, label=label)
        return finding


MAX_MISSPELT = 2
"""Missing columns that may all be misspelt, where no other is there."""

BESIDE_FIELDS = {
    "duplicate-label": "the mapping makes this field of another column",
    "path-conflict": "another field is in its way",
    "index-gap": "an item of the list before it is missing",
}
"""Messages about a field beside others, where those of a header would number the columns of another file."""


class Fitting:
    """Finds the columns of a mapping in one header."""

    def __init__(
        self,
        mapping: ColumnMapping,
        fields: list[FieldPlan],
        schema: Schema | None,
        labels: list[str],
        line: int,
    ) -> None:
        self._mapping = mapping
        self._fields = fields
        self._schema = schema
        self._labels = labels
        self._line = line
        self._findings: list[Finding] = []
        self._used: set[int] = set()
        self._withheld: list[int] = []
        self._places: dict[str, int | None] = {}
        self._missing: set[str] = set()
        named = set(map(folded, mapping.named_columns))
        self._free = tuple(label for label in labels if folded(label) not in named)
        self._exact: dict[str, int] = {}
        self._folded: dict[str, list[int]] = {}
        for index, label in enumerate(labels):
            self._exact.setdefault(label, index)
            self._folded.setdefault(folded(label), []).append(index)

    def fit(self) -> tuple[FittedMapping | None, list[Finding]]:
        """The fitted mapping, and the findings."""
        fitted = [self._fit_field(each) for each in self._fields]
        tests = [self._test(each, optional=False) for each in self._mapping.rows.skip]
        end = self._mapping.rows.end
        last = self._test(end, optional=False) if end is not None else None
        for name in self._mapping.need or ():
            self._find(name, optional=False)
        dropped, kept = self._sort_others()
        for index in sorted(self._used.union(kept)):
            if self._is_secret(index):
                self._add("sensitive-column", "it should not leave your systems", "take it out of the mapping", index)
        for each in filter(None, fitted):
            self._check_refusal(each)
        missing = [finding for finding in self._findings if finding.code == "missing-column"]
        if len(missing) > max(len(self._used), MAX_MISSPELT):  # the other columns are then those of another export
            other = "most of the mapping's columns are not in the file: it may be that of another export"
            self._findings = [replace(finding, hint=other) for finding in missing]
        if any(finding.severity is Severity.ERROR for finding in self._findings):
            return None, self._findings
        there = [each for each in fitted if each is not None]
        if not any(each.indices for each in there):
            message = "the file has none of the columns that fields come from"
            return None, [*self._findings, make_finding("missing-column", message, line=self._line)]
        records = self._plan_records(there, kept)
        if any(finding.severity is Severity.ERROR for finding in self._findings):
            return None, self._findings
        fields = dict(enumerate(there))
        for place, each in fields.items():
            records.columns[place].joined |= each.plan.makes_lists
        for place, index in enumerate(kept, len(there)):
            source = FieldMapping(self._labels[index], (self._labels[index],), "from")
            plan = FieldPlan(source, records.columns[place], Target(None, bool))
            fields[place] = FittedField(plan, (index,))
        skip = tuple(test for test in tests if test is not None)
        added = tuple(each.source for each in self._fields if each.source.arguments.get("added"))
        is_left_out = self._mapping.unmapped == "drop" or self._mapping.ignores()("")
        unnamed = tuple(at for at, label in enumerate(self._labels) if not folded(label) and at not in self._used)
        if is_left_out:
            dropped, unnamed = [*dropped, *("" for _ in unnamed)], ()
        more = unnamed, tuple(self._withheld), self._mapping.entity
        return FittedMapping(self._labels, records, fields, skip, last, tuple(dropped), added, *more), self._findings

    def _is_secret(self, index: int) -> bool:
        """Whether a column has what nobody should send."""
        meaning = meaning_of(self._labels[index], self._mapping.entity)
        return meaning is not None and meaning.is_secret

    def _plan_records(self, there: list[FittedField], kept: list[int]) -> Plan:
        """The plan of the records; a column that is kept may be in the way of a field, or be none."""
        names = [each.plan.source.name for each in there]
        records, findings = plan_header([*names, *(self._labels[index] for index in kept)], self._schema, self._line)
        columns = [*((each.indices or (None,))[0] for each in there), *kept]
        for finding in findings:
            index = columns[finding.column - 1] if finding.column is not None else None
            message = BESIDE_FIELDS.get(finding.code, finding.message)
            if index is None:
                self._findings.append(replace(finding, message=message, column=None))
            else:
                self._add(finding.code, message, finding.hint, index)
        return records

    def _fit_field(self, plan: FieldPlan) -> FittedField | None:
        source, arguments = plan.source, plan.source.arguments
        optional = source.is_optional or self._mapping.need is not None
        found = [self._find(name, optional=optional) for name in source.columns]
        if source.how == "join" and plan.target.identifies and any(index is not None for index in found):
            found = [self._find(name, optional=False) for name in source.columns]  # half of it is another identifier
        indices = tuple(index for index in found if index is not None)
        is_absent = bool(source.columns) and not indices
        within, only, country = (arguments.get(name) for name in ("fill_within", "only", "country"))
        named = country.get("from") if isinstance(country, dict) else None
        if isinstance(country, str):
            plan, named, optional = *self._with_own_country(plan), True
        fitted = FittedField(  # also of an absent field, for the mapping names these columns
            plan,
            indices,
            self._find(within, optional=is_absent) if within is not None else None,
            self._test(only, optional=is_absent) if only is not None else None,
            self._find(named, optional=is_absent or optional) if named is not None else None,
        )
        if plan.decision is not None and indices:
            self._add("decided-by-column", plan.decision, None, indices[0])
        return None if is_absent else fitted

    def _with_own_country(self, plan: FieldPlan) -> tuple[FieldPlan, str | None]:
        """A field whose country is one for all, with the words for the row's own country, and the column of that."""
        name = plan.source.name.replace("phone_number", "country")
        own = next(
            (each.source for each in self._fields if each.source.name == name and each.source.how == "from"), None
        )
        if own is None:
            return plan, None
        arguments = {**plan.source.arguments, "own_country": own.arguments.get("values", {})}
        return replace(plan, source=replace(plan.source, arguments=arguments)), own.columns[0]

    def _test(self, condition: Condition, *, optional: bool) -> Test | None:
        index = self._find(condition.column, optional=optional)
        return None if index is None else Test(index, condition)

    def _find(self, name: str, *, optional: bool) -> int | None:
        """The place of a column, by its name or another one that the mapping gives; a missing one is a finding."""
        if name not in self._places:
            self._places[name] = self._look_up(name)
        index = self._places[name]
        if index is None and not optional and name not in self._missing:
            self._missing.add(name)
            close = near(name, self._free)
            hint = f"did you mean {shown(close)}?" if close is not None else "export it, or change the mapping"
            message = f"the mapping needs the column {shown(name)}"
            self._findings.append(make_finding("missing-column", message, hint=hint, line=self._line, value=name))
        return index

    def _look_up(self, name: str) -> int | None:
        """The place of a column; several with one of its names are a finding."""
        names = (name, *self._mapping.names.get(name, ()))
        found = {self._exact[each]: each for each in names if each in self._exact}
        for each in names:
            for index in () if each in self._exact else self._folded.get(folded(each), ()):
                found.setdefault(index, each)
        self._used.update(found)
        if len(found) > 1:
            shown_names = " and ".join(shown(self._labels[index]) for index in list(found)[:MAX_LISTED_NAMES])
            message = f"{shown_names} are names of one column"
            self._add("ambiguous-column", message, "remove one of them", next(iter(found)))
        for index, each in found.items():
            if each != self._labels[index] and len(found) == 1:
                self._add("similar-label", f"it is taken for {shown(each)}", "write it so", index, Severity.NOTICE)
        return next(iter(found), None)

    def _check_refusal(self, field: FittedField) -> None:
        """Warn of a column of refusals that is read as consent."""
        source = field.plan.source
        meaning = meaning_of(self._labels[field.indices[0]], self._mapping.entity) if field.indices else None
        is_refusal = meaning is not None and meaning.never == "refusal"
        if source.name.startswith("can_") and is_refusal and any(map(parse_truth, source.arguments.get("true", ()))):
            hint = 'turn the words round: true = ["no"], false = ["yes"]'
            self._add(
                "refusal-as-consent",
                f"its yes is a refusal, and is read as yes to {source.name}",
                hint,
                field.indices[0],
            )

    def _sort_others(self) -> tuple[list[str], list[int]]:
        """The names of the columns that are left out, and the places of those that are kept."""
        is_ignored = self._mapping.ignores()
        dropped: list[str] = []
        kept: list[int] = []
        others: list[int] = []
        for index, label in enumerate(self._labels):
            if index in self._used or folded(label) in ("", REJECTED_LABEL) or self._exact[label] != index:
                continue  # of a repeated name, one finding is enough
            if self._mapping.unmapped == "drop" or is_ignored(label):
                dropped.append(label)
                self._withheld += [index] if self._is_secret(index) else []
            elif self._mapping.unmapped == "keep":
                kept.append(index)
            else:
                others.append(index)
        packed = packed_columns(dict.fromkeys((self._labels[index] for index in others), ())) if others else []
        for index in others[:MAX_NAMED_COLUMNS]:
            hint = f"it is one of several items in one row: {ADVICE}" if self._labels[index] in packed else None
            self._add("unmapped-column", "no field comes from it", hint or UNMAPPED_HINT, index)
        if len(others) > MAX_NAMED_COLUMNS:
            message = f"no field comes from {len(others) - MAX_NAMED_COLUMNS:,} more columns"
            self._findings.append(
                make_finding("unmapped-column", message, hint='unmapped = "drop" leaves them out', line=self._line)
            )
        return dropped, kept

    def _add(self, code: str, message: str, hint: str | None, index: int, severity: Severity | None = None) -> None:
        label = self._labels[index]
        self._findings.append(
            make_finding(
                code,
                f"column {quoted(cut(label))}: {message}",
                hint=hint,
                severity=severity,
                line=self._line,
                column=index + 1,
                label=label,
            )
        )


class EveryColumn:
    """A plan that takes every column of an export as it is: the field of a column is its number, such as ``c0``."""

    header = None
    open_amounts = None

    def names_column(self, _label: str) -> bool:
        """No name is one that it expects."""
        return False

    def fit(self, labels: list[str], line: int) -> tuple[FittedMapping | None, list[Finding]]:
        """The columns of a header; those without a name are left out."""
        indices = [index for index, label in enumerate(labels) if folded(label) and label != REJECTED_LABEL]
        records, _ = plan_header([f"c{index}" for index in indices], None, line)
        fields = {}
        for place, index in enumerate(indices):
            source = FieldMapping(f"c{index}", (labels[index],), "from")
            plan = FieldPlan(source, records.columns[place], Target(None, bool))
            fields[place] = FittedField(plan, (index,))
        return FittedMapping(labels, records, fields, (), None, (), ()), []
