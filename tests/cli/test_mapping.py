"""The command with a mapping: `--map`, `--with`, settings, and what it prints."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.mapping.preset_files import read_preset

MAPPING = """entity = "customers"
ignore = ["Summa"]
[columns]
external_id = "Nr"
email = "E-post"
can_email = { from = "Nyhetsbrev", true = ["Ja"], false = ["Nej"] }
language = { ask = "the language of all customers" }
"""
EXPORT = "Nr;E-post;Nyhetsbrev;Summa\n1;a@example.se;Ja;3\n2;b@example.se;kanske;4\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kunder.toml").write_text(MAPPING, "utf-8")
    (tmp_path / "kunder.csv").write_text(EXPORT, "utf-8")
    return tmp_path


def test_an_export_is_checked_in_its_own_terms(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert folder.exists()
    command = ["validate", "--map", "kunder.toml", "--with", "language=sv", "kunder.csv"]
    assert main(command) == INVALID
    lines = capsys.readouterr().out.splitlines()
    found = "records are found by external_id, from 'Nr': all have it"
    assert lines[0] == f"notice: kunder.csv: {found} (identified-by)"
    assert lines[1].startswith("error: Nyhetsbrev: 'kanske' cannot be read for can_email")
    assert lines[3].startswith("    kunder.csv:3:3 (C3)")
    assert lines[-1].endswith("(utf-8, semicolon, customers by the mapping kunder.toml)")
    assert main([*command, "--report", "lines"]) == INVALID
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("kunder.csv:3:3: error: unmappable-value: row 2: 'kanske' cannot be read for can_email")
    assert f"kunder.csv: notice: identified-by: {found}" in lines
    assert lines[-1].endswith("(utf-8, semicolon, customers by the mapping kunder.toml)")


@pytest.mark.parametrize(("rows", "first"), [(3, ""), (30_000, "the first ")])
def test_a_suggestion_from_the_first_rows_shows_that(
    rows: int, first: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "long.csv").write_text("Kundnr;E-post\n" + "1;a@example.se\n" * rows, "utf-8")
    assert main(["map", "long.csv", "--entity", "customers"]) == VALID
    text = capsys.readouterr().out
    match = re.match(f"# customers from long.csv: 2 columns, {first}([0-9,]+) rows[.]\n", text)
    assert match is not None
    assert (match[1] == f"{rows:,}") is (first == "")
    assert text.count(f"{match[1]} of {first}{match[1]} filled") == 2


def test_of_events_the_customers_are_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing finds an event again; and the product of an event is no way to find its customer."""
    (folder / "besok.csv").write_text("Typ;Dag;Kundnr;Artikel\nBROWSE;2026-01-01;C-1;P-1\nBROWSE;2026-01-01;;P-1\n")
    (folder / "besok.toml").write_text(
        'entity = "events"\n[columns]\ntype = "Typ"\ndate = "Dag"\nproduct_id = "Artikel"\ncustomer_id = "Kundnr"\n'
    )
    main(["validate", "besok.csv", "--map", "besok.toml"])
    found = "the customers of events are found by customer_id, from 'Kundnr': 1 of 2 lack it (identified-by)"
    assert capsys.readouterr().out.splitlines()[0] == f"notice: besok.csv: {found}"
    assert main(["map", "besok.csv", "--entity", "events"]) == VALID
    assert re.search("^the customers of events (are|would be) found by: ", capsys.readouterr().err, re.M)


def test_the_valid_rows_are_converted_and_the_others_come_back(folder: Path) -> None:
    command = ["convert", "--map", "kunder.toml", "--with", "language=sv", "kunder.csv"]
    assert main([*command, "out.json"]) == INVALID
    assert not (folder / "out.json").exists()
    assert main([*command, "--valid", "out.json", "--rejects", "rejects.csv"]) == INVALID
    (record,) = json.loads((folder / "out.json").read_text("utf-8"))["customers"]
    assert record == {"external_id": "1", "email": "a@example.se", "can_email": True, "language": "sv"}
    header, row = (folder / "rejects.csv").read_text("utf-8").splitlines()
    assert header == "__rejected_because;Nr;E-post;Nyhetsbrev;Summa"
    assert row.endswith(";2;b@example.se;kanske;4")
    (folder / "rejects.csv").write_text(header + "\n;2;b@example.se;Nej;4\n", "utf-8")
    assert main(["convert", "--map", "kunder.toml", "--with", "language=sv", "rejects.csv", "rest.csv"]) == VALID
    assert (folder / "rest.csv").read_text("utf-8").splitlines()[1] == "2,b@example.se,false,sv"


def test_a_sale_stays_whole(folder: Path) -> None:
    mapping = """entity = "sales"
    [columns]
    sale_external_id = "Order"
    sale_date = "Datum"
    sale_customer_id = "Kund"
    product_id = "Artikel"
    total = { from = "Summa", unit = "major", decimal = "," }
    """
    (folder / "order.toml").write_text(mapping, "utf-8")
    rows = "O1;2024-01-01;1;A;1,50\nO2;2024-01-01;1;A;x\nO2;;;B;2,00\n"
    (folder / "order.csv").write_text("Order;Datum;Kund;Artikel;Summa\n" + rows, "utf-8")
    command = ["convert", "--map", "order.toml", "order.csv", "--valid", "out.jsonl", "--rejects", "rejects.csv"]
    assert main(command) == INVALID
    assert [json.loads(line)["sale_external_id"] for line in (folder / "out.jsonl").read_text().splitlines()] == ["O1"]
    assert len((folder / "rejects.csv").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("rows", "written", "by_themselves"),
    [
        ("O1,2024-01-01,1,A,1\nO1,2024-01-01,1,B,x\nO2,,1,A,1\nO2,,1,B,2\n", 0, 2),  # one wrong cell, and no day
        ("O1,2024-01-01,1,A,1\nO1,2024-01-01,1,B,x\nO2,2024-01-01,1,A,1\n", 1, 2),
        ("O1,2024-01-01,1,A,x\nO2,2024-01-01,1,A,1\n", 1, 1),
    ],
)
def test_the_verdict_counts_the_rows_of_whole_sales(
    rows: str, written: int, by_themselves: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those are what is written; ``validate`` remarks that it counts each row by itself."""
    count = len(rows.splitlines())
    header = "sale_external_id,sale_date,sale_customer_id,product_id,total\n"
    (folder / "sales.csv").write_text(header + rows, "utf-8")
    assert main(["validate", "sales.csv"]) == INVALID
    remark = f"{by_themselves} of {count} rows valid by themselves; a sale is written only as a whole, "
    assert remark in capsys.readouterr().out
    for quiet in ([], ["-q"]):
        command = ["convert", "-f", "sales.csv", "--valid", "out.jsonl", "--rejects", "no.csv", *quiet]
        assert main(command) == INVALID
        error = capsys.readouterr().err
        assert f"sales.csv: invalid: {written} of {count} rows valid, " in error
        assert ("not written" in error) is (written == 0)
        assert (folder / "out.jsonl").exists() is bool(written)
        if written:
            assert len((folder / "out.jsonl").read_text("utf-8").splitlines()) == written
        if quiet:
            assert len(error.splitlines()) == 1
        elif not written:
            assert "out.jsonl: not written: no whole sale is valid" in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--map", "kunder.toml"],
            "kunder.toml: language is open (the language of all customers): answer it with --with",
        ),
        (["--map", "kunder.toml", "--with", "language"], "--with 'language': give NAME=VALUE"),
        (["--map", "kunder.toml", "--with", "email=x"], "the field 'email' comes from a column: change the mapping"),
        (["--map", "kunder.toml", "--with", "languag=sv"], "named 'languag': did you mean 'language'?"),
        (["--map", "shopify-custmers"], "no preset named 'shopify-custmers': did you mean 'shopify-customers'?"),
        (["--map", "other.toml"], "other.toml"),
        (["--with", "a=b"], "--with answers a mapping: name one with --map"),
        (["--map", "kunder.toml", "--with", "language=sv", "--entity", "products"], "leave out --entity products"),
    ],
)
def test_misuse(folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert folder.exists()
    assert main(["validate", *arguments, "kunder.csv"]) == MISUSE
    assert message in capsys.readouterr().err


def test_settings_name_the_mapping_of_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = '[mapping]\n"kunder*.csv" = "kunder.toml"\n"shop/*.csv" = "shopify-customers"\n'
    (folder / "custobar-formats.toml").write_text(settings, "utf-8")
    (folder / "kunder.csv").write_text(EXPORT.replace("kanske", "nej"), "utf-8")
    assert main(["validate", "--with", "language=sv", "kunder.csv"]) == VALID
    assert "customers by the mapping" in capsys.readouterr().out
    (folder / "custobar-formats.toml").write_text('[mapping]\n"*.csv" = 5\n', "utf-8")
    assert main(["validate", "kunder.csv"]) == MISUSE
    assert "mapping: give the name of a preset or a file for '*.csv'" in capsys.readouterr().err


SETTLED = '[mapping]\n"kunder*.csv" = "kunder.toml"\n[answers."kunder.toml"]\n'


def test_settings_answer_what_the_mapping_asks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--with`` comes before them."""
    (folder / "kunder.csv").write_text(EXPORT.replace("kanske", "nej"), "utf-8")
    (folder / "custobar-formats.toml").write_text(SETTLED + 'language = "sv"\n', "utf-8")
    for more, language in ([], "sv"), (["--with", "language=fi"], "fi"), (["--map", "kunder.toml"], "sv"):
        assert main(["convert", "-f", "kunder.csv", "out.json", *more]) == VALID
        assert {each["language"] for each in json.loads((folder / "out.json").read_text())["customers"]} == {language}
    assert main(["validate", "kunder.csv", "--map", "kunder.toml", "--no-settings"]) == MISUSE
    assert "language is open" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "value"), [("can_sms", "true"), ("langauge", "sv"), ("email", "x")])
def test_settings_answer_only_questions(
    name: str, value: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A constant that stands every night belongs into the mapping, where consent is none."""
    (folder / "custobar-formats.toml").write_text(f'{SETTLED}{name} = "{value}"\n', "utf-8")
    assert main(["validate", "--with", "language=sv", "kunder.csv"]) == MISUSE
    error = capsys.readouterr().err
    assert f"custobar-formats.toml: answers.kunder.toml: the mapping asks for nothing named {name!r}" in error


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("shopify-custmers", "error: there is no preset named 'shopify-custmers': did you mean 'shopify-customers'?"),
        ("kunder.tom", "kunder.tom: No such file or directory"),
        (".", "error: there is no preset named '.': 'custobar-formats map --list' shows all"),
    ],
)
def test_settings_that_name_no_mapping(
    mapping: str, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "custobar-formats.toml").write_text(f'[mapping]\n"*.csv" = "{mapping}"\n', "utf-8")
    assert main(["validate", "kunder.csv"]) == MISUSE
    assert message in capsys.readouterr().err


def test_a_mapping_without_a_suffix_is_found_beside_the_settings(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "kunder.toml").rename(folder / "kunder")
    (folder / "custobar-formats.toml").write_text('[mapping]\n"*.csv" = "kunder"\n', "utf-8")
    assert main(["validate", "--with", "language=sv", "kunder.csv"]) == INVALID
    assert "customers by the mapping" in capsys.readouterr().out


def test_a_column_was_renamed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "kunder.csv").write_text(EXPORT.replace("E-post", "Mejl"), "utf-8")
    assert main(["convert", "--map", "kunder.toml", "--with", "language=sv", "kunder.csv", "out.json"]) == INVALID
    error = capsys.readouterr().err
    assert re.search(r"the mapping needs the column 'E-post'.* \(missing-column\)$", error, re.MULTILINE)
    assert re.search(r"column 'Mejl'.* \(unmapped-column\)$", error, re.MULTILINE)
    assert not (folder / "out.json").exists()


def test_a_constant_for_all_is_a_warning(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "kunder.csv").write_text(EXPORT.replace("kanske", "nej"), "utf-8")
    answers = ["--with", "language=sv", "--with", "can_sms=true"]
    assert main(["validate", "--map", "kunder.toml", *answers, "kunder.csv"]) == VALID
    text = "warning: kunder.csv: can_sms is 'true' in all 2 records, by --with; no column gives it (added-constant)"
    assert text in capsys.readouterr().out


def test_a_mapping_is_suggested(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["map", "kunder.csv", "-o", "new.toml"]) == VALID
    error = capsys.readouterr().err
    assert "customers: 1 line is certain, 2 to look at, 1 column left" in error
    assert "records would be found by: external_id ('Nr'); look at its line" in error
    assert "new.toml: written; look it over, then run 'custobar-formats validate --map new.toml kunder.csv'" in error
    assert '# can_email = { from = "Nyhetsbrev", true = ["Ja"] }' in (folder / "new.toml").read_text("utf-8")
    assert main(["map", "kunder.csv", "-o", "new.toml"]) == MISUSE
    assert main(["map", "kunder.csv", "--entity", "customers"]) == VALID
    assert 'email = "E-post"' in capsys.readouterr().out
    assert main(["map", "kunder.csv", "--entity", "none"]) == MISUSE
    assert main(["map"]) == MISUSE
    (folder / "odd.csv").write_text("x,y\n1,2\n", "utf-8")
    assert main(["map", "odd.csv"]) == MISUSE
    assert "the names of its columns do not show what it has" in capsys.readouterr().err
    (folder / "none.csv").write_text("", "utf-8")
    assert main(["map", "none.csv"]) == INVALID


def test_warnings_come_before_a_suggestion(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "odd.csv").write_text('Sähköposti;Nimi;;Katu "x\na@example.fi;Ab"c;x;y\n', "windows-1252")
    assert main(["map", "odd.csv"]) == VALID
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("odd.csv: warning: guessed-charset: the file is not UTF-8")
    assert lines[1].startswith("odd.csv:1:4: warning: quote-in-cell: a quote inside a cell")
    assert lines[2] == "1 more: 'custobar-formats validate odd.csv' shows them"
    assert lines[3] == 'odd.csv: warning: column 3 has no name: name it, or add "" to ignore'
    (folder / "odd.csv").write_text("Sähköposti;Nimi\na@example.fi\n", "utf-8")
    assert main(["map", "odd.csv"]) == VALID
    assert capsys.readouterr().err.startswith("odd.csv:2:2: error: missing-cell: row 1: ")


def test_presets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["map", "--list"]) == VALID
    assert "shopify-customers: Shopify" in capsys.readouterr().out


def test_the_file_of_a_preset_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["map", "--preset", "mycashflow-customers"]) == VALID
    text = capsys.readouterr().out
    assert text.encode() == read_preset("mycashflow-customers")
    assert main(["map", "--preset", "mycashflow-customers", "-o", "mine.toml"]) == VALID
    assert (
        "mine.toml: written; change it, then run 'custobar-formats validate --map mine.toml F"
        in capsys.readouterr().err
    )
    assert (folder / "mine.toml").read_bytes() == read_preset("mycashflow-customers")
    assert main(["map", "--preset", "mycashflow-customers", "-o", "mine.toml"]) == MISUSE
    assert main(["map", "--preset", "mycashflow-customers", "-o", "mine.toml", "-f"]) == VALID


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--preset", "shopify-custmers"], "no preset named 'shopify-custmers': did you mean 'shopify-customers'?"),
        (["--preset", "kunder.toml"], "no preset named 'kunder.toml': 'custobar-formats map --list' shows all"),
        (["--preset", "shopify-customers", "kunder.csv"], "--preset takes no file: leave it out, or use validate"),
        (["--preset", "shopify-customers", "--list"], "use one of --list and --preset"),
        (["--list", "kunder.csv"], "--list takes no file"),
    ],
)
def test_misuse_of_presets(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert folder.exists()
    assert main(["map", *arguments]) == MISUSE
    assert message in capsys.readouterr().err


def test_map_reads_stdin_and_writes_stdout(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    def piped(*arguments: str) -> bytes:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(EXPORT.encode()), "utf-8"))
        assert main(["map", "--entity", "customers", *arguments]) == VALID
        return capsysbinary.readouterr().out

    written = piped("-")
    assert piped("-", "-o", "-") == written
    assert b"[columns]" in written
    assert main(["map", "--preset", "shopify-customers", "-o", "-"]) == VALID
    assert not (folder / "-").exists()
