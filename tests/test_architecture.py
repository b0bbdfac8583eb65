"""The layers, where other packages are imported, what only some folders do, and the sizes of files and functions."""

import ast
import doctest
import importlib
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import custobar_formats

ROOT = Path(__file__).parent.parent
PACKAGE = Path(custobar_formats.__file__).parent
MODULES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if path.name not in ("__init__.py", "__main__.py", "hook-custobar_formats.py")
)
PACKAGES = {
    "charset_normalizer": ("text/evidence.py",),
    "jsonschema": ("schema/python_engine.py", "schema/meta_schema.py"),
    "jsonschema_specifications": ("schema/meta_schema.py",),
    "jsonschema_rs": (
        "schema/engine.py",
        "schema/meta_schema.py",
        "schema/patterns.py",
        "schema/rust_engine.py",
    ),
    "msgspec": ("jsontext/writer.py", "validation/column_readers.py"),
    "referencing": ("schema/python_engine.py",),
    "click": ("cli/",),
    "jinja2": ("report/html.py",),
    "markupsafe": ("report/html.py",),
    "xlrd": ("sheets/xls.py",),
    "fsspec": ("files/remote.py", "files/remote_output.py", "files/remote_parts.py"),
    "aiohttp": ("files/remote.py",),
    "httpcore2": ("upload/transport_parts.py",),
    "anyio": ("upload/transport_parts.py",),
}
"""Third-party packages, and the only places that import them."""

MAX_FILE, MAX_FUNCTION = 400, 60
LAYERS = [
    {"core"},
    {"notation", "files", "text", "report"},
    {"csvtext", "sheets", "jsontext", "schema"},
    {"records"},
    {"mapping"},
    {"validation"},
    {"pipeline"},
    {"upload"},
    {"cli"},
]
"""The folders in the order that data passes through them: each imports from itself and from those before it."""


EXCEPTIONS = {("report/data.py", "text")}
"""A CSV report has no cell that a spreadsheet would run: ``text/artefacts`` knows these cells."""


@cache
def nodes(path: Path) -> list[ast.AST]:
    """All nodes of a module's syntax tree."""
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


@cache
def imports(path: Path) -> set[str]:
    """The modules that a module imports, anywhere in it, also for types."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


OPENS = {"open", "print", "input"}
METHODS = {
    "open",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "exists",
    "is_file",
    "is_dir",
    "stat",
    "mkdir",
}
METHODS |= {"realpath", "unlink", "rename", "getenv", "now", "today", "getcwd", "cwd"}
OUTSIDE = {"tempfile", "time", "gc", "locale", "signal", "shutil", "socket", "os.environ", "os.getenv"}
"""Only ``files`` and ``cli`` use these: files, streams, sockets, the clock, and settings of the whole process."""

MAY = {
    "schema/bundled.py": {"read_bytes"},  # the package's own schemas
    "mapping/preset_files.py": {"read_bytes"},  # the package's own presets
    "mapping/synonyms.py": {"read_bytes"},  # the package's own tables
    "mapping/words.py": {"read_bytes"},
    "upload/journal_file.py": {"open", "stat", "unlink"},  # its one file, which is locked and written to the disk
    "upload/client.py": {"time"},  # the clock and the waits that the steps are given
    "upload/transport.py": {"time"},  # the network, through httpcore2
    "upload/transport_parts.py": {"socket"},  # the exceptions of it
    "upload/sandbox_server.py": {"socket", "time"},  # the documented server: what it decides is pure, in the others
}


def layer_of(folder: str) -> int:
    return next(number for number, folders in enumerate(LAYERS) if folder in folders)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_folder_imports_from_itself_and_lower_layers(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    folder = place.split("/")[0]
    for name in imports(path):
        top, *rest = name.split(".")
        if top in PACKAGES:
            assert place.startswith(PACKAGES[top]), name
        elif top == "custobar_formats" and rest:
            is_excepted = (place, rest[0]) in EXCEPTIONS
            assert rest[0] == folder or is_excepted or layer_of(rest[0]) < layer_of(folder), name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_files_and_the_command_touch_what_is_outside(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    found = imports(path) & OUTSIDE
    for node in nodes(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found |= {node.func.id} & OPENS
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found |= {node.func.attr} & METHODS
        elif isinstance(node, ast.Attribute):
            found |= {node.attr} & {"environ", "stdin", "stdout", "stderr"}
    assert place.startswith(("files/", "cli/")) or found == MAY.get(place, set())


def test_no_modules_import_each_other_in_a_circle() -> None:
    names = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in MODULES}
    graph = {name: imports(path) & names.keys() for name, path in names.items()}
    assert all(graph[name] for name in names if name.startswith("custobar_formats.pipeline."))
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the modules


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_are_short(path: Path) -> None:
    assert path.read_text("utf-8").count("\n") <= MAX_FILE
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < MAX_FUNCTION, node.name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_examples_of_docstrings_run(path: Path) -> None:
    name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_every_public_function_has_an_example() -> None:
    package = importlib.import_module("custobar_formats")
    for name in package.__all__:
        value = getattr(package, name)
        if callable(value) and not isinstance(value, type):
            assert ">>> " in (value.__doc__ or ""), name


def test_the_page_lists_the_folders_in_their_order_with_their_files() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d) \| `(\w+)/` \| .* \| (.*) \|$", page, re.MULTILINE)
    assert [(int(number), folder) for number, folder, _ in rows] == sorted(
        ((number, folder) for number, folders in enumerate(LAYERS) for folder in folders),
        key=lambda pair: [folder for _, folder, _ in rows].index(pair[1]),
    )
    for _, folder, files in rows:
        there = {path.stem for path in (PACKAGE / folder).glob("*.py")} - {"__init__"}
        assert set(re.findall(r"`(\w+)`", files)) == there, folder


def test_public_names_come_when_they_are_used() -> None:
    package = importlib.import_module("custobar_formats")
    assert {name for names in package._HOMES.values() for name in names} == set(package.__all__) - {"__version__"}
    assert dir(package) == package.__all__
    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = package.nonsense


def test_importing_the_package_imports_no_other() -> None:
    code = "import sys, json, csv; before = set(sys.modules); import custobar_formats; print(set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "{'custobar_formats'}"
    code = "import sys; from custobar_formats import *; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    heavy = {
        "jsonschema",
        "jsonschema_rs",
        "referencing",
        "charset_normalizer",
        "msgspec",
        "click",
        "xlrd",
        "httpcore2",
    }
    assert not heavy & set(done.stdout.split())
