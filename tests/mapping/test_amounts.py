"""Amounts whose decimal mark the mapping leaves open: a whole column proves it, or a person names it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import InvalidData, from_csv, iter_csv, load_mapping, validate
from custobar_formats.mapping.amounts import OpenAmounts
from custobar_formats.notation.money import MarkProof
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.pipeline.mapped_reader import plan_mapping
from custobar_formats.pipeline.options import Options

EUROS = {"from": "Pris", "unit": "major"}


def mapping(price: dict[str, Any] = EUROS, **tables: Any) -> dict[str, Any]:
    return {"entity": "products", "columns": {"external_id": "Nr", "price": price}, **tables}


def export(*prices: str) -> str:
    return "Nr;Pris\n" + "".join(f"{number};{price}\n" for number, price in enumerate(prices, 1))


@pytest.mark.parametrize(
    ("prices", "cents", "evidence"),
    [
        (["1.234", "24,90"], [123400, 2490], "',', as 1 of 2 amounts"),
        (["24,90", "1.234"], [2490, 123400], "',', as 1 of 2 amounts"),
        (["1,234", "24.90", "7"], [123400, 2490, 700], "'.', as 1 of 3 amounts"),
        (["1.234.567", "1.234"], [123456700, 123400], "',', as 1 of 2 amounts"),
        (["1,234", "1,234,567"], [123400, 123456700], "'.', as 1 of 2 amounts"),
        (["1.234,5 €", "2.000 €", "3.000 €"], [123450, 200000, 300000], "',', as 1 of 3 amounts"),
        (["-1.234", "0,5"], [-123400, 50], "',', as 1 of 2 amounts"),
        (["1.234", "24,90", "24,90"], [123400, 2490, 2490], "',', as 2 of 3 amounts"),
    ],
)
def test_other_amounts_of_the_column_prove_the_decimal_mark(prices: list[str], cents: list[int], evidence: str) -> None:
    text = export(*prices)
    once = io.StringIO(text)
    assert [each["price"] for each in from_csv(text, mapping=mapping())] == cents
    assert [each["price"] for each in iter_csv(once, mapping=mapping())] == cents
    report = validate(text.encode(), mapping=mapping())
    assert not report.errors
    (notice,) = (each for each in report.notices if each.code == "decided-by-column")
    assert notice.message == f"column 'Pris': its decimal mark is {evidence} show"
    assert (notice.line, notice.column, notice.label) == (1, 2, "Pris")


@pytest.mark.parametrize(
    "prices",
    [
        ["1.234", "2.345"],
        ["1,234"],
        ["1.234", "15", "1 000", "-3"],  # none of them shows a mark
        ["1.234", "24,90", "24.90"],  # the column contradicts itself
        ["1.234", "1.5x"],  # no amount proves nothing
        ["1.234", "1.2345"],  # parts of a cent with either mark
    ],
)
def test_without_a_proof_an_amount_with_two_readings_is_an_error(prices: list[str]) -> None:
    report = validate(export(*prices), mapping=mapping())
    wrong = [each for each in report.errors if each.code == "unmappable-value" and each.value in ("1.234", "1,234")]
    assert [each.row for each in wrong] == [1]
    assert wrong[0].hint == 'name the decimal mark in the mapping: decimal = ","'
    assert "decided-by-column" not in report.counts.by_code
    with pytest.raises(InvalidData):
        from_csv(export(*prices), mapping=mapping())


@pytest.mark.parametrize("prices", [["24,90", "1 234,50"], ["15", "1.50"], ["", "-"]])
def test_where_no_amount_has_two_readings_nothing_is_decided(prices: list[str]) -> None:
    report = validate(export(*prices), mapping=mapping({**EUROS, "blank": ["-"]}))
    assert not report.errors
    assert "decided-by-column" not in report.counts.by_code


def test_an_amount_that_the_decided_mark_makes_impossible_is_an_error() -> None:
    report = validate(export("1.234", "24.90"), mapping=mapping())
    assert [(each.row, each.message.rpartition(": ")[2]) for each in report.errors] == [(1, "it has parts of a cent")]


@pytest.mark.parametrize(
    ("price", "rows", "cents"),
    [
        ({**EUROS, "blank": ["24,90"]}, ["1;1.234;", "2;24,90;"], None),
        ({**EUROS, "strip": "~"}, ["1;1.234;", "2;~24,90;"], 123400),
        ({**EUROS, "only": {"column": "Typ", "is": "a"}}, ["1;1.234;a", "2;24,90;b"], None),
        ({**EUROS, "values": {"gratis": "0,50"}, "others": "keep"}, ["1;1.234;", "2;gratis;"], 123400),
        ({"first": ["Typ", "Pris"], "unit": "major"}, ["1;1.234;", "2;;24,90"], 123400),
    ],
)
def test_the_proof_is_about_what_the_unit_reads(price: dict[str, Any], rows: list[str], cents: int | None) -> None:
    text = "\n".join(["Nr;Pris;Typ", *rows, ""])
    report = validate(text, mapping=mapping(price, unmapped="drop"))
    assert [each.row for each in report.errors if each.code == "unmappable-value"] == ([] if cents else [1])
    if cents:
        assert from_csv(text, mapping=mapping(price, unmapped="drop"))[0]["price"] == cents


def test_rows_that_are_no_records_prove_nothing() -> None:
    rows = {"rows": {"end": {"column": "Nr", "is": "Summa"}}}
    report = validate("Nr;Pris\n1;1.234\nSumma;1.234,00\n", mapping=mapping(**rows))
    assert [each.code for each in report.errors] == ["unmappable-value"]


def test_each_file_is_decided_by_itself() -> None:
    loaded = load_mapping(mapping())
    assert from_csv(export("1.234", "24,90"), mapping=loaded)[0]["price"] == 123400
    assert from_csv(export("1,234", "24.90"), mapping=loaded)[0]["price"] == 123400
    with pytest.raises(InvalidData):
        from_csv(export("1.234"), mapping=loaded)


def test_a_stream_that_can_be_read_once_is_converted_too() -> None:
    class Once(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self._data = io.BytesIO(data)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            data = self._data.read(min(len(buffer), 7))
            buffer[: len(data)] = data
            return len(data)

    data = export(*["1.234"] * 2_000, "24,90").encode()
    records = iter_csv(io.BufferedReader(Once(data)), mapping=mapping())
    assert [each["price"] for each in records] == [123400] * 2_000 + [2490]


def test_a_file_is_decided_once_however_often_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With rejects, it is read beforehand, too, for amounts that are mixed."""
    fit, seen = OpenAmounts.fit, list[list[str]]()

    def count(self: OpenAmounts, labels: list[str], line: int) -> Any:
        seen.append(labels)
        return fit(self, labels, line)

    monkeypatch.setattr(OpenAmounts, "fit", count)
    plan, schema = plan_mapping(mapping(), None)
    good, bad = tmp_path / "good.json", tmp_path / "bad.csv"
    source = export("1.234", "24,90", "x").encode()
    convert_file(source, good, schema, Options("csv", mapping=plan), rejects=bad)
    assert b'"price":123400' in good.read_bytes()
    assert seen == [["Nr", "Pris"]]


def test_amounts_are_counted_over_all_blocks() -> None:
    proof = MarkProof()
    for texts in (["1.234", "x"], ["1,50", "1,50"], []):
        proof.add(texts)
    assert (proof.mark, proof.proving, proof.amounts, proof.open) == (",", 2, 3, 1)
    proof.add(["1.50"])
    assert proof.mark is None
