"""A quick look at the text of a column's cells, before they become values: what is odd about some of them.

In: the cells of one column in a block, and what the block's text may hold. Out: places, codes, messages and hints. The
rule kept here: where nothing is odd, no cell is looked at by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from custobar_formats.core.findings import Finding, make_finding
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.csvtext.splitter import Marks
from custobar_formats.text.artefacts import (
    FORMULA_HINT,
    FORMULA_MESSAGE,
    TextWarning,
    artefact_warning,
    event_type_warning,
    is_formula,
    may_be_formula,
    may_have_outer_space,
    outer_space_warning,
    suspect_artefact,
)
from custobar_formats.text.mojibake import mojibake_warnings

TextCheck = Callable[[str], TextWarning | None]

ONLY_SPACES = "the cell holds nothing but white space; it is kept"


def event_type_warnings(records: Sequence[Any], numbers: Sequence[int], lines: Sequence[int]) -> Iterator[Finding]:
    """Types of events in records of JSON that look like others."""
    for record, row, line in zip(records, numbers, lines, strict=True):
        value = record.get("type")
        told = event_type_warning(value) if isinstance(value, str) else None
        if told is not None:
            code, message, hint = told
            yield make_finding(code, message, hint=hint, row=row, line=line, path="/type", value=value)


def cell_warnings(
    cells: Sequence[str], marks: Marks, *, latin1: bool, checks: Sequence[TextCheck]
) -> Iterator[tuple[int, str, str, str | None]]:
    """What is odd: the place of a cell, a finding's code, its message and its hint.

    ``checks`` are what this column is asked beside the common; the first that tells something of a cell counts.
    """
    joined = "\n".join(cells)
    spaces = marks.spaces and (marks.breaks or may_have_outer_space(joined))
    if spaces and any(map(str.isspace, cells)):
        yield from ((row, "only-spaces", ONLY_SPACES, None) for row, cell in enumerate(cells) if cell.isspace())
    if marks.mojibake and next(mojibake_warnings(joined, latin1=latin1), None) is not None:
        for row, cell in enumerate(cells):
            yield from ((row, code, message, hint) for code, message, hint in mojibake_warnings(cell, latin1=latin1))
    if marks.formulas and may_be_formula(joined):
        formulas = (row for row, cell in enumerate(cells) if is_formula(cell))
        yield from ((row, "formula-cell", FORMULA_MESSAGE, FORMULA_HINT) for row in formulas)
    artefacts = marks.artefacts and suspect_artefact(joined)
    asked = [
        look
        for look in checks
        if (look is not outer_space_warning or spaces) and (look is not artefact_warning or artefacts)
    ]
    for row, cell in enumerate(cells) if asked else ():
        told = next(filter(None, (look(cell) for look in asked)), None)
        if told is not None:
            yield row, *told


def record_mojibake(value: Any, number: int, line: int, path: Path = ()) -> Iterator[Finding]:
    """The findings of a record's texts."""
    if isinstance(value, str):
        for code, message, hint in mojibake_warnings(value, latin1=False):
            pointer = format_pointer(path)
            yield make_finding(code, message, hint=hint, row=number, line=line, path=pointer, value=value)
    elif isinstance(value, (dict, list)):
        for part, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from record_mojibake(item, number, line, (*path, part))
