"""Reports: exact counts, a bounded list, a histogram, and the schema of its JSON form."""

import copy
import json
import pickle
from pathlib import Path

import jsonschema
import pytest

from custobar_formats import CustobarFormatsError, Finding, InvalidData, NotExpressible, SchemaError, Severity, validate
from custobar_formats.cli.main import main
from custobar_formats.core.errors import UnsupportedCharset, UsageError
from custobar_formats.core.findings import CODES, make_finding
from custobar_formats.core.limits import KEPT_PER_COLUMN, MAX_BUCKETS
from custobar_formats.report.contents import SourceInfo
from custobar_formats.report.formats import render
from custobar_formats.report.report import Collector

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "schemas" / "report.json").read_text("utf-8"))


def test_counts_are_exact_when_the_list_is_cut() -> None:
    rows = 1000
    text = "external_id,price,sale_price\n" + "".join(f"P{n},x,y\n" for n in range(rows))
    report = validate(text, "products")
    assert report.counts.by_severity == {"error": 2 * rows}
    assert report.counts.by_column["price"] == {"wrong-type": rows}
    assert len(report.findings) == 2 * KEPT_PER_COLUMN
    assert (report.rows, report.valid_rows) == (rows, 0)
    assert sum(report.histogram.counts) == 2 * rows
    assert report.histogram.width == 8
    assert len(report.histogram.counts) <= MAX_BUCKETS
    assert "error: price, 1,000 cells: 'x' is not an integer" in str(report)
    assert str(report).count("    and 900 more\n") == 2


def test_one_row_is_no_rows() -> None:
    assert str(validate("a\n1\n")) == "<input>: valid: 1 of 1 row valid, 0 errors, 0 warnings (comma)"
    assert str(validate("a\n")).endswith("\n<input>: valid: 0 of 0 rows valid, 0 errors, 1 warning (comma)")


def test_the_json_form_is_what_its_schema_shows() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    sources: list[object] = [
        "",
        "a,a\n",
        "[1]",
        '{"products": [{"external_id": 5}]}',
        b"\xff\xfe\x00",
        "a\n\x80\n".encode("latin-1"),
    ]
    sources += sorted(path for path in (ROOT / "examples").iterdir() if path.suffix in (".csv", ".json"))
    for source in sources:
        report = validate(source, "products")  # type: ignore[arg-type]
        validator.validate(report.to_dict())
        assert json.loads(report.to_json()) == report.to_dict()


def test_reports_of_parts_merge_into_the_report_of_the_file() -> None:
    findings = [
        make_finding("wrong-type", "no", row=row, line=row + 1, column=1, label="ab"[row % 2]) for row in range(1, 700)
    ]
    whole, first, second = Collector(), Collector(), Collector()
    for finding in findings:
        whole.add(finding)
        (first if (finding.row or 0) <= 333 else second).add(finding)
    whole.rows, first.rows, second.rows = 800, 333, 467
    source = SourceInfo(name="x.csv")
    assert first.build(source).merge(second.build(source)) == whole.build(source)


def test_findings_and_reports_are_frozen_and_picklable() -> None:
    report = validate("external_id,price\nP1,x\n", "products")
    assert pickle.loads(pickle.dumps(report)) == report
    assert copy.copy(report.findings[0]) == report.findings[0]
    with pytest.raises(AttributeError):
        report.findings[0].code = "other"  # type: ignore[misc]
    assert report.findings[0].context == (("external_id", "P1"), ("price", "x"))
    assert set(report.findings[0].to_dict()) == set(Finding.__slots__)


def test_raise_for_errors() -> None:
    validate("a\n \n").raise_for_errors()
    report = validate("a,a\n")
    with pytest.raises(InvalidData, match="duplicate-label") as caught:
        report.raise_for_errors()
    assert caught.value.report is report


@pytest.mark.parametrize(
    "error",
    [
        InvalidData(validate("a,a\n")),
        NotExpressible("why", 3, "/a"),
        SchemaError("why", "/a"),
        UnsupportedCharset("koi8-r"),
        UsageError("why"),
    ],
)
def test_errors_are_value_errors_that_can_be_copied_and_pickled(error: CustobarFormatsError) -> None:
    assert isinstance(error, ValueError)
    for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)


def test_hostile_text_does_not_reach_a_terminal_as_it_is() -> None:
    report = validate("external_id,\x1b[31mred\nP1,\x1b]0;title\x07\n", "products")
    report = report.merge(validate("external_id,price\nP1,\x1b[2J\n", "products"))
    assert "\x1b" not in str(report)
    assert "\\x1b" in str(report)


def test_every_code_has_a_severity_and_a_meaning() -> None:
    for code, (severity, meaning) in CODES.items():
        assert code == code.lower().replace("_", "-")
        assert isinstance(severity, Severity)
        assert meaning.endswith(".")


def test_the_page_of_a_report_is_that_of_the_command() -> None:
    report = validate("external_id,price\nP1,24.90\n", "products")
    assert report.to_html() == render([report], "html")


def test_blank_cells_are_counted_if_asked_for() -> None:
    text = "external_id,city,,state\n" + "C-1,,,\nC-2,Oulu,,\n" * 200 + ",,,\n"
    report = validate(text, "customers", count_blanks=True)
    assert report.blank_cells == {"city": 200, "state": 400}
    assert "Blank cells that may erase" in report.to_html()
    assert report.merge(report).blank_cells == {"city": 400, "state": 800}
    assert validate(text, None, count_blanks=True).blank_cells == {"city": 200, "state": 400}
    for without in (validate(text, "customers"), validate('[{"a": ""}]', count_blanks=True)):
        assert without.blank_cells == {}
        assert "Blank cells that may erase" not in without.to_html()


def test_the_command_counts_them_where_they_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("external_id,city\nC-1,\n", "utf-8")
    assert main(["validate", str(path), "-v"]) == 0
    assert "blank cells: city 1\n" in capsys.readouterr().err
    assert main(["validate", str(path), "--report", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["blank_cells"] == {"city": 1}
