"""Inspecting a file: it is read as usual, its columns are counted, its entity is guessed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from custobar_formats.cli.main import main
from custobar_formats.cli.tables import render_inspection
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.core.entities import ENTITIES, Entity
from custobar_formats.core.limits import MAX_INSPECTED_ROWS
from custobar_formats.pipeline.inspect import inspect_source, value_kind
from custobar_formats.pipeline.options import Options
from custobar_formats.schema.bundled import load_schema
from custobar_formats.schema.compiled import compile_schema

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("12", "integer"),
        ("-0", "integer"),
        ("012", "text"),
        ("12.0", "number"),
        ("1e5", "number"),
        ("true", "boolean"),
        ("TRUE", "text"),
        ("2026-01-02", "date"),
        ("2026-01-02 10:00", "datetime"),
        ("2026-01-02T10:00:00Z", "datetime"),
        ("1.9.2026", "text"),
        ("x", "text"),
        (True, "boolean"),
        (0, "integer"),
        (1.5, "number"),
    ],
)
def test_what_a_value_looks_like(value: Any, kind: str) -> None:
    assert value_kind(value) == kind


def test_the_columns_of_csv() -> None:
    text = "id;a.0;a.1;n;d;blank\n1;x;;1;2026-01-02;\n2;x;y;1.5;2026-01-02 10:00;\n3;z;;2;;\n4;w;;x;;\n"
    found = inspect_source(text, Options())
    assert (found.rows, found.is_whole, found.source.delimiter) == (4, True, ";")
    assert [(c.label, c.filled, c.kind, c.examples) for c in found.columns] == [
        ("id", 4, "integer", ["1", "2", "3"]),
        ("a.0", 4, "text", ["x", "z", "w"]),
        ("a.1", 1, "text", ["y"]),
        ("n", 4, "text", ["1", "1.5", "2"]),
        ("d", 2, "datetime", ["2026-01-02", "2026-01-02 10:00"]),
        ("blank", 0, "", []),
    ]
    assert inspect_source("n\n1\n1.5\n", Options()).columns[0].kind == "number"


def test_the_paths_of_json() -> None:
    records = [{"a": [{"b": 0}, {"b": True}], "c": None, "d": ""}, {"a": [{"b": 1}], "e": 1.5}]
    found = inspect_source(json.dumps({"products": records}), Options())
    assert (found.source.entity, found.rows) == ("products", 2)
    assert [(c.label, c.filled, c.kind, c.examples) for c in found.columns] == [
        ("a.*.b", 2, "text", ["0", "true", "1"]),
        ("e", 1, "number", ["1.5"]),
    ]


def test_a_large_file_is_looked_at_in_part() -> None:
    found = inspect_source("a\n" + "1\n" * 50_000, Options())
    assert not found.is_whole
    assert MAX_INSPECTED_ROWS <= found.rows < 2 * MAX_INSPECTED_ROWS
    assert f"  rows      {found.rows:,} (the first; the rest was not read)\n" in render_inspection(found, None)


def test_what_is_wrong_with_a_header_is_reported() -> None:
    text = render_inspection(inspect_source("a,a\n1,2\n", Options()), None)
    assert "  error     duplicate-label: " in text
    assert inspect_source("", Options()).columns == ()


def test_a_fault_is_one_line_with_its_count_and_first_places() -> None:
    text = "id,tag\n" + "1,a,b\n" * 51 + "2,a\n3\n4\n"
    shown = render_inspection(inspect_source(text, Options()), width=200)
    lines = [line for line in shown.splitlines() if line.startswith("  error ")]
    assert lines == [
        "  error     extra-cell: 51 rows, at C2, C3, C4 …: the row has 3 cells, the header has 2 "
        "(put quotes around a cell that contains a delimiter)",
        "  error     missing-cell: tag, 2 cells, at B54, B55: the row has 1 cell, the header has 2 "
        "(add the missing cells, blank if they have no value; or put quotes around a cell with a line break)",
    ]
    shown = render_inspection(inspect_source("a,a\n1,2\n", Options()))
    assert "\n  error     duplicate-label: a, at B1: column 1 has the same name (rename" in shown
    shown = render_inspection(inspect_source('[{"a": 1}, 2]', Options()))
    assert "\n  error     not-an-object: at line 1: " in shown


def test_the_command_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    paths = [EXAMPLES / "customers.csv", EXAMPLES / "products.json"]
    assert main(["inspect", *map(str, paths), "--entity", "products"]) == VALID
    out = capsys.readouterr().out
    wanted = compile_schema("products"), "products"
    assert out == "\n\n".join(render_inspection(inspect_source(path, Options()), *wanted) for path in paths) + "\n"
    assert "encoding  iso-8859-1: neither UTF-16 nor UTF-8" in out
    assert max(len(line) for line in out.splitlines() if line.startswith(" ")) < 80
    assert re.search(r"^  column +looks like  products +filled  examples$", out, re.MULTILINE)
    assert re.search(r"^  external_id +text +string +100 %  K-1001 \| K-1002 \| K-1003$", out, re.MULTILINE)
    assert main(["inspect", "nowhere.csv", str(paths[0])]) == MISUSE
    assert capsys.readouterr().err == "error: nowhere.csv: No such file or directory\n"


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_schema_is_printed(entity: Entity, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", entity]) == VALID
    assert json.loads(capsys.readouterr().out) == load_schema(entity)
    assert main(["schema", entity, "--table"]) == VALID
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) < 80
    named = [line.split()[0] for line in lines if line and not line.startswith((" ", "*"))]
    assert named == list(load_schema(entity)["properties"])


FIELDS = {"acme__shoe_size": "integer", "acme__size": {"type": "integer", "maximum": 5}}
TOML = 'acme__shoe_size = "integer"\n[acme__size]\ntype = "integer"\nmaximum = 5\n'


@pytest.mark.parametrize(("name", "text"), [("f.toml", TOML), ("f.json", json.dumps(FIELDS)), ("fields", TOML)])
def test_company_fields_come_from_a_file(
    name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(text, "utf-8")
    Path("in.csv").write_text("external_id,acme__shoe_size,acme__size\nC,38,9\n", "utf-8")
    assert main(["validate", "in.csv", "--entity", "customers", "--fields", name]) == INVALID
    assert "9 must be at most 5" in capsys.readouterr().out
    Path("in.csv").write_text("external_id,acme__shoe_size,acme__size\nC,38,5\n", "utf-8")
    assert main(["convert", "in.csv", "--entity", "customers", "--fields", name, "--to", "jsonl"]) == VALID
    assert capsys.readouterr().out == '{"external_id":"C","acme__shoe_size":38,"acme__size":5}\n'
    assert main(["schema", "customers", "--fields", name]) == VALID
    assert json.loads(capsys.readouterr().out) == load_schema("customers", fields=FIELDS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        (
            TOML,
            ("--entity", "none"),
            "--fields adds to the schema of an entity: do not use it with --schema or --entity none",
        ),
        (TOML, ("--entity", "shops", "--schema", "s.json"), "--fields adds to the schema of an entity"),
        ("x", ("--entity", "shops"), "f.toml: the file is not valid TOML: "),
        ('a = 1\na = "integer"', ("--entity", "shops"), "f.toml: the file is not valid TOML: "),
        ("\udcff", ("--entity", "shops"), "f.toml: the file is not valid TOML: "),
        ('a = ["b"]', ("--entity", "shops"), "f.toml: field 'a': unknown type ['b']; use one of boolean"),
        ('city = "integer"', ("--entity", "shops"), "f.toml: field 'city' is already in the bundled schema"),
        ("[a]\ntype = 5", ("--entity", "shops"), "f.toml: not a JSON Schema (2020-12)"),
    ],
)
def test_fields_that_are_none(
    text: str,
    options: tuple[str, ...],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("f.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    Path("in.csv").write_text("external_id\nC\n", "utf-8")
    for arguments in (["validate", "in.csv"], ["convert", "in.csv", "out.json"]):
        assert main([*arguments, *options, "--fields", "f.toml"]) == MISUSE
        assert capsys.readouterr().err.startswith(f"error: {expected}")
    assert not Path("out.json").exists()


def test_the_file_of_fields_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("f.json").write_text("{}", "utf-8")
    Path("in.csv").write_text("external_id\nC\n", "utf-8")
    assert main(["convert", "in.csv", "./f.json", "--entity", "shops", "--fields", "f.json"]) == MISUSE
    assert capsys.readouterr().err == "error: ./f.json: the output is the --fields file: write to another file\n"
    assert main(["validate", "in.csv", "--entity", "shops", "--fields", "f.json", "--report", "json=f.json"]) == MISUSE
    assert Path("f.json").read_text("utf-8") == "{}"


def test_nothing_of_a_file_reaches_a_terminal_raw() -> None:
    text = "\x1b[31m,b\n\x1b]0;x\x07,\u202ey\n"
    reported = render_inspection(inspect_source(text, Options()), compile_schema("customers"), "customers")
    assert all(character.isprintable() or character == "\n" for character in reported)
