"""Findings: errors, warnings and notices about the data, as values.

In: a code from the closed table below, and the facts. Out: a frozen ``Finding``. Rule: the facts are fields; nothing
parses them from the message.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from custobar_formats.core.limits import CONTEXT_CELLS, MAX_FIX_CHARS, MAX_MESSAGE_CHARS, MAX_VALUE_CHARS
from custobar_formats.core.shown import shortened


class Severity(StrEnum):
    """How much a finding matters; only an error makes data invalid."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One error, warning or notice about the data. A field that does not apply is None.

    Attributes:
        code: the kind of finding, a key of ``CODES``.
        severity: error, warning or notice.
        message: what is wrong, in one sentence.
        hint: what to do about it.
        row: 1-based data row of a CSV file, or 1-based record of a JSON file.
        line: 1-based physical line of the file; for a row of several lines, its first.
        column: 1-based column of a CSV file; for malformed JSON, the 1-based character of the line.
        label: the column's name in the header.
        path: JSON pointer (RFC 6901) to the place in the record.
        value: the value as text, at most 80 characters.
        rule: the JSON Schema keyword that was broken.
        schema_path: JSON pointer (RFC 6901) to that keyword in the schema.
        context: (label, cell) pairs of the row's neighbouring cells, each cell cut at 80 characters.
        fix: the exact text to put in the cell's place, if it is known and at most 1,000 characters long.
        fix_is_safe: whether every reading of the value gives this text; None if there is no fix.

    Example:
        >>> Finding("missing-cell", Severity.ERROR, "the row has 2 cells, the header 3", row=1).code
        'missing-cell'

    """

    code: str
    severity: Severity
    message: str
    hint: str | None = None
    row: int | None = None
    line: int | None = None
    column: int | None = None
    label: str | None = None
    path: str | None = None
    value: str | None = None
    rule: str | None = None
    schema_path: str | None = None
    context: tuple[tuple[str, str], ...] | None = None
    fix: str | None = None
    fix_is_safe: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """All fields by name, as JSON values."""
        fields = asdict(self)
        fields["severity"] = self.severity.value
        if self.context is not None:
            fields["context"] = [list(pair) for pair in self.context]
        return fields


class EndOfReading(Exception):
    """Ends the reading of a file in which nothing after this point can be trusted.

    It never leaves the package: the pipeline reports its finding instead.
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding)
        self.finding = finding


E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTICE

CODES: dict[str, tuple[Severity, str]] = {
    # the file
    "unreadable-file": (E, "A file that could not be opened or read."),
    "not-checked": (E, "A file of which no value was checked, because its entity is unknown."),
    "no-records": (W, "A file without any record, or with fewer than `--min-rows` asks for."),
    # bytes and text
    "undecodable-bytes": (E, "Bytes that are not text in the file's encoding."),
    "guessed-charset": (W, "No encoding was declared, and the bytes are not UTF-8; they are read as ISO-8859-1."),
    "doubtful-charset": (W, "Bytes that are probably text in another encoding than the one they are read in."),
    "windows-1252": (W, "Text in windows-1252, which Custobar's import does not accept."),
    "double-encoded": (W, "Text that was encoded as UTF-8 twice."),
    "wrong-suffix": (W, "A file whose name shows another compression than its bytes."),
    "invisible-character": (W, "A column name, a cell or a JSON text with a character that nobody sees."),
    "lost-character": (
        W,
        "A character that a program could not read or write, and replaced by U+FFFD, or in a name by a question mark.",
    ),
    "lone-surrogate": (E, "Half of a UTF-16 surrogate pair, which no encoding can represent."),
    # rows
    "sep-line": (W, "A first line such as `sep=;`, which spreadsheets write; it is skipped."),
    "not-csv": (E, "A file of another format, such as HTML, JSON, PDF or an image, in place of CSV."),
    "title-rows": (E, "Lines above the header, such as a title."),
    "quoted-lines": (E, "A file whose lines are each quoted as one cell."),
    "doubtful-delimiter": (W, "A file of one column whose lines another delimiter divides."),
    "no-header": (E, "The file has no header."),
    "unclosed-quote": (E, "A quoted cell without a closing quote."),
    "stray-quote": (E, "Text after the closing quote of a cell."),
    "quote-in-cell": (W, "A quote inside a cell that does not start with a quote."),
    "swallowed-rows": (W, "A cell that has taken in rows, because its quote closes late."),
    "missing-cell": (E, "A row with fewer cells than the header."),
    "extra-cell": (E, "A row with more cells than the header."),
    "surplus-blank": (W, "Rows that end in blank cells beyond the header; those cells are dropped."),
    "repeated-header": (E, "A row equal to the header; it is not a record."),
    "formula-without-value": (E, "A formula of a spreadsheet whose value is not in the file."),
    "numbers-for-digits": (N, "Numbers of a spreadsheet in a column whose digits are a text, such as postal codes."),
    "other-sheets": (N, "A spreadsheet has sheets that are not read."),
    "blank-row": (W, "A row whose cells are all blank; it is not a record."),
    "oversized-cell": (E, "A cell with more characters than a CSV reader accepts."),
    "only-spaces": (W, "A column name, a cell or a JSON string that is only white space."),
    "formula-cell": (W, "A column name or cell that a spreadsheet would run as a formula; it is kept."),
    "outer-whitespace": (
        W,
        "Text that ends with white space or begins with an unusual one; an identifier or a JSON item with any.",
    ),
    "spreadsheet-artefact": (W, "What a spreadsheet or a program has left in place of a value, or around it."),
    # column names
    "blank-label": (W, "A column without a name."),
    "duplicate-label": (E, "Two columns with the same name."),
    "similar-label": (W, "Two columns whose names differ only in case."),
    "bad-path": (E, "A column name with an empty part between its dots."),
    "path-conflict": (E, "Two columns that cannot both be in one record."),
    "index-gap": (E, "List indices that are not 0, 1, 2 and so on."),
    "too-deep": (E, "More than 64 levels of nesting."),
    "too-wide": (E, "More than 10,000 columns."),
    "unknown-label": (W, "A column that is not in the schema."),
    "export-columns": (N, "Many columns are not in the schema: a mapping reads such a file."),
    "rejected-column": (N, "The column of reasons in a rejects file; it is dropped."),
    # mappings
    "missing-column": (E, "A column that the mapping needs is not in the file."),
    "ambiguous-column": (E, "Two columns of which the mapping takes one."),
    "unmapped-column": (E, "A column that the mapping does not name."),
    "unmappable-value": (E, "A value that a step of the mapping cannot read."),
    "sensitive-column": (W, "A column that the mapping takes and that should not be sent, such as a password."),
    "refusal-as-consent": (W, "A column of refusals that the mapping reads as consent."),
    "added-constant": (W, "A field that no column of the export gives has the same value in all records."),
    "identified-by": (
        N,
        "The field by which records, or the customers of events, are found, and how many records lack it.",
    ),
    "fixed": (N, "Cells of a column were changed to what they certainly mean."),
    "fixable": (N, "Cells have a fix that is not certain and was not applied."),
    "decided-by-column": (N, "The values of a whole column show how it is written."),
    "ignored-columns": (N, "Columns were left out by the mapping."),
    "skipped-rows": (N, "Rows were left out by the conditions of the mapping."),
    # lists
    "list-gap": (E, "A blank list item before one with a value."),
    "item-whitespace": (W, "A list item that begins or ends with white space."),
    "doubtful-list": (
        W,
        "An item of a list that seems to be several: it has `;`, `|` or another mark of lists, or brackets.",
    ),
    "list-notation": (E, "A list in JSON or Python, or with each item in quotes, where commas alone join the items."),
    "empty-item": (E, "An empty item in a comma-joined list."),
    # values
    "wrong-type": (E, "A value of the wrong type for its field."),
    "wrong-format": (E, "Text in the wrong format for its field."),
    "wrong-value": (E, "A value that is not one of the allowed values."),
    "out-of-range": (E, "A number, length or count beyond a limit."),
    "missing-field": (E, "A required field is missing."),
    "unknown-field": (W, "A key of JSON that is not in the schema."),
    "unexpected-field": (E, "A field that is not allowed."),
    "duplicate-item": (E, "The same item twice in a set."),
    "no-match": (E, "A value that matches none of several alternatives, or more than one where only one is allowed."),
    "invalid-value": (E, "A value that the schema does not allow."),
    "lost-identifier": (E, "An identifier that a spreadsheet has shortened or replaced with an error."),
    "number-too-long": (E, "An integer of more than 4,300 digits, or a number too large for a float."),
    "money-with-point": (W, "Money in JSON as a number with a point, such as 24.0; it is taken for 24 cents."),
    "number-as-string": (W, "A number where text is expected; its digits are taken as the text."),
    "datetime-space": (W, "A date and a time separated by a space instead of a T."),
    "lost-zero": (
        N,
        "An EAN that may have lost a first zero (its check digit fits), or a short postal code.",
    ),
    "wrong-check-digit": (W, "An EAN whose last digit does not fit the others."),
    "similar-value": (W, "An unknown value that looks like a known one."),
    # JSON
    "invalid-json": (E, "Text that is not valid JSON."),
    "wrong-shape": (E, "JSON that is not a list of records."),
    "wrong-wrapper": (E, "A list wrapped in another entity's name."),
    "duplicate-key": (E, "The same key twice in one object."),
    "not-a-number": (E, "NaN or Infinity, which are not valid in JSON."),
    "not-an-object": (E, "A list item that is not a record."),
    # across records
    "incomplete-sale": (E, "A sale with a required field missing from all its rows."),
    "mixed-money": (E, "Whole amounts of money beside amounts with decimals in one field; they may not be in cents."),
    "duplicate-identifier": (W, "The same identifier twice; the later record overwrites the earlier."),
    # writing
    "split-files": (N, "Several files were written, one for each set of column names."),
    "rejected-rows": (N, "Rows with errors were written to the rejects file."),
    "over-limit": (W, "A record or a sale of an upload that is more than one request takes."),
    "refused-row": (E, "Custobar has refused a record of an upload."),
    "row-in-doubt": (E, "Rows of an upload may have arrived: no answer shows it."),
    "not-uploaded": (E, "The upload has stopped, and valid rows are not uploaded."),
    "blank-cells": (N, "Blank cells were written; Custobar may read them as `remove the value`."),
}
"""All codes, with the usual severity and the meaning of each."""

NEVER_REJECTED = frozenset(
    {"undecodable-bytes", "unclosed-quote", "stray-quote", "oversized-cell", "lone-surrogate", "over-limit"}
)
"""The codes that no rejects file takes, although they may name a row: reading ends there, or the row is valid."""

UNKNOWN_HINT = "rename it to a field of the schema, or remove it"
"""What to do about a column or a key that is not in the schema, and that is like no field."""

UNMAPPED_HINT = "map it, or add it to ignore"
"""What to do about a column that a mapping does not name."""

OF_RULES = frozenset(
    {
        *("wrong-type", "wrong-format", "wrong-value", "out-of-range", "missing-field"),
        *("unexpected-field", "duplicate-item", "no-match", "invalid-value", "number-too-long"),
    }
)
"""The codes of the rules of a schema: errors, unless the schema has the rule as a warning."""

WARNED_BY_BUNDLED = frozenset(("wrong-format", "missing-field", "unexpected-field", "out-of-range", "duplicate-item"))
"""Those of them that are warnings under the bundled schemas, too."""


def cut(value: str, limit: int = MAX_VALUE_CHARS) -> str:
    """The value, shortened with an ellipsis to at most ``limit`` characters."""
    return shortened(value, limit)


def make_finding(code: str, message: str, **facts: Any) -> Finding:
    """A finding with the code's usual severity, unless another is given; long texts are cut."""
    severity = facts.pop("severity", None) or CODES[code][0]
    if facts.get("value") is not None:
        facts["value"] = cut(facts["value"])
    if facts.get("hint") is not None:
        facts["hint"] = cut(facts["hint"], MAX_MESSAGE_CHARS)
    if len(facts.get("fix") or "") > MAX_FIX_CHARS:
        facts |= {"fix": None, "fix_is_safe": None}
    message = cut(message, MAX_MESSAGE_CHARS)
    return Finding(code, severity, message, **facts)


def neighbours(labels: list[str], cells: list[str], index: int) -> tuple[tuple[str, str], ...]:
    """The (label, cell) pairs around a 0-based index, including the cell itself."""
    start = max(0, index - CONTEXT_CELLS)
    stop = index + CONTEXT_CELLS + 1
    return tuple([(cut(a), cut(b)) for a, b in zip(labels[start:stop], cells[start:stop], strict=False)])


def order(finding: Finding) -> tuple[int, int, int, str, str]:
    """The sorting key within a file: line, row, column, path, code.

    A finding without a column comes last in its row, without a row last in its line, without a line first of all.
    """
    line, last = finding.line or 0, 1 << 60
    row = (last if line else 0) if finding.row is None else finding.row
    return (line, row, finding.column or last, finding.path or "", finding.code)


def column_key(finding: Finding) -> str:
    """The key under which a finding is counted: its label, or else its path without list indices."""
    if finding.label:
        return finding.label
    if finding.label == "":
        return f"column {finding.column}"
    return pointer_key(finding.path or "")


def pointer_key(pointer: str) -> str:
    """The key under which a place in the record is counted: its pointer without list indices."""
    return "/".join("*" if part.isdigit() else part for part in pointer.split("/")[1:])
