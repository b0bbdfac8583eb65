"""A file of JSON lines that is read in ranges, wherever it is cut, against the same file read in one go."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, DrawFn

from custobar_formats import load_schema
from custobar_formats.pipeline.convert import _convert
from custobar_formats.pipeline.options import Options
from custobar_formats.upload.batch import Limits
from tests.laws import strategies
from tests.laws.strategies import weighted
from tests.laws.test_convert_jobs import both as convert_both
from tests.laws.test_jobs import CELLS, FIELDS, Here, both, cuts, in_parts
from tests.laws.test_upload_jobs import SPANS
from tests.laws.test_upload_jobs import both as upload_both
from tests.parameters import slow_if

KEYS = {entity: [field for field in fields if "." not in field] for entity, fields in FIELDS.items()}
KEYS["products"] += ["stock", "unknown"]
KEYS["customers"] += ["emial", "acme__x"]

VALUES: list[Any] = [*CELLS, 1, 2, 100, 0, -3, 24.9, 24.5, 1.0, 1e20, 10**30, True, False, None, [], {}]
VALUES += [["a", "b"], ["a", 1], [{"shop_id": "1", "quantity": 2}, {"shop_id": "1", "quantity": "x", "new": 1}]]
VALUES += [{"a": {"b": [1, {"Ã¤": 2}]}}, [[1], []], {"a\u200b": 1, "?": 2}, [{"shop_id": 1}] * 3, ["24.90", 24.9, 5]]

ODD_LINES = ["", "", " ", "{", "{", "}", '"a": 1', '"a": 1}', "{}", "[]", "1", "null", '{"a": 1} x', '{"a":', "{'a'}"]
ODD_LINES += [
    '{"a": 1, "a": 2}',
    '{"a": "\\ud800"}',
    '{"a": "\\u007f"}',
    '{"a": "\x7f\\n"}',
    '{"products": [',
    "[{}, {}]",
]
ODD_LINES += [
    '{"a": NaN}',
    '{"a": 01}',
    '{"b": "x\ty"}',
    '{"a": {"b": 1, "b": 2}}',
    '{"c": ' + "[" * 70 + "]" * 70 + "}",
]
ODD_LINES += ['\t{"external_id": "T"}', '{"external_id": "a\\u0000"}', "a,b", '{"a": "' + "x" * 300 + '"}']


@st.composite
def objects(draw: DrawFn, entity: str) -> list[dict[str, Any]]:
    """Records, many alike."""
    names = draw(st.lists(st.sampled_from(KEYS[entity]), min_size=1, max_size=7, unique=True))
    value = weighted((8, st.sampled_from(VALUES)), (1, strategies.values()))
    usual = st.fixed_dictionaries(dict.fromkeys(names, value))
    fewer = st.fixed_dictionaries({}, optional=dict.fromkeys(names, value))
    odd = st.dictionaries(weighted((3, st.sampled_from(names)), (2, strategies.keys())), value, max_size=5)
    few = draw(st.lists(weighted((4, usual), (1, fewer), (1, odd)), min_size=1, max_size=6))
    return draw(st.lists(weighted((4, st.sampled_from(few)), (1, usual)), min_size=6, max_size=40))


@st.composite
def lines_files(draw: DrawFn) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a file, and how it is checked."""
    entity = draw(st.sampled_from(sorted(KEYS)))
    line_end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r\n", "\r"]))
    other = weighted((12, st.just(line_end)), (1, st.sampled_from(["\n", "\r", "\r\n", "\n\n"])))
    is_ascii, is_tight = draw(st.booleans()), draw(st.booleans())
    separators = (",", ":") if is_tight else None
    text = "\ufeff" if draw(weighted((6, st.just(False)), (1, st.just(True)))) else ""
    oddly = draw(st.sampled_from([0, 0, 1, 4]))
    for record in draw(objects(entity)):
        text += json.dumps(record, ensure_ascii=is_ascii, separators=separators) + draw(other)
        if oddly and draw(st.integers(0, 12)) < oddly:
            text += draw(st.sampled_from(ODD_LINES)) + draw(other)
    text += draw(weighted((6, st.just("")), (1, st.just("{")), (1, strategies.texts())))
    data = text.encode("utf-8", "replace")
    data += draw(weighted((6, st.just(b"")), (1, st.just(b"\xff\n")), (1, st.just(b"\xc3")), (1, st.binary())))
    how: dict[str, Any] = {"name": draw(st.sampled_from(["in.jsonl", "in.jsonl", "in.json", "in"]))}
    how["schema"] = draw(weighted((6, st.just(entity)), (1, st.just(None)), (1, st.just(load_schema(entity)))))
    how["max_findings"] = draw(st.sampled_from([None, 0, 1, 2, 3]))
    how["cross_checks"] = draw(weighted((5, st.just(True)), (1, st.just(False))))
    how["min_rows"] = draw(st.sampled_from([None, None, 20]))
    how["listens"] = draw(weighted((3, st.just(False)), (1, st.just(True))))
    return data, how


@given(lines_files(), cuts(), st.integers(2, 4))
def test_the_report_of_ranges_is_that_of_the_whole(
    file: tuple[bytes, dict[str, Any]], cut: tuple[int, int, int, int], jobs: int
) -> None:
    data, how = file
    both(data, cut, jobs, **how)


@st.composite
def conversions(draw: DrawFn) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a file, and how it is converted to JSON again."""
    data, how = draw(lines_files())
    given: dict[str, Any] = {each: how[each] for each in ("name", "schema", "listens")}
    given["options"] = Options(min_rows=how["min_rows"])
    given["to"] = draw(st.sampled_from(["json", "jsonl"]))
    given["streams"] = draw(weighted((3, st.just(False)), (1, st.just(True))))
    given["strict"] = draw(weighted((3, st.just(False)), (1, st.just(True))))
    return data, given


@given(conversions(), cuts(), st.integers(2, 4))
def test_the_output_of_ranges_is_that_of_the_whole(
    file: tuple[bytes, dict[str, Any]], cut: tuple[int, int, int, int], jobs: int
) -> None:
    data, how = file
    convert_both(data, cut, jobs, **how)


@given(lines_files().filter(lambda file: isinstance(file[1]["schema"], str)), cuts(), st.data())
def test_what_ranges_send_is_what_the_whole_sends(
    file: tuple[bytes, dict[str, Any]], cut: tuple[int, int, int, int], draw: DataObject
) -> None:
    data, how = file
    given = {each: how[each] for each in ("name", "schema", "listens")} | {"options": Options(min_rows=how["min_rows"])}
    given["limits"] = Limits(draw.draw(st.integers(1, 12)), draw.draw(st.sampled_from([150, 400, 10**6])))
    given["taken"] = tuple((row, row) for row in draw.draw(SPANS))
    upload_both(data, cut, 3, separates=False, **given)


@st.composite
def tables(draw: DrawFn) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a file, most of them of records that CSV can have, and how it is converted to CSV."""
    if draw(st.booleans()):
        data, how = draw(lines_files())
        given: dict[str, Any] = {each: how[each] for each in ("name", "schema", "listens")}
    else:
        parts = [draw(strategies.record_lists(benign=draw(st.booleans()))) for _ in range(draw(st.integers(1, 4)))]
        records = [record for part in parts for record in part] * draw(st.integers(1, 6))
        data = "".join(json.dumps(record) + "\n" for record in records).encode()
        given = {"name": "in.jsonl", "schema": draw(st.sampled_from([None, {"type": "object"}])), "listens": False}
    encoding, delimiter = draw(st.sampled_from([None, "utf-16", "iso-8859-1"])), draw(st.sampled_from([None, ";"]))
    given["options"] = Options(encoding=encoding, delimiter=delimiter)
    given["to"] = "csv"
    given["missing"] = draw(st.sampled_from(["blank", "blank", "error", "split"]))
    given["streams"] = draw(weighted((5, st.just(False)), (1, st.just(True))))
    given["strict"] = draw(weighted((5, st.just(False)), (1, st.just(True))))
    return data, given


@given(tables(), cuts(), st.integers(2, 4))
def test_the_table_of_ranges_is_that_of_the_whole(
    file: tuple[bytes, dict[str, Any]], cut: tuple[int, int, int, int], jobs: int
) -> None:
    data, how = file
    convert_both(data, cut, jobs, **how)


# -- each kind of thing that needs the whole file, or what is around a cut


def products(count: int, **odd: str) -> str:
    """Lines of products, of which those with a name such as ``r3`` are others."""
    usual = '{{"external_id": "P{0}", "price": {0}00, "title": "tea"}}'
    return "".join(odd.get(f"r{row}", usual.format(row)) + "\n" for row in range(1, count + 1))


def many_keys(count: int) -> str:
    return "".join(f'{{"external_id": "P{row}", "new{row}": 1, "neu{row % 7}": 2}}\n' for row in range(count))


KINDS: dict[str, tuple[str | bytes, str, set[str]]] = {
    "mixed money, its decimals at the end": (
        products(30, r29='{"external_id": "Q", "price": 24.9}'),
        "products",
        {"mixed-money"},
    ),
    "mixed money in a list": (
        products(30, r29='{"external_id": "Q", "stock": [{"price": 24.9}, {"shop_id": "2", "price": 3}]}'),
        "products",
        set(),
    ),
    "duplicates far apart": (
        products(30, **dict.fromkeys(("r2", "r17", "r30"), '{"external_id": "A"}')),
        "products",
        {"duplicate-identifier"},
    ),
    "sales apart": (
        "".join(
            json.dumps({"sale_external_id": f"S{row % 5}", "external_id": f"L{row}", "unit_price": 1, "quantity": 1})
            + "\n"
            for row in range(30)
        ),
        "sales",
        {"incomplete-sale"},
    ),
    "a few unknown keys": (
        products(30, r3='{"external_id": "A", "x": 1}', r20='{"external_id": "B", "y": 1, "x": 1, "z": {"Ã¤": 1}}'),
        "products",
        {"unknown-field"},
    ),
    "an unknown key with another finding about its value": (
        products(30, r3='{"external_id": "A", "x\u200b": "Ã¤"}', r20='{"external_id": "B", "x\u200b": "a"}'),
        "products",
        {"unknown-field", "invisible-character"},
    ),
    "many unknown keys": (many_keys(250), "products", {"unknown-field"}),
    "a lone brace, and then a record": (products(20, r7="{", r12="{\n\n"), "products", {"invalid-json"}),
    "objects over several lines": (products(20, r9='{\n  "external_id": "X"\n}'), "products", {"invalid-json"}),
    "lines that are no records": (
        products(40, **dict.fromkeys(("r1", "r7", "r20"), "a,b")),
        "products",
        {"invalid-json"},
    ),
    "returns alone": (products(30).replace("\n", "\r"), "products", set()),
    "a few returns alone": (products(30).replace('\n{"external_id": "P7', '\r{"external_id": "P7'), "products", set()),
    "blank lines": (products(30).replace("\n", "\n\n \n"), "products", set()),
    "a byte that cannot be decoded, after letters": (
        products(30, r12='{"external_id": "ä"}').encode() + b'{"external_id": "\xff\xfe"}\n{"external_id": "R"}\n',
        "products",
        {"undecodable-bytes"},
    ),
    "half of a letter at the end": (products(30).encode() + b'{"a": "\xc3', "products", {"undecodable-bytes"}),
    "no record": ("\n" * 400, "products", {"no-records"}),
    "several faults in a record": (
        '{"external_id": "A", "stock": [{"quantity": "x"}, {"quantity": "y"}, {"quantity": "z"}]}\n' * 30,
        "products",
        {"wrong-type"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", slow_if({"many unknown keys"}, KINDS))
def test_what_needs_the_whole_file(kind: str) -> None:
    text, entity, codes = KINDS[kind]
    data = text.encode() if isinstance(text, str) else text
    for cut in ((30, 40, 400, 64), (1, 1, 100, 2), (300, 170, 1000, 10)):
        for more in ({}, {"max_findings": 1}, {"listens": True}):
            _, report = both(data, cut, 3, name="in.jsonl", schema=entity, **more)
            assert report.counts.by_code.keys() >= codes, report


@pytest.mark.parametrize("name", ["in.jsonl", "in.json", "in"])
def test_ranges_are_read_elsewhere(name: str) -> None:
    """Of four ranges at a time, this process reads one."""
    executor, report = both(products(100).encode(), (20, 50, 400, 64), 4, name=name, schema="products")
    assert report.rows == 100
    assert 40 < len(executor.parts) < 90


@pytest.mark.parametrize(
    "text",
    [
        "[" + ",\n".join(products(50).splitlines()) + "]\n",
        '{"products": [' + ",\n".join(products(50).splitlines()) + "]}\n",
        "\n".join(json.dumps(json.loads(line), indent=1) for line in products(50).splitlines()),
    ],
)
def test_what_is_not_on_lines_is_read_by_one_process(text: str) -> None:
    executor, _ = both(text.encode(), (20, 50, 400, 64), 4, name="in.json", schema="products")
    assert not executor.parts


# -- to CSV

USUAL = '{"external_id": "P1", "price": 100, "title": "tea", "tags": ["a", "b"]}\n'

TABLES: dict[str, tuple[str, bool]] = {
    "records alike": (USUAL * 60, True),
    "columns that come later": (USUAL * 20 + '{"external_id": "P", "brand": "x", "stock": [{"a": "1"}]}\n' * 20, True),
    "a list that cannot share a cell": (
        USUAL * 20 + '{"external_id": "P", "tags": ["a,b", "c", "d"]}\n' + USUAL * 20,
        True,
    ),
    "such a list at the start": ('{"external_id": "P", "tags": ["a,b", "c", "d"]}\n' + USUAL * 40, True),
    "empty members": (USUAL * 20 + '{"external_id": "P", "title": null, "brand": {}, "tags": []}\n' * 20, True),
    "empty members that have values later": (
        '{"external_id": "P", "stock": null}\n' * 20 + '{"external_id": "P", "stock": [{"a": "1"}]}\n' * 20,
        True,
    ),
    "formulas": (USUAL * 20 + '{"external_id": "=1", "tags": ["=2", "a"]}\n' * 20, True),
    "keys in another order": (USUAL * 20 + '{"tags": ["a"], "title": "x", "external_id": "P"}\n' * 20, True),
    "the labels again": (
        '{"external_id": "P", "title": "x"}\n' * 20
        + '{"title": "title", "external_id": "external_id"}\n'
        + '{"external_id": "P", "title": "x"}\n' * 20,
        False,
    ),
    "the labels of items": (
        '{"tags": ["a,b", "c"]}\n' * 20 + '{"tags": ["tags.0", "tags.1"]}\n' + '{"tags": ["a", "b"]}\n' * 20,
        False,
    ),
    "two shapes, one in each half": ('{"a": {"b": "1"}}\n' * 30 + '{"a": "x"}\n' * 30, False),
    "a record without values": (USUAL * 30 + "{}\n" + USUAL * 30, False),
    "an error, and a record without values before it": (USUAL * 30 + '{}\n{"price": "x"}\n' + USUAL * 30, False),
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("schema", ["products", None])
def test_tables(kind: str, schema: str | None) -> None:
    text, _ = TABLES[kind]
    hows: tuple[dict[str, Any], ...] = ({}, {"missing": "error"}, {"options": Options(encoding="utf-16")})
    for cut in ((30, 40, 400, 64), (1, 1, 200, 2), (300, 170, 1000, 10)):
        for more in hows:
            convert_both(text.encode(), cut, 3, name="in.jsonl", schema=schema, to="csv", listens=True, **more)


@pytest.mark.parametrize("kind", [kind for kind, (_, is_shared) in TABLES.items() if is_shared])
def test_tables_are_made_elsewhere(kind: str) -> None:
    """What one process has to do alone would read the file twice."""
    how: dict[str, Any] = {"options": Options(), "to": "csv", "shared": (3, None), "missing": "blank"}
    how |= dict.fromkeys(("streams", "strict"), False) | {"ignore": ()}
    how |= dict.fromkeys(("rejects", "on_finding", "on_progress", "on_converted"))
    executor = Here(3)
    with tempfile.TemporaryDirectory() as folder, in_parts(executor, 30, 40, 400, 64):
        path = Path(folder) / "in.jsonl"
        path.write_text(TABLES[kind][0], "utf-8")
        _convert(path, path.with_name("out.csv"), {"type": "object"}, **how)
    assert len(executor.parts) > 10
