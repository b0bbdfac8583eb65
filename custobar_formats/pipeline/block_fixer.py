"""A block of rows to the same rows with the texts that are certainly meant, column by column.

In: blocks of rows in the order of the file, and the decisions about its columns. Out: the rows, the changes, and what
the values show about each column. Rules: only a cell with a finding is changed, and a change leaves none at the cell;
a column is decided as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from custobar_formats.core.limits import CACHED_MAPPED
from custobar_formats.core.number_cells import NumberText, plain, unmarked
from custobar_formats.csvtext.rows import CellChange, RowBlock
from custobar_formats.notation.column import (
    COLUMNS,
    NUMERIC,
    REFUSED,
    ColumnEvidence,
    Meant,
    MoneyColumn,
    decide_together,
)
from custobar_formats.notation.national_phones import parse_national_phone
from custobar_formats.notation.suggestion import Suggestion, Why
from custobar_formats.pipeline.block_plan import BlockPlan, column_kind
from custobar_formats.pipeline.block_values import Known, are_clean_items, decoded, may_have_odd_items, suggest_items
from custobar_formats.pipeline.fix_evidence import FixEvidence
from custobar_formats.pipeline.options import Fixes
from custobar_formats.records.block import Values
from custobar_formats.records.header import Column
from custobar_formats.text.checks import DOUBLE_ENCODED, TextCheck
from custobar_formats.validation.cell_warnings import FoundWarning, text_warnings
from custobar_formats.validation.column_readers import UndecidedColumn, Wrong
from custobar_formats.validation.field_checks import FULL_LENGTHS
from custobar_formats.validation.problems import Problem


class Export(NamedTuple):
    """The columns of an export whose fields are fixed: their names, and the field that comes from each, by place."""

    labels: list[str]
    fields: Mapping[int, int]


class BlockFixer:
    """Fixes the blocks of one file.

    Attributes:
        labels: the names of the file's columns, in their order.
        columns: by their place, the columns that may be fixed.
        adopted: how the next blocks are fixed.
        is_open: whether that was not decided by any rows.

    """

    def __init__(self, plan: BlockPlan, fixes: Fixes, export: Export | None = None) -> None:
        self._fixes = self.adopted = fixes
        self.is_open = not fixes.decisions
        self.labels = plan.header.labels if export is None else export.labels
        self._field_of = None if export is None else export.fields
        self.columns = {
            index: _ColumnFixer(plan, column, fixes)
            for index, column in plan.columns.items()
            if column.label not in fixes.untouched
        }

    @property
    def withheld(self) -> int:
        """How many cells have a fix that is not certain and was not applied."""
        return sum(column.found.withheld for column in self.columns.values())

    def names_in_file(self, labels: list[str]) -> list[str]:
        """The labels as they stand in the file."""
        written = {name: label for label, name in self._fixes.names.items()}
        return [written.get(label, label) for label in labels]

    @property
    def misnamed(self) -> frozenset[str]:
        """The fields that columns were named, in which a value stays wrong."""
        return frozenset(column.label for column in self.columns.values() if column.found.is_misnamed)

    def begin(self) -> dict[int, FixEvidence]:
        """The evidence of its columns from now on, by their place; that from before is forgotten."""
        return {place: column.begin() for place, column in self.columns.items()}

    def merge(self, found: Mapping[int, FixEvidence]) -> None:
        """Learn what the columns have shown in another part of the file, whose cells were fixed in the same way."""
        for place, column in self.columns.items():
            column.found.merge(found[place])

    def shown(self) -> Fixes:
        """How the file would be fixed by what its columns have shown so far."""
        own: dict[str, Hashable] = {
            each.label: REFUSED if each.found.refused else each.found.column.decide() for each in self.columns.values()
        }
        own |= decide_together({each.label: own[each.label] for each in self.columns.values() if each.is_in_group})
        marks = {each.label: each.mark for each in self.columns.values() if each.has_numbers}
        return replace(self._fixes, decisions=own, marks=marks)

    def follows(self, fixes: Fixes) -> bool:
        """Whether all cells so far were fixed as under these decisions; where none has decided, they do not matter."""
        return all(column.follows(fixes) for column in self.columns.values())

    def settle(self) -> bool:
        """Fix the next blocks as the columns have shown, unless cells were fixed otherwise; whether that was done."""
        self.is_open = False
        shown = self.shown()
        if not self.follows(shown):
            return False
        self.adopt(shown)
        return True

    def adopt(self, fixes: Fixes) -> None:
        """Fix the next blocks under these decisions."""
        self.adopted = fixes
        for column in self.columns.values():
            if column.label in fixes.decisions:
                column.adopt(fixes)

    def fix_of(self, column: int, text: str) -> tuple[str, bool] | None:
        """The text that a text with a finding becomes in a 0-based column, and whether that is certain; or None."""
        return self.columns[column].fix_of(text)

    def refuses(self, column: int) -> bool:
        """Whether nothing may be changed in a 0-based column, because one of the texts asked for cannot be."""
        return self.columns[column].found.refused

    def proof(self, column: int, why: Why) -> str:
        """The proof that has decided the changes of one kind in a file's 1-based column, in words; or blank."""
        place = column - 1 if self._field_of is None else self._field_of[column - 1]
        return self.columns[place].found.column.proof(why) if place in self.columns else ""

    def fix(self, block: RowBlock) -> tuple[RowBlock, list[CellChange]]:
        """The block with the texts that are meant, and the changes."""
        changes: list[CellChange] = []
        known: dict[int, Known | None] = {}
        columns: list[Sequence[str]] | None = None
        before_all = block.columns if block.rows else ()
        for index, column in self.columns.items() if block.rows else ():
            cells = before_all[index]
            fixed = column.fix(cells, block) if index not in block.lists else None
            if fixed is None and not column.has_numbers:
                if index not in block.lists:
                    known[index] = column.known
                continue
            columns = columns or [*before_all]
            columns[index] = column.marked(fixed or cells)
            changes += [
                CellChange(block.numbers[row], index + 1, str(before), after, column.reasons[text])
                for row, (before, text, after) in enumerate(
                    zip(cells, column.texts(cells, block), fixed or cells, strict=True)
                )
                if before is not after
            ]
        if columns is None:
            block.known = known
            return block, changes
        rows = list(map(list, zip(*columns, strict=True)))
        texts = _without(block, {change.row for change in changes})
        return replace(block, rows=rows, escapes=True, known=known, texts=texts, _columns=columns), changes


def _without(block: RowBlock, changed: set[int]) -> Sequence[str]:
    """The texts of the rows, blank for those that are changed; none if most are."""
    if 2 * len(changed) >= len(block.texts):
        return ()
    return ["" if row in changed else text for row, text in zip(block.numbers, block.texts, strict=True)]


class _ColumnFixer:
    """Fixes the cells of one column.

    Attributes:
        label: its name.
        found: what its cells have shown.
        reasons: by the text that was changed, the reason.
        has_numbers: whether it is one of money and has number cells of a spreadsheet with a fraction.
        known: what is known of the cells of the last block; None where nothing is.

    """

    def __init__(self, plan: BlockPlan, column: Column, fixes: Fixes) -> None:
        self.label = column.label
        self._plan = plan
        self._column = column
        self._fixes = fixes
        place = column.place
        self._own_checks = plan.field_checks.get(column.index, ())
        kind = self._kind = column_kind(plan, column)
        self.found = FixEvidence(COLUMNS.get(kind, ColumnEvidence)())
        self._decision = self.found.column.decide()
        self._looks = True
        if column.label in fixes.decisions:
            self.adopt(fixes)
        self._lengths = FULL_LENGTHS.get(str(column.path[-1])) if kind == "code" else None
        self._reader = plan.readers.get(column.index)
        self._needs_values = plan.needs_values(column.index, whole=plan.builds)
        self._checks = plan.text_checks.get(column.index, ())
        is_open = isinstance(self._reader, UndecidedColumn) or not plan.checks.decided
        self._is_open = is_open and place is not None and not column.joined
        self._valid: dict[str, bool] = {}
        self._suggestions: dict[str, Suggestion | None] = {}
        self._table: dict[str, str] = {}
        self._uncertain: dict[str, str] = {}
        self.reasons: dict[str, Why] = {}
        self._unfixable: set[str] = set()
        self._is_renamed = column.label in fixes.names.values()
        self.has_numbers = False
        self.known: Known | None = None

    def begin(self) -> FixEvidence:
        """The evidence of its cells from now on; that from before is forgotten."""
        self.found = FixEvidence(COLUMNS.get(self._kind, ColumnEvidence)(), refused=self._decision == REFUSED)
        return self.found

    @property
    def is_in_group(self) -> bool:
        """Whether it is one of the filled columns of money, which are decided together."""
        is_filled = isinstance(self.found.column, MoneyColumn) and self.found.column.is_filled
        return is_filled and self._column.index not in self._plan.in_cents

    @property
    def mark(self) -> str | None:
        """The decimal mark that its number cells are written with; None if they must not show one."""
        return self.found.column.mark_of_texts if isinstance(self.found.column, MoneyColumn) else None

    def follows(self, fixes: Fixes) -> bool:
        """Whether its cells so far were fixed as under these decisions."""
        is_marked_so = self._fixes.marks.get(self.label, ".") == fixes.marks.get(self.label, ".")
        is_decided_so = not self.found.has_decided or self._decision == fixes.decisions[self.label]
        return is_decided_so and (is_marked_so or not self.has_numbers)

    def adopt(self, fixes: Fixes) -> None:
        """Fix the next cells under these decisions."""
        self._decision = fixes.decisions[self.label]
        self.found.refused = self._decision == REFUSED
        if isinstance(self.found.column, MoneyColumn) and self._decision is None:
            self._looks = False  # it is looked at again, from the start, if it turns out to have decimals
            self.found.column.forget_seen()

    def marked(self, cells: Sequence[str]) -> Sequence[str]:
        """The cells as those of a CSV file, in which the marks of number cells decide nothing about texts."""
        if not self.has_numbers:
            return cells
        mark = self._fixes.marks.get(self.label, ".")
        return [
            (cell.unmarked if mark is None else cell.marked(mark)) if isinstance(cell, NumberText) else cell
            for cell in cells
        ]

    def texts(self, cells: Sequence[str], block: RowBlock) -> Sequence[str]:
        """The texts that decide and are decided about: the cells, with number cells of spreadsheets apart."""
        return unmarked(cells) if block.has_numbers and self._kind in NUMERIC else cells

    def fix(self, cells: Sequence[str], block: RowBlock) -> list[str] | None:
        """Its cells in a block with what is meant; None if nothing is changed."""
        texts = bare = cells
        if block.has_numbers:
            texts, bare = self.texts(cells, block), plain(cells)
        self.has_numbers = self.has_numbers or (self._kind == "money" and texts is not cells)
        if isinstance(self.found.column, MoneyColumn) and not self.found.column.is_filled:
            self.found.column.see_filled(texts)
        if self._looks:
            self.found.column.see(texts)
        table, others = self._table, bare
        has_known = bool(table) and not table.keys().isdisjoint(texts)
        if has_known:  # what is known need not be checked again
            others = list(map(table.get, texts, bare))
        places = self._places(others, block.suspects)
        in_units = self._kind == "money" and self._decision.__class__ is tuple
        if not (places or has_known or in_units):
            return None
        if len(self._suggestions) > CACHED_MAPPED:
            self._forget()
        found = self.found
        wrong = Counter(filter(table.__contains__, texts) if has_known else ())
        if in_units:
            wrong = Counter(filter(None, texts))  # whole amounts, too, are in the currency's unit
        else:
            wrong.update(texts[row] if others[row] is bare[row] else others[row] for row in places)
        warned = {} if self.known is None or block.has_numbers else self.known.warned
        checked = {others[row]: warned.get(row) for row in places} if warned else {}
        for text, rows in wrong.items():
            if text not in self._suggestions:
                self._learn(text, checked)
            self.found.column.learn(text, self._suggestions[text], rows)
            found.withheld += rows if text in self._uncertain else 0
        found.has_decided = found.has_decided or bool(wrong)
        found.refused = found.refused or not self._unfixable.isdisjoint(wrong)
        if self._is_renamed and not found.is_misnamed:
            found.is_misnamed = any(text not in table and not self._is_valid(text) for text in wrong)
        return None if table.keys().isdisjoint(wrong) else list(map(table.get, texts, cells))

    def fix_of(self, text: str) -> tuple[str, bool] | None:
        """The text that a text with a finding becomes, and whether that is certain; None if it stays."""
        if text not in self._suggestions:
            self._learn(text, {})
        if text in self._table:
            return self._table[text], True
        return None if self.found.refused or text not in self._uncertain else (self._uncertain[text], False)

    def _forget(self) -> None:
        for known in (self._suggestions, self._table, self.reasons, self._valid, self._uncertain, self._unfixable):
            known.clear()

    def _places(self, cells: Sequence[str], suspects: Sequence[TextCheck]) -> set[int]:
        """The places of the cells with a finding that may have a fix."""
        if self._column.joined:
            self.known = None
            odd = enumerate(cells) if may_have_odd_items(cells) else ()
            found = {row for row, cell in odd if cell and suggest_items(self._plan, self._column, cell) is not None}
            return found | text_warnings(cells, [check for check in self._checks if check in suspects]).keys()
        values, wrong = self._read(cells)
        own = self._own_checks
        due = [check for check in self._checks if check in suspects or check in own] if suspects else own
        warned = text_warnings(cells, due) if due else {}
        self.known = Known(values, wrong, warned)
        if self._is_open:
            return {row for row, cell in enumerate(cells) if cell and not self._is_valid(cell)} | warned.keys()
        return {row for row, rule, _ in wrong if rule is not None} | warned.keys() if wrong or warned else set()

    def _read(self, cells: Sequence[str]) -> tuple[Values | None, Wrong]:
        """The values of cells, if they are needed and are not the cells, and what is wrong."""
        if self._reader is None:
            return None, []
        return self._reader.read(cells) if self._needs_values else (None, self._reader.wrong(cells))

    def _learn(self, text: str, checked: Mapping[str, FoundWarning | None]) -> None:
        """Find what a text means, and whether it is to be changed; ``checked``: the warnings already looked for."""
        suggestion = self._suggestions[text] = self._suggest(text, checked)
        meant = self.found.column.meant(text, suggestion, self._decision) or self._national_phone(text, suggestion)
        if meant is None or meant.text == text:
            return
        if meant.why is Why.DECIMAL_ZERO and self._lengths is not None and len(meant.text) not in self._lengths:
            return  # zeros at the start may be lost, too
        if not self._is_clean(meant.text):
            if meant.why is Why.IN_CENTS:
                self._unfixable.add(text)
                self.found.refused = True
            return
        if meant.is_safe or self._fixes.unsafe:
            self._table[text], self.reasons[text] = meant.text, meant.why
        else:
            self._uncertain[text] = meant.text

    def _suggest(self, text: str, checked: Mapping[str, FoundWarning | None]) -> Suggestion | None:
        """The suggestion for a text with a finding."""
        suggestion = suggest_items(self._plan, self._column, text) if self._column.joined else None
        if suggestion is not None:
            return suggestion
        for problem in self._problems(text):
            if problem.suggestion is not None or problem.severity is None:
                return problem.suggestion
        warning = checked[text] if text in checked else text_warnings([text], self._checks).get(0)
        if warning is None:
            return None
        if warning.code == DOUBLE_ENCODED.code:
            return decoded(text, warning.fix)
        why = Why.WRAPPED if warning.code == "spreadsheet-artefact" else Why.OUTER_SPACE
        return Suggestion(warning.fix, bool(warning.fix_is_safe), why)

    def _problems(self, text: str) -> list[Problem]:
        """The problems of a text by itself: as the column's rules show, or the field alone if they are not known."""
        checker, path = self._plan.checker, self._column.path
        if checker is None:
            return []
        if self._is_open:
            record = {path[0]: text} if len(path) == 1 else {}
            return [problem for problem in checker.check(record)[1] if problem.path == path]
        found = self._reader.wrong([text]) if self._reader is not None else []
        return [checker.problem(value, path, rule) for _, rule, value in found if rule is not None]

    def _is_valid(self, text: str) -> bool:
        """Whether the rules for the field alone take a text."""
        checker, place = self._plan.checker, self._column.place
        if not self._is_open or checker is None or place is None:
            return not (self._reader and self._reader.wrong([text]))
        if text not in self._valid:
            self._valid[text] = checker.is_clean_at(text, place)
        return self._valid[text]

    def _national_phone(self, text: str, suggestion: Suggestion | None) -> Meant | None:
        """The telephone number of a country that is given for the whole file."""
        if self._fixes.country is None or suggestion is None or suggestion.why is not Why.TRUNK:
            return None
        number = parse_national_phone(text.strip(), self._fixes.country).number
        return None if number is None else Meant(number, Why.TRUNK, False)

    def _is_clean(self, text: str) -> bool:
        """Whether a text gets no finding in this column."""
        is_joined = self._column.joined
        is_valid = are_clean_items(self._plan, self._column, text) if is_joined else self._is_valid(text)
        return is_valid and not text_warnings([text], self._checks)
