"""The command: results, messages and exit codes, mostly without a subprocess."""

import io
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from custobar_formats.cli.main import NOT_INSTALLED, main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from tests.optional import needs_jsonschema_rs
from tests.processes import start

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
GOOD = "external_id,price\nP1,1050\n"
BAD = "external_id,price\nP1,1050\nP2,24.90\n"


class Ran:
    """The results of a run."""

    def __init__(self, code: int, out: bytes, err: str) -> None:
        self.code, self.out, self.err = code, out, err


def run(capsys: pytest.CaptureFixture[bytes], *arguments: object) -> Ran:
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return Ran(code, out, err.decode("utf-8"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text(GOOD, "utf-8")
    return path


def test_csv_becomes_wrapped_json_on_stdout(capsysbinary: pytest.CaptureFixture[bytes], file: Path) -> None:
    ran = run(capsysbinary, "convert", file, "--entity", "products")
    assert ran.code == VALID
    assert json.loads(ran.out) == {"products": [{"external_id": "P1", "price": 1050}]}
    assert ran.err == ""


def test_the_suffix_of_the_output_decides(capsysbinary: pytest.CaptureFixture[bytes], file: Path) -> None:
    for name, first in (("o.json", "{"), ("o.jsonl", '{"external_id"'), ("o.csv", "external_id,price")):
        out = file.with_name(name)
        assert run(capsysbinary, "convert", file, out, "--entity", "products").code == VALID
        assert out.read_text("utf-8").startswith(first)


def test_to_decides_over_the_suffix(capsysbinary: pytest.CaptureFixture[bytes], file: Path) -> None:
    out = file.with_name("o.json")
    assert run(capsysbinary, "convert", file, "-o", out, "--to", "jsonl", "--entity", "none").code == VALID
    assert out.read_text("utf-8") == '{"external_id":"P1","price":"1050"}\n'


def test_json_becomes_csv_in_a_charset(capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    source = tmp_path / "in.json"
    source.write_text('[{"external_id": "K1", "city": "Jyväskylä"}]', "utf-8")
    ran = run(capsysbinary, "convert", source, "--entity", "customers", "-d", "semicolon", "-e", "latin-1")
    assert ran.out == "external_id;city\nK1;Jyväskylä\n".encode("latin-1")


def test_digits_are_kept_from_file_to_file(capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    text = "sale_external_id,sale_date,sale_email,sale_currency,sale_exchange_rate,quantity,sale_total\n"
    text += "1,2026-01-01,a@example.com,USD,0.9200,1.50,12.0\n"
    source, between, back = tmp_path / "in.csv", tmp_path / "b.json", tmp_path / "back.csv"
    source.write_text(text.replace("12.0", "12"), "utf-8")
    assert run(capsysbinary, "convert", source, between, "--entity", "sales").code == VALID
    assert '"sale_exchange_rate":0.9200,"quantity":1.50,"sale_total":12' in between.read_text("utf-8")
    assert run(capsysbinary, "convert", between, back, "--entity", "sales").code == VALID
    assert back.read_text("utf-8") == source.read_text("utf-8")


def test_invalid_data_leaves_no_file(capsysbinary: pytest.CaptureFixture[bytes], file: Path) -> None:
    file.write_text(BAD, "utf-8")
    out = file.with_name("out.json")
    ran = run(capsysbinary, "convert", file, out, "--entity", "products")
    assert ran.code == INVALID
    assert "error: price: '24.90' is not an integer" in ran.err
    assert "in.csv:3:2 (B3)" in ran.err
    assert sorted(path.name for path in file.parent.iterdir()) == ["in.csv"]


def test_an_existing_output_is_kept_when_the_data_is_invalid(
    capsysbinary: pytest.CaptureFixture[bytes], file: Path
) -> None:
    file.write_text(BAD, "utf-8")
    out = file.with_name("out.json")
    out.write_text("before", "utf-8")
    assert run(capsysbinary, "convert", file, out, "--entity", "products", "--force").code == INVALID
    assert out.read_text("utf-8") == "before"


def test_stdout_gets_complete_records_until_an_error(capsysbinary: pytest.CaptureFixture[bytes], file: Path) -> None:
    file.write_text(BAD, "utf-8")
    ran = run(capsysbinary, "convert", file, "--entity", "products", "--to", "jsonl")
    assert ran.code == INVALID
    assert ran.out == b'{"external_id":"P1","price":1050}\n'


def test_rules_across_records_hold_for_files(capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    source = tmp_path / "sales.csv"
    source.write_text("sale_external_id,external_id\n1,1-1\n", "utf-8")
    ran = run(capsysbinary, "convert", source, tmp_path / "o.json", "--entity", "sales")
    assert ran.code == INVALID
    assert "incomplete-sale" in ran.err
    assert not (tmp_path / "o.json").exists()


def test_blank_cells_are_reported(capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    source = tmp_path / "in.json"
    source.write_text('[{"external_id": "1", "tags": []}, {"external_id": "2", "city": "Oulu"}]', "utf-8")
    ran = run(capsysbinary, "convert", source, tmp_path / "o.csv", "--entity", "customers")
    assert ran.code == VALID
    assert ": 2 blank cells for keys missing from records: tags (1), city (1)" in ran.err
    assert "1 blank cell for empty members: [] (1)" in ran.err
    assert "(blank-cells)\n" in ran.err
    ran = run(capsysbinary, "convert", source, tmp_path / "p.csv", "--entity", "customers", "--missing", "error")
    assert (ran.code, "record 1, at /city: it has no 'city', but other records do" in ran.err) == (INVALID, True)
    assert not (tmp_path / "p.csv").exists()


def test_split_writes_a_file_for_each_set_of_labels(capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    source = tmp_path / "in.json"
    source.write_text('[{"external_id": "1"}, {"external_id": "2", "city": "Oulu"}]', "utf-8")
    out = tmp_path / "o.csv"
    assert run(capsysbinary, "convert", source, out, "--entity", "customers", "--missing", "split").code == VALID
    assert (tmp_path / "o.1.csv").read_text("utf-8") == "external_id\n1\n"
    assert (tmp_path / "o.2.csv").read_text("utf-8") == "external_id,city\n2,Oulu\n"
    assert not out.exists()


def test_blank_cells_can_erase(capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("external_id,company\n1,\n", "utf-8")
    ran = run(capsysbinary, "convert", source, "--entity", "customers", "--blank", "erase", "--to", "jsonl")
    assert ran.out == b'{"external_id":"1","company":""}\n'


def test_a_schema_of_ones_own(capsysbinary: pytest.CaptureFixture[bytes], file: Path) -> None:
    schema = file.with_name("schema.json")
    schema.write_text('{"properties": {"price": {"type": "integer", "maximum": 5}}}', "utf-8")
    ran = run(capsysbinary, "validate", file, "--schema", schema)
    assert (ran.code, b"1050 must be at most 5" in ran.out) == (INVALID, True)


def test_validate_takes_many_files_and_the_worst_code_wins(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    good, broken = EXAMPLES / "customers.csv", EXAMPLES / "broken.csv"
    assert run(capsysbinary, "validate", good, "--entity", "customers").code == VALID
    ran = run(capsysbinary, "validate", broken, good, "--entity", "customers")
    assert ran.code == INVALID
    assert b"broken.csv: invalid: 3 of 9 rows valid" in ran.out
    assert b"customers.csv: valid: 5 of 5 rows valid" in ran.out
    ran = run(capsysbinary, "validate", EXAMPLES / "nowhere.csv", broken, "--entity", "customers")
    assert ran.code == MISUSE
    assert "nowhere.csv: No such file or directory" in ran.err
    assert b"broken.csv: invalid" in ran.out


def test_all_examples_but_the_broken_one_are_valid(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    others = ("broken", "spreadsheet", "spreadsheet-fixed", "asiakkaat")  # the pages that show the last three run them
    files = sorted(path for path in EXAMPLES.iterdir() if path.suffix in (".csv", ".json") and path.stem not in others)
    assert len(files) == 6
    for path in files:
        assert run(capsysbinary, "validate", path, "--entity", path.stem).code == VALID, path


MISUSES = [
    ([], MISUSE),
    (["convert"], MISUSE),
    (["frobnicate"], MISUSE),
    (["convert", "a.csv", "--frobnicate"], MISUSE),
    (["convert", "nowhere.csv"], MISUSE),
    (["validate", "nowhere.csv"], MISUSE),
    (["validate", str(EXAMPLES)], MISUSE),
    (["validate", str(EXAMPLES / "shops.json"), "--entity", "shop"], MISUSE),
    (["validate", str(EXAMPLES / "shops.json"), "--schema", "nowhere.json"], MISUSE),
    (["validate", str(EXAMPLES / "products.csv"), "-d", "|"], MISUSE),
    (["validate", str(EXAMPLES / "products.csv"), "-e", "koi8-r"], MISUSE),
    (["validate", str(EXAMPLES / "products.csv"), "--from", "xml"], MISUSE),
    (["validate", str(EXAMPLES / "products.csv"), "--blank", "nil"], MISUSE),
    (["convert", str(EXAMPLES / "products.csv"), "--to", "xml"], MISUSE),
    (["convert", str(EXAMPLES / "products.json"), "--missing", "nil"], MISUSE),
    (["convert", str(EXAMPLES / "products.json"), "--missing", "split"], MISUSE),
    (["convert", str(EXAMPLES / "products.json"), "-e", "windows-1252"], MISUSE),
    (["convert", str(EXAMPLES / "products.json"), "a.csv", "-o", "b.csv"], MISUSE),
    (["convert", str(EXAMPLES / "products.json"), str(EXAMPLES / "no" / "such" / "folder.csv")], MISUSE),
]


@pytest.mark.parametrize(("arguments", "code"), MISUSES)
def test_misuse_is_reported_without_a_traceback(
    capsysbinary: pytest.CaptureFixture[bytes], arguments: list[str], code: int
) -> None:
    ran = run(capsysbinary, *arguments)
    assert ran.code == code
    assert "Traceback" not in ran.err
    assert ran.err or ran.out


def test_version(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(capsysbinary, "--version").out.startswith(b"custobar-formats 0.")


@pytest.mark.parametrize("columns", [40, 80])
def test_the_help_fits_the_terminal(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for arguments in (["--help"], ["convert", "--help"], ["validate", "--help"]):
        ran = run(capsysbinary, *arguments)
        assert (ran.code, ran.err) == (VALID, "")
        assert columns // 2 < max(map(len, ran.out.decode().splitlines())) < columns


def test_the_help_is_reported_on_any_terminal(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1")
    assert run(capsysbinary, "convert", "--help").code == VALID


def test_without_click_the_command_shows_what_to_install(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "click", None)
    monkeypatch.delitem(sys.modules, "custobar_formats.cli.group", raising=False)
    ran = run(capsysbinary, "--version")
    assert (ran.code, ran.err.strip()) == (MISUSE, NOT_INSTALLED)


def test_csv_to_csv_keeps_the_columns(capsysbinary: pytest.CaptureFixture[bytes], file: Path) -> None:
    out = file.with_name("out.csv")
    for text in ("b;a.x;note\n1;2;\n", "a.0,b\n", "tags\nx\n"):
        file.write_text(text, "utf-8")
        assert run(capsysbinary, "convert", file, out, "--to", "csv", "--force", "--entity", "none").code == VALID
        assert out.read_text("utf-8") == text.replace(";", ",")


def test_stdout_shows_that_it_stopped(capsysbinary: pytest.CaptureFixture[bytes], file: Path) -> None:
    file.write_text(BAD, "utf-8")
    assert "the output ends before this error; 'cust" in run(capsysbinary, "convert", file, "--entity", "products").err


def test_a_suffix_that_shows_no_format_is_refused(capsysbinary: pytest.CaptureFixture[bytes], file: Path) -> None:
    ran = run(capsysbinary, "convert", file, file.with_name("out.xlsx"))
    assert (ran.code, "unknown suffix .xlsx: use one of .csv, .tsv" in ran.err) == (MISUSE, True)
    assert [path.name for path in file.parent.iterdir()] == ["in.csv"]
    assert run(capsysbinary, "convert", file, file.with_name("out.xlsx"), "--to", "json").code == VALID
    assert run(capsysbinary, "convert", file, file.with_name("out")).code == VALID
    assert json.loads(file.with_name("out").read_bytes()) == {"products": [{"external_id": "P1", "price": 1050}]}


def test_tsv_is_written_with_tabs(capsysbinary: pytest.CaptureFixture[bytes], file: Path) -> None:
    out, back = file.with_name("out.TSV"), file.with_name("back.json")
    assert run(capsysbinary, "convert", file, out).code == VALID
    assert out.read_text("utf-8") == GOOD.replace(",", "\t")
    assert run(capsysbinary, "convert", out, back).code == VALID
    assert run(capsysbinary, "convert", back, out, "-d", "semicolon", "--force").code == VALID
    assert out.read_text("utf-8") == GOOD.replace(",", ";")


def test_stdin_is_read_but_once(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    ran = run(capsysbinary, "validate", "-", "-")
    assert (ran.code, ran.out, ran.err) == (MISUSE, b"", "error: - is given twice: stdin can be read only once\n")


def test_a_wrong_word_is_reported_with_the_right_ones(capsysbinary: pytest.CaptureFixture[bytes], file: Path) -> None:
    for option, message in (
        ("--entity", "unknown entity 'nil': use one of customers, products, sales, events, shops"),
        ("--from", "'nil' is not one of 'csv', 'json', 'jsonl'."),
        ("--blank", "'nil' is not one of 'omit', 'erase', 'null'."),
    ):
        for what in ("convert", "validate"):
            ran = run(capsysbinary, what, file, option, "nil")
            assert (ran.code, f"'{option}': {message}" in ran.err) == (MISUSE, True), ran.err


def test_a_missing_folder_is_reported_by_the_name_that_was_given(
    capsysbinary: pytest.CaptureFixture[bytes], file: Path
) -> None:
    out = file.parent / "no" / "out.json"
    assert run(capsysbinary, "convert", file, out).err == f"error: {out}: No such file or directory\n"


def test_split_files_are_named(capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    source, out = tmp_path / "in.json", tmp_path / "o.csv"
    source.write_text('[{"a": "1"}, {"b": "2"}]', "utf-8")
    ran = run(capsysbinary, "convert", source, out, "--missing", "split", "--entity", "none")
    assert f": wrote {tmp_path / 'o.1.csv'}, {tmp_path / 'o.2.csv'} (split-files)\n" in ran.err


def test_options_without_a_use_are_refused(capsysbinary: pytest.CaptureFixture[bytes], file: Path) -> None:
    source = file.with_name("in.json")
    source.write_text('[{"a": "1"}]', "utf-8")
    for arguments in (
        [file, "--missing", "split"],
        [file, "--missing", "nil"],
        [source, "--blank", "erase"],
        [source, "-d", "tab", "--to", "jsonl"],
        [file, ""],
        [""],
    ):
        assert run(capsysbinary, "convert", *arguments).code == MISUSE, arguments


def test_a_file_that_cannot_be_checked_does_not_stop_the_others(
    capsysbinary: pytest.CaptureFixture[bytes], file: Path
) -> None:
    source = file.with_name("in.json")
    source.write_text('[{"a": "1"}]', "utf-8")
    ran = run(capsysbinary, "validate", source, file, "-e", "iso-8859-1")
    assert ran.code == MISUSE
    assert "in.json: not checked" in ran.err
    assert b"in.csv: valid" in ran.out


# -- processes


def test_stdin_and_stdout() -> None:
    process = start(
        "convert", "-", "--entity", "products", "--to", "jsonl", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    out, _ = process.communicate(GOOD.encode("utf-16"))
    assert (process.returncode, out) == (VALID, b'{"external_id":"P1","price":1050}\n')
    process = start(
        "validate", "-", "--entity", "none", "--report", "lines", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    out, _ = process.communicate(b'[{"a": NaN}]')
    assert process.returncode == INVALID
    assert out.startswith(b"<stdin>:1:8: error: not-a-number:")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """200,000 rows take less than 120 MB, and at most 8 MB more than a tenth of them."""
    peaks = []
    for rows in (20_000, 200_000):
        source = tmp_path / f"{rows}.csv"
        with source.open("w", encoding="utf-8") as stream:
            stream.write("external_id,first_name,last_name,can_email,date_joined,tags\n")
            stream.writelines(f'C-{n},Aino,"Mäkelä, {n}",true,2026-01-01,"a,b"\n' for n in range(rows))
        script = f"""
import re, sys, pathlib, custobar_formats, custobar_formats.cli.main
source = pathlib.Path({str(source)!r})
for record in custobar_formats.iter_csv(source, "customers"):
    pass
assert record["external_id"] == "C-{rows - 1}"
out = source.with_suffix(".jsonl")
assert custobar_formats.cli.main.main(["convert", str(source), "--entity", "customers", "--to", "jsonl"]) == 0
print(re.search(r"VmHWM:\\s*([0-9]+) kB", pathlib.Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True)
        assert done.stdout.count(b"\n") == rows
        peaks.append(int(done.stderr))
    assert peaks[1] < 120 * 1024
    assert peaks[1] < peaks[0] + 8 * 1024


@needs_jsonschema_rs
def test_a_run_imports_no_more_than_it_needs(file: Path) -> None:
    """For JSON output, nothing that reads JSON or writes CSV; jsonschema only for an invalid schema."""
    schema, out = file.with_name("schema.json"), file.with_name("out.jsonl")
    schema.write_text('{"properties": {"external_id": {"type": "string"}, "price": {"type": "integer"}}}', "utf-8")
    script = f"""
import sys, custobar_formats.cli.main
assert custobar_formats.cli.main.main(["convert", {str(file)!r}, {str(out)!r}, "--schema", {str(schema)!r}]) == 0
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    needless = {"jsonschema", "tempfile", "shutil", "difflib", "pickle", "importlib.resources"}
    modules = ("jsontext.reader", "jsontext.scanner", "pipeline.writing", "records.bulk_flatten", "records.spool")
    assert all(find_spec(f"custobar_formats.{name}") for name in modules)
    needless |= {f"custobar_formats.{name}" for name in modules}
    assert not needless & set(done.stdout.split())


def test_text_streams_are_not_closed() -> None:
    stream = io.StringIO(GOOD)
    import custobar_formats

    assert custobar_formats.validate(stream).valid
    assert not stream.closed
