"""The package in a program that PyInstaller has frozen, and in a sub-interpreter."""

from __future__ import annotations

import importlib
import runpy
import subprocess
import sys
import tomllib
import types
from pathlib import Path

import pytest

import custobar_formats
from tests.processes import PATIENCE

PACKAGE = Path(custobar_formats.__file__).parent
ROOT = Path(__file__).parents[2]


def test_the_hook_is_found_and_has_all_data_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a PyInstaller that gives what is in the folder of the package."""
    entries = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["pyinstaller40"]
    module, name = entries["hook-dirs"].split(":")
    (folder,) = getattr(importlib.import_module(module), name)()
    others = [path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    hooks = types.ModuleType("PyInstaller.utils.hooks")
    hooks.collect_data_files = lambda _: [(str(path), str(path.parent.relative_to(PACKAGE.parent))) for path in others]  # type: ignore[attr-defined]
    hooks.collect_submodules = lambda package, **_: [package]  # type: ignore[attr-defined]
    hooks.get_package_paths = lambda _: (str(PACKAGE.parent), str(PACKAGE))  # type: ignore[attr-defined]
    for part in ("PyInstaller", "PyInstaller.utils"):
        monkeypatch.setitem(sys.modules, part, types.ModuleType(part))
    monkeypatch.setitem(sys.modules, hooks.__name__, hooks)
    found = runpy.run_path(str(Path(folder) / "hook-custobar_formats.py"))
    targets = {Path(target, Path(source).name).as_posix() for source, target in found["datas"]}
    assert "custobar_formats/report/report.html" in targets
    assert targets & {"custobar_formats/schemas/customers.json", "custobar_formats/schemas/schemas"}
    assert found["hiddenimports"] == ["custobar_formats"]


PROGRAM = """
import sys
from custobar_formats import load_schema, validate
from custobar_formats.cli.main import main
report = validate(b"external_id,email\\n1,a@b.fi\\n2,x\\n", "customers")
assert report.valid_rows == 1 and "<html" in report.to_html() and load_schema("sales")
sys.exit(main(["explain", "list-gap"]))
"""


@pytest.mark.slow
def test_a_frozen_program(tmp_path: Path) -> None:
    pytest.importorskip("PyInstaller")
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    words = [sys.executable, "-m", "PyInstaller", "--log-level", "ERROR", "program.py"]
    subprocess.run(words, cwd=tmp_path, check=True, timeout=PATIENCE)
    done = subprocess.run([tmp_path / "dist" / "program" / "program"], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "list-gap" in done.stdout


IN_ANOTHER = """
import custobar_formats as formats
records = [{"external_id": "1", "mailing_lists": ["a", "b"]}]
assert formats.from_csv(formats.to_csv(records, "customers"), "customers") == records
assert not formats.validate(b"external_id,email\\\\n1,x\\\\n", "customers").valid
"""

SUB_INTERPRETERS = f'''
try:
    import _interpreters
    one = _interpreters.create("legacy")
    failed = _interpreters.exec(one, """{IN_ANOTHER}""")
    assert failed is None, failed
except ImportError:
    import _xxsubinterpreters as interpreters
    for _ in range(2):
        interpreters.run_string(interpreters.create(), """{IN_ANOTHER}""")
'''


@pytest.mark.slow
def test_a_sub_interpreter_that_shares_the_lock() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SUB_INTERPRETERS], capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
