"""The fast way to write CSV against the slow one: the same bytes, the same counts, the same words of refusal."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import slow_writing
import strategies
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import NotExpressible, UsageError, WrittenFile, write_csv
from custobar_formats import spool as spool_module
from custobar_formats import writing as writing_module

Json = Any
Outcome = list[tuple[bytes, WrittenFile]] | str

SCHEMAS: list[Json] = [
    None,
    "customers",
    "products",
    {
        "properties": {
            "a": {"type": "integer"},
            "b": {"type": "array", "items": {"type": "string"}},
            "c": {"enum": ["a", "1", 1, True]},
            "id": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            "name": {"type": ["number", "boolean"]},
            "stock": {"type": "array", "items": {"properties": {"a": {"type": "number"}, "b": {"type": "boolean"}}}},
        }
    },
    {"properties": {"a": {"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": ["integer"]}}}},
    {"anyOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"a": {"type": "boolean"}}}]},
]


@contextmanager
def small_blocks(rows: int, few: int) -> Iterator[None]:
    """Blocks are of a few rows, so that some are irregular and others are not, and the temporary file is used."""
    with ExitStack() as stack:
        for module, name, value in [
            (writing_module, "BLOCK_RECORDS", rows),
            (writing_module, "FEW_RECORDS", few),
            (spool_module, "SPOOLED_BYTES", 1),
        ]:
            stack.enter_context(mock.patch.object(module, name, value))
        yield


def slowly(records: list[Json], schema: Json, **options: Any) -> Outcome:
    try:
        return slow_writing.write(records, schema, **options)
    except (NotExpressible, UsageError) as error:
        return repr(error)


def fast(records: list[Json], schema: Json, **options: Any) -> Outcome:
    options["encoding"] = options.pop("charset", "utf-8")
    try:
        if options.get("missing") != "split":
            stream = io.BytesIO()
            (file,) = write_csv(iter(records), stream, schema, **options).files
            return [(stream.getvalue(), file)]
        with tempfile.TemporaryDirectory() as folder, mock.patch("os.fsync"):
            written = write_csv(iter(records), Path(folder) / "out.csv", schema, **options)
            return [(Path(str(file.path)).read_bytes(), replace(file, path=None)) for file in written.files]
    except (NotExpressible, UsageError) as error:
        return repr(error)


def mixed_lists(values: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json]]:
    """Lists in which the same records come again and again, with others in between."""
    return st.lists(values, min_size=1, max_size=4).flatmap(
        lambda few: st.lists(st.sampled_from(few), min_size=1, max_size=24)
    )


OPTIONS = st.fixed_dictionaries(
    {
        "missing": strategies.weighted((3, st.just("blank")), (1, st.just("error")), (1, st.just("split"))),
        "delimiter": st.sampled_from(strategies.DELIMITERS),
        "line_end": st.sampled_from(["\n", "\r\n"]),
        "charset": strategies.weighted((3, st.just("utf-8")), (1, st.sampled_from(strategies.CHARSETS))),
    }
)
BLOCKS = st.tuples(st.integers(1, 6), st.integers(1, 3))
RECORD_LISTS = strategies.record_lists() | mixed_lists(strategies.records()) | mixed_lists(strategies.values())
COLUMNS = st.none() | st.lists(strategies.keys() | st.sampled_from(["a", "b.c", "stock.0.a", "l.0", "l.1"]), max_size=6)


@given(RECORD_LISTS, st.sampled_from(SCHEMAS), OPTIONS, BLOCKS)
def test_any_records(records: list[Json], schema: Json, options: dict[str, Any], blocks: tuple[int, int]) -> None:
    with small_blocks(*blocks):
        assert fast(records, schema, **options) == slowly(records, schema, **options)


@given(RECORD_LISTS, COLUMNS, st.sampled_from(SCHEMAS), st.sampled_from(["blank", "error"]), BLOCKS)
def test_columns_that_are_given(
    records: list[Json], columns: list[str] | None, schema: Json, missing: str, blocks: tuple[int, int]
) -> None:
    with small_blocks(*blocks):
        options = {"columns": columns, "missing": missing}
        assert fast(records, schema, **options) == slowly(records, schema, **options)


@given(strategies.accepted_records(), st.data(), OPTIONS, BLOCKS)
def test_records_that_a_schema_accepts(
    case: tuple[Json, list[Json]], data: st.DataObject, options: dict[str, Any], blocks: tuple[int, int]
) -> None:
    schema, records = case
    if records:
        records = data.draw(st.lists(st.sampled_from(records), min_size=1, max_size=24))
    with small_blocks(*blocks):
        assert fast(records, schema, **options) == slowly(records, schema, **options)
