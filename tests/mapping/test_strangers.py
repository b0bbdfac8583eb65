"""What people met who had never seen a mapping before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from custobar_formats import UsageError, load_mapping, validate
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, VALID
from custobar_formats.core.findings import Severity


def mapping(entity: str = "customers", *, ignore: tuple[str, ...] = (), **columns: Any) -> dict[str, Any]:
    return {"entity": entity, "columns": columns, "ignore": list(ignore)}


def test_rejects_are_read_although_the_export_has_its_header_further_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = 'entity = "customers"\n[columns]\nexternal_id = "Nr"\nemail = "Mail"\n[rows]\nheader = 3\n'
    Path("m.toml").write_text(text, "utf-8")
    Path("in.csv").write_text("Kunder;\n;\nNr;Mail\n1;a@b.fi\n2;a@b,fi\n", "utf-8")
    assert main(["convert", "--map", "m.toml", "in.csv", "--valid", "ok.json", "--rejects", "fix.csv"]) == INVALID
    rejects = Path("fix.csv").read_text("utf-8").splitlines()
    assert rejects[0] == "__rejected_because;Nr;Mail"
    Path("fix.csv").write_text(rejects[0] + "\n;2;a@b.fi\n", "utf-8")
    assert main(["convert", "--map", "m.toml", "fix.csv", "rest.json"]) == VALID


@pytest.mark.parametrize("name", ["Suoramarkkinointikielto", "Reklamspärr", "Unsubscribed"])
def test_a_refusal_is_not_taken_for_consent_without_a_word(name: str) -> None:
    for words, codes in (
        ({"true": ["Kyllä"], "false": ["Ei"]}, {"refusal-as-consent", "identified-by"}),
        ({"true": ["Ei"], "false": ["Kyllä"]}, {"identified-by"}),
    ):
        report = validate(f"Nr;{name}\n1;Kyllä\n", mapping=mapping(external_id="Nr", can_post={"from": name, **words}))
        assert set(report.counts.by_code) == codes


@pytest.mark.parametrize("name", ["", "  "])
def test_a_value_without_a_column_name_is_not_lost_without_a_word(name: str) -> None:
    tables = mapping(external_id="Nr", first_name="Nimi")
    report = validate(f"Nr;Nimi;{name}\n1;a;tärkeä\n2;b;\n", mapping=tables)
    assert [(each.code, each.row, each.column) for each in report.errors] == [("blank-label", 1, 3)]
    for ignore in ("", " ", "*"):
        assert validate(f"Nr;Nimi;{name}\n1;a;tärkeä\n", mapping={**tables, "ignore": [ignore]}).valid


def test_hundreds_of_columns_that_are_not_mapped_are_counted() -> None:
    labels = ["Nr", *(f"c{number}" for number in range(300))]
    report = validate(",".join(labels) + "\n" + ",".join("1" * 301), mapping=mapping(external_id="Nr"))
    assert report.counts.by_code == {"unmapped-column": 21}
    assert "280 more columns" in report.errors[-1].message or any("280 more" in each.message for each in report.errors)


@pytest.mark.parametrize(
    ("field", "cell", "step"),
    [
        ("can_email", "TOSI", "true = [...]"),
        ("date_joined", "1.9.2024", 'dates = "d.m.y"'),
        ("phone_number", "040 123 4567", 'country = "FI"'),
    ],
)
def test_a_hint_names_the_step_that_reads_the_column(field: str, cell: str, step: str) -> None:
    report = validate(
        f"Nr;x\n1;{cell}\n", mapping={"entity": "customers", "columns": {"external_id": "Nr", field: "x"}}
    )
    (finding,) = (each for each in report.findings if each.severity is Severity.ERROR)
    assert step in (finding.hint or "")


def test_the_end_of_the_records_is_named() -> None:
    tables = {**mapping(external_id="Nr"), "rows": {"end": {"column": "Nr", "is": "Summa"}}}
    report = validate("Nr\n1\nSumma\n2\n", mapping=tables)
    (notice,) = (each for each in report.notices if each.code == "skipped-rows")
    assert notice.message == "2 rows left out by the conditions of the mapping, the last ones from row 2 on"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('entity = "customers"\n[columns]\nemail = "Mail"\nignore = ["x"]', "move ignore above the line [columns]"),
        ('entity = "customers"\n[columns]\nemail = { form = "Mail" }', "did you mean 'from'?"),
        ('entity = "customers"\n[columns]\nNr = "external_id"', "the two are the other way round: external_id = 'Nr'"),
        ('entity = "customers"\n[columns]\nemail = \u201cMail\u201d', "straight quotes"),
        ('entity = "customers"\n[columns]\nemail = "Mail', "straight quotes at both ends"),
        ('entity = "customers"\n[columns]\nemail = { from = "A", fill_within = "A" }', "within its own runs"),
    ],
)
def test_mistakes_in_the_file(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(text, "utf-8")
    with pytest.raises(UsageError) as raised:
        validate("Mail\n", mapping=load_mapping(tmp_path / "m.toml"))
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_mapping_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_bytes('entity = "customers"\n[columns]\nemail = "S\xe4hk\xf6posti"'.encode("latin-1"))
    with pytest.raises(UsageError, match=r"the file is not UTF-8: save it as UTF-8$"):
        load_mapping(tmp_path / "m.toml")


@pytest.mark.parametrize(
    ("tables", "header", "message"),
    [
        ({"ignore": ["Muut*"]}, "Nr,Muuta", "1 column left out by the mapping: 'Muuta'"),
        ({"ignore": ["muut*"]}, "Nr, MUUTA ", "1 column left out by the mapping: ' MUUTA '"),
        ({"ignore": [" MUUTA"]}, "Nr,Muuta", "1 column left out by the mapping: 'Muuta'"),
        ({"ignore": ["A[1]?"]}, "Nr,a[1]?", "1 column left out by the mapping: 'a[1]?'"),
        ({"unmapped": "drop"}, "Nr,Muuta,Muu", "2 columns left out by the mapping: 'Muuta', 'Muu'"),
        ({"ignore": [""]}, "Nr,", "1 column left out by the mapping: ''"),
        ({"unmapped": "drop"}, "Nr," + ",".join("abcdefghij"), "10 columns left out by the mapping: 'a', 'b', 'c'"),
    ],
)
def test_columns_that_are_left_out_are_counted_and_named(tables: dict[str, Any], header: str, message: str) -> None:
    mapping = {"entity": "customers", "columns": {"external_id": "Nr"}, **tables}
    report = validate(f"{header}\n1{',x' * header.count(',')}\n", mapping=mapping)
    assert not report.errors
    (notice,) = (each for each in report.notices if each.code == "ignored-columns")
    assert notice.message.startswith(message)
    if "10" in message:
        assert notice.message.endswith("'h' and 2 more")


@pytest.mark.parametrize("mapping", [{"ignore": ["B"]}, {"unmapped": "drop"}])
def test_without_a_column_to_leave_out_nothing_is_reported(mapping: dict[str, Any]) -> None:
    report = validate("Nr\n1\n", mapping={"entity": "customers", "columns": {"external_id": "Nr"}, **mapping})
    assert [each.code for each in report.findings] == ["identified-by"]


def test_a_mapping_with_too_many_fields_is_misuse() -> None:
    columns = {f"acme__{number}": f"c{number}" for number in range(10_001)}
    with pytest.raises(UsageError, match="the mapping: columns: .*more than 10,000"):
        validate("a\n1\n", mapping={"entity": "customers", "columns": columns})


@pytest.mark.parametrize(
    ("day", "names_step"), [("1979-11-31", False), ("1979-13-01 10:00", False), ("31.11.1979", True)]
)
def test_the_step_is_named_only_where_the_notation_is_wrong(day: str, names_step: bool) -> None:
    report = validate(f"Nr;Tag\n1;{day}\n", mapping=mapping(external_id="Nr", date_joined="Tag"))
    (error,) = report.errors
    assert ("dates =" in (error.hint or "")) is names_step
