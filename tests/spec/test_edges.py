"""Edge cases that no table of the format names; each was wrong once."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import (
    Finding,
    InvalidData,
    NotExpressible,
    SchemaError,
    UsageError,
    from_csv,
    from_json,
    iter_json,
    load_schema,
    to_csv,
    unflatten,
    validate,
    write_csv,
)
from custobar_formats.pipeline.convert import convert_file


def codes(source: Any, schema: Any = None, **options: Any) -> list[tuple[Any, ...]]:
    return [(f.code, f.row, f.line, f.column) for f in validate(source, schema, **options).findings]


def test_a_long_text_gets_no_hint_and_costs_no_time() -> None:
    for text in ("1" * 4300 + ".50", "1" * 100_000 + "x", "1" * 100_000 + ",5"):
        report = validate(f'external_id,price\nP,"{text}"\n', "products")
        assert report.counts.by_code == {"wrong-type": 1}


def test_a_record_before_a_cut_off_end_is_still_checked() -> None:
    found: list[Any] = []
    records = iter_json(b'[{"name":5.5},{"external_id":"b"}]\n\xff', "shops")
    with pytest.raises(InvalidData):
        found.extend(records)
    assert found == []


def test_lines_of_json_lines_after_blank_ones() -> None:
    assert codes('\n\n{"a":1}\n  {"a":}\n', format="jsonl") == [("invalid-json", 2, 4, 8)]
    assert codes('\n\n{"a":1}\n  {"a":}\n') == [("invalid-json", 2, 4, 8)]


@pytest.mark.parametrize("size", [10, 5_000, 70_000, 300_000])
def test_json_lines_are_seen_behind_a_long_first_record(size: int) -> None:
    assert len(from_json('{"a":"' + "x" * size + '"}\n{"a":"1"}\n')) == 2
    assert len(from_json('{"a":["' + "x" * size + '"]}\n\n{"a":"1"}')) == 2


def test_a_stream_gets_all_of_a_csv_file_or_nothing() -> None:
    stream = io.BytesIO()
    with pytest.raises(NotExpressible, match="U\\+20AC"):
        write_csv([{"a": "x"}] * 300 + [{"a": "€"}], stream, encoding="latin-1")
    assert stream.getvalue() == b""


def test_very_many_sets_of_labels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotExpressible, match="501 sets of column names"):
        write_csv(({f"k{n}": 1} for n in range(501)), tmp_path / "o.csv", missing="split")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keyword", ["x-custobar-type", "x-code", "x-entity"])
@pytest.mark.parametrize("value", [["q"], {"q": 1}, 5])
def test_annotations_of_other_types_do_no_harm(keyword: str, value: Any) -> None:
    assert not validate(
        '[{"a": "x"}]', {"properties": {"a": {"type": "integer", keyword: value}}, keyword: value}
    ).valid


def test_long_labels_are_cut_in_messages() -> None:
    report = validate(",".join(["a" * 100_000, *(f"{'a' * 100_000}.{n}" for n in range(20))]) + "\n")
    assert all(len(finding.message) <= 1000 for finding in report.findings)


def test_columns_without_a_name_are_counted() -> None:
    report = validate("a,,\n1,x,y\n2,z,\n")
    assert report.counts.by_column == {"column 2": {"blank-label": 3}, "column 3": {"blank-label": 2}}
    assert "column 2" not in report.to_dict()["findings"][0]["message"]


@pytest.mark.slow
def test_very_many_places_are_counted_together() -> None:
    records = [{f"k{n}": "x"} for n in range(10_050)]
    report = validate(json.dumps(records), {"additionalProperties": {"type": "integer"}})
    assert len(report.counts.by_column) == 10_001
    assert report.counts.by_column["(other places)"] == {"wrong-type": 50}
    assert str(report)


def test_an_empty_member_without_a_column_is_not_counted() -> None:
    written = write_csv([{"a": 1, "b": None}], io.BytesIO(), columns=["a"])
    assert written.empty_cells == 0


def test_a_cell_without_a_label_is_not_lost() -> None:
    with pytest.raises(InvalidData, match="no-header"):
        unflatten({"": "x"})
    with pytest.raises(InvalidData, match="blank-label"):
        unflatten({"": "x", "a": "y"})


def test_one_cell_gives_one_finding() -> None:
    schema = {"properties": {"a": {"type": "array", "items": {"type": "integer"}}, "b": {"type": "integer"}}}
    assert codes('a,b\n"1,x,y",  \n', schema) == [("wrong-type", 1, 2, 1), ("wrong-type", 1, 2, 2)]


def test_twice_encoded_text_is_seen_in_json() -> None:
    assert codes('[{"a": [{"b": "MÃ¤kinen"}]}]') == [("double-encoded", 1, 1, None)]


@pytest.fixture
def few_digits() -> Iterator[None]:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    yield
    sys.set_int_max_str_digits(before)


@pytest.mark.usefixtures("few_digits")
def test_a_host_that_allows_fewer_digits() -> None:
    assert codes('[{"a":' + "1" * 1000 + "}]")[0][0] == "number-too-long"
    assert codes('{"a":' + "1" * 1000 + "}\n", format="jsonl")[0][0] == "number-too-long"
    assert codes("a\n" + "1" * 1000 + "\n", {"properties": {"a": {"type": "integer"}}})[0][0] == "wrong-type"


def test_a_schema_of_ones_own_with_an_entity(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.json"
    source.write_text("external_id\n1\n1\n", "utf-8")
    assert validate(source, {}, entity="shops").counts.by_code == {"duplicate-identifier": 1}
    from custobar_formats.pipeline.options import Options

    convert_file(source, target, {}, Options(entity="shops"))
    assert list(json.loads(target.read_text("utf-8"))) == ["shops"]


def test_a_schema_file_with_the_same_key_twice(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text('{"properties": {"a": {}}, "properties": {}}', "utf-8")
    with pytest.raises(SchemaError, match=r"own\.json: duplicate key 'properties'"):
        validate("[]", path)


def test_what_makes_no_sense_is_misuse() -> None:
    closed = io.BytesIO(b"a\n")
    closed.close()
    for call in (
        lambda: from_csv(closed),
        lambda: from_csv("a\n", delimiter=[","]),  # type: ignore[arg-type]
        lambda: from_csv("customers.csv"),
        lambda: load_schema("shops", fields={"acme__a": True}),  # type: ignore[dict-item]
        lambda: load_schema("shops", fields={"email": "integer"}),
    ):
        with pytest.raises(UsageError):
            call()


def test_fields_that_custobar_computes_are_warned_of() -> None:
    report = validate('[{"external_id": "1", "lifetime_value_month": 5}]', "customers")
    assert [(f.code, f.path) for f in report.warnings] == [("unexpected-field", "/lifetime_value_month")]


def test_a_decimal_of_enormous_size_is_refused_at_once() -> None:
    from decimal import Decimal

    with pytest.raises(NotExpressible):
        to_csv([{"a": Decimal("1e999999")}], {"properties": {"a": {"type": "integer"}}})


def test_wide_files_are_read_a_few_rows_at_a_time() -> None:
    header = ",".join(f"c{n}" for n in range(9_000))
    reported: list[Finding] = []
    report = validate(header + "\n" + (header + "\n") * 5, on_finding=reported.append)
    assert (report.rows, report.valid_rows, reported) == (5, 5, [])


def test_a_key_with_half_a_surrogate_pair_is_asked_about_without_a_crash() -> None:
    with pytest.raises(NotExpressible, match="surrogate"):
        to_csv([{"external_id": "C", "\ud800": 1}], "customers")


def test_a_nul_between_the_records_of_a_list_is_no_json() -> None:
    for text in ('[{"a":1}\0{"a":2}]', '[{"a":1},{"a":2}\0{"a":3}]', '[{"a":1}\0,{"a":2}]'):
        assert validate(text, format="json").counts.by_code == {"invalid-json": 1}, text


def test_a_long_line_in_many_pieces_is_put_together_once() -> None:
    class Pieces(io.StringIO):
        def read(self, size: int | None = -1) -> str:
            return super().read(min(size or 0, 7) if size != -1 else -1)

    cell = "x" * 100_000
    (record,) = from_csv(Pieces(f"a,b\n{cell},{cell}\n"))
    assert record == {"a": cell, "b": cell}


def test_a_list_item_that_moves_up_is_what_its_new_place_asks_for() -> None:
    items = {"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "integer"}}
    schema = {"type": "object", "properties": {"l": items}}
    text = "l.0,l.1,l.2\n,5.0,6\n"
    assert from_csv(text, schema, list_gaps="close") == [{"l": ["5.0", 6]}]
    assert validate(text, schema, list_gaps="close").findings == ()


def test_a_list_that_is_wrapped_as_no_entity_is_refused_under_a_schema_of_none(tmp_path: Path) -> None:
    text = '{"prx": [{"a": 1}]}'
    report = validate(text, {"type": "object"})
    assert list(report.counts.by_code) == ["wrong-wrapper"]
    assert report.source.entity is None
    for to in ("csv", "json", "jsonl"):
        with pytest.raises(InvalidData, match="not an entity"):
            convert_file(text, tmp_path / "out", {"type": "object"}, to=to)
    assert list(tmp_path.iterdir()) == []
