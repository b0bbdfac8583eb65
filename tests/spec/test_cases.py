"""The case table of the specification: every row of it, read in every way and written.

Each folder of ``cases/valid`` and ``cases/invalid`` holds an ``input`` file, as raw bytes, and a ``case.json``:

* ``section``, ``shows``: the section of the specification, and what the case shows;
* ``schema`` (an entity's name or a JSON Schema) and ``options``: how it is read;
* ``findings``: all of them, in any order, each ``[code, severity, row, line, column, label, path]``, cut after the
  last fact that the specification defines; ``"*"`` where it defines nothing;
* ``rows`` and ``valid_rows``, if they are not the number of records;
* ``charset``, ``delimiter``, ``delimiter_reason``, ``candidates``, ``upload`` (the Content-Type), ``entity``: how the
  file was read, as the report shows it;
* ``says``: words that the messages must contain; ``hints``: words that the hint of a column's finding must contain;
* ``text``: false if the bytes are not text; ``codec``: the codec that decodes them, if no byte order mark shows it;
* ``raises``: the exception of a misuse.

``records.json`` has the records of a valid file, ``before.json`` those before the first error of an invalid one.
``cross`` marks files whose only errors are across records. With ``writes`` (the options), writing the records gives
``output.*``, byte for byte, and reading that gives the records again, or those of ``again.json`` if writing loses
something, as the specification allows; ``blank_cells`` and ``empty_cells`` are the counts.

``cases/refused`` has records that cannot be written: ``records``, ``schema``, ``options``, and the exception's
``record``, ``path`` and a part of its ``reason``; ``to`` is ``csv``, ``text`` (``to_csv`` alone) or ``json``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

import custobar_formats
from custobar_formats import (
    Finding,
    InvalidData,
    NotExpressible,
    Report,
    encode_csv,
    from_csv,
    from_json,
    iter_csv,
    iter_json,
    to_csv,
    to_json,
    validate,
    write_csv,
    write_json,
)
from custobar_formats.core.findings import CODES

CASES = Path(__file__).parent / "cases"
COUNTS = {"valid": 197, "invalid": 135, "refused": 54}
DELIVERIES = ("bytes", "text", "path", "file", "trickle")
LARGE = {"header-at-width-limit"}
"""Cases that the README's test command reads in one way only, because each takes most of a second."""

CHARSET_CODES = {"doubtful-charset", "guessed-charset", "windows-1252"}
"""Codes that occur only for bytes, not for text."""

CROSS_CODES = {"duplicate-identifier", "incomplete-sale", "mixed-money"}
"""Codes that only ``validate`` reports."""

NOT_IN_CASES = {"blank-cells", "not-checked", "rejected-rows", "split-files", "unreadable-file", "wrong-suffix"}
NOT_IN_CASES |= {
    "export-columns",
    "added-constant",
    "ambiguous-column",
    "identified-by",
    "refusal-as-consent",
    "sensitive-column",
    "missing-column",
    "fixed",
    "fixable",
    "decided-by-column",
    "ignored-columns",
    "skipped-rows",
    "unmappable-value",
    "unmapped-column",
}
NOT_IN_CASES |= {"formula-without-value", "numbers-for-digits", "other-sheets"}
NOT_IN_CASES |= {"over-limit", "refused-row", "row-in-doubt", "not-uploaded"}
"""Codes that only the command prints, that depend on the file's name, or that are about a mapping (tests/mapping), a
spreadsheet (tests/unit/sheets) or an upload (tests/cli/test_upload); all others occur in a case."""

SHARED_KEYS = {"section", "shows", "schema", "options"}
READ_KEYS = SHARED_KEYS | {"findings", "rows", "says", "text"}
SOURCE_KEYS = {"charset", "codec", "delimiter", "delimiter_reason", "candidates", "upload", "entity"}
KEYS = {
    "valid": READ_KEYS | SOURCE_KEYS | {"hints", "writes", "blank_cells", "empty_cells"},
    "invalid": READ_KEYS | {"valid_rows", "raises", "cross"},
    "refused": SHARED_KEYS | {"records", "record", "path", "reason", "to", "raises"},
}
"""The keys that a ``case.json`` may have."""


CSV_OPTIONS = ("encoding", "delimiter", "content_type", "blank", "list_gaps", "header")
JSON_OPTIONS = ("entity",)
MAX_PARSED_DIGITS = 4000
"""The number of digits that Python's ``int`` accepts in every version."""


class Trickle(io.RawIOBase):
    """A stream that can be read only once and gives one to seven bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)
        self._sizes = cycle(range(1, 8))

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        some = next(self._sizes)
        return self._data.read(some if size < 0 else min(size, some))


@dataclass(frozen=True)
class Case:
    """One folder."""

    path: Path
    facts: dict[str, Any] = field(hash=False, compare=False)

    @property
    def input(self) -> Path:
        (path,) = self.path.glob("input.*")
        return path

    @property
    def format(self) -> str:
        return {".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"}[self.input.suffix]

    @property
    def options(self) -> dict[str, Any]:
        options: dict[str, Any] = self.facts.get("options", {})
        return options

    @property
    def findings(self) -> list[list[Any]]:
        findings: list[list[Any]] = self.facts["findings"]
        return findings

    def records(self, name: str) -> list[Any]:
        path = self.path / name
        records: list[Any] = parse(path) if path.exists() else []
        return records

    @property
    def schema(self) -> Any:
        return self.facts.get("schema")


def parse(path: Path) -> Any:
    return json.loads(path.read_bytes(), parse_int=_parse_int)


def _parse_int(text: str) -> int:
    """An integer of any length; Python's own parsing has a limit."""
    if text.startswith("-"):
        return -_parse_int(text[1:])
    if len(text) <= MAX_PARSED_DIGITS:
        return int(text)
    head, tail = text[:MAX_PARSED_DIGITS], text[MAX_PARSED_DIGITS:]
    shift: int = 10 ** len(tail)
    return int(head) * shift + int(tail)


@lru_cache
def cases(kind: str) -> tuple[Case, ...]:
    folders = sorted(path for path in (CASES / kind).iterdir() if path.is_dir())
    return tuple(Case(folder, parse(folder / "case.json")) for folder in folders)


def named(kind: str, key: str | None = None) -> list[Any]:
    return [pytest.param(case, id=case.path.name) for case in cases(kind) if key is None or key in case.facts]


def delivered(kind: str, *without: str) -> Iterator[Any]:
    for case in cases(kind):
        for delivery in DELIVERIES:
            if case.facts.keys().isdisjoint(("raises", *without)) and (
                delivery != "text" or case.facts.get("text", True)
            ):
                is_slow = case.path.name in LARGE and delivery != "bytes"
                marks = pytest.mark.slow if is_slow else ()
                yield pytest.param(case, delivery, id=f"{case.path.name}-{delivery}", marks=marks)


@contextmanager
def opened(case: Case, delivery: str) -> Iterator[Any]:
    """The input in one of the forms that the functions accept."""
    if delivery == "path":
        yield case.input
    elif delivery == "file":
        with case.input.open("rb") as stream:
            yield stream
            assert not stream.closed
    else:
        data = case.input.read_bytes()
        text_codec = case.facts.get("codec") or case.facts.get("charset", "utf-8")
        if delivery == "text":
            yield data.decode(text_codec)
        else:
            yield Trickle(data) if delivery == "trickle" else data


def plain(value: Any) -> str:
    """A value as text, different for ``1``, ``1.0`` and ``true``."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def chosen(case: Case, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: case.options[name] for name in names if name in case.options}


def read(case: Case, source: Any, on_finding: Callable[[Finding], None] | None = None) -> Iterator[Any]:
    """The records one by one: with ``on_finding`` from the iterating function, else from the listing one."""
    if case.format == "csv":
        options = chosen(case, CSV_OPTIONS)
        if on_finding is None:
            return iter(from_csv(source, case.schema, **options))
        return iter_csv(source, case.schema, on_finding=on_finding, **options)
    options = chosen(case, JSON_OPTIONS) | {"lines": case.format == "jsonl"}
    if on_finding is None:
        return iter(from_json(source, case.schema, **options))
    return iter_json(source, case.schema, on_finding=on_finding, **options)


def check(case: Case, source: Any) -> Report:
    """The report; the suffix decides the format unless a content type does."""
    options = dict(case.options) if "content_type" in case.options else {"format": case.format, **case.options}
    return validate(source, case.schema, **options)


def place(facts: list[Any]) -> tuple[int | str, ...]:
    row, line, column, *_ = (fact if isinstance(fact, int) else 0 for fact in [*facts[2:], 0, 0, 0])
    return (row, line, column, facts[0])


def assert_findings(found: Iterable[Finding], case: Case, delivery: str, *, cross: bool = True) -> None:
    """Check for all findings of the case and no others, each as far as the specification defines it."""
    unsaid = (CHARSET_CODES if delivery == "text" else set()) | (set() if cross else CROSS_CODES)
    wanted = sorted((facts for facts in case.findings if facts[0] not in unsaid), key=place)
    rows = sorted(
        ([f.code, f.severity.value, f.row, f.line, f.column, f.label, f.path] for f in found if f.code not in unsaid),
        key=place,
    )
    settled = [
        [want if want == "*" else fact for fact, want in zip(row, facts, strict=False)]
        for row, facts in zip(rows, wanted, strict=False)
    ]
    assert settled + rows[len(settled) :] == wanted


def assert_sentences(report: Report, case: Case) -> None:
    """Check the facts in the sentences."""
    reported = " ".join(f"{f.message} {f.hint} {f.value}" for f in report.findings)
    assert [part for part in case.facts.get("says", []) if part not in reported] == []
    for column, part in case.facts.get("hints", []):
        (hint,) = (f.hint for f in report.findings if f.column == column)
        assert hint is None if part is None else part in (hint or "")


def assert_source(report: Report, case: Case, delivery: str) -> None:
    """Check how the file was read."""
    facts, source = case.facts, report.source
    if delivery == "text":
        assert source.charset is None
    else:
        assert source.charset_reason
        assert source.charset == facts.get("charset", source.charset)
        assert source.content_type == facts.get("upload", source.content_type)
    assert source.delimiter == facts.get("delimiter", source.delimiter)
    assert source.delimiter_reason == facts.get("delimiter_reason", source.delimiter_reason)
    assert list(source.delimiter_scores) == facts.get("candidates", list(source.delimiter_scores))
    assert source.entity == facts.get("entity", source.entity)


def test_no_case_is_lost() -> None:
    assert {kind: len(cases(kind)) for kind in COUNTS} == COUNTS


@pytest.mark.parametrize("kind", COUNTS)
def test_every_case_shows_what_it_shows(kind: str) -> None:
    for case in cases(kind):
        assert set(case.facts) <= KEYS[kind], case.path.name
        assert case.facts["section"], case.path.name
        assert case.facts["shows"], case.path.name
        assert all(facts[0] in CODES or facts[0] == "*" for facts in case.facts.get("findings", [])), case.path.name


def test_every_code_of_reading_has_a_case() -> None:
    reported = {
        facts[0] for kind in ("valid", "invalid") for case in cases(kind) for facts in case.facts.get("findings", [])
    }
    assert set(CODES) - reported == NOT_IN_CASES


@pytest.mark.parametrize(("case", "delivery"), list(delivered("valid")))
def test_valid(case: Case, delivery: str) -> None:
    wanted = plain(case.records("records.json"))
    with opened(case, delivery) as source:
        report = check(case, source)
    assert_findings(report.findings, case, delivery)
    assert report.valid
    rows = case.facts.get("rows", len(case.records("records.json")))
    assert (report.rows, report.valid_rows) == (rows, rows)
    assert_source(report, case, delivery)
    if delivery != "text":
        assert_sentences(report, case)
    with opened(case, delivery) as source:
        assert plain(list(read(case, source))) == wanted
    findings: list[Finding] = []
    with opened(case, delivery) as source:
        assert plain(list(read(case, source, findings.append))) == wanted
    assert_findings(findings, case, delivery, cross=False)


@pytest.mark.parametrize(("case", "delivery"), list(delivered("invalid")))
def test_invalid(case: Case, delivery: str) -> None:
    with opened(case, delivery) as source:
        report = check(case, source)
    assert_findings(report.findings, case, delivery)
    assert not report.valid
    if "rows" in case.facts:
        assert (report.rows, report.valid_rows) == (case.facts["rows"], case.facts["valid_rows"])
    if delivery != "text":
        assert_sentences(report, case)
    if "cross" in case.facts:
        with opened(case, delivery) as source:
            assert plain(list(read(case, source))) == plain(case.records("records.json"))
        return
    with opened(case, delivery) as source, pytest.raises(InvalidData) as raised:
        read(case, source)
    assert_findings(raised.value.report.findings, case, delivery, cross=False)
    assert (raised.value.report.rows, raised.value.report.valid_rows) == (report.rows, report.valid_rows)


@pytest.mark.parametrize(("case", "delivery"), list(delivered("invalid", "cross")))
def test_records_before_the_first_error(case: Case, delivery: str) -> None:
    records: list[Any] = []
    with opened(case, delivery) as source, pytest.raises(InvalidData) as raised:
        records.extend(read(case, source, lambda _: None))  # keeps the records before the exception
    assert plain(records) == plain(case.records("before.json"))
    assert raised.value.report.errors


@pytest.mark.parametrize("case", named("invalid", "raises"))
def test_misuse_of_reading(case: Case) -> None:
    exception = getattr(custobar_formats, case.facts["raises"])
    with case.input.open("rb") as source:
        for call in (lambda: check(case, source), lambda: read(case, source), lambda: read(case, source, print)):
            with pytest.raises(exception) as raised:
                call()
            assert [part for part in case.facts.get("says", []) if part not in str(raised.value)] == []
        assert source.tell() == 0, "options are checked before anything is read"


def written(case: Case, output: Path) -> Iterator[bytes]:
    """The records of a case, written by every function that suits the output's format and options."""
    records, options = case.records("records.json"), dict(case.facts["writes"])
    if output.suffix != ".csv":
        yield to_json(records, **options).encode()
        stream = io.BytesIO()
        assert write_json(records, stream, **options) == len(records)
        yield stream.getvalue()
        return
    yield encode_csv(records, case.schema, **options)
    stream = io.BytesIO()
    counted = write_csv(iter(records), stream, case.schema, **options)
    assert counted.rows == len(records)
    assert counted.files[0].blank_cells == case.facts.get("blank_cells", counted.files[0].blank_cells)
    assert counted.files[0].empty_cells == case.facts.get("empty_cells", counted.files[0].empty_cells)
    yield stream.getvalue()
    if "encoding" not in options:
        yield to_csv(records, case.schema, **options).encode()


def read_again(case: Case, path: Path) -> list[Any]:
    """The records of an output; it is read as bytes if the encoding is declared."""
    if path.suffix != ".csv":
        return from_json(path, case.schema)
    options = {key: case.facts["writes"][key] for key in ("encoding",) if key in case.facts["writes"]}
    return from_csv(path, case.schema, **options)


@pytest.mark.parametrize("case", named("valid", "writes"))
def test_writing(case: Case, tmp_path: Path) -> None:
    outputs = sorted(case.path.glob("output.*"))
    if case.facts["writes"].get("missing") == "split":
        counted = write_csv(case.records("records.json"), tmp_path / "output.csv", case.schema, **case.facts["writes"])
        assert [Path(str(file.path)).name for file in counted.files] == [path.name for path in outputs]
        assert counted.blank_cells == 0
        for path in outputs:
            assert (tmp_path / path.name).read_bytes() == path.read_bytes()
    else:
        (output,) = outputs
        for data in written(case, output):
            assert data == output.read_bytes()
    again = case.records("again.json") or case.records("records.json")
    found = [record for path in outputs for record in read_again(case, path)]
    assert sorted(map(plain, found)) == sorted(map(plain, again))


def writers(case: Case, destination: Path) -> Iterator[Callable[[], object]]:
    """Every call that writes the records of a refused case."""
    records, options = case.facts["records"], case.options
    to = case.facts.get("to", "csv")
    if to == "json":
        yield lambda: to_json(records, **options)
        yield lambda: write_json(records, destination, **options)
        return
    if "encoding" not in options:
        yield lambda: to_csv(records, case.schema, **options)
    if to == "csv":
        yield lambda: encode_csv(records, case.schema, **options)
        yield lambda: write_csv(records, destination, case.schema, **options)


@pytest.mark.parametrize("case", named("refused"))
def test_refused(case: Case, tmp_path: Path) -> None:
    exception: type[Exception] = getattr(custobar_formats, case.facts.get("raises", "NotExpressible"))
    destination = tmp_path / "output"
    for write in writers(case, destination):
        with pytest.raises(exception) as raised:
            write()
        error = raised.value
        if isinstance(error, NotExpressible):
            assert error.reason
            assert case.facts.get("reason", "") in error.reason
            for key in ("record", "path"):
                assert getattr(error, key) == case.facts.get(key, getattr(error, key)), key
    assert list(tmp_path.iterdir()) == [], "nothing is written by halves"


@pytest.mark.parametrize("limit", [10, 10**9])
def test_the_limit_of_the_csv_module_is_the_hosts(limit: int) -> None:
    names = ("cell-at-limit", "oversized-cell", "oversized-cell-quoted", "unclosed-quote-over-limit")
    before = csv.field_size_limit(limit)
    try:
        for case in cases("valid") + cases("invalid"):
            if case.path.name in names and limit > 10:
                assert_findings(check(case, case.input).findings, case, "path")
        assert from_csv("a,b\n1,2\n") == [{"a": "1", "b": "2"}]
        assert csv.field_size_limit() == limit
    finally:
        csv.field_size_limit(before)
