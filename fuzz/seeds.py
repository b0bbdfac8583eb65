"""The seeds of fuzzing: the samples and cases of the tests, and words of the formats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

from custobar_formats.core.findings import CODES
from fuzz import SPEC
from fuzz.chosen import PICKS
from tests.spec.test_cases import parse

MAX_SEED = 4096
"""Bytes of a seed at most: a longer one is slow to run and adds little."""

SUFFIXES = {
    "csv": {".csv", ".tsv"},
    "csv-oracle": {".csv", ".tsv"},
    "json": {".json", ".jsonl", ".ndjson"},
    "json-oracle": {".json", ".jsonl", ".ndjson"},
    "text": {".csv", ".tsv", ".json"},
    "labels": {".csv"},
    "write": {".json"},
    "convert": {".csv", ".tsv", ".json", ".jsonl", ".ndjson"},
    "schema": set(),
    "rejects": {".csv", ".tsv"},
    "settings": {".toml"},
    "guess": {".csv", ".json", ".jsonl"},
    "packed": {".csv"},
    "mixed": {".csv"},
}
"""The suffixes of the files that each target uses as seeds."""

WORDS = [",", ";", "\t", '"', '""', "\r\n", "sep=;\n", ".0", ".1.", "a.", "__rejected_because", "external_id", "email"]
WORDS += ['{"', '":', "[{", "}]", "},{", "}\n{", '{"customers":[', "\\ud83d", "\\u00c3", "NaN", "1e400", "-0.0"]
WORDS += ["null", "true", "false", "\ufeff", "Ã¤", "2024-02-30", "2024-01-01T10:00:00Z", "12.50", "007", "EUR"]
WORDS += ["$ref", "#/$defs/a", "$defs", "$dynamicRef", "$id", "allOf", "anyOf", "oneOf", "not", "if", "then", "else"]
WORDS += ["type", "integer", "number", "string", "object", "array", "properties", "patternProperties", "items", "enum"]
WORDS += ["prefixItems", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "const", "pattern"]
WORDS += ["multipleOf", "minimum", "maxLength", "minItems", "uniqueItems", "contains", "dependentSchemas", "required"]
WORDS += ["propertyNames", "x-severity", "warning", "x-code", "x-empty-erases", "x-entity", "x-custobar-type", "money"]


def write_corpus(target: str, folder: Path) -> None:
    """Write the seeds of a target into a folder."""
    for data in seeds(target):
        number = crc32(data)
        for picks in (bytes(PICKS), number.to_bytes(4, "big") * (PICKS // 4)):
            (folder / f"{number:08x}-{picks[:1].hex()}").write_bytes(picks + data)


def write_dictionary(path: Path) -> None:
    """Write the words, in libFuzzer's form."""
    lines = ('"' + "".join(f"\\x{byte:02x}" for byte in word.encode("utf-8")) + '"' for word in WORDS)
    path.write_text("\n".join(lines) + "\n", "ascii")


def seeds(target: str) -> Iterator[bytes]:
    """The seeds of a target."""
    if target == "schema":
        for path in sorted(SPEC.glob("cases/*/*/case.json")):
            schema = parse(path).get("schema")
            if isinstance(schema, dict):
                yield json.dumps(schema, default=str).encode("utf-8")
        return
    if target == "settings":
        for code in CODES:
            yield f'ignore = ["{code}"]\n[entities]\n"*.csv" = "shops"\n[fields.shops]\na__b = "{code}"\n'.encode()
        return
    for path in sorted([*SPEC.glob("samples/**/*"), *SPEC.glob("cases/*/*/*")]):
        if path.suffix in SUFFIXES[target] and path.name != "case.json" and path.stat().st_size <= MAX_SEED:
            data = path.read_bytes()
            yield data.split(b"\n")[0].replace(b",", b"\n").replace(b";", b"\n") if target == "labels" else data
