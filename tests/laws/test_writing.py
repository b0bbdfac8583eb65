"""The fast way to write CSV against the slow one: the same bytes, the same counts, the same words of refusal."""

from __future__ import annotations

import io
import itertools
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custobar_formats import NotExpressible, UsageError, WrittenFile, write_csv
from custobar_formats.csvtext.writer import quote_cells, quote_row
from custobar_formats.pipeline import writing as writing_module
from custobar_formats.records import spool as spool_module
from tests.laws import slow_writing, strategies

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


CHANGES: dict[str, tuple[Json, list[Json]]] = {
    "a column at the end": (None, [{"a": "x"}, {"a": "y", "b": "z"}]),
    "a column at the end, quotes before": (None, [{"a": "x\ny"}, {"a": '"', "b": "z"}]),
    "a column in between": (None, [{"a": {"x": "1"}, "b": ", "}, {"a": {"y": "1"}}]),
    "items in between": (None, [{"a": [{"x": 1}], "b": "1"}, {"a": [{"x": 1}, {"x": 2}]}]),
    "an empty member becomes an object": (None, [{"a": None, "b": 1}, {"a": {"c": 1}}]),
    "an object of empty members": (None, [{"a": {"b": 1}, "c": 1}, {"a": {"b": None}, "c": 1}, {"a": {}, "c": 1}]),
    "an empty item": (None, [{"a": [{"b": 1}]}, {"a": [{"b": None}]}]),
    "a list of nothing": (None, [{"a": ["x"], "b": 1}, {"a": [None, ""], "b": 1}, {"a": [], "b": 1}]),
    "a list is spread": (
        "customers",
        [{"mailing_lists": ['"', "; "]}, {"mailing_lists": ["b"]}, {"mailing_lists": [","]}],
    ),
    "a text where lists are asked for": ("customers", [{"mailing_lists": ["a"]}, {"mailing_lists": "a,b"}]),
    "a list is spread, and one lacks it": (
        "customers",
        [{"mailing_lists": ["a,b", "c"], "email": "x"}, {"email": "y"}, {"mailing_lists": ["d"], "email": "z"}],
    ),
    "a list is longer": ("customers", [{"mailing_lists": ["a,b"]}, {"mailing_lists": ["a", "b"]}]),
    "a list of numbers": ({"properties": {"a": {"type": "array", "items": {"type": "integer"}}}}, [{"a": [1, 2.0]}]),
    "a text that is a number": ({"properties": {"a": {"type": "integer"}}}, [{"a": 1}, {"a": "1"}, {"a": "x"}]),
    "a number of many digits": (None, [{"a": 1}, {"a": 10**4299}, {"a": 10**4300}]),
    "a number of no digits": (None, [{"a": 1.5}, {"a": float("nan")}]),
    "a long text": (None, [{"a": "x" * 131_072}, {"a": "x" * 131_073}]),
    "half a surrogate pair": (None, [{"a": "x"}, {"a": "y", "b": "\ud800"}]),
    "no record": (None, [{"a": "x"}, ["a"]]),
    "a key that is no text": (None, [{"a": "x"}, {"a": "x", 1: "x"}]),
    "a dict of another kind": (None, [{"a": {"b": "x"}}, {"a": Counter(b=1)}, Counter(a=1)]),
    "a value that is none of JSON": (None, [{"a": "x"}, {"a": (1, 2)}]),
    "another shape": (None, [{"a": "x"}, {"a": {"b": 1}}]),
    "nothing": (None, [{"a": "x"}, {}]),
}


@pytest.mark.parametrize("missing", ["blank", "error", "split"])
@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_on_the_way(name: str, missing: str) -> None:
    schema, records = CHANGES[name]
    for times, block in itertools.product([1, 2, 5], [1, 2, 256]):
        many = [record for record in records for _ in range(times)]
        with small_blocks(block, 1):
            assert fast(many, schema, missing=missing) == slowly(many, schema, missing=missing)


@given(st.lists(strategies.texts() | strategies.plain_texts(), min_size=1) | strategies.like_cells())
@example([" a", "b"])
@example(["a ", "b"])
@example(["a", " b"])
@example(["a", "b "])
@example(["a", '"', "b\n"])
def test_cells_are_quoted_as_one_is(cells: list[str]) -> None:
    assert list(quote_cells(cells, "\n".join(cells))) == quote_row(cells)


@pytest.mark.parametrize("types", ["integer", ["integer", "null"], ["boolean", "integer"]])
def test_a_float_is_written_as_the_integer_that_is_asked_for(types: Json) -> None:
    stream = io.BytesIO()
    write_csv([{"a": 1e16}, {"a": -3.0}], stream, {"properties": {"a": {"type": types}}})
    assert stream.getvalue() == b"a\n10000000000000000\n-3\n"


def test_records_like_those_before_are_not_taken_one_after_the_other() -> None:
    record = {"a": "x", "b": [{"c": 1, "d": True}, {"c": 2}], "e": {"f": None, "g": 1.5}}
    learn = writing_module.FileRows.learn
    with mock.patch.object(writing_module.FileRows, "learn", autospec=True, side_effect=learn) as learned:
        write_csv([record] * 1000, io.BytesIO())
    assert learned.call_count == 1


def test_an_exception_of_the_source_does_not_hide_what_is_wrong_before_it() -> None:
    def source(first: Json) -> Iterator[Json]:
        yield {"a": "x"}
        yield first
        raise LookupError

    with pytest.raises(NotExpressible):
        write_csv(source({}), io.BytesIO())
    with pytest.raises(LookupError):
        write_csv(source({"a": "y"}), io.BytesIO())
