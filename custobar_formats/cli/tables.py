"""The inspection of a file, and the fields of a schema, as text for a terminal of eighty columns.

In: an inspection, or a schema. Out: lines of text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from custobar_formats.core.delimiters import DELIMITERS
from custobar_formats.core.limits import SHOWN_FILE_FINDINGS
from custobar_formats.pipeline.inspect import Inspection
from custobar_formats.report.text import header_words, printable
from custobar_formats.schema.compiled import Schema, compile_schema
from custobar_formats.schema.places import Place

TABLE_WIDTH, LABEL_WIDTH, EXAMPLE_WIDTH = 79, 30, 24
"""The greatest width in characters of a line, of a column name, and of an example."""


def render_inspection(
    inspection: Inspection, schema: Schema | None = None, entity: str | None = None, reason: str | None = None
) -> str:
    """An inspection as text for a terminal of eighty columns, with the types that a schema requires, if given."""
    source = inspection.source
    scores = ", ".join(f"{DELIMITERS[name]} {score:.2f}" for name, score in source.delimiter_scores.items())
    lines = [printable(source.name or "<input>")]
    facts: list[tuple[str, str | None]] = [
        ("format", source.format),
        ("encoding", f"{source.charset}: {source.charset_reason}" if source.charset else None),
        ("delimiter", f"{DELIMITERS[source.delimiter]}: {source.delimiter_reason}" if source.delimiter else None),
        ("scores", scores),
        ("header", header_words(source)),
        ("upload", f"Content-Type: {source.content_type}" if source.content_type else None),
        ("wrapper", source.entity),
        (
            "entity",
            f"{entity}{', ' if reason else ''}{reason or ''}" if entity else "none recognised",
        ),
        ("rows", f"{inspection.rows:,}" + ("" if inspection.is_whole else " (the first; the rest was not read)")),
    ]
    for finding in inspection.findings[:SHOWN_FILE_FINDINGS]:
        hint = f" ({finding.hint})" if finding.hint else ""
        facts.append((finding.severity, f"{finding.code}: {finding.message}{hint}"))
    for name, value in facts:
        if value:
            lines += wrap(f"  {name:9} {printable(value)}", TABLE_WIDTH, subsequent_indent=" " * 12)
    return "\n".join([*lines, "", *_table(inspection, schema, entity)]) if inspection.columns else "\n".join(lines)


def _table(inspection: Inspection, schema: Schema | None, entity: str | None) -> Iterator[str]:
    rows = [("column", "looks like", entity or "", "filled", "examples")]
    for column in inspection.columns:
        filled = f"{100 * column.filled / inspection.rows:.0f} %" if inspection.rows else ""
        examples = " | ".join(_cut(example, EXAMPLE_WIDTH) for example in column.examples)
        required = _required_type(schema.root, column.label) if schema is not None else ""
        rows.append((_cut(column.label, LABEL_WIDTH), column.kind, required, filled, examples))
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    for row in rows:
        cells = [
            f"{cell:>{width}}" if place == 3 else f"{cell:{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=False))
            if width
        ]
        start = "  ".join(["", *cells, ""])
        yield (start + _cut(row[4], max(10, TABLE_WIDTH - len(start)))).rstrip()


def _required_type(place: Place, label: str) -> str:
    """The type that a schema requires at the path of a column name."""
    for part in label.split("."):
        place = place.step(int(part) if part.isdecimal() else 0 if part == "*" else part)
    kind = place.custobar_type or ", ".join(sorted(place.types or ()))
    return kind or "any"


def _cut(text: str, width: int) -> str:
    text = printable(text)
    return text if len(text) <= width else text[: width - 1] + "…"


def render_fields(schema: Mapping[str, Any]) -> str:
    """The fields of a schema as text: name, type, whether it is required, and description."""
    compiled = compile_schema(schema)
    assert compiled is not None
    needed = set(schema.get("required", ()))
    rows = [
        (name, _required_type(compiled.root, name) + ("*" if name in needed else ""), field.get("description", ""))
        for name, field in schema["properties"].items()
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(2)]
    lines = []
    for name, kind, about in rows:
        start = f"{printable(name):{widths[0]}}  {kind:{widths[1]}}  "
        lines += wrap(start + printable(about), TABLE_WIDTH, subsequent_indent=" " * len(start))
    return "\n".join([*lines, "", "*: required in every record"] if needed else lines)
