"""The warnings about the text of cells: which are looked for in which columns, and all of them at once in a block.

In: the cells of one column in a block, and what the block's text may hold; or records of JSON. Out: places, codes,
messages and hints. The rules kept here: a warning changes nothing, for the text may be meant; where nothing is
suspicious, no cell is looked at by itself. What a text looks like is for ``text`` to say: ``text/artefacts`` what a
spreadsheet leaves, ``text/mojibake`` letters that were wrongly decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from custobar_formats.core.findings import Finding, make_finding
from custobar_formats.core.limits import CACHED_PATTERNS
from custobar_formats.core.paths import Path, format_pointer
from custobar_formats.csvtext.splitter import Marks
from custobar_formats.text.artefacts import (
    FORMULA_HINT,
    FORMULA_MESSAGE,
    TextWarning,
    artefact_warning,
    is_formula,
    may_be_formula,
    may_have_outer_space,
    outer_space_warning,
    suspect_artefact,
)
from custobar_formats.text.mojibake import mojibake_warnings

TextCheck = Callable[[str], TextWarning | None]

ONLY_SPACES = "the cell holds nothing but white space; it is kept"

GTIN_LENGTHS = {12: 13, 7: 8}
"""Digits of an EAN that a spreadsheet has taken the first zero from, and of the whole one."""

EANS = (("products", ("ean",)), ("events", ("product_ean",)))
"""Entities, and paths of theirs that hold an EAN."""

EVENT_TYPES: tuple[str, ...] = ("BROWSE", "BASKET_ADD", "ORDER_SHIPPED", "SENTIMENT", "MAIL_SUBSCRIBE")
EVENT_TYPES += ("MAIL_UNSUBSCRIBE", "MAIL_OPEN", "MAIL_CLICK", "SMS_SUBSCRIBE", "SMS_UNSUBSCRIBE")
"""Custobar's own types; an account may have others. Source: https://developers.custobar.com/events.html"""

ALIKE = 0.8
"""How alike (difflib's ratio) a type must be to one of Custobar's to be taken for it: SMS and WEB_SUBSCRIBE are not."""


def text_checks(entity: str | None, path: tuple[str | int, ...], *, joined: bool) -> list[TextCheck]:
    """The checks of the cells at a path that a schema knows; ``joined`` says that each cell holds a list."""
    checks: list[TextCheck] = [artefact_warning] if joined else [outer_space_warning, artefact_warning]
    if (entity, path) == ("events", ("type",)):
        checks.append(event_type_warning)
    if (entity, path) in EANS:
        checks.append(lost_zero_warning)
    return checks


def cell_warnings(
    cells: Sequence[str], marks: Marks, *, latin1: bool, checks: Sequence[TextCheck]
) -> Iterator[tuple[int, str, str, str | None]]:
    """The warnings about a column: the place of a cell, a finding's code, its message and its hint.

    ``checks`` are those of this column beside the common; of these, the first that finds something in a cell counts.
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
    needless = {check for check, needed in ((outer_space_warning, spaces), (artefact_warning, artefacts)) if not needed}
    needed = [check for check in checks if check not in needless]
    for row, cell in enumerate(cells) if needed else ():
        warning = next(filter(None, (check(cell) for check in needed)), None)
        if warning is not None:
            yield row, *warning


def lost_zero_warning(text: str) -> TextWarning | None:
    """The zero that an EAN has lost, where the check digit says so."""
    length = GTIN_LENGTHS.get(len(text))
    if length is None or not (text.isascii() and text.isdecimal()) or not _has_check_digit(text):
        return None
    message = f"an EAN has {length} digits; a spreadsheet drops a zero at the start"
    same = "; a UPC of 12 digits is the same number" if length == 13 else ""
    return "lost-zero", message, f"the check digit fits 0{text}{same}"


def _has_check_digit(digits: str) -> bool:
    """Whether the last digit is the one that the others ask for. Source: GS1 General Specifications, 7.9."""
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits))) % 10 == 0


@lru_cache(maxsize=CACHED_PATTERNS)
def event_type_warning(text: str) -> TextWarning | None:
    """The type of Custobar's that an event's type was probably meant to be."""
    if text in EVENT_TYPES:
        return None
    from difflib import SequenceMatcher

    words = sorted(text.split("_"))
    for known in EVENT_TYPES:
        if sorted(known.split("_")) == words or SequenceMatcher(None, text, known, autojunk=False).ratio() >= ALIKE:
            return "similar-value", f"{text!r} is none of Custobar's own types", f"did you mean {known!r}?"
    return None


def event_type_warnings(records: Sequence[Any], numbers: Sequence[int], lines: Sequence[int]) -> Iterator[Finding]:
    """Types of events in records of JSON that look like others."""
    for record, row, line in zip(records, numbers, lines, strict=True):
        value = record.get("type")
        warning = event_type_warning(value) if isinstance(value, str) else None
        if warning is not None:
            code, message, hint = warning
            yield make_finding(code, message, hint=hint, row=row, line=line, path="/type", value=value)


def record_mojibake(value: Any, number: int, line: int, path: Path = ()) -> Iterator[Finding]:
    """The findings of a record's texts."""
    if isinstance(value, str):
        for code, message, hint in mojibake_warnings(value, latin1=False):
            pointer = format_pointer(path)
            yield make_finding(code, message, hint=hint, row=number, line=line, path=pointer, value=value)
    elif isinstance(value, (dict, list)):
        for part, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from record_mojibake(item, number, line, (*path, part))
