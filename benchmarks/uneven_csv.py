"""CSV files that each differ from a plain one in one thing: variations of data that users have.

In: a number of rows. Out: variations, each with the file to compare it with: the same rows and columns, without that
one thing. Rule: changes are spread over the whole file, in the same rows each time.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from benchmarks import data
from benchmarks.rows import CUSTOMERS, PRODUCTS
from custobar_formats import load_schema

USUAL, HEAVY, ONE_COLUMN, ALL_COLUMNS = 1.6, 1.8, 2.5, 6.0
"""Bars: for most; where decoding or the csv module costs more; with findings in a whole column; in all columns."""

BY_ENGINE = 3.0
"""The bar where jsonschema-rs has to check each record: the cost of making the record, and of that engine."""

SHARES = (0.001, 0.01, 0.05, 0.2, 1.0)

Rows = list[list[str]]
Schema = dict[str, Any]


@dataclass(frozen=True)
class Variation:
    """Data that differs in one thing from other data.

    Attributes:
        name: the difference.
        data, clean: the data and the other data; both bytes, or both lists of records.
        schema, clean_schema: the schemas with which they are read or written.
        bar: the highest allowed ratio of times per character.
        valid: whether it has no errors, so that all of it is read.
        options: the options for reading it; the other data is read without them.

    """

    name: str
    data: Any
    clean: Any
    schema: Schema | None
    clean_schema: Schema | None
    bar: float = USUAL
    valid: bool = True
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def longer(self) -> float:
        """How many times as many characters it has; 1 if it has fewer, or is not text."""
        if not isinstance(self.data, bytes):
            return 1.0
        encoding = self.options.get("encoding", "utf-8")
        return max(1.0, len(self.data.decode(encoding)) / len(self.clean.decode()))


def text_of(header: list[str], rows: Rows, **form: Any) -> str:
    """CSV text."""
    out = io.StringIO()
    writer = csv.writer(out, **{"lineterminator": "\n", **form})
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


@cache
def customers(count: int) -> tuple[list[str], Rows]:
    """Customers without a cell that needs quotes."""
    rows = [[cell.replace(",", " -") for cell in row] for row in data.rows("customers", count)]
    return list(CUSTOMERS), rows


@cache
def products(count: int) -> tuple[list[str], Rows]:
    """Products without a cell that needs quotes."""
    return list(PRODUCTS), [[cell.replace(",", " -") for cell in row] for row in data.rows("products", count)]


Change = Callable[[str, int], str]
"""Returns the new text of a cell, from its old text and its row's number."""


def changed(rows: Rows, places: list[int], share: float, change: Change) -> Rows:
    """The rows, with the cells of some columns changed in a share of the rows."""
    random = Random(f"{share} {places}")
    chosen = [share == 1 or random.random() < share for _ in rows]
    found = []
    for number, (row, is_chosen) in enumerate(zip(rows, chosen, strict=True)):
        if is_chosen:
            row = [change(cell, number) if place in places else cell for place, cell in enumerate(row)]
        found.append(row)
    return found


def csv_variations(count: int) -> Iterator[Variation]:
    """All variations of CSV."""
    yield from _encodings(count)
    yield from _quoting(count)
    yield from _blanks(count)
    yield from _warnings(count)
    yield from _errors(count)
    yield from _schemas(count)
    yield from _shapes(count)


def _customers_as(name: str, text: str | bytes, count: int, **more: Any) -> Variation:
    """A variation of the file of customers."""
    schema = data.schema("customers")
    raw = text.encode() if isinstance(text, str) else text
    clean = text_of(*customers(count)).encode()
    return Variation(name, raw, clean, **{"schema": schema, "clean_schema": schema, **more})


def _encodings(count: int) -> Iterator[Variation]:
    header, rows = customers(count)
    text = text_of(header, rows)
    yield _customers_as("utf-16", text.encode("utf-16"), count, bar=HEAVY, options={"encoding": "utf-16"})
    yield _customers_as("latin-1", text.encode("latin-1"), count, bar=HEAVY, options={"encoding": "latin-1"})
    yield _customers_as("a byte order mark", "\ufeff" + text, count)
    yield _customers_as("line ends of two characters", text.replace("\n", "\r\n"), count)
    yield _customers_as("line ends of carriage returns", text.replace("\n", "\r"), count)
    yield _customers_as("a carriage return at some line ends", _some_returns(text), count)
    yield _customers_as("semicolons", text_of(header, rows, delimiter=";"), count)
    yield _customers_as("tabs", text_of(header, rows, delimiter="\t"), count)
    yield _customers_as("a line sep=", "sep=,\n" + text, count)
    cyrillic = changed(rows, [1, 2, 10], 1.0, lambda cell, _: cell and "Щукин Ётов")
    yield _customers_as("letters of another alphabet", text_of(header, cyrillic), count)
    emoji = changed(rows, [1], 0.05, lambda cell, _: cell + "😀")
    yield _customers_as("emoji in 5 %", text_of(header, emoji), count)


def _some_returns(text: str) -> str:
    lines = text.split("\n")
    return "".join(line + ("\r" if number % 20 == 7 else "\n") for number, line in enumerate(lines[:-1]))


def _quoting(count: int) -> Iterator[Variation]:
    header, rows = customers(count)
    for share in SHARES[1:]:
        bar = HEAVY if share == 1 else USUAL
        percent = f"{share:.0%}"
        commas = changed(rows, [2], share, lambda cell, _: f"{cell}, Jr")
        yield _customers_as(f"quotes in {percent} of the rows", text_of(header, commas), count, bar=bar)
        inner = changed(rows, [2], share, lambda cell, _: f'{cell} "Jr"')
        yield _customers_as(f"quotes within cells in {percent}", text_of(header, inner), count, bar=bar)
        breaks = changed(rows, [9], share, lambda cell, _: f"{cell}\n2nd floor")
        yield _customers_as(f"cells over two lines in {percent}", text_of(header, breaks), count, bar=bar)
    pages = changed(rows, [2], 1.0, lambda cell, n: f'<p class="a">{cell},\n<b>"{n}"</b></p>')
    yield _customers_as("HTML of two lines in every row", text_of(header, pages), count, bar=HEAVY)
    yield _customers_as("every cell quoted", text_of(header, rows, quoting=csv.QUOTE_ALL), count, bar=HEAVY)
    breaks = changed(rows, [9], 0.05, lambda cell, _: f"{cell}\r\n2nd floor")
    yield _customers_as("CRLF, two lines in 5 %", text_of(header, breaks, lineterminator="\r\n"), count)
    inches = text_of(header, changed(rows, [2], 0.05, lambda cell, _: cell + "~5")).replace("~5", '5"')
    yield _customers_as("a bare quote in 5 %", inches, count)
    escapes = changed(rows, [9], 1.0, lambda cell, _: cell.replace(" ", "\\"))
    yield _customers_as("a backslash in every row", text_of(header, escapes), count)
    tabs = changed(rows, [9], 0.05, lambda cell, _: cell.replace(" ", "\t"))
    yield _customers_as("a tab in 5 %", text_of(header, tabs), count)


def _blanks(count: int) -> Iterator[Variation]:
    header, rows = customers(count)
    lines = text_of(header, rows).split("\n")
    yield _customers_as("a blank line after every line", "\n\n".join(lines[:-1]) + "\n", count)
    spaced = "".join(line + ("\n\n" if number % 20 == 5 else "\n") for number, line in enumerate(lines[:-1]))
    yield _customers_as("a blank line in 5 %", spaced, count)
    yield _customers_as("blank rows in 5 %", spaced.replace("\n\n", "\n" + "," * (len(header) - 1) + "\n"), count)
    for share in (0.3, 0.8):
        random = Random(share)
        fewer = [[*row[:1], *("" if random.random() < share else cell for cell in row[1:])] for row in rows]
        yield _customers_as(f"{share:.0%} of the cells blank", text_of(header, fewer), count)
    padded = [[*row, "", ""] for row in rows]
    yield _customers_as("blank cells beyond the header", text_of(header, padded), count)
    short = [row if number % 20 else row[:-1] for number, row in enumerate(rows)]
    yield _customers_as("a cell too few in 5 %", text_of(header, short), count, valid=False)
    for blank in ("erase", "null"):
        fewer = changed(rows, [1, 4, 9], 0.5, lambda *_: "")
        yield _customers_as(f"blank={blank}", text_of(header, fewer), count, options={"blank": blank})


WARNED: dict[str, Change] = {
    "white space at the end": lambda cell, _: f"{cell} ",
    "a no-break space at the end": lambda cell, _: f"{cell}\xa0",
    "only spaces": lambda _, __: "  ",
    "mojibake": lambda cell, _: f"KÃ¤thy {cell}",
    "a formula": lambda cell, _: f"=SUM(A1)&{cell}",
    "#N/A": lambda _, __: "#N/A",
}


def _warnings(count: int) -> Iterator[Variation]:
    header, rows = customers(count)
    for what, change in WARNED.items():
        for share in SHARES:
            text = text_of(header, changed(rows, [2], share, change))
            bar = ONE_COLUMN if share == 1 else USUAL
            yield _customers_as(f"{what} in {share:.1%} of a column", text, count, bar=bar)
    for share in SHARES:
        text = text_of(header, changed(rows, [1, 2, 9, 10], share, WARNED["white space at the end"]))
        bar = ALL_COLUMNS if share == 1 else USUAL
        yield _customers_as(f"white space in {share:.1%} of all text", text, count, bar=bar)
    times = changed(rows, [8], 1.0, lambda cell, _: f"{cell} 10:00")
    yield _customers_as("a space for T in every row", text_of(header, times), count, bar=ONE_COLUMN)


WRONG: dict[str, tuple[int, Change]] = {
    "a wrong phone": (4, lambda _, number: f"040 {number:07}"),
    "TRUE": (6, lambda cell, _: cell.upper()),
    "a wrong integer": (11, lambda cell, _: f"{cell},5"),
    "a wrong date": (8, lambda _, number: f"1.{number % 12 + 1}.2024"),
    "a wrong e-mail": (3, lambda cell, _: cell.replace("@", " ")),
    "a wrong identifier": (0, lambda cell, _: cell.replace("-", "_")),
    "a duplicate identifier": (0, lambda _, __: "C-1"),
}
PLACES = [0, 3, 4, 5, 6, 7, 8, 11]
"""The columns that have rules."""


def _errors(count: int) -> Iterator[Variation]:
    header, rows = customers(count)
    for what, (place, change) in WRONG.items():
        for share in SHARES:
            text = text_of(header, changed(rows, [place], share, change))
            bar = ONE_COLUMN if share == 1 else USUAL
            yield _customers_as(f"{what} in {share:.1%}", text, count, bar=bar, valid=False)
    for share in SHARES:
        text = text_of(header, changed(rows, PLACES, share, lambda _, number: f"?{number}"))
        bar = ALL_COLUMNS if share == 1 else USUAL
        yield _customers_as(f"all columns wrong in {share:.1%}", text, count, bar=bar, valid=False)
    nobody = changed(rows, [0, 3, 4], 0.05, lambda _, __: "")
    yield _customers_as("no identifier in 5 %", text_of(header, nobody), count, valid=False)


def _schemas(count: int) -> Iterator[Variation]:
    header, rows = customers(count)
    plain = data.schema("customers")

    def beside(name: str, schema: Schema, text: str = "", bar: float = USUAL) -> Variation:
        return _customers_as(name, text or text_of(header, rows), count, schema=schema, bar=bar)

    def with_fields(**fields: Any) -> Schema:
        return {**plain, "properties": {**plain["properties"], **fields}}

    yield beside("a union of text and null", with_fields(last_name={"anyOf": [{"type": "string"}, {"type": "null"}]}))
    integer = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    yield beside("a union of integer and null", with_fields(acme__points=integer))
    yield beside("a list of two types", with_fields(acme__points={"type": ["integer", "null"]}))
    yield beside(
        "one of integer and text", with_fields(acme__points={"oneOf": [{"type": "integer"}, {"type": "string"}]})
    )
    referred = {
        **with_fields(acme__points={"$ref": "#/$defs/a"}),
        "$defs": {**plain["$defs"], "a": {"$ref": "#/$defs/b"}},
    }
    referred["$defs"]["b"] = {"type": "integer", "minimum": 0, "maximum": 9000}
    yield beside("a reference to a reference, and bounds", referred)
    yield beside("an enum of texts", with_fields(language={"enum": ["fi", "sv", "en"]}))
    yield beside(
        "an enum of 1,000 texts", with_fields(language={"enum": [f"x{n}" for n in range(1000)] + ["fi", "sv", "en"]})
    )
    yield beside("an enum of 6,000 numbers", with_fields(acme__points={"type": "integer", "enum": list(range(6000))}))
    yield beside("not empty", with_fields(last_name={"type": "string", "not": {"const": ""}}))
    condition = {"if": {"properties": {"language": {"const": "fi"}}}, "then": {"required": ["external_id"]}}
    yield beside("a condition on the record", {**plain, **condition})
    inner = {"type": "string", "if": {"pattern": "^V"}, "then": {"minLength": 3}}
    yield beside("a condition on a field", with_fields(last_name=inner))
    yield beside("a field that needs another", {**plain, "dependentRequired": {"first_name": ["external_id"]}})
    yield beside("a pattern of one's own", with_fields(last_name={"type": "string", "pattern": "^[^0-9]*$"}))
    yield beside("names by a pattern", {**plain, "patternProperties": {"^acme__": True}})
    yield beside("no other fields", {**plain, "additionalProperties": False})
    yield beside("unevaluatedProperties", {**plain, "unevaluatedProperties": True}, bar=BY_ENGINE)
    needs = {"dependentSchemas": {"first_name": {"required": ["external_id"]}}}
    yield beside("dependentSchemas", {**plain, **needs}, bar=BY_ENGINE)
    finnish = changed(rows, [3], 1.0, lambda cell, _: f"päivi.{cell}")
    yield _customers_as("e-mails beyond ASCII", text_of(header, finnish), count)
    moments = changed(rows, [8], 1.0, lambda cell, n: f"{cell}T{n % 24:02}:{n % 60:02}:07.{n:06}+02:00")
    yield _customers_as("distinct timestamps", text_of(header, moments), count)


def _shapes(count: int) -> Iterator[Variation]:
    header, rows = customers(count)
    deep = [*header[:-3], "acme__a.b.c.d.e.f", "acme__a.b.c.g.0.h", "acme__points"]
    yield _customers_as("deep labels", text_of(deep, rows), count)
    unknown = [*header[:9], "colour", "size", "acme__points"]
    yield _customers_as("unknown columns", text_of(unknown, rows), count)
    idle = [*header[:9], "", "", "acme__points"]
    nameless = text_of(idle, changed(rows, [9, 10], 1.0, lambda *_: ""))
    yield _customers_as("columns without a name, blank", nameless, count)
    lists = [*header[:9], "mailing_lists", *header[10:]]
    yield _customers_as("lists in a cell", text_of(lists, changed(rows, [9], 1.0, lambda *_: "news,offers")), count)
    header, rows = products(count)
    schema = load_schema("products")
    clean = text_of(header, rows).encode()
    spread = [*header[:3], "category.0", *header[4:]]
    yield Variation("a list with a column for each item", text_of(spread, rows).encode(), clean, schema, schema)
    prices = changed(rows, [4], 1.0, lambda cell, _: f"{cell}.0")
    fractions = {**schema, "properties": {**schema["properties"], "price": {"type": "number"}}}
    yield Variation("numbers with a point", text_of(header, prices).encode(), clean, fractions, schema)
    yield _sales(count)


def _sales(count: int) -> Variation:
    """Sales of three rows each, compared with sales of one row."""
    header = ["sale_external_id", "sale_date", "sale_customer_id", "external_id", "quantity", "unit_price"]
    rows = [[f"S-{n}", "2024-05-01T10:00:00Z", f"C-{n}", f"L-{n}", "1", "990"] for n in range(count)]
    more = [[f"S-{n // 3}", *(row[1:3] if n % 3 == 0 else ["", ""]), *row[3:]] for n, row in enumerate(rows)]
    schema = load_schema("sales")
    texts = [text_of(header, found).encode() for found in (more, rows)]
    return Variation("sales of three rows", *texts, schema, schema)


def as_json(records: list[Any], **form: Any) -> bytes:
    """A list of records as JSON, one per line."""
    return ("[\n" + ",\n".join(json.dumps(record, **form) for record in records) + "\n]\n").encode()
