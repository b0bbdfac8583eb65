"""The mapping that reads a file whose columns have other names than Custobar's fields.

In: the column names of a file, and its report. Out: the report, with one notice that names the preset of the export or
the way to a mapping. Rule: the presets are looked through only where many columns are unknown, once a file.
"""

from __future__ import annotations

from collections.abc import Sequence

from custobar_formats.cli.command_line import reading_options
from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.findings import make_finding
from custobar_formats.core.shown import as_argument
from custobar_formats.pipeline.entity_guess import names_of
from custobar_formats.report.report import Report, with_finding

CODE, UNKNOWN = "export-columns", "unknown-label"

FEWEST, SHARE = 3, 1 / 3
"""How many columns are unknown, and which share of all, where the names are probably those of another system."""


def with_advice(report: Report, labels: Sequence[str]) -> Report:
    """The report, with the notice if many columns are unknown."""
    unknown = report.counts.by_code.get(UNKNOWN, 0)
    if not labels or unknown < max(FEWEST, SHARE * len(labels)):
        return report
    preset = _preset_of(labels)
    what = "they may be those of another system" if preset is None else _those_of(preset)
    hint = _suggest(report.source.name) if preset is None else f"read it with --map {preset}"
    message = f"{unknown:,} of {len(labels):,} columns are unknown: {what}"
    return with_finding(report, make_finding(CODE, message, hint=hint))


def advice_on_unknown(labels: Sequence[str], name: str | None, hint: str) -> str:
    """The hint about a file whose entity is unknown: the way to a mapping, where one is likely, and another hint."""
    unknown = min(sum(label.partition(".")[0] not in names_of(entity) for label in labels) for entity in ENTITIES)
    if not unknown or unknown < SHARE * len(labels):
        return hint
    preset = _preset_of(labels)
    if preset is not None:
        return f"use --map {preset}: {_those_of(preset)}; or {hint}"
    return f"{hint}; if its columns are those of another system, {_suggest(name)}"


def _preset_of(labels: Sequence[str]) -> str | None:
    """The preset of an export with these columns, if it reads it as it is."""
    from custobar_formats.mapping.recognise import recognise

    return next((one.mapping.name for one in recognise(labels) if not one.missing), None)


def _those_of(preset: str) -> str:
    return f"the columns are those of the export that the preset {preset} is for"


def _suggest(name: str | None) -> str:
    # a stream, such as <stdin>, is not there twice
    file = "FILE" if name is None or name.startswith("<") else as_argument(name)
    return f"'custobar-formats map {reading_options('map')}{file}' suggests a mapping"
