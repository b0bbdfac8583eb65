"""Number cells of spreadsheets beside texts: the decimal mark of texts says nothing about numbers, nor the reverse."""

from __future__ import annotations

from typing import Any

import pytest

from custobar_formats import fix, from_csv, load_mapping, to_csv, validate
from custobar_formats.cli.main import main
from custobar_formats.notation.money import MarkProof, parse_amount
from tests.workbooks import ods, table, texts_row, xlsx

Cell = str | float
TEXT = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'


def sheet(*rows: tuple[Cell, ...]) -> bytes:
    """A workbook with the rows of a table: texts, and numbers."""

    def cell(value: Cell) -> str:
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
        return f"<c><v>{value!r}</v></c>"

    return xlsx("".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows))


def document(*rows: tuple[Cell, ...]) -> bytes:
    """The same as OpenDocument."""

    def cell(value: Cell) -> str:
        if isinstance(value, str):
            return TEXT.format(value)
        shown = f"{value:.2f}".replace(".", ",")
        number = f'<table:table-cell office:value-type="float" office:value="{value!r}">'
        return f"{number}<text:p>{shown}</text:p></table:table-cell>"

    return ods(table("".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)))


@pytest.fixture(params=[sheet, document])
def make(request: pytest.FixtureRequest) -> Any:
    return request.param


def prices(*cells: Cell) -> list[tuple[Cell, ...]]:
    return [("Nr", "Hinta"), *((f"P-{number}", cell) for number, cell in enumerate(cells, 1))]


def mapping(**arguments: str) -> dict[str, Any]:
    price = {"from": "Hinta", "unit": "major", **arguments}
    return {"entity": "products", "columns": {"external_id": "Nr", "price": price}}


@pytest.mark.parametrize("decimal", [{}, {"decimal": ","}, {"decimal": "."}])
def test_a_number_cell_has_a_decimal_point_whatever_the_mapping_says(make: Any, decimal: dict[str, str]) -> None:
    data = make(*prices(19.9, 24.95, -0.5, 1234, 1234.5, 12))
    records = from_csv(data, mapping=mapping(**decimal))
    assert [each["price"] for each in records] == [1990, 2495, -50, 123400, 123450, 1200]


@pytest.mark.parametrize("arguments", [{}, {"decimal": ","}, {"decimal": ",", "strip": "€"}, {"strip": "€"}])
def test_parts_of_a_cent_are_a_finding(make: Any, arguments: dict[str, str]) -> None:
    data = make(*prices("24,90 €", 12.338, 1.234, 19.9))
    report = validate(data, mapping=mapping(**arguments))
    assert [(each.code, each.line, each.value) for each in report.errors] == [
        ("unmappable-value", 3, "12.338"),
        ("unmappable-value", 4, "1.234"),
    ]
    assert all(each.message.endswith("it has parts of a cent") for each in report.errors)
    assert all(each.hint == "correct the amount, or round it to whole cents" for each in report.errors)


def test_a_number_cell_has_one_reading_also_without_a_mapping(make: Any) -> None:
    for other in ("24,90 €", "24.90"):
        data = make(("external_id", "title", "price"), ("A", "a", 12.338), ("B", "b", other), ("C", "c", 24.9))
        first, second, third = validate(data, "products").errors
        assert (first.code, first.value, first.fix) == ("wrong-type", "12.338", None)
        assert first.hint is not None
        assert first.hint.startswith("it has parts of a cent: correct the amount, or round it to whole cents; write ")
        assert (second.hint, third.hint) == ("write 2490?", "write 2490?")
    report = validate("external_id,title,price\nA,a,12.338\n", "products")  # which CSV does not know
    assert (report.errors[0].hint or "").startswith("it can be 12338 or 12.338; ")
    report = validate('[{"external_id": "A", "title": "a", "price": 12.338}]', "products")
    assert (report.errors[0].hint or "").startswith("it has parts of a cent: ")


def test_number_cells_prove_no_mark_for_texts_and_texts_none_for_numbers(make: Any) -> None:
    data = make(*prices(19.9, "1.234 €", "24,90 €", 24.95))
    report = validate(data, mapping=mapping())
    assert not report.errors
    assert [each.message for each in report.notices if each.code == "decided-by-column"] == [
        "column 'Hinta': its decimal mark is ',', as 1 of 4 amounts show"
    ]
    assert [each["price"] for each in from_csv(data, mapping=mapping())] == [1990, 123400, 2490, 2495]
    (error,) = validate(make(*prices(19.9, "1.234 €")), mapping=mapping()).errors
    assert (error.line, error.value) == (3, "1.234 €")
    assert "may be 1234 or 1.234" in error.message


def test_a_run_has_the_number_above(make: Any) -> None:
    rows = [("Nr", "Malli", "Hinta"), ("P-1", "A", 12.5), ("P-2", "A", ""), ("P-3", "B", "24,90")]
    filled = mapping(decimal=",", fill_within="Malli")
    assert [each["price"] for each in from_csv(make(*rows), mapping=filled)] == [1250, 1250, 2490]


def test_blanks_and_conditions_are_those_of_the_text(make: Any) -> None:
    data = make(*prices(0.01, 19.9, 1.5))
    found = mapping(decimal=",", blank="0.01") | {"rows": {"skip": [{"column": "Hinta", "is": "1.5"}]}}
    assert [each.get("price") for each in from_csv(data, mapping=found)] == [None, 1990]


def test_a_number_is_no_day(make: Any) -> None:
    days = {"from": "Pvm", "dates": "%d%m.%Y"}
    columns = {"entity": "customers", "columns": {"external_id": "Nr", "birth_date": days}}
    data = make(("Nr", "Pvm"), ("C-1", 109.2024), ("C-2", "0109.2024"))
    report = validate(data, mapping=columns)
    assert [(each.code, each.line, each.value) for each in report.errors] == [("unmappable-value", 2, "109.2024")]


def test_map_suggests_the_mark_of_the_texts(tmp_path: Any, make: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for cells, expected in (
        (("24,90 €", "19,90 €", "5,00 €", 12.5), 'unit = "major", decimal = ","'),
        ((24.9, 19.5, 12.25, 7), 'unit = "major" }'),
        (("24.90 €", "19.90 €", "5.00 €", 12.5), 'unit = "major", decimal = "."'),
    ):
        (tmp_path / "hinnat").write_bytes(make(*prices(*cells)))
        main(["map", str(tmp_path / "hinnat"), "--entity", "products"])
        assert expected in capsys.readouterr().out


def test_fix_reads_numbers_as_numbers(make: Any) -> None:
    def fixed(*cells: Cell) -> list[str]:
        rows = [("external_id", "price"), *((f"P-{number}", cell) for number, cell in enumerate(cells, 1))]
        lines = (fix(make(*rows), "products", unsafe=True).text or "").splitlines()
        return [line.partition(",")[2] for line in lines[1:]]

    assert fixed("24,90 €", 19.9, "1.234,00 €", 5) == ["2490", "1990", "123400", "500"]
    assert fixed("24,90 €", 12.338, 19.9) == ['"24,90 €"', '"12,338"', '"19,9"']  # as the texts are written
    assert fixed("24,90 €", 1.234) == ['"24,90 €"', '"1,234"']
    assert fixed(24.9, 19.95) == ["2490", "1995"]


def test_a_report_offers_no_other_amount_than_fix_makes(make: Any) -> None:
    for cells, offered in ((("24,90 €", 19.9), ["2490", "1990"]), (("24,90 €", 12.338), [None, None])):
        rows = [("external_id", "price"), *((f"P-{number}", cell) for number, cell in enumerate(cells, 1))]
        assert [each.fix for each in validate(make(*rows), "products").errors] == offered


SCHEMA = {"type": "object", "properties": {"size": {"type": "number"}, "count": {"type": "integer"}}}


def test_the_point_of_a_number_is_no_evidence_against_the_commas_of_texts(make: Any) -> None:
    data = make(("size",), (1.25,), ("1,5",), ("2,75",))
    assert fix(data, SCHEMA).text == "size\n1.25\n1.5\n2.75\n"


def test_records_have_plain_texts(make: Any) -> None:
    data = make(("external_id", "first_name", "x"), ("C-1", 1.5, 2.5))
    for schema in ("customers", None):
        records = from_csv(data, schema)
        assert {type(value) for record in records for value in record.values()} == {str}
        assert "1.5" in to_csv(records)


PERCENTAGES = {
    "xlsx": xlsx(
        texts_row(1, "Nr", "Ale")
        + '<row r="2"><c t="str"><v>P-1</v></c><c s="1"><v>0.1</v></c></row>'
        + '<row r="3"><c t="str"><v>P-2</v></c><c s="2"><v>1</v></c></row>',
        formats=(0, 9, "0.0\\ %"),
    ),
    "ods": ods(
        table(
            "".join(
                f"<table:table-row>{''.join(map(TEXT.format, cells))}{number}</table:table-row>"
                for cells, number in (
                    (("Nr", "Ale"), ""),
                    (("P-1",), '<table:table-cell office:value-type="percentage" office:value="0.1"/>'),
                    (("P-2",), '<table:table-cell office:value-type="percentage" office:value="1"/>'),
                )
            )
        )
    ),
    "csv": b"Nr;Ale\nP-1;10 %\nP-2;100 %\n",
}


@pytest.mark.parametrize("data", PERCENTAGES.values(), ids=PERCENTAGES)
def test_a_percentage_is_no_amount(data: bytes) -> None:
    for arguments in ({"unit": "major", "decimal": "."}, {"unit": "major"}, {}):
        columns = {"external_id": "Nr", "sale_price": {"from": "Ale", **arguments}}
        report = validate(data, mapping={"entity": "products", "columns": columns})
        assert [(each.line, each.value) for each in report.errors] == [(2, "10 %"), (3, "100 %")]
        assert not [each for each in report.errors if each.fix is not None]


@pytest.mark.parametrize("decimal", [None, ",", "."])
def test_an_exponent_has_no_decimal_mark(decimal: str | None) -> None:
    assert [parse_amount(text, decimal).cents for text in ("199e-1", "-5e-2", "5e2")] == ["1990", "-5", "50000"]
    assert parse_amount("12338e-3", decimal).reason == "it has parts of a cent"
    proof = MarkProof()
    proof.add(["199e-1", "24,90"])
    assert (proof.mark, proof.proving, proof.amounts) == (",", 1, 2)


@pytest.mark.parametrize("arguments", ['decimal = ","', ""])
def test_rejected_rows_are_read_as_the_sheet_is(make: Any, arguments: str, tmp_path: Any) -> None:
    source, rejects, file = tmp_path / "hinnat", tmp_path / "rejects.csv", tmp_path / "m.toml"
    source.write_bytes(make(*prices("24,90 €", 12.338, 19.9, "x")))
    price = f'price = {{ from = "Hinta", unit = "major"{", " + arguments if arguments else ""} }}'
    file.write_text(f'entity = "products"\n[columns]\nexternal_id = "Nr"\n{price}\n', encoding="utf-8")
    out = [str(tmp_path / "out.json"), "--map", str(file)]
    assert main(["convert", str(source), "--valid", *out, "--rejects", str(rejects)]) == 1
    again = validate(rejects, mapping=load_mapping(file))
    assert [each.message.partition(":")[2] for each in again.errors] == [
        " it has parts of a cent",
        " it is not an amount of money",
    ]


def test_rejected_rows_of_a_sheet_without_a_mapping_are_not_fixed_to_other_amounts(make: Any, tmp_path: Any) -> None:
    source, rejects = tmp_path / "prices", tmp_path / "rejects.csv"
    rows = [("external_id", "price"), *((f"P-{number}", cell) for number, cell in enumerate(("24,90 €", 12.338, 1), 1))]
    source.write_bytes(make(*rows))
    to = ["--valid", str(tmp_path / "out.json"), "--rejects", str(rejects)]
    assert main(["convert", str(source), "--entity", "products", *to]) == 1
    found = fix(rejects, "products", unsafe=True)
    assert (found.text or "").splitlines()[2].endswith("P-2,12.3380")


def test_a_day_number_with_a_time_is_one_where_fix_reads_them(make: Any, tmp_path: Any) -> None:
    source, file, out = tmp_path / "asiakkaat", tmp_path / "m.toml", tmp_path / "out.csv"
    source.write_bytes(make(("Nr", "Pvm"), ("C-1", 45306.4375), ("C-2", "1.9.2024 10:00")))
    days = 'date_joined = { from = "Pvm", dates = "d.m.y", timezone = "Europe/Helsinki" }'
    file.write_text(f'entity = "customers"\n[columns]\nexternal_id = "Nr"\n{days}\n', encoding="utf-8")
    assert main(["fix", str(source), str(out), "--map", str(file), "--unsafe"]) == 0
    assert "2024-01-15T10:30:00" in out.read_text("utf-8")
