"""Written CSV is the same for every block size, every kind of record, and whatever is known of the records before.

``test_laws`` has the laws on the content of a file without a schema, and on reading back a file with one.
"""

from __future__ import annotations

import csv
import io
import tempfile
import types
from collections import Counter, OrderedDict, UserDict, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custobar_formats import (
    NotExpressible,
    UsageError,
    WrittenFile,
    encode_csv,
    flatten,
    from_csv,
    to_csv,
    to_json,
    unflatten,
    write_csv,
    write_json,
)
from custobar_formats.csvtext import scanner, splitter
from custobar_formats.csvtext.writer import quote_cells, quote_lines, quote_row
from custobar_formats.pipeline import writing as writing_module
from custobar_formats.records import bulk_flatten as bulk_flatten_module
from custobar_formats.records import flatten as flatten_module
from custobar_formats.records import header as header_module
from custobar_formats.records import layout as layout_module
from custobar_formats.records import spool as spool_module
from custobar_formats.records.roundtrip import Doubt, ReadBack
from tests.laws import reference, strategies

Json = Any
Outcome = list[tuple[bytes, WrittenFile]] | str

TYPES: list[Json] = [
    {},
    {"type": "integer"},
    {"type": "number"},
    {"type": ["integer", "null"]},
    {"type": ["string", "integer"]},
    {"type": ["boolean", "number"]},
    {"enum": ["a", "1", 1, True]},
    {"minLength": 2},
    {"type": "number", "exclusiveMaximum": 0.1},
    {"not": {"type": "string"}},
    {"if": {"type": "string"}, "then": {"minLength": 2}},
    {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    {"type": "array", "items": {"type": "integer"}},
    {"type": "array", "items": {"type": "string"}},
    {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": {"type": "number"}},
    {"type": "array", "items": {}, "uniqueItems": True},
    {"properties": {"a": {"type": "number"}, "b": {"minLength": 2}}, "additionalProperties": False},
    {"properties": {"l": {"type": "array", "items": {"type": "string"}}}},
]
ROOTS: list[Json] = [
    {},
    {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
    {"if": {"required": ["a"]}, "then": {"properties": {"b": {"type": "integer"}}}},
    {"additionalProperties": {"minLength": 2}},
]
SCHEMAS = st.sampled_from([None, "customers", "products"]) | st.builds(
    lambda one, two, root: {"properties": {"a": one, "b": two}, **root},
    st.sampled_from(TYPES),
    st.sampled_from(TYPES),
    st.sampled_from(ROOTS),
)


class Text(str):
    """Text of a subclass of str, such as the members of an enumeration."""

    __slots__ = ()


ODD_VALUES: list[Json] = [
    *(1, 5.0, 1.5, 0.1, 1e16, 1e23, -0.0, 10**20, Decimal("0.1"), Decimal("1.50"), Decimal("5.0"), Decimal("1e5")),
    *("1", "a", "abc", "1.5", "true", "05", "1e5", "", "=a", Text("1"), Text("abc"), True, None, (1,), float("nan")),
    *([], [1], ["1"], [1, "1"], ["a", "a"], ["a", "b", "c"], ["a,b"], [1.0, "x"], [2, "x", 1.5], [None], [[1]]),
    *(
        {},
        {"a": 1},
        {"a": "1"},
        {"b": "ab"},
        {"a": None},
        {"q": None},
        {"a": {"b": None}},
        {"l": ["a", "b"]},
        {"l": [","]},
        [{"a": 1}, {"a": None}],
    ),
]


@contextmanager
def small_blocks(records: int) -> Iterator[None]:
    """Take so many records at once, and use the temporary file."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(writing_module, "BLOCK_RECORDS", records))
        stack.enter_context(mock.patch.object(spool_module, "SPOOLED_BYTES", 1))
        yield


def outcome(records: list[Json], schema: Json, **options: Any) -> Outcome:
    """The bytes and the counts of each file, or the reason why there is none."""
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


def again_and_again(values: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json]]:
    """Lists that repeat the same records, with others in between."""
    return st.lists(values, min_size=1, max_size=4).flatmap(
        lambda few: st.lists(st.sampled_from(few), min_size=1, max_size=24)
    )


OPTIONS = st.fixed_dictionaries(
    {
        "missing": strategies.weighted((3, st.just("blank")), (1, st.just("error")), (1, st.just("split"))),
        "delimiter": st.sampled_from(strategies.DELIMITERS),
        "line_end": st.sampled_from(["\n", "\r\n"]),
        "encoding": strategies.weighted((3, st.just("utf-8")), (1, st.sampled_from(strategies.CHARSETS))),
    }
)
ODD_RECORDS = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(ODD_VALUES), min_size=1)
RECORD_LISTS = (
    strategies.record_lists()
    | again_and_again(strategies.records())
    | again_and_again(strategies.values())
    | again_and_again(ODD_RECORDS)
)
COLUMNS = st.none() | st.lists(
    strategies.keys() | st.sampled_from(["a", "b", "a.a", "a.b", "b.c", "stock.0.a", "l.0", "l.1", "b.0", "c.0"]),
    max_size=6,
)
SIZES = st.sampled_from([1, 2, 3, 7])


@given(RECORD_LISTS, SCHEMAS, OPTIONS, COLUMNS, SIZES)
@example([{"a": [1, "1"]}, {"a": [1, 2, 3]}, {"a": [","]}], {"properties": {"a": TYPES[14]}}, {}, None, 1)
def test_how_many_records_are_taken_at_once_changes_nothing(
    records: list[Json], schema: Json, options: dict[str, Any], columns: list[str] | None, size: int
) -> None:
    if columns is not None and options.get("missing") != "split":
        options = {**options, "columns": columns}
    wanted = outcome(records, schema, **options)
    with small_blocks(size):
        assert outcome(records, schema, **options) == wanted


@given(strategies.accepted_records(), OPTIONS, SIZES)
def test_nor_does_it_for_records_that_a_schema_accepts(
    case: tuple[Json, list[Json]], options: dict[str, Any], size: int
) -> None:
    schema, records = case
    wanted = outcome(records * 3, schema, **options)
    with small_blocks(size):
        assert outcome(records * 3, schema, **options) == wanted


@given(RECORD_LISTS, SCHEMAS)
def test_records_that_are_known_are_written_as_when_they_were_new(records: list[Json], schema: Json) -> None:
    once = outcome(records, schema)
    with small_blocks(len(records)):
        twice = outcome(records * 2, schema)
    if isinstance(once, str) or isinstance(twice, str):
        assert twice == once
        return
    ((one, written),), ((two, _),) = once, twice
    header = ",".join(quote_row(written.columns)) + "\n"
    assert two == one + one[len(header.encode()) :]


@given(again_and_again(ODD_RECORDS), SCHEMAS)
def test_every_record_that_may_be_doubted_is_read_back(records: list[Json], schema: Json) -> None:
    wanted = outcome(records, schema)
    with mock.patch.object(ReadBack, "doubt", return_value=Doubt.RECORD):
        assert outcome(records, schema) == wanted


@given(strategies.schemas_with_values(), st.data())
def test_so_it_is_by_any_schema(case: tuple[Json, Json], data: st.DataObject) -> None:
    schema, value = case
    value = data.draw(st.just(value) | st.builds(lambda odd: {**value, **odd}, ODD_RECORDS))
    wanted = outcome([value], schema)
    with mock.patch.object(ReadBack, "doubt", return_value=Doubt.RECORD):
        assert outcome([value], schema) == wanted


@pytest.mark.parametrize("doubt", Doubt)
def test_a_float_is_as_valid_as_its_text(doubt: Doubt) -> None:
    """The exact value of this one is a multiple of three; the number that its digits spell is not."""
    schema = {"properties": {"a": {"multipleOf": 3, "type": "number"}}}
    with mock.patch.object(ReadBack, "doubt", return_value=doubt):
        text = to_csv([{"a": -1e300}], schema)
    assert from_csv(text, schema) == [{"a": -1e300}]


def nested(levels: int) -> Json:
    """Nested lists; the innermost is empty."""
    value: Json = None
    for _ in range(levels):
        value = [value]
    return value


CHANGES: dict[str, tuple[Json, list[Json]]] = {
    "a column at the end": (None, [{"a": "x"}, {"a": "y", "b": "z"}]),
    "a column at the end, quotes before": (None, [{"a": "x\ny"}, {"a": '"', "b": "z"}]),
    "a column in between": (None, [{"a": {"x": "1"}, "b": ", "}, {"a": {"y": "1"}}]),
    "items in between": (None, [{"a": [{"x": 1}], "b": "1"}, {"a": [{"x": 1}, {"x": 2}]}]),
    "an empty member becomes an object": (None, [{"a": None, "b": 1}, {"a": {"c": 1}}]),
    "an object of empty members": (None, [{"a": {"b": 1}, "c": 1}, {"a": {"b": None}, "c": 1}, {"a": {}, "c": 1}]),
    "an object of an unknown empty member": (None, [{"a": {"b": {"c": 1}}}, {"a": {"b": {"q": None}}, "c": 1}]),
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
    "a list of nothing shares a cell": ("customers", [{"mailing_lists": ["a"]}, {"mailing_lists": [None], "b": 1}]),
    "lists in objects of which some hold nothing": (
        {"properties": {"o": {"properties": {"l": {"type": "array", "items": {"type": "string"}}}}}},
        [{"o": {"l": ["a", "b"]}}, {"o": {"q": None}, "x": 1}, {"o": {"l": ["c"]}}, {"o": {"l": [""]}, "x": 1}],
    ),
    "a list of numbers": ({"properties": {"a": {"type": "array", "items": {"type": "integer"}}}}, [{"a": [1, 2.0]}]),
    "a text that is a number": ({"properties": {"a": {"type": "integer"}}}, [{"a": 1}, {"a": "1"}, {"a": "x"}]),
    "a number of many digits": (None, [{"a": 1}, {"a": 10**4299}, {"a": 10**4300}]),
    "a long text beside a number": (None, [{"a": 1}, {"a": "x" * 5000}, {"a": Decimal("1." + "1" * 5000)}]),
    "a number of no digits": (None, [{"a": 1.5}, {"a": float("nan")}]),
    "a long text": (None, [{"a": "x" * 131_072}, {"a": "x" * 131_073}]),
    "half a surrogate pair": (None, [{"a": "x"}, {"a": "y", "b": "\ud800"}]),
    "no record": (None, [{"a": "x"}, ["a"]]),
    "a key that is no text": (None, [{"a": "x"}, {"a": "x", 1: "x"}]),
    "a dict of another kind": (None, [{"a": {"b": "x"}}, {"a": Counter(b=1)}, Counter(a=1)]),
    "a value that is none of JSON": (None, [{"a": "x"}, {"a": (1, 2)}]),
    "another shape": (None, [{"a": "x"}, {"a": {"b": 1}}]),
    "nothing": (None, [{"a": "x"}, {}]),
    "nothing, many levels deep": (None, [{"a": "x"}, {"a": "x", "b": nested(100)}]),
    "too many levels": (None, [{"a": "x"}, {"a": "x", "b": nested(2000)}]),
}


@pytest.mark.parametrize("missing", ["blank", "error", "split"])
@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_on_the_way(name: str, missing: str) -> None:
    schema, records = CHANGES[name]
    for times in [1, 2, 5]:
        many = [record for record in records for _ in range(times)]
        wanted = outcome(many, schema, missing=missing)
        for size in [1, 2, 7]:
            with small_blocks(size):
                assert outcome(many, schema, missing=missing) == wanted


def test_a_list_that_shared_a_cell_keeps_all_its_items_when_it_is_spread() -> None:
    lists = [["a"], ["a"], ["a", "b", "c"], ["d"], ["x,y"]]
    records = [{"external_id": "1", "mailing_lists": items} for items in lists]
    for size in [1, 2, 256]:
        with small_blocks(size):
            assert from_csv(to_csv(records, "customers"), "customers") == records


LIMITS = {"MAX_CELL": 12, "MAX_COLUMNS": 5}
LIMITED = [reference, flatten_module, layout_module, bulk_flatten_module, header_module, scanner, splitter]
TEXT_LISTS = st.lists(st.sampled_from(["a", "bcd", "defgh", "ijklmnopqr"]), min_size=1, max_size=8)
LONG_LISTS = strategies.weighted(
    (6, TEXT_LISTS),
    (1, st.lists(st.sampled_from(["a", "b,", "x" * 12, "x" * 13]), min_size=1, max_size=6)),
    (1, st.integers(1, 9).map(["a"].__mul__)),
)
TEXTS: Json = {"type": "array", "items": {"type": "string"}}
WITH_LISTS: Json = {"properties": {"l": TEXTS, "o": {"properties": {"l": TEXTS}}}}


@given(
    st.lists(
        st.fixed_dictionaries(
            {"i": st.just("1")}, optional={"l": LONG_LISTS, "o": LONG_LISTS.map(lambda items: {"l": items})}
        ),
        min_size=1,
        max_size=8,
    ),
    SIZES,
)
@example([{"i": "1", "l": ["defgh", "bcd", "a"]}], 1)
@example([{"i": "1", "l": ["defgh", "bcd", "ab"]}], 1)
@example([{"i": "1", "l": ["a"] * 6}, {"i": "1", "l": ["a", "b,"]}], 1)
@example([{"i": "1", "l": ["a"] * 6}] * 2 + [{"i": "1", "l": ["a"] * 7}], 3)
@example([{"i": "1", "l": ["a"], "o": {"l": ["a", "a", "a", "a", "defgh"]}}, {"i": "1", "o": {"l": ["x" * 13]}}], 1)
def test_a_list_that_is_too_long_for_a_cell_has_a_column_for_each_item(records: list[Json], size: int) -> None:
    """A cell has twelve characters here, and a file five columns."""
    with ExitStack() as stack:
        for module in LIMITED:
            for name in LIMITS.keys() & vars(module).keys():
                stack.enter_context(mock.patch.object(module, name, LIMITS[name]))
        lists = [[each["l"] for each in records if "l" in each], [each["o"]["l"] for each in records if "o" in each]]
        counts = [reference.list_columns(each) for each in lists if each]
        wanted = outcome(records, WITH_LISTS)
        with small_blocks(size):
            again = outcome(records, WITH_LISTS)
        too_many = [isinstance(each, str) and "which cannot be read back" in each for each in (wanted, again)]
        if any(too_many):  # of the whole file; another refusal may come before it in longer blocks
            assert isinstance(wanted, str)
            assert isinstance(again, str)
        else:
            assert again == wanted
        if None in counts or 1 + sum(count or 0 for count in counts) > LIMITS["MAX_COLUMNS"]:
            assert isinstance(wanted, str)
            return
        assert not isinstance(wanted, str)
        ((data, written),) = wanted
        assert len(written.columns) == 1 + sum(count or 0 for count in counts)
        assert from_csv(data, WITH_LISTS) == records
        for record in records:
            assert unflatten(flatten(record, WITH_LISTS), WITH_LISTS) == record


@given(st.lists(strategies.texts() | strategies.plain_texts(), min_size=1) | strategies.like_cells())
@example([" a", "b"])
@example(["a ", "b"])
@example(["a", " b"])
@example(["a", "b "])
@example(["a", '"', "b\n"])
def test_cells_are_quoted_as_one_is(cells: list[str]) -> None:
    assert list(quote_cells(cells, "\n".join(cells))) == quote_row(cells)


ONE_LINE = st.text("ab ,;\t\"'é", max_size=4)


QUOTES = {"few": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL, "texts": csv.QUOTE_NONNUMERIC}


LINES = st.tuples(st.sampled_from(["", "needed", *QUOTES]), ONE_LINE, ONE_LINE, ONE_LINE | st.integers(0, 9))


@given(st.sampled_from(",;\t"), st.lists(LINES))
@example(",", [("few", "a", " ", "b")])
@example(";", [("few", "a", "b", ""), ("few", "", "b,c", "d,e"), ("", "a", "b", "c"), ("few", "a", "b;c", "")])
@example(",", [("few", "", " a", "b"), ("few", "a ", "", "b"), ("few", "a", "b ", ""), ("few", "a", "", "b ")])
@example(";", [("few", "a,b", "c", "d\te"), ("few", "a,\tb", "c,", ",d"), ("few", "a,b ", "c", "d")])
@example(",", [("all", "a", "b", ""), ("all", "a,", "b;", "c"), ("needed", 'a"', "b;", ""), ("all", "", "", "")])
def test_lines_are_quoted_as_their_cells_are(delimiter: str, known: list[tuple[str, str, str, str | int]]) -> None:
    """A line may have been read with fewer quotes than it is written with, or with more."""
    rows = [list(map(str, cells)) for _, *cells in known]
    wanted = [delimiter.join(quote_row(row)) for row in rows]
    texts = [
        line if how == "needed" else how and _with_quotes(cells, delimiter, QUOTES[how])
        for (how, *cells), line in zip(known, wanted, strict=True)
    ]
    assert list(quote_lines(rows, texts, delimiter)) == wanted


def _with_quotes(cells: list[str | int], delimiter: str, quotes: Any) -> str:
    """A line with those quotes, or only those without which it could not be read."""
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator="", quoting=quotes).writerow(cells)
    return file.getvalue()


@pytest.mark.parametrize("types", ["integer", ["integer", "null"], ["boolean", "integer"]])
def test_a_float_is_written_as_the_integer_that_is_asked_for(types: Json) -> None:
    stream = io.BytesIO()
    write_csv([{"a": 1e16}, {"a": -3.0}], stream, {"properties": {"a": {"type": types}}})
    assert stream.getvalue() == b"a\n10000000000000000\n-3\n"


def test_only_what_is_new_is_learned() -> None:
    record = {"a": "x", "b": [{"c": 1, "d": True}, {"c": 2}], "e": {"f": None, "g": 1.5}}
    records = [record] * 1000 + [{**record, "h": number} for number in range(1000)]
    learn = writing_module.FileRows.learn
    with mock.patch.object(writing_module.FileRows, "learn", autospec=True, side_effect=learn) as learned:
        write_csv(records, io.BytesIO())
    assert learned.call_count == 2


UNTYPED: list[Json] = [
    [{"acme__a": 1, "acme__b": 1.5, "acme__c": True, "acme__d": {"e": [1, 2.5, "x"]}}],
    [{"acme__a": Decimal("1.50")}],
    [{"email": "a@b.fi"}],
]


@pytest.mark.parametrize("records", UNTYPED)
def test_a_number_in_a_field_without_a_type_needs_no_look_at_its_record(records: list[Json]) -> None:
    learn = writing_module.FileRows.learn
    with mock.patch.object(writing_module.FileRows, "learn", autospec=True, side_effect=learn) as learned:
        write_csv(records * 600, io.BytesIO(), "customers")
    assert learned.call_count == 1


# -- sources of records


def test_an_exception_of_the_source_does_not_hide_what_is_wrong_before_it() -> None:
    def source(first: Json) -> Iterator[Json]:
        yield {"a": "x"}
        yield first
        raise LookupError

    with pytest.raises(NotExpressible):
        write_csv(source({}), io.BytesIO())
    with pytest.raises(LookupError):
        write_csv(source({"a": "y"}), io.BytesIO())


def written(records: Any) -> bytes:
    stream = io.BytesIO()
    write_csv(records, stream)
    return stream.getvalue()


def json_lines(records: Any) -> bytes:
    stream = io.BytesIO()
    write_json(records, stream, lines=True)
    return stream.getvalue()


WRITERS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "to_csv": (to_csv, "n\n0\n1\n2\n"),
    "encode_csv": (encode_csv, b"n\n0\n1\n2\n"),
    "write_csv": (written, b"n\n0\n1\n2\n"),
    "to_json": (to_json, '[\n{"n":0},\n{"n":1},\n{"n":2}\n]\n'),
    "write_json": (json_lines, b'{"n":0}\n{"n":1}\n{"n":2}\n'),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("kind", [dict, OrderedDict, UserDict])
def test_a_record_that_is_changed_and_given_again_is_written_as_it_was(name: str, kind: Callable[[], Any]) -> None:
    def same() -> Iterator[Any]:
        record = kind()
        for number in range(3):
            record["n"] = number
            yield record

    write, wanted = WRITERS[name]
    assert write(same()) == wanted


class Own(Mapping[str, Any]):
    """A mapping that is not a dict."""

    def __init__(self, members: dict[str, Any]) -> None:
        self._members = members

    def __getitem__(self, key: str) -> Any:
        return self._members[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


KINDS: list[Callable[[dict[str, Any]], Any]] = [
    OrderedDict,
    UserDict,
    types.MappingProxyType,
    Own,
    lambda members: defaultdict(list, members),
]


def of_kind(value: Any, kind: Callable[[dict[str, Any]], Any]) -> Any:
    """A value with its dicts converted to another kind of mapping."""
    if isinstance(value, dict):
        return kind({key: of_kind(member, kind) for key, member in value.items()})
    return [of_kind(item, kind) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("every", [1, 3])
def test_any_mapping_is_a_record_and_an_object(kind: Callable[[dict[str, Any]], Any], every: int) -> None:
    record = {"a": {"b": 1, "c": {}}, "d": [{"e": 1.5}, {"e": 2, "f": None}], "g": Decimal("1.50"), "h": {"i": {}}}
    records = [{**record, "n": number} for number in range(20)]
    mappings = [of_kind(each, kind) if number % every == 0 else each for number, each in enumerate(records)]
    schema = {"properties": {"a": {"properties": {"b": {"type": "integer"}, "c": {"type": "object"}}}}}
    for options in [{}, {"columns": ["a.b", "d.0.e", "d.1.e", "g", "n"]}, {"missing": "split"}]:
        for by in (None, schema):
            assert outcome(mappings, by, **options) == outcome(records, by, **options)  # type: ignore[arg-type]
    for indent in (None, 2):
        assert to_json(mappings, indent=indent) == to_json(records, indent=indent)
        plain = [{**each, "g": 1} for each in records]
        assert to_json([of_kind(each, kind) for each in plain], indent=indent) == to_json(plain, indent=indent)
    assert flatten(mappings[0], schema) == flatten(records[0], schema)


# -- what is refused

REFUSED: list[tuple[Json, list[Json]]] = [
    *CHANGES.values(),
    ({"properties": {"a": {"type": "integer"}}}, [{"a": "1"}]),
    ("customers", [{"mailing_lists": ["a", object()]}]),
    (None, [{"a": Decimal("NaN")}]),
    (None, [{"a..b": 1}]),
    (None, [{"a": "x", "b": object()}]),
    (None, [{"sep=": 1}]),
    (None, [{"\ud800": 1}]),
    (None, []),
]


def raised_by(write: Callable[[], Any]) -> NotExpressible | None:
    try:
        write()
    except NotExpressible as error:
        return error
    return None


def write_both(records: list[Json], schema: Json) -> None:
    """Write JSON, and CSV to a stream."""
    to_json(records)
    write_csv(records, io.BytesIO(), schema)


def test_an_error_comes_without_those_that_led_to_it() -> None:
    errors = [
        raised_by(partial(write, records, schema))
        for schema, records in REFUSED
        for write in (to_csv, encode_csv, write_both)
    ]
    refused = [error for error in errors if error is not None]
    assert len(refused) > len(REFUSED)
    for error in refused:
        assert error.__cause__ is None
        assert error.__context__ is None or error.__suppress_context__
