"""The values of a block's columns.

In: a block, and the plan of the file. Out: values, or their JSON texts, and the cells that break a rule. Rule: a column
is read as a whole; cells are read one by one only if there is something to report.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.notation.lists import parse_list_notation, suggest_list
from custobar_formats.notation.suggestion import Suggestion, Why
from custobar_formats.pipeline.block_findings import BlockFindings
from custobar_formats.pipeline.block_plan import BlockPlan
from custobar_formats.records.block import Values
from custobar_formats.records.header import Column
from custobar_formats.records.nest import ABSENT
from custobar_formats.text.artefacts import SEPARATOR
from custobar_formats.text.mojibake import is_encoded_again
from custobar_formats.validation.cell_warnings import FoundWarning
from custobar_formats.validation.column_readers import Wrong
from custobar_formats.validation.hints import list_sentence


class Known(NamedTuple):
    """The findings of an earlier stage about the cells of a column.

    Attributes:
        values: their values, if they are needed and are not the cells.
        wrong: what is wrong.
        warned: the warnings, by row.

    """

    values: Values | None
    wrong: Wrong
    warned: dict[int, FoundWarning]


class ColumnValues(NamedTuple):
    """The values of a block's columns, by the column's place in the file.

    Attributes:
        values: for columns whose values are not their cells, if they are needed.
        texts: for the same columns, the values as JSON text, if texts are written.
        wrong: the columns with cells that break a rule, each with these cells.

    """

    values: dict[int, Values]
    texts: dict[int, Sequence[str]]
    wrong: list[tuple[int, Wrong]]


def read_columns(plan: BlockPlan, block: RowBlock, findings: BlockFindings, *, whole: bool) -> ColumnValues:
    """The values of a block's columns; if no ``whole`` records are made, only those of fields wanted by name.

    Rows whose records must be checked as a whole become doubtful.
    """
    read = ColumnValues({}, {}, [])
    for column in plan.joined:
        items = block.lists.get(column.index)
        if items is not None:
            lists = _read_items(plan, column, items, findings)
        else:
            lists = _read_joined(plan, column, block.columns[column.index], findings)
        read.values[column.index] = Values(lists, given=False)
    for index, reader in plan.readers.items():
        cells, known, needs_values = block.columns[index], block.known.get(index), plan.needs_values(index, whole=whole)
        values, wrong = (None, []) if known is None else (known.values, known.wrong)
        if needs_values and values is None:
            values, wrong = reader.read(cells)
        if needs_values and values is not None:
            read.values[index] = values
        if not whole and plan.writer is not None and not reader.is_text:  # also finds what is wrong
            read.texts[index], wrong = reader.texts(cells)
        elif not needs_values and known is None:
            wrong = reader.wrong(cells)
        if wrong:
            read.wrong.append((index, wrong))
            findings.doubtful.update(row for row, rule, _ in wrong if rule is None)
    return read


ODD_ITEMS = re.compile(rf"[\s,{SEPARATOR}],|,[\s{SEPARATOR}]|\s{SEPARATOR}|{SEPARATOR}\s")
"""White space at an end of an item, or an empty item, in lists between separators."""


def _read_joined(plan: BlockPlan, column: Column, cells: Sequence[str], findings: BlockFindings) -> list[Any]:
    """The lists of a column with a list in each cell."""
    blank = ABSENT if column.in_list else plan.blank
    takes_text = plan.checks.decided and plan.checks.rules.get(column.index) == () and not plan.items_move
    if takes_text and not may_have_odd_items(cells):
        return [cell.split(",") if cell else blank for cell in cells]
    lists = [_split(plan, column, row, cell, findings) if cell else blank for row, cell in enumerate(cells)]
    if plan.checks.rules.get(column.index, ()) is None:
        findings.doubtful.update(row for row, cell in enumerate(cells) if cell)
    return lists


def _read_items(plan: BlockPlan, column: Column, lists: Sequence[list[str]], findings: BlockFindings) -> list[Any]:
    """The lists of a column whose items are known."""
    blank, rules = ABSENT if column.in_list else plan.blank, plan.checks.rules.get(column.index, ())
    if rules is None or not plan.checks.decided:
        findings.doubtful.update(row for row, items in enumerate(lists) if items)
    if plan.coercer is not None and column.place is not None and not (plan.items_move and column.in_list):
        return [plan.coercer.coerce(items, column.place) if items else blank for items in lists]
    return [items or blank for items in lists]


def may_have_odd_items(cells: Sequence[str]) -> bool:
    """Whether some of the cells may be written in another way than with commas alone: a quick check."""
    joined = f"{SEPARATOR}{SEPARATOR.join(cells)}{SEPARATOR}"
    return "[" in joined or '"' in joined or ODD_ITEMS.search(joined) is not None


def suggest_items(plan: BlockPlan, column: Column, cell: str) -> Suggestion | None:
    """The suggestion for a cell with a list, if it is written in another way than with commas alone; or None."""
    notation, items = parse_list_notation(cell), cell.split(",")
    if notation is not None:
        found = suggest_list(notation)
    elif any(item != item.strip() for item in items):
        bare = [item.strip() for item in items]
        is_right = all(bare) and parse_list_notation(",".join(bare)) is None
        found = Suggestion(",".join(bare) if is_right else None, True, Why.SPACED_ITEMS)
    else:
        return None
    is_clean = found.value is not None and _is_clean(found.value, plan, column)
    return found if is_clean else replace(found, value=None)


def are_clean_items(plan: BlockPlan, column: Column, cell: str) -> bool:
    """Whether a cell holds a list that is written with commas alone, is valid in its column, and needs no warning."""
    return suggest_items(plan, column, cell) is None and all(cell.split(",")) and _is_clean(cell, plan, column)


def _is_clean(value: str, plan: BlockPlan, column: Column) -> bool:
    """Whether a joined list is valid in a column and needs no warning."""
    if plan.checker is None or column.place is None:
        return False
    warned = any(check.find(value) for check in plan.text_checks[column.index])
    return not warned and plan.checker.is_clean_at(value.split(","), column.place)


def _split(plan: BlockPlan, column: Column, row: int, cell: str, findings: BlockFindings) -> Any:
    """The items of a list in one cell; nothing is trimmed, and a list of only empty items is absent."""
    items: Any = cell.split(",")
    found = suggest_items(plan, column, cell)
    meant = None if found is None or found.why is Why.SPACED_ITEMS else parse_list_notation(cell)
    if found is not None and meant is not None:
        hint = list_sentence(found, column.label)
        message = "the cell holds a list in the notation of a programming language"
        findings.add_cell("list-notation", row, column.index, message, hint, found.value)
        items = list(dict.fromkeys(filter(None, meant))) or items  # without more to report about the cell
    elif found is not None:
        message = "an item begins or ends with white space; it is kept"
        hint = "remove the white space around the items"
        findings.add_cell("item-whitespace", row, column.index, message, hint, found.value)
    if meant is None and not all(items):
        hint = "remove the extra comma, or write the list without the empty item"
        findings.add_cell("empty-item", row, column.index, "the list has an empty item", hint)
        items = [item for item in items if item]
        findings.doubtful.add(row)
    if plan.coercer is not None and column.place is not None and not (plan.items_move and column.in_list):
        items = plan.coercer.coerce(items, column.place)
    return items or ABSENT


def decoded(text: str, fix: str | None) -> Suggestion:
    """The suggestion for a text that was encoded twice; its fix has to give the same text when it is encoded again."""
    is_certain = fix is not None and is_encoded_again(text, fix)
    return Suggestion(fix if is_certain else None, False, Why.ENCODED_TWICE)
