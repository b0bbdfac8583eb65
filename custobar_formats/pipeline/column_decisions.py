"""The decisions of a file's columns about the fixes of their findings, as ``fix`` decides it.

In: blocks with what is wrong in their columns. Out: findings with the fix that ``fix`` makes of their cells, if any.
Rule: values that are right cost nothing, except a look for the points of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from custobar_formats.core.findings import Finding
from custobar_formats.core.limits import CACHED_MAPPED, MAX_LISTED_NAMES, MAX_VALUE_CHARS
from custobar_formats.core.number_cells import NumberText
from custobar_formats.core.paths import format_pointer
from custobar_formats.core.shown import shown
from custobar_formats.notation.column import COLUMNS, NUMERIC, REFUSED, ColumnEvidence, MoneyColumn, decide_together
from custobar_formats.notation.suggest import suggest
from custobar_formats.pipeline.block_plan import BlockPlan, column_kind
from custobar_formats.pipeline.block_values import decoded
from custobar_formats.text.checks import DOUBLE_ENCODED
from custobar_formats.validation.cell_warnings import FoundWarning
from custobar_formats.validation.column_readers import Wrong
from custobar_formats.validation.hints import sentence

if TYPE_CHECKING:
    from custobar_formats.pipeline.block_fixer import BlockFixer

Columns = Sequence[Sequence[str]]
"""The cells of each column of a block."""

NUMBERS = ("integer", "number")

DECIDED = {"date", "datetime", "money", "consent", "code", "string", *NUMBERS}
"""The kinds of columns in which other values decide what one value means."""

SHOWS_ORDER = re.compile(r"[0-9]{1,2}[/-][0-9]|\.\s?(?:1[3-9]|[23][0-9])\.").search
"""Whether a day may show in which order the days of its column are written."""

USUAL_AMOUNT = re.compile(r"\A[1-9][0-9]*([.,])(?:(00)|[0-9]{2})(?![0-9])").sub
"""Replaces the digits of an amount with two decimals, of which zeros may mean something else than others."""

Evidence = dict[int, ColumnEvidence]
"""Knowledge of columns, by their 0-based places."""

CONTESTED = "fix does not, because of other values in the column"


class ColumnDecisions:
    """Learns what the columns of one file show, as far as their findings need it.

    Attributes:
        evidence: what has been learned so far.

    """

    def __init__(self, plan: BlockPlan, filled: Set[int]) -> None:
        self._plan = plan
        self._filled = filled
        self._refused = set[int]()
        kinds = {index: column_kind(plan, column) for index, column in plan.columns.items() if not column.joined}
        self._kinds = {index: kind for index, kind in kinds.items() if kind in DECIDED and plan.checker is not None}
        self.evidence: Evidence = {index: COLUMNS[kind]() for index, kind in self._kinds.items()}
        self._seen = {index for index, kind in self._kinds.items() if kind == "code" or kind in NUMBERS}
        self._texts: dict[int, set[str]] = {index: set() for index in self._kinds}
        self._unmarked: dict[int, dict[str, str]] = {}
        self._by_path = {format_pointer(plan.columns[index].path): index for index in kinds}

    def merge(self, evidence: Evidence) -> None:
        """Learn what another part of the file has shown."""
        for index, other in evidence.items():
            self.evidence[index].merge(other)

    def note_numbers(self, columns: Columns) -> None:
        """Note which texts are those of number cells, before the rest about a block is learned."""
        for index, kind in self._kinds.items():
            if kind in NUMERIC and NumberText in set(map(type, columns[index])):
                cells = {cell: cell.unmarked for cell in columns[index] if isinstance(cell, NumberText)}
                known = self._unmarked.setdefault(index, {})
                known |= {str(cell): text for cell, text in cells.items()}

    def learn(self, columns: Columns, all_wrong: Mapping[int, Wrong]) -> None:
        """Learn from the columns of a block, and what is wrong in them."""
        for index in self._seen:
            evidence = self.evidence[index]
            known = self._unmarked.get(index)
            evidence.see(columns[index] if known is None else [known.get(cell, cell) for cell in columns[index]])
        for index, wrong in all_wrong.items():
            if index in self._kinds:
                self._learn_texts(index, {columns[index][row] for row, _, _ in wrong})

    def learn_found(self, columns: Columns, found: Mapping[int, Set[int]]) -> None:
        """Learn from the places of cells with findings, by column, where only a record as a whole shows its rules."""
        for index, places in () if self._plan.checks.decided else found.items():
            if self._kinds.get(index, "code") != "code":
                self._learn_texts(index, {columns[index][place] for place in places})

    def learn_warnings(self, columns: Columns, all_warned: Mapping[int, Mapping[int, FoundWarning]]) -> None:
        """Learn from the warnings about text in the columns of a block."""
        for index, warned in all_warned.items():
            for row, found in warned.items() if self._kinds.get(index) == "string" else ():
                if found.code == DOUBLE_ENCODED.code:
                    text = columns[index][row]
                    self.evidence[index].learn(text, decoded(text, found.fix), 1)

    def _learn_texts(self, index: int, texts: set[str]) -> None:
        """Learn from texts that are wrong; all amounts of money that are not are whole, and show nothing."""
        kind, evidence, known = self._kinds[index], self.evidence[index], self._texts[index]
        if index in self._unmarked:
            texts = {self._unmarked[index].get(text, text) for text in texts}
        if kind in ("date", "datetime"):
            texts = set(filter(SHOWS_ORDER, texts))
        elif kind == "money":
            texts = {USUAL_AMOUNT(_alike, text, 1) for text in texts}
        new = sorted(filter(None, texts - known))
        if len(known) > CACHED_MAPPED:
            known.clear()
        known.update(new)
        if kind == "money":
            evidence.see(new)
        for text in new:
            evidence.learn(text, suggest(text, "boolean") if kind == "consent" else None, 1)

    @cached_property
    def _fixer(self) -> BlockFixer:
        """The fixer of the file, under these decisions."""
        from custobar_formats.pipeline.block_fixer import BlockFixer
        from custobar_formats.pipeline.options import Fixes

        labels = {index: self._plan.columns[index].label for index in self._kinds}
        decisions = {label: self._decide(index) for index, label in labels.items()}
        together = decide_together(
            {label: decisions[label] for index, label in labels.items() if self._is_in_group(index)}
        )
        return BlockFixer(self._plan, Fixes(decisions=decisions | together))

    def _decide(self, index: int) -> Hashable:
        """The decision about a column by its own values."""
        return REFUSED if index in self._refused else self.evidence[index].decide()

    def _is_in_group(self, index: int) -> bool:
        """Whether a column is one of the filled columns of money, which are decided together."""
        evidence = self.evidence[index]
        is_filled = isinstance(evidence, MoneyColumn) and (evidence.is_filled or index in self._filled)
        return is_filled and index not in self._plan.in_cents

    def with_fix(self, finding: Finding, *, is_mapped: bool = False) -> Finding:
        """A finding with the fix that ``fix`` makes of its cell; under a mapping, only if it has one."""
        index = None if finding.row is None else self._by_path.get(finding.path or "")
        text = finding.value
        if index is None or not text or len(text) >= MAX_VALUE_CHARS or (is_mapped and finding.fix is None):
            return finding
        kind = self._kinds.get(index)
        if finding.code == "unmappable-value" or (kind == "string" and finding.code != DOUBLE_ENCODED.code):
            return finding
        if kind is None and finding.fix is not None:
            return finding
        number = self._unmarked.get(index, {}).get(text)
        if number is not None and finding.fix is None:
            finding = replace(finding, hint=sentence(suggest(number, self._kinds[index]), self._kinds[index]))
        fix, is_safe = self._fixer.fix_of(index, text if number is None else number) or (None, None)
        if index not in self._refused and self._fixer.refuses(index):
            self._refused.add(index)
            del self._fixer  # what is refused in one column of money decides about the others
        why = self._why_not(index, finding) if fix is None and kind is not None else None
        hint = f"{finding.hint}; {why}" if finding.hint and why else why or finding.hint
        return replace(finding, hint=hint, fix=fix, fix_is_safe=is_safe)

    def _why_not(self, index: int, finding: Finding) -> str | None:
        """Why ``fix`` does not change a cell whose value alone has a fix."""
        own = self._decide(index)
        may_depend = finding.fix is not None and not isinstance(own, str) and self._is_in_group(index)
        others = [
            self._plan.columns[other].label
            for other in (self._kinds if may_depend else ())
            if self._is_in_group(other) and self._decide(other).__class__ != own.__class__
        ]
        if others:
            more = f" and {len(others) - MAX_LISTED_NAMES:,} more" if len(others) > MAX_LISTED_NAMES else ""
            return f"fix does not, because of the amounts in {', '.join(map(shown, others[:MAX_LISTED_NAMES]))}{more}"
        return CONTESTED if finding.fix_is_safe else None


def _alike(amount: re.Match[str]) -> str:
    """An amount that shows the same as another one about its column."""
    return f"1{amount[1]}{amount[2] or 11}"
