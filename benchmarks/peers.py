"""Other programs: their versions, and the commands with which they convert a file.

Programs are looked up on PATH, Python packages by their metadata, npm packages in the folder that the environment
variable ``BENCHMARK_NODE_MODULES`` names, or in ``benchmarks/node_modules``. Whatever is not found has no version.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from benchmarks.measure import output_of
from benchmarks.rows import Columns

NODE_MODULES = Path(os.environ.get("BENCHMARK_NODE_MODULES", Path(__file__).parent / "node_modules"))

CSVTOJSON = """
const [source, target] = process.argv.slice(1);
require("csvtojson")({ignoreEmpty: true}, {objectMode: false}).fromFile(source)
  .pipe(require("fs").createWriteStream(target));
"""
JSON_2_CSV = """
const [source, target] = process.argv.slice(1), fs = require("fs"), options = {
  expandNestedObjects: true, arrayIndexesAsKeys: true, emptyFieldValue: ""};
const records = fs.readFileSync(source, "utf8").split("\\n").filter(Boolean).map(line => JSON.parse(line));
Promise.resolve(require("json-2-csv").json2csv(records, options)).then(text => fs.writeFileSync(target, text));
"""
SQL_TYPES = {"i": "BIGINT", "b": "BOOLEAN"}


@dataclass(frozen=True)
class Peer:
    """Another program, as a command that converts a file."""

    name: str
    version: str | None
    """None if it is not installed."""
    arguments: Callable[[Path, Path], list[str]]
    """The command, from a source and a target."""
    bars: Mapping[str, float | None] = field(default_factory=dict)
    """The share of its time that we may take, by data set."""
    slow: bool = False
    """Whether it gets few rows and its time is scaled."""
    writes_stdout: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


@cache
def version_of(name: str) -> str | None:
    """The version of a peer or of a package; None if it is not installed."""
    if name == "miller":
        return output_of(["mlr", "--version"]).split()[-1] if shutil.which("mlr") else None
    if name == "node":
        return output_of(["node", "--version"]).strip() if shutil.which("node") else None
    if name in ("csvtojson", "json-2-csv"):
        manifest = NODE_MODULES / name / "package.json"
        found = manifest.is_file() and shutil.which("node")
        return str(json.loads(manifest.read_text("utf-8"))["version"]) if found else None
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def miller(*arguments: str, bars: Mapping[str, float]) -> Peer:
    """Miller, with all cells as text; otherwise it would write telephone numbers without their plus."""

    def make(source: Path, _: Path) -> list[str]:
        return ["mlr", "-S", *arguments, str(source)]

    return Peer("Miller", version_of("miller"), make, bars, slow=True, writes_stdout=True)


def node(package: str, script: str, *, bars: Mapping[str, float]) -> Peer:
    """An npm package, in a short script."""

    def make(source: Path, target: Path) -> list[str]:
        return ["node", "-e", script, str(source), str(target)]

    environment = {"NODE_PATH": str(NODE_MODULES)}
    return Peer(package, version_of(package), make, bars, slow=True, environment=environment)


def duckdb(columns: Columns, *, bars: Mapping[str, float | None]) -> Peer:
    """DuckDB, CSV to JSON lines: it nests, converts types with TRY_CAST, keeps nulls, and validates nothing."""

    def make(source: Path, target: Path) -> list[str]:
        return [sys.executable, "-c", "import sys, duckdb; duckdb.sql(sys.argv[1])", _query(columns, source, target)]

    return Peer("DuckDB", version_of("duckdb"), make, bars)


def _query(columns: Columns, source: Path, target: Path) -> str:
    """The conversion as SQL: one expression for each key of a record."""
    cells = {
        label: f'"{label}"' if kind == "s" else f'TRY_CAST("{label}" AS {SQL_TYPES[kind]})'
        for label, kind in columns.items()
    }
    selected = []
    for key, places in _by_key(cells).items():
        values = [
            members.get("") or "{" + ", ".join(f"'{member}': {cell}" for member, cell in members.items()) + "}"
            for members in places.values()
        ]
        selected.append((values[0] if "" in places else f"[{', '.join(values)}]") + f' AS "{key}"')
    table = f"read_csv('{source}', header = true, delim = ',', all_varchar = true)"
    return f"COPY (SELECT {', '.join(selected)} FROM {table}) TO '{target}' (FORMAT json)"


def _by_key(cells: Mapping[str, str]) -> dict[str, dict[str, dict[str, str]]]:
    """The expressions by key, list index and member; the index is "" without a list, the member "" without members."""
    keys: dict[str, dict[str, dict[str, str]]] = {}
    for label, cell in cells.items():
        key, *rest = label.split(".")
        *slots, member = rest or [""]
        keys.setdefault(key, {}).setdefault("".join(slots), {})[member] = cell
    return keys


POLARS = """
import sys, polars as pl
source, target = sys.argv[1:3]
pl.scan_csv(source, infer_schema=False).select(eval(sys.argv[3], {"pl": pl})).sink_ndjson(target)
"""


def polars(columns: Columns, *, bars: Mapping[str, float | None]) -> Peer:
    """Polars, CSV to JSON lines: it nests, silently turns invalid numbers into null, and validates nothing."""

    def make(source: Path, target: Path) -> list[str]:
        return [sys.executable, "-c", POLARS, str(source), str(target), _expressions(columns)]

    return Peer("Polars", version_of("polars"), make, bars)


def _expressions(columns: Columns) -> str:
    """The conversion as Polars expressions, one for each key of a record."""
    types = {"i": ".cast(pl.Int64, strict=False)", "b": ".replace_strict({'true': True, 'false': False}, default=None)"}
    cells = {label: f"pl.col({label!r}){types.get(kind, '')}" for label, kind in columns.items()}
    selected = []
    for key, places in _by_key(cells).items():
        values = [
            members.get("") or f"pl.struct({', '.join(f'{name}={cell}' for name, cell in members.items())})"
            for members in places.values()
        ]
        whole = values[0] if "" in places else f"pl.concat_list({', '.join(values)})"
        selected.append(f"{whole}.alias({key!r})")
    return f"[{', '.join(selected)}]"


def by_hand(*, bars: Mapping[str, float]) -> Peer:
    """Our module with the code that a user would write."""

    def make(source: Path, target: Path) -> list[str]:
        return [sys.executable, "-m", "benchmarks.by_hand", str(source), str(target)]

    return Peer("hand flatten, DictWriter", "", make, bars)
