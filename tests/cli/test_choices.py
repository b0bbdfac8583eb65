"""The caller's choices: how many findings, which codes, how much of the text, and which exit code."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import Finding, UsageError, load_schema, validate
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.findings import CODES, WARNED_BY_BUNDLED, Severity

TEXT = "external_id,titel,price\n" + "P,x,y\n" * 300


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "in.csv"
    path.write_text("external_id,titel\nP1,x\nP1,y\n", "utf-8")
    return path


@pytest.mark.parametrize(("most", "kept"), [(1, 1), (99, 99), (100, 100), (101, 101), (250, 250), (1000, 300)])
def test_as_many_findings_are_kept_as_are_asked_for(most: int, kept: int) -> None:
    report = validate(TEXT, "products", max_findings=most)
    assert sum(finding.code == "wrong-type" for finding in report.findings) == kept
    assert sum(finding.code == "duplicate-identifier" for finding in report.findings) == min(kept, 299)
    assert report.counts == validate(TEXT, "products").counts
    if most == 100:
        assert report == validate(TEXT, "products")


def test_what_is_ignored_is_neither_kept_nor_counted() -> None:
    reported: list[Finding] = []
    report = validate(TEXT, "products", ignore=["unknown-label", "duplicate-identifier"], on_finding=reported.append)
    assert report.counts.by_code == {"wrong-type": 300}
    assert report.counts.by_severity == {"error": 300}
    assert {finding.code for finding in (*report.findings, *reported)} == {"wrong-type"}
    assert (report.rows, report.valid_rows) == (300, 0)
    assert validate(TEXT, "products", ignore="unknown-label").counts.by_code.keys() == {
        "wrong-type",
        "duplicate-identifier",
    }


def test_an_error_is_never_ignored() -> None:
    """Also for a code that is usually a warning."""
    with pytest.raises(UsageError, match="wrong-type is an error, and errors cannot be ignored"):
        validate(TEXT, "products", ignore=["wrong-type"])
    with pytest.raises(UsageError, match="unknown code 'nonsense'"):
        validate(TEXT, "products", ignore=["nonsense"])
    text = "external_id,\nP1,x\n"
    assert CODES["blank-label"][0] is Severity.WARNING
    assert validate(text, "customers", ignore=["blank-label"]).counts.by_code == {"blank-label": 1}
    assert not validate(text, "customers", ignore=["blank-label"]).valid


def test_an_ignored_code_of_both_severities_leaves_out_its_warnings_alone() -> None:
    """A product without a price is a warning, a product without an identifier an error; the code is the same."""
    warned = "external_id,title\nP1,a\n"
    assert validate(warned, "products").counts.by_code == {"missing-field": 1}
    assert validate(warned, "products", ignore=["missing-field"]).counts.by_code == {}
    both = validate("external_id,title\n,a\n", "products", ignore=["missing-field"])
    assert (both.counts.by_severity, both.counts.by_code) == ({"error": 1}, {"missing-field": 1})
    sales = "sale_external_id,sale_date,sale_customer_id,sale_currency,sale_exchange_rate\nS,2024-01-01,C,eur,1\n"
    assert validate(sales, "sales").counts.by_code == {"wrong-format": 1}
    assert not validate(sales, "sales", ignore=["wrong-format"]).findings
    assert not validate(b'[{"registered_user": 1, "email": "a@b.fi"}]', "customers", ignore="unexpected-field").findings


def test_the_codes_of_bundled_warnings_can_be_ignored() -> None:
    found = set()
    for entity in ENTITIES:
        for rule in _warnings(load_schema(entity)):
            found |= {MEANT[keyword] for keyword in rule.keys() & MEANT.keys() if "x-code" not in rule}
    assert found | {"duplicate-item"} == WARNED_BY_BUNDLED  # of a shop in stock, which no schema can express


MEANT = {"required": "missing-field", "pattern": "wrong-format", "not": "unexpected-field", "type": "wrong-type"}
MEANT |= dict.fromkeys(("minimum", "maximum", "exclusiveMinimum"), "out-of-range")


def _warnings(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict) and node.get("x-severity") == "warning":
        yield node
    for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _warnings(below)


@pytest.mark.parametrize(
    "rule", [{"type": "integer"}, {"enum": ["b"]}, {"oneOf": [{"enum": ["b"]}]}, {"not": {"const": "a"}}]
)
def test_a_rule_that_only_warns_in_a_schema_of_ones_own_can_be_ignored(rule: dict[str, Any]) -> None:
    schema = {"properties": {"k": {"type": "string", "allOf": [{**rule, "x-severity": "warning"}]}}}
    (code,) = validate("k\na\n", schema).counts.by_code
    assert validate("k\na\n", schema).valid
    assert not validate("k\na\n", schema, ignore=[code]).findings
    with pytest.raises(UsageError, match=f"{code} is an error"):
        validate("k\na\n", {"properties": {"k": rule}}, ignore=[code])


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), VALID),
        (("--strict",), INVALID),
        (("--strict", "--exit-zero"), VALID),
        (("--strict", "--ignore", "unknown-label"), INVALID),
        (("--strict", "--ignore", "unknown-label", "--ignore", "duplicate-identifier"), VALID),
        (("--ignore", "wrong-type"), MISUSE),
        (("--ignore", "nonsense"), MISUSE),
        (("--max-findings", "0"), MISUSE),
    ],
)
def test_exit_codes(file: Path, options: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", file.name, "--entity", "customers", *options]) == code
    assert "Traceback" not in capsys.readouterr().err


def test_exit_zero_is_for_data_alone(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("external_id,price\nP1,x\n", "utf-8")
    assert main(["validate", file.name, "--entity", "products", "--exit-zero"]) == VALID
    assert "in.csv: invalid" in capsys.readouterr().out
    assert main(["validate", "nowhere.csv", "--exit-zero"]) == MISUSE


def test_how_much_is_reported(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(TEXT.splitlines()[0] + "\n" + "".join(f"P,x,y{number}\n" for number in range(300)), "utf-8")
    for options, lines in (
        ((), 2 + 3 + 1 + 2 + 1 + 1 + 3 + 1),  # the cells of one identifier are a span
        (("--max-findings", "5"), 2 + 5 + 1 + 2 + 1 + 1 + 3 + 1),
        (("--max-findings", "400"), 2 + 300 + 2 + 1 + 3 + 1),
        (("--max-findings", "400", "--report", "lines"), 601),
    ):
        main(["validate", file.name, "--entity", "products", *options])
        assert len(capsys.readouterr().out.splitlines()) == lines
    main(["validate", file.name, "--entity", "products", "--quiet"])
    reported = "in.csv: invalid: 0 of 300 rows valid, 300 errors, 300 warnings (utf-8, comma)\n"
    assert capsys.readouterr().out == reported
    main(["validate", file.name, "--entity", "products", "-q", "--report", "jsonl=r.jsonl", "--max-findings", "2"])
    assert capsys.readouterr().out == reported
    assert len(Path("r.jsonl").read_text("utf-8").splitlines()) == 2 + 2 + 1
