"""The promises of SECURITY.md: no data runs as code or controls a terminal, no network, no file opened unasked."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import custobar_formats
from custobar_formats import SchemaError, entities, from_csv, load_schema, validate
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import MISUSE
from custobar_formats.core.shown import ODD_SPACES
from custobar_formats.files import source as source_module
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.pipeline.options import Options
from custobar_formats.records import codegen as codegen_module
from custobar_formats.records import json_rows
from custobar_formats.report.formats import render
from custobar_formats.report.text import printable
from tests.laws import strategies
from tests.processes import PATIENCE

ROOT = Path(__file__).parents[2]
PACKAGE = Path(custobar_formats.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

RUNS_CODE = {"exec", "eval", "compile", "__import__", "breakpoint"}
STARTS_PROCESSES = re.compile(r"system|popen|fork\w*|(?:posix_)?spawn\w*|exec[lv]\w*|startfile")
FORBIDDEN = {"pickle", "marshal", "shelve", "copyreg", "dbm", "yaml", "subprocess", "multiprocessing", "builtins"}
FORBIDDEN |= {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "asyncio", "requests", "ctypes", "code"}
HARMLESS = {"urllib.parse"}
"""A module that handles URLs only as text: it fetches nothing."""

REACHES = {
    "upload/sandbox_server.py": {"socket"},
    "cli/key_source.py": {"subprocess"},
    "files/tasks.py": {"pickle"},
    "files/workers.py": {"subprocess", "pickle"},
    "pipeline/light_blocks.py": {"pickle"},
    "upload/client.py": {"asyncio"},
    "upload/driving.py": {"asyncio"},
    "upload/transport.py": {"asyncio", "urllib.request"},
    "upload/transport_parts.py": {"socket", "ssl"},
}
"""The modules that are there to reach other programs: the sandbox listens on loopback, and a client talks to Custobar;
both only where a user asks for it; a user's own settings may name a command that prints the key. Processes of our own
read parts of a large file; pickles come through their pipes, or from an executor of the caller, alone.
Of ``urllib.request`` only the proxies of the environment are used."""


def names_of(tree: ast.Module) -> tuple[set[str], set[str], set[str]]:
    """The plain names that a module uses, the attributes of ``os``, and the modules that it imports."""
    names, of_os, imported = set(), set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            of_os.add(node.attr)
        elif isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
            of_os |= {alias.name for alias in node.names} if node.module == "os" else set()
    return names, of_os, imported


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_generated_source_is_run_and_nothing_dangerous_is_imported(path: Path) -> None:
    names, of_os, imported = names_of(ast.parse(path.read_text("utf-8")))
    assert names & RUNS_CODE == ({"exec", "compile"} if path.name == "codegen.py" else set())
    assert not [name for name in of_os if STARTS_PROCESSES.fullmatch(name)]
    reached = {name for name in imported - HARMLESS if name.split(".")[0] in FORBIDDEN}
    assert reached == REACHES.get(path.relative_to(PACKAGE).as_posix(), set())
    assert "importlib" not in imported or path.name == "__init__.py"


def test_what_is_forbidden_would_be_seen() -> None:
    names, of_os, imported = names_of(ast.parse("import pickle, os\nfrom os import fork\nos.system(eval('1'))"))
    assert "eval" in names
    assert all(STARTS_PROCESSES.fullmatch(name) for name in of_os)
    assert (of_os, imported) == ({"system", "fork"}, {"pickle", "os"})


# -- generated source

HOSTILE_LABELS = [
    "__import__('os')",
    "'); raise SystemExit('owned') #",
    '"""',
    "'''\nimport os\n",
    "a\nb\rc\td",
    "\\",
    "{v0!r}{__import__}",
    "%s{}",
    "lambda: 0",
    "k0",
    "absent",
    "append",
    "yield",
    "\u202egnitirw",
    "x\0y",
    "\x1b[2J",
]
NAMES = strategies.texts(1).filter(lambda key: "." not in key and not key.isdigit())


def sources_of(monkeypatch: pytest.MonkeyPatch, labels: list[str]) -> list[str]:
    """The generated source for records with these keys, flat, nested and in lists, for reading and for writing."""
    made: list[str] = []
    compile_build = codegen_module.compile_build

    def note(text: str) -> Any:
        made.append(text)
        return compile_build(text)

    header = [f"{place}.{label}" for n, label in enumerate(labels) for place in (f"o{n}", f"l{n}.0")]
    rows = [["x"] * len(header), ["", "y"] * len(labels)] * 100
    text = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in [header, *rows])
    with monkeypatch.context() as patched:
        for module in (codegen_module, json_rows):
            patched.setattr(module, "compile_build", note)
        for name in ("CHUNK", "HEAD_BYTES"):  # source is generated only from the second block on
            patched.setattr(source_module, name, 256)
        records = from_csv(text, delimiter=",")
        out = io.BytesIO()
        convert_file(io.BytesIO(text.encode()), out, None, Options("csv", "utf-8", ","), to="jsonl")
    assert [records[0][f"o{n}"] for n in range(len(labels))] == [{label: "x"} for label in labels]
    assert [records[0][f"l{n}"] for n in range(len(labels))] == [[{label: "x"}] for label in labels]
    assert [json.loads(line) for line in out.getvalue().splitlines()] == records
    return made


@given(st.lists(NAMES, min_size=1, max_size=4, unique=True))
@example(HOSTILE_LABELS)
def test_generated_source_is_the_same_for_hostile_and_for_harmless_labels(labels: list[str]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        hostile = sources_of(monkeypatch, labels)
        harmless = sources_of(monkeypatch, [f"label{n}" for n in range(len(labels))])
    assert hostile == harmless
    assert len(hostile) >= 2


# -- nothing is opened, started or fetched

WATCHED = """
import io, json, sys, tempfile
from pathlib import Path
import custobar_formats as c
from custobar_formats.cli.main import main

hostile = sys.argv[1]
data = Path(sys.argv[2])
opened, reached = [], []
NOTHING = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.spawn", "os.posix_spawn", "os.startfile",
           "urllib.", "http.", "ctypes.", "pickle.", "ftplib.", "smtplib.", "webbrowser.")

def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        opened.append(arguments[0])
    if event.startswith(NOTHING):
        reached.append(event)

sys.addaudithook(watch)

def attempt(call):
    try:
        call()
    except c.CustobarFormatsError:
        return True
    return False

refs = ["https://127.0.0.1:9/schema", "http://127.0.0.1:9/s#/$defs/a", "ftp://127.0.0.1:9/s", "file://" + hostile]
refs += [hostile, "types.json#/$defs/money", "//127.0.0.1:9/s", "data:application/json,{}", "../customers.json"]
for ref in refs:
    for keyword in ("$ref", "$dynamicRef"):
        there = {keyword: ref}
        for schema in (there, {"properties": {"a": there}}, {"$id": "file:///", "items": there}):
            assert attempt(lambda: c.validate("[]", schema)), schema
    for key in ("$schema", "$id", "x-entity"):
        attempt(lambda: c.validate('[{"a": 1}]', {key: ref}))
    for call in (c.from_csv, c.iter_csv, c.validate, c.from_json):
        attempt(lambda: call(f"a,{ref}\\n{ref},{ref}\\n"))
    attempt(lambda: c.to_csv([{"a": ref, ref: "b"}]))
    attempt(lambda: c.validate(json.dumps([{"external_id": ref, ref: ref}]), "customers"))
assert attempt(lambda: c.load_schema("../customers"))
for command in ("validate", "convert"):
    main([command, str(data), "--entity", "customers"])
assert hostile not in opened and "file://" + hostile not in opened, opened
assert not reached, reached
assert str(data) in opened
"""


def test_no_reference_label_or_cell_opens_starts_or_fetches_anything(tmp_path: Path) -> None:
    """In a process that records every file, socket and process that is opened."""
    hostile, data = tmp_path / "hostile.json", tmp_path / "in.csv"
    hostile.write_text("{}", "utf-8")
    data.write_text(f"external_id,{hostile}\nK1,file://{hostile}\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(hostile), str(data)],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_reference_out_of_a_schema_is_refused_by_name() -> None:
    with pytest.raises(SchemaError, match="has no target in the schema, and nothing is fetched"):
        validate("[]", {"$ref": "https://example.com/schema.json"})


# -- patterns

LARGEST_CELL = 131_072

LONG_CELLS = """
import json, sys
from custobar_formats.schema.patterns import ecma_pattern

patterns, size = json.loads(sys.argv[1]), int(sys.argv[2])
for pattern in patterns:
    for start in ("", "a@", "2026-01-01T00:00:00.", "https://a", '"a'):
        for unit in ("a", "0", "a.", "-", "@", '"', ",", ", http:"):
            ecma_pattern(pattern).search(start + unit * (size // len(unit)) + "!")
"""


def patterns_of(schema: Any) -> set[str]:
    """All patterns in a schema."""
    if isinstance(schema, list):
        return set().union(*map(patterns_of, schema))
    if not isinstance(schema, dict):
        return set()
    here = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
    here |= set(schema["patternProperties"]) if isinstance(schema.get("patternProperties"), dict) else set()
    return here.union(*map(patterns_of, schema.values()))


def test_no_bundled_pattern_backtracks_in_python_either() -> None:
    """On cells of the largest size: linear time takes seconds, exponential time would never end."""
    patterns = sorted(patterns_of([load_schema(entity) for entity in entities()]))
    assert len(patterns) == 29
    subprocess.run(
        [sys.executable, "-c", LONG_CELLS, json.dumps(patterns), str(LARGEST_CELL)],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        timeout=PATIENCE,
        check=True,
    )


# -- control characters in terminals

CONTROLS = [chr(n) for n in [*range(0x20), *range(0x7F, 0xA0), 0x61C, *range(0x200B, 0x2010)]]
CONTROLS += [chr(n) for n in [*range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xFFF9, 0xFFFB, 0xE0001, 0xE0041]]
"""Control characters, line ends, and characters that change the direction of text or are invisible."""


def check_lines(text: str) -> None:
    """Check that everything but line ends is printable; other spaces are shown as they are."""
    for line in text.splitlines():
        assert ODD_SPACES.sub(" ", line).isprintable(), line
    assert not set(text) - {"\n"} & set(CONTROLS)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: f"U+{ord(control):04X}")
def test_control_characters_are_escaped_in_a_report(control: str) -> None:
    escaped = control.encode("unicode_escape").decode()
    assert printable(f"a{control}b") == f"a{escaped}b"
    label, cell = f"{control}lab{control}el", f"{control}ce{control}ll"
    schema = {"properties": {label: {"type": "integer"}, "b": {"enum": [cell]}}}
    texts: list[tuple[Any, Any, str]] = [("json", None, json.dumps([{label: cell, "b": "x", f"new{control}": 1}]))]
    texts.append(("csv", ",", f'"{label}",b,"new{control}"\n"{cell}",x,y\n'))
    for format_, delimiter, text in texts:
        stream = io.BytesIO(text.encode())
        stream.name = f"{control}in{control}.csv"
        report = validate(stream, schema, format=format_, encoding="utf-8", delimiter=delimiter)
        assert not report.valid
        check_lines(str(report))
        lines = render([report], "lines")
        check_lines(lines)
        for text in (str(report), lines):
            assert f"{escaped}in{escaped}.csv" in text
        assert lines.count("\n") == len(report.findings) + 1


@given(strategies.texts(), strategies.texts())
def test_a_report_on_any_text_is_printable(label: str, cell: str) -> None:
    report = validate(json.dumps([{label: cell}]), {"properties": {label: {"type": "integer"}, "b": True}})
    check_lines(str(report))


TELLING = [
    ["--fr{0}ob"],
    ["fr{0}ob"],
    ["convert"],
    ["validate", "--x{0}"],
    ["validate", "-{0}"],
    ["validate", "in.csv", "--max-findings", "x{0}"],
    ["validate", "in.csv", "--max-findings={0}"],
    ["validate", "no{0}where.csv"],
    ["convert", "no{0}where.csv"],
    ["convert", "no{0}where/in.csv", "--schema", "no{0}.json"],
    ["convert", "in.csv", "--entity", "cust{0}omers"],
    ["convert", "in.csv", "--schema", "schema{0}.json"],
    ["convert", "in.csv", "--to", "js{0}on"],
    ["convert", "in.csv", "-d", "{0}"],
    ["convert", "in.csv", "-e", "ko{0}i8"],
    ["convert", "in.csv", "--blank", "ni{0}l"],
    ["convert", "in.csv", "a", "b{0}"],
    ["convert", "in.csv", "no{0}where/out.json"],
    ["validate", "in.csv", "--from", "c{0}sv"],
]


@pytest.mark.parametrize("control", ["\x1b[2J", "\x9b2J", "\u202e", "\u2066", "\x07", "\n", "\r", "\u2028"], ids=ascii)
@pytest.mark.parametrize("arguments", TELLING, ids=" ".join)
def test_messages_of_the_command_cannot_control_a_terminal(
    arguments: list[str],
    control: str,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text("a\n1\n", "utf-8")
    Path(f"schema{control}.json").write_text(json.dumps({"properties": {f"{control}": {"type": control}}}), "utf-8")
    assert main([argument.format(control) for argument in arguments]) == MISUSE
    out, err = capsysbinary.readouterr()
    assert out == b""
    check_lines(err.decode("utf-8"))
    if "{0}" in "".join(arguments):
        assert control[0].encode("unicode_escape").decode() in err.decode("utf-8")  # of -abc, click names only -a


def test_a_report_of_the_command_names_the_file_printably(
    capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    source = tmp_path / "\x1b[31min\u202e\n.csv"
    source.write_text("external_id,\x1b]0;owned\x07\nK1,\x9b2J\n", "utf-8")
    assert main(["validate", str(source), "--entity", "customers"]) == 0
    out = capsysbinary.readouterr()[0].decode("utf-8")
    check_lines(out)
    places = [line for line in out.splitlines() if not line.startswith("warning: ") and ".csv" in line]
    assert [line.count("\\x1b[31min\\u202e\\n.csv") for line in places] == [1] * 4
    assert main(["validate", str(source), "--entity", "customers", "--report", "lines"]) == 0
    out = capsysbinary.readouterr()[0].decode("utf-8")
    check_lines(out)
    assert out.count("\\x1b[31min\\u202e\\n.csv") == out.count("\n")


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the stream")
def test_messages_go_nowhere_else_where_stderr_is_closed(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("external_id,price\nP1,x\n", "utf-8")
    command = f"'{sys.executable}' -m custobar_formats convert '{source}' --entity products --to jsonl 2>&-"
    done = subprocess.run(["sh", "-c", command], cwd=PACKAGE.parent, capture_output=True, check=False, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (1, b"")


# -- the document


def test_each_test_that_the_document_names_is_there() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", text)
    assert len(named) >= 10
    for file, name in named:
        assert f"\ndef {name}(" in (ROOT / file).read_text("utf-8"), name
