"""A whole header to a plan, once per file.

In: labels, and a schema. Out: a plan without conflicts, or every finding about the header at once. Rule: the cost grows
only with the size of the header, even a hostile one.
Source: https://www.custobar.com/docs/api/data-import-formats/ (nested fields in CSV).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from custobar_formats.core.findings import UNKNOWN_HINT, Finding, cut, make_finding
from custobar_formats.core.limits import MAX_COLUMNS
from custobar_formats.core.paths import BadLabel, Path, format_label, parse_label
from custobar_formats.core.shown import quoted
from custobar_formats.csvtext.scanner import too_wide
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.meant import meant_label, takes
from custobar_formats.schema.places import Place
from custobar_formats.text.checks import CONSTANT, DOUBLE_ENCODED, FORMULA, INVISIBLE, LOST, WINDOWS_1252

REJECTED_LABEL = "__rejected_because"
"""The column of reasons in a file of rejected rows; reading drops it."""

LABEL_CHECKS = (CONSTANT, FORMULA, DOUBLE_ENCODED, INVISIBLE, LOST)
LATIN1_CHECKS = (WINDOWS_1252, *LABEL_CHECKS)


@dataclass(slots=True)
class Column:
    """One column that is part of records.

    Attributes:
        index: its 0-based place in the file.
        label: its name.
        path: where its values go.
        place: the schema's place for that path.
        in_list: whether the path has a list index.
        joined: whether its cells hold comma-joined lists.

    """

    index: int
    label: str
    path: Path
    place: Place | None
    in_list: bool
    joined: bool


@dataclass(slots=True)
class Branch:
    """A node of the tree of paths: a column, or branches below it by key or index, never both."""

    column: Column | None = None
    below: dict[str | int, Branch] = field(default_factory=dict)

    def columns(self) -> Iterator[Column]:
        """All columns of this branch, in the order of the file."""
        if self.column is not None:
            yield self.column
        for branch in self.below.values():
            yield from branch.columns()

    @property
    def is_list(self) -> bool:
        """Whether the branches below are list items."""
        return isinstance(next(iter(self.below), None), int)


@dataclass(slots=True)
class Plan:
    """How the cells of each row become a record.

    Attributes:
        labels: the whole header.
        columns: the columns that are part of records.
        tree: the columns by path.
        unlabelled: the 0-based places of columns without a name.
        padding: how many blank labels a spreadsheet has put after the header of a file of rejected rows.

    """

    labels: list[str]
    columns: list[Column]
    tree: Branch
    unlabelled: list[int]
    padding: int = 0

    @property
    def reasons(self) -> int | None:
        """The 0-based column of the reasons in a file of rejected rows."""
        return self.labels.index(REJECTED_LABEL) if REJECTED_LABEL in self.labels else None

    def find(self, path: Path) -> Column | None:
        """The column that a value at a path comes from, or would come from if it is missing."""
        branch: Branch | None = self.tree
        for part in path:
            if branch is None or branch.column is not None:
                break
            branch = branch.below.get(part)
        return None if branch is None else branch.column

    def with_column(self, finding: Finding) -> Finding:
        """A finding about a top-level field, with the field's column."""
        column = self.find(((finding.path or "")[1:],))
        return finding if column is None else replace(finding, column=column.index + 1, label=column.label)


def without_padding(labels: list[str]) -> list[str]:
    """The header without the blank labels that a spreadsheet puts after it, if it is that of a file of rejected rows.

    There, a row may be longer than the header, and a spreadsheet makes all rows as long as the longest.
    """
    if REJECTED_LABEL not in labels:
        return labels
    end = len(labels)
    while not labels[end - 1]:
        end -= 1
    return labels[:end]


def is_named(label: str, schema: Schema) -> bool:
    """Whether a schema names a label's first key; a pattern for company fields does not count."""
    try:
        return parse_label(label, schema.root)[0] in schema.root.names
    except BadLabel:
        return False


def plan_header(
    labels: list[str], schema: Schema | None, line: int = 1, *, latin1: bool = False
) -> tuple[Plan, list[Finding]]:
    """The plan of a header, and all findings about it; the plan is usable only if none of them is an error."""
    return HeaderPlanner(labels, schema, line, latin1).plan()


class HeaderPlanner:
    """Turns one header into a plan, and collects its findings in the order of the columns."""

    def __init__(self, labels: list[str], schema: Schema | None, line: int, latin1: bool) -> None:
        given, labels = len(labels), without_padding(labels)
        self._labels = labels
        self._root = schema.root if schema is not None else None
        self._line = line
        self._latin1 = latin1
        self._findings: list[Finding] = []
        self._plan = Plan(labels, [], Branch(), [], given - len(labels))

    def plan(self) -> tuple[Plan, list[Finding]]:
        """The plan and the findings."""
        if len(self._labels) > MAX_COLUMNS:
            return self._plan, [too_wide(self._line)]
        if not any(self._labels):
            return self._plan, [make_finding("no-header", "the first row has no column names", line=self._line)]
        for index in self._indices_of_labels():
            column = self._make_column(index)
            if column is not None and self._insert(column):
                self._plan.columns.append(column)
        self._check_lists(self._plan.tree, ())
        return self._plan, sorted(self._findings, key=lambda finding: (finding.column or 0, finding.code))

    def _add(self, code: str, index: int, message: str, hint: str | None = None, fix: str | None = None) -> None:
        facts = {"line": self._line, "column": index + 1, "label": self._labels[index]}
        is_safe = None if fix is None else False
        self._findings.append(make_finding(code, message, hint=hint, fix=fix, fix_is_safe=is_safe, **facts))

    def _indices_of_labels(self) -> Iterator[int]:
        """The columns that have a name of their own; the others get a finding."""
        first: dict[str, int] = {}
        folded: dict[str, int] = {}
        for index, label in enumerate(self._labels):
            if not label:
                self._plan.unlabelled.append(index)
                self._add("blank-label", index, "the column has no name", "name it or remove it")
            elif label in first:
                self._add(
                    "duplicate-label", index, f"column {first[label] + 1} has the same name", "rename one of them"
                )
            elif label == REJECTED_LABEL:
                self._add("rejected-column", index, "the column of reasons in a rejects file is dropped")
            else:
                first[label] = index
                other = folded.setdefault(label.casefold(), index)
                if other != index:
                    self._add(
                        "similar-label",
                        index,
                        f"the name differs from column {other + 1}, {quoted(cut(self._labels[other]))}, only in case",
                    )
                yield index

    def _make_column(self, index: int) -> Column | None:
        label = self._labels[index]
        if label.isspace():
            self._add("only-spaces", index, "the column name is only white space")
        for check in LATIN1_CHECKS if self._latin1 else LABEL_CHECKS:
            if (warning := check.find(label)) is not None:
                self._add(check.code, index, *warning)
                break
        try:
            path = parse_label(label, self._root)
        except BadLabel as bad:
            self._add(bad.code, index, bad.message, "name the keys of the path, with one dot between them")
            return None
        place = self._root
        for number, part in enumerate(path):
            if place is None:
                break
            if not takes(place, part) or (isinstance(part, str) and not place.knows(part)):
                self._report_unknown(index, path, number)
            place = place.step(part)
        in_list = any(isinstance(part, int) for part in path)
        return Column(index, label, path, place, in_list, place is not None and place.is_scalar_list)

    def _report_unknown(self, index: int, path: Path, number: int) -> None:
        meant = meant_label(path, number, self._root) if self._root is not None else None
        if meant is not None and meant in self._labels:
            meant = None
        hint = UNKNOWN_HINT if meant is None else f"did you mean {quoted(cut(meant))}?"
        self._add("unknown-label", index, f"unknown column {quoted(cut(self._labels[index]))}", hint, meant)

    def _insert(self, column: Column) -> bool:
        """Put a column into the tree; if another one is in its way, add a finding and return False."""
        branch = self._plan.tree
        for part in column.path:
            if branch.column is not None:
                return self._report_conflict(column, branch, "is a value, so nothing can be below it")
            if branch.below and branch.is_list != isinstance(part, int):
                kind, other = ("a list", "an object") if branch.is_list else ("an object", "a list")
                return self._report_conflict(column, branch, f"needs {kind} where this column needs {other}")
            branch = branch.below.setdefault(part, Branch())
        if branch.below or branch.column is not None:
            return self._report_conflict(column, branch, "is below this column, which therefore cannot be a value")
        branch.column = column
        return True

    def _report_conflict(self, column: Column, branch: Branch, why: str) -> bool:
        other = next(branch.columns())
        self._add(
            "path-conflict",
            column.index,
            f"column {other.index + 1}, {quoted(cut(other.label))}, {why}",
            "rename one of them",
        )
        return False

    def _check_lists(self, tree: Branch, path: Path) -> None:
        waiting = [(tree, path)]
        while waiting:
            branch, path = waiting.pop()
            waiting.extend((below, (*path, part)) for part, below in branch.below.items())
            if branch.is_list:
                self._check_list(branch, path)

    def _check_list(self, branch: Branch, path: Path) -> None:
        """Add a finding for the first index after a gap; later gaps follow from it."""
        for expected, index in enumerate(sorted(part for part in branch.below if isinstance(part, int))):
            if index != expected:
                column = next(branch.below[index].columns())
                before = next(branch.below[expected - 1].columns()) if expected else None
                after = f"after column {before.index + 1}, {quoted(cut(before.label))}," if before else "in this list"
                message = f"{after} index {expected} is missing"
                self._add(
                    "index-gap", column.index, message, f"number them 0, 1, 2 …: {format_label((*path, expected))}"
                )
                return
