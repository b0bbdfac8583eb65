"""The cases of csv-spectrum and of CPython's csv tests, run with the public functions."""

from __future__ import annotations

import csv
from typing import Any

from custobar_formats import CustobarFormatsError, UsageError, flatten, from_csv, infer_delimiter, to_csv, validate
from tests.outside.outside_cases import Case, Suite, codes, found, load, show

REASONS = {
    "delimiter": "a delimiter is a comma, a semicolon or a tab",
    "quotechar": 'the only quote character is `"`: RFC 4180',
    "escapechar": "the only escape is a doubled quote: RFC 4180",
    "doublequote": "a quote within quotes is doubled: RFC 4180",
    "skipinitialspace": "nothing is trimmed",
    "quoting": "quotes do not change a value, and are written only where they are needed; types come from a schema",
    "stray-quote": "text after a closing quote is an error, and reading stops there",
    "unclosed-quote": "a quote that is never closed is an error",
    "quote-in-cell": "the cells are the same; a quote inside an unquoted cell gets a warning",
    "invisible-character": "the cells are the same; a character that nobody can see gets a warning",
    "blank-row": "a row of blank cells is not a record",
    "no-records": "a blank line is not a row, and a file without rows gets a warning",
    "missing-cell": "a row has as many cells as the header; missing cells are not filled in",
    "extra-cell": "a row has as many cells as the header; extra cells are not collected",
    "no-value": "a record without any value is refused, because it could not be read back",
    "no-columns": "writing without records and without columns is refused",
    "their-slip": "the expected JSON is one object, not a list, and not the one in the CSV (a mistake in the source)",
}
OPTIONS = ("delimiter", "quotechar", "escapechar", "doublequote", "skipinitialspace", "quoting")
"""Options of the csv module that do not exist here; three delimiters do."""

ERROR = "error"
DELIMITERS = (",", ";", "\t")


def _rows(text: str, width: int, delimiter: str) -> tuple[str, list[str]]:
    """The rows of a text with a header of so many labels, and the codes found."""
    text = delimiter.join(f"c{number}" for number in range(width)) + "\n" + text
    report = validate(text, format="csv", delimiter=delimiter, blank="erase")
    if not report.valid:
        return found(report), codes(report)
    rows = [list(record.values()) for record in from_csv(text, delimiter=delimiter, blank="erase")]
    return show(rows) + (f", {found(report)}" if report.findings else ""), codes(report)


def _option(options: dict[str, Any]) -> str | None:
    """The option of a case that does not exist here."""
    if options.get("delimiter", ",") not in DELIMITERS:
        return "delimiter"
    return next((name for name in OPTIONS[1:] if name in options), None)


def _read(name: str, lines: list[str], options: dict[str, Any], rows: Any) -> Case:
    number = max((1, *map(len, rows))) if rows != ERROR else lines[0].count(",") + 1
    group, theirs = "reading", show(rows)
    text = "".join(line if line.endswith(("\n", "\r")) else line + "\n" for line in lines)
    shown = f"{name}: {show(text)}" + "".join(f", {key}={value!r}" for key, value in options.items() if key != "strict")
    limit = csv.field_size_limit(options.get("field_size_limit", csv.field_size_limit()))
    try:
        ours, said = _rows(text, number, options.get("delimiter", ","))
    except UsageError as error:
        return Case(group, shown, theirs, type(error).__name__, _option(options))
    finally:
        csv.field_size_limit(limit)
    if ours == theirs:
        return Case(group, shown, theirs, ours)
    if rows == ERROR and ours.startswith("error"):
        return Case(group, shown, ERROR, ours)
    blank = next((word for word in said if word == "blank-row"), None)
    why = blank or _option(options) or (said[0] if said else "other")
    return Case(group, shown, theirs, ours, why)


def _write(name: str, rows: list[list[Any]], options: dict[str, Any], text: str) -> Case:
    group, theirs = "writing", show(text)
    shown = f"{name}: {show(rows)}" + "".join(f", {key}={value!r}" for key, value in options.items())
    records = [{f"c{number}": value for number, value in enumerate(row)} for row in rows]
    end = options.get("lineterminator", "\r\n")
    try:
        written = to_csv(records, delimiter=options.get("delimiter", ","), line_end=end)
    except CustobarFormatsError as error:
        ours = type(error).__name__
        if text == ERROR:
            return Case(group, shown, ERROR, ours)
        return Case(group, shown, theirs, ours, "no-value" if records else "no-columns")
    ours = show(written[written.index(end) + len(end) :])
    if ours == theirs:
        return Case(group, shown, theirs, ours)
    return Case(group, shown, theirs, ours, _option(options) or "other")


def _sniff(name: str, sample: str, candidates: str | None, theirs: str) -> Case:
    ours = str(infer_delimiter(sample))
    given = "" if candidates is None else f", delimiters={candidates!r}"
    why = None if ours == theirs else "delimiter" if theirs not in DELIMITERS else "sniffed"
    return Case("sniffing", f"{name}: {show(sample)}{given}", show(theirs), show(ours), why)


def _dicts(name: str, text: str, rows: Any) -> Case:
    report = validate(text, format="csv")
    if report.valid:
        records = from_csv(text)
        assert records == rows
        return Case("rows as dicts", name, show(rows), show(records))
    return Case("rows as dicts", f"{name}: {show(text)}", show(rows), found(report), codes(report)[0])


def cpython() -> Suite:
    """The inputs of CPython's csv tests."""
    vectors = load("cpython_csv")
    big = "X" * 50_000  # one of the tests is about its length

    def grown(value: Any) -> Any:
        if isinstance(value, list):
            return [grown(item) for item in value]
        return value.replace("@BIG@", big) if isinstance(value, str) else value

    cases = [_read(*grown(vector)) for vector in vectors["read"]]
    cases += [_write(*grown(vector)) for vector in vectors["write"]]
    cases += [_sniff(*vector) for vector in vectors["sniff"]]
    cases += [_dicts(*vector) for vector in vectors["dict"]]
    return Suite("CPython", tuple(cases))


def spectrum() -> Suite:
    """The files of csv-spectrum; blank cells are read as ``""``, records are compared flat."""
    cases = []
    for name, (text, wanted) in load("csv_spectrum").items():
        report = validate(text.encode(), format="csv", blank="erase")
        records = [flatten(record) for record in from_csv(text.encode(), blank="erase")]
        if records == wanted and not report.findings:
            cases.append(Case("files", name, show(wanted), show(records)))
        else:
            why = codes(report)[0] if records == wanted else "their-slip" if isinstance(wanted, dict) else "other"
            cases.append(Case("files", name, show(wanted), show(records), why))
    return Suite("csv-spectrum", tuple(cases))
