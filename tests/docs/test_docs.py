"""The pages of docs/: the things they name exist, and the site builds without a warning."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import IO, Any, Literal

import pytest

import custobar_formats
from custobar_formats.cli.group import command
from custobar_formats.core import entities
from custobar_formats.files import output as files
from custobar_formats.files import remote
from custobar_formats.pipeline import api_read, api_write
from custobar_formats.records import flatten as records
from custobar_formats.schema import compiled as schema
from tests.docs.pages import PAGES, blocks

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def test_every_public_name_is_on_the_page_of_the_library() -> None:
    page = (DOCS / "api.md").read_text("utf-8")
    reported = re.findall(r"^\.\. auto\w+:: (\w+)$", page, re.MULTILINE)
    assert sorted(reported) == sorted(set(custobar_formats.__all__) - {"__version__"})


def test_the_types_of_arguments_are_what_the_page_shows() -> None:
    page = (DOCS / "api.md").read_text("utf-8")
    reported = dict(re.findall(r"^\.\. py:type:: (\w+)\n   :canonical: (.+)$", page, re.MULTILINE))
    assert list(reported) == [
        "Source",
        "Destination",
        "Entity",
        "SchemaLike",
        "Record",
        "Format",
        "Blank",
        "ListGaps",
        "Missing",
    ]
    names = {"OpenFile": remote.OpenFile, "os": os, "IO": IO, "Any": Any, "Mapping": Mapping, "Literal": Literal}
    for name, text in reported.items():
        home = next(
            module for module in (api_read, api_write, files, schema, records, entities) if hasattr(module, name)
        )
        assert getattr(home, name) == eval(text, names), name  # the page is ours


def test_every_page_is_listed_on_the_first() -> None:
    listed = set(re.findall(r"\]\((\w+)\.md\)", (DOCS / "index.md").read_text("utf-8")))
    assert listed | {"index", "security", "changelog", "contributing"} == {path.stem for path in DOCS.glob("*.md")}


@pytest.mark.parametrize("page", PAGES)
def test_a_link_leads_to_a_file_as_a_forge_has_it(page: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / page).read_text("utf-8")):
        assert ((ROOT / page).parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_short_lines_and_no_control_characters(page: str) -> None:
    lines = (ROOT / page).read_text("utf-8").split("\n")
    assert max(map(len, lines)) < 1500
    assert [line for line in lines if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", line)] == []


def test_generated_pages_are_the_last_part_of_the_first_page() -> None:
    last = (DOCS / "index.md").read_text("utf-8").rpartition("```{toctree}")[2]
    assert re.findall(r"^:caption: (\w+)$", last, re.MULTILINE) == ["Reference"]
    assert {"codes", "schemas", "comparison", "conformance"} == set(re.findall(r"^(\w+)$", last, re.MULTILINE))


@pytest.mark.slow
@pytest.mark.skipif(
    any(find_spec(name) is None for name in ("sphinx", "furo", "myst_parser", "sphinx_click")),
    reason="the extra docs is not installed",
)
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    build = [
        sys.executable,
        "-m",
        "sphinx",
        "-n",
        "-W",
        "--keep-going",
        "-q",
        "-b",
        "html",
        "-d",
        str(tmp_path / "trees"),
    ]
    done = subprocess.run([*build, str(DOCS), str(tmp_path / "html")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "html" / "command.html").read_text("utf-8")
    for name in command.commands:
        asked = command.commands[name].params
        for option in [word for param in asked for word in param.opts if word.startswith("-")]:
            assert f'id="cmdoption-custobar-formats-{name}-{option.lstrip("-")}"' in page, (name, option)


def test_the_files_are_what_the_first_page_shows() -> None:
    before, after = blocks("docs/start.md", "csv")
    assert (ROOT / "examples" / "spreadsheet.csv").read_bytes().decode("windows-1252") == before.replace("\n", "\r\n")
    assert (ROOT / "examples" / "spreadsheet-fixed.csv").read_bytes() == after.replace("\n", "\r\n").encode("utf-8-sig")


def test_the_terminals_show_what_the_command_shows() -> None:
    spec = spec_from_file_location("pictures", DOCS / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    pictures = module_from_spec(spec)
    spec.loader.exec_module(pictures)
    for name, lines in pictures.TERMINALS.items():
        assert (DOCS / "pictures" / f"{name}.svg").read_text("utf-8") == pictures.terminal(lines), (
            "python docs/pictures.py makes the pictures anew"
        )
    assert {path.name for path in (DOCS / "pictures").iterdir()} == {f"{name}.svg" for name in pictures.TERMINALS} | {
        f"{name}.png" for name in pictures.PAGES
    }
    assert max(path.stat().st_size for path in (DOCS / "pictures").iterdir()) < 200_000
