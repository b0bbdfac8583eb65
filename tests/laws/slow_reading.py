"""The slow and obvious way to read CSV: the oracle of the fast one.

It reads the whole text one character at a time. Then, row by row, it converts each cell by itself, nests the cells by
walking the tree of paths, and validates each record with the engine. Last, it compares all records with each other. It
shares the header plan, the look at the structure, the coercion of values, the record checker and the report with the
library, nothing else.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, NamedTuple

from custobar_formats.core.findings import Finding, Severity, make_finding, neighbours, order
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.core.spreadsheet import strip_artefacts
from custobar_formats.csvtext.delimiter import split_sep_line
from custobar_formats.csvtext.row_width import EXTRA_BLANK_HINT, EXTRA_HINT, MISSING_HINT, REPEATED_HINT, SURPLUS_HINT
from custobar_formats.csvtext.structure import Structure
from custobar_formats.mapping.synonyms import is_name
from custobar_formats.notation.lists import parse_list_notation
from custobar_formats.notation.names import parse_country
from custobar_formats.notation.numbers import has_decimals
from custobar_formats.records.header import Branch, Column, Plan, is_named, plan_header
from custobar_formats.report.contents import SourceInfo
from custobar_formats.report.report import Collector, Report
from custobar_formats.schema.coercion import Coercer
from custobar_formats.schema.compiled import Schema
from custobar_formats.schema.places import How
from custobar_formats.text.artefacts import is_odd
from custobar_formats.text.checks import INVISIBLE, WINDOWS_1252, TextCheck
from custobar_formats.text.mojibake import meant_text
from custobar_formats.validation.cell_warnings import TEXT_CHECKS, csv_checks
from custobar_formats.validation.explanations import show
from custobar_formats.validation.problems import Checker, Problem
from custobar_formats.validation.within_records import ZIP_DIGITS

BREAK = re.compile(r"\r\n|\r|\n")
SURROGATE = re.compile("[\ud800-\udfff]")
GRAVITY = list(Severity)
REJECTED = "__rejected_because"
MAX_CELL, MAX_COLUMNS, MAX_ROW_CELLS = 131_072, 10_000, 200_000

Record = dict[str, Any]


# -- text to rows


class Row(NamedTuple):
    """A record of CSV text: the line that it begins at, its cells, and whether each was quoted."""

    line: int
    cells: list[str]
    quoted: list[bool]


class Parser:
    """Reads the rows of a text; ``problem`` is the error that ended the reading, if any."""

    def __init__(self, text: str, delimiter: str, line: int, limit: int) -> None:
        lone = SURROGATE.search(text)
        self._text = text[: lone.start()] if lone else text
        self._delimiter, self._line, self._limit, self._at = delimiter, line, limit, 0
        self.problem: Finding | None = None
        self.most = MAX_COLUMNS
        self._cut: Finding | None = None
        if lone:
            message = f"U+{ord(lone[0]):04X} is half of a surrogate pair; reading ends here"
            where = line + len(BREAK.findall(self._text))
            self._cut = make_finding("lone-surrogate", message, line=where, value=f"U+{ord(lone[0]):04X}")
            # its line is left out; a \r at the end could have become half of a break
            self._text = self._text[: max(self._text.rfind("\n"), self._text.rfind("\r", 0, -1)) + 1]

    def rows(self) -> Iterator[Row]:
        """The rows, without blank lines."""
        while self._at < len(self._text):
            if self._text[self._at] in "\r\n":
                self._break()
            else:
                row = Row(self._line, [], [])
                self._read_row(row)
                if self.problem is not None:
                    return
                self.most = MAX_ROW_CELLS
                yield row
        self.problem = self._cut

    def _break(self) -> str:
        match = BREAK.match(self._text, self._at)
        assert match is not None
        self._at, self._line = match.end(), self._line + 1
        return match[0]

    def _read_row(self, row: Row) -> None:
        while True:
            column, opened = len(row.cells) + 1, self._line
            if column > self.most:
                self.problem = self._too_many(row)
                return
            quoted = self._text.startswith('"', self._at)
            cell = self._read_quoted(column) if quoted else self._read_plain()
            if self.problem is None and len(cell) > self._limit:
                self.problem = make_finding(
                    "oversized-cell",
                    f"the cell has more than {self._limit:,} characters; reading ends here",
                    hint="shorten it, or look for a missing closing quote",
                    line=opened,
                    column=column,
                )
            if self.problem is not None:
                return
            row.cells.append(cell)
            row.quoted.append(quoted)
            if not self._text.startswith(self._delimiter, self._at):
                break
            self._at += 1
        if self._at < len(self._text):
            self._break()

    def _too_many(self, row: Row) -> Finding:
        if self.most == MAX_COLUMNS:
            return make_finding("too-wide", f"the header has more than {MAX_COLUMNS:,} columns", line=row.line)
        return make_finding(
            "extra-cell",
            f"the row has more than {MAX_ROW_CELLS:,} cells; reading ends here",
            hint="look for missing line breaks between rows",
            line=row.line,
            column=MAX_ROW_CELLS + 1,
        )

    def _read_plain(self) -> str:
        begins = self._at
        while self._at < len(self._text) and self._text[self._at] not in (self._delimiter, "\r", "\n"):
            self._at += 1
        return self._text[begins : self._at]

    def _read_quoted(self, column: int) -> str:
        opened, cell = self._line, ""
        self._at += 1
        while self._at < len(self._text):
            if self._text.startswith('""', self._at):
                cell += '"'
                self._at += 2
            elif self._text[self._at] == '"':
                self._at += 1
                self._check_close(opened, column)
                return cell
            elif self._text[self._at] in "\r\n":
                cell += self._break()
            else:
                cell += self._text[self._at]
                self._at += 1
        self.problem = self._cut or make_finding(
            "unclosed-quote",
            "the quote that opens this cell is never closed; reading ends here",
            hint="close it; if it is part of the text, double it inside a quoted cell",
            line=opened,
            column=column,
            value=cell,
        )
        return cell

    def _check_close(self, opened: int, column: int) -> None:
        if self._text[self._at : self._at + 1] not in ("", self._delimiter, "\r", "\n"):
            where = f" of the cell that opens at line {opened}" if opened != self._line else ""
            self.problem = make_finding(
                "stray-quote",
                f"text follows the closing quote{where}; reading ends here",
                hint="double a quote inside a quoted cell, or look for an unclosed quote before it",
                line=self._line,
                column=column,
                value=BREAK.split(self._text[self._at :])[0],
            )


# -- rows to records


class Amount(NamedTuple):
    """A cell of money: the field, the cell, and the finding if the field is mixed."""

    key: str
    cell: str
    finding: Finding


@dataclass
class Read:
    """The content of a file: each record with its row and line, the findings, and how many rows should be records.

    ``amounts`` are the cells of money in rows that are records, ``lists`` the labels of columns with lists.
    """

    records: list[tuple[int, int, Record]] = field(default_factory=list)
    amounts: list[Amount] = field(default_factory=list)
    lists: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0
    plan: Plan | None = None

    @property
    def invalid(self) -> set[int]:
        """The rows that have an error."""
        return {f.row for f in self.findings if f.severity is Severity.ERROR and f.row is not None}

    @property
    def without_records(self) -> list[Finding]:
        """The finding about a file without records, which comes at its end; none where an error has ended it."""
        if self.rows or any(finding.severity is Severity.ERROR for finding in self.findings):
            return []
        return [make_finding("no-records", "the file has no records", hint="check that the export is complete")]


class Absent:
    """Stands for a missing value."""


ABSENT = Absent()


def read(
    text: str,
    schema: Schema | None,
    *,
    delimiter: str,
    blank: str = "omit",
    list_gaps: str = "error",
    parse_float: Callable[[str], Any] = float,
    latin1: bool = False,
    sample: int = 65_536,
) -> Read:
    """Read a whole text, of which ``sample`` characters decide if it is a table."""
    found = Read()
    text = text.removeprefix("\ufeff")
    announced, skipped = split_sep_line(text[:sample])
    if announced:
        found.findings.append(make_finding("sep-line", "the first line names the delimiter; it is skipped", line=1))
    first_line = 2 if announced else 1
    lone = SURROGATE.search(text)
    seen = text[skipped : min(sample, lone.start() if lone else len(text))]
    is_whole = lone is None and len(text) <= sample

    def known(label: str) -> bool:
        return schema is not None and is_named(label, schema)

    structure = Structure(
        seen,
        delimiter,
        known,
        lambda label: known(label) or is_name(label),
        line=first_line,
        whole=is_whole,
        is_declared=True,
    )
    finding = structure.find(header_given=False)
    found.findings += [finding] if finding is not None else []
    if finding is not None and finding.severity is Severity.ERROR:
        return found
    parser = Parser(text[skipped:], delimiter, first_line, MAX_CELL)
    rows = parser.rows()
    header = next(rows, None)
    if header is None:
        line = first_line + len(BREAK.findall(text[skipped:]))
        found.findings.append(parser.problem or make_finding("no-header", "the file has no header", line=line))
    else:
        found.findings += _inner_quotes(header, None, header.cells)
        plan, findings = plan_header(header.cells, schema, header.line, latin1=latin1)
        found.findings += findings
        if all(finding.severity is not Severity.ERROR for finding in found.findings):
            found.plan = plan
            found.lists = {column.label for column in plan.columns if column.joined}
            reader = RowReader(plan, schema, blank, list_gaps, parse_float, delimiter, latin1=latin1)
            reader.read_all(rows, parser, found)
    found.findings = _one_a_cell(sorted(found.findings, key=order))
    return found


def _one_a_cell(findings: list[Finding]) -> list[Finding]:
    """Findings reduced to one per cell: the most severe, and of equally severe ones the first."""
    best: dict[tuple[int, int], Finding] = {}
    kept = []
    for finding in findings:
        if finding.row is None or finding.column is None or finding.label is None:
            kept.append(finding)
            continue
        other = best.setdefault((finding.row, finding.column), finding)
        if GRAVITY.index(finding.severity) < GRAVITY.index(other.severity):
            best[finding.row, finding.column] = finding
    return sorted([*kept, *best.values()], key=order)


def _inner_quotes(row: Row, number: int | None, labels: list[str]) -> Iterator[Finding]:
    for index, (cell, quoted) in enumerate(zip(row.cells, row.quoted, strict=True)):
        if '"' in cell and not quoted and not _is_constant(cell):
            yield make_finding(
                "quote-in-cell",
                "a quote inside a cell that does not start with a quote; it is kept",
                hint="put quotes around the whole cell and double the quotes inside it",
                row=number,
                line=row.line,
                column=index + 1,
                label=labels[index] if index < len(labels) else None,
                value=cell,
            )


def _is_hint_dropped(code: str, cell: str, field_checks: list[TextCheck]) -> bool:
    """Whether the text without white space and spreadsheet artefacts would get the field's own warning."""
    bare = cell.strip() if code == "outer-whitespace" else strip_artefacts(cell)
    return (
        code in ("outer-whitespace", "spreadsheet-artefact")
        and bare != cell
        and any(check.find(bare) for check in field_checks)
    )


def _is_constant(cell: str) -> bool:
    """Whether a cell is a formula of one text in quotes."""
    bare = cell.strip()
    return len(bare) > 2 and bare[:2] == '="' and bare[-1] == '"' and '"' not in bare[2:-1].replace('""', "")


def _is_formula(cell: str) -> bool:
    sign, rest = cell.lstrip("\t\r\n")[:1], cell.lstrip("\t\r\n")[1:]
    if sign and sign in "=＝":
        return rest != ""
    is_number = set(rest) <= set("0123456789 ().,/-")
    return sign != "" and sign in "+-@＋－＠" and not is_number and not set(rest).isdisjoint("(|!")


class RowReader:
    """Turns rows into records, one by one."""

    def __init__(
        self,
        plan: Plan,
        schema: Schema | None,
        blank: str,
        list_gaps: str,
        parse_float: Callable[[str], Any],
        delimiter: str,
        *,
        latin1: bool,
    ) -> None:
        self._plan = plan
        self._delimiter = delimiter
        self._blank: Any = {"omit": ABSENT, "erase": "", "null": None}[blank]
        self._close = list_gaps == "close"
        self._schema = schema
        self._coercer = Coercer(schema, parse_float) if schema is not None else None
        self._checker = (
            Checker(schema, parse_float, erases=blank != "omit", from_columns=True) if schema is not None else None
        )
        self._latin1 = latin1
        self._surplus, self._has_surplus = 0, plan.padding > 0
        self._row = Row(0, [], [])
        self._number = 0
        self._findings: list[Finding] = []
        self._branches: dict[Path, Branch] = {}
        self._paths: dict[int, Path] = {}

    def read_all(self, rows: Iterable[Row], parser: Parser, found: Read) -> None:
        """Add all rows to the result."""
        rows = list(rows)
        self._surplus = self._plan.padding or self._usual_surplus([row.cells for row in rows])
        for number, row in enumerate(rows, 1):
            self._row, self._number, self._findings = row, number, list(_inner_quotes(row, number, self._plan.labels))
            self._find_swallowed()
            record: Any = self._read() if self._fits() else ABSENT
            if record is not ABSENT:
                found.records.append((number, row.line, record))
                found.amounts += self._amounts()
            found.rows += all(finding.code != "blank-row" for finding in self._findings)
            found.findings += self._findings
        if parser.problem is not None:
            problem, labels = parser.problem, self._plan.labels
            label = labels[problem.column - 1] if problem.column and problem.column <= len(labels) else None
            found.findings.append(replace(problem, row=self._number + 1, label=label))
            found.rows += 1

    def _say(self, code: str, message: str, hint: str | None = None, **where: Any) -> None:
        where = {"row": self._number, "line": self._row.line, **where}
        self._findings.append(make_finding(code, message, hint=hint, **where))

    def _usual_surplus(self, rows: list[list[str]]) -> int:
        """How many blank cells beyond the header the rows may have: as many as the first record, unless it is moved."""
        width = len(self._plan.labels)
        for cells, following in itertools.pairwise([*rows, []]):
            is_record = any(cells) and not self._repeats(cells)
            if is_record and len(cells) >= width and not any(cells[width:]):
                is_moved = "" in cells[:width] and any(following) and len(following) == width
                return 0 if is_moved else len(cells) - width
        return 0

    def _repeats(self, cells: list[str]) -> bool:
        """Whether cells repeat a header with a name that the schema knows; the first may have a byte order mark."""
        labels = self._plan.labels
        is_known = self._schema is not None and any(is_named(label, self._schema) for label in labels)
        if not is_known or len(cells) != len(labels):
            return False
        pairs = [(a, b) for a, b in zip(cells, labels, strict=True) if b != "__rejected_because"]
        return (
            all(a in ([b, "\ufeff" + b] if place == 0 else [b]) for place, (a, b) in enumerate(pairs)) and pairs != []
        )

    def _find_swallowed(self) -> None:
        """Report the cells whose lines are rows, each with the cells before and after the cell."""
        labels, cells, delimiter = self._plan.labels, self._row.cells, self._delimiter
        for index, cell in enumerate(cells):
            lines = BREAK.split(cell)
            lines[0] = delimiter.join(["x"] * index + [lines[0]])
            lines[-1] = delimiter.join([lines[-1]] + ["x"] * (len(cells) - 1 - index))
            taken = len(lines) - 1
            is_prose = all(part.startswith(" ") for part in cell.split(delimiter)[1:])
            widths = {len(line.split(delimiter)) for line in lines}
            if len(labels) > 2 and taken and not is_prose and widths == {len(labels)}:
                self._say(
                    "swallowed-rows",
                    f"a quote that closes late has taken {taken:,} row{'s' * (taken > 1)} into this cell",
                    "close the quote at the end of the cell's first value, or remove it",
                    column=index + 1,
                    label=labels[index] if index < len(labels) else None,
                    value=cell,
                    context=neighbours(labels, cells, index),
                )

    def _amounts(self) -> Iterator[Amount]:
        for column in self._plan.columns:
            path = (*column.path, 0) if column.joined else column.path
            place, cell = column.place, self._row.cells[column.index]
            if place is not None and cell and (place.step(0) if column.joined else place).is_money:
                message = f"{show(cell)} may not be in cents, because the field mixes amounts with and without decimals"
                hint = "write every amount of this field in cents, without decimals"
                before, self._findings = self._findings, []
                self._say_of(column.index, column, "mixed-money", message, hint)
                (finding,), self._findings = self._findings, before
                yield Amount("/".join("*" if isinstance(part, int) else part for part in path), cell, finding)

    def _fits(self) -> bool:
        """Whether the row is as wide as the header, and not blank."""
        labels, cells = self._plan.labels, self._row.cells
        width, size = len(labels), len(cells)
        if not any(cells):
            self._say("blank-row", "all cells of the row are blank; it is not a record")
            return False
        if self._repeats(cells):
            self._say("repeated-header", "the row repeats the header; it is not a record", REPEATED_HINT)
            return False
        if size > width and not any(cells[width:]) and size == width + self._surplus:
            if not self._has_surplus:
                found = "a blank cell" if size == width + 1 else f"{size - width} blank cells"
                message = f"the row ends in {found} beyond the header; such cells are dropped"
                self._say("surplus-blank", message, SURPLUS_HINT, column=width + 1)
            self._has_surplus = True
            del cells[width:]
        elif size != width:
            reasons = labels.index(REJECTED) if REJECTED in labels else None
            count = size - (reasons is not None and reasons < size)
            self._say(
                "missing-cell" if size < width else "extra-cell",
                f"the row has {count} cell{'s' * (count != 1)}, the header has {width - (reasons is not None)}",
                MISSING_HINT if size < width else EXTRA_HINT if any(cells[width:]) else EXTRA_BLANK_HINT,
                column=min(size, width) + 1,
                label=labels[size] if size < width else None,
                value=cells[width] if size > width else None,
                context=neighbours(labels, cells, min(size, width) - 1),
            )
            return False
        return not self._is_rejected()

    def _is_rejected(self) -> bool:
        """Whether a row of the right width was rejected for its width, and the reason is still there."""
        if REJECTED not in self._plan.labels:
            return False
        index = self._plan.labels.index(REJECTED)
        why = re.search(r"(?:^|; )(missing-cell|extra-cell)(?: \[.*?\])?: ", self._row.cells[index])
        if why is None:
            return False
        message = f"the row was rejected because it had too {'few' if why[1] == 'missing-cell' else 'many'} cells"
        value = self._row.cells[index]
        self._say(
            why[1],
            f"{message}, and the reason is still there",
            "put its cells into the right columns, then clear the reason",
            column=index + 1,
            label=REJECTED,
            value=value,
        )
        return True

    def _read(self) -> Any:
        """The record of the row; ABSENT if it has none."""
        for index in self._plan.unlabelled:
            if self._row.cells[index]:
                message = "the cell is in a column without a name"
                self._say_of(index, None, "blank-label", message, "name the column", severity=Severity.ERROR)
        self._branches, self._paths = {}, {}
        self._place(self._plan.tree, ())
        values = {column.index: self._value(column) for column in self._plan.columns}
        has_gap = False
        record = ABSENT
        if values:
            record, gaps = self._nest(self._plan.tree, values)
            has_gap = bool(gaps)
            for column in gaps:
                hint = "move the later items up"
                message = "the list item is blank, but a later one has a value"
                self._say_of(column.index, column, "list-gap", message, hint)
        if has_gap:
            return ABSENT
        if record is ABSENT:
            if all(finding.severity is not Severity.ERROR for finding in self._findings):
                self._say("blank-row", "no usable column has a value; the row is not a record")
            return ABSENT
        if self._checker is not None:
            record, problems = self._checker.check(record)
            self._findings += map(self._finding, problems)
        return record

    def _place(self, branch: Branch, path: Path, *, is_there: bool = True) -> None:
        """Note where in the record a branch is: items behind a dropped blank list item move up."""
        if is_there:
            self._branches[path] = branch
        if branch.column is not None:
            self._paths[branch.column.index] = path
        place = 0
        for part in sorted(branch.below, key=int) if branch.is_list else branch.below:
            below = branch.below[part]
            if not (branch.is_list and self._close):
                self._place(below, (*path, part), is_there=is_there)
                continue
            has_value = any(map(self._has_value, below.columns()))
            self._place(below, (*path, place), is_there=has_value)
            place += has_value

    def _has_value(self, column: Column) -> bool:
        cell = self._row.cells[column.index]
        return bool(cell.strip(",") if column.joined else cell)

    def _say_of(
        self, index: int, column: Column | None, code: str, message: str, hint: str | None = None, **facts: Any
    ) -> None:
        self._say(
            code,
            message,
            hint,
            column=index + 1,
            label=self._plan.labels[index],
            path=format_pointer(self._paths[index]) if column is not None else None,
            value=self._row.cells[index],
            context=neighbours(self._plan.labels, self._row.cells, index),
            **facts,
        )

    def _value(self, column: Column) -> Any:
        cell = self._row.cells[column.index]
        if _is_formula(cell) and not _is_constant(cell):
            message = "a spreadsheet would run this as a formula; it is kept"
            hint = "do not open the file in a spreadsheet unless you trust its source"
            self._say_of(column.index, column, "formula-cell", message, hint)
        has_schema = self._schema is not None and column.place is not None
        entity = self._schema.entity if self._schema is not None else None
        checks = csv_checks(entity, column, has_schema=has_schema, latin1=self._latin1)
        if self._latin1 and WINDOWS_1252.find(cell) is not None:  # it goes before the checks after it
            checks = checks[: checks.index(WINDOWS_1252) + 1]
        for check in checks:
            warning = check.find(cell) if check.code != "formula-cell" else None
            if warning is not None:
                own = [each for each in checks if each not in TEXT_CHECKS]
                is_dropped = _is_hint_dropped(check.code, cell, own) or (
                    check.code in ("outer-whitespace", "spreadsheet-artefact")
                    and self._is_wrong(column, cell, check.code)
                )
                advice = "remove it" if is_dropped else warning[1]
                fix = None if is_dropped else self._fix_of(column, check.code, cell, own)
                is_safe = None if fix is None else check.code != "double-encoded"
                self._say_of(column.index, column, check.code, warning[0], advice, fix=fix, fix_is_safe=is_safe)
        if not cell:
            return ABSENT if column.in_list else self._blank
        if column.joined:
            return self._items(column, cell)
        if column.place is None or self._coercer is None or (self._close and column.in_list):
            return cell  # where list items may move up, the record decides which subschema applies
        if self._schema is not None and self._schema.plain is not None:
            return cell  # a warning may convert a value to one that breaks a rule: the record decides
        return self._coercer.parse_cell(cell, column.place)

    def _fix_of(self, column: Column, code: str, cell: str, own: list[TextCheck]) -> str | None:
        """The text that a warning about a cell is certain of."""
        if code == "double-encoded":
            meant = meant_text(cell)
            found = [] if meant is None else [check for check in [INVISIBLE, *own] if check.find(meant)]
            return None if found or meant is None or self._breaks(column, meant) else meant
        if code not in ("outer-whitespace", "spreadsheet-artefact"):
            return None
        bare = cell.strip() if code == "outer-whitespace" else strip_artefacts(cell)
        return None if bare == cell or is_odd(bare) else bare

    def _items(self, column: Column, cell: str) -> Any:
        """The items of a list in one cell."""
        items = cell.split(",")
        meant = parse_list_notation(cell)
        if meant is not None:
            message = "the cell holds a list in the notation of a programming language"
            hint = self._list_hint(meant, column)
            fix = ",".join(map(str, meant)) if hint.startswith("write the items") and ": " in hint else None
            is_safe = None if fix is None else True
            self._say_of(column.index, column, "list-notation", message, hint, fix=fix, fix_is_safe=is_safe)
            items = list(dict.fromkeys(filter(None, meant))) or items
        elif any(item != item.strip() for item in items):
            message = "an item begins or ends with white space; it is kept"
            hint = "remove the white space around the items"
            bare = [item.strip() for item in items]
            is_list = parse_list_notation(",".join(bare)) is not None
            fix = ",".join(bare) if all(bare) and not is_list and self._is_right_list(bare, column) else None
            is_safe = None if fix is None else True
            self._say_of(column.index, column, "item-whitespace", message, hint, fix=fix, fix_is_safe=is_safe)
        if meant is None and not all(items):
            hint = "remove the extra comma, or write the list without the empty item"
            self._say_of(column.index, column, "empty-item", "the list has an empty item", hint)
        items = [item for item in items if item]
        if self._close and column.in_list:
            return items or ABSENT
        assert self._coercer is not None
        assert column.place is not None
        return self._coercer.coerce(items, column.place) or ABSENT

    def _is_wrong(self, column: Column, cell: str, code: str) -> bool:
        """Whether the text without white space and spreadsheet artefacts breaks a rule of the field."""
        bare = cell.strip() if code == "outer-whitespace" else strip_artefacts(cell)
        return bare != cell and self._breaks(column, bare)

    def _breaks(self, column: Column, text: str) -> bool:
        """Whether a text breaks a rule of a field that is no joined list."""
        if self._coercer is None or self._schema is None or column.place is None or column.joined:
            return False
        value = self._coercer.coerce(text, column.place)
        nodes = [node for node, how in column.place.entries if how is not How.SOMETIMES]
        return not all(self._schema.accepts(node.location)(value) for node in nodes)

    def _list_hint(self, items: list[str | None], column: Column) -> str:
        """The hint about a list in the notation of a programming language: its exact cell, if that is valid."""
        if not items or None in items:
            return "leave the cell blank if there are no items, and leave out items without a value"
        texts = [item or "" for item in items]
        cell = ",".join(texts)
        if any("," in text or text.strip() != text or not text for text in texts) or parse_list_notation(cell):
            return f"give one column for each item: {column.label}.0, {column.label}.1"
        hint = "write the items with commas between them, and nothing else"
        return f"{hint}: {cell}" if self._is_right_list(texts, column) else hint

    def _is_right_list(self, texts: list[str], column: Column) -> bool:
        """Whether a list of these items is valid and its cell needs no warning."""
        assert self._coercer is not None
        assert self._schema is not None
        assert column.place is not None
        value = self._coercer.coerce(texts, column.place)
        nodes = [node for node, how in column.place.entries if how is not How.SOMETIMES]
        checks = csv_checks(self._schema.entity, column, has_schema=True, latin1=self._latin1)
        is_right = all(self._schema.accepts(node.location)(value) for node in nodes)
        return is_right and not any(check.find(",".join(texts)) for check in checks)

    def _nest(self, branch: Branch, values: dict[int, Any]) -> tuple[Any, list[Column]]:
        """The value at a branch, and a column of the first gap of each list."""
        if branch.column is not None:
            return values[branch.column.index], []
        parts = sorted(branch.below, key=int) if branch.is_list else list(branch.below)
        made = {part: self._nest(branch.below[part], values) for part in parts}
        gaps = [column for _, more in made.values() for column in more]
        there = {part: value for part, (value, _) in made.items() if value is not ABSENT}
        if not branch.is_list:
            return there or ABSENT, gaps
        missing = [part for part in parts[: parts.index(list(there)[-1])] if part not in there] if there else []
        if missing and not self._close:
            gaps.append(next(branch.below[missing[0]].columns()))
        return list(there.values()) or ABSENT, gaps

    def _finding(self, problem: Problem) -> Finding:
        where: dict[str, Any] = {"row": self._number, "line": self._row.line}
        branches = [self._branches.get(problem.path[:length]) for length in range(len(problem.path), -1, -1)]
        branch = next(branch for branch in branches if branch is not None)
        column = branch.column if branch is branches[0] or branch.column is not None else None
        if column is not None:
            index = column.index
            where |= {"column": index + 1, "label": column.label, "value": self._row.cells[index]}
            where["context"] = neighbours(self._plan.labels, self._row.cells, index)
            if column.joined and problem.suggestion is not None:
                where |= {"hint": f"for the item {problem.value!r}: {problem.hint}", "fix": None, "fix_is_safe": None}
        return problem.finding(**where)


# -- records to a report


IDENTIFIERS: dict[str | None, tuple[list[str], list[str]]] = {
    "customers": (["external_id", "email", "phone_number"], []),
    "products": (["external_id", "ean", "sku"], ["language", "shop_id", "store_id"]),
    "sales": (["external_id"], []),
    "shops": (["external_id"], []),
}
CUSTOMER = ["sale_customer_id", "sale_phone_number", "sale_email"]


def before_error(found: Read, on_finding: Callable[[Finding], None] | None = None) -> tuple[list[Record], Report]:
    """The records before the first error, and the report up to its row."""
    failed = min(found.invalid, default=None)
    collector = Collector(on_finding)
    reported = [finding for finding in found.findings if failed is None or (finding.row or 0) <= failed]
    collector.add_all([*reported, *found.without_records])
    good = [(number, record) for number, _, record in found.records if failed is None or number < failed]
    header_failed = failed is None and collector.has_errors
    collector.rows = found.rows if failed is None else len(good) + 1
    collector.valid_rows = 0 if header_failed else len(good)
    return [record for _, record in good], collector.build(SourceInfo())


def report(found: Read, entity: str | None = None, on_finding: Callable[[Finding], None] | None = None) -> Report:
    """The report of a file; with an entity, the rules across records are checked too."""
    twice = dict(_twice(found, entity))
    mixed = _mixed_amounts(found)
    sales = _incomplete_sales(found) if entity == "sales" else []
    for more in ([], mixed) if mixed else ([],):  # the second reading has what only the end of the first one shows
        collector = Collector(None if more else on_finding)
        within = [*(_within_products(found) if entity == "products" else ()), *_short_zips(found, entity)]
        all_findings = [*found.findings, *(finding for finding, _ in twice.values()), *within, *more]
        collector.add_all([*_one_a_cell(sorted(all_findings, key=order)), *found.without_records])
        collector.add_all(sales)
        collector.rows = found.rows
        collector.valid_rows = found.rows - len(found.invalid | {finding.row for finding in (*sales, *more)})
    if on_finding is not None:
        for finding in sorted(mixed, key=order):
            on_finding(finding)

    def explained(finding: Finding) -> Finding:
        if finding.code != "duplicate-identifier":
            return finding
        return replace(finding, hint=f"it first occurs in row {twice[finding.row or 0][1]}")

    collector.revise(explained)
    return collector.build(SourceInfo())


def _is_given(value: Any) -> bool:
    return value is not None and value != ""


def _located(finding: Finding, found: Read, name: str) -> Finding:
    column = found.plan.find((name,)) if found.plan is not None else None
    return replace(finding, column=column.index + 1, label=column.label) if column is not None else finding


def _twice(found: Read, entity: str | None) -> Iterator[tuple[int, tuple[Finding, int]]]:
    """The row of each record that overwrites another, the finding, and the row of the first record."""
    names, also = IDENTIFIERS.get(entity, ([], []))
    first: dict[Any, int] = {}
    for number, line, record in found.records:
        name = next((name for name in names if _is_given(record.get(name))), None)
        if name is None:
            continue
        others = [record.get(other) for other in also]
        values = [record[name], *(other if _is_given(other) else None for other in others)]
        key = (name, *((type(value), str(value)) for value in values))
        if first.setdefault(key, number) != number:
            message = f"duplicate {name} {str(record[name])!r}; this record overwrites the earlier one"
            value = str(record[name])
            finding = make_finding("duplicate-identifier", message, row=number, line=line, path=f"/{name}", value=value)
            yield number, (_located(finding, found, name), first[key])


def _within_products(found: Read) -> Iterator[Finding]:
    """The warnings about a sale price over the price, and about a shop that is in stock twice."""
    for number, line, record in found.records:
        where: dict[str, Any] = {"severity": Severity.WARNING, "row": number, "line": line}
        price, sale = (record.get(name) for name in ("price", "sale_price"))
        numbers = [one for one in (price, sale) if isinstance(one, int | float | Decimal) and not isinstance(one, bool)]
        if len(numbers) == 2 and sale and sale > price:
            message = f"the sale price {sale} is more than the price {price}"
            hint = "check both; a product without a discount has no sale price, or 0"
            about = make_finding("out-of-range", message, hint=hint, path="/sale_price", value=str(sale), **where)
            yield _located(about, found, "sale_price")
        stock = record.get("stock")
        items = [item for item in stock if isinstance(item, dict)] if isinstance(stock, list) else []
        shops = [shop for item in items if isinstance(shop := item.get("shop_id"), str) and shop]
        twice = [shop for at, shop in enumerate(shops) if shop in shops[:at]]
        if twice:
            message = f"the shop {twice[0]!r} is in stock twice"
            hint = "give one quantity for each shop"
            yield make_finding("duplicate-item", message, hint=hint, path="/stock", value=twice[0], **where)


def _short_zips(found: Read, entity: str | None) -> Iterator[Finding]:
    """The warnings about postal codes with fewer digits than those of their country."""
    prefix = {"customers": "", "sales": "sale_"}.get(entity or "")
    for number, line, record in found.records if prefix is not None else ():
        code, country = record.get(f"{prefix}zip_code"), record.get(f"{prefix}country")
        digits = ZIP_DIGITS.get(parse_country(country) or "", 0) if isinstance(country, str) else 0
        if isinstance(code, str) and re.fullmatch("[0-9]+", code, re.ASCII) and len(code) < digits:
            message = f"a postal code of {country} has {digits} digits; "
            about = make_finding(
                "lost-zero",
                f"{message}a spreadsheet may have dropped the zeros at the start",
                severity=Severity.WARNING,
                hint=f"it may be {code.zfill(digits)}; format the column as text in the spreadsheet, and export again",
                row=number,
                line=line,
                path=f"/{prefix}zip_code",
                value=code,
            )
            yield _located(about, found, f"{prefix}zip_code")


def _mixed_amounts(found: Read) -> list[Finding]:
    """The findings of whole amounts in fields that also have amounts with decimals."""
    wrong = {(f.row, f.column) for f in found.findings if f.severity is Severity.ERROR}
    wholes = []
    decimals, nonzero = set(), set()
    for amount in found.amounts:
        parts = amount.cell.split(",") if amount.finding.label in found.lists else [amount.cell]
        is_wrong = (amount.finding.row, amount.finding.column) in wrong
        if is_wrong and any(map(has_decimals, parts)):
            decimals.add(amount.key)
        if not is_wrong and any(re.fullmatch(r"-?[1-9][0-9]*(\.0+)?", part, re.ASCII) for part in parts):
            nonzero.add(amount.key)
        if not is_wrong and any(re.fullmatch(r"-?(0|[1-9][0-9]*)(\.0+)?", part, re.ASCII) for part in parts):
            wholes.append(amount)
    return [amount.finding for amount in wholes if amount.key in decimals & nonzero]


def _incomplete_sales(found: Read) -> list[Finding]:
    """The findings of each sale, at its first row."""
    sales: dict[Any, list[tuple[int, int, Record]]] = {}
    for number, line, record in found.records:
        sale = record.get("sale_external_id")
        if _is_given(sale):
            sales.setdefault((type(sale), str(sale)), []).append((number, line, record))
    findings = []
    where = "give it on one row of the sale, or on every row"
    for rows in sales.values():
        has = {name for _, _, record in rows for name, value in record.items() if _is_given(value)}
        number, line, _ = rows[0]
        faults: list[tuple[str, str, str]] = []
        if "sale_date" not in has:
            faults.append(("sale_date", "no row of the sale has a sale_date", where))
        if has.isdisjoint(CUSTOMER):
            hint = "give sale_customer_id, sale_email or sale_phone_number on one row of the sale"
            faults.append(("sale_customer_id", "no row of the sale has a customer identifier", hint))
        if "sale_currency" in has and "sale_exchange_rate" not in has:
            message = "the sale has a sale_currency, but no sale_exchange_rate"
            faults.append(("sale_exchange_rate", message, where))
        if "sale_exchange_rate" in has and "sale_currency" not in has:
            faults.append(("sale_currency", "the sale has a sale_exchange_rate, but no sale_currency", where))
        for name, message, hint in faults:
            finding = make_finding("incomplete-sale", message, hint=hint, row=number, line=line, path=f"/{name}")
            findings.append(_located(finding, found, name))
    return findings
