"""Rendered reports, each read back by an independent parser, with hostile text in all of them."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from typing import Any

import html5lib
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import NotExpressible, Report, SchemaError, to_csv, validate
from custobar_formats.core.shown import ODD_SPACES
from custobar_formats.report.blocks import find_blocks, group_findings
from custobar_formats.report.formats import RENDERERS, render
from custobar_formats.report.github import render_summary
from custobar_formats.text.artefacts import is_formula
from tests.optional import needs_jsonschema_rs

ROOT = Path(__file__).parents[3]
BROKEN = ROOT / "examples" / "broken.csv"
SARIF = json.loads((ROOT / "tests" / "outside" / "sarif_2_1_0.json").read_text("utf-8"))

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]>&amp;<!--",
    "::error::owned",
    "\n::error file=x::owned",
    "%0A::warning::owned",
    "##[error]owned",
    "=cmd|'/c calc'!A0",
    "@SUM(1)",
    "\x1b[31mred\x1b[0m",
    "\x9b31m",
    "a\0b",
    "\u202eevil",
    "| a | [b](javascript:alert(1)) | `c` |",
    "{{7*7}}${7*7}",
    "\ufffe\uffff",
    "a\r\nb",
    "\u2028",
]


def broken() -> Report:
    return validate(BROKEN, "customers")


def hostile() -> list[Report]:
    """Reports with hostile labels, cells, paths and file names."""
    schema = {"properties": {text: {"type": "integer"} for text in HOSTILE if "." not in text}}
    records = [{text: text for text in HOSTILE}]
    file = io.BytesIO(json.dumps(records).encode())
    reports = [validate(file, schema)]
    for name in ("::error::x.csv", "<b>&.csv", "a\nb,c:d%.csv", "/tmp/ä ö#?.csv", "\x1b[31m.csv", "a\udcffb.csv"):
        quoted = ",".join('"' + text.replace('"', '""') + '"' for text in HOSTILE if "." not in text)
        table = io.BytesIO(f"{quoted}\n{quoted}\n{quoted}\n".encode())
        table.name = name
        reports.append(validate(table, schema, delimiter=","))
    return reports


def is_safe(text: str) -> bool:
    """Whether a terminal can print a text without obeying any of it; it shows other spaces as spaces."""
    return all(character.isprintable() or character == "\n" for character in ODD_SPACES.sub(" ", text))


CASES = {"none": [], "clean": [validate("a\n1\n")], "broken": [broken()], "hostile": hostile()}
CASES["several"] = [broken(), validate("a\n1\n"), validate('[{"a": }]'), validate("x"), *hostile()]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("format_", RENDERERS)
def test_no_report_can_control_a_terminal(format_: str, case: str) -> None:
    text = render(CASES[case], format_)
    assert is_safe(text)
    assert text == "" or text.endswith("\n")
    assert is_safe(render_summary(CASES[case]))


def findings(reports: list[Report]) -> list[dict[str, Any]]:
    return [{"file": report.source.name, **finding.to_dict()} for report in reports for finding in report.findings]


@pytest.mark.parametrize("case", CASES)
def test_json(case: str) -> None:
    reports = CASES[case]
    reported = json.loads(render(reports, "json"))
    assert reported == [json.loads(json.dumps(report.to_dict())) for report in reports]
    validator = jsonschema.Draft202012Validator(json.loads((ROOT / "schemas" / "report.json").read_text("utf-8")))
    assert all(validator.is_valid(report) for report in reported)


@pytest.mark.parametrize("case", CASES)
def test_json_lines(case: str) -> None:
    lines = render(CASES[case], "jsonl").split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == json.loads(json.dumps(findings(CASES[case])))


@pytest.mark.parametrize("case", CASES)
def test_csv(case: str) -> None:
    text = render(CASES[case], "csv")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    wanted = findings(CASES[case])
    assert len(rows) == len(wanted) == text.count("\n") - 1
    for row, finding in zip(rows, wanted, strict=True):
        assert row["line"] == ("" if finding["line"] is None else str(finding["line"]))
        assert row["row"] == ("" if finding["row"] is None else str(finding["row"]))
        assert (row["code"], row["severity"]) == (finding["code"], finding["severity"])
        assert not any(is_formula(cell) for cell in row.values())
        if (finding["value"] or "").isprintable():
            assert row["value"].removeprefix("'") == (finding["value"] or "").removeprefix("'")


@pytest.mark.parametrize("case", CASES)
def test_sarif(case: str) -> None:
    reports = CASES[case]
    reported = json.loads(render(reports, "sarif"))
    errors = list(jsonschema.Draft4Validator(SARIF, format_checker=jsonschema.FormatChecker()).iter_errors(reported))
    assert errors == []
    (run,) = reported["runs"]
    assert len(run["artifacts"]) <= len(reports)
    assert len(run["results"]) == len(findings(reports))
    for result, finding in zip(run["results"], findings(reports), strict=True):
        assert result["ruleId"] == finding["code"] == run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"]
        assert result["level"] == {"notice": "note"}.get(finding["severity"], finding["severity"])
        place = result["locations"][0]["physicalLocation"]
        assert place.get("region", {}).get("startLine") == finding["line"]
        report = reports[place["artifactLocation"]["index"]]
        assert report.source.name == finding["file"]
        assert re.fullmatch(r"(?:file://)?[A-Za-z0-9/._~%-]*", place["artifactLocation"]["uri"])
        is_character = report.source.format != "csv" and finding["column"] is not None
        assert ("startColumn" in place.get("region", {})) == is_character


def test_a_file_that_is_checked_twice_is_one_artifact() -> None:
    reported = json.loads(render([broken(), CASES["clean"][0], broken()], "sarif"))
    assert list(jsonschema.Draft4Validator(SARIF).iter_errors(reported)) == []
    (run,) = reported["runs"]
    assert [artifact["properties"]["rows"] for artifact in run["artifacts"]] == [9, 1]
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"]["index"] for result in run["results"]]
    assert places == [0] * 16


def test_sarif_messages_hold_no_links() -> None:
    """Brackets without a backslash are a link (SARIF 3.11.6)."""
    report = validate("external_id,[x](https://example.com)\n1,2\n", "products")
    (run,) = json.loads(render([report, *hostile()], "sarif"))["runs"]
    texts = [result["message"]["text"] for result in run["results"]]
    assert r"\[x\](https://example.com)" in texts[0]
    assert not any(re.search(r"(?<!\\)[\[\]]", text) for text in texts)


def test_sarif_names_files_so_that_they_are_found() -> None:
    reported = json.loads(render(CASES["hostile"], "sarif"))
    uris = [artifact["location"]["uri"] for artifact in reported["runs"][0]["artifacts"]]
    assert uris[0] == "%3Cinput%3E"
    assert uris[4] == "file:///tmp/%C3%A4%20%C3%B6%23%3F.csv"
    assert uris[6] == "a%FFb.csv"


@pytest.mark.parametrize("case", CASES)
def test_junit(case: str) -> None:
    reports = CASES[case]
    root = ET.fromstring(render(reports, "junit").encode("utf-8"))
    assert (root.tag, len(root)) == ("testsuites", len(reports))
    for suite, report in zip(root, reports, strict=True):
        groups = group_findings(report)
        failing = [group for group in groups if group.severity == "error"]
        assert int(suite.attrib["tests"]) == len(suite) == max(1, len(groups))
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure")) == len(failing)
        assert (suite.attrib["failures"] == "0") == report.valid
        for element, group in zip(suite, groups, strict=False):
            text = element[0].text or ""
            assert text.count("\n") == len(group.findings) - 1 + bool(group.more)
            assert element.attrib["name"].startswith(group.code)
    assert int(root.attrib["tests"]) == sum(len(suite) for suite in root)


COMMAND = re.compile(r"::(?P<command>[a-z]+)(?: (?P<properties>[^:]*))?::(?P<data>.*)")


def unescaped(text: str) -> str:
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


@pytest.mark.parametrize("case", CASES)
def test_annotations(case: str) -> None:
    reports = CASES[case]
    lines = render(reports, "github").splitlines()
    commands = [match for line in lines if (match := COMMAND.match(line))]
    assert len(lines) - len(commands) == len(reports)
    assert all(line.startswith(("::error ", "::warning ", "::notice ", "custobar_formats: ")) for line in lines)
    shown = [(report, finding) for report in reports for group in find_blocks(report) for finding in group.findings[:3]]
    for match, (report, finding) in zip(commands, shown, strict=True):
        pairs = [pair.split("=", 1) for pair in match["properties"].split(",")]
        facts = {name: unescaped(value) for name, value in pairs}
        assert match["command"] == finding.severity
        assert facts.get("line") == (None if finding.line is None else str(finding.line))
        assert facts["title"] == finding.code
        if (report.source.name or "").isprintable():
            assert facts.get("file") == report.source.name


def test_more_than_is_shown_is_counted() -> None:
    report = validate("external_id,price\n" + "P,x\n" * 1000, "products")
    first, second, third, *rest = render([report], "github").splitlines()
    assert first.endswith("(and 997 more)")
    assert not second.endswith("more)")
    assert not third.endswith("more)")
    assert len(rest) == 4
    assert "error: price, 1,000 cells: " in render([report], "text")
    assert "    <input>:2:2 (B2:B101): 'x'\n    and 900 more\n" in render([report], "text")
    assert "and 900 more</failure>" in render([report], "junit")
    assert "| error | wrong-type | price | 1,000 | line 2 &#40;B2&#41;&#58; " in render_summary([report])


@pytest.mark.parametrize("case", CASES)
def test_the_summary_of_a_step(case: str) -> None:
    text = render_summary(CASES[case])
    assert "<" not in text
    for line in text.splitlines():
        if line.startswith("|"):
            assert line.count("|") == 6
        assert not line.startswith("::")


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("<>&\"'|`:%,\n\r\x1b=@[]()\0\u2028\ud800"), max_size=12
)


KEYS = TEXTS.filter(lambda text: "\ud800" not in text)  # a schema cannot name it
"""Names that a schema knows."""


@given(TEXTS, st.lists(KEYS, min_size=1, max_size=3, unique=True), st.lists(TEXTS, min_size=1, max_size=3))
def test_any_text_is_safe_in_any_format(name: str, keys: list[str], values: list[str]) -> None:
    """In labels, keys, values and file names, all of which appear in findings."""
    records = [dict.fromkeys(keys, value) for value in values]
    file = io.BytesIO(json.dumps(records).encode())
    file.name = name
    table = io.BytesIO("\n".join(",".join(keys) for _ in "ab").encode("utf-8", "replace"))
    schema = {"properties": dict.fromkeys(keys, {"type": "integer"}), "required": ["needed"]}
    reports = [validate(file, schema, format="json"), validate(table, schema, delimiter=",", format="csv")]
    for format_ in RENDERERS:
        assert is_safe(render(reports, format_))
    assert is_safe(render_summary(reports))
    assert json.loads(render(reports, "json")) == json.loads(json.dumps([report.to_dict() for report in reports]))
    assert len(ET.fromstring(render(reports, "junit").encode())) == 2
    assert jsonschema.Draft4Validator(SARIF).is_valid(json.loads(render(reports, "sarif")))
    cells = [cell for row in csv.reader(io.StringIO(render(reports, "csv"), newline="")) for cell in row]
    assert not any(map(is_formula, cells))
    tree = html5lib.HTMLParser(strict=True).parse(render(reports, "html"))
    assert sum(str(element.tag).endswith("}script") for element in tree.iter()) == 1


FOR_PEOPLE = ("text", "lines", "junit", "github", "html")
"""Formats that cut a name; the others are for programs, which may look for it."""

LONG = "n" * 100_000
MANY = ",".join(f"{number}{'n' * 2_000}" for number in range(300))


@cache
def of_long_names(header: str) -> Report:
    cells = ",".join("x" * (header.count(",") + 1))
    return validate(f"{header}\n{cells}\n", "customers")


@pytest.mark.parametrize("format_", RENDERERS)
@pytest.mark.parametrize("header", [LONG, MANY, f"={MANY.replace(',', ',=')}", f"external_id,{LONG}.a,{LONG}"])
def test_a_report_does_not_repeat_long_column_names(header: str, format_: str) -> None:
    report = of_long_names(header)
    rendered = render([report], format_)
    names = 0 if format_ in FOR_PEOPLE else 2 * sum(len(finding.label or "") for finding in report.findings)
    assert report.findings
    assert len(rendered) < 10_000 + 1_500 * len(report.findings) + names
    assert format_ not in FOR_PEOPLE or "n" * 200 not in rendered


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"v": {"pattern": f"^{LONG}"}}},
        {"properties": {"v": {"enum": [LONG, f"{LONG}x"]}}},
        {"properties": {"v": {"const": LONG}}},
        {"properties": {"v": {"const": {LONG: LONG}}}},
        {"required": [LONG]},
        {"dependentRequired": {"v": [LONG]}},
        {"propertyNames": {"pattern": LONG}},
    ],
    ids=lambda schema: "-".join(schema),
)
def test_a_message_does_not_repeat_long_parts_of_a_schema(schema: dict[str, Any]) -> None:
    report = validate(f'[{{"v": "x", "{LONG[1:]}": 1}}]', schema)
    assert all(len(finding.message) < 400 for finding in report.findings)
    assert report.findings
    assert len(str(report)) < 3_000


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": f"({LONG}"},
        {"pattern": "a{99999999999}" + LONG},
        {"patternProperties": {f"({LONG}": {}}},
        {"properties": {LONG: {"type": 5}}},
        {"type": LONG},
        {"$ref": f"#/{LONG}"},
        pytest.param({"$id": f"a b{LONG}"}, marks=needs_jsonschema_rs),  # the other package takes it
        {"$schema": LONG},
        {"x-severity": LONG},
    ],
)
def test_an_error_of_a_schema_does_not_repeat_long_parts_of_it(schema: dict[str, Any]) -> None:
    with pytest.raises(SchemaError) as caught:
        validate("[]", schema)
    assert len(str(caught.value)) < 800


def test_an_error_of_a_record_does_not_repeat_long_keys() -> None:
    with pytest.raises(NotExpressible) as caught:
        to_csv([{LONG: object()}])
    assert len(str(caught.value)) < 500
    assert caught.value.path == f"/{LONG}"
