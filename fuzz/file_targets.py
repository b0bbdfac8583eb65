"""Targets of fuzzing that concern whole files: rejected rows, settings, the entity, packed data, mixed columns.

As in ``targets``: each takes bytes, and fails if the library breaks a promise.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from custobar_formats import InvalidData, UsageError, entities, from_csv, validate
from custobar_formats.cli.settings import read_settings
from custobar_formats.files.source import ByteInput
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.pipeline.entity_guess import guess_entity
from custobar_formats.pipeline.options import Options
from custobar_formats.records.header import REJECTED_LABEL
from fuzz.chosen import DELIMITERS, Chosen
from tests.robustness.contract import allowing, check_report

CODECS: list[Callable[[bytes], bytes]] = [gzip.compress, bz2.compress, lzma.compress, bytes]


def separate(data: bytes, entity: str, delimiter: str) -> tuple[list[Any], list[list[str]]] | None:
    """The valid records and the rejected rows, with their header; None if the file cannot be separated."""
    good, rejects = io.BytesIO(), io.BytesIO()
    options = Options("csv", encoding="utf-8", delimiter=delimiter)
    report = allowing(
        lambda: convert_file(io.BytesIO(data), good, entity, options, to="jsonl", rejects=rejects), InvalidData
    )
    if report is None:
        assert not rejects.getvalue()
        return None
    check_report(report)
    text = rejects.getvalue().decode("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    rows = rows[1:] if rows and rows[0][0].startswith("sep=") else rows
    records = [json.loads(line) for line in good.getvalue().splitlines()]
    assert report.rows == len(records) + len(rows) - 1
    return records, rows


def fuzz_rejects(data: bytes) -> None:
    """Rows with errors apart: the rest is valid, and the rejects are rejected again, also after a spreadsheet."""
    chosen = Chosen(data)
    entity, delimiter = chosen.pick(entities()), chosen.pick(DELIMITERS)
    found = separate(chosen.data, entity, delimiter)
    if found is None:
        return
    records, rows = found
    assert rows[0][0] == REJECTED_LABEL
    assert all(row[0] for row in rows[1:])
    if records:
        text = "".join(json.dumps(record) + "\n" for record in records)
        assert validate(text, entity, format="jsonl").valid
    if len(rows) < 2 or csv.field_size_limit() < len(chosen.data):
        return
    width, out = max(map(len, rows)), io.StringIO()
    padding = chosen.pick([0, width])
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(
        [*row, *[""] * (padding - len(row))] for row in rows
    )
    again = separate(out.getvalue().encode("utf-8"), entity, delimiter)
    if again is not None and "mixed-money" not in out.getvalue():  # of another column's cells, fewer are mixed now
        assert len(again[1]) == len(rows), "a row was fixed by itself"


def fuzz_settings(data: bytes) -> None:
    """Any bytes as settings: they are refused with the name of the file, or they work."""
    chosen = Chosen(data)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, chosen.pick(["custobar-formats.toml", "pyproject.toml"]))
        path.write_bytes(chosen.data)
        settings = allowing(lambda: read_settings(path), UsageError)
        if settings is not None:
            settings.entity_of("a/customers.csv")


def fuzz_guess(data: bytes) -> None:
    """The entity of any file: one, or a reason why none; and the bytes can be read afterwards."""
    chosen = Chosen(data)
    name = chosen.pick([None, "customers.csv", "x.json", "x.jsonl", "products.csv.gz", "sales_shops.csv"])
    with closing(ByteInput(io.BytesIO(chosen.data), name)) as source:
        guess = guess_entity(source, Options())
        assert guess.reason
        assert guess.entity in (None, *entities())
        assert name not in ("customers.csv", "products.csv.gz") or guess.entity is not None
        report = validate(source, guess.entity)
    wanted = validate(io.BytesIO(chosen.data), guess.entity, format=report.source.format)  # type: ignore[arg-type]
    found = {code: count for code, count in report.counts.by_code.items() if code != "wrong-suffix"}
    assert wanted.counts.by_code == found


def fuzz_packed(data: bytes) -> None:
    """Packed bytes, whole, cut off or changed: they are what was packed, or an error."""
    chosen = Chosen(data)
    place, cut, flip = chosen.pick(range(5)), chosen.pick(range(256)), chosen.pick(range(256))
    if place == 4:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", chosen.data)
        packed = out.getvalue()
    else:
        packed = CODECS[place](chosen.data)
    check_report(validate(io.BytesIO(packed), format="csv"))
    changed = bytearray(packed[: len(packed) - cut % 16])
    if changed:
        changed[flip % len(changed)] ^= 1 << cut % 8
    check_report(validate(io.BytesIO(bytes(changed)), format="csv"))
    if not cut and place != 3 and not chosen.data.startswith((b"PK", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"(\xb5/\xfd")):
        plain = allowing(lambda: from_csv(io.BytesIO(chosen.data)), InvalidData)
        assert repr(allowing(lambda: from_csv(io.BytesIO(packed)), InvalidData)) == repr(plain)


def fuzz_mixed(data: bytes) -> None:
    """A column of money: where whole and decimal amounts are mixed, no row with an amount is valid."""
    chosen = Chosen(data)
    words = ["1290", "89", "24,90", "24.90", "0", "", "1 290,50", "5 €", "12.5 €", "x"]
    cells = [words[byte % len(words)] for byte in chosen.data[:200]]
    text = "external_id;price;title\n" + "".join(f"P{place};{cell};t\n" for place, cell in enumerate(cells))
    report = validate(text, "products", delimiter=";")
    whole = {place + 1 for place, cell in enumerate(cells) if cell in ("1290", "89", "0")}
    decimal = not {"1290", "89"}.isdisjoint(cells) and any(
        cell in ("24,90", "24.90", "1 290,50", "12.5 €") for cell in cells
    )
    doubtful = {finding.row for finding in report.findings if finding.code == "mixed-money"}
    assert report.counts.by_code.get("mixed-money", 0) == (len(whole) if decimal else 0)
    assert doubtful <= whole
    found = separate(text.encode(), "products", ";")
    assert found is not None
    assert not decimal or all(record.get("price", 0) == 0 for record in found[0])
