"""Results in files: one per day, as JSON, with the versions of all programs but without names or paths of the machine.

In: the figures of a question. Out: ``results/YYYY-MM-DD.json``, where they replace that question's old figures.
"""

from __future__ import annotations

import json
import os
import platform
import sysconfig
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import custobar_formats
from benchmarks.measure import Figure, Options
from benchmarks.peers import version_of
from benchmarks.tables import bars, markdown

FOLDER = Path(__file__).parent / "results"

DIGITS = 3
"""Digits kept after the decimal point."""

QUESTIONS = (
    "read_strings",
    "read_typed",
    "read_list",
    "validate_csv",
    "validate_dirty",
    "validate_json",
    "mapping",
    "fix",
    "csv_to_jsonl",
    "jsonl_to_csv",
    "typed_rival",
    "memory",
    "import_time",
    "growth",
    "jobs",
    "scale",
    "unevenness",
)
"""In the order of the tables."""

BY_ITSELF = "unevenness"
"""A question with hundreds of figures, which have their own page and are not in the README's table."""

PLAIN = "plain data"
"""The data that the variations of unevenness are compared with."""

PROGRAMS = ("jsonschema", "jsonschema-rs", "msgspec", "duckdb", "polars", "miller", "node", "csvtojson", "json-2-csv")


def versions(built: str | None = None) -> dict[str, str | None]:
    """The versions of all programs; None if a program is not installed."""
    return {
        "custobar_formats": custobar_formats.__version__,
        "python": f"{platform.python_implementation()} {platform.python_version()} ({built or _configured()})",
        "platform": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        **{name: version_of(name) for name in PROGRAMS},
    }


def _configured() -> str:
    """How Python was configured; PGO makes it a third to a half faster, and changes the ratios."""
    with_profiles = "--enable-optimizations" in str(sysconfig.get_config_var("CONFIG_ARGS"))
    return f"configured {'with' if with_profiles else 'without'} PGO"


def save(question: str, figures: Iterable[Figure], options: Options, built: str | None = None) -> Path:
    """Put the figures of a question into today's file."""
    path = FOLDER / f"{date.today().isoformat()}.json"
    known: dict[str, Any] = json.loads(path.read_text("utf-8"))["questions"] if path.exists() else {}
    known[question] = {
        "versions": versions(built),
        "load": round(os.getloadavg()[0], 1),
        "rounds": options.rounds,
        "figures": [_as_dict(figure) for figure in figures],
    }
    content = {"questions": {name: known[name] for name in QUESTIONS if name in known}}
    FOLDER.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def _as_dict(figure: Figure) -> dict[str, Any]:
    """A figure without its empty fields, with rounded numbers."""
    known = {key: value for key, value in asdict(figure).items() if value not in ("", None)}
    return {key: round(value, DIGITS) if isinstance(value, float) else value for key, value in known.items()}


def newest() -> Path:
    """The file of the newest day."""
    return max(FOLDER.glob("*.json"))


def read(path: Path) -> list[Figure]:
    """The figures of a file."""
    content = json.loads(path.read_text("utf-8"))
    return [
        Figure(**{"against": "", "data": "", **figure})
        for question in content["questions"].values()
        for figure in question["figures"]
    ]


def table(path: Path) -> str:
    """The figures of a file as Markdown, with a line about what they were measured on."""
    content = json.loads(path.read_text("utf-8"))["questions"]
    questions = [question for name, question in content.items() if name != BY_ITSELF]
    figures = [figure for figure in read(path) if figure.against != PLAIN]
    used = {name: version for question in questions for name, version in question["versions"].items() if version}
    rows = sorted({figure.rows for figure in figures if figure.rows and not figure.unit})
    counts = " and ".join(f"{count:,}" for count in rows)
    names = ", ".join(
        version if name in ("python", "platform") else f"{name} {version}" for name, version in used.items()
    )
    loads = [question["load"] for question in questions if "load" in question]
    load = f", load {min(loads):g} to {max(loads):g}" if loads else ""
    return f"Measured on {path.stem}, {counts} rows{load}: {names}.\n\n{markdown(figures)}"


CHARTED = ("convert CSV to JSONL, with schema", "customers")
"""The question, and the data set, of the chart in the README."""


def chart(path: Path) -> str:
    """The chart of a file: how long other programs take for the question that is charted, beside us."""
    figures = [figure for figure in read(path) if (figure.what, figure.data) == CHARTED]
    times = {figure.against: 1 / figure.value for figure in figures if figure.value}
    return bars({"custobar_formats": 1.0, **times})
