"""The output is the same with each fast way off and with any block size: a fast way adds no rule of its own."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from custobar_formats import CustobarFormatsError, InvalidData, Report, from_json, iter_csv, load_schema, validate
from custobar_formats.core.known import KnownGood
from custobar_formats.csvtext import reader as csv_reader
from custobar_formats.csvtext.splitter import Splitter
from custobar_formats.jsontext.bulk import GroupScanner
from custobar_formats.jsontext.scanner import measure
from custobar_formats.pipeline import block_plan
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.pipeline.options import Options
from custobar_formats.records import nest
from custobar_formats.validation import column_readers
from custobar_formats.validation.record_filter import RecordFilter

OFF: dict[str, list[tuple[Any, str, Any]]] = {
    "lines are split": [(Splitter, "_split_lines", lambda *_, **__: None)],
    "texts are known to be right": [(KnownGood, "add", lambda *_: None), (KnownGood, "update", lambda *_: None)],
    "verdicts are kept": [(column_readers, "REMEMBERED_CHARS", -1)],
    "lines of cells are looked at as patterns": [
        (column_readers, "find_uncertain", lambda _, cells: list(range(len(cells)))),
        (column_readers, "shortcut", lambda *_: None),
        (column_readers.IntegerColumn, "_numbers", lambda *_: None),
        (column_readers.NumberColumn, "_numbers", lambda *_: None),
    ],
    "types alone decide": [(column_readers, "_checks_only_type", lambda *_: False)],
    "records are made by generated source": [(nest, "MAX_GENERATED_PARTS", 0)],
    "JSON text is made of cells": [(block_plan, "MAX_TEXT_COLUMNS", 0)],
    "records of JSON are read as groups": [
        (GroupScanner, "scan_lines", lambda *_: None),
        (GroupScanner, "find_items", lambda *_: 0),
    ],
    "records of JSON are judged at once": [
        (RecordFilter, "find_unchecked", lambda _, found: (list(range(len(found))), *measure(found))),
        (RecordFilter, "judge", lambda _, found: (set(range(len(found))), [])),
        (RecordFilter, "has_new_keys", lambda *_: True),
    ],
    "blocks are of many rows": [(csv_reader, "BLOCK_ROWS", 1)],
}


@contextmanager
def without(ways: list[tuple[Any, str, Any]]) -> Iterator[None]:
    """Turn fast ways off."""
    with ExitStack() as stack:
        for holder, name, instead in ways:
            stack.enter_context(mock.patch.object(holder, name, instead))
        yield


def outcome(call: Callable[[], Any]) -> Any:
    """The result of a call, or the exception that it raises."""
    try:
        return call()
    except InvalidData as error:
        return error.report
    except CustobarFormatsError as error:
        return str(error)


def all_of(text: str, schema: Any, form: str) -> str:
    """The results of every public way to read a text."""
    reported: list[Any] = []
    found = [
        outcome(lambda: validate(text, schema, format=form, on_finding=reported.append)),  # type: ignore[arg-type]
        outcome(lambda: validate(text, schema, format=form, max_findings=2)),  # type: ignore[arg-type]
        outcome(lambda: list(iter_csv(text, schema)) if form == "csv" else from_json(text, schema)),
        reported,
    ]
    for to in ("jsonl", "csv"):
        for streams in (False, True):
            target = io.BytesIO()
            report = outcome(lambda: convert_file(text, target, schema, Options(format=form), to=to, streams=streams))  # noqa: B023
            is_whole = streams or (isinstance(report, Report) and report.valid)  # else a file would not appear
            found += [report, target.getvalue() if is_whole else b""]
    return repr(found)


OWN = {
    "type": "object",
    "properties": {
        "price": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "title": {"anyOf": [{"type": "string", "maxLength": 6}, {"const": "unlimited"}]},
        "visible": {"type": ["boolean", "integer"]},
        "weight": {"type": "number", "minimum": 0, "exclusiveMaximum": 100},
        "external_id": {"enum": [1, 2.5, "C-1", True, "x"]},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["external_id"],
    "anyOf": [{"required": ["title"]}, {"required": ["price", "visible"]}],
}
SCHEMAS: list[Any] = [OWN, load_schema("products"), load_schema("customers"), load_schema("products"), None]
NAMES = ["external_id", "price", "title", "visible", "weight", "tags", "email", "phone_number", "date", "ean"]
LABELS = [*NAMES, "stock.0.quantity"]
CELLS = [
    "NULL",
    "nan",
    '["a"]',
    '"a","b"',
    '="0045"',
    "'00100",
    "1",
    "2.5",
    "C-1",
    "true",
    "TRUE",
    "",
    "x",
    "x ",
    "#N/A",
    "a,b",
    "a,,b",
    "5\n6",
    '5"',
    "-0",
    "007",
    "1.0",
]
CELLS += ["a@example.com", "+358401234567", "040 1", "2024-01-01", "2024-01-01 10:00", "=SUM(1)", "KÃ¤thy", "100"]
CELLS += ["641234567893"]


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\n') else cell


@st.composite
def csv_texts(draw: st.DrawFn) -> str:
    header = draw(st.lists(st.sampled_from(LABELS), min_size=1, max_size=5, unique=True))
    cells = st.sampled_from(draw(st.lists(st.sampled_from(CELLS), min_size=1, max_size=8)))
    rows = draw(st.lists(st.lists(cells, min_size=len(header), max_size=len(header)), min_size=1, max_size=6))
    lines = [",".join(map(quoted, row)) for row in rows * draw(st.sampled_from([1, 1, 1, 2, 70]))]
    end = draw(st.sampled_from(["\n", "\r\n", "\n\n", "\r"]))
    return end.join([",".join(header), *lines]) + "\n"


@pytest.mark.parametrize("way", [way for way in OFF if "JSON are" not in way])
@settings(max_examples=max(2, settings().max_examples // 7))
@given(csv_texts(), st.sampled_from(SCHEMAS))
@example('external_id,tags\nC-1,"a\nb"\n\n5",x\n', OWN)
def test_csv_is_read_the_same(way: str, text: str, schema: Any) -> None:
    found = all_of(text, schema, "csv")
    with without(OFF[way]):
        assert all_of(text, schema, "csv") == found


MEMBERS = st.one_of(st.sampled_from([*CELLS, 1, 2.5, True, None, ["a", "b"], ["a", 1], {"a": "x "}]), st.integers(0, 9))


@pytest.mark.parametrize("way", [way for way in OFF if way not in ("lines are split", "blocks are of many rows")])
@settings(max_examples=max(2, settings().max_examples // 7))
@given(
    st.lists(st.dictionaries(st.sampled_from([*NAMES, "stock"]), MEMBERS, max_size=5), min_size=1, max_size=6),
    st.sampled_from(SCHEMAS),
    st.sampled_from([1, 1, 1, 60]),
    st.booleans(),
)
def test_json_is_read_the_same(way: str, records: list[Any], schema: Any, times: int, lines: bool) -> None:
    records = records * times
    text = "\n".join(map(json.dumps, records)) if lines else json.dumps(records, indent=1)
    form = "jsonl" if lines else "json"
    found = all_of(text, schema, form)
    with without(OFF[way]):
        assert all_of(text, schema, form) == found
