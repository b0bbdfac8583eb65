"""The findings of a report in blocks: one for each fault, as a person reads them.

In: a report. Out: the blocks in the order of reading, with exact counts, and where each finding is. Rule: all formats
for people show the same blocks in the same order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain, groupby
from typing import NamedTuple

from custobar_formats.core.findings import UNKNOWN_HINT, UNMAPPED_HINT, Finding, Severity, column_key, cut
from custobar_formats.core.limits import FREQUENT_BLOCKS, MAX_NAME_CHARS
from custobar_formats.core.shown import quoted
from custobar_formats.core.spreadsheet import letters_of
from custobar_formats.report.contents import ReportContents, SourceInfo

FIRST = ("identified-by", "export-columns")
"""The codes that come first of all: what decides how everything else is read."""

OF_MANY_COLUMNS = {"unknown-label": "unknown columns", "unknown-field": "unknown keys"}
OF_MANY_COLUMNS |= {"unmapped-column": "columns that the mapping does not name"}
"""The codes of which all columns share one block, and what those are."""

OF_EACH = {
    UNKNOWN_HINT: "rename each to a field of the schema, or remove it",
    UNMAPPED_HINT: "map each, or add it to ignore",
}
"""What to do about one column, and about each of several."""

FIX, UNSAFE_FIX = "fix", "fix --unsafe"
"""The commands that fix what is certain, and what is likely."""

SHORT_HINT = 40
"""Characters of a hint up to which it stands behind its value, although only its digits are others."""


class FindingGroup(NamedTuple):
    """The findings of one severity and code in one column, or in none.

    Attributes:
        severity: their severity.
        code: their code.
        column: the column name, or the place in a record; empty if there is none.
        findings: those that the report kept.
        total: the exact number of all.

    """

    severity: Severity
    code: str
    column: str
    findings: list[Finding]
    total: int

    @property
    def more(self) -> int:
        """The number of findings that were counted but not kept."""
        return self.total - len(self.findings)

    @property
    def is_of_many_columns(self) -> bool:
        """Whether the findings are in several columns."""
        return not self.column and self.total > 1 and self.code in OF_MANY_COLUMNS


def group_findings(report: ReportContents) -> list[FindingGroup]:
    """The findings of a report in groups: errors first, then by the first finding of each group in the file."""
    kept: dict[tuple[Severity, str, str], list[Finding]] = {}
    for finding in report.findings:
        kept.setdefault((finding.severity, finding.code, column_key(finding)), []).append(finding)
    groups = []
    for severity, code, key in sorted(kept, key=lambda group: list(Severity).index(group[0])):
        others = sum(len(kept.get((other, code, key), ())) for other in Severity if other is not severity)
        total = _total(report, code, key) - others
        groups.append(FindingGroup(severity, code, key, kept[severity, code, key], total))
    return groups


def _total(report: ReportContents, code: str, key: str) -> int:
    """The exact number of findings of one code in one column, or in none."""
    by_column = report.counts.by_column
    if key:
        return by_column.get(key, {}).get(code, 0)
    return report.counts.by_code[code] - sum(counts.get(code, 0) for counts in by_column.values())


def find_blocks(report: ReportContents) -> list[FindingGroup]:
    """The blocks of a report: how records are identified, then errors, warnings, notices.

    Among those of one severity, the three most frequent come first, the others in the order of the file.
    """
    merged = _merged(group_findings(report))
    blocks = [block for one in merged for each in _by_way_out(one, report.source) for block in _by_sentence(each)]
    first = [block for code in FIRST for block in blocks if block.code == code]
    others = groupby((block for block in blocks if block.code not in FIRST), key=lambda block: block.severity)
    return [*first, *chain.from_iterable(_frequent_first(list(of_one)) for _, of_one in others)]


def _merged(groups: Iterable[FindingGroup]) -> list[FindingGroup]:
    """The groups, with those of several columns in one."""
    blocks: list[FindingGroup] = []
    places: dict[tuple[Severity, str], int] = {}
    for group in groups:
        key = (group.severity, group.code)
        if group.column and group.code in OF_MANY_COLUMNS and key in places:
            old = blocks[places[key]]
            findings = sorted([*old.findings, *group.findings], key=lambda finding: finding.fix is None)
            blocks[places[key]] = old._replace(column="", findings=findings, total=old.total + group.total)
        else:
            places |= {key: len(blocks)} if group.column else {}
            blocks.append(group)
    return blocks


def _by_way_out(block: FindingGroup, source: SourceInfo) -> list[FindingGroup]:
    """A block for each way out of its findings; one that has an example of each first, if not all of them are known."""
    by_way: dict[str | None, list[Finding]] = {FIX: [], UNSAFE_FIX: [], None: []}
    for finding in block.findings:
        by_way[way_out(source, finding)].append(finding)
    ways = list(filter(None, by_way.values()))
    if len(ways) < 2:
        return [block]
    if not block.more:
        return [block._replace(findings=findings, total=len(findings)) for findings in ways]
    firsts = [findings[0] for findings in ways]
    return [block._replace(findings=[*firsts, *(each for each in block.findings if each not in firsts)])]


def _by_sentence(block: FindingGroup) -> list[FindingGroup]:
    """A block for each finding that is about a whole column or file, such as one kind of changes."""
    if block.more or any(finding.line is not None or finding.row is not None for finding in block.findings):
        return [block]
    return [block._replace(findings=[finding], total=1) for finding in block.findings]


def _frequent_first(blocks: list[FindingGroup]) -> list[FindingGroup]:
    frequent = sorted(range(len(blocks)), key=lambda place: -blocks[place].total)[:FREQUENT_BLOCKS]
    return [blocks[place] for place in frequent] + [
        block for place, block in enumerate(blocks) if place not in frequent
    ]


def subject(block: FindingGroup, source: SourceInfo) -> str:
    """The subject of a block: a column, or the file; empty for its rows."""
    is_about_file = block.findings[0].line is None and block.findings[0].row is None and not block.is_of_many_columns
    return block.column or (source.name or "<input>") * is_about_file


def count_words(block: FindingGroup, source: SourceInfo) -> str:
    """How many cells, rows, values or records a block is about; empty for one."""
    if block.total == 1 or block.is_of_many_columns:
        return ""
    first, is_table = block.findings[0], source.is_table
    if block.column:
        return f"{block.total:,} {'cells' if is_table else 'values'}"
    if first.row is not None:
        return f"{block.total:,} {'rows' if is_table else 'records'}"
    return f"{block.total:,} times"


def problem_words(block: FindingGroup) -> str:
    """The problem in words: the message of the first finding, or the number of columns."""
    if block.is_of_many_columns:
        return f"{block.total:,} {OF_MANY_COLUMNS[block.code]}"
    return block.findings[0].message


def advice(block: FindingGroup, source: SourceInfo) -> str | None:
    """The advice about a block, unless the certain fix behind each place shows it."""
    if all(way_out(source, finding) == FIX for finding in block.findings):
        return None
    if block.is_of_many_columns:
        return next((OF_EACH[finding.hint] for finding in block.findings if finding.hint in OF_EACH), None)
    return next((finding.hint for finding in block.findings if finding.fix is None), block.findings[0].hint)


def way_out(source: SourceInfo, finding: Finding) -> str | None:
    """The command that puts the fix of a finding into its cell; None if a person has to, and for column names."""
    if not source.is_table or finding.fix is None or finding.code in OF_MANY_COLUMNS:
        return None
    return FIX if finding.fix_is_safe else UNSAFE_FIX


def ways_words(block: FindingGroup, source: SourceInfo) -> str | None:
    """How many of a block's findings have which way out, if several have, and not all of the findings are known."""
    counts = Counter(way_out(source, finding) for finding in block.findings)
    if len(counts) < 2:
        return None
    words = [f"{way} changes {counts[way]:,}" for way in (FIX, UNSAFE_FIX) if counts[way]]
    words += [f"{counts[None]:,} need{'s' * (counts[None] == 1)} a person"] if counts[None] else []
    return f"of the first {len(block.findings):,}, {' and '.join(words) if len(words) < 3 else ', '.join(words)}"


def cell_of(source: SourceInfo, finding: Finding) -> str | None:
    """The cell as a spreadsheet program names it, such as C3; None if that is not certain.

    A blank line, or a cell of several lines, gives the rows below it other numbers than the lines have.
    """
    if not source.is_table or finding.line is None or finding.column is None:
        return None
    above = source.header_line or 1
    is_certain = source.sheet is not None or finding.line == (above if finding.row is None else above + finding.row)
    return f"{letters_of(finding.column)}{finding.line}" if is_certain else None


def cells_of(source: SourceInfo, finding: Finding, last: Finding | None = None) -> str | None:
    """The cells from one to the last one of consecutive rows, such as C3:C7; as for ``cell_of``."""
    first, end = cell_of(source, finding), None if last is None else cell_of(source, last)
    if last is None or last is finding or first is None:
        return first
    return None if end is None else f"{first}:{end}"


def where_words(source: SourceInfo, finding: Finding, last: Finding | None = None) -> str:
    """Where a finding is besides its line: the cell, or the row or record, and the column's letters.

    ``last``: the last one of those in consecutive rows.
    """
    cell = cells_of(source, finding, last)
    if cell is not None:
        return cell
    is_table = source.is_table
    words = []
    if is_table and finding.line is not None and finding.column is not None:
        words.append(f"column {letters_of(finding.column)}")
    if finding.row is not None:
        numbers = f"{finding.row:,}" if last is None or last.row is None else f"{finding.row:,}-{last.row:,}"
        words.append(f"{'row' if is_table else 'record'}{'s' * (last is not None)} {numbers}")
    if not is_table and finding.path and any(part.isdigit() for part in finding.path.split("/")):
        words.append(cut(finding.path, MAX_NAME_CHARS))
    return ", ".join(words)


class Change(NamedTuple):
    """The contents of one place of a block, besides where it is.

    Attributes:
        text: its value; or its message, if that says something else than the block's; empty for a single place.
        fix: the text to put in the value's place; None if it is not known.
        hint: what to do, if that is something else than for the block.

    """

    text: str
    fix: str | None
    hint: str | None


def change_of(block: FindingGroup, finding: Finding, given: str | None) -> Change:
    """The contents of a place of a block; ``given``: the advice about the block."""
    fix = None if finding.fix is None else _quoted(finding.fix)
    if block.code in OF_MANY_COLUMNS:
        is_named = block.is_of_many_columns or fix is not None
        is_own = block.is_of_many_columns and fix is None and finding.hint not in OF_EACH
        hint = finding.hint if is_own else None
        return Change(_quoted(column_key(finding)) if is_named else "", fix, hint)
    is_known = finding.fix is not None or finding.hint is None or finding.hint == given
    is_like = len(finding.hint or "") > SHORT_HINT and _undigited(finding.hint) == _undigited(given)
    hint = None if is_known or is_like else finding.hint
    if _kind(finding) != _kind(block.findings[0]):
        return Change(finding.message, fix, hint)
    is_shown = finding.value is not None and (fix is not None or (block.total > 1 and block.column != ""))
    return Change(_quoted(finding.value or "") if is_shown else "", fix, hint)


class Place(NamedTuple):
    """One place of a block, or several in consecutive rows that show the same.

    Attributes:
        first: the finding there.
        last: the last one, if there are several.
        change: the contents.
        size: how many findings there are.

    """

    first: Finding
    last: Finding | None
    change: Change
    size: int


def places_of(
    block: FindingGroup, findings: Iterable[Finding], given: str | None, *, shows_rows: bool = False
) -> list[Place]:
    """The places of a block's findings; ``given``: as for ``change_of``; ``shows_rows``: whether cells are shown."""
    places: list[Place] = []
    for finding in findings:
        change = change_of(block, finding, given)
        before = places[-1] if places else None
        if before is not None and before.change == change and _follows(before, finding, shows_rows=shows_rows):
            places[-1] = before._replace(last=finding, size=before.size + 1)
        else:
            places.append(Place(finding, None, change, 1))
    return places


def _follows(place: Place, finding: Finding, *, shows_rows: bool) -> bool:
    """Whether a finding is at the same place of the next row."""
    last = place.last or place.first
    if last.row is None or finding.row != last.row + 1 or (shows_rows and finding.context is not None):
        return False
    return (last.column, last.path, last.line is None) == (finding.column, finding.path, finding.line is None)


def _kind(finding: Finding) -> str:
    """The message without the value: equal for findings that differ in nothing else."""
    return finding.message.replace(quoted(finding.value), "") if finding.value else finding.message


def _undigited(text: str | None) -> str:
    return "".join(character for character in text or "" if not character.isdigit())


def _quoted(text: str) -> str:
    return quoted(cut(text))
