"""docs/schemas.md shows the files of ``schemas/``.

``python -m tests.docs.test_schemas_page`` regenerates it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from custobar_formats import entities

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "schemas.md"
TYPES = "types.json#/$defs/"
KNOWN = {
    "$ref", "$comment", "title", "description", "type", "x-custobar-type", "pattern", "enum", "items", "properties",
    "anyOf", "allOf", "not",
}  # fmt: skip
"""The keywords of a field that the page shows."""


def schema_of(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "schemas" / f"{name}.json").read_text("utf-8"))
    return loaded


def cell(text: str) -> str:
    """Text as a cell of a Markdown table."""
    return text.replace("|", "\\|")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def types() -> str:
    """The table of Custobar's types."""
    rows = []
    for name, schema in schema_of("types")["$defs"].items():
        rows.append((f"`{name}`", cell(" ".join([schema["description"], *cautions(schema)])), cell(reasons(schema))))
    return table(("type", "allowed values", "source"), rows)


def cautions(schema: Mapping[str, Any]) -> Iterator[str]:
    """The warnings of a type or a field, and the errors that have a title."""
    for part in schema.get("allOf", ()):
        if "x-severity" in part:
            where = f"** where it is not a {part['$ref'].removeprefix(TYPES)}:" if "$ref" in part else ":**"
            yield f"**Warning{where} {part['description']}"
        elif "title" in part:
            yield f"**Error** where it is not {part['title'][0].lower()}{part['title'][1:]}."


def reasons(schema: Mapping[str, Any]) -> str:
    """The sources of a type or a field, and of each of its warnings."""
    parts = [schema["$comment"]]
    parts += [f"{part['title']}: {part['$comment']}" for part in schema.get("allOf", ()) if "$comment" in part]
    return ". ".join([*(part.removesuffix(".") for part in parts[:-1]), parts[-1]])


def type_of(field: Mapping[str, Any]) -> str:
    """The type of a field."""
    if "anyOf" in field:
        return " or ".join(map(type_of, field["anyOf"]))
    name: str = field["$ref"].removeprefix(TYPES) if "$ref" in field else field.get("x-custobar-type", "any")
    return f"{name} of {type_of(field['items'])}" if "items" in field else name


def allowed(field: Mapping[str, Any]) -> Iterator[str]:
    """The rules of a field besides its type."""
    if "enum" in field:
        yield f"One of {', '.join(f'`{member}`' for member in field['enum'])}."
    if "pattern" in field:
        yield f"It matches `{field['pattern']}`."
    if "not" in field:
        yield f"Not {' or '.join(f'an {name}' for name in field['not']['type'])}."
    yield from cautions(field)


def fields_of(properties: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, ...]]:
    """A row for each field, and for each field of the objects in a list."""
    for name, field in properties.items():
        assert set(field) <= KNOWN, (name, set(field) - KNOWN)
        about = " ".join([field["description"], *allowed(field)])
        yield f"`{above}{name}`", type_of(field), cell(about), cell(reasons(field))
        yield from fields_of(field.get("items", {}).get("properties", {}), f"{above}{name}.0.")


def needed(part: Mapping[str, Any]) -> str:
    """The fields that a rule requires."""
    if "anyOf" in part:
        return f"one of {', '.join(needed(branch) for branch in part['anyOf'])}"
    return " and ".join(f"`{name}`" for name in part["required"])


def rules_of(schema: Mapping[str, Any]) -> Iterator[str]:
    """The rules of a whole record."""
    if "required" in schema:
        yield f"- Each record has {needed({'required': schema['required']})}."
    if "anyOf" in schema:
        yield f"- Each record has {needed({'anyOf': schema['anyOf']})}."
    for rule in schema.get("allOf", ()):
        then, where = rule.get("then", rule), ""
        if "if" in rule:
            ((name, asked),) = rule["if"]["properties"].items()
            where = f" Where `{name}` is `{asked['const']}`, the record has"
        caution = f" **A warning only:** {then['description']}" if then.get("x-severity") else ""
        yield f"- {rule['title']}.{where or ' The record has'} {needed(then)}.{caution}"


def sources(comment: str) -> str:
    """The list of marks and the list of pages, from the comment of types.json."""
    parts: list[str] = []
    for part in comment.split("Pages: "):
        head, colon, rest = part.partition(": ") if not parts else ("Pages", ": ", part)
        members = re.split(r"; (?![^(]*\))", rest.strip().removesuffix("."))
        parts.append("\n".join([f"{head}:", "", *(f"- {member}" for member in members)]))
    return "\n\n".join(parts)


def page() -> str:
    """The page of the schemas."""
    parts = [
        "# The schemas",
        "The fields of customers, products, sales, events and shops, and what each may hold.\n"
        "`custobar-formats schema ENTITY --table` shows the same. An unknown field is allowed, with the warning\n"
        "`unknown-label`. For the rules across records see [validation.md](validation.md), for blank cells\n"
        "[format.md](format.md).",
        "The last column names the source of each statement and how sure it is; the marks are explained\n"
        "[at the end](#sources).",
        "## Types",
        types(),
    ]
    for entity in entities():
        schema = schema_of(entity)
        parts += [f"## {schema['title']}", schema["description"], "\n".join(rules_of(schema))]
        parts.append(
            table(("field", "type", "meaning and allowed values", "source"), list(fields_of(schema["properties"])))
        )
        patterns = ", ".join(f"`{pattern}`" for pattern in schema["patternProperties"])
        parts += [f"Fields whose names match one of these are known as well, and may hold any value: {patterns}."]
        parts += [f"*Sources:* {schema['$comment']}"]
    parts += ["## Sources", sources(schema_of("types")["$comment"])]
    return "\n\n".join(parts) + "\n"


def test_the_page_shows_the_schemas() -> None:
    assert PAGE.read_text("utf-8") == page()


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
