"""The inspection of a file, and the fields of a schema, as text for a terminal.

In: an inspection or a schema, and the width of a line. Out: lines of text. Rule: where a table does not fit, each of
its rows becomes a few lines; only examples, and names in a table, are cut, with a mark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from custobar_formats.cli.terminal import LINE_WIDTH
from custobar_formats.core.delimiters import DELIMITERS
from custobar_formats.core.findings import cut
from custobar_formats.core.limits import MAX_NAME_CHARS, SHOWN_FILE_FINDINGS, SHOWN_FINDINGS
from custobar_formats.pipeline.inspect import Inspection
from custobar_formats.report.blocks import FindingGroup, advice, cell_of, count_words, find_blocks, problem_words
from custobar_formats.report.contents import SourceInfo
from custobar_formats.report.text import header_words, printable
from custobar_formats.report.wrapping import MARK, folded
from custobar_formats.schema.compiled import Schema, compile_schema
from custobar_formats.schema.places import Place

LABEL_WIDTH, EXAMPLE_WIDTH = 30, 24
"""The greatest width in characters of a column name in a table, and of an example."""

LEAST_EXAMPLES, LEAST_ABOUT = 10, 20
"""The width that the last column of a table needs: that of examples, and of descriptions."""


def render_inspection(
    inspection: Inspection,
    schema: Schema | None = None,
    entity: str | None = None,
    reason: str | None = None,
    width: int = LINE_WIDTH,
) -> str:
    """An inspection as text in lines of this width, with the types that a schema requires, if given."""
    source = inspection.source
    scores = ", ".join(f"{DELIMITERS[name]} {score:.2f}" for name, score in source.delimiter_scores.items())
    lines = folded(printable(source.name or "<input>"), width, 2)
    facts: list[tuple[str, str | None]] = [
        ("format", source.format),
        ("sheet", source.sheet),
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
    facts += [
        (block.severity, _block_words(block, source)) for block in find_blocks(inspection.report)[:SHOWN_FILE_FINDINGS]
    ]
    for name, value in facts:
        if value:
            lines += folded(f"  {name:9} {printable(value)}", width, 12)
    return "\n".join([*lines, "", *_table(inspection, schema, entity, width)] if inspection.columns else lines)


def _block_words(block: FindingGroup, source: SourceInfo) -> str:
    """A block of a report in one line: its code, its column, how many it has, the first places, the problem, advice."""
    where = [cell_of(source, finding) or f"line {finding.line}" for finding in block.findings if finding.line]
    places = f"at {', '.join(where[:SHOWN_FINDINGS])}{f' {MARK}' * (block.total > SHOWN_FINDINGS)}" if where else ""
    about = ", ".join(filter(None, [cut(block.column, MAX_NAME_CHARS), count_words(block, source), places]))
    hint = advice(block, source)
    return ": ".join(filter(None, [block.code, about, problem_words(block)])) + (f" ({hint})" if hint else "")


def _table(inspection: Inspection, schema: Schema | None, entity: str | None, width: int) -> Iterator[str]:
    rows = [("column", "looks like", entity or "", "filled", "examples")]
    for column in inspection.columns:
        filled = f"{100 * column.filled / inspection.rows:.0f} %" if inspection.rows else ""
        examples = " | ".join(_cut(example, EXAMPLE_WIDTH) for example in column.examples)
        required = _required_type(schema.root, column.label) if schema is not None else ""
        rows.append((printable(column.label), column.kind, required, filled, examples))
    widths = [min(max(len(row[place]) for row in rows), LABEL_WIDTH) for place in range(4)]
    room = width - sum(each + 2 for each in widths if each) - 2
    if room < LEAST_EXAMPLES or any(len(row[2]) > LABEL_WIDTH for row in rows):
        yield from _list(rows, width)
        return
    for label, *others, examples in rows:
        cells = [
            f"{cell:>{size}}" if place == 3 else f"{cell:{size}}"
            for place, (cell, size) in enumerate(zip([_cut(label, LABEL_WIDTH), *others], widths, strict=True))
            if size
        ]
        yield "  ".join(["", *cells, _cut(examples, room)]).rstrip()


def _list(rows: Sequence[tuple[str, str, str, str, str]], width: int) -> Iterator[str]:
    """The rows of the table, below its names, as a few lines each."""
    (_, looks_like, entity, filled, _), *columns = rows
    for label, kind, required, share, examples in columns:
        facts = [f"{looks_like} {kind}" if kind else "", f"{entity}: {required}" if entity else ""]
        yield from folded(f"  {label}", width, 4)
        yield from folded("    " + ", ".join(filter(None, [*facts, f"{share} {filled}" if share else ""])), width, 4)
        yield from folded(f"    {examples}", width, 4)


def _required_type(place: Place, label: str) -> str:
    """The type that a schema requires at the path of a column name."""
    for part in label.split("."):
        place = place.step(int(part) if part.isdecimal() else 0 if part == "*" else part)
    kind = place.custobar_type or ", ".join(sorted(place.types or ()))
    return kind or "any"


def _cut(text: str, width: int) -> str:
    text = printable(text)
    return text if len(text) <= width else text[: width - 1].rstrip(MARK) + MARK


def render_fields(schema: Mapping[str, Any], width: int = LINE_WIDTH) -> str:
    """The fields of a schema in lines of this width: name, type, whether it is required, and description."""
    compiled = compile_schema(schema)
    assert compiled is not None
    needed = set(schema.get("required", ()))
    rows = [
        (name, _required_type(compiled.root, name) + ("*" if name in needed else ""), field.get("description", ""))
        for name, field in schema["properties"].items()
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(2)]
    before = sum(widths) + 4
    lines = []
    for name, kind, about in rows:
        if width - before < LEAST_ABOUT:
            lines += folded(f"{printable(name)}  {kind}", width, 4) + folded(f"    {printable(about)}", width, 4)
        else:
            start = f"{printable(name):{widths[0]}}  {kind:{widths[1]}}  "
            lines += folded(start + printable(about), width, before)
    return "\n".join([*lines, "", *folded("*: required in every record", width)] if needed else lines)
